//! Headlines: what one says is as a rule told again below it in more words, and then it is no statement of its own.
//!
//! Knows the first line of a text only; which words in it are a statement was decided by the shapes.

use crate::model::Span;
use crate::rules::resolve::{ActorIndex, Scene};
use crate::rules::text::TokenKind;
use std::collections::BTreeSet;

/// Longer first lines are prose.
const HEADLINE_WORDS_MAX: usize = 25;

/// The headline of a text, and who speaks below it.
pub(super) struct Headline {
    /// Ends of its bytes; zero when there is none.
    end: u32,
    below: BTreeSet<ActorIndex>,
}

impl Headline {
    /// Finds the headline: a first line without a full stop that something follows.
    pub fn of(scene: &Scene<'_>) -> Self {
        let tokens = scene.page.tokens;
        let stop = tokens.iter().position(|token| token.kind == TokenKind::Break);
        let last = stop.and_then(|at| at.checked_sub(1)).filter(|last| is_headline(scene, *last));
        let end = last.and_then(|at| tokens.get(at)).map_or(0, |token| token.span.end);
        let mut headline = Self { end, below: BTreeSet::new() };
        if end > 0 {
            let all = 0..scene.reading.drafts.len();
            headline.below = all.filter(|at| !headline.holds(scene, *at)).filter_map(|at| scene.speaker(at)).collect();
        }
        headline
    }

    /// Tells whether an attribution stands in the headline and somebody in its chain speaks below it too.
    pub fn speaks_below(&self, scene: &Scene<'_>, at: usize) -> bool {
        let chain = std::iter::successors(Some(at), |at| scene.draft(*at)?.attribution.parent);
        self.holds(scene, at) && chain.filter_map(|at| scene.speaker(at)).any(|speaker| self.below.contains(&speaker))
    }

    /// Tells whether a stretch of the text lies in the headline.
    pub fn covers(&self, span: Span) -> bool {
        span.end <= self.end
    }

    /// Tells whether an attribution stands in the headline.
    pub fn holds(&self, scene: &Scene<'_>, at: usize) -> bool {
        let content = scene.draft(at).and_then(|draft| draft.attribution.content.iter().copied().reduce(Span::cover));
        content.is_some_and(|content| self.covers(content))
    }
}

/// Tells whether the tokens up to the last of the first line are one: short, without a stop, also before a closing mark.
fn is_headline(scene: &Scene<'_>, last: usize) -> bool {
    let words = (0..=last).filter(|at| scene.page.kind(*at) == Some(TokenKind::Word)).count();
    let quoted = scene.page.kind(last) == Some(TokenKind::Quote);
    let before = last.checked_sub(usize::from(quoted)).map_or("", |at| scene.page.word(at));
    words <= HEADLINE_WORDS_MAX && !matches!(before, "." | "!" | ")") && !(quoted && matches!(before, "," | "?"))
}
