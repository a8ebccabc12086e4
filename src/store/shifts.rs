//! Alerts of shifts: what a matcher is given to find them, and what the outbox keeps of each.
//!
//! The history of a holder on a target is read inside the transaction that writes the new statements, so that a shift is decided by
//! what is stored with them and by nothing else. What a shift is, the store does not know.

use super::outbox::{self, OutboxKind};
use super::values::TargetRef;
use super::{Batch, BatchKind, Holding, NewAlert, StanceQuery, StanceRow, StoreError, StoredStatement, stances, values};
use crate::model::{ActorId, ChannelId, OutboxId, Stance, StatementId, Target, Watch, WatchId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::ControlFlow;

/// Most stances of one holder on one target that are handed to a matcher: years of the busiest, and a bound for one transaction.
const HISTORY_ROWS_MAX: usize = 2_000;

/// A shift, by the statements that show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftTold {
    /// Who moved.
    pub holder: ActorId,
    /// Towards whom or what.
    pub target: Target,
    /// The stance before, and the newest statement that told it.
    pub before: (Stance, StatementId),
    /// The stance after, and the statement that completed the shift.
    pub after: (Stance, StatementId),
}

/// An alert of a shift that a watch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewShift {
    /// The watch that asks.
    pub watch: WatchId,
    /// Where it goes.
    pub channel: ChannelId,
    /// What it tells.
    pub shift: ShiftTold,
}

/// Which history a matcher asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryOf<'a> {
    /// Whose stances.
    pub holder: &'a ActorId,
    /// Towards whom or what.
    pub target: &'a Target,
    /// Only from statements of this confidence (percent) or more.
    pub confidence_min: u8,
}

/// What a matcher of shifts is given.
#[derive(Clone, Copy)]
pub struct ShiftNews<'a> {
    /// All watches.
    pub watches: &'a [Watch],
    /// The new statements of one article.
    pub statements: &'a [StoredStatement],
    /// Reads the stances of a holder on a target, the new ones included, newest first, within the same transaction.
    pub history: &'a dyn Fn(&HistoryOf<'_>) -> Result<Vec<StanceRow>, StoreError>,
}

/// Says which alerts of shifts all watches ask for.
pub type ShiftMatcher<'a> = dyn Fn(&ShiftNews<'_>) -> Result<Vec<NewShift>, StoreError> + 'a;

/// Reads the stances of a holder on a target, newest first.
pub(super) fn history(connection: &Connection, of: &HistoryOf<'_>) -> Result<Vec<StanceRow>, StoreError> {
    let holding = Holding { actor: of.holder.clone(), since: None, until: None };
    let query = StanceQuery { holdings: vec![holding], target: Some(of.target.clone()), ..StanceQuery::default() };
    let mut rows: Vec<StanceRow> = Vec::new();
    stances::backwards(connection, &query, &mut |row| {
        rows.push(row);
        if rows.len() < HISTORY_ROWS_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    let mut confidence = connection.prepare_cached("SELECT confidence FROM statements WHERE id = ?1")?;
    let mut sure = Vec::with_capacity(rows.len());
    for row in rows {
        let found: Option<u8> = confidence.query_row([row.statement.0], |row| row.get(0)).optional()?;
        if found.is_some_and(|found| found >= of.confidence_min) {
            sure.push(row);
        }
    }
    Ok(sure)
}

/// Writes the alert of a shift; gives its row, or none when the channel was told already that the holder moved there. A channel that
/// has more waiting than it may is told the new statement within its summary.
pub(super) fn push(connection: &Connection, new: &NewShift, batch: &Batch<'_>, now: Timestamp) -> Result<Option<OutboxId>, StoreError> {
    if batch.kind != BatchKind::Regular || last_told(connection, new)? == Some(new.shift.after.0) {
        return Ok(None);
    }
    let alert = NewAlert { watch: new.watch, channel: new.channel.clone(), statements: vec![new.shift.after.1] };
    if outbox::is_crowded(connection, &new.channel)? {
        return outbox::push_alert(connection, &alert, batch, now);
    }
    let id = outbox::push_at_once(connection, &alert, (OutboxKind::Shift, batch.id), now)?;
    let ShiftTold { holder, target, before, after } = &new.shift;
    let target = TargetRef::from(target);
    let sql = "INSERT INTO outbox_shifts (outbox, platform, room, holder, target_kind, target, before_stance, before_statement,
         after_stance, after_statement) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    connection.prepare_cached(sql)?.execute(params![
        id.0,
        new.channel.platform,
        new.channel.room,
        holder.as_str(),
        target.kind,
        target.id,
        before.0.as_str(),
        before.1.0,
        after.0.as_str(),
        after.1.0
    ])?;
    Ok(Some(id))
}

/// Gives where the channel was last told that the holder moved.
fn last_told(connection: &Connection, new: &NewShift) -> Result<Option<Stance>, StoreError> {
    let target = TargetRef::from(&new.shift.target);
    let sql = "SELECT after_stance FROM outbox_shifts WHERE platform = ?1 AND room = ?2 AND holder = ?3 AND target_kind = ?4
         AND target = ?5 ORDER BY outbox DESC LIMIT 1";
    let values = params![new.channel.platform, new.channel.room, new.shift.holder.as_str(), target.kind, target.id];
    let word: Option<String> = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    word.map(|word| values::word(&word)).transpose()
}

/// Gives the shift that a row tells.
pub(super) fn of_row(connection: &Connection, id: i64) -> Result<Option<ShiftTold>, StoreError> {
    let sql = "SELECT holder, target_kind, target, before_stance, before_statement, after_stance, after_statement
         FROM outbox_shifts WHERE outbox = ?1";
    let mut query = connection.prepare_cached(sql)?;
    let mut rows = query.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(ShiftTold {
        holder: ActorId::new(row.get::<_, String>(0)?),
        target: values::target(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?,
        before: (values::word(&row.get::<_, String>(3)?)?, StatementId(row.get(4)?)),
        after: (values::word(&row.get::<_, String>(5)?)?, StatementId(row.get(6)?)),
    }))
}
