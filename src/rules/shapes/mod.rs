//! Sentence shapes: how sources, cues and contents stand to each other in English sentences.
//!
//! One shape or family of shapes a file; each is a registered rule with an id, a place and a sentence that says what it
//! does. Who the sources are is not decided here.

use super::lexicon::Lexicon;
use super::reading::Reading;
use super::text::{pair_quotes, split_sentences, tokenize};

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

/// Gives all shapes, sorted by id.
pub fn all() -> Vec<Shape> {
    Vec::new()
}

pub(super) fn read<'t>(text: &'t str, lexicon: &Lexicon) -> Reading<'t> {
    let tokens = tokenize(text);
    let quotes = pair_quotes(text, &tokens);
    let sentences = split_sentences(text, &tokens, lexicon.abbreviations());
    Reading { text, tokens, sentences, quotes, drafts: Vec::new() }
}
