//! Where alerts stand after they were posted, so that one can be changed when its statement appears elsewhere; and channels that
//! cannot be written to.

use super::outbox::row_by_id;
use super::{OutboxRow, Store, StoreError, values};
use crate::model::{ChannelId, OutboxId};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

/// How long a posted alert is followed: copies of a report come within two days or not at all.
const FOLLOWED: SignedDuration = SignedDuration::from_hours(48);
/// The setting of a channel that cannot be written to.
const PAUSED: &str = "paused";
/// The setting of such a channel as long as who follows something there has not been told.
const UNTOLD: &str = "untold";
/// Counts the appearances of what a row tells.
const PLACES: &str = "(SELECT count(*) FROM outbox_statements s JOIN appearances a ON a.statement = s.statement WHERE s.outbox = ?1)";

impl Store {
    /// Marks a row as posted, also one that was withdrawn while it was on its way, and remembers where it stands, if the platform told.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_posted(&self, id: OutboxId, message: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let sent = "UPDATE outbox SET state = 'sent', sent_at = ?2, attempts = attempts + 1, last_error = NULL
             WHERE id = ?1 AND state IN ('pending', 'withdrawn')";
        self.write(|transaction| {
            transaction.prepare_cached(sent)?.execute([id.0, values::micros(now)])?;
            let Some(message) = message else { return Ok(()) };
            let sql = format!("INSERT OR REPLACE INTO posts (outbox, message, places, posted_at) VALUES (?1, ?2, {PLACES}, ?3)");
            transaction.prepare_cached(&sql)?.execute(params![id.0, message, values::micros(now)])?;
            let old = now.checked_sub(FOLLOWED).unwrap_or(Timestamp::MIN);
            transaction.prepare_cached("DELETE FROM posts WHERE posted_at < ?1")?.execute([values::micros(old)])?;
            Ok(())
        })
    }

    /// Gives posted alerts whose statement has appeared in more places since they were shown, with their message; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn grown_posts(&self, limit: usize) -> Result<Vec<(OutboxRow, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT p.outbox, p.message FROM posts p JOIN outbox o ON o.id = p.outbox WHERE o.kind IN ('alert', 'sample') AND p.places <
                 (SELECT count(*) FROM outbox_statements s JOIN appearances a ON a.statement = s.statement WHERE s.outbox = p.outbox)
                 ORDER BY p.outbox LIMIT ?1",
            )?;
            let found = query.query_map([values::bound(limit)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let found: Vec<(i64, String)> = found.collect::<Result<_, _>>()?;
            let rows = found.into_iter().map(|(id, message)| Ok(row_by_id(connection, OutboxId(id))?.map(|row| (row, message))));
            rows.filter_map(Result::transpose).collect()
        })
    }

    /// Notes that a posted alert shows all places that are known now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_shown(&self, id: OutboxId) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.prepare_cached(&format!("UPDATE posts SET places = {PLACES} WHERE outbox = ?1"))?.execute([id.0])?;
            Ok(())
        })
    }

    /// Puts a row off without counting a try.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn put_off(&self, id: OutboxId, until: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "UPDATE outbox SET next_try = ?2 WHERE id = ?1 AND state = 'pending'";
            transaction.prepare_cached(sql)?.execute([id.0, values::micros(until)])?;
            Ok(())
        })
    }

    /// Notes that a channel cannot be written to, or can again (none); true when that is news. Whoever was to be told of it need not be
    /// when it can.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn set_paused(&self, channel: &ChannelId, reason: Option<&str>) -> Result<bool, StoreError> {
        let known = self.paused(channel)?;
        if known.is_some() == reason.is_some() {
            return Ok(false);
        }
        if reason.is_none() {
            self.set_untold(channel, None)?;
        }
        self.set_setting(channel, PAUSED, reason).map(|()| true)
    }

    /// Notes what somebody has still to be told of a channel that cannot be written to; none when that is done.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn set_untold(&self, channel: &ChannelId, what: Option<&str>) -> Result<(), StoreError> {
        self.set_setting(channel, UNTOLD, what)
    }

    /// Gives what is still to be told, with the channels of which.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn untold(&self) -> Result<Vec<(ChannelId, String)>, StoreError> {
        self.channels_with(UNTOLD)
    }

    fn channels_with(&self, key: &str) -> Result<Vec<(ChannelId, String)>, StoreError> {
        self.read(|connection| {
            let mut query =
                connection.prepare_cached("SELECT platform, room, value FROM settings WHERE key = ?1 ORDER BY platform, room")?;
            let rows = query.query_map([key], |row| Ok((ChannelId { platform: row.get(0)?, room: row.get(1)? }, row.get(2)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Tells why a channel cannot be written to; none when it can.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn paused(&self, channel: &ChannelId) -> Result<Option<String>, StoreError> {
        self.setting(channel, PAUSED)
    }

    /// Gives the channels that cannot be written to.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn paused_channels(&self) -> Result<Vec<ChannelId>, StoreError> {
        Ok(self.channels_with(PAUSED)?.into_iter().map(|(channel, _)| channel).collect())
    }

    /// Makes everything that waits for a channel due now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn release_channel(&self, channel: &ChannelId, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "UPDATE outbox SET next_try = ?3 WHERE platform = ?1 AND room = ?2 AND state = 'pending' AND next_try > ?3";
            transaction.prepare_cached(sql)?.execute(params![channel.platform, channel.room, values::micros(now)])?;
            Ok(())
        })
    }

    /// Gives when a face was last well, as its name stands in `ChannelId::platform` (UTC); none when it does not run.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn face_heartbeats(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT substr(key, 6), value FROM meta WHERE key LIKE 'face:%' ORDER BY key")?;
            let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            let rows: Vec<(String, i64)> = rows.collect::<Result<_, _>>()?;
            rows.into_iter().map(|(name, at)| Ok((name, values::moment(at)?))).collect()
        })
    }

    /// Notes that a face is well; without a moment, that it does not run.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn beat_face(&self, name: &str, now: Option<Timestamp>) -> Result<(), StoreError> {
        let key = format!("face:{name}");
        self.write(|transaction| {
            match now {
                Some(now) => transaction.execute(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    params![key, values::micros(now)],
                )?,
                None => transaction.execute("DELETE FROM meta WHERE key = ?1", [key])?,
            };
            Ok(())
        })
    }

    /// Notes how many events of a face could not be read since the program started.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn note_unread(&self, name: &str, count: u64) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            transaction.execute(sql, params![format!("unread:{name}"), i64::try_from(count).unwrap_or(i64::MAX)])?;
            Ok(())
        })
    }

    /// Forgets which faces ran and what they could not read: at the start of the program none does yet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn forget_faces(&self) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.execute("DELETE FROM meta WHERE key LIKE 'face:%' OR key LIKE 'unread:%'", [])?;
            Ok(())
        })
    }

    /// Gives the message in which an alert stands; none when it is not followed any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn post_of(&self, id: OutboxId) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT message FROM posts WHERE outbox = ?1")?;
            Ok(query.query_row([id.0], |row| row.get(0)).optional()?)
        })
    }
}
