//! Corrections in the store: what they do to stances, appearances, alerts and later copies, and that nothing is lost by them.

use crate::world::{World, channel, now, one_alert_each};
use jiff::ToSpan;
use stancebot::model::{ActorId, Author, Change, ChangeId, ChannelId, Correction, Stance, StatementId, Target, WatchSubject};
use stancebot::store::{
    Batch, BatchKind, By, Corrected, Decided, Holding, NewChange, OutboxState, StanceQuery, Standing, StatementFilter, Store, Verdict,
    WAITING_PER_CHANNEL_MAX, WAITING_PER_USER_MAX, WatchSpec, WhyHidden,
};

pub fn author(user: &str) -> Author {
    Author { channel: channel(), user: user.to_owned(), name: String::new() }
}

fn new(standing: Standing, correction: Correction) -> NewChange {
    NewChange { author: author("ada"), standing, what: Change::Corrections(vec![correction]), reason: "why not".to_owned(), now: now() }
}

fn corrected(store: &Store, id: StatementId, correction: Correction) -> ChangeId {
    match store.correct(id, &new(Standing::Moderator, correction)).unwrap() {
        Corrected::Applied(change) => change,
        other => panic!("{other:?}"),
    }
}

fn undone(store: &Store, change: ChangeId, now: jiff::Timestamp) -> Decided {
    store.undo(change, &By { author: &author("ada"), standing: Standing::Moderator, now }).unwrap()
}

fn actor(id: &str) -> ActorId {
    ActorId::from(id)
}

fn stances_of(store: &Store, holder: &str) -> Vec<(StatementId, String, Stance)> {
    let holdings = vec![Holding { actor: actor(holder), since: None, until: None }];
    let rows = store.stances(&StanceQuery { holdings, ..StanceQuery::default() }).unwrap();
    rows.into_iter().map(|row| (row.statement, row.target.id().to_owned(), row.stance)).collect()
}

fn said_by(store: &Store, speaker: &str) -> Vec<StatementId> {
    let holdings = vec![Holding { actor: actor(speaker), since: None, until: None }];
    let found = store.search(&StatementFilter { holdings, ..StatementFilter::default() }, 0, 50).unwrap();
    assert_eq!(found.hits.len() as u64, found.own + found.reported);
    found.hits.into_iter().map(|hit| hit.id).collect()
}

fn filled() -> (Store, std::collections::BTreeMap<String, Vec<StatementId>>) {
    let store = Store::open_in_memory().unwrap();
    let ids = World::load().fill(&store);
    (store, ids)
}

#[test]
fn another_speaker_takes_the_words_and_the_stances_along() {
    let (store, ids) = filled();
    let id = ids["rejects"][0];
    let before = store.statement(id).unwrap().unwrap();
    let was = stances_of(&store, "varn");
    let change = corrected(&store, id, Correction::Speaker(Some(actor("quell"))));
    let after = store.statement(id).unwrap().unwrap();
    assert_eq!((after.revision, after.is_corrected, after.speaker_name.as_deref()), (2, true, Some("Tomas Quell")));
    assert!(said_by(&store, "quell").contains(&id) && !said_by(&store, "varn").contains(&id));
    assert!(stances_of(&store, "quell").iter().any(|(statement, _, _)| *statement == id));
    assert!(!stances_of(&store, "varn").iter().any(|(statement, _, _)| *statement == id));
    let kept = store.revisions(id).unwrap();
    assert_eq!((kept.len(), &kept[0].statement, kept[0].change), (1, &before.statement, Some(change)));
    assert_eq!(store.reading(id).unwrap().as_ref(), Some(&before.statement));
    assert!(matches!(undone(&store, change, now()), Decided::Done(_)));
    let back = store.statement(id).unwrap().unwrap();
    assert_eq!((&back.statement, back.revision, back.is_corrected), (&before.statement, 3, false));
    assert_eq!((stances_of(&store, "varn"), store.revisions(id).unwrap().len(), store.reading(id).unwrap()), (was, 2, None));
}

#[test]
fn what_nobody_said_is_in_no_answer_and_no_count() {
    let (store, ids) = filled();
    let id = ids["rejects"][0];
    let (health, all) = (store.health().unwrap(), store.statement_ids(None, 1_000).unwrap());
    let words = StatementFilter { words: vec!["never sign this treaty".to_owned()], ..StatementFilter::default() };
    assert!(store.search(&words, 0, 10).unwrap().hits.iter().any(|hit| hit.id == id));
    let change = corrected(&store, id, Correction::NotAStatement);
    assert_eq!(store.health().unwrap().statements, health.statements - 1);
    assert_eq!(store.statement_ids(None, 1_000).unwrap().len(), all.len() - 1);
    assert!(!said_by(&store, "varn").contains(&id));
    assert!(!store.search(&words, 0, 10).unwrap().hits.iter().any(|hit| hit.id == id));
    assert!(!stances_of(&store, "varn").iter().any(|(statement, _, _)| *statement == id));
    let hidden = store.statement(id).unwrap().unwrap();
    assert_eq!((hidden.hidden, hidden.speaker_name.as_deref()), (Some(WhyHidden::Withdrawn), Some("Ilse Varn")));
    undone(&store, change, now());
    assert_eq!(store.health().unwrap().statements, health.statements);
    assert!(said_by(&store, "varn").contains(&id) && store.statement(id).unwrap().unwrap().hidden.is_none());
}

#[test]
fn a_copy_that_comes_later_takes_the_correction() {
    let (store, ids) = filled();
    let world = World::load();
    let id = ids["rejects"][0];
    corrected(&store, id, Correction::Speaker(Some(actor("quell"))));
    let places = store.statement(id).unwrap().unwrap().appearances.len();
    let found = store.corrected_candidates(Some(&actor("varn")), now() - 2000.hours(), 10).unwrap();
    assert_eq!(found.iter().map(|candidate| candidate.id).collect::<Vec<_>>(), [id]);
    assert!(store.corrected_candidates(None, now() - 2000.hours(), 10).unwrap().is_empty());
    let mut copy = world.block("rejects").ready();
    copy.article.outlet = "strait-dispatch".into();
    copy.article.url = "https://copy.example/1".to_owned();
    copy.key.fingerprint = "another".to_owned();
    copy.key.outlet = "strait-dispatch".into();
    copy.key.link = None;
    let batch = Batch { id: "copy", kind: BatchKind::Silent, alerts_max: 0 };
    store.ingest(&copy.ingest(batch, &[Some(id)]), &|_, _| Vec::new()).unwrap();
    let stored = store.statement(id).unwrap().unwrap();
    assert_eq!((stored.appearances.len(), stored.speaker_name.as_deref()), (places + 1, Some("Tomas Quell")));
    // taken back, the place where it was copied to is still known to the stance
    let holdings = vec![Holding { actor: actor("varn"), since: None, until: None }];
    undone(&store, ChangeId(1), now());
    let rows = store.stances(&StanceQuery { holdings, ..StanceQuery::default() }).unwrap();
    let row = rows.iter().find(|row| row.statement == id).unwrap();
    assert!(row.copies.iter().any(|outlet| outlet.as_str() == "strait-dispatch"), "{row:?}");
}

#[test]
fn an_alert_of_what_nobody_said_does_not_go_out_unless_it_is_put_back_in_time() {
    let store = Store::open_in_memory().unwrap();
    let world = World::load();
    world.teach(&store);
    let watch = WatchSpec {
        channel: channel(),
        subject: WatchSubject::Actor(actor("varn")),
        on: None,
        scope: stancebot::model::WatchScope::All,
        made_by: "x".into(),
    };
    store.add_watch(&watch, now()).unwrap();
    let ready = world.block("rejects").ready();
    let batch = Batch { id: "b1", kind: BatchKind::Regular, alerts_max: 10 };
    let written = store.ingest(&ready.ingest(batch, &[]), &one_alert_each).unwrap();
    let (first, second) = (written.outbox[0], written.outbox[1]);
    let change = corrected(&store, written.statements[0], Correction::NotAStatement);
    assert_eq!(store.outbox_row(first).unwrap().unwrap().state, OutboxState::Withdrawn);
    assert_eq!(store.take_due(now(), 10).unwrap()[0].id, second);
    undone(&store, change, now());
    assert_eq!(store.take_due(now(), 10).unwrap()[0].id, first);
    // what was posted stays posted
    store.mark_posted(first, None, now()).unwrap();
    let change = corrected(&store, written.statements[0], Correction::NotAStatement);
    assert_eq!(store.outbox_row(first).unwrap().unwrap().state, OutboxState::Sent);
    undone(&store, change, now());
    assert_eq!(store.outbox_row(first).unwrap().unwrap().state, OutboxState::Sent);
    // a day later it is no news any more
    let change = corrected(&store, written.statements[1], Correction::NotAStatement);
    undone(&store, change, now() + 25.hours());
    assert_eq!(store.outbox_row(second).unwrap().unwrap().state, OutboxState::Withdrawn);
}

#[test]
fn a_summary_tells_the_statements_that_are_left() {
    let store = Store::open_in_memory().unwrap();
    let world = World::load();
    world.teach(&store);
    let watch = WatchSpec {
        channel: channel(),
        subject: WatchSubject::Actor(actor("varn")),
        on: None,
        scope: stancebot::model::WatchScope::All,
        made_by: "x".into(),
    };
    store.add_watch(&watch, now()).unwrap();
    let ready = world.block("rejects").ready();
    let batch = Batch { id: "b1", kind: BatchKind::Regular, alerts_max: 0 };
    let written = store.ingest(&ready.ingest(batch, &[]), &one_alert_each).unwrap();
    let summary = written.outbox[0];
    corrected(&store, written.statements[0], Correction::NotAStatement);
    let row = store.outbox_row(summary).unwrap().unwrap();
    assert_eq!((row.statement_count, row.statements, row.state), (1, vec![written.statements[1]], OutboxState::Held));
    corrected(&store, written.statements[1], Correction::NotAStatement);
    assert_eq!(store.outbox_row(summary).unwrap().unwrap().state, OutboxState::Withdrawn);
}

#[test]
fn corrections_that_wait_have_limits_for_users_and_channels() {
    let (store, _) = filled();
    let all = store.statement_ids(None, 1_000).unwrap();
    let ask = |user: &str, id: StatementId, stance| {
        let what = Correction::Stance { holder: actor("osk"), target: Target::Actor(actor("quell")), stance: Some(stance) };
        store.correct(id, &NewChange { author: author(user), ..new(Standing::Member, what) }).unwrap()
    };
    let wishes: Vec<(StatementId, Stance)> = all.iter().flat_map(|id| Stance::ALL.iter().map(|stance| (*id, *stance))).collect();
    let mut wishes = wishes.into_iter();
    for user in 0..WAITING_PER_CHANNEL_MAX / WAITING_PER_USER_MAX {
        for (id, stance) in wishes.by_ref().take(usize::try_from(WAITING_PER_USER_MAX).unwrap()) {
            assert!(matches!(ask(&format!("user {user}"), id, stance), Corrected::Queued(_)));
        }
    }
    let (id, stance) = wishes.next().unwrap();
    assert!(matches!(ask("user 0", id, stance), Corrected::Full(what, WAITING_PER_USER_MAX) if what.contains("yours")));
    assert!(matches!(ask("another", id, stance), Corrected::Full(what, WAITING_PER_CHANNEL_MAX) if what.contains("channel")));
    let elsewhere = Author { channel: ChannelId { platform: "terminal".into(), room: "other".into() }, ..author("another") };
    let what = Correction::NotAStatement;
    let asked = store.correct(id, &NewChange { author: elsewhere.clone(), ..new(Standing::Member, what) }).unwrap();
    let Corrected::Queued(change) = asked else { panic!("{asked:?}") };
    // moderators decide in their channel, the operator everywhere
    let decide = |by: &Author, standing| store.decide(change, Verdict::Reject, &By { author: by, standing, now: now() }).unwrap();
    assert_eq!(decide(&author("mod"), Standing::Moderator), Decided::NotYours);
    assert!(matches!(decide(&author("op"), Standing::Operator), Decided::Done(_)));
    assert_eq!(store.waiting_changes(Some(&elsewhere.channel)).unwrap(), []);
    assert_eq!(store.waiting_changes(None).unwrap().len() as u64, WAITING_PER_CHANNEL_MAX);
}
