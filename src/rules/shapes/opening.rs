//! How a paragraph opens or hands over: a dateline, the label of a transcript (“ROE: …”), a speaker announced with a colon at the end.
//!
//! A dateline is nobody's words. A label counts only where the text has several, so that “Note: …” is none.

use super::page::Page;
use super::phrase::Phrase;
use crate::rules::lexicon::{Class, CueRef};

/// A dateline with place, date and agency is no longer.
const DATELINE_TOKENS_MAX: usize = 24;
/// Words of a label: "SECRETARY OF STATE ROE".
const LABEL_WORDS_MAX: usize = 5;
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
    /// One past a dateline at the start of a paragraph ("HALVANE, Dec. 4 (Wire) - …"), or the start itself.
    pub fn after_dateline(&self, start: usize, end: usize) -> usize {
        let shouted = |at: usize| self.is_word(at) && self.word(at).len() > 2 && self.word(at).chars().all(char::is_uppercase);
        if !shouted(start) && self.word(start) != "(" {
            return start;
        }
        let mut bracket = false;
        for at in start..end.min(start + DATELINE_TOKENS_MAX) {
            let word = self.word(at);
            if self.is_dash(at) {
                let after = if self.is_dash(at + 1) { at + 2 } else { at + 1 };
                let opens = self.is_capital(after) || self.is_number(after) || self.quote_opening(after).is_some();
                return if at > start && opens { after } else { start };
            }
            match word {
                "(" => bracket = true,
                ")" => bracket = false,
                "," | "." | "/" | "-" => {}
                _ if self.is_number(at) || self.is_capital(at) || bracket => {}
                _ => return start,
            }
        }
        start
    }

    /// The label of a transcript at the start of a paragraph, and the token after its colon.
    pub fn transcript_label(&self, start: usize, end: usize) -> Option<(Phrase, usize)> {
        let from = start + usize::from(self.quote_opening(start).is_some());
        let colon = (from + 1..end.min(from + 2 * LABEL_WORDS_MAX)).find(|at| self.word(*at) == ":")?;
        let upper = |at: usize| self.word(at).chars().all(|c| c.is_uppercase() || !c.is_alphabetic());
        let words = (from..colon).filter(|at| self.is_word(*at)).count();
        let fits = (from..colon).all(|at| (self.is_word(at) && upper(at)) || matches!(self.word(at), "." | "-" | "(" | ")"));
        let single = words == 1 && self.word(from).len() == 1 && !self.is_any(from, &["q", "a"]);
        (fits && !single && (1..=LABEL_WORDS_MAX).contains(&words) && colon + 2 < end).then(|| (Phrase::plain(from, colon), colon + 1))
    }

    /// "— Orla Venn, pilot": a short line that is a dash and a name.
    pub fn signature(&self, start: usize, end: usize) -> Option<Phrase> {
        const SIGNATURE_TOKENS_MAX: usize = 20;
        let dash = self.is_dash(start) || self.word(start) == "-";
        let from = start + 1 + usize::from(dash && self.is_dash(start + 1));
        if !dash || !self.is_capital(from) || end - start > SIGNATURE_TOKENS_MAX || self.quote_opening(from).is_some() {
            return None;
        }
        let core = self.phrase_right(from, end)?;
        let end = (core.end..end).find(|at| self.word(*at) == "." && !self.is_inner_point(*at)).unwrap_or(end);
        (self.is_comma(core.end) || core.end >= end).then(|| Phrase { start: from, end: end.max(core.end), ..core })
    }

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

    /// Whether a label stands for nobody by name: the "Q" and "A" of an interview.
    pub fn is_anonymous(&self, label: &Phrase) -> bool {
        label.end == label.start + 1 && self.word(label.start).len() == 1 && !self.has(label.start, Class::TITLE)
    }
}
