//! A line as words with a style: what the plain and the Markdown rendering lay out in common.
//!
//! No escaping and no widths here. A word is never empty and holds no white space.

use super::view::show_time;
use super::{Inline, clean, safe_url};

/// Longest stretch without white space that is kept in one piece, in characters. 200: escaped it still fits half a Discord page;
/// no word of a news text is that long.
const WORD_CHARS_MAX: usize = 200;

/// How a word looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Strong,
    Faint,
    Code,
    Mark(&'static str),
}

/// What stands in one place of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// One word (or a stretch of one that is too long), cleaned, not escaped.
    Word(String),
    /// A link whose address is safe; the label is cleaned, not escaped, never empty.
    Link { label: String, url: String },
    /// A moment.
    Time(jiff::Timestamp),
}

/// A piece with its style, and whether a space parts it from the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Atom {
    pub(super) piece: Piece,
    pub(super) style: Style,
    pub(super) spaced: bool,
}

/// Collects the atoms of one line.
#[derive(Default)]
struct Line {
    atoms: Vec<Atom>,
    space_due: bool,
}

impl Line {
    fn words(&mut self, text: &str, style: Style) {
        let text = clean(text);
        let mut rest = text.as_ref();
        while let Some(first) = rest.chars().next() {
            if first == ' ' {
                self.space_due = true;
                rest = rest.get(1..).unwrap_or("");
                continue;
            }
            let end = rest.find(' ').unwrap_or(rest.len());
            let cut = rest.char_indices().nth(WORD_CHARS_MAX).map_or(end, |(at, _)| at.min(end));
            let (word, after) = rest.split_at(cut);
            self.piece(Piece::Word(word.to_owned()), style);
            rest = after;
        }
    }

    fn piece(&mut self, piece: Piece, style: Style) {
        let spaced = self.space_due && !self.atoms.is_empty();
        self.space_due = false;
        self.atoms.push(Atom { piece, style, spaced });
    }

    fn link(&mut self, label: &str, url: &str) {
        let label = clean(label).trim().to_owned();
        match safe_url(url) {
            Some(url) if label.is_empty() => self.piece(Piece::Link { label: url.clone(), url }, Style::Plain),
            Some(url) if label.chars().count() <= WORD_CHARS_MAX => self.piece(Piece::Link { label, url }, Style::Plain),
            Some(url) => {
                self.words(&label, Style::Plain);
                self.space_due = true;
                self.piece(Piece::Link { label: "link".to_owned(), url }, Style::Plain);
            }
            None => {
                self.words(&label, Style::Plain);
                if !url.is_empty() && url != label {
                    self.words(" (", Style::Plain);
                    self.words(url, Style::Plain);
                    self.words(")", Style::Plain);
                }
            }
        }
    }
}

/// Lays a line's inline texts out as atoms. A mark becomes `[label: words]`, so that it can be read without colours.
pub(super) fn atoms(line: &[Inline]) -> Vec<Atom> {
    let mut out = Line::default();
    for inline in line {
        match inline {
            Inline::Text(text) => out.words(text, Style::Plain),
            Inline::Strong(text) => out.words(text, Style::Strong),
            Inline::Faint(text) => out.words(text, Style::Faint),
            Inline::Code(text) => out.words(text, Style::Code),
            Inline::Mark { label, text } => {
                out.words(&format!("[{label}: "), Style::Faint);
                out.words(text.trim(), Style::Mark(label));
                out.space_due = false;
                out.words("]", Style::Faint);
                out.space_due = text.ends_with(char::is_whitespace);
            }
            Inline::Link { label, url } => out.link(label, url),
            Inline::Time(time) => out.piece(Piece::Time(*time), Style::Plain),
        }
    }
    out.atoms
}

/// Gives the words of a piece where neither links nor moments are more than text: a link's address follows its label.
pub(super) fn plain_words(piece: &Piece) -> String {
    match piece {
        Piece::Word(word) => word.clone(),
        Piece::Link { label, url } if label == url => url.clone(),
        Piece::Link { label, url } => format!("{label} <{url}>"),
        Piece::Time(time) => show_time(*time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &[Inline]) -> String {
        let mut out = String::new();
        for atom in atoms(line) {
            if atom.spaced {
                out.push(' ');
            }
            out.push_str(&plain_words(&atom.piece));
        }
        out
    }

    #[test]
    fn spaces_survive_at_the_seams_and_only_once() {
        assert_eq!(shown(&[Inline::text("a "), Inline::strong(" b"), Inline::text(", c\n\nd ")]), "a b, c d");
    }

    #[test]
    fn a_mark_is_readable_without_colour() {
        let mark = Inline::Mark { label: "cue", text: "said ".into() };
        assert_eq!(shown(&[Inline::text("She "), mark, Inline::text("so")]), "She [cue: said] so");
    }

    #[test]
    fn an_overlong_word_is_cut_but_loses_nothing() {
        let long = "x".repeat(1_000);
        assert_eq!(shown(&[Inline::text(long.clone())]), long);
        assert_eq!(atoms(&[Inline::text(long)]).len(), 5);
    }

    #[test]
    fn an_unsafe_link_is_text() {
        assert_eq!(shown(&[Inline::Link { label: "here".into(), url: "javascript:x".into() }]), "here (javascript:x)");
        assert_eq!(shown(&[Inline::Link { label: "here".into(), url: "https://a.example/b".into() }]), "here <https://a.example/b>");
    }
}
