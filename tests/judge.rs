//! Runs the cases of `tests/judge/*.toml` and `tests/stance/*.toml`: who is taken for the speaker, who reports, and which stances are
//! shown by words and deeds.
//!
//! Every name is invented; each folder's `world` makes some of them known. The cases of `tests/stance` were written and labelled
//! before they were read by the rules; what the rules cannot read yet stands in its `gaps.toml`, where nothing wrong may be read.

use serde::Deserialize;
use stancebot::model::{Extraction, Span, Speaker, Statement};
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
    /// "holder stance target" of what is done outside all statements; all of them, where that matters.
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
    /// The conditions of those that have one, in the order of the stances.
    conditions: Option<Vec<String>>,
    /// "holder stance target" of the stances that lost, in any order.
    lost: Option<Vec<String>>,
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

/// What is built in, and a world: its files by their path in the data and their path in the project.
fn ruleset(world: [(&str, &str); 2]) -> Ruleset {
    let mut files = builtin_files();
    for (path, shown_as) in world {
        files.push(DataFile { path: path.to_owned(), shown_as: shown_as.to_owned(), text: read(shown_as) });
    }
    Ruleset::build(&files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

const JUDGE: [(&str, &str); 2] =
    [("actors/world.toml", "tests/judge/world/actors/world.toml"), ("topics/world.toml", "tests/judge/world/topics/world.toml")];
const STANCE: [(&str, &str); 2] =
    [("actors/world.toml", "tests/stance/world/actors.toml"), ("topics/world.toml", "tests/stance/world/topics.toml")];
/// The file of what the rules cannot read yet.
const GAPS: &str = "gaps.toml";
/// So many cases of `tests/stance` are read right at least, and so many of them are cases in which nothing, or less, may be read.
const READ_MIN: usize = 600;
const GUARDRAILS_MIN: usize = 250;

fn parsed(file: &str) -> Cases {
    toml::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn extract(ruleset: &Ruleset, case: &Case) -> Extraction {
    ruleset.extract(&Document { text: &case.text, published: case.date.parse().ok(), outlet: None })
}

/// What somebody passes on is reported, whoever it is of.
fn stances(statement: &Statement) -> Vec<String> {
    let written = |taken: &stancebot::model::StanceTaken| {
        let own = taken.own && statement.reported_by.is_empty();
        format!("{} {} {} {}", if own { "own" } else { "reported" }, taken.holder, taken.stance, taken.target.id())
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
    if let Some(wanted) = &expected.conditions {
        let got: Vec<&str> = statement.stances.iter().filter_map(|taken| taken.condition).map(|words| words.of(text)).collect();
        compare("conditions", &wanted.join(" | "), &got.join(" | "));
    }
    if let Some(wanted) = &expected.lost {
        let (mut wanted, mut got) = (wanted.clone(), Vec::new());
        got.extend(statement.rejected.iter().filter(|lost| lost.rule.as_str().starts_with("stance/")).map(|lost| lost.what.clone()));
        wanted.sort();
        got.sort();
        compare("lost", &wanted.join("; "), &got.join("; "));
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

/// "holder stance target" of each deed, sorted.
fn deeds(extraction: &Extraction) -> Vec<String> {
    let taken = extraction.deeds.iter().flat_map(|deed| &deed.stances);
    let mut list: Vec<String> = taken.map(|taken| format!("{} {} {}", taken.holder, taken.stance, taken.target.id())).collect();
    list.sort();
    list
}

/// What is otherwise in a text than its case says.
fn found_wrong(case: &Case, extraction: &Extraction) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(count) = case.count.filter(|count| *count != extraction.statements.len()) {
        found.push(format!("{} statements, not {count}", extraction.statements.len()));
    }
    found.extend(case.statement.iter().flat_map(|expected| differences(&case.text, &extraction.statements, expected)));
    for words in &case.absent {
        let says = |statement: &Statement| statement.attribution.content.iter().any(|span| span.of(&case.text) == words);
        if extraction.statements.iter().any(says) {
            found.push(format!("a statement says {words:?}"));
        }
    }
    if let Some(wanted) = &case.deeds {
        let (mut wanted, got) = (wanted.clone(), deeds(extraction));
        wanted.sort();
        if wanted != got {
            found.push(format!("deeds are {got:?}, not {wanted:?}"));
        }
    }
    found
}

/// What always holds: every rule has a place, a condition lies in the words of its statement.
fn check(case: &Case, extraction: &Extraction) {
    for statement in extraction.all() {
        assert!(statement.firings.iter().all(|firing| firing.line > 0), "{}: a rule without a place: {:?}", case.name, statement.firings);
        for condition in statement.stances.iter().filter_map(|taken| taken.condition) {
            assert!(!condition.of(&case.text).is_empty(), "{}: an empty condition", case.name);
            assert!(statement.context.contains(condition), "{}: a condition outside its sentences", case.name);
        }
    }
}

/// Gives the failures, and how many cases there are in all.
fn failures(ruleset: &Ruleset, file: &str) -> (Vec<String>, usize) {
    let cases = parsed(file).case;
    let read = |case: &Case| {
        let extraction = extract(ruleset, case);
        check(case, &extraction);
        let found = found_wrong(case, &extraction);
        (!found.is_empty()).then(|| format!("{}:\n    {}", case.name, found.join("\n    ")))
    };
    (cases.iter().filter_map(read).collect(), cases.len())
}

fn run(file: &str) {
    let (failures, all) = failures(&ruleset(JUDGE), file);
    assert!(failures.is_empty(), "{} of {all} cases:\n{}", failures.len(), failures.join("\n"));
}

/// The files of `tests/stance` but for the gaps, in the order of their names.
fn stance_files() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stance");
    let entries = std::fs::read_dir(folder).expect("the folder is part of the project").filter_map(Result::ok);
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(".toml") && name != GAPS).map(|name| format!("tests/stance/{name}")).collect();
    files.sort();
    files
}

/// A case in which a stance, a deed or a whole statement may not be read.
fn is_guardrail(case: &Case) -> bool {
    let silent = |expected: &Expected| expected.stances.as_ref().is_some_and(Vec::is_empty);
    case.count == Some(0) || case.deeds.as_ref().is_some_and(Vec::is_empty) || case.statement.iter().any(silent)
}

#[test]
fn stances_of_texts_written_apart_are_read() {
    let ruleset = ruleset(STANCE);
    let (mut wrong, mut all, mut guardrails) = (Vec::new(), 0, 0);
    for file in stance_files() {
        let (failures, cases) = failures(&ruleset, &file);
        guardrails += parsed(&file).case.iter().filter(|case| is_guardrail(case)).count();
        all += cases;
        if !failures.is_empty() {
            wrong.push(format!("{file}: {} of {cases}\n{}", failures.len(), failures.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all >= READ_MIN && guardrails >= GUARDRAILS_MIN, "{all} cases, {guardrails} of them guardrails");
}

#[test]
fn what_cannot_be_read_is_not_read_wrongly() {
    let ruleset = ruleset(STANCE);
    let mut wrong = Vec::new();
    for case in parsed(&format!("tests/stance/{GAPS}")).case {
        let extraction = extract(&ruleset, &case);
        check(&case, &extraction);
        // What is somebody's own may be read as reported, never the other way round.
        let wanted = case.statement.iter().filter_map(|expected| expected.stances.as_ref()).flatten();
        let may: BTreeSet<String> = wanted.flat_map(|line| [line.clone(), line.replacen("own ", "reported ", 1)]).collect();
        let more: Vec<String> = extraction.statements.iter().flat_map(stances).filter(|line| !may.contains(line)).collect();
        // Words that are not seen as such may be read as a deed of the same stance.
        let known =
            |deed: &String| may.contains(&format!("reported {deed}")) || case.deeds.as_ref().is_some_and(|wanted| wanted.contains(deed));
        let deeds: Vec<String> = deeds(&extraction).into_iter().filter(|deed| !known(deed)).collect();
        if !more.is_empty() || !deeds.is_empty() {
            wrong.push(format!("{}: {more:?} {deeds:?} may not be read", case.name));
        }
        if found_wrong(&case, &extraction).is_empty() {
            wrong.push(format!("{}: is read now, and belongs into the file of its subject", case.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
    let ruleset = ruleset(JUDGE);
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
        let ruleset = ruleset(JUDGE);
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
        let ruleset = ruleset(JUDGE);
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
            found_wrong(case, &extraction).is_empty()
        };
        // The third correction says what the rules do not.
        assert_eq!(cases.case.iter().map(passes).collect::<Vec<_>>(), [true, true, false, true], "{text}");
        // A case that says that nobody said it fails where somebody did.
        assert!(!found_wrong(&cases.case[3], &wrong).is_empty());
    }
}
