//! A sentence as patterns see it: its words without quotation marks and brackets, and what stands where in it.
//!
//! Answers questions about places; the patterns that are tried on it are `pattern`'s.

use super::clause::Part;
use super::referents::Referent;
use crate::rules::knowledge::Numbered;
use std::ops::Range;

/// A sentence as patterns see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub page: Numbered<'a>,
    /// Token numbers of the sentence without quotation marks and brackets.
    pub seen: &'a [usize],
    pub referents: &'a [Referent],
    /// Where the referents stand among the seen words.
    pub places: &'a Places,
    /// What each of the seen words is to the clauses of the sentence.
    pub parts: &'a [Part],
    /// What belongs to somebody counts for them: "Norvania's plan", "the Norvanian minister".
    pub loose: bool,
}

impl Line<'_> {
    /// Gives the referent that ends right before a place, and its first place; "'s" belongs to it.
    pub fn referent_ending_at(&self, at: usize) -> Option<(usize, usize)> {
        let index = marked(&self.places.ending, at)?;
        self.places.bounds.get(index).map(|bounds| (index, bounds.start))
    }

    /// Gives the referent that starts at a place, and one past its last place, "'s" left out.
    pub fn referent_starting_at(&self, at: usize) -> Option<(usize, usize)> {
        let index = marked(&self.places.starting, at)?;
        self.places.bounds.get(index).map(|bounds| (index, bounds.end))
    }

    /// Gives the referent that starts at a place.
    pub fn referent_at(&self, at: usize) -> Option<(usize, &Referent)> {
        let (index, _) = self.referent_starting_at(at)?;
        Some((index, self.referents.get(index)?))
    }

    /// The place in the line of a token, or of the next one that is seen.
    pub fn place(&self, token: usize) -> usize {
        self.seen.partition_point(|seen| *seen < token)
    }

    /// Gives the referent that "who" or "which" at a place stands for: named right before it, or before the comma before it.
    pub fn named_before(&self, at: usize) -> Option<(usize, usize)> {
        let end = match self.parts.get(at.checked_sub(1)?)?.comma {
            true => at - 1,
            false => at,
        };
        let (index, start) = self.referent_ending_at(end)?;
        let referent = self.referents.get(index)?;
        (referent.holder().is_some() && !referent.possessive).then_some((index, start))
    }
}

/// Where the referents of a sentence stand among its seen words, found once for all patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// By place: one more than the index of the referent that starts there, 0 for none.
    starting: Vec<usize>,
    /// By place: the same of the referent that ends right before it, "'s" included.
    ending: Vec<usize>,
    /// By referent: its first place, and one past its last.
    bounds: Vec<Range<usize>>,
}

impl Places {
    /// Finds the places of referents, which are sorted by their first token.
    pub fn of(seen: &[usize], referents: &[Referent]) -> Self {
        let mut places =
            Self { starting: vec![0; seen.len()], ending: vec![0; seen.len() + 1], bounds: Vec::with_capacity(referents.len()) };
        let from = |place: usize, token: usize| place + seen.iter().skip(place).take_while(|seen| **seen < token).count();
        let mut start = 0;
        for (index, referent) in referents.iter().enumerate() {
            start = from(start, referent.tokens.start);
            let end = from(start, referent.tokens.end);
            let is_found = referents.binary_search_by_key(&referent.tokens.start, |other| other.tokens.start) == Ok(index);
            let is_seen = seen.get(start) == Some(&referent.tokens.start);
            if let Some(slot) = places.starting.get_mut(start).filter(|_| is_found && is_seen) {
                *slot = index + 1;
            }
            let end_marked = end + usize::from(referent.possessive && !referent.pronoun);
            let last = end_marked.checked_sub(1).and_then(|at| seen.get(at));
            // Where referents overlap, the one that starts last counts.
            let later = referents.get(index + 1).map_or(usize::MAX, |next| next.tokens.start);
            let is_last = last.is_some_and(|last| (referent.tokens.start..later).contains(last));
            if let Some(slot) = places.ending.get_mut(end_marked).filter(|_| is_last) {
                *slot = index + 1;
            }
            places.bounds.push(start..end);
        }
        places
    }

    /// Tells whether a referent starts before a place.
    pub fn any_before(&self, at: usize) -> bool {
        self.bounds.first().is_some_and(|bounds| bounds.start < at)
    }

    /// Tells whether a referent starts behind a place.
    pub fn any_behind(&self, at: usize) -> bool {
        self.bounds.last().is_some_and(|bounds| bounds.start > at)
    }
}

fn marked(places: &[usize], at: usize) -> Option<usize> {
    places.get(at)?.checked_sub(1)
}
