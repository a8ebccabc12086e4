//! Holds every data file to its own words: each `example` must fire, each `guardrail` must not.
//!
//! Names in the examples of stance rules and scope words are invented; `tests/judge/world` makes them known.

use jiff::civil::Date;
use serde::Deserialize;
use stancebot::model::{ActorId, ActorKind, ActorName, Extraction, Speaker, Statement, Target, TopicId};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use std::fmt::Write;
use std::path::Path;

/// On which day the examples are read.
const DAY: &str = "2025-12-03";

#[derive(Deserialize)]
struct Entry {
    id: String,
    example: Option<String>,
    guardrail: Option<String>,
}

fn world() -> Vec<DataFile> {
    let read = |path: &str| {
        let shown_as = format!("tests/judge/world/{path}");
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&shown_as)).expect("the file is part of the project");
        DataFile { path: path.to_owned(), shown_as, text }
    };
    vec![read("actors/world.toml"), read("topics/world.toml")]
}

fn built(files: &[DataFile]) -> Ruleset {
    Ruleset::build(files).unwrap_or_else(|problems| panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

fn entries(files: &[DataFile], folder: &str, key: &str) -> Vec<Entry> {
    let of_folder = files.iter().filter(|file| file.path.starts_with(folder));
    of_folder
        .flat_map(|file| {
            let mut table: toml::Table = toml::from_str(&file.text).expect("the ruleset was built from it");
            let blocks = table.remove(key).unwrap_or_else(|| toml::Value::Array(Vec::new()));
            blocks.try_into::<Vec<Entry>>().unwrap_or_else(|error| panic!("{}: {error}", file.shown_as))
        })
        .collect()
}

fn extract(ruleset: &Ruleset, text: &str) -> Extraction {
    ruleset.extract(&Document { text, published: DAY.parse().ok(), outlet: None })
}

fn speaks(extraction: &Extraction, actor: &ActorId) -> bool {
    extraction.statements.iter().any(|statement| matches!(&statement.speaker, Speaker::Actor(speaker) if speaker == actor))
}

fn appears(statement: &Statement, id: &str) -> bool {
    statement
        .stances
        .iter()
        .any(|taken| taken.holder.as_str() == id || matches!(&taken.target, Target::Actor(actor) if actor.as_str() == id))
}

#[test]
fn all_files_are_read_without_a_problem() {
    let ruleset = built(&builtin_files());
    assert_eq!(ruleset.hash().len(), 16);
    assert!(ruleset.actors().len() > 50 && ruleset.topics().len() > 10);
    assert!(ruleset.rules().iter().all(|rule| rule.line > 0 && !rule.file.is_empty() && !rule.summary.is_empty()));
}

/// Tells of every block whose example does not name its own id, or whose guardrail does.
fn not_held(ruleset: &Ruleset, entries: &[Entry], target: impl Fn(&str) -> Target) -> Vec<String> {
    let names = |text: &str, id: &str| {
        let mentions = ruleset.mentions(&Document { text, published: DAY.parse().ok(), outlet: None });
        mentions.iter().any(|mention| mention.targets == [target(id)])
    };
    let mut wrong = Vec::new();
    for Entry { id, example, guardrail } in entries {
        match (example, guardrail) {
            (Some(example), Some(guardrail)) => {
                wrong.extend((!names(example, id)).then(|| format!("{id} is not found: {example}")));
                wrong.extend(names(guardrail, id).then(|| format!("{id} is found: {guardrail}")));
            }
            _ => wrong.push(format!("{id} has no example or no guardrail")),
        }
    }
    wrong
}

#[test]
fn every_actor_is_named_in_its_example_and_not_in_its_guardrail() {
    let mut files = builtin_files();
    files.extend(world());
    let ruleset = built(&files);
    let actors = entries(&files, "actors/", "actor");
    assert!(actors.len() > 800);
    let mut wrong = not_held(&ruleset, &actors, |id| Target::Actor(ActorId::from(id)));
    for Entry { id, guardrail, .. } in &actors {
        let extraction = extract(&ruleset, guardrail.as_deref().unwrap_or_default());
        let shown =
            speaks(&extraction, &ActorId::from(id.as_str())) || extraction.statements.iter().any(|statement| appears(statement, id));
        wrong.extend(shown.then(|| format!("{id} speaks or is judged: {guardrail:?}")));
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), actors.len(), wrong.join("\n"));
}

#[test]
fn every_topic_is_named_in_its_example_and_not_in_its_guardrail() {
    let mut files = builtin_files();
    files.extend(world());
    let topics = entries(&files, "topics/", "topic");
    let wrong = not_held(&built(&files), &topics, |id| Target::Topic(TopicId::from(id)));
    assert!(topics.len() > 100);
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), topics.len(), wrong.join("\n"));
}

/// The first day on which a name and its actor's example fit together: dated names have their own.
fn day_of(name: &ActorName) -> Option<Date> {
    name.until.or(name.since).or_else(|| DAY.parse().ok())
}

#[test]
fn whoever_speaks_by_a_listed_name_is_that_actor_or_open_between_those_who_have_it() {
    let ruleset = built(&builtin_files());
    let mut wrong = Vec::new();
    for actor in ruleset.actors() {
        for name in &actor.names {
            let text = format!("{} said that the old bridge would open.", name.text);
            let extraction = ruleset.extract(&Document { text: &text, published: day_of(name), outlet: None });
            let first = extraction.statements.first().map(|statement| &statement.speaker);
            let right = match first {
                Some(Speaker::Actor(speaker)) => *speaker == actor.id,
                Some(Speaker::Unknown(candidates)) => candidates.contains(&actor.id) && candidates.len() > 1,
                None => false,
            };
            wrong.extend((!right).then(|| format!("{}: {text} {first:?}", actor.id)));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_surname_after_another_first_name_is_nobody_of_the_data() {
    let ruleset = built(&builtin_files());
    let mut wrong = Vec::new();
    for actor in ruleset.actors().iter().filter(|actor| actor.kind == ActorKind::Person) {
        let Some(surname) = actor.name.split(' ').next_back() else { continue };
        let text = format!("Quendolf {surname} said that the old bridge would open. {surname} added that the ships would wait.");
        let extraction = extract(&ruleset, &text);
        wrong.extend(speaks(&extraction, &actor.id).then(|| format!("{}: {text}", actor.id)));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_role_noun_is_seen_in_its_example_and_not_in_its_guardrail() {
    let files = builtin_files();
    let ruleset = built(&files);
    let mut wrong = Vec::new();
    for Entry { id, example, guardrail } in entries(&files, "lang/en/roles.toml", "role") {
        let rule = format!("role/{id}");
        let fires = |text: &String| {
            let extraction = extract(&ruleset, text);
            extraction.statements.iter().flat_map(|statement| &statement.firings).any(|firing| firing.rule.as_str() == rule)
        };
        wrong.extend((!example.as_ref().is_some_and(fires)).then(|| format!("{rule} is not seen: {example:?}")));
        wrong.extend(guardrail.as_ref().is_none_or(fires).then(|| format!("{rule} is seen: {guardrail:?}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(Deserialize)]
struct RoleWords {
    kind: String,
    words: Vec<String>,
}

#[test]
fn every_title_names_its_holder_on_the_day_and_nobody_afterwards() {
    let mut files = builtin_files();
    let roles = files.iter().find(|file| file.path == "lang/en/roles.toml").expect("the roles are built in");
    let mut table: toml::Table = toml::from_str(&roles.text).expect("the ruleset was built from it");
    let blocks: Vec<RoleWords> = table.remove("role").expect("there are roles").try_into().expect("roles have words");
    let posts = ["office-holder", "spokesperson", "aide"];
    let titles: Vec<String> =
        blocks.into_iter().filter(|block| posts.contains(&block.kind.as_str())).flat_map(|block| block.words).collect();
    // A state of its own for each title, so that no other title of it is held.
    let (first, second) = (["Ba", "Do", "Ke", "Li", "Mu", "Ra", "Se", "To"], ["ba", "de", "gi", "ko", "lu", "ma", "ne", "pi", "ro", "su"]);
    let state = |at: usize| format!("{}{}{}vania", first[at % 8], second[at / 8 % 10], second[at / 80]);
    let mut text = String::new();
    for (at, title) in titles.iter().enumerate() {
        let (id, name) = (state(at).to_lowercase(), state(at));
        let common = "source = \"invented\"\nexample = \"x\"\nguardrail = \"x\"\n";
        write!(
            text,
            "[[actor]]\nid = \"{id}\"\nkind = \"state\"\nname = \"{name}\"\ndemonyms = [\"{name}n\"]\n{common}[[actor]]\nid = \"{id}-holder\"\nkind = \"person\"\nname = \"Holdor {name}ski\"\nroles = [{{ title = \"{title}\", of = \"{id}\", since = 2020-01-01, until = 2024-12-31 }}]\n{common}"
        )
        .expect("a string takes any text");
    }
    files.push(DataFile { path: "actors/titles.toml".to_owned(), shown_as: "titles.toml".to_owned(), text });
    let ruleset = built(&files);
    let mut wrong = Vec::new();
    for (at, title) in titles.iter().enumerate() {
        let holder = ActorId::new(format!("{}-holder", state(at).to_lowercase()));
        let texts = [
            format!("The {title} of {} said that the old bridge would open.", state(at)),
            format!("The {}n {title} said that the old bridge would open.", state(at)),
        ];
        for text in texts {
            let on = |day: &str| speaks(&ruleset.extract(&Document { text: &text, published: day.parse().ok(), outlet: None }), &holder);
            wrong.extend((!on("2024-06-01")).then(|| format!("nobody is the {title} on the day: {text}")));
            wrong.extend(on("2025-06-01").then(|| format!("the {title} is still somebody whose time is over: {text}")));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn mentions_lie_in_the_text_in_order_and_tell_places_from_actors() {
    let mut files = builtin_files();
    files.extend(world());
    let ruleset = built(&files);
    let text = "Mira Olander read the strait treaty in Sunder, and Sunder waited for Kell.";
    let mentions = ruleset.mentions(&Document { text, published: DAY.parse().ok(), outlet: None });
    let shown: Vec<(&str, Vec<&str>)> =
        mentions.iter().map(|mention| (mention.span.of(text), mention.targets.iter().map(Target::id).collect())).collect();
    let wanted = [("Mira Olander", "olander"), ("strait treaty", "strait-treaty"), ("Sunder", "hill-palace"), ("Kell", "kell")];
    assert_eq!(shown, wanted.map(|(words, id)| (words, vec![id])));
}

#[test]
fn an_actor_that_is_given_words_in_its_example_speaks() {
    let files = world();
    let mut all = builtin_files();
    all.extend(files.clone());
    let ruleset = built(&all);
    for entry in entries(&files, "actors/", "actor") {
        let text = entry.example.as_deref().unwrap_or_default();
        assert!(speaks(&extract(&ruleset, text), &ActorId::from(entry.id.as_str())), "{}: {text}", entry.id);
    }
}

#[test]
fn every_stance_rule_fires_in_its_example_and_not_in_its_guardrail() {
    let mut files = builtin_files();
    files.extend(world());
    let ruleset = built(&files);
    let mut wrong = Vec::new();
    for entry in entries(&files, "lang/en/stance.toml", "stance") {
        let rule = format!("stance/{}", entry.id);
        let fires = |text: &str| {
            let extraction = extract(&ruleset, text);
            extraction
                .statements
                .iter()
                .flat_map(|statement| &statement.stances)
                .any(|taken| taken.rules.iter().any(|id| id.as_str() == rule))
        };
        if !entry.example.as_deref().is_some_and(fires) {
            wrong.push(format!("{rule} does not fire: {:?}", entry.example));
        }
        if entry.guardrail.as_deref().is_some_and(fires) {
            wrong.push(format!("{rule} fires: {:?}", entry.guardrail));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scope_word_changes_what_its_example_shows() {
    let mut files = builtin_files();
    files.extend(world());
    let ruleset = built(&files);
    let shown = |text: &str| -> Vec<String> {
        let of = |statement: &Statement| {
            let stances: Vec<String> =
                statement.stances.iter().map(|taken| format!("{} {} {}", taken.holder, taken.stance, taken.target.id())).collect();
            format!("{} {} {}", statement.act, statement.modality, stances.join(", "))
        };
        extract(&ruleset, text).statements.iter().map(of).collect()
    };
    let mut wrong = Vec::new();
    for entry in entries(&files, "lang/en/scope.toml", "scope") {
        let (example, guardrail) = (entry.example.unwrap_or_default(), entry.guardrail.unwrap_or_default());
        let (with, without) = (shown(&example), shown(&guardrail));
        if with.is_empty() || without.is_empty() || with == without {
            wrong.push(format!("{}: {with:?} with the word, {without:?} without", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_are_told_with_place_and_suggestion() {
    let mut files = builtin_files();
    let text = "[[actor]]\nid = \"x\"\nkind = \"person\"\nname = \"X Y\"\nroles = [{ title = \"presidnt\", of = \"nobody-here\" }]\nsource = \"s\"\nexample = \"e\"\nguardrail = \"g\"\n";
    files.push(DataFile { path: "actors/bad.toml".to_owned(), shown_as: "config/actors/bad.toml".to_owned(), text: text.to_owned() });
    files.push(DataFile { path: "lang/en/stanse.toml".to_owned(), shown_as: "config/lang/en/stanse.toml".to_owned(), text: String::new() });
    let problems = Ruleset::build(&files).expect_err("there are mistakes");
    let written: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(written.len(), 3, "{written:#?}");
    assert!(
        written.iter().any(|line| line.starts_with("config/actors/bad.toml:5:20:") && line.contains("did you mean `president`?")),
        "{written:#?}"
    );
    assert!(written.iter().any(|line| line.contains("did you mean `stance.toml`?")), "{written:#?}");
}
