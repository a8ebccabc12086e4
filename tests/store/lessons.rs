//! What is taught, in the store: two actors that become one, people who are forgotten, and how both are taken back.

use crate::corrections::author;
use crate::world::{World, channel, now};
use jiff::ToSpan;
use stancebot::model::{ActorId, Change, ChangeId, Lesson, StatementId, Target, TopicId, TopicKind, WatchSubject};
use stancebot::store::{
    By, CHANGES_PER_USER_MAX, Decided, Holding, Knowledge, NewChange, StanceQuery, Standing, StatementFilter, Store, Taught, WatchSpec,
};

fn taught(store: &Store, lesson: &Lesson) -> ChangeId {
    let what = Change::Lesson(lesson.clone());
    let new = NewChange { author: author("ada"), standing: Standing::Moderator, what, reason: String::new(), now: now() };
    match store.teach(lesson, &new).unwrap() {
        Taught::Done(change) => change,
        other => panic!("{other:?}"),
    }
}

fn undo(store: &Store, change: ChangeId) {
    let by = By { author: &author("ada"), standing: Standing::Moderator, now: now() + 1.hour() };
    assert!(matches!(store.undo(change, &by).unwrap(), Decided::Done(_)));
}

fn actor(id: &str) -> ActorId {
    ActorId::from(id)
}

/// Everything that answers are made of, of one actor.
fn seen(store: &Store, id: &str) -> (Vec<StatementId>, Vec<(StatementId, String)>, usize) {
    let holdings = vec![Holding { actor: actor(id), since: None, until: None }];
    let found = store.search(&StatementFilter { holdings: holdings.clone(), ..StatementFilter::default() }, 0, 50).unwrap();
    let rows = store.stances(&StanceQuery { holdings, ..StanceQuery::default() }).unwrap();
    let towards = store.stances(&StanceQuery { target: Some(Target::Actor(actor(id))), ..StanceQuery::default() }).unwrap();
    let statements = found.hits.into_iter().map(|hit| hit.id).collect();
    (statements, rows.into_iter().map(|row| (row.statement, row.target.id().to_owned())).collect(), towards.len())
}

fn filled() -> Store {
    let store = Store::open_in_memory().unwrap();
    World::load().fill(&store);
    store
}

#[test]
fn a_merged_actor_leads_on_and_comes_back() {
    let store = filled();
    let subject = WatchSubject::Actor(actor("quell"));
    store
        .add_watch(
            &WatchSpec { channel: channel(), subject, on: None, scope: stancebot::model::WatchScope::All, made_by: "x".into() },
            now(),
        )
        .unwrap();
    let before = (seen(&store, "quell"), seen(&store, "osk"));
    assert!(!before.0.0.is_empty() && store.names_exact("tomas quell").unwrap()[0].id == "quell");
    let change = taught(&store, &Lesson::Merge { from: actor("quell"), into: actor("osk") });
    assert_eq!(seen(&store, "quell").0, []);
    assert_eq!(seen(&store, "osk").0.len(), before.0.0.len() + before.1.0.len());
    assert_eq!(store.actor(&actor("quell")).unwrap().unwrap().actor.id, actor("osk"));
    assert_eq!(store.names_exact("tomas quell").unwrap()[0].id, "osk");
    assert_eq!(store.watches(&channel()).unwrap()[0].subject, WatchSubject::Actor(actor("osk")));
    undo(&store, change);
    assert_eq!((seen(&store, "quell"), seen(&store, "osk")), before);
    assert_eq!(store.actor(&actor("quell")).unwrap().unwrap().actor.id, actor("quell"));
    assert_eq!(store.names_exact("tomas quell").unwrap()[0].id, "quell");
    assert_eq!(store.watches(&channel()).unwrap()[0].subject, WatchSubject::Actor(actor("quell")));
}

#[test]
fn a_forgotten_actor_is_nowhere_and_comes_back() {
    let store = filled();
    let before = seen(&store, "varn");
    let others = store.health().unwrap().statements;
    let change = taught(&store, &Lesson::Forget(actor("varn")));
    assert_eq!(seen(&store, "varn"), (Vec::new(), Vec::new(), 0));
    assert_eq!(store.names_exact("ilse varn").unwrap(), []);
    assert_eq!(store.forgotten().unwrap().into_iter().collect::<Vec<_>>(), [actor("varn")]);
    assert!(store.health().unwrap().statements < others);
    assert!(
        !store
            .statement_ids(None, 1_000)
            .unwrap()
            .iter()
            .any(|id| before.0.contains(id) && store.statement(*id).unwrap().unwrap().statement.speaker.actor() == Some(&actor("varn")))
    );
    // knowledge that is written anew does not bring the name back
    let world = World::load();
    let mut actors = world.actors();
    actors.iter_mut().for_each(|known| known.source = "looked up again".to_owned());
    let (topics, outlets) = (world.topics(), world.outlets());
    store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, now()).unwrap();
    assert_eq!(store.names_exact("ilse varn").unwrap(), []);
    undo(&store, change);
    assert_eq!(seen(&store, "varn"), before);
    assert!(!store.names_exact("ilse varn").unwrap().is_empty());
    assert_eq!(store.health().unwrap().statements, others);
}

#[test]
fn lessons_are_kept_in_order_with_a_version_that_grows() {
    let store = filled();
    assert_eq!(store.lessons_version().unwrap(), 0);
    let add = Lesson::AddTopic { id: TopicId::from("levy"), name: "harbour levy".to_owned(), kind: TopicKind::Policy };
    let named = Lesson::Name { of: Target::Topic(TopicId::from("levy")), name: "pier tax".to_owned() };
    let first = taught(&store, &add);
    taught(&store, &named);
    let lessons = store.lessons().unwrap();
    assert_eq!((lessons.version, lessons.reread, lessons.held), (2, 0, vec![add.clone(), named.clone()]));
    store.lessons_are_read(2).unwrap();
    undo(&store, first);
    let lessons = store.lessons().unwrap();
    assert_eq!((lessons.version, lessons.reread, lessons.held, lessons.taken_back), (3, 2, vec![named], vec![add]));
}

#[test]
fn changes_have_a_limit_a_day() {
    let store = filled();
    let lesson = Lesson::Name { of: Target::Actor(actor("osk")), name: "Mira of the Palace".to_owned() };
    for _ in 0..CHANGES_PER_USER_MAX {
        taught(&store, &lesson);
    }
    let what = Change::Lesson(lesson.clone());
    let mut new = NewChange { author: author("ada"), standing: Standing::Operator, what, reason: String::new(), now: now() };
    assert!(matches!(store.teach(&lesson, &new).unwrap(), Taught::Full(_, CHANGES_PER_USER_MAX)));
    new.now = now() + 25.hours();
    assert!(matches!(store.teach(&lesson, &new).unwrap(), Taught::Done(_)));
}
