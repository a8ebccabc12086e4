//! What a shape hands back, and how it becomes a draft.
//!
//! Counts in tokens; bytes come in only here, so that every span lies on token borders and thus on char boundaries.

use super::Shape;
use super::cue::Hit;
use super::page::Page;
use super::phrase::Phrase;
use crate::model::{Attribution, Firing, QuoteKind, Rejected, RuleId, Span};
use crate::rules::reading::Draft;

/// An attribution in tokens.
#[derive(Clone, Debug)]
pub(super) struct Found<'p> {
    pub shape: &'static Shape,
    pub source: Option<Phrase>,
    pub cue: Option<Hit<'p>>,
    /// Tokens of the cue, also where it is none of the lexicon (a colon).
    pub cue_tokens: Option<(usize, usize)>,
    /// Pieces of content, in text order.
    pub content: Vec<(usize, usize)>,
    pub addressee: Option<Phrase>,
    pub reporter: Option<Phrase>,
    pub circumstance: Option<(usize, usize)>,
    pub negated: bool,
    pub confidence: u8,
    /// What it decided, in words.
    pub note: String,
    pub rejected: Vec<Rejected>,
    /// Where the reading of the sentence goes on.
    pub resume: usize,
    /// Where words end that stand before the content and are read on their own.
    pub before: Option<usize>,
    /// Whether "and said" after it may share its source.
    pub leads_on: bool,
}

impl<'p> Found<'p> {
    pub fn new(shape: &'static Shape, hit: Hit<'p>) -> Self {
        Self {
            shape,
            source: None,
            cue: Some(hit),
            cue_tokens: Some((hit.at, hit.end)),
            content: Vec::new(),
            addressee: None,
            reporter: None,
            circumstance: None,
            negated: false,
            confidence: 80,
            note: String::new(),
            rejected: Vec::new(),
            resume: hit.end,
            before: None,
            leads_on: true,
        }
    }

    /// A finding without a cue of the lexicon.
    pub fn bare(shape: &'static Shape, cue_tokens: Option<(usize, usize)>) -> Self {
        Self {
            shape,
            source: None,
            cue: None,
            cue_tokens,
            content: Vec::new(),
            addressee: None,
            reporter: None,
            circumstance: None,
            negated: false,
            confidence: 60,
            note: String::new(),
            rejected: Vec::new(),
            resume: cue_tokens.map_or(0, |(_, end)| end),
            before: None,
            leads_on: true,
        }
    }

    /// Makes the draft; none when no content is left.
    pub fn into_draft(self, page: &Page<'_>, parent: Option<usize>) -> Option<Draft> {
        let content: Vec<Span> = self.content.iter().filter_map(|(start, end)| page.trimmed(*start, *end)).collect();
        if content.is_empty() {
            return None;
        }
        let rule = RuleId::new(self.shape.id);
        let firing = Firing { rule: rule.clone(), file: self.shape.file.to_owned(), line: self.shape.line, note: self.note };
        let attribution = Attribution {
            source: self.source.and_then(|source| source.span(page)),
            cue: self.cue_tokens.and_then(|(start, end)| page.span(start, end)),
            quote: page.quote_kind(&self.content),
            content,
            parent,
            rule,
        };
        Some(Draft {
            head: self.source.and_then(|source| source.head(page)),
            addressee: self.addressee.and_then(|addressee| addressee.span(page)),
            reporter: self.reporter.and_then(|reporter| reporter.span(page)),
            circumstance: self.circumstance.and_then(|(start, end)| page.span(start, end)),
            cue: self.cue.map(|hit| hit.id),
            negated: self.negated,
            confidence: self.confidence,
            firings: vec![firing],
            rejected: self.rejected,
            attribution,
        })
    }
}

impl Page<'_> {
    /// The bytes of a piece of content, without marks at its borders that belong to the sentence around it.
    pub fn trimmed(&self, mut start: usize, mut end: usize) -> Option<Span> {
        while start < end && (matches!(self.word(start), "," | ":" | ";" | "." | ")") || self.is_dash(start)) {
            start += 1;
        }
        // A quotation that is carried on into the next paragraph keeps its stop.
        let carried = self.quote_opening(start).is_some_and(|quote| !quote.closed && quote.close <= end);
        while end > start && !carried {
            let last = end - 1;
            let stop = matches!(self.word(last), "," | ":" | ";" | "(");
            let point = self.word(last) == "." && !self.is_abbreviation_point(last);
            if !(stop || point || self.is_dash(last)) {
                break;
            }
            end = last;
        }
        self.span(start, end)
    }

    fn is_abbreviation_point(&self, at: usize) -> bool {
        at >= 2 && !self.is_spaced(at) && !self.is_spaced(at - 1) && self.word(at - 2) == "." && self.word(at - 1).len() <= 2
    }

    /// Direct when nine words of ten stand in quotation marks, mixed when some do.
    pub fn quote_kind(&self, pieces: &[(usize, usize)]) -> QuoteKind {
        let (mut words, mut quoted) = (0usize, 0usize);
        for (start, end) in pieces {
            let mut until = *start;
            for at in *start..*end {
                if let Some(close) = self.quote_end(at) {
                    until = until.max(close);
                }
                if self.is_word(at) || self.is_number(at) {
                    words += 1;
                    quoted += usize::from(at < until);
                }
            }
        }
        match (quoted, words) {
            (0, _) => QuoteKind::Indirect,
            (quoted, words) if quoted * 10 >= words * 9 => QuoteKind::Direct,
            _ => QuoteKind::Mixed,
        }
    }
}
