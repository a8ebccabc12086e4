//! The journal of what people change: who, when, what, why, and what became of it. Rows are never deleted.

use super::{Store, StoreError, values};
use crate::model::{Author, Change, ChangeId, ChangeState, ChannelId, Correction, StatementId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, Row, params};

/// Most changes of one user that wait for a moderator: more is not a help any more.
pub const WAITING_PER_USER_MAX: u64 = 10;
/// Most changes of one channel that wait for a moderator: what can be gone through in one sitting.
pub const WAITING_PER_CHANNEL_MAX: u64 = 50;
/// Most changes of one user within a day.
pub const CHANGES_PER_USER_MAX: u64 = 200;
/// Most changes of one channel within a day.
pub const CHANGES_PER_CHANNEL_MAX: u64 = 500;
/// Longest reason that is kept, in characters.
pub const REASON_CHARS_MAX: usize = 300;
/// Most changes that are handed out at once.
const CHANGES_SHOWN_MAX: i64 = 200;
/// The time for which changes are counted against the limits of a day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Whether somebody's changes hold at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// They wait for a moderator.
    Member,
    /// They hold at once, and those of the same channel may be decided on.
    Moderator,
    /// As a moderator, for all channels.
    Operator,
}

/// A change that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// Who wants it, and where.
    pub author: Author,
    /// Whether it holds at once.
    pub standing: Standing,
    /// What.
    pub what: Change,
    /// Why, in the author's words; may be empty.
    pub reason: String,
    /// Now (UTC).
    pub now: Timestamp,
}

/// Who decided on a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The platform's id of the user.
    pub user: String,
    /// The name that the platform showed then; may be empty.
    pub name: String,
    /// When (UTC).
    pub at: Timestamp,
}

/// A change as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredChange {
    /// The number to show.
    pub id: ChangeId,
    /// Who wanted it, and where.
    pub author: Author,
    /// When (UTC).
    pub made: Timestamp,
    /// The statement that it corrects.
    pub statement: Option<StatementId>,
    /// What.
    pub what: Change,
    /// Why, in the author's words; may be empty.
    pub reason: String,
    /// What became of it.
    pub state: ChangeState,
    /// Who accepted, rejected or undid it; none when it held at once and still does.
    pub decision: Option<Decision>,
}

/// The columns that [`read`] reads, in its order.
const COLUMNS: &str = "id, platform, room, user, user_name, made, statement, change, reason, state, decided_by, decided_name, decided";

impl Store {
    /// Gives a change.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn change(&self, id: ChangeId) -> Result<Option<StoredChange>, StoreError> {
        self.read(|connection| Ok(list(connection, "id = ?1", [id.0])?.pop()))
    }

    /// Gives the changes of a statement, oldest first, those that wait included.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn changes_of(&self, statement: StatementId) -> Result<Vec<StoredChange>, StoreError> {
        self.read(|connection| list(connection, "statement = ?1 ORDER BY id LIMIT ?2", params![statement.0, CHANGES_SHOWN_MAX]))
    }

    /// Gives the changes that wait for a moderator, oldest first: of one channel, or of all.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn waiting_changes(&self, channel: Option<&ChannelId>) -> Result<Vec<StoredChange>, StoreError> {
        self.read(|connection| {
            let condition = "state = 'waiting' AND kind = 'correction' AND (?1 IS NULL OR (platform = ?1 AND room = ?2))
                 ORDER BY id LIMIT ?3";
            let (platform, room) = (channel.map(|channel| &channel.platform), channel.map(|channel| &channel.room));
            list(connection, condition, params![platform, room, CHANGES_SHOWN_MAX])
        })
    }

    /// Gives the last change of a user that can still be taken back.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn last_change_of(&self, author: &Author) -> Result<Option<StoredChange>, StoreError> {
        self.read(|connection| {
            let condition = "platform = ?1 AND user = ?2 AND state IN ('waiting', 'applied') ORDER BY id DESC LIMIT 1";
            Ok(list(connection, condition, params![author.channel.platform, author.user])?.pop())
        })
    }

    /// Gives the corrections that hold, above `after`, at most 200, by number: for export in pieces.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn corrections_in_force(&self, after: Option<ChangeId>) -> Result<Vec<StoredChange>, StoreError> {
        self.read(|connection| {
            let condition = "kind = 'correction' AND state = 'applied' AND id > ?1 ORDER BY id LIMIT ?2";
            list(connection, condition, params![after.map_or(0, |id| id.0), CHANGES_SHOWN_MAX])
        })
    }
}

/// Gives the corrections of a statement that hold, oldest first.
pub(super) fn applied_corrections(connection: &Connection, statement: StatementId) -> Result<Vec<Correction>, StoreError> {
    let changes = list(connection, "statement = ?1 AND state = 'applied' ORDER BY id", [statement.0])?;
    let corrections = changes.into_iter().map(|change| match change.what {
        Change::Corrections(corrections) => corrections,
        Change::Lesson(_) => Vec::new(),
    });
    Ok(corrections.flatten().collect())
}

/// Gives the limit that a new change would break, in words, with the number.
pub(super) fn limit(connection: &Connection, new: &NewChange) -> Result<Option<(&'static str, u64)>, StoreError> {
    let channel = &new.author.channel;
    let count = |condition: &str, values: &[&dyn rusqlite::ToSql]| -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM changes WHERE {condition}");
        Ok(values::count(connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?))
    };
    let since = values::micros(new.now.checked_sub(DAY).unwrap_or(Timestamp::MIN));
    if count("platform = ?1 AND user = ?2 AND made > ?3", &[&channel.platform, &new.author.user, &since])? >= CHANGES_PER_USER_MAX {
        return Ok(Some(("changes of yours within a day", CHANGES_PER_USER_MAX)));
    }
    if count("platform = ?1 AND room = ?2 AND made > ?3", &[&channel.platform, &channel.room, &since])? >= CHANGES_PER_CHANNEL_MAX {
        return Ok(Some(("changes in this channel within a day", CHANGES_PER_CHANNEL_MAX)));
    }
    if new.standing > Standing::Member {
        return Ok(None);
    }
    let waiting = "kind = 'correction' AND state = 'waiting' AND platform = ?1";
    if count(&format!("{waiting} AND user = ?2"), &[&channel.platform, &new.author.user])? >= WAITING_PER_USER_MAX {
        return Ok(Some(("corrections of yours that wait for a moderator", WAITING_PER_USER_MAX)));
    }
    if count(&format!("{waiting} AND room = ?2"), &[&channel.platform, &channel.room])? >= WAITING_PER_CHANNEL_MAX {
        return Ok(Some(("corrections in this channel that wait for a moderator", WAITING_PER_CHANNEL_MAX)));
    }
    Ok(None)
}

/// Writes a change.
pub(super) fn put(
    connection: &Connection,
    new: &NewChange,
    (statement, state): (Option<StatementId>, ChangeState),
) -> Result<ChangeId, StoreError> {
    let kind = match &new.what {
        Change::Corrections(_) => "correction",
        Change::Lesson(_) => "lesson",
    };
    let reason: String = new.reason.chars().filter(|character| !character.is_control()).take(REASON_CHARS_MAX).collect();
    connection.execute(
        "INSERT INTO changes (kind, platform, room, user, user_name, made, statement, change, reason, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            kind,
            new.author.channel.platform,
            new.author.channel.room,
            new.author.user,
            new.author.name,
            values::micros(new.now),
            statement.map(|id| id.0),
            values::to_json(&new.what, "change")?,
            reason,
            values::plain_word(&state)
        ],
    )?;
    Ok(ChangeId(connection.last_insert_rowid()))
}

/// Writes what became of a change and who decided so.
pub(super) fn decide(connection: &Connection, id: ChangeId, state: ChangeState, (by, now): (&Author, Timestamp)) -> Result<(), StoreError> {
    connection.execute(
        "UPDATE changes SET state = ?2, decided_by = ?3, decided_name = ?4, decided = ?5 WHERE id = ?1",
        params![id.0, values::plain_word(&state), by.user, by.name, values::micros(now)],
    )?;
    Ok(())
}

/// Reads the changes of which a condition holds.
pub(super) fn list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<StoredChange>, StoreError> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM changes WHERE {condition}"))?;
    let mut rows = query.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<StoredChange, StoreError> {
    let (change, state): (String, String) = (row.get(7)?, row.get(9)?);
    let decision = match (row.get::<_, Option<String>>(10)?, values::moment_opt(row.get(12)?)?) {
        (Some(user), Some(at)) => Some(Decision { user, name: row.get::<_, Option<String>>(11)?.unwrap_or_default(), at }),
        _ => None,
    };
    Ok(StoredChange {
        id: ChangeId(row.get(0)?),
        author: Author { channel: ChannelId { platform: row.get(1)?, room: row.get(2)? }, user: row.get(3)?, name: row.get(4)? },
        made: values::moment(row.get(5)?)?,
        statement: row.get::<_, Option<i64>>(6)?.map(StatementId),
        what: values::from_json(&change, "change")?,
        reason: row.get(8)?,
        state: values::from_plain_word(&state, "state of a change")?,
        decision,
    })
}
