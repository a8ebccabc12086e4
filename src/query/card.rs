//! What is known of one actor.

use super::{Member, QueryError};
use crate::model::{Actor, ActorId, Target};
use crate::store::Store;
use jiff::civil::Date;

/// A target and how many statements show a stance towards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetCount {
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub name: String,
    /// Statements that show a stance of the actor, or of those who speak for it, towards it.
    pub statements: u64,
}

/// What is known of one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorCard {
    /// Names, roles, parts, origin.
    pub actor: Actor,
    /// True when it is no longer in the data.
    pub is_retired: bool,
    /// For each role of [`Actor::roles`], in order: the name of the actor in which it is held.
    pub role_of_names: Vec<Option<String>>,
    /// Who speaks for it, and when; the actor itself is left out.
    pub members: Vec<Member>,
    /// Statements in the actor's own words.
    pub own: u64,
    /// Statements in which others report the actor's words or stances.
    pub reported: u64,
    /// Statements in own words of the members, while they were members.
    pub as_part: u64,
    /// What it takes stances on, most first.
    pub targets: Vec<TargetCount>,
    /// The day of the newest statement.
    pub last_day: Option<Date>,
}

/// Gathers what is known of one actor.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn actor_card(store: &Store, actor: &ActorId) -> Result<ActorCard, QueryError> {
    let _ = (store, actor);
    unimplemented!()
}
