//! Transcripts: paragraphs that open with a label, “ROE: …”, which speaks the whole of them.
//!
//! A label counts only where the text has several, so that “Note: …” is none; the “Q” and “A” of an interview name nobody.

use super::found::Found;
use super::page::Page;
use super::paragraph::Carry;
use super::phrase::Phrase;
use super::reader::{Reader, Region};
use super::shape;
use crate::rules::lexicon::Class;

shape!(TRANSCRIPT, "shape/transcript", "A label in capitals speaks a paragraph of a transcript: ROE: ….");

/// Words of a label: "SECRETARY OF STATE ROE".
const LABEL_WORDS_MAX: usize = 5;

impl Page<'_> {
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

    /// Whether a label stands for nobody by name: the "Q" and "A" of an interview.
    pub fn is_anonymous(&self, label: &Phrase) -> bool {
        label.end == label.start + 1 && self.word(label.start).len() == 1 && !self.has(label.start, Class::TITLE)
    }
}

impl Reader<'_> {
    /// A paragraph of a transcript: the label speaks the whole of it, and quoted paragraphs without a label after it.
    pub fn read_label(&mut self, (start, end): (usize, usize), carry: &mut Carry) -> bool {
        if !carry.is_transcript {
            return false;
        }
        let Some((label, from)) = self.page.transcript_label(start, end) else {
            let goes_on = carry.labelled.filter(|_| self.page.quote_opening(start).is_some() && self.page.is_fully_quoted(start, end));
            let Some(index) = goes_on else {
                carry.labelled = None;
                return false;
            };
            self.append_piece(index, (start, end));
            return true;
        };
        self.give_up(carry);
        (carry.open, carry.announced, carry.last) = (false, None, None);
        let mut found = Found::bare(&TRANSCRIPT, Some((from - 1, from)));
        found.note = format!("the label \u{201c}{}\u{201d} opens a paragraph of a transcript", self.page.show(label.span(&self.page)));
        found.source = Some(label).filter(|label| !self.page.is_anonymous(label));
        let closed = self.page.quote_opening(start).filter(|quote| quote.closed && quote.close + 1 == end);
        found.content = vec![(from, closed.map_or(end, |quote| quote.close))];
        found.confidence = 80;
        carry.labelled = self.keep(found, &Region::top(from, end));
        true
    }
}
