//! Words looked up in constant time: every token of a text asks the lexicon once.
//!
//! An open table of places with linear probing; never iterated, so its order cannot leak into what is found.

use super::Entry;
use std::collections::BTreeMap;

/// No word has this slot.
const EMPTY: u32 = u32::MAX;
/// Slots for each word: at most a quarter is taken, so that most look-ups end at the first slot.
const SLOTS_PER_WORD: usize = 4;

#[derive(Debug, Default)]
pub(super) struct WordIndex {
    slots: Vec<u32>,
    words: Vec<(Box<str>, Entry)>,
}

impl WordIndex {
    pub fn of(entries: BTreeMap<Box<str>, Entry>) -> Self {
        let words: Vec<_> = entries.into_iter().collect();
        let mut slots = vec![EMPTY; (words.len() * SLOTS_PER_WORD).next_power_of_two()];
        let mask = slots.len() - 1;
        for (nth, (word, _)) in words.iter().enumerate() {
            let mut slot = hash(word) & mask;
            while slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            slots[slot] = u32::try_from(nth).unwrap_or(EMPTY);
        }
        Self { slots, words }
    }

    pub fn get(&self, word: &str) -> Option<&Entry> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash(word) & mask;
        loop {
            let (known, entry) = self.words.get(*self.slots.get(slot)? as usize)?;
            if **known == *word {
                return Some(entry);
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// FNV-1a, 64 bits (Fowler, Noll & Vo): short keys, no adversary (the words are the program's own, the table is a quarter full).
fn hash(word: &str) -> usize {
    let hash = word.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are all that is used")]
    let low = (hash ^ (hash >> 32)) as usize;
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_found_and_no_other() {
        let words: Vec<String> = (0..500).map(|nth| format!("word{nth}")).collect();
        let index = WordIndex::of(words.iter().map(|word| (word.as_str().into(), Entry::default())).collect());
        assert!(words.iter().all(|word| index.get(word).is_some()));
        assert!(index.get("word500").is_none() && index.get("").is_none());
        assert!(WordIndex::default().get("word1").is_none());
    }
}
