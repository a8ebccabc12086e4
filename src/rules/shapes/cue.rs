//! Cue words in the text: which forms may be cues where they stand.
//!
//! Looks at the neighbours only ("the said", "to say", "was said" are none); what follows a cue is the business of the shapes.

use super::page::{Page, VerbPlace};
use crate::rules::lexicon::{Class, Cue, CueRef, FormKind, FormRef};

/// "did not, the mayor's office, again, say": a negation farther away belongs to another verb.
const NEGATION_TOKENS_MAX: usize = 6;

/// A cue form at a place in the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit<'p> {
    pub cue: &'p Cue,
    pub id: CueRef,
    pub form: FormKind,
    /// First token.
    pub at: usize,
    /// One past the last token.
    pub end: usize,
}

impl<'p> Page<'p> {
    /// Gives the cue forms that start at a token, the longest first.
    pub fn cue_forms(&self, at: usize) -> impl Iterator<Item = Hit<'p>> {
        self.forms(at).iter().filter_map(move |form| {
            let rest = self.rest_of_cue(form, at + 1)?;
            let cue = self.lexicon.cue(form.cue)?;
            Some(Hit { cue, id: form.cue, form: form.form, at, end: rest + form.rest.len() })
        })
    }

    /// Where the words after the first one of a cue stand: right behind it, or behind a time ("called on Monday for").
    fn rest_of_cue(&self, form: &FormRef, next: usize) -> Option<usize> {
        let stands_at = |start: usize| form.rest.iter().enumerate().all(|(nth, word)| self.is(start + nth, word));
        if form.rest.is_empty() {
            return Some(next);
        }
        // Nobody calls on a day.
        let day = |end: usize| self.is(end - 1, "on") && self.is_capital(end) && self.has(end, Class::TIME);
        if stands_at(next) {
            return Some(next).filter(|start| !day(start + form.rest.len()));
        }
        let verb = !matches!(form.form, FormKind::Noun | FormKind::Phrase);
        if verb { self.over_time_right(next).filter(|start| stands_at(*start)) } else { None }
    }

    /// Gives the verb that is a cue at a token, if its neighbours allow it.
    pub fn verb_cue(&self, at: usize) -> Option<Hit<'p>> {
        if !self.may_be_cue(at) {
            return None;
        }
        let verb = |hit: &Hit<'p>| !matches!(hit.form, FormKind::Noun | FormKind::Phrase);
        match self.verb_place(at) {
            VerbPlace::Unknown => {
                let found = self.cue_forms(at).enumerate().find(|(_, hit)| verb(hit) && self.is_verb_here(hit));
                self.remember_verb(at, found.map(|(nth, _)| nth));
                found.map(|(_, hit)| hit)
            }
            VerbPlace::None => None,
            VerbPlace::Form(nth) => self.cue_forms(at).nth(usize::from(nth)),
        }
    }

    fn is_verb_here(&self, hit: &Hit<'_>) -> bool {
        let at = hit.at;
        if (at > 0 && !self.is_spaced(at) && matches!(self.word(at - 1), "-" | "/" | "@" | "#"))
            || (self.word(hit.end) == "-" && !self.is_spaced(hit.end))
        {
            return false;
        }
        if self.is_capital(at) && !self.is_title_case(at) {
            return false;
        }
        let Some(before) = self.before_adverbs(at) else { return hit.form != FormKind::Base };
        // "he’s claiming": a contracted "is" and no owner.
        let contracted = before > 0 && self.is_possessive_mark(before) && self.has(before - 1, Class::STRICT_SUBJECT);
        if contracted && hit.form == FormKind::Gerund {
            return true;
        }
        // "by charges that", "despite repeated warnings": a noun or an adjective.
        if matches!(hit.form, FormKind::Third | FormKind::Past)
            && hit.cue.speech < 90
            && self.has(before, Class::PREPOSITION)
            && !self.has(before, Class::SUBORDINATOR.or(Class::ADVERB))
            && !self.is_name(before)
        {
            return false;
        }
        if self.has(before, Class::DETERMINER.or(Class::POSSESSIVE)) && !self.has(before, Class::SUBJECT) || self.is_possessive_mark(before)
        {
            return false;
        }
        let several = self.is_number(before) || (self.has(before, Class::DETERMINER) && self.has(before, Class::SUBJECT));
        if hit.form == FormKind::Third && several && !self.is_any(before, &["one", "another"]) {
            return false;
        }
        match hit.form {
            FormKind::Base => self.is_finite_base(before) || hit.cue.speech >= 90 && self.may_end_plural_subject(before),
            FormKind::Gerund => !self.has(before, Class::DETERMINER),
            FormKind::Past => !self.is_passive(before),
            _ => true,
        }
    }

    /// A capital in the middle of a sentence is a name ("the United States"), but for headlines ("Roe Says Talks Failed").
    fn is_title_case(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        if !self.is_word(before) {
            return true;
        }
        let led = self.has(before, Class::DETERMINER) || (before > 0 && self.has(before - 1, Class::DETERMINER.or(Class::PREPOSITION)));
        self.is_capital(before) && self.is_capital(at + 1) && !led
    }

    /// A base form is finite after a plural, a modal, "to" after "went on"; an infinitive otherwise is no cue.
    fn is_finite_base(&self, before: usize) -> bool {
        if self.is(before, "to") {
            return before > 0 && self.has(before - 1, Class::CATENATIVE);
        }
        if self.has(before, Class::MODAL)
            || self.is_any(before, &["do", "did", "does", "didn't", "don't", "doesn't", "didn\u{2019}t", "don\u{2019}t", "doesn\u{2019}t"])
        {
            return true;
        }
        if self.has(before, Class::SUBJECT.or(Class::RELATIVE).or(Class::PLURAL)) {
            return !self.is_any(before, &["he", "she", "it", "one"]);
        }
        let word = self.word(before);
        (self.is_word(before) && word.ends_with('s') && !word.ends_with("ss") && !self.has(before, Class::PREPOSITION.or(Class::AUXILIARY)))
            || self.is_comma(before)
            || matches!(word, ")" | "and" | "but" | "\u{201d}")
            || self.is_number(before)
            || self.has(before, Class::TIME)
            || (self.is_name(before) && before > 0 && self.is_any(before - 1, &["and", "&"]))
    }

    /// "supporters in the city say", "all the people I met say": a noun, a name or a verb in front of a sure cue.
    fn may_end_plural_subject(&self, before: usize) -> bool {
        const NEVER: Class = Class::PREPOSITION
            .or(Class::DETERMINER)
            .or(Class::POSSESSIVE)
            .or(Class::AUXILIARY)
            .or(Class::CONJUNCTION)
            .or(Class::SUBORDINATOR)
            .or(Class::STRICT_SUBJECT)
            .or(Class::NEGATION);
        self.is_word(before) && !self.is_any(before, &["to", "let", "it", "that"]) && (!self.has(before, NEVER) || self.is_name(before))
    }

    /// The past form is a passive one: "was told", "being asked".
    fn is_passive(&self, before: usize) -> bool {
        self.has(before, Class::BE)
    }

    /// Whether the form is part of a passive, and not of "has said".
    pub fn is_passive_at(&self, at: usize) -> bool {
        self.before_adverbs(at).is_some_and(|before| self.is_passive(before))
    }

    /// The token to the left of a place, adverbs and "not" skipped.
    pub fn before_adverbs(&self, at: usize) -> Option<usize> {
        // More adverbs than this in a row are no adverbs.
        const ADVERBS_MAX: usize = 4;
        let mut place = self.prev(at)?;
        for _ in 0..ADVERBS_MAX {
            if !self.has(place, Class::ADVERB.or(Class::NEGATION))
                || self.has(place, Class::AUXILIARY.or(Class::MODAL).or(Class::SUBJECT))
                || (self.is_capital(place) && place > 0 && self.is_name(place))
            {
                break;
            }
            place = self.prev(place)?;
        }
        Some(place)
    }

    /// Whether "not", "never", "didn't" stands between the subject and the cue.
    pub fn is_negated(&self, subject_end: usize, cue: usize) -> bool {
        (subject_end.max(cue.saturating_sub(NEGATION_TOKENS_MAX))..cue).any(|at| self.has(at, Class::NEGATION))
    }
}
