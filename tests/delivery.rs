//! The way from the outbox to chat, on a real store, with a platform that fails on demand; time is a number that the test sets.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use stancebot::alerts::deliver::Round;
use stancebot::alerts::{Courier, CourierSettings};
use stancebot::chat::{Answerer, FaceError, Platform, SendError, Sent};
use stancebot::model::*;
use stancebot::reply::Reply;
use stancebot::store::{Batch, BatchKind, Corrected, Ingest, NewAlert, NewChange, OutboxState, Standing, Store, WatchAdded, WatchSpec};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// A platform that posts into a list, after failing in the ways that it was told.
#[derive(Default)]
struct Board {
    faults: Mutex<VecDeque<SendError>>,
    posted: Mutex<Vec<(String, OutboxId)>>,
    /// What was posted as perhaps posted before.
    uncertain: Mutex<Vec<OutboxId>>,
    /// Failures of telling somebody, and whom it told under which key.
    deaf: Mutex<VecDeque<SendError>>,
    told: Mutex<Vec<(String, String)>>,
}

#[async_trait]
impl Platform for Board {
    fn name(&self) -> &'static str {
        "board"
    }

    async fn run(&self, _: Arc<dyn Answerer>, _: watch::Receiver<bool>) -> Result<(), FaceError> {
        Ok(())
    }

    async fn post(&self, channel: &ChannelId, id: OutboxId, _: &Reply) -> Result<Sent, SendError> {
        // Channels are served side by side, so faults are those of one room: the first that is named in every test.
        let fault = if channel.room == "a" { self.faults.lock().unwrap().pop_front() } else { None };
        match fault {
            Some(fault) => Err(fault),
            None => {
                self.posted.lock().unwrap().push((channel.room.clone(), id));
                Ok(Sent::default())
            }
        }
    }

    async fn tell(&self, user: &str, key: &str, _: &Reply) -> Result<(), SendError> {
        if let Some(fault) = self.deaf.lock().unwrap().pop_front() {
            return Err(fault);
        }
        self.told.lock().unwrap().push((user.to_owned(), key.to_owned()));
        Ok(())
    }

    async fn post_uncertain(&self, channel: &ChannelId, (id, _): (OutboxId, Timestamp), reply: &Reply) -> Result<Sent, SendError> {
        self.uncertain.lock().unwrap().push(id);
        self.post(channel, id, reply).await
    }
}

fn now() -> Timestamp {
    "2025-12-04T12:00:00Z".parse().unwrap()
}

fn after_a_restart() -> Timestamp {
    now() + SignedDuration::from_secs(1)
}

/// Time enough for the next try.
fn minutes_later() -> Timestamp {
    now() + SignedDuration::from_mins(10)
}

/// Time enough for a channel that was closed to be tried again.
fn an_hour_later() -> Timestamp {
    now() + SignedDuration::from_hours(1)
}

fn much_later() -> Timestamp {
    now() + SignedDuration::from_hours(72)
}

fn channel(room: &str) -> ChannelId {
    ChannelId { platform: "board".to_owned(), room: room.to_owned() }
}

/// A store with notices for the rooms, and a courier to a board with these faults.
fn settings() -> CourierSettings {
    CourierSettings { prefix: "!".to_owned(), retry_hours_max: 48 }
}

fn prepared(rooms: &[&str], faults: Vec<SendError>, clock: fn() -> Timestamp) -> (Store, Arc<Board>, Courier, Vec<OutboxId>) {
    let store = Store::open_in_memory().unwrap();
    let ids = rooms.iter().map(|room| store.push_notice(&channel(room), "words", now()).unwrap()).collect();
    let board = Arc::new(Board { faults: Mutex::new(faults.into()), ..Board::default() });
    let courier = Courier::new(store.clone(), vec![board.clone()], settings(), clock);
    (store, board, courier, ids)
}

async fn drain(courier: &Courier) -> Round {
    courier.drain(&watch::channel(false).1).await.unwrap()
}

fn retry(after: Option<Duration>) -> SendError {
    SendError::Retry { reason: "the platform is busy".to_owned(), after }
}

fn posted(board: &Board) -> Vec<(String, OutboxId)> {
    board.posted.lock().unwrap().clone()
}

#[tokio::test]
async fn everything_due_is_posted_once_in_order() {
    let (_, board, courier, ids) = prepared(&["a", "a", "b", "a"], Vec::new(), now);
    assert_eq!(drain(&courier).await, Round { sent: 4, ..Round::default() });
    assert_eq!(drain(&courier).await, Round::default());
    let in_a: Vec<OutboxId> = posted(&board).into_iter().filter(|(room, _)| room == "a").map(|(_, id)| id).collect();
    assert_eq!(in_a, [ids[0], ids[1], ids[3]]);
}

/// Of what an earlier process left only the first row of each channel can have been posted; the others cost no look at the channel.
#[tokio::test]
async fn after_a_restart_the_first_of_each_channel_is_uncertain() {
    let (store, board, courier, ids) = prepared(&["a", "a", "b", "a"], vec![retry(None)], after_a_restart);
    assert_eq!(drain(&courier).await, Round { sent: 1, waiting: 1, ..Round::default() });
    let (new, later) = (store.push_notice(&channel("c"), "words", minutes_later()).unwrap(), minutes_later);
    let courier = Courier::new(store, vec![board.clone()], settings(), later);
    assert_eq!(drain(&courier).await, Round { sent: 4, ..Round::default() });
    let mut uncertain = board.uncertain.lock().unwrap().clone();
    uncertain.sort();
    assert_eq!(uncertain, [ids[0], ids[0], ids[2]], "tried twice, never tried, and nothing of {:?} and {new:?}", [ids[1], ids[3]]);
}

#[tokio::test]
async fn a_channel_that_fails_keeps_its_order_and_holds_up_no_other() {
    let (store, board, courier, ids) = prepared(&["a", "a", "b"], vec![retry(None)], now);
    assert_eq!(drain(&courier).await, Round { sent: 1, waiting: 1, ..Round::default() });
    assert_eq!(posted(&board), [("b".to_owned(), ids[2])]);
    let row = store.outbox_row(ids[0]).unwrap().unwrap();
    assert_eq!((row.state, row.attempts), (OutboxState::Pending, 1));
    assert!(row.next_try > now() && row.next_try < now() + SignedDuration::from_mins(1), "{}", row.next_try);
}

#[tokio::test]
async fn a_wish_of_the_platform_is_obeyed() {
    let (store, _, courier, ids) = prepared(&["a"], vec![retry(Some(Duration::from_secs(7_200)))], now);
    drain(&courier).await;
    assert!(store.outbox_row(ids[0]).unwrap().unwrap().next_try >= now() + SignedDuration::from_hours(2));
}

#[tokio::test]
async fn what_is_refused_is_given_up_and_the_next_goes_out() {
    let refused = SendError::Refused { reason: "the room is gone".to_owned() };
    let (store, board, courier, ids) = prepared(&["a", "a"], vec![refused], now);
    assert_eq!(drain(&courier).await, Round { sent: 1, given_up: 1, ..Round::default() });
    assert_eq!(posted(&board), [("a".to_owned(), ids[1])]);
    let row = store.outbox_row(ids[0]).unwrap().unwrap();
    assert_eq!((row.state, row.last_error.as_deref()), (OutboxState::Dead, Some("the room is gone")));
}

#[tokio::test]
async fn an_alert_that_never_goes_through_is_given_up_after_the_bound() {
    let (store, _, courier, ids) = prepared(&["a"], vec![retry(None)], much_later);
    assert_eq!(drain(&courier).await, Round { given_up: 1, ..Round::default() });
    assert_eq!(store.outbox_row(ids[0]).unwrap().unwrap().state, OutboxState::Dead);
}

#[tokio::test]
async fn a_platform_that_is_not_connected_is_waited_for() {
    let (store, _, _, ids) = prepared(&["a"], Vec::new(), now);
    let settings = CourierSettings { prefix: "!".to_owned(), retry_hours_max: 48 };
    let courier = Courier::new(store.clone(), Vec::new(), settings, now);
    assert_eq!(drain(&courier).await, Round { waiting: 1, ..Round::default() });
    assert_eq!(store.outbox_row(ids[0]).unwrap().unwrap().state, OutboxState::Pending);
}

/// A statement of one speaker in an article of its own.
fn said(speaker: &str, text: &str) -> (NewArticle, Extraction) {
    let whole = Span::new(0, text.len());
    let attribution =
        Attribution { source: None, cue: None, content: vec![whole], quote: QuoteKind::Direct, parent: None, rule: "shape/test".into() };
    let statement = Statement {
        form: Form::Words,
        attribution,
        speaker: Speaker::Actor(speaker.into()),
        context: whole,
        reported_by: Vec::new(),
        distance: Distance::Neutral,
        act: Act::Comment,
        modality: Modality::Asserted,
        said_on: None,
        addressee: None,
        venue: None,
        stances: Vec::new(),
        confidence: 90,
        firings: Vec::new(),
        rejected: Vec::new(),
    };
    let article = NewArticle {
        feed: None,
        outlet: "pier-post".into(),
        url: String::new(),
        title: String::new(),
        text: text.to_owned(),
        text_origin: TextOrigin::Feed,
        published: Some(now()),
        updated: None,
        first_seen: now(),
        sha256: "0".repeat(64),
    };
    (article, Extraction { statements: vec![statement], ..Extraction::default() })
}

/// Follows an actor on the board, and alerts a statement of theirs.
fn alerted(store: &Store, speaker: &str, text: &str) -> (StatementId, OutboxId) {
    let subject = WatchSubject::Actor(speaker.into());
    let spec = WatchSpec { channel: channel("a"), subject, on: None, scope: WatchScope::All, made_by: "somebody".to_owned() };
    let watch = match store.add_watch(&spec, now()).unwrap() {
        WatchAdded::Added(id) | WatchAdded::Already(id) => id,
        WatchAdded::LimitReached(_) => panic!("too many"),
    };
    let (article, extraction) = said(speaker, text);
    let batch = Batch { id: text, kind: BatchKind::Regular, alerts_max: 5 };
    let ruleset_hash = "0123456789abcdef";
    let ingest = Ingest { article: &article, entry: None, extraction: &extraction, ruleset_hash, same_as: &[], now: now(), batch };
    let alert = |id: StatementId| NewAlert { watch, channel: channel("a"), statements: vec![id] };
    let written = store.ingest(&ingest, &|_, fresh| fresh.iter().map(|stored| alert(stored.id)).collect()).unwrap();
    (written.statements[0], written.outbox[0])
}

fn correct(store: &Store, id: StatementId, correction: Correction) {
    let author = Author { channel: channel("a"), user: "somebody".to_owned(), name: String::new() };
    let what = Change::Corrections(vec![correction]);
    let new = NewChange { author, standing: Standing::Moderator, what, reason: String::new(), now: now() };
    assert!(matches!(store.correct(id, &new).unwrap(), Corrected::Applied(_)));
}

#[tokio::test]
async fn an_alert_whose_statement_turns_out_to_be_somebody_elses_is_not_posted() {
    let (store, board, courier, _) = prepared(&[], Vec::new(), now);
    let (first, withdrawn) = alerted(&store, "ada", "The pier must stay open for all of us.");
    let (second, posted_one) = alerted(&store, "ada", "The ferry will not run in the winter months.");
    alerted(&store, "bo", "A tower is what the harbour needs now.");
    correct(&store, first, Correction::Speaker(Some("bo".into())));
    // another correction leaves the watch answered
    let stance = Correction::Stance { holder: "ada".into(), target: Target::Actor("bo".into()), stance: Some(Stance::Oppose) };
    correct(&store, second, stance);
    assert_eq!(drain(&courier).await, Round { sent: 2, withdrawn: 1, ..Round::default() });
    assert_eq!(store.outbox_row(withdrawn).unwrap().unwrap().state, OutboxState::Withdrawn);
    assert!(posted(&board).iter().any(|(_, id)| *id == posted_one));
    assert_eq!(drain(&courier).await, Round::default());
}

#[tokio::test]
async fn who_follows_something_in_a_closed_channel_is_told_once_each_time_it_closes_also_when_that_fails_at_first() {
    let closed = || SendError::Closed { reason: "gone".to_owned() };
    let (store, board, courier, _) = prepared(&[], vec![closed()], now);
    let later = || SendError::Retry { reason: "busy".to_owned(), after: None };
    board.deaf.lock().unwrap().extend([later(), later()]);
    alerted(&store, "ada", "The pier must stay open for all of us.");
    drain(&courier).await;
    let told = || board.told.lock().unwrap().clone();
    assert!(told().is_empty());
    for counts in [0, 1, 1] {
        courier.tell_untold().await.unwrap();
        assert_eq!(told().len(), counts);
    }
    // open again, and closed again with other words to tell of it
    let returned = Courier::new(store.clone(), vec![board.clone()], settings(), an_hour_later);
    drain(&returned).await;
    assert_eq!((posted(&board).len(), store.paused(&channel("a")).unwrap()), (1, None));
    board.faults.lock().unwrap().push_back(closed());
    alerted(&store, "ada", "The ferry will not run in the winter months.");
    drain(&returned).await;
    let told = told();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(user, _)| user == "somebody") && told[0].1 != told[1].1, "{told:?}");
}

#[tokio::test]
async fn who_could_not_be_told_need_not_be_when_the_channel_is_open_again_or_the_alerts_are_given_up() {
    for opens in [true, false] {
        let (store, board, courier, _) = prepared(&[], vec![SendError::Closed { reason: "gone".to_owned() }], now);
        board.deaf.lock().unwrap().push_back(SendError::Retry { reason: "busy".to_owned(), after: None });
        alerted(&store, "ada", "The pier must stay open for all of us.");
        drain(&courier).await;
        let next = Courier::new(store.clone(), vec![board.clone()], settings(), if opens { an_hour_later } else { much_later });
        if opens {
            drain(&next).await;
        }
        next.tell_untold().await.unwrap();
        assert!(board.told.lock().unwrap().is_empty() && store.untold().unwrap().is_empty(), "opens: {opens}");
    }
}
