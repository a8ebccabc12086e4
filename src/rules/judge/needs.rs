//! Which words a pattern needs beside its anchor, and whether a sentence has them near enough: most patterns are ruled out by that
//! before they are tried.
//!
//! Asks for the first words of what a pattern needs only, on either side of its anchor; whether it fits is decided by `pattern`.

use crate::rules::knowledge::WordId;
use std::collections::BTreeMap;

/// Sets of words that patterns need, numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Needs {
    numbers: BTreeMap<Vec<WordId>, usize>,
    sets: Vec<Set>,
}

/// Words of which one is needed.
#[derive(Debug)]
struct Set {
    /// By number modulo 64: whether there may be such a word; few words of a text have to be looked up.
    bits: u64,
    /// Sorted.
    words: Vec<WordId>,
}

impl Set {
    #[inline]
    fn has(&self, word: WordId) -> bool {
        self.bits & bit(word) != 0 && self.words.binary_search(&word).is_ok()
    }
}

fn bit(word: WordId) -> u64 {
    1 << (word % u64::BITS)
}

/// How many needs on each side of an anchor are asked for; few patterns have more.
const NEEDS_MAX: usize = 2;
/// Stands where a pattern needs no more words.
const NO_NEED: u16 = u16::MAX;
/// So many words from an anchor nobody looks for a need: it may be served there.
const FAR: usize = 60;

/// How far from its anchor a part of a pattern may stand.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reach {
    /// In words; more than `FAR` is anywhere.
    words: u8,
    /// How many gaps lie between.
    gaps: u8,
}

impl Reach {
    /// A reach of some words.
    pub fn of(words: usize) -> Self {
        Self::default().over(words)
    }

    /// Goes on over some words.
    #[must_use]
    pub fn over(self, words: usize) -> Self {
        Self { words: self.words.saturating_add(u8::try_from(words).unwrap_or(u8::MAX)), ..self }
    }

    /// Goes on over a gap of some words.
    #[must_use]
    pub fn over_gap(self, words: usize) -> Self {
        Self { gaps: self.gaps.saturating_add(1), ..self.over(words) }
    }

    /// Goes on over what may have any length.
    #[must_use]
    pub fn over_all(self) -> Self {
        Self { words: u8::MAX, ..self }
    }

    /// Gives the words where each gap may hold `loose` words more; none where there is no end.
    pub fn words(self, loose: usize) -> Option<usize> {
        Some(usize::from(self.words) + usize::from(self.gaps) * loose).filter(|words| *words <= FAR)
    }
}

/// A need by its number, and how far from the anchor it is served.
#[derive(Clone, Copy, Debug)]
struct Need {
    number: u16,
    reach: Reach,
}

/// The number of a set of words, and how far from the anchor one of them has to stand.
pub(super) type Placed = (usize, Reach);

/// What a pattern needs left and right of its anchor. It is small, so that it stands beside each word that the pattern is found by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needed {
    left: [Need; NEEDS_MAX],
    right: [Need; NEEDS_MAX],
    /// The slot of the target stands left of it.
    pub target_left: bool,
    /// How far right of it the next slot starts.
    pub slot_right: Option<Reach>,
}

impl Needed {
    /// Notes the words that a pattern needs left and right of its anchor, the nearest first, and its slots there.
    pub fn new((left, right): (&[Placed], &[Placed]), (target_left, slot_right): (bool, Option<Reach>)) -> Self {
        let need = |needs: &[Placed], nth: usize| {
            let (number, reach) = needs.get(nth).copied().unwrap_or((NO_NEED.into(), Reach::default()));
            Need { number: u16::try_from(number).unwrap_or(NO_NEED), reach }
        };
        let side = |needs: &[Placed]| std::array::from_fn(|nth| need(needs, nth));
        Self { left: side(left), right: side(right), target_left, slot_right }
    }
}

impl Needs {
    /// Gives the number of a set of words of which a pattern needs one, new if need be.
    pub fn number(&mut self, mut words: Vec<WordId>) -> usize {
        words.sort_unstable();
        words.dedup();
        let fresh = self.sets.len();
        let number = *self.numbers.entry(words.clone()).or_insert(fresh);
        if number == fresh {
            let bits = words.iter().fold(0, |bits, word| bits | bit(*word));
            self.sets.push(Set { bits, words });
        }
        number
    }

    /// Tells whether everything that a pattern needs stands on its side of a place among the words of a sentence, as near as it has
    /// to; each gap may hold `loose` words more than it says.
    pub fn are_met(&self, needed: &Needed, words: &[WordId], (at, loose): (usize, usize)) -> bool {
        let (before, behind) = (words.get(..at).unwrap_or(&[]), words.get(at + 1..).unwrap_or(&[]));
        let mut right = needed.right.iter().take_while(|need| need.number != NO_NEED);
        let mut left = needed.left.iter().take_while(|need| need.number != NO_NEED);
        right.all(|need| self.is_near(need, need.reach.words(loose), |far| behind.get(..far).unwrap_or(behind)))
            && left.all(|need| {
                self.is_near(need, need.reach.words(loose), |far| before.get(before.len().saturating_sub(far)..).unwrap_or(&[]))
            })
    }

    /// Tells whether a need is served within a reach; `side` gives as many words as there are on one side of the anchor, up to a number.
    fn is_near<'w>(&self, need: &Need, reach: Option<usize>, side: impl Fn(usize) -> &'w [WordId]) -> bool {
        let Some(set) = self.sets.get(usize::from(need.number)) else { return true };
        match reach {
            Some(words) => side(words).iter().any(|word| set.has(*word)),
            None => side(FAR + 1).len() > FAR || side(FAR).iter().any(|word| set.has(*word)),
        }
    }

    /// Tells whether a word is one of those of a need.
    pub fn is_served_by(&self, number: usize, word: WordId) -> bool {
        self.sets.get(number).is_some_and(|set| set.has(word))
    }
}
