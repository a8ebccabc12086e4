//! What the rules know: actors, topics, outlets, role nouns, word classes; checked once and indexed.
//!
//! Reads texts of data files only, never a file. Finding who is meant in an article is `resolve`'s business.

mod language;
mod roles;
mod schema;
mod trie;
mod words;

pub use language::{Class, ClassSet, Classes, FirstNames};
pub use roles::{RoleForm, RoleNoun, RoleNouns};
pub use schema::RoleKind;
pub use trie::{Spots, Trie};
pub use words::{Numbered, WordId, Words, fold, is_hyphen};

use super::data::{Block, DataFile, DataProblem, did_you_mean, merge, read_blocks};
use crate::model::{Actor, ActorId, ActorKind, Outlet, Topic};
use schema::{RawActor, RawOutlet, RawRoleNoun, RawTopic};
use std::collections::BTreeMap;

/// What a name in a text may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A name of an actor: index of the actor, index of its name.
    Actor(usize, usize),
    /// A topic.
    Topic(usize),
    /// An adjective or noun for what belongs to an actor: "Russian".
    Demonym(usize),
}

/// A form in the names trie: its tokens as written, for letter case.
#[derive(Clone, Debug)]
pub struct NameForm {
    /// What it means.
    pub meaning: Meaning,
    /// The form as written in the data.
    pub text: String,
}

/// Where an entry stands in the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as messages name it.
    pub file: String,
    /// Line from 1.
    pub line: u32,
}

/// A post of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Index of the actor.
    pub actor: usize,
    /// Index of the role in the actor's roles.
    pub role: usize,
}

/// All that the rules know, indexed.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// Sorted by id.
    pub actors: Vec<Actor>,
    /// Sorted by id.
    pub topics: Vec<Topic>,
    /// Sorted by id.
    pub outlets: Vec<Outlet>,
    /// Where each actor stands.
    pub actor_places: Vec<Place>,
    /// Where each topic stands.
    pub topic_places: Vec<Place>,
    /// Role nouns.
    pub roles: RoleNouns,
    /// Word classes.
    pub classes: Classes,
    /// Common first names.
    pub first_names: FirstNames,
    /// Names of actors and topics, and demonyms.
    pub names: Trie<NameForm>,
    /// Posts by title.
    pub held: BTreeMap<String, Vec<Held>>,
    by_id: BTreeMap<ActorId, usize>,
    /// Names of more than one word that one person only has.
    by_full_name: BTreeMap<String, Option<usize>>,
}

impl Knowledge {
    /// Reads the files that it knows by their path; mistakes are added to `problems`.
    pub fn read(files: &[DataFile], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut raw = Raw::default();
        let mut knowledge = Self::default();
        for file in files {
            match file.path.as_str() {
                "lang/en/references.toml" => knowledge.classes = Classes::read(file, words, problems),
                "lang/en/first-names.toml" => knowledge.first_names = FirstNames::read(file, words, problems),
                "lang/en/roles.toml" => raw.roles.extend(read_blocks(file, "role", problems)),
                path if path == "outlets.toml" || path.starts_with("outlets/") => raw.outlets.extend(read_blocks(file, "outlet", problems)),
                path if path.starts_with("actors/") => raw.actors.extend(read_blocks(file, "actor", problems)),
                path if path.starts_with("topics/") => raw.topics.extend(read_blocks(file, "topic", problems)),
                _ => {}
            }
        }
        knowledge.take(raw, words, problems);
        knowledge
    }

    fn take(&mut self, raw: Raw<'_>, words: &mut Words, problems: &mut Vec<DataProblem>) {
        let roles = merge(raw.roles, problems);
        self.roles = RoleNouns::build(&roles, words, problems);
        let actors = merge(raw.actors, problems);
        self.actors = actors.iter().map(|block| schema::actor(block, problems)).collect();
        self.actor_places = actors.iter().map(place).collect();
        let topics = merge(raw.topics, problems);
        self.topics = topics.iter().map(|block| schema::topic(block, problems)).collect();
        self.topic_places = topics.iter().map(place).collect();
        self.outlets = merge(raw.outlets, problems).iter().map(|block| schema::outlet(block, problems)).collect();
        self.by_id = self.actors.iter().enumerate().map(|(at, actor)| (actor.id.clone(), at)).collect();
        actors.iter().for_each(|block| self.check_actor(block, problems));
        topics.iter().for_each(|block| self.check_topic(block, problems));
        self.index_names(words);
        for (at, actor) in self.actors.iter().enumerate() {
            for (role, post) in actor.roles.iter().enumerate() {
                self.held.entry(post.title.clone()).or_default().push(Held { actor: at, role });
            }
        }
    }

    fn check_actor(&self, block: &Block<'_, RawActor>, problems: &mut Vec<DataProblem>) {
        let ids = || self.by_id.keys().map(ActorId::as_str);
        let owners = block.value.roles.iter().filter_map(|role| role.of.as_ref());
        for id in owners.chain(&block.value.part_of) {
            if !self.by_id.contains_key(&ActorId::from(id.get_ref().as_str())) {
                let mut problem = block.problem(id.span(), format!("no actor has the id `{}`", id.get_ref()));
                problem.suggestion = did_you_mean(id.get_ref(), ids());
                problems.push(problem);
            }
        }
        for role in &block.value.roles {
            if !self.roles.has_title(role.title.get_ref()) {
                problems.push(self.roles.unknown_title(block.problem(role.title.span(), ""), role.title.get_ref()));
            }
        }
    }

    fn check_topic(&self, block: &Block<'_, RawTopic>, problems: &mut Vec<DataProblem>) {
        let Some(part_of) = &block.value.part_of else { return };
        if !self.topics.iter().any(|topic| topic.id.as_str() == part_of.get_ref()) {
            let mut problem = block.problem(part_of.span(), format!("no topic has the id `{}`", part_of.get_ref()));
            problem.suggestion = did_you_mean(part_of.get_ref(), self.topics.iter().map(|topic| topic.id.as_str()));
            problems.push(problem);
        }
    }

    fn index_names(&mut self, words: &mut Words) {
        for (at, actor) in self.actors.iter().enumerate() {
            for (index, name) in actor.names.iter().enumerate() {
                let form = NameForm { meaning: Meaning::Actor(at, index), text: name.text.clone() };
                self.names.add(words, &name.text, form);
                if actor.kind == ActorKind::Person && name.text.contains(' ') {
                    let known = self.by_full_name.entry(name.text.clone()).or_insert(Some(at));
                    *known = known.filter(|known| *known == at);
                }
            }
            for demonym in &actor.demonyms {
                self.names.add(words, demonym, NameForm { meaning: Meaning::Demonym(at), text: demonym.clone() });
            }
        }
        for (at, topic) in self.topics.iter().enumerate() {
            for name in &topic.names {
                self.names.add(words, name, NameForm { meaning: Meaning::Topic(at), text: name.clone() });
            }
        }
        self.names.shrink();
    }

    /// Gives an actor's index.
    pub fn actor_index(&self, id: &ActorId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Gives the only person of the data who has a name of more than one word.
    pub fn person_named(&self, name: &str) -> Option<usize> {
        self.by_full_name.get(name).copied().flatten()
    }

    /// Tells whether one actor is another or a part of it, directly or through others.
    pub fn belongs_to(&self, part: usize, whole: usize) -> bool {
        // Offices are part of states, ministries of governments: more than four steps are a mistake in the data.
        const STEPS_MAX: usize = 4;
        let mut layer = vec![part];
        for _ in 0..=STEPS_MAX {
            if layer.contains(&whole) {
                return true;
            }
            let parents = layer.iter().filter_map(|at| self.actors.get(*at)).flat_map(|actor| &actor.part_of);
            layer = parents.filter_map(|id| self.actor_index(id)).collect();
        }
        false
    }
}

#[derive(Default)]
struct Raw<'f> {
    actors: Vec<Block<'f, RawActor>>,
    topics: Vec<Block<'f, RawTopic>>,
    outlets: Vec<Block<'f, RawOutlet>>,
    roles: Vec<Block<'f, RawRoleNoun>>,
}

fn place<T>(block: &Block<'_, T>) -> Place {
    Place { file: block.file.shown_as.clone(), line: block.line }
}
