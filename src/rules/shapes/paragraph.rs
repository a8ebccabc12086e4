//! Paragraphs: sentences joined over quotations, fully quoted sentences given to the speaker near them, quotations carried
//! over paragraphs.
//!
//! A fully quoted sentence has no cue of its own; it goes to the speaker before it in the paragraph, else to the one after.

use super::announced::Announced;
use super::found::Found;
use super::page::Page;
use super::reader::{Reader, Region};
use super::shape;
use crate::model::QuoteKind;
use crate::rules::text::TokenKind;
use std::ops::Range;

shape!(CARRIED, "shape/carried", "A quotation without a cue goes to the speaker of the words before it.");

/// Fewer quoted words without a cue are a title, a term or a mocking mark.
pub(super) const QUOTED_WORDS_MIN: usize = 5;

/// Pieces of one statement; a longer row of quotations becomes several statements.
const PIECES_MAX: usize = 100;

/// What a paragraph leaves to the next one.
#[derive(Default)]
pub(super) struct Carry {
    /// Draft that spoke last in the paragraph before.
    pub last: Option<usize>,
    /// Quotations of paragraphs before that are carried on and have no speaker yet.
    pub pending: Vec<(usize, usize)>,
    /// The quotation was not closed at the end of the paragraph before.
    pub open: bool,
    /// Who speaks the next paragraph: the one before ended with "X said:".
    pub announced: Option<Announced>,
    /// The draft that a transcript's label opened in the paragraph before.
    pub labelled: Option<usize>,
    /// Whether the text is a transcript: several paragraphs have a label.
    pub is_transcript: bool,
}

impl Page<'_> {
    /// Cuts a stretch into units: sentences, where a quotation and the words that say who spoke are one.
    pub fn units(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut units = Vec::new();
        let mut from = start;
        let mut at = start;
        while at < end {
            if at > from && self.starts_sentence(at) && !self.goes_on_after_quote(from, at, end) {
                units.push((from, at));
                from = at;
            }
            at = self.next(at);
        }
        if from < end {
            units.push((from, end));
        }
        units
    }

    /// "“Why?” X asked." is one sentence.
    fn goes_on_after_quote(&self, from: usize, at: usize, end: usize) -> bool {
        // A speaker between a question and the cue, with apposition and brackets, is no longer.
        const SPEAKER_TOKENS_MAX: usize = 24;
        let quoted = self.quote_closing(at - 1).is_some();
        let mut last = at - 1;
        while quoted && last > 0 && self.kind(last) == Some(TokenKind::Quote) {
            last -= 1;
        }
        // "“….” X said." breaks the custom of the comma and is all that the sentence says.
        let stopped = self.word(last) == ".";
        let ends = |end: usize| self.word(end) == "." || end >= self.tokens.len() || self.kind(end) == Some(TokenKind::Break);
        quoted
            && (stopped && self.is_fully_quoted(from, at) || matches!(self.word(last), "?" | "!" | ","))
            && (at..end.min(at + SPEAKER_TOKENS_MAX)).take_while(|i| *i == at || !self.starts_sentence(*i)).any(|i| {
                self.may_be_cue(i)
                    && self.verb_cue(i).is_some_and(|hit| {
                        hit.cue.speech >= 50
                            && (!stopped || ends(hit.end))
                            && (i == at || self.subject_left(i, at).is_some_and(|subject| subject.start == at))
                    })
            })
    }

    /// Whether a unit has few words outside of its quotations: "“They fined thousands of small” boats."
    fn is_mostly_quoted(&self, start: usize, end: usize) -> bool {
        const QUOTED_SHARE_MIN: usize = 3;
        let (mut quoted, mut outside) = (0, 0);
        let mut at = start;
        while at < end {
            let next = self.next(at);
            let words = (at..next.min(end)).filter(|i| self.is_word(*i)).count();
            if self.quote_opening(at).is_some() {
                quoted += words
            } else {
                outside += words
            }
            at = next;
        }
        quoted >= QUOTED_WORDS_MIN && quoted >= QUOTED_SHARE_MIN * outside.saturating_sub(2)
    }

    /// Whether everything in a unit stands in quotation marks.
    pub fn is_fully_quoted(&self, start: usize, end: usize) -> bool {
        let mut at = start;
        while at < end {
            if self.quote_opening(at).is_none() && (self.is_word(at) || self.is_number(at)) {
                return false;
            }
            at = self.next(at);
        }
        true
    }
}

impl Reader<'_> {
    /// Reads all paragraphs of the text; gives the tokens of those that are no part of the prose.
    pub fn read_text(&mut self) -> Vec<Range<usize>> {
        let mut paragraphs = self.paragraphs();
        let count = paragraphs.len();
        let is_aside: Vec<bool> =
            paragraphs.iter().enumerate().map(|(nth, paragraph)| self.page.is_aside(*paragraph, (count - nth, count))).collect();
        let asides = paragraphs.iter().zip(&is_aside).filter(|(_, aside)| **aside).map(|((start, end), _)| *start..*end).collect();
        let mut rest = is_aside.iter();
        paragraphs.retain(|_| rest.next() == Some(&false));
        // Fewer labels are a heading or a note.
        const LABELS_MIN: usize = 2;
        let labels = paragraphs.iter().filter(|(start, end)| self.page.transcript_label(*start, *end).is_some());
        let mut carry = Carry { is_transcript: labels.take(LABELS_MIN).count() >= LABELS_MIN, ..Carry::default() };
        for (nth, (start, end)) in paragraphs.into_iter().enumerate() {
            let from = self.page.after_dateline(start, end);
            if !self.read_label((start, end), &mut carry) {
                self.read_paragraph((from, end, nth == 0), &mut carry);
            }
        }
        self.give_up(&mut carry);
        asides
    }

    fn paragraphs(&self) -> Vec<(usize, usize)> {
        let mut paragraphs = Vec::new();
        let mut start = 0;
        for at in 0..=self.page.tokens.len() {
            if self.page.kind(at).is_none_or(|kind| kind == TokenKind::Break) {
                if at > start {
                    paragraphs.push((start, at));
                }
                start = at + 1;
            }
        }
        paragraphs
    }

    fn read_paragraph(&mut self, (start, end, first): (usize, usize, bool), carry: &mut Carry) {
        let carried_on = std::mem::take(&mut carry.open) && self.page.quote_opening(start).is_some();
        if !carried_on && self.page.signature(start, end).is_none() {
            self.give_up(carry);
        }
        if self.read_signature((start, end), carry) {
            return;
        }
        if let Some(announced) = carry.announced.take()
            && let Some(made) = self.read_announced(announced, (start, end))
        {
            carry.last = Some(made);
            carry.open = self.opens_to_end(start, end);
            return;
        }
        carry.announced = self.page.announced(start, end);
        let mut last: Option<usize> = None;
        let units = self.page.units(start, end);
        let is_headline = first && units.len() == 1 && (self.page.word(end - 1) != "." || self.page.is_title_line(start..end));
        for (from, to) in units {
            if self.page.is_fully_quoted(from, to) {
                match last {
                    Some(index) => self.append(index, (from, to)),
                    None => carry.pending.push((from, to)),
                }
                continue;
            }
            let before = self.drafts.len();
            self.read_region(Region { is_headline, ..Region::top(from, to) });
            if self.drafts.len() > before {
                self.prepend(before, from, carry);
                last = self.speaker_of_unit(before, last);
            } else if let Some(index) = last.filter(|_| self.page.is_mostly_quoted(from, to)) {
                self.append(index, (from, to));
            } else if self.page.has_verb(from, to) {
                last = None;
            }
        }
        // In a list of quotations with a name under each nobody speaks but whoever signs.
        if !carry.pending.is_empty() && !self.page.is_signed_below(end) {
            self.carry_from(carry, (start, end));
        }
        carry.open = (start..end).rev().find_map(|at| self.page.quote_opening(at)).is_some_and(|quote| !quote.closed)
            || self.opens_to_end(start, end);
        carry.last = last.or(carry.last.filter(|_| !carry.pending.is_empty() || self.page.is_fully_quoted(start, end)));
    }

    fn opens_to_end(&self, start: usize, end: usize) -> bool {
        (start..end).any(|at| self.page.quote_opening(at).is_some_and(|quote| !quote.closed && quote.close >= end))
    }

    /// Whose words a quotation after a unit goes on with: the last that was quoted where that is the same speaker, else the last.
    fn speaker_of_unit(&self, from: usize, earlier: Option<usize>) -> Option<usize> {
        let top = self.last_top(from)?;
        let draft = self.drafts.get(top)?;
        if draft.negated && earlier.is_some() {
            return earlier;
        }
        let quoted = (from..top).rev().find(|index| {
            self.drafts
                .get(*index)
                .is_some_and(|draft| draft.attribution.parent.is_none() && draft.attribution.quote != QuoteKind::Indirect)
        });
        let same = |index: usize| self.sources.get(index).copied().flatten() == self.sources.get(top).copied().flatten();
        match draft.attribution.quote {
            QuoteKind::Indirect => quoted.filter(|index| same(*index)).or(Some(top)),
            QuoteKind::Direct | QuoteKind::Mixed => Some(top),
        }
    }

    fn last_top(&self, from: usize) -> Option<usize> {
        (from..self.drafts.len()).rev().find(|index| self.drafts.get(*index).is_some_and(|draft| draft.attribution.parent.is_none()))
    }

    /// Gives a fully quoted sentence to the speaker before it: the same statement when that one was quoted, else one more.
    fn append(&mut self, index: usize, piece: (usize, usize)) {
        let Some(draft) = self.drafts.get(index) else { return };
        match draft.attribution.quote {
            QuoteKind::Indirect => self.carried(index, piece),
            _ if self.pieces.get(index).is_none_or(|pieces| pieces.len() >= PIECES_MAX) => self.carried(index, piece),
            QuoteKind::Direct | QuoteKind::Mixed => self.append_piece(index, piece),
        }
    }

    pub fn append_piece(&mut self, index: usize, piece: (usize, usize)) {
        let Some(pieces) = self.pieces.get_mut(index).filter(|pieces| pieces.len() < PIECES_MAX) else { return };
        pieces.push(piece);
        self.refresh(index);
        self.read_inside(piece, (index, 1));
    }

    /// Gives fully quoted sentences before a final speaker to that speaker.
    fn prepend(&mut self, index: usize, unit: usize, carry: &mut Carry) {
        let begins_quoted = self.page.quote_opening(unit).is_some()
            && self.pieces.get(index).and_then(|pieces| pieces.first()).is_some_and(|piece| piece.0 == unit);
        if carry.pending.is_empty() || !begins_quoted {
            return;
        }
        let pending = std::mem::take(&mut carry.pending);
        if let Some(pieces) = self.pieces.get_mut(index) {
            pieces.splice(0..0, pending.iter().copied());
        }
        self.refresh(index);
        for piece in pending {
            self.read_inside(piece, (index, 1));
        }
    }

    fn refresh(&mut self, index: usize) {
        let (Some(draft), Some(pieces)) = (self.drafts.get_mut(index), self.pieces.get(index)) else { return };
        draft.attribution.content = pieces.iter().filter_map(|(start, end)| self.page.trimmed(*start, *end)).collect();
        draft.attribution.quote = self.page.quote_kind(pieces);
    }

    /// Fully quoted sentences without a speaker in their paragraph: to the speaker of the paragraph before.
    fn carry_from(&mut self, carry: &mut Carry, (start, end): (usize, usize)) {
        if self.opens_to_end(start, end) && carry.last.is_none() {
            return;
        }
        let Some(last) = carry.last else { return };
        for piece in std::mem::take(&mut carry.pending) {
            self.carried(last, piece);
        }
    }

    /// One more statement of the speaker of a draft.
    fn carried(&mut self, index: usize, piece: (usize, usize)) {
        if self.page.quoted_words(piece.0, QUOTED_WORDS_MIN) < QUOTED_WORDS_MIN {
            return;
        }
        let Some(source) = self.sources.get(index).copied().flatten() else { return };
        let cue = self.drafts.get(index).and_then(|draft| draft.cue);
        let cue_span = self.drafts.get(index).and_then(|draft| draft.attribution.cue);
        let mut found = Found::bare(&CARRIED, None);
        found.note = format!(
            "the quotation has no cue of its own; \u{201c}{}\u{201d} spoke last before it",
            self.page.show(source.head(&self.page))
        );
        found.source = Some(source);
        found.content = vec![piece];
        found.confidence = 65;
        if let Some(made) = self.keep(found, &Region::top(piece.0, piece.1))
            && let Some(draft) = self.drafts.get_mut(made)
        {
            draft.cue = cue;
            draft.attribution.cue = cue_span;
        }
    }

    /// Quotations that nobody near them spoke stay without a speaker.
    pub fn give_up(&mut self, carry: &mut Carry) {
        for piece in std::mem::take(&mut carry.pending) {
            if self.page.quoted_words(piece.0, QUOTED_WORDS_MIN) < QUOTED_WORDS_MIN {
                continue;
            }
            let mut found = Found::bare(&CARRIED, None);
            found.note = "the quotation has no cue and nobody spoke before it: the speaker is not known".to_owned();
            found.content = vec![piece];
            found.confidence = 40;
            self.keep(found, &Region::top(piece.0, piece.1));
        }
    }
}
