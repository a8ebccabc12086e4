//! Gathers words into paragraphs: spaces folded, entities decoded, line breaks judged.
//!
//! It knows no element; [`html`](super::html) tells it where paragraphs end.

use super::decode;
use super::html::Paragraph;

/// What separates two runs of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// A `<br>`: a new paragraph unless a sentence runs through it.
    Line,
    /// The edge of a block.
    Paragraph,
}

/// Share of link text, in percent, from which a paragraph counts as a link: a bullet or date beside the link does not matter.
const LINK_PERCENT_MIN: usize = 85;

/// Paragraphs in the making.
#[derive(Debug, Default)]
pub(super) struct Paragraphs {
    done: Vec<Paragraph>,
    current: String,
    link_bytes: usize,
    in_link: bool,
    space_due: bool,
    line_due: bool,
}

impl Paragraphs {
    /// Adds text as it stands between two tags.
    pub(super) fn text(&mut self, raw: &str) {
        let decoded = html_escape::decode_html_entities(raw);
        let cleaned = decode::cleaned(&decoded);
        for ch in cleaned.chars() {
            if ch.is_whitespace() {
                self.space_due = true;
            } else {
                self.character(ch);
            }
        }
    }

    fn character(&mut self, ch: char) {
        if self.line_due {
            self.line_due = false;
            if !runs_on(&self.current, ch) {
                self.flush();
            }
            self.space_due = true;
        }
        if self.space_due && !self.current.is_empty() {
            self.current.push(' ');
        }
        self.space_due = false;
        self.current.push(ch);
        if self.in_link {
            self.link_bytes += ch.len_utf8();
        }
    }

    /// Ends the line or paragraph.
    pub(super) fn end(&mut self, how: Break) {
        match how {
            // Two line breaks make a paragraph.
            Break::Line if self.line_due => self.flush(),
            Break::Line => self.line_due = !self.current.is_empty(),
            Break::Paragraph => self.flush(),
        }
    }

    /// Counts what follows as link text.
    pub(super) fn enter_link(&mut self) {
        self.in_link = true;
    }

    /// Ends that.
    pub(super) fn leave_link(&mut self) {
        self.in_link = false;
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.current);
        let solid = text.bytes().filter(|byte| *byte != b' ').count();
        let is_link = self.link_bytes.saturating_mul(100) >= solid.saturating_mul(LINK_PERCENT_MIN);
        (self.link_bytes, self.space_due, self.line_due) = (0, false, false);
        if !text.is_empty() && self.done.last().is_none_or(|last| last.text != text) {
            self.done.push(Paragraph { text, is_link });
        }
    }

    /// Gives the paragraphs; equal neighbours are one.
    pub(super) fn finish(mut self) -> Vec<Paragraph> {
        self.flush();
        self.done
    }
}

/// Tells whether a sentence runs through a line break: nothing ended before it, and it goes on in lower case.
fn runs_on(before: &str, next: char) -> bool {
    let open = before.chars().next_back().is_some_and(|last| last.is_alphanumeric() || matches!(last, ',' | '-' | '\u{2013}' | '\u{2014}'));
    open && next.is_lowercase()
}
