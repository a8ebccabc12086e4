//! What comes back: a process after another one, a permission, a sign of life, an answer that was lost.

use crate::alerts::{Post, channel, follow, ingest};
use crate::bot::{Answers, Bot, quick};
use crate::fake::{BOT, CHANNEL, Fake, Fault, MODERATOR, OTHER_CHANNEL, OWNER, Push, READER, Room, World, private_of, private_with};
use crate::stage::world;
use crate::talk::{marked, unmarked};
use serde_json::{Value, json};
use stancebot::alerts::deliver::Round;
use stancebot::chat::Platform;
use stancebot::chat::discord::{ContentIntent, Pace};
use stancebot::store::OutboxState;
use std::time::Duration;

/// The private channel of these tests.
const PRIVATE: &str = "77";

async fn reply_to(fake: &Fake, id: &str) -> Value {
    fake.until("a reply", |world| world.reply_to(id).cloned()).await
}

/// Says something that is surely answered: what came before has been looked at by then.
async fn fence(fake: &Fake) {
    let id = fake.say(CHANNEL, READER, &format!("<@{BOT}> help why"));
    reply_to(fake, &id).await;
}

fn words(message: &Value) -> String {
    unmarked(&marked(message))
}

fn private(world: &mut World) {
    let channel = private_of(world.channels[CHANNEL].clone());
    world.channels.insert(PRIVATE.to_owned(), channel);
}

fn replies(world: &World, id: &str) -> usize {
    world.messages.iter().filter(|message| message["message_reference"]["message_id"] == id).count()
}

#[tokio::test]
async fn what_was_asked_in_private_while_no_process_ran_is_answered_once() {
    let (fake, state) = (Fake::start().await, tempfile::tempdir().unwrap());
    fake.with(private);
    let bot = Bot::start_in(&fake, Answers::new(world("world")), state.path()).await;
    let first = fake.say(PRIVATE, READER, "why 1");
    reply_to(&fake, &first).await;
    bot.end().await.unwrap();
    let missed = fake.say_unheard(PRIVATE, READER, "why 2");
    for _ in 0..2 {
        let bot = Bot::start_in(&fake, Answers::new(world("world")), state.path()).await;
        reply_to(&fake, &missed).await;
        fence(&fake).await;
        bot.end().await.unwrap();
    }
    assert_eq!(fake.with(|world| [replies(world, &first), replies(world, &missed)]), [1, 1]);
    fake.assert_clean();
}

#[tokio::test]
async fn the_next_process_knows_which_answer_belongs_to_a_question() {
    let (fake, state) = (Fake::start().await, tempfile::tempdir().unwrap());
    let bot = Bot::start_in(&fake, Answers::new(world("world")), state.path()).await;
    let kept = fake.say(CHANNEL, READER, "!why 1");
    let answer = reply_to(&fake, &kept).await["id"].as_str().unwrap().to_owned();
    let removed = fake.say(CHANNEL, READER, "!why 2");
    let gone = reply_to(&fake, &removed).await["id"].as_str().unwrap().to_owned();
    fake.react((CHANNEL, &gone), READER, "❌");
    fake.until("the removal", |world| world.message(&gone).is_none().then_some(())).await;
    bot.end().await.unwrap();
    let bot = Bot::start_in(&fake, Answers::new(world("world")), state.path()).await;
    fake.edit(&kept, "!source 1");
    let changed = fake.until("the change", |world| world.message(&answer).filter(|now| now["edited_timestamp"].is_string()).cloned()).await;
    assert!(words(&changed).contains("courier.example") || words(&changed).contains("Courier"), "{changed}");
    fence(&fake).await;
    assert_eq!(fake.with(|world| [replies(world, &kept), replies(world, &removed)]), [1, 0], "a removed answer does not come again");
    fake.assert_clean();
    bot.end().await.unwrap();
}

/// What was done and not answered before the process ended is answered by the next one, and not done again.
#[tokio::test]
async fn what_changes_something_is_done_once_also_over_processes() {
    let (fake, state, store) = (Fake::start().await, tempfile::tempdir().unwrap(), world("world"));
    let bot = Bot::start_in(&fake, Answers::new(store.clone()), state.path()).await;
    for topic in ["mooring tariff", "pilotage tariff"] {
        let id = fake.say(CHANNEL, MODERATOR, &format!("!topic add {topic}"));
        reply_to(&fake, &id).await;
    }
    let lost = Fault { times: 1_000, ..Fault::new("POST", "/messages", 500) };
    fake.with(|world| world.faults = vec![lost]);
    let undo = fake.say(CHANNEL, MODERATOR, "!undo");
    let tries = |world: &World| world.requests.iter().filter(|asked| asked.method == "POST" && asked.status == 500).count();
    fake.until("a try to answer", |world| (tries(world) > 0).then_some(())).await;
    bot.end().await.unwrap();
    fake.with(|world| world.faults.clear());
    let bot = Bot::start_in(&fake, Answers::new(store), state.path()).await;
    let told = reply_to(&fake, &undo).await;
    assert!(words(&told).contains("taken back"), "{told}");
    let listed = fake.say(CHANNEL, READER, "!topics tariff");
    let listed = words(&reply_to(&fake, &listed).await);
    assert!(listed.contains("ooring tariff") && !listed.contains("ilotage tariff"), "{listed}");
    assert_eq!(fake.with(|world| replies(world, &undo)), 1);
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn the_missing_intent_is_told_to_the_owner_once_also_over_processes() {
    let (fake, state) = (Fake::start().await, tempfile::tempdir().unwrap());
    fake.with(|world| world.app_flags = 0);
    let told = private_with(OWNER);
    for _ in 0..2 {
        let bot = Bot::start_in(&fake, Answers::new(world("world")), state.path()).await;
        fake.say(CHANNEL, READER, "!why 1");
        fake.say(OTHER_CHANNEL, READER, "!why 1");
        fake.until("the notice", |world| (!world.own_in(&told).is_empty()).then_some(())).await;
        fence(&fake).await;
        bot.end().await.unwrap();
    }
    let notices: Vec<String> = fake.with(|world| world.own_in(&told).iter().map(|message| words(message)).collect());
    assert!(notices.len() == 1 && notices[0].contains("MESSAGE CONTENT INTENT") && notices[0].contains("News"), "{notices:?}");
    let elsewhere = fake.with(|world| world.messages.iter().filter(|message| words(message).contains("CONTENT INTENT")).count());
    assert_eq!(elsewhere, 1);
    fake.assert_clean();
}

#[tokio::test]
async fn an_owner_who_takes_no_messages_is_told_where_the_bot_is_mentioned() {
    let fake = Fake::start().await;
    let refused = json!({"code": 50_007, "message": "Cannot send messages to this user"});
    fake.with(|world| {
        world.app_flags = 0;
        world.faults = vec![Fault { body: refused, times: 100, ..Fault::new("POST", "/users/@me/channels", 403) }];
    });
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    fake.say(CHANNEL, READER, "!why 1");
    fake.until("a try", |world| world.requests.iter().any(|asked| asked.path.ends_with("/users/@me/channels")).then_some(())).await;
    fence(&fake).await;
    fence(&fake).await;
    let is_notice = |message: &&Value| words(message).contains("MESSAGE CONTENT INTENT");
    fake.until("the notice", |world| world.own_in(CHANNEL).into_iter().find(is_notice).map(|_| ())).await;
    fence(&fake).await;
    assert_eq!(fake.with(|world| world.own_in(CHANNEL).into_iter().filter(is_notice).count()), 1);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn nobody_is_told_of_an_intent_that_is_not_wanted_or_not_missing() {
    for (content, flags) in [(ContentIntent::Off, 0), (ContentIntent::Auto, 1 << 19)] {
        let fake = Fake::start().await;
        fake.with(|world| world.app_flags = flags);
        let bot = Bot::start_with(&fake, Answers::new(world("world")), |options| options.content = content);
        fake.until("READY", |world| world.ready.then_some(())).await;
        // a poll and a forwarded message have no words either
        fake.say(CHANNEL, READER, "");
        fence(&fake).await;
        fence(&fake).await;
        let told = fake.with(|world| world.messages.iter().any(|message| words(message).contains("CONTENT INTENT")));
        assert!(!told, "{content:?}");
        bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn a_closed_channel_is_tried_again_when_the_permission_comes_back_and_not_before() {
    let post = Post::new(|_| {}).await;
    let id = post.notice(CHANNEL, "held");
    post.fake.with(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::NoSending);
    assert_eq!(post.drain().await, Round { waiting: 1, ..Round::default() });
    let update = async || {
        let changed = post.fake.with(|world| world.channel(CHANNEL, &world.channels[CHANNEL]));
        post.fake.dispatch("CHANNEL_UPDATE", changed);
        let id = post.fake.slash((OTHER_CHANNEL, MODERATOR), "health", json!([]));
        post.fake.until("the update", |world| world.interactions[&id].answer.clone()).await;
    };
    update().await;
    assert_eq!(post.courier.resume().await.unwrap(), 0, "it is still closed");
    assert_eq!(post.drain().await, Round::default(), "the next try is a quarter of an hour away");
    post.fake.with(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::Open);
    update().await;
    assert_eq!(post.courier.resume().await.unwrap(), 1);
    assert_eq!(post.drain().await, Round { sent: 1, ..Round::default() });
    assert_eq!((post.state(id), post.posted(CHANNEL)), (OutboxState::Sent, vec!["held".to_owned()]));
    update().await;
    assert_eq!(post.courier.resume().await.unwrap(), 0, "nothing waits any more");
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn a_forum_gets_one_thread_also_when_the_answer_to_making_it_is_lost() {
    let forum = "1000000000000000014";
    let post = Post::new(|world| {
        let channel = crate::fake::World::default().channels[CHANNEL].clone();
        world.channels.insert(forum.to_owned(), crate::fake::forum_of(channel));
        world.faults = vec![Fault { acts: true, ..Fault::new("POST", "/threads", 504) }];
    })
    .await;
    let id = post.notice(forum, "in a forum");
    assert_eq!(post.drain().await, Round { waiting: 1, ..Round::default() });
    post.store.release_channel(&channel(forum), jiff::Timestamp::now()).unwrap();
    assert_eq!(post.drain().await, Round { sent: 1, ..Round::default() });
    let threads = post.fake.with(|world| {
        let of_forum = world.channels.iter().filter(|(_, channel)| channel.parent.as_deref() == Some(forum));
        of_forum.map(|(id, _)| id.clone()).collect::<Vec<String>>()
    });
    assert_eq!(threads.len(), 1);
    assert_eq!((post.state(id), post.posted(&threads[0])), (OutboxState::Sent, vec!["in a forum".to_owned()]));
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn a_deaf_shard_is_unwell_and_well_again_when_it_hears() {
    let fake = Fake::start().await;
    fake.with(|world| world.heartbeat_millis = 100);
    let deaf_after = Duration::from_millis(1_500);
    let bot = Bot::start_with(&fake, Answers::new(world("world")), |options| options.pace = Pace { deaf_after, ..quick() });
    fake.until("heartbeats", |world| (world.heartbeats >= 20).then_some(())).await;
    assert_eq!(bot.face.is_well(), Some(true), "answered heartbeats are a sign of life");
    fake.with(|world| world.refuses_upgrade = true);
    fake.push(Push::Cut);
    wait_until(|| bot.face.is_well() == Some(false)).await;
    fake.with(|world| world.refuses_upgrade = false);
    fence(&fake).await;
    wait_until(|| bot.face.is_well() == Some(true)).await;
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_channel_that_refuses_is_not_asked_again_until_a_permission_changes() {
    let fake = Fake::start().await;
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    fence(&fake).await;
    fake.with(|world| world.channels.get_mut(OTHER_CHANNEL).unwrap().room = Room::NoSending);
    let refusals = |world: &World| world.requests.iter().filter(|asked| asked.status == 403).count();
    fake.say(OTHER_CHANNEL, READER, "!why 1");
    fake.until("a plain try after the embed", |world| (refusals(world) == 2).then_some(())).await;
    fence(&fake).await;
    for _ in 0..5 {
        fake.say(OTHER_CHANNEL, READER, "!why 1");
    }
    fence(&fake).await;
    assert_eq!(fake.with(|world| refusals(world)), 2, "every refusal counts against the address");
    let changed = fake.with(|world| {
        world.channels.get_mut(OTHER_CHANNEL).unwrap().room = Room::Open;
        world.channel(OTHER_CHANNEL, &world.channels[OTHER_CHANNEL])
    });
    fake.dispatch("CHANNEL_UPDATE", changed);
    let id = fake.say(OTHER_CHANNEL, READER, "!why 1");
    reply_to(&fake, &id).await;
    bot.end().await.unwrap();
}

#[tokio::test]
async fn an_interaction_whose_answer_was_lost_on_the_way_is_answered_once() {
    for status in [0, 504] {
        let fake = Fake::start().await;
        fake.with(|world| world.faults = vec![Fault { acts: true, ..Fault::new("POST", "/callback", status) }]);
        let bot = Bot::start(&fake, Answers::new(world("world"))).await;
        let id = fake.slash((CHANNEL, READER), "why", json!([{"name": "id", "type": 4, "value": 1}]));
        fake.until("an answer", |world| world.interactions[&id].answer.clone()).await;
        fence(&fake).await;
        let is_answer = |message: &&Value| words(message).contains("shape/said");
        assert_eq!(fake.with(|world| world.own_in(CHANNEL).into_iter().filter(is_answer).count()), 1, "{status}");
        fake.assert_clean();
        bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn without_an_address_from_discord_nothing_is_dialled() {
    let fake = Fake::start().await;
    let down = |path: &'static str| Fault { times: 8, ..Fault::new("GET", path, 503) };
    fake.with(|world| world.faults = vec![down("/gateway/bot")]);
    let bot = Bot::start_with(&fake, Answers::new(world("world")), |_| {});
    fake.until("the last failure", |world| world.faults.is_empty().then_some(())).await;
    assert_eq!(fake.with(|world| (world.opened, world.identifies.len())), (0, 0));
    fence(&fake).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_token_that_is_refused_by_mistake_is_tried_again_and_one_that_is_taken_back_ends_the_bot() {
    for (is_mistake, times) in [(true, 1), (false, 1_000)] {
        let fake = Fake::start().await;
        let answers = Answers::new(world("world"));
        let bot = Bot::start_with(&fake, answers, |options| options.pace.answer_wait = Duration::from_millis(200));
        fake.until("READY", |world| world.ready.then_some(())).await;
        fence(&fake).await;
        let refused = |path: &'static str| Fault { times, ..Fault::new("POST", path, 401) };
        fake.with(|world| {
            world.faults = vec![refused("/messages")];
            if !is_mistake {
                world.faults.push(Fault { times, ..Fault::new("GET", "/users/@me", 401) });
            }
        });
        fake.say(CHANNEL, READER, "!why 1");
        if is_mistake {
            fake.until("another look", |world| {
                let looks = world.requests.iter().filter(|asked| asked.path.ends_with("/users/@me")).count();
                (looks >= 2).then_some(())
            })
            .await;
            fence(&fake).await;
            bot.end().await.unwrap();
        } else {
            let ended = tokio::time::timeout(Duration::from_secs(60), bot.task).await.expect("it ends").unwrap();
            assert!(matches!(ended, Err(stancebot::chat::FaceError::Token(_))), "{ended:?}");
            assert!(fake.with(|world| world.requests.iter().filter(|asked| asked.status == 401).count()) <= 3);
        }
    }
}

#[tokio::test]
async fn of_two_alerts_with_the_same_words_both_come() {
    let post = Post::new(|_| {}).await;
    let first = post.notice(CHANNEL, "the same words");
    post.drain().await;
    post.fake.with(|world| world.faults = vec![Fault::new("POST", "/messages", 500)]);
    let second = post.notice(CHANNEL, "the same words");
    assert_eq!(post.drain().await, Round { waiting: 1, ..Round::default() });
    post.store.release_channel(&channel(CHANNEL), jiff::Timestamp::now()).unwrap();
    assert_eq!(post.drain().await, Round { sent: 1, ..Round::default() });
    assert_eq!(post.posted(CHANNEL), ["the same words", "the same words"]);
    assert_eq!((post.state(first), post.state(second)), (OutboxState::Sent, OutboxState::Sent));
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}

/// Waits for something that no event of the stand-in tells.
async fn wait_until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("it comes to hold");
}

#[tokio::test]
async fn events_that_cannot_be_read_stand_in_health() {
    let fake = Fake::start().await;
    let answers = Answers::new(world("world"));
    let bot = Bot::start(&fake, answers.clone()).await;
    let before = fake.say(CHANNEL, READER, "!health");
    assert!(!words(&reply_to(&fake, &before).await).contains("could not be read"));
    fake.push(Push::Garbage("{ not JSON".to_owned()));
    fence(&fake).await;
    assert_eq!(bot.face.unread_events(), 1);
    answers.store.note_unread(bot.face.name(), bot.face.unread_events()).unwrap();
    let after = fake.say(CHANNEL, READER, "!health");
    let told = words(&reply_to(&fake, &after).await);
    assert!(told.contains("1 event of a chat platform could not be read"), "{told}");
    answers.store.forget_faces().unwrap();
    assert_eq!(answers.store.health().unwrap().unread_events, 0, "another start counts anew");
    bot.end().await.unwrap();
}

#[tokio::test]
async fn names_are_suggested_by_what_the_channel_was_alerted_to() {
    let post = Post::new(|_| {}).await;
    let suggested = async |room: &str| {
        let options = json!([{"name": "actor", "type": 3, "value": "", "focused": true}]);
        let id = post.fake.type_option((room, READER), "stance", options);
        let answer = post.fake.until("suggestions", |world| world.interactions[&id].answer.clone()).await;
        let choices = answer["data"]["choices"].as_array().unwrap().clone();
        choices.iter().map(|choice| choice["value"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    follow(&post.store, CHANNEL);
    ingest(&post.store, ("pier-courier", "https://courier.example/1"), "Captain Nora Vale said that the old pier would stay open.", None);
    let place = |names: &[String], wanted: &str| names.iter().position(|name| name.contains(wanted)).unwrap_or_else(|| panic!("{names:?}"));
    let here = suggested(CHANNEL).await;
    assert!(place(&here, "vale") < place(&here, "quill"), "{here:?}");
    let elsewhere = suggested(OTHER_CHANNEL).await;
    assert!(place(&elsewhere, "quill") < place(&elsewhere, "vale"), "who is talked about most comes first: {elsewhere:?}");
    post.bot.end().await.unwrap();
}
