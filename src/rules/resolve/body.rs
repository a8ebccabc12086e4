//! Bodies and texts without a name: "the report", "the analysts", "the institute", "the Norvanian government".
//!
//! A text speaks for whoever wrote it, where the article has told; a body is the one of that sort named last. Part of `role`,
//! which says which words are one.

use super::role::{NAMES_BACK_MAX, RoleAt, is_body, is_definite, is_past, words};
use super::{ActorIndex, Resolved, RuleCard, Scene, card};
use crate::model::ActorKind;
use crate::rules::knowledge::{Class, RoleNoun};
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[
    card!("resolve/document", "\u{201c}the report\u{201d} speaks for whoever was last named as its author"),
    card!("resolve/experts", "\u{201c}the analysts\u{201d} are those of the body whose report the article is about"),
    card!(
        "resolve/body",
        "\u{201c}the institute\u{201d} is the body of that sort that was named last, \u{201c}the Norvanian government\u{201d} that of the state"
    ),
];

/// "the report": the owner before it, else whoever spoke last in or as a body before this sentence.
pub(super) fn document(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let shown = words(scene, &role.phrase);
    if let Some(owner) = owner {
        return Resolved::actor(owner, "resolve/document", format!("\u{201c}{shown}\u{201d} speaks for {}", scene.name(owner))).sure(85);
    }
    let open = || Resolved::open(Vec::new(), "resolve/document", format!("the author of \u{201c}{shown}\u{201d} is not named"));
    if !is_definite(scene, role) {
        return open();
    }
    match last_author(scene, role) {
        Some(author) => {
            let note = format!("\u{201c}{shown}\u{201d} is that of {}, named before as its author", scene.name(author));
            Resolved::actor(author, "resolve/document", note).sure(88)
        }
        None => open(),
    }
}

/// The actor whose statement or name stands next to the same document noun before, newest first; else the last body that spoke.
fn last_author(scene: &Scene<'_>, role: &RoleAt) -> Option<ActorIndex> {
    let noun = role.form.noun;
    let start = scene.page.tokens.get(role.phrase.start)?.span.start;
    let spoke = |at: &usize| scene.draft(*at).and_then(|draft| draft.attribution.source).filter(|source| source.start < start);
    let mut earlier: Vec<usize> = scene.drafts_near(start).filter(|at| spoke(at).is_some()).collect();
    earlier.sort_by_key(|at| std::cmp::Reverse(spoke(at).map_or(0, |source| source.start)));
    let speaker = |at: &usize| scene.speaker(*at);
    let with_document = earlier.iter().filter(|at| speaks_in(scene, **at, noun)).find_map(speaker);
    let named = with_document.or_else(|| owned_document(scene, (noun, role.phrase.start)));
    named.or_else(|| {
        earlier.iter().filter_map(speaker).find(|actor| scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Organisation))
    })
}

/// "ISW said in a report", or a source that was such a document already.
fn speaks_in(scene: &Scene<'_>, draft: usize, noun: usize) -> bool {
    let Some(draft) = scene.draft(draft) else { return false };
    let around = [draft.attribution.source, draft.circumstance, draft.attribution.cue];
    around.into_iter().flatten().any(|span| holds_noun(scene, scene.page.tokens_in(span), noun))
}

fn holds_noun(scene: &Scene<'_>, tokens: Range<usize>, noun: usize) -> bool {
    tokens.clone().any(|at| scene.roles.longest_at(at).is_some_and(|(_, forms)| forms.iter().any(|form| form.noun == noun)))
}

/// "a report by the Harbour Institute", "the institute's report".
fn owned_document(scene: &Scene<'_>, (noun, before): (usize, usize)) -> Option<ActorIndex> {
    // Words that may stand between an author and the document: "the institute's latest annual".
    const BETWEEN_TOKENS_MAX: usize = 4;
    scene.mentions_before(before).iter().rev().take(NAMES_BACK_MAX).find_map(|mention| {
        let actor = mention.actor()?;
        let end = mention.tokens.end;
        let after = scene.page.kind(end) == Some(TokenKind::Clitic) && holds_noun(scene, end..end + BETWEEN_TOKENS_MAX, noun);
        let mut start = mention.tokens.start;
        while start > 0 && scene.has(Class::Determiner, start - 1) {
            start -= 1;
        }
        let by = start > 1 && scene.has(Class::AuthoredBy, start - 1) && holds_noun(scene, start - 2..start - 1, noun);
        (after || by).then_some(actor)
    })
}

/// "The analysts": those of the body that has spoken before; bare "analysts" only once "the analysts" or a report were such.
pub(super) fn experts(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let shown = words(scene, &role.phrase);
    let open = |note: String| Resolved::open(Vec::new(), "resolve/experts", note);
    if let Some(owner) = owner.filter(|owner| is_body(scene, *owner)) {
        return Resolved::actor(owner, "resolve/experts", format!("\u{201c}{shown}\u{201d} are those of {}", scene.name(owner))).sure(80);
    }
    // "The analysts" of another story are not meant.
    const TOKENS_BACK_MAX: usize = 1000;
    let bare = role.phrase == role.tokens;
    let definite = scene.has(Class::Definite, role.phrase.start) && role.tokens.start == role.phrase.start + 1;
    let before = scene.page.tokens.get(role.phrase.start).map_or(0, |token| token.span.start);
    let established = (role.phrase.start.saturating_sub(TOKENS_BACK_MAX).max(1)..role.phrase.start).any(|at| {
        scene.has(Class::Definite, at - 1)
            && scene.roles.longest_at(at).is_some_and(|(_, forms)| forms.iter().any(|form| form.noun == role.form.noun && form.plural))
    });
    if !(definite || (bare && established)) {
        return open(format!("\u{201c}{shown}\u{201d} are not said to be anybody\u{2019}s"));
    }
    let bodies = scene.drafts_near(before).filter_map(|at| {
        let resolved = scene.speakers.get(at)?;
        let source = scene.draft(at)?.attribution.source.filter(|source| source.start < before)?;
        let actor =
            resolved.as_ref()?.actor.filter(|actor| scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Organisation))?;
        Some((source.start, actor))
    });
    match bodies.max() {
        Some((_, body)) => {
            let note = format!("\u{201c}{shown}\u{201d} are those of {}, which the article quotes before", scene.name(body));
            Resolved::actor(body, "resolve/experts", note).sure(80)
        }
        None => open(format!("\u{201c}{shown}\u{201d} are not said to be anybody\u{2019}s")),
    }
}

/// "The institute": the body named last whose name has that word; "the Norvanian government": that of the state.
pub(super) fn body(scene: &Scene<'_>, role: &RoleAt, (noun, owner): (&RoleNoun, Option<ActorIndex>)) -> Resolved {
    let shown = words(scene, &role.phrase);
    let open = |candidates: Vec<ActorIndex>| {
        Resolved::open(candidates, "resolve/body", format!("which body \u{201c}{shown}\u{201d} is, the article does not tell"))
    };
    if role.form.plural || !is_definite(scene, role) {
        return open(Vec::new());
    }
    if let Some(owner) = owner {
        let Some(state) = state_of(scene, owner).filter(|_| noun.whole && !is_past(scene, role)) else { return open(vec![owner]) };
        let note = format!("\u{201c}{shown}\u{201d} speaks for {}", scene.name(state));
        return Resolved::actor(state, "resolve/body", note).sure(85);
    }
    if role.tokens.start != role.phrase.start + 1 || role.tokens.end != role.phrase.end {
        return open(Vec::new());
    }
    let named = scene.mentions_before(role.phrase.start).iter().rev().take(NAMES_BACK_MAX).find_map(|mention| {
        let actor = mention.actor().filter(|actor| is_body(scene, *actor))?;
        let title = role.form.title.as_str();
        let names = scene.actor(actor).map(|actor| actor.names.as_slice()).unwrap_or(&[]);
        names.iter().any(|name| name.text.to_lowercase().split([' ', '-']).any(|word| word == title)).then_some(actor)
    });
    match named {
        Some(actor) => {
            Resolved::actor(actor, "resolve/body", format!("\u{201c}{shown}\u{201d} is {}, named last", scene.name(actor))).sure(85)
        }
        None => open(Vec::new()),
    }
}

/// A state, or the one that a person leads on the day: "the Olander administration".
fn state_of(scene: &Scene<'_>, owner: ActorIndex) -> Option<ActorIndex> {
    let actor = scene.actor(owner)?;
    let is_state = |at: ActorIndex| scene.actor(at).is_some_and(|actor| actor.kind == ActorKind::State);
    if actor.kind != ActorKind::Person {
        return Some(owner).filter(|owner| is_state(*owner));
    }
    let today = |role: &&crate::model::Role| scene.day().is_none_or(|day| role.is_held_on(day));
    let leads = |role: &&crate::model::Role| scene.given.knowledge.roles.covers("leader", &role.title);
    let mut states: Vec<ActorIndex> = actor
        .roles
        .iter()
        .filter(today)
        .filter(leads)
        .filter_map(|role| scene.given.knowledge.actor_index(role.of.as_ref()?))
        .filter(|at| is_state(*at))
        .collect();
    states.dedup();
    match states.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}
