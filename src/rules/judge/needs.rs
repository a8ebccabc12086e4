//! Which words a pattern needs beside its anchor, and which of them a sentence has: most patterns are ruled out by that before they
//! are tried.
//!
//! Asks for the first words of what a pattern needs only, on either side of its anchor; whether it fits is decided by `pattern`.

use super::by_word::ByWord;
use crate::rules::knowledge::{Numbered, WordId};
use std::collections::BTreeMap;

/// Sets of words that patterns need, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Needs {
    numbers: BTreeMap<Vec<WordId>, usize>,
    by_word: ByWord<usize>,
}

/// What a pattern needs left and right of its anchor, by numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Needed {
    pub left: Vec<usize>,
    pub right: Vec<usize>,
    /// The slot of the target stands left of it.
    pub target_left: bool,
    /// A slot stands right of it.
    pub slot_right: bool,
}

impl Needs {
    /// Gives the number of a set of words of which a pattern needs one, new if need be.
    pub fn number(&mut self, mut words: Vec<WordId>) -> usize {
        words.sort_unstable();
        words.dedup();
        let fresh = self.numbers.len();
        let number = *self.numbers.entry(words.clone()).or_insert(fresh);
        if number == fresh {
            words.into_iter().for_each(|word| self.by_word.of_mut(word).push(number));
        }
        number
    }

    /// Finds which needs the words of a sentence serve.
    pub fn served(&self, page: &Numbered<'_>, seen: &[usize]) -> Served {
        let count = self.numbers.len();
        let mut served = Served { first: vec![usize::MAX; count], last: vec![0; count] };
        for (place, token) in seen.iter().enumerate() {
            for need in self.by_word.of(page.id(*token)) {
                if let (Some(first), Some(last)) = (served.first.get_mut(*need), served.last.get_mut(*need)) {
                    *first = place.min(*first);
                    *last = place;
                }
            }
        }
        served
    }
}

/// By need: the first and the last place of a sentence where a word serves it.
#[derive(Debug)]
pub(super) struct Served {
    first: Vec<usize>,
    last: Vec<usize>,
}

impl Served {
    /// Tells whether everything that a pattern needs stands on its side of a place.
    pub fn meets(&self, needed: &Needed, at: usize) -> bool {
        let left = |need: &usize| self.first.get(*need).is_some_and(|first| *first < at);
        let right = |need: &usize| self.last.get(*need).is_some_and(|last| *last > at);
        needed.left.iter().all(left) && needed.right.iter().all(right)
    }
}
