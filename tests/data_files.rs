//! Holds every data file to its own words: each `example` must fire, each `guardrail` must not.
//!
//! Names in the examples of stance rules and scope words are invented; `tests/judge/world` makes them known.

use serde::Deserialize;
use stancebot::model::{ActorId, Extraction, Speaker, Statement, Target};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use std::path::Path;

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
    ruleset.extract(&Document { text, published: "2025-12-03".parse().ok(), outlet: None })
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

#[test]
fn an_actor_never_speaks_in_its_guardrail() {
    let mut files = builtin_files();
    files.extend(world());
    let ruleset = built(&files);
    let mut wrong = Vec::new();
    for entry in entries(&files, "actors/", "actor") {
        let Some(text) = &entry.guardrail else { continue };
        let extraction = extract(&ruleset, text);
        if speaks(&extraction, &ActorId::from(entry.id.as_str()))
            || extraction.statements.iter().any(|statement| appears(statement, &entry.id))
        {
            wrong.push(format!("{}: {text}", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
