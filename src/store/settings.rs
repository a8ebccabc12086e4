//! Small settings of a channel, as text under a key; what they mean is known where they are used.

use super::{Store, StoreError};
use crate::model::ChannelId;
use rusqlite::{OptionalExtension, params};

impl Store {
    /// Gives a channel's setting.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn setting(&self, channel: &ChannelId, key: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT value FROM settings WHERE platform = ?1 AND room = ?2 AND key = ?3")?;
            Ok(query.query_row(params![channel.platform, channel.room, key], |row| row.get(0)).optional()?)
        })
    }

    /// Gives all settings of a channel, by key.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn settings_of(&self, channel: &ChannelId) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT key, value FROM settings WHERE platform = ?1 AND room = ?2 ORDER BY key")?;
            let rows = query.query_map(params![channel.platform, channel.room], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Sets a channel's setting; none removes it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn set_setting(&self, channel: &ChannelId, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.write(|transaction| {
            match value {
                Some(value) => transaction.execute(
                    "INSERT INTO settings (platform, room, key, value) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (platform, room, key) DO UPDATE SET value = excluded.value",
                    params![channel.platform, channel.room, key, value],
                )?,
                None => transaction.execute(
                    "DELETE FROM settings WHERE platform = ?1 AND room = ?2 AND key = ?3",
                    params![channel.platform, channel.room, key],
                )?,
            };
            Ok(())
        })
    }
}
