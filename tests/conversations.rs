//! Runs the conversations of `tests/conversations/*.txt` as a terminal holds them: what is typed, and what is answered. How they are
//! written stands in `tests/conversations/stage.rs`.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

#[path = "conversations/stage.rs"]
mod stage;

use stage::{Step, conversation, conversations, fits, now, world};
use stancebot::commands::{Address, Context, Incoming, Permission, Settings, run};
use stancebot::model::ChannelId;
use stancebot::reply::Reply;
use stancebot::reply::plain::{Layout, render};
use stancebot::rules::Ruleset;
use stancebot::store::Store;
use std::path::Path;

fn incoming(text: &str, permission: Permission, address: Address) -> Incoming {
    typed_by("user-1", text, permission, address)
}

fn typed_by(user: &str, text: &str, permission: Permission, address: Address) -> Incoming {
    let channel = ChannelId { platform: "terminal".into(), room: "terminal".into() };
    Incoming {
        channel,
        server: None,
        user: user.into(),
        user_name: if user == "user-1" { "Nell".into() } else { String::new() },
        permission,
        power: None,
        event: None,
        next_page: None,
        address,
        text: text.into(),
    }
}

fn reply(store: &Store, ruleset: &Ruleset, incoming: &Incoming) -> Option<Reply> {
    let settings = Settings { page_size: 3, ..Settings::default() };
    run(&Context { store, ruleset, now: now(), settings: &settings }, incoming)
}

fn shown(reply: Option<&Reply>) -> String {
    reply.map_or_else(|| "(silence)\n".into(), |reply| render(reply, Layout::default()))
}

fn answer(store: &Store, ruleset: &Ruleset, incoming: &Incoming) -> String {
    shown(reply(store, ruleset, incoming).as_ref())
}

/// Tells whether lines fit pattern lines, where a line `…` stands for any lines.
fn lines_fit(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|skipped| lines_fit(rest, &lines[skipped..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, others)| fits(first, line) && lines_fit(rest, others)),
    }
}

fn without_blank_ends(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(start, |last| last + 1);
    lines[start..end].to_vec()
}

fn converse(path: &Path, ruleset: &Ruleset) -> Vec<String> {
    let conversation = conversation(path);
    let store = world(&conversation.world);
    let mut failures = Vec::new();
    let mut next_page = None;
    for Step { user, permission, address, typed, expected } in &conversation.steps {
        let asked = Incoming { next_page: next_page.clone(), ..typed_by(user, typed, *permission, *address) };
        let reply = reply(&store, ruleset, &asked);
        if let Some(paging) = reply.as_ref().and_then(|reply| reply.paging.as_ref()) {
            next_page = paging.next();
        }
        let actual = shown(reply.as_ref());
        if !lines_fit(&without_blank_ends(expected), &without_blank_ends(&actual)) {
            failures.push(format!("{}\n> {typed}\n{actual}--- expected\n{expected}\n---", path.display()));
        }
    }
    failures
}

#[test]
fn conversations_go_as_written() {
    let ruleset = Ruleset::build(&[]).unwrap();
    let failures: Vec<String> = conversations().iter().flat_map(|path| converse(path, &ruleset)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn hostile_commands_get_a_short_answer() {
    let store = world("world");
    let ruleset = Ruleset::build(&[]).unwrap();
    let words = [
        "'; DROP TABLE statements; --",
        "NEAR(a b)",
        "a* OR b",
        "content:x",
        "\"",
        "😀😀",
        "@everyone",
        "\0\u{202e}",
        "%_",
        "((",
        "^",
        "{}",
    ];
    let changes = ["wrong", "wrong 1 speaker=", "review", "undo", "topic add", "topic alias", "topic remove", "actor add", "actor alias"];
    let changes = changes.into_iter().chain(["actor merge", "actor forget", "wrong 1 not-a-statement because"]);
    for command in [
        "stance",
        "said",
        "who",
        "compare",
        "timeline",
        "shift",
        "contradictions",
        "conditions",
        "why",
        "source",
        "actor",
        "topics",
        "follow",
        "unfollow",
        "feed add",
        "feed test",
        "help",
    ]
    .into_iter()
    .chain(changes)
    {
        for word in words.iter().map(ToString::to_string).chain([format!("\"{}\"", "x".repeat(500)), "y".repeat(10_000)]) {
            for text in [format!("!{command} {word}"), format!("!{command} quill \"{word}\"")] {
                let answer = answer(&store, &ruleset, &incoming(&text, Permission::Operator, Address::Prefix));
                assert!(!answer.is_empty() && answer.len() < 2_000, "{command}: {} bytes", answer.len());
                assert!(!answer.contains("Something failed"), "{text}: {answer}");
            }
        }
    }
}

#[test]
fn the_readme_lists_the_commands_of_the_registry() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap_or_default();
    let (_, after) = readme.split_once("<!-- commands -->\n").expect("the table's start is marked");
    let (table, _) = after.split_once("<!-- /commands -->").expect("the table's end is marked");
    let wanted = stancebot::commands::readme_table();
    assert!(table.trim() == wanted.trim(), "put this between the marks in README.md:\n{wanted}");
}

#[test]
fn what_changes_something_is_done_once_for_one_message() {
    let store = world("world");
    let ruleset = Ruleset::build(&[]).unwrap();
    let typed = |text: &str, event: &str| Incoming { event: Some(event.into()), ..incoming(text, Permission::Moderator, Address::Prefix) };
    let said = |text: &str, event: &str| answer(&store, &ruleset, &typed(text, event));
    said("!topic add mooring tariff", "1");
    said("!topic add pilotage tariff", "2");
    let first = said("!undo", "3");
    assert!(first.contains("taken back"), "{first}");
    // the next process takes the message up again
    assert_eq!(said("!undo", "3"), first);
    let listed = said("!topics tariff", "4");
    assert!(listed.contains("ooring tariff") && !listed.contains("ilotage tariff"), "{listed}");
    // begun by a process that ended: whether it was done is not known
    store.begin_command("terminal", "5", now()).unwrap();
    let told = said("!undo", "5");
    assert!(told.contains("restarted") && told.contains("settings list"), "{told}");
    assert!(said("!topics tariff", "6").contains("ooring tariff"));
    // what only reads is answered as things are now, and other words are another message
    assert!(said("!topics tariff", "4").contains("ooring tariff") && said("!undo", "7").contains("taken back"));
    assert!(!said("!topics tariff", "4").contains("ooring tariff"));
}
