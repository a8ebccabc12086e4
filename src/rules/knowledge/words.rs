//! Words as numbers, and a text as the numbers of its words.
//!
//! Does not know what a word means; names, roles and stances are found by these numbers ([`super::trie`]).

use crate::model::Span;
use crate::rules::text::{ByteIndex, Token, TokenKind};
use std::borrow::Cow;

/// A folded word of the data; 0 is every word that the data does not have.
pub type WordId = u32;

/// The folded words of all data, numbered from 1.
///
/// An open table of numbers with linear probing over one long string: looked up for every token of a text, never iterated.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// The hash and the number of a word, or number 0; a power of two, at most a quarter taken.
    slots: Vec<(u32, WordId)>,
    /// All words, one after another.
    letters: String,
    /// Where each word ends in `letters`, by number; the first is that of no word.
    ends: Vec<u32>,
}

/// Slots for each word: most look-ups end at the first.
const SLOTS_PER_WORD: usize = 4;
/// Slots of the smallest table.
const SLOTS_MIN: usize = 1 << 10;

/// Mixes eight bytes at a time, ASCII letters as small ones (the multiplier is that of FxHash): short keys, no adversary, the
/// words are the program's own.
fn hash(word: &str) -> u32 {
    // The bit that letter case is in; marks that share the rest of theirs with another are told apart by the comparison.
    const SMALL: u64 = 0x2020_2020_2020_2020;
    let mix = |hash: u64, number: u64| (hash.rotate_left(5) ^ (number | SMALL)).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (eights, rest) = word.as_bytes().as_chunks::<8>();
    let hash = eights.iter().fold(0, |hash, eight| mix(hash, u64::from_be_bytes(*eight)));
    let hash = mix(hash, rest.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
    // The upper bits are mixed best.
    (hash >> 32) as u32
}

impl Words {
    /// Gives the number of a word, new if need be.
    pub fn intern(&mut self, word: &str) -> WordId {
        let folded = fold(word);
        let known = self.id(&folded);
        if known != 0 {
            return known;
        }
        if self.ends.is_empty() {
            self.ends.push(0);
        }
        let id = WordId::try_from(self.ends.len()).unwrap_or(WordId::MAX);
        self.letters.push_str(&folded);
        self.ends.push(u32::try_from(self.letters.len()).unwrap_or(u32::MAX));
        if self.slots.len() < self.ends.len() * SLOTS_PER_WORD {
            let length = (self.ends.len() * SLOTS_PER_WORD * 2).next_power_of_two().max(SLOTS_MIN);
            let taken = std::mem::replace(&mut self.slots, vec![(0, 0); length]);
            taken.into_iter().filter(|(_, id)| *id != 0).for_each(|slot| put(&mut self.slots, slot));
        }
        put(&mut self.slots, (hash(&folded), id));
        id
    }

    /// Gives the number of a word of the data, or 0.
    pub fn id(&self, word: &str) -> WordId {
        // An ASCII word is compared without being folded.
        if word.is_ascii() { self.find(word) } else { self.find(&fold(word)) }
    }

    /// Gives the number of a word that is folded but for the case of its ASCII letters.
    fn find(&self, word: &str) -> WordId {
        let wanted = hash(word);
        let Some(mask) = self.slots.len().checked_sub(1) else { return 0 };
        let mut at = wanted as usize & mask;
        loop {
            match self.slots.get(at) {
                Some((hash, id)) if *id != 0 => {
                    let letters = || self.letters_of(*id);
                    // Most words stand in small letters.
                    if *hash == wanted && (letters() == word.as_bytes() || letters().eq_ignore_ascii_case(word.as_bytes())) {
                        return *id;
                    }
                }
                _ => return 0,
            }
            at = (at + 1) & mask;
        }
    }

    fn letters_of(&self, id: WordId) -> &[u8] {
        let end = |id: usize| self.ends.get(id).map_or(0, |end| *end as usize);
        self.letters.as_bytes().get(end((id as usize).saturating_sub(1))..end(id as usize)).unwrap_or(&[])
    }
}

/// Takes the next free slot; a quarter of them is taken at most.
fn put(slots: &mut [(u32, WordId)], (hash, id): (u32, WordId)) {
    let mask = slots.len().saturating_sub(1);
    let start = hash as usize & mask;
    let free = (start..=mask).chain(0..start).find(|at| slots.get(*at).is_some_and(|(_, id)| *id == 0));
    if let Some(slot) = free.and_then(|at| slots.get_mut(at)) {
        *slot = (hash, id);
    }
}

/// Folds letter case and the two apostrophes; borrows where nothing changes.
pub fn fold(word: &str) -> Cow<'_, str> {
    match word.is_ascii() {
        true if !word.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Borrowed(word),
        true => Cow::Owned(word.to_ascii_lowercase()),
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
    /// Where they stand.
    pub places: &'a ByteIndex,
}

impl<'a> Numbered<'a> {
    /// Gives a token's words as written; empty when there is no such token.
    #[inline]
    pub fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.span.of(self.text))
    }

    /// Gives a token's number; 0 when there is no such token or the data does not have it.
    #[inline]
    pub fn id(&self, at: usize) -> WordId {
        self.ids.get(at).copied().unwrap_or(0)
    }

    /// Gives a token's kind.
    #[inline]
    pub fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Tells whether a token is a word that starts with a capital letter.
    #[inline]
    pub fn is_capital(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.capital)
    }

    /// Tells whether a token is a mark of one ASCII character.
    #[inline]
    pub fn is_mark(&self, at: usize, mark: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.mark == mark)
    }

    /// Tells whether a token is a hyphen-like mark.
    pub fn is_hyphen(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| match token.mark {
            0 => token.kind == TokenKind::Punct && is_hyphen(token.span.of(self.text)),
            mark => mark == b'-',
        })
    }

    /// Tells whether a token is a word written right after white space (not after a hyphen or a mark).
    #[inline]
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
        let before = |byte: u32| self.places.count_before(byte, |at| self.tokens.get(at).map(|token| token.span.start));
        let (start, end) = (before(span.start), before(span.end));
        // The last of those that start before the end may end behind it.
        let beyond = end.checked_sub(1).and_then(|last| self.tokens.get(last)).is_some_and(|last| last.span.end > span.end);
        start..(end - usize::from(beyond)).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other() {
        let mut words = Words::default();
        let all: Vec<String> = (0..5_000).map(|nth| format!("word{nth}")).collect();
        let ids: Vec<WordId> = all.iter().map(|word| words.intern(word)).collect();
        assert!(all.iter().zip(&ids).all(|(word, id)| *id != 0 && words.id(word) == *id && words.intern(word) == *id));
        assert!(words.id("word5000") == 0 && words.id("") == 0 && Words::default().id("word1") == 0);
    }

    #[test]
    fn letter_case_and_apostrophes_do_not_count() {
        let mut words = Words::default();
        let id = words.intern("don't");
        assert_eq!([words.id("Don\u{2019}t"), words.id("DON'T"), words.id("dont")], [id, id, 0]);
    }
}
