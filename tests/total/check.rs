//! What holds for every text and every data file; used by `tests/rules_total.rs` and by the fuzz targets.

use stancebot::model::{Extraction, Span, Statement};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files, interchange};
use std::sync::LazyLock;

/// The built-in rules with the invented actors of the example and of the tests.
static RULESET: LazyLock<Ruleset> = LazyLock::new(|| {
    let mut files = builtin_files();
    files.push(file("actors/example.toml", include_str!("../../data/example/knowledge/actors/example.toml")));
    files.push(file("topics/example.toml", include_str!("../../data/example/knowledge/topics/example.toml")));
    files.push(file("actors/world.toml", include_str!("../judge/world/actors/world.toml")));
    files.push(file("topics/world.toml", include_str!("../judge/world/topics/world.toml")));
    Ruleset::build(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
});

/// One path of every kind of data file.
const PATHS: &[&str] = &[
    "actors/a.toml",
    "topics/a.toml",
    "outlets.toml",
    "lang/en/asides.toml",
    "lang/en/confidence.toml",
    "lang/en/cues.toml",
    "lang/en/first-names.toml",
    "lang/en/frames.toml",
    "lang/en/lemmas.toml",
    "lang/en/references.toml",
    "lang/en/roles.toml",
    "lang/en/scope.toml",
    "lang/en/stance.toml",
    "lang/en/words.toml",
];

/// A text that the rules of a strange data file read.
const SENTENCE: &str = "“We will not sign,” the minister said. She told the paper that the mayor had denied it.\n";

fn file(path: &str, text: &str) -> DataFile {
    DataFile { path: path.to_owned(), shown_as: path.to_owned(), text: text.to_owned() }
}

/// Reads a text twice and looks at every statement.
///
/// # Errors
/// What does not hold, in one sentence.
pub fn text(text: &str) -> Result<(), String> {
    read(&RULESET, text)
}

/// Takes a text for a data file of every kind.
///
/// # Errors
/// What does not hold, in one sentence.
pub fn data_file(text: &str) -> Result<(), String> {
    let lines = text.lines().count() + 1;
    let start: String = text.chars().take(200).collect();
    for path in PATHS {
        match Ruleset::build(&[file(path, text)]) {
            Ok(ruleset) => read(&ruleset, &format!("{SENTENCE}{start}")).map_err(|problem| format!("as {path}: {problem}"))?,
            Err(problems) if problems.is_empty() => return Err(format!("{path} is refused without a reason")),
            Err(problems) => {
                if let Some(off) = problems.iter().find(|problem| problem.line == 0 || problem.line as usize > lines) {
                    return Err(format!("{path} has {lines} lines: {off}"));
                }
            }
        }
    }
    Ok(())
}

fn read(ruleset: &Ruleset, text: &str) -> Result<(), String> {
    let document = Document { text, published: "2025-12-04".parse().ok(), outlet: None };
    let extraction = ruleset.extract(&document);
    if ruleset.extract(&document) != extraction {
        return Err("not the same twice".to_owned());
    }
    for (nth, one) in extraction.all().enumerate() {
        statement(text, nth, one).map_err(|problem| format!("statement {nth}: {problem}"))?;
        actors(ruleset, &extraction, one).map_err(|problem| format!("statement {nth}: {problem}"))?;
    }
    let characters = text.chars().count();
    let output = interchange::output(ruleset, 1.into(), (text, &extraction));
    let written = output.statements.iter().chain(&output.deeds);
    let ends = written.flat_map(|one| one.content.iter().chain(&one.speaker).chain(&one.cue));
    match ends.into_iter().find(|range| range[0] >= range[1] || range[1] > characters) {
        Some(range) => Err(format!("{range:?} is written of {characters} characters")),
        None => Ok(()),
    }
}

fn statement(text: &str, nth: usize, one: &Statement) -> Result<(), String> {
    let attribution = &one.attribution;
    let ordered = attribution.content.windows(2).all(|pair| pair[0].end <= pair[1].start);
    if attribution.content.is_empty() || !ordered {
        return Err(format!("its contents are {:?}", attribution.content));
    }
    let said_on = one.said_on.map(|date| date.span);
    let others = [attribution.source, attribution.cue, said_on, Some(one.context)].into_iter().flatten();
    let evidence = one.stances.iter().map(|taken| taken.evidence);
    if let Some(span) = attribution.content.iter().copied().chain(others).chain(evidence).find(|span| !fits(*span, text)) {
        return Err(format!("{span:?} does not fit"));
    }
    if attribution.parent.is_some_and(|parent| parent >= nth) {
        return Err("it stands before its parent".to_owned());
    }
    if one.confidence > 100 || one.firings.is_empty() || one.firings.iter().any(|firing| firing.file.is_empty() || firing.line == 0) {
        return Err(format!("confidence {}, made by {:?}", one.confidence, one.firings));
    }
    Ok(())
}

fn fits(span: Span, text: &str) -> bool {
    span.start < span.end && text.get(span.range()).is_some()
}

/// Everybody who is named by id is in the data or was found in the text.
fn actors(ruleset: &Ruleset, extraction: &Extraction, one: &Statement) -> Result<(), String> {
    let holders = one.stances.iter().map(|taken| &taken.holder);
    let reporters = one.reported_by.iter().filter_map(|link| link.actor.as_ref());
    for id in one.speaker.actor().into_iter().chain(holders).chain(reporters) {
        if !ruleset.actors().iter().chain(&extraction.found).any(|actor| actor.id == *id) {
            return Err(format!("nobody is {id}"));
        }
    }
    Ok(())
}
