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
    /// Index of the actor in whom the post is one.
    pub of: Option<usize>,
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
    /// Posts, those of one title together.
    held: Vec<Vec<Held>>,
    /// By role noun: where the posts of the titles that it may stand for are in `held`.
    held_as: Vec<Vec<usize>>,
    by_id: BTreeMap<ActorId, usize>,
    /// By actor: what it is a part of.
    wholes: Vec<Vec<usize>>,
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
        self.wholes = self.actors.iter().map(|actor| actor.part_of.iter().filter_map(|id| self.actor_index(id)).collect()).collect();
        actors.iter().for_each(|block| self.check_actor(block, problems));
        topics.iter().for_each(|block| self.check_topic(block, problems));
        self.index_names(words);
        self.index_posts();
    }

    fn index_posts(&mut self) {
        let mut by_title: BTreeMap<&str, Vec<Held>> = BTreeMap::new();
        for (at, actor) in self.actors.iter().enumerate() {
            for (role, post) in actor.roles.iter().enumerate() {
                let of = post.of.as_ref().and_then(|id| self.actor_index(id));
                by_title.entry(&post.title).or_default().push(Held { actor: at, role, of });
            }
        }
        let places: BTreeMap<&str, usize> = by_title.keys().enumerate().map(|(at, title)| (*title, at)).collect();
        let titles = |noun: &RoleNoun| noun.titles.iter().filter_map(|title| places.get(title.as_str())).copied().collect();
        self.held_as = self.roles.all().iter().map(titles).collect();
        self.held = by_title.into_values().collect();
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

    /// Gives the posts that a role noun, given by its index, may stand for.
    pub fn held_as(&self, noun: usize) -> impl Iterator<Item = &Held> {
        self.held_as.get(noun).into_iter().flatten().filter_map(|at| self.held.get(*at)).flatten()
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
        self.leads_to(part, whole, STEPS_MAX)
    }

    /// Tells whether some steps from a part to what it is a part of end at a whole.
    fn leads_to(&self, part: usize, whole: usize, steps: usize) -> bool {
        let mut wholes = self.wholes.get(part).into_iter().flatten();
        part == whole || steps > 0 && wholes.any(|at| self.leads_to(*at, whole, steps - 1))
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
