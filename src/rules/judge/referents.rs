//! What the words of a sentence refer to: names, roles, pronouns, "the plan".
//!
//! Fills the slots of stance patterns; a word whose referent is not plain is none.

use crate::model::{ActorKind, TopicKind};
use crate::rules::knowledge::{Class, RoleKind};
use crate::rules::resolve::{ActorIndex, Mention, Scene, Who, form_ending_at, mentioned, role_holder};
use crate::rules::text::TokenKind;
use std::ops::Range;

/// What some words refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thing {
    Actor(ActorIndex),
    Topic(usize),
}

/// Words of a sentence with what they refer to and how they stand in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Referent {
    pub thing: Thing,
    pub tokens: Range<usize>,
    /// "Putin's", "his"
    pub possessive: bool,
    /// After a preposition.
    pub oblique: bool,
    /// Before a noun: "the US plan".
    pub modifier: bool,
    /// Not a name.
    pub pronoun: bool,
}

impl Referent {
    pub fn actor(&self) -> Option<ActorIndex> {
        match self.thing {
            Thing::Actor(actor) => Some(actor),
            Thing::Topic(_) => None,
        }
    }
}

/// How far back "the plan" and "it" may reach, in sentences.
const SENTENCES_MAX: usize = 12;

/// Gives the referents of a range of tokens, in text order; `draft_at` gives the innermost draft that holds a token.
pub(super) fn read(scene: &Scene<'_>, tokens: Range<usize>, draft_at: impl Fn(usize) -> Option<usize>) -> Vec<Referent> {
    let mut referents: Vec<Referent> = Vec::new();
    let mut at = tokens.start;
    while at < tokens.end {
        let found = named(scene, at).or_else(|| short_form(scene, at)).or_else(|| pronoun(scene, at, &draft_at));
        match found {
            Some(referent) => {
                at = referent.tokens.end.max(at + 1);
                referents.push(referent);
            }
            None => at += 1,
        }
    }
    referents
}

fn made(scene: &Scene<'_>, thing: Thing, tokens: Range<usize>) -> Referent {
    let possessive = scene.page.kind(tokens.end) == Some(TokenKind::Clitic);
    let mut before = tokens.start;
    while before > 0
        && (scene.has(Class::Determiner, before - 1) || scene.page.kind(before - 1) == Some(TokenKind::Quote) || is_title(scene, before))
    {
        before -= 1;
    }
    let oblique = before > 0 && scene.has(Class::Preposition, before - 1);
    let modifier = !possessive && is_noun(scene, tokens.end);
    Referent { thing, tokens, possessive, oblique, modifier, pronoun: false }
}

fn is_title(scene: &Scene<'_>, end: usize) -> bool {
    form_ending_at(scene, end).is_some()
}

/// A word that the language data does not know as anything but a noun, or a hyphen, right after a name.
fn is_noun(scene: &Scene<'_>, at: usize) -> bool {
    let word = scene.page.word(at);
    if scene.page.kind(at) == Some(TokenKind::Punct) {
        return crate::rules::knowledge::is_hyphen(word) && !scene.page.is_spaced(at);
    }
    let folded = crate::rules::knowledge::fold(word);
    let known = scene.given.lexicon.class(&folded) != Default::default() || scene.given.lexicon.entry(&folded).is_some();
    scene.page.kind(at) == Some(TokenKind::Word) && !known && scene.page.is_spaced(at)
}

fn named(scene: &Scene<'_>, at: usize) -> Option<Referent> {
    let mention = scene.mentions_in(at..at + 1).first()?;
    if let Some(with_role) = role_after(scene, mention) {
        return Some(with_role);
    }
    match mention.who {
        Who::One(actor) if !is_place(scene, mention) => Some(made(scene, Thing::Actor(actor), mention.tokens.clone())),
        Who::Topic(topic) => Some(Referent { modifier: false, ..made(scene, Thing::Topic(topic), mention.tokens.clone()) }),
        _ => None,
    }
}

/// A metonym after "in" or "to" is the place.
fn is_place(scene: &Scene<'_>, mention: &Mention) -> bool {
    mention.metonym && mention.tokens.start > 0 && scene.has(Class::PlacePreposition, mention.tokens.start - 1)
}

/// "Kremlin officials", "European leaders", "the Russian president": the role decides whom the words refer to.
fn role_after(scene: &Scene<'_>, mention: &Mention) -> Option<Referent> {
    let (end, forms) = scene.given.knowledge.roles.forms.longest_at(&scene.page, mention.tokens.end)?;
    let form = forms.first()?;
    let noun = scene.given.knowledge.roles.get(form.noun)?;
    // "President Ada Lund": the name that follows decides.
    if scene.mentions_in(end..end + 1).first().is_some_and(|next| matches!(next.who, Who::One(_) | Who::Several(_)))
        || noun.kind == RoleKind::Address
    {
        return None;
    }
    let (Who::One(owner) | Who::Demonym(owner)) = mention.who else { return None };
    let kind = scene.actor(owner)?.kind;
    let tokens = mention.tokens.start..end;
    if form.plural {
        let together = matches!(kind, ActorKind::Office | ActorKind::Organisation) || (kind == ActorKind::Group && form.title == "leader");
        return together.then(|| Referent { modifier: false, ..made(scene, Thing::Actor(owner), tokens) });
    }
    let holder = role_holder(scene, (form, mention.tokens.end..end), mention.tokens.start..end)?;
    Some(Referent { modifier: false, ..made(scene, Thing::Actor(holder), tokens) })
}

/// "the plan", "any peace plan", "the meeting": the topic of that kind that the text has named, if there is one only.
fn short_form(scene: &Scene<'_>, at: usize) -> Option<Referent> {
    // Words between the determiner and the noun, all of them words of the topic's own names: "the initial peace".
    const BETWEEN_MAX: usize = 2;
    if !scene.has(Class::Determiner, at) && !scene.has(Class::Indefinite, at) {
        return None;
    }
    let noun = (at + 1..=at + 1 + BETWEEN_MAX).find(|token| kinds(scene, *token).next().is_some())?;
    let wanted: Vec<TopicKind> = kinds(scene, noun).collect();
    let topic = last_topic(scene, at, |kind| wanted.contains(&kind))?;
    let topic_words = scene.given.knowledge.topics.get(topic)?;
    let own = |token: usize| {
        topic_words.names.iter().any(|name| name.split([' ', '-']).any(|word| word.eq_ignore_ascii_case(scene.page.word(token))))
    };
    let bare = noun == at + 1;
    let definite = scene.has(Class::Definite, at);
    let fits = (at + 1..noun).all(own) && ((bare && definite) || (!bare && own(noun)));
    fits.then(|| Referent { modifier: false, pronoun: true, ..made(scene, Thing::Topic(topic), at..noun + 1) })
}

fn kinds<'s>(scene: &'s Scene<'_>, token: usize) -> impl Iterator<Item = TopicKind> + use<'s> {
    let classes = [
        (Class::ProposalNoun, TopicKind::Proposal),
        (Class::EventNoun, TopicKind::Event),
        (Class::PolicyNoun, TopicKind::Policy),
        (Class::DemandNoun, TopicKind::Demand),
        (Class::InstitutionNoun, TopicKind::Institution),
    ];
    classes.into_iter().filter(move |(class, _)| scene.has(*class, token)).map(|(_, kind)| kind)
}

/// The topic named last before a token; none when two of the wanted kind were named near each other.
fn last_topic(scene: &Scene<'_>, before: usize, wanted: impl Fn(TopicKind) -> bool) -> Option<usize> {
    let here = scene.page.tokens.get(before)?.span;
    let sentence = scene.sentence_of(here);
    let near =
        |mention: &&Mention| mention.tokens.end <= before && sentence.saturating_sub(scene.sentence_of(mention.span)) <= SENTENCES_MAX;
    let mut topics = scene.mentions_before(before).iter().rev().take_while(near).filter_map(|mention| match mention.who {
        Who::Topic(topic) if scene.given.knowledge.topics.get(topic).is_some_and(|topic| wanted(topic.kind)) => Some(topic),
        _ => None,
    });
    let last = topics.next()?;
    topics.all(|other| other == last).then_some(last)
}

/// Gives the topic of a kind that the text has named before a token, if it is one only; the whole text counts.
pub(super) fn only_topic(scene: &Scene<'_>, kind: TopicKind) -> Option<usize> {
    let known = &scene.given.knowledge.topics;
    let of_kind = |mention: &Mention| match mention.who {
        Who::Topic(topic) if known.get(topic).is_some_and(|topic| topic.kind == kind) => Some(topic),
        _ => None,
    };
    let all: Vec<usize> = scene.mentions.iter().filter_map(of_kind).collect();
    // A part of a proposal that is named as well is not another one.
    let is_part = |topic: usize| {
        let whole = known.get(topic).and_then(|topic| topic.part_of.as_ref());
        whole.is_some_and(|whole| all.iter().any(|other| known.get(*other).is_some_and(|other| other.id == *whole)))
    };
    let mut topics = all.iter().copied().filter(|topic| !is_part(*topic));
    let first = topics.next()?;
    topics.all(|other| other == first).then_some(first)
}

fn pronoun(scene: &Scene<'_>, at: usize, draft_at: &impl Fn(usize) -> Option<usize>) -> Option<Referent> {
    let made_pronoun =
        |thing: Thing, possessive: bool| Referent { possessive, pronoun: true, modifier: false, ..made(scene, thing, at..at + 1) };
    if scene.has(Class::It, at) {
        let topic = last_topic(scene, at, |_| true);
        return topic.map(|topic| made_pronoun(Thing::Topic(topic), false));
    }
    let draft = draft_at(at)?;
    mentioned(scene, draft, at).map(|actor| made_pronoun(Thing::Actor(actor), false))
}
