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

/// Refusals after which an invitation is left: those over servers can be faster than what they refer to.
const JOINS_MAX: u32 = 8;
/// First wait between two tries to come into a room; it doubles.
const JOIN_WAIT: Duration = Duration::from_secs(1);
/// Longest wait between two tries.
const JOIN_WAIT_LONGEST: Duration = Duration::from_mins(5);
/// Longest wait for the news of a room that was entered: without them it is not known what it replaces.
const NEWS_LOOKS_MAX: u32 = 100;
const NEWS_PAUSE: Duration = Duration::from_millis(100);
/// What is noted of a room in which the bot may not say who it is.
const UNHEARD: &str = "unheard";
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
        let (mut wait, mut refusals) = (JOIN_WAIT, 0);
        while refusals < JOINS_MAX && room.state() == RoomState::Invited {
            match room.join().await.map_err(Failure::from) {
                Ok(()) => {
                    tracing::info!(room = id, inviter, "an invitation was accepted");
                    return;
                }
                Err(failure) => {
                    tracing::warn!(room = id, %failure, "an invitation could not be accepted yet");
                    refusals += u32::from(!failure.is_passing());
                    tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
                    wait = (wait * 2).min(JOIN_WAIT_LONGEST);
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
        if let Some(before) = room.predecessor_room()
            && let Some(old) = self.client.get_room(&before.room_id)
            && is_replaced(&old, &room)
        {
            self.carry_over(before.room_id.as_str(), &room).await;
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

    /// Notes that the bot may have got its voice in a room: what it could not say there, it says when the room is looked at.
    pub(super) async fn may_be_heard(&self, id: &str) {
        self.opened.note(id);
        let id = id.to_owned();
        self.remember(move |ledger| match ledger.room_note(&id, RoomNote::Welcomed)?.as_deref() {
            Some(UNHEARD) => ledger.forget_note(&id, RoomNote::Welcomed),
            _ => Ok(()),
        })
        .await;
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
        let note = match self.say(room, &reply, &format!("welcome-{}", fingerprint(&[&id, &joined]))).await {
            Ok(()) => "said",
            // at the next start
            Err(failure) if failure.is_passing() => return,
            Err(_) => UNHEARD,
        };
        self.note_welcome(room.room_id(), note).await;
    }

    /// Posts something that nobody asked for.
    async fn say(&self, room: &Room, reply: &Reply, key: &str) -> Result<(), Failure> {
        let deadline = (self.options.clock)().checked_add(AGE_MAX).unwrap_or(Timestamp::MAX);
        for (number, message) in content::messages(reply).iter().enumerate() {
            let parcel = Parcel::message(content::notice(message, &Relation::default()), format!("{key}-{number}"));
            if let Err(failure) = self.outgoing.patiently(room, &parcel, (self.options.clock, deadline)).await {
                tracing::warn!(room = %room.room_id(), %failure, "something could not be said");
                return Err(failure);
            }
        }
        Ok(())
    }

    /// Goes along to the room in which another one goes on, if that one says that it does: any room can name any other.
    async fn follow(&self, old: &Room, next: &RoomId) {
        let id = old.room_id().to_string();
        let noted = self.remember(move |ledger| ledger.room_note(&id, RoomNote::Unconfirmed)).await.flatten();
        if noted.as_deref() == Some(next.as_str()) {
            return;
        }
        let known = self.client.get_room(next).filter(|room| room.state() == RoomState::Joined);
        let was_there = known.is_some();
        let room = match known {
            Some(room) => room,
            None => {
                let via = self.servers_of(old).await;
                // Nothing is said there before it is known whether it replaces the old one.
                self.note_welcome(next, "moved").await;
                match self.client.join_room_by_id_or_alias(<&RoomOrAliasId>::from(next), &via).await.map_err(Failure::from) {
                    Ok(room) => room,
                    Err(failure) => {
                        tracing::warn!(room = %old.room_id(), next = %next, %failure, "the new room cannot be entered; an invitation to it will be accepted");
                        return self.forget_welcome(next.as_str()).await;
                    }
                }
            }
        };
        for _ in 0..NEWS_LOOKS_MAX {
            if room.create_content().is_some() {
                break;
            }
            tokio::time::sleep(NEWS_PAUSE).await;
        }
        if room.create_content().is_none() {
            // The new room is looked at when its news come.
            return;
        }
        if is_replaced(old, &room) {
            return self.carry_over(old.room_id().as_str(), &room).await;
        }
        tracing::warn!(room = %old.room_id(), next = %next, "a room names another that does not say that it replaces it; nothing is carried over");
        let (id, other) = (old.room_id().to_string(), next.to_string());
        self.remember(move |ledger| ledger.note_room(&id, RoomNote::Unconfirmed, &other)).await;
        if !was_there && let Err(error) = room.leave().await {
            tracing::warn!(room = %next, error = chain(&error), "a room could not be left");
        }
    }

    async fn forget_welcome(&self, room: &str) {
        let id = room.to_owned();
        self.remember(move |ledger| ledger.forget_note(&id, RoomNote::Welcomed)).await;
    }

    async fn note_welcome(&self, room: &RoomId, how: &'static str) {
        let id = room.to_string();
        self.remember(move |ledger| ledger.note_room(&id, RoomNote::Welcomed, how)).await;
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
            // what it says is in the log too
            let _ = self.say(room, &Reply::line(Tone::Answer, vec![Inline::text(words)]), &key).await;
        }
    }

    /// Forgets a room that the bot is not in any more.
    pub(super) async fn left(&self, id: &str) {
        let Some(room) = self.known(id) else { return };
        if !matches!(room.state(), RoomState::Left | RoomState::Banned) {
            return;
        }
        tracing::info!(room = id, state = ?room.state(), "the bot is not in the room any more");
        // Who invites it again gets to know again who it is.
        self.forget_welcome(id).await;
    }
}

/// Tells whether both rooms say that the one goes on in the other.
fn is_replaced(old: &Room, new: &Room) -> bool {
    old.successor_room().is_some_and(|next| next.room_id == new.room_id())
        && new.predecessor_room().is_some_and(|before| before.room_id == old.room_id())
}
