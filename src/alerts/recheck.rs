//! Tells whether an alert that waits still tells what its watch asks for: people may have corrected or taken out its statements
//! since it was written. Reads; posts and marks nothing.

use super::matching::{Membership, answers};
use crate::model::{ActorId, Watch, WatchSubject};
use crate::query::{self, Member, QueryError};
use crate::store::{OutboxKind, OutboxRow, Store, StoredStatement};
use jiff::civil::Date;

/// Whose words count under the actor that a watch follows, on one day, by what is stored.
struct Followed<'a> {
    subject: &'a ActorId,
    members: &'a [Member],
    day: Date,
}

impl Membership for Followed<'_> {
    fn counted_under(&self, actor: &ActorId) -> Vec<ActorId> {
        let day = self.day;
        let held = |member: &Member| member.since.is_none_or(|since| since <= day) && member.until.is_none_or(|until| day <= until);
        let counts = self.members.iter().any(|member| member.actor == *actor && (member.is_self || held(member)));
        std::iter::once(actor.clone()).chain(counts.then(|| self.subject.clone())).collect()
    }
}

/// Tells whether a row still has something to tell that its watch asks for.
///
/// # Errors
/// [`QueryError`] when the database fails.
pub(super) fn still_holds(store: &Store, row: &OutboxRow) -> Result<bool, QueryError> {
    if row.kind == OutboxKind::Notice {
        return Ok(true);
    }
    let mut statements = store.statements(&row.statements)?;
    statements.retain(|stored| stored.hidden.is_none());
    if row.kind == OutboxKind::Summary || statements.iter().any(|stored| stored.revision == 1) {
        return Ok(!statements.is_empty());
    }
    let Some(watch) = row.watch.map(|id| store.watch(id)).transpose()?.flatten() else { return Ok(!statements.is_empty()) };
    let members = match &watch.subject {
        WatchSubject::Actor(actor) => query::members(store, actor)?,
        WatchSubject::Topic(_) => Vec::new(),
    };
    Ok(statements.iter().any(|stored| is_asked_for(&watch, stored, &members)))
}

fn is_asked_for(watch: &Watch, stored: &StoredStatement, members: &[Member]) -> bool {
    let nobody = ActorId::new("");
    let subject = match &watch.subject {
        WatchSubject::Actor(actor) => actor,
        WatchSubject::Topic(_) => &nobody,
    };
    answers(watch, &stored.statement, &Followed { subject, members, day: stored.day })
}
