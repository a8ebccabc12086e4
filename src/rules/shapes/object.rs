//! Objects that stand for what was said: denied the report, called for talks, described X as Y.
//!
//! Where they start and where they end: an object ends sooner than a clause, before time, occasion, apposition and the next verb.

use super::cue::Hit;
use super::frame::{Follows, FrameKind, LIKELY_SPEECH};
use super::page::Page;
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::{Class, FormKind, Frame};

shape!(OBJECT, "shape/object", "Speaker, cue and a phrase that stands for what was said: X denied the report; X called for talks.");

/// Words between a preposition and the noun that makes an occasion of it: "in a short written statement".
const OCCASION_WORDS_MAX: usize = 5;

impl<'p> Page<'p> {
    /// "denied the report", "vowed to fight", "called for talks", "accused X of Y", "described X as Y".
    pub fn object(&self, hit: &Hit<'_>, at: usize, region: &Region) -> Option<Follows> {
        let high = region.end;
        let (start, confidence) = self.object_start(hit, at, region).filter(|_| at < high)?;
        let content = (start, self.object_end(start, self.content_end(start, high)));
        // Inside what was said an object is an act more often than words, unless words of it are quoted.
        let is_as = hit.cue.frames.has(Frame::As) && self.has_as(start, high);
        if region.depth > 0
            && !is_as
            && !(content.0..content.1).take_while(|at| !self.is_comma(*at)).any(|at| self.quote_opening(at).is_some())
        {
            return None;
        }
        let kind = if !is_as && self.takes_infinitive(hit, start) { FrameKind::Infinitive } else { FrameKind::Object };
        Some(Follows { kind, content, addressee: None, circumstance: None, confidence })
    }

    /// Where an object starts, and how sure it is to stand for what was said.
    fn object_start(&self, hit: &Hit<'_>, at: usize, region: &Region) -> Option<(usize, u8)> {
        let frames = hit.cue.frames;
        if frames.has(Frame::As) && self.has_as(at, region.end) {
            return Some((at, 80));
        }
        let likely = hit.cue.speech >= LIKELY_SPEECH;
        match () {
            () if self.takes_infinitive(hit, at) => Some((at, 70)),
            () if !likely => None,
            () if self.is(at, "for") && frames.has(Frame::For) => Some((at + 1, 75)),
            () if self.is(at, "of") && frames.has(Frame::Of) => Some((at + 1, 70)),
            () if self.has(at, Class::PARTICIPLE) && frames.has(Frame::Gerund) => Some((at, 75)),
            () if self.is_attributive(hit) || !self.starts_nominal(at) => None,
            () if frames.has(Frame::Object) || (frames.has(Frame::Of) && frames.has(Frame::Addressee)) => Some((at, 65)),
            () => None,
        }
    }

    /// "a group backing the plan", "300 pledged delegates": the form belongs to a noun and is no verb of the sentence.
    fn is_attributive(&self, hit: &Hit<'_>) -> bool {
        const NO_NOUN: Class = Class::AUXILIARY.or(Class::ADVERB).or(Class::CONJUNCTION).or(Class::PREPOSITION).or(Class::SUBORDINATOR);
        let Some(before) = hit.at.checked_sub(1) else { return false };
        match hit.form {
            FormKind::Gerund => self.is_word(before) && !self.has(before, NO_NOUN),
            FormKind::Past => self.is_number(before),
            _ => false,
        }
    }

    /// A noun phrase may start here.
    fn starts_nominal(&self, at: usize) -> bool {
        const NEVER: Class = Class::PREPOSITION
            .or(Class::CONJUNCTION)
            .or(Class::SUBORDINATOR)
            .or(Class::RELATIVE)
            .or(Class::TIME)
            .or(Class::AUXILIARY)
            .or(Class::MODAL);
        let marked = self.has(at, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::OBJECT)) || self.is_name(at);
        (marked || self.quote_opening(at).is_some() || (self.is_word(at) && !self.has(at, NEVER))) && !self.has(at, Class::STRICT_SUBJECT)
    }

    /// "… as …" in the near: "described the meeting as constructive".
    fn has_as(&self, start: usize, high: usize) -> bool {
        const AS_STEPS_MAX: usize = 16;
        let mut at = start;
        for _ in 0..AS_STEPS_MAX {
            if at >= high || matches!(self.word(at), "," | ";" | ".") {
                return false;
            }
            if at > start && self.is(at, "as") {
                return true;
            }
            at = self.next(at);
        }
        false
    }

    /// One past the last token of an object that starts at `start`, not past `high`.
    pub fn object_end(&self, start: usize, high: usize) -> usize {
        let infinitive = self.is(start, "to") || self.is(start + 1, "to");
        let mut at = self.next(start);
        let mut compared = false;
        while at < high {
            let ends = match infinitive {
                true => {
                    self.is_any(at, &["and", "but"]) && (self.is_finite(at + 1) || self.says_that(at + 1)) || self.clause_joins(at, high)
                }
                false => self.ends_object(at, high, compared),
            };
            if ends {
                return at;
            }
            // A clause inside the object ("the report that …") ends where content ends.
            if !infinitive && (self.is(at, "that") || self.has(at, Class::QUESTION)) {
                return high;
            }
            compared |= self.is(at, "as");
            at = self.next(at);
        }
        high
    }

    fn ends_object(&self, at: usize, high: usize, compared: bool) -> bool {
        if self.is_dash(at) {
            return true;
        }
        if self.is_comma(at) {
            return self.comma_ends_object(at + 1, high);
        }
        if self.has(at, Class::CONJUNCTION) {
            return self.is_finite(at + 1) || self.clause_joins(at, high);
        }
        if self.is_name(at) && !self.has(at, Class::TIME) {
            return false;
        }
        let occasion = Class::OCCASION;
        let later = self.has(at, Class::SUBORDINATOR) && self.has(at, occasion) && (compared || !self.is(at, "as"));
        later || (self.has(at, occasion) && !self.has(at, Class::NOUN_PREPOSITION.or(Class::SUBORDINATOR))) || self.is_when(at)
    }

    /// "recommend that": another cue with words of its own.
    fn says_that(&self, at: usize) -> bool {
        self.verb_cue(at).is_some_and(|hit| self.is(hit.end, "that"))
    }

    /// ", and the town has paid", ", the town paid": a clause with a subject of its own joins here.
    fn clause_joins(&self, at: usize, high: usize) -> bool {
        let comma = self.is_comma(at);
        let joined = self.is_any(at + usize::from(comma), &["and", "but"]);
        if !comma && !joined {
            return false;
        }
        let start = at + usize::from(comma) + usize::from(joined);
        let led = self.is_capital(start) || self.has(start, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::STRICT_SUBJECT));
        led && self.phrase_right(start, high).is_some_and(|subject| {
            let verb = self.over_adverbs(subject.end);
            self.has(verb, Class::AUXILIARY.or(Class::MODAL)) || (self.is_finite(verb) && self.has(verb + 1, Class::DETERMINER))
        })
    }

    /// "on Tuesday", "last week", "Wednesday", "in a statement".
    fn is_when(&self, at: usize) -> bool {
        let timed = |at: usize| self.has(at, Class::TIME) && !self.is_possessive_mark(at + 1);
        let bare = timed(at) && self.is_capital(at) && self.word(at).ends_with("day") && !self.has(at - 1, Class::DETERMINER);
        let led =
            self.has(at, Class::TIME_LEAD) && !self.has(at, Class::DETERMINER) && (timed(at + 1) || self.is(at + 1, "on") && timed(at + 2));
        let placed = self.has(at, Class::OCCASION)
            && self.is_any(at, &["in", "on", "at"])
            && (timed(at + 1) || timed(at + 2) || self.is_year(at + 1) || self.leads_occasion(at + 1));
        bare || led || placed
    }

    fn is_year(&self, at: usize) -> bool {
        self.is_number(at) && self.word(at).len() == 4
    }

    /// "a statement", "her televised address": a noun of occasions in the near.
    fn leads_occasion(&self, start: usize) -> bool {
        (start..start + OCCASION_WORDS_MAX)
            .take_while(|at| self.is_word(*at) || self.word(*at) == "-" || self.is_possessive_mark(*at))
            .any(|at| self.has(at, Class::OCCASION_NOUN))
    }

    fn comma_ends_object(&self, next: usize, high: usize) -> bool {
        // An enumeration has its conjunction within so many steps.
        const LIST_STEPS_MAX: usize = 14;
        if self.quote_opening(next).is_some() {
            return false;
        }
        let opens = Class::RELATIVE.or(Class::SUBORDINATOR).or(Class::PARTICIPLE).or(Class::PREPOSITION).or(Class::ADVERB);
        if self.has(next, opens) && !self.is_any(next, &["if", "unless", "until"]) && !self.is_name(next) {
            return true;
        }
        if self.has(next, Class::CONJUNCTION) {
            return self.is_finite(next + 1) || self.phrase_right(next + 1, high).is_some_and(|subject| self.is_finite(subject.end));
        }
        let mut at = next;
        for _ in 0..LIST_STEPS_MAX {
            if at >= high {
                return true;
            }
            if self.is_any(at, &["and", "or"]) {
                return false;
            }
            at = self.next(at);
        }
        true
    }

    /// A finite verb stands here, adverbs left out.
    pub fn is_finite(&self, at: usize) -> bool {
        let at = self.over_adverbs(at);
        let verb = self.has(at, Class::AUXILIARY.or(Class::MODAL).or(Class::PAST).or(Class::THIRD)) && !self.is_name(at);
        verb || self.verb_cue(at).is_some_and(|hit| matches!(hit.form, FormKind::Past | FormKind::Third))
    }
}
