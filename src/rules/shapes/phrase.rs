//! Noun phrases: who stands to the left of a verb, to its right, or at the start of its clause.
//!
//! Linear rules without a parser: walks over words until something that cannot belong to a noun phrase. Every walk is bounded.

use super::page::Page;
use crate::model::Span;
use crate::rules::lexicon::{Class, FormKind};
use crate::rules::text::TokenKind;

/// The longest noun phrase with all that belongs to it, in steps over tokens and quotations.
pub(super) const PHRASE_STEPS_MAX: usize = 48;
/// Parentheticals between a speaker and a cue: "X, the minister, 45, who …, said".
pub(super) const PARENTHETICALS_MAX: usize = 4;

/// A source in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// First token.
    pub start: usize,
    /// One past the last token, apposition included.
    pub end: usize,
    /// First token of the core noun phrase.
    pub head_start: usize,
    /// One past the last token of the core noun phrase.
    pub head_end: usize,
}

impl Phrase {
    pub fn plain(start: usize, end: usize) -> Self {
        Self { start, end, head_start: start, head_end: end }
    }

    pub fn span(&self, page: &Page<'_>) -> Option<Span> {
        page.span(self.start, self.end)
    }

    pub fn head(&self, page: &Page<'_>) -> Option<Span> {
        page.span(self.head_start, self.head_end)
    }
}

pub(super) const VERB: Class = Class::AUXILIARY.or(Class::MODAL).or(Class::PAST).or(Class::THIRD);

impl Page<'_> {
    /// The subject directly to the left of a verb, over auxiliaries, adverbs and parentheticals; not before token `low`.
    pub fn subject_left(&self, verb: usize, low: usize) -> Option<Phrase> {
        let end = self.over_auxiliaries(verb, low);
        let end = self.over_time_left(end, low);
        let before = self.prev(end).filter(|before| *before >= low)?;
        if self.is_contracted_subject(before) {
            return Some(Phrase::plain(before, before + 1));
        }
        if self.has(before, Class::RELATIVE) || (self.is(before, "that") && end == before + 1) {
            return self.relative_subject(before, low);
        }
        match self.is_comma(before) || self.is_dash(before) {
            true => self.over_parenthetical(before, low),
            false => self.phrase_left(end, low).map(|phrase| self.with_enumeration(self.with_place(phrase, low), low)),
        }
    }

    /// Goes left over what may stand between a subject and its verb.
    fn over_auxiliaries(&self, verb: usize, low: usize) -> usize {
        let mut end = verb;
        while let Some(before) = self.prev(end).filter(|before| *before >= low) {
            let auxiliary = self.has(before, Class::AUXILIARY.or(Class::MODAL).or(Class::NEGATION));
            let quantity = self.has(before, Class::SUBJECT.or(Class::DETERMINER)) && !self.has(before.saturating_sub(1), Class::HAVE);
            let adverb = self.has(before, Class::ADVERB) && !quantity && !(self.is_capital(before) && before > low && self.is_name(before));
            let catenative =
                self.has(before, Class::CATENATIVE) || (self.is(before, "to") && before > low && self.has(before - 1, Class::CATENATIVE));
            let contracted =
                self.is_possessive_mark(before) && before > low && self.has(before - 1, Class::STRICT_SUBJECT.or(Class::RELATIVE));
            if !(auxiliary || adverb || catenative || contracted) || self.is_contracted_subject(before) {
                break;
            }
            end = before;
        }
        end
    }

    /// "who", "which": the source is the pronoun, its head what it stands for.
    fn relative_subject(&self, pronoun: usize, low: usize) -> Option<Phrase> {
        let before = self.prev(pronoun).filter(|before| *before >= low);
        let end = before.map(|before| if self.is_comma(before) { before } else { before + 1 });
        let antecedent = end.and_then(|end| self.phrase_left(end, low).or_else(|| self.phrase_after_preposition(end, low)));
        let farther = before
            .filter(|before| self.is_comma(*before) && antecedent.is_some_and(|near| near.start > low && self.is_comma(near.start - 1)));
        let antecedent = farther.and_then(|comma| self.over_parenthetical(comma, low)).or(antecedent);
        if self.is(pronoun, "that") {
            return None;
        }
        // "many of whom said"
        if self.is(pronoun, "whom") && pronoun > low + 1 && self.is(pronoun - 1, "of") {
            return Some(Phrase::plain(pronoun - 2, pronoun + 1));
        }
        let Some(antecedent) = antecedent else { return Some(Phrase::plain(pronoun, pronoun + 1)) };
        Some(Phrase { start: pronoun, end: pronoun + 1, head_start: antecedent.head_start, head_end: antecedent.head_end })
    }

    /// "won over X, who": the noun phrase between the nearest preposition and `end`.
    fn phrase_after_preposition(&self, end: usize, low: usize) -> Option<Phrase> {
        const NOUN_TOKENS_MAX: usize = 6;
        let near = (low..end).rev().take(NOUN_TOKENS_MAX).find(|at| self.has(*at, Class::PREPOSITION) || self.has(*at, VERB))?;
        (self.has(near, Class::PREPOSITION) && self.is_nominal(near + 1, end)).then(|| Phrase::plain(near + 1, end))
    }

    /// "X, the minister, said" and "X, speaking in Y, said": finds the comma that opens the parenthetical.
    ///
    /// "X, head of Y, a body for Z, said" has several commas: the phrase that starts the clause wins over one after a comma.
    fn over_parenthetical(&self, close: usize, low: usize) -> Option<Phrase> {
        let mut at = close;
        let mut found = 0;
        let mut best = None;
        for _ in 0..2 * PHRASE_STEPS_MAX {
            let Some(place) = self.prev(at).filter(|place| *place > low) else { break };
            at = place;
            if matches!(self.word(at), ";" | ":" | "?" | "!") || self.kind(at) == Some(TokenKind::Break) || found == PARENTHETICALS_MAX {
                break;
            }
            let opens = (self.is_comma(at) && self.is_comma(close)) || (self.is_dash(at) && self.is_dash(close));
            if !opens {
                continue;
            }
            found += 1;
            if self.is_quote(at - 1) && self.quote_closing(at - 1).is_some() {
                break;
            }
            let end = if self.word(at) == "-" && self.word(at - 1) == "-" { at - 1 } else { at };
            // "Moving the bill, X, the minister, said": what the sentence opens with is no subject.
            let subject = |phrase: &Phrase| {
                !self.has(phrase.start, Class::PARTICIPLE) || phrase.end == phrase.start + 1 || self.is_name(phrase.start + 1)
            };
            let Some(phrase) = self.phrase_left(end, low).filter(subject) else { continue };
            if self.starts_sentence_part(phrase.start, low) {
                return Some(self.with_parenthetical(phrase, (at, close)));
            }
            if best.is_none() && self.starts_clause(phrase.start, low) {
                best = Some(self.with_parenthetical(phrase, (at, close)));
            }
        }
        best
    }

    /// Whether nothing but a conjunction stands between a token and the start of its sentence or quotation.
    pub fn starts_sentence_part(&self, at: usize, low: usize) -> bool {
        let Some(before) = self.prev(at).filter(|before| *before >= low) else { return true };
        self.is_quote(before)
            || self.has(before, Class::CONJUNCTION)
            || self.is(before, "that")
            || matches!(self.word(before), ";" | ":" | "?" | "!")
    }

    /// An apposition or a relative clause belongs to the source; a participle or a prepositional phrase does not.
    fn with_parenthetical(&self, phrase: Phrase, (open, close): (usize, usize)) -> Phrase {
        let first = open + 1;
        let loose = self.has(first, Class::PARTICIPLE.or(Class::PAST).or(Class::SUBORDINATOR).or(Class::PREPOSITION).or(Class::ADVERB))
            && !self.is_name(first);
        if loose { phrase } else { Phrase { end: close, ..phrase } }
    }

    /// Whether a clause starts at a token: the start, after a comma, a quotation, a conjunction or a subordinator.
    pub fn starts_clause(&self, at: usize, low: usize) -> bool {
        let Some(before) = self.prev(at).filter(|before| *before >= low) else { return true };
        self.is_quote(before)
            || self.is_dash(before)
            || matches!(self.word(before), "," | ";" | ":" | "(" | "." | "?" | "!" | "\u{2026}")
            || self.has(before, Class::CONJUNCTION.or(Class::SUBORDINATOR).or(Class::RELATIVE).or(Class::ADVERB))
            || self.has(before, Class::TIME)
    }

    /// The noun phrase that ends before the token `end`.
    pub fn phrase_left(&self, end: usize, low: usize) -> Option<Phrase> {
        let last = self.prev(end).filter(|last| *last >= low)?;
        if self.has(last, Class::STRICT_SUBJECT) || (self.is_any(last, &["it", "you", "who"]) && !self.is_name(last)) {
            return Some(Phrase::plain(last, last + 1));
        }
        if let Some(phrase) = self.ends_oddly(last, low) {
            return Some(phrase);
        }
        let (stop, walked) = self.walk_left(end, low);
        if stop && let Some(phrase) = self.with_restriction(walked, end, low) {
            return Some(phrase);
        }
        // "sailors dancing across the square": a participle with its preposition belongs to the noun before it.
        let led = walked.checked_sub(1).filter(|at| !stop && *at > low && self.has(*at, Class::PREPOSITION) && !self.is_name(*at));
        let led = led.filter(|at| self.has(at - 1, Class::PARTICIPLE));
        if let Some(phrase) = led.and_then(|at| self.with_restriction(at, end, low)) {
            return Some(phrase);
        }
        let start = self.trim_left(walked, end, stop)?;
        self.is_nominal(start, end).then(|| Phrase::plain(start, end))
    }

    /// "officials who spoke with the paper", "people briefed on the talks": the noun before the verb that stopped the walk.
    fn with_restriction(&self, walked: usize, end: usize, low: usize) -> Option<Phrase> {
        let verb = self.prev(walked).filter(|verb| *verb > low && self.is_word(*verb))?;
        let before = self.prev(self.over_auxiliaries(verb, low)).filter(|before| *before >= low)?;
        let relative = self.is_any(before, &["who", "that", "which"]);
        let reduced = before + 1 == verb && self.has(verb, Class::PAST.or(Class::PARTICIPLE)) && self.has(walked, Class::PREPOSITION);
        let until = match () {
            () if relative => before,
            () if reduced => verb,
            () => return None,
        };
        let (stopped, start) = self.walk_left(until, low);
        let start = self.trim_left(start, until, stopped)?;
        let whole = !stopped
            && self.starts_clause(start, low)
            && self.is_nominal(start, until)
            && (!self.has(start, Class::SUBJECT) || self.has(start, Class::DETERMINER));
        whole.then_some(Phrase { start, end, head_start: start, head_end: until })
    }

    /// Walks left over what may belong to a noun phrase; gives whether a verb stopped it and where it stopped.
    fn walk_left(&self, end: usize, low: usize) -> (bool, usize) {
        let mut start = end;
        let mut conjunction = None;
        for _ in 0..PHRASE_STEPS_MAX {
            let Some(at) = self.prev(start).filter(|at| *at >= low) else { return (false, start) };
            if self.word(at) == ")" {
                match self.opening_bracket(at, low) {
                    Some(open) => start = open,
                    None => return (false, start),
                }
                continue;
            }
            if self.is_verb_left(at, start) || self.cue_forms(at).any(|hit| hit.form == FormKind::Phrase) {
                return (true, conjunction.unwrap_or(start));
            }
            if !self.may_belong(at, start) {
                return (false, start);
            }
            if self.has(at, Class::CONJUNCTION) {
                if !self.is_any(at, &["and", "or"]) || self.is_capital(at) {
                    return (false, start);
                }
                conjunction = Some(start);
            }
            start = at;
        }
        (true, start)
    }

    fn opening_bracket(&self, close: usize, low: usize) -> Option<usize> {
        const BRACKET_TOKENS_MAX: usize = 14;
        (low..close).rev().take(BRACKET_TOKENS_MAX).find(|at| matches!(self.word(*at), "("))
    }

    /// A finite verb or participle that ends the walk; "the retired general" and "a proposed plan" go on.
    pub(super) fn is_verb_left(&self, at: usize, right: usize) -> bool {
        if self.is_name(at)
            && !self.has(at, Class::AUXILIARY.or(Class::MODAL))
            && at > 0
            && !matches!(self.word(at.wrapping_sub(1)), "." | "")
        {
            return false;
        }
        // A sure cue that is in no list of verbs: "said one of the banks".
        let sure = |hit: super::cue::Hit<'_>| hit.form == FormKind::Past && hit.cue.speech >= 90;
        if self.has(at, Class::AUXILIARY.or(Class::MODAL).or(Class::THIRD)) || self.verb_cue(at).is_some_and(sure) {
            return true;
        }
        let before_noun = !self.has(right, Class::PREPOSITION.or(Class::DETERMINER).or(Class::POSSESSIVE).or(Class::OBJECT))
            && (self.is_word(right) || self.is_number(right));
        let adjectival = before_noun
            && at > 0
            && (self.has(at - 1, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::PREPOSITION).or(Class::ADVERB).or(Class::CONJUNCTION))
                || self.is_possessive_mark(at - 1)
                || self.word(at - 1) == "-");
        if self.has(at, Class::PAST) {
            return !adjectival;
        }
        if self.has(at, Class::PARTICIPLE) {
            return !before_noun;
        }
        self.has(at, Class::BASE) && !before_noun && !adjectival && !self.is_capital(at)
    }

    fn may_belong(&self, at: usize, right: usize) -> bool {
        if self.is_word(at) {
            let never = Class::RELATIVE.or(Class::STRICT_SUBJECT).or(Class::OBJECT);
            if self.has(at, never) && !self.is_name(at) {
                return false;
            }
            if self.is(at, "that") {
                return false;
            }
            if self.has(at, Class::SUBORDINATOR) && !self.has(at, Class::NOUN_PREPOSITION) && !self.is_name(at) {
                return false;
            }
            return !self.has(at, Class::PREPOSITION) || self.has(at, Class::NOUN_PREPOSITION) || self.is_name(at);
        }
        self.is_number(at)
            || self.is_possessive_mark(at)
            || self.is_inner_point(at)
            || matches!(self.word(at), "&" | "$" | "%" | "@" | "#")
            || self.is_plus(at)
            || (matches!(self.word(at), "-" | "/") && !self.is_spaced(right))
            || (self.quote_opening(at).is_some() && self.is_scare_quote(at, right))
    }

    /// A few quoted words inside a noun phrase: "the “king” of the valley said".
    pub(super) fn is_scare_quote(&self, open: usize, right: usize) -> bool {
        const SCARE_WORDS_MAX: usize = 4;
        let close = self.quote_end(open).unwrap_or(open + 1) - 1;
        self.quoted_words(open, SCARE_WORDS_MAX + 1) <= SCARE_WORDS_MAX
            && !self.quote_ends_with(close, &[",", ".", "?", "!"])
            && open > 0
            && (self.has(open - 1, Class::DETERMINER.or(Class::POSSESSIVE)) || self.is_capital(open - 1))
            && self.is_word(right)
    }

    /// Cuts what stands before the noun phrase proper: "But", "In the meeting", "Last week".
    fn trim_left(&self, mut start: usize, end: usize, verb_stopped: bool) -> Option<usize> {
        while start < end
            && self.has(start, Class::CONJUNCTION.or(Class::ADVERB))
            && !self.has(start, Class::DETERMINER.or(Class::SUBJECT))
            && !(self.is_name(start) && start + 1 == end)
        {
            start += 1;
        }
        let numeral = |at: usize| self.is_number(at) || self.class(at).all(Class::DETERMINER.or(Class::SUBJECT));
        let is_led = |start: usize| {
            self.has(start, Class::PREPOSITION)
                && !(numeral(start + 1) && self.is_any(start, &["about", "around", "over", "under", "nearly", "per"]))
                && !self.has(start, Class::DETERMINER)
                && (!self.is_name(start) || self.is_capital_only_first(start))
        };
        if is_led(start) || verb_stopped && self.has(start, Class::PREPOSITION) {
            start = self.last_phrase_start(start + 1, end)?;
        } else if self.is_time_phrase(start, end) {
            start = (start + 1..end).find(|at| self.is_phrase_border(*at)).unwrap_or(start);
        }
        Some(start)
    }

    fn is_capital_only_first(&self, at: usize) -> bool {
        self.word(at).chars().skip(1).all(char::is_lowercase)
    }

    fn is_time_phrase(&self, start: usize, end: usize) -> bool {
        (start..end.min(start + 3)).any(|at| self.has(at, Class::TIME) && !self.is(at, "may"))
            && !self.is_possessive_mark(start + 1)
            && (self.has(start, Class::TIME) || self.has(start, Class::TIME_LEAD))
            && (start + 1..end).any(|at| self.is_phrase_border(at))
    }

    /// The start of the last noun phrase between two places, by its borders.
    fn last_phrase_start(&self, start: usize, end: usize) -> Option<usize> {
        (start + 1..end).rev().find(|at| self.is_phrase_border(*at))
    }

    /// A new noun phrase starts here: a determiner after a noun, a name after a common noun, anything after a word of time.
    fn is_phrase_border(&self, at: usize) -> bool {
        if at == 0 {
            return true;
        }
        let before = at - 1;
        let tied = self.has(before, Class::PREPOSITION.or(Class::CONJUNCTION).or(Class::DETERMINER).or(Class::POSSESSIVE))
            || !self.is_spaced(at)
            || matches!(self.word(before), "&" | "/");
        if tied || !self.is_word(at) {
            return false;
        }
        if self.has(at, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::STRICT_SUBJECT)) && !self.is_name(at) {
            return !self.has(before, Class::ADVERB);
        }
        let common_before = self.is_word(before) && !self.is_capital(before) && !self.has(before, Class::TITLE);
        (self.is_name(at)
            && (common_before || self.is_number(before) || self.has(before, Class::TIME))
            && !self.is_adjectival_before(before, at))
            || (self.has(before, Class::TIME)
                && !self.has(at, Class::TIME.or(Class::PREPOSITION))
                && self.is_word(at)
                && !self.is_capital(before))
    }

    /// "former President X", "spokeswoman X": a common noun that belongs to the name after it.
    fn is_adjectival_before(&self, before: usize, at: usize) -> bool {
        let alone = before > 0
            && (self.has(before - 1, Class::DETERMINER.or(Class::POSSESSIVE))
                || self.is_capital(before - 1)
                || self.is_possessive_mark(before - 1));
        let of_person = [
            "er",
            "or",
            "man",
            "ist",
            "ant",
            "ent",
            "aide",
            "chief",
            "head",
            "leader",
            "analyst",
            "wife",
            "son",
            "boss",
            "star",
            "late",
            "former",
            "rival",
            "then",
            "candidate",
            "attorney",
            "nominee",
            "ian",
            "ate",
            "ary",
            "eer",
            "law",
            "ve",
        ];
        self.is_name(at) && !self.has(before, Class::TIME) && (alone && of_person.iter().any(|ending| self.word(before).ends_with(ending)))
    }

    /// Something that can be a source: a noun, a name, a pronoun; no bare time, number or function word at its end.
    pub(super) fn is_nominal(&self, start: usize, end: usize) -> bool {
        let Some(last) = end.checked_sub(1).filter(|last| *last >= start) else { return false };
        // "the plans", "its needs": a noun that looks like a verb.
        let owned = last > start
            && (self.has(last - 1, Class::DETERMINER.or(Class::POSSESSIVE)) || self.is_possessive_mark(last - 1))
            && self.has(last, Class::THIRD)
            && !self.has(last, Class::AUXILIARY.or(Class::MODAL).or(Class::PREPOSITION));
        let last_ok = match self.is_word(last) {
            true => {
                self.has(last, Class::SUBJECT)
                    || owned
                    || self.is_name(last)
                    || !self.has(
                        last,
                        Class::DETERMINER
                            .or(Class::POSSESSIVE)
                            .or(Class::PREPOSITION)
                            .or(Class::ADVERB)
                            .or(Class::CONJUNCTION)
                            .or(Class::SUBORDINATOR)
                            .or(VERB)
                            .or(Class::OBJECT),
                    )
            }
            false => {
                self.is_number(last)
                    || self.is_plus(last)
                    || matches!(self.word(last), ")" | "%" | ".")
                    || self.quote_closing(last).is_some()
            }
        };
        let timed = (start..end).all(|at| self.has(at, Class::TIME.or(Class::TIME_LEAD).or(Class::DETERMINER)) || self.is_number(at))
            && !self.has(last, Class::SUBJECT);
        last_ok && !timed && (start..end).any(|at| self.is_word(at))
    }
}
