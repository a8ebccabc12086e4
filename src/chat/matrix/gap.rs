//! Which events of a room's news the bot looks at: what was said before it came in is history, and where the server left something out,
//! because more was written than it tells at once, that is fetched: at once where the server is quick, else later, while the news of other
//! rooms go on.

use super::desk::{AGE_MAX, Desk, json_of};
use super::failure::Failure;
use super::heard::{is_own_join, made_millis};
use super::ledger::RoomNote;
use futures_util::future::join_all;
use jiff::Timestamp;
use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::sync::Timeline;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Events that are fetched of one gap: what a lively room writes in ten minutes.
const EVENTS_MAX: usize = 500;
/// Events of one request.
const PAGE: u32 = 100;
/// Longest wait between two tries.
const WAIT_LONGEST: Duration = Duration::from_secs(30);

/// What a room's news left out: from a place backwards to another, or to what is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gap {
    from: String,
    since: Option<String>,
}

impl Gap {
    /// Reads what was noted of a room.
    pub(super) fn read(noted: &str) -> Option<Self> {
        serde_json::from_str(noted).ok()
    }

    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Desk {
    /// Gives the events of a room's news that were not looked at yet, oldest first, and what was left out before them. `since` is the place
    /// up to which they were looked at.
    pub(super) fn unseen(&self, timeline: &Timeline, since: Option<&str>) -> (Vec<TimelineEvent>, Option<Gap>) {
        let mut events = timeline.events.clone();
        let joined = events.iter().rposition(|event| self.is_own_join(event));
        if let Some(joined) = joined {
            events.drain(..=joined);
        }
        let from = timeline.prev_batch.clone().filter(|_| timeline.limited && joined.is_none());
        (events, from.map(|from| Gap { from, since: since.map(str::to_owned) }))
    }

    fn is_own_join(&self, event: &TimelineEvent) -> bool {
        json_of(event).is_some_and(|json| is_own_join(&json, &self.own.user))
    }

    /// Fetches what was left out, oldest first: backwards until an event that is known, that is too old to be answered, or the bot's own
    /// coming. Tries once.
    pub(super) async fn left_out(&self, room: &Room, gap: &Gap) -> Result<Vec<TimelineEvent>, Failure> {
        let mut found = Vec::new();
        let mut from = Some(gap.from.clone());
        'pages: while let Some(token) = from.take() {
            let mut options = MessagesOptions::backward().from(Some(token.as_str()));
            options.to.clone_from(&gap.since);
            options.limit = PAGE.into();
            let page = room.messages(options).await.map_err(Failure::from)?;
            let is_last = page.chunk.is_empty();
            for event in page.chunk {
                if self.is_end(&event).await {
                    break 'pages;
                }
                if found.len() >= EVENTS_MAX {
                    tracing::warn!(room = %room.room_id(), events = EVENTS_MAX, "more was written than is looked through; the oldest are left out");
                    break 'pages;
                }
                found.push(event);
            }
            from = page.end.filter(|_| !is_last);
        }
        found.reverse();
        Ok(found)
    }

    async fn is_end(&self, event: &TimelineEvent) -> bool {
        let Some(json) = json_of(event) else { return false };
        let now = (self.options.clock)();
        let made = Timestamp::from_millisecond(made_millis(&json, now.as_millisecond())).unwrap_or(Timestamp::MIN);
        if is_own_join(&json, &self.own.user) || now.duration_since(made) > AGE_MAX {
            return true;
        }
        let Some(id) = event.event_id().map(|id| id.to_string()) else { return false };
        self.remember(move |ledger| ledger.is_taken(&id)).await.unwrap_or(false)
    }

    /// Notes a gap that is closed later, together with one of the room that is still open; gives what is noted then.
    pub(super) async fn note_gap(&self, room: &Room, gap: Gap) -> Gap {
        let (id, new) = (room.room_id().to_string(), gap.clone());
        let noted = self.remember(move |ledger| {
            let open = ledger.room_note(&id, RoomNote::Gap)?.and_then(|noted| Gap::read(&noted));
            let whole = Gap { since: open.map_or(new.since, |open| open.since), from: new.from };
            ledger.note_room(&id, RoomNote::Gap, &whole.written())?;
            Ok(whole)
        });
        noted.await.unwrap_or(gap)
    }

    /// Fetches what was left out of a room's news, again and again while the server cannot be reached, and takes up what asks.
    pub(super) async fn close_gap(self: &Arc<Self>, room: &Room, gap: &Gap) {
        let begun = (self.options.clock)();
        let mut wait = self.options.pace.reconnect_first;
        let events = loop {
            let failure = match self.left_out(room, gap).await {
                Ok(events) => break events,
                Err(failure) => failure,
            };
            // What was written then is too old to be answered by now.
            if !failure.is_passing() || (self.options.clock)().duration_since(begun) > AGE_MAX {
                tracing::warn!(room = %room.room_id(), %failure, "what was written in between cannot be fetched");
                break Vec::new();
            }
            tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
            wait = (wait * 2).min(WAIT_LONGEST);
        };
        let mut answers = Vec::new();
        for event in events {
            let Some(taken) = self.asks(room, &event, true).await else { continue };
            let (noted, now) = (taken.clone(), (self.options.clock)());
            if self.remember(move |ledger| ledger.take(&noted, now)).await == Some(true) {
                answers.push(self.take_up(taken, Some(event)));
            }
        }
        let (id, closed) = (room.room_id().to_string(), gap.written());
        self.remember(move |ledger| {
            // A later gap of the room may have been added to it.
            let is_this = ledger.room_note(&id, RoomNote::Gap)?.as_deref() == Some(closed.as_str());
            if is_this { ledger.forget_note(&id, RoomNote::Gap) } else { Ok(()) }
        })
        .await;
        join_all(answers).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_of_a_gap_is_read_again() {
        for since in [None, Some("s1_2".to_owned())] {
            let gap = Gap { from: "t3-\"4".into(), since };
            assert_eq!(Gap::read(&gap.written()), Some(gap));
        }
        assert_eq!(Gap::read("moved"), None);
    }
}
