//! The conversations of the terminal (`tests/conversations/*.txt`), unchanged, held with the stand-in: by prefix, by mention, and by slash
//! command where what is typed can be said in one. Compared are the words, as Discord's reader sees them.

use crate::bot::{Answers, Bot};
use crate::fake::{BOT, CHANNEL, Fake, OWNER};
use crate::stage::{Step, conversation, conversations, fits, now, world};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use stancebot::commands::{Address, Entry, Need, OptionKind, Permission, find, read_arguments};
use stancebot::reply::show_time;
use std::path::Path;

/// The text of a message in Discord's Markdown.
pub fn marked(message: &Value) -> String {
    let embed = message["embeds"][0]["description"].as_str().unwrap_or_default();
    format!("{}{embed}", message["content"].as_str().unwrap_or_default())
}

/// Takes Discord's Markdown away, as far as the bot writes it: what a reader sees.
pub fn unmarked(text: &str) -> String {
    text.lines().map(unmarked_line).collect::<Vec<_>>().join("\n")
}

fn unmarked_line(line: &str) -> String {
    let is_item = line.starts_with("- ");
    let mut out = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = after;
        match c {
            '\\' => {
                out.extend(after.chars().next());
                rest = after.get(1..).unwrap_or("");
            }
            '*' | '\u{200b}' => {}
            '`' => {
                let (code, behind) = after.split_once('`').unwrap_or((after, ""));
                out.push_str(&code.replace('\u{200b}', ""));
                rest = behind;
            }
            '<' if after.starts_with("t:") => {
                let (seconds, behind) = after[2..].split_once(":f>").unwrap();
                out.push_str(&show_time(Timestamp::from_second(seconds.parse().unwrap()).unwrap()));
                rest = behind;
            }
            '[' => {
                let (label, behind) = after.split_once("](<").unwrap_or_else(|| panic!("a bracket that is no link: {line}"));
                let (url, behind) = behind.split_once(">)").unwrap();
                let label = unmarked_line(label);
                out.push_str(&label);
                if !is_item && label != url {
                    out.push_str(&format!(" <{url}>"));
                }
                rest = behind;
            }
            _ => out.push(c),
        }
    }
    out
}

/// Makes lines one stream of words without the marks of lists and quotations.
fn stream(text: &str) -> String {
    let bare = text.lines().map(|line| line.trim_start().trim_start_matches(['-', '>', '|']).trim_start());
    let words = bare.flat_map(str::split_whitespace).filter(|word| *word != "·");
    words.collect::<Vec<_>>().join(" ")
}

/// Gives somebody of the conversations an id of Discord's: `user-2` has the number 2.
fn id_of(user: &str) -> String {
    format!("100000000000000010{}", user.trim_start_matches("user-"))
}

/// Gives an answer with the ids of people as the conversations write them, and without the names that the stand-in makes of ids.
fn with_users(text: &str) -> String {
    let mut text = text.to_owned();
    for number in ["1", "2", "3"] {
        let id = id_of(number);
        text = text.replace(&format!("user-{id} ({id})"), &format!("user-{number}")).replace(&id, &format!("user-{number}"));
    }
    text
}

/// How a conversation is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Prefix,
    Mention,
    Slash,
}

/// Gives a command as the choices of a slash command; none where it cannot be said in one.
fn as_slash(typed: &str) -> Option<(String, Value)> {
    let (entry, rest) = find(typed.trim().strip_prefix('!')?)?;
    let today = now().to_zoned_datetime(TimeZone::UTC).date();
    let read = read_arguments(rest, entry.options, today).ok()?;
    let mut options = Vec::new();
    let mut words_left = read.words.len() + read.quoted.len();
    let is_name = |kind: OptionKind| kind == OptionKind::Name;
    if entry.options.iter().filter(|spec| is_name(spec.kind)).count() == 2 {
        // the first word is the first name, what follows the second
        let (first, second) = (read.words.first()?, read.words.get(1..).filter(|words| !words.is_empty())?.join(" "));
        let names = [(entry.options[0].name, first.as_str()), (entry.options[1].name, second.as_str())];
        return Some(named(entry, names.map(|(name, value)| json!({"name": name, "type": 3, "value": value})).to_vec()));
    }
    for spec in entry.options {
        let value = match spec.kind {
            OptionKind::Name | OptionKind::Number | OptionKind::Url => {
                let name = read.name("").ok();
                words_left -= if read.words.is_empty() { usize::from(name.is_some()) } else { read.words.len() };
                name.map(|name| if spec.kind == OptionKind::Number { json!(name.parse::<i64>().unwrap_or(-1)) } else { json!(name) })
            }
            OptionKind::Words => {
                words_left -= read.phrases().len();
                (read.phrases().len() <= 1).then(|| read.phrases().first().map(|phrase| json!(phrase)))?
            }
            OptionKind::Second => {
                // two names in quotation marks are the first and the second; other ways are the grammar's to read
                let second = read.quoted.get(1).filter(|_| read.words.is_empty())?;
                words_left -= 1;
                Some(json!(second))
            }
            OptionKind::On => read.on.as_ref().map(|on| json!(on)),
            OptionKind::Via => read.via.as_ref().map(|via| json!(via)),
            OptionKind::Since => read.since.map(|day| json!(day.to_string())),
            OptionKind::Until => read.until.map(|day| json!(day.to_string())),
            OptionKind::Page => read.page.map(|page| json!(page)),
            OptionKind::Own => read.own.then_some(json!(true)),
            OptionKind::After(word) | OptionKind::Rest(word) => read.value(word).map(|value| json!(value)),
            OptionKind::Assign(word) => read.value(word.trim_end_matches('=')).map(|value| json!(value)),
            OptionKind::Flag(word) => read.flags.contains(word).then_some(json!(true)),
        };
        match value {
            Some(value) if value == json!(-1) => return None,
            Some(value) => options.push(json!({"name": spec.name, "type": 3, "value": value})),
            None if spec.need == Need::Required => return None,
            None => {}
        }
    }
    (words_left == 0).then(|| named(entry, options))
}

fn named(entry: &Entry, options: Vec<Value>) -> (String, Value) {
    match entry.name.split_once(' ') {
        Some((word, sub)) => (word.to_owned(), json!([{"name": sub, "type": 1, "options": options}])),
        None => (entry.name.to_owned(), json!(options)),
    }
}

/// Says a step in a manner and gives the message that answers it; none where it cannot be said so.
async fn said(fake: &Fake, step: &Step, manner: Manner) -> Option<Value> {
    let user = &id_of(&step.user);
    fake.with(|world| match step.permission {
        Permission::Member => world.managers.remove(user),
        Permission::Moderator | Permission::Operator => world.managers.insert(user.clone()),
    });
    let is_silent = step.expected.trim() == "(silence)";
    let choices = if manner == Manner::Slash && !is_silent { as_slash(&step.typed) } else { None };
    match manner {
        Manner::Slash if choices.is_some() => {
            let (name, options) = choices?;
            let id = fake.slash((CHANNEL, user), &name, options);
            let made = move |world: &crate::fake::World| world.message(world.interactions[&id].message.as_deref()?).cloned();
            Some(fake.until("an answer to a slash command", made).await)
        }
        Manner::Mention | Manner::Slash if is_silent || step.address == Address::Prefix && !step.typed.starts_with('!') => None,
        Manner::Prefix if is_silent => {
            let id = fake.say(CHANNEL, user, &step.typed);
            let fence = fake.say(CHANNEL, OWNER, "!health");
            fake.until("the next answer", |world| world.reply_to(&fence).cloned()).await;
            assert!(fake.with(|world| world.reply_to(&id).is_none()), "{} is answered", step.typed);
            None
        }
        // What cannot be said in a slash command is said by mention, so that what comes after it goes on from there.
        Manner::Mention | Manner::Prefix | Manner::Slash => {
            let is_mention = manner != Manner::Prefix || step.address == Address::Direct;
            let text = if is_mention { format!("<@{BOT}> {}", step.typed) } else { step.typed.clone() };
            let id = fake.say(CHANNEL, user, &text);
            Some(fake.until("an answer", |world| world.reply_to(&id).cloned()).await)
        }
    }
}

/// Gives all that an answer says: its parts turned by its buttons, or the file that comes with it.
async fn whole(fake: &Fake, message: Value, user: &str) -> String {
    let attached = message["attachments"].as_array().unwrap();
    if attached.iter().any(|file| file["filename"] == "answer.txt") {
        let is_whole = |file: &&(String, Vec<u8>)| file.0 == "answer.txt";
        let files = |world: &crate::fake::World| {
            world.requests.iter().rev().find_map(|asked| asked.files.iter().find(is_whole)).map(|file| file.1.clone())
        };
        return String::from_utf8(fake.with(|world| files(world)).unwrap()).unwrap();
    }
    let mut text = unmarked(&marked(&message));
    let mut shown = message.clone();
    while let Some(next) = next_part(&shown) {
        let press = fake.press((CHANNEL, user), message["id"].as_str().unwrap(), &next);
        let turned = fake.until("a turned page", |world| world.interactions[&press].answer.clone()).await;
        shown = turned["data"].clone();
        text.push('\n');
        text.push_str(&unmarked(&marked(&shown)));
    }
    text
}

/// Gives the button that leads to the next part of the same page.
fn next_part(message: &Value) -> Option<String> {
    let buttons = message["components"][0]["components"].as_array()?;
    let next = buttons.iter().find(|button| button["label"].as_str().is_some_and(|label| label.contains("Next")))?;
    let id = next["custom_id"].as_str()?;
    (id.split(':').nth(2)? != "0").then(|| id.to_owned())
}

async fn converse(path: &Path, manner: Manner) -> (usize, Vec<String>) {
    let fake = Fake::start().await;
    let conversation = conversation(path);
    let bot = Bot::start_with(&fake, Answers::new(world(&conversation.world)), |options| options.operators = vec![OWNER.parse().unwrap()]);
    fake.until("READY", |world| world.ready.then_some(())).await;
    fake.with(|world| world.nicks.insert(id_of("user-1"), "Nell".to_owned()));
    let (mut held, mut failures) = (0, Vec::new());
    for step in conversation.steps {
        // What is a chat of its own on every platform: the terminal's channel has no server.
        let Some(message) = said(&fake, &step, manner).await else { continue };
        held += 1;
        let actual = stream(&with_users(&whole(&fake, message, &id_of(&step.user)).await));
        let expected = stream(&step.expected);
        if !fits(&expected, &actual) {
            failures.push(format!("{} by {manner:?}\n> {}\n{actual}\n--- expected\n{expected}\n---", path.display(), step.typed));
        }
    }
    fake.assert_clean();
    bot.end().await.unwrap();
    (held, failures)
}

async fn all(manner: Manner) -> usize {
    let (mut held, mut failures) = (0, Vec::new());
    for path in conversations() {
        let (count, failed) = converse(&path, manner).await;
        held += count;
        failures.extend(failed);
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    held
}

#[tokio::test]
async fn conversations_go_as_written_by_prefix() {
    assert!(all(Manner::Prefix).await > 80);
}

#[tokio::test]
async fn conversations_go_as_written_by_mention() {
    assert!(all(Manner::Mention).await > 80);
}

#[tokio::test]
async fn conversations_go_as_written_by_slash_command() {
    assert!(all(Manner::Slash).await > 50);
}
