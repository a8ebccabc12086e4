//! Sentences and paragraphs of a text.
//!
//! Splits at stops, also inside quotations; abbreviations are given by the language data. Joining the sentences of one
//! quotation to the words that say who spoke is done by the shapes.

use super::{Token, TokenKind};
use crate::model::Span;
use std::collections::BTreeSet;
use std::ops::Range;

/// A sentence: its bytes, tokens and paragraph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// From its first to its last token, closing marks included.
    pub span: Span,
    /// Indexes of its tokens.
    pub tokens: Range<usize>,
    /// Number of its paragraph, from 0.
    pub paragraph: usize,
}

/// Words before a point that does not always end a sentence.
#[derive(Clone, Debug, Default)]
pub struct Abbreviations {
    /// Never at a sentence's end: "Mr", "Sen"; as written, without the point.
    pub hard: BTreeSet<String>,
    /// At a sentence's end only before a word that often starts one: "Inc", "Dec", "a.m".
    pub soft: BTreeSet<String>,
    /// Words that often start a sentence: "The", "He", "But".
    pub starters: BTreeSet<String>,
}

/// Splits tokens into sentences, in text order; line feeds belong to none.
pub fn split_sentences(text: &str, tokens: &[Token], abbreviations: &Abbreviations) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut paragraph = 0;
    let mut start = 0;
    let mut at = 0;
    let splitter = Splitter { text, tokens, abbreviations };
    while at < tokens.len() {
        if tokens[at].kind == TokenKind::Break {
            push(&mut sentences, tokens, (start..at, paragraph));
            paragraph += 1;
            at += 1;
            start = at;
        } else if let Some(end) = splitter.end_after(at) {
            push(&mut sentences, tokens, (start..end, paragraph));
            start = end;
            at = end;
        } else {
            at += 1;
        }
    }
    push(&mut sentences, tokens, (start..tokens.len(), paragraph));
    sentences
}

fn push(sentences: &mut Vec<Sentence>, tokens: &[Token], (range, paragraph): (Range<usize>, usize)) {
    if let Some([first, .., last] | [first @ last]) = tokens.get(range.clone()) {
        sentences.push(Sentence { span: first.span.cover(last.span), tokens: range, paragraph });
    }
}

struct Splitter<'a> {
    text: &'a str,
    tokens: &'a [Token],
    abbreviations: &'a Abbreviations,
}

impl Splitter<'_> {
    /// Gives the token after the sentence when the stop at `at` ends one.
    fn end_after(&self, at: usize) -> Option<usize> {
        if !self.is_stop(at) {
            return None;
        }
        let stop = self.word(at);
        let mut end = at + 1;
        while self.tokens.get(end).is_some_and(|t| !t.spaced) && self.is_stop(end) {
            end += 1;
        }
        let stop_end = end;
        while self.tokens.get(end).is_some_and(|t| self.closes(end, t)) {
            end += 1;
        }
        let next = self.tokens.get(end)?;
        if next.kind == TokenKind::Break || !next.spaced || !self.may_start(end) {
            return None;
        }
        (stop != "." || end > stop_end || !self.is_abbreviation(at, end)).then_some(end)
    }

    fn is_stop(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| match token.mark {
            0 => token.kind == TokenKind::Punct && token.span.of(self.text) == "\u{2026}",
            mark => matches!(mark, b'.' | b'?' | b'!'),
        })
    }

    fn closes(&self, at: usize, token: &Token) -> bool {
        let mark = token.span.of(self.text);
        match mark {
            "\u{201d}" | "\u{2019}" | "\u{bb}" | ")" | "]" => !token.spaced,
            "\"" | "'" | "''" => !token.spaced && self.tokens.get(at + 1).is_none_or(|next| next.spaced || next.kind != TokenKind::Word),
            _ => false,
        }
    }

    fn may_start(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        let word = token.span.of(self.text);
        match token.kind {
            TokenKind::Word => word.chars().next().is_some_and(|c| !c.is_lowercase()),
            TokenKind::Number | TokenKind::Quote => true,
            _ => matches!(word, "(" | "[" | "$" | "\u{a3}" | "\u{20ac}" | "@" | "#" | "\u{2014}" | "\u{2013}" | "-" | "\u{2022}"),
        }
    }

    fn is_abbreviation(&self, at: usize, end: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|i| self.tokens.get(i)) else { return false };
        if before.kind != TokenKind::Word || self.tokens[at].spaced {
            return false;
        }
        let word = before.span.of(self.text);
        if self.abbreviations.hard.contains(word) {
            return !(word == "No" && self.tokens.get(end).is_some_and(|next| next.kind != TokenKind::Number));
        }
        let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
        if initial || self.abbreviations.soft.contains(word) || self.is_dotted(at) {
            return !self.abbreviations.starters.contains(self.word(end));
        }
        false
    }

    /// "U.S." and "a.m.": a letter with a point before it, without space.
    fn is_dotted(&self, at: usize) -> bool {
        at >= 2 && self.word(at - 2) == "." && !self.tokens[at - 1].spaced && self.tokens[at - 1].span.len() <= 2
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.span.of(self.text))
    }
}
