//! Alerts on their way from the outbox into channels: each once, in order, through every refusal and failure of Discord.

use crate::bot::{Answers, Bot, ruleset};
use crate::fake::{BOT, CHANNEL, Fake, Fault, GUILD, MODERATOR, OTHER_CHANNEL, Room, World};
use crate::stage::world;
use crate::talk::{marked, unmarked};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use stancebot::alerts::deliver::Round;
use stancebot::alerts::{Courier, CourierSettings};
use stancebot::model::*;
use stancebot::rules::Document;
use stancebot::store::{Batch, BatchKind, Ingest, NewAlert, OutboxState, Store, WatchAdded, WatchSpec};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A bot, a store, and a courier between them whose clock is the machine's.
pub struct Post {
    pub fake: Fake,
    pub bot: Bot,
    pub store: Store,
    pub courier: Courier,
}

pub fn channel(room: &str) -> ChannelId {
    ChannelId { platform: "discord".to_owned(), room: room.to_owned() }
}

fn courier(store: &Store, bot: &Bot, clock: fn() -> Timestamp) -> Courier {
    let settings = CourierSettings { prefix: "!".to_owned(), retry_hours_max: 48 };
    Courier::new(store.clone(), vec![bot.face.clone()], settings, clock)
}

impl Post {
    pub async fn new(change: impl FnOnce(&mut World)) -> Self {
        let fake = Fake::start().await;
        fake.with(change);
        let store = world("world");
        let bot = Bot::start(&fake, Answers::new(store.clone())).await;
        // the picture of the server is there when something said in it is answered
        let id = fake.slash((OTHER_CHANNEL, MODERATOR), "health", json!([]));
        fake.until("the server", |world| world.interactions[&id].answer.clone()).await;
        let courier = courier(&store, &bot, Timestamp::now);
        Self { fake, bot, store, courier }
    }

    pub fn notice(&self, room: &str, text: &str) -> OutboxId {
        self.store.push_notice(&channel(room), text, Timestamp::now()).unwrap()
    }

    pub async fn drain(&self) -> Round {
        self.courier.drain(&watch::channel(false).1).await.unwrap()
    }

    /// Drains until a row is no longer waiting; for failures that pass.
    async fn drain_until_done(&self, id: OutboxId) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.store.outbox_row(id).unwrap().unwrap().state == OutboxState::Pending {
            assert!(Instant::now() < until, "the row waits for ever");
            self.drain().await;
            let next = self.store.outbox_next_due().unwrap().unwrap_or(Timestamp::now());
            let wait = next.duration_since(Timestamp::now()).max(SignedDuration::ZERO);
            tokio::time::sleep(Duration::try_from(wait).unwrap()).await;
        }
    }

    pub fn state(&self, id: OutboxId) -> OutboxState {
        self.store.outbox_row(id).unwrap().unwrap().state
    }

    pub fn posted(&self, room: &str) -> Vec<String> {
        self.fake.with(|world| world.own_in(room).iter().map(|message| unmarked(&marked(message))).collect())
    }
}

/// Reads an article into the store; statements of which `same` names an earlier one are copies of it.
pub fn ingest(store: &Store, (outlet, url): (&str, &str), text: &str, same: Option<StatementId>) -> Vec<StatementId> {
    let now = Timestamp::now();
    let extraction = ruleset().extract(&Document { text, published: None, outlet: None });
    assert!(!extraction.statements.is_empty(), "nothing is read out of: {text}");
    let article = NewArticle {
        feed: None,
        outlet: OutletId::new(outlet),
        url: url.to_owned(),
        title: "Pier".to_owned(),
        text: text.to_owned(),
        text_origin: TextOrigin::Feed,
        published: Some(now),
        updated: None,
        first_seen: now,
        sha256: format!("{:0>64}", url.len()),
    };
    let same_as: Vec<Option<StatementId>> = extraction.all().map(|_| same).collect();
    let batch = Batch { id: url, kind: BatchKind::Regular, alerts_max: 10 };
    let ingest = Ingest { article: &article, entry: None, extraction: &extraction, ruleset_hash: "test", same_as: &same_as, now, batch };
    let ids = std::cell::RefCell::new(Vec::new());
    let matcher = |watches: &[Watch], statements: &[stancebot::store::StoredStatement]| {
        let new: Vec<StatementId> = statements.iter().map(|stored| stored.id).collect();
        ids.borrow_mut().clone_from(&new);
        let alert = |watch: &Watch| NewAlert { watch: watch.id, channel: watch.channel.clone(), statements: new.clone() };
        watches.iter().map(alert).collect()
    };
    store.ingest(&ingest, &matcher).unwrap();
    ids.into_inner()
}

pub fn follow(store: &Store, room: &str) -> WatchId {
    let spec = WatchSpec {
        channel: channel(room),
        subject: WatchSubject::Actor(ActorId::new("ada-quill")),
        on: None,
        scope: WatchScope::All,
        made_by: MODERATOR.to_owned(),
    };
    match store.add_watch(&spec, Timestamp::now()).unwrap() {
        WatchAdded::Added(id) => id,
        other => panic!("{other:?}"),
    }
}

const PIER: &str = "Mayor Ada Quill said that the old pier would stay open.";

#[tokio::test]
async fn an_alert_comes_once_with_its_number_as_nonce_and_in_order() {
    let post = Post::new(|_| {}).await;
    let ids: Vec<OutboxId> = ["one", "two", "three"].map(|text| post.notice(CHANNEL, text)).into();
    assert_eq!(post.drain().await, Round { sent: 3, ..Round::default() });
    assert_eq!(post.drain().await, Round::default());
    assert_eq!(post.posted(CHANNEL), ["one", "two", "three"]);
    let nonces: Vec<String> =
        post.fake.with(|world| world.own_in(CHANNEL).iter().map(|message| message["nonce"].as_str().unwrap().to_owned()).collect());
    assert_eq!(nonces, ids.iter().map(ToString::to_string).collect::<Vec<_>>());
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}

/// Failures that pass: what Discord does, and how many messages stand there after it.
#[tokio::test]
async fn failures_that_pass_lose_and_double_nothing() {
    let busy = |status: u16| Fault::new("POST", "/messages", status);
    let limited = |header: Option<&str>, global: bool| Fault {
        headers: header.map(|secs| vec![("retry-after", secs.to_owned())]).unwrap_or_default(),
        body: match header {
            Some(_) => json!({"message": "You are being rate limited.", "retry_after": 0.3, "global": global}),
            None => json!({"message": "slow down"}),
        },
        ..busy(429)
    };
    for (what, fault) in [
        ("429 with Retry-After", limited(Some("1"), false)),
        ("429 without Retry-After", limited(None, false)),
        ("a global 429", limited(Some("1"), true)),
        ("500", busy(500)),
        ("502", busy(502)),
        ("503", busy(503)),
        ("130000, overloaded", Fault { body: json!({"code": 130_000, "message": "overloaded"}), ..busy(400) }),
        ("the connection is cut before", busy(0)),
        ("the connection is cut after", Fault { acts: true, ..busy(0) }),
        ("504 after it was posted", Fault { acts: true, ..busy(504) }),
        ("200 with an answer that cannot be read", Fault { acts: true, body: json!(7), ..busy(200) }),
    ] {
        let post = Post::new(|world| world.faults = vec![fault]).await;
        let ids = [post.notice(CHANNEL, "one"), post.notice(CHANNEL, "two")];
        let elsewhere = post.notice(OTHER_CHANNEL, "elsewhere");
        post.drain_until_done(ids[1]).await;
        post.drain_until_done(elsewhere).await;
        assert_eq!(post.posted(CHANNEL), ["one", "two"], "{what}");
        assert!(ids.iter().all(|id| post.state(*id) == OutboxState::Sent), "{what}");
        post.fake.assert_clean();
        post.bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn a_global_limit_holds_all_channels_and_another_only_its_own() {
    for (global, other_goes_out) in [(true, false), (false, true)] {
        let body = json!({"message": "You are being rate limited.", "retry_after": 30, "global": global});
        let path = "/channels/1000000000000000011/messages";
        let post = Post::new(|world| world.faults = vec![Fault { body, ..Fault::new("POST", path, 429) }]).await;
        post.notice(CHANNEL, "one");
        post.drain().await;
        let other = post.notice(OTHER_CHANNEL, "two");
        post.drain().await;
        assert_eq!(post.state(other) == OutboxState::Sent, other_goes_out, "global: {global}");
        let tries = post.fake.with(|world| world.requests.iter().filter(|asked| asked.path.ends_with(path)).count());
        assert_eq!(tries, 1, "nothing is sent while a limit holds");
        post.bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn real_limits_are_kept_without_a_single_refusal() {
    let post = Post::new(|world| world.rate = Some((5, 300))).await;
    let ids: Vec<OutboxId> = (0..23).map(|number| post.notice(CHANNEL, &format!("number {number}"))).collect();
    post.drain_until_done(*ids.last().unwrap()).await;
    assert_eq!(post.posted(CHANNEL), (0..23).map(|number| format!("number {number}")).collect::<Vec<_>>());
    let refused = post.fake.with(|world| world.requests.iter().filter(|asked| asked.status == 429).count());
    assert!(refused <= 1, "{refused} refusals");
    let looks = post.fake.with(|world| world.requests.iter().filter(|asked| asked.path.contains("/messages?limit=100&after=")).count());
    assert_eq!(looks, 0, "what waits for a limit was not posted and is not looked for");
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn a_channel_that_is_closed_pauses_tells_its_owner_once_and_comes_back() {
    for room in [Room::NoAccess, Room::NoSending, Room::Gone] {
        let post = Post::new(|_| {}).await;
        follow(&post.store, CHANNEL);
        ingest(&post.store, ("pier-courier", "https://courier.example/1"), PIER, None);
        ingest(&post.store, ("pier-courier", "https://courier.example/2"), "Mayor Ada Quill said that the new quay would be closed.", None);
        post.fake.with(|world| world.channels.get_mut(CHANNEL).unwrap().room = room);
        assert_eq!(post.drain().await, Round { waiting: 1, ..Round::default() }, "{room:?}");
        let later = courier(&post.store, &post.bot, || Timestamp::now() + SignedDuration::from_mins(20));
        later.drain(&watch::channel(false).1).await.unwrap();
        let private = crate::fake::private_with(MODERATOR);
        assert_eq!(post.posted(&private).len(), 1, "{room:?}: told once");
        assert!(post.posted(&private)[0].contains("cannot post alerts"), "{room:?}");
        assert!(post.store.paused(&channel(CHANNEL)).unwrap().is_some());
        post.fake.with(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::Open);
        let returned = courier(&post.store, &post.bot, || Timestamp::now() + SignedDuration::from_mins(60));
        returned.drain(&watch::channel(false).1).await.unwrap();
        assert_eq!(post.posted(CHANNEL).len(), 2, "{room:?}: both come when the channel is open again");
        assert!(post.store.paused(&channel(CHANNEL)).unwrap().is_none());
        post.fake.assert_clean();
        post.bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn what_auto_moderation_refuses_is_given_up_at_once() {
    let post = Post::new(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::AutoMod).await;
    let id = post.notice(CHANNEL, "one");
    assert_eq!(post.drain().await, Round { given_up: 1, ..Round::default() });
    assert_eq!(post.state(id), OutboxState::Dead);
    let tries = post.fake.with(|world| world.requests.iter().filter(|asked| asked.status == 400).count());
    assert_eq!(tries, 1);
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn slow_mode_is_waited_for_and_the_channel_is_not_given_up() {
    let post = Post::new(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::Slow).await;
    let id = post.notice(CHANNEL, "one");
    assert_eq!(post.drain().await, Round { waiting: 1, ..Round::default() });
    post.fake.with(|world| world.channels.get_mut(CHANNEL).unwrap().room = Room::Open);
    post.drain_until_done(id).await;
    assert_eq!((post.state(id), post.store.paused(&channel(CHANNEL)).unwrap()), (OutboxState::Sent, None));
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn threads_forums_and_channels_without_embeds_are_posted_to() {
    let thread = "1000000000000000013";
    let forum = "1000000000000000014";
    let post = Post::new(|world| {
        let mut channel = world.channels[CHANNEL].clone();
        channel.kind = 11;
        channel.parent = Some(CHANNEL.to_owned());
        channel.room = Room::Archived;
        world.channels.insert(thread.to_owned(), channel.clone());
        channel.kind = 15;
        channel.parent = None;
        channel.room = Room::Open;
        world.channels.insert(forum.to_owned(), channel);
        world.channels.get_mut(OTHER_CHANNEL).unwrap().room = Room::NoEmbeds;
    })
    .await;
    for (room, text) in [(thread, "in a thread"), (forum, "in a forum"), (forum, "again"), (OTHER_CHANNEL, "plain")] {
        post.notice(room, text);
    }
    assert_eq!(post.drain().await, Round { sent: 4, ..Round::default() });
    assert_eq!(post.posted(thread), ["in a thread"]);
    assert!(post.posted(OTHER_CHANNEL).contains(&"plain".to_owned()));
    let made: Vec<String> = post.fake.with(|world| {
        let of_forum = world.channels.iter().filter(|(_, channel)| channel.parent.as_deref() == Some(forum));
        of_forum.map(|(id, _)| id.clone()).collect()
    });
    assert_eq!(made.len(), 1, "one thread holds the alerts of a forum");
    assert_eq!(post.posted(&made[0]), ["in a forum", "again"]);
    let (fake, store) = (post.fake.clone(), post.store.clone());
    post.bot.end().await.unwrap();
    // another process finds the thread again
    fake.with(|world| world.ready = false);
    let bot = Bot::start(&fake, Answers::new(store.clone())).await;
    let id = fake.say(CHANNEL, MODERATOR, "!help why");
    fake.until("the server", |world| world.reply_to(&id).map(|_| ())).await;
    store.push_notice(&channel(forum), "later", Timestamp::now()).unwrap();
    courier(&store, &bot, Timestamp::now).drain(&watch::channel(false).1).await.unwrap();
    let count = fake.with(|world| world.channels.values().filter(|channel| channel.parent.as_deref() == Some(forum)).count());
    assert_eq!(count, 1);
    fake.assert_clean();
    bot.end().await.unwrap();
}

/// Talk before the alert and after it; more than is looked through from one end stands on one of its sides.
#[tokio::test]
async fn what_an_earlier_process_may_have_posted_is_looked_for_also_when_the_nonce_is_forgotten() {
    for (before, after) in [(0, 150), (0, 700), (700, 150)] {
        let post = Post::new(|world| world.recalls_nonces = false).await;
        let talk = |count: usize| (0..count).for_each(|number| drop(post.fake.say(CHANNEL, MODERATOR, &format!("talk {number}"))));
        let id = post.notice(CHANNEL, "posted and not marked");
        talk(before);
        let reply = stancebot::reply::Reply::line(Default::default(), vec![stancebot::reply::Inline::text("posted and not marked")]);
        stancebot::chat::Platform::post(post.bot.face.as_ref(), &channel(CHANNEL), id, &reply).await.unwrap();
        talk(after);
        let other = post.notice(CHANNEL, "never posted");
        let next_process = courier(&post.store, &post.bot, Timestamp::now);
        next_process.drain(&watch::channel(false).1).await.unwrap();
        assert_eq!(post.posted(CHANNEL), ["posted and not marked", "never posted"], "{before} before, {after} after");
        assert_eq!((post.state(id), post.state(other)), (OutboxState::Sent, OutboxState::Sent));
        post.fake.assert_clean();
        post.bot.end().await.unwrap();
    }
}

#[tokio::test]
async fn one_alert_grows_as_copies_of_its_statement_appear() {
    let post = Post::new(|_| {}).await;
    follow(&post.store, CHANNEL);
    let ids = ingest(&post.store, ("pier-courier", "https://courier.example/1"), PIER, None);
    post.drain().await;
    let first = post.posted(CHANNEL);
    assert!(first.len() == 1 && first[0].contains("the old pier would stay open") && !first[0].contains("also:"), "{first:?}");
    assert_eq!(post.courier.show_copies().await.unwrap(), 0);
    ingest(&post.store, ("tide-wire", "https://tide.example/copy"), PIER, Some(ids[0]));
    assert_eq!(post.courier.show_copies().await.unwrap(), 1);
    let grown = post.posted(CHANNEL);
    assert!(grown.len() == 1 && grown[0].contains("also: Tide Wire"), "{grown:?}");
    assert_eq!(post.courier.show_copies().await.unwrap(), 0, "once is enough");
    post.drain().await;
    assert_eq!(post.posted(CHANNEL).len(), 1, "a copy is no alert of its own");
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn quiet_hours_of_the_server_hold_alerts_back() {
    let post = Post::new(|_| {}).await;
    let server = ChannelId { platform: "discord".to_owned(), room: format!("server:{GUILD}") };
    post.store.set_setting(&server, "quiet", Some("22:00-07:00")).unwrap();
    post.store.set_setting(&channel(CHANNEL), "server", Some(GUILD)).unwrap();
    let at = |time: &str| time.parse::<Timestamp>().unwrap();
    let id = post.store.push_notice(&channel(CHANNEL), "one", at("2025-12-10T22:30:00Z")).unwrap();
    let other = post.store.push_notice(&channel(OTHER_CHANNEL), "two", at("2025-12-10T22:30:00Z")).unwrap();
    let night = courier(&post.store, &post.bot, || "2025-12-10T23:00:00Z".parse().unwrap());
    night.drain(&watch::channel(false).1).await.unwrap();
    assert_eq!((post.state(id), post.state(other)), (OutboxState::Pending, OutboxState::Sent));
    let row = post.store.outbox_row(id).unwrap().unwrap();
    assert_eq!((row.next_try, row.attempts), (at("2025-12-11T07:00:00Z"), 0));
    let morning = courier(&post.store, &post.bot, || "2025-12-11T07:00:00Z".parse().unwrap());
    morning.drain(&watch::channel(false).1).await.unwrap();
    assert_eq!(post.state(id), OutboxState::Sent);
    post.bot.end().await.unwrap();
}

#[tokio::test]
async fn an_alert_shows_its_words_as_words() {
    let post = Post::new(|_| {}).await;
    follow(&post.store, CHANNEL);
    ingest(
        &post.store,
        ("pier-courier", "https://courier.example/1"),
        "Mayor Ada Quill said that @everyone and <@1> may use the old pier.",
        None,
    );
    post.drain().await;
    let message: Value = post.fake.with(|world| world.own_in(CHANNEL)[0].clone());
    assert!(!marked(&message).contains("@everyone") && unmarked(&marked(&message)).contains("@everyone"), "{message}");
    assert_eq!(message["author"]["id"], BOT);
    post.fake.assert_clean();
    post.bot.end().await.unwrap();
}
