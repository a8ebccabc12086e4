//! Words, numbers and marks of a text, with their bytes.
//!
//! Splits only; it does not normalise, so that every span can be shown as it was written.

use crate::model::Span;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, with inner apostrophes and hyphens split off: "US-Ukraine" is three tokens, "don’t" is one, "Putin’s" is "Putin" + "’s".
    Word,
    /// Digits with inner points and commas.
    Number,
    /// An English clitic that follows a word without a space: "’s", "'s", or a bare "’" after a plural s.
    Clitic,
    /// One quotation mark: “ ” " « » „ ‘ ’ (where it is no apostrophe) or two single ones in a row.
    Quote,
    /// Any other single mark.
    Punct,
    /// One or more line feeds: the end of a paragraph.
    Break,
}

/// A token: kind and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is made of.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
    /// True when white space stands before it (or it is the first).
    pub spaced: bool,
}

/// Splits a text into tokens, in text order; white space other than line feeds gives none.
pub fn tokenize(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 5);
    let mut at = 0;
    let mut spaced = true;
    while let Some(first) = text[at..].chars().next() {
        if first != '\n' && (first.is_whitespace() || first == '\0') {
            at += first.len_utf8();
            spaced = true;
            continue;
        }
        let after_word = matches!(tokens.last(), Some(Token { kind: TokenKind::Word | TokenKind::Number, .. })) && !spaced;
        let (kind, length) = next_token(&text[at..], first, after_word);
        tokens.push(Token { kind, span: Span::new(at, at + length), spaced });
        at += length;
        spaced = kind == TokenKind::Break;
    }
    tokens
}

fn next_token(rest: &str, first: char, after_word: bool) -> (TokenKind, usize) {
    let prefix = |keep: fn(char) -> bool| rest.find(|c: char| !keep(c)).unwrap_or(rest.len());
    match first {
        '\n' => (TokenKind::Break, prefix(|c| c == '\n' || c == '\r' || c == ' ' || c == '\t').max(1)),
        '\u{2019}' | '\'' if after_word => clitic(rest, first),
        '\'' if rest.starts_with("''") => (TokenKind::Quote, 2),
        '\u{201c}' | '\u{201d}' | '"' | '\u{ab}' | '\u{bb}' | '\u{201e}' | '\u{201f}' | '\u{2018}' | '\u{2019}' | '\'' => {
            (TokenKind::Quote, first.len_utf8())
        }
        c if c.is_ascii_digit() => (TokenKind::Number, number(rest)),
        c if c.is_alphanumeric() => (TokenKind::Word, word(rest)),
        c => (TokenKind::Punct, c.len_utf8()),
    }
}

fn clitic(rest: &str, mark: char) -> (TokenKind, usize) {
    let at = mark.len_utf8();
    let tail = &rest[at..];
    let is_s = tail.starts_with(['s', 'S']) && !tail[1..].starts_with(|c: char| c.is_alphanumeric());
    match is_s {
        true => (TokenKind::Clitic, at + 1),
        false => (TokenKind::Quote, if rest.starts_with("''") { 2 } else { at }),
    }
}

fn number(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let inner = matches!(c, '.' | ',' | ':') && end > 0 && chars.peek().is_some_and(|(_, next)| next.is_ascii_digit());
        if !c.is_alphanumeric() && !inner {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

/// A word runs over letters, digits and combining marks, and over an apostrophe between two letters unless what follows is "s" alone.
fn word(rest: &str) -> usize {
    // Most words are plain letters up to a plain space or mark: no need to decode them.
    let plain = rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    if plain > 0 && rest.as_bytes().get(plain).is_none_or(|next| next.is_ascii() && *next != b'\'') {
        return plain;
    }
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let apostrophe = matches!(c, '\u{2019}' | '\'')
            && chars.peek().is_some_and(|(_, next)| next.is_alphabetic())
            && !matches!(clitic(&rest[at..], c).0, TokenKind::Clitic);
        if !c.is_alphanumeric() && !is_mark(c) && !apostrophe {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn is_mark(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c) || c == '\u{200d}'
}
