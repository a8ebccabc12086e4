//! Standing questions of channels.

use super::values::TargetRef;
use super::{Store, StoreError, values};
use crate::model::{ActorId, ChannelId, Target, TopicId, Watch, WatchId, WatchScope, WatchSubject};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;

/// Most watches of one channel: each is compared with each new statement, and more would not be read by anybody.
pub const WATCHES_PER_CHANNEL_MAX: usize = 50;

/// A standing question that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchSpec {
    /// Where the alerts go.
    pub channel: ChannelId,
    /// Whom or what it follows.
    pub subject: WatchSubject,
    /// Only statements with a stance towards this target.
    pub on: Option<Target>,
    /// Which of the subject's statements.
    pub scope: WatchScope,
    /// The platform's id of the user who wants it; `config` for the configuration.
    pub made_by: String,
}

/// What became of a wish to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchAdded {
    /// It is followed from now on.
    Added(WatchId),
    /// It is followed already.
    Already(WatchId),
    /// The channel follows as much as it may; the limit.
    LimitReached(usize),
}

/// The columns that [`read_watch`] reads, in its order.
const COLUMNS: &str = "id, platform, room, subject_kind, subject, on_kind, on_id, own, made_by";

impl Store {
    /// Makes the watches of the configuration those that it names. One that a user removed stays removed; one that left the
    /// configuration is removed and comes back when it is named again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn sync_watches(&self, watches: &[WatchSpec], now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut wanted = BTreeSet::new();
            for watch in watches {
                let kept = put_watch(transaction, watch, ("config", now))?;
                transaction.execute("UPDATE watches SET removed_by = NULL WHERE id = ?1 AND removed_by = 'config'", [kept])?;
                wanted.insert(kept);
            }
            let mut query = transaction.prepare("SELECT id FROM watches WHERE origin = 'config' AND removed_by IS NULL")?;
            let stored = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            for id in stored.iter().filter(|id| !wanted.contains(id)) {
                transaction.execute("UPDATE watches SET removed_by = 'config' WHERE id = ?1", [id])?;
            }
            Ok(())
        })
    }

    /// Adds a watch, or says that it is there already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn add_watch(&self, watch: &WatchSpec, now: Timestamp) -> Result<WatchAdded, StoreError> {
        self.write(|transaction| {
            let present = channel_watches(transaction, &watch.channel)?;
            let same = |stored: &&Watch| stored.subject == watch.subject && stored.on == watch.on && stored.scope == watch.scope;
            if let Some(stored) = present.iter().find(same) {
                return Ok(WatchAdded::Already(stored.id));
            }
            if present.len() >= WATCHES_PER_CHANNEL_MAX {
                return Ok(WatchAdded::LimitReached(WATCHES_PER_CHANNEL_MAX));
            }
            let id = put_watch(transaction, watch, ("chat", now))?;
            transaction.execute("UPDATE watches SET removed_by = NULL, made_by = ?2 WHERE id = ?1", params![id, watch.made_by])?;
            Ok(WatchAdded::Added(WatchId(id)))
        })
    }

    /// Removes a watch of a channel; gives it when it was there.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn remove_watch(&self, channel: &ChannelId, id: WatchId) -> Result<Option<Watch>, StoreError> {
        self.write(|transaction| {
            let found = channel_watches(transaction, channel)?.into_iter().find(|watch| watch.id == id);
            if found.is_some() {
                transaction.execute("UPDATE watches SET removed_by = 'chat' WHERE id = ?1", [id.0])?;
            }
            Ok(found)
        })
    }

    /// Gives the watches of a channel, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn watches(&self, channel: &ChannelId) -> Result<Vec<Watch>, StoreError> {
        self.read(|connection| channel_watches(connection, channel))
    }

    /// Gives the watches of all channels, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn all_watches(&self) -> Result<Vec<Watch>, StoreError> {
        self.read(all_watches)
    }

    /// Gives a watch by its id, removed ones too, for naming it in an alert.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn watch(&self, id: WatchId) -> Result<Option<Watch>, StoreError> {
        self.read(|connection| Ok(watch_list(connection, "id = ?1", [id.0])?.pop()))
    }
}

/// Reads the watches of all channels, by id.
pub(super) fn all_watches(connection: &Connection) -> Result<Vec<Watch>, StoreError> {
    watch_list(connection, "removed_by IS NULL ORDER BY id", [])
}

fn channel_watches(connection: &Connection, channel: &ChannelId) -> Result<Vec<Watch>, StoreError> {
    let sql = "removed_by IS NULL AND platform = ?1 AND room = ?2 ORDER BY id";
    watch_list(connection, sql, params![channel.platform, channel.room])
}

/// Writes a watch that is not there, in whichever state it is; gives its row.
fn put_watch(connection: &Connection, watch: &WatchSpec, origin: (&str, Timestamp)) -> Result<i64, StoreError> {
    let (subject_kind, subject) = match &watch.subject {
        WatchSubject::Actor(id) => (values::ACTOR, id.as_str()),
        WatchSubject::Topic(id) => (values::TOPIC, id.as_str()),
    };
    let on = watch.on.as_ref().map_or(TargetRef { kind: "", id: "" }, TargetRef::from);
    let channel = &watch.channel;
    let key = params![channel.platform, channel.room, subject_kind, subject, on.kind, on.id, scope_code(watch.scope)];
    let mut query = connection.prepare_cached(
        "SELECT id FROM watches WHERE platform = ?1 AND room = ?2 AND subject_kind = ?3 AND subject = ?4 AND on_kind = ?5
         AND on_id = ?6 AND own = ?7",
    )?;
    if let Some(id) = query.query_row(key, |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection.execute(
        "INSERT INTO watches (platform, room, subject_kind, subject, on_kind, on_id, own, made_by, made_at, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            channel.platform,
            channel.room,
            subject_kind,
            subject,
            on.kind,
            on.id,
            scope_code(watch.scope),
            watch.made_by,
            values::micros(origin.1),
            origin.0
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Gives the number that stands for a scope in the column `own`, which had two values once.
fn scope_code(scope: WatchScope) -> i64 {
    match scope {
        WatchScope::All => 0,
        WatchScope::Own => 1,
        WatchScope::Shifts => 2,
    }
}

fn read_scope(code: i64) -> Result<WatchScope, StoreError> {
    match code {
        0 => Ok(WatchScope::All),
        1 => Ok(WatchScope::Own),
        2 => Ok(WatchScope::Shifts),
        other => Err(StoreError::Data { what: "watch", reason: format!("its scope is {other}") }),
    }
}

fn watch_list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<Watch>, StoreError> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM watches WHERE {condition}"))?;
    let mut rows = query.query(values)?;
    let mut watches = Vec::new();
    while let Some(row) = rows.next()? {
        watches.push(read_watch(row)?);
    }
    Ok(watches)
}

fn read_watch(row: &Row<'_>) -> Result<Watch, StoreError> {
    let (kind, id): (String, String) = (row.get(3)?, row.get(4)?);
    let subject = match values::target(&kind, &id)? {
        Target::Actor(actor) => WatchSubject::Actor(ActorId::new(actor.as_str())),
        Target::Topic(topic) => WatchSubject::Topic(TopicId::new(topic.as_str())),
    };
    let (on_kind, on_id): (String, String) = (row.get(5)?, row.get(6)?);
    let on = if on_kind.is_empty() { None } else { Some(values::target(&on_kind, &on_id)?) };
    let channel = ChannelId { platform: row.get(1)?, room: row.get(2)? };
    Ok(Watch { id: WatchId(row.get(0)?), channel, subject, on, scope: read_scope(row.get(7)?)?, made_by: row.get(8)? })
}
