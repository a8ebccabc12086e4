//! Posts alerts: each once, and says what became of it. When it is tried again is decided in `alerts`.
//!
//! What the server would not recognise by the id of its transaction is looked for in the room ([`super::shown`]).

use super::content::{self, Relation, fingerprint};
use super::desk::Desk;
use super::failure::Failure;
use super::ledger::RoomNote;
use super::outgoing::Parcel;
use super::shown::MARK;
use crate::chat::{SendError, Sent};
use crate::model::{ChannelId, OutboxId};
use crate::reply::Reply;
use jiff::Timestamp;
use matrix_sdk::ruma::UserId;
use matrix_sdk::ruma::events::room::member::MembershipState;
use matrix_sdk::{Room, RoomState};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often, and how long each time, an invitation is waited for: the news bring it within a second.
const INVITED_LOOKS_MAX: u32 = 40;
const INVITED_PAUSE: Duration = Duration::from_millis(100);

/// Rooms in which the bot may have got its voice back: it came in, or the power levels changed. No more than the bot has rooms.
#[derive(Debug, Default)]
pub(super) struct Opened(Mutex<BTreeSet<String>>);

impl Opened {
    /// Notes a room.
    pub(super) fn note(&self, room: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(room.to_owned());
    }

    /// Gives those of the channels that were noted since the last call, and forgets all that was noted.
    pub(super) fn among(&self, paused: &[ChannelId]) -> Vec<ChannelId> {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        paused.iter().filter(|channel| noted.contains(&channel.room)).cloned().collect()
    }
}

impl Desk {
    /// Posts an alert.
    pub(super) async fn post(&self, channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<Sent, SendError> {
        let room = self.open_room(channel)?;
        let mark = self.mark(id);
        let mut first = None;
        for (number, message) in content::messages(reply).iter().enumerate() {
            self.give_way()?;
            let mut content = content::notice(message, &Relation::default());
            content[MARK] = mark.as_str().into();
            let parcel = Parcel::message(content, format!("alert-{mark}-{number}"));
            let event = self.outgoing.once(&room, &parcel).await.map_err(|failure| failure.send_error())?;
            first.get_or_insert(event);
        }
        Ok(Sent { message: first })
    }

    /// Posts an alert that may stand in the room already.
    pub(super) async fn post_uncertain(
        &self,
        channel: &ChannelId,
        (id, since): (OutboxId, Timestamp),
        reply: &Reply,
    ) -> Result<Sent, SendError> {
        let room = self.open_room(channel)?;
        let found = self.shown_alert(&room, (&self.mark(id), since)).await.map_err(|failure| failure.send_error())?;
        if found.is_some() {
            return Ok(Sent { message: found });
        }
        self.post(channel, id, reply).await
    }

    /// Gives what names an alert: its number, and of which database, as a new one begins to count anew.
    fn mark(&self, id: OutboxId) -> String {
        format!("{:x}-{id}", self.started.as_microsecond())
    }

    /// Holds back what nobody waits for while the server wants nothing.
    fn give_way(&self) -> Result<(), SendError> {
        match self.outgoing.wait() {
            Some(left) => Err(SendError::Retry { reason: "the server asked to wait".to_owned(), after: Some(left) }),
            None => Ok(()),
        }
    }

    fn open_room(&self, channel: &ChannelId) -> Result<Room, SendError> {
        self.room(&channel.room).ok_or_else(|| Failure::NotThere.send_error())
    }

    /// Shows a posted alert in another form.
    pub(super) async fn edit(&self, channel: &ChannelId, posted: &str, reply: &Reply) -> Result<(), SendError> {
        let room = self.open_room(channel)?;
        self.give_way()?;
        let messages = content::messages(reply);
        let Some(message) = messages.first() else { return Ok(()) };
        let transaction = format!("edit-{}", fingerprint(&[posted, &message.body, &message.html]));
        let parcel = Parcel::message(content::edit(posted, message), transaction);
        self.outgoing.once(&room, &parcel).await.map(|_| ()).map_err(|failure| failure.send_error())
    }

    /// Waits until the news tell that somebody is invited: before that the library would encrypt for nobody but the bot.
    async fn know_invited(&self, room: &Room, user: &str) {
        let Ok(id) = UserId::parse(user) else { return };
        for _ in 0..INVITED_LOOKS_MAX {
            let member = room.get_member_no_sync(&id).await.ok().flatten();
            if member.is_some_and(|member| matches!(member.membership(), MembershipState::Invite | MembershipState::Join)) {
                return;
            }
            tokio::time::sleep(INVITED_PAUSE).await;
        }
    }

    /// Writes to a user in a room of the two, once under a key.
    pub(super) async fn tell(&self, user: &str, key: &str, reply: &Reply) -> Result<(), SendError> {
        let Ok(id) = UserId::parse(user) else { return Err(SendError::Refused { reason: format!("{user} is no user of Matrix") }) };
        let refused = |failure: Failure| match failure {
            failure if failure.is_passing() => failure.send_error(),
            failure => SendError::Refused { reason: failure.to_string() },
        };
        let shared = self.client.get_dm_rooms(&id).find(|room| room.state() == RoomState::Joined && room.active_members_count() > 1);
        let room = match shared {
            Some(room) => room,
            None => {
                let room = self.client.create_dm(&id).await.map_err(|error| refused(error.into()))?;
                let id = room.room_id().to_string();
                self.know_invited(&room, user).await;
                // What is told here needs no greeting before it.
                self.remember(move |ledger| ledger.note_room(&id, RoomNote::Welcomed, "told")).await;
                room
            }
        };
        for (number, message) in content::messages(reply).iter().enumerate() {
            let transaction = format!("tell-{}-{number}", fingerprint(&[user, key]));
            let parcel = Parcel::message(content::notice(message, &Relation::default()), transaction);
            self.outgoing.once(&room, &parcel).await.map_err(refused)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_opened_is_given_once() {
        let channel = |room: &str| ChannelId { platform: "matrix".into(), room: room.into() };
        let opened = Opened::default();
        opened.note("!a");
        opened.note("!b");
        assert_eq!(opened.among(&[channel("!a"), channel("!c")]), [channel("!a")]);
        assert!(opened.among(&[channel("!a"), channel("!b")]).is_empty());
    }
}
