//! Which events of a room's news the bot looks at: what was said before it came in is history, and where the server left something out,
//! because more was written than it tells at once, that is fetched.

use super::desk::{AGE_MAX, Desk, json_of};
use super::failure::Failure;
use super::heard::{is_own_join, made_millis};
use jiff::Timestamp;
use matrix_sdk::Room;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::MessagesOptions;
use matrix_sdk::sync::Timeline;
use std::time::Duration;

/// Events that are fetched of one gap: what a lively room writes in ten minutes.
const EVENTS_MAX: usize = 500;
/// Events of one request.
const PAGE: u32 = 100;
/// Longest wait between two tries.
const WAIT_LONGEST: Duration = Duration::from_secs(30);

impl Desk {
    /// Gives the events that were not looked at yet, oldest first. `since` is the place up to which they were.
    pub(super) async fn unseen(&self, room: &Room, timeline: &Timeline, since: Option<&str>) -> Vec<TimelineEvent> {
        let mut events = timeline.events.clone();
        let joined = events.iter().rposition(|event| self.is_own_join(event));
        if let Some(joined) = joined {
            events.drain(..=joined);
        }
        if timeline.limited && joined.is_none() {
            let mut older = self.fetch_gap(room, timeline.prev_batch.clone(), since).await;
            older.reverse();
            older.append(&mut events);
            events = older;
        }
        events
    }

    fn is_own_join(&self, event: &TimelineEvent) -> bool {
        json_of(event).is_some_and(|json| is_own_join(&json, &self.own.user))
    }

    /// Fetches events backwards until one that is known, that is too old to be answered, or the bot's own coming; newest first.
    async fn fetch_gap(&self, room: &Room, from: Option<String>, since: Option<&str>) -> Vec<TimelineEvent> {
        let mut found = Vec::new();
        let mut from = from;
        while let Some(token) = from.take() {
            let mut options = MessagesOptions::backward().from(Some(token.as_str()));
            options.to = since.map(str::to_owned);
            options.limit = PAGE.into();
            let Some(page) = self.page(room, options).await else { break };
            let is_last = page.chunk.is_empty();
            for event in page.chunk {
                if self.is_end(&event).await {
                    return found;
                }
                if found.len() >= EVENTS_MAX {
                    tracing::warn!(room = %room.room_id(), events = EVENTS_MAX, "more was written than is looked through; the oldest are left out");
                    return found;
                }
                found.push(event);
            }
            from = page.end.filter(|_| !is_last);
        }
        found
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

    /// Fetches a page, again and again while the server cannot be reached: what is not fetched now is never answered.
    async fn page(&self, room: &Room, options: MessagesOptions) -> Option<matrix_sdk::room::Messages> {
        let begun = (self.options.clock)();
        let mut wait = self.options.pace.reconnect_first;
        loop {
            let failure = match room.messages(copy(&options)).await.map_err(Failure::from) {
                Ok(page) => return Some(page),
                Err(failure) => failure,
            };
            if !failure.is_passing() || (self.options.clock)().duration_since(begun) > AGE_MAX {
                tracing::warn!(room = %room.room_id(), %failure, "what was written in between cannot be fetched");
                return None;
            }
            tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
            wait = (wait * 2).min(WAIT_LONGEST);
        }
    }
}

fn copy(options: &MessagesOptions) -> MessagesOptions {
    let mut copy = MessagesOptions::backward().from(options.from.as_deref());
    copy.to.clone_from(&options.to);
    copy.limit = options.limit;
    copy
}
