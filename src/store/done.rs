//! Which messages have had done what they ask for, over restarts: what changes something is done once for one message, whatever becomes
//! of the answer. Kept for an hour; what the answer says is known in `commands`.

use super::{Store, StoreError, values};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

/// How long it is remembered: longer than any face takes up a message again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(1);

/// What is known of a command before it is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: it is noted as begun now.
    Nothing,
    /// It was begun by a process that ended before it was done; whether it was is not known.
    Begun,
    /// It was done and answered with this.
    Done(String),
}

impl Store {
    /// Notes that a command is begun for a message of a platform, and tells what was known of it before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn begin_command(&self, platform: &str, event: &str, now: Timestamp) -> Result<Before, StoreError> {
        let old = values::micros(now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN));
        self.write(|transaction| {
            transaction.prepare_cached("DELETE FROM commands_done WHERE begun_at < ?1")?.execute([old])?;
            let mut query = transaction.prepare_cached("SELECT reply FROM commands_done WHERE platform = ?1 AND event = ?2")?;
            let known: Option<Option<String>> = query.query_row([platform, event], |row| row.get(0)).optional()?;
            if let Some(reply) = known {
                return Ok(reply.map_or(Before::Begun, Before::Done));
            }
            transaction.prepare_cached("INSERT INTO commands_done (platform, event, begun_at) VALUES (?1, ?2, ?3)")?.execute(params![
                platform,
                event,
                values::micros(now)
            ])?;
            Ok(Before::Nothing)
        })
    }

    /// Notes what a command was answered with, which is then done.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn end_command(&self, platform: &str, event: &str, reply: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "UPDATE commands_done SET reply = ?3 WHERE platform = ?1 AND event = ?2";
            transaction.prepare_cached(sql)?.execute([platform, event, reply])?;
            Ok(())
        })
    }
}
