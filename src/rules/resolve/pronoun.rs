//! Pronouns as sources: he, she, it, they, I, we, who.
//!
//! Weighs those named before by distance, grammar and gender; when the second best is close, nobody is named.

use super::mentions::{Mention, Who};
use super::{ActorIndex, Resolved, RuleCard, Scene, card};
use crate::model::{ActorKind, Gender, QuoteKind, Span};
use crate::rules::knowledge::Class;
use crate::rules::text::TokenKind;

pub(super) const CARDS: &[RuleCard] = &[
    card!(
        "resolve/pronoun",
        "\u{201c}he\u{201d}, \u{201c}she\u{201d}, \u{201c}it\u{201d} is the one named before who fits best, if nobody else fits nearly as well"
    ),
    card!("resolve/first-person", "\u{201c}I\u{201d} and \u{201c}we\u{201d} inside a quotation is who is quoted"),
    card!("resolve/relative", "\u{201c}who\u{201d} is the one named right before it"),
];

/// How far back a pronoun may reach, in sentences.
const SENTENCES_MAX: usize = 6;
/// What a candidate must be ahead of the next to be named.
const MARGIN: i32 = 12;
const START: i32 = 100;
const PER_SENTENCE: i32 = 14;
const SPOKE_LAST: i32 = 34;
const SUBJECT: i32 = 22;
const OBLIQUE: i32 = -12;
const GENDER_UNKNOWN: i32 = -8;
const NESTED_SPEAKER: i32 = 60;
const WORTH_MIN: i32 = 40;
/// How many quotations may start inside one before the words in question.
const QUOTES_BACK_MAX: usize = 32;

/// Gives the class of a pronoun that can be a source.
pub(super) fn class_of(scene: &Scene<'_>, token: usize) -> Option<Class> {
    let classes = [Class::He, Class::She, Class::It, Class::They, Class::FirstSingular, Class::FirstPlural, Class::Relative];
    let class = classes.into_iter().find(|class| scene.has(*class, token))?;
    (class != Class::Relative || scene.page.word(token).eq_ignore_ascii_case("who")).then_some(class)
}

/// Says who a pronoun is that stands as the source of a draft.
pub(super) fn resolve(scene: &Scene<'_>, class: Class, (draft, token): (usize, usize)) -> Resolved {
    match class {
        Class::FirstSingular | Class::FirstPlural => first_person(scene, draft, token),
        Class::Relative => relative(scene, token),
        _ => third_person(scene, class, Some(draft), token),
    }
}

/// Says whose "his" or "her" is, where it is plain.
pub(super) fn owner(scene: &Scene<'_>, token: usize) -> Option<ActorIndex> {
    let class = if scene.has(Class::His, token) { Class::He } else { Class::She };
    third_person(scene, class, None, token).actor
}

/// Says who a pronoun in a content is; used for targets and holders.
pub(crate) fn mentioned(scene: &Scene<'_>, draft: usize, token: usize) -> Option<ActorIndex> {
    let class = class_of(scene, token)?;
    match class {
        Class::FirstSingular | Class::FirstPlural => scene.speakers.get(draft)?.as_ref()?.actor.filter(|_| in_quotation(scene, token)),
        Class::Relative => relative(scene, token).actor,
        _ => {
            let speaker = scene.speakers.get(draft)?.as_ref()?.actor?;
            let kind = scene.actor(speaker)?.kind;
            let agrees = fits(scene, speaker, class) == Some(0);
            (agrees && kind == ActorKind::Person && !in_quotation(scene, token)).then_some(speaker)
        }
    }
}

fn in_quotation(scene: &Scene<'_>, token: usize) -> bool {
    let Some(span) = scene.page.tokens.get(token).map(|token| token.span) else { return false };
    let before = scene.reading.quotes.partition_point(|quote| quote.outer.start <= span.start);
    scene.reading.quotes.iter().take(before).rev().take(QUOTES_BACK_MAX).any(|quote| quote.outer.contains(span))
}

fn first_person(scene: &Scene<'_>, draft: usize, token: usize) -> Resolved {
    let mut at = scene.draft(draft).and_then(|draft| draft.attribution.parent);
    // Bounded by the number of drafts: parents come before their children.
    for _ in 0..scene.reading.drafts.len() {
        let Some(parent) = at else { break };
        if let Some(actor) = scene.speakers.get(parent).and_then(Option::as_ref).and_then(|resolved| resolved.actor) {
            let note = format!("\u{201c}{}\u{201d} is {}, whose words these are", scene.page.word(token), scene.name(actor));
            return Resolved::actor(actor, "resolve/first-person", note).sure(85);
        }
        at = scene.draft(parent).and_then(|draft| draft.attribution.parent);
    }
    Resolved::open(
        Vec::new(),
        "resolve/first-person",
        format!("whose words hold \u{201c}{}\u{201d}, the text does not tell", scene.page.word(token)),
    )
}

fn relative(scene: &Scene<'_>, token: usize) -> Resolved {
    let end = if token > 0 && scene.page.word(token - 1) == "," { token - 1 } else { token };
    let before = scene.mentions_before(end).last();
    match before.filter(|mention| mention.tokens.end == end).and_then(Mention::actor) {
        Some(actor) => {
            Resolved::actor(actor, "resolve/relative", format!("\u{201c}who\u{201d} is {}, named right before", scene.name(actor))).sure(88)
        }
        None => Resolved::open(Vec::new(), "resolve/relative", "who \u{201c}who\u{201d} is, the words before do not name".to_owned()),
    }
}

fn third_person(scene: &Scene<'_>, class: Class, draft: Option<usize>, token: usize) -> Resolved {
    let shown = scene.page.word(token);
    let weighed = weigh(scene, class, draft, token);
    let open = |note: String| Resolved::open(weighed.iter().map(|(_, actor)| *actor).take(3).collect(), "resolve/pronoun", note);
    match weighed.as_slice() {
        [(worth, best), rest @ ..] if *worth >= WORTH_MIN => match rest.first() {
            Some((next, other)) if worth - next < MARGIN => open(format!(
                "\u{201c}{shown}\u{201d} may be {} or {}; the text does not tell them apart",
                scene.name(*best),
                scene.name(*other)
            )),
            _ => {
                let note = format!("\u{201c}{shown}\u{201d} is {}, who fits best of those named before", scene.name(*best));
                Resolved::actor(*best, "resolve/pronoun", note).sure(82)
            }
        },
        _ => open(format!("nobody named before \u{201c}{shown}\u{201d} fits it")),
    }
}

/// Candidates with their worth, the best first.
fn weigh(scene: &Scene<'_>, class: Class, draft: Option<usize>, token: usize) -> Vec<(i32, ActorIndex)> {
    let Some(here) = scene.page.tokens.get(token).map(|token| token.span) else { return Vec::new() };
    let sentence = scene.sentence_of(here);
    let (own, last, parent) = (own_content(scene, draft), last_speaker(scene, here, draft), nested_speaker(scene, draft));
    let quoted_by = quoting(scene, draft);
    let newer_subject = subject_before(scene, class, here).filter(|_| parent.is_none());
    let mut weighed: Vec<(i32, ActorIndex)> = Vec::new();
    let mut add = |actor: ActorIndex, worth: i32| match weighed.iter_mut().find(|(_, known)| *known == actor) {
        Some(entry) => entry.0 = entry.0.max(worth),
        None => weighed.push((worth, actor)),
    };
    for mention in scene.mentions_before(token).iter().rev() {
        let away = sentence.saturating_sub(scene.sentence_of(mention.span));
        if away > SENTENCES_MAX {
            break;
        }
        let Some(actor) = mention.actor() else { continue };
        if own.iter().any(|span| span.contains(mention.span)) || quoted_by == Some(actor) {
            continue;
        }
        let Some(agreement) = fits(scene, actor, class) else { continue };
        if class == Class::It && away > 1 && last != Some(actor) {
            continue;
        }
        let told_since = newer_subject.is_some_and(|newer| newer != actor);
        let spoke = if last == Some(actor) && !told_since { SPOKE_LAST } else { 0 };
        let nested = if parent == Some(actor) { NESTED_SPEAKER } else { 0 };
        let distance = i32::try_from(away).unwrap_or(i32::MAX).saturating_mul(PER_SENTENCE);
        add(actor, START - distance + agreement + grammar(scene, mention) + spoke + nested);
    }
    for actor in [last.filter(|last| newer_subject.is_none_or(|newer| newer == *last)), parent].into_iter().flatten() {
        if let Some(agreement) = fits(scene, actor, class).filter(|_| quoted_by != Some(actor)) {
            add(actor, START - PER_SENTENCE + agreement + SPOKE_LAST);
        }
    }
    if let Some(place) = stranger(scene, class, here) {
        // Whoever was last named before somebody whom nobody knows is not the nearest.
        let since = |actor: ActorIndex| scene.mentions_in(place.end..token).iter().any(|mention| mention.actor() == Some(actor));
        let own = |actor: ActorIndex| parent == Some(actor);
        weighed.retain(|(_, actor)| since(*actor) || own(*actor));
    }
    weighed.sort_by_key(|(worth, actor)| (std::cmp::Reverse(*worth), *actor));
    weighed
}

/// The person who stands as subject of the sentence right before, where that sentence says nothing of who spoke.
fn subject_before(scene: &Scene<'_>, class: Class, here: Span) -> Option<ActorIndex> {
    let before = scene.sentence_of(here).checked_sub(1)?;
    let sentence = scene.reading.sentences.get(before)?;
    let same_paragraph = sentence.paragraph == scene.paragraph_of(here);
    let subject = scene.mentions_in(sentence.tokens.clone()).iter().find(|mention| {
        let person = mention.actor().is_some_and(|actor| fits(scene, actor, class).is_some());
        person && grammar(scene, mention) == SUBJECT && !in_quotation(scene, mention.tokens.start)
    });
    subject.filter(|_| same_paragraph).and_then(Mention::actor)
}

/// A name of somebody unknown that stands as a source, or before "who", in the sentences before a pronoun; the last one.
fn stranger(scene: &Scene<'_>, class: Class, here: Span) -> Option<std::ops::Range<usize>> {
    if !matches!(class, Class::He | Class::She) {
        return None;
    }
    let sentence = scene.sentence_of(here);
    let first = scene.reading.sentences.get(sentence.saturating_sub(SENTENCES_MAX))?.tokens.start;
    let token = scene.page.tokens_in(here).start;
    (first..token).rev().find_map(|at| super::people::stranger_ending_at(scene, at + 1))
}

/// Whether an actor can be meant by a pronoun, and what that costs.
fn fits(scene: &Scene<'_>, actor: ActorIndex, class: Class) -> Option<i32> {
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

/// The subject of a sentence is the likelier one; a name after a preposition or with "'s" the less likely.
fn grammar(scene: &Scene<'_>, mention: &Mention) -> i32 {
    let start = mention.tokens.start;
    let possessive = scene.page.kind(mention.tokens.end) == Some(TokenKind::Clitic);
    let mut before = start;
    while before > 0 && (scene.has(Class::Determiner, before - 1) || super::role::form_ending_at(scene, before).is_some()) {
        before -= 1;
    }
    // "Lund and Holm": the second stands as the first does.
    let joined = before > 1 && scene.has(Class::Conjunction, before - 1);
    if let Some(first) = scene.mention_ending_at(before.saturating_sub(1)).filter(|_| joined) {
        return grammar(scene, first);
    }
    let oblique = before > 0 && scene.has(Class::Preposition, before - 1);
    let sentence = scene.reading.sentences.get(scene.sentence_of(mention.span));
    let first = sentence.is_some_and(|sentence| {
        let inside = scene.mentions_in(sentence.tokens.start..start);
        !inside
            .iter()
            .any(|other| matches!(other.who, Who::One(actor) if scene.actor(actor).is_some_and(|actor| actor.kind == ActorKind::Person)))
    });
    match (possessive || oblique, first) {
        (true, _) => OBLIQUE,
        (false, true) => SUBJECT,
        (false, false) => 0,
    }
}

fn own_content(scene: &Scene<'_>, draft: Option<usize>) -> Vec<Span> {
    draft.and_then(|at| scene.draft(at)).map(|draft| draft.attribution.content.clone()).unwrap_or_default()
}

/// Who spoke last before a place in the text, at the same depth of quotation.
fn last_speaker(scene: &Scene<'_>, here: Span, draft: Option<usize>) -> Option<ActorIndex> {
    let parent = draft.and_then(|at| scene.draft(at)).and_then(|draft| draft.attribution.parent);
    let paragraph = scene.paragraph_of(here);
    let earlier = scene.drafts_near(here.start).filter_map(|at| {
        let (draft, resolved) = (scene.draft(at)?, scene.speakers.get(at)?);
        let source = draft.attribution.source.filter(|source| source.end <= here.start && draft.attribution.parent == parent)?;
        let near = paragraph.saturating_sub(scene.paragraph_of(source)) <= 2;
        near.then_some((source.start, resolved.as_ref()?.actor?))
    });
    earlier.max().map(|(_, actor)| actor)
}

/// In "X said that he had told …" the inner "he" is likeliest X.
fn nested_speaker(scene: &Scene<'_>, draft: Option<usize>) -> Option<ActorIndex> {
    let parent = scene.draft(draft?)?.attribution.parent?;
    let indirect = scene.draft(parent)?.attribution.quote != QuoteKind::Direct;
    scene.speakers.get(parent)?.as_ref()?.actor.filter(|_| indirect)
}

/// In X's own quoted words "he" is not X.
fn quoting(scene: &Scene<'_>, draft: Option<usize>) -> Option<ActorIndex> {
    let parent = scene.draft(draft?)?.attribution.parent?;
    let direct = scene.draft(parent)?.attribution.quote == QuoteKind::Direct;
    scene.speakers.get(parent)?.as_ref()?.actor.filter(|_| direct)
}
