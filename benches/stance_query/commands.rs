//! Whole commands, from the typed text to the answer as text: their percentiles, and their answers for comparing versions.

use crate::world::{Dice, NOW, PEOPLE, TOPICS, open, person, word, world};
use stancebot::commands::{Address, COMMANDS, Context, Incoming, Permission, Settings, Typing, run, suggest};
use stancebot::model::ChannelId;
use stancebot::reply::plain::{Layout, render};
use stancebot::store::Store;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Turns of each command whose percentiles are told.
const TURNS: usize = 200;
/// Turns with nothing of the file in memory: each reads from the disk.
const COLD_TURNS: usize = 20;
/// Turns whose answers are written for comparison.
const ANSWERS: usize = 40;
/// Statements that `why` asks for are drawn from so many.
const IDS: usize = 90_000;

/// What is asked, with a busiest subject and drawn ones.
const ASKED: [Asked; 17] = [
    Asked { name: "stance", busiest: "!stance office", draw: |dice| format!("!stance {}", someone(dice)) },
    Asked { name: "stance on", busiest: "!stance office on topic-0", draw: |dice| format!("!stance {} on {}", someone(dice), topic(dice)) },
    Asked { name: "who", busiest: "!who topic-0", draw: |dice| format!("!who {}", topic(dice)) },
    Asked { name: "who since", busiest: "!who topic-0 since 30d", draw: |dice| format!("!who {} since 30d", topic(dice)) },
    Asked { name: "timeline", busiest: "!timeline office", draw: |dice| format!("!timeline {}", someone(dice)) },
    Asked { name: "said", busiest: "!said office", draw: |dice| format!("!said {}", someone(dice)) },
    Asked {
        name: "said words",
        busiest: "!said office \"baba\"",
        draw: |dice| format!("!said {} \"{}\"", someone(dice), word(dice.skewed(6_000))),
    },
    Asked { name: "said on", busiest: "!said office on topic-0", draw: |dice| format!("!said {} on {}", someone(dice), topic(dice)) },
    Asked { name: "shift", busiest: "!shift office", draw: |dice| format!("!shift {}", someone(dice)) },
    Asked { name: "contradictions", busiest: "!contradictions office", draw: |dice| format!("!contradictions {}", someone(dice)) },
    Asked { name: "… on topic", busiest: "!contradictions topic-0", draw: |dice| format!("!contradictions {}", topic(dice)) },
    Asked {
        name: "compare",
        busiest: "!compare \"office\" \"person-0\"",
        draw: |dice| format!("!compare \"{}\" \"{}\"", someone(dice), person(PEOPLE - 1 - dice.skewed(PEOPLE / 2))),
    },
    Asked { name: "conditions", busiest: "!conditions office", draw: |dice| format!("!conditions {}", someone(dice)) },
    Asked { name: "why", busiest: "!why 1", draw: |dice| format!("!why {}", 1 + dice.below(IDS)) },
    Asked { name: "actor", busiest: "!actor office", draw: |dice| format!("!actor {}", someone(dice)) },
    Asked { name: "topics", busiest: "!topics", draw: |_| "!topics".to_owned() },
    Asked {
        name: "misspelt",
        busiest: "!stance Bara Tezagu",
        draw: |dice| format!("!stance Ba{} {}x", word(dice.below(90)), word(dice.below(9_000))),
    },
];

struct Asked {
    name: &'static str,
    busiest: &'static str,
    draw: fn(&mut Dice) -> String,
}

fn someone(dice: &mut Dice) -> String {
    person(dice.skewed(PEOPLE)).to_string()
}

fn topic(dice: &mut Dice) -> String {
    format!("topic-{}", dice.skewed(TOPICS))
}

fn channel() -> ChannelId {
    ChannelId { platform: "bench".into(), room: "bench".into() }
}

/// Answers a command as a chat does; gives the answer as text and the bytes of its pictures.
fn answer(store: &Store, text: &str) -> (String, usize) {
    let settings = Settings::default();
    let context = Context { store, ruleset: &world().ruleset, now: NOW.parse().unwrap(), settings: &settings };
    let incoming = Incoming {
        channel: channel(),
        server: None,
        user: "user".into(),
        user_name: String::new(),
        permission: Permission::Member,
        power: None,
        event: None,
        next_page: None,
        address: Address::Prefix,
        text: text.into(),
    };
    let reply = run(&context, &incoming).unwrap();
    (render(&reply, Layout::default()), reply.attachments.iter().map(|picture| picture.bytes.len()).sum())
}

/// Completes a name that is being typed.
fn complete(store: &Store, text: &str) -> usize {
    let settings = Settings::default();
    let context = Context { store, ruleset: &world().ruleset, now: NOW.parse().unwrap(), settings: &settings };
    let entry = COMMANDS.iter().find(|entry| entry.name == "stance").unwrap();
    let typing = Typing { channel: channel(), command: entry.name, option: entry.options[0], text: text.to_owned() };
    suggest(&context, &typing).unwrap().len()
}

/// Prints percentiles of whole commands.
pub fn percentiles() {
    let made = world();
    let statements = made.store.health().unwrap().statements;
    println!("\nwhole commands on {statements} statements, milliseconds: median / p95 / slowest");
    println!("what the processor worked for it, where the system tells it, so that a busy machine counts for nothing; cold: by the clock");
    println!("{:16}{:>24}{:>24}{:>24}", "", "drawn", "busiest", "drawn, file not in memory");
    for asked in &ASKED {
        let warm = |text: &str| divan::black_box(answer(&made.store, text)).1;
        let mut dice = Dice(42);
        let drawn = timed(TURNS, || (asked.draw)(&mut dice), &warm);
        let busiest = timed(TURNS / 10, || asked.busiest.to_owned(), &warm);
        let mut dice = Dice(4_242);
        let cold = cold(|| (asked.draw)(&mut dice), &|store, text| divan::black_box(answer(store, text)).1);
        println!("{:16}{drawn:>24}{busiest:>24}{cold:>24}", asked.name);
    }
    let mut dice = Dice(42);
    let mut typed = || person_typed(&mut dice);
    let warm = |text: &str| divan::black_box(complete(&made.store, text));
    let drawn = timed(TURNS, &mut typed, &warm);
    let empty = timed(TURNS / 10, String::new, &warm);
    println!("{:16}{drawn:>24}{empty:>24}{:>24}", "completion", cold(typed, &|store, text| divan::black_box(complete(store, text))));
}

/// Gives the beginning of a name, as it stands there while it is typed.
fn person_typed(dice: &mut Dice) -> String {
    let name = word(4_900 + dice.skewed(PEOPLE));
    name.chars().take(1 + dice.below(5)).collect()
}

/// Runs something for each text and gives the percentiles of what the processor worked for it.
fn timed(turns: usize, mut text: impl FnMut() -> String, run: &dyn Fn(&str) -> usize) -> String {
    let mut times = Vec::with_capacity(turns);
    for _ in 0..turns {
        let text = text();
        let (start, before) = (Instant::now(), processor_time());
        run(&text);
        let worked = before.and_then(|before| Some(processor_time()?.saturating_sub(before)));
        times.push(worked.unwrap_or_else(|| start.elapsed()));
    }
    line(times)
}

/// Gives how long the processor has worked for this thread, where the system tells it.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

/// Does the same with nothing of the file in memory before each turn; a dash where the system does not forget on demand.
fn cold(mut text: impl FnMut() -> String, run: &dyn Fn(&Store, &str) -> usize) -> String {
    let mut times = Vec::with_capacity(COLD_TURNS);
    for _ in 0..COLD_TURNS {
        let text = text();
        let store = open(&world().path);
        if !forget(&world().path) {
            return "–".to_owned();
        }
        let start = Instant::now();
        run(&store, &text);
        times.push(start.elapsed());
    }
    line(times)
}

/// Has the system forget what it holds of a file; tells whether it could be asked.
fn forget(file: &Path) -> bool {
    let mut dd = Command::new("dd");
    dd.arg(format!("if={}", file.display())).args(["iflag=nocache", "count=0"]);
    dd.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn line(mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    format!("{:.1} / {:.1} / {:.1}", at(50), at(95), at(100))
}

/// Writes what is answered, to be compared with the answers of another version.
pub fn write_answers(file: &Path) {
    let mut out = std::fs::File::create(file).unwrap();
    for asked in &ASKED {
        let mut dice = Dice(7);
        let drawn = (0..ANSWERS).map(|_| (asked.draw)(&mut dice));
        for text in std::iter::once(asked.busiest.to_owned()).chain(drawn) {
            writeln!(out, "=== {text}\n{}\n", answer(&world().store, &text).0).unwrap();
        }
    }
}
