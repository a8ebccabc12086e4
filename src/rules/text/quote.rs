//! Quotation marks made into quotations: nested, unclosed, turned the wrong way, carried over paragraphs.
//!
//! Decides only which mark opens and which closes; who speaks is not its business. A quotation never crosses the end of a
//! paragraph: one that is carried over (the opening mark is repeated) gives one quotation in each paragraph.

use super::{Token, TokenKind};
use crate::model::Span;
use std::ops::Range;

/// A quotation of one paragraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// With its marks.
    pub outer: Span,
    /// Without them.
    pub inner: Span,
    /// 1 for a quotation that stands in no other, 2 for one inside it, and so on; 255 for anything deeper.
    pub depth: u8,
    /// Index of the token that opens it.
    pub open: usize,
    /// Index of the token that closes it, or of the first token after it where it is not closed.
    pub close: usize,
    /// Whether a closing mark was found in the paragraph.
    pub closed: bool,
}

/// Quotations that are open at once in a paragraph; deeper marks are passed over.
const OPEN_MAX: usize = 300;

/// One open quotation while a paragraph is read.
struct Open {
    token: usize,
    family: Family,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Double,
    Single,
    Angle,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Opens,
    Closes,
}

/// Pairs the quotation marks of a text, paragraph by paragraph; quotations come in order of their opening mark.
pub fn pair_quotes(text: &str, tokens: &[Token]) -> Vec<Quoted> {
    let mut quotes = Vec::new();
    let mut start = 0;
    while start < tokens.len() {
        let end = tokens[start..].iter().position(|token| token.kind == TokenKind::Break).map_or(tokens.len(), |at| start + at);
        Paragraph { text, tokens, range: start..end }.pair(&mut quotes);
        start = end + 1;
    }
    quotes
}

struct Paragraph<'a> {
    text: &'a str,
    tokens: &'a [Token],
    range: Range<usize>,
}

impl Paragraph<'_> {
    fn pair(&self, quotes: &mut Vec<Quoted>) {
        let first = quotes.len();
        let marks: Vec<usize> = self.range.clone().filter(|at| self.tokens[*at].kind == TokenKind::Quote).collect();
        let mut open: Vec<Open> = Vec::new();
        for (nth, at) in marks.iter().copied().enumerate() {
            let Some((family, turn)) = self.turn(at, &open) else { continue };
            let next = marks.get(nth + 1).copied();
            if turn == Turn::Opens || self.is_turned_round(at, next, &open) {
                if open.len() == OPEN_MAX {
                    continue;
                }
                open.push(Open { token: at, family });
            } else if let Some(place) = open.iter().rposition(|o| o.family == family) {
                // What was opened inside and never closed was no quotation: a lone mark.
                open.truncate(place + 1);
                if let Some(opened) = open.pop() {
                    quotes.push(self.quoted(opened.token, (at, true), open.len()));
                }
            }
        }
        // Only a double mark may stay open to the end of its paragraph; inner ones without an end are lone marks.
        if let Some(opened) = open.first().filter(|o| o.family != Family::Single) {
            let last = quotes[first..].iter().map(|q| q.close).filter(|close| *close > opened.token).count();
            if last == 0 || self.starts_paragraph(opened.token) {
                quotes.push(self.quoted(opened.token, (self.range.end, false), 0));
            }
        }
        quotes[first..].sort_by_key(|q| q.open);
        set_depths(&mut quotes[first..]);
    }

    fn starts_paragraph(&self, at: usize) -> bool {
        at == self.range.start
    }

    fn quoted(&self, open: usize, (close, closed): (usize, bool), depth: usize) -> Quoted {
        let start = self.tokens[open].span;
        let (inner_end, outer_end) = match closed {
            true => (self.tokens[close].span.start, self.tokens[close].span.end),
            false => (self.tokens[close - 1].span.end, self.tokens[close - 1].span.end),
        };
        Quoted {
            outer: Span { start: start.start, end: outer_end },
            inner: Span { start: start.end, end: inner_end.max(start.end) },
            depth: u8::try_from(depth + 1).unwrap_or(u8::MAX),
            open,
            close,
            closed,
        }
    }

    /// Tells which way a mark is turned, by its form and by the white space around it; none for an apostrophe.
    fn turn(&self, at: usize, open: &[Open]) -> Option<(Family, Turn)> {
        let space_before = at == self.range.start || self.tokens[at].spaced || self.is_opening_bracket(at - 1);
        let space_after = self.tokens[..self.range.end].get(at + 1).is_none_or(|next| next.spaced);
        let is_open = |family: Family| open.iter().any(|o| o.family == family);
        let shape = |opens: bool| if opens { Turn::Opens } else { Turn::Closes };
        match self.tokens[at].span.of(self.text) {
            "\u{201c}" | "\u{201e}" | "\u{201f}" => Some((Family::Double, shape(space_before || !space_after || !is_open(Family::Double)))),
            "\u{201d}" => Some((Family::Double, shape(space_before && !space_after && !self.follows_stop(at)))),
            "\"" | "''" => {
                let opens = match (space_before, space_after) {
                    (true, false) => true,
                    (false, true) => false,
                    _ => !is_open(Family::Double),
                };
                Some((Family::Double, shape(opens)))
            }
            "\u{ab}" => Some((Family::Angle, Turn::Opens)),
            "\u{bb}" => Some((Family::Angle, Turn::Closes)),
            "\u{2018}" => Some((Family::Single, Turn::Opens)).filter(|_| space_before || self.is_quote(at - 1)),
            "\u{2019}" => {
                Some((Family::Single, Turn::Closes)).filter(|_| is_open(Family::Single) && space_after_or_mark(self, at, space_after))
            }
            "'" if is_open(Family::Single) && space_after_or_mark(self, at, space_after) => Some((Family::Single, Turn::Closes)),
            "'" if space_before && !space_after && self.has_closer(at) => Some((Family::Single, Turn::Opens)),
            _ => None,
        }
    }

    /// A closing mark inside a quotation, with another closing mark next and no stop before it, is an opening one turned round.
    fn is_turned_round(&self, at: usize, next: Option<usize>, open: &[Open]) -> bool {
        let Some(next) = next else { return false };
        let curly = |at: usize| self.tokens[at].span.of(self.text) == "\u{201d}";
        open.len() == 1
            && curly(at)
            && curly(next)
            && !self.follows_stop(at)
            && (!self.tokens[next].spaced || self.tokens.get(next + 1).is_none_or(|t| t.spaced))
    }

    fn follows_stop(&self, at: usize) -> bool {
        at > self.range.start
            && matches!(self.tokens[at - 1].span.of(self.text), "." | "," | "?" | "!" | "\u{2026}" | "\u{2014}" | "\u{2013}")
    }

    fn is_opening_bracket(&self, at: usize) -> bool {
        matches!(self.tokens[at].span.of(self.text), "(" | "[" | "\u{2014}" | "\u{2013}" | "-" | "/")
    }

    fn is_quote(&self, at: usize) -> bool {
        self.tokens[at].kind == TokenKind::Quote
    }

    /// A straight single mark opens only where a closing one follows in the near: at most this many tokens on.
    fn has_closer(&self, at: usize) -> bool {
        const SINGLE_QUOTE_TOKENS_MAX: usize = 120;
        let end = self.range.end.min(at + SINGLE_QUOTE_TOKENS_MAX);
        (at + 2..end).any(|i| {
            self.tokens[i].span.of(self.text) == "'"
                && !self.tokens[i].spaced
                && (self.follows_stop(i) || self.tokens[..self.range.end].get(i + 1).is_none_or(|next| next.spaced))
        })
    }
}

fn space_after_or_mark(paragraph: &Paragraph<'_>, at: usize, space_after: bool) -> bool {
    space_after
        || paragraph.tokens.get(at + 1).is_some_and(|next| matches!(next.kind, TokenKind::Quote | TokenKind::Punct | TokenKind::Break))
}

/// Depth follows from what really encloses what, lone marks left out.
fn set_depths(quotes: &mut [Quoted]) {
    let mut ends: Vec<usize> = Vec::new();
    for quote in quotes {
        while ends.last().is_some_and(|end| *end <= quote.open) {
            ends.pop();
        }
        quote.depth = u8::try_from(ends.len() + 1).unwrap_or(u8::MAX);
        ends.push(quote.close);
    }
}
