//! Runs the cases of `tests/judge/*.toml`: who is taken for the speaker, who reports, and which stances are shown.
//!
//! Every name is invented; `tests/judge/world` makes some of them known.

use serde::Deserialize;
use stancebot::model::{Span, Speaker, Statement};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use std::collections::BTreeSet;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    text: String,
    #[serde(default = "day")]
    date: String,
    #[serde(default)]
    statement: Vec<Expected>,
    /// How many statements there are in all, where that matters.
    count: Option<usize>,
    /// Stances of deeds, "holder stance target"; all of them.
    deeds: Option<Vec<String>>,
    /// Words that no statement may say.
    #[serde(default)]
    absent: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Part of the content, to find the statement by.
    says: String,
    /// `none` when nobody may be named.
    speaker: String,
    reported_by: Option<Vec<String>>,
    /// "holder stance target", with "own" or "reported" before it; all of them.
    stances: Option<Vec<String>>,
    /// The words that each of them is shown with.
    evidence: Option<Vec<String>>,
    act: Option<String>,
    modality: Option<String>,
    said_on: Option<String>,
    /// The words that name who was spoken to, and the actor's id or `none`: "Mira Olander = olander".
    addressee: Option<String>,
    /// The words that tell where; `none` when nothing may tell.
    venue: Option<String>,
}

fn day() -> String {
    "2025-03-14".to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is part of the project")
}

fn ruleset() -> Ruleset {
    let mut files = builtin_files();
    for path in ["actors/world.toml", "topics/world.toml"] {
        let text = read(&format!("tests/judge/world/{path}"));
        files.push(DataFile { path: path.to_owned(), shown_as: format!("tests/judge/world/{path}"), text });
    }
    Ruleset::build(&files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn stances(statement: &Statement) -> Vec<String> {
    let written = |taken: &stancebot::model::StanceTaken| {
        format!("{} {} {} {}", if taken.own { "own" } else { "reported" }, taken.holder, taken.stance, taken.target.id())
    };
    let mut list: Vec<String> = statement.stances.iter().map(written).collect();
    list.sort();
    list
}

fn differences(text: &str, statements: &[Statement], expected: &Expected) -> Vec<String> {
    let says = |statement: &&Statement| statement.attribution.content.iter().any(|span| span.of(text).contains(&expected.says));
    // The innermost statement that holds the words.
    let length = |statement: &&Statement| statement.attribution.content.iter().map(|span| span.len()).sum::<usize>();
    let Some(statement) = statements.iter().filter(says).min_by_key(length) else {
        return vec![format!("no statement says {:?}", expected.says)];
    };
    let mut found = Vec::new();
    let mut compare = |what: &str, wanted: &str, got: &str| {
        if wanted != got {
            found.push(format!("{:?}: {what} is {got:?}, not {wanted:?}", expected.says));
        }
    };
    let speaker = match &statement.speaker {
        Speaker::Actor(id) => id.as_str(),
        Speaker::Unknown(_) => "none",
    };
    compare("speaker", &expected.speaker, speaker);
    if let Some(wanted) = &expected.reported_by {
        let got: Vec<&str> = statement.reported_by.iter().map(|link| link.actor.as_ref().map_or("none", |id| id.as_str())).collect();
        compare("chain", &wanted.join(" > "), &got.join(" > "));
    }
    if let Some(wanted) = &expected.stances {
        let mut wanted = wanted.clone();
        wanted.sort();
        compare("stances", &wanted.join("; "), &stances(statement).join("; "));
    }
    if let Some(wanted) = &expected.evidence {
        let got: Vec<&str> = statement.stances.iter().map(|taken| taken.evidence.of(text)).collect();
        compare("evidence", &wanted.join(" | "), &got.join(" | "));
    }
    if let Some(wanted) = &expected.act {
        compare("act", wanted, statement.act.as_str());
    }
    if let Some(wanted) = &expected.modality {
        compare("modality", wanted, statement.modality.as_str());
    }
    if let Some(wanted) = &expected.said_on {
        let got = statement.said_on.map_or("none".to_owned(), |said| format!("{} {:?}", said.date, said.precision).to_lowercase());
        compare("day", wanted, &got);
    }
    if let Some(wanted) = &expected.addressee {
        let got = statement.addressee.as_ref().map_or("none".to_owned(), |addressee| {
            format!("{} = {}", addressee.span.of(text), addressee.actor.as_ref().map_or("none", |id| id.as_str()))
        });
        compare("addressee", wanted, &got);
    }
    if let Some(wanted) = &expected.venue {
        compare("venue", wanted, statement.venue.map_or("none", |span| span.of(text)));
    }
    found
}

/// Gives what is not as a case says.
fn failures(case: &Case, statements: &[Statement]) -> Vec<String> {
    let mut failures = Vec::new();
    if let Some(count) = case.count.filter(|count| *count != statements.len()) {
        failures.push(format!("{}: {} statements, not {count}", case.name, statements.len()));
    }
    for expected in &case.statement {
        let found = differences(&case.text, statements, expected);
        failures.extend(found.into_iter().map(|text| format!("{}: {text}", case.name)));
    }
    for words in &case.absent {
        let says = |statement: &Statement| statement.attribution.content.iter().any(|span| span.of(&case.text) == words);
        if statements.iter().any(says) {
            failures.push(format!("{}: a statement says {words:?}", case.name));
        }
    }
    failures
}

fn run(file: &str) {
    let ruleset = ruleset();
    let cases: Cases = toml::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut failed = Vec::new();
    for case in &cases.case {
        let document = Document { text: &case.text, published: case.date.parse().ok(), outlet: None };
        let extraction = ruleset.extract(&document);
        failed.extend(failures(case, &extraction.statements));
        if let Some(wanted) = &case.deeds {
            let taken = extraction.deeds.iter().flat_map(|deed| &deed.stances);
            let got: Vec<String> = taken.map(|taken| format!("{} {} {}", taken.holder, taken.stance, taken.target.id())).collect();
            if *wanted != got {
                failed.push(format!("{}: deeds are {got:?}, not {wanted:?}", case.name));
            }
        }
        for statement in extraction.all() {
            assert!(
                statement.firings.iter().all(|firing| firing.line > 0),
                "{}: a rule without a place: {:?}",
                case.name,
                statement.firings
            );
        }
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.case.len(), failed.join("\n"));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pairs {
    case: Vec<PairCase>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairCase {
    text: String,
    /// Names, each of which stands in the text once.
    places: Vec<String>,
    /// "holder stance target"; all of them, without repeats.
    relations: Vec<String>,
}

#[test]
fn stances_between_places_are_those_of_the_words() {
    let file = "tests/judge/pairs.toml";
    let pairs: Pairs = toml::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let ruleset = ruleset();
    let mut failures = Vec::new();
    for case in &pairs.case {
        let span = |name: &String| {
            let start = case.text.find(name.as_str()).unwrap_or_else(|| panic!("{}: no {name}", case.text));
            Span::new(start, start + name.len())
        };
        let spans: Vec<Span> = case.places.iter().map(span).collect();
        let relations = ruleset.relations(&case.text, &spans);
        let name = |place: usize| case.places.get(place).cloned().unwrap_or_default();
        let got: BTreeSet<String> =
            relations.iter().map(|one| format!("{} {} {}", name(one.holder), one.stance, name(one.target))).collect();
        let wanted: BTreeSet<String> = case.relations.iter().cloned().collect();
        if got != wanted {
            failures.push(format!("{}: {got:?}, not {wanted:?}", case.text));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), pairs.case.len(), failures.join("\n"));
}

#[test]
fn speakers_are_right_or_unknown() {
    run("tests/judge/speakers.toml");
}

#[test]
fn settings_are_told_by_the_words_beside_the_cue() {
    run("tests/judge/settings.toml");
}

#[test]
fn people_are_told_apart() {
    run("tests/judge/names.toml");
}

#[test]
fn stances_are_of_their_holders() {
    run("tests/judge/stances.toml");
}

#[test]
fn deeds_are_told_by_the_article() {
    run("tests/judge/deeds.toml");
}

/// Corrections that were made in chat come out as cases that [`run`] takes as they are.
#[cfg(feature = "bot")]
mod corrections {
    use super::*;
    use stancebot::app::corrections::cases;
    use stancebot::model::{
        Author, Change, ChannelId, Correction, Extraction, NewArticle, Stance, StatementId, Target, TextOrigin, TopicId,
    };
    use stancebot::store::{Batch, BatchKind, Corrected, Ingest, Knowledge, NewChange, Standing, Store};

    const TEXT: &str = "The minister came late, by train.\nMira Olander said that the bridge would open.\n\
                        She said that the strait treaty was unacceptable.\nRuben Kell said that the ferry would stay.\n";

    fn stored(extraction: &Extraction) -> (Store, Vec<StatementId>) {
        let ruleset = ruleset();
        let store = Store::open_in_memory().expect("memory takes a database");
        let knowledge = Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() };
        let now = "2025-03-14T12:00:00Z".parse().expect("a moment");
        store.sync_knowledge(&knowledge, now).expect("knowledge is taken");
        let article = NewArticle {
            feed: None,
            outlet: "files".into(),
            url: String::new(),
            title: String::new(),
            text: TEXT.to_owned(),
            text_origin: TextOrigin::File,
            published: Some(now),
            updated: None,
            first_seen: now,
            sha256: "0".repeat(64),
        };
        let batch = Batch { id: "test", kind: BatchKind::Silent, alerts_max: 0 };
        let ingest = Ingest { article: &article, entry: None, extraction, ruleset_hash: ruleset.hash(), same_as: &[], now, batch };
        let written = store.ingest(&ingest, &|_, _| Vec::new()).expect("an article is taken");
        (store, written.statements)
    }

    fn correct(store: &Store, id: StatementId, corrections: Vec<Correction>) {
        let channel = ChannelId { platform: "terminal".to_owned(), room: "terminal".to_owned() };
        let author = Author { channel, user: "nell-of-the-pier".to_owned(), name: "Nell".to_owned() };
        let now = "2025-03-15T12:00:00Z".parse().expect("a moment");
        let what = Change::Corrections(corrections);
        let new = NewChange { author, standing: Standing::Operator, what, reason: "read it".to_owned(), now };
        assert!(matches!(store.correct(id, &new), Ok(Corrected::Applied(_))));
    }

    #[test]
    fn what_people_corrected_comes_out_as_cases_that_run() {
        let ruleset = ruleset();
        let document = Document { text: TEXT, published: day().parse().ok(), outlet: None };
        let right = ruleset.extract(&document);
        let mut wrong = right.clone();
        // What older rules made of it: two wrong speakers, one stance overlooked, one statement that is none.
        wrong.statements[0].speaker = Speaker::Actor("veld".into());
        wrong.statements[1].speaker = Speaker::Unknown(Vec::new());
        wrong.statements[1].stances.clear();
        let mut invented = right.statements[2].clone();
        invented.attribution.content = vec![Span::new(4, 12)];
        wrong.statements.push(invented);
        let (store, ids) = stored(&wrong);
        correct(&store, ids[0], vec![Correction::Speaker(Some("olander".into()))]);
        let target = Target::Topic(TopicId::from("strait-treaty"));
        let stance = Correction::Stance { holder: "olander".into(), target, stance: Some(Stance::Oppose) };
        correct(&store, ids[1], vec![Correction::Speaker(Some("olander".into())), stance]);
        correct(&store, ids[2], vec![Correction::Speaker(Some("olander".into()))]);
        correct(&store, ids[3], vec![Correction::NotAStatement]);
        let mut out = Vec::new();
        assert_eq!(cases(&store, &mut out).expect("cases are written"), (4, 0));
        let text = String::from_utf8(out).expect("TOML is UTF-8");
        assert!(!text.to_lowercase().contains("nell"), "a case names who corrected: {text}");
        let cases: Cases = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let passes = |case: &Case| {
            let extraction = ruleset.extract(&Document { text: &case.text, ..document });
            failures(case, &extraction.statements).is_empty()
        };
        // The third correction says what the rules do not.
        assert_eq!(cases.case.iter().map(passes).collect::<Vec<_>>(), [true, true, false, true], "{text}");
        // A case that says that nobody said it fails where somebody did.
        assert!(!failures(&cases.case[3], &wrong.statements).is_empty());
    }
}
