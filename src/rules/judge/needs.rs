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

/// How many needs on each side of an anchor are asked for; few patterns have more.
const NEEDS_MAX: usize = 2;
/// Stands where a pattern needs no more words.
const NO_NEED: u16 = u16::MAX;

/// What a pattern needs left and right of its anchor, by numbers. It is small, so that it stands beside each word that the pattern is
/// found by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needed {
    left: [u16; NEEDS_MAX],
    right: [u16; NEEDS_MAX],
    /// The slot of the target stands left of it.
    pub target_left: bool,
    /// A slot stands right of it.
    pub slot_right: bool,
}

impl Needed {
    /// Notes the words that a pattern needs left and right of its anchor, and its slots there.
    pub fn new((left, right): (&[usize], &[usize]), (target_left, slot_right): (bool, bool)) -> Self {
        let number = |numbers: &[usize], nth: usize| numbers.get(nth).and_then(|number| u16::try_from(*number).ok()).unwrap_or(NO_NEED);
        let side = |numbers: &[usize]| std::array::from_fn(|nth| number(numbers, nth));
        Self { left: side(left), right: side(right), target_left, slot_right }
    }
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

    /// Finds which needs the words of a sentence serve, and forgets those of the sentence before.
    pub fn serve(&self, served: &mut Served, page: &Numbered<'_>, seen: &[usize]) {
        served.places.resize(self.numbers.len(), NOWHERE);
        for need in served.known.drain(..) {
            if let Some(places) = served.places.get_mut(need) {
                *places = NOWHERE;
            }
        }
        for (place, token) in seen.iter().enumerate() {
            for need in self.by_word.of(page.id(*token)) {
                let Some(places) = served.places.get_mut(*need) else { continue };
                if *places == NOWHERE {
                    served.known.push(*need);
                    places.0 = place;
                }
                places.1 = place;
            }
        }
    }
}

/// The places of a need that no word of a sentence serves.
const NOWHERE: (usize, usize) = (usize::MAX, 0);

/// Where the words of a sentence stand that serve needs; kept from one sentence to the next for its room only.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// By need: the first and the last place.
    places: Vec<(usize, usize)>,
    /// The needs that are served.
    known: Vec<usize>,
}

impl Served {
    /// Tells whether everything that a pattern needs stands on its side of a place.
    pub fn meets(&self, needed: &Needed, at: usize) -> bool {
        let left = |need: u16| need == NO_NEED || self.places.get(usize::from(need)).is_some_and(|(first, _)| *first < at);
        let right = |need: u16| need == NO_NEED || self.places.get(usize::from(need)).is_some_and(|(_, last)| *last > at);
        needed.left.into_iter().all(left) && needed.right.into_iter().all(right)
    }
}
