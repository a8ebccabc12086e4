//! Lists by word: asked for every word of a text, most of which have none.
//!
//! Knows numbers of words only; what stands in the lists is the business of `rule` and `needs`.

use crate::rules::knowledge::WordId;

/// What belongs to each word.
#[derive(Debug)]
pub(super) struct ByWord<T> {
    /// By word: one more than the place of its list in `lists`, 0 for none.
    places: Vec<u32>,
    lists: Vec<Vec<T>>,
}

impl<T> Default for ByWord<T> {
    fn default() -> Self {
        Self { places: Vec::new(), lists: Vec::new() }
    }
}

impl<T> ByWord<T> {
    /// Gives the list of a word.
    pub fn of(&self, word: WordId) -> &[T] {
        match self.places.get(word as usize) {
            None | Some(0) => &[],
            Some(place) => self.lists.get(*place as usize - 1).map_or(&[], Vec::as_slice),
        }
    }

    /// Gives the list of a word to be added to, new if need be.
    pub fn of_mut(&mut self, word: WordId) -> &mut Vec<T> {
        let at = word as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        if self.places[at] == 0 {
            self.lists.push(Vec::new());
            self.places[at] = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        }
        let place = self.places[at] as usize - 1;
        &mut self.lists[place]
    }
}
