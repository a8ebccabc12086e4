//! What Matrix needs remembered: the place and the events that were taken up are one step, questions keep their answers, and what belongs
//! to a room goes along when it is replaced.

use jiff::{SignedDuration, Timestamp};
use stancebot::model::{ActorId, ChannelId, WatchScope, WatchSubject};
use stancebot::store::{MOVED_TO, MatrixProgress, MatrixQuestion, Store, WatchAdded, WatchSpec};

fn now() -> Timestamp {
    "2025-12-10T12:00:00Z".parse().unwrap()
}

fn progress(token: &str) -> MatrixProgress {
    MatrixProgress { device: "DEV".into(), token: Some(token.into()), started: now() }
}

fn event(name: &str) -> (String, String) {
    (name.to_owned(), "!room".to_owned())
}

#[test]
fn an_event_is_taken_up_once_together_with_the_place() {
    let store = Store::open_in_memory().unwrap();
    assert_eq!(store.matrix_progress("@b:x").unwrap(), None);
    let new = store.matrix_advance("@b:x", &progress("s1"), (&[event("$1"), event("$2")], now())).unwrap();
    assert_eq!(new, [event("$1"), event("$2")]);
    let again = store.matrix_advance("@b:x", &progress("s2"), (&[event("$2"), event("$3")], now())).unwrap();
    assert_eq!(again, [event("$3")]);
    assert_eq!(store.matrix_progress("@b:x").unwrap(), Some(progress("s2")));
    assert_eq!(store.matrix_progress("@c:x").unwrap(), None);
    store.matrix_close("$1").unwrap();
    assert_eq!(store.matrix_open(now()).unwrap(), [event("$2"), event("$3")]);
    assert!(store.matrix_open(now() + SignedDuration::from_secs(1)).unwrap().is_empty());
    assert_eq!((store.matrix_event("$1").unwrap(), store.matrix_event("$3").unwrap()), (Some(false), Some(true)));
    assert_eq!((store.matrix_event("$9").unwrap(), store.matrix_take(("$3", "!room"), now()).unwrap()), (None, false));
}

#[test]
fn a_question_keeps_its_answers_in_order_and_is_done_with_them() {
    let store = Store::open_in_memory().unwrap();
    store.matrix_take(("$q", "!room"), now()).unwrap();
    let question = MatrixQuestion {
        event: "$q".into(),
        room: "!room".into(),
        asker: "@a:x".into(),
        words: "f".into(),
        query: Some("stance quill".into()),
        page: 1,
        pages: 3,
        answers: vec!["$b".into(), "$a".into()],
        pictures: vec!["$p".into()],
        ..MatrixQuestion::default()
    };
    store.matrix_answered(&question, now()).unwrap();
    assert_eq!(store.matrix_event("$q").unwrap(), Some(false));
    for answer in ["$a", "$b", "$p"] {
        assert_eq!(store.matrix_question_of(answer).unwrap(), Some(question.clone()), "{answer}");
    }
    assert_eq!(store.matrix_question_of("$q").unwrap(), None);
    let turned = MatrixQuestion { page: 2, answers: vec!["$b".into()], pictures: Vec::new(), ..question };
    store.matrix_answered(&turned, now()).unwrap();
    assert_eq!((store.matrix_question("$q").unwrap(), store.matrix_question_of("$a").unwrap()), (Some(turned), None));
}

#[test]
fn the_newest_answer_is_that_of_the_room_and_thread() {
    let store = Store::open_in_memory().unwrap();
    let ask = |event: &str, thread: Option<&str>, after: i64| {
        let question = MatrixQuestion {
            event: event.into(),
            room: "!room".into(),
            thread: thread.map(str::to_owned),
            query: Some(event.into()),
            ..MatrixQuestion::default()
        };
        store.matrix_answered(&question, now() + SignedDuration::from_secs(after)).unwrap();
    };
    ask("$1", None, 1);
    ask("$2", Some("$root"), 2);
    ask("$3", None, 3);
    let newest = |thread, other: &str| store.matrix_newest("!room", thread, other).unwrap().map(|question| question.event);
    assert_eq!((newest(None, "$x").as_deref(), newest(None, "$3").as_deref()), (Some("$3"), Some("$1")));
    assert_eq!((newest(Some("$root"), "$x").as_deref(), newest(Some("$other"), "$x")), (Some("$2"), None));
}

#[test]
fn events_and_answers_of_long_ago_are_forgotten() {
    let store = Store::open_in_memory().unwrap();
    store.matrix_take(("$old", "!room"), now()).unwrap();
    let question = MatrixQuestion { event: "$old".into(), answers: vec!["$answer".into()], ..MatrixQuestion::default() };
    store.matrix_answered(&question, now()).unwrap();
    let later = now() + SignedDuration::from_hours(24 * 31);
    store.matrix_advance("@b:x", &progress("s"), (&[event("$new")], later)).unwrap();
    assert_eq!((store.matrix_event("$old").unwrap(), store.matrix_question_of("$answer").unwrap()), (None, None));
}

#[test]
fn what_a_room_follows_goes_along_to_the_one_that_replaces_it() {
    let store = Store::open_in_memory().unwrap();
    let channel = |room: &str| ChannelId { platform: "matrix".into(), room: room.into() };
    let watch = |room: &str, actor: &str| WatchSpec {
        channel: channel(room),
        subject: WatchSubject::Actor(ActorId::from(actor)),
        on: None,
        scope: WatchScope::All,
        made_by: "@a:x".into(),
    };
    for spec in [watch("!old", "quill"), watch("!old", "tarn"), watch("!new", "tarn")] {
        assert!(matches!(store.add_watch(&spec, now()).unwrap(), WatchAdded::Added(_)));
    }
    store.set_setting(&channel("!old"), "timezone", Some("Europe/Berlin")).unwrap();
    store.set_setting(&channel("!old"), "paused", Some("gone")).unwrap();
    let waiting = store.push_notice(&channel("!old"), "words", now()).unwrap();
    store.move_channel(&channel("!old"), "!new").unwrap();
    store.set_matrix_room("!old", MOVED_TO, Some("!new")).unwrap();
    assert_eq!((store.watches(&channel("!old")).unwrap().len(), store.watches(&channel("!new")).unwrap().len()), (0, 2));
    assert_eq!(store.setting(&channel("!new"), "timezone").unwrap().as_deref(), Some("Europe/Berlin"));
    assert_eq!(store.paused(&channel("!new")).unwrap(), None);
    assert_eq!(store.outbox_row(waiting).unwrap().unwrap().channel, channel("!new"));
    assert_eq!(store.present_channel(&channel("!old")).unwrap(), channel("!new"));
    assert_eq!(store.present_channel(&channel("!new")).unwrap(), channel("!new"));
    store.set_matrix_room("!new", MOVED_TO, Some("!old")).unwrap();
    assert!(store.present_channel(&channel("!old")).is_ok(), "a circle ends");
}
