//! What follows a cue: a that-clause, a quotation, a clause, an indirect question, an infinitive, a noun phrase.
//!
//! Circumstances between cue and content ("after the talks", "on 2 December") are stepped over and are not content.

use super::cue::Hit;
use super::page::Page;
use super::phrase::Phrase;
use super::reader::Region;
use crate::rules::lexicon::{Class, FormKind, Frame};

/// Steps between a cue and "that", or between two commas after a cue.
const BETWEEN_STEPS_MAX: usize = 40;
/// Cues that are cues at least this often (percent) may have any clause as content.
const SURE_SPEECH: u8 = 75;
/// Cues below this share need a that-clause or a quotation.
pub(super) const LIKELY_SPEECH: u8 = 45;

/// Cues below this share need more than an infinitive.
pub(super) const POSSIBLE_SPEECH: u8 = 25;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    That,
    Quote,
    Bare,
    Question,
    Object,
    Infinitive,
}

/// The content after a cue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Follows {
    pub kind: FrameKind,
    pub content: (usize, usize),
    pub addressee: Option<Phrase>,
    pub circumstance: Option<(usize, usize)>,
    pub confidence: u8,
}

impl<'p> Page<'p> {
    /// Finds the content after a cue; none when nothing of what the cue may take follows.
    pub fn follows(&self, hit: &Hit<'p>, region: &Region) -> Option<Follows> {
        let high = region.end;
        let skipped = self.over_adverbs(hit.end);
        // "asked not to be named": the negation is content.
        let start = (hit.end..skipped).find(|at| self.is(*at, "not") && self.is(*at + 1, "to")).unwrap_or(skipped);
        if let Some(found) = self.clause_at(hit, start, high) {
            return Some(found);
        }
        if let Some(found) = self.after_hearer(hit, region) {
            return Some(found);
        }
        if let Some(found) = self.timed_infinitive(hit, start, region) {
            return Some(found);
        }
        if let Some(found) = self.after_circumstance(hit, start, high) {
            return Some(found);
        }
        if let Some(found) = self.bare_clause(hit, self.over_manner(hit.end), high) {
            return Some(found);
        }
        self.object(hit, start, region)
    }

    /// "that …", a quotation, ": …", "whether …" right here.
    fn clause_at(&self, hit: &Hit<'_>, at: usize, high: usize) -> Option<Follows> {
        if at >= high {
            return None;
        }
        let make = |kind, start: usize, confidence| Follows {
            kind,
            content: (start, self.content_end(start, high)),
            addressee: None,
            circumstance: None,
            confidence,
        };
        let takes_that = hit.cue.frames.has(Frame::That) || hit.cue.frames.has(Frame::Bare);
        // "emissions rules that could be cut": a plural noun with a relative clause.
        let plural = hit.form == FormKind::Third && self.has(at + 1, Class::AUXILIARY.or(Class::MODAL).or(Class::BASE));
        if self.is(at, "that") && takes_that && self.is_that_clause(at) && !plural {
            return Some(make(FrameKind::That, at, 95));
        }
        let colon = usize::from(self.is_comma(at) || self.word(at) == ":");
        if self.quote_opening(at + colon).is_some() && at + colon < high {
            let takes = hit.cue.frames.has(Frame::Quote) || hit.cue.speech >= SURE_SPEECH;
            if takes {
                let start = at + colon;
                return Some(Follows { content: (start, self.quotation_end(start, high)), ..make(FrameKind::Quote, start, 95) });
            }
        }
        if self.word(at) == ":" && hit.cue.speech >= LIKELY_SPEECH && at + 1 < high {
            return Some(Follows { content: (at + 1, high), ..make(FrameKind::Bare, at + 1, 80) });
        }
        let question = self.has(at, Class::QUESTION) && (hit.cue.frames.has(Frame::Whether) || hit.cue.speech >= SURE_SPEECH);
        if question && self.has_verb(at + 1, high) {
            return Some(make(FrameKind::Question, at, 85));
        }
        None
    }

    /// "that" before a clause, not "that" as a pronoun or determiner at the end ("said that.").
    fn is_that_clause(&self, at: usize) -> bool {
        !matches!(self.word(at + 1), "." | "," | ";" | "?" | "!") && self.is_word(at + 1)
            || self.quote_opening(at + 1).is_some()
            || self.is_number(at + 1)
            || self.word(at + 1) == "$"
            || self.is_comma(at + 1) && self.is_word(at + 2) && !self.has(at + 2, Class::CONJUNCTION)
    }

    /// "told reporters that …", "asked him whether …", "told CNN: “…”", "urged them to …".
    fn after_hearer(&self, hit: &Hit<'p>, region: &Region) -> Option<Follows> {
        let hearer = self.hearer(hit, hit.end, region.end)?;
        let skipped = self.over_adverbs(hearer.end);
        // "urged them not to sign": the negation is content.
        let negated = (hearer.end..skipped).find(|at| self.has(*at, Class::NEGATION) && self.is(*at + 1, "to"));
        let at = negated.unwrap_or(skipped);
        let found = self
            .asked_infinitive(hit, (at, region.end))
            .or_else(|| self.clause_at(hit, at, region.end))
            .or_else(|| self.after_circumstance(hit, at, region.end))
            .or_else(|| self.bare_clause(hit, at, region.end))?;
        Some(Follows { addressee: Some(hearer), ..found })
    }

    /// "said after the talks that …", "said on Tuesday he …", "said, however, that …".
    fn after_circumstance(&self, hit: &Hit<'p>, start: usize, high: usize) -> Option<Follows> {
        if self.is_comma(start) {
            return self.after_inserted(hit, start, high);
        }
        let leads = self.has(start, Class::OCCASION.or(Class::TIME)) || self.leads_time(start);
        if !leads || hit.cue.speech < 20 {
            return None;
        }
        let mut at = start;
        let mut commas = 0;
        let mut subordinate = self.has(start, Class::SUBORDINATOR) && !self.has(start, Class::PREPOSITION);
        for _ in 0..BETWEEN_STEPS_MAX {
            if at >= high || matches!(self.word(at), ";" | "?" | "!") || (self.word(at) == "." && !self.is_inner_point(at)) {
                return None;
            }
            commas += usize::from(self.is_comma(at));
            let paired = commas % 2 == 0 || self.is_comma(at) || self.is_comma(at - 1);
            let marked = at > start
                && paired
                && (self.is(at, "that")
                    || self.word(at) == ":"
                    || self.is_comma(at) && (self.quote_opening(at + 1).is_some() || self.is(at + 1, "that")));
            if marked && !self.is_relative_that(at) {
                let place = if self.is_comma(at) && self.is(at + 1, "that") { at + 1 } else { at };
                if let Some(found) = self.clause_at(hit, place, high) {
                    return Some(Follows { circumstance: Some((start, at)), confidence: 88, ..found });
                }
            }
            if at > start && self.starts_bare(at, start) && hit.cue.speech >= SURE_SPEECH && self.has_verb(at, high) {
                let content = (at, self.content_end(at, high));
                return Some(Follows { kind: FrameKind::Bare, content, addressee: None, circumstance: Some((start, at)), confidence: 80 });
            }
            subordinate |= self.has(at, Class::SUBORDINATOR.or(Class::RELATIVE)) && !self.has(at, Class::PREPOSITION);
            if !subordinate && self.has(at, Class::MODAL.or(Class::AUXILIARY)) {
                return None;
            }
            at = self.next(at);
        }
        None
    }

    /// "last week", "a few days later": a word of time follows in the near.
    pub fn leads_time(&self, at: usize) -> bool {
        self.has(at, Class::TIME_LEAD) && (at + 1..at + 4).any(|i| self.has(i, Class::TIME))
    }

    /// A clause starts after a circumstance: a subject pronoun, or a name or determiner right after a word of time.
    fn starts_bare(&self, at: usize, start: usize) -> bool {
        let before = at - 1;
        let after_time = self.has(before, Class::TIME) || (self.is_number(before) && before > start);
        if self.has(at, Class::STRICT_SUBJECT) {
            return !self.has(before, Class::SUBORDINATOR.or(Class::RELATIVE).or(Class::CONJUNCTION)) || after_time;
        }
        after_time
            && (self.has(at, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::SUBJECT))
                || (self.is_name(at) && !self.has(at, Class::TIME)))
            && !self.has(at, Class::PREPOSITION)
    }

    /// "the report that was released": what follows "that" is a verb.
    fn is_relative_that(&self, at: usize) -> bool {
        // "that talks would go on": a noun that looks like a verb has one after it.
        let noun = self.has(at + 1, Class::THIRD) && self.has(at + 2, Class::AUXILIARY.or(Class::MODAL).or(Class::PAST));
        let verb = self.has(at + 1, Class::AUXILIARY.or(Class::MODAL).or(Class::THIRD)) && !noun;
        self.is(at, "that") && verb && !self.is_comma(at - 1)
    }

    /// "said, according to Y, that" and "said, in a low voice, “…”": the content after the closing comma.
    fn after_inserted(&self, hit: &Hit<'p>, comma: usize, high: usize) -> Option<Follows> {
        if hit.cue.speech < LIKELY_SPEECH {
            return None;
        }
        let mut at = comma + 1;
        for _ in 0..BETWEEN_STEPS_MAX {
            if at >= high || matches!(self.word(at), ";") {
                return None;
            }
            if self.is_comma(at) {
                let found = self
                    .clause_at(hit, at, high)
                    .or_else(|| self.clause_at(hit, at + 1, high))
                    .filter(|found| found.kind != FrameKind::Question);
                return found.map(|found| Follows { circumstance: Some((comma, at)), confidence: 80, ..found });
            }
            at = self.next(at);
        }
        None
    }

    /// "said the talks would go on".
    fn bare_clause(&self, hit: &Hit<'_>, at: usize, high: usize) -> Option<Follows> {
        let allowed = hit.cue.frames.has(Frame::Bare) || (hit.cue.speech >= SURE_SPEECH && hit.cue.frames.has(Frame::That));
        if !allowed || at >= high || matches!(self.word(at), "," | "." | ";" | ")" | "?" | "!") || self.is(at, "to") || self.is_dash(at) {
            return None;
        }
        // "swing states in the north": the third person of a verb may be the plural of a noun.
        let plural =
            hit.form == FormKind::Third && hit.cue.speech < 90 && self.has(at, Class::PREPOSITION.or(Class::AUXILIARY).or(Class::MODAL));
        if plural || (self.has(at, Class::PREPOSITION) && !self.leads_clause(at, high)) {
            return None;
        }
        let content = (at, self.content_end(at, high));
        // "would not confirm that, but": a pronoun.
        if self.is(at, "that") && matches!(self.word(at + 1), "," | "." | ";") {
            return None;
        }
        let words = (at..content.1).filter(|i| self.is_word(*i) || self.is_number(*i));
        if words.take(2).count() < 2 && self.quote_opening(at).is_none() {
            return None;
        }
        let impersonal = self.is_any(at, &["there", "it", "this"]) && self.has_verb(at + 1, content.1)
            || self.is_any(at, &["that", "it", "there"]) && self.is_possessive_mark(at + 1);
        let sure = self.has(at, Class::STRICT_SUBJECT) || impersonal || self.is_clause(at, high);
        let hearer_alone = !sure && hit.cue.frames.has(Frame::Addressee) && at == hit.end && self.hearer(hit, at, high).is_some();
        let loose = hit.cue.speech >= 90 && !hearer_alone && !self.has(at, Class::CONJUNCTION) && self.has_verb(at + 1, content.1);
        let answer_first = self.is_comma(at + 1) && !self.has(at + 2, Class::STRICT_SUBJECT);
        let loose = loose && !answer_first && !self.has(at, Class::AUXILIARY);
        let clause = sure || loose;
        let answer = self.has(at, Class::DETERMINER)
            && (!self.is_word(at + 1) || self.has(at + 1, Class::PREPOSITION.or(Class::CONJUNCTION).or(Class::TIME)));
        let short = hit.cue.speech >= 85
            && !hearer_alone
            && !answer
            && !self.has(at, Class::PREPOSITION.or(Class::CONJUNCTION).or(Class::SUBORDINATOR).or(Class::RELATIVE).or(Class::TIME));
        (clause || short).then_some(Follows {
            kind: FrameKind::Bare,
            content: if clause || self.has(at, Class::AUXILIARY) { content } else { (at, self.object_end(at, content.1)) },
            addressee: None,
            circumstance: None,
            confidence: if clause { 85 } else { 60 },
        })
    }

    /// A noun phrase with its verb right after it.
    fn is_clause(&self, at: usize, high: usize) -> bool {
        if self.has(at, Class::SUBORDINATOR.or(Class::PREPOSITION)) && !self.has(at, Class::DETERMINER) {
            return self.leads_clause(at, high);
        }
        let Some(subject) = self.phrase_right_with_apposition(at, high) else {
            return self.has(at, Class::PARTICIPLE) && self.has_verb(at + 1, high);
        };
        let next = if self.is_comma(subject.end) { subject.end + 1 } else { subject.end };
        let verb = self.over_adverbs(next);
        self.has(verb, Class::AUXILIARY.or(Class::MODAL).or(Class::PAST).or(Class::THIRD).or(Class::BASE).or(Class::RELATIVE))
            || self.verb_cue(verb).is_some()
            || self.quote_opening(verb).is_some()
    }

    /// A clause may start with a preposition: "said about 300 people died", "said in two years, he would go".
    fn leads_clause(&self, at: usize, high: usize) -> bool {
        // A phrase before the clause proper is no longer than this.
        const LEAD_TOKENS_MAX: usize = 14;
        let number = (self.is_number(at + 1) || self.is_any(at + 1, &["least", "most"])) && self.has_verb(at + 1, high);
        let subordinate = self.has(at, Class::SUBORDINATOR) && self.has_verb(at + 1, high);
        number
            || subordinate
            || (at..high.min(at + LEAD_TOKENS_MAX))
                .any(|i| self.is_comma(i) && !self.has(i + 1, Class::CONJUNCTION.or(Class::PARTICIPLE)) && self.has_verb(i + 1, high))
    }
}
