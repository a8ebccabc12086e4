//! Who may be meant by "he", "she", "it" or "they": those named before, weighed by distance, grammar, gender and who spoke.
//!
//! Somebody without a name who spoke ("a voter said") weighs as well, so that the next "he" is not somebody else. Decides
//! nothing: `pronoun` says whether the best is good enough.

use super::ground::{JOINED_MAX, before_titles, is_oblique, is_owner, is_person, joined_to};
use super::mentions::{Mention, Who};
use super::{ActorIndex, Draft, Scene};
use crate::model::{ActorKind, Gender, QuoteKind, Span};
use crate::rules::knowledge::{Class, RoleKind};
use crate::rules::shapes::is_transcript;
use std::cmp::Reverse;
use std::ops::Range;

/// How far back a pronoun may reach, in sentences that are not wholly quoted.
const SENTENCES_MAX: usize = 6;
const START: i32 = 100;
const PER_SENTENCE: i32 = 14;
const SAME_SENTENCE: i32 = 22;
const SPOKE_LAST: i32 = 34;
const SUBJECT: i32 = 22;
const OBLIQUE: i32 = -12;
const QUOTED: i32 = -20;
const GENDER_UNKNOWN: i32 = -16;
const NESTED_SPEAKER: i32 = 60;

/// Names and links that are looked at before a pronoun: six sentences have a few, a sentence without end has thousands.
const BACK_MAX: usize = 64;
/// Tokens that are looked at before and after a place; six long sentences have fewer.
const NEAR_TOKENS_MAX: usize = 600;

/// Somebody who may be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub worth: i32,
    /// None for somebody whom the text does not name.
    pub actor: Option<ActorIndex>,
    /// The draft in which somebody without a name spoke.
    pub draft: Option<usize>,
}

/// The subject of a sentence is the likelier one; a name after a preposition, with "'s" or in a quotation the less likely.
fn grammar(scene: &Scene<'_>, tokens: &Range<usize>, (class, sentence): (Class, usize)) -> i32 {
    let mut first = tokens.clone();
    for _ in 0..JOINED_MAX {
        if scene.ground.is_quoted(first.start) {
            return QUOTED;
        }
        // "Lund and Holm": the second stands as the first does.
        let Some(before) = joined_to(scene, before_titles(scene, first.start)) else { break };
        first = before;
    }
    let tokens = &first;
    let subject = scene.ground.subjects.get(sentence).copied().flatten() == Some(tokens.start);
    match () {
        () if subject => SUBJECT,
        () if is_owner(scene, tokens) && is_alone(scene, tokens, (class, sentence)) => 0,
        () if is_oblique(scene, tokens) => OBLIQUE,
        () => 0,
    }
}

/// Tells whether nobody else in the sentence fits.
fn is_alone(scene: &Scene<'_>, tokens: &Range<usize>, (class, sentence): (Class, usize)) -> bool {
    let all = scene.reading.sentences.get(sentence).map_or(0..0, |sentence| sentence.tokens.clone());
    let near = all.start.max(tokens.start.saturating_sub(NEAR_TOKENS_MAX))..all.end.min(tokens.end + NEAR_TOKENS_MAX);
    let one = scene.mentions_in(tokens.clone()).first().and_then(Mention::actor);
    !scene.mentions_in(near).iter().any(|other| {
        other.actor() != one && is_person(scene, other) && other.actor().is_none_or(|actor| fits(scene, actor, class).is_some())
    })
}

/// Whether an actor can be meant by a pronoun, and what that costs.
pub(super) fn fits(scene: &Scene<'_>, actor: ActorIndex, class: Class) -> Option<i32> {
    let actor = scene.actor(actor)?;
    let person = actor.kind == ActorKind::Person;
    match (class, actor.gender) {
        (Class::He, Some(Gender::Masculine)) | (Class::She, Some(Gender::Feminine)) if person => Some(0),
        (Class::He | Class::She, None) if person => Some(GENDER_UNKNOWN),
        (Class::It, _) if !person => Some(0),
        (Class::They, _) if actor.kind == ActorKind::Group => Some(0),
        _ => None,
    }
}

/// The pronoun in question and what surrounds it.
struct Place {
    class: Class,
    token: usize,
    here: Span,
    sentence: usize,
    draft: Option<usize>,
    /// In whose indirect words it stands.
    nested_in: Option<ActorIndex>,
    /// In whose quoted words it stands.
    quoted_by: Option<ActorIndex>,
    last: Option<Last>,
    /// The person who stands as subject here or in the sentence before.
    newer: Option<ActorIndex>,
}

/// Who spoke last before a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Actor(ActorIndex),
    /// Somebody without a name, in a draft.
    Nameless(usize),
}

/// Gives the candidates for a pronoun, the best first.
pub(super) fn weigh(scene: &Scene<'_>, class: Class, (draft, token): (Option<usize>, usize)) -> Vec<Candidate> {
    let Some(here) = scene.page.tokens.get(token).map(|token| token.span) else { return Vec::new() };
    let parent = draft.and_then(|at| scene.draft(at)).and_then(|draft| draft.attribution.parent);
    let own_words = |draft: &Draft| draft.attribution.quote == QuoteKind::Direct || is_transcript(&draft.attribution.rule);
    let is_direct = parent.and_then(|at| scene.draft(at)).is_some_and(own_words);
    let parent = parent.and_then(|at| scene.speaker(at));
    let mut place = Place {
        class,
        token,
        here,
        sentence: scene.sentence_of(here),
        draft,
        nested_in: parent.filter(|_| !is_direct),
        quoted_by: parent.filter(|_| is_direct),
        last: None,
        newer: None,
    };
    place.last = last_speaker(scene, &place);
    place.newer = newer_subject(scene, &place).filter(|_| place.nested_in.is_none());
    let mut found = Found::default();
    named(scene, &place, &mut found);
    linked(scene, &place, &mut found);
    remembered(scene, &place, &mut found);
    nameless(scene, &place, &mut found);
    if let Some(stranger) = stranger(scene, &place) {
        // Whoever was last named before somebody whom nobody knows is not the nearest.
        let links = scene.ground.links_before(token);
        let since = |actor: ActorIndex| {
            scene.mentions_in(stranger.end..token).iter().any(|mention| mention.actor() == Some(actor))
                || links.iter().rev().take_while(|(at, _)| *at >= stranger.end).any(|(_, linked)| *linked == actor)
        };
        found.list.retain(|one| one.actor.is_none_or(|actor| since(actor) || place.nested_in == Some(actor)));
    }
    let mut list = found.list;
    list.sort_by_key(|one| (Reverse(one.worth), one.actor));
    list
}

/// Tells whether a pronoun stands in what somebody says in a transcript, and an actor is one of those who speak there as well and is
/// not named in it before: "she" may be whoever asked, or somebody of whom the text has not told.
pub(super) fn is_spoken_to(scene: &Scene<'_>, actor: ActorIndex, token: usize) -> bool {
    let Some(here) = scene.page.tokens.get(token).map(|token| token.span) else { return false };
    let labelled = |at: &usize| scene.draft(*at).is_some_and(|draft| is_transcript(&draft.attribution.rule));
    let near = || scene.drafts_near(here.start).filter(labelled);
    let holds = |at: &usize| scene.draft(*at).is_some_and(|draft| draft.attribution.content.iter().any(|content| content.contains(here)));
    let Some(own) = near().find(holds) else { return false };
    let start =
        scene.draft(own).and_then(|draft| draft.attribution.content.first()).map_or(token, |first| scene.page.tokens_in(*first).start);
    let is_named = scene.mentions_in(start..token).iter().any(|mention| mention.actor() == Some(actor));
    !is_named && near().any(|at| at != own && scene.speaker(at) == Some(actor))
}

#[derive(Default)]
struct Found {
    list: Vec<Candidate>,
}

impl Found {
    fn add(&mut self, actor: ActorIndex, worth: i32) {
        match self.list.iter_mut().find(|known| known.actor == Some(actor)) {
            Some(known) => known.worth = known.worth.max(worth),
            None => self.list.push(Candidate { worth, actor: Some(actor), draft: None }),
        }
    }
}

impl Place {
    /// How many sentences of the narrator lie between, where they are not too many.
    fn away(&self, scene: &Scene<'_>, sentence: usize) -> Option<usize> {
        let number = |at: usize| scene.ground.narrated.get(at).copied().unwrap_or(0);
        let away = number(self.sentence).saturating_sub(number(sentence)).max(usize::from(sentence != self.sentence));
        (away <= SENTENCES_MAX).then_some(away)
    }

    fn worth(&self, (actor, away): (ActorIndex, usize)) -> i32 {
        let told_since = self.newer.is_some_and(|newer| newer != actor);
        let spoke = if self.last == Some(Last::Actor(actor)) && !told_since { SPOKE_LAST } else { 0 };
        let nested = if self.nested_in == Some(actor) { NESTED_SPEAKER } else { 0 };
        START - distance(away) + spoke + nested
    }
}

fn distance(away: usize) -> i32 {
    if away == 0 { -SAME_SENTENCE } else { i32::try_from(away).unwrap_or(i32::MAX).saturating_mul(PER_SENTENCE) }
}

fn named(scene: &Scene<'_>, place: &Place, found: &mut Found) {
    let own = own_content(scene, place.draft);
    for mention in scene.mentions_before(place.token).iter().rev().take(BACK_MAX) {
        let sentence = scene.sentence_of(mention.span);
        let Some(away) = place.away(scene, sentence) else { break };
        let Some(actor) = mention.actor() else { continue };
        if own.iter().any(|span| span.contains(mention.span)) || place.quoted_by == Some(actor) {
            continue;
        }
        let Some(agreement) = fits(scene, actor, place.class) else { continue };
        if place.class == Class::It && away > 1 && place.last != Some(Last::Actor(actor)) {
            continue;
        }
        found.add(actor, place.worth((actor, away)) + agreement + grammar(scene, &mention.tokens, (place.class, sentence)));
    }
}

/// Those who were meant by a role or pronoun before.
fn linked(scene: &Scene<'_>, place: &Place, found: &mut Found) {
    for (token, actor) in scene.ground.links_before(place.token).iter().rev().take(BACK_MAX) {
        let Some(span) = scene.page.tokens.get(*token).map(|token| token.span) else { continue };
        let sentence = scene.sentence_of(span);
        let Some(away) = place.away(scene, sentence) else { break };
        if let Some(agreement) = fits(scene, *actor, place.class).filter(|_| place.quoted_by != Some(*actor)) {
            found.add(*actor, place.worth((*actor, away)) + agreement + grammar(scene, &(*token..token + 1), (place.class, sentence)));
        }
    }
}

/// Who spoke last, and in whose words the pronoun stands, however far back they were named.
fn remembered(scene: &Scene<'_>, place: &Place, found: &mut Found) {
    let last = match place.last {
        Some(Last::Actor(actor)) if place.newer.is_none_or(|newer| newer == actor) => Some(actor),
        _ => None,
    };
    for actor in [last, place.nested_in].into_iter().flatten() {
        if let Some(agreement) = fits(scene, actor, place.class).filter(|_| place.quoted_by != Some(actor)) {
            found.add(actor, START - PER_SENTENCE + agreement + SPOKE_LAST);
        }
    }
}

/// Those who spoke without a name, or with one that nobody knows.
fn nameless(scene: &Scene<'_>, place: &Place, found: &mut Found) {
    for at in scene.drafts_near(place.here.start) {
        let Some(source) = earlier_source(scene, place, at) else { continue };
        let Some(away) = place.away(scene, scene.sentence_of(source)) else { continue };
        let Some(who) = who_spoke(scene, (at, place.class)) else { continue };
        let told_since = place.newer.is_some();
        let spoke = if place.last == Some(who) && !told_since { SPOKE_LAST } else { 0 };
        let worth = START - distance(away) + GENDER_UNKNOWN + SUBJECT + spoke;
        match who {
            Last::Actor(actor) => found.add(actor, worth),
            Last::Nameless(_) => found.list.push(Candidate { worth, actor: None, draft: Some(at) }),
        }
    }
}

/// Gives the one of several namesakes who was named shortly before, where the others were not, or only in another story.
pub(super) fn nearest_namesake(scene: &Scene<'_>, namesakes: &[ActorIndex], token: usize) -> Option<ActorIndex> {
    /// Within so many sentences somebody is still spoken of.
    const NEAR_MAX: usize = 6;
    /// So many sentences further back is another story.
    const APART_MIN: usize = 14;
    let number = |at: usize| {
        let span = scene.page.tokens.get(at).map(|token| token.span).unwrap_or_default();
        scene.ground.narrated.get(scene.sentence_of(span)).copied().unwrap_or(0)
    };
    // Whom the data lists with the bare name may be meant anywhere.
    let word = scene.page.word(token);
    let listed = |actor: &ActorIndex| {
        !scene.cast.is_found(*actor) && scene.actor(*actor).is_some_and(|actor| actor.names.iter().any(|name| name.text == word))
    };
    let listed: Vec<ActorIndex> = namesakes.iter().copied().filter(listed).collect();
    let here = number(token);
    let last = |actor: ActorIndex| {
        let named =
            scene.mentions_before(token).iter().rev().find(|mention| mention.actor() == Some(actor)).map(|mention| mention.tokens.start);
        let linked = scene.ground.links_before(token).iter().rev().find(|(_, linked)| *linked == actor).map(|(at, _)| *at);
        named.max(linked).map_or(usize::MAX, |at| here.saturating_sub(number(at)))
    };
    let mut away: Vec<(usize, ActorIndex)> = namesakes.iter().map(|actor| (last(*actor), *actor)).collect();
    away.sort_unstable();
    match away.as_slice() {
        [(near, one), (far, _), ..] if *near <= NEAR_MAX && far.saturating_sub(*near) >= APART_MIN => {
            Some(*one).filter(|one| listed.iter().all(|other| other == one))
        }
        _ => None,
    }
}

/// The source of a draft that stands before a place, at the same depth of quotation.
fn earlier_source(scene: &Scene<'_>, place: &Place, at: usize) -> Option<Span> {
    let parent = |at: usize| scene.draft(at).and_then(|draft| draft.attribution.parent);
    let source = scene.draft(at)?.attribution.source?;
    (source.end <= place.here.start && place.draft.is_none_or(|own| parent(own) == parent(at))).then_some(source)
}

/// Says who spoke in a draft, as far as a pronoun can mean them: the person, the only one of several namesakes who fits, or
/// one human being who is not identified.
fn who_spoke(scene: &Scene<'_>, (at, class): (usize, Class)) -> Option<Last> {
    let resolved = scene.speakers.get(at)?.as_ref()?;
    if let Some(actor) = resolved.actor.filter(|actor| scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Person)) {
        return fits(scene, actor, class).is_some().then_some(Last::Actor(actor));
    }
    if !matches!(class, Class::He | Class::She) {
        return resolved.actor.filter(|actor| fits(scene, *actor, class).is_some()).map(Last::Actor);
    }
    let draft = scene.draft(at)?;
    let head = draft.head.or(draft.attribution.source).map_or(0..0, |span| scene.page.tokens_in(span));
    if let Some(Who::Several(namesakes)) = scene.mention_ending_at(head.end).map(|mention| &mention.who) {
        let fitting: Vec<ActorIndex> = namesakes.iter().copied().filter(|actor| fits(scene, *actor, class).is_some()).collect();
        return match fitting.as_slice() {
            [one] => Some(Last::Actor(*one)),
            [] => None,
            _ => Some(Last::Nameless(at)),
        };
    }
    is_nameless(scene, (head, class)).then_some(Last::Nameless(at))
}

/// Tells whether words are one human being who is not identified: "a voter", "the spokesman", "Pellin".
fn is_nameless(scene: &Scene<'_>, (head, class): (Range<usize>, Class)) -> bool {
    let wanted = if class == Class::He { Gender::Masculine } else { Gender::Feminine };
    if let Some((form, _)) = super::role::form_ending_at(scene, head.end) {
        let kind = scene.given.knowledge.roles.get(form.noun).map(|noun| noun.kind);
        let human = !matches!(kind, None | Some(RoleKind::Body | RoleKind::Document | RoleKind::Address));
        return human && !form.plural && form.gender.is_none_or(|gender| gender == wanted);
    }
    let first_name = scene.given.knowledge.first_names.gender(scene.page.id(head.start)).flatten();
    let words = (1..=3).contains(&head.len()) && head.clone().all(|at| scene.page.is_capital(at) && scene.page.word(at).len() > 3);
    let fits = first_name.is_none_or(|gender| gender == wanted);
    words && fits && !scene.has(Class::Determiner, head.start) && scene.mentions_in(head).is_empty()
}

/// Who spoke last before a place in the text: a person who fits or somebody without a name.
fn last_speaker(scene: &Scene<'_>, place: &Place) -> Option<Last> {
    let paragraph = scene.paragraph_of(place.here);
    let earlier = scene.drafts_near(place.here.start).filter_map(|at| {
        let source = earlier_source(scene, place, at)?;
        let near = paragraph.saturating_sub(scene.paragraph_of(source)) <= 2;
        near.then_some((source.start, who_spoke(scene, (at, place.class))?))
    });
    earlier.max_by_key(|(start, _)| *start).map(|(_, who)| who)
}

/// The person who stands as subject in the same sentence before the pronoun, else in the sentence before.
fn newer_subject(scene: &Scene<'_>, place: &Place) -> Option<ActorIndex> {
    let subject = |sentence: usize| {
        let token = scene.ground.subjects.get(sentence).copied().flatten().filter(|token| *token < place.token)?;
        let named = scene.mentions_in(token..token + 1).first().and_then(Mention::actor);
        let linked = || scene.ground.links_before(token + 1).last().filter(|(at, _)| *at == token).map(|(_, actor)| *actor);
        named.or_else(linked).filter(|actor| fits(scene, *actor, place.class).is_some())
    };
    let own = own_content(scene, place.draft);
    let outside = |sentence: usize| {
        let span = scene.reading.sentences.get(sentence).map(|sentence| sentence.span);
        span.is_some_and(|span| !own.iter().any(|content| content.overlaps(span)))
    };
    let near = |sentence: usize| {
        let paragraph = |at: usize| scene.reading.sentences.get(at).map_or(0, |sentence| sentence.paragraph);
        paragraph(place.sentence).saturating_sub(paragraph(sentence)) <= 1
    };
    let here = Some(place.sentence).filter(|sentence| outside(*sentence)).and_then(subject);
    here.or_else(|| place.sentence.checked_sub(1).filter(|before| near(*before)).and_then(subject))
}

/// A name of somebody unknown that stands as a source, or before "who", in the sentences before a pronoun; the last one.
fn stranger(scene: &Scene<'_>, place: &Place) -> Option<Range<usize>> {
    if !matches!(place.class, Class::He | Class::She) {
        return None;
    }
    let first = scene.reading.sentences.get(place.sentence.saturating_sub(SENTENCES_MAX))?.tokens.start;
    (first.max(place.token.saturating_sub(NEAR_TOKENS_MAX))..place.token)
        .rev()
        .find_map(|at| super::people::stranger_ending_at(scene, at + 1))
}

fn own_content(scene: &Scene<'_>, draft: Option<usize>) -> Vec<Span> {
    draft.and_then(|at| scene.draft(at)).map(|draft| draft.attribution.content.clone()).unwrap_or_default()
}
