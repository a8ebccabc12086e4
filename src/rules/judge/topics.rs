//! The topics that a text names, ready for words that point back: "the plan", "it".
//!
//! Tells which were named near a place; whether the words there mean one of them is decided by `referents`.

use crate::model::TopicKind;
use crate::rules::resolve::{Scene, Who};
use std::collections::BTreeMap;

/// How far back "the plan" and "it" may reach, in sentences.
const SENTENCES_MAX: usize = 12;
/// Names that are looked at for that: so many sentences have fewer, a sentence without end has thousands.
pub(super) const BACK_MAX: usize = 128;

/// A name of a topic.
struct Naming {
    topic: usize,
    /// Its place among all names of the text.
    mention: usize,
    sentence: usize,
}

/// Every place where a text names a topic, in text order.
pub(super) struct Topics<'s> {
    namings: Vec<Naming>,
    /// By topic: the nouns that its names of several words are about.
    heads: BTreeMap<usize, Vec<&'s str>>,
}

impl<'s> Topics<'s> {
    /// Finds the topics that a text names.
    pub fn of(scene: &'s Scene<'_>) -> Self {
        let mut topics = Self { namings: Vec::new(), heads: BTreeMap::new() };
        for (at, mention) in scene.mentions.iter().enumerate() {
            if let Who::Topic(topic) = mention.who {
                topics.namings.push(Naming { topic, mention: at, sentence: scene.sentence_of(mention.span) });
                topics.heads.entry(topic).or_insert_with(|| heads(scene, topic));
            }
        }
        topics
    }

    /// Tells whether the text names none.
    pub fn is_empty(&self) -> bool {
        self.namings.is_empty()
    }

    /// Gives the topics named in the sentences before a token, the nearest first.
    pub fn before(&self, scene: &Scene<'_>, token: usize) -> impl Iterator<Item = usize> + '_ {
        let (names, sentence) = match self.is_empty() {
            true => (0, 0),
            false => (scene.mentions_before(token).len(), scene.page.tokens.get(token).map_or(0, |token| scene.sentence_of(token.span))),
        };
        let end = self.namings.partition_point(|naming| naming.mention < names);
        let near = move |naming: &&Naming| naming.mention + BACK_MAX >= names && sentence.saturating_sub(naming.sentence) <= SENTENCES_MAX;
        self.namings.get(..end).unwrap_or(&[]).iter().rev().take_while(near).map(|naming| naming.topic)
    }

    /// Gives the topic named last before a token; none when two of the wanted kind were named near each other.
    pub fn last(&self, scene: &Scene<'_>, token: usize, wanted: impl Fn(TopicKind) -> bool) -> Option<usize> {
        let of_kind = |topic: &usize| scene.given.knowledge.topics.get(*topic).is_some_and(|topic| wanted(topic.kind));
        only(self.before(scene, token).filter(of_kind))
    }

    /// Gives the one topic named before a token whose name is about a noun: "bridge" after "the Orrin bridge".
    pub fn by_head(&self, scene: &Scene<'_>, token: usize, noun: &str) -> Option<usize> {
        let ends = |topic: &usize| self.heads.get(topic).is_some_and(|heads| heads.iter().any(|head| head.eq_ignore_ascii_case(noun)));
        only(self.before(scene, token).filter(ends))
    }
}

/// The topic of a list that holds no other.
fn only(mut topics: impl Iterator<Item = usize>) -> Option<usize> {
    let last = topics.next()?;
    topics.all(|other| other == last).then_some(last)
}

/// The nouns that the names of a topic are about.
fn heads<'s>(scene: &'s Scene<'_>, topic: usize) -> Vec<&'s str> {
    let Some(topic) = scene.given.knowledge.topics.get(topic) else { return Vec::new() };
    let names = topic.names.iter().chain(std::iter::once(&topic.name));
    names.filter_map(|name| head_of(scene, name)).collect()
}

/// The noun that a name of several words is about: "treaty" in "peace treaty on the strait".
fn head_of<'n>(scene: &Scene<'_>, name: &'n str) -> Option<&'n str> {
    let is_preposition = |word: &&str| {
        let class = scene.given.lexicon.class(&crate::rules::knowledge::fold(word));
        class.any(crate::rules::lexicon::Class::PREPOSITION)
    };
    let before = name.split(' ').take_while(|word| !is_preposition(word)).last();
    before.filter(|_| name.contains(' '))
}
