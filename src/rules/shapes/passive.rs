//! Passives of saying: it was said that …; it was announced by X that ….
//!
//! Who spoke stands after "by"; where nobody does, the source is left out and the words are kept.

use super::found::Found;
use super::page::Page;
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::FormKind;

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
            return None;
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
}
