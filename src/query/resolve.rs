//! From what a user typed to whom or what is meant.
//!
//! Order: id → name, folded (accents, case, script) → words of a name or its beginning → "did you mean", which is shown and never
//! taken. When several remain, the user chooses.

use super::QueryError;
use crate::model::{ActorId, OutletId, TopicId};
use crate::store::{Store, SubjectKind};
use jiff::civil::Date;

/// Whom or what a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An actor.
    Actor(ActorId),
    /// A topic.
    Topic(TopicId),
    /// An outlet.
    Outlet(OutletId),
}

/// A subject to choose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// Whom or what.
    pub subject: Subject,
    /// The name to show.
    pub name: String,
    /// What tells it from the others: "person, president of Russia", "topic, proposal".
    pub hint: String,
}

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// One subject.
    One(Choice),
    /// Several, at most ten; the user has to choose by id.
    Many(Vec<Choice>),
    /// Nothing; what may have been meant, at most three.
    None {
        /// What may have been meant.
        did_you_mean: Vec<Choice>,
    },
}

/// A name to resolve.
#[derive(Clone, Copy, Debug)]
pub struct NameQuery<'a> {
    /// As typed; any length.
    pub text: &'a str,
    /// What it may stand for.
    pub kinds: &'a [SubjectKind],
    /// The day on which it is meant.
    pub day: Date,
}

/// Resolves a name that a user typed.
///
/// # Errors
/// [`QueryError::Store`].
pub fn resolve_name(store: &Store, query: &NameQuery<'_>) -> Result<Resolution, QueryError> {
    let _ = (store, query);
    unimplemented!()
}
