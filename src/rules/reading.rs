//! What is read out of a text before anybody is identified: tokens, sentences, quotations and bare attributions.
//!
//! Knows no actor, no stance and no date; `judge` takes a [`Reading`] and makes statements of it. The work is done by
//! [`super::shapes`]; here are the types that are handed over and the function that starts it.

use super::knowledge::{Numbered, WordId};
use super::lexicon::{Class, CueRef, Lexicon};
use super::shapes;
use super::text::{ByteIndex, Token};
use crate::model::{Attribution, Firing, Rejected, Span};
use std::ops::Range;

pub use super::text::{Quoted, Sentence};

/// A text with everything that the sentence shapes found in it.
#[derive(Clone, Debug)]
pub struct Reading<'t> {
    /// The text that all spans refer to.
    pub text: &'t str,
    /// Words and marks in text order.
    pub tokens: Vec<Token>,
    /// By token: the number of its word in the data, 0 for a word that the data does not have.
    pub ids: Vec<WordId>,
    /// By token: the word classes of its word as the data lists them, inside names too; none for what is no word.
    pub classes: Vec<Class>,
    /// Sentences in text order, also those inside quotations.
    pub sentences: Vec<Sentence>,
    /// Quotations in text order, outer before inner.
    pub quotes: Vec<Quoted>,
    /// Tokens of paragraphs that are no part of the prose (by-lines, captions), in text order: nobody is introduced by them.
    pub asides: Vec<Range<usize>>,
    /// Attributions in text order of their first content byte, outer before inner; `parent` indexes this list.
    pub drafts: Vec<Draft>,
    /// Where tokens and sentences stand.
    pub(super) places: Places,
}

/// Where tokens and sentences of a text stand, by bytes.
#[derive(Clone, Debug)]
pub(super) struct Places {
    tokens: ByteIndex,
    sentences: ByteIndex,
}

impl Places {
    /// Indexes the tokens and sentences of a text of some length, in bytes.
    pub fn new(tokens: &[Token], sentences: &[Sentence], length: usize) -> Self {
        // A word and the space after it have some six bytes, a sentence some 120.
        const TOKEN_STEP: u32 = 16;
        const SENTENCE_STEP: u32 = 64;
        Self {
            tokens: ByteIndex::new(tokens.iter().map(|token| token.span.start), TOKEN_STEP, length),
            sentences: ByteIndex::new(sentences.iter().map(|sentence| sentence.span.start), SENTENCE_STEP, length),
        }
    }
}

impl Reading<'_> {
    /// Gives the text as numbers.
    pub fn page(&self) -> Numbered<'_> {
        Numbered { text: self.text, tokens: &self.tokens, ids: &self.ids, places: &self.places.tokens }
    }

    /// Gives the index of the sentence that holds a byte, or the last one that starts before it.
    pub fn sentence_at(&self, byte: u32) -> Option<usize> {
        let start = |at: usize| self.sentences.get(at).map(|sentence| sentence.span.start);
        self.places.sentences.count_before(byte.saturating_add(1), start).checked_sub(1)
    }

    /// Gives the tokens that lie wholly inside a span, as a range of indexes.
    pub fn tokens_in(&self, span: Span) -> Range<usize> {
        self.page().tokens_in(span)
    }
}

/// An attribution with what its shape knows beyond the spans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Source, cue and content.
    pub attribution: Attribution,
    /// The core noun phrase of the source, without apposition or relative clause.
    pub head: Option<Span>,
    /// To whom it was said: "CNN" in "told CNN that".
    pub addressee: Option<Span>,
    /// Who passes the words on in the same clause: "Russian state agencies" in "Russian state agencies quoted X as saying".
    pub reporter: Option<Span>,
    /// The words between cue and content or after the cue that tell time, place or occasion: "on 2 December after the talks".
    pub circumstance: Option<Span>,
    /// The cue in the lexicon; none for a colon or a quotation without a cue of its own.
    pub cue: Option<CueRef>,
    /// True when the cue itself is negated: "did not say whether".
    pub negated: bool,
    /// How sure the shape is, in percent (0 to 100), where nothing was measured for it.
    pub confidence: u8,
    /// The rules that made it, in order.
    pub firings: Vec<Firing>,
    /// What it was chosen over.
    pub rejected: Vec<Rejected>,
}

/// Reads a text: total, deterministic, linear in the length of the text for a bounded depth of nesting.
pub fn read<'t>(text: &'t str, lexicon: &Lexicon) -> Reading<'t> {
    shapes::read(text, lexicon)
}
