//! From the outbox to chat: takes what is due, posts it, marks it; tries again with growing waits; keeps each channel's order.
//!
//! A row is marked as sent only after the platform has it. A crash in between posts the same row again under the same id, which
//! the platforms recognise ([`Platform::post`]); what may have been posted by an earlier process, or in a try without an answer, is said
//! to be uncertain ([`Platform::post_uncertain`]). Channels are served side by side, each in its order. What happens to alerts after
//! they were posted is in `after`.

use super::{recheck, render};
use crate::chat::{Platform, SendError, Sent};
use crate::model::ChannelId;
use crate::query::Local;
use crate::store::{OutboxRow, Store, StoreError};
use futures_util::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Rows that are posted before the clock and the stop signal are looked at again.
const ROWS_AT_ONCE: usize = 20;
/// Channels that are posted to at the same time.
const CHANNELS_AT_ONCE: usize = 8;
/// Longest wait for one post: longer than any platform's own retry of one request, short enough for the other channels.
const POST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two looks at the outbox when nothing is due.
const PAUSE: Duration = Duration::from_millis(500);
/// Pauses between two looks for copies of what was alerted, and for who is to be told of a closed channel: ten seconds.
const COPIES_EVERY: u32 = 20;
/// First wait after a failed post.
const RETRY_FIRST_SECS: i64 = 5;
/// Longest wait between two tries: a channel that was closed for an hour is noticed within a quarter of an hour.
const RETRY_LONGEST_SECS: i64 = 900;

/// How alerts are delivered.
#[derive(Clone, Debug)]
pub struct CourierSettings {
    /// What commands start with.
    pub prefix: String,
    /// Hours after which an alert that was never posted is given up.
    pub retry_hours_max: u32,
}

/// Brings the outbox to the platforms.
pub struct Courier {
    pub(super) store: Store,
    pub(super) platforms: Vec<Arc<dyn Platform>>,
    pub(super) settings: CourierSettings,
    pub(super) clock: fn() -> Timestamp,
    /// Rows that were made before may have been posted by an earlier process,
    started: Timestamp,
    /// unless this one has posted an earlier row of their channel: none is begun before the one ahead of it is marked.
    taken_over: Mutex<BTreeSet<ChannelId>>,
    /// Whether there may be a channel that cannot be written to.
    pub(super) has_paused: AtomicBool,
}

/// How one round ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Rows that were posted.
    pub sent: usize,
    /// Rows that were tried and wait for the next try.
    pub waiting: usize,
    /// Rows that were given up.
    pub given_up: usize,
    /// Rows whose statements do not hold any more.
    pub withdrawn: usize,
}

impl Courier {
    /// Makes a courier between a store and the platforms.
    pub fn new(store: Store, platforms: Vec<Arc<dyn Platform>>, settings: CourierSettings, clock: fn() -> Timestamp) -> Self {
        let taken_over = Mutex::default();
        Self { store, platforms, settings, clock, started: clock(), taken_over, has_paused: AtomicBool::new(true) }
    }

    /// Delivers until `stop` turns true. A row under way is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut rounds = 0_u32;
        while !*stop.borrow() {
            if let Err(error) = self.resume().await {
                tracing::error!(%error, "channels that cannot be written to cannot be looked through");
            }
            if let Err(error) = self.drain(&stop).await {
                tracing::error!(%error, "the outbox cannot be read");
            }
            if rounds.is_multiple_of(COPIES_EVERY) {
                if let Err(error) = self.show_copies().await {
                    tracing::error!(%error, "posted alerts cannot be looked through");
                }
                if let Err(error) = self.tell_untold().await {
                    tracing::error!(%error, "what is to be told of closed channels cannot be looked up");
                }
            }
            rounds = rounds.wrapping_add(1);
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Delivers all that is due now.
    ///
    /// # Errors
    /// [`StoreError`] when the outbox cannot be read or marked.
    ///
    /// # Cancel safety
    /// When dropped between posting and marking, the row is posted again under the same id.
    pub async fn drain(&self, stop: &watch::Receiver<bool>) -> Result<Round, StoreError> {
        let mut total = Round::default();
        while !*stop.borrow() {
            let now = (self.clock)();
            let rows = self.with_store(move |store| store.take_due(now, ROWS_AT_ONCE)).await?;
            let mut progressed = false;
            // One row a channel is handed out, so these are of different channels.
            let delivering =
                rows.into_iter().map(|row| async move { if *stop.borrow() { Ok(Round::default()) } else { self.deliver(&row).await } });
            let mut rounds = stream::iter(delivering).buffer_unordered(CHANNELS_AT_ONCE);
            while let Some(round) = rounds.next().await {
                let round = round?;
                progressed |= round.sent + round.given_up + round.withdrawn > 0;
                total.sent += round.sent;
                total.waiting += round.waiting;
                total.given_up += round.given_up;
                total.withdrawn += round.withdrawn;
            }
            if !progressed {
                break;
            }
        }
        Ok(total)
    }

    /// Posts one row and marks what became of it.
    async fn deliver(&self, row: &OutboxRow) -> Result<Round, StoreError> {
        let owned = row.clone();
        let (id, now, channel) = (row.id, (self.clock)(), row.channel.clone());
        let holds = self.with_store(move |store| Ok(recheck::still_holds(store, &owned))).await?;
        if holds.is_ok_and(|holds| !holds) {
            self.with_store(move |store| store.mark_withdrawn(id)).await?;
            return Ok(Round { withdrawn: 1, ..Round::default() });
        }
        let local = self.with_store(move |store| Local::of_channel(store, &channel)).await?;
        if let Some(until) = local.quiet_until(now) {
            self.with_store(move |store| store.put_off(id, until)).await?;
            return Ok(Round { waiting: 1, ..Round::default() });
        }
        let outcome = self.post(row, &local).await;
        let now = (self.clock)();
        match outcome {
            Ok(sent) => {
                self.with_store(move |store| store.mark_posted(id, sent.message.as_deref(), now)).await?;
                if row.created < self.started {
                    self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).insert(row.channel.clone());
                }
                self.reopened(row).await?;
                Ok(Round { sent: 1, ..Round::default() })
            }
            Err(SendError::Retry { .. }) if self.is_too_old(row, now) => {
                self.give_up(row, format!("not posted within {} hours", self.settings.retry_hours_max)).await
            }
            Err(SendError::Closed { reason }) if self.is_too_old(row, now) => self.give_up(row, reason).await,
            Err(SendError::Closed { reason }) => {
                self.closed(row, &reason).await?;
                let next = now.checked_add(CLOSED_LOOK).unwrap_or(Timestamp::MAX);
                self.with_store(move |store| store.mark_retry(id, next, &reason)).await?;
                Ok(Round { waiting: 1, ..Round::default() })
            }
            Err(SendError::Retry { after: Some(after), .. }) => {
                // The platform took nothing and says when it will: no try that could have posted something, and nothing to look for.
                let next = SignedDuration::try_from(after).ok().and_then(|after| now.checked_add(after).ok()).unwrap_or(Timestamp::MAX);
                self.with_store(move |store| store.put_off(id, next)).await?;
                Ok(Round { waiting: 1, ..Round::default() })
            }
            Err(SendError::Retry { reason, after: None }) => {
                let next = now.checked_add(back_off(row.attempts)).unwrap_or(Timestamp::MAX);
                tracing::warn!(outbox_id = id.0, platform = row.channel.platform, %reason, "an alert waits for another try");
                self.with_store(move |store| store.mark_retry(id, next, &reason)).await?;
                Ok(Round { waiting: 1, ..Round::default() })
            }
            Err(SendError::Refused { reason }) => self.give_up(row, reason).await,
        }
    }

    async fn give_up(&self, row: &OutboxRow, reason: String) -> Result<Round, StoreError> {
        tracing::error!(outbox_id = row.id.0, platform = row.channel.platform, %reason, "an alert was given up");
        let id = row.id;
        self.with_store(move |store| store.mark_dead(id, &reason)).await?;
        Ok(Round { given_up: 1, ..Round::default() })
    }

    /// Tells whether a row may have been posted already: in a try without an answer, or by the process before this one.
    fn is_uncertain(&self, row: &OutboxRow) -> bool {
        let is_taken_over = || self.taken_over.lock().unwrap_or_else(PoisonError::into_inner).contains(&row.channel);
        row.attempts > 0 || row.created < self.started && !is_taken_over()
    }

    fn is_too_old(&self, row: &OutboxRow, now: Timestamp) -> bool {
        now.duration_since(row.created) > SignedDuration::from_hours(i64::from(self.settings.retry_hours_max))
    }

    pub(super) fn platform(&self, channel: &ChannelId) -> Option<&Arc<dyn Platform>> {
        self.platforms.iter().find(|platform| platform.name() == channel.platform)
    }

    async fn post(&self, row: &OutboxRow, local: &Local) -> Result<Sent, SendError> {
        let Some(platform) = self.platform(&row.channel) else {
            return Err(SendError::Retry { reason: format!("{} is not connected", row.channel.platform), after: None });
        };
        let (owned, prefix) = (row.clone(), self.prefix(local));
        let message = self.with_store(move |store| Ok::<_, StoreError>(render::message(store, &owned, &prefix))).await;
        let message = match message {
            Ok(Ok(message)) => message,
            Ok(Err(error)) => return Err(SendError::Retry { reason: error.to_string(), after: None }),
            Err(error) => return Err(SendError::Retry { reason: error.to_string(), after: None }),
        };
        let is_uncertain = self.is_uncertain(row);
        let posting = async {
            if is_uncertain {
                platform.post_uncertain(&row.channel, (row.id, row.created), &message).await
            } else {
                platform.post(&row.channel, row.id, &message).await
            }
        };
        match tokio::time::timeout(POST_TIMEOUT, posting).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::Retry { reason: format!("no answer within {} s", POST_TIMEOUT.as_secs()), after: None }),
        }
    }

    /// Gives what commands start with in a channel.
    pub(super) fn prefix(&self, local: &Local) -> String {
        local.get(crate::query::LocalKey::Prefix).map_or_else(|| self.settings.prefix.clone(), str::to_owned)
    }

    /// Hands a piece of work over to a thread that may block.
    pub(super) async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result,
            Err(error) => Err(StoreError::Io { reason: format!("the task was ended: {error}") }),
        }
    }
}

/// Time between two tries in a channel that cannot be written to.
const CLOSED_LOOK: SignedDuration = SignedDuration::from_mins(15);

/// Gives the wait before the next try: doubled each time up to [`RETRY_LONGEST_SECS`], plus up to a quarter at random so that
/// channels which failed together do not come back together.
fn back_off(attempts: u32) -> SignedDuration {
    let secs = RETRY_FIRST_SECS.saturating_mul(1_i64 << attempts.min(10)).min(RETRY_LONGEST_SECS);
    SignedDuration::from_millis(secs * 1000 + fastrand::i64(0..=secs * 250))
}
