//! Articles that are read again: what stays, what becomes another, what people corrected, and later copies of corrected
//! statements. Real rules on invented texts; the rules of later are those of before with something taught.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::model::*;
use stancebot::pipeline::reread::DifferenceKind;
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::rules::{DataFile, Ruleset, builtin_files, learned_files};
use stancebot::store::{
    Batch, BatchKind, By, Corrected, Decided, Holding, Knowledge, NewChange, StanceQuery, Standing, StatementFilter, Store, Taught,
    WatchSpec, WhyHidden,
};
use std::sync::{Arc, LazyLock};

const FIRST: &str = "Mira Olander said that the harbour levy was unacceptable.\nRuben Kell said that the ferry would stay.\n\
                     Harbour Watch said that the bridge would open.\n";

static FILES: LazyLock<Vec<DataFile>> = LazyLock::new(|| {
    let mut files = builtin_files();
    for (path, text) in [
        ("actors/world.toml", include_str!("judge/world/actors/world.toml")),
        ("topics/world.toml", include_str!("judge/world/topics/world.toml")),
    ] {
        files.push(DataFile { path: path.to_owned(), shown_as: format!("tests/judge/world/{path}"), text: text.to_owned() });
    }
    files
});
static BEFORE: LazyLock<Arc<Ruleset>> = LazyLock::new(|| Arc::new(Ruleset::build(&FILES).unwrap()));
/// The same with a topic and an actor that were taught.
static AFTER: LazyLock<Arc<Ruleset>> = LazyLock::new(|| {
    let topic = Lesson::AddTopic { id: "harbour-levy".into(), name: "harbour levy".to_owned(), kind: TopicKind::Policy };
    let actor = Lesson::AddActor { id: "harbour-watch".into(), name: "Harbour Watch".to_owned(), kind: ActorKind::Organisation };
    let learned = learned_files(&BEFORE, &[topic, actor]);
    Arc::new(Ruleset::build(&FILES.iter().cloned().chain(learned).collect::<Vec<_>>()).unwrap())
});

fn now() -> Timestamp {
    "2025-03-14T12:00:00Z".parse().unwrap()
}

fn pipeline() -> Pipeline {
    let store = Store::open_in_memory().unwrap();
    sync(&store, &BEFORE);
    let fetcher = Fetcher::new(FetchPolicy { user_agent: "test".to_owned(), ..FetchPolicy::default() }).unwrap();
    Pipeline::new(store, BEFORE.clone(), Arc::new(fetcher), PipelineSettings { confidence_min: 0, per_poll_max: 5 })
}

fn sync(store: &Store, ruleset: &Ruleset) {
    let knowledge = Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() };
    store.sync_knowledge(&knowledge, now()).unwrap();
}

/// Puts an article in; gives its id and the ids of its statements.
fn arrives(pipeline: &Pipeline, outlet: &str, text: &str) -> (ArticleId, Vec<StatementId>) {
    let article = NewArticle {
        feed: None,
        outlet: outlet.into(),
        url: String::new(),
        title: String::new(),
        text: text.to_owned(),
        text_origin: TextOrigin::Feed,
        published: Some(now()),
        updated: None,
        first_seen: now(),
        sha256: "0".repeat(64),
    };
    let batch = Batch { id: outlet, kind: BatchKind::Regular, alerts_max: 5 };
    let written = pipeline.ingest(&Arrival { article: &article, entry: None, batch, now: now() }).unwrap();
    (written.article, written.statements)
}

fn new_rules(pipeline: &Pipeline) {
    sync(&pipeline.store, &AFTER);
    pipeline.rules.put(AFTER.clone());
}

fn author() -> Author {
    Author { channel: ChannelId { platform: "terminal".to_owned(), room: "a".to_owned() }, user: "nell".to_owned(), name: String::new() }
}

fn correct(store: &Store, id: StatementId, correction: Correction) -> ChangeId {
    let what = Change::Corrections(vec![correction]);
    let new = NewChange { author: author(), standing: Standing::Operator, what, reason: String::new(), now: now() };
    match store.correct(id, &new).unwrap() {
        Corrected::Applied(change) => change,
        other => panic!("{other:?}"),
    }
}

fn teach(store: &Store, lesson: &Lesson) -> ChangeId {
    let what = Change::Lesson(lesson.clone());
    let new = NewChange { author: author(), standing: Standing::Operator, what, reason: String::new(), now: now() };
    match store.teach(lesson, &new).unwrap() {
        Taught::Done(change) => change,
        other => panic!("{other:?}"),
    }
}

fn undo(store: &Store, change: ChangeId) {
    let by = By { author: &author(), standing: Standing::Operator, now: now() };
    assert!(matches!(store.undo(change, &by).unwrap(), Decided::Done(_)));
}

fn stances_on(store: &Store, topic: &str) -> Vec<(String, Stance)> {
    let query = StanceQuery { target: Some(Target::Topic(topic.into())), ..StanceQuery::default() };
    store.stances(&query).unwrap().into_iter().map(|row| (row.holder.to_string(), row.stance)).collect()
}

fn said_by(store: &Store, actor: &str) -> Vec<StatementId> {
    let holdings = vec![Holding { actor: actor.into(), since: None, until: None }];
    let found = store.search(&StatementFilter { holdings, ..StatementFilter::default() }, 0, 50).unwrap();
    found.hits.into_iter().map(|hit| hit.id).collect()
}

#[test]
fn the_same_rules_find_nothing_to_change() {
    let pipeline = pipeline();
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    let before = pipeline.store.statements(&ids).unwrap();
    let reread = pipeline.reread_plan(article).unwrap().unwrap();
    assert!(reread.differences.is_empty() && reread.plan.is_same, "{reread:?}");
    assert_eq!(reread.unchanged, ids.len());
    pipeline.store.stage_reread(&reread.plan).unwrap();
    let switched = pipeline.store.switch_rereads(now()).unwrap();
    assert_eq!((switched.articles, switched.new, switched.changed, switched.gone), (0, 0, 0, 0));
    assert_eq!(pipeline.store.statements(&ids).unwrap(), before);
}

#[test]
fn ids_stay_while_speakers_and_stances_become_those_of_the_rules_in_force() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let follow = WatchSpec {
        channel: author().channel,
        subject: WatchSubject::Topic("harbour-levy".into()),
        on: None,
        scope: stancebot::model::WatchScope::All,
        made_by: "nell".into(),
    };
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    assert_eq!(stances_on(store, "harbour-levy"), []);
    new_rules(&pipeline);
    store.add_watch(&follow, now()).unwrap();
    let reread = pipeline.reread_plan(article).unwrap().unwrap();
    let kinds: Vec<DifferenceKind> = reread.differences.iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [DifferenceKind::Stance, DifferenceKind::Speaker]);
    // looking changes nothing, staging nothing that a reader would notice
    assert_eq!(store.statement(ids[2]).unwrap().unwrap().statement.speaker.actor(), None);
    store.stage_reread(&reread.plan).unwrap();
    assert_eq!((stances_on(store, "harbour-levy"), said_by(store, "harbour-watch")), (vec![], vec![]));
    assert_eq!(store.statements_of_other_rules(AFTER.hash()).unwrap(), 2);
    let switched = store.switch_rereads(now()).unwrap();
    assert_eq!((switched.articles, switched.new, switched.changed, switched.gone, switched.left), (1, 0, 2, 0, 0));
    assert_eq!(stances_on(store, "harbour-levy"), [("olander".to_owned(), Stance::Oppose)]);
    assert_eq!(said_by(store, "harbour-watch"), [ids[2]]);
    assert_eq!(store.statements_of_article(article).unwrap(), ids);
    let changed = store.statement(ids[0]).unwrap().unwrap();
    assert_eq!((changed.revision, changed.ruleset_hash.as_str(), changed.is_corrected), (2, AFTER.hash(), false));
    assert_eq!(store.revisions(ids[0]).unwrap()[0].ruleset_hash, BEFORE.hash());
    assert_eq!(store.statements_of_other_rules(AFTER.hash()).unwrap(), 0);
    assert_eq!(store.outbox_next_due().unwrap(), None, "old news was alerted");
}

#[test]
fn corrections_survive_other_rules_and_win() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    let speaker = correct(store, ids[2], Correction::Speaker(Some("kell".into())));
    correct(store, ids[1], Correction::NotAStatement);
    new_rules(&pipeline);
    pipeline.reread(article, now()).unwrap();
    assert!(said_by(store, "kell").contains(&ids[2]) && said_by(store, "harbour-watch").is_empty());
    assert_eq!(store.statement(ids[1]).unwrap().unwrap().hidden, Some(WhyHidden::Withdrawn));
    assert!(store.statement(ids[2]).unwrap().unwrap().is_corrected);
    // taken back, the statement is what the rules in force read, not what the former ones did
    undo(store, speaker);
    assert_eq!(said_by(store, "harbour-watch"), [ids[2]]);
}

#[test]
fn what_is_not_read_any_more_keeps_its_id_and_comes_back_under_it() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    let mut plan = pipeline.reread_plan(article).unwrap().unwrap().plan;
    // as rules would that do not read the second statement
    plan.statements.remove(1);
    plan.ruleset_hash = "other".to_owned();
    plan.is_same = false;
    plan.refreshed.clear();
    store.stage_reread(&plan).unwrap();
    assert_eq!(store.switch_rereads(now()).unwrap().gone, 1);
    let gone = store.statement(ids[1]).unwrap().unwrap();
    assert_eq!((gone.hidden, gone.id), (Some(WhyHidden::Unread), ids[1]));
    assert_eq!(store.statements_of_article(article).unwrap(), [ids[0], ids[2]]);
    // and as those do that read it: the same id
    let back = pipeline.reread_plan(article).unwrap().unwrap();
    assert_eq!(
        back.differences.iter().map(|difference| (difference.kind, difference.id)).collect::<Vec<_>>(),
        [(DifferenceKind::New, Some(ids[1]))]
    );
    store.reread(&back.plan, now()).unwrap();
    assert_eq!(store.statements_of_article(article).unwrap(), ids);
    assert_eq!(store.statement(ids[1]).unwrap().unwrap().hidden, None);
}

#[test]
fn a_corrected_statement_stays_when_the_rules_do_not_read_it_any_more() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    let change = correct(store, ids[1], Correction::Speaker(Some("olander".into())));
    let mut plan = pipeline.reread_plan(article).unwrap().unwrap().plan;
    plan.statements.remove(1);
    plan.is_same = false;
    store.reread(&plan, now()).unwrap();
    assert!(said_by(store, "olander").contains(&ids[1]));
    undo(store, change);
    assert_eq!(store.statement(ids[1]).unwrap().unwrap().hidden, Some(WhyHidden::Unread));
}

#[test]
fn a_statement_that_is_new_gets_an_id_of_its_own() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    // as if former rules had overlooked the second
    let mut plan = pipeline.reread_plan(article).unwrap().unwrap().plan;
    plan.statements.remove(1);
    plan.is_same = false;
    store.reread(&plan, now()).unwrap();
    let mut full = pipeline.reread_plan(article).unwrap().unwrap().plan;
    let statement = store.revisions(ids[1]).unwrap().pop().unwrap().statement;
    full.statements[1] = stancebot::store::PlannedStatement { known: None, statement: Some(statement) };
    let switched = store.reread(&full, now()).unwrap();
    assert_eq!((switched.new, switched.gone), (1, 0));
    let now_there = store.statements_of_article(article).unwrap();
    assert_eq!((now_there.len(), now_there[0], now_there[2]), (3, ids[0], ids[2]));
    assert!(now_there[1] > ids[2]);
}

#[test]
fn a_plan_is_void_when_others_read_the_article_in_between() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, _) = arrives(&pipeline, "one", FIRST);
    new_rules(&pipeline);
    let reread = pipeline.reread_plan(article).unwrap().unwrap();
    store.stage_reread(&reread.plan).unwrap();
    pipeline.reread(article, now()).unwrap();
    let switched = store.switch_rereads(now()).unwrap();
    assert_eq!((switched.articles, switched.left, switched.changed), (0, 1, 0));
    store.stage_reread(&reread.plan).unwrap();
    store.clear_rereads().unwrap();
    assert_eq!(store.switch_rereads(now()).unwrap().left, 0);
}

#[test]
fn later_copies_of_a_corrected_statement_are_copies_of_it() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (_, ids) = arrives(&pipeline, "one", FIRST);
    correct(store, ids[0], Correction::Speaker(Some("kell".into())));
    correct(store, ids[1], Correction::NotAStatement);
    correct(store, ids[2], Correction::Speaker(Some("veld".into())));
    let (_, again) = arrives(&pipeline, "two", FIRST);
    assert_eq!(again, ids);
    assert_eq!((said_by(store, "olander"), said_by(store, "veld")), (vec![], vec![ids[2]]));
    assert_eq!(store.statement(ids[1]).unwrap().unwrap().hidden, Some(WhyHidden::Withdrawn));
    assert_eq!(store.statement(ids[1]).unwrap().unwrap().appearances.len(), 2);
    // other words of the same speaker are no copy
    let (_, other) = arrives(&pipeline, "three", "Mira Olander said that the ice on the canal had to melt before anything else.\n");
    assert_eq!(said_by(store, "olander"), other);
}

#[test]
fn a_copy_is_read_again_as_a_copy() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (_, ids) = arrives(&pipeline, "one", FIRST);
    let (copy, _) = arrives(&pipeline, "two", FIRST);
    new_rules(&pipeline);
    let reread = pipeline.reread_plan(copy).unwrap().unwrap();
    assert_eq!(reread.plan.statements.iter().map(|planned| planned.known).collect::<Vec<_>>()[..2], [Some(ids[0]), Some(ids[1])]);
    let switched = pipeline.reread(copy, now()).unwrap();
    // What nobody was known to have said is no copy of anything: it is the copying article's own.
    assert_eq!((switched.changed, switched.gone), (1, 0));
    assert_eq!(store.statement(ids[0]).unwrap().unwrap().appearances.len(), 2);
}

#[test]
fn nothing_is_collected_of_who_is_forgotten_and_all_of_it_can_come_back() {
    let pipeline = pipeline();
    let store = &pipeline.store;
    let (article, ids) = arrives(&pipeline, "one", FIRST);
    let change = teach(store, &Lesson::Forget("olander".into()));
    let (_, more) =
        arrives(&pipeline, "two", "Mira Olander said that the ice had to melt.\nRuben Kell said that Mira Olander would resign.\n");
    assert_eq!((more.len(), said_by(store, "olander")), (1, vec![]));
    new_rules(&pipeline);
    pipeline.reread(article, now()).unwrap();
    assert_eq!((said_by(store, "olander"), stances_on(store, "harbour-levy")), (vec![], vec![]));
    undo(store, change);
    assert_eq!(said_by(store, "olander"), [ids[0]]);
    assert_eq!(stances_on(store, "harbour-levy"), [("olander".to_owned(), Stance::Oppose)]);
}
