//! Holds `data/lang/en/asides.toml` to its own words: nothing is read out of an example, something out of a guardrail.

use serde::Deserialize;
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};

#[derive(Deserialize)]
struct Asides {
    aside: Vec<Aside>,
}

#[derive(Deserialize)]
struct Aside {
    id: String,
    example: String,
    guardrail: String,
}

fn built(files: &[DataFile]) -> Ruleset {
    Ruleset::build(files).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Puts a paragraph last, where a note on who wrote the text stands; a statement before it must stay the only one.
fn statements(ruleset: &Ruleset, paragraph: &str) -> usize {
    let text = format!("It was evening.\n\nMayor Oda Brinnel said that the lamp was lit.\n\n{paragraph}\n\n“It is a good lamp,” she said.");
    let extraction = ruleset.extract(&Document { text: &text, published: None, outlet: None });
    let last = extraction.statements.last().and_then(|statement| statement.speaker.actor()).map(|actor| actor.as_str().to_owned());
    assert_eq!(last.as_deref(), Some("found-oda-brinnel"), "nobody is introduced by {paragraph:?}");
    extraction.statements.len()
}

#[test]
fn examples_are_not_read_and_guardrails_are() {
    let files = builtin_files();
    let ruleset = built(&files);
    let file = files.iter().find(|file| file.path == "lang/en/asides.toml").expect("the file is shipped");
    let asides: Asides = toml::from_str(&file.text).expect("the ruleset was built from it");
    assert!(asides.aside.len() >= 4);
    for aside in asides.aside {
        assert_eq!(statements(&ruleset, &aside.example), 2, "{}: the example is read", aside.id);
        let guarded = ruleset.extract(&Document { text: &aside.guardrail, published: None, outlet: None });
        assert!(!guarded.statements.is_empty(), "{}: the guardrail is not read", aside.id);
    }
}
