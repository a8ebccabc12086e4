//! A speaker who is announced with a colon at the end of a paragraph: “X told reporters:”, and the words in the next one.
//!
//! The words may stand in marks or be set off without them; a colon without a cue announces nobody.

use super::found::Found;
use super::page::Page;
use super::paragraph::QUOTED_WORDS_MIN;
use super::phrase::Phrase;
use super::reader::{Reader, Region};
use super::shape;
use crate::rules::lexicon::CueRef;

shape!(
    ANNOUNCED,
    "shape/announced",
    "A paragraph that ends with a speaker, a cue and a colon announces the next one: X told reporters: …."
);

/// "X told reporters on the pier on Monday:" has its cue no farther from the colon.
const ANNOUNCE_STEPS_MAX: usize = 14;
/// A cue that is one less often (percent) does not announce a paragraph.
const ANNOUNCE_SPEECH_MIN: u8 = 50;

/// A speaker whose words are the next paragraph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Announced {
    pub source: Phrase,
    pub cue: CueRef,
    pub cue_tokens: (usize, usize),
    /// How often the cue is one, in percent.
    pub speech: u8,
}

impl Page<'_> {
    /// "X told reporters:" at the end of a paragraph, its words being the next one.
    pub fn announced(&self, start: usize, end: usize) -> Option<Announced> {
        let colon = end.checked_sub(1).filter(|at| *at > start && self.word(*at) == ":")?;
        let mut at = colon;
        for _ in 0..ANNOUNCE_STEPS_MAX {
            at = self.prev(at).filter(|at| *at >= start)?;
            if matches!(self.word(at), ";" | "?" | "!") {
                return None;
            }
            let Some(hit) = self.verb_cue(at).filter(|hit| hit.cue.speech >= ANNOUNCE_SPEECH_MIN) else { continue };
            let source = self.subject_left(at, self.sentence_start(at, start)).or_else(|| self.clause_subject(start, at))?;
            return Some(Announced { source, cue: hit.id, cue_tokens: (hit.at, hit.end), speech: hit.cue.speech });
        }
        None
    }

    fn sentence_start(&self, at: usize, low: usize) -> usize {
        (low..=at).rev().find(|i| self.starts_sentence(*i)).unwrap_or(low)
    }
}

impl Reader<'_> {
    /// The paragraph after "X said:": a quotation, or words set off without marks.
    pub fn read_announced(&mut self, announced: Announced, (start, end): (usize, usize)) -> Option<usize> {
        // A cue that is one less often may announce a list.
        const UNQUOTED_SPEECH_MIN: u8 = 85;
        let quoted = self.page.is_fully_quoted(start, end);
        let words = (start..end).filter(|at| self.page.is_word(*at)).count();
        // "What the islanders say:" and a list of quotations, each with a name under it.
        if quoted && self.page.is_signed_below(end) {
            return None;
        }
        if words < QUOTED_WORDS_MIN || !quoted && (announced.speech < UNQUOTED_SPEECH_MIN || self.page.quote_opening(start).is_some()) {
            return None;
        }
        let Announced { source, cue, cue_tokens, .. } = announced;
        let mut found = Found::bare(&ANNOUNCED, Some(cue_tokens));
        found.note = format!("\u{201c}{}\u{201d} announced the paragraph with a colon", self.page.show(source.head(&self.page)));
        found.source = Some(source);
        found.content = vec![(start, end)];
        found.confidence = if quoted { 85 } else { 60 };
        let made = self.keep(found, &Region::top(start, end))?;
        if let Some(draft) = self.drafts.get_mut(made) {
            draft.cue = Some(cue);
        }
        Some(made)
    }
}
