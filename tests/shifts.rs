//! From texts to alerts of shifts: `alerts/shifts.toml` says which articles are read and what is told.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use stancebot::alerts::{Courier, CourierSettings};
use stancebot::chat::{Answerer, FaceError, Platform, SendError, Sent};
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::feeds::identity;
use stancebot::model::{ChannelId, NewArticle, OutboxId, OutletId, Target, TextOrigin, WatchScope, WatchSubject};
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::reply::Reply;
use stancebot::reply::plain::{Layout, render};
use stancebot::rules::{DataFile, Ruleset, builtin_files};
use stancebot::store::{Batch, BatchKind, Ingested, Knowledge, OutboxKind, Store, WatchSpec};
use std::sync::{Arc, LazyLock, Mutex};
use tokio::sync::watch;

static RULESET: LazyLock<Arc<Ruleset>> = LazyLock::new(|| {
    let mut files = builtin_files();
    for (path, text) in [
        ("actors/world.toml", include_str!("judge/world/actors/world.toml")),
        ("topics/world.toml", include_str!("judge/world/topics/world.toml")),
    ] {
        files.push(DataFile { path: path.to_owned(), shown_as: format!("tests/judge/world/{path}"), text: text.to_owned() });
    }
    Arc::new(Ruleset::build(&files).unwrap())
});

/// A new store that knows the world, and a pipeline into it.
fn pipeline(confidence_min: u8) -> (Store, Pipeline) {
    let store = Store::open_in_memory().unwrap();
    let ruleset = RULESET.clone();
    store
        .sync_knowledge(
            &Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() },
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
    let fetcher = Fetcher::new(FetchPolicy { user_agent: "stancebot-test".to_owned(), ..FetchPolicy::default() }).unwrap();
    let settings = PipelineSettings { confidence_min, per_poll_max: 50 };
    (store.clone(), Pipeline::new(store, ruleset, Arc::new(fetcher), settings))
}

fn channel() -> ChannelId {
    ChannelId { platform: "board".to_owned(), room: "room".to_owned() }
}

fn follow(store: &Store, subject: WatchSubject, scope: WatchScope, on: Option<Target>) {
    let made_by = "config".to_owned();
    store.add_watch(&WatchSpec { channel: channel(), subject, on, scope, made_by }, Timestamp::UNIX_EPOCH).unwrap();
}

/// Reads a text of a day, as the nth of its kind.
fn read(pipeline: &Pipeline, text: &str, (now, outlet): (Timestamp, usize), kind: BatchKind) -> Ingested {
    let article = NewArticle {
        feed: None,
        outlet: OutletId::new(RULESET.outlets()[outlet].id.as_str()),
        url: format!("https://example.org/{now}"),
        title: "Bridge".to_owned(),
        text: text.to_owned(),
        text_origin: TextOrigin::Feed,
        published: Some(now),
        updated: None,
        first_seen: now,
        sha256: identity::sha256_hex(text.as_bytes()),
    };
    let id = format!("1-{now}");
    let batch = Batch { id: &id, kind, alerts_max: 50 };
    pipeline.ingest(&Arrival { article: &article, entry: None, batch, now }).unwrap()
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    follow: String,
    on: Option<String>,
    #[serde(default)]
    beside: bool,
    article: Vec<ArticleOfCase>,
    told: Vec<String>,
    #[serde(default)]
    plain: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArticleOfCase {
    day: Date,
    text: String,
    #[serde(default)]
    outlet: usize,
    batch: Option<String>,
}

fn noon(day: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(day.at(12, 0, 0, 0)).unwrap()
}

fn subject(id: &str) -> WatchSubject {
    match RULESET.topics().iter().any(|topic| topic.id.as_str() == id) {
        true => WatchSubject::Topic(id.into()),
        false => WatchSubject::Actor(id.into()),
    }
}

#[test]
fn shifts_are_alerted_as_in_the_cases() {
    let cases: Cases = toml::from_str(include_str!("alerts/shifts.toml")).unwrap();
    for case in cases.case {
        let (store, pipeline) = pipeline(0);
        if case.beside {
            follow(&store, subject(&case.follow), WatchScope::All, None);
        }
        follow(&store, subject(&case.follow), WatchScope::Shifts, case.on.as_deref().map(|on| Target::Topic(on.into())));
        let (mut told, mut plain) = (Vec::new(), 0);
        for article in &case.article {
            let kind = match article.batch.as_deref() {
                None => BatchKind::Regular,
                Some("baseline") => BatchKind::Baseline,
                Some("silent") => BatchKind::Silent,
                Some(other) => panic!("{}: no batch is {other}", case.name),
            };
            let ingested = read(&pipeline, &article.text, (noon(article.day), article.outlet), kind);
            assert!(ingested.new > 0, "{}: nothing was read from {:?}", case.name, article.text);
            for row in ingested.outbox.iter().map(|row| store.outbox_row(*row).unwrap().unwrap()) {
                match (row.kind, row.shift) {
                    (OutboxKind::Shift, Some(shift)) => {
                        told.push(format!("{} {} {} → {}", shift.holder, shift.target.id(), shift.before.0, shift.after.0));
                        assert_eq!(row.statements, [shift.after.1], "{}", case.name);
                    }
                    (OutboxKind::Alert, None) => plain += 1,
                    other => panic!("{}: {other:?}", case.name),
                }
            }
        }
        assert_eq!((told, plain), (case.told, case.plain), "{}", case.name);
    }
}

/// A platform that keeps what it is given as text.
#[derive(Default)]
struct Board(Mutex<Vec<String>>);

#[async_trait]
impl Platform for Board {
    fn name(&self) -> &'static str {
        "board"
    }

    async fn run(&self, _: Arc<dyn Answerer>, _: watch::Receiver<bool>) -> Result<(), FaceError> {
        Ok(())
    }

    async fn post(&self, _: &ChannelId, _: OutboxId, reply: &Reply) -> Result<Sent, SendError> {
        self.0.lock().unwrap().push(render(reply, Layout::default()));
        Ok(Sent::default())
    }
}

#[tokio::test]
async fn an_alert_of_a_shift_shows_both_statements() {
    let (store, pipeline) = pipeline(0);
    follow(&store, subject("olander"), WatchScope::Shifts, None);
    for (day, text) in [
        ("2025-11-01", "“I will not sign the strait treaty,” Mira Olander said."),
        ("2025-12-01", "Mira Olander said that she would accept the strait treaty if ships could pass."),
    ] {
        read(&pipeline, text, (noon(day.parse().unwrap()), 0), BatchKind::Regular);
    }
    let board = Arc::new(Board::default());
    let settings = CourierSettings { prefix: "!".to_owned(), retry_hours_max: 48 };
    let courier = Courier::new(store, vec![board.clone()], settings, || noon("2025-12-01".parse().unwrap()));
    let sent = courier.drain(&watch::channel(false).1).await.unwrap().sent;
    let posted = board.0.lock().unwrap().join("\n");
    assert_eq!(sent, 1, "{posted}");
    let lines: Vec<&str> = posted.lines().collect();
    assert_eq!(lines[0], "Mira Olander moved on strait treaty: oppose → conditional");
    assert!(lines[1].starts_with("- before: oppose — [1] Mira Olander, president: “I will not sign the strait treaty,” — "), "{posted}");
    assert!(lines[1].ends_with(", 1 Nov 2025"), "{posted}");
    assert!(
        lines[2].starts_with("- now: conditional — [2] Mira Olander, president, said that she would accept the strait treaty"),
        "{posted}"
    );
    assert!(lines[2].ends_with(", 1 Dec 2025"), "{posted}");
    assert_eq!(lines[3], "!why 2 · !why 1");
}
