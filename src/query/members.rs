//! Who speaks for an organisation, and when: the actor itself, its offices, and the people who held a post there.
//!
//! A post counts on the days on which it was held and on no other. Members of a group or a union of states do not speak for it:
//! only offices and organisations that are part of an actor do, and people with a post in it or in these.

use super::QueryError;
use crate::model::ActorId;
use crate::store::Store;
use jiff::civil::Date;

/// An actor whose words count for another, for some days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The actor.
    pub actor: ActorId,
    /// The name to show.
    pub name: String,
    /// The post; empty for the actor itself and for a part of it.
    pub title: String,
    /// The part in which the post is held, when it is not the asked actor itself: its name.
    pub within: Option<String>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// True for the asked actor itself.
    pub is_self: bool,
}

/// Gives the actor itself, first, and everybody who spoke for it, by name.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn members(store: &Store, actor: &ActorId) -> Result<Vec<Member>, QueryError> {
    let _ = (store, actor);
    unimplemented!()
}
