//! Who passes a statement on: reporters between the outlet and the speaker.
//!
//! Reads the nesting of attributions and the words "in their view"; does not decide who anybody is.

use super::scope::{ScopeKind, Scopes};
use crate::model::{ActorKind, ChainLink, Distance, Span};
use crate::rules::knowledge::Class;
use crate::rules::resolve::{ActorIndex, Scene};

/// How many reporters a chain may have; deeper nesting is a sign of broken quotation marks.
const CHAIN_LINKS_MAX: usize = 16;
/// How many words "in the view of" and whose view it is may take.
const VIEW_WORDS_MAX: usize = 8;
/// How many sentences before "their view" whoever holds it may have spoken.
const VIEW_SENTENCES_MAX: usize = 3;

/// Gives the reporters between the outlet and the speaker, outermost first.
pub(super) fn chain(scene: &Scene<'_>, scopes: &Scopes, at: usize) -> Vec<ChainLink> {
    let mut links = Vec::new();
    let mut parent = scene.draft(at).and_then(|draft| draft.attribution.parent);
    while let Some((index, draft)) = parent.and_then(|index| Some((index, scene.draft(index)?))) {
        if links.len() >= CHAIN_LINKS_MAX {
            break;
        }
        let actor = scene.speaker(index);
        let cue = draft.cue.and_then(|cue| scene.given.lexicon.cue(cue));
        links.push(ChainLink {
            actor: actor.and_then(|actor| scene.actor(actor)).map(|actor| actor.id.clone()),
            mention: draft.attribution.source.map(|source| source.of(scene.page.text).to_owned()).unwrap_or_default(),
            distance: cue.map_or(Distance::Neutral, |cue| cue.distance),
        });
        links.extend(reporter(scene, index));
        parent = draft.attribution.parent;
    }
    links.reverse();
    links.extend(viewer(scene, scopes, at));
    links.extend(reporter(scene, at));
    links
}

/// "Agencies quoted X as saying": the agencies.
fn reporter(scene: &Scene<'_>, at: usize) -> Option<ChainLink> {
    let span = scene.draft(at)?.reporter?;
    let before = scene.mentions_before(scene.page.tokens_in(span).end);
    let inside = before.iter().rev().take_while(|mention| mention.span.overlaps(span));
    let actor = inside.filter_map(|mention| mention.actor()).next();
    let actor = actor.and_then(|actor| scene.actor(actor)).map(|actor| actor.id.clone());
    Some(ChainLink { actor, mention: span.of(scene.page.text).to_owned(), distance: Distance::Neutral })
}

/// "In their view Norvania refuses the treaty": what Norvania does is told by them.
pub(super) fn viewer(scene: &Scene<'_>, scopes: &Scopes, at: usize) -> Option<ChainLink> {
    let source = scene.draft(at)?.attribution.source?;
    let sentence = scene.reading.sentences.get(scene.sentence_of(source))?;
    let first = sentence.tokens.clone().find(|token| scene.page.kind(*token) == Some(crate::rules::text::TokenKind::Word))?;
    let source = scene.page.tokens_in(source).start;
    let reach = source.min(first + VIEW_WORDS_MAX);
    let noun = scopes.first(&scene.page, first..reach, &[ScopeKind::Viewpoint]).filter(|_| scene.has(Class::Preposition, first))?;
    // "in the view of the institute": whose view it is stands behind the noun.
    let of = scene.has(Class::Owner, noun + 1);
    let named = scene.mentions_in(if of { noun..reach } else { first..noun }).first();
    let whose = |token: &usize| [Class::His, Class::Her, Class::Its, Class::Their].into_iter().any(|class| scene.has(class, *token));
    let (actor, mention) = match named {
        Some(mention) => (mention.actor(), mention.span.of(scene.page.text)),
        None => {
            let token = (first..noun).find(whose)?;
            (last_speaker(scene, (token, sentence.span.start)), scene.page.word(token))
        }
    };
    let actor = actor.and_then(|actor| scene.actor(actor)).map(|actor| actor.id.clone());
    Some(ChainLink { actor, mention: mention.to_owned(), distance: Distance::Neutral })
}

/// Whose view "their view" is: of those who spoke in the sentences before, if it is one only and the word fits.
fn last_speaker(scene: &Scene<'_>, (token, before): (usize, u32)) -> Option<ActorIndex> {
    let here = scene.reading.sentence_at(before).unwrap_or(0);
    let near = |span: Span| span.end <= before && here.saturating_sub(scene.sentence_of(span)) <= VIEW_SENTENCES_MAX;
    let of_person = scene.has(Class::His, token) || scene.has(Class::Her, token);
    let fits = |actor: &ActorIndex| scene.actor(*actor).is_some_and(|actor| (actor.kind == ActorKind::Person) == of_person);
    let earlier = scene.drafts_near(before).filter_map(|at| {
        scene.draft(at)?.attribution.source.filter(|source| near(*source))?;
        scene.speaker(at).filter(fits)
    });
    let mut speakers: Vec<ActorIndex> = earlier.collect();
    speakers.dedup();
    match speakers.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}
