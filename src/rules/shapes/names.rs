//! Words that are part of a name: they keep no word class and no cue of their own.
//!
//! “States”, “Without”, “To” or “WHO” are verbs, prepositions and pronouns in other places. Goes by capital letters, hyphens and
//! neighbours alone and knows no names; a line in title case (a headline) is left as it is, because there every word has a capital.

use super::page::Page;
use crate::rules::lexicon::{Class, FormKind};
use std::ops::Range;

/// What a word loses inside a name; determiners, titles and words of time keep theirs.
const LOST: Class = Class::STRICT_SUBJECT
    .or(Class::SUBJECT)
    .or(Class::OBJECT)
    .or(Class::POSSESSIVE)
    .or(Class::RELATIVE)
    .or(Class::QUESTION)
    .or(Class::PREPOSITION)
    .or(Class::NOUN_PREPOSITION)
    .or(Class::OCCASION)
    .or(Class::CONJUNCTION)
    .or(Class::SUBORDINATOR)
    .or(Class::AUXILIARY)
    .or(Class::BE)
    .or(Class::HAVE)
    .or(Class::MODAL)
    .or(Class::ADVERB)
    .or(Class::PAST)
    .or(Class::THIRD)
    .or(Class::BASE)
    .or(Class::PARTICIPLE)
    .or(Class::CATENATIVE)
    .or(Class::QUOTING);

/// A cue that is one at least this often (percent) shows that the capitalised words before it are its subject.
const SURE_SPEECH: u8 = 75;

/// Words of a name at the start of a sentence that are looked at for the cue after it.
const NAME_WORDS_MAX: usize = 4;

impl Page<'_> {
    /// Takes the word classes from all words that are part of a name.
    pub fn clear_names(&mut self) {
        let sentences: Vec<Range<usize>> = self.sentences.iter().map(|sentence| sentence.tokens.clone()).collect();
        for range in sentences {
            let titled = self.is_title_line(range.clone());
            for at in range {
                let behind = at > 0 && self.is_mark(at - 1, b'-');
                if !behind && !self.is_capital(at) {
                    continue;
                }
                if self.is_joined(at) || self.is_initial(at) {
                    self.forget(at, Class::DETERMINER);
                } else if !titled && (self.is_month_as_name(at) || self.is_surname_of_month(at)) {
                    self.forget(at, Class::TIME);
                } else if !titled && self.is_part_of_name(at) {
                    self.forget(at, Class::default());
                }
            }
        }
    }

    /// No word in lower case but function words: a headline, or a line in capitals.
    pub fn is_title_line(&self, mut range: Range<usize>) -> bool {
        const FUNCTION: Class = Class::DETERMINER
            .or(Class::POSSESSIVE)
            .or(Class::PREPOSITION)
            .or(Class::CONJUNCTION)
            .or(Class::SUBORDINATOR)
            .or(Class::AUXILIARY)
            .or(Class::OBJECT);
        !range.any(|at| self.is_word(at) && !self.is_capital(at) && !self.has(at, FUNCTION))
    }

    /// "Jae-in", "al-Ansari": a part behind a hyphen, of a name with a capital.
    fn is_joined(&self, at: usize) -> bool {
        let behind = at >= 2 && self.is_mark(at - 1, b'-') && !self.is_spaced(at) && !self.is_spaced(at - 1);
        behind && self.is_word(at) && self.is_capital(at - 2) && !self.has(at, Class::PAST.or(Class::PARTICIPLE))
    }

    /// "C.I.A.", "J. A. Roe": single capitals with points, next to another one.
    fn is_initial(&self, at: usize) -> bool {
        let initial = |at: usize| {
            self.is_capital(at) && self.is_mark(at + 1, b'.') && !self.is_spaced(at + 1) && self.word(at).chars().nth(1).is_none()
        };
        initial(at) && (initial(at + 2) || (at >= 2 && initial(at - 2)))
    }

    /// "Dong Jun": a short month after a capital, without a day behind it.
    fn is_surname_of_month(&self, at: usize) -> bool {
        at > 0
            && self.has(at, Class::TIME)
            && self.is_capital(at)
            && (self.has(at, Class::MODAL) || self.lexicon.abbreviations().soft.contains(self.word(at)))
            && self.is_capital(at - 1)
            && !self.has(at - 1, Class::TIME.or(Class::PREPOSITION))
            && !self.is_number(at + 1)
            && !(self.word(at + 1) == "." && self.is_number(at + 2))
    }

    /// "Jan Lipavský said": a short month without a point before a capital that is neither a day nor a year.
    fn is_month_as_name(&self, at: usize) -> bool {
        self.has(at, Class::TIME)
            && self.is_capital(at)
            && self.lexicon.abbreviations().soft.contains(self.word(at))
            && self.is_capital(at + 1)
            && self.is_spaced(at + 1)
            && !self.has(at + 1, Class::TIME)
            && !(at > 0 && self.has(at - 1, Class::PREPOSITION.or(Class::TIME_LEAD).or(Class::TIME)))
    }

    fn is_part_of_name(&self, at: usize) -> bool {
        if !self.is_capital(at) || self.has(at, Class::DETERMINER.or(Class::TITLE).or(Class::TIME).or(Class::NEGATION)) {
            return false;
        }
        let word = self.word(at);
        if word.len() == 1 || word.contains(['\'', '\u{2019}']) {
            return false;
        }
        if self.is_acronym(at) {
            return true;
        }
        let led = at > 0 && self.is_word(at - 1) && !self.starts_sentence(at);
        match led {
            true => self.is_in_sequence(at),
            false => self.leads_name(at),
        }
    }

    /// "WHO", "US": all capitals, and no shouting ("I did NOT").
    fn is_acronym(&self, at: usize) -> bool {
        let word = self.word(at);
        word.len() > 1 && word.chars().all(char::is_uppercase) && !self.has(at, Class::AUXILIARY.or(Class::MODAL).or(Class::CONJUNCTION))
    }

    /// Within a sentence, next to another capital: "Doctors Without Borders", "Rapid Support Forces".
    fn is_in_sequence(&self, at: usize) -> bool {
        let neighbour = |at: usize| self.is_capital(at) && !self.has(at, Class::TIME);
        let before = neighbour(at - 1) && !(self.starts_sentence(at - 1) && self.has(at - 1, Class::ADVERB.or(Class::CONJUNCTION)));
        before || (neighbour(at + 1) && self.is_spaced(at + 1))
    }

    /// At the start of a sentence: a pronoun or a preposition directly before capitals and a cue ("To Lam said", "He Lifeng said").
    fn leads_name(&self, at: usize) -> bool {
        let single = self.has(at, Class::STRICT_SUBJECT) && !self.is_any(at, &["we", "they", "i"]);
        let preposition = self.has(at, Class::PREPOSITION) && !self.has(at, Class::SUBORDINATOR);
        if !(single || preposition) {
            return false;
        }
        let end = (at + 1..=at + NAME_WORDS_MAX).find(|next| !self.is_capital(*next)).unwrap_or(at + 1);
        let sure = self.cue_forms(end).any(|hit| hit.cue.speech >= SURE_SPEECH && matches!(hit.form, FormKind::Past | FormKind::Third));
        end > at + 1
            && (single && !self.has(at + 1, Class::ADVERB) && self.cue_forms(at + 1).next().is_none() || sure && end == at + 2)
            && !self.has(at + 1, Class::TIME)
    }

    fn forget(&mut self, at: usize, more: Class) {
        self.set_class(at, self.class(at).without(LOST.or(more)));
    }
}
