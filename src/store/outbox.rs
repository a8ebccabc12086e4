//! What has to be posted: an alert is here or posted, never only in memory.
//!
//! Rows of a channel are posted in the order of their ids: only the first waiting row of each channel is ever handed out.

use super::{Batch, BatchKind, NewAlert, ShiftTold, Store, StoreError, shifts, values};
use crate::model::{ChannelId, OutboxId, StatementId, WatchId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Most rows that may wait for one channel; what comes beyond is gathered in one summary until the channel is served again.
pub const OUTBOX_WAITING_MAX: u64 = 500;
/// Most statements that a row hands out; a summary tells the number of all.
pub const STATEMENTS_SHOWN_MAX: usize = 20;

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxKind {
    /// New statements that a watch asked for.
    Alert,
    /// Many of them at once.
    Summary,
    /// One of those of a feed that is read for the first time.
    Sample,
    /// A changed position.
    Shift,
    /// A text of the bot's own.
    Notice,
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutboxState {
    /// Waits for the end of its batch.
    Held,
    /// Waits to be posted.
    Pending,
    /// Posted.
    Sent,
    /// Will never be posted.
    Dead,
    /// What it tells is told no more: its statements were taken out, or do not answer the watch any more.
    Withdrawn,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id: also the deduplication key on the platform.
    pub id: OutboxId,
    /// Where it goes.
    pub channel: ChannelId,
    /// What it is.
    pub kind: OutboxKind,
    /// The watch that asked; none for notices.
    pub watch: Option<WatchId>,
    /// The statements it tells, at most [`STATEMENTS_SHOWN_MAX`], by id.
    pub statements: Vec<StatementId>,
    /// How many statements it stands for.
    pub statement_count: u64,
    /// The shift that it tells, when it tells one.
    pub shift: Option<ShiftTold>,
    /// The text of a notice.
    pub text: String,
    /// The batch it came from; empty for notices.
    pub batch: String,
    /// Where it stands.
    pub state: OutboxState,
    /// How often posting was tried.
    pub attempts: u32,
    /// When it is tried next (UTC).
    pub next_try: Timestamp,
    /// When it was made (UTC).
    pub created: Timestamp,
    /// When it was posted (UTC).
    pub sent_at: Option<Timestamp>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// The columns that [`read_row`] reads, from `outbox o`, in its order.
const COLUMNS: &str = "o.id, o.platform, o.room, o.kind, o.watch, o.text, o.batch, o.state, o.attempts, o.next_try, o.created, o.sent_at,
     o.last_error,
     (SELECT count(*) FROM outbox_statements s WHERE s.outbox = o.id AND s.statement NOT IN (SELECT statement FROM hidden))";
/// Holds of the first waiting row of its channel.
const IS_FIRST: &str = "o.state = 'pending' AND o.id =
     (SELECT min(f.id) FROM outbox f WHERE f.platform = o.platform AND f.room = o.room AND f.state = 'pending')";

impl Store {
    /// Queues a text of the bot's own for a channel.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn push_notice(&self, channel: &ChannelId, text: &str, now: Timestamp) -> Result<OutboxId, StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO outbox (platform, room, kind, text, state, next_try, created) VALUES (?1, ?2, 'notice', ?3, 'pending', ?4, ?4)",
                params![channel.platform, channel.room, text, values::micros(now)],
            )?;
            Ok(OutboxId(transaction.last_insert_rowid()))
        })
    }

    /// Gives the first waiting row of each channel, if it is due, by id; at most `limit`. Nothing changes: a row stays waiting
    /// until it is marked.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        self.read(|connection| {
            let condition = format!("{IS_FIRST} AND o.next_try <= ?1 ORDER BY o.id LIMIT ?2");
            row_list(connection, &condition, params![values::micros(now), values::bound(limit)])
        })
    }

    /// Gives the moment at which the next row may be posted, which may be past; none when nothing waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT min(o.next_try) FROM outbox o WHERE {IS_FIRST}");
            values::moment_opt(connection.prepare_cached(&sql)?.query_row([], |row| row.get(0))?)
        })
    }

    /// Gives a row.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_row(&self, id: OutboxId) -> Result<Option<OutboxRow>, StoreError> {
        self.read(|connection| row_by_id(connection, id))
    }

    /// Counts a failed try and sets the next.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_retry(&self, id: OutboxId, next_try: Timestamp, error: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET next_try = ?2, attempts = attempts + 1, last_error = ?3 WHERE id = ?1 AND state = 'pending'";
        self.write(|transaction| {
            transaction.prepare_cached(sql)?.execute(params![id.0, values::micros(next_try), error])?;
            Ok(())
        })
    }

    /// Gives a row up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_dead(&self, id: OutboxId, error: &str) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'dead', attempts = attempts + 1, last_error = ?2 WHERE id = ?1 AND state = 'pending'";
        self.write(|transaction| {
            transaction.prepare_cached(sql)?.execute(params![id.0, error])?;
            Ok(())
        })
    }

    /// Takes a row out of the queue because what it tells does not hold any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_withdrawn(&self, id: OutboxId) -> Result<(), StoreError> {
        let sql = "UPDATE outbox SET state = 'withdrawn' WHERE id = ?1 AND state = 'pending'";
        self.write(|transaction| {
            transaction.prepare_cached(sql)?.execute([id.0])?;
            Ok(())
        })
    }

    /// Lets the summaries of a batch go out; gives how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn release_held(&self, batch: &str, now: Timestamp) -> Result<usize, StoreError> {
        let sql = "UPDATE outbox SET state = 'pending', next_try = ?2 WHERE state = 'held' AND batch = ?1";
        self.write(|transaction| Ok(transaction.prepare_cached(sql)?.execute(params![batch, values::micros(now)])?))
    }

    /// Lets the summaries of all batches go out: at the start of the program no batch is under way.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn release_all_held(&self, now: Timestamp) -> Result<usize, StoreError> {
        let sql = "UPDATE outbox SET state = 'pending', next_try = ?1 WHERE state = 'held'";
        self.write(|transaction| Ok(transaction.execute(sql, [values::micros(now)])?))
    }
}

/// Writes an alert, or adds its statements to a summary when there are too many; gives the row, or none when there is nothing to
/// tell the channel that it does not know.
pub(super) fn push_alert(
    connection: &Connection,
    alert: &NewAlert,
    batch: &Batch<'_>,
    now: Timestamp,
) -> Result<Option<OutboxId>, StoreError> {
    let untold = untold(connection, alert)?;
    if untold.is_empty() {
        return Ok(None);
    }
    let mut row = NewRow { alert, batch: batch.id, kind: OutboxKind::Alert, state: OutboxState::Pending, now };
    match batch.kind {
        BatchKind::Silent => return Ok(None),
        BatchKind::Baseline => {
            if row_of_batch(connection, &row, OutboxKind::Sample)?.is_some() {
                return Ok(None);
            }
            row.kind = OutboxKind::Sample;
        }
        BatchKind::Regular => {}
    }
    let id = if batch.kind == BatchKind::Regular && is_over(connection, alert, batch)? {
        summary(connection, row)?
    } else {
        insert(connection, &row)?
    };
    tell(connection, alert, id, &untold)?;
    Ok(Some(id))
}

/// Writes an alert that is no part of a flood, whatever else the channel was told of its statements.
pub(super) fn push_at_once(
    connection: &Connection,
    alert: &NewAlert,
    (kind, batch): (OutboxKind, &str),
    now: Timestamp,
) -> Result<OutboxId, StoreError> {
    let id = insert(connection, &NewRow { alert, batch, kind, state: OutboxState::Pending, now })?;
    let untold = untold(connection, alert)?;
    tell(connection, alert, id, &untold)?;
    Ok(id)
}

/// Tells whether a channel has as much waiting as it may.
pub(super) fn is_crowded(connection: &Connection, channel: &ChannelId) -> Result<bool, StoreError> {
    Ok(waiting(connection, channel)? >= OUTBOX_WAITING_MAX)
}

/// A row to be written.
#[derive(Clone, Copy)]
struct NewRow<'a> {
    alert: &'a NewAlert,
    batch: &'a str,
    kind: OutboxKind,
    state: OutboxState,
    now: Timestamp,
}

/// Gives the statements of an alert of which its channel was not told.
fn untold(connection: &Connection, alert: &NewAlert) -> Result<Vec<StatementId>, StoreError> {
    let sql = "SELECT 1 FROM outbox_statements WHERE platform = ?1 AND room = ?2 AND statement = ?3";
    let mut told = connection.prepare_cached(sql)?;
    let mut untold = Vec::new();
    for statement in &alert.statements {
        if !told.exists(params![alert.channel.platform, alert.channel.room, statement.0])? && !untold.contains(statement) {
            untold.push(*statement);
        }
    }
    Ok(untold)
}

/// Tells whether the channel has had its alerts of this batch, or has more waiting than it may.
fn is_over(connection: &Connection, alert: &NewAlert, batch: &Batch<'_>) -> Result<bool, StoreError> {
    let channel = &alert.channel;
    let sql = "SELECT count(*) FROM outbox WHERE batch = ?1 AND platform = ?2 AND room = ?3 AND kind = 'alert'";
    let values = params![batch.id, channel.platform, channel.room];
    let sent: i64 = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
    Ok(sent >= i64::from(batch.alerts_max) || is_crowded(connection, channel)?)
}

fn waiting(connection: &Connection, channel: &ChannelId) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM outbox WHERE platform = ?1 AND room = ?2 AND state = 'pending'";
    let number = connection.prepare_cached(sql)?.query_row([&channel.platform, &channel.room], |row| row.get(0))?;
    Ok(values::count(number))
}

/// Gives the summary to which an alert is added: that of its batch, or, in a channel that has too much waiting, the last one that
/// waits behind other rows, so that a channel that is never served does not grow a summary with every poll.
fn summary(connection: &Connection, mut row: NewRow<'_>) -> Result<OutboxId, StoreError> {
    if let Some(held) = row_of_batch(connection, &row, OutboxKind::Summary)? {
        return Ok(held);
    }
    let channel = &row.alert.channel;
    if is_crowded(connection, channel)? {
        let sql = "SELECT id FROM outbox o WHERE platform = ?1 AND room = ?2 AND state = 'pending' AND kind = 'summary' AND id >
             (SELECT min(f.id) FROM outbox f WHERE f.platform = ?1 AND f.room = ?2 AND f.state = 'pending') ORDER BY id DESC LIMIT 1";
        let last = connection.prepare_cached(sql)?.query_row([&channel.platform, &channel.room], |row| row.get(0)).optional()?;
        if let Some(id) = last {
            return Ok(OutboxId(id));
        }
    }
    row.kind = OutboxKind::Summary;
    row.state = OutboxState::Held;
    insert(connection, &row)
}

/// Gives the channel's row of this kind in the batch; of summaries only one that is still held.
fn row_of_batch(connection: &Connection, row: &NewRow<'_>, kind: OutboxKind) -> Result<Option<OutboxId>, StoreError> {
    let sql = "SELECT id FROM outbox WHERE batch = ?1 AND platform = ?2 AND room = ?3 AND kind = ?4
         AND (kind <> 'summary' OR state = 'held') LIMIT 1";
    let channel = &row.alert.channel;
    let values = params![row.batch, channel.platform, channel.room, values::plain_word(&kind)];
    Ok(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?.map(OutboxId))
}

fn insert(connection: &Connection, row: &NewRow<'_>) -> Result<OutboxId, StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO outbox (platform, room, kind, watch, batch, state, next_try, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        )?
        .execute(params![
            row.alert.channel.platform,
            row.alert.channel.room,
            values::plain_word(&row.kind),
            row.alert.watch.0,
            row.batch,
            values::plain_word(&row.state),
            values::micros(row.now)
        ])?;
    Ok(OutboxId(connection.last_insert_rowid()))
}

/// Notes that a row tells a channel of statements.
fn tell(connection: &Connection, alert: &NewAlert, id: OutboxId, statements: &[StatementId]) -> Result<(), StoreError> {
    let sql = "INSERT INTO outbox_statements (platform, room, statement, outbox) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = connection.prepare_cached(sql)?;
    for statement in statements {
        insert.execute(params![alert.channel.platform, alert.channel.room, statement.0, id.0])?;
    }
    Ok(())
}

pub(super) fn row_by_id(connection: &Connection, id: OutboxId) -> Result<Option<OutboxRow>, StoreError> {
    Ok(row_list(connection, "o.id = ?1", [id.0])?.pop())
}

fn row_list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<OutboxRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox o WHERE {condition}"))?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_row(connection, row)?);
    }
    Ok(found)
}

fn read_row(connection: &Connection, row: &Row<'_>) -> Result<OutboxRow, StoreError> {
    let id: i64 = row.get(0)?;
    let mut query = connection.prepare_cached(
        "SELECT statement FROM outbox_statements WHERE outbox = ?1 AND statement NOT IN (SELECT statement FROM hidden)
         ORDER BY statement LIMIT ?2",
    )?;
    let statements = query.query_map([id, values::bound(STATEMENTS_SHOWN_MAX)], |row| row.get(0).map(StatementId))?;
    Ok(OutboxRow {
        id: OutboxId(id),
        channel: ChannelId { platform: row.get(1)?, room: row.get(2)? },
        kind: values::from_plain_word(&row.get::<_, String>(3)?, "kind of outbox row")?,
        watch: row.get::<_, Option<i64>>(4)?.map(WatchId),
        statements: statements.collect::<Result<_, _>>()?,
        statement_count: values::count(row.get(13)?),
        shift: shifts::of_row(connection, id)?,
        text: row.get(5)?,
        batch: row.get(6)?,
        state: values::from_plain_word(&row.get::<_, String>(7)?, "state of outbox row")?,
        attempts: row.get(8)?,
        next_try: values::moment(row.get(9)?)?,
        created: values::moment(row.get(10)?)?,
        sent_at: values::moment_opt(row.get(11)?)?,
        last_error: row.get(12)?,
    })
}
