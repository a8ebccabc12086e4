//! How people stand in the sentences of a text: as subject, after a preposition, as owner, in a quotation.
//!
//! Found once for a text, before anybody is asked who speaks; `salience` weighs with it.

use super::mentions::{Mention, Who};
use super::{ActorIndex, Scene};
use crate::model::ActorKind;
use crate::rules::knowledge::{Class, RoleKind};
use crate::rules::lexicon;
use crate::rules::text::TokenKind;
use std::ops::Range;

/// "Lund, Holm and Berg and …": more names than this are a list.
pub(super) const JOINED_MAX: usize = 8;
/// "the former deputy foreign minister Mr. Lund": more titles than this are none.
const TITLES_MAX: usize = 8;

/// Words that may stand between a name and the name of who works for it: "Lund campaign communications director Per Holm".
const MODIFIED_TOKENS_MAX: usize = 5;

/// What the weighing needs to know of a text, found once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ground {
    /// By token: whether it stands in a quotation.
    quoted: Vec<bool>,
    /// By sentence: how many sentences before it are not wholly quoted.
    pub narrated: Vec<usize>,
    /// By sentence: the token at which a person stands as its subject.
    pub subjects: Vec<Option<usize>>,
    /// "He" and "she" in the narrator's own words, in text order.
    free: Vec<usize>,
    /// Tokens by which somebody is meant without being named.
    links: Vec<(usize, ActorIndex)>,
}

impl Ground {
    /// Tells whether a token stands in a quotation.
    pub fn is_quoted(&self, token: usize) -> bool {
        self.quoted.get(token).copied().unwrap_or(false)
    }

    /// Gives the pronouns of the narrator between two tokens.
    pub fn free_in(&self, tokens: Range<usize>) -> Vec<usize> {
        let start = self.free.partition_point(|token| *token < tokens.start);
        self.free.iter().skip(start).copied().take_while(|token| *token < tokens.end).collect()
    }

    /// Remembers whom a token means.
    pub fn link(&mut self, token: usize, actor: ActorIndex) {
        let place = self.links.partition_point(|(known, _)| *known < token);
        self.links.insert(place, (token, actor));
    }

    /// Gives the tokens before another by which somebody is meant without a name, in text order.
    pub fn links_before(&self, token: usize) -> &[(usize, ActorIndex)] {
        let end = self.links.partition_point(|(known, _)| *known < token);
        self.links.get(..end).unwrap_or(&[])
    }
}

/// Prepares a scene whose mentions are known.
pub(super) fn survey(scene: &mut Scene<'_>) {
    let count = scene.page.tokens.len();
    let (mut quoted, mut told) = (vec![false; count], vec![false; count]);
    for quote in scene.reading.quotes.iter().filter(|quote| quote.depth == 1) {
        quoted.iter_mut().take(quote.close).skip(quote.open + 1).for_each(|inside| *inside = true);
    }
    for draft in &scene.reading.drafts {
        for content in &draft.attribution.content {
            let tokens = scene.page.tokens_in(*content);
            told.iter_mut().take(tokens.end).skip(tokens.start).for_each(|inside| *inside = true);
        }
    }
    let mut narrated = Vec::with_capacity(scene.reading.sentences.len());
    let mut seen = 0;
    for sentence in &scene.reading.sentences {
        narrated.push(seen);
        seen += usize::from(sentence.tokens.clone().any(|at| is_word(scene, at) && !quoted.get(at).copied().unwrap_or(false)));
    }
    let is_free = |at: &usize| !quoted.get(*at).copied().unwrap_or(false) && !told.get(*at).copied().unwrap_or(false);
    let free = (0..count).filter(|at| is_he_or_she(scene, *at) && is_free(at)).collect();
    scene.ground = Ground { quoted, narrated, subjects: Vec::new(), free, links: Vec::new() };
    scene.ground.subjects = (0..scene.reading.sentences.len()).map(|sentence| find_subject(scene, sentence)).collect();
    // "When he came, Ada Lund spoke": whom the first "he" means is told later, if at all.
    let subject = |token: usize| {
        let span = scene.page.tokens.get(token).map(|token| token.span).unwrap_or_default();
        scene.ground.subjects.get(scene.sentence_of(span)).copied().flatten()
    };
    let free = scene.ground.free.iter().copied().filter(|token| subject(*token).is_none_or(|subject| subject <= *token)).collect();
    scene.ground.free = free;
}

fn is_word(scene: &Scene<'_>, at: usize) -> bool {
    scene.page.kind(at) == Some(TokenKind::Word)
}

fn is_he_or_she(scene: &Scene<'_>, at: usize) -> bool {
    scene.has(Class::He, at) || scene.has(Class::She, at)
}

/// The first person of a sentence who is no object, owner or part of another's title, or "he" or "she" before that.
fn find_subject(scene: &Scene<'_>, sentence: usize) -> Option<usize> {
    let tokens = scene.reading.sentences.get(sentence)?.tokens.clone();
    let name = scene.mentions_in(tokens.clone()).iter().find(|mention| {
        is_person(scene, mention)
            && !scene.ground.is_quoted(mention.tokens.start)
            && !is_oblique(scene, &mention.tokens)
            && !is_modifier(scene, mention)
    });
    let name = name.map(|mention| mention.tokens.start);
    let end = name.unwrap_or(tokens.end);
    let clause = (tokens.start..tokens.start + 2).any(|at| scene.has(Class::ClauseStart, at) && !scene.has(Class::Determiner, at));
    let end = if clause && name.is_some() { tokens.start } else { end };
    let pronoun = (tokens.start..end).find(|at| is_he_or_she(scene, *at) && !scene.ground.is_quoted(*at));
    let first = pronoun.or(name)?;
    // Somebody else speaks before: "The mayor praised Ada Lund".
    let start = scene.page.tokens.get(first)?.span.start;
    let from = scene.page.tokens.get(tokens.start)?.span.start;
    let earlier = scene.sources.partition_point(|source| source.start < from);
    let spoken_for = scene.sources.iter().skip(earlier).take_while(|source| source.start < start).any(|source| source.end <= start);
    (!spoken_for).then_some(first)
}

pub(super) fn is_person(scene: &Scene<'_>, mention: &Mention) -> bool {
    match &mention.who {
        Who::One(actor) => scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Person),
        Who::Several(_) => true,
        Who::Topic(_) | Who::Demonym(_) => false,
    }
}

/// After a preposition, or with "'s".
pub(super) fn is_oblique(scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
    let (mut tokens, mut before) = (tokens.clone(), before_titles(scene, tokens.start));
    for _ in 0..JOINED_MAX {
        if is_owner(scene, &tokens) {
            return true;
        }
        // "between Lund and Holm"
        let Some(first) = joined_to(scene, before) else { break };
        (before, tokens) = (before_titles(scene, first.start), first);
    }
    let preposition = before.checked_sub(1).filter(|at| scene.has(Class::Preposition, *at));
    // "according to Lund": who speaks is none.
    let whole = |at: usize| scene.page.span(at..tokens.end);
    preposition.is_some_and(|at| !scene.is_in_source(scene.page.span(tokens.clone())) || scene.is_in_source(whole(at)))
}

/// Gives the name before the "and" that stands before a token.
pub(super) fn joined_to(scene: &Scene<'_>, before: usize) -> Option<Range<usize>> {
    let joined = before > 1 && scene.has(Class::Conjunction, before - 1);
    scene.mention_ending_at(before.saturating_sub(1)).filter(|_| joined).map(|first| first.tokens.clone())
}

pub(super) fn is_owner(scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
    scene.page.kind(tokens.end) == Some(TokenKind::Clitic)
}

pub(super) fn before_titles(scene: &Scene<'_>, start: usize) -> usize {
    let mut before = start;
    for _ in 0..TITLES_MAX {
        if before == 0 {
            break;
        }
        // "Mr." has its point between.
        let point = usize::from(before > 1 && scene.page.word(before - 1) == ".");
        let address = |noun: usize| scene.given.knowledge.roles.get(noun).is_some_and(|noun| noun.kind == RoleKind::Address);
        match super::role::form_ending_at(scene, before - point) {
            Some((form, tokens)) if point == 0 || address(form.noun) => before = tokens.start,
            _ if scene.has(Class::Determiner, before - 1) => before -= 1,
            _ => break,
        }
    }
    // "Norvanian President Ada Lund"
    match scene.mention_ending_at(before).filter(|owner| before < start && !is_person(scene, owner)) {
        Some(owner) => owner.tokens.start,
        None => before,
    }
}

/// "Lund" in "Lund campaign director Per Holm said".
fn is_modifier(scene: &Scene<'_>, mention: &Mention) -> bool {
    let end = mention.tokens.end;
    let Some(next) = scene.mentions_in(end..end + 1 + MODIFIED_TOKENS_MAX).iter().find(|next| is_person(scene, next)) else { return false };
    let titled = super::role::form_ending_at(scene, next.tokens.start).is_some_and(|(_, title)| title.start >= end);
    let verbs = lexicon::Class::PAST.or(lexicon::Class::THIRD).or(lexicon::Class::AUXILIARY).or(lexicon::Class::PREPOSITION);
    let noun = |at: usize| is_word(scene, at) && !scene.page.is_capital(at) && !scene.listed(at).any(verbs);
    titled && (end..next.tokens.start).all(noun)
}
