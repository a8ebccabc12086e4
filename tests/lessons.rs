//! What is taught in chat: which names are taken (`tests/lessons.toml`), and what the rules read with them.

use serde::Deserialize;
use stancebot::model::{ActorId, ActorKind, ActorOrigin, Lesson, Target, TopicId, TopicKind};
use stancebot::rules::{DataFile, Document, NameFault, Ruleset, builtin_files, check_name, learned_files};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    name: Vec<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    text: String,
    kind: String,
    fault: Option<String>,
}

/// The files that a bot is built from, with the invented world of the judge's cases.
fn files() -> Vec<DataFile> {
    let mut files = builtin_files();
    for (path, text) in [
        ("actors/world.toml", include_str!("judge/world/actors/world.toml")),
        ("topics/world.toml", include_str!("judge/world/topics/world.toml")),
    ] {
        files.push(DataFile { path: path.to_owned(), shown_as: format!("tests/judge/world/{path}"), text: text.to_owned() });
    }
    files
}

fn built(files: &[DataFile]) -> Ruleset {
    Ruleset::build(files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn taught(lessons: &[Lesson]) -> Ruleset {
    let mut files = files();
    files.extend(learned_files(&built(&files), lessons));
    built(&files)
}

fn add_topic(id: &str, name: &str) -> Lesson {
    Lesson::AddTopic { id: TopicId::from(id), name: name.to_owned(), kind: TopicKind::Policy }
}

fn add_actor(id: &str, name: &str) -> Lesson {
    Lesson::AddActor { id: ActorId::from(id), name: name.to_owned(), kind: ActorKind::Organisation }
}

fn name(of: Target, name: &str) -> Lesson {
    Lesson::Name { of, name: name.to_owned() }
}

fn actor(id: &str) -> Target {
    Target::Actor(ActorId::from(id))
}

fn topic(id: &str) -> Target {
    Target::Topic(TopicId::from(id))
}

/// Gives what is read of a text, as `speaker: holder stance target`.
fn read(ruleset: &Ruleset, text: &str) -> Vec<String> {
    let document = Document { text, published: "2025-03-14".parse().ok(), outlet: None };
    let shown = |statement: &stancebot::model::Statement| {
        let speaker = statement.speaker.actor().map_or("none", |id| id.as_str());
        let stances = statement.stances.iter().map(|taken| format!(" {} {} {}", taken.holder, taken.stance, taken.target.id()));
        format!("{speaker}:{}", stances.collect::<String>())
    };
    ruleset.extract(&document).statements.iter().map(shown).collect()
}

#[test]
fn names_are_taken_or_refused_as_the_file_says() {
    let ruleset = built(&files());
    let names: Names = toml::from_str(include_str!("lessons.toml")).unwrap_or_else(|error| panic!("{error}"));
    assert!(names.name.len() > 10);
    for name in names.name {
        let kind = (name.kind == "actor").then_some(ActorKind::Organisation);
        let fault = check_name(&ruleset, &name.text, kind).err().map(|fault| match fault {
            NameFault::Short => "short",
            NameFault::Long => "long",
            NameFault::Marks => "marks",
            NameFault::Common => "common",
            NameFault::Small => "small",
        });
        assert_eq!(fault, name.fault.as_deref(), "{}", name.text);
    }
}

const LEVY: &str = "Mira Olander said that the harbour levy was unacceptable.";

#[test]
fn a_topic_that_is_added_is_read_and_one_that_is_removed_is_not() {
    assert_eq!(read(&taught(&[]), LEVY), ["olander:"]);
    let ruleset = taught(&[add_topic("harbour-levy", "harbour levy"), name(topic("harbour-levy"), "pier tax")]);
    assert_eq!(read(&ruleset, LEVY), ["olander: olander oppose harbour-levy"]);
    assert_eq!(read(&ruleset, &LEVY.replace("harbour levy", "pier tax")), ["olander: olander oppose harbour-levy"]);
    assert_ne!(ruleset.hash(), taught(&[]).hash());
    let removed = taught(&[add_topic("harbour-levy", "harbour levy"), Lesson::Remove(topic("harbour-levy"))]);
    assert_eq!((read(&removed, LEVY), removed.hash()), (vec!["olander:".to_owned()], taught(&[]).hash()));
}

#[test]
fn an_actor_that_is_added_speaks_and_is_marked_as_added() {
    let text = "Harbour Watch said that the bridge would open.";
    assert_eq!(read(&taught(&[]), text), ["none:"]);
    let ruleset = taught(&[add_actor("harbour-watch", "Harbour Watch")]);
    assert_eq!(read(&ruleset, text), ["harbour-watch:"]);
    assert_eq!(ruleset.actor(&ActorId::from("harbour-watch")).map(|actor| actor.origin), Some(ActorOrigin::User));
}

#[test]
fn another_name_leaves_everything_else_about_an_actor_as_it_is() {
    let (before, after) =
        (taught(&[]), taught(&[name(actor("olander"), "Lady Mira of Halvane"), name(topic("strait-treaty"), "Halvane accord")]));
    let text = "Lady Mira of Halvane said that the Halvane accord was unacceptable.";
    assert_eq!(read(&after, text), ["olander: olander oppose strait-treaty"]);
    let id = ActorId::from("olander");
    let (mut old, new) = (before.actor(&id).cloned().unwrap_or_else(|| panic!("no actor")), after.actor(&id).cloned());
    old.names.push(new.as_ref().and_then(|actor| actor.names.last().cloned()).unwrap_or_else(|| panic!("no name")));
    assert_eq!(Some(old), new);
    let taken_back =
        taught(&[name(actor("olander"), "Lady Mira"), Lesson::RemoveName { of: actor("olander"), name: "Lady Mira".to_owned() }]);
    assert_eq!(taken_back.hash(), before.hash());
}

#[test]
fn every_actor_and_topic_of_the_data_keeps_its_form_when_it_gets_a_name() {
    let before = built(&builtin_files());
    let names = before
        .actors()
        .iter()
        .map(|known| name(Target::Actor(known.id.clone()), &format!("Zzyzx {}", known.id.as_str().replace('-', " "))));
    let topics = before
        .topics()
        .iter()
        .map(|known| name(Target::Topic(known.id.clone()), &format!("Zzyzx of {}", known.id.as_str().replace('-', " "))));
    let lessons: Vec<Lesson> = names.chain(topics).collect();
    let mut files = builtin_files();
    files.extend(learned_files(&before, &lessons));
    let after = built(&files);
    for (old, new) in before.actors().iter().zip(after.actors()) {
        let mut new = new.clone();
        new.names.pop();
        assert_eq!(*old, new);
    }
    for (old, new) in before.topics().iter().zip(after.topics()) {
        let mut new = new.clone();
        new.names.pop();
        assert_eq!(*old, new);
    }
}

#[test]
fn what_the_data_files_have_come_to_know_takes_the_name_that_was_taught() {
    let ruleset = taught(&[add_actor("olander", "Mira of Halvane"), add_topic("strait-treaty", "Halvane accord")]);
    assert_eq!(read(&ruleset, "Mira of Halvane said that the Halvane accord was unacceptable."), ["olander: olander oppose strait-treaty"]);
    assert_eq!(ruleset.actor(&ActorId::from("olander")).map(|actor| actor.origin), Some(ActorOrigin::Data));
}

#[test]
fn a_merged_actor_gives_its_names_away() {
    let lessons = [add_actor("harbour-watch", "Harbour Watch"), Lesson::Merge { from: "harbour-watch".into(), into: "olander".into() }];
    assert_eq!(read(&taught(&lessons), "Harbour Watch said that the bridge would open."), ["olander:"]);
}

#[test]
fn lessons_about_nothing_change_nothing() {
    let lessons = [
        name(actor("nobody"), "Nobody Known"),
        Lesson::Remove(topic("nothing")),
        Lesson::Merge { from: "found-nobody".into(), into: "olander".into() },
        Lesson::Forget("olander".into()),
    ];
    assert_eq!(taught(&lessons).hash(), taught(&[]).hash());
}
