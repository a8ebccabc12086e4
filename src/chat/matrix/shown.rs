//! Looks in a room for what the bot may have shown there already.
//!
//! A server recognises a message that is sent twice by the id of its transaction: for a day, and from the same device. Where that does not
//! help, because a process ended between posting and marking and what goes on is another device or comes much later, the room is read.

use super::desk::{AGE_MAX, Desk, json_of};
use super::failure::Failure;
use super::heard::{Said, made_millis};
use jiff::{SignedDuration, Timestamp};
use matrix_sdk::Room;
use matrix_sdk::room::MessagesOptions;
use serde_json::Value;

/// The key of a message's content that names the alert.
pub(super) const MARK: &str = "stancebot.alert";
/// Time for which a server is trusted to recognise a transaction: half of what Synapse keeps it.
const RECOGNISED: SignedDuration = SignedDuration::from_hours(12);
/// How far the server's clock may be behind.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(1);
/// Pages of a room's messages that are looked through, and messages of one.
const LOOK_PAGES_MAX: usize = 10;
const LOOK_PAGE: u32 = 100;

/// What was found of an answer, each in its order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) messages: Vec<String>,
    pub(super) pictures: Vec<String>,
}

impl Desk {
    /// Looks for an alert that may have been posted since a moment; finds none where the server recognises it by itself.
    pub(super) async fn shown_alert(&self, room: &Room, (mark, since): (&str, Timestamp)) -> Result<Option<String>, Failure> {
        if since >= self.device_since && (self.options.clock)().duration_since(since) <= RECOGNISED {
            return Ok(None);
        }
        let own = self.own_since(room, since).await?;
        let found = own.iter().find(|event| event["content"][MARK] == mark).and_then(id_of);
        let unreadable = own.iter().filter(|event| is_unreadable_and_new(event)).count();
        match &found {
            Some(_) => tracing::info!(room = %room.room_id(), mark, "an alert stands in its room already"),
            None if unreadable > 0 => tracing::warn!(
                room = %room.room_id(), mark, unreadable,
                "an alert may stand in its room twice: messages that the bot sent from an earlier device cannot be read"
            ),
            None => {}
        }
        Ok(found)
    }

    /// Looks for what another device of the bot's answered to a message that was taken up by an earlier process.
    pub(super) async fn shown_answer(&self, room: &Room, said: &Said) -> Result<Shown, Failure> {
        let asked = Timestamp::from_millisecond(said.made).unwrap_or(Timestamp::MIN);
        if asked.duration_since(self.device_since) > CLOCK_SKEW {
            return Ok(Shown::default());
        }
        let begun = (self.options.clock)();
        let mut wait = self.options.pace.reconnect_first;
        loop {
            match self.own_since(room, asked).await {
                Ok(own) => return Ok(answers_to(&own, &said.event)),
                Err(failure) if !failure.is_passing() || (self.options.clock)().duration_since(begun) > AGE_MAX => return Err(failure),
                Err(failure) => tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await,
            }
            wait = (wait * 2).min(self.options.pace.reconnect_longest);
        }
    }

    /// Gives what the bot wrote in a room since a moment, newest first.
    async fn own_since(&self, room: &Room, since: Timestamp) -> Result<Vec<Value>, Failure> {
        let oldest = since.checked_sub(CLOCK_SKEW).unwrap_or(Timestamp::MIN).as_millisecond();
        let now = (self.options.clock)().as_millisecond();
        let (mut found, mut from) = (Vec::new(), None);
        for _ in 0..LOOK_PAGES_MAX {
            let mut options = MessagesOptions::backward().from(from.as_deref());
            options.limit = LOOK_PAGE.into();
            let page = room.messages(options).await.map_err(Failure::from)?;
            for json in page.chunk.iter().filter_map(json_of) {
                if made_millis(&json, now) < oldest {
                    return Ok(found);
                }
                if json["sender"] == self.own.user.as_str() {
                    found.push(json);
                }
            }
            match page.end {
                Some(end) if !page.chunk.is_empty() => from = Some(end),
                _ => break,
            }
        }
        Ok(found)
    }
}

fn id_of(event: &Value) -> Option<String> {
    event["event_id"].as_str().map(str::to_owned)
}

/// Tells whether an event could be an alert that cannot be read; answers and edits name another event in the clear.
fn is_unreadable_and_new(event: &Value) -> bool {
    event["type"] == "m.room.encrypted" && event["content"].get("m.relates_to").is_none()
}

/// Gives the answers to a message among the bot's own events. To which message one belongs can be told of those too that cannot be read;
/// these count as words, which come before pictures.
fn answers_to(own_newest_first: &[Value], event: &str) -> Shown {
    let mut shown = Shown::default();
    for answer in own_newest_first.iter().rev() {
        let relation = &answer["content"]["m.relates_to"];
        if relation["m.in_reply_to"]["event_id"] != event || relation["rel_type"] == "m.replace" {
            continue;
        }
        let list = if answer["content"]["msgtype"] == "m.image" { &mut shown.pictures } else { &mut shown.messages };
        list.extend(id_of(answer));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_found_by_their_question_also_unread() {
        let answer = |id: &str, kind: &str, content: Value| json!({"event_id": id, "type": kind, "content": content});
        let to = |event: &str| json!({"m.in_reply_to": {"event_id": event}});
        let own = [
            answer("$edit", "m.room.message", json!({"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}})),
            answer("$4", "m.room.message", json!({"msgtype": "m.image", "m.relates_to": to("$q")})),
            answer("$3", "m.room.encrypted", json!({"algorithm": "…", "m.relates_to": to("$q")})),
            answer("$other", "m.room.message", json!({"msgtype": "m.notice", "m.relates_to": to("$r")})),
            answer("$1", "m.room.message", json!({"msgtype": "m.notice", "m.relates_to": to("$q")})),
        ];
        let words = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(answers_to(&own, "$q"), Shown { messages: words(&["$1", "$3"]), pictures: words(&["$4"]) });
        assert_eq!(answers_to(&own, "$s"), Shown::default());
    }

    #[test]
    fn only_what_cannot_be_read_and_names_no_other_event_may_be_an_alert() {
        let event = |kind: &str, content: Value| json!({"type": kind, "content": content});
        assert!(is_unreadable_and_new(&event("m.room.encrypted", json!({"algorithm": "…"}))));
        assert!(!is_unreadable_and_new(&event("m.room.encrypted", json!({"m.relates_to": {}}))));
        assert!(!is_unreadable_and_new(&event("m.room.message", json!({}))));
    }
}
