//! What is read out of a text before anybody is identified: tokens, sentences, quotations and bare attributions.
//!
//! Knows no actor, no stance and no date; `judge` takes a [`Reading`] and makes statements of it. The work is done by
//! [`super::shapes`]; here are the types that are handed over and the function that starts it.

use super::knowledge::WordId;
use super::lexicon::{Class, CueRef, Lexicon};
use super::shapes;
use super::text::Token;
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
}

impl Reading<'_> {
    /// Gives the index of the sentence that holds a byte, or the last one that starts before it.
    pub fn sentence_at(&self, byte: u32) -> Option<usize> {
        self.sentences.partition_point(|sentence| sentence.span.start <= byte).checked_sub(1)
    }

    /// Gives the tokens that lie wholly inside a span, as a range of indexes.
    pub fn tokens_in(&self, span: Span) -> Range<usize> {
        let first = self.tokens.partition_point(|token| token.span.start < span.start);
        let last = self.tokens.partition_point(|token| token.span.end <= span.end);
        first..last.max(first)
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
