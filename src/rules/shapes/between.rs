//! What stands between a subject and its verb, or hides where a subject starts: times, occasions, contractions, places, enumerations.
//!
//! Goes by word classes alone and gives back tokens; which noun phrase is the subject is decided by its callers.

use super::page::Page;
use super::phrase::{Phrase, VERB};
use crate::rules::lexicon::Class;

impl Page<'_> {
    /// One past a time that stands right here, between a cue and what it takes: "on Tuesday", "last week", "two years ago".
    pub fn over_time_right(&self, at: usize) -> Option<usize> {
        const TIME_TOKENS_MAX: usize = 5;
        let start = at + usize::from(self.is(at, "on"));
        if !self.has(start, Class::TIME.or(Class::TIME_LEAD)) && !self.is_number(start) {
            return None;
        }
        // "may" and "march" in small letters are verbs.
        let is_time = |at: usize| self.has(at, Class::TIME) && (self.is_capital(at) || !self.has(at, Class::MODAL.or(Class::BASE)));
        let led = |at: usize| self.has(at, Class::TIME_LEAD) && (is_time(at + 1) || self.has(at + 1, Class::TIME_LEAD) && is_time(at + 2));
        let goes_on = |at: usize| {
            is_time(at) && !self.is_possessive_mark(at + 1)
                || led(at)
                || self.is_number(at) && (is_time(at + 1) || at > start && is_time(at - 1))
        };
        let end = (start..start + TIME_TOKENS_MAX).find(|at| !goes_on(*at)).unwrap_or(start + TIME_TOKENS_MAX);
        (start..end).any(is_time).then_some(end)
    }

    /// "I've", "they'd": a pronoun and its auxiliary in one word.
    pub fn is_contracted_subject(&self, at: usize) -> bool {
        self.has(at, Class::MODAL) && self.word(at).contains(['\u{2019}', '\'']) && !self.has(at, Class::NEGATION)
    }

    /// Goes left over a time between a subject and its verb: "X on Monday said", "X, who in 2010 said", "X this week said".
    pub fn over_time_left(&self, end: usize, low: usize) -> usize {
        const TIME_TOKENS_MAX: usize = 6;
        if let Some(start) = self.occasion_start(end, low) {
            return start;
        }
        let is_time = |at: usize| {
            self.has(at, Class::TIME.or(Class::TIME_LEAD))
                || self.is_number(at)
                || self.is_inner_point(at)
                || self.has(at, Class::DETERMINER)
        };
        let Some(last) = end.checked_sub(1).filter(|last| *last > low && (self.has(*last, Class::TIME) || self.is_number(*last))) else {
            return end;
        };
        let mut first = last;
        while first > low + 1 && last - first < TIME_TOKENS_MAX && is_time(first - 1) {
            first -= 1;
        }
        let before = first - 1;
        let placed = before > low && self.is_any(before, &["on", "in", "at", "since", "during"]) && !self.is_name(before);
        let day = first == last && self.is_capital(last) && self.word(last).ends_with("day") && self.is_capital(before);
        let led = first < last && self.has(first, Class::TIME_LEAD) && self.has(last, Class::TIME) && !self.is_capital(last);
        let start = match () {
            () if placed => before,
            () if day || led => first,
            () => return end,
        };
        let ends_name = |at: usize| self.word(at) == ")" || self.is_plus(at) || self.is_inner_point(at);
        let noun = start
            .checked_sub(1)
            .filter(|noun| *noun > low && self.is_comma(*noun) || *noun >= low && (self.is_word(*noun) || ends_name(*noun)));
        let follows_noun = noun.is_some_and(|noun| {
            !self.has(noun, VERB.or(Class::PREPOSITION).or(Class::CONJUNCTION).or(Class::DETERMINER).or(Class::SUBORDINATOR))
                || self.is_name(noun)
                || self.has(noun, Class::RELATIVE)
        });
        if follows_noun { start } else { end }
    }

    /// "X in a radio interview said": where the occasion before the verb starts.
    fn occasion_start(&self, end: usize, low: usize) -> Option<usize> {
        const OCCASION_TOKENS_MAX: usize = 6;
        let last = end.checked_sub(1).filter(|last| *last > low && self.has(*last, Class::OCCASION_NOUN) && !self.is_capital(*last))?;
        let preposition = (low..last).rev().take(OCCASION_TOKENS_MAX).find(|at| self.has(*at, Class::PREPOSITION))?;
        let noun = preposition.checked_sub(1).filter(|noun| *noun >= low)?;
        let follows = self.is_name(noun) || self.has(noun, Class::STRICT_SUBJECT.or(Class::CONJUNCTION).or(Class::RELATIVE));
        (self.is_any(preposition, &["in", "at", "during", "on"]) && follows).then_some(preposition)
    }

    /// "those asked", "the divers we met", "a cousin near him": phrases whose last word alone would end none.
    pub fn ends_oddly(&self, last: usize, low: usize) -> Option<Phrase> {
        let before = last.checked_sub(1).filter(|before| *before >= low)?;
        if self.has(last, Class::PAST) && self.is(before, "those") {
            return Some(Phrase::plain(before, last + 1));
        }
        if self.has(last, Class::PAST) && self.has(before, Class::STRICT_SUBJECT) && before > low && self.is_word(before - 1) {
            let noun = self.phrase_left(before, low).filter(|noun| self.starts_clause(noun.start, low) && !self.is_name(noun.end - 1))?;
            return Some(Phrase { end: last + 1, ..noun });
        }
        let tied = Class::PREPOSITION.or(Class::NOUN_PREPOSITION);
        if self.has(last, Class::OBJECT) && !self.is_name(last) && self.has(before, tied) {
            let first = (low..last).rev().take_while(|at| self.has(*at, tied)).last().filter(|first| *first > low)?;
            let noun = self.phrase_left(first, low)?;
            return Some(Phrase { end: last + 1, ..noun });
        }
        None
    }

    /// "Orla Venn of Skarne, North Shore said": a place after the comma is not the subject.
    pub fn with_place(&self, phrase: Phrase, low: usize) -> Phrase {
        let names = |start: usize, end: usize| (start..end).all(|at| self.is_name(at));
        let Some(comma) = phrase.start.checked_sub(1).filter(|comma| *comma > low && self.is_comma(*comma)) else { return phrase };
        let person = self.phrase_left(comma, low).filter(|person| self.starts_sentence_part(person.start, low));
        let placed = person.filter(|person| {
            names(phrase.start, phrase.end)
                && names(person.start, person.start + 2)
                && (person.start + 2..comma).any(|at| self.is_any(at, &["of", "from", "in"]) && names(at + 1, comma))
        });
        placed.map_or(phrase, |person| Phrase { start: person.start, end: phrase.end, head_start: person.start, head_end: phrase.end })
    }

    /// "X, Y and Z said": all of an enumeration.
    pub fn with_enumeration(&self, phrase: Phrase, low: usize) -> Phrase {
        const MEMBERS_MAX: usize = 6;
        if !(phrase.start + 1..phrase.end).any(|at| self.is_any(at, &["and", "or"])) {
            return phrase;
        }
        let mut start = phrase.start;
        for _ in 0..MEMBERS_MAX {
            let Some(comma) = start.checked_sub(1).filter(|comma| *comma > low && self.is_comma(*comma)) else { break };
            let named = |member: &Phrase| self.is_name(member.end - 1) || self.word(member.end - 1) == ")";
            let led = |member: &Phrase| self.has(member.start, Class::DETERMINER) && self.starts_sentence_part(member.start, low);
            let Some(member) = self.phrase_left(comma, low).filter(|member| named(member) || led(member)) else { break };
            if self.starts_sentence_part(member.start, low) {
                return Phrase { start: member.start, head_start: member.start, ..phrase };
            }
            start = member.start;
        }
        phrase
    }
}
