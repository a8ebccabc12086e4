//! Passives of saying: it was said that …; it was announced by X that ….
//!
//! Who spoke stands after "by"; where nobody does, the source is left out and the words are kept.

use super::cue::Hit;
use super::found::Found;
use super::frame::LIKELY_SPEECH;
use super::page::Page;
use super::phrase::Phrase;
use super::reader::Region;
use super::shape;
use crate::model::Act;
use crate::rules::lexicon::{Class, FormKind, Frame};

shape!(PASSIVE, "shape/passive", "A passive cue has no speaker, or has it after by: it was said that ….");

impl<'p> Page<'p> {
    /// "It was said that …": no speaker; "… was told by X that": X.
    pub fn passive(&self, at: usize, region: &Region) -> Option<Found<'p>> {
        let hit = self.cue_forms(at).find(|hit| hit.form == FormKind::Past && hit.cue.speech >= 50)?;
        let subject = self.subject_left(at, region.clause_start).filter(|_| self.is_passive_at(at))?;
        let impersonal = self.is(subject.start, "it") && subject.end == subject.start + 1;
        let agent = self.phrase_right(hit.end + 1, region.end).filter(|_| self.is(hit.end, "by"));
        let after = agent.map_or(hit.end, |agent| agent.end);
        if !self.is(after, "that") || !(impersonal || agent.is_some()) {
            return agent.and_then(|agent| self.passive_object(hit, (subject, agent), region));
        }
        let mut found = Found::new(&PASSIVE, hit);
        found.content = vec![(after, self.content_end(after, region.end))];
        found.resume = found.content.first().map_or(after, |piece| piece.1);
        found.note = match agent {
            Some(agent) => format!("\u{201c}{}\u{201d} stands after \u{201c}by\u{201d} and is who said it", self.show(agent.span(self))),
            None => format!("\u{201c}{}\u{201d} is passive and does not tell who said it", self.word(at)),
        };
        found.source = agent;
        found.confidence = 60;
        Some(found)
    }

    /// "The plan was denounced by X as a gift to smugglers", "Y was accused by X of theft": what it is said of stands in front.
    fn passive_object(&self, hit: Hit<'p>, (subject, agent): (Phrase, Phrase), region: &Region) -> Option<Found<'p>> {
        let frames = hit.cue.frames;
        let led = self.is(agent.end, "as") && frames.has(Frame::As) || self.is(agent.end, "of") && frames.has(Frame::Of);
        // "was first reported by X" tells what was told; "was praised by X", and "was described by X as", tell what was said of it.
        let taken = led || frames.has(Frame::Object) && hit.cue.act != Act::Comment;
        // Inside what was said it is an act, as an object is there.
        // "by post", "by the sea", "by two players": only who has a name is sure to be somebody.
        let named = (agent.start..agent.end).any(|at| self.is_name(at) && !self.has(at, Class::TIME));
        let quoting = self.has(hit.at, Class::QUOTING) || self.has(subject.start, Class::RELATIVE.or(Class::SUBJECT));
        if region.depth > 0 || !named || quoting || !taken || hit.cue.speech < LIKELY_SPEECH {
            return None;
        }
        let mut found = Found::new(&PASSIVE, hit);
        found.content = vec![(subject.start, subject.end)];
        if led {
            found.content.push((agent.end, self.object_end(agent.end, self.content_end(agent.end, region.end))));
        }
        found.resume = found.content.last().map_or(agent.end, |piece| piece.1).max(agent.end);
        found.note = format!("\u{201c}{}\u{201d} stands after \u{201c}by\u{201d} and is who said it", self.show(agent.span(self)));
        found.source = Some(agent);
        found.confidence = 60;
        Some(found)
    }
}
