//! `kill -9` at many moments: no statement that was stored is lost, no alert is lost or shown twice.

use crate::bot::{Place, alerted};
use jiff::Timestamp;
use stancebot::model::FeedState;
use stancebot::store::{OpenOptions, Store};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// Articles that come at once after the first sight of the feed; each has one statement of the followed actor.
const ARTICLES: usize = 24;
/// Moments at which a process is killed, spread over the time that an undisturbed run takes.
const KILLS: u32 = 14;

const CONFIG: &str = r#"
knowledge_dirs = ["@/knowledge"]
[alerts]
per_poll_max = 100
confidence_min = 0
[[feeds]]
url = "file:@/feed.xml"
outlet = "pier-post"
text = "feed"
[[watches]]
channel = "terminal"
follow = "ada-quill"
"#;

const ACTORS: &str = r#"
[[actor]]
id = "ada-quill"
kind = "person"
name = "Ada Quill"
names = ["Quill"]
gender = "f"
source = "invented for this test"
example = "Ada Quill spoke to reporters."
guardrail = "A quill lay on the desk, the clerk said."
"#;

const OUTLETS: &str =
    "[[outlet]]\nid = \"pier-post\"\nname = \"The Pier Post\"\nhosts = [\"pier.example\"]\nsource = \"invented for this test\"\n";

/// Makes the feed with its first `count` articles; no two say the same.
fn write_feed(path: &Path, count: usize) {
    let mut feed = String::from("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Pier Post (invented)</title>");
    for number in 0..count {
        let words = ["crane", "jetty", "buoy", "ferry", "lock", "mole", "quay", "winch"];
        let (one, two, three) = (words[number % 8], words[(number / 8 + 3) % 8], words[(number * 5 + 1) % 8]);
        write!(
            feed,
            "<item><guid>pier-{number}</guid><title>Pier news {number}</title><link>https://pier.example/{number}</link>\
             <pubDate>Tue, 02 Dec 2025 {:02}:{:02}:00 GMT</pubDate>\
             <description>&lt;p&gt;Ada Quill said that the {one} number {number} would replace the {two} before the {three} of year {}.&lt;/p&gt;</description></item>",
            number / 60,
            number % 60,
            2030 + number
        )
        .unwrap();
    }
    feed.push_str("</channel></rss>");
    let partial = path.with_extension("partial");
    std::fs::write(&partial, feed).unwrap();
    std::fs::rename(&partial, path).unwrap();
}

/// Makes a place whose feed was seen with one article and now has all of them and is due.
fn prepared() -> Place {
    let place = Place::configured(CONFIG);
    std::fs::create_dir_all(place.path("knowledge/actors")).unwrap();
    std::fs::write(place.path("knowledge/actors/test.toml"), ACTORS).unwrap();
    std::fs::write(place.path("knowledge/outlets.toml"), OUTLETS).unwrap();
    write_feed(&place.path("feed.xml"), 1);
    let baseline = place.run(&[], "").expect(0);
    assert_eq!(alerted(&baseline.out).len(), 1, "one sample: {}{}", baseline.out, baseline.err);
    write_feed(&place.path("feed.xml"), ARTICLES);
    let store = Store::open(&place.path("state/stancebot.db"), &OpenOptions::default()).unwrap();
    let feed = store.feeds().unwrap().remove(0).feed;
    store.save_feed_state(feed.id, &FeedState { due: Some(Timestamp::UNIX_EPOCH), ..feed.state }).unwrap();
    place
}

/// Gives the contents of all stored statements.
fn stored(place: &Place) -> Vec<String> {
    let lines = place.run(&["export"], "").expect(0).out;
    let content = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["content"].to_string();
    lines.lines().map(content).collect()
}

#[test]
fn kill_9_at_any_moment_loses_and_doubles_nothing() {
    let undisturbed = prepared();
    let started = Instant::now();
    let whole = undisturbed.run(&[], "").expect(0);
    let takes = started.elapsed();
    assert_eq!(alerted(&whole.out).len(), ARTICLES - 1, "{}{}", whole.out, whole.err);
    let expected: BTreeSet<String> = stored(&undisturbed).into_iter().collect();
    assert_eq!(expected.len(), ARTICLES);

    let place = prepared();
    let transcript = place.path("transcript");
    for moment in 1..=KILLS {
        run_until_killed(&place, &transcript, takes * moment / KILLS);
    }
    let last = place.run(&[], "").expect(0);
    let printed = std::fs::read_to_string(&transcript).unwrap() + last.out.as_str();
    let ids = alerted(&printed);
    let distinct: BTreeSet<u64> = ids.iter().copied().collect();
    assert_eq!(ids.len(), distinct.len(), "no alert is shown twice:\n{printed}");
    assert_eq!(distinct.len(), ARTICLES - 1, "no alert is lost:\n{printed}");
    let found = stored(&place);
    assert_eq!(found.len(), ARTICLES, "no statement is stored twice");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Runs the program with its output appended to a file and kills it after a while; its input stays open, so it does not end by itself.
fn run_until_killed(place: &Place, transcript: &Path, after: Duration) {
    let out = File::options().create(true).append(true).open(transcript).unwrap();
    let mut child = place.command(&[]).stdout(out).stderr(std::process::Stdio::null()).spawn().unwrap();
    let stdin = child.stdin.take();
    let until = Instant::now() + after;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        std::thread::sleep(left.min(Duration::from_millis(5)));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);
}
