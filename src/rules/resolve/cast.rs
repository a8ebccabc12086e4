//! Everybody whom a text introduces and whom no data file knows, with surnames and acronyms that mean them from there on.
//!
//! Keeps them; who is a person is decided by `people`.

use super::ActorIndex;
use crate::model::{Actor, ActorId, ActorKind, ActorName, ActorOrigin, OutletId};
use crate::rules::knowledge::fold;
use std::collections::BTreeMap;

/// Everybody that this text introduces.
#[derive(Debug, Default)]
pub(crate) struct Cast {
    base: usize,
    /// Where everybody here was found, in words.
    source: String,
    found: Vec<Actor>,
    /// Surnames and acronyms of this text: who has been introduced with them.
    aliases: BTreeMap<String, Vec<ActorIndex>>,
    by_name: BTreeMap<String, ActorIndex>,
    /// Who was written with middle initials, and how.
    initials: BTreeMap<ActorIndex, String>,
    /// Who was first called by a bare surname: it stays theirs when a relative is introduced later.
    owners: BTreeMap<String, ActorIndex>,
}

impl Cast {
    pub fn new(base: usize, outlet: Option<&OutletId>) -> Self {
        let place = outlet.map_or_else(|| "a text".to_owned(), |outlet| format!("a text of {outlet}"));
        Self { base, source: format!("found in {place} by name and title"), ..Self::default() }
    }

    pub fn get(&self, at: ActorIndex) -> Option<&Actor> {
        self.found.get(at.checked_sub(self.base)?)
    }

    pub fn is_found(&self, at: ActorIndex) -> bool {
        at >= self.base
    }

    pub fn alias(&self, word: &str) -> &[ActorIndex] {
        self.aliases.get(word).map_or(&[], Vec::as_slice)
    }

    /// Remembers that a bare surname was used of somebody.
    pub fn own(&mut self, surname: &str, actor: ActorIndex) {
        self.owners.entry(surname.to_owned()).or_insert(actor);
    }

    /// Lets a surname or acronym mean an actor from here on, unless it is already used of another.
    pub fn add_alias(&mut self, word: &str, actor: ActorIndex) {
        if self.owners.get(word).is_some_and(|owner| *owner != actor) {
            return;
        }
        let list = self.aliases.entry(word.to_owned()).or_default();
        if !list.contains(&actor) {
            list.push(actor);
        }
    }

    /// Gives somebody found, to be told more of.
    pub fn get_mut(&mut self, at: ActorIndex) -> Option<&mut Actor> {
        self.found.get_mut(at.checked_sub(self.base)?)
    }

    fn same_person(&self, name: &str) -> Option<ActorIndex> {
        self.by_name.get(name).copied()
    }

    /// Adds an actor, or gives the one that already has the name, with or without middle initials; a bare surname grows into the
    /// full name.
    pub fn introduce(&mut self, (written, surname): (&str, &str), kind: ActorKind) -> ActorIndex {
        let bare_name = without_initials(written);
        let known = self.same_person(&bare_name);
        // "John F. Lund" and "John B. Lund" are two.
        let is_other = known.and_then(|known| self.initials.get(&known)).is_some_and(|told| bare_name != *written && told != written);
        let name = if is_other { written } else { &bare_name };
        if let Some(known) = self.same_person(name) {
            if bare_name != *written {
                self.initials.entry(known).or_insert_with(|| written.to_owned());
            }
            return known;
        }
        let bare = self.same_person(surname).filter(|_| kind == ActorKind::Person && name != surname);
        if let Some(bare) = bare {
            self.get_mut(bare).into_iter().for_each(|actor| rename(actor, name));
            self.by_name.insert(name.to_owned(), bare);
            return bare;
        }
        let mut actor = Actor {
            id: ActorId::new(""),
            kind,
            name: String::new(),
            names: Vec::new(),
            gender: None,
            roles: Vec::new(),
            part_of: Vec::new(),
            demonyms: Vec::new(),
            origin: ActorOrigin::Found,
            source: self.source.clone(),
        };
        rename(&mut actor, name);
        self.found.push(actor);
        let index = self.base + self.found.len() - 1;
        self.by_name.insert(name.to_owned(), index);
        if bare_name != *written {
            self.initials.insert(index, written.to_owned());
        }
        index
    }

    /// Gives the actors found, sorted by id.
    pub fn into_found(self) -> Vec<Actor> {
        let mut found = self.found;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        found
    }
}

fn rename(actor: &mut Actor, name: &str) {
    actor.id = ActorId::new(format!("found-{}", slug(name)));
    actor.name = name.to_owned();
    let form = ActorName { text: name.to_owned(), since: None, until: None, metonym: false };
    if !actor.names.contains(&form) {
        actor.names.insert(0, form);
    }
}

/// "Ada Lund" for "Ada B. Lund": the id of a person must not depend on how exact an article is.
pub(super) fn without_initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_initial = |word: &str| word.trim_end_matches('.').chars().count() == 1 && word.starts_with(char::is_uppercase);
    let inner = 1..words.len().saturating_sub(1);
    let kept = words.iter().enumerate().filter(|(at, word)| !(inner.contains(at) && is_initial(word))).map(|(_, word)| *word);
    kept.collect::<Vec<_>>().join(" ")
}

fn slug(name: &str) -> String {
    let folded = fold(name);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}
