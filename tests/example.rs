//! Holds the example feeds to what they are for: four formats that are read, articles long enough, and the statements that
//! `tests/example/statements.toml` names; the invented world is not part of the shipped knowledge.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use serde::Deserialize;
use stancebot::feeds::body;
use stancebot::feeds::parse::parse;
use stancebot::model::{Entry, Extraction, Span, Statement, Target};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use std::path::{Path, PathBuf};

const FEEDS: [&str; 4] = ["harbour-courier.xml", "strait-dispatch.atom", "meridian-wire.json", "northern-ledger.rdf"];
const KNOWLEDGE: [&str; 3] = ["actors/example.toml", "outlets.toml", "topics/example.toml"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    words: String,
    speaker: String,
    stance: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    must: Vec<Case>,
    must_not: Vec<Case>,
    deed: Vec<Deed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deed {
    words: String,
    stance: String,
}

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn entries() -> Vec<Entry> {
    let read = |name: &&str| {
        let bytes = std::fs::read(file(&format!("data/example/{name}"))).unwrap();
        parse(&bytes, None, "https://example.org/", "2026-01-01T00:00:00Z".parse().unwrap()).unwrap()
    };
    FEEDS.iter().flat_map(read).collect()
}

fn text(entry: &Entry) -> String {
    body::entry_text(entry).unwrap().text
}

fn ruleset() -> Ruleset {
    let mut files = builtin_files();
    files.extend(KNOWLEDGE.map(|path| {
        let shown_as = format!("data/example/knowledge/{path}");
        DataFile { path: path.to_owned(), text: std::fs::read_to_string(file(&shown_as)).unwrap(), shown_as }
    }));
    Ruleset::build(&files).unwrap()
}

fn read() -> Vec<(String, Extraction)> {
    let ruleset = ruleset();
    let extract = |entry: Entry| {
        let text = text(&entry);
        let published = entry.published.map(|time| jiff::tz::TimeZone::UTC.to_datetime(time).date());
        let extraction = ruleset.extract(&Document { text: &text, published, outlet: None });
        (text, extraction)
    };
    entries().into_iter().map(extract).collect()
}

fn holds(text: &str, statement: &Statement, words: &str) -> bool {
    let part = |span: &Span| text.get(span.start as usize..span.end as usize).unwrap_or_default();
    statement.attribution.content.iter().any(|span| part(span).contains(words))
}

fn speaks(statement: &Statement, speaker: &str) -> bool {
    speaker == "*" || statement.speaker.actor().is_some_and(|actor| actor.as_str() == speaker)
}

fn shows(statement: &Statement, stance: &str) -> bool {
    let target = |target: &Target| match target {
        Target::Actor(id) => id.as_str().to_owned(),
        Target::Topic(id) => id.as_str().to_owned(),
    };
    statement.stances.iter().any(|taken| format!("{} {} {}", taken.holder, taken.stance, target(&taken.target)) == stance)
}

#[test]
fn articles_are_whole_dated_and_told_to_be_examples() {
    let entries = entries();
    assert!(entries.len() >= 12, "{}", entries.len());
    for entry in &entries {
        let words = text(entry).split_whitespace().count();
        assert!((230..=450).contains(&words), "{}: {words} words", entry.title);
        assert!(entry.published.is_some() && (entry.guid.is_some() || entry.link.is_some()), "{}", entry.title);
    }
    for name in FEEDS {
        let feed = std::fs::read_to_string(file(&format!("data/example/{name}"))).unwrap();
        assert!(feed.contains("(invented outlet)"), "{name}");
    }
}

#[test]
fn the_invented_world_is_not_shipped_knowledge() {
    let shipped = Ruleset::build(&builtin_files()).unwrap();
    let with_example = ruleset();
    assert!(with_example.actors().len() > shipped.actors().len());
    assert!(shipped.actors().iter().all(|actor| !actor.source.contains("invented")));
}

#[test]
fn the_example_gives_the_statements_it_is_for() {
    let cases: Cases = toml::from_str(&std::fs::read_to_string(file("tests/example/statements.toml")).unwrap()).unwrap();
    let articles = read();
    let all = || articles.iter().flat_map(|(text, extraction)| extraction.statements.iter().map(move |statement| (text, statement)));
    let found = |case: &Case| {
        all().any(|(text, statement)| {
            holds(text, statement, &case.words)
                && speaks(statement, &case.speaker)
                && case.stance.as_ref().is_none_or(|stance| shows(statement, stance))
        })
    };
    let missing: Vec<&str> = cases.must.iter().filter(|case| !found(case)).map(|case| case.words.as_str()).collect();
    let wrong: Vec<&str> = cases.must_not.iter().filter(|case| found(case)).map(|case| case.words.as_str()).collect();
    assert!(missing.is_empty() && wrong.is_empty(), "missing: {missing:#?}\nwrong: {wrong:#?}");
}

#[test]
fn deeds_are_told_by_the_article_and_are_nobodys_words() {
    let cases: Cases = toml::from_str(&std::fs::read_to_string(file("tests/example/statements.toml")).unwrap()).unwrap();
    let articles = read();
    for case in &cases.deed {
        let here = |statement: &&Statement, text: &str| statement.context.of(text).contains(&case.words);
        let told = articles.iter().flat_map(|(text, read)| read.deeds.iter().filter(move |deed| here(deed, text)));
        assert_eq!(told.filter(|deed| shows(deed, &case.stance)).count(), 1, "{}", case.words);
        let said = articles.iter().flat_map(|(text, read)| read.statements.iter().filter(move |said| holds(text, said, &case.words)));
        assert_eq!(said.count(), 0, "{}", case.words);
    }
}
