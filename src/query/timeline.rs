//! What an actor held on several targets over time: the statements in their order, and runs of the same stance.
//!
//! Every statement that says how it is on its day is in it, whoever of those who speak for the actor made it; nothing is weighed.

use super::members::{holdings, members};
use super::names::Names;
use super::reach::{HISTORY_DAYS, Newest, newest_targets, take_as_own};
use super::vote::{Vote, votes_of};
use super::{QueryError, WINDOW_DAYS};
use crate::model::{ActorId, Stance, StatementId, Target};
use crate::store::{StanceQuery, StanceRow, Store, Voice};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::ops::ControlFlow;

/// Most stances of one holder on one target that are read; what is older is left out, and that is told.
const ROWS_MAX: usize = 2_000;

/// Whose timeline, on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineQuery {
    /// Whose.
    pub actor: ActorId,
    /// Towards whom or what; what was spoken of last when none.
    pub target: Option<Target>,
    /// First day; a year before the last one when none.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Most targets.
    pub targets: usize,
}

/// One statement on the time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The day.
    pub day: Date,
    /// The stance.
    pub stance: Stance,
    /// In whose words.
    pub voice: Voice,
}

/// Statements that follow each other and show the same stance, with no gap of more than [`WINDOW_DAYS`] days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The stance.
    pub stance: Stance,
    /// Day of the first statement.
    pub first: Date,
    /// Day of the last statement.
    pub last: Date,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
    /// The last statement.
    pub statement: StatementId,
    /// Whose stance the last statement shows: the name to show.
    pub holder_name: String,
}

/// One target over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name to show.
    pub target_name: String,
    /// The statements, the oldest first.
    pub marks: Vec<Mark>,
    /// The same as runs, the oldest first.
    pub runs: Vec<Run>,
}

/// What an actor held over time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// One for each target, what was spoken of last first.
    pub lanes: Vec<Lane>,
    /// How many targets there are besides; when there are more than were looked through, at least so many.
    pub others: usize,
    /// True when there may be more others than were counted.
    pub has_uncounted: bool,
    /// True when older statements were left out because there are too many.
    pub is_cut: bool,
}

/// Gives what an actor and those who speak for it held over time.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn timeline(store: &Store, query: &TimelineQuery) -> Result<Timeline, QueryError> {
    let everybody = members(store, &query.actor)?;
    let asked = StanceQuery { holdings: holdings(&everybody), since: query.since, until: query.until, ..StanceQuery::default() };
    let newest = match &query.target {
        Some(target) => Newest { targets: vec![target.clone()], is_all: true },
        None => newest_targets(store, &asked, query.targets)?,
    };
    let mut names = Names::new(store);
    let others = newest.targets.len().saturating_sub(query.targets);
    let mut timeline = Timeline { others, has_uncounted: !newest.is_all, ..Timeline::default() };
    for target in newest.targets.iter().take(query.targets) {
        let (mut rows, is_cut) = read(store, &StanceQuery { target: Some(target.clone()), ..asked.clone() })?;
        timeline.is_cut |= is_cut;
        take_as_own(&mut rows, &everybody);
        // Newest first and statement beside statement, whoever holds the stance.
        rows.sort_by_key(|row| Reverse((row.day, row.at, row.statement)));
        timeline.lanes.extend(lane(&mut names, (target, &rows))?);
    }
    Ok(timeline)
}

/// Reads the stances on one target, and tells whether older ones were left out.
fn read(store: &Store, query: &StanceQuery) -> Result<(Vec<StanceRow>, bool), QueryError> {
    let mut rows: Vec<StanceRow> = Vec::new();
    let (mut of_holder, mut is_cut) = (0, false);
    let is_open = query.since.is_none();
    let mut newest = Date::MIN;
    let year_before = |day: Date| day.checked_sub(HISTORY_DAYS.days()).unwrap_or(Date::MIN);
    store.stances_backwards(query, &mut |row| {
        newest = newest.max(row.day);
        if is_open && row.day < year_before(newest) {
            return ControlFlow::Break(());
        }
        of_holder = if rows.last().is_some_and(|last| last.holder == row.holder) { of_holder + 1 } else { 1 };
        if of_holder > ROWS_MAX {
            is_cut = true;
            return ControlFlow::Break(());
        }
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    // The newest day of all holders is known only now.
    rows.retain(|row| !is_open || row.day >= year_before(newest));
    Ok((rows, is_cut))
}

fn lane(names: &mut Names<'_>, (target, rows): (&Target, &[StanceRow])) -> Result<Option<Lane>, QueryError> {
    let mut votes = votes_of(&rows.iter().collect::<Vec<_>>());
    votes.reverse();
    if votes.is_empty() {
        return Ok(None);
    }
    let marks = votes.iter().map(|vote| Mark { day: vote.day, stance: vote.stance, voice: vote.voice }).collect();
    let mut runs = Vec::new();
    for votes in votes.chunk_by(is_same_run) {
        let (Some(first), Some(last)) = (votes.first(), votes.last()) else { continue };
        let number = |voice| votes.iter().filter(|vote| vote.voice == voice).count() as u32;
        runs.push(Run {
            stance: first.stance,
            first: first.day,
            last: last.day,
            own: number(Voice::Own),
            reported: number(Voice::Reported),
            statement: last.statement,
            holder_name: names.actor(last.holder)?,
        });
    }
    Ok(Some(Lane { target_name: names.target(target)?, marks, runs }))
}

fn is_same_run(left: &Vote<'_>, right: &Vote<'_>) -> bool {
    left.stance == right.stance && right.day.since(left.day).is_ok_and(|span| span.get_days() <= WINDOW_DAYS)
}
