//! Holds every cue of the language data: its example gives a statement with that cue, its guardrail does not.
//!
//! Reads with the sentence shapes alone; who speaks and what it means is tested elsewhere.

use serde::Deserialize;
use stancebot::rules::builtin_files;
use stancebot::rules::lexicon::Lexicon;
use stancebot::rules::reading::read;

const CUES: &str = "lang/en/cues.toml";

#[derive(Deserialize)]
struct CueFile {
    cue: Vec<CueBlock>,
}

#[derive(Deserialize)]
struct CueBlock {
    id: String,
    forms: Vec<String>,
    source: String,
    example: String,
    guardrail: String,
}

fn blocks() -> Vec<CueBlock> {
    let file = builtin_files().into_iter().find(|file| file.path == CUES).expect("the cues are built in");
    toml::from_str::<CueFile>(&file.text).expect("the cues are TOML").cue
}

fn lexicon() -> Lexicon {
    let mut problems = Vec::new();
    let lexicon = Lexicon::build(&builtin_files(), &mut problems);
    assert!(problems.is_empty(), "{problems:#?}");
    lexicon
}

/// Whether a statement with a source has this cue.
fn fires(lexicon: &Lexicon, id: &str, text: &str) -> bool {
    let reading = read(text, lexicon);
    reading
        .drafts
        .iter()
        .any(|draft| draft.attribution.source.is_some() && draft.cue.and_then(|cue| lexicon.cue(cue)).is_some_and(|cue| cue.id == id))
}

/// Whether a form of the cue stands in the text as words of its own.
fn has_form(text: &str, forms: &[String]) -> bool {
    let words =
        |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), " ").split_whitespace().collect::<Vec<_>>().join(" ");
    let text = format!(" {} ", words(text));
    forms.iter().any(|form| text.contains(&format!(" {} ", words(form))))
}

#[test]
fn every_example_fires_and_no_guardrail_does() {
    let lexicon = lexicon();
    let mut wrong = Vec::new();
    for cue in blocks() {
        if !fires(&lexicon, &cue.id, &cue.example) {
            wrong.push(format!("{}: the example gives no statement with it: {}", cue.id, cue.example));
        }
        if fires(&lexicon, &cue.id, &cue.guardrail) {
            wrong.push(format!("{}: the guardrail gives a statement with it: {}", cue.id, cue.guardrail));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_and_guardrail_holds_a_form_of_the_cue() {
    let wrong: Vec<String> = blocks()
        .into_iter()
        .filter(|cue| !has_form(&cue.example, &cue.forms) || !has_form(&cue.guardrail, &cue.forms))
        .map(|cue| cue.id)
        .collect();
    assert!(wrong.is_empty(), "no form in the example or guardrail of {}", wrong.join(", "));
}

#[test]
fn cues_are_sorted_by_id_and_say_where_they_come_from() {
    let blocks = blocks();
    assert!(blocks.len() >= 280, "only {} cues", blocks.len());
    let unsorted: Vec<&str> = blocks.windows(2).filter(|pair| pair[0].id >= pair[1].id).map(|pair| pair[1].id.as_str()).collect();
    assert!(unsorted.is_empty(), "out of order or twice: {}", unsorted.join(", "));
    assert!(blocks.iter().all(|cue| !cue.source.trim().is_empty()));
}

#[test]
fn an_unknown_cue_does_not_fire() {
    assert!(!fires(&lexicon(), "no-such-cue", "The mayor said that the bridge was safe."));
    assert!(!has_form("The mayor denies it.", &["deny".to_owned()]));
}
