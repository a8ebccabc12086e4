//! Which positions of an actor changed, and when. What a shift is stands in `course`.

use super::course::course;
use super::lately::lately;
use super::members::{holdings, members, on_day};
use super::names::Names;
use super::position::by_holder;
use super::reach::{HISTORY_DAYS, take_as_own};
use super::shown::{Shown, StanceSaid};
use super::vote::{Vote, votes_of};
use super::{ActorQuery, Lately, Member, QueryError};
use crate::model::{ActorId, Target};
use crate::store::{StanceQuery, StanceRow, Store};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;

/// A shift with both statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftShown {
    /// Who moved.
    pub holder_name: String,
    /// By which post the holder counts for the asked actor; none for the actor itself and for its parts.
    pub via: Option<String>,
    /// Towards whom or what.
    pub target_name: String,
    /// Where the holder stood.
    pub before: StanceSaid,
    /// Where the holder stands from then on.
    pub after: StanceSaid,
    /// True when it goes back to where the holder stood until a few days ago.
    pub is_return: bool,
}

/// Shifts, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shifts {
    /// The page.
    pub shifts: Vec<ShiftShown>,
    /// How many there are in all.
    pub count: usize,
    /// The days that were looked at, where there are older ones.
    pub lately: Option<Lately>,
}

/// Finds the shifts of an actor and of everybody who speaks for it, the newest first.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn shifts(store: &Store, query: &ActorQuery) -> Result<Shifts, QueryError> {
    let everybody = members(store, &query.actor)?;
    let asked = query.stances(holdings(&everybody));
    let lately = lately(store, &asked)?;
    let first = query.since.or(lately.map(|lately| lately.since));
    // What was held before the first day has to be known for a shift on that day.
    let since = first.map(|first| first.checked_sub(HISTORY_DAYS.days()).unwrap_or(Date::MIN));
    let mut rows = store.stances(&StanceQuery { since, ..asked })?;
    take_as_own(&mut rows, &everybody);
    let mut found = Vec::new();
    for (holder, target, votes) in courses(&rows, &query.actor, &everybody) {
        for turn in course(&votes).turns {
            if first.is_none_or(|first| first <= turn.after.day) {
                found.push((holder, target, turn));
            }
        }
    }
    found.sort_by_key(|(_, _, turn)| Reverse((turn.after.day, turn.after.at, turn.after.statement)));
    let mut shown = Shown { store, names: Names::new(store), members: &everybody };
    let mut shifts = Vec::new();
    let (offset, limit) = query.page;
    for (holder, target, turn) in found.iter().skip(offset).take(limit) {
        let (Some(before), Some(after)) = (shown.said(holder, &turn.before)?, shown.said(holder, &turn.after)?) else { continue };
        let member = on_day(&everybody, holder, turn.after.day);
        shifts.push(ShiftShown {
            holder_name: shown.names.actor(holder)?,
            via: member.map(|member| member.title.clone()).filter(|title| !title.is_empty()),
            target_name: shown.names.target(target)?,
            before,
            after,
            is_return: turn.is_return,
        });
    }
    Ok(Shifts { shifts, count: found.len(), lately })
}

/// Gives the votes of each holder on each target, newest first, by holder and target.
pub(super) fn courses<'r>(rows: &'r [StanceRow], actor: &'r ActorId, members: &[Member]) -> Vec<(&'r ActorId, &'r Target, Vec<Vote<'r>>)> {
    let mut found = Vec::new();
    for (holder, mut rows) in by_holder(rows, actor, members) {
        // Rows of one statement and target come to stand beside each other.
        rows.sort_by_key(|row| (&row.target, row.statement));
        for rows in rows.chunk_by(|left, right| left.target == right.target) {
            if let Some(first) = rows.first() {
                found.push((holder, &first.target, votes_of(rows)));
            }
        }
    }
    found
}
