//! The ways in and what comes out: prefix, mention, reply, private message, slash, button, message command; edits and removals.

use crate::bot::{Answers, Bot};
use crate::fake::{APP, BOT, CHANNEL, Fake, GUILD, MODERATOR, OTHER_CHANNEL, READER, Room};
use crate::stage::world;
use crate::talk::{marked, unmarked};
use serde_json::{Value, json};
use stancebot::chat::discord::ContentIntent;
use stancebot::reply::{Attachment, Block, Inline, Reply};
use std::sync::atomic::Ordering;

const EPHEMERAL: u64 = 1 << 6;

async fn started() -> (Fake, Bot, std::sync::Arc<Answers>) {
    let fake = Fake::start().await;
    let answers = Answers::new(world("world"));
    let bot = Bot::start(&fake, answers.clone()).await;
    (fake, bot, answers)
}

/// The words of a message, from its embed or its content, as a reader sees them.
fn words(message: &Value) -> String {
    unmarked(&marked(message))
}

/// Waits for the answer to a message.
async fn reply_to(fake: &Fake, id: &str) -> Value {
    fake.until("a reply", |world| world.reply_to(id).cloned()).await
}

/// Says something that is surely answered and waits for that: what came before has been looked at by then.
async fn fence(fake: &Fake) {
    let id = fake.say(CHANNEL, READER, &format!("<@{BOT}> help why"));
    reply_to(fake, &id).await;
}

#[tokio::test]
async fn a_command_is_answered_by_prefix_mention_reply_and_in_private() {
    let (fake, bot, _) = started().await;
    fake.with(|world| {
        let private = crate::fake::World::default().channels[CHANNEL].clone();
        let private = crate::fake::private_of(private);
        world.channels.insert("77".to_owned(), private);
    });
    for (channel, text) in [
        (CHANNEL, "!why 1".to_owned()),
        (CHANNEL, format!("<@{BOT}> why 1")),
        (CHANNEL, format!("<@!{BOT}>  !why 1")),
        ("77", "why 1".to_owned()),
        ("77", "!why 1".to_owned()),
    ] {
        let id = fake.say(channel, READER, &text);
        let reply = reply_to(&fake, &id).await;
        assert!(words(&reply).contains("shape/said"), "{text}: {reply}");
        assert_eq!((&reply["nonce"], &reply["channel_id"]), (&json!(id), &json!(channel)));
    }
    let first = fake.with(|world| world.own_in(CHANNEL)[0]["id"].clone());
    let mut event = fake.with(|world| world.write(CHANNEL, READER, "source 1"));
    event["message_reference"] = json!({"message_id": first});
    event["referenced_message"] = json!({"id": first, "author": {"id": BOT}});
    event["type"] = json!(19);
    let id = event["id"].as_str().unwrap().to_owned();
    fake.dispatch("MESSAGE_CREATE", event);
    reply_to(&fake, &id).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn what_is_not_for_the_bot_is_not_answered() {
    let (fake, bot, answers) = started().await;
    let mut ids = Vec::new();
    for text in ["hello", "why 1", "!play a song", "! why 1", "?why 1", &format!("I asked <@{BOT}> why 1")] {
        ids.push(fake.say(CHANNEL, READER, text));
    }
    for change in [
        json!({"author": {"id": "5", "bot": true}}),
        json!({"webhook_id": "6"}),
        json!({"author": {"id": BOT, "bot": true}}),
        json!({"type": 7}),
    ] {
        let mut event = fake.with(|world| world.write(CHANNEL, READER, "!why 1"));
        for (key, value) in change.as_object().unwrap() {
            event[key] = value.clone();
        }
        ids.push(event["id"].as_str().unwrap().to_owned());
        fake.dispatch("MESSAGE_CREATE", event);
    }
    fence(&fake).await;
    let answered = fake.with(|world| ids.iter().filter(|id| world.reply_to(id).is_some()).count());
    assert_eq!(answered, 0);
    assert!(answers.asked.load(Ordering::SeqCst) < 5, "plain talk does not reach the store");
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn an_event_that_comes_twice_is_answered_once() {
    let (fake, bot, answers) = started().await;
    let event = fake.with(|world| world.write(CHANNEL, READER, "!why 1"));
    fake.dispatch("MESSAGE_CREATE", event.clone());
    fake.dispatch("MESSAGE_CREATE", event.clone());
    reply_to(&fake, event["id"].as_str().unwrap()).await;
    fence(&fake).await;
    assert_eq!(answers.asked.load(Ordering::SeqCst), 2);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn without_the_intent_the_prefix_is_silent_and_the_rest_works() {
    let fake = Fake::start().await;
    fake.with(|world| world.app_flags = 0);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    let unheard = fake.say(CHANNEL, READER, "!why 1");
    let mention = fake.say(CHANNEL, READER, &format!("<@{BOT}> why 1"));
    reply_to(&fake, &mention).await;
    let slash = fake.slash((CHANNEL, READER), "why", json!([{"name": "id", "type": 4, "value": 1}]));
    fake.until("an answer", |world| world.interactions[&slash].answer.clone()).await;
    assert!(fake.with(|world| world.reply_to(&unheard).is_none()));
    assert_eq!(fake.with(|world| world.identifies.len()), 2, "asked for once, and then done without");
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_required_intent_that_is_missing_ends_the_bot_with_words() {
    let fake = Fake::start().await;
    fake.with(|world| world.app_flags = 0);
    let bot = Bot::start_with(&fake, Answers::new(world("world")), |options| options.content = ContentIntent::Required);
    let ended = bot.task.await.unwrap().unwrap_err();
    assert!(matches!(&ended, stancebot::chat::FaceError::Intents(words) if words.contains("MESSAGE CONTENT INTENT")), "{ended:?}");
}

#[tokio::test]
async fn slash_commands_are_private_unless_public_and_know_their_options() {
    let (fake, bot, _) = started().await;
    let options = json!([{"name": "actor", "type": 3, "value": "quill"}, {"name": "page", "type": 4, "value": 1}]);
    let private = fake.slash((CHANNEL, READER), "said", options.clone());
    let mut public = options.as_array().unwrap().clone();
    public.push(json!({"name": "public", "type": 5, "value": true}));
    let public = fake.slash((CHANNEL, READER), "said", json!(public));
    let answer = fake.until("an answer", |world| world.interactions[&private].answer.clone()).await;
    assert_eq!((&answer["type"], answer["data"]["flags"].as_u64()), (&json!(4), Some(EPHEMERAL)));
    let answer = fake.until("an answer", |world| world.interactions[&public].answer.clone()).await;
    assert_eq!(answer["data"]["flags"].as_u64().unwrap_or(0) & EPHEMERAL, 0);
    assert!(words(&answer["data"]).contains("Ada Quill"), "{answer}");
    let grouped = json!([{"name": "list", "type": 1, "options": []}]);
    let feeds = fake.slash((CHANNEL, READER), "feed", grouped);
    fake.until("an answer", |world| world.interactions[&feeds].answer.clone()).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn slow_work_is_announced_within_the_time_and_answered_later() {
    let fake = Fake::start().await;
    let answers = Answers::held(world("world"));
    let bot = Bot::start(&fake, answers.clone()).await;
    let id = fake.slash((CHANNEL, READER), "why", json!([{"name": "id", "type": 4, "value": 1}]));
    let announced = fake.until("the announcement", |world| world.interactions[&id].answer.clone()).await;
    assert_eq!((&announced["type"], announced["data"]["flags"].as_u64()), (&json!(5), Some(EPHEMERAL)));
    answers.let_go();
    let message = fake.with(|world| world.interactions[&id].message.clone()).unwrap();
    let filled = |world: &crate::fake::World| world.message(&message).filter(|message| words(message).contains("shape/said")).cloned();
    let filled = fake.until("the answer", filled).await;
    assert_eq!(filled["flags"].as_u64().unwrap() & EPHEMERAL, EPHEMERAL);
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn what_waits_for_its_turn_is_announced_within_the_time_too() {
    let fake = Fake::start().await;
    let answers = Answers::held(world("world"));
    let bot = Bot::start(&fake, answers.clone()).await;
    // more than are worked on at once
    let ids: Vec<String> = (0..150).map(|_| fake.slash((CHANNEL, READER), "help", json!([]))).collect();
    let announced = |world: &crate::fake::World| ids.iter().all(|id| world.interactions[id].answer.is_some()).then_some(());
    fake.until("all announcements", announced).await;
    answers.let_go();
    let answered = |world: &crate::fake::World| ids.iter().all(|id| world.answered.contains_key(id)).then_some(());
    fake.until("all answers", answered).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn commands_for_moderators_are_for_those_who_may_manage_the_server() {
    let (fake, bot, answers) = started().await;
    let refused = fake.say(CHANNEL, READER, "!follow quill");
    assert!(words(&reply_to(&fake, &refused).await).contains("nly moderators"));
    let options = json!([{"name": "actor-or-topic", "type": 3, "value": "quill"}]);
    let slash = fake.slash((CHANNEL, READER), "follow", options);
    let answer = fake.until("an answer", |world| world.interactions[&slash].answer.clone()).await;
    assert!(words(&answer["data"]).contains("nly moderators"), "{answer}");
    let taken = fake.say(CHANNEL, MODERATOR, "!follow quill");
    assert!(words(&reply_to(&fake, &taken).await).contains("From now on"));
    let watches = answers.store.all_watches().unwrap();
    assert_eq!((watches.len(), watches[0].channel.room.as_str(), watches[0].made_by.as_str()), (1, CHANNEL, MODERATOR));
    assert_eq!(answers.store.setting(&watches[0].channel, "server").unwrap().as_deref(), Some(GUILD));
    bot.end().await.unwrap();
}

#[tokio::test]
async fn a_button_turns_the_page_also_of_an_answer_given_by_an_earlier_process() {
    let fake = Fake::start().await;
    let bot = Bot::start(&fake, Answers::paged(world("world"), 2)).await;
    let id = fake.say(CHANNEL, READER, "!said quill");
    let answer = reply_to(&fake, &id).await;
    let button = |message: &Value, label: &str| {
        let buttons = message["components"][0]["components"].as_array().cloned().unwrap_or_default();
        buttons
            .iter()
            .find(|button| button["label"].as_str().unwrap().contains(label))
            .map(|button| button["custom_id"].as_str().unwrap().to_owned())
    };
    let next = button(&answer, "Next").unwrap_or_else(|| panic!("{answer}"));
    bot.end().await.unwrap();
    fake.with(|world| world.ready = false);
    let bot = Bot::start(&fake, Answers::paged(world("world"), 2)).await;
    let message = answer["id"].as_str().unwrap();
    let press = fake.press((CHANNEL, READER), message, &next);
    let turned = fake.until("the page", |world| world.interactions[&press].answer.clone()).await;
    assert_eq!(turned["type"], 7);
    let now = fake.with(|world| world.message(message).cloned()).unwrap();
    assert_ne!(words(&now), words(&answer));
    assert!(button(&now, "Back").is_some(), "{now}");
    let foreign = fake.press((CHANNEL, READER), message, "somebody-elses");
    let refused = fake.until("a refusal", |world| world.interactions[&foreign].answer.clone()).await;
    assert_eq!((&refused["type"], refused["data"]["flags"].as_u64()), (&json!(4), Some(EPHEMERAL)));
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn an_edit_of_the_question_changes_the_answer_and_a_change_is_not_done_twice() {
    let (fake, bot, answers) = started().await;
    let id = fake.say(CHANNEL, READER, "!why 1");
    let answer = reply_to(&fake, &id).await["id"].as_str().unwrap().to_owned();
    fake.edit(&id, "!why 2");
    let changed = |world: &crate::fake::World| world.message(&answer).filter(|message| message["edited_timestamp"].is_string()).cloned();
    let changed = fake.until("the change", changed).await;
    assert!(words(&changed).contains("[2]") || words(&changed).contains("2"), "{changed}");
    assert_eq!(fake.with(|world| world.own_in(CHANNEL).len()), 1);
    let typo = fake.say(CHANNEL, READER, "!wyh 1");
    reply_to(&fake, &typo).await;
    let silent = fake.say(CHANNEL, READER, "hello");
    fake.edit(&silent, "!why 1");
    reply_to(&fake, &silent).await;
    let follow = fake.say(CHANNEL, MODERATOR, "!follow quill");
    reply_to(&fake, &follow).await;
    fake.edit(&follow, "!follow quill own");
    fence(&fake).await;
    assert_eq!(answers.store.all_watches().unwrap().len(), 1);
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn who_asked_or_moderates_removes_an_answer_and_others_do_not() {
    let (fake, bot, _) = started().await;
    let id = fake.say(CHANNEL, READER, "!why 1");
    let answer = reply_to(&fake, &id).await["id"].as_str().unwrap().to_owned();
    fake.react((CHANNEL, &answer), "4711", "❌");
    fake.react((CHANNEL, &answer), READER, "👍");
    fake.react((CHANNEL, &id), READER, "❌");
    fence(&fake).await;
    assert!(fake.with(|world| world.message(&answer).is_some() && world.message(&id).is_some()));
    fake.react((CHANNEL, &answer), READER, "❌");
    fake.until("the removal", |world| world.message(&answer).is_none().then_some(())).await;
    let id = fake.say(CHANNEL, READER, "!why 1");
    let answer = reply_to(&fake, &id).await["id"].as_str().unwrap().to_owned();
    bot.end().await.unwrap();
    // what an earlier process answered can be removed too
    fake.with(|world| world.ready = false);
    let bot = Bot::start(&fake, Answers::new(world("world"))).await;
    fake.react((CHANNEL, &answer), "4711", "🗑️");
    fence(&fake).await;
    assert!(fake.with(|world| world.message(&answer).is_some()));
    fake.react((CHANNEL, &answer), MODERATOR, "🗑️");
    fake.until("the removal", |world| world.message(&answer).is_none().then_some(())).await;
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn where_embeds_or_replies_are_not_allowed_the_answer_is_plain() {
    let (fake, bot, _) = started().await;
    fake.with(|world| {
        world.channels.get_mut(CHANNEL).unwrap().room = Room::NoEmbeds;
        world.channels.get_mut(OTHER_CHANNEL).unwrap().room = Room::NoHistory;
    });
    let id = fake.say(CHANNEL, READER, "!why 1");
    let plain = fake.until("a plain answer", |world| world.own_in(CHANNEL).first().map(|message| (*message).clone())).await;
    assert!(words(&plain).contains("shape/said") && plain["embeds"] == json!([]), "{id}: {plain}");
    fake.say(OTHER_CHANNEL, READER, "!why 1");
    let alone = fake.until("an answer", |world| world.own_in(OTHER_CHANNEL).first().map(|message| (*message).clone())).await;
    assert!(alone["message_reference"].is_null() && words(&alone).contains("shape/said"));
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn the_message_command_reads_who_says_what_and_stores_nothing() {
    let (fake, bot, answers) = started().await;
    let before = answers.store.health().unwrap().statements;
    let message = fake.with(|world| world.new_message(CHANNEL, READER, "Mayor Ada Quill said that the old pier would stay open."));
    let id = fake.on_message((CHANNEL, READER), "Who said this?", message);
    let answer = fake.until("an answer", |world| world.interactions[&id].answer.clone()).await;
    let told = words(&answer["data"]);
    assert!(told.contains("Quill") && told.contains("that the old pier would stay open"), "{told}");
    assert_eq!(answer["data"]["flags"].as_u64(), Some(EPHEMERAL));
    let empty = fake.with(|world| world.new_message(CHANNEL, READER, ""));
    let id = fake.on_message((CHANNEL, READER), "Who said this?", empty);
    let answer = fake.until("an answer", |world| world.interactions[&id].answer.clone()).await;
    assert!(words(&answer["data"]).contains("no words"));
    assert_eq!(answers.store.health().unwrap().statements, before);
    bot.end().await.unwrap();
}

#[tokio::test]
async fn options_are_suggested_while_they_are_typed() {
    let (fake, bot, _) = started().await;
    let choices = async |name: &str, option: &str, text: &str| {
        let id = fake.type_option((CHANNEL, READER), name, json!([{"name": option, "type": 3, "value": text, "focused": true}]));
        let answer = fake.until("suggestions", |world| world.interactions[&id].answer.clone()).await;
        assert_eq!(answer["type"], 8);
        let choices = answer["data"]["choices"].as_array().unwrap().clone();
        choices.iter().map(|choice| choice["value"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    assert!(choices("stance", "actor", "qui").await[0].contains("quill"));
    assert!(!choices("stance", "actor", "").await.is_empty(), "with nothing typed, who is talked about");
    assert!(!choices("who", "topic", "").await.is_empty());
    assert!(choices("help", "command", "st").await.contains(&"stance".to_owned()));
    assert!(choices("stance", "actor", "zzzz").await.is_empty());
    assert!(choices("nosuch", "actor", "q").await.is_empty());
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn slash_commands_are_registered_when_they_changed_and_only_then() {
    let fake = Fake::start().await;
    let state = tempfile::tempdir().unwrap();
    let run = async |guilds: Vec<u64>| {
        fake.with(|world| world.ready = false);
        let dir = state.path().to_owned();
        let bot = Bot::start_with(&fake, Answers::new(world("world")), |options| {
            options.state_dir = dir;
            options.command_guilds = guilds;
        });
        fake.until("READY", |world| world.ready.then_some(())).await;
        fence(&fake).await;
        bot.end().await.unwrap();
    };
    run(Vec::new()).await;
    fake.until("the registration", |world| (!world.commands.is_empty()).then_some(())).await;
    run(Vec::new()).await;
    let registered = fake.with(|world| world.commands.clone());
    assert_eq!(registered.len(), 1, "the second start registers nothing");
    assert_eq!(registered[0].0, format!("applications/{APP}/commands"));
    assert!(registered[0].1.as_array().unwrap().iter().any(|command| command["name"] == "stance"));
    let names: Vec<&str> = registered[0].1.as_array().unwrap().iter().map(|command| command["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"Who said this?") && names.contains(&"settings"), "{names:?}");
    run(vec![GUILD.parse().unwrap()]).await;
    fake.until("another place", |world| (world.commands.len() == 2).then_some(())).await;
    fake.assert_clean();
}

#[tokio::test]
async fn hostile_words_reach_nobody() {
    let (fake, bot, _) = started().await;
    for text in ["!stance @everyone <@1> <@&2> ||x|| [a](https://b.example)", "!said quill \"@here <#3> `code` # head\"", "!wyh @everyone"]
    {
        let id = fake.say(CHANNEL, READER, text);
        let shown = marked(&reply_to(&fake, &id).await);
        for bait in ["@everyone", "@here", "<@1>", "<@&2>", "](https://b.example)"] {
            assert!(!shown.contains(bait), "{text}: {shown}");
        }
    }
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn long_answers_come_with_a_file_and_charts_with_their_words() {
    let chart = Attachment {
        name: "chart.png".into(),
        media_type: "image/png",
        bytes: vec![0x89, b'P', 0, 13, 10, 255],
        alt: "two lines".into(),
        ..Attachment::default()
    };
    let line = vec![Inline::text("a word and another ".repeat(3_000))];
    let reply = Reply { blocks: vec![Block::Paragraph(line)], attachments: vec![chart], ..Reply::default() };
    let fake = Fake::start().await;
    let bot = Bot::start(&fake, Answers::fixed(reply)).await;
    let id = fake.say(CHANNEL, READER, "!anything");
    let answer = reply_to(&fake, &id).await;
    let slash = fake.slash((CHANNEL, READER), "health", json!([]));
    fake.until("an answer", |world| world.interactions[&slash].answer.clone()).await;
    for path in ["/messages", "/callback"] {
        let sent =
            |world: &crate::fake::World| world.requests.iter().find(|asked| asked.path.ends_with(path)).map(|asked| asked.files.clone());
        let files = fake.with(|world| sent(world)).unwrap();
        assert_eq!(files[0], ("chart.png".to_owned(), vec![0x89, b'P', 0, 13, 10, 255]), "{path}");
        assert!(files[1].0 == "answer.txt" && files[1].1.len() > 50_000, "{path}");
    }
    assert_eq!(answer["embeds"][0]["image"]["url"], "attachment://chart.png");
    assert_eq!(answer["attachments"][0]["description"], "two lines");
    fake.assert_clean();
    bot.end().await.unwrap();
}

#[tokio::test]
async fn the_name_of_a_role_in_the_configuration_makes_a_moderator() {
    let fake = Fake::start().await;
    let answers = Answers::new(world("world"));
    let helper = "1000000000000000031";
    let bot = Bot::start_with(&fake, answers.clone(), |options| options.moderator_roles = vec![helper.parse().unwrap()]);
    fake.until("READY", |world| world.ready.then_some(())).await;
    let mut event = fake.with(|world| world.write(CHANNEL, READER, "!follow quill"));
    event["member"]["roles"] = json!([helper]);
    let id = event["id"].as_str().unwrap().to_owned();
    fake.dispatch("MESSAGE_CREATE", event);
    assert!(words(&reply_to(&fake, &id).await).contains("From now on"));
    bot.end().await.unwrap();
}
