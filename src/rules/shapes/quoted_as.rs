//! Somebody is quoted by somebody else: Z quoted X as saying …; X was quoted by Z as saying ….
//!
//! The words are those of whoever is quoted; who passes them on is the reporter.

use super::fronted::Subject;
use super::page::Page;
use super::phrase::{PHRASE_STEPS_MAX, Phrase};
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::{Class, FormKind};

shape!(QUOTED_AS, "shape/quoted-as", "Somebody is quoted by somebody else: Z quoted X as saying ….");

impl Page<'_> {
    /// "… as saying" follows in the near: the words are those of whoever is quoted.
    pub fn is_quoted_as(&self, start: usize, high: usize) -> bool {
        let mut at = start;
        for _ in 0..PHRASE_STEPS_MAX {
            if at >= high || matches!(self.word(at), ";" | ":") {
                return false;
            }
            if self.is(at, "as") && self.verb_cue(at + 1).is_some_and(|hit| hit.form == FormKind::Gerund) {
                return true;
            }
            at = self.next(at);
        }
        false
    }

    /// "Z quoted X as saying", "X was quoted as saying": X speaks, Z passes it on.
    pub fn quoted_as(&self, as_word: usize, region: &Region) -> Option<Subject> {
        // The name between "quoted" and "as" with its apposition is no longer than this.
        const BETWEEN_STEPS_MAX: usize = 40;
        let mut at = as_word;
        for _ in 0..BETWEEN_STEPS_MAX {
            at = self.prev(at).filter(|at| *at >= region.start)?;
            if self.has(at, Class::QUOTING) {
                break;
            }
        }
        if !self.has(at, Class::QUOTING) {
            return None;
        }
        let note = "is quoted, so the words are theirs";
        if self.is_passive_at(at) {
            let source = self.subject_left(at, region.clause_start)?;
            let reporter = self.phrase_right(at + 2, as_word).filter(|_| self.is(at + 1, "by"));
            return Some(Subject { source: Some(source), reporter, shape: Some(&QUOTED_AS), note });
        }
        let source = self.phrase_right_with_apposition(at + 1, as_word)?;
        let reporter = self.subject_left(at, region.clause_start);
        Some(Subject { source: Some(Phrase { end: as_word.max(source.head_end), ..source }), reporter, shape: Some(&QUOTED_AS), note })
    }
}
