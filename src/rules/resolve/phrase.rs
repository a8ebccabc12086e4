//! The source of an attribution as a noun phrase: a name, a role, a pronoun or several.
//!
//! Only the head counts: "the daughter of Ada Lund" is not Ada Lund, "Lund aide Per Holm" is Per Holm.

use super::ground::before_titles;
use super::mentions::{Mention, Who};
use super::role::{RoleAt, form_ending_at};
use super::{ActorIndex, Resolved, RuleCard, Scene, card, people, pronoun, role, salience};
use crate::model::ActorKind;
use crate::rules::knowledge::{Class, fold};
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[
    card!("resolve/name", "a source that ends in a name is who has that name"),
    card!("resolve/shared-name", "a name that several have is nobody until the article tells which"),
    card!("resolve/namesake", "of several who have a name it is the one who was named shortly before, if the others were not for long"),
    card!("resolve/several", "a source that names several is nobody in particular"),
    card!("resolve/no-source", "words without a source have no speaker"),
    card!("resolve/unknown", "a source that names nobody who is known stays unknown"),
];

/// Longest name, in tokens: "United Nations Educational, Scientific and Cultural Organization" has nine.
const NAME_TOKENS_MAX: usize = 12;

/// Says who speaks in a draft.
pub(super) fn resolve_draft(scene: &mut Scene<'_>, at: usize) -> Resolved {
    let Some(draft) = scene.draft(at) else { return none() };
    let Some(source) = draft.attribution.source else { return none() };
    let whole = scene.page.tokens_in(source);
    let head = draft.head.map_or(whole.clone(), |head| scene.page.tokens_in(head));
    let head = trim(scene, head);
    if let Some(class) = pronoun::class_of(scene, head.start).filter(|_| head.len() == 1) {
        return pronoun::resolve(scene, class, (at, head.start));
    }
    let head = match (&head, &whole) {
        (head, _) if !head.is_empty() => head.clone(),
        (_, whole) => trim(scene, whole.clone()),
    };
    match apposed_name(scene, &head, &whole) {
        Some(resolved) => resolved,
        None => noun_phrase(scene, head),
    }
}

fn none() -> Resolved {
    Resolved::open(Vec::new(), "resolve/no-source", "the text names no source".to_owned())
}

/// Leaves out marks at both ends and a possessive "'s".
fn trim(scene: &Scene<'_>, mut tokens: Range<usize>) -> Range<usize> {
    let is_word = |at: usize| matches!(scene.page.kind(at), Some(TokenKind::Word | TokenKind::Number));
    while !tokens.is_empty() && !is_word(tokens.start) {
        tokens.start += 1;
    }
    while !tokens.is_empty() && !is_word(tokens.end - 1) && !ends_mention(scene, tokens.end) {
        tokens.end -= 1;
    }
    tokens
}

fn ends_mention(scene: &Scene<'_>, end: usize) -> bool {
    scene.mention_ending_at(end).is_some()
}

fn noun_phrase(scene: &mut Scene<'_>, phrase: Range<usize>) -> Resolved {
    let shown = scene.page.span(phrase.clone()).of(scene.page.text).to_owned();
    if scene.given.knowledge.classes.has_phrase(Class::MixedPair, &fold(&shown)) {
        let pair = last_two_bodies(scene, phrase.start);
        let note = format!("\u{201c}{shown}\u{201d} are two speakers at once");
        return Resolved::open(pair, "resolve/several", note);
    }
    let core = core(scene, phrase.clone());
    // A name of which the shapes took a word for something else: "March 23 Movement".
    let wider = scene.mentions_in(core.start.saturating_sub(NAME_TOKENS_MAX)..core.start + 1).iter().rev();
    let wider = wider.clone().find(|mention| mention.tokens.start <= core.start && mention.tokens.end >= core.end && mention.full);
    if let Some(mention) = wider.filter(|_| !core.is_empty()).cloned() {
        return by_name(scene, &mention, &shown);
    }
    if let Some(several) = joined(scene, &core) {
        return several;
    }
    if let Some(mention) = scene.mention_ending_at(core.end).filter(|mention| mention.tokens.start >= core.start).cloned() {
        return by_name(scene, &mention, &shown);
    }
    if let Some(role) = role_at(scene, &core, &phrase) {
        return role::resolve(scene, &role);
    }
    // A name that nothing but its surname elsewhere proves to be a person's.
    let first = core.clone().find(|at| scene.page.is_capital(*at));
    let inside = scene.mentions_in(core.clone()).is_empty();
    match first.filter(|_| inside).and_then(|at| people::person_by_surname(scene, at)) {
        Some(mention) if mention.tokens.end == core.end => {
            let resolved = by_name(scene, &mention, &shown);
            let place = scene.mentions.partition_point(|other| other.tokens.start < mention.tokens.start);
            scene.mentions.insert(place, mention);
            resolved
        }
        _ => Resolved::open(Vec::new(), "resolve/unknown", format!("\u{201c}{shown}\u{201d} names nobody who is known")),
    }
}

/// The phrase up to its first comma, bracket, preposition or relative pronoun outside names and role nouns.
fn core(scene: &Scene<'_>, phrase: Range<usize>) -> Range<usize> {
    let mut at = phrase.start;
    while at < phrase.end {
        if let Some(mention) = scene.mentions_in(at..at + 1).first() {
            at = mention.tokens.end;
            continue;
        }
        if let Some((end, _)) = scene.roles.longest_at(at) {
            at = end;
            continue;
        }
        let mark = scene.page.kind(at) == Some(TokenKind::Punct)
            && !crate::rules::knowledge::is_hyphen(scene.page.word(at))
            && scene.page.word(at) != ".";
        let cut = mark || scene.has(Class::Preposition, at) || (at > phrase.start && scene.has(Class::Relative, at));
        if cut {
            break;
        }
        at += 1;
    }
    trim(scene, phrase.start..at.min(phrase.end))
}

fn by_name(scene: &Scene<'_>, mention: &Mention, shown: &str) -> Resolved {
    let role = role::title_before(scene, mention.tokens.start).map(|form| form.noun);
    Resolved { role, ..by_bare_name(scene, mention, shown) }
}

fn by_bare_name(scene: &Scene<'_>, mention: &Mention, shown: &str) -> Resolved {
    match &mention.who {
        Who::One(actor) if scene.cast.is_found(*actor) => {
            let note = format!("\u{201c}{shown}\u{201d} is {}, who is in no data file and was found in the text", scene.name(*actor));
            Resolved::actor(*actor, "resolve/found", note)
        }
        Who::One(actor) => Resolved::actor(*actor, "resolve/name", format!("\u{201c}{shown}\u{201d} is {}", scene.name(*actor))),
        Who::Several(actors) => {
            if let Some(actor) = salience::nearest_namesake(scene, actors, mention.tokens.start) {
                let note =
                    format!("\u{201c}{shown}\u{201d} is {}, the only one of the name who was spoken of just before", scene.name(actor));
                return Resolved::actor(actor, "resolve/namesake", note).sure(80);
            }
            let note = format!("\u{201c}{shown}\u{201d} may be any of {}", scene.names(actors));
            Resolved::open(actors.clone(), "resolve/shared-name", note)
        }
        Who::Topic(_) | Who::Demonym(_) => {
            Resolved::open(Vec::new(), "resolve/unknown", format!("\u{201c}{shown}\u{201d} names nobody who is known"))
        }
    }
}

fn role_at(scene: &Scene<'_>, core: &Range<usize>, phrase: &Range<usize>) -> Option<RoleAt> {
    let (form, tokens) = form_ending_at(scene, core.end)?;
    let start = tokens.start.max(core.start);
    Some(RoleAt { form: form.clone(), tokens: start..tokens.end, phrase: phrase.clone() })
}

/// "Lund and Holm": several speakers, none of them alone.
fn joined(scene: &Scene<'_>, core: &Range<usize>) -> Option<Resolved> {
    let inside = |at: usize| scene.mentions_in(core.clone()).iter().any(|mention| mention.tokens.contains(&at));
    let joint = core.clone().find(|at| scene.has(Class::Conjunction, *at) && !inside(*at))?;
    let nouns = |range: Range<usize>| range.into_iter().any(|at| scene.page.is_capital(at) || form_ending_at(scene, at + 1).is_some());
    if !(nouns(core.start..joint) && nouns(joint + 1..core.end)) {
        return None;
    }
    let actors: Vec<ActorIndex> = scene.mentions_in(core.clone()).iter().filter_map(Mention::actor).collect();
    let shown = scene.page.span(core.clone());
    Some(Resolved::open(actors, "resolve/several", format!("\u{201c}{}\u{201d} are several speakers at once", shown.of(scene.page.text))))
}

/// The two bodies or states named last before a place, the earlier first.
fn last_two_bodies(scene: &Scene<'_>, before: usize) -> Vec<ActorIndex> {
    // Names further back are of another story.
    const NEAR_MAX: usize = 40;
    let mut pair: Vec<ActorIndex> = Vec::new();
    for mention in scene.mentions_before(before).iter().rev().take(NEAR_MAX) {
        let (Who::One(actor) | Who::Demonym(actor)) = mention.who else { continue };
        let person = scene.actor(actor).is_some_and(|actor| actor.kind == ActorKind::Person);
        if !person && !pair.contains(&actor) && pair.len() < 2 {
            pair.insert(0, actor);
        }
    }
    pair
}

/// "the chairman, Per Holm, said": the name in the apposition tells who the role is.
fn apposed_name(scene: &Scene<'_>, head: &Range<usize>, whole: &Range<usize>) -> Option<Resolved> {
    let rest = head.end..whole.end;
    let mention = scene.mentions_in(rest.clone()).first()?;
    let person = mention.actor().and_then(|actor| scene.actor(actor)).is_some_and(|actor| actor.kind == ActorKind::Person);
    // "The president, Lund's rival, said" is not Lund.
    let whole_name = mention.tokens.end == whole.end || scene.page.word(mention.tokens.end) == ",";
    let plain = scene.mention_ending_at(head.end).is_none() && !scene.page.is_capital(head.end.checked_sub(1)?);
    let role = form_ending_at(scene, head.end).is_some();
    if !person || !whole_name || !(plain || role) {
        return None;
    }
    // "The Speaker, Dame Ada Lund"
    let start = before_titles(scene, mention.tokens.start);
    let first = (rest.start..start).all(|at| scene.page.word(at) == "," || scene.page.kind(at) == Some(TokenKind::Quote));
    let shown = scene.page.span(head.start..mention.tokens.end);
    first.then(|| by_name(scene, mention, shown.of(scene.page.text)))
}
