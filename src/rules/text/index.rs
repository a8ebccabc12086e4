//! Where tokens and sentences stand, by bytes: asked for again and again, so that it is not searched for each time.
//!
//! Knows first bytes only; what the items are is the business of who asks.

/// How many of the items of a text, which stand in text order, start before a byte.
#[derive(Clone, Debug)]
pub struct ByteIndex {
    /// Bytes of a stretch.
    step: u32,
    /// By stretch: how many items start before it.
    before: Vec<u32>,
}

impl ByteIndex {
    /// Indexes items by their first bytes, in stretches of `step` bytes up to the length of the text in bytes.
    pub fn new(starts: impl Iterator<Item = u32>, step: u32, length: usize) -> Self {
        let step = step.max(1);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let mut before = Vec::with_capacity((length / step) as usize + 2);
        let (mut count, mut next) = (0, 0_u32);
        for start in starts.chain(std::iter::once(length)) {
            while next <= start {
                before.push(count);
                next = next.saturating_add(step);
            }
            count += 1;
        }
        Self { step, before }
    }

    /// Counts the items that start before a byte; `start` gives the first byte of an item, and none behind the last.
    pub fn count_before(&self, byte: u32, start: impl Fn(usize) -> Option<u32>) -> usize {
        let stretch = ((byte / self.step) as usize).min(self.before.len().saturating_sub(1));
        let mut count = self.before.get(stretch).map_or(0, |count| *count as usize);
        while start(count).is_some_and(|start| start < byte) {
            count += 1;
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_counted_as_a_search_finds() {
        let starts = [0, 3, 4, 17, 40, 41, 99];
        for step in [1, 4, 16, 500] {
            let index = ByteIndex::new(starts.into_iter(), step, 100);
            for byte in 0..130 {
                let wanted = starts.partition_point(|start| *start < byte);
                assert_eq!(index.count_before(byte, |at| starts.get(at).copied()), wanted, "{byte} in steps of {step}");
            }
        }
    }

    #[test]
    fn an_empty_text_has_none() {
        assert_eq!(ByteIndex::new(std::iter::empty(), 16, 0).count_before(5, |_| None), 0);
    }
}
