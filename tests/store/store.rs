//! The store on real files: schema, transactions, alerts, feeds, watches, backups, and what goes wrong.

use crate::world::{Ready, World, channel, now, one_alert_each};
use jiff::{Timestamp, ToSpan};
use stancebot::model::{
    Actor, ActorId, ActorKind, ActorName, ActorOrigin, ArticleId, FeedState, FeedTextSource, Form, Modality, OutletId, Role, Speaker,
    StatementId, Target, WatchScope, WatchSubject,
};
use stancebot::store::{
    Batch, BatchKind, EntryKey, FeedAdded, FeedOrigin, FeedSpec, Holding, OpenMode, OpenOptions, OutboxKind, OutboxState, Probe,
    ProbeAdded, Seen, StanceQuery, StartCheck, Store, StoreError, WatchAdded, WatchSpec,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Place {
    store: Store,
    path: PathBuf,
    _dir: TempDir,
}

fn place() -> Place {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stancebot.db");
    Place { store: Store::open(&path, &OpenOptions::default()).unwrap(), path, _dir: dir }
}

fn sql(path: &Path, text: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
}

fn regular(id: &str, alerts_max: u32) -> Batch<'_> {
    Batch { id, kind: BatchKind::Regular, alerts_max }
}

fn follow(store: &Store, actor: &str) {
    let watch = WatchSpec {
        channel: channel(),
        subject: WatchSubject::Actor(ActorId::from(actor)),
        on: None,
        scope: WatchScope::All,
        made_by: "somebody".to_owned(),
    };
    assert!(matches!(store.add_watch(&watch, now()).unwrap(), WatchAdded::Added(_)));
}

/// Writes the article, alerting each new statement to one channel.
fn alerting(store: &Store, ready: &Ready, batch: Batch<'_>) -> stancebot::store::Ingested {
    store.ingest(&ready.ingest(batch, &[]), &one_alert_each).unwrap()
}

// ---- opening ----

/// The number of the newest file of migrations.
fn newest_schema() -> i64 {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
    let numbers = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    numbers.filter_map(|name| name.get(..3)?.parse().ok()).max().unwrap()
}

#[test]
fn a_database_of_the_first_version_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("old.db");
    sql(&path, include_str!("../../src/store/migrations/001_start.sql"));
    sql(&path, include_str!("version-1.sql"));
    let store = Store::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(store.schema_version().unwrap(), newest_schema());
    let query =
        StanceQuery { holdings: vec![Holding { actor: ActorId::from("quill"), since: None, until: None }], ..StanceQuery::default() };
    let rows = store.stances(&query).unwrap();
    assert_eq!(rows.iter().map(|row| row.modality).collect::<Vec<_>>(), [Modality::Future]);
    let stored = store.statement(rows[0].statement).unwrap().unwrap();
    assert_eq!((stored.statement.form, stored.content_text.as_str()), (Form::Words, "the toll must go"));
}

#[test]
fn reopens_with_everything_that_was_stored() {
    let place = place();
    let ids = World::load().fill(&place.store);
    let before = place.store.statement(ids["aide"][0]).unwrap();
    drop(place.store);
    let store = Store::open(&place.path, &OpenOptions::default()).unwrap();
    assert_eq!(store.statement(ids["aide"][0]).unwrap(), before);
    assert_eq!(store.schema_version().unwrap(), newest_schema());
}

#[test]
fn refuses_newer_schema_with_both_versions_and_a_next_step() {
    let place = place();
    drop(place.store);
    sql(&place.path, "PRAGMA user_version = 99");
    for mode in [OpenMode::ReadWrite, OpenMode::ReadOnly] {
        let error = Store::open(&place.path, &OpenOptions { mode, ..OpenOptions::default() }).unwrap_err();
        assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("99") && text.contains("newer program") && text.contains("backup"), "{text}");
    }
}

#[test]
fn migration_that_was_interrupted_starts_over() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fresh.db");
    sql(&path, "PRAGMA journal_mode = wal; PRAGMA user_version = 0");
    let store = Store::open(&path, &OpenOptions::default()).unwrap();
    assert_eq!(store.schema_version().unwrap(), newest_schema());
}

#[test]
fn reading_only_wants_a_current_file_and_never_writes() {
    let place = place();
    World::load().fill(&place.store);
    let options = OpenOptions { mode: OpenMode::ReadOnly, check: StartCheck::Skip, ..OpenOptions::default() };
    let reader = Store::open(&place.path, &options).unwrap();
    assert!(reader.health().unwrap().statements > 0);
    assert!(matches!(reader.beat(now()), Err(StoreError::ReadOnly)));
    let empty = place.path.with_file_name("empty.db");
    sql(&empty, "CREATE TABLE other (x)");
    assert!(matches!(Store::open(&empty, &options), Err(StoreError::OlderSchema { found: 0, .. })));
    assert!(matches!(Store::open(&place.path.with_file_name("none.db"), &options), Err(StoreError::Open { .. })));
}

#[test]
fn foreign_and_damaged_files_are_told_apart() {
    let place = place();
    World::load().fill(&place.store);
    drop(place.store);
    let text = place.path.with_file_name("text.db");
    std::fs::write(&text, "this is a letter to the editor, not a database; ".repeat(40)).unwrap();
    let error = Store::open(&text, &OpenOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::NotADatabase { .. }), "{error:?}");
    let mut bytes = std::fs::read(&place.path).unwrap();
    let length = bytes.len();
    for byte in bytes.iter_mut().skip(4096 * 3).take(length / 2) {
        *byte = 0x5a;
    }
    std::fs::write(&place.path, bytes).unwrap();
    let error = Store::open(&place.path, &OpenOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(error.to_string().contains("restore the newest backup"), "{error}");
}

#[test]
fn missing_folder_is_named() {
    let error = Store::open(Path::new("/nowhere/at/all/stancebot.db"), &OpenOptions::default()).unwrap_err();
    assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
    assert!(error.to_string().contains("/nowhere/at/all/stancebot.db"), "{error}");
}

#[test]
fn full_disk_is_told_and_takes_nothing_with_it() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let blocks = place.store.health().unwrap().database_bytes / 4096;
    drop(place.store);
    // A limit on pages is what a full disk looks like to SQLite; it is a setting of the connection, so a small file is made instead.
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    connection.pragma_update(None, "max_page_count", blocks + 1).unwrap();
    let error = connection.execute("INSERT INTO settings VALUES ('a', 'b', 'c', hex(zeroblob(100000)))", []).unwrap_err();
    assert!(matches!(StoreError::from(error), StoreError::DiskFull));
    drop(connection);
    let store = Store::open(&place.path, &OpenOptions::default()).unwrap();
    assert!(store.actor(&ActorId::from("varn")).unwrap().is_some());
}

// ---- an article's transaction ----

#[test]
fn article_statements_and_alert_are_written_together() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    let ready = world.block("rejects").ready();
    let written = alerting(&place.store, &ready, regular("b1", 10));
    assert_eq!((written.new, written.repeated, written.outbox.len()), (2, 0, 2));
    let stored = place.store.statement(written.statements[0]).unwrap().unwrap();
    assert_eq!(stored.statement, ready.extraction.statements[0]);
    assert_eq!(stored.content_text, "We will never sign this treaty");
    assert_eq!(stored.article.outlet_name, "Harbour Courier");
    assert_eq!(stored.day, "2025-11-10".parse().unwrap());
    assert_eq!(place.store.article_text(written.article).unwrap().unwrap(), ready.article.text);
    assert_eq!(place.store.statements_of_article(written.article).unwrap(), written.statements);
}

#[test]
fn panic_while_matching_writes_nothing_and_leaves_the_store_usable() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    let ready = world.block("rejects").ready();
    let store = place.store.clone();
    let attempt = std::panic::AssertUnwindSafe(|| store.ingest(&ready.ingest(regular("b1", 9), &[]), &|_, _| panic!("on purpose")));
    assert!(std::panic::catch_unwind(attempt).is_err());
    assert_eq!(place.store.health().unwrap().articles, 0);
    assert_eq!(place.store.is_seen(&ready.key).unwrap(), Seen::New);
    assert_eq!(alerting(&place.store, &ready, regular("b1", 9)).new, 2);
}

#[test]
fn same_entry_again_changes_nothing() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    let ready = world.block("rejects").ready();
    let first = alerting(&place.store, &ready, regular("b1", 10));
    let again = alerting(&place.store, &ready, regular("b2", 10));
    assert_eq!((again.article, again.statements, again.new), (first.article, first.statements, 0));
    let health = place.store.health().unwrap();
    assert_eq!((health.articles, health.statements, health.outbox_pending), (1, 2, 2));
}

#[test]
fn wire_copy_is_an_appearance_and_no_alert() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    let first = alerting(&place.store, &world.block("rejects").ready(), regular("b1", 10));
    let copy = world.block("wire-copy").ready();
    let same_as = [Some(first.statements[0])];
    let written = place.store.ingest(&copy.ingest(regular("b2", 10), &same_as), &one_alert_each).unwrap();
    assert_eq!((written.new, written.repeated, written.outbox.len()), (0, 1, 0));
    let stored = place.store.statement(first.statements[0]).unwrap().unwrap();
    let outlets: Vec<&str> = stored.appearances.iter().map(|appearance| appearance.outlet.as_str()).collect();
    assert_eq!(outlets, ["harbour-courier", "strait-dispatch"]);
    let rows = place.store.stances(&StanceQuery { target: Some(Target::Topic("strait-treaty".into())), ..StanceQuery::default() }).unwrap();
    assert_eq!(rows[0].copies, [OutletId::from("strait-dispatch")]);
}

#[test]
fn copy_of_a_statement_that_is_not_stored_becomes_a_statement() {
    let place = place();
    let world = World::load();
    let copy = world.block("wire-copy").ready();
    let same_as = [Some(StatementId(4711))];
    let written = place.store.ingest(&copy.ingest(regular("b", 10), &same_as), &|_, _| Vec::new()).unwrap();
    assert_eq!((written.new, written.repeated), (1, 0));
}

#[test]
fn unknown_outlet_actor_and_topic_lose_no_statement() {
    let place = place();
    let written = alerting(&place.store, &World::load().block("rejects").ready(), regular("b", 10));
    let stored = place.store.statement(written.statements[0]).unwrap().unwrap();
    assert_eq!(stored.speaker_name.as_deref(), Some("varn"));
    assert_eq!(stored.article.outlet_name, "harbour-courier");
}

#[test]
fn candidates_are_recent_statements_of_the_speaker() {
    let place = place();
    let ids = World::load().fill(&place.store);
    let since = |text: &str| text.parse::<Timestamp>().unwrap();
    let found = place.store.candidates(&ActorId::from("quell"), since("2025-11-20T00:00:00Z"), 10).unwrap();
    let found: Vec<StatementId> = found.iter().map(|candidate| candidate.id).collect();
    assert_eq!(found, [ids["after-office"][1], ids["after-office"][0], ids["aide"][0]]);
    assert_eq!(place.store.candidates(&ActorId::from("quell"), since("2025-11-20T00:00:00Z"), 1).unwrap().len(), 1);
}

// ---- entries ----

#[test]
fn entries_are_known_by_content_link_and_guid_but_not_across_outlets() {
    let place = place();
    let feed = |url: &str| {
        let spec = FeedSpec { url: url.into(), outlet: "a".into(), text: FeedTextSource::Auto, interval_secs: 900 };
        match place.store.add_feed(&spec, "me", now()).unwrap() {
            FeedAdded::Added(id) => id,
            other => panic!("{other:?}"),
        }
    };
    let (one, two) = (feed("https://a.example/1"), feed("https://a.example/2"));
    let key = |feed, outlet: &str, guid: &str, link: &str, fingerprint: &str| EntryKey {
        feed: Some(feed),
        outlet: outlet.into(),
        guid: Some(guid.into()),
        link: Some(link.into()),
        fingerprint: fingerprint.into(),
    };
    place.store.mark_seen(&key(one, "a", "g", "https://a.example/x", "f"), now()).unwrap();
    let cases = [
        (key(one, "a", "g", "https://a.example/x", "f"), Seen::Known(None)),
        (key(one, "a", "other", "https://a.example/other", "f"), Seen::Known(None)),
        (key(one, "a", "g", "https://a.example/other", "changed"), Seen::Changed(None)),
        (key(two, "a", "other", "https://a.example/x", "changed"), Seen::Changed(None)),
        (key(two, "a", "g", "https://a.example/other", "new"), Seen::New),
        (key(two, "b", "other", "https://b.example/x", "f"), Seen::New),
    ];
    for (key, expected) in cases {
        assert_eq!(place.store.is_seen(&key).unwrap(), expected, "{key:?}");
    }
}

#[test]
fn version_that_comes_back_is_known() {
    let place = place();
    let ready = World::load().block("aide").ready();
    let first = alerting(&place.store, &ready, regular("b", 10));
    let mut changed = World::load().block("aide").ready();
    changed.key.fingerprint = "second version".to_owned();
    assert_eq!(place.store.is_seen(&changed.key).unwrap(), Seen::Changed(Some(first.article)));
    place.store.ingest(&changed.ingest(regular("b", 10), &[Some(first.statements[0])]), &one_alert_each).unwrap();
    assert_eq!(place.store.is_seen(&ready.key).unwrap(), Seen::Known(Some(first.article)));
    let stored = place.store.statement(first.statements[0]).unwrap().unwrap();
    assert_eq!(stored.appearances.len(), 1, "one address is one appearance");
}

// ---- outbox ----

#[test]
fn channel_hears_of_a_statement_once() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    follow(&place.store, "norvania");
    let twice = |watches: &[stancebot::model::Watch], fresh: &[stancebot::store::StoredStatement]| {
        let mut alerts = Vec::new();
        for watch in watches {
            let statements = fresh.iter().map(|stored| stored.id).collect();
            alerts.push(stancebot::store::NewAlert { watch: watch.id, channel: watch.channel.clone(), statements });
        }
        alerts
    };
    let written = place.store.ingest(&world.block("rejects").ready().ingest(regular("b", 10), &[]), &twice).unwrap();
    assert_eq!(written.outbox.len(), 1);
    let row = place.store.outbox_row(written.outbox[0]).unwrap().unwrap();
    assert_eq!((row.kind, row.state, row.statements), (OutboxKind::Alert, OutboxState::Pending, written.statements));
}

#[test]
fn more_than_the_limit_becomes_one_summary_that_waits_for_its_batch() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    for key in ["rejects", "institute", "after-office", "comes-round"] {
        alerting(&place.store, &world.block(key).ready(), regular("flood", 3));
    }
    let health = place.store.health().unwrap();
    assert_eq!((health.outbox_pending, health.outbox_held), (3, 1));
    assert_eq!(place.store.release_held("another", now()).unwrap(), 0);
    assert_eq!(place.store.release_held("flood", now()).unwrap(), 1);
    let mut kinds = Vec::new();
    while let Some(row) = place.store.take_due(now(), 10).unwrap().pop() {
        kinds.push((row.kind, row.statement_count));
        place.store.mark_posted(row.id, None, now()).unwrap();
    }
    let alert = (OutboxKind::Alert, 1);
    assert_eq!(kinds, [alert, alert, alert, (OutboxKind::Summary, 5)]);
}

#[test]
fn held_summaries_of_a_killed_program_are_released_at_start() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    alerting(&place.store, &world.block("rejects").ready(), regular("b", 0));
    drop(place.store);
    let store = Store::open(&place.path, &OpenOptions::default()).unwrap();
    assert!(store.take_due(now(), 10).unwrap().is_empty());
    assert_eq!(store.release_all_held(now()).unwrap(), 1);
    assert_eq!(store.take_due(now(), 10).unwrap()[0].statement_count, 2);
}

#[test]
fn first_sight_of_a_feed_gives_one_sample() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    for key in ["rejects", "institute", "comes-round"] {
        alerting(&place.store, &world.block(key).ready(), Batch { id: "base", kind: BatchKind::Baseline, alerts_max: 5 });
    }
    let due = place.store.take_due(now(), 10).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].kind, OutboxKind::Sample);
    assert_eq!(place.store.health().unwrap().outbox_pending, 1);
}

#[test]
fn later_rows_of_a_channel_wait_for_earlier_ones() {
    let place = place();
    let (first, other) = (channel(), stancebot::model::ChannelId { platform: "terminal".into(), room: "other".into() });
    let later = now().checked_add(5.minutes()).unwrap();
    let a = place.store.push_notice(&first, "a", now()).unwrap();
    let b = place.store.push_notice(&first, "b", now()).unwrap();
    let c = place.store.push_notice(&other, "c", now()).unwrap();
    let due = |at| place.store.take_due(at, 10).unwrap().iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(due(now()), [a, c]);
    place.store.mark_retry(a, later, "busy").unwrap();
    assert_eq!(due(now()), [c], "b does not overtake a");
    assert_eq!(place.store.outbox_next_due().unwrap(), Some(now()));
    place.store.mark_posted(c, None, now()).unwrap();
    assert_eq!(place.store.outbox_next_due().unwrap(), Some(later));
    let row = place.store.take_due(later, 10).unwrap().remove(0);
    assert_eq!((row.id, row.attempts, row.last_error.as_deref()), (a, 1, Some("busy")));
    place.store.mark_dead(a, "gone").unwrap();
    assert_eq!(due(now()), [b], "a dead row does not block");
    place.store.mark_posted(b, None, now()).unwrap();
    assert_eq!(place.store.outbox_next_due().unwrap(), None);
}

#[test]
fn channel_that_is_never_served_does_not_grow_for_ever() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    follow(&place.store, "varn");
    for number in 0..stancebot::store::OUTBOX_WAITING_MAX {
        place.store.push_notice(&channel(), &number.to_string(), now()).unwrap();
    }
    for (number, key) in ["rejects", "institute", "aide", "comes-round"].into_iter().enumerate() {
        let batch = format!("poll {number}");
        alerting(&place.store, &world.block(key).ready(), regular(&batch, 10));
        place.store.release_all_held(now()).unwrap();
    }
    assert_eq!(place.store.health().unwrap().outbox_pending, stancebot::store::OUTBOX_WAITING_MAX + 1);
}

// ---- feeds, watches, settings ----

fn spec(url: &str) -> FeedSpec {
    FeedSpec { url: url.into(), outlet: "harbour-courier".into(), text: FeedTextSource::Feed, interval_secs: 600 }
}

#[test]
fn feeds_keep_their_state_and_come_back_after_removal() {
    let place = place();
    place.store.sync_feeds(&[spec("https://one.example/"), spec("https://two.example/")], now()).unwrap();
    let feeds = place.store.feeds().unwrap();
    let later = now().checked_add(10.minutes()).unwrap();
    let state = FeedState {
        etag: Some("\"x\"".into()),
        last_modified: Some("Mon".into()),
        due: Some(later),
        last_success: Some(now()),
        failures: 2,
        last_error: Some("timeout".into()),
        moved_to: Some("https://new.example/".into()),
    };
    place.store.save_feed_state(feeds[0].feed.id, &state).unwrap();
    assert_eq!(place.store.feed(feeds[0].feed.id).unwrap().unwrap().feed.state, state);
    let due: Vec<String> = place.store.due_feeds(now(), 10).unwrap().into_iter().map(|feed| feed.url).collect();
    assert_eq!(due, ["https://two.example/"]);
    assert_eq!(place.store.due_feeds(later, 10).unwrap().len(), 2);
    place.store.sync_feeds(&[spec("https://one.example/")], now()).unwrap();
    assert_eq!(place.store.feeds().unwrap().len(), 1);
    assert_eq!(place.store.next_due().unwrap(), Some(later));
    place.store.sync_feeds(&[spec("https://one.example/"), spec("https://two.example/")], now()).unwrap();
    let again = place.store.feeds().unwrap();
    assert_eq!(again[1].feed.id, feeds[1].feed.id, "the id stays");
    assert_eq!(again[0].feed.state, state, "a feed that stays is not reset");
}

#[test]
fn feeds_of_users_survive_a_new_configuration() {
    let place = place();
    let FeedAdded::Added(id) = place.store.add_feed(&spec("https://mine.example/"), "me", now()).unwrap() else { panic!() };
    assert_eq!(place.store.add_feed(&spec("https://mine.example/"), "you", now()).unwrap(), FeedAdded::Already(id));
    place.store.sync_feeds(&[spec("https://one.example/")], now()).unwrap();
    let stored = place.store.feed_by_url("https://mine.example/").unwrap().unwrap();
    assert_eq!((stored.origin, stored.added_by.as_str()), (FeedOrigin::Chat, "me"));
    assert!(place.store.remove_feed(id, now()).unwrap().is_some());
    assert!(place.store.remove_feed(id, now()).unwrap().is_none());
    assert_eq!(place.store.feeds().unwrap().len(), 1);
}

#[test]
fn probes_are_taken_once_and_bounded() {
    let place = place();
    let probe = Probe { channel: channel(), url: "https://x.example/".into(), asked_by: "me".into() };
    for _ in 0..stancebot::store::PROBES_MAX {
        assert_eq!(place.store.add_probe(&probe, now()).unwrap(), ProbeAdded::Queued);
    }
    assert!(matches!(place.store.add_probe(&probe, now()).unwrap(), ProbeAdded::LimitReached(_)));
    assert_eq!(place.store.take_probes().unwrap().len() as u64, stancebot::store::PROBES_MAX);
    assert!(place.store.take_probes().unwrap().is_empty());
}

fn watch(actor: &str, by: &str) -> WatchSpec {
    let subject = WatchSubject::Actor(ActorId::from(actor));
    WatchSpec { channel: channel(), subject, on: None, scope: WatchScope::All, made_by: by.to_owned() }
}

#[test]
fn watch_that_a_user_removed_stays_removed_until_a_user_adds_it() {
    let place = place();
    place.store.sync_watches(&[watch("varn", "config"), watch("osk", "config")], now()).unwrap();
    let id = place.store.watches(&channel()).unwrap()[0].id;
    assert!(place.store.remove_watch(&channel(), id).unwrap().is_some());
    place.store.sync_watches(&[watch("varn", "config"), watch("osk", "config")], now()).unwrap();
    assert_eq!(place.store.all_watches().unwrap().len(), 1);
    assert_eq!(place.store.add_watch(&watch("varn", "me"), now()).unwrap(), WatchAdded::Added(id));
    assert_eq!(place.store.add_watch(&watch("varn", "me"), now()).unwrap(), WatchAdded::Already(id));
}

#[test]
fn watch_that_left_the_configuration_is_removed_and_comes_back_with_it() {
    let place = place();
    place.store.add_watch(&watch("quell", "me"), now()).unwrap();
    place.store.sync_watches(&[watch("varn", "config")], now()).unwrap();
    place.store.sync_watches(&[], now()).unwrap();
    let subjects: Vec<_> = place.store.all_watches().unwrap().into_iter().map(|watch| watch.subject).collect();
    assert_eq!(subjects, [WatchSubject::Actor("quell".into())], "what a user follows stays");
    place.store.sync_watches(&[watch("varn", "config")], now()).unwrap();
    assert_eq!(place.store.all_watches().unwrap().len(), 2);
}

#[test]
fn watches_are_bounded_per_channel_and_removed_only_by_their_channel() {
    let place = place();
    for number in 0..stancebot::store::WATCHES_PER_CHANNEL_MAX {
        follow(&place.store, &format!("actor-{number}"));
    }
    assert!(matches!(place.store.add_watch(&watch("one-more", "me"), now()).unwrap(), WatchAdded::LimitReached(_)));
    let other = stancebot::model::ChannelId { platform: "terminal".into(), room: "other".into() };
    let id = place.store.watches(&channel()).unwrap()[0].id;
    assert!(place.store.remove_watch(&other, id).unwrap().is_none());
}

#[test]
fn settings_are_kept_per_channel() {
    let place = place();
    place.store.set_setting(&channel(), "zone", Some("Europe/Vienna")).unwrap();
    assert_eq!(place.store.setting(&channel(), "zone").unwrap().as_deref(), Some("Europe/Vienna"));
    place.store.set_setting(&channel(), "zone", None).unwrap();
    assert_eq!(place.store.setting(&channel(), "zone").unwrap(), None);
}

// ---- knowledge ----

#[test]
fn what_left_the_data_is_retired_and_its_id_stays() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let actors: Vec<Actor> = world.actors().into_iter().filter(|actor| actor.id.as_str() != "quell").collect();
    let (topics, outlets) = (world.topics(), world.outlets());
    let knowledge = stancebot::store::Knowledge { actors: &actors, topics: &topics, outlets: &outlets };
    place.store.sync_knowledge(&knowledge, now()).unwrap();
    assert!(place.store.actor(&ActorId::from("quell")).unwrap().unwrap().is_retired);
    world.teach(&place.store);
    assert!(!place.store.actor(&ActorId::from("quell")).unwrap().unwrap().is_retired);
}

#[test]
fn found_actor_gathers_names_and_counts_for_its_office_on_the_days_it_was_seen_there() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let found = |form: &str| Actor {
        id: ActorId::from("found-dora-lund"),
        kind: ActorKind::Person,
        name: "Dora Lund".into(),
        names: vec![ActorName { text: form.into(), since: None, until: None, metonym: false }],
        gender: None,
        roles: vec![Role { title: "adviser".into(), of: Some("tide-palace".into()), since: None, until: None }],
        part_of: Vec::new(),
        demonyms: Vec::new(),
        origin: ActorOrigin::Found,
        source: "found in a text".into(),
    };
    for (key, form) in [("institute", "Dora Lund"), ("rejects", "Adviser Lund")] {
        let mut ready = world.block(key).ready();
        ready.extraction.found = vec![found(form)];
        alerting(&place.store, &ready, regular("b", 10));
    }
    let stored = place.store.actor(&ActorId::from("found-dora-lund")).unwrap().unwrap().actor;
    assert_eq!(stored.names.len(), 2);
    assert_eq!(stored.roles[0].since, None, "the days of a post that was read somewhere are not told as knowledge");
    let seats = place.store.memberships(&ActorId::from("tide-palace")).unwrap();
    let seat = seats.iter().find(|seat| seat.member.as_str() == "found-dora-lund").unwrap();
    assert_eq!((seat.since, seat.until), (Some("2025-11-10".parse().unwrap()), Some("2025-11-20".parse().unwrap())));
}

/// A person whom the bot found in a text, then one whom a data file names, both called Dora Lund.
fn dora_lund(id: &str, origin: ActorOrigin, title: &str) -> Actor {
    Actor {
        id: ActorId::from(id),
        kind: ActorKind::Person,
        name: "Dora Lund".into(),
        names: vec![ActorName { text: "Dora Lund".into(), since: None, until: None, metonym: false }],
        gender: None,
        roles: vec![Role { title: title.into(), of: Some("tide-palace".into()), since: None, until: None }],
        part_of: Vec::new(),
        demonyms: Vec::new(),
        origin,
        source: "test".into(),
    }
}

/// Stores a statement of the found Dora Lund, then teaches the data's one with a post; gives whose it is now.
fn after_the_data_names_her(title: &str) -> (Place, StatementId) {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let mut ready = world.block("aide").ready();
    let found = dora_lund("found-dora-lund", ActorOrigin::Found, "adviser");
    for statement in &mut ready.extraction.statements {
        statement.speaker = Speaker::Actor(found.id.clone());
        for taken in &mut statement.stances {
            taken.holder = found.id.clone();
        }
    }
    ready.extraction.found = vec![found];
    let id = alerting(&place.store, &ready, regular("b", 10)).statements[0];
    let mut actors = world.actors();
    actors.push(dora_lund("lund", ActorOrigin::Data, title));
    let (topics, outlets) = (world.topics(), world.outlets());
    let knowledge = stancebot::store::Knowledge { actors: &actors, topics: &topics, outlets: &outlets };
    place.store.sync_knowledge(&knowledge, now()).unwrap();
    (place, id)
}

fn stances_of(place: &Place, actor: &str) -> usize {
    let holdings = vec![stancebot::store::Holding { actor: ActorId::from(actor), since: None, until: None }];
    place.store.stances(&stancebot::store::StanceQuery { holdings, ..Default::default() }).unwrap().len()
}

#[test]
fn who_was_found_and_comes_to_be_named_by_the_data_keeps_statements_and_old_id() {
    let (place, id) = after_the_data_names_her("adviser");
    assert_eq!(place.store.actor(&ActorId::from("found-dora-lund")).unwrap().unwrap().actor.id.as_str(), "lund");
    assert!(stances_of(&place, "lund") > 0 && stances_of(&place, "found-dora-lund") == 0);
    assert_eq!(place.store.statement(id).unwrap().unwrap().speaker_name.as_deref(), Some("Dora Lund"));
    let names = place.store.names_exact("dora lund").unwrap();
    assert_eq!(names.iter().map(|name| name.id.as_str()).collect::<Vec<_>>(), ["lund"], "the name is hers alone");
}

#[test]
fn whoever_was_adopted_is_named_by_the_new_id_in_what_the_rules_wrote() {
    let (place, id) = after_the_data_names_her("adviser");
    let stored = place.store.statement(id).unwrap().unwrap().statement;
    assert_eq!(stored.speaker, Speaker::Actor(ActorId::from("lund")));
    assert!(stored.stances.iter().all(|taken| taken.holder.as_str() == "lund"));
    let redirects = place.store.actor_redirects().unwrap();
    assert_eq!(redirects.get(&ActorId::from("found-dora-lund")), Some(&ActorId::from("lund")));
}

#[test]
fn a_watch_of_somebody_adopted_goes_on_also_where_the_new_name_was_followed_once() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let mut ready = world.block("aide").ready();
    ready.extraction.found = vec![dora_lund("found-dora-lund", ActorOrigin::Found, "adviser")];
    alerting(&place.store, &ready, regular("b", 10));
    let WatchAdded::Added(once) = place.store.add_watch(&watch("lund", "me"), now()).unwrap() else { panic!("it is new") };
    place.store.remove_watch(&channel(), once).unwrap();
    place.store.add_watch(&watch("found-dora-lund", "me"), now()).unwrap();
    let mut actors = world.actors();
    actors.push(dora_lund("lund", ActorOrigin::Data, "adviser"));
    let (topics, outlets) = (world.topics(), world.outlets());
    place.store.sync_knowledge(&stancebot::store::Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, now()).unwrap();
    let subjects: Vec<_> = place.store.all_watches().unwrap().into_iter().map(|watch| watch.subject).collect();
    assert_eq!(subjects, [WatchSubject::Actor("lund".into())]);
}

#[test]
fn of_two_people_found_under_one_name_the_data_takes_neither_by_the_name_alone() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    let mut ready = world.block("aide").ready();
    let found = |id: &str, title: &str| dora_lund(id, ActorOrigin::Found, title);
    ready.extraction.found = vec![found("found-dora-lund", "adviser"), found("found-dora-lund-2", "coach")];
    alerting(&place.store, &ready, regular("b", 10));
    let mut actors = world.actors();
    actors.push(Actor { roles: Vec::new(), ..dora_lund("lund", ActorOrigin::Data, "") });
    let (topics, outlets) = (world.topics(), world.outlets());
    let teach = |actors: &[Actor]| {
        place.store.sync_knowledge(&stancebot::store::Knowledge { actors, topics: &topics, outlets: &outlets }, now()).unwrap();
        place.store.actor_redirects().unwrap()
    };
    assert!(teach(&actors).is_empty(), "both have the name");
    actors.pop();
    actors.push(dora_lund("lund", ActorOrigin::Data, "coach"));
    assert_eq!(
        teach(&actors),
        std::collections::BTreeMap::from([(ActorId::from("found-dora-lund-2"), ActorId::from("lund"))]),
        "one has the post"
    );
}

#[test]
fn who_only_shares_the_name_of_somebody_found_is_somebody_else() {
    let (place, _) = after_the_data_names_her("president");
    assert_eq!(place.store.actor(&ActorId::from("found-dora-lund")).unwrap().unwrap().actor.id.as_str(), "found-dora-lund");
    assert_eq!(stances_of(&place, "lund"), 0);
}

#[test]
fn names_of_ten_thousand_letters_are_stored_and_found() {
    let place = place();
    let mut world = World::load().actors();
    world[0].name = "Ä".repeat(10_000);
    let knowledge = stancebot::store::Knowledge { actors: &world, topics: &[], outlets: &[] };
    place.store.sync_knowledge(&knowledge, now()).unwrap();
    assert_eq!(place.store.names_exact(&stancebot::store::fold(&world[0].name)).unwrap().len(), 1);
}

#[test]
fn redirected_ids_lead_on_even_in_a_circle() {
    let place = place();
    let ids = World::load().fill(&place.store);
    let (old, new) = (ids["rejects"][0], ids["aide"][0]);
    place.store.redirect_statement(old, new, now()).unwrap();
    assert_eq!(place.store.statement(old).unwrap().unwrap().id, new);
    place.store.redirect_statement(new, old, now()).unwrap();
    assert!(place.store.statement(old).unwrap().is_some());
    assert!(place.store.statement(StatementId(9_999)).unwrap().is_none());
    assert!(place.store.article(ArticleId(9_999)).unwrap().is_none());
}

// ---- health, backup, concurrency ----

#[test]
fn health_counts_and_heartbeat() {
    let place = place();
    World::load().fill(&place.store);
    place.store.beat(now()).unwrap();
    let health = place.store.health().unwrap();
    assert_eq!((health.articles, health.statements, health.heartbeat), (6, 9, Some(now())));
    assert_eq!(place.store.heartbeat().unwrap(), Some(now()));
    assert!(health.database_bytes > 0);
}

#[test]
fn backup_is_whole_and_replaces_only_when_it_is() {
    let place = place();
    let ids = World::load().fill(&place.store);
    let copy = place.path.with_file_name("copy.db");
    std::fs::write(&copy, "old").unwrap();
    let report = place.store.backup_to(&copy).unwrap();
    assert_eq!(report.statements, 9);
    assert_eq!(report.bytes, std::fs::metadata(&copy).unwrap().len());
    let restored = Store::open(&copy, &OpenOptions::default()).unwrap();
    assert_eq!(restored.statement(ids["aide"][0]).unwrap(), place.store.statement(ids["aide"][0]).unwrap());
    assert!(matches!(place.store.backup_to(&place.path), Err(StoreError::CopyOntoDatabase { .. })));
    assert!(matches!(place.store.backup_to(&copy), Err(StoreError::CopyOntoDatabase { .. })), "it is open here");
    drop(restored);
    assert!(place.store.backup_to(&copy).is_ok());
    let bad = place.path.with_file_name("no").join("folder.db");
    assert!(matches!(place.store.backup_to(&bad), Err(StoreError::Open { .. })));
    let left: Vec<_> = std::fs::read_dir(place.path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{left:?}");
}

#[test]
fn readers_see_whole_articles_while_a_writer_writes() {
    let place = place();
    let world = World::load();
    world.teach(&place.store);
    std::thread::scope(|scope| {
        let writer = place.store.clone();
        let world = &world;
        let writing = scope.spawn(move || {
            for number in 0..40 {
                let mut ready = world.block("rejects").ready();
                ready.key.fingerprint = format!("version {number}");
                alerting(&writer, &ready, regular("b", 10));
            }
        });
        for _ in 0..6 {
            let reader = place.store.clone();
            scope.spawn(move || {
                for _ in 0..40 {
                    let ids = reader.statement_ids(None, 1_000).unwrap();
                    assert_eq!(ids.len() % 2, 0, "an article of two statements is there whole or not at all");
                    assert_eq!(reader.statements(&ids).unwrap().len(), ids.len());
                }
            });
        }
        writing.join().unwrap();
    });
    assert_eq!(place.store.health().unwrap().statements, 80);
}

#[test]
fn two_programs_write_to_one_file() {
    let place = place();
    let other = Store::open(&place.path, &OpenOptions { check: StartCheck::Skip, ..OpenOptions::default() }).unwrap();
    World::load().teach(&place.store);
    std::thread::scope(|scope| {
        for store in [&place.store, &other] {
            scope.spawn(move || {
                for number in 0..20 {
                    store.set_setting(&channel(), &format!("key {number}"), Some("x")).unwrap();
                }
            });
        }
    });
}
