//! The loop that hears what is new: asks the server, notes what is taken up together with the place in its stream, and lets tasks of their
//! own answer, so that a slow answer holds up nothing.
//!
//! The library's own loop is not used: it stores its place before anything was done, waits a second between two questions, and shows only
//! a part of what was written during a pause.

use super::compare::Wanted;
use super::desk::{Desk, json_of};
use super::failure::Failure;
use super::gap::Gap;
use super::heard::is_own_join;
use super::keys;
use super::ledger::{Progress, RoomNote, Taken};
use super::rooms::Why;
use super::session;
use crate::chat::FaceError;
use matrix_sdk::Room;
use matrix_sdk::config::{SyncSettings, SyncToken};
use matrix_sdk::ruma::api::client::filter::{Filter, FilterDefinition, LazyLoadOptions, RoomEventFilter, RoomFilter};
use matrix_sdk::ruma::api::client::sync::sync_events;
use matrix_sdk::sync::{State, SyncResponse};
use serde_json::Value;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use tokio::time::timeout_at;

/// Events of a room that come at once; with more, the rest is fetched.
const TIMELINE_EVENTS: u32 = 30;
/// Pause between two tries to note what was taken up.
const NOTE_PAUSE: Duration = Duration::from_secs(1);
/// Time in which gaps in the news are closed before anything else; what takes longer is done beside the rest.
const GAPS_PATIENCE: Duration = Duration::from_secs(3);
/// Answers that are under way at the same time; the loop waits while there are more.
const TASKS_MAX: usize = 1_000;

/// What is said when the library cannot write.
const UNKEPT: &str = "what is kept of Matrix in the state directory cannot be read or written; is there room, and may the bot write there?";

/// Whether events reach the bot.
#[derive(Debug, Default)]
pub(super) struct Vitals {
    heard: Mutex<Option<Instant>>,
}

impl Vitals {
    fn beat(&self) {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Tells whether the server answered of late; `patience` is how long it may hold a question.
    pub(super) fn is_well(&self, patience: Duration) -> bool {
        let heard = *self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.is_some_and(|heard| heard.elapsed() <= patience + Duration::from_secs(60))
    }
}

/// Hears.
pub(super) struct Listener {
    pub(super) desk: Arc<Desk>,
    pub(super) vitals: Arc<Vitals>,
    pub(super) progress: Progress,
    /// The account was never used before: what stands in its rooms is not answered.
    pub(super) is_first: bool,
    pub(super) tasks: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

impl Listener {
    /// Hears until the session ends; dropped, it may be begun again at the place that was noted.
    pub(super) async fn run(mut self) -> FaceError {
        let mut wait = self.desk.options.pace.reconnect_first;
        let mut is_settled = false;
        loop {
            let timeout = if is_settled { self.desk.options.pace.poll } else { Duration::ZERO };
            let token = self.progress.token.clone().map_or(SyncToken::NoToken, SyncToken::Specific);
            let settings = SyncSettings::new().token(token).timeout(timeout).filter(filter());
            match self.desk.client.sync_once(settings).await {
                Ok(response) => {
                    self.vitals.beat();
                    if !is_settled {
                        // before that the server may be away, and the rooms are not known
                        self.resume().await;
                    }
                    self.take(response).await;
                    wait = self.desk.options.pace.reconnect_first;
                    if !is_settled {
                        is_settled = true;
                        let desk = self.desk.clone();
                        self.spawn(async move { settle_keys(&desk).await }).await;
                    }
                }
                Err(error) => {
                    let failure = Failure::from(error);
                    if failure.is_ended_session() {
                        return session::ended();
                    }
                    if self.is_lost_place(&failure) {
                        tracing::warn!(%failure, "the server does not know the place in its news any more; all rooms are looked at anew");
                        self.progress.token = None;
                    }
                    match &failure {
                        Failure::Unkept { .. } => tracing::error!(%failure, "{UNKEPT}"),
                        _ => tracing::warn!(%failure, "Matrix cannot be reached"),
                    }
                    tokio::time::sleep(failure.asked_wait().unwrap_or(wait + wait.mul_f64(fastrand::f64() / 4.0))).await;
                    wait = (wait * 2).min(self.desk.options.pace.reconnect_longest);
                }
            }
        }
    }

    fn is_lost_place(&self, failure: &Failure) -> bool {
        self.progress.token.is_some() && matches!(failure, Failure::Refused { status: 400 | 404, .. })
    }

    async fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().await;
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "an answer broke off; it is given at the next start, if it is young enough then");
            }
        }
        if tasks.len() >= TASKS_MAX {
            tasks.join_next().await;
        }
        tasks.spawn(work);
    }

    /// Takes up what an earlier run left open: questions, and gaps in the news of rooms.
    async fn resume(&self) {
        let now = (self.desk.options.clock)();
        let since = now.checked_sub(super::desk::AGE_MAX).unwrap_or(now);
        for taken in self.desk.remember(move |ledger| ledger.open(since)).await.unwrap_or_default() {
            let desk = self.desk.clone();
            self.spawn(async move { desk.take_up(taken, None).await }).await;
        }
        for (room, noted) in self.desk.remember(|ledger| ledger.rooms_noted(RoomNote::Gap)).await.unwrap_or_default() {
            if let (Some(room), Some(gap)) = (self.desk.room(&room), Gap::read(&noted)) {
                self.close_later(room, gap).await;
            }
        }
    }

    async fn close_later(&self, room: Room, gap: Gap) {
        let desk = self.desk.clone();
        self.spawn(async move { desk.close_gap(&room, &gap).await }).await;
    }

    /// Takes up what an answer of the server holds, and notes the place that follows it in the same step.
    async fn take(&mut self, response: SyncResponse) {
        let mut taken = Vec::new();
        let mut events = Vec::new();
        let own = self.desk.own.user.clone();
        let from_devices = response.to_device.iter().filter_map(|event| serde_json::from_str::<Value>(event.as_raw().json().get()).ok());
        let mut wanted: Vec<Wanted> = from_devices.filter_map(|event| Wanted::by_device(&event, &own)).collect();
        let mut gaps = Vec::new();
        let patience = tokio::time::Instant::now() + GAPS_PATIENCE;
        for (id, update) in &response.rooms.joined {
            let Some(room) = self.desk.client.get_room(id) else { continue };
            if self.is_first {
                let id = id.to_string();
                self.desk.remember(move |ledger| ledger.note_room(&id, RoomNote::Welcomed, "before")).await;
                continue;
            }
            let (mut unseen, gap) = self.desk.unseen(&update.timeline, self.progress.token.as_deref());
            if let Some(gap) = gap {
                match timeout_at(patience, self.desk.left_out(&room, &gap)).await {
                    Ok(Ok(older)) => drop(unseen.splice(0..0, older)),
                    Ok(Err(_)) | Err(_) => gaps.push((room.clone(), self.desk.note_gap(&room, gap).await)),
                }
            }
            for event in unseen {
                wanted.extend(json_of(&event).and_then(|event| Wanted::in_room(&event, (id.as_str(), &own))));
                if let Some(found) = self.desk.asks(&room, &event, self.progress.token.is_none()).await {
                    taken.push(found);
                    events.push(event);
                }
            }
        }
        let new = self.note(&response.next_batch, &taken).await;
        for (taken, event) in taken.into_iter().zip(events) {
            if new.contains(&taken) {
                let desk = self.desk.clone();
                self.spawn(async move { desk.take_up(taken, Some(event)).await }).await;
            }
        }
        for (room, gap) in gaps {
            self.close_later(room, gap).await;
        }
        for wanted in wanted {
            let desk = self.desk.clone();
            self.spawn(async move { desk.compare(wanted).await }).await;
        }
        let is_whole = self.progress.token.is_none();
        self.progress.token = Some(response.next_batch.clone());
        self.is_first = false;
        self.look_at_rooms(&response, is_whole).await;
    }

    /// Notes what is taken up and the place that follows, again and again while that fails: going on without it would lose or repeat;
    /// gives what is new.
    async fn note(&self, next: &str, taken: &[Taken]) -> Vec<Taken> {
        let progress = Progress { token: Some(next.to_owned()), ..self.progress.clone() };
        loop {
            let (account, now) = (self.desk.own.user.clone(), (self.desk.options.clock)());
            let (progress, taken) = (progress.clone(), taken.to_vec());
            if let Some(new) = self.desk.remember(move |ledger| ledger.advance(&account, &progress, (&taken, now))).await {
                return new;
            }
            tokio::time::sleep(NOTE_PAUSE).await;
        }
    }

    /// Looks at what changed in rooms themselves: invitations, comings and goings, rooms that were closed or replaced.
    async fn look_at_rooms(&self, response: &SyncResponse, is_whole: bool) {
        for (id, update) in &response.rooms.joined {
            let state = match &update.state {
                State::Before(events) | State::After(events) => events,
            };
            let in_state = state.iter().filter_map(|event| serde_json::from_str::<Value>(event.json().get()).ok());
            let changes: Vec<Value> = in_state.chain(update.timeline.events.iter().filter_map(json_of)).collect();
            let has = |kind: &str| changes.iter().any(|event| event["type"] == kind);
            if has("m.room.power_levels") || changes.iter().any(|event| is_own_join(event, &self.desk.own.user)) {
                self.desk.may_be_heard(id.as_str()).await;
            }
            if is_whole || has("m.room.power_levels") || has("m.room.member") || has("m.room.tombstone") || has("m.room.create") {
                let (desk, id) = (self.desk.clone(), id.to_string());
                let has_left =
                    |event: &Value| matches!(event.pointer("/content/membership").and_then(Value::as_str), Some("leave" | "ban"));
                let why = if changes.iter().any(has_left) { Why::Departure } else { Why::Changed };
                self.spawn(async move { desk.look_at_room(&id, why).await }).await;
            }
        }
        for id in response.rooms.invited.keys() {
            let (desk, id) = (self.desk.clone(), id.to_string());
            self.spawn(async move { desk.invited(&id).await }).await;
        }
        for id in response.rooms.left.keys() {
            let (desk, id) = (self.desk.clone(), id.to_string());
            self.spawn(async move { desk.left(&id).await }).await;
        }
    }
}

async fn settle_keys(desk: &Desk) {
    let standing = keys::settle(&desk.client, &desk.options.dir, keys::MissingKey::Left).await;
    for remark in &standing.remarks {
        tracing::warn!("{remark}");
    }
    tracing::info!(device = standing.device, signed = standing.is_signed, "Matrix is connected");
    for room in desk.client.joined_rooms() {
        desk.look_at_room(room.room_id().as_str(), Why::Start).await;
    }
    for room in desk.client.invited_rooms() {
        desk.invited(room.room_id().as_str()).await;
    }
}

/// Leaves out what the bot does not need: who types, who is there, and members of large rooms until they are needed.
fn filter() -> sync_events::v3::Filter {
    let mut timeline = RoomEventFilter::empty();
    timeline.limit = Some(TIMELINE_EVENTS.into());
    timeline.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    let mut state = RoomEventFilter::empty();
    state.lazy_load_options = LazyLoadOptions::Enabled { include_redundant_members: false };
    let mut room = RoomFilter::empty();
    room.timeline = timeline;
    room.state = state;
    room.ephemeral = RoomEventFilter::ignore_all();
    let mut definition = FilterDefinition::empty();
    definition.presence = Filter::ignore_all();
    definition.room = room;
    sync_events::v3::Filter::FilterDefinition(definition)
}
