//! What is polled: feeds with their schedule and validators, and probes that a user asked for.
//!
//! Removing a feed keeps its row, its articles and its seen entries, so that adding it again does not alert anything twice.

use super::{Store, StoreError, values};
use crate::model::{ChannelId, Feed, FeedId, FeedState, OutletId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeSet;

/// Most feeds that may be added by command: each is polled for ever, on one small machine.
pub const FEEDS_BY_COMMAND_MAX: u64 = 200;
/// Most probes that may wait: a probe is answered within a poll, more is misuse.
pub const PROBES_MAX: u64 = 20;

/// Who wants a feed to be polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedOrigin {
    /// The configuration.
    Config,
    /// A command.
    Chat,
}

/// A feed to be polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSpec {
    /// `http:`, `https:` or `file:` address.
    pub url: String,
    /// Who publishes it.
    pub outlet: OutletId,
    /// Where the text comes from.
    pub text: crate::model::FeedTextSource,
    /// Seconds between two polls when all is well.
    pub interval_secs: u32,
}

/// A feed as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFeed {
    /// What is polled and where it stands.
    pub feed: Feed,
    /// Who wants it.
    pub origin: FeedOrigin,
    /// The user who added it; `config` for the configuration.
    pub added_by: String,
    /// Articles that came through it.
    pub articles: u64,
}

/// What became of a wish to add a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedAdded {
    /// It is polled from now on.
    Added(FeedId),
    /// It is polled already.
    Already(FeedId),
    /// No more feeds may be added by command; the limit.
    LimitReached(u64),
}

/// A user's wish to see what a feed would give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Where the result goes.
    pub channel: ChannelId,
    /// The address to look at.
    pub url: String,
    /// The platform's id of the user.
    pub asked_by: String,
}

/// What became of a wish to probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeAdded {
    /// It is looked at soon.
    Queued,
    /// Too many wait; the limit.
    LimitReached(u64),
}

/// The columns that [`read_feed`] reads, in its order.
const COLUMNS: &str = "id, url, outlet, text_source, interval_secs, origin, added_by, moved_to, etag, last_modified, due, \
     last_success, failures, last_error, (SELECT count(*) FROM articles WHERE articles.feed = feeds.id)";

impl Store {
    /// Makes the configured feeds those that the configuration names: new ones are due now, ones that left it are removed, and
    /// ones that a user had added before become the configuration's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn sync_feeds(&self, feeds: &[FeedSpec], now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            for feed in feeds {
                put_feed(transaction, feed, (FeedOrigin::Config, "config"), now)?;
            }
            let wanted: BTreeSet<&str> = feeds.iter().map(|feed| feed.url.as_str()).collect();
            let mut query = transaction.prepare("SELECT id, url FROM feeds WHERE origin = 'config' AND removed_at IS NULL")?;
            let stored = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(i64, String)>, _>>()?;
            for (id, _) in stored.iter().filter(|(_, url)| !wanted.contains(url.as_str())) {
                transaction.execute("UPDATE feeds SET removed_at = ?2 WHERE id = ?1", params![id, values::micros(now)])?;
            }
            Ok(())
        })
    }

    /// Adds a feed that is due now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn add_feed(&self, feed: &FeedSpec, by: &str, now: Timestamp) -> Result<FeedAdded, StoreError> {
        self.write(|transaction| {
            let mut query = transaction.prepare_cached("SELECT id FROM feeds WHERE url = ?1 AND removed_at IS NULL")?;
            if let Some(id) = query.query_row([&feed.url], |row| row.get(0)).optional()? {
                return Ok(FeedAdded::Already(FeedId(id)));
            }
            let sql = "SELECT count(*) FROM feeds WHERE origin = 'chat' AND removed_at IS NULL";
            if values::count(transaction.query_row(sql, [], |row| row.get(0))?) >= FEEDS_BY_COMMAND_MAX {
                return Ok(FeedAdded::LimitReached(FEEDS_BY_COMMAND_MAX));
            }
            put_feed(transaction, feed, (FeedOrigin::Chat, by), now).map(FeedAdded::Added)
        })
    }

    /// Stops polling a feed and keeps what came through it; gives the feed when it was polled.
    /// A feed of the configuration comes back at the next start unless it is taken out there.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn remove_feed(&self, id: FeedId, now: Timestamp) -> Result<Option<StoredFeed>, StoreError> {
        self.write(|transaction| {
            let found = one_feed(transaction, id)?;
            if found.is_some() {
                transaction.execute("UPDATE feeds SET removed_at = ?2 WHERE id = ?1", params![id.0, values::micros(now)])?;
            }
            Ok(found)
        })
    }

    /// Gives the feeds that are polled, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn feeds(&self) -> Result<Vec<StoredFeed>, StoreError> {
        self.read(|connection| feed_list(connection, "removed_at IS NULL ORDER BY id", []))
    }

    /// Gives a feed that is polled.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn feed(&self, id: FeedId) -> Result<Option<StoredFeed>, StoreError> {
        self.read(|connection| one_feed(connection, id))
    }

    /// Gives the polled feed with this address.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn feed_by_url(&self, url: &str) -> Result<Option<StoredFeed>, StoreError> {
        self.read(|connection| Ok(feed_list(connection, "removed_at IS NULL AND url = ?1", [url])?.pop()))
    }

    /// Gives at most `limit` feeds that are due, longest due first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn due_feeds(&self, now: Timestamp, limit: usize) -> Result<Vec<Feed>, StoreError> {
        self.read(|connection| {
            let sql = "removed_at IS NULL AND (due IS NULL OR due <= ?1) ORDER BY due, id LIMIT ?2";
            let due = feed_list(connection, sql, params![values::micros(now), values::bound(limit)])?;
            Ok(due.into_iter().map(|stored| stored.feed).collect())
        })
    }

    /// Gives the moment at which the next feed is due, which may be past; none when there is no feed.
    /// A feed that is due "now" counts as due since 1970.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| {
            let next = connection.query_row("SELECT min(coalesce(due, 0)) FROM feeds WHERE removed_at IS NULL", [], |row| row.get(0))?;
            values::moment_opt(next)
        })
    }

    /// Keeps where a feed stands after a poll.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn save_feed_state(&self, id: FeedId, state: &FeedState) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE feeds SET moved_to = ?2, etag = ?3, last_modified = ?4, due = ?5, last_success = ?6, failures = ?7,
                     last_error = ?8 WHERE id = ?1",
                )?
                .execute(params![
                    id.0,
                    state.moved_to,
                    state.etag,
                    state.last_modified,
                    state.due.map(values::micros),
                    state.last_success.map(values::micros),
                    state.failures,
                    state.last_error
                ])?;
            Ok(())
        })
    }

    /// Queues a user's wish to see what a feed would give.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn add_probe(&self, probe: &Probe, now: Timestamp) -> Result<ProbeAdded, StoreError> {
        self.write(|transaction| {
            if values::count(transaction.query_row("SELECT count(*) FROM probes", [], |row| row.get(0))?) >= PROBES_MAX {
                return Ok(ProbeAdded::LimitReached(PROBES_MAX));
            }
            transaction.execute(
                "INSERT INTO probes (platform, room, url, asked_by, asked_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![probe.channel.platform, probe.channel.room, probe.url, probe.asked_by, values::micros(now)],
            )?;
            Ok(ProbeAdded::Queued)
        })
    }

    /// Takes all waiting probes off the queue, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn take_probes(&self) -> Result<Vec<Probe>, StoreError> {
        self.write(|transaction| {
            let mut query = transaction.prepare_cached("SELECT platform, room, url, asked_by FROM probes ORDER BY id")?;
            let probes = query
                .query_map([], |row| {
                    let channel = ChannelId { platform: row.get(0)?, room: row.get(1)? };
                    Ok(Probe { channel, url: row.get(2)?, asked_by: row.get(3)? })
                })?
                .collect::<Result<Vec<_>, _>>()?;
            if !probes.is_empty() {
                transaction.execute("DELETE FROM probes", [])?;
            }
            Ok(probes)
        })
    }
}

/// Writes or revives a feed; one that is there keeps where it stands.
fn put_feed(connection: &Connection, feed: &FeedSpec, by: (FeedOrigin, &str), now: Timestamp) -> Result<FeedId, StoreError> {
    super::knowledge::ensure_outlet(connection, &feed.outlet)?;
    let sql = "INSERT INTO feeds (url, outlet, text_source, interval_secs, origin, added_by, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (url) DO UPDATE SET outlet = excluded.outlet, text_source = excluded.text_source,
         interval_secs = excluded.interval_secs, origin = excluded.origin, added_by = excluded.added_by,
         due = CASE WHEN removed_at IS NULL THEN due END, removed_at = NULL
         RETURNING id";
    let (origin, added_by) = (values::plain_word(&by.0), by.1);
    let text = values::plain_word(&feed.text);
    let values = params![feed.url, feed.outlet.as_str(), text, feed.interval_secs, origin, added_by, values::micros(now)];
    Ok(FeedId(connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?))
}

fn one_feed(connection: &Connection, id: FeedId) -> Result<Option<StoredFeed>, StoreError> {
    Ok(feed_list(connection, "removed_at IS NULL AND id = ?1", [id.0])?.pop())
}

fn feed_list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<StoredFeed>, StoreError> {
    let mut query = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM feeds WHERE {condition}"))?;
    let mut rows = query.query(values)?;
    let mut feeds = Vec::new();
    while let Some(row) = rows.next()? {
        feeds.push(read_feed(row)?);
    }
    Ok(feeds)
}

fn read_feed(row: &Row<'_>) -> Result<StoredFeed, StoreError> {
    let state = FeedState {
        moved_to: row.get(7)?,
        etag: row.get(8)?,
        last_modified: row.get(9)?,
        due: values::moment_opt(row.get(10)?)?,
        last_success: values::moment_opt(row.get(11)?)?,
        failures: row.get(12)?,
        last_error: row.get(13)?,
    };
    let outlet: String = row.get(2)?;
    let feed = Feed {
        id: FeedId(row.get(0)?),
        url: row.get(1)?,
        outlet: OutletId::new(outlet),
        text: values::from_plain_word(&row.get::<_, String>(3)?, "text source")?,
        interval_secs: row.get(4)?,
        state,
    };
    let origin = values::from_plain_word(&row.get::<_, String>(5)?, "feed origin")?;
    Ok(StoredFeed { feed, origin, added_by: row.get(6)?, articles: values::count(row.get(14)?) })
}
