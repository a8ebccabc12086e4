//! Whose words a word is: the innermost attribution that holds it.
//!
//! Looks only at spans and at who was found to speak; what the words mean is decided by `stance`.

use crate::model::Span;
use crate::rules::resolve::Scene;
use crate::rules::text::Token;
use std::ops::Range;

/// Which draft a token belongs to: the innermost whose content or cue holds it.
pub(super) struct Owners<'h> {
    drafts: &'h [Piece],
    text: &'h [Token],
    tokens: Range<usize>,
}

/// Parts of drafts that start before a token and are looked at: a sentence has a few, one without end has thousands.
const BACK_MAX: usize = 64;

/// A content or cue span with the depth and the index of its draft.
pub(super) type Piece = (Span, usize, usize);

/// By sentence: the parts of drafts that lie in it, in text order.
pub(super) struct Held {
    by_sentence: Vec<Vec<Piece>>,
}

impl Held {
    pub fn new(scene: &Scene<'_>) -> Self {
        let mut by_sentence = vec![Vec::new(); scene.reading.sentences.len()];
        for (at, draft) in scene.reading.drafts.iter().enumerate() {
            let depth = depth(scene, at);
            for span in draft.attribution.content.iter().chain(&draft.attribution.cue) {
                let first = scene.sentence_of(*span);
                let sentences = scene.reading.sentences.iter().skip(first).take_while(|sentence| sentence.span.start < span.end).count();
                by_sentence.iter_mut().skip(first).take(sentences).for_each(|parts| parts.push((*span, depth, at)));
            }
        }
        by_sentence.iter_mut().for_each(|parts| parts.sort_by_key(|(span, _, _)| span.start));
        Self { by_sentence }
    }

    pub fn of(&self, sentence: usize) -> &[Piece] {
        self.by_sentence.get(sentence).map_or(&[], Vec::as_slice)
    }
}

impl<'h> Owners<'h> {
    pub fn new(scene: &'h Scene<'_>, drafts: &'h [Piece], tokens: Range<usize>) -> Self {
        Self { drafts, text: scene.page.tokens, tokens }
    }

    pub fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Tells whether a token stands in the cue, not negated, of the innermost draft that holds it, and its speaker is known.
    pub fn is_spoken_cue(&self, scene: &Scene<'_>, token: usize) -> bool {
        let span = scene.page.tokens.get(token).map(|token| token.span).unwrap_or_default();
        let Some(at) = self.innermost(token) else { return false };
        let known = scene.speaker(at).is_some();
        let cue = scene.draft(at).is_some_and(|draft| !draft.negated && draft.attribution.cue.is_some_and(|cue| cue.contains(span)));
        known && cue
    }

    /// Tells whether a draft inside this one has words in the same sentence, and a cue that stands before a token.
    pub fn has_child_before(&self, scene: &Scene<'_>, draft: usize, token: usize) -> bool {
        let byte = scene.page.tokens.get(token).map_or(0, |token| token.span.start);
        let children = self.drafts.iter().filter_map(|(_, _, other)| scene.draft(*other));
        let mut children = children.filter(|other| other.attribution.parent == Some(draft));
        children.any(|child| child.attribution.cue.is_none_or(|cue| cue.start < byte))
    }

    pub fn innermost(&self, token: usize) -> Option<usize> {
        let span = self.text.get(token).filter(|_| self.tokens.contains(&token))?.span;
        let before = self.drafts.partition_point(|(held, _, _)| held.start <= span.start);
        let holding = self.drafts.iter().take(before).skip(before.saturating_sub(BACK_MAX)).filter(|(held, _, _)| held.contains(span));
        holding.max_by_key(|(held, depth, _)| (*depth, std::cmp::Reverse(held.len()))).map(|(_, _, draft)| *draft)
    }
}

fn depth(scene: &Scene<'_>, draft: usize) -> usize {
    let parents = std::iter::successors(Some(draft), |at| scene.draft(*at).and_then(|draft| draft.attribution.parent));
    // Parents come before their children; the bound only guards against a reading that breaks that.
    parents.take(scene.reading.drafts.len() + 1).count()
}
