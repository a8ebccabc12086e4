//! Paragraphs that are no part of the prose: by-lines, captions, pointers to other texts, notes on who wrote it.
//!
//! Says which paragraphs these are; what they look like stands in the data. A paragraph of which this is not sure is read.

use super::page::Page;
use crate::rules::lexicon::{Aside, Class, Then};
use crate::rules::text::TokenKind;

/// How many paragraphs at the end of a longer text may tell who wrote it.
const LAST_PARAGRAPHS: usize = 3;
/// Most words of a name at the start of a note on who wrote the text.
const NAME_WORDS_MAX: usize = 4;

/// Fewer words with capitals are a name.
const HEADING_WORDS_MIN: usize = 4;

impl Page<'_> {
    /// Tells whether a paragraph is no part of the prose; `left` is the number of paragraphs from it to the end, `count` that of all.
    pub fn is_aside(&self, (start, end): (usize, usize), (left, count): (usize, usize)) -> bool {
        let words = (start..end).filter(|at| self.is_word(*at)).count();
        let last = (start..end).rev().find(|at| self.kind(*at) != Some(TokenKind::Quote) && self.word(*at) != ")").unwrap_or(start);
        let is_open = !matches!(self.word(last), "." | "!" | "?");
        if is_open && words >= HEADING_WORDS_MIN && self.is_heading(start, end) {
            return true;
        }
        self.lexicon.asides().iter().any(|aside| {
            words <= aside.words_max
                && (!aside.is_open || is_open)
                && (!aside.is_last || left <= LAST_PARAGRAPHS && count > LAST_PARAGRAPHS)
                && self.fits_aside(aside, start, end)
        })
    }

    /// A line in which each word has a capital: names cannot be told from verbs there, so it is not read unless marks tell the words.
    fn is_heading(&self, start: usize, end: usize) -> bool {
        let is_marked = (start..end).any(|at| self.word(at) == ":" || self.quote_opening(at).is_some());
        !is_marked && self.is_title_line(start..end)
    }

    fn fits_aside(&self, aside: &Aside, start: usize, end: usize) -> bool {
        if aside.starts.is_empty() {
            let name = (start..end).take_while(|at| self.is_name(*at)).count();
            return (1..=NAME_WORDS_MAX).contains(&name) && self.stands_after(&aside.then, start + name);
        }
        aside.starts.iter().any(|phrase| self.is_phrase(phrase, start) && self.stands_after(&aside.then, start + phrase.len()))
    }

    fn stands_after(&self, then: &Then, at: usize) -> bool {
        match then {
            Then::Name => self.is_name(at) && !self.has(at, Class::TIME),
            Then::Colon => self.word(at) == ":",
            Then::Phrases(phrases) => phrases.iter().any(|phrase| self.is_phrase(phrase, at)),
        }
    }

    fn is_phrase(&self, phrase: &[String], at: usize) -> bool {
        // Most paragraphs start with another letter than the phrase.
        let written = self.tokens.get(at).and_then(|token| self.text.as_bytes().get(token.span.start as usize));
        let may_be = phrase
            .first()
            .and_then(|word| word.as_bytes().first())
            .is_none_or(|first| written.is_some_and(|letter| letter.eq_ignore_ascii_case(first)));
        may_be && phrase.iter().enumerate().all(|(nth, word)| self.is(at + nth, word))
    }
}
