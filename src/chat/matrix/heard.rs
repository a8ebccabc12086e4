//! What an event says to the bot: a message, an edit, a reaction; and whether a message is for the bot. Pure, from the event's JSON.
//!
//! Whether a text with a mark before it is a command, and who may use it, is decided in `commands`.

use crate::commands::{self, Address};
use serde_json::Value;

/// Who the bot is, for finding its name in texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Own {
    /// `@stancebot:example.org`
    pub(super) user: String,
    /// The name that people see; may be empty.
    pub(super) name: String,
}

impl Own {
    fn local(&self) -> &str {
        self.user.trim_start_matches('@').split(':').next().unwrap_or_default()
    }
}

/// Words of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) event: String,
    pub(super) sender: String,
    /// The words, without the quotation that older clients put before an answer.
    pub(super) text: String,
    /// The bot is among those mentioned.
    pub(super) mentions_bot: bool,
    /// It answers another message.
    pub(super) is_answer: bool,
    /// The root of the thread that it stands in.
    pub(super) thread: Option<String>,
    /// When, in milliseconds since 1970 by the clock of the sender's server.
    pub(super) made: i64,
}

/// An event that may ask for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Somebody wrote.
    Message(Said),
    /// Somebody changed a message; `said` has the new words and the edit's own id.
    Edit { target: String, said: Said },
    /// Somebody reacted to a message.
    Reaction { sender: String, target: String, key: String },
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

/// Reads an event; none when it is nothing that can ask for something: notices, emotes, pictures, state, removed events.
pub(super) fn read(event: &Value, own: &Own) -> Option<Heard> {
    let sender = text(event, "/sender")?.to_owned();
    match text(event, "/type")? {
        "m.reaction" => {
            let relation = event.pointer("/content/m.relates_to")?;
            let (target, key) = (text(relation, "/event_id")?.to_owned(), text(relation, "/key")?.to_owned());
            (text(relation, "/rel_type") == Some("m.annotation")).then_some(Heard::Reaction { sender, target, key })
        }
        "m.room.message" => {
            let content = event.get("content")?;
            let relation = content.get("m.relates_to");
            let kind = relation.and_then(|relation| text(relation, "/rel_type"));
            if kind == Some("m.replace") {
                let target = text(content, "/m.relates_to/event_id")?.to_owned();
                return said(event, content.get("m.new_content")?, own).map(|said| Heard::Edit { target, said });
            }
            let mut said = said(event, content, own)?;
            if kind == Some("m.thread") {
                said.thread = text(content, "/m.relates_to/event_id").map(str::to_owned);
            }
            // In a thread the message before is named for clients that know no threads; that is no answer.
            let is_falling_back = content.pointer("/m.relates_to/is_falling_back").and_then(Value::as_bool).unwrap_or(false);
            said.is_answer = content.pointer("/m.relates_to/m.in_reply_to/event_id").is_some() && !is_falling_back;
            if said.is_answer {
                said.text = without_quotation(&said.text).to_owned();
            }
            Some(Heard::Message(said))
        }
        _ => None,
    }
}

fn said(event: &Value, content: &Value, own: &Own) -> Option<Said> {
    if text(content, "/msgtype") != Some("m.text") {
        return None;
    }
    let mentioned = content.pointer("/m.mentions/user_ids").and_then(Value::as_array).into_iter().flatten();
    let has_pill = text(content, "/formatted_body").is_some_and(|html| {
        let encoded = own.user.replace('@', "%40").replace(':', "%3A");
        html.contains(&format!("matrix.to/#/{}\"", own.user)) || html.contains(&format!("matrix.to/#/{encoded}\""))
    });
    Some(Said {
        event: text(event, "/event_id")?.to_owned(),
        sender: text(event, "/sender")?.to_owned(),
        text: text(content, "/body")?.trim().to_owned(),
        mentions_bot: has_pill || mentioned.into_iter().any(|user| user.as_str() == Some(own.user.as_str())),
        is_answer: false,
        thread: None,
        made: event.get("origin_server_ts").and_then(Value::as_i64).unwrap_or(0),
    })
}

/// Takes away the quotation that older clients put before an answer: lines that begin with `> `, and the blank line after them.
fn without_quotation(text: &str) -> &str {
    if !text.starts_with("> ") {
        return text;
    }
    let mut rest = text;
    while rest.starts_with("> ") || rest.starts_with(">\n") {
        rest = rest.split_once('\n').map_or("", |(_, after)| after);
    }
    rest.trim_start()
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A room with others.
    Room,
    /// A room of the bot and one person: everything in it is for the bot.
    Direct,
}

/// Finds out whether a message is for the bot, and gives its words without the bot's name.
pub(super) fn addressed(said: &Said, own: &Own, place: Place) -> Option<(Address, String)> {
    if let Some(rest) = after_name(said, own) {
        return Some((Address::Direct, rest.to_owned()));
    }
    let first = said.text.chars().next()?;
    if place == Place::Direct {
        return Some((Address::Direct, said.text.clone()));
    }
    if said.is_answer && said.mentions_bot && commands::find(&said.text).is_some() {
        return Some((Address::Direct, said.text.clone()));
    }
    // Every prefix begins with a mark; which one it is here is known to the settings.
    (!first.is_alphanumeric() && !first.is_whitespace()).then(|| (Address::Prefix, said.text.clone()))
}

/// Gives what follows the bot's name at the beginning of a text. A bare name counts when the message mentions the bot (a pill), or a
/// colon or comma follows; the whole id counts by itself.
fn after_name<'a>(said: &'a Said, own: &Own) -> Option<&'a str> {
    // Some clients write a pill as a Markdown link into the plain text.
    if let Some((label, rest)) = said.text.split_once(&format!("](https://matrix.to/#/{})", own.user))
        && label.starts_with('[')
        && !label.contains(']')
    {
        return Some(rest.trim_start_matches([':', ',']).trim());
    }
    for name in [own.user.as_str(), own.name.as_str(), own.local()] {
        let unmarked = if name.starts_with('@') { said.text.as_str() } else { said.text.trim_start_matches('@') };
        let Some(rest) = strip_ignoring_case(unmarked, name) else { continue };
        let has_mark = rest.starts_with([':', ',']);
        // "stancebot:example.com" is the name of somebody else.
        if rest.trim_start_matches([':', ',']).starts_with(|c: char| !c.is_whitespace()) {
            continue;
        }
        if has_mark || said.mentions_bot || name == own.user {
            return Some(rest.trim_start_matches([':', ',']).trim());
        }
    }
    None
}

fn strip_ignoring_case<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.get(..name.len()).filter(|_| !name.is_empty())?;
    (head.to_lowercase() == name.to_lowercase()).then(|| text.get(name.len()..)).flatten()
}

/// Tells whether an event is the bot's own coming into the room, not a change of its name.
pub(super) fn is_own_join(event: &Value, own: &str) -> bool {
    text(event, "/type") == Some("m.room.member")
        && text(event, "/state_key") == Some(own)
        && text(event, "/content/membership") == Some("join")
        && text(event, "/unsigned/prev_content/membership") != Some("join")
}

/// Gives when an event was made, in milliseconds since 1970 by the clock of here: its age as the server counts it says more than the
/// clock of who sent it.
pub(super) fn made_millis(event: &Value, now_millis: i64) -> i64 {
    match event.pointer("/unsigned/age").and_then(Value::as_i64) {
        Some(age) if age >= 0 => now_millis.saturating_sub(age),
        _ => event.get("origin_server_ts").and_then(Value::as_i64).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn own() -> Own {
        Own { user: "@stancebot:example.org".into(), name: "Stance Bot".into() }
    }

    fn event(content: Value) -> Value {
        json!({"type": "m.room.message", "event_id": "$1", "sender": "@ada:example.org", "content": content})
    }

    fn words(body: &str) -> Said {
        Said { event: "$1".into(), sender: "@ada:example.org".into(), text: body.into(), ..Said::default() }
    }

    #[test]
    fn only_texts_edits_and_reactions_ask() {
        let own = own();
        assert_eq!(read(&event(json!({"msgtype": "m.text", "body": " !help "})), &own), Some(Heard::Message(words("!help"))));
        for kind in ["m.notice", "m.emote", "m.image", "m.file"] {
            assert_eq!(read(&event(json!({"msgtype": kind, "body": "!help"})), &own), None, "{kind}");
        }
        assert_eq!(read(&event(json!({})), &own), None, "removed");
        let edit = json!({"msgtype": "m.text", "body": "* !help", "m.new_content": {"msgtype": "m.text", "body": "!help"},
                          "m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}});
        assert_eq!(read(&event(edit), &own), Some(Heard::Edit { target: "$0".into(), said: words("!help") }));
        let reaction = json!({"type": "m.reaction", "sender": "@ada:example.org", "event_id": "$2",
                              "content": {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "❌"}}});
        let heard = Heard::Reaction { sender: "@ada:example.org".into(), target: "$1".into(), key: "❌".into() };
        assert_eq!(read(&reaction, &own), Some(heard));
    }

    #[test]
    fn answers_lose_their_quotation_and_threads_are_no_answers() {
        let reply = json!({"msgtype": "m.text", "body": "> <@stancebot:example.org> one\n> two\n\n!why 1",
                           "m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}});
        let Some(Heard::Message(said)) = read(&event(reply), &own()) else { panic!("no message") };
        assert_eq!((said.text.as_str(), said.is_answer), ("!why 1", true));
        let thread = json!({"msgtype": "m.text", "body": "!why 1", "m.relates_to": {"rel_type": "m.thread", "event_id": "$root",
                            "is_falling_back": true, "m.in_reply_to": {"event_id": "$0"}}});
        let Some(Heard::Message(said)) = read(&event(thread), &own()) else { panic!("no message") };
        assert_eq!((said.thread.as_deref(), said.is_answer), (Some("$root"), false));
    }

    #[test]
    fn who_is_meant() {
        let direct = |text: &str| Some((Address::Direct, text.to_owned()));
        let by_prefix = |text: &str| Some((Address::Prefix, text.to_owned()));
        for (body, mentions_bot, found) in [
            ("!help", false, by_prefix("!help")),
            ("?? x", false, by_prefix("?? x")),
            ("help", false, None),
            ("stancebot: help", false, direct("help")),
            ("@stancebot:example.org help", false, direct("help")),
            ("@stancebot:example.orgs help", false, by_prefix("@stancebot:example.orgs help")),
            ("Stance Bot help", true, direct("help")),
            ("Stance Bot help", false, None),
            ("stance bot, help", false, direct("help")),
            ("Stance Bots are odd", true, None),
            ("[Stance Bot](https://matrix.to/#/@stancebot:example.org): help", false, direct("help")),
            ("ask Stance Bot", true, None),
            ("Stance Bot", true, direct("")),
        ] {
            assert_eq!(addressed(&Said { mentions_bot, ..words(body) }, &own(), Place::Room), found, "{body}");
        }
        assert_eq!(addressed(&words("help"), &own(), Place::Direct), direct("help"));
    }

    #[test]
    fn an_answer_to_the_bot_asks_when_it_is_a_command() {
        let said = |body: &str| Said { is_answer: true, mentions_bot: true, ..words(body) };
        assert_eq!(addressed(&said("why 3"), &own(), Place::Room), Some((Address::Direct, "why 3".to_owned())));
        assert_eq!(addressed(&said("thanks"), &own(), Place::Room), None);
    }

    #[test]
    fn pills_are_found_in_the_html_alone() {
        let pill = |id: &str| {
            let html = format!("<a href=\"https://matrix.to/#/{id}\">Stance Bot</a> help");
            let content = json!({"msgtype": "m.text", "body": "Stance Bot help", "formatted_body": html});
            matches!(read(&event(content), &own()), Some(Heard::Message(said)) if said.mentions_bot)
        };
        assert!(pill("@stancebot:example.org") && pill("%40stancebot%3Aexample.org"));
        assert!(!pill("@stancebot:example.org.evil.example"));
    }

    #[test]
    fn coming_in_is_no_change_of_name() {
        let member = |before: &str| json!({"type": "m.room.member", "state_key": "@b:x", "content": {"membership": "join"}, "unsigned": {"prev_content": {"membership": before}}});
        assert!(is_own_join(&member("invite"), "@b:x") && is_own_join(&member("leave"), "@b:x"));
        assert!(!is_own_join(&member("join"), "@b:x") && !is_own_join(&member("invite"), "@c:x"));
    }

    #[test]
    fn the_servers_count_of_age_wins_over_a_strange_clock() {
        assert_eq!(made_millis(&json!({"origin_server_ts": 5, "unsigned": {"age": 100}}), 1_000), 900);
        assert_eq!(made_millis(&json!({"origin_server_ts": 5}), 1_000), 5);
    }
}
