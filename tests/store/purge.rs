//! Somebody's words removed for good: they are in no answer and not in the bytes of the file; ids and the words of others stay.

use crate::corrections::author;
use crate::world::{World, channel, now, one_alert_each};
use jiff::ToSpan;
use stancebot::model::*;
use stancebot::store::{
    Batch, BatchKind, By, Corrected, Decided, Holding, NewChange, OpenOptions, Standing, StatementFilter, Store, Taught, WatchSpec,
    WhyHidden,
};
use std::collections::BTreeMap;
use std::path::Path;

/// Words of the one who is removed, as they stand in articles, and as the index of words has them.
const WORDS: [&str; 4] = ["We will never sign", "nothing to sign", "she would sign the treaty", "dropped"];

fn is_in(path: &Path, words: &str) -> bool {
    let wal = path.with_extension("db-wal");
    [path, wal.as_path()].iter().filter_map(|file| std::fs::read(file).ok()).any(|bytes| {
        let small: Vec<u8> = bytes.to_ascii_lowercase();
        small.windows(words.len()).any(|window| window == words.to_ascii_lowercase().as_bytes())
    })
}

fn change(what: Change, reason: &str) -> NewChange {
    NewChange { author: author("ada"), standing: Standing::Operator, what, reason: reason.to_owned(), now: now() }
}

fn said(store: &Store, id: &str) -> u64 {
    let holdings = vec![Holding { actor: id.into(), since: None, until: None }];
    let found = store.search(&StatementFilter { holdings, ..StatementFilter::default() }, 0, 1).unwrap();
    found.own + found.reported
}

#[test]
fn removed_words_are_not_in_the_file_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stancebot.db");
    let store = Store::open(&path, &OpenOptions::default()).unwrap();
    let world = World::load();
    let watch = WatchSpec {
        channel: channel(),
        subject: WatchSubject::Actor("varn".into()),
        on: None,
        scope: WatchScope::All,
        made_by: "somebody".to_owned(),
    };
    world.teach(&store);
    store.add_watch(&watch, now()).unwrap();
    let ready = world.block("comes-round").ready();
    let batch = Batch { id: "first", kind: BatchKind::Regular, alerts_max: 9 };
    let alerted = store.ingest(&ready.ingest(batch, &[]), &one_alert_each).unwrap();
    let ids = world.fill(&store);
    let (first, institute) = (ids["rejects"][0], ids["institute"][0]);
    let correction =
        Correction::Stance { holder: "varn".into(), target: Target::Topic("bridge-toll".into()), stance: Some(Stance::Oppose) };
    let reason = "she said that there is nothing to sign";
    let corrected = store.correct(first, &change(Change::Corrections(vec![correction]), reason)).unwrap();
    let Corrected::Applied(corrected) = corrected else { panic!("{corrected:?}") };
    let lesson = Lesson::Forget("varn".into());
    let Taught::Done(forgotten) = store.teach(&lesson, &change(Change::Lesson(lesson.clone()), "")).unwrap() else { panic!() };
    assert!(WORDS.iter().all(|words| is_in(&path, words)), "what is only hidden is there still");
    let others = (said(&store, "quell"), said(&store, "tide-palace"), store.statement(institute).unwrap().unwrap().content_text);

    let found = store.find_for_purge(&"varn".into()).unwrap();
    assert_eq!((found.statements(), found.articles.len()), (3, 4), "{found:?}");
    let left = store.purge(&found, &BTreeMap::new(), now() + 1.hour()).unwrap();
    assert_eq!(left, [], "the copy has the same words");
    for words in WORDS {
        assert!(!is_in(&path, words), "{words:?} is in the file");
    }
    for id in [first, ids["institute"][1], ids["comes-round"][0], alerted.statements[0]] {
        let stored = store.statement(id).unwrap().unwrap();
        assert_eq!((stored.hidden, stored.content_text.as_str(), stored.statement.stances.len()), (Some(WhyHidden::Purged), "", 0));
    }
    let now_said = (said(&store, "quell"), said(&store, "tide-palace"), store.statement(institute).unwrap().unwrap().content_text);
    assert_eq!(now_said, others, "what others said is as it was");
    assert!(is_in(&path, "the Tide Palace rejects the treaty"));
    assert_eq!(said(&store, "varn"), 0);
    assert_eq!(store.watches(&channel()).unwrap(), []);

    let by = By { author: &author("ada"), standing: Standing::Operator, now: now() + 2.hours() };
    assert!(matches!(store.undo(forgotten, &by).unwrap(), Decided::Final(_)));
    assert!(matches!(store.undo(corrected, &by).unwrap(), Decided::Done(_)), "there is nothing in it that comes back");
    assert_eq!(store.statement(first).unwrap().unwrap().hidden, Some(WhyHidden::Purged));
    world.teach(&store);
    assert_eq!(store.names_exact("ilse varn").unwrap(), []);
    // Again, as after a run that was interrupted before the file was written anew.
    let found = store.find_for_purge(&"varn".into()).unwrap();
    assert_eq!((found.statements(), store.purge(&found, &BTreeMap::new(), now()).unwrap()), (3, Vec::new()));
}

#[test]
fn who_was_added_in_chat_has_no_name_left_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("stancebot.db");
    let store = Store::open(&path, &OpenOptions::default()).unwrap();
    World::load().fill(&store);
    let lesson = Lesson::AddActor { id: "brandel".into(), name: "Ivo Brandelmeyer".to_owned(), kind: ActorKind::Person };
    store.teach(&lesson, &change(Change::Lesson(lesson.clone()), "")).unwrap();
    let version = store.lessons_version().unwrap();
    assert!(is_in(&path, "brandelmeyer"));
    let found = store.find_for_purge(&"brandel".into()).unwrap();
    assert_eq!((found.statements(), found.others()), (0, 0));
    store.purge(&found, &BTreeMap::new(), now()).unwrap();
    assert!(!is_in(&path, "brandelmeyer"));
    assert!(store.lessons_version().unwrap() > version, "the rules are built without the name");
    assert!(store.lessons().unwrap().held.is_empty());
    assert!(store.forgotten().unwrap().contains(&ActorId::from("brandel")));
}

#[test]
fn stances_of_the_forgotten_are_not_shown_in_what_others_said() {
    let store = Store::open_in_memory().unwrap();
    let ids = World::load().fill(&store);
    let lesson = Lesson::Forget("tide-palace".into());
    store.teach(&lesson, &change(Change::Lesson(lesson.clone()), "")).unwrap();
    let stored = store.statement(ids["institute"][0]).unwrap().unwrap();
    assert_eq!((stored.hidden, stored.statement.stances), (None, Vec::new()));
    let lesson = Lesson::Forget("harrow-institute".into());
    store.teach(&lesson, &change(Change::Lesson(lesson.clone()), "")).unwrap();
    let told = store.statement(ids["institute"][1]).unwrap().unwrap();
    assert_eq!((told.hidden, told.statement.reported_by[0].actor.clone()), (None, None));
    assert!(!told.statement.reported_by[0].mention.contains("harrow"), "{:?}", told.statement.reported_by);
}
