//! From a text to the outbox: which statements are alerted and which are only stored.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::feeds::identity;
use stancebot::model::{ChannelId, Form, NewArticle, OutletId, StatementId, TextOrigin, WatchScope, WatchSubject};
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::rules::{DataFile, Ruleset, builtin_files};
use stancebot::store::{Batch, BatchKind, Holding, Ingested, Knowledge, StatementFilter, Store, WatchSpec};
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

/// A store with a watch on Ruben Kell, and the trip into it.
struct Place {
    store: Store,
    pipeline: Pipeline,
}

impl Place {
    fn new(confidence_min: u8) -> Self {
        let store = Store::open_in_memory().unwrap();
        let ruleset = RULESET.clone();
        let knowledge = Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() };
        store.sync_knowledge(&knowledge, Timestamp::UNIX_EPOCH).unwrap();
        let channel = ChannelId { platform: "terminal".to_owned(), room: "terminal".to_owned() };
        let subject = WatchSubject::Actor("kell".into());
        store.add_watch(&WatchSpec { channel, subject, on: None, scope: WatchScope::All, made_by: "config".to_owned() }, now()).unwrap();
        let fetcher = Fetcher::new(FetchPolicy { user_agent: "stancebot-test".to_owned(), ..FetchPolicy::default() }).unwrap();
        let settings = PipelineSettings { confidence_min, per_poll_max: 50 };
        Self { pipeline: Pipeline::new(store.clone(), ruleset, Arc::new(fetcher), settings), store }
    }

    /// Reads an article of the outlet with that number.
    fn read(&self, outlet: usize, text: &str) -> Ingested {
        let article = NewArticle {
            feed: None,
            outlet: OutletId::new(RULESET.outlets()[outlet].id.as_str()),
            url: format!("https://example.org/{outlet}"),
            title: "Bridge".to_owned(),
            text: text.to_owned(),
            text_origin: TextOrigin::Feed,
            published: Some(now()),
            updated: None,
            first_seen: now(),
            sha256: identity::sha256_hex(text.as_bytes()),
        };
        let batch = Batch { id: "1-1", kind: BatchKind::Regular, alerts_max: 50 };
        self.pipeline.ingest(&Arrival { article: &article, entry: None, batch, now: now() }).unwrap()
    }

    fn alerted(&self, ingested: &Ingested) -> Vec<StatementId> {
        ingested.outbox.iter().flat_map(|row| self.store.outbox_row(*row).unwrap().unwrap().statements).collect()
    }
}

fn now() -> Timestamp {
    "2025-12-04T12:00:00Z".parse().unwrap()
}

/// Reads the text into a new store with a watch on its speaker, and gives the confidence of what is stored and of what is alerted.
fn confidences(confidence_min: u8) -> (Vec<u8>, Vec<u8>) {
    let place = Place::new(confidence_min);
    let ingested = place.read(0, TEXT);
    let confidence = |ids: &[StatementId]| -> Vec<u8> {
        place.store.statements(ids).unwrap().iter().map(|stored| stored.statement.confidence).collect()
    };
    (confidence(&ingested.fresh), confidence(&place.alerted(&ingested)))
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

#[test]
fn a_deed_that_two_outlets_tell_is_alerted_once_and_is_nobodys_words() {
    let place = Place::new(50);
    let told = place.read(0, "Ruben Kell signed the strait treaty on Wednesday.");
    let again = place.read(
        1,
        "Sunder. Before a small crowd, Ruben Kell signed the peace treaty on the strait on Wednesday, three years after it was drafted.",
    );
    let [deed] = told.fresh[..] else { panic!("{told:?}") };
    assert_eq!((again.new, &again.statements), (0, &vec![deed]));
    assert_eq!((place.alerted(&told), place.alerted(&again)), (vec![deed], vec![]));
    let stored = place.store.statement(deed).unwrap().unwrap();
    assert_eq!((stored.statement.form, stored.statement.speaker.actor(), stored.appearances.len()), (Form::Deed, None, 2));
    let said = StatementFilter { holdings: vec![Holding { actor: "kell".into(), since: None, until: None }], ..StatementFilter::default() };
    assert_eq!(place.store.search(&said, 0, 10).unwrap().hits, []);
}
