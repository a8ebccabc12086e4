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
    /// True for a word that starts with a capital letter.
    pub capital: bool,
    /// The byte of a token that is a single ASCII character, else 0: what marks are compared by.
    pub mark: u8,
}

impl Token {
    fn new(kind: TokenKind, text: &str, (at, length): (usize, usize), spaced: bool) -> Self {
        let written = text.get(at..at + length).unwrap_or("");
        let capital = kind == TokenKind::Word && written.starts_with(char::is_uppercase);
        let mark = if let [only] = written.as_bytes() { *only } else { 0 };
        Self { kind, span: Span::new(at, at + length), spaced, capital, mark }
    }
}

/// Splits a text into tokens, in text order; white space other than line feeds gives none.
pub fn tokenize(text: &str) -> Vec<Token> {
    // Prose has a token for some five bytes, dense lists one for four.
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    let mut spaced = true;
    while let Some(byte) = text.as_bytes().get(at) {
        // Most of a text is plain words with plain spaces between: no need to decode them.
        if *byte == b' ' {
            at += 1;
            spaced = true;
            continue;
        }
        let plain = plain_word(text.as_bytes().get(at..).unwrap_or(&[]));
        if plain > 0 {
            let mark = if plain == 1 { *byte } else { 0 };
            let span = Span::new(at, at + plain);
            tokens.push(Token { kind: TokenKind::Word, span, spaced, capital: byte.is_ascii_uppercase(), mark });
            at += plain;
            spaced = false;
            continue;
        }
        let Some(first) = text[at..].chars().next() else { break };
        if first != '\n' && (first.is_whitespace() || first == '\0') {
            at += first.len_utf8();
            spaced = true;
            continue;
        }
        let after_word = matches!(tokens.last(), Some(Token { kind: TokenKind::Word | TokenKind::Number, .. })) && !spaced;
        let (kind, length) = next_token(&text[at..], first, after_word);
        tokens.push(Token::new(kind, text, (at, length), spaced));
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

/// By byte: an ASCII letter or digit.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    plain
};

/// The length of a word of ASCII letters and digits that starts with a letter and ends at a plain space or mark; else 0.
fn plain_word(rest: &[u8]) -> usize {
    if !rest.first().is_some_and(u8::is_ascii_alphabetic) {
        return 0;
    }
    let length = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]).unwrap_or(rest.len());
    let ends = rest.get(length).is_none_or(|next| next.is_ascii() && *next != b'\'');
    if ends { length } else { 0 }
}

/// A word runs over letters, digits and combining marks, and over an apostrophe between two letters unless what follows is "s" alone.
fn word(rest: &str) -> usize {
    let plain = plain_word(rest.as_bytes());
    if plain > 0 {
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
