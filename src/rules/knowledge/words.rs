//! Words as numbers, and a trie over them that finds names in a text token by token.
//!
//! Does not know what a name means. Matching on tokens (not on bytes) is what keeps "US" out of "USSR" and lets a longer
//! name lose to a shorter one only where the longer one really stands.

use crate::model::Span;
use crate::rules::text::{Token, TokenKind, tokenize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A folded word of the data; 0 is every word that the data does not have.
pub type WordId = u32;

/// The folded words of all data, numbered from 1.
#[derive(Clone, Debug)]
pub struct Words {
    buckets: Vec<Vec<(Box<str>, WordId)>>,
    count: WordId,
}

/// More buckets than words of the data (some ten thousand), so that a look-up compares one or two words; a power of two.
const BUCKETS: usize = 1 << 15;

impl Default for Words {
    fn default() -> Self {
        Self { buckets: vec![Vec::new(); BUCKETS], count: 0 }
    }
}

/// FNV-1a: short, and good enough for words; the order of buckets is never seen outside.
fn bucket(word: &str) -> usize {
    let hash = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ (hash >> 15)) as usize & (BUCKETS - 1)
}

impl Words {
    /// Gives the number of a word, new if need be.
    pub fn intern(&mut self, word: &str) -> WordId {
        let folded = fold(word);
        let known = self.id(&folded);
        if known != 0 {
            return known;
        }
        self.count = self.count.saturating_add(1);
        if let Some(words) = self.buckets.get_mut(bucket(&folded)) {
            words.push((folded.into_owned().into_boxed_str(), self.count));
        }
        self.count
    }

    /// Gives the number of a word of the data, or 0.
    pub fn id(&self, word: &str) -> WordId {
        self.folded(&fold(word))
    }

    /// Gives back the room that was kept for more words.
    pub fn shrink(&mut self) {
        self.buckets.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// Gives the numbers of all tokens of a text.
    pub fn ids(&self, text: &str, tokens: &[Token]) -> Vec<WordId> {
        let mut lower = String::new();
        let mut number = |token: &Token| {
            let word = token.span.of(text);
            match token.kind {
                TokenKind::Break => 0,
                _ if !word.is_ascii() => self.id(word),
                _ => {
                    // Most words are ASCII: folding them needs no memory of their own.
                    lower.clear();
                    lower.push_str(word);
                    lower.make_ascii_lowercase();
                    self.folded(&lower)
                }
            }
        };
        tokens.iter().map(&mut number).collect()
    }

    fn folded(&self, word: &str) -> WordId {
        let words = self.buckets.get(bucket(word));
        words.and_then(|words| words.iter().find(|(known, _)| **known == *word)).map_or(0, |(_, id)| *id)
    }
}

/// Folds letter case and the two apostrophes; borrows where nothing changes.
pub fn fold(word: &str) -> Cow<'_, str> {
    let plain = word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    match plain {
        true => Cow::Borrowed(word),
        false => Cow::Owned(word.replace('\u{2019}', "'").to_lowercase()),
    }
}

/// Tells whether a hyphen-like mark may stand between two words of one name.
pub fn is_hyphen(mark: &str) -> bool {
    matches!(mark, "-" | "\u{2010}" | "\u{2011}" | "\u{2013}")
}

/// A text as numbers, ready for tries and patterns.
#[derive(Clone, Copy, Debug)]
pub struct Numbered<'a> {
    /// The text.
    pub text: &'a str,
    /// Its tokens.
    pub tokens: &'a [Token],
    /// Their numbers; as many as tokens.
    pub ids: &'a [WordId],
}

impl<'a> Numbered<'a> {
    /// Gives a token's words as written; empty when there is no such token.
    pub fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.span.of(self.text))
    }

    /// Gives a token's number; 0 when there is no such token or the data does not have it.
    pub fn id(&self, at: usize) -> WordId {
        self.ids.get(at).copied().unwrap_or(0)
    }

    /// Gives a token's kind.
    pub fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Tells whether a token is a word that starts with a capital letter.
    pub fn is_capital(&self, at: usize) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.word(at).starts_with(char::is_uppercase)
    }

    /// Tells whether a token is a word written right after white space (not after a hyphen or a mark).
    pub fn is_spaced(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.spaced)
    }

    /// Gives the bytes from the first to the last token of a range.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        match (self.tokens.get(range.start), self.tokens.get(range.end.saturating_sub(1))) {
            (Some(first), Some(last)) if range.start < range.end => first.span.cover(last.span),
            _ => Span::default(),
        }
    }

    /// Gives the range of tokens that lie wholly inside a span.
    pub fn tokens_in(&self, span: Span) -> std::ops::Range<usize> {
        let start = self.tokens.partition_point(|token| token.span.start < span.start);
        let end = self.tokens.partition_point(|token| token.span.end <= span.end);
        start..end.max(start)
    }
}

/// A trie over word numbers; several meanings may end at one place.
#[derive(Clone, Debug)]
pub struct Trie<M> {
    /// By word: the node after it where a form starts with it, else 0; most words of a text start none.
    starts: Vec<u32>,
    next: BTreeMap<(u32, WordId), u32>,
    ends: Vec<Vec<M>>,
}

impl<M> Default for Trie<M> {
    fn default() -> Self {
        Self { starts: Vec::new(), next: BTreeMap::new(), ends: vec![Vec::new()] }
    }
}

impl<M> Trie<M> {
    /// Adds a form; hyphens in it match a hyphen or a space. An empty form is not added.
    pub fn add(&mut self, words: &mut Words, form: &str, meaning: M) {
        let mut node = 0;
        for token in tokenize(form) {
            let word = token.span.of(form);
            if token.kind == TokenKind::Break || is_hyphen(word) {
                continue;
            }
            let id = words.intern(word);
            let fresh = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
            let after = match node {
                0 => self.start(id, fresh),
                _ => *self.next.entry((node, id)).or_insert(fresh),
            };
            if after == fresh {
                self.ends.push(Vec::new());
            }
            node = after;
        }
        if let Some(end) = self.ends.get_mut(node as usize).filter(|_| node != 0) {
            end.push(meaning);
        }
    }

    /// Gives the node after a first word, `fresh` when no form started with it.
    fn start(&mut self, id: WordId, fresh: u32) -> u32 {
        let length = self.starts.len().max(id as usize + 1);
        self.starts.resize(length, 0);
        match self.starts.get_mut(id as usize) {
            Some(start) => {
                *start = if *start == 0 { fresh } else { *start };
                *start
            }
            None => fresh,
        }
    }

    /// Gives back the room that was kept for more forms.
    pub fn shrink(&mut self) {
        self.ends.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// Gives every form that starts at a token, shortest first: one past its last token, and its meanings.
    pub fn starting_at(&self, page: &Numbered<'_>, at: usize) -> Vec<(usize, &[M])> {
        let mut found = Vec::new();
        self.walk(page, at, |end, meanings| found.push((end, meanings)));
        found
    }

    fn walk<'m>(&'m self, page: &Numbered<'_>, at: usize, mut take: impl FnMut(usize, &'m [M])) {
        let mut node = self.starts.get(page.id(at) as usize).copied().unwrap_or(0);
        let mut token = at;
        while node != 0 {
            token += 1;
            if let Some(meanings) = self.ends.get(node as usize).filter(|meanings| !meanings.is_empty()) {
                take(token, meanings.as_slice());
            }
            if is_hyphen(page.word(token)) && !page.is_spaced(token) && !page.is_spaced(token + 1) {
                token += 1;
            }
            let id = page.id(token);
            node = if id == 0 { 0 } else { self.next.get(&(node, id)).copied().unwrap_or(0) };
        }
    }

    /// Gives the longest form that starts at a token.
    pub fn longest_at(&self, page: &Numbered<'_>, at: usize) -> Option<(usize, &[M])> {
        let mut longest = None;
        self.walk(page, at, |end, meanings| longest = Some((end, meanings)));
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(form: &str, text: &str) -> Option<usize> {
        let mut words = Words::default();
        let mut trie = Trie::default();
        trie.add(&mut words, form, ());
        let tokens = tokenize(text);
        let ids = words.ids(text, &tokens);
        let page = Numbered { text, tokens: &tokens, ids: &ids };
        (0..tokens.len()).find_map(|at| trie.longest_at(&page, at).map(|(end, _)| end - at))
    }

    #[test]
    fn a_name_is_found_across_a_space_or_a_hyphen() {
        assert_eq!(longest("Al-Marun", "General Al Marun spoke"), Some(2));
        assert_eq!(longest("Al Marun", "General Al-Marun spoke"), Some(3));
    }

    #[test]
    fn a_name_is_not_found_across_a_full_stop_or_inside_a_word() {
        assert_eq!(longest("Smith John", "He saw Smith. John left"), None);
        assert_eq!(longest("US", "the USSR fell"), None);
    }

    #[test]
    fn an_abbreviation_with_points_is_found() {
        assert_eq!(longest("U.S.", "the U.S. plan"), Some(4));
    }
}
