//! Messages that cannot be decrypted: they wait for their key, which may come later, and are then taken up like any other; where it does
//! not come, the sender is told once, with the reason and what helps.

use super::content::{self, Relation};
use super::desk::{AGE_MAX, Desk, json_of};
use super::ledger::Taken;
use super::outgoing::Parcel;
use crate::reply::{Inline, Reply, Tone};
use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::{TimelineEvent, TimelineEventKind, UnableToDecryptReason};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Messages that wait for keys; with more, those that wait longest are forgotten.
const WAITING_MAX: usize = 1_000;
/// Time in which a sender is told once in a room.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Senders of whom it is remembered that they were told.
const TOLD_MAX: usize = 10_000;

/// What waits, and who was told.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// By session; each with the moment from which on it waits.
    waiting: Mutex<BTreeMap<String, Vec<(Taken, Timestamp)>>>,
    told: Mutex<BTreeMap<(String, String), Timestamp>>,
}

impl Unread {
    fn wait(&self, session: &str, taken: Taken, now: Timestamp) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // What is not answered any more when its key comes need not wait.
        waiting.retain(|_, list| {
            list.retain(|(_, since)| now.duration_since(*since) <= AGE_MAX);
            !list.is_empty()
        });
        if waiting.values().map(Vec::len).sum::<usize>() >= WAITING_MAX {
            let oldest = waiting.iter().min_by_key(|(_, list)| list.first().map(|(_, since)| *since)).map(|(session, _)| session.clone());
            oldest.and_then(|session| waiting.remove(&session));
        }
        let list = waiting.entry(session.to_owned()).or_default();
        if !list.iter().any(|(known, _)| *known == taken) {
            list.push((taken, now));
        }
    }

    fn arrived(&self, session: &str) -> Vec<Taken> {
        let list = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(session).unwrap_or_default();
        list.into_iter().map(|(taken, _)| taken).collect()
    }

    /// Takes note that a sender is told now; false when that was done within a day.
    fn tell(&self, room: &str, sender: &str, now: Timestamp) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() >= TOLD_MAX {
            told.retain(|_, at| now.duration_since(*at) < TOLD_EVERY);
        }
        let key = (room.to_owned(), sender.to_owned());
        if told.get(&key).is_some_and(|at| now.duration_since(*at) < TOLD_EVERY) {
            return false;
        }
        told.insert(key, now);
        true
    }
}

impl Desk {
    /// Lets a message wait for its key, and tells its sender when the key does not come.
    pub(super) async fn wait_for_key(self: &Arc<Self>, room: &Room, taken: Taken, event: &TimelineEvent) {
        let TimelineEventKind::UnableToDecrypt { utd_info, .. } = &event.kind else { return };
        let made = event.timestamp_raw().map_or(0, |at| i64::from(at.0));
        // What was written before this device was there is history, whose keys nobody sends to it.
        let since = i64::from(self.client.encryption().device_creation_timestamp().await.0);
        let sender = json_of(event).and_then(|json| json["sender"].as_str().map(str::to_owned)).unwrap_or_default();
        if made < since || sender.is_empty() || sender == self.own.user {
            return self.close(&taken.event).await;
        }
        tracing::info!(room = taken.room, event = taken.event, reason = ?utd_info.reason, "a message cannot be decrypted");
        let session = utd_info.session_id.clone().unwrap_or_default();
        self.unread.wait(&session, taken.clone(), (self.options.clock)());
        tokio::time::sleep(self.options.pace.key_wait).await;
        let is_unreadable = self.fetch(room, &taken.event).await.is_some_and(|event| event.kind.is_utd());
        if !is_unreadable || !self.unread.tell(&taken.room, &sender, (self.options.clock)()) {
            return;
        }
        let words = explanation(&utd_info.reason, self.client.device_id().map_or("", |device| device.as_str()));
        let relation = Relation { answers: Some(taken.event.clone()), thread: None };
        for message in content::messages(&Reply::line(Tone::UserError, vec![Inline::text(words)])) {
            let transaction = format!("{}-unread", taken.event.trim_start_matches('$'));
            let parcel = Parcel::message(content::notice(&message, &relation), transaction);
            let deadline = (self.options.clock)().checked_add(AGE_MAX).unwrap_or(Timestamp::MAX);
            if let Err(failure) = self.outgoing.patiently(room, &parcel, (self.options.clock, deadline)).await {
                tracing::warn!(room = taken.room, %failure, "a sender could not be told that a message cannot be read");
            }
        }
    }

    /// Takes messages up whose keys have come; goes on for ever.
    pub(super) async fn watch_keys(self: Arc<Self>) {
        let Some(keys) = self.client.encryption().room_keys_received_stream().await else { return };
        let mut keys = Box::pin(keys);
        while let Some(news) = keys.next().await {
            // Too much news at once skips some; what waits is tried again at the next start.
            let Ok(news) = news else { continue };
            for key in news {
                for taken in self.unread.arrived(&key.session_id) {
                    tracing::info!(room = taken.room, event = taken.event, "the key of a message has come");
                    self.take_up(taken, None).await;
                }
            }
        }
    }
}

/// Says why a message cannot be read and what helps.
fn explanation(reason: &UnableToDecryptReason, device: &str) -> String {
    match reason {
        UnableToDecryptReason::MissingMegolmSession { withheld_code: Some(_) } => format!(
            "I cannot read that message: your app did not give me its key. In its settings for this room turn off \u{201c}never send \
             encrypted messages to unverified sessions\u{201d}, or verify my session {device}, and send it again."
        ),
        UnableToDecryptReason::MissingMegolmSession { withheld_code: None } | UnableToDecryptReason::UnknownMegolmMessageIndex => {
            "I cannot read that message: its key has not reached me. Please send it again; if that does not help, type /discardsession \
             (Element and others know it) and send it once more. If the key still comes within ten minutes, I answer by myself."
                .to_owned()
        }
        UnableToDecryptReason::SenderIdentityNotTrusted(_) => {
            "I cannot read that message: I am set up to read only sessions that their owners have verified. Please verify this session \
             with your other one, or with your recovery key, and send it again."
                .to_owned()
        }
        _ => "I cannot read that message: it does not decrypt. Please send it again.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(event: &str) -> Taken {
        Taken { event: event.into(), room: "!r".into() }
    }

    #[test]
    fn messages_wait_by_session_and_come_back_once() {
        let unread = Unread::default();
        let now: Timestamp = "2025-12-10T12:00:00Z".parse().unwrap();
        unread.wait("s", taken("$1"), now);
        unread.wait("s", taken("$1"), now);
        unread.wait("s", taken("$2"), now);
        assert!(unread.arrived("t").is_empty());
        assert_eq!(unread.arrived("s"), [taken("$1"), taken("$2")]);
        assert!(unread.arrived("s").is_empty());
    }

    #[test]
    fn a_sender_is_told_once_a_day_in_a_room() {
        let unread = Unread::default();
        let now: Timestamp = "2025-12-10T12:00:00Z".parse().unwrap();
        assert!(unread.tell("!r", "@a:x", now) && !unread.tell("!r", "@a:x", now + SignedDuration::from_hours(23)));
        assert!(unread.tell("!r", "@b:x", now) && unread.tell("!s", "@a:x", now));
        assert!(unread.tell("!r", "@a:x", now + SignedDuration::from_hours(25)));
    }

    #[test]
    fn what_waits_is_bounded() {
        let unread = Unread::default();
        let now: Timestamp = "2025-12-10T12:00:00Z".parse().unwrap();
        let at = |number: usize| now + SignedDuration::from_millis(i64::try_from(number).unwrap());
        // names that fall while the time rises
        let name = |number: usize| format!("{:05}", 99_999 - number);
        for number in 0..WAITING_MAX + 10 {
            unread.wait(&name(number), taken(&format!("${number}")), at(number));
        }
        assert!(unread.arrived(&name(9)).is_empty() && !unread.arrived(&name(10)).is_empty());
        assert!(!unread.arrived(&name(WAITING_MAX + 9)).is_empty(), "the newest waits");
        unread.wait("late", taken("$late"), now + SignedDuration::from_mins(11));
        assert!(unread.arrived(&name(500)).is_empty(), "what is too old to be answered is forgotten");
    }
}
