//! Whether words are those of who speaks them: not what they deny, what others have written, or what the reporter adds.
//!
//! Looks at the draft that holds the words; which stance they show is decided by `stance`.

use super::case::Case;
use super::scope::ScopeKind;
use crate::model::{Act, QuoteKind};
use crate::rules::knowledge::Class;
use crate::rules::resolve::Scene;
use crate::rules::text::TokenKind;

/// How far before a word of a rule a reporter's addition may start, in tokens.
const WORDS_BACK_MAX: usize = 80;
/// Longer quotations are signs of a mark that was never closed, in tokens.
const QUOTED_WORDS_MAX: usize = 400;

/// "denied that Norvania had signed", "never said that": what is told is told as not being so.
pub(super) fn is_refuted(case: &Case<'_, '_>, (draft, anchor): (usize, usize)) -> bool {
    let Some(draft) = case.scene.draft(draft) else { return true };
    let span = case.scene.page.tokens.get(anchor).map(|token| token.span).unwrap_or_default();
    let at_cue = draft.attribution.cue.is_some_and(|cue| cue.contains(span));
    let act = draft.cue.and_then(|cue| case.scene.given.lexicon.cue(cue)).map(|cue| cue.act);
    !at_cue && (draft.negated || matches!(act, Some(Act::Deny | Act::Reject)))
}

/// "I do not think that we can sign": the denied cue is the speaker's own word for what they say.
pub(super) fn is_own_doubt(scene: &Scene<'_>, draft: usize) -> bool {
    let Some(draft) = scene.draft(draft) else { return false };
    let source = draft.attribution.source.map(|source| scene.page.tokens_in(source).start);
    draft.negated && source.is_some_and(|at| [Class::FirstSingular, Class::FirstPlural].into_iter().any(|class| scene.has(class, at)))
}

/// "I saw a banner that read ‘Down with it’": words in other marks inside one's own are somebody else's.
pub(super) fn is_quoted_inside(scene: &Scene<'_>, (draft, anchor): (usize, usize)) -> bool {
    let Some(draft) = scene.draft(draft) else { return true };
    let span = scene.page.tokens.get(anchor).map(|token| token.span).unwrap_or_default();
    let content = draft.attribution.content.iter().find(|content| content.contains(span)).copied().unwrap_or_default();
    let start = scene.page.tokens_in(content).start;
    // Where the words of a quotation have no end in sight, whose they are is not told.
    if anchor.saturating_sub(start) > QUOTED_WORDS_MAX {
        return true;
    }
    let mut quotes = (start..anchor).filter(|at| scene.page.kind(*at) == Some(TokenKind::Quote));
    let first = quotes.next().filter(|_| draft.attribution.quote == QuoteKind::Direct);
    first.is_some_and(|first| quotes.filter(|at| scene.page.word(*at) != scene.page.word(first)).count() % 2 == 1)
}

/// "proposed talks, in an attempt to save the treaty that Norvania has refused": what the reporter adds is not told by who speaks.
pub(super) fn is_added(case: &Case<'_, '_>, (draft, anchor): (usize, usize)) -> bool {
    let Some(draft) = case.scene.draft(draft).filter(|draft| draft.attribution.quote != QuoteKind::Direct) else { return false };
    let page = &case.scene.page;
    let span = page.tokens.get(anchor).map(|token| token.span).unwrap_or_default();
    let content = draft.attribution.content.iter().find(|content| content.contains(span)).copied().unwrap_or_default();
    let comma = |at: &usize| page.word(*at) == "," && case.scopes.end_of(page, at + 1, ScopeKind::Aside).is_some();
    (page.tokens_in(content).start.max(anchor.saturating_sub(WORDS_BACK_MAX))..anchor).any(|at| comma(&at))
}
