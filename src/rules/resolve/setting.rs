//! To whom something was said, and on which occasion or in which medium: "told CNN", "at a briefing in Halvane", "in a post on X".
//!
//! Looks beside the cue only: an occasion inside the content is what was spoken about. Days are the business of `dates`.

use super::{RuleCard, Scene, card};
use crate::model::{Addressee, Span};
use crate::rules::knowledge::Class;
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[card!("resolve/venue", "an occasion or a medium named beside the cue is where it was said")];

/// How far from its cue an occasion may stand, in tokens: a long apposition lies between them at most.
const VENUE_REACH: usize = 40;
/// Most words between the preposition and the noun of an occasion: "at a joint late-night news conference".
const MODIFIERS_MAX: usize = 6;
/// Most phrases that belong to the occasion: "in an interview with X in Y".
const PHRASES_MAX: usize = 3;
/// Most words of a phrase without a name: "to the upper house".
const PLAIN_WORDS_MAX: usize = 3;

/// Gives to whom a draft was said, where the words around its cue tell it.
pub(crate) fn addressee(scene: &Scene<'_>, draft: usize) -> Option<Addressee> {
    let whole = scene.page.tokens_in(scene.draft(draft)?.addressee?);
    // "told the Courier in his office": where it was said is no part of who was told.
    let end = whole.clone().skip(1).find(|at| scene.has(Class::VenuePreposition, *at)).unwrap_or(whole.end);
    let tokens = whole.start..end;
    if tokens.is_empty() || scene.has(Class::VenueNoun, end - 1) {
        return None;
    }
    let span = scene.page.span(tokens.clone());
    let named = scene.mention_ending_at(tokens.end).filter(|mention| {
        let before = tokens.start..mention.tokens.start;
        before.start <= before.end && before.into_iter().all(|at| scene.has(Class::Determiner, at))
    });
    let actor = named.and_then(|mention| mention.actor()).and_then(|actor| scene.actor(actor)).map(|actor| actor.id.clone());
    Some(Addressee { span, actor })
}

/// Gives the occasion or medium of a draft, where the words around its cue tell it.
pub(crate) fn venue(scene: &Scene<'_>, draft: usize) -> Option<Span> {
    let draft = scene.draft(draft)?;
    let anchor = draft.attribution.cue?;
    let sentence = scene.reading.sentences.get(scene.sentence_of(anchor))?;
    let here = scene.page.tokens_in(anchor);
    let near = here.start.saturating_sub(VENUE_REACH).max(sentence.tokens.start)..(here.end + VENUE_REACH).min(sentence.tokens.end);
    let taken: Vec<Range<usize>> = draft
        .attribution
        .content
        .iter()
        .chain(&draft.attribution.source)
        .chain(&draft.attribution.cue)
        .map(|span| scene.page.tokens_in(*span))
        .collect();
    let is_free = |at: usize| !taken.iter().any(|range| range.contains(&at));
    let found = near
        .filter(|at| scene.has(Class::VenuePreposition, *at) && is_free(*at))
        .find_map(|at| venue_at(scene, at).filter(|range| range.clone().all(is_free)))?;
    Some(scene.page.span(found))
}

/// "at a joint news conference in Halvane", "on X".
fn venue_at(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    if !scene.has(Class::VenuePreposition, at) {
        return None;
    }
    if scene.has(Class::Platform, at + 1) && scene.page.is_capital(at + 1) {
        return Some(at..names_end(scene, at + 2));
    }
    // "after meeting him" is no meeting.
    if scene.has(Class::OccasionOnly, at) && !scene.has(Class::Determiner, at + 1) {
        return None;
    }
    let noun = (at + 1..at + 2 + MODIFIERS_MAX).take_while(|word| is_modifier(scene, *word)).find(|word| {
        let compound = scene.has(Class::VenueNoun, word + 1);
        scene.has(Class::VenueNoun, *word) && !compound
    })?;
    let mut end = noun + 1;
    for _ in 0..PHRASES_MAX {
        match phrase_end(scene, end) {
            Some(next) => end = next,
            None => break,
        }
    }
    Some(at..end)
}

fn is_modifier(scene: &Scene<'_>, at: usize) -> bool {
    scene.page.kind(at) == Some(TokenKind::Word)
        && !scene.has(Class::Preposition, at)
        && !scene.has(Class::Conjunction, at)
        && !is_of_time(scene, at)
        || scene.page.word(at) == "-"
}

/// "with Edda Varrow", "in Halvane", "to the upper house", with one past its last token; none where no such phrase follows.
fn phrase_end(scene: &Scene<'_>, at: usize) -> Option<usize> {
    if !scene.has(Class::Preposition, at) {
        return None;
    }
    let mut start = at + 1;
    while scene.has(Class::Determiner, start) {
        start += 1;
    }
    if is_of_time(scene, start) {
        return None;
    }
    let end = names_end(scene, start);
    let is_plain = |word: &usize| is_modifier(scene, *word) && !is_of_time(scene, *word) && !scene.has(Class::ClauseStart, *word);
    let words = (end..end + PLAIN_WORDS_MAX + 1).take_while(is_plain).count();
    let stop = end + words;
    let is_closed =
        scene.page.kind(stop) != Some(TokenKind::Word) || scene.has(Class::ClauseStart, stop) || scene.has(Class::Preposition, stop);
    match (end > start, words) {
        (true, 0) => Some(end),
        // "with a U.S. delegation", "to the upper house": a common noun after a determiner, with nothing more behind it.
        (_, 1..=PLAIN_WORDS_MAX) if is_closed && start > at + 1 => Some(stop),
        (true, _) if start == at + 1 => Some(end),
        _ => None,
    }
}

/// One past the last of a run of words with capitals.
fn names_end(scene: &Scene<'_>, start: usize) -> usize {
    let mut at = start;
    loop {
        let point = scene.page.word(at) == "."
            && scene.page.word(at - 1).chars().count() == 1
            && !scene.page.is_spaced(at)
            && (scene.page.word(at.saturating_sub(2)) == "." || scene.page.is_capital(at + 1) && !scene.page.is_spaced(at + 1));
        let clitic = scene.page.kind(at) == Some(TokenKind::Clitic) && scene.page.is_capital(at + 1);
        if !(scene.page.is_capital(at) && !is_of_time(scene, at) || at > start && (point || clitic)) {
            return at;
        }
        at += 1;
    }
}

fn is_of_time(scene: &Scene<'_>, at: usize) -> bool {
    let classes =
        [Class::Weekday, Class::Month, Class::MonthShort, Class::MonthOther, Class::Today, Class::Yesterday, Class::Last, Class::This];
    classes.into_iter().any(|class| scene.has(class, at))
}
