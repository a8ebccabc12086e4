//! Rooms themselves: whose invitations are accepted, what is said on coming, where the bot leaves, and how it goes along when a room is
//! replaced by another.

use super::content::{self, Relation, fingerprint};
use super::desk::{AGE_MAX, Desk, channel_id};
use super::failure::{Failure, chain};
use super::ledger::RoomNote;
use super::outgoing::Parcel;
use crate::reply::{Inline, Reply, Tone};
use jiff::Timestamp;
use matrix_sdk::ruma::{OwnedServerName, RoomId, RoomOrAliasId};
use matrix_sdk::{Room, RoomState};
use std::time::Duration;

/// Tries to come into a room: invitations over servers can be faster than what they refer to.
const JOINS_MAX: u32 = 8;
/// First wait between two of them; it doubles.
const JOIN_WAIT: Duration = Duration::from_secs(1);
/// Servers that are named for finding a room that replaces another.
const VIA_MAX: usize = 4;

/// Why a room is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The bot just began to listen.
    Start,
    /// Somebody left it.
    Departure,
    /// Something else changed.
    Changed,
}

impl Desk {
    /// Accepts or refuses an invitation.
    pub(super) async fn invited(&self, id: &str) {
        let Some(room) = self.known(id).filter(|room| room.state() == RoomState::Invited) else { return };
        let inviter = match room.invite_details().await {
            Ok(invite) => invite.inviter_id.to_string(),
            Err(error) => {
                tracing::warn!(room = id, error = chain(&error), "an invitation does not say who sent it");
                String::new()
            }
        };
        if !self.options.may_invite(&inviter) && !self.replaces_own(id) {
            tracing::warn!(
                room = id,
                inviter,
                "an invitation was refused: who may invite stands under operators, allowed_users and allowed_servers of [matrix]"
            );
            if let Err(error) = room.leave().await {
                tracing::warn!(room = id, error = chain(&error), "an invitation could not be refused");
            }
            return;
        }
        if room.is_direct().await.unwrap_or(false) {
            let (id, inviter) = (id.to_owned(), inviter.clone());
            self.remember(move |ledger| ledger.note_room(&id, RoomNote::Direct, &inviter)).await;
        }
        let mut wait = JOIN_WAIT;
        for _ in 0..JOINS_MAX {
            if room.state() != RoomState::Invited {
                return;
            }
            match room.join().await.map_err(Failure::from) {
                Ok(()) => {
                    tracing::info!(room = id, inviter, "an invitation was accepted");
                    return;
                }
                Err(failure) => {
                    tracing::warn!(room = id, %failure, "an invitation could not be accepted yet");
                    tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
                    wait *= 2;
                }
            }
        }
    }

    fn known(&self, id: &str) -> Option<Room> {
        RoomId::parse(id).ok().and_then(|id| self.client.get_room(&id))
    }

    /// Tells whether a room that the bot is in says that it goes on in this one.
    fn replaces_own(&self, id: &str) -> bool {
        self.client.joined_rooms().iter().any(|room| room.successor_room().is_some_and(|next| next.room_id == id))
    }

    /// Does what is due in a room that the bot is in: goes along to its successor, leaves it when nobody else is there, says hello.
    pub(super) async fn look_at_room(&self, id: &str, why: Why) {
        let Some(room) = self.room(id) else { return };
        if let Some(next) = room.successor_room() {
            self.follow(&room, &next.room_id).await;
        }
        if let Some(before) = room.predecessor_room() {
            let old = self.client.get_room(&before.room_id);
            // Any room can claim to replace another; only the other one can confirm it.
            if old.and_then(|old| old.successor_room()).is_some_and(|next| next.room_id == id) {
                self.carry_over(before.room_id.as_str(), &room).await;
            }
        }
        // A room that was just made is empty until its invitations are sent.
        let is_alone = why != Why::Changed && room.joined_members_count() == 1 && room.invited_members_count() == 0;
        if is_alone {
            tracing::info!(room = id, "nobody else is in the room; the bot leaves it");
            if let Err(error) = room.leave().await {
                tracing::warn!(room = id, error = chain(&error), "a room could not be left");
            }
            return;
        }
        if !room.is_tombstoned() {
            self.welcome(&room).await;
        }
    }

    /// Says once in a room who the bot is.
    async fn welcome(&self, room: &Room) {
        let id = room.room_id().to_string();
        let place = id.clone();
        if !matches!(self.remember(move |ledger| ledger.room_note(&place, RoomNote::Welcomed)).await, Some(None)) {
            return;
        }
        let reply = self.answerer.introduce(channel_id(&id)).await;
        let member = room.get_member_no_sync(room.own_user_id()).await.ok().flatten();
        // Coming a second time is another coming.
        let joined = member.and_then(|member| member.event().timestamp()).map_or_else(String::new, |at| at.to_string());
        if self.say(room, &reply, &format!("welcome-{}", fingerprint(&[&id, &joined]))).await {
            self.remember(move |ledger| ledger.note_room(&id, RoomNote::Welcomed, "said")).await;
        }
    }

    /// Posts something that nobody asked for; false when it should be tried at another time.
    async fn say(&self, room: &Room, reply: &Reply, key: &str) -> bool {
        let deadline = (self.options.clock)().checked_add(AGE_MAX).unwrap_or(Timestamp::MAX);
        for (number, message) in content::messages(reply).iter().enumerate() {
            let parcel = Parcel::message(content::notice(message, &Relation::default()), format!("{key}-{number}"));
            if let Err(failure) = self.outgoing.patiently(room, &parcel, (self.options.clock, deadline)).await {
                tracing::warn!(room = %room.room_id(), %failure, "something could not be said");
                return !failure.is_passing();
            }
        }
        true
    }

    /// Goes along to the room in which another one goes on.
    async fn follow(&self, old: &Room, next: &RoomId) {
        let known = self.client.get_room(next);
        let room = match known.filter(|room| room.state() == RoomState::Joined) {
            Some(room) => room,
            None => {
                let via = self.servers_of(old).await;
                match self.client.join_room_by_id_or_alias(<&RoomOrAliasId>::from(next), &via).await.map_err(Failure::from) {
                    Ok(room) => room,
                    Err(failure) => {
                        tracing::warn!(room = %old.room_id(), next = %next, %failure, "the new room cannot be entered; an invitation to it will be accepted");
                        return;
                    }
                }
            }
        };
        self.carry_over(old.room_id().as_str(), &room).await;
    }

    /// Gives servers through which a new room may be found: those of people in the old one.
    async fn servers_of(&self, room: &Room) -> Vec<OwnedServerName> {
        let mut servers = Vec::new();
        for user in room.joined_user_ids().await.unwrap_or_default() {
            let server = user.server_name().to_owned();
            if !servers.contains(&server) && servers.len() < VIA_MAX {
                servers.push(server);
            }
        }
        servers
    }

    /// Lets what belonged to a room belong to the one that replaces it, and says so there; once.
    async fn carry_over(&self, old: &str, room: &Room) {
        let (from, to) = (old.to_owned(), room.room_id().to_string());
        let key = format!("moved-{}", fingerprint(&[&from, &to]));
        let moved = self.remember(move |ledger| {
            if ledger.room_note(&from, RoomNote::MovedTo)?.as_deref() == Some(to.as_str()) {
                return Ok(false);
            }
            ledger.move_room(&from, &to)?;
            ledger.note_room(&to, RoomNote::Welcomed, "moved")?;
            ledger.note_room(&from, RoomNote::MovedTo, &to)?;
            Ok(true)
        });
        if moved.await == Some(true) {
            tracing::info!(from = old, to = %room.room_id(), "a room was replaced; what it follows goes on in the new one");
            let words = "I came along: what the old room follows, and its settings, hold here from now on.";
            self.say(room, &Reply::line(Tone::Answer, vec![Inline::text(words)]), &key).await;
        }
    }

    /// Forgets a room that the bot is not in any more.
    pub(super) async fn left(&self, id: &str) {
        let Some(room) = self.known(id) else { return };
        if !matches!(room.state(), RoomState::Left | RoomState::Banned) {
            return;
        }
        tracing::info!(room = id, state = ?room.state(), "the bot is not in the room any more");
        let id = id.to_owned();
        // Who invites it again gets to know again who it is.
        self.remember(move |ledger| ledger.forget_welcome(&id)).await;
    }
}
