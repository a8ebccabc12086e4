//! Nouns of saying with their words: X's statement that …, the warning by X that …, his claim that ….
//!
//! Without a possessor or "by" the speaker stays unknown; a relative clause ("the statement that was read") is no content.

use super::found::Found;
use super::page::Page;
use super::phrase::Phrase;
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::{Class, FormKind, Frame};

shape!(NOUN, "shape/noun", "A noun of saying with a that-clause: X’s statement that ….");

/// Without a speaker, nouns that are rarely cues (percent) are left alone: "the fact that", "the report that".
const NOUN_SPEECH_MIN: u8 = 40;

/// Adjectives between a possessor and the noun: "ISW’s previous public predictions".
const ADJECTIVES_MAX: usize = 3;

impl<'p> Page<'p> {
    /// Reads a noun cue at a token.
    pub fn noun_cue(&self, at: usize, region: &Region) -> Option<Found<'p>> {
        let hit = self.cue_forms(at).find(|hit| hit.form == FormKind::Noun)?;
        // ", warning that": a participle.
        if at > 0 && self.is_comma(at - 1) && self.cue_forms(at).any(|hit| hit.form == FormKind::Gerund) {
            return None;
        }
        let agent = self.phrase_right(hit.end + 1, region.end).filter(|_| self.is_any(hit.end, &["by", "from"]));
        let possessor = self.possessor(at, region.start);
        let after = agent.map_or(hit.end, |agent| agent.end);
        let that = self.is(after, "that")
            && !self.has(after + 1, Class::AUXILIARY.or(Class::MODAL).or(Class::THIRD).or(Class::PAST).or(Class::BASE))
            && after + 1 < region.end;
        let start = if that { after } else { self.noun_object_start(&hit, after, region).filter(|_| possessor.is_some())? };
        let source = agent.or(possessor);
        let determined = at > 0 && (self.has(at - 1, Class::DETERMINER) || possessor.is_some() || self.has_verb(region.start, at));
        if !determined || (source.is_none() && (hit.cue.speech < NOUN_SPEECH_MIN || region.depth > 0)) {
            return None;
        }
        let mut found = Found::new(&NOUN, hit);
        found.note = match source {
            Some(source) => format!(
                "\u{201c}{}\u{201d} belongs to \u{201c}{}\u{201d} and is followed by what was said",
                self.word(at),
                self.show(source.span(self))
            ),
            None => format!("\u{201c}{}\u{201d} is followed by what was said; the sentence does not tell whose it is", self.word(at)),
        };
        found.content = vec![(start, self.noun_content_end(start, (region.start, at), region.end))];
        found.resume = found.content.first().map_or(hit.end, |piece| piece.1);
        found.confidence = if source.is_some() { 85 } else { 50 };
        found.source = source;
        Some(found)
    }

    fn noun_content_end(&self, start: usize, (low, noun): (usize, usize), high: usize) -> usize {
        let end = self.content_end(start, high);
        let that = self.is(start, "that");
        let end = if that { end } else { self.object_end(start, end) };
        if self.has_verb(low, noun) {
            return end;
        }
        // "Despite X's claim that …, all went well": what the phrase introduces begins at the comma.
        let introduces = self.has(low, Class::PREPOSITION.or(Class::SUBORDINATOR)) || !that;
        let comma = (start..end).find(|at| introduces && self.is_comma(*at)).unwrap_or(end);
        self.before_main_verb(start, comma)
    }

    /// "X's claim that the toll would pay was met with laughter": the noun is the subject of a second verb, which ends its clause.
    pub fn before_main_verb(&self, start: usize, end: usize) -> usize {
        const FINITE: Class = Class::AUXILIARY.or(Class::MODAL);
        const OPENS: Class = Class::SUBORDINATOR.or(Class::RELATIVE).or(Class::QUESTION).or(Class::CONJUNCTION).or(Class::STRICT_SUBJECT);
        let mut at = start + 1;
        let mut seen = false;
        while at < end {
            let before = at - 1;
            if seen && self.is_comma(at) || seen && self.has(at, OPENS) && !self.has(at, Class::PREPOSITION) {
                return end;
            }
            if self.has(at, FINITE) && !self.has(before, FINITE.or(Class::NEGATION).or(Class::ADVERB)) {
                if seen {
                    return at;
                }
                seen = true;
            }
            seen |= self.has(at, Class::PAST.or(Class::THIRD)) && !self.has(before, FINITE);
            at = self.next(at);
        }
        end
    }

    /// "his criticism of the plan", "X’s call for talks".
    fn noun_object_start(&self, hit: &super::cue::Hit<'_>, after: usize, region: &Region) -> Option<usize> {
        let frames = hit.cue.frames;
        let of = (self.is(after, "of") && frames.has(Frame::Of)) || (self.is(after, "for") && frames.has(Frame::For));
        let infinitive = self.is(after, "to") && frames.has(Frame::Infinitive);
        match region.depth == 0 && hit.cue.speech >= 30 {
            true if of => Some(after + 1),
            true if infinitive => Some(after),
            _ => None,
        }
    }

    /// The owner of a noun: "the Kremlin’s", "his"; adjectives may stand between.
    fn possessor(&self, noun: usize, low: usize) -> Option<Phrase> {
        let mut at = noun;
        for _ in 0..=ADJECTIVES_MAX {
            at = self.prev(at).filter(|at| *at >= low)?;
            if self.is_possessive_mark(at) {
                return self.phrase_left(at, low).map(|phrase| self.without_outer(phrase));
            }
            if self.has(at, Class::POSSESSIVE) {
                return Some(Phrase::plain(at, at + 1));
            }
            let adjective = self.is_word(at)
                && !self.has(at, Class::PREPOSITION.or(Class::DETERMINER).or(Class::AUXILIARY).or(Class::CONJUNCTION).or(Class::SUBJECT));
            if !adjective && !self.is_number(at) {
                return None;
            }
        }
        None
    }

    /// "attention to the Kremlin" → "the Kremlin": only the phrase that carries the possessive mark.
    fn without_outer(&self, phrase: Phrase) -> Phrase {
        let inner =
            (phrase.start..phrase.end).rev().find(|at| self.has(*at, Class::PREPOSITION) && !self.is_name(*at) && !self.is(*at, "of"));
        inner.map_or(phrase, |at| Phrase::plain(at + 1, phrase.end))
    }
}
