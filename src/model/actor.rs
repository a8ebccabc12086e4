//! People, organisations, states and offices, with names and roles that hold for a time.

use super::ActorId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What sort of thing an actor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorKind {
    /// One human being.
    Person,
    /// An office that speaks with one voice: the Kremlin, the White House.
    Office,
    /// A body with members: NATO, a ministry, a think tank, a news agency, a party.
    Organisation,
    /// A country.
    State,
    /// Several states or bodies under one name: Europe, the G7.
    Group,
}

/// Grammatical gender of a person, used only to resolve "he" and "she".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Gender {
    /// "he"
    #[serde(rename = "m")]
    Masculine,
    /// "she"
    #[serde(rename = "f")]
    Feminine,
}

/// Where the knowledge of an actor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ActorOrigin {
    /// A data file, shipped or the operator's.
    Data,
    /// Found in a text by name and title; not checked by anybody.
    Found,
    /// Added by a command.
    User,
}

/// One surface form of an actor's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActorName {
    /// The form as it is written; matched token by token with its letter case.
    pub text: String,
    /// First day on which the form means this actor.
    pub since: Option<Date>,
    /// Last day on which it does.
    pub until: Option<Date>,
    /// A place or building that stands for the actor ("Moscow"): only where it speaks or is spoken about, not in "in Moscow".
    pub metonym: bool,
}

/// A post that a person held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The title in lower case as a role noun of the language data: "president", "foreign minister", "presidential aide".
    pub title: String,
    /// The actor in which or of whom the post is held: an organisation, office, state or person.
    pub of: Option<ActorId>,
    /// First day in the post.
    pub since: Option<Date>,
    /// Last day in the post.
    pub until: Option<Date>,
}

impl Role {
    /// Tells whether the role was held on `day`; an open end counts as held.
    pub fn is_held_on(&self, day: Date) -> bool {
        self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A person, organisation, state or office with a stable id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The stable id.
    pub id: ActorId,
    /// What sort of thing it is.
    pub kind: ActorKind,
    /// The name to show.
    pub name: String,
    /// All forms by which texts call it, the shown name included.
    pub names: Vec<ActorName>,
    /// For "he" and "she"; unknown when absent.
    pub gender: Option<Gender>,
    /// Posts held, in the order of the file.
    pub roles: Vec<Role>,
    /// Actors of which this one is a part (the Kremlin is part of Russia).
    pub part_of: Vec<ActorId>,
    /// Adjectives and nouns for what belongs to a state: "Russian", "Ukrainian".
    pub demonyms: Vec<String>,
    /// Where the knowledge comes from.
    pub origin: ActorOrigin,
    /// Provenance in words or as a URL.
    pub source: String,
}
