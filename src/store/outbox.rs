//! What has to be posted: an alert is here or posted, never only in memory.
//!
//! Rows of a channel are posted in the order of their ids: only the first waiting row of each channel is ever handed out.

use super::{Store, StoreError, values};
use crate::model::{ChannelId, OutboxId, StatementId, WatchId};
use jiff::Timestamp;

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

impl Store {
    /// Queues a text of the bot's own for a channel.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn push_notice(&self, channel: &ChannelId, text: &str, now: Timestamp) -> Result<OutboxId, StoreError> {
        let _ = (channel, text, values::micros(now));
        unimplemented!()
    }

    /// Gives the first waiting row of each channel, if it is due, by id; at most `limit`. Nothing changes: a row stays waiting
    /// until it is marked.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn take_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxRow>, StoreError> {
        let _ = (now, limit);
        unimplemented!()
    }

    /// Gives the moment at which the next row may be posted, which may be past; none when nothing waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        unimplemented!()
    }

    /// Gives a row.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outbox_row(&self, id: OutboxId) -> Result<Option<OutboxRow>, StoreError> {
        let _ = id;
        unimplemented!()
    }

    /// Marks a row as posted.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_sent(&self, id: OutboxId, now: Timestamp) -> Result<(), StoreError> {
        let _ = (id, now);
        unimplemented!()
    }

    /// Counts a failed try and sets the next.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_retry(&self, id: OutboxId, next_try: Timestamp, error: &str) -> Result<(), StoreError> {
        let _ = (id, next_try, error);
        unimplemented!()
    }

    /// Gives a row up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn mark_dead(&self, id: OutboxId, error: &str) -> Result<(), StoreError> {
        let _ = (id, error);
        unimplemented!()
    }

    /// Lets the summaries of a batch go out; gives how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn release_held(&self, batch: &str, now: Timestamp) -> Result<usize, StoreError> {
        let _ = (batch, now);
        unimplemented!()
    }

    /// Lets the summaries of all batches go out: at the start of the program no batch is under way.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn release_all_held(&self, now: Timestamp) -> Result<usize, StoreError> {
        let _ = now;
        unimplemented!()
    }
}
