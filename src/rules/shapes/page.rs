//! The text as the shapes look at it: every token with its word classes and possible cue forms, every quotation as one step.
//!
//! Answers questions about single tokens only; out-of-range questions have harmless answers, so that shapes need no bounds checks.

use crate::model::Span;
use crate::rules::knowledge::WordId;
use crate::rules::lexicon::{Class, Entry, FormRef, Lexicon};
use crate::rules::reading::{Quoted, Sentence};
use crate::rules::text::{Token, TokenKind, pair_quotes, split_sentences, tokenize};
use std::cell::Cell;

/// No quotation opens or closes at this token.
const NONE: u32 = u32::MAX;

pub(super) struct Page<'t> {
    pub text: &'t str,
    pub lexicon: &'t Lexicon,
    pub tokens: Vec<Token>,
    pub quotes: Vec<Quoted>,
    pub sentences: Vec<Sentence>,
    /// By token: the number of its word in the data, 0 for words that the data does not have.
    pub ids: Vec<WordId>,
    /// By token: its word classes as the data gives them, names or not.
    pub written: Vec<Class>,
    classes: Vec<Class>,
    entries: Vec<Option<&'t Entry>>,
    opens: Vec<u32>,
    closes: Vec<u32>,
    starts: Vec<bool>,
    /// Which cue form of a token is a verb where it stands: asked for again and again, found once.
    verbs: Vec<Cell<VerbPlace>>,
}

/// What is known about the verb at a token.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum VerbPlace {
    #[default]
    Unknown,
    None,
    /// Among the token's cue forms, counted from 0.
    Form(u8),
}

impl<'t> Page<'t> {
    pub fn new(text: &'t str, lexicon: &'t Lexicon) -> Self {
        let tokens = tokenize(text);
        let quotes = pair_quotes(text, &tokens);
        let sentences = split_sentences(text, &tokens, lexicon.abbreviations());
        let mut page = Self {
            text,
            lexicon,
            ids: Vec::with_capacity(tokens.len()),
            written: Vec::with_capacity(tokens.len()),
            classes: Vec::new(),
            entries: Vec::with_capacity(tokens.len()),
            opens: vec![NONE; tokens.len()],
            closes: vec![NONE; tokens.len()],
            starts: vec![false; tokens.len()],
            verbs: vec![Cell::default(); tokens.len()],
            tokens,
            quotes,
            sentences,
        };
        page.index();
        page
    }

    fn index(&mut self) {
        for token in &self.tokens {
            let word = token.span.of(self.text);
            let id = if token.kind == TokenKind::Break { 0 } else { self.lexicon.words().id(word) };
            let entry = self.lexicon.entry_of(id).filter(|_| token.kind == TokenKind::Word);
            self.written.push(match (entry, token.kind) {
                (Some(entry), _) => entry.class,
                (None, TokenKind::Word) => Lexicon::class_by_ending(word),
                (None, _) => Class::default(),
            });
            self.ids.push(id);
            self.entries.push(entry);
        }
        self.classes.clone_from(&self.written);
        for sentence in &self.sentences {
            if let Some(start) = self.starts.get_mut(sentence.tokens.start) {
                *start = true;
            }
        }
        for (nth, quote) in self.quotes.iter().enumerate() {
            let nth = u32::try_from(nth).unwrap_or(NONE);
            if let Some(open) = self.opens.get_mut(quote.open) {
                *open = nth;
            }
            if let Some(close) = self.closes.get_mut(quote.close).filter(|_| quote.closed) {
                *close = nth;
            }
        }
        self.clear_names();
    }

    /// Gives a word that is part of a name what is left of its class; it is no cue any more.
    pub fn set_class(&mut self, at: usize, class: Class) {
        if let (Some(old), Some(entry)) = (self.classes.get_mut(at), self.entries.get_mut(at)) {
            (*old, *entry) = (class, None);
        }
    }

    /// The word as it is written; empty outside of the text.
    pub fn word(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.span.of(self.text))
    }

    /// Compares with a word in lower case, letter case left out.
    pub fn is(&self, at: usize, word: &str) -> bool {
        let Some(token) = self.tokens.get(at) else { return word.is_empty() };
        // Most words differ in length already.
        token.span.len() == word.len() && token.span.of(self.text).eq_ignore_ascii_case(word)
    }

    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    pub fn class(&self, at: usize) -> Class {
        self.classes.get(at).copied().unwrap_or_default()
    }

    pub fn has(&self, at: usize, class: Class) -> bool {
        self.class(at).any(class)
    }

    pub fn may_be_cue(&self, at: usize) -> bool {
        !self.forms(at).is_empty()
    }

    /// The cue forms that may start at a token, by its word alone.
    pub fn forms(&self, at: usize) -> &'t [FormRef] {
        self.entries.get(at).copied().flatten().map_or(&[], |entry| &entry.forms)
    }

    pub fn verb_place(&self, at: usize) -> VerbPlace {
        self.verbs.get(at).map_or(VerbPlace::Unknown, Cell::get)
    }

    pub fn remember_verb(&self, at: usize, nth: Option<usize>) {
        if let Some(slot) = self.verbs.get(at) {
            slot.set(nth.map_or(VerbPlace::None, |nth| u8::try_from(nth).map_or(VerbPlace::Unknown, VerbPlace::Form)));
        }
    }

    pub fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    pub fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Word)
    }

    pub fn is_number(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Number)
    }

    pub fn is_spaced(&self, at: usize) -> bool {
        self.tokens.get(at).is_none_or(|token| token.spaced)
    }

    /// A word that starts with a capital letter.
    pub fn is_capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.capital)
    }

    /// A capital letter that is more than the start of a sentence: no function word.
    pub fn is_name(&self, at: usize) -> bool {
        const NO_NAME: Class = Class::DETERMINER
            .or(Class::POSSESSIVE)
            .or(Class::SUBJECT)
            .or(Class::PREPOSITION)
            .or(Class::CONJUNCTION)
            .or(Class::SUBORDINATOR)
            .or(Class::AUXILIARY)
            .or(Class::MODAL)
            .or(Class::RELATIVE)
            .or(Class::QUESTION);
        self.is_capital(at) && (!self.has(at, NO_NAME) || (self.word(at).len() > 1 && self.word(at).chars().all(char::is_uppercase)))
    }

    /// Whether a sentence starts at a token.
    pub fn starts_sentence(&self, at: usize) -> bool {
        self.starts.get(at).copied().unwrap_or(true)
    }

    /// One past the last token of the paragraph that holds a token.
    pub fn paragraph_end(&self, at: usize) -> usize {
        (at..self.tokens.len()).find(|at| self.kind(*at) == Some(TokenKind::Break)).unwrap_or(self.tokens.len())
    }

    /// The quotation that opens at a token.
    pub fn quote_opening(&self, at: usize) -> Option<&Quoted> {
        self.opens.get(at).and_then(|nth| self.quotes.get(*nth as usize))
    }

    /// The quotation that closes at a token.
    pub fn quote_closing(&self, at: usize) -> Option<&Quoted> {
        self.closes.get(at).and_then(|nth| self.quotes.get(*nth as usize))
    }

    /// One past the last token of the quotation that opens at a token.
    pub fn quote_end(&self, at: usize) -> Option<usize> {
        self.quote_opening(at).map(|quote| if quote.closed { quote.close + 1 } else { quote.close })
    }

    /// The next token to the right, a quotation being one step.
    pub fn next(&self, at: usize) -> usize {
        self.quote_end(at).map_or(at + 1, |end| end.max(at + 1))
    }

    /// The next token to the left, a quotation being one step (its opening mark); none at the start of the text.
    pub fn prev(&self, at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        Some(self.quote_closing(before).map_or(before, |quote| quote.open))
    }

    /// Whether the token ends or starts a quotation.
    pub fn is_quote(&self, at: usize) -> bool {
        self.quote_opening(at).is_some() || self.quote_closing(at).is_some()
    }

    /// Number of words inside the quotation that opens at a token; the count stops at `most`.
    pub fn quoted_words(&self, at: usize, most: usize) -> usize {
        let Some(quote) = self.quote_opening(at) else { return 0 };
        (quote.open + 1..quote.close).filter(|i| self.is_word(*i) || self.is_number(*i)).take(most).count()
    }

    /// Whether the last token inside the quotation that closes at `at` is one of these marks.
    pub fn quote_ends_with(&self, close: usize, marks: &[&str]) -> bool {
        close > 0 && marks.contains(&self.word(close - 1))
    }

    /// Tells whether a token is a mark of one ASCII character.
    pub fn is_mark(&self, at: usize, mark: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.mark == mark)
    }

    /// "," as such, not as part of a number.
    pub fn is_comma(&self, at: usize) -> bool {
        self.is_mark(at, b',')
    }

    /// A dash that stands for a break: a long one, or a hyphen or two with spaces around.
    pub fn is_dash(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.kind == TokenKind::Punct) else { return false };
        match token.mark {
            b'-' => self.is_spaced(at) && self.is_spaced(at + 1) || self.is_mark(at + 1, b'-') || at > 0 && self.is_mark(at - 1, b'-'),
            0 => matches!(self.word(at), "\u{2014}" | "\u{2013}" | "\u{2015}"),
            _ => false,
        }
    }

    /// A point that belongs to the word before it: "U.S.", "Sen.", an initial.
    pub fn is_inner_point(&self, at: usize) -> bool {
        self.is_mark(at, b'.')
            && !self.is_spaced(at)
            && at > 0
            && self.is_word(at - 1)
            && !self.starts_sentence(at + 1)
            && self.tokens.get(at + 1).is_some_and(|next| next.kind != TokenKind::Break)
    }

    /// A plus sign that ends a name: "OPEC+".
    pub fn is_plus(&self, at: usize) -> bool {
        self.is_mark(at, b'+') && !self.is_spaced(at) && at > 0 && self.is_capital(at - 1)
    }

    pub fn is_possessive_mark(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Clitic)
            || (self.kind(at) == Some(TokenKind::Quote)
                && matches!(self.word(at), "\u{2019}" | "'")
                && !self.is_spaced(at)
                && at > 0
                && self.word(at - 1).ends_with(['s', 'z'])
                && !self.is_quote(at))
    }

    /// The bytes from the first token to before the token `end`; none when there is no token between.
    pub fn span(&self, start: usize, end: usize) -> Option<Span> {
        match self.tokens.get(start..end)? {
            [] => None,
            [one] => Some(one.span),
            [first, .., last] => Some(first.span.cover(last.span)),
        }
    }

    /// The words from `start` to before `end`, for notes; shortened where they are many.
    pub fn show(&self, span: Option<Span>) -> String {
        const SHOWN_CHARS_MAX: usize = 60;
        let text = span.map_or("", |span| span.of(self.text));
        match text.char_indices().nth(SHOWN_CHARS_MAX) {
            Some((cut, _)) => format!("{}\u{2026}", &text[..cut]),
            None => text.to_owned(),
        }
    }
}
