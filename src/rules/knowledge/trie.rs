//! A trie over the numbers of words, which finds names and roles in a text token by token.
//!
//! Does not know what they mean. Matching on tokens (not on bytes) is what keeps "US" out of "USSR" and lets a longer name lose
//! to a shorter one only where the longer one really stands.

use super::words::{Numbered, WordId, Words, is_hyphen};
use crate::rules::text::{TokenKind, tokenize};
use std::ops::Range;

/// A trie over word numbers; several meanings may end at one place.
#[derive(Clone, Debug)]
pub struct Trie<M> {
    /// By word: the node after it where a form starts with it, else 0; most words of a text start none.
    starts: Vec<u32>,
    next: Edges,
    ends: Vec<Vec<M>>,
}

impl<M> Default for Trie<M> {
    fn default() -> Self {
        Self { starts: Vec::new(), next: Edges::default(), ends: vec![Vec::new()] }
    }
}

/// The edges below the first level: an open table with linear probing, at most half full.
#[derive(Clone, Debug, Default)]
struct Edges {
    /// Node and word as one number, and the node after them; 0 for a free slot.
    slots: Vec<(u64, u32)>,
    count: usize,
}

impl Edges {
    /// No word has the number 0, so no key is 0.
    fn key(node: u32, word: WordId) -> u64 {
        u64::from(node) << 32 | u64::from(word)
    }

    fn slot(&self, key: u64) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        // The upper bits are mixed best.
        let mut at = (key.wrapping_mul(0x517c_c1b7_2722_0a95) >> 32) as usize & mask;
        while self.slots.get(at).is_some_and(|(taken, _)| *taken != 0 && *taken != key) {
            at = (at + 1) & mask;
        }
        Some(at)
    }

    fn get(&self, node: u32, word: WordId) -> u32 {
        let key = Self::key(node, word);
        let slot = self.slot(key).and_then(|at| self.slots.get(at));
        slot.filter(|(taken, _)| *taken == key).map_or(0, |(_, after)| *after)
    }

    /// Gives the node after another, `fresh` when there was none.
    fn get_or_add(&mut self, (node, word): (u32, WordId), fresh: u32) -> u32 {
        let known = self.get(node, word);
        if known != 0 {
            return known;
        }
        self.count += 1;
        if self.slots.len() < self.count * 2 {
            let taken = std::mem::replace(&mut self.slots, vec![(0, 0); (self.count * 4).next_power_of_two()]);
            taken.into_iter().filter(|(key, _)| *key != 0).for_each(|edge| self.put(edge));
        }
        self.put((Self::key(node, word), fresh));
        fresh
    }

    fn put(&mut self, edge: (u64, u32)) {
        if let Some(slot) = self.slot(edge.0).and_then(|at| self.slots.get_mut(at)) {
            *slot = edge;
        }
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
                _ => self.next.get_or_add((node, id), fresh),
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

    /// Finds every form in a text; those of at most `most` tokens are found by their ends too.
    pub fn spots<'m>(&'m self, page: &Numbered<'_>, most: usize) -> Spots<'m, M> {
        let count = page.tokens.len();
        let mut spots = Spots { starting: vec![0; count], ending: vec![0; count + 1], hits: Vec::new() };
        for at in 0..count {
            self.walk(page, at, |end, meanings| {
                spots.hits.push((at..end, meanings));
                let place = u32::try_from(spots.hits.len()).unwrap_or(0);
                spots.starting[at] = place;
                match spots.ending.get_mut(end) {
                    Some(ending) if *ending == 0 && end - at <= most => *ending = place,
                    _ => {}
                }
            });
        }
        spots
    }

    /// Tells whether some form starts with a word.
    #[inline]
    pub fn may_start(&self, word: WordId) -> bool {
        self.starts.get(word as usize).is_some_and(|start| *start != 0)
    }

    fn walk<'m>(&'m self, page: &Numbered<'_>, at: usize, mut take: impl FnMut(usize, &'m [M])) {
        let mut node = self.starts.get(page.id(at) as usize).copied().unwrap_or(0);
        let mut token = at;
        while node != 0 {
            token += 1;
            if let Some(meanings) = self.ends.get(node as usize).filter(|meanings| !meanings.is_empty()) {
                take(token, meanings.as_slice());
            }
            if page.is_hyphen(token) && !page.is_spaced(token) && !page.is_spaced(token + 1) {
                token += 1;
            }
            let id = page.id(token);
            node = if id == 0 { 0 } else { self.next.get(node, id) };
        }
    }

    /// Gives the longest form that starts at a token.
    #[inline]
    pub fn longest_at(&self, page: &Numbered<'_>, at: usize) -> Option<(usize, &[M])> {
        // Most words start none.
        if self.may_start(page.id(at)) { self.longest_from(page, at) } else { None }
    }

    fn longest_from(&self, page: &Numbered<'_>, at: usize) -> Option<(usize, &[M])> {
        let mut longest = None;
        self.walk(page, at, |end, meanings| longest = Some((end, meanings)));
        longest
    }
}

/// Where the forms of a trie stand in a text, found once: asked for again and again.
#[derive(Clone, Debug, Default)]
pub struct Spots<'m, M> {
    /// By token: one more than the place in `hits` of the longest form that starts there, 0 for none.
    starting: Vec<u32>,
    /// By token: the same of the longest form that ends right before it.
    ending: Vec<u32>,
    hits: Vec<(Range<usize>, &'m [M])>,
}

impl<'m, M> Spots<'m, M> {
    /// Gives the longest form that starts at a token: one past its last token, and its meanings.
    pub fn longest_at(&self, at: usize) -> Option<(usize, &'m [M])> {
        self.hit(&self.starting, at).map(|(tokens, meanings)| (tokens.end, *meanings))
    }

    /// Gives the longest form whose last token stands right before another: its tokens and its meanings.
    pub fn ending_at(&self, end: usize) -> Option<(Range<usize>, &'m [M])> {
        self.hit(&self.ending, end).map(|(tokens, meanings)| (tokens.clone(), *meanings))
    }

    fn hit(&self, places: &[u32], at: usize) -> Option<&(Range<usize>, &'m [M])> {
        self.hits.get(places.get(at)?.checked_sub(1)? as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::text::ByteIndex;

    fn longest(form: &str, text: &str) -> Option<usize> {
        let mut words = Words::default();
        let mut trie = Trie::default();
        trie.add(&mut words, form, ());
        let tokens = tokenize(text);
        let ids: Vec<WordId> = tokens.iter().map(|token| words.id(token.span.of(text))).collect();
        let places = ByteIndex::new(tokens.iter().map(|token| token.span.start), 16, text.len());
        let page = Numbered { text, tokens: &tokens, ids: &ids, places: &places };
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
