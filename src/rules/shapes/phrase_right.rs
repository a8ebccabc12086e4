//! Noun phrases to the right: who stands after an inverted cue, after "according to", or as a hearer, with appositions.
//!
//! The same linear rules as for phrases to the left; where a phrase could go on or end, it ends.

use super::page::Page;
use super::phrase::{PARENTHETICALS_MAX, PHRASE_STEPS_MAX, Phrase, VERB};
use crate::rules::lexicon::{Class, FormKind};

impl Page<'_> {
    /// The noun phrase that starts at a token: after an inverted cue ("said X"), "according to", or as a hearer.
    pub fn phrase_right(&self, start: usize, high: usize) -> Option<Phrase> {
        if self.has(start, Class::SUBJECT.or(Class::OBJECT)) && !self.has(start, Class::DETERMINER) && !self.is_name(start) {
            return (start < high).then(|| Phrase::plain(start, start + 1));
        }
        let mut end = start;
        for _ in 0..PHRASE_STEPS_MAX {
            if end >= high || !self.goes_on_right(start, end) {
                break;
            }
            end = self.next(end);
        }
        while end > start && self.has(end - 1, Class::CONJUNCTION.or(Class::PREPOSITION).or(Class::DETERMINER)) && !self.is_name(end - 1) {
            end -= 1;
        }
        self.is_nominal(start, end.min(high)).then(|| Phrase::plain(start, end.min(high)))
    }

    fn goes_on_right(&self, start: usize, at: usize) -> bool {
        if self.quote_opening(at).is_some() {
            return at > start && self.is_scare_quote(at, self.next(at));
        }
        if self.is_word(at) {
            if at == start {
                return !self.has(at, Class::PREPOSITION.or(Class::CONJUNCTION).or(Class::SUBORDINATOR).or(VERB).or(Class::ADVERB))
                    || self.is_name(at)
                    || self.has(at, Class::DETERMINER);
            }
            if self.has(at, Class::TIME) && !self.is_any(at, &["may", "mar"]) && !self.has(at - 1, Class::PREPOSITION.or(Class::DETERMINER))
                || self.has(at, Class::RELATIVE.or(Class::MODAL).or(Class::AUXILIARY).or(Class::STRICT_SUBJECT))
            {
                return false;
            }
            if self.has(at, Class::PREPOSITION) && !self.is_name(at) {
                let named = self.is(at, "on") && self.is_capital(at - 1) && self.is_capital(at + 1) && !self.has(at + 1, Class::TIME);
                return (named || self.is_any(at, &["of", "for", "from", "at", "with", "in", "to"]))
                    && !self.has(at + 1, Class::PARTICIPLE)
                    && !self.is_occasion(at);
            }
            if self.has(at, Class::SUBORDINATOR.or(Class::ADVERB)) && !self.is_name(at) {
                return false;
            }
            let finite = self.has(at, Class::PAST.or(Class::THIRD))
                || self.verb_cue(at).is_some_and(|hit| matches!(hit.form, FormKind::Past | FormKind::Third));
            if finite && !self.is_name(at) {
                return self.has(at - 1, Class::DETERMINER.or(Class::POSSESSIVE));
            }
            return !self.has(at, Class::CONJUNCTION)
                || self.is_any(at, &["and"]) && !self.has(at + 1, Class::ADVERB.or(VERB)) && self.verb_cue(at + 1).is_none();
        }
        if self.word(at) == "(" || self.word(at) == ")" || (at > start && self.word(at - 1) == "(") {
            return true;
        }
        self.is_number(at)
            || self.is_possessive_mark(at)
            || self.is_inner_point(at)
            || matches!(self.word(at), "&" | "%" | "$")
            || self.is_plus(at)
            || (matches!(self.word(at), "-" | "/") && !self.is_spaced(at + 1))
            || (self.word(at) == "." && at > start && self.is_word(at - 1) && self.word(at - 1).len() == 1)
    }

    /// "in a statement", "at a rally", "with reporters": an occasion, and no part of the noun before.
    fn is_occasion(&self, at: usize) -> bool {
        match () {
            () if self.is_any(at, &["of", "from"]) => false,
            () if self.is_any(at, &["in", "at"]) => {
                self.is_any(at + 1, &["a", "an"]) || self.has(at + 1, Class::TIME) || self.is_number(at + 1)
            }
            () if self.is(at, "to") => true,
            () => false,
        }
    }

    /// A noun phrase with the appositions after it: "X, a senior fellow at Y," up to the comma or stop that ends them.
    pub fn phrase_right_with_apposition(&self, start: usize, high: usize) -> Option<Phrase> {
        let core = self.phrase_right(start, high)?;
        let mut phrase = Phrase { end: self.restriction_end(core.end, high), ..core };
        for _ in 0..PARENTHETICALS_MAX {
            if !self.is_comma(phrase.end) || phrase.end + 1 >= high {
                break;
            }
            let first = phrase.end + 1;
            let Some(close) = self.parenthetical_end(first, high) else { break };
            phrase.end = close;
        }
        Some(Phrase { head_start: core.start, head_end: core.end, ..phrase })
    }

    /// "two deputies who asked not to be named": the end of a relative clause without a comma before it.
    fn restriction_end(&self, at: usize, high: usize) -> usize {
        const RESTRICTION_TOKENS_MAX: usize = 24;
        if !self.is(at, "who") {
            return at;
        }
        let ends = |at: &usize| *at >= high || self.is_comma(*at) || self.is_quote(*at) || matches!(self.word(*at), "." | ";" | ":" | ")");
        (at + 1..=high.min(at + RESTRICTION_TOKENS_MAX)).find(ends).unwrap_or(at)
    }

    fn parenthetical_end(&self, first: usize, high: usize) -> Option<usize> {
        let relative = self.has(first, Class::RELATIVE);
        // "said X, who added that …": the clause tells other words.
        let speaks = |at: usize| self.verb_cue(at).is_some_and(|hit| hit.cue.speech >= 60 && hit.form != FormKind::Gerund);
        if relative && speaks(self.over_adverbs(first + 1)) {
            return None;
        }
        let noun = self.is_number(first)
            || (self.has(first, Class::DETERMINER.or(Class::POSSESSIVE))
                || (self.is_word(first)
                    && !self.has(
                        first,
                        Class::PREPOSITION
                            .or(Class::CONJUNCTION)
                            .or(Class::SUBORDINATOR)
                            .or(VERB)
                            .or(Class::PARTICIPLE)
                            .or(Class::ADVERB)
                            .or(Class::SUBJECT),
                    )))
                && self.verb_cue(first).is_none();
        if !relative && !noun {
            return None;
        }
        let mut at = first;
        for _ in 0..PHRASE_STEPS_MAX {
            if at >= high || self.is_comma(at) || self.quote_opening(at).is_some() || matches!(self.word(at), ";" | ":") || self.is_dash(at)
            {
                return Some(at);
            }
            if self.word(at) == "." && !self.is_inner_point(at) {
                return Some(at);
            }
            let irregular = (self.has(at, Class::THIRD) || self.has(at, Class::PAST) && !self.word(at).ends_with("ed"))
                && at > first
                && !self.is_name(at);
            if !relative && (irregular || self.has(at, Class::AUXILIARY.or(Class::MODAL)) || self.has(at, Class::STRICT_SUBJECT)) {
                return None;
            }
            at = self.next(at);
        }
        None
    }
}
