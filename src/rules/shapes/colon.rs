//! A colon as the cue: headlines (X: …), transcripts (X: “…”), and a quotation after a colon without a verb of saying.
//!
//! A colon before a list or an explanation is none.

use super::found::Found;
use super::page::Page;
use super::phrase::Phrase;
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::Class;

shape!(COLON, "shape/colon", "A name and a colon before a quotation or a headline: X: “…”.");

/// Words of a name before a colon: "Foreign Minister Jane Roe:".
const NAME_WORDS_MAX: usize = 6;
/// Fewer quoted words after a colon are a title or a term.
const QUOTED_WORDS_MIN: usize = 4;

impl<'p> Page<'p> {
    /// Reads a colon at a token.
    pub fn colon(&self, at: usize, region: &Region) -> Option<Found<'p>> {
        let leads = at > region.start || region.last_source.is_some();
        if !self.is_mark(at, b':') || !leads || at + 1 >= region.end {
            return None;
        }
        let label = self.label(region.start, at);
        let quoted = self.quoted_words(at + 1, QUOTED_WORDS_MIN) >= QUOTED_WORDS_MIN;
        let source = match label {
            Some(label) if quoted || region.is_headline => Some(label),
            _ if quoted => region.last_source.or_else(|| self.clause_subject(region.clause_start, at)),
            _ => None,
        }?;
        let mut found = Found::bare(&COLON, Some((at, at + 1)));
        found.note = format!("a colon after \u{201c}{}\u{201d} opens what was said", self.show(source.span(self)));
        found.source = Some(source);
        found.content = vec![(at + 1, region.end)];
        found.confidence = if label.is_some() { 75 } else { 60 };
        found.resume = region.end;
        Some(found)
    }

    /// A short name that fills everything before the colon.
    fn label(&self, start: usize, colon: usize) -> Option<Phrase> {
        if colon - start > 3 * NAME_WORDS_MAX {
            return None;
        }
        let words = (start..colon).filter(|at| self.is_word(*at)).count();
        let is_name = (start..colon)
            .all(|at| self.is_name(at) || self.is_number(at) || self.is_inner_point(at) || self.is_any(at, &["of", "the", "-", "&"]));
        (words > 0 && words <= NAME_WORDS_MAX && is_name && !self.has(start, Class::TIME)).then(|| Phrase::plain(start, colon))
    }
}
