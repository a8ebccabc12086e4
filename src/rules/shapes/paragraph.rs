//! Paragraphs: sentences joined over quotations, fully quoted sentences given to the speaker near them, quotations carried
//! over paragraphs.
//!
//! A fully quoted sentence has no cue of its own; it goes to the speaker before it in the paragraph, else to the one after.

use super::found::Found;
use super::page::Page;
use super::reader::{Reader, Region};
use super::shape;
use crate::model::QuoteKind;
use crate::rules::text::TokenKind;

shape!(CARRIED, "shape/carried", "A quotation without a cue goes to the speaker of the words before it.");

/// Fewer quoted words without a cue are a title, a term or a mocking mark.
const QUOTED_WORDS_MIN: usize = 5;

/// Pieces of one statement; a longer row of quotations becomes several statements.
const PIECES_MAX: usize = 100;

/// What a paragraph leaves to the next one.
#[derive(Default)]
pub(super) struct Carry {
    /// Draft that spoke last in the paragraph before.
    last: Option<usize>,
    /// Quotations of paragraphs before that are carried on and have no speaker yet.
    pending: Vec<(usize, usize)>,
    /// The quotation was not closed at the end of the paragraph before.
    open: bool,
}

impl Page<'_> {
    /// Cuts a stretch into units: sentences, where a quotation and the words that say who spoke are one.
    pub fn units(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut units = Vec::new();
        let mut from = start;
        let mut at = start;
        while at < end {
            if at > from && self.starts_sentence(at) && !self.goes_on_after_quote(at, end) {
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
    fn goes_on_after_quote(&self, at: usize, end: usize) -> bool {
        // A speaker between a question and the cue is a short one.
        const SPEAKER_TOKENS_MAX: usize = 9;
        let quoted = self.quote_closing(at - 1).is_some() && self.quote_ends_with(at - 1, &["?", "!", ","]);
        quoted
            && (at..end.min(at + SPEAKER_TOKENS_MAX)).any(|i| {
                self.may_be_cue(i)
                    && self.verb_cue(i).is_some_and(|hit| {
                        hit.cue.speech >= 50 && (i == at || self.subject_left(i, at).is_some_and(|subject| subject.start == at))
                    })
            })
    }

    /// Whether everything in a unit stands in quotation marks.
    fn is_fully_quoted(&self, start: usize, end: usize) -> bool {
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
    /// Reads all paragraphs of the text.
    pub fn read_text(&mut self) {
        let mut carry = Carry::default();
        let mut start = 0;
        let mut first = true;
        while start < self.page.tokens.len() {
            let end =
                (start..self.page.tokens.len()).find(|at| self.page.kind(*at) == Some(TokenKind::Break)).unwrap_or(self.page.tokens.len());
            if end > start {
                self.read_paragraph((start, end, first), &mut carry);
                first = false;
            }
            start = end + 1;
        }
        self.give_up(&mut carry);
    }

    fn read_paragraph(&mut self, (start, end, first): (usize, usize, bool), carry: &mut Carry) {
        let carried_on = std::mem::take(&mut carry.open) && self.page.quote_opening(start).is_some();
        if !carried_on {
            self.give_up(carry);
        }
        let mut last: Option<usize> = None;
        let units = self.page.units(start, end);
        let is_headline = first && units.len() == 1 && self.page.word(end - 1) != ".";
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
                last = self.last_top(before);
            } else if self.page.has_verb(from, to) {
                last = None;
            }
        }
        if !carry.pending.is_empty() {
            self.carry_from(carry, (start, end));
        }
        carry.open = (start..end).rev().find_map(|at| self.page.quote_opening(at)).is_some_and(|quote| !quote.closed)
            || self.opens_to_end(start, end);
        carry.last = last.or(carry.last.filter(|_| !carry.pending.is_empty() || self.page.is_fully_quoted(start, end)));
    }

    fn opens_to_end(&self, start: usize, end: usize) -> bool {
        (start..end).any(|at| self.page.quote_opening(at).is_some_and(|quote| !quote.closed && quote.close >= end))
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
            QuoteKind::Direct | QuoteKind::Mixed => {
                let Some(pieces) = self.pieces.get_mut(index) else { return };
                pieces.push(piece);
                self.refresh(index);
                self.read_inside(piece, (index, 1));
            }
        }
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
    fn give_up(&mut self, carry: &mut Carry) {
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
