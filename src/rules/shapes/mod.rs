//! Sentence shapes: how sources, cues and contents stand to each other in English sentences.
//!
//! One shape or family of shapes a file; each is a registered rule with an id, a place and a sentence that says what it
//! does. Who the sources are is not decided here.

mod announced;
mod aside;
mod between;
mod clause;
mod colon;
mod content;
mod cue;
mod dateline;
mod found;
mod frame;
mod fronted;
mod infinitive;
mod names;
mod noun;
mod object;
mod page;
mod paragraph;
mod participle;
mod passive;
mod phrase;
mod phrase_right;
mod postposed;
mod quoted_as;
mod reader;
mod signed;
mod transcript;

use super::lexicon::Lexicon;
use super::reading::{Places, Reading};
use crate::model::RuleId;
use page::Page;
use reader::{Reader, in_text_order};

/// A sentence shape as a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The rule's id, such as `shape/inverted`.
    pub id: &'static str,
    /// File relative to the project.
    pub file: &'static str,
    /// Line from 1.
    pub line: u32,
    /// What it does, in one sentence.
    pub summary: &'static str,
}

/// Registers a shape where it is written.
macro_rules! shape {
    ($name:ident, $id:literal, $summary:literal) => {
        pub(super) static $name: $crate::rules::shapes::Shape =
            $crate::rules::shapes::Shape { id: $id, file: file!(), line: line!(), summary: $summary };
    };
}
use shape;

/// Gives all shapes, sorted by id.
pub fn all() -> Vec<Shape> {
    let mut shapes = vec![
        announced::ANNOUNCED,
        colon::COLON,
        infinitive::INFINITIVE,
        fronted::BARE,
        object::OBJECT,
        participle::PARTICIPLE,
        passive::PASSIVE,
        fronted::QUESTION,
        fronted::QUOTE,
        quoted_as::QUOTED_AS,
        fronted::SHARED,
        fronted::THAT,
        noun::NOUN,
        paragraph::CARRIED,
        postposed::ACCORDING,
        postposed::FINAL,
        postposed::INVERTED,
        postposed::SPLIT,
        signed::SIGNED,
        transcript::TRANSCRIPT,
    ];
    shapes.sort_by_key(|shape| shape.id);
    shapes
}

/// Tells whether a rule is the one of transcripts: a label's words, which are its speaker's own with or without marks.
pub(super) fn is_transcript(rule: &RuleId) -> bool {
    rule.as_str() == transcript::TRANSCRIPT.id
}

pub(super) fn read<'t>(text: &'t str, lexicon: &Lexicon) -> Reading<'t> {
    let mut reader = Reader { page: Page::new(text, lexicon), drafts: Vec::new(), pieces: Vec::new(), sources: Vec::new() };
    let asides = reader.read_text();
    let Reader { page, drafts, .. } = reader;
    let Page { tokens, ids, written: classes, sentences, quotes, .. } = page;
    let places = Places::new(&tokens, &sentences, text.len());
    Reading { asides, text, tokens, ids, classes, sentences, quotes, drafts: in_text_order(drafts), places }
}
