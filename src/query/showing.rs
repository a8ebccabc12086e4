//! The statements that show where somebody stands, newest first.
//!
//! Only as many are read as the page needs and as are counted anyway: who has tens of thousands is answered as fast as who has ten.

use super::members::place_of;
use super::names::Names;
use super::position::{Positions, Scope, asked};
use super::reach::take_as_own;
use super::said::row;
use super::{Member, QueryError, StatementPage, StatementRow};
use crate::model::{ActorId, StatementId};
use crate::store::{PAGE_ROWS_MAX, StanceRow, StatementHit, Store, Voice};
use jiff::Timestamp;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::ops::ControlFlow;

/// Statements of one holder that are counted in any case. Beyond, “more than” stands before the number: nobody reads on so far.
const COUNTED_MIN: usize = 200;

/// A statement that shows a stance, by what orders and names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Showing {
    pub(super) statement: StatementId,
    pub(super) holder: ActorId,
    pub(super) voice: Voice,
    pub(super) day: Date,
    at: Timestamp,
}

/// Gives the statements that show positions, newest first: `offset` left out, at most `limit`, never more than [`PAGE_ROWS_MAX`].
///
/// # Errors
/// [`QueryError::Store`].
pub fn statements_showing(
    store: &Store,
    (scope, found): (&Scope, &Positions),
    (offset, limit): (usize, usize),
) -> Result<StatementPage, QueryError> {
    let wanted = offset.saturating_add(limit).max(COUNTED_MIN);
    let (showing, is_all) = newest(store, (scope, &found.everybody), wanted)?;
    let page: Vec<&Showing> = showing.iter().skip(offset).take(limit.min(PAGE_ROWS_MAX)).collect();
    let rows = rows(store, &page, &found.everybody)?;
    let number = |voice| showing.iter().filter(|shown| shown.voice == voice).count() as u64;
    Ok(StatementPage { rows, own: number(Voice::Own), reported: number(Voice::Reported), has_uncounted: !is_all, offset })
}

/// Reads the newest statements of each holder, at least so many if there are, and tells whether these are all.
fn newest(store: &Store, (scope, members): (&Scope, &[Member]), wanted: usize) -> Result<(Vec<Showing>, bool), QueryError> {
    let query = asked(scope, members);
    let mut rows: Vec<StanceRow> = Vec::new();
    let (mut is_all, mut statements) = (true, 0);
    store.stances_backwards(&query, &mut |row| {
        let last = rows.last().filter(|last| last.holder == row.holder);
        match last {
            None => statements = 1,
            // Days are read whole: within a day the order is not that of time.
            Some(last) if last.day != row.day && statements >= wanted => {
                is_all = false;
                return ControlFlow::Break(());
            }
            Some(last) => statements += usize::from(last.statement != row.statement),
        }
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    take_as_own(&mut rows, members);
    Ok((in_order(rows), is_all))
}

/// Gives the statements of the rows, newest first, each once, own words before reports.
fn in_order(rows: Vec<StanceRow>) -> Vec<Showing> {
    let of = |row: StanceRow| Showing { statement: row.statement, holder: row.holder, voice: row.voice, day: row.day, at: row.at };
    let mut showing: Vec<Showing> = rows.into_iter().map(of).collect();
    showing.sort_by_key(|shown| (Reverse((shown.day, shown.at, shown.statement)), shown.voice));
    showing.dedup_by_key(|shown| shown.statement);
    showing
}

/// Puts names to statements, in their order.
fn rows(store: &Store, page: &[&Showing], members: &[Member]) -> Result<Vec<StatementRow>, QueryError> {
    let ids: Vec<StatementId> = page.iter().map(|shown| shown.statement).collect();
    let mut names = Names::new(store);
    let mut rows = Vec::new();
    for stored in store.statements(&ids)? {
        if let Some(shown) = page.iter().find(|shown| shown.statement == stored.id) {
            let speaker = stored.statement.speaker.actor().and_then(|speaker| place_of(members, speaker, shown.day));
            let holding = speaker.or_else(|| place_of(members, &shown.holder, shown.day));
            let hit = StatementHit { id: shown.statement, voice: shown.voice, holding, day: shown.day };
            rows.push(row(&mut names, stored, &hit, members)?);
        }
    }
    Ok(rows)
}
