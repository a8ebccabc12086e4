//! From a text to the outbox: which statements are alerted and which are only stored.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::feeds::identity;
use stancebot::model::{ChannelId, NewArticle, OutletId, TextOrigin, WatchSubject};
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::rules::{DataFile, Ruleset, builtin_files};
use stancebot::store::{Batch, BatchKind, Knowledge, Store, WatchSpec};
use std::sync::{Arc, LazyLock};

/// The first of them is read for sure, the last one not.
const TEXT: &str = "“The bridge will open in spring,” Ruben Kell said.\n\
                    Ruben Kell said that the ferry would sail again.\n\
                    Ruben Kell mentioned repairs of the old pier in the harbour.\n";

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

/// Reads the text into a new store with a watch on its speaker, and gives the confidence of what is stored and of what is alerted.
fn confidences(confidence_min: u8) -> (Vec<u8>, Vec<u8>) {
    let now: Timestamp = "2025-12-04T12:00:00Z".parse().unwrap();
    let store = Store::open_in_memory().unwrap();
    let ruleset = RULESET.clone();
    store
        .sync_knowledge(
            &Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() },
            Timestamp::UNIX_EPOCH,
        )
        .unwrap();
    let channel = ChannelId { platform: "terminal".to_owned(), room: "terminal".to_owned() };
    let made_by = "config".to_owned();
    store.add_watch(&WatchSpec { channel, subject: WatchSubject::Actor("kell".into()), on: None, own: false, made_by }, now).unwrap();
    let fetcher = Fetcher::new(FetchPolicy { user_agent: "stancebot-test".to_owned(), ..FetchPolicy::default() }).unwrap();
    let settings = PipelineSettings { confidence_min, per_poll_max: 50 };
    let pipeline = Pipeline::new(store.clone(), ruleset, Arc::new(fetcher), settings);
    let article = NewArticle {
        feed: None,
        outlet: OutletId::new(RULESET.outlets().first().unwrap().id.as_str()),
        url: "https://example.org/bridge".to_owned(),
        title: "Bridge".to_owned(),
        text: TEXT.to_owned(),
        text_origin: TextOrigin::Feed,
        published: Some(now),
        updated: None,
        first_seen: now,
        sha256: identity::sha256_hex(TEXT.as_bytes()),
    };
    let batch = Batch { id: "1-1", kind: BatchKind::Regular, alerts_max: 50 };
    let ingested = pipeline.ingest(&Arrival { article: &article, entry: None, batch, now }).unwrap();
    let confidence = |id| store.statement(id).unwrap().unwrap().statement.confidence;
    let alerted = ingested.outbox.iter().flat_map(|row| store.outbox_row(*row).unwrap().unwrap().statements);
    (ingested.fresh.iter().map(|id| confidence(*id)).collect(), alerted.map(confidence).collect())
}

#[test]
fn a_statement_below_the_floor_is_stored_and_not_alerted() {
    let (stored, alerted) = confidences(0);
    assert_eq!((stored.len(), &stored), (3, &alerted), "without a floor all are alerted");
    let (least, most) = (*stored.iter().min().unwrap(), *stored.iter().max().unwrap());
    assert!(least < most, "{stored:?} tell nothing");
    for floor in [least, least + 1, most, most + 1] {
        let (still_stored, alerted) = confidences(floor);
        let wanted: Vec<u8> = stored.iter().copied().filter(|confidence| *confidence >= floor).collect();
        assert_eq!((still_stored, alerted), (stored.clone(), wanted), "floor {floor}");
    }
}
