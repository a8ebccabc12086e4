//! What Discord and the network do to a connection: nothing is lost, nothing is answered twice, the bot neither spins nor goes deaf.

use crate::bot::{Answers, Bot, quick};
use crate::fake::{BOT, CHANNEL, Fake, Fault, MODERATOR, Push, READER, Resume, World};
use crate::stage::world;
use serde_json::json;
use stancebot::chat::{FaceError, Platform, Secret};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

async fn started() -> (Fake, Bot, std::sync::Arc<Answers>) {
    let fake = Fake::start().await;
    let answers = Answers::new(world("world"));
    let bot = Bot::start(&fake, answers.clone()).await;
    (fake, bot, answers)
}

async fn reply_to(fake: &Fake, id: &str) {
    fake.until("a reply", |world| world.reply_to(id).map(|_| ())).await;
}

async fn fence(fake: &Fake) {
    let id = fake.say(CHANNEL, READER, "!help why");
    reply_to(fake, &id).await;
}

fn replies(world: &World, id: &str) -> usize {
    world.own_in(CHANNEL).iter().filter(|message| message["message_reference"]["message_id"] == id).count()
}

fn op(op: u64, d: serde_json::Value) -> Push {
    Push::Raw(json!({"op": op, "d": d, "s": null, "t": null}))
}

#[tokio::test]
async fn an_interruption_that_keeps_the_session_loses_nothing() {
    for fault in [Push::Close(Some(4_000)), Push::Close(Some(4_008)), Push::Close(None), Push::Cut, op(7, json!(null)), op(9, json!(true))]
    {
        let (fake, bot, answers) = started().await;
        fence(&fake).await;
        let missed = fake.with(|world| world.write(CHANNEL, READER, "!why 1"));
        let id = missed["id"].as_str().unwrap().to_owned();
        fake.miss("MESSAGE_CREATE", missed);
        fake.push(fault.clone());
        reply_to(&fake, &id).await;
        fence(&fake).await;
        let (identifies, resumes, opened) = fake.with(|world| (world.identifies.len(), world.resumes.len(), world.opened));
        assert_eq!((identifies, resumes, opened), (1, 1, 2), "{fault:?}");
        assert_eq!(answers.asked.load(Ordering::SeqCst), 3, "{fault:?}");
        fake.assert_clean();
        bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn an_interruption_that_ends_the_session_is_caught_up() {
    for (fault, resume) in [
        (Push::Close(Some(4_009)), Resume::Works),
        (Push::Close(Some(1_000)), Resume::Works),
        (op(9, json!(false)), Resume::Works),
        (Push::Close(Some(4_000)), Resume::Refused),
        (Push::Cut, Resume::Silent),
    ] {
        let fake = Fake::start().await;
        let answers = Answers::new(world("world"));
        let bot = Bot::start_with(&fake, answers.clone(), |options| options.pace.answer_wait = Duration::from_secs(2));
        fake.until("READY", |world| world.ready.then_some(())).await;
        fence(&fake).await;
        fake.with(|world| world.resume = resume);
        let id = fake.say_unheard(CHANNEL, MODERATOR, "!follow quill");
        fake.push(fault.clone());
        reply_to(&fake, &id).await;
        fence(&fake).await;
        assert_eq!(fake.with(|world| (world.identifies.len(), replies(world, &id))), (2, 1), "{fault:?} {resume:?}");
        assert_eq!(answers.store.all_watches().unwrap().len(), 1, "{fault:?}: with the rights of who asked");
        fake.assert_clean();
        bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_whose_heartbeats_are_not_answered_is_given_up_and_resumed() {
    let fake = Fake::start().await;
    fake.with(|world| world.heartbeat_millis = 200);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    fake.until("heartbeats", |world| (world.heartbeats >= 3).then_some(())).await;
    fake.with(|world| world.acks = false);
    let closed = fake.until("the end of the connection", |world| world.closes.first().copied()).await;
    assert_eq!(closed, Some(4_000), "a code that keeps the session");
    fake.with(|world| world.acks = true);
    fake.until("RESUME", |world| (!world.resumes.is_empty()).then_some(())).await;
    fence(&fake).await;
    assert_eq!(fake.with(|world| world.identifies.len()), 1);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn an_outage_is_waited_for_with_growing_waits() {
    let (fake, bot, _) = started().await;
    fake.with(|world| world.refuses_upgrade = true);
    fake.push(Push::Cut);
    fake.until("further tries", |world| (world.opened >= 6).then_some(())).await;
    assert!(fake.with(|world| world.identifies.len()) == 1, "nothing is spent on a gateway that is away");
    let id = fake.say_unheard(CHANNEL, READER, "!why 1");
    fake.with(|world| world.refuses_upgrade = false);
    reply_to(&fake, &id).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_final_refusal_ends_the_bot_with_its_own_words() {
    for (code, identifies) in [(4_004, 1), (4_010, 1), (4_011, 2), (4_013, 1), (4_014, 2)] {
        let fake = Fake::start().await;
        fake.with(|world| world.close_on_identify = Some(code));
        let bot = Bot::start_with(&fake, Answers::new(world("world")), |_| {});
        let ended = tokio::time::timeout(Duration::from_secs(30), bot.task).await.expect("it ends").unwrap().unwrap_err();
        let fits = match code {
            4_004 => matches!(ended, FaceError::Token(_)),
            4_010 | 4_011 => matches!(ended, FaceError::Shard(_)),
            _ => matches!(ended, FaceError::Intents(_)),
        };
        assert!(fits && ended.is_final(), "{code}: {ended:?}");
        assert_eq!(fake.with(|world| world.identifies.len()), identifies, "{code}");
    }
}

#[tokio::test]
async fn an_intent_that_is_refused_at_the_gate_is_done_without() {
    let fake = Fake::start().await;
    fake.with(|world| world.close_on_identify = Some(4_014));
    let bot = Bot::start_with(&fake, Answers::new(world("world")), |_| {});
    fake.until("the first IDENTIFY", |world| (!world.identifies.is_empty()).then_some(())).await;
    fake.with(|world| world.close_on_identify = None);
    fake.until("READY", |world| world.ready.then_some(())).await;
    let intents: Vec<u64> = fake.with(|world| world.identifies.iter().map(|identify| identify["intents"].as_u64().unwrap()).collect());
    assert!(intents[0] & (1 << 15) != 0 && intents.last().unwrap() & (1 << 15) == 0, "{intents:?}");
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_wrong_token_is_told_and_goes_no_further() {
    let fake = Fake::start().await;
    let bot = Bot::start_with(&fake, Answers::new(world("world")), |options| options.token = Secret::new("wrong"));
    let ended = bot.task.await.unwrap().unwrap_err();
    assert!(matches!(&ended, FaceError::Token(words) if !words.contains("wrong")), "{ended:?}");
    let (opened, requests) = fake.with(|world| (world.opened, world.requests.len()));
    assert_eq!((opened, requests), (0, 1), "one request tells it all");
}

#[tokio::test]
async fn a_signal_ends_the_bot_in_time_whatever_it_waits_for() {
    let timed = async |bot: Bot| {
        let began = Instant::now();
        bot.end().await.unwrap();
        began.elapsed()
    };
    let fake = Fake::start().await;
    let away = Bot::start_with(&fake, Answers::new(world("world")), |options| options.api_url = "http://127.0.0.1:1".to_owned());
    assert!(timed(away).await < Duration::from_secs(5), "before Discord was ever reached");
    let (fake, bot, _) = started().await;
    fake.with(|world| world.refuses_upgrade = true);
    fake.push(Push::Cut);
    fake.until("a try", |world| (world.opened >= 3).then_some(())).await;
    assert!(timed(bot).await < Duration::from_secs(5), "between two connections");
    let (fake, bot, _) = started().await;
    assert!(timed(bot).await < Duration::from_secs(5), "connected");
    let closed = fake.until("a farewell", |world| world.closes.first().copied()).await;
    assert_eq!(closed, Some(1_000), "so that the bot is shown as away at once");
    let fake = Fake::start().await;
    let bot = Bot::start(&fake, Answers::held(world("world"))).await;
    fake.say(CHANNEL, READER, "!why 1");
    assert!(timed(bot).await < Duration::from_secs(5), "while an answer is being worked on");
}

#[tokio::test]
async fn an_event_with_a_number_that_was_seen_is_passed_over() {
    let (fake, bot, answers) = started().await;
    fence(&fake).await;
    let (seq, kind, data) = fake.with(|world| world.history.iter().rev().find(|(_, kind, _)| kind == "MESSAGE_CREATE").cloned().unwrap());
    fake.push(Push::Raw(json!({"op": 0, "s": seq, "t": kind, "d": data})));
    fence(&fake).await;
    assert_eq!(answers.asked.load(Ordering::SeqCst), 2);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_harms_nothing() {
    let (fake, bot, _) = started().await;
    let mut broken = fake.with(|world| world.write(CHANNEL, READER, "!why 1"));
    broken.as_object_mut().unwrap().remove("author");
    fake.dispatch("MESSAGE_CREATE", broken);
    fake.push(Push::Garbage("{ not JSON".to_owned()));
    fake.dispatch("INTERACTION_CREATE", json!({"id": "1", "type": 2}));
    fake.dispatch("BRAND_NEW_EVENT", json!({"a": 1}));
    let mut odd = fake.with(|world| world.write(CHANNEL, READER, "!why 1"));
    odd["pinned"] = json!("no");
    odd["attachments"] = json!(7);
    odd["brand_new"] = json!({"x": [1]});
    let id = odd["id"].as_str().unwrap().to_owned();
    fake.dispatch("MESSAGE_CREATE", odd);
    reply_to(&fake, &id).await;
    fence(&fake).await;
    assert_eq!(bot.face.undecodable(), 3);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn what_was_asked_while_the_bot_was_away_is_answered_once_and_what_is_old_is_not() {
    let (fake, bot, _) = started().await;
    let answered = fake.say(CHANNEL, READER, "!why 1");
    reply_to(&fake, &answered).await;
    bot.end().await.unwrap();
    let missed = fake.say_unheard(CHANNEL, READER, "!why 1");
    let mention = fake.say_unheard(CHANNEL, READER, &format!("<@{BOT}> why 1"));
    let talk = fake.say_unheard(CHANNEL, READER, "hello");
    let old = fake.with(|world| {
        let event = world.write(CHANNEL, READER, "!why 1");
        let eleven_minutes = 11 * 60 * 1_000_u64;
        let id = (event["id"].as_str().unwrap().parse::<u64>().unwrap() - (eleven_minutes << 22)).to_string();
        world.messages.last_mut().unwrap()["id"] = json!(id);
        let newest = world.messages.pop().unwrap();
        world.messages.insert(0, newest);
        id
    });
    fake.with(|world| world.ready = false);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    reply_to(&fake, &missed).await;
    reply_to(&fake, &mention).await;
    // a second session looks again, and finds everything answered
    fake.push(Push::Close(Some(4_009)));
    fake.until("a second session", |world| (world.identifies.len() == 3).then_some(())).await;
    fence(&fake).await;
    fake.until("a second look", |world| {
        let looks = world.requests.iter().filter(|asked| asked.method == "GET" && asked.path.contains("/messages?"));
        (looks.count() >= 2).then_some(())
    })
    .await;
    fence(&fake).await;
    let counts = fake.with(|world| [&answered, &missed, &mention, &talk, &old].map(|id| replies(world, id)));
    assert_eq!(counts, [1, 1, 1, 0, 0]);
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_server_that_knows_fewer_routes_is_enough() {
    let fake = Fake::start().await;
    let unknown = |path: &'static str, status: u16| Fault { times: 1_000, ..Fault::new("GET", path, status) };
    fake.with(|world| world.faults = vec![unknown("/applications/@me", 501), unknown("/gateway/bot", 404)]);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    fence(&fake).await;
    bot.end().await.unwrap();
}

#[tokio::test]
async fn the_ration_of_sessions_is_kept() {
    let fake = Fake::start().await;
    fake.with(|world| world.sessions_left = 2);
    let began = Instant::now();
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    assert!(began.elapsed() >= Duration::from_millis(1_400), "what is left is spread over the time until it is renewed");
    bot.end().await.unwrap();
}

#[tokio::test]
async fn shards_are_as_many_as_discord_asks_for() {
    let fake = Fake::start().await;
    fake.with(|world| world.shards = 3);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    let shards = fake.until("all shards", |world| (world.identifies.len() == 3).then(|| world.identifies.clone())).await;
    let mut shards: Vec<String> = shards.iter().map(|identify| identify["shard"].to_string()).collect();
    shards.sort();
    assert_eq!(shards, ["[0,3]", "[1,3]", "[2,3]"]);
    assert_eq!(bot.face.is_well(), Some(true));
    bot.end().await.unwrap();
}

#[test]
fn the_waits_of_these_tests_are_shorter_than_those_of_the_program() {
    let (quick, real) = (quick(), stancebot::chat::discord::Pace::default());
    assert!(quick.reconnect_first < real.reconnect_first && quick.answer_wait < real.answer_wait);
}
