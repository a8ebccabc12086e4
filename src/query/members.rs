//! Who speaks for an organisation, and when: the actor itself, its offices, and the people who held a post there.
//!
//! A post counts on the days on which it was held and on no other. Members of a group or a union of states do not speak for it:
//! only offices and organisations that are part of an actor do, and people with a post in it or in these.

use super::QueryError;
use crate::model::{Actor, ActorId, ActorKind};
use crate::store::{Holding, Store};
use jiff::civil::Date;
use std::collections::BTreeSet;

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

/// Deepest nesting of parts that is followed: a state, its government, a ministry, an office.
const PARTS_DEEP: usize = 4;
/// Most members that are counted: the largest body in the data has some dozens; a cycle or a mistake must end.
const MEMBERS_MAX: usize = 1_000;

/// Gives the actor itself, first, and everybody who spoke for it. People have no members: an aide's words are the aide's.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn members(store: &Store, actor: &ActorId) -> Result<Vec<Member>, QueryError> {
    let stored = store.actor(actor)?.ok_or_else(|| QueryError::Missing { what: "actor", id: actor.to_string() })?;
    let itself = stored.actor;
    let mut found = vec![lasting(itself.id.clone(), itself.name.clone(), true)];
    for former in store.former_ids(&itself.id)? {
        found.push(lasting(former, itself.name.clone(), true));
    }
    if itself.kind != ActorKind::Person {
        add_members(store, &itself, &mut found)?;
    }
    Ok(found)
}

/// Adds parts and holders of posts, the nearest first; who is reached in two ways counts by the first.
fn add_members(store: &Store, itself: &Actor, found: &mut Vec<Member>) -> Result<(), QueryError> {
    let mut wholes = vec![(itself.id.clone(), None::<String>)];
    let mut seen = BTreeSet::from([itself.id.clone()]);
    for _ in 0..PARTS_DEEP {
        let mut parts = Vec::new();
        for (whole, within) in &wholes {
            for membership in store.memberships(whole)? {
                if found.len() >= MEMBERS_MAX {
                    return Ok(());
                }
                if membership.title.is_empty() {
                    if seen.insert(membership.member.clone()) {
                        found.push(lasting(membership.member.clone(), membership.name.clone(), false));
                        parts.push((membership.member, Some(membership.name)));
                    }
                } else if membership.member != itself.id {
                    found.push(Member {
                        actor: membership.member,
                        name: membership.name,
                        title: membership.title,
                        within: within.clone(),
                        since: membership.since,
                        until: membership.until,
                        is_self: false,
                    });
                }
            }
        }
        wholes = parts;
    }
    Ok(())
}

fn lasting(actor: ActorId, name: String, is_self: bool) -> Member {
    Member { actor, name, title: String::new(), within: None, since: None, until: None, is_self }
}

/// Gives the days on which each member counts, in the same order.
pub(super) fn holdings(members: &[Member]) -> Vec<Holding> {
    let holding = |member: &Member| Holding { actor: member.actor.clone(), since: member.since, until: member.until };
    members.iter().map(holding).collect()
}

/// Gives the place among the members of the one by whom the words of an actor on a day count.
pub(super) fn place_of(members: &[Member], actor: &ActorId, day: Date) -> Option<usize> {
    members.iter().position(|member| member.actor == *actor && is_held(member, day))
}

/// Gives the member by whom the words of an actor on a day count.
pub(super) fn on_day<'a>(members: &'a [Member], actor: &ActorId, day: Date) -> Option<&'a Member> {
    members.iter().find(|member| member.actor == *actor && is_held(member, day))
}

fn is_held(member: &Member, day: Date) -> bool {
    member.since.is_none_or(|since| since <= day) && member.until.is_none_or(|until| day <= until)
}
