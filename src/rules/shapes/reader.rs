//! Reads a stretch of text region by region: first who stands after the words, then who stands before them, then inside
//! what was said.
//!
//! A region is a sentence, or a piece of content that is read again for nested attributions. Depth is bounded.

use super::found::Found;
use super::page::Page;
use super::phrase::Phrase;
use crate::model::Span;
use crate::rules::lexicon::FormKind;
use crate::rules::reading::Draft;

/// Attributions inside attributions: deeper ones are not read ("X said Y said Z said W said …" ends here).
const DEPTH_MAX: u8 = 6;

/// Speakers after the words that are tried for one stretch; sentences have a few, texts without stops have thousands.
const POSTPOSED_MAX: usize = 32;

/// A stretch of tokens that is read as one sentence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// 0 at the top, 1 inside a content, and so on.
    pub depth: u8,
    /// The draft whose content this is.
    pub parent: Option<usize>,
    /// Where the subject of the sentence is looked for.
    pub clause_start: usize,
    /// The source of the attribution before, in the same sentence.
    pub last_source: Option<Phrase>,
    /// Whether it is the first line of the text, without a stop.
    pub is_headline: bool,
}

impl Region {
    pub fn top(start: usize, end: usize) -> Self {
        Self { start, end, depth: 0, parent: None, clause_start: start, last_source: None, is_headline: false }
    }
}

pub(super) struct Reader<'p> {
    pub page: Page<'p>,
    pub drafts: Vec<Draft>,
    /// Content of each draft in tokens, for joining what follows.
    pub pieces: Vec<Vec<(usize, usize)>>,
    /// Source of each draft in tokens.
    pub sources: Vec<Option<Phrase>>,
}

impl Reader<'_> {
    /// Reads a region; the attributions of its own level come before those inside them.
    pub fn read_region(&mut self, mut region: Region) {
        let low = region.start;
        let postposed = self.page.postposed(low, region.end);
        let mut nth = 0;
        while region.start < region.end {
            while postposed.get(nth).is_some_and(|found| found.before <= region.start) {
                nth += 1;
            }
            let joined = postposed
                .get(nth..)
                .unwrap_or(&[])
                .iter()
                .take(POSTPOSED_MAX)
                .find_map(|found| self.page.join_postposed(found, region.start, region.end));
            let Some(found) = joined.or_else(|| self.page.first_fronted(&region)) else { return };
            if let Some(end) = found.before {
                self.read_region(Region { end, is_headline: false, ..region });
            }
            region.last_source = found.source.filter(|_| found.leads_on).or(region.last_source);
            region.start = found.resume.max(region.start + 1);
            self.keep(found, &region);
        }
    }

    /// Stores a finding and reads inside its content.
    pub fn keep(&mut self, found: Found<'_>, region: &Region) -> Option<usize> {
        let (content, source) = (found.content.clone(), found.source);
        let draft = found.into_draft(&self.page, region.parent)?;
        let index = self.drafts.len();
        self.drafts.push(draft);
        self.pieces.push(content.clone());
        self.sources.push(source);
        for piece in content {
            self.read_inside(piece, (index, region.depth + 1));
        }
        Some(index)
    }

    /// Reads a piece of content for nested attributions.
    pub fn read_inside(&mut self, (start, end): (usize, usize), (parent, depth): (usize, u8)) {
        if depth > DEPTH_MAX {
            return;
        }
        let region = |start: usize, end: usize| Region { depth, parent: Some(parent), ..Region::top(start, end) };
        let mut outside = start + usize::from(self.page.is(start, "that"));
        let mut at = outside;
        let mut quotes = Vec::new();
        while at < end {
            if let Some(quote) = self.page.quote_opening(at) {
                quotes.push((quote.open + 1, quote.close.min(end)));
            }
            at = self.page.next(at);
        }
        while outside < end && self.page.quote_opening(outside).is_some() {
            outside = self.page.next(outside);
        }
        if end.saturating_sub(outside) > 2 {
            // What stands behind a label may be several sentences.
            for (start, end) in self.page.units(start + usize::from(self.page.is(start, "that")), end) {
                self.read_region(region(start, end));
            }
        }
        for (start, end) in quotes {
            for (start, end) in self.page.units(start, end) {
                self.read_region(region(start, end));
            }
        }
    }
}

/// Sorts drafts by their first content byte, outer before inner, and renumbers the parents.
pub(super) fn in_text_order(drafts: Vec<Draft>) -> Vec<Draft> {
    let key = |draft: &Draft| draft.attribution.content.first().copied().unwrap_or(Span { start: 0, end: 0 }).start;
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|index| (drafts.get(*index).map_or(0, key), *index));
    let mut place = vec![0; drafts.len()];
    for (new, old) in order.iter().enumerate() {
        if let Some(slot) = place.get_mut(*old) {
            *slot = new;
        }
    }
    let mut sorted: Vec<(usize, Draft)> = drafts.into_iter().enumerate().collect();
    sorted.sort_by_key(|(old, _)| place.get(*old).copied().unwrap_or(0));
    sorted
        .into_iter()
        .map(|(_, mut draft)| {
            draft.attribution.parent = draft.attribution.parent.and_then(|parent| place.get(parent).copied());
            draft
        })
        .collect()
}

impl<'p> Page<'p> {
    /// The first attribution of a region whose speaker stands before the words.
    fn first_fronted(&self, region: &Region) -> Option<Found<'p>> {
        let mut at = region.start;
        while at < region.end {
            if self.may_be_cue(at) && self.is_unsaid(at, region) {
                return None;
            }
            let found = if self.may_be_cue(at) {
                let phrase = self.cue_forms(at).find(|hit| hit.form == FormKind::Phrase);
                phrase
                    .and_then(|hit| self.according_front(hit, region.start, region.end))
                    .or_else(|| self.fronted(at, region))
                    .or_else(|| self.noun_cue(at, region))
            } else if self.is_mark(at, b':') {
                self.colon(at, region)
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
            at = self.next(at);
        }
        None
    }
}
