//! Takes up what is for the bot and answers it: messages, edits, reactions. What a command means and who may use it is decided in
//! `commands`; here is only where the words stand and what power the asking user has in the room.

use super::MATRIX;
use super::content::{self, Relation};
use super::failure::Failure;
use super::heard::{Heard, Own, Place, Said, addressed, made_millis, read};
use super::ledger::{self, Ledger, Question, RoomNote, Taken};
use super::options::MatrixOptions;
use super::outgoing::{Outgoing, Parcel};
use super::pictures::Picture;
use super::post::Opened;
use super::react::Wish;
use super::shown::Shown;
use super::unread::Unread;
use crate::chat::Answerer;
use crate::commands::{Address, Incoming, Permission};
use crate::model::ChannelId;
use crate::reply::{Attachment, Reply};
use jiff::{SignedDuration, Timestamp};
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::room::power_levels::UserPowerLevel;
use matrix_sdk::ruma::{EventId, RoomId, UserId};
use matrix_sdk::{Client, Room, RoomState};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Oldest message that is answered when it is found later: nobody waits longer.
pub(super) const AGE_MAX: SignedDuration = SignedDuration::from_mins(10);
/// Time after which a question shows that it is being worked on.
const TYPING_AFTER: Duration = Duration::from_secs(1);
/// Longest wait between two tries to fetch an event.
const FETCH_WAIT_LONGEST: Duration = Duration::from_secs(15);
/// How often, and in all how long, an edit waits for the answer to the message that it changes.
const EDIT_PAUSE: Duration = Duration::from_millis(250);
const EDIT_PAUSES_MAX: u32 = 240;
/// The reaction that the bot puts under an answer with more pages.
pub(super) const NEXT: &str = "▶️";

/// What answers.
pub(super) struct Desk {
    pub(super) options: MatrixOptions,
    pub(super) client: Client,
    pub(super) own: Own,
    pub(super) answerer: Arc<dyn Answerer>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) outgoing: Outgoing,
    pub(super) unread: Unread,
    pub(super) opened: Opened,
    /// Nothing before it is answered.
    pub(super) started: Timestamp,
    /// When this device came into being: what was sent before was sent by another one.
    pub(super) device_since: Timestamp,
}

/// Whether it was noted already that an event is done.
enum Noted {
    /// It was, together with the answer.
    Yes,
    /// It has to be.
    No,
}

/// A question as it is put to the commands.
struct Asked<'a> {
    event: &'a str,
    said: &'a Said,
    address: Address,
    text: String,
}

impl Desk {
    /// Gives a room that the bot is in.
    pub(super) fn room(&self, id: &str) -> Option<Room> {
        let id = RoomId::parse(id).ok()?;
        self.client.get_room(&id).filter(|room| room.state() == RoomState::Joined)
    }

    /// Does a piece of work with what is remembered; a failure is logged and gives none.
    pub(super) async fn remember<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Ledger) -> Result<T, String> + Send + 'static,
    ) -> Option<T> {
        match ledger::with(&self.ledger, work).await {
            Ok(done) => Some(done),
            Err(error) => {
                tracing::error!(error, "what is remembered of Matrix cannot be read or written");
                None
            }
        }
    }

    /// Tells whether an event is young enough to be answered.
    pub(super) fn is_recent(&self, event: &Value) -> bool {
        let now = (self.options.clock)();
        let made = Timestamp::from_millisecond(made_millis(event, now.as_millisecond())).unwrap_or(Timestamp::MIN);
        now.duration_since(made) <= AGE_MAX
    }

    /// Tells whether an event was made before the bot was first started.
    fn is_before_start(&self, event: &Value) -> bool {
        made_millis(event, (self.options.clock)().as_millisecond()) < self.started.as_millisecond()
    }

    /// Tells whether everything in a room is for the bot.
    pub(super) async fn place(&self, room: &Room) -> Place {
        if room.active_members_count() > 2 {
            return Place::Room;
        }
        let mut is_direct = room.is_direct().await.unwrap_or(false);
        if !is_direct {
            // What the account says of it comes some time after the invitation.
            let id = room.room_id().to_string();
            is_direct = self.remember(move |ledger| ledger.room_note(&id, RoomNote::Direct)).await.flatten().is_some();
        }
        if is_direct { Place::Direct } else { Place::Room }
    }

    /// Gives an event as one to take up; none when it cannot ask for anything. Where `is_from_start`, there was no place in the news to go
    /// on from, and they go back beyond what was there at the first start.
    pub(super) async fn asks(&self, room: &Room, event: &TimelineEvent, is_from_start: bool) -> Option<Taken> {
        let taken = Taken { event: event.event_id()?.to_string(), room: room.room_id().to_string() };
        let json = json_of(event)?;
        let is_early = is_from_start && self.is_before_start(&json);
        if json["sender"] == self.own.user.as_str() || !self.is_recent(&json) || is_early {
            return None;
        }
        if event.kind.is_utd() {
            return Some(taken);
        }
        let is_for_bot = match read(&json, &self.own)? {
            Heard::Message(said) => addressed(&said, &self.own, self.place(room).await).is_some(),
            Heard::Edit { said, .. } => addressed(&said, &self.own, self.place(room).await).is_some(),
            Heard::Reaction { key, .. } => Wish::of(&key).is_some(),
        };
        is_for_bot.then_some(taken)
    }

    /// Takes up an event that was noted as open; fetches it when it is not at hand.
    pub(super) async fn take_up(self: &Arc<Self>, taken: Taken, event: Option<TimelineEvent>) {
        let Some(room) = self.room(&taken.room) else { return self.close(&taken.event).await };
        let is_taken_up_again = event.is_none();
        let event = match event {
            Some(event) => event,
            None => match self.fetch(&room, &taken.event).await {
                Some(event) => event,
                None => return self.close(&taken.event).await,
            },
        };
        let Some(json) = json_of(&event) else { return self.close(&taken.event).await };
        if !self.is_recent(&json) {
            return self.close(&taken.event).await;
        }
        if event.kind.is_utd() {
            return self.wait_for_key(&room, taken, &event).await;
        }
        let outcome: Result<Noted, Failure> = match read(&json, &self.own) {
            Some(Heard::Message(said)) => {
                let id = said.event.clone();
                let shown = if is_taken_up_again { self.shown_answer(&room, &said).await } else { Ok(Shown::default()) };
                match shown {
                    Ok(shown) => self.hear(&room, &said, (&id, shown)).await,
                    Err(failure) => Err(failure),
                }
            }
            Some(Heard::Edit { target, said }) => self.hear_again(&room, &target, said).await.map(|()| Noted::No),
            Some(Heard::Reaction { sender, target, key }) => {
                self.react(&room, &sender, (&target, &key, &taken.event)).await.map(|()| Noted::No)
            }
            None => Ok(Noted::No),
        };
        match outcome {
            Ok(Noted::Yes) => return,
            Ok(Noted::No) => {}
            Err(failure) => tracing::warn!(room = taken.room, event = taken.event, %failure, "an answer could not be given"),
        }
        self.close(&taken.event).await;
    }

    pub(super) async fn close(&self, event: &str) {
        let event = event.to_owned();
        self.remember(move |ledger| ledger.close(&event)).await;
    }

    /// Fetches an event, again and again while the server cannot be reached and it may be young enough to be answered; none when it
    /// cannot be had.
    pub(super) async fn fetch(&self, room: &Room, event: &str) -> Option<TimelineEvent> {
        let id = EventId::parse(event).ok()?;
        let begun = (self.options.clock)();
        let mut wait = self.options.pace.reconnect_first;
        loop {
            let failure = match room.event(&id, None).await.map_err(Failure::from) {
                Ok(event) => return Some(event),
                Err(failure) => failure,
            };
            if !failure.is_passing() || (self.options.clock)().duration_since(begun) > AGE_MAX {
                tracing::warn!(room = %room.room_id(), event, %failure, "an event cannot be fetched");
                return None;
            }
            tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
            wait = (wait * 2).min(FETCH_WAIT_LONGEST);
        }
    }

    /// Answers a message that is for the bot; `event` is the message that the answer belongs to, `shown` what is there of it already.
    async fn hear(&self, room: &Room, said: &Said, (event, shown): (&str, Shown)) -> Result<Noted, Failure> {
        let Some((address, text)) = addressed(said, &self.own, self.place(room).await) else { return Ok(Noted::No) };
        let Some(reply) = self.ask(room, Asked { event, said, address, text }).await else { return Ok(Noted::No) };
        let relation = Relation { answers: Some(event.to_owned()), thread: said.thread.clone() };
        let mut question = question(room, said, (event, &reply));
        (question.answers, question.pictures) = (shown.messages, shown.pictures);
        self.give(room, &reply, (question, &relation, event)).await?;
        Ok(Noted::Yes)
    }

    /// Answers an edited message anew, or for the first time when it was mistyped.
    async fn hear_again(&self, room: &Room, target: &str, mut said: Said) -> Result<(), Failure> {
        let Some(question) = self.settled(target).await else {
            let Some(original) = self.fetch(room, target).await.as_ref().and_then(json_of) else { return Ok(()) };
            let is_same = original.get("sender").and_then(Value::as_str) == Some(said.sender.as_str());
            let taken = Taken { event: target.to_owned(), room: room.room_id().to_string() };
            let now = (self.options.clock)();
            if !is_same || !self.is_recent(&original) {
                return Ok(());
            }
            self.remember(move |ledger| ledger.take(&taken, now)).await;
            if let Some(Heard::Message(first)) = read(&original, &self.own) {
                said.thread = first.thread;
            }
            let outcome = self.hear(room, &said, (target, Shown::default())).await;
            self.close(target).await;
            return outcome.map(|_| ());
        };
        let is_same = question.asker == said.sender && question.room == room.room_id().as_str();
        if !is_same || question.text == content::fingerprint(&[&said.text]) {
            return Ok(());
        }
        // What changed something is done once: an edit of it asks for nothing. An edit of an old question does not either.
        let original = if question.has_changed { None } else { self.fetch(room, target).await };
        if !original.as_ref().and_then(json_of).is_some_and(|original| self.is_recent(&original)) {
            return Ok(());
        }
        said.thread.clone_from(&question.thread);
        let Some((address, text)) = addressed(&said, &self.own, self.place(room).await) else { return Ok(()) };
        let edit = said.event.clone();
        let Some(reply) = self.ask(room, Asked { event: target, said: &said, address, text }).await else { return Ok(()) };
        let changed = self::question(room, &said, (target, &reply));
        self.change(room, &reply, (question, changed, &edit)).await
    }

    /// Gives the question that a message asked once it is answered; none when it asked nothing.
    async fn settled(&self, event: &str) -> Option<Question> {
        for _ in 0..EDIT_PAUSES_MAX {
            let id = event.to_owned();
            let (found, is_open) = self.remember(move |ledger| Ok((ledger.question(&id)?, ledger.is_open(&id)?))).await?;
            if found.is_some() || !is_open {
                return found;
            }
            tokio::time::sleep(EDIT_PAUSE).await;
        }
        None
    }

    /// Lets the commands answer; shows that it is being worked on when it takes long.
    async fn ask(&self, room: &Room, asked: Asked<'_>) -> Option<Reply> {
        let incoming = self.incoming(room, asked).await;
        let answering = self.answerer.answer(incoming);
        tokio::pin!(answering);
        match timeout(TYPING_AFTER, &mut answering).await {
            Ok(reply) => reply,
            Err(_) => {
                // a sign of life only; the answer comes all the same
                let _ = room.typing_notice(true).await;
                let reply = answering.await;
                let _ = room.typing_notice(false).await;
                reply
            }
        }
    }

    async fn incoming(&self, room: &Room, asked: Asked<'_>) -> Incoming {
        let sender = &asked.said.sender;
        let (room_id, thread) = (room.room_id().to_string(), asked.said.thread.clone());
        let (before, place) = (asked.event.to_owned(), room_id.clone());
        let newest = self.remember(move |ledger| ledger.newest(&place, thread.as_deref(), &before)).await.flatten();
        let mut incoming = self.asked_by(room, sender).await;
        incoming.event = Some(asked.said.event.clone());
        incoming.address = asked.address;
        incoming.text = asked.text;
        incoming.next_page = newest.and_then(|question| page_query(&question, question.page + 1));
        incoming
    }

    /// Gives an empty question of somebody in a room.
    pub(super) async fn asked_by(&self, room: &Room, sender: &str) -> Incoming {
        let user = UserId::parse(sender).ok();
        let name = match &user {
            Some(user) => room.get_member_no_sync(user).await.ok().flatten().and_then(|member| member.display_name().map(str::to_owned)),
            None => None,
        };
        Incoming {
            channel: channel_id(room.room_id().as_str()),
            server: None,
            user: sender.to_owned(),
            user_name: name.unwrap_or_default(),
            permission: if self.options.is_operator(sender) { Permission::Operator } else { Permission::Member },
            power: Some(self.power(room, sender).await),
            next_page: None,
            event: None,
            address: Address::Direct,
            text: String::new(),
        }
    }

    /// Gives the power that somebody has in a room; the least where it is not known.
    pub(super) async fn power(&self, room: &Room, user: &str) -> i64 {
        let Ok(user) = UserId::parse(user) else { return i64::MIN };
        match room.get_user_power_level(&user).await {
            Ok(UserPowerLevel::Infinite) => i64::MAX,
            Ok(UserPowerLevel::Int(power)) => i64::from(power),
            Ok(_) => i64::MIN,
            Err(error) => {
                tracing::debug!(room = %room.room_id(), %error, "the power levels are not known");
                i64::MIN
            }
        }
    }

    /// Gives until when an answer is tried.
    pub(super) fn patience(&self) -> (fn() -> Timestamp, Timestamp) {
        let clock = self.options.clock;
        (clock, clock().checked_add(AGE_MAX).unwrap_or(Timestamp::MAX))
    }

    /// Posts what is not there yet of an answer, and remembers it.
    async fn give(&self, room: &Room, reply: &Reply, (mut question, relation, key): (Question, &Relation, &str)) -> Result<(), Failure> {
        let key = key.trim_start_matches('$');
        for (number, message) in content::messages(reply).iter().enumerate().skip(question.answers.len()) {
            let parcel = Parcel::message(content::notice(message, relation), format!("{key}-{number}"));
            question.answers.push(self.outgoing.patiently(room, &parcel, self.patience()).await?);
        }
        if question.pictures.is_empty() {
            question.pictures = self.show(room, &reply.attachments, (relation, key)).await;
        }
        self.offer_next(room, &question, key).await;
        self.remember(move |ledger| ledger.answered(&question)).await;
        Ok(())
    }

    /// Shows another answer in the place of an earlier one.
    pub(super) async fn change(&self, room: &Room, reply: &Reply, (old, mut new, key): (Question, Question, &str)) -> Result<(), Failure> {
        let key = key.trim_start_matches('$');
        let relation = Relation { answers: Some(new.event.clone()), thread: new.thread.clone() };
        for (number, message) in content::messages(reply).iter().enumerate() {
            let transaction = format!("{key}-{number}");
            match old.answers.get(number) {
                Some(answer) => {
                    let parcel = Parcel::message(content::edit(answer, message), transaction);
                    self.outgoing.patiently(room, &parcel, self.patience()).await?;
                    new.answers.push(answer.clone());
                }
                None => {
                    let parcel = Parcel::message(content::notice(message, &relation), transaction);
                    new.answers.push(self.outgoing.patiently(room, &parcel, self.patience()).await?);
                }
            }
        }
        for gone in old.answers.iter().skip(new.answers.len()).chain(&old.pictures) {
            if let Err(failure) = self.outgoing.remove(room, gone, self.patience()).await {
                tracing::info!(%failure, "a part of an answer could not be removed");
            }
        }
        new.pictures = self.show(room, &reply.attachments, (&relation, key)).await;
        if old.pages <= 1 {
            self.offer_next(room, &new, key).await;
        }
        self.remember(move |ledger| ledger.answered(&new)).await;
        Ok(())
    }

    /// Puts the reaction for the next page under an answer that has one.
    async fn offer_next(&self, room: &Room, question: &Question, key: &str) {
        let (Some(answer), true) = (question.answers.first(), question.page < question.pages) else { return };
        let parcel = Parcel::reaction(content::reaction(answer, NEXT), format!("{key}-next"));
        if let Err(failure) = self.outgoing.patiently(room, &parcel, self.patience()).await {
            tracing::debug!(%failure, "an answer has no reaction for its next page");
        }
    }

    /// Posts pictures; what they show stands in the answer too, so one that fails is left out.
    async fn show(&self, room: &Room, attachments: &[Attachment], (relation, key): (&Relation, &str)) -> Vec<String> {
        let mut shown = Vec::new();
        for (number, attachment) in attachments.iter().enumerate() {
            let Some(picture) = Picture::of(attachment) else { continue };
            let posted = async {
                let source = self.upload(room, attachment).await?;
                let parcel = Parcel::message(content::image(attachment, &picture, source, relation), format!("{key}-picture{number}"));
                self.outgoing.patiently(room, &parcel, self.patience()).await
            };
            match posted.await {
                Ok(event) => shown.push(event),
                Err(failure) => tracing::warn!(room = %room.room_id(), %failure, "a picture could not be posted"),
            }
        }
        shown
    }

    /// Uploads a picture, encrypted where the room is; gives the key of the content under which its place stands, and the place.
    async fn upload(&self, room: &Room, attachment: &Attachment) -> Result<(&'static str, Value), Failure> {
        let is_encrypted = room.latest_encryption_state().await.map_err(Failure::from)?.is_encrypted();
        if is_encrypted {
            let mut bytes = attachment.bytes.as_slice();
            let file = self.client.upload_encrypted_file(&mut bytes).await.map_err(Failure::from)?;
            let file = serde_json::to_value(&file).map_err(|error| Failure::Unclear { reason: error.to_string() })?;
            return Ok(("file", file));
        }
        let kind = attachment.media_type.parse().map_err(|_| Failure::Unclear { reason: "an unknown kind of picture".to_owned() })?;
        let uploaded = self.client.media().upload(&kind, attachment.bytes.clone(), None).await.map_err(Failure::from)?;
        Ok(("url", json!(uploaded.content_uri)))
    }
}

/// Gives a room as the rest of the bot names it.
pub(super) fn channel_id(room: &str) -> ChannelId {
    ChannelId { platform: MATRIX.to_owned(), room: room.to_owned() }
}

/// Gives an event as JSON.
pub(super) fn json_of(event: &TimelineEvent) -> Option<Value> {
    serde_json::from_str(event.raw().json().get()).ok()
}

/// Gives what to ask for a page of an answer; none when there is no such page.
pub(super) fn page_query(question: &Question, page: u32) -> Option<String> {
    let query = question.query.as_ref().filter(|_| (1..=question.pages).contains(&page))?;
    Some(if page > 1 { format!("{query} page {page}") } else { query.clone() })
}

/// Makes the note of a question.
pub(super) fn question(room: &Room, said: &Said, (event, reply): (&str, &Reply)) -> Question {
    Question {
        event: event.to_owned(),
        room: room.room_id().to_string(),
        asker: said.sender.clone(),
        thread: said.thread.clone(),
        text: content::fingerprint(&[&said.text]),
        query: reply.paging.as_ref().map(|paging| paging.query.clone()),
        page: reply.paging.as_ref().map_or(1, |paging| paging.page),
        pages: reply.paging.as_ref().map_or(1, |paging| paging.pages),
        answers: Vec::new(),
        pictures: Vec::new(),
        has_changed: reply.has_changed,
    }
}
