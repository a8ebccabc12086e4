//! What the words of a sentence refer to: names, roles, pronouns, "the plan".
//!
//! Fills the slots of stance patterns; a word whose referent is not plain is none.

use super::bound::{self, SOMEBODY};
use super::sources::{Head, Sources};
use super::starts::Starts;
use super::topics::{BACK_MAX, Topics};
use crate::model::{ActorKind, Span, TopicKind};
use crate::rules::knowledge::{Class, RoleKind};
use crate::rules::resolve::{ActorIndex, Mention, Scene, Who, form_ending_at, may_be_pronoun, mentioned, role_holder};
use crate::rules::text::TokenKind;
use std::collections::BTreeSet;
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
    /// The token of that preposition.
    pub preposition: usize,
    /// That preposition is "of": the words are a part of what stands before it.
    pub is_part: bool,
    /// That preposition is "of", "by" or "from": what stands before it is theirs.
    pub is_owner: bool,
    /// Before a noun: "the US plan".
    pub modifier: bool,
    /// Not a name.
    pub pronoun: bool,
    /// "him", "it" as what a verb takes: never who acts.
    pub object: bool,
    /// Whom the words refer to where they stand for who acts: "it" of a ministry that speaks.
    pub agent: Option<ActorIndex>,
}

impl Referent {
    pub fn actor(&self) -> Option<ActorIndex> {
        match self.thing {
            Thing::Actor(actor) => Some(actor),
            Thing::Topic(_) => None,
        }
    }

    /// Tells whether it was only taken for words that mean somebody.
    pub fn is_supposed(&self) -> bool {
        self.thing == Thing::Actor(SOMEBODY)
    }

    /// Gives the actor who may hold a stance.
    pub fn holder(&self) -> Option<ActorIndex> {
        self.agent.or_else(|| self.actor().filter(|_| !self.object))
    }
}

/// Most sentences have fewer referents.
const REFERENTS_USUAL: usize = 8;

/// What a text is known to name, found once for all its sentences.
pub(super) struct Known<'s> {
    topics: Topics<'s>,
    pub sources: Sources,
}

impl<'s> Known<'s> {
    /// Finds topics and sources of a text.
    pub fn of(scene: &'s Scene<'_>) -> Self {
        Self { topics: Topics::of(scene), sources: Sources::of(scene) }
    }
}

/// What becomes of posts and of pronouns that are bound by names before them: finding out whom they mean takes longer than all the rest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointers {
    /// It is found out.
    Followed,
    /// Each is taken for one that means somebody.
    Supposed,
    /// Each is taken for one that means nobody.
    LeftOut,
}

/// Gives the referents of a sentence, in text order; `draft_at` gives the innermost draft that holds a token. Those before the first
/// that was only supposed are taken over from `before`: nothing else is read where pointers are read in another way.
pub(super) fn read(
    (scene, known): (&Scene<'_>, &Known<'_>),
    (starts, before): (&Starts<'_>, &[Referent]),
    draft_at: impl Fn(usize) -> Option<usize>,
    pointers: Pointers,
) -> Vec<Referent> {
    let plain = before.iter().take_while(|referent| !referent.is_supposed()).count();
    let mut referents: Vec<Referent> = Vec::with_capacity(before.len().max(REFERENTS_USUAL));
    referents.extend_from_slice(before.get(..plain).unwrap_or(&[]));
    let mut free = referents.last().map_or(0, |last| last.tokens.end);
    for start in starts.from(free) {
        let at = start.token;
        if at < free {
            continue;
        }
        let found = start
            .mention
            .and_then(|mention| named(scene, mention))
            .or_else(|| short_form(scene, &known.topics, at))
            .or_else(|| role(scene, at, pointers))
            .or_else(|| start.head.and_then(|head| source(scene, head, at)))
            .or_else(|| pronoun(scene, &known.topics, at, (&referents, &draft_at)))
            .or_else(|| match pointers {
                Pointers::Followed => bound::read(scene, at, (&referents, draft_at(at))),
                Pointers::Supposed => bound::suppose(scene, at, (&referents, draft_at(at))),
                Pointers::LeftOut => None,
            });
        if let Some(referent) = found {
            free = referent.tokens.end.max(at + 1);
            referents.push(referent);
        }
    }
    referents
}

/// Words that the caller says mean somebody; none where they do not lie in the sentence.
pub(super) fn given(scene: &Scene<'_>, (number, span): (usize, Span), sentence: &Range<usize>) -> Option<Referent> {
    let tokens = scene.page.tokens_in(span);
    let last = tokens.end.checked_sub(1).filter(|last| *last > tokens.start && scene.page.kind(*last) == Some(TokenKind::Clitic));
    let tokens = tokens.start..last.unwrap_or(tokens.end);
    let inside = !tokens.is_empty() && sentence.start <= tokens.start && tokens.end <= sentence.end;
    inside.then(|| made(scene, Thing::Actor(number), tokens))
}

/// "accused them": the one named before who does not act there; none where it may be somebody else.
fn given_object(scene: &Scene<'_>, at: usize, named: Vec<&Referent>) -> Option<Referent> {
    let last = named.last()?;
    let other = named.iter().rev().find(|referent| referent.thing != last.thing)?;
    let plain = !last.possessive && !last.oblique && !other.possessive && !other.modifier;
    let capitals = |token: usize| scene.page.is_capital(token) && scene.page.is_capital(token + 1);
    let alone = plain && !(last.tokens.end..at).any(capitals);
    alone.then(|| Referent { pronoun: true, object: true, modifier: false, ..made(scene, other.thing, at..at + 1) })
}

/// "he" and "she" for the one of the places given that stands before them; none where two do.
pub(super) fn given_pronoun(scene: &Scene<'_>, at: usize, before: &[Referent]) -> Option<Referent> {
    let subject = [Class::He, Class::She].into_iter().any(|class| scene.has(class, at));
    let owner = scene.has(Class::His, at) || scene.has(Class::Her, at) && !scene.has(Class::Preposition, at + 1);
    let mut named = before.iter().filter(|referent| referent.tokens.end <= at);
    if scene.has(Class::Him, at) || scene.has(Class::Them, at) {
        return given_object(scene, at, named.collect());
    }
    let only = named.next().filter(|_| subject || owner)?;
    // Whoever is named in between may be meant as well.
    let capitals = |token: usize| scene.page.is_capital(token) && scene.page.is_capital(token + 1);
    let alone = named.next().is_none() && !only.modifier && !(only.tokens.end..at).any(capitals);
    alone.then(|| Referent { possessive: owner, pronoun: true, modifier: false, oblique: false, ..made(scene, only.thing, at..at + 1) })
}

pub(super) fn made(scene: &Scene<'_>, thing: Thing, tokens: Range<usize>) -> Referent {
    let possessive = scene.page.kind(tokens.end) == Some(TokenKind::Clitic);
    let mut before = tokens.start;
    while before > 0
        && (scene.has(Class::Determiner, before - 1) || scene.page.kind(before - 1) == Some(TokenKind::Quote) || is_title(scene, before))
    {
        before -= 1;
    }
    let oblique = before > 0 && scene.has(Class::Preposition, before - 1);
    let preposition = before.saturating_sub(1);
    // The first of the words that tie a role to its owner: "of".
    let is_part = oblique && scene.given.knowledge.classes.is_first(Class::Owner, scene.page.id(preposition));
    let is_owner = oblique && scene.has(Class::AuthoredBy, preposition);
    let modifier = !possessive && is_noun(scene, tokens.end);
    Referent { thing, tokens, possessive, oblique, preposition, is_part, is_owner, modifier, pronoun: false, object: false, agent: None }
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
    scene.page.kind(at) == Some(TokenKind::Word) && scene.listed(at) == Default::default() && scene.page.is_spaced(at)
}

fn named(scene: &Scene<'_>, mention: &Mention) -> Option<Referent> {
    if let Some(with_role) = role_after(scene, mention) {
        return Some(with_role);
    }
    match mention.who {
        Who::One(actor) if !scene.is_place(mention) => Some(made(scene, Thing::Actor(actor), mention.tokens.clone())),
        Who::Topic(topic) => Some(Referent { modifier: false, ..made(scene, Thing::Topic(topic), mention.tokens.clone()) }),
        _ => None,
    }
}

/// "Kremlin officials", "European leaders", "the Russian president": the role decides whom the words refer to.
fn role_after(scene: &Scene<'_>, mention: &Mention) -> Option<Referent> {
    let (end, forms) = scene.roles.longest_at(mention.tokens.end)?;
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

/// "the president", "the Norvanian foreign minister": the holder of the role, if it is plain who that is.
fn role(scene: &Scene<'_>, at: usize, pointers: Pointers) -> Option<Referent> {
    const BETWEEN_MAX: usize = 2;
    if !scene.has(Class::Definite, at) || scene.has(Class::ClauseStart, at) {
        return None;
    }
    let found = (at + 1..=at + 1 + BETWEEN_MAX).find_map(|start| {
        let (end, forms) = scene.roles.longest_at(start)?;
        Some((start, end, forms.first().filter(|form| !form.plural)?))
    });
    let (start, end, form) = found?;
    let noun = scene.given.knowledge.roles.get(form.noun)?;
    let person = matches!(noun.kind, RoleKind::OfficeHolder | RoleKind::Spokesperson | RoleKind::Aide);
    if !person
        || scene.has(Class::ThingNoun, end - 1)
        || !scene.mentions_in(end..end + 1).is_empty()
        || form_ending_at(scene, end + 1).is_some()
    {
        return None;
    }
    let holder = match pointers {
        Pointers::Followed => role_holder(scene, (form, start..end), at..end)?,
        Pointers::Supposed => SOMEBODY,
        Pointers::LeftOut => return None,
    };
    Some(Referent { modifier: false, ..made(scene, Thing::Actor(holder), at..end) })
}

/// The words of a source whose speaker is known: "her Norvanian counterpart".
fn source(scene: &Scene<'_>, head: &Head, at: usize) -> Option<Referent> {
    let speaker = scene.speaker(head.draft)?;
    let tokens = scene.page.tokens_in(head.span);
    (tokens.len() > 1 && tokens.start == at).then(|| Referent { modifier: false, ..made(scene, Thing::Actor(speaker), tokens) })
}

/// "the plan", "any peace plan", "the meeting": the topic of that kind that the text has named, if there is one only.
fn short_form(scene: &Scene<'_>, topics: &Topics<'_>, at: usize) -> Option<Referent> {
    // Words between the determiner and the noun, all of them words of the topic's own names: "the initial peace".
    const BETWEEN_MAX: usize = 2;
    if topics.is_empty() || !scene.has(Class::Determiner, at) && !scene.has(Class::Indefinite, at) || starts_content(scene, at) {
        return None;
    }
    if let Some(topic) = by_last_word(scene, topics, at).filter(|_| !is_another(scene, at + 2)) {
        return Some(Referent { modifier: false, pronoun: true, ..made(scene, Thing::Topic(topic), at..at + 2) });
    }
    // "said that the treaty": the second word points.
    if scene.has(Class::Determiner, at + 1) {
        return None;
    }
    let noun = (at + 1..=at + 1 + BETWEEN_MAX).find(|token| kinds(scene, *token).next().is_some())?;
    let wanted: Vec<TopicKind> = kinds(scene, noun).collect();
    let topic = topics.last(scene, at, |kind| wanted.contains(&kind))?;
    let topic_words = scene.given.knowledge.topics.get(topic)?;
    let own = |token: usize| {
        topic_words.names.iter().any(|name| name.split([' ', '-']).any(|word| word.eq_ignore_ascii_case(scene.page.word(token))))
    };
    let bare = noun == at + 1;
    let definite = scene.has(Class::Definite, at);
    // "The proposal" is not the one topic named that is never called so: there may be another that the data does not know.
    // "This deal" is the one topic of its kind that was named, whatever it is called.
    let pointing = bare && scene.given.knowledge.classes.position(Class::Definite, scene.page.id(at)).is_some_and(|place| place > 0);
    let fits = pointing || (at + 1..=noun).all(own) && (definite || !bare);
    let fits = fits && !is_another(scene, noun + 1);
    fits.then(|| Referent { modifier: false, pronoun: true, ..made(scene, Thing::Topic(topic), at..noun + 1) })
}

/// "the plan for a stadium", "the plan to build": words behind the noun tell that it is another one.
fn is_another(scene: &Scene<'_>, at: usize) -> bool {
    let owner = scene.given.knowledge.classes.position(Class::Owner, scene.page.id(at));
    let told = scene.has(Class::Determiner, at + 1) || scene.page.is_capital(at + 1);
    match owner {
        // "of", "for"
        Some(0 | 1) => true,
        Some(_) => scene.has(Class::Indefinite, at + 1) || !told && owner == Some(4),
        None => false,
    }
}

/// "that treaty" at the start of what is said: "that" joins, it does not point.
fn starts_content(scene: &Scene<'_>, at: usize) -> bool {
    let Some(start) = scene.page.tokens.get(at).map(|token| token.span.start) else { return false };
    let mut near = scene.drafts_near(start).filter_map(|draft| scene.draft(draft));
    scene.has(Class::ClauseStart, at) && near.any(|draft| draft.attribution.content.iter().any(|content| content.start == start))
}

/// "the bridge" after "the Orrin bridge": the one topic named before whose name ends in that word.
fn by_last_word(scene: &Scene<'_>, topics: &Topics<'_>, at: usize) -> Option<usize> {
    let definite = scene.has(Class::Definite, at) && scene.page.kind(at + 1) == Some(TokenKind::Word) && !scene.page.is_capital(at + 1);
    // "the strait treaty" is a name of its own.
    if !definite || !scene.mentions_in(at + 1..at + 2).is_empty() || is_noun(scene, at + 2) {
        return None;
    }
    topics.by_head(scene, at, scene.page.word(at + 1))
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

/// Gives the topic of a kind that the text has named before a token, if it is one only; the whole text counts.
pub(super) fn only_topic(scene: &Scene<'_>, kind: TopicKind) -> Option<usize> {
    let known = &scene.given.knowledge.topics;
    let of_kind = |mention: &Mention| match mention.who {
        Who::Topic(topic) if known.get(topic).is_some_and(|topic| topic.kind == kind) => Some(topic),
        _ => None,
    };
    let all: BTreeSet<usize> = scene.mentions.iter().filter_map(of_kind).collect();
    // A part of a proposal that is named as well is not another one.
    let is_part = |topic: usize| {
        let whole = known.get(topic).and_then(|topic| topic.part_of.as_ref());
        whole.is_some_and(|whole| all.iter().any(|other| known.get(*other).is_some_and(|other| other.id == *whole)))
    };
    let mut topics = all.iter().copied().filter(|topic| !is_part(*topic));
    let first = topics.next()?;
    topics.all(|other| other == first).then_some(first)
}

fn pronoun(
    scene: &Scene<'_>,
    topics: &Topics<'_>,
    at: usize,
    (before, draft_at): (&[Referent], &impl Fn(usize) -> Option<usize>),
) -> Option<Referent> {
    let made_pronoun =
        |thing: Thing, agent: Option<ActorIndex>| Referent { pronoun: true, modifier: false, agent, ..made(scene, thing, at..at + 1) };
    if scene.has(Class::It, at) {
        let agent = draft_at(at).and_then(|draft| speaking_body(scene, draft, at));
        let mut here = before.iter().rev().filter_map(|referent| match referent.thing {
            Thing::Topic(topic) => Some(topic),
            Thing::Actor(_) => None,
        });
        let topic = match here.next() {
            Some(topic) => Some(topic).filter(|topic| here.all(|other| other == *topic)),
            None => topics.last(scene, at, |_| true).filter(|topic| !is_paired(scene, at, *topic)),
        };
        let thing = topic.map(Thing::Topic).or(agent.map(Thing::Actor));
        return thing.map(|thing| made_pronoun(thing, agent));
    }
    if !may_be_pronoun(scene, at) {
        return None;
    }
    let draft = draft_at(at)?;
    // "as he rejected it": a pronoun of this form is never tied to a preposition.
    mentioned(scene, draft, at).map(|actor| Referent { oblique: false, ..made_pronoun(Thing::Actor(actor), None) })
}

/// "Kell and the fund share a house. She sued it": the topic was named last beside somebody else, and either may be meant.
fn is_paired(scene: &Scene<'_>, before: usize, topic: usize) -> bool {
    let named =
        scene.mentions_before(before).iter().rev().take(BACK_MAX).find(|mention| matches!(mention.who, Who::Topic(one) if one == topic));
    let Some(start) = named.map(|mention| mention.tokens.start) else { return false };
    let lead = start - usize::from(start > 0 && scene.has(Class::Determiner, start - 1));
    lead > 0 && scene.has(Class::Conjunction, lead - 1) && scene.mention_ending_at(lead - 1).is_some()
}

/// "The ministry said that it would sign": "it" at the start of what a body says is that body.
fn speaking_body(scene: &Scene<'_>, draft: usize, at: usize) -> Option<ActorIndex> {
    let speaker = scene.speaker(draft)?;
    let content = scene.draft(draft)?.attribution.content.first()?;
    let start = scene.page.tokens_in(*content).start;
    let first = start == at || (start + 1 == at && scene.has(Class::ClauseStart, start));
    (first && scene.actor(speaker)?.kind != ActorKind::Person).then_some(speaker)
}
