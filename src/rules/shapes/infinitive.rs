//! Infinitives that stand for what was said: X vowed to fight, X asked not to be named, X urged Y to sign.
//!
//! “To” before a noun leads nothing; what may take an infinitive stands in the data.

use super::cue::Hit;
use super::frame::{Follows, FrameKind, POSSIBLE_SPEECH};
use super::page::Page;
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::Frame;

shape!(INFINITIVE, "shape/infinitive", "Speaker, cue and an infinitive: X vowed to fight; X urged Y to sign.");

impl Page<'_> {
    /// Whether an infinitive that stands for what was said follows a cue at a token: "to fight", "not to be named".
    pub fn takes_infinitive(&self, hit: &Hit<'_>, at: usize) -> bool {
        self.leads_infinitive(at) && hit.cue.frames.has(Frame::Infinitive) && hit.cue.speech >= POSSIBLE_SPEECH
    }

    /// "urged them to sign", "asked him not to leave": the infinitive after a hearer.
    pub fn asked_infinitive(&self, hit: &Hit<'_>, (at, high): (usize, usize)) -> Option<Follows> {
        let follows = self.leads_infinitive(at) && hit.cue.frames.has(Frame::Infinitive);
        let content = (at, self.object_end(at, self.content_end(at, high)));
        follows.then_some(Follows { kind: FrameKind::Infinitive, content, addressee: None, circumstance: None, confidence: 75 })
    }

    /// "vowed on Tuesday to veto": a time between cue and infinitive is no content.
    pub fn timed_infinitive(&self, hit: &Hit<'_>, at: usize, region: &Region) -> Option<Follows> {
        let after = self.over_time_right(at).filter(|after| self.takes_infinitive(hit, *after))?;
        let found = self.object(hit, after, region)?;
        Some(Follows { circumstance: Some((at, after)), ..found })
    }

    fn leads_infinitive(&self, at: usize) -> bool {
        self.is(at, "to") || self.is(at, "not") && self.is(at + 1, "to")
    }
}
