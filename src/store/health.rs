//! Figures that tell whether all is well, and the sign of life that `stancebot healthcheck` reads.

use super::{Store, StoreError, values};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// The key of the sign of life.
const HEARTBEAT: &str = "heartbeat";

/// Figures of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Schema version.
    pub schema_version: i64,
    /// Size of the database without its log, in bytes.
    pub database_bytes: u64,
    /// Articles stored.
    pub articles: u64,
    /// Statements that are shown.
    pub statements: u64,
    /// Actors known, retired ones included.
    pub actors: u64,
    /// Feeds that are polled.
    pub feeds: u64,
    /// Of these, feeds whose last poll failed.
    pub feeds_failing: u64,
    /// Watches.
    pub watches: u64,
    /// Alerts that wait to be posted.
    pub outbox_pending: u64,
    /// Summaries that wait for the end of their batch.
    pub outbox_held: u64,
    /// Alerts that could not be posted.
    pub outbox_dead: u64,
    /// Events of chat platforms that could not be read since the program started.
    pub unread_events: u64,
    /// When a feed was last read without an error (UTC).
    pub last_poll: Option<Timestamp>,
    /// When the newest article was published, by its outlet's account (UTC).
    pub newest_published: Option<Timestamp>,
    /// When an article was last stored (UTC).
    pub last_stored: Option<Timestamp>,
    /// The last sign of life (UTC).
    pub heartbeat: Option<Timestamp>,
}

impl Store {
    /// Counts what is stored.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn health(&self) -> Result<Health, StoreError> {
        self.read(|connection| {
            Ok(Health {
                schema_version: super::migrate::version(connection)?,
                database_bytes: number(connection, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")?,
                articles: number(connection, "SELECT count(*) FROM articles")?,
                statements: number(connection, "SELECT (SELECT count(*) FROM statements) - (SELECT count(*) FROM hidden)")?,
                actors: number(connection, "SELECT count(*) FROM actors")?,
                feeds: number(connection, "SELECT count(*) FROM feeds WHERE removed_at IS NULL")?,
                feeds_failing: number(connection, "SELECT count(*) FROM feeds WHERE removed_at IS NULL AND failures > 0")?,
                watches: number(connection, "SELECT count(*) FROM watches WHERE removed_by IS NULL")?,
                outbox_pending: number(connection, "SELECT count(*) FROM outbox WHERE state = 'pending'")?,
                outbox_held: number(connection, "SELECT count(*) FROM outbox WHERE state = 'held'")?,
                outbox_dead: number(connection, "SELECT count(*) FROM outbox WHERE state = 'dead'")?,
                unread_events: number(connection, "SELECT coalesce(sum(value), 0) FROM meta WHERE key LIKE 'unread:%'")?,
                last_poll: at(connection, "SELECT max(last_success) FROM feeds")?,
                newest_published: at(connection, "SELECT max(published) FROM articles")?,
                last_stored: at(connection, "SELECT max(first_seen) FROM articles")?,
                heartbeat: read_heartbeat(connection)?,
            })
        })
    }

    /// Counts the statements that were made by other rules than these; hidden ones are among them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statements_of_other_rules(&self, ruleset_hash: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let sql = "SELECT (SELECT count(*) FROM statements WHERE ruleset < ?1) + (SELECT count(*) FROM statements WHERE ruleset > ?1)";
            Ok(values::count(connection.prepare_cached(sql)?.query_row([ruleset_hash], |row| row.get(0))?))
        })
    }

    /// Leaves a sign of life.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn beat(&self, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![HEARTBEAT, values::micros(now)],
            )?;
            Ok(())
        })
    }

    /// Gives the last sign of life (UTC).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn heartbeat(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(read_heartbeat)
    }
}

fn read_heartbeat(connection: &Connection) -> Result<Option<Timestamp>, StoreError> {
    let found = connection.query_row("SELECT value FROM meta WHERE key = ?1", [HEARTBEAT], |row| row.get(0)).optional()?;
    values::moment_opt(found)
}

fn number(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    Ok(values::count(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
}

fn at(connection: &Connection, sql: &str) -> Result<Option<Timestamp>, StoreError> {
    values::moment_opt(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}
