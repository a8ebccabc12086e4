//! The subject of a clause, looked for from its start: “X went to Y and said”, “X left, saying”.
//!
//! Goes over introductions and relative clauses to the first finite verb; whom the subject means is not decided here.

use super::page::Page;
use super::phrase::{PARENTHETICALS_MAX, PHRASE_STEPS_MAX, Phrase};
use crate::rules::lexicon::Class;

impl Page<'_> {
    /// The subject of the clause that starts at `low`, before the verb at `before`: "X went to Y and said".
    pub fn clause_subject(&self, low: usize, before: usize) -> Option<Phrase> {
        let mut start = low;
        if self.quote_opening(low).is_some() {
            return None;
        }
        for _ in 0..PARENTHETICALS_MAX {
            while start < before
                && (self.has(start, Class::CONJUNCTION.or(Class::ADVERB)) || self.is_comma(start))
                && !self.has(start, Class::SUBJECT.or(Class::DETERMINER))
                && !(self.is_name(start) && start > low)
            {
                start += 1;
            }
            if self.has(start, Class::PREPOSITION.or(Class::SUBORDINATOR))
                || self.has(start, Class::PARTICIPLE.or(Class::PAST)) && !self.is_name(start + 1)
            {
                start = (start..before.min(start + PHRASE_STEPS_MAX)).find(|at| self.is_comma(*at))? + 1;
            }
        }
        if self.has(start, Class::STRICT_SUBJECT) {
            return Some(Phrase::plain(start, start + 1));
        }
        let verb = self.first_verb(start, before)?;
        self.subject_left(verb, start).filter(|phrase| phrase.start <= start + 2 || self.is_comma(phrase.start - 1))
    }

    fn first_verb(&self, start: usize, before: usize) -> Option<usize> {
        let mut at = self.next(start);
        let mut relative = false;
        // "leaders who have paid have asked": the clause is not set off by commas and has one verb of its own.
        let mut restriction: Option<usize> = None;
        let mut right = start;
        for _ in 0..PHRASE_STEPS_MAX {
            if at >= before {
                return None;
            }
            if self.is_any(at, &["who", "that"]) && !relative && !self.is_comma(at - 1) && self.is_finite(at + 1) {
                restriction = Some(self.after_verbs(at + 1));
            }
            relative |= self.has(at, Class::RELATIVE)
                || (self.is_comma(at) && self.has(at + 1, Class::PARTICIPLE.or(Class::PAST).or(Class::DETERMINER)));
            if relative && self.is_comma(at) && at > right + 2 {
                (relative, right) = (false, at);
            }
            let verb = self.has(at, Class::AUXILIARY.or(Class::MODAL).or(Class::THIRD).or(Class::PAST)) || self.verb_cue(at).is_some();
            if restriction.is_some_and(|end| at > end)
                && verb
                && !self.has(at - 1, Class::CONJUNCTION.or(Class::SUBORDINATOR).or(Class::RELATIVE))
            {
                (relative, restriction) = (false, None);
            }
            if verb && !relative && (!self.is_name(at) || self.has(at, Class::AUXILIARY)) && self.is_verb_left(at, at + 1) {
                return Some(at);
            }
            if self.is_comma(at) && !relative {
                right = at;
            }
            at = self.next(at);
        }
        None
    }

    /// One past a row of auxiliaries, adverbs and verbs.
    fn after_verbs(&self, start: usize) -> usize {
        const VERBS_MAX: usize = 5;
        let part = Class::AUXILIARY.or(Class::MODAL).or(Class::ADVERB).or(Class::PAST).or(Class::THIRD).or(Class::NEGATION);
        (start..start + VERBS_MAX).find(|at| !self.has(*at, part)).unwrap_or(start + VERBS_MAX)
    }
}
