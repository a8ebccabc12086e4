//! Sends: each message under an id of its own that is the same in every try, so that the server shows it once whatever gets lost.
//!
//! The library's own retries are not used here: it gives up at once when a connection breaks and waits without end when it is told to.
//! When the server says that it is too much, everybody waits in line, as every try more makes the wait longer. In an encrypted room one
//! message goes out at a time: the library looks whether the room's key is still good, then encrypts, and panics when another message has
//! used the key up in between.

use super::failure::Failure;
use futures_util::FutureExt;
use jiff::Timestamp;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::ruma::{EventId, OwnedTransactionId};
use matrix_sdk::{EncryptionState, Room, RoomState};
use serde_json::Value;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for the answer to one try.
const TRY_TIMEOUT: Duration = Duration::from_secs(20);
/// First wait after a failed try; it doubles.
const RETRY_FIRST: Duration = Duration::from_millis(500);
/// Longest wait between two tries.
const RETRY_LONGEST: Duration = Duration::from_secs(30);
/// How long everybody stays in line after a refusal for being too fast.
const LINE: Duration = Duration::from_secs(5);

/// Something to send.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    /// The type of the event.
    pub(super) kind: &'static str,
    /// Its content.
    pub(super) content: Value,
    /// The id of the transaction: the same for the same message.
    pub(super) transaction: String,
}

impl Parcel {
    /// Makes a message.
    pub(super) fn message(content: Value, transaction: String) -> Self {
        Self { kind: "m.room.message", content, transaction }
    }

    /// Makes a reaction.
    pub(super) fn reaction(content: Value, transaction: String) -> Self {
        Self { kind: "m.reaction", content, transaction }
    }
}

/// Sends.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Until when the server wants nothing.
    until: Mutex<Option<Instant>>,
    line: tokio::sync::Mutex<()>,
    /// Whose turn it is in an encrypted room; no more than the bot has rooms.
    turns: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Outgoing {
    fn until(&self) -> Option<Instant> {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells how long the server wants nothing.
    pub(super) fn wait(&self) -> Option<Duration> {
        let left = self.until()?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    fn note(&self, failure: &Failure) {
        if !matches!(failure, Failure::Refused { status: 429, .. }) {
            return;
        }
        let until = Instant::now() + failure.asked_wait().unwrap_or(RETRY_FIRST);
        let mut known = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(known.map_or(until, |known| known.max(until)));
    }

    /// Tries once; gives the id of the event.
    pub(super) async fn once(&self, room: &Room, parcel: &Parcel) -> Result<String, Failure> {
        if room.state() != RoomState::Joined {
            return Err(Failure::NotThere);
        }
        let transaction = OwnedTransactionId::from(parcel.transaction.as_str());
        let config = RequestConfig::new().timeout(TRY_TIMEOUT).disable_retry();
        let turn = self.turn(room);
        let _turn = match &turn {
            Some(turn) => Some(turn.lock().await),
            None => None,
        };
        let sending = room.send_raw(parcel.kind, parcel.content.clone()).with_transaction_id(&transaction).with_request_config(config);
        // What the library holds to be impossible costs a try, not the answer or the task that posts alerts.
        let Ok(outcome) = AssertUnwindSafe(sending.into_future()).catch_unwind().await else {
            return Err(Failure::Unclear { reason: "the library panicked while it encrypted or sent".to_owned() });
        };
        outcome.map(|sent| sent.response.event_id.to_string()).map_err(|error| {
            let failure = Failure::from(error);
            self.note(&failure);
            failure
        })
    }

    fn turn(&self, room: &Room) -> Option<Arc<tokio::sync::Mutex<()>>> {
        if matches!(room.encryption_state(), EncryptionState::NotEncrypted) {
            return None;
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        Some(turns.entry(room.room_id().to_string()).or_default().clone())
    }

    /// Sends, again and again until it is done, refused for good, or the moment has come at which nobody waits for it any more.
    pub(super) async fn patiently(
        &self,
        room: &Room,
        parcel: &Parcel,
        patience: (fn() -> Timestamp, Timestamp),
    ) -> Result<String, Failure> {
        self.tried(patience, || self.once(room, parcel)).await
    }

    /// Removes a message of the bot's, as patiently; one that is gone already is removed.
    pub(super) async fn remove(&self, room: &Room, event: &str, patience: (fn() -> Timestamp, Timestamp)) -> Result<(), Failure> {
        let Ok(id) = EventId::parse(event) else { return Ok(()) };
        let transaction = OwnedTransactionId::from(format!("remove-{}", event.trim_start_matches('$')));
        let once = || async {
            let removed = room.redact(&id, None, Some(transaction.clone())).await.map_err(Failure::from);
            removed.map(|_| ()).inspect_err(|failure| self.note(failure))
        };
        match self.tried(patience, once).await {
            Err(failure) if failure.has_code("M_NOT_FOUND") => Ok(()),
            outcome => outcome,
        }
    }

    async fn tried<T, F: Future<Output = Result<T, Failure>>>(
        &self,
        (clock, deadline): (fn() -> Timestamp, Timestamp),
        once: impl Fn() -> F,
    ) -> Result<T, Failure> {
        let mut wait = RETRY_FIRST;
        loop {
            let is_crowded = self.until().is_some_and(|until| until + LINE > Instant::now());
            let _turn = if is_crowded { Some(self.line.lock().await) } else { None };
            if let Some(left) = self.wait() {
                tokio::time::sleep(left).await;
            }
            let failure = match once().await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            let asked = failure.asked_wait().unwrap_or(wait);
            let next = clock().checked_add(asked).unwrap_or(Timestamp::MAX);
            if !failure.is_passing() || next > deadline {
                return Err(failure);
            }
            tracing::debug!(%failure, "something waits for another try");
            tokio::time::sleep(asked).await;
            wait = (wait * 2).min(RETRY_LONGEST);
        }
    }
}
