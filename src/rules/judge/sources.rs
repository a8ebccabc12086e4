//! The words that name who speaks, by where they start: "her Norvanian counterpart" means whoever was found to speak there.
//!
//! Finds them; whom they refer to is decided by `referents`.

use crate::model::Span;
use crate::rules::resolve::Scene;

/// The source of a draft, without apposition or relative clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub span: Span,
    pub draft: usize,
}

/// The heads of the sources of a text, by where they start; of the drafts of one source the first comes first.
pub(super) struct Sources {
    heads: Vec<Head>,
}

impl Sources {
    /// Finds the heads that lie in one sentence, near the words of their draft.
    pub fn of(scene: &Scene<'_>) -> Self {
        let head = |draft: usize| {
            let span = scene.draft(draft).and_then(|draft| draft.head.or(draft.attribution.source))?;
            let sentence = scene.reading.sentences.get(scene.sentence_of(span))?;
            let words = scene.page.span(sentence.tokens.clone());
            (words.contains(span) && scene.drafts_near(words.start).contains(&draft)).then_some(Head { span, draft })
        };
        let mut heads: Vec<Head> = (0..scene.reading.drafts.len()).filter_map(head).collect();
        heads.sort_by_key(|head| head.span.start);
        Self { heads }
    }

    /// Gives the heads that start in a stretch of the text, in text order.
    pub fn starting_in(&self, span: Span) -> &[Head] {
        let start = self.heads.partition_point(|head| head.span.start < span.start);
        let end = self.heads.partition_point(|head| head.span.start < span.end);
        self.heads.get(start..end.max(start)).unwrap_or(&[])
    }
}
