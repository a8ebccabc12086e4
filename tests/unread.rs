//! Runs the cases of `tests/unread.toml`: what the rules pass over in a text, and nothing else.

use serde::Deserialize;
use stancebot::rules::{DataFile, Ruleset, UnreadKind, builtin_files};

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
    words: Vec<String>,
    #[serde(default)]
    cues: Vec<String>,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    quotations: Vec<String>,
}

#[test]
fn what_is_passed_over_is_listed_and_nothing_else() {
    let mut files = builtin_files();
    let world = include_str!("judge/world/actors/world.toml");
    files.push(DataFile { path: "actors/world.toml".to_owned(), shown_as: "tests/actors/world.toml".to_owned(), text: world.to_owned() });
    let ruleset = Ruleset::build(&files).unwrap_or_else(|problems| panic!("{problems:?}"));
    let cases: Cases = toml::from_str(include_str!("unread.toml")).expect("the cases are well formed");
    let mut wrong = Vec::new();
    for case in cases.case {
        let unread = ruleset.unread(&case.text).unread;
        for (kind, wanted) in [
            (UnreadKind::Word, &case.words),
            (UnreadKind::Cue, &case.cues),
            (UnreadKind::Name, &case.names),
            (UnreadKind::Quotation, &case.quotations),
        ] {
            let found: Vec<&str> = unread.iter().filter(|one| one.kind == kind).map(|one| one.what.trim()).collect();
            if found != *wanted {
                wrong.push(format!("{}: {kind:?} {found:?}, not {wanted:?}", case.name));
            }
        }
        assert!(unread.iter().all(|one| !one.span.of(&case.text).is_empty()), "{}", case.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
