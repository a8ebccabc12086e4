//! The real program against the stand-in: `kill -9` between sending and marking, signals, exit codes, the look before the start, and the
//! processor time that faults cost.

use crate::bot::ruleset;
use crate::fake::{BOT, CHANNEL, Fake, GUILD, Push, READER, Room, TOKEN};
use crate::stage::world;
use jiff::Timestamp;
use serde_json::json;
use stancebot::model::ChannelId;
use stancebot::store::{OpenOptions, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kills of one run; `STANCEBOT_TEST_KILLS` sets another number, for a longer measure.
const KILLS: u32 = 12;
/// Time between two looks at a process that should end.
const LOOK: Duration = Duration::from_millis(10);
/// Longest wait for a program that should end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A directory with a configuration and a state directory.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(fake: &Fake, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let config = format!("[terminal]\nenabled = false\n[discord]\napi_url = \"{}\"\n{more}", fake.url());
        std::fs::write(dir.path().join("stancebot.toml"), config).unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn store(&self) -> Store {
        std::fs::create_dir_all(self.path("state")).unwrap();
        Store::open(&self.path("state/stancebot.db"), &OpenOptions::default()).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stancebot"));
        command
            .current_dir(self.dir.path())
            .env("STANCEBOT_STATE_DIR", self.path("state"))
            .env_remove("STANCEBOT_LOG")
            .env_remove("DISCORD_TOKEN_FILE")
            .env("DISCORD_TOKEN", TOKEN)
            .args(["--config", "stancebot.toml"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn start(&self) -> Child {
        self.command(&[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the program to its end on a thread of its own, while the stand-in answers.
    async fn run(&self, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Output {
        let mut command = self.command(arguments);
        change(&mut command);
        let ran = tokio::task::spawn_blocking(move || command.output().unwrap());
        tokio::time::timeout(PATIENCE, ran).await.expect("the program ends").unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Ends a program by a signal and gives its exit code and how long it took.
async fn terminate(mut child: Child) -> (Option<i32>, Duration) {
    let began = Instant::now();
    let id = child.id().to_string();
    tokio::task::spawn_blocking(move || {
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status.code(), began.elapsed());
            }
            if Instant::now() > until {
                child.kill().unwrap();
                panic!("the program does not end");
            }
            std::thread::sleep(LOOK);
        }
    })
    .await
    .unwrap()
}

/// Processor time that a process has used, in ticks of 10 ms.
fn ticks(child: &Child) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let after = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn channel(room: &str) -> ChannelId {
    ChannelId { platform: "discord".to_owned(), room: room.to_owned() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_between_sending_and_marking_loses_and_doubles_nothing() {
    let kills = std::env::var("STANCEBOT_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let fake = Fake::start().await;
    let place = Place::new(&fake, "");
    let store = place.store();
    let per_life = 4;
    let mut total = 0;
    for life in 0..kills {
        for _ in 0..per_life {
            store.push_notice(&channel(CHANNEL), &format!("alert {total}"), Timestamp::now()).unwrap();
            total += 1;
        }
        // every second life begins after the nonces are forgotten, as after some minutes
        fake.with(|world| world.recalls_nonces = life % 2 == 0);
        let before = fake.with(|world| world.own_in(CHANNEL).len());
        let mut child = place.start();
        // the moment moves from just after the first message to some time after the last
        let wanted = before + 1 + (life as usize % per_life);
        fake.until("messages", |world| (world.own_in(CHANNEL).len() >= wanted.min(total)).then_some(())).await;
        let pause = Duration::from_micros(fastrand::u64(0..4_000));
        let until = Instant::now() + pause;
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let child = place.start();
    fake.until("all alerts", |world| (world.own_in(CHANNEL).len() >= total).then_some(())).await;
    let until = Instant::now() + PATIENCE;
    while store.health().unwrap().outbox_pending > 0 {
        assert!(Instant::now() < until, "something waits for ever");
        tokio::task::yield_now().await;
    }
    assert_eq!(terminate(child).await.0, Some(0));
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    fake.with(|world| {
        for message in world.own_in(CHANNEL) {
            *counts.entry(message["embeds"][0]["description"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    });
    let doubled: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    assert_eq!(counts.len(), total);
    fake.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_frame_without_a_code_and_an_outage_cost_no_processor_time() {
    let fake = Fake::start().await;
    let place = Place::new(&fake, "");
    let child = place.start();
    fake.until("READY", |world| world.ready.then_some(())).await;
    let id = fake.say(CHANNEL, READER, "!help why");
    fake.until("an answer", |world| world.reply_to(&id).map(|_| ())).await;
    let (before, began) = (ticks(&child), Instant::now());
    fake.push(Push::Close(None));
    fake.until("RESUME", |world| (!world.resumes.is_empty()).then_some(())).await;
    fake.with(|world| world.refuses_upgrade = true);
    fake.push(Push::Cut);
    let opened = fake.with(|world| world.opened);
    fake.until("two tries", |world| (world.opened >= opened + 2).then_some(())).await;
    let (used, took) = (ticks(&child) - before, began.elapsed());
    // a spinning task would use all of the time on one processor; a tenth of it is far more than the work
    assert!(u128::from(used) * 10 < took.as_millis() / 10 + 100, "{used} ticks in {took:?}");
    let (code, took) = terminate(child).await;
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exit_codes_tell_what_is_wrong() {
    for (code, exit, words) in [(4_004, 5, "token"), (4_010, 7, "shards"), (4_013, 6, "intents"), (4_014, 6, "MESSAGE CONTENT INTENT")] {
        let fake = Fake::start().await;
        fake.with(|world| world.close_on_identify = Some(code));
        let place = Place::new(&fake, "message_content = \"on\"\n");
        let ran = place.run(&[], |_| {}).await;
        let err = text(&ran.stderr);
        assert_eq!(ran.status.code(), Some(exit), "{code}: {err}");
        assert!(err.contains(words) && !err.contains(TOKEN), "{code}: {err}");
        assert_eq!(fake.with(|world| world.identifies.len()), 1, "{code}: no loop");
    }
    let fake = Fake::start().await;
    let place = Place::new(&fake, "enabled = true\n");
    let ran = place.run(&[], |command| {
        command.env_remove("DISCORD_TOKEN");
    });
    let ran = ran.await;
    assert_eq!(ran.status.code(), Some(3));
    assert!(text(&ran.stderr).contains("DISCORD_TOKEN_FILE"), "{}", text(&ran.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_look_before_the_start_tells_what_is_missing() {
    let fake = Fake::start().await;
    let watch = format!("[[watches]]\nchannel = \"discord:{CHANNEL}\"\nfollow = \"kremlin\"\n");
    let place = Place::new(&fake, &watch);
    let token_file = place.path("token");
    std::fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
    let from_file = |command: &mut Command| {
        command.env_remove("DISCORD_TOKEN").env("DISCORD_TOKEN_FILE", &token_file);
    };
    let well = place.run(&["check", "--online"], from_file).await;
    let out = text(&well.stdout);
    assert_eq!(well.status.code(), Some(0), "{out}{}", text(&well.stderr));
    assert!(out.contains("the token is accepted") && out.contains("can be written to") && out.contains("News"), "{out}");
    let invited = place.run(&["discord", "invite"], |_| {}).await;
    let link = text(&invited.stdout);
    assert!(link.contains("client_id=1000000000000000001") && link.contains("scope=bot+applications.commands"), "{link}");
    fake.with(|world| {
        world.app_flags = 0;
        world.channels.get_mut(CHANNEL).unwrap().room = Room::NoEmbeds;
    });
    let lacking = place.run(&["check", "--online"], |_| {}).await;
    assert_eq!(lacking.status.code(), Some(1));
    assert!(text(&lacking.stderr).contains("the bot lacks: embed links"), "{}", text(&lacking.stderr));
    assert!(text(&lacking.stdout).contains("MESSAGE CONTENT INTENT"), "{}", text(&lacking.stdout));
    let wrong = place.run(&["check", "--online"], |command| {
        command.env("DISCORD_TOKEN", "another-token");
    });
    let wrong = wrong.await;
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("does not accept the token") && !text(&wrong.stderr).contains("another-token"));
    assert_eq!(fake.with(|world| world.opened), 0, "nothing connects");
    fake.assert_clean();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_health_check_sees_a_running_bot_and_a_deaf_one() {
    let fake = Fake::start().await;
    let place = Place::new(&fake, "");
    let child = place.start();
    fake.until("READY", |world| world.ready.then_some(())).await;
    let id = fake.say(CHANNEL, READER, "!help why");
    fake.until("an answer", |world| world.reply_to(&id).map(|_| ())).await;
    let well = place.run(&["healthcheck"], |_| {}).await;
    assert_eq!(well.status.code(), Some(0), "{}", text(&well.stderr));
    assert_eq!(terminate(child).await.0, Some(0));
    let store = place.store();
    let now = Timestamp::now();
    store.beat(now).unwrap();
    store.beat_face("discord", Some(now - jiff::SignedDuration::from_mins(10))).unwrap();
    drop(store);
    let deaf = place.run(&["healthcheck"], |_| {}).await;
    assert_eq!(deaf.status.code(), Some(1));
    assert!(text(&deaf.stderr).contains("discord has been deaf"), "{}", text(&deaf.stderr));
}

#[tokio::test]
async fn the_world_of_these_tests_holds_together() {
    assert!(!ruleset().actors().is_empty() && world("world").health().unwrap().statements > 0);
    let fake = Fake::start().await;
    let guild = fake.with(|world| world.guild(GUILD));
    assert!(guild["channels"].as_array().unwrap().iter().any(|channel| channel["id"] == CHANNEL));
    assert_eq!(guild["members"], json!([fake.with(|world| world.member(BOT))]));
}
