//! From the outbox to chat: takes what is due, posts it, marks it; tries again with growing waits; keeps each channel's order.
//!
//! A row is marked as sent only after the platform has it. A crash in between posts the same row again under the same id, which
//! the platforms recognise ([`Platform::post`]).

use super::{recheck, render};
use crate::chat::{Platform, SendError};
use crate::store::{OutboxRow, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Rows that are posted before the clock and the stop signal are looked at again.
const ROWS_AT_ONCE: usize = 20;
/// Longest wait for one post: longer than any platform's own retry of one request, short enough for the other channels.
const POST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two looks at the outbox when nothing is due.
const PAUSE: Duration = Duration::from_millis(500);
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
    store: Store,
    platforms: Vec<Arc<dyn Platform>>,
    settings: CourierSettings,
    clock: fn() -> Timestamp,
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
        Self { store, platforms, settings, clock }
    }

    /// Delivers until `stop` turns true. A row under way is finished first.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.drain(&stop).await {
                tracing::error!(%error, "the outbox cannot be read");
            }
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
            for row in rows {
                if *stop.borrow() {
                    break;
                }
                let round = self.deliver(&row).await?;
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
        let holds = self.with_store(move |store| Ok(recheck::still_holds(store, &owned))).await?;
        if holds.is_ok_and(|holds| !holds) {
            let id = row.id;
            self.with_store(move |store| store.mark_withdrawn(id)).await?;
            return Ok(Round { withdrawn: 1, ..Round::default() });
        }
        let outcome = self.post(row).await;
        let now = (self.clock)();
        let id = row.id;
        match outcome {
            Ok(()) => {
                self.with_store(move |store| store.mark_sent(id, now)).await?;
                Ok(Round { sent: 1, ..Round::default() })
            }
            Err(SendError::Retry { .. }) if self.is_too_old(row, now) => {
                self.give_up(row, format!("not posted within {} hours", self.settings.retry_hours_max)).await
            }
            Err(SendError::Retry { reason, after }) => {
                let wait = after.and_then(|after| SignedDuration::try_from(after).ok()).unwrap_or_default().max(back_off(row.attempts));
                let next = now.checked_add(wait).unwrap_or(Timestamp::MAX);
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

    fn is_too_old(&self, row: &OutboxRow, now: Timestamp) -> bool {
        now.duration_since(row.created) > SignedDuration::from_hours(i64::from(self.settings.retry_hours_max))
    }

    async fn post(&self, row: &OutboxRow) -> Result<(), SendError> {
        let Some(platform) = self.platforms.iter().find(|platform| platform.name() == row.channel.platform) else {
            return Err(SendError::Retry { reason: format!("{} is not connected", row.channel.platform), after: None });
        };
        let (owned, prefix) = (row.clone(), self.settings.prefix.clone());
        let message = self.with_store(move |store| Ok::<_, StoreError>(render::message(store, &owned, &prefix))).await;
        let message = match message {
            Ok(Ok(message)) => message,
            Ok(Err(error)) => return Err(SendError::Retry { reason: error.to_string(), after: None }),
            Err(error) => return Err(SendError::Retry { reason: error.to_string(), after: None }),
        };
        match tokio::time::timeout(POST_TIMEOUT, platform.post(&row.channel, row.id, &message)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SendError::Retry { reason: format!("no answer within {} s", POST_TIMEOUT.as_secs()), after: None }),
        }
    }

    /// Hands a piece of work over to a thread that may block.
    async fn with_store<T: Send + 'static>(
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

/// Gives the wait before the next try: doubled each time up to [`RETRY_LONGEST_SECS`], plus up to a quarter at random so that
/// channels which failed together do not come back together.
fn back_off(attempts: u32) -> SignedDuration {
    let secs = RETRY_FIRST_SECS.saturating_mul(1_i64 << attempts.min(10)).min(RETRY_LONGEST_SECS);
    SignedDuration::from_millis(secs * 1000 + fastrand::i64(0..=secs * 250))
}
