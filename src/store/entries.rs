//! Which entries were seen, so that nothing is read or alerted twice.
//!
//! Identity is guid within the feed, canonical link, and content fingerprint within the outlet; never the date. The same text in
//! another outlet is not "seen": it is a wire copy and becomes an appearance.

use super::{Store, StoreError, values};
use crate::model::{ArticleId, FeedId, OutletId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

/// What an entry is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryKey {
    /// The feed it came through; none for files.
    pub feed: Option<FeedId>,
    /// Who publishes it.
    pub outlet: OutletId,
    /// The feed's own id for it.
    pub guid: Option<String>,
    /// The canonical link.
    pub link: Option<String>,
    /// Fingerprint of title and content.
    pub fingerprint: String,
}

/// Whether an entry was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never.
    New,
    /// With this very content; the article when it was kept.
    Known(Option<ArticleId>),
    /// By guid or link, but with other content: an update of the article, when that was kept.
    Changed(Option<ArticleId>),
}

impl Store {
    /// Tells whether an entry was seen before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn is_seen(&self, key: &EntryKey) -> Result<Seen, StoreError> {
        self.read(|connection| seen(connection, key))
    }

    /// Remembers an entry that is not kept (no text, too short), so that it is not looked at again.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_seen(&self, key: &EntryKey, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| remember(transaction, key, None, now))
    }
}

/// Looks an entry up: by content first, then by guid, then by link.
pub(super) fn seen(connection: &Connection, key: &EntryKey) -> Result<Seen, StoreError> {
    let article = |found: Option<i64>| found.map(ArticleId);
    let mut by_content =
        connection.prepare_cached("SELECT article FROM entries WHERE fingerprint = ?1 AND outlet = ?2 ORDER BY id DESC LIMIT 1")?;
    if let Some(found) = by_content.query_row(params![key.fingerprint, key.outlet.as_str()], |row| row.get(0)).optional()? {
        return Ok(Seen::Known(article(found)));
    }
    let mut by_guid = connection.prepare_cached("SELECT article FROM entries WHERE feed = ?1 AND guid = ?2 ORDER BY id DESC LIMIT 1")?;
    if let (Some(feed), Some(guid)) = (key.feed, &key.guid)
        && let Some(found) = by_guid.query_row(params![feed.0, guid], |row| row.get(0)).optional()?
    {
        return Ok(Seen::Changed(article(found)));
    }
    let mut by_link = connection.prepare_cached("SELECT article FROM entries WHERE link = ?1 ORDER BY id DESC LIMIT 1")?;
    if let Some(link) = &key.link
        && let Some(found) = by_link.query_row(params![link], |row| row.get(0)).optional()?
    {
        return Ok(Seen::Changed(article(found)));
    }
    Ok(Seen::New)
}

/// Writes a version of an entry, unless that version is there.
pub(super) fn remember(connection: &Connection, key: &EntryKey, article: Option<ArticleId>, now: Timestamp) -> Result<(), StoreError> {
    if let Seen::Known(Some(_)) = seen(connection, key)? {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO entries (feed, outlet, guid, link, fingerprint, article, first_seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            key.feed.map(|feed| feed.0),
            key.outlet.as_str(),
            key.guid,
            key.link,
            key.fingerprint,
            article.map(|article| article.0),
            values::micros(now)
        ])?;
    Ok(())
}
