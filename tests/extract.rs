//! Runs the cases of `tests/extract/*.toml`: a text, and the attributions that must come out of it, all of them and no others.
//!
//! Holds the sentence shapes only; who the sources are is held elsewhere.

use serde::Deserialize;
use stancebot::model::Span;
use stancebot::rules::builtin_files;
use stancebot::rules::lexicon::Lexicon;
use stancebot::rules::reading::{Draft, Reading, read};
use std::fmt::Write;
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
    #[serde(default)]
    statement: Vec<Expected>,
}

/// What is given must be so; what is left out may be anything, but a source that is left out must not be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    source: Option<String>,
    head: Option<String>,
    reporter: Option<String>,
    addressee: Option<String>,
    circumstance: Option<String>,
    cue: Option<String>,
    content: Option<Vec<String>>,
    quote: Option<String>,
    rule: Option<String>,
    parent: Option<usize>,
    negated: Option<bool>,
}

#[test]
fn every_case_gives_its_statements_and_no_others() {
    let lexicon = lexicon();
    let mut failures = String::new();
    let mut count = 0;
    for (file, cases) in case_files() {
        for case in cases.case {
            count += 1;
            let reading = read(&case.text, &lexicon);
            for problem in problems_of(&case, &reading) {
                writeln!(failures, "{file}: {}: {problem}\n{}", case.name, shown(&reading)).expect("a string takes any text");
            }
        }
    }
    assert!(count > 0, "no case was read");
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn all_shapes_have_an_id_a_place_and_a_case() {
    let shapes = stancebot::rules::shapes::all();
    let ids: Vec<_> = shapes.iter().map(|shape| shape.id).collect();
    let mut unique = ids.clone();
    unique.dedup();
    assert_eq!(ids, unique);
    let lexicon = lexicon();
    let mut fired: Vec<String> = Vec::new();
    for (_, cases) in case_files() {
        for case in cases.case {
            fired.extend(read(&case.text, &lexicon).drafts.iter().map(|draft| draft.attribution.rule.as_str().to_owned()));
        }
    }
    for shape in shapes {
        assert!(shape.file.starts_with("src/rules/shapes/") && shape.line > 0 && shape.summary.ends_with('.'), "{shape:?}");
        assert!(fired.iter().any(|id| id == shape.id), "no case shows {}", shape.id);
    }
}

fn lexicon() -> Lexicon {
    let mut problems = Vec::new();
    let lexicon = Lexicon::build(&builtin_files(), &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    lexicon
}

fn case_files() -> Vec<(String, Cases)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extract");
    let mut paths: Vec<_> =
        std::fs::read_dir(dir).expect("the cases are in the repository").map(|entry| entry.expect("a case can be listed").path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .map(|path| {
            let name = path.file_name().expect("a listed file has a name").to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).expect("a case is UTF-8");
            (name.clone(), toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}")))
        })
        .collect()
}

fn problems_of(case: &Case, reading: &Reading<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    if case.statement.len() != reading.drafts.len() {
        problems.push(format!("{} statements instead of {}", reading.drafts.len(), case.statement.len()));
    }
    for (nth, (expected, draft)) in case.statement.iter().zip(&reading.drafts).enumerate() {
        differences(expected, draft, reading.text, |what| problems.push(format!("statement {nth}: {what}")));
    }
    problems
}

fn differences(expected: &Expected, draft: &Draft, text: &str, mut tell: impl FnMut(String)) {
    let words = |span: Option<Span>| span.map(|span| span.of(text).to_owned());
    let attribution = &draft.attribution;
    let source = words(attribution.source);
    let wanted = &expected.source;
    if source.as_deref().map(|source| source.trim_end_matches(',')) != wanted.as_deref().map(|source| source.trim_end_matches(',')) {
        tell(format!("source {source:?} instead of {wanted:?}"));
    }
    let fields = [
        ("head", &expected.head, words(draft.head)),
        ("reporter", &expected.reporter, words(draft.reporter)),
        ("addressee", &expected.addressee, words(draft.addressee)),
        ("circumstance", &expected.circumstance, words(draft.circumstance)),
        ("cue", &expected.cue, words(attribution.cue)),
        ("quote", &expected.quote, Some(attribution.quote.as_str().to_owned())),
        ("rule", &expected.rule, Some(attribution.rule.as_str().to_owned())),
    ];
    for (name, wanted, found) in fields {
        if wanted.is_some() && *wanted != found {
            tell(format!("{name} {found:?} instead of {wanted:?}"));
        }
    }
    let content: Vec<String> = attribution.content.iter().map(|span| span.of(text).to_owned()).collect();
    if expected.content.as_ref().is_some_and(|wanted| *wanted != content) {
        tell(format!("content {content:?} instead of {:?}", expected.content));
    }
    if expected.parent != attribution.parent {
        tell(format!("parent {:?} instead of {:?}", attribution.parent, expected.parent));
    }
    if expected.negated.is_some_and(|negated| negated != draft.negated) {
        tell(format!("negated is {}", draft.negated));
    }
}

fn shown(reading: &Reading<'_>) -> String {
    let mut out = String::new();
    for draft in &reading.drafts {
        let words = |span: Option<Span>| span.map_or("-", |span| span.of(reading.text));
        let content: Vec<_> = draft.attribution.content.iter().map(|span| span.of(reading.text)).collect();
        let rule = draft.attribution.rule.as_str();
        writeln!(out, "    {rule}: [{}] [{}] {content:?}", words(draft.attribution.source), words(draft.attribution.cue))
            .expect("a string takes any text");
    }
    out
}
