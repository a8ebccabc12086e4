//! How quickly the program answers on Discord, what many servers cost, and how fast alerts go out: the real program against the
//! stand-in of the tests, on loopback.
//!
//! `cargo bench --bench discord` does all parts; `-- answers`, `-- servers`, `-- alerts` one. Commands are answered from a copy of the
//! file that `STANCEBOT_BENCH_DB` names (filled by the bench `stance_query`, 100,000 statements), else from an empty store. Alerts meet
//! Discord's own limits: 5 messages in 5 s in a channel, 50 requests in a second. The stand-in works in this process, on the same
//! processors as the program; `STANCEBOT_BENCH_PROGRAM` names another program than the one that was built for this.
#![expect(clippy::unwrap_used, reason = "what fails here ends the measurement, with its place")]

#[path = "../tests/discord/fake/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod fake;

use fake::{CHANNEL, Fake, READER, TOKEN, World};
use jiff::Timestamp;
use serde_json::json;
use stancebot::model::ChannelId;
use stancebot::store::{OpenMode, OpenOptions, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Commands a second, and for how many seconds.
const BY_SLASH: [(u32, u32); 3] = [(1, 20), (50, 10), (500, 10)];
/// By message no more than Discord's limit over all routes lets out.
const BY_MESSAGE: [(u32, u32); 2] = [(1, 20), (40, 10)];
/// Servers besides the one in which things are said.
const CROWDS: [usize; 3] = [0, 99, 999];
/// Longest wait for answers after the last question.
const LAST_ANSWERS: Duration = Duration::from_secs(60);
/// Time over which an idle program's processor time is counted.
const IDLE: Duration = Duration::from_secs(30);
/// Channels, and alerts in each.
const ALERTS: [(usize, usize); 3] = [(1, 30), (10, 30), (100, 10)];

/// The program in a directory of its own.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new(fake: &Fake) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let chat = "[chat]\ncommands_per_minute_user = 0\ncommands_per_minute_channel = 0\ncommands_per_minute_server = 0\n";
        let config = format!("{chat}[terminal]\nenabled = false\n[discord]\napi_url = \"{}\"\n", fake.url());
        std::fs::write(dir.path().join("stancebot.toml"), config).unwrap();
        std::fs::create_dir_all(dir.path().join("state")).unwrap();
        Self { dir }
    }

    fn database(&self) -> PathBuf {
        self.dir.path().join("state/stancebot.db")
    }

    fn store(&self) -> Store {
        Store::open(&self.database(), &OpenOptions::default()).unwrap()
    }

    fn start(&self) -> Running {
        let program = std::env::var("STANCEBOT_BENCH_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stancebot").to_owned());
        let mut command = Command::new(program);
        command.current_dir(self.dir.path()).env("STANCEBOT_STATE_DIR", self.dir.path().join("state")).env("DISCORD_TOKEN", TOKEN);
        command.args(["--config", "stancebot.toml"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }
}

/// A program that runs; it is killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself, which is as good here
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Gives a figure of `/proc/PID/status`, in kB.
    fn kilobytes(&self, key: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.split_whitespace().find_map(|word| word.parse().ok()).unwrap_or(0)
    }

    /// Gives the processor time used so far, in ticks of 10 ms.
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).unwrap_or_default();
        let fields: Vec<u64> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().map(|word| word.parse().unwrap_or(0)).collect();
        fields.get(11).unwrap_or(&0) + fields.get(12).unwrap_or(&0)
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let is_wanted = |part: &str| wanted.is_empty() || wanted.iter().any(|word| word == part);
    if is_wanted("answers") {
        answers().await;
    }
    if is_wanted("servers") {
        servers().await;
    }
    if is_wanted("alerts") {
        alerts().await;
    }
}

async fn ready(fake: &Fake) {
    fake.until("READY", |world| world.ready.then_some(())).await;
    let id = fake.slash((CHANNEL, READER), "health", json!([]));
    fake.until("the first answer", |world| world.answered.get(&id).map(|_| ())).await;
}

async fn answers() {
    let fake = Fake::start().await;
    let place = Place::new(&fake);
    if let Ok(filled) = std::env::var("STANCEBOT_BENCH_DB") {
        std::fs::copy(filled, place.database()).unwrap();
    }
    let running = place.start();
    ready(&fake).await;
    println!("answers from {} statements", place.store().health().unwrap().statements);
    for (per_second, seconds) in BY_SLASH {
        let asked = ask(&fake, (per_second, seconds), |number| {
            fake.slash((CHANNEL, READER), "stance", json!([{"name": "actor", "type": 3, "value": person(number)}]))
        });
        report("slash command", (per_second, seconds), asked.await);
    }
    for (per_second, seconds) in BY_MESSAGE {
        let asked = ask(&fake, (per_second, seconds), |number| fake.say(CHANNEL, READER, &format!("!stance {}", person(number))));
        report("message", (per_second, seconds), asked.await);
    }
    println!("memory after it: {} MB", running.kilobytes("VmRSS:") / 1_000);
}

/// Names somebody of the filled store by id, the busiest first.
fn person(number: u32) -> String {
    format!("person-{}", number % 50)
}

/// Asks so often, evenly, and gives the waits of all answers that come.
async fn ask(fake: &Fake, (per_second, seconds): (u32, u32), question: impl Fn(u32) -> String) -> Vec<Duration> {
    let began = tokio::time::Instant::now();
    let mut asked = Vec::new();
    for number in 0..per_second * seconds {
        tokio::time::sleep_until(began + Duration::from_secs(1) * number / per_second).await;
        let at = Instant::now();
        asked.push((question(number), at));
    }
    let until = Instant::now() + LAST_ANSWERS;
    while Instant::now() < until && !fake.with(|world| asked.iter().all(|(id, _)| world.answered.contains_key(id))) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let wait = |world: &World, id: &str, at: Instant| Some(world.answered.get(id)?.saturating_duration_since(at));
    fake.with(|world| asked.iter().filter_map(|(id, at)| wait(world, id, *at)).collect())
}

fn report(what: &str, (per_second, seconds): (u32, u32), mut waits: Vec<Duration>) {
    if waits.is_empty() {
        println!("{what}, {per_second} a second: none of {} answered", per_second * seconds);
        return;
    }
    waits.sort();
    let at = |percent: usize| waits[(waits.len() - 1) * percent / 100].as_secs_f64() * 1_000.0;
    println!(
        "{what}, {per_second} a second: median {:.1} ms, p95 {:.1} ms, slowest {:.1} ms, {} of {} answered",
        at(50),
        at(95),
        at(100),
        waits.len(),
        per_second * seconds
    );
}

async fn servers() {
    for crowd in CROWDS {
        let fake = Fake::start().await;
        fake.with(|world| world.crowd = crowd);
        let place = Place::new(&fake);
        let running = place.start();
        let began = Instant::now();
        ready(&fake).await;
        let took = began.elapsed();
        let before = running.ticks();
        tokio::time::sleep(IDLE).await;
        let used = running.ticks() - before;
        println!(
            "{} servers of 50 channels: answers {:.1} s after the start, memory {:.1} MB, at most {:.1} MB, processor idle {:.2} %",
            crowd + 1,
            took.as_secs_f64(),
            running.kilobytes("VmRSS:") as f64 / 1_000.0,
            running.kilobytes("VmHWM:") as f64 / 1_000.0,
            used as f64 / IDLE.as_secs_f64()
        );
        fake.assert_clean();
    }
}

/// When the alerts are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// While the bot runs.
    Fresh,
    /// By a process before it, so that it has to look what of them was posted.
    Left,
}

async fn alerts() {
    for made in [Made::Fresh, Made::Left] {
        for (channels, each) in ALERTS {
            delivery(made, (channels, each)).await;
        }
    }
}

async fn delivery(made: Made, (channels, each): (usize, usize)) {
    let fake = Fake::start().await;
    let rooms: Vec<String> = (0..channels).map(|number| (3_000_000_000_000_000_000 + number as u64).to_string()).collect();
    fake.with(|world| {
        let room = fake::World::default().channels[CHANNEL].clone();
        world.channels.extend(rooms.iter().map(|id| (id.clone(), room.clone())));
        (world.rate, world.global_rate) = (Some((5, 5_000)), Some(50));
    });
    let place = Place::new(&fake);
    drop(place.store());
    let running = if made == Made::Fresh {
        let running = place.start();
        ready(&fake).await;
        Some(running)
    } else {
        None
    };
    let store = Store::open(&place.database(), &OpenOptions { mode: OpenMode::Beside, ..OpenOptions::default() }).unwrap();
    for number in 0..each {
        for room in &rooms {
            let channel = ChannelId { platform: "discord".to_owned(), room: room.clone() };
            store.push_notice(&channel, &format!("alert {number} of {room}"), Timestamp::now()).unwrap();
        }
    }
    let began = Instant::now();
    let running = running.unwrap_or_else(|| place.start());
    let total = channels * each;
    let count = move |world: &World| rooms.iter().map(|room| world.own_in(room).len()).sum::<usize>();
    let before = fake.with(|world| count(world));
    loop {
        let sent = fake.with(|world| count(world));
        if sent >= total || began.elapsed() > Duration::from_secs(300) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    let (counts, refused) = fake.with(|world| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for message in world.messages.iter().filter(|message| message["author"]["id"] == fake::BOT) {
            let words = message["embeds"][0]["description"].to_string();
            if words.contains("alert") {
                *counts.entry(words).or_default() += 1;
            }
        }
        (counts, world.requests.iter().filter(|asked| asked.status == 429).count())
    });
    let doubled = counts.values().filter(|count| **count > 1).count();
    println!(
        "{total} alerts in {channels} channels, {made:?}: {:.1} s, {:.1} a second, {} lost, {doubled} twice, {refused} refused for haste",
        took.as_secs_f64(),
        (total - before) as f64 / took.as_secs_f64(),
        total.saturating_sub(counts.len()),
    );
    drop(running);
    fake.assert_clean();
}
