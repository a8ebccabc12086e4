//! What people taught in chat, as data files that the rules are built from after those of the operator, and which names may be
//! taught.
//!
//! Pure: values in, texts out. Where a taught actor or topic has come into the data files since, its name becomes one of theirs.

use super::data::{DataFile, LEARNED, LEARNED_ACTORS};
use super::ruleset::Ruleset;
use crate::model::{Actor, ActorId, ActorKind, ActorName, ActorOrigin, Gender, Lesson, Role, Target, Topic, TopicId, TopicKind};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use toml::value::Datetime;

/// Longest name, in characters: longer than any in the data files.
pub const NAME_CHARS_MAX: usize = 80;
/// Fewest letters and digits of a name: two letters are an abbreviation of many things.
pub const NAME_LETTERS_MIN: usize = 3;

/// Why a name cannot be taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// It has fewer letters than names have.
    Short,
    /// It is longer than names are.
    Long,
    /// It has marks that stand in no name.
    Marks,
    /// All its words are ordinary words of the language.
    Common,
    /// An actor's name without a capital letter.
    Small,
}

/// Tells whether a name can be taught, as one of an actor or (`None`) of a topic.
///
/// # Errors
/// What keeps it from being one.
pub fn check_name(ruleset: &Ruleset, name: &str, kind: Option<ActorKind>) -> Result<(), NameFault> {
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(NameFault::Long);
    }
    let is_mark = |mark: char| !(mark.is_alphanumeric() || mark == ' ' || "-'\u{2019}.&/".contains(mark));
    if name.chars().any(is_mark) {
        return Err(NameFault::Marks);
    }
    if name.chars().filter(|letter| letter.is_alphanumeric()).count() < NAME_LETTERS_MIN || !name.chars().any(char::is_alphabetic) {
        return Err(NameFault::Short);
    }
    let words: Vec<&str> = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_common = |word: &str| ruleset.is_common_word(&word.to_lowercase());
    if is_common(name) || words.iter().all(|word| is_common(word)) {
        return Err(NameFault::Common);
    }
    if kind.is_some() && !name.chars().any(char::is_uppercase) {
        return Err(NameFault::Small);
    }
    Ok(())
}

/// Gives the data files that hold what was taught; none when that is nothing. `base` is what the files before them make.
pub fn learned_files(base: &Ruleset, lessons: &[Lesson]) -> Vec<DataFile> {
    let mut learned = Learned { base, actors: BTreeMap::new(), topics: BTreeMap::new(), names: Vec::new() };
    lessons.iter().for_each(|lesson| learned.take(lesson));
    learned.files()
}

/// What was taught, gathered.
struct Learned<'a> {
    base: &'a Ruleset,
    actors: BTreeMap<ActorId, Actor>,
    topics: BTreeMap<TopicId, Topic>,
    /// Further names of what the data files have.
    names: Vec<(Target, String)>,
}

impl Learned<'_> {
    fn take(&mut self, lesson: &Lesson) {
        match lesson {
            Lesson::AddActor { id, name, kind } => {
                if self.base.actor(id).is_some() {
                    self.name(&Target::Actor(id.clone()), name);
                    return;
                }
                self.actors.insert(id.clone(), actor(id, (name, *kind)));
            }
            Lesson::AddTopic { id, name, kind } => {
                if self.topic(id).is_some() {
                    self.name(&Target::Topic(id.clone()), name);
                    return;
                }
                self.topics.insert(id.clone(), topic(id, (name, *kind)));
            }
            Lesson::Name { of, name } => self.name(of, name),
            Lesson::Remove(target) => {
                match target {
                    Target::Actor(id) => drop(self.actors.remove(id)),
                    Target::Topic(id) => drop(self.topics.remove(id)),
                }
                self.names.retain(|(of, _)| of != target);
            }
            Lesson::RemoveName { of, name } => {
                self.names.retain(|(whose, text)| (whose, text) != (of, name));
                match of {
                    Target::Actor(id) => {
                        self.actors.get_mut(id).into_iter().for_each(|actor| actor.names.retain(|form| form.text != *name))
                    }
                    Target::Topic(id) => self.topics.get_mut(id).into_iter().for_each(|topic| topic.names.retain(|form| form != name)),
                }
            }
            Lesson::Merge { from, into } => {
                let Some(actor) = self.actors.remove(from) else { return };
                let into = Target::Actor(into.clone());
                let names = actor.names.iter().map(|name| &name.text);
                std::iter::once(&actor.name).chain(names).for_each(|name| self.name(&into, name));
            }
            Lesson::Forget(_) => {}
        }
    }

    fn topic(&self, id: &TopicId) -> Option<&Topic> {
        self.base.topics().iter().find(|topic| topic.id == *id)
    }

    fn name(&mut self, of: &Target, name: &str) {
        match of {
            Target::Actor(id) => {
                if let Some(actor) = self.actors.get_mut(id) {
                    actor.names.push(plain(name));
                    return;
                }
            }
            Target::Topic(id) => {
                if let Some(topic) = self.topics.get_mut(id) {
                    topic.names.push(name.to_owned());
                    return;
                }
            }
        }
        self.names.push((of.clone(), name.to_owned()));
    }

    fn files(mut self) -> Vec<DataFile> {
        let (mut named_actors, mut named_topics) = (BTreeMap::new(), BTreeMap::new());
        for (of, name) in std::mem::take(&mut self.names) {
            match &of {
                Target::Actor(id) => {
                    if let Some(known) = self.base.actor(id) {
                        named_actors.entry(id.clone()).or_insert_with(|| known.clone()).names.push(plain(&name));
                    }
                }
                Target::Topic(id) => {
                    if let Some(known) = self.topic(id) {
                        named_topics.entry(id.clone()).or_insert_with(|| known.clone()).names.push(name);
                    }
                }
            }
        }
        let mut files = Vec::new();
        files.extend(actor_file(LEARNED_ACTORS, &self.actors));
        files.extend(actor_file("actors/names.toml", &named_actors));
        files.extend(topic_file("topics/added.toml", &self.topics));
        files.extend(topic_file("topics/names.toml", &named_topics));
        files
    }
}

fn plain(name: &str) -> ActorName {
    ActorName { text: name.to_owned(), since: None, until: None, metonym: false }
}

fn actor(id: &ActorId, (name, kind): (&str, ActorKind)) -> Actor {
    Actor {
        id: id.clone(),
        kind,
        name: name.to_owned(),
        names: Vec::new(),
        gender: None,
        roles: Vec::new(),
        part_of: Vec::new(),
        demonyms: Vec::new(),
        origin: ActorOrigin::User,
        source: "added in chat".to_owned(),
    }
}

fn topic(id: &TopicId, (name, kind): (&str, TopicKind)) -> Topic {
    Topic {
        id: id.clone(),
        kind,
        name: name.to_owned(),
        names: Vec::new(),
        part_of: None,
        counts_for_whole: false,
        source: "added in chat".to_owned(),
    }
}

/// An actor as a data file writes it.
#[derive(Serialize)]
struct WrittenActor<'a> {
    id: &'a str,
    kind: ActorKind,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<Gender>,
    part_of: Vec<&'a str>,
    demonyms: &'a [String],
    source: &'a str,
    example: String,
    guardrail: &'static str,
    names: Vec<WrittenName<'a>>,
    roles: Vec<WrittenRole<'a>>,
}

#[derive(Serialize)]
struct WrittenName<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Datetime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Datetime>,
    metonym: bool,
}

#[derive(Serialize)]
struct WrittenRole<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Datetime>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Datetime>,
}

/// A topic as a data file writes it.
#[derive(Serialize)]
struct WrittenTopic<'a> {
    id: &'a str,
    kind: TopicKind,
    name: &'a str,
    names: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part_of: Option<&'a str>,
    source: &'a str,
    example: String,
    guardrail: &'static str,
}

/// What no name that is taught stands in.
const GUARDRAIL: &str = "Nobody is named here.";

fn day(date: Option<Date>) -> Option<Datetime> {
    date.and_then(|date| date.to_string().parse().ok())
}

fn actor_file(path: &str, actors: &BTreeMap<ActorId, Actor>) -> Option<DataFile> {
    let blocks: Vec<WrittenActor<'_>> = actors.values().map(written_actor).collect();
    file(path, &BTreeMap::from([("actor", blocks)]), actors.is_empty())
}

fn written_actor(actor: &Actor) -> WrittenActor<'_> {
    let mut names: Vec<&ActorName> = Vec::new();
    // a name to show is added when the file is read
    for name in actor.names.iter().filter(|name| **name != plain(&actor.name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let name = |name: &&'_ ActorName| (day(name.since), day(name.until), name.metonym);
    WrittenActor {
        id: actor.id.as_str(),
        kind: actor.kind,
        name: &actor.name,
        gender: actor.gender,
        part_of: actor.part_of.iter().map(ActorId::as_str).collect(),
        demonyms: &actor.demonyms,
        source: &actor.source,
        example: format!("{} spoke to reporters.", actor.name),
        guardrail: GUARDRAIL,
        names: names
            .iter()
            .map(|form| {
                let (since, until, metonym) = name(form);
                WrittenName { text: &form.text, since, until, metonym }
            })
            .collect(),
        roles: actor.roles.iter().map(written_role).collect(),
    }
}

fn written_role(role: &Role) -> WrittenRole<'_> {
    WrittenRole { title: &role.title, of: role.of.as_ref().map(ActorId::as_str), since: day(role.since), until: day(role.until) }
}

fn topic_file(path: &str, topics: &BTreeMap<TopicId, Topic>) -> Option<DataFile> {
    let written = |topic: &Topic| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in topic.names.iter().filter(|name| **name != topic.name) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    };
    let names: Vec<Vec<String>> = topics.values().map(written).collect();
    let blocks: Vec<WrittenTopic<'_>> = topics
        .values()
        .zip(&names)
        .map(|(topic, names)| WrittenTopic {
            id: topic.id.as_str(),
            kind: topic.kind,
            name: &topic.name,
            names: names.iter().map(String::as_str).collect(),
            part_of: topic.part_of.as_ref().map(TopicId::as_str),
            source: &topic.source,
            example: format!("Reporters asked about {}.", topic.name),
            guardrail: GUARDRAIL,
        })
        .collect();
    file(path, &BTreeMap::from([("topic", blocks)]), topics.is_empty())
}

fn file<T: Serialize>(path: &str, blocks: &BTreeMap<&str, Vec<T>>, is_empty: bool) -> Option<DataFile> {
    if is_empty {
        return None;
    }
    let text = toml::to_string(blocks).ok()?;
    Some(DataFile { path: path.to_owned(), shown_as: format!("{LEARNED}{path}"), text })
}
