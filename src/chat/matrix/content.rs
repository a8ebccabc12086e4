//! From a [`Reply`] to the contents of events, as the Client-Server API has them. Pure.
//!
//! Every message is a notice with HTML and a plain body that says the same; it mentions nobody, explicitly, so that no server or client
//! looks for names in it. A message fits twice into an event (an edit carries it twice, encrypted a third larger: 65,536 bytes in all).

use super::pictures::Picture;
use crate::reply::html::{self, Message};
use crate::reply::{Attachment, Reply};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Longest message in bytes, both forms together.
const MESSAGE_BYTES_MAX: usize = 15_000;
/// Longest text beside a picture, in characters.
const ALT_CHARS_MAX: usize = 1_000;

/// What a message is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// The message that it answers.
    pub(super) answers: Option<String>,
    /// The root of the thread that it stands in.
    pub(super) thread: Option<String>,
}

impl Relation {
    fn json(&self) -> Option<Value> {
        let reply = |event: &String| json!({"event_id": event});
        match (&self.thread, &self.answers) {
            (Some(root), Some(event)) => {
                Some(json!({"rel_type": "m.thread", "event_id": root, "is_falling_back": false, "m.in_reply_to": reply(event)}))
            }
            (Some(root), None) => {
                Some(json!({"rel_type": "m.thread", "event_id": root, "is_falling_back": true, "m.in_reply_to": reply(root)}))
            }
            (None, Some(event)) => Some(json!({"m.in_reply_to": reply(event)})),
            (None, None) => None,
        }
    }
}

/// Gives a reply as messages that fit, in order; at least one.
pub(super) fn messages(reply: &Reply) -> Vec<Message> {
    let mut messages = html::render_within(reply, MESSAGE_BYTES_MAX);
    if messages.is_empty() {
        messages.push(Message { html: "<p>–</p>".to_owned(), body: "–".to_owned() });
    }
    messages
}

fn words(message: &Message) -> Value {
    json!({
        "msgtype": "m.notice",
        "body": message.body,
        "format": "org.matrix.custom.html",
        "formatted_body": message.html,
        "m.mentions": {},
    })
}

/// Makes a message.
pub(super) fn notice(message: &Message, relation: &Relation) -> Value {
    let mut content = words(message);
    if let Some(relation) = relation.json() {
        content["m.relates_to"] = relation;
    }
    content
}

/// Makes the change of a message; clients that know no changes show it as a new one with a star.
pub(super) fn edit(target: &str, message: &Message) -> Value {
    let mut content = words(&Message { body: format!("* {}", message.body), html: format!("* {}", message.html) });
    content["m.new_content"] = words(message);
    content["m.relates_to"] = json!({"rel_type": "m.replace", "event_id": target});
    content
}

/// Makes a reaction.
pub(super) fn reaction(target: &str, key: &str) -> Value {
    json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": target, "key": key}})
}

/// Makes a message with a picture that was uploaded: `source` is `url`, or `file` for an encrypted one, with its value.
pub(super) fn image(attachment: &Attachment, picture: &Picture, (key, source): (&str, Value), relation: &Relation) -> Value {
    let alt: String = attachment.alt.chars().take(ALT_CHARS_MAX).collect();
    // What is shown beside the picture came from feeds as well.
    let alt = html::plain_line(&alt);
    let mut info = json!({"mimetype": attachment.media_type, "size": attachment.bytes.len(), "w": picture.width, "h": picture.height});
    if let Some(blurhash) = &picture.blurhash {
        info["xyz.amorgan.blurhash"] = json!(blurhash);
    }
    let mut content = json!({"msgtype": "m.image", "body": alt, "filename": attachment.name, "info": info, "m.mentions": {}, key: source});
    if let Some(relation) = relation.json() {
        content["m.relates_to"] = relation;
    }
    content
}

/// Gives a short fingerprint of texts, for ids that have to be the same for the same thing.
pub(super) fn fingerprint(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Inline, Tone};

    fn message(text: &str) -> Message {
        messages(&Reply::line(Tone::Answer, vec![Inline::text(text)])).remove(0)
    }

    #[test]
    fn a_message_answers_and_mentions_nobody() {
        let relation = Relation { answers: Some("$q".into()), thread: None };
        let content = notice(&message("@room <b> hi"), &relation);
        assert_eq!((&content["msgtype"], &content["m.mentions"]), (&json!("m.notice"), &json!({})));
        assert_eq!(content["m.relates_to"], json!({"m.in_reply_to": {"event_id": "$q"}}));
        assert!(!content["body"].as_str().unwrap().contains("@room"));
        let threaded = notice(&message("hi"), &Relation { thread: Some("$root".into()), ..relation });
        assert_eq!(threaded["m.relates_to"]["rel_type"], "m.thread");
        assert_eq!(threaded["m.relates_to"]["m.in_reply_to"]["event_id"], "$q");
        assert_eq!(notice(&message("hi"), &Relation::default()).get("m.relates_to"), None);
    }

    #[test]
    fn a_change_carries_the_whole_message_again() {
        let content = edit("$a", &message("new"));
        assert_eq!((&content["m.new_content"]["body"], &content["body"]), (&json!("new"), &json!("* new")));
        assert_eq!((&content["m.mentions"], &content["m.new_content"]["m.mentions"]), (&json!({}), &json!({})));
        assert_eq!(content["m.relates_to"], json!({"rel_type": "m.replace", "event_id": "$a"}));
    }

    #[test]
    fn whatever_is_said_fits_twice_into_an_event() {
        for words in ["wörd \"quoted\" 😀 ".repeat(20_000), "x".repeat(300_000), "& ".repeat(60_000)] {
            let parts = messages(&Reply::line(Tone::Answer, vec![Inline::text(words)]));
            assert!(parts.len() > 1);
            for part in parts {
                assert!(edit("$event-of-some-length", &part).to_string().len() * 4 / 3 < 60_000);
                assert!(notice(&part, &Relation::default()).to_string().len() < 30_000);
            }
        }
    }

    #[test]
    fn fingerprints_differ_where_texts_do() {
        assert_eq!(fingerprint(&["a", "b"]), fingerprint(&["a", "b"]));
        assert_ne!(fingerprint(&["ab"]), fingerprint(&["a", "b"]));
    }
}
