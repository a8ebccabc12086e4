//! From a [`Reply`] to the message that Discord takes: an embed or plain text, buttons for further pages, files. Pure.
//!
//! All of Discord's limits hold by construction: a part is cut to fit, one embed is all there is, and what is longer than a few parts
//! goes into a file. That nobody is mentioned is the transport's work.

use super::rest::Attached;
use crate::reply::markdown::{colour, render_within};
use crate::reply::{Paging, Reply, plain};
use serde_json::{Value, json};
use serenity::builder::{CreateActionRow, CreateButton, CreateEmbed, CreateEmbedFooter};
use serenity::model::application::ButtonStyle;

/// Longest text of an embed in UTF-16 code units: `description` takes 4096 characters, all of an embed 6000 (resources/message).
const EMBED_UNITS_MAX: usize = 3_900;
/// Longest text of a message without an embed: `content` takes 2000.
const PLAIN_UNITS_MAX: usize = crate::reply::markdown::PAGE_UNITS_MAX;
/// Parts that are paged by buttons; what is longer comes whole in a file, with its first part shown.
const PARTS_MAX: usize = 5;
/// Longest `custom_id` of a button.
const CUSTOM_ID_MAX: usize = 100;
/// Files of one message, and their bytes together: the default limit of a server is 10 MiB.
const FILES_MAX: usize = 10;
const FILES_BYTES_MAX: usize = 9 * 1024 * 1024;
/// What a button's `custom_id` begins with; another number would be another form.
const BUTTON: &str = "s1";
/// `EPHEMERAL` (resources/message: flags): only who asked sees it.
pub(super) const EPHEMERAL: u64 = 1 << 6;
/// `SUPPRESS_EMBEDS`: addresses in a plain text show no preview.
const NO_PREVIEWS: u64 = 1 << 2;

/// How a message looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// In an embed, with the colour of its tone.
    Embed,
    /// As plain text, where embeds are not allowed.
    Plain,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Body {
    pub(super) json: Value,
    pub(super) files: Vec<Attached>,
}

/// Gives the reply's texts as they are shown, in order; at least one.
pub(super) fn parts(reply: &Reply, look: Look) -> Vec<String> {
    let units_max = if look == Look::Embed { EMBED_UNITS_MAX } else { PLAIN_UNITS_MAX };
    let mut parts = render_within(reply, units_max);
    if parts.is_empty() {
        parts.push("–".to_owned());
    }
    parts
}

/// Makes the message that shows one part of a reply (from 0; the last one when there are fewer).
///
/// Every key that an edit would keep from an older version of the message is set.
pub(super) fn message(reply: &Reply, part: usize, look: Look) -> Body {
    let parts = parts(reply, look);
    let part = part.min(parts.len() - 1);
    let buttons = buttons(reply.paging.as_ref(), (part, parts.len()));
    let is_cut = parts.len() > PARTS_MAX || parts.len() > 1 && buttons.is_empty();
    let (part, buttons) = if is_cut { (0, Vec::new()) } else { (part, buttons) };
    let text = parts.get(part).map_or("–", String::as_str);
    let mut files = pictures(reply);
    if is_cut {
        files.push(whole(reply));
    }
    let mut json = shown(text, look);
    if let (Look::Embed, Some(file)) = (look, files.first().filter(|file| file.media_type.starts_with("image/"))) {
        json["embeds"][0]["image"] = json!({"url": format!("attachment://{}", file.name)});
    }
    if let Some(footer) = footer(reply.paging.as_ref(), (part, parts.len()), is_cut) {
        match look {
            Look::Embed => json["embeds"][0]["footer"] = json!(CreateEmbedFooter::new(footer)),
            Look::Plain => {}
        }
    }
    if look == Look::Embed {
        json["embeds"][0]["color"] = json!(colour(reply.tone));
    }
    json["components"] = if buttons.is_empty() { json!([]) } else { json!([CreateActionRow::Buttons(buttons)]) };
    json["attachments"] = files
        .iter()
        .enumerate()
        .map(|(index, file)| json!({"id": index, "filename": file.name, "description": file.description}))
        .collect();
    Body { json, files }
}

/// Takes away what a new message need not say: that there are no words, buttons or files.
pub(super) fn without_blanks(json: &mut Value) {
    if let Some(keys) = json.as_object_mut() {
        keys.retain(|_, value| *value != json!("") && *value != json!([]));
    }
}

/// Makes the message of one text.
pub(super) fn shown(text: &str, look: Look) -> Value {
    match look {
        Look::Embed => json!({"content": "", "embeds": [CreateEmbed::new().description(text)]}),
        Look::Plain => json!({"content": text, "embeds": [], "flags": NO_PREVIEWS}),
    }
}

fn pictures(reply: &Reply) -> Vec<Attached> {
    let mut room = FILES_BYTES_MAX;
    let mut files = Vec::new();
    for picture in reply.attachments.iter().take(FILES_MAX - 1) {
        if picture.bytes.len() > room {
            continue;
        }
        room -= picture.bytes.len();
        // alternative texts have 1024 characters at most
        let description = picture.alt.chars().take(1_024).collect();
        files.push(Attached { name: picture.name.clone(), media_type: picture.media_type, bytes: picture.bytes.clone(), description });
    }
    files
}

fn whole(reply: &Reply) -> Attached {
    let mut text = plain::render(reply, plain::Layout::default());
    let end = text.floor_char_boundary(FILES_BYTES_MAX / 2);
    text.truncate(end);
    let description = "The whole answer as plain text".to_owned();
    Attached { name: "answer.txt".to_owned(), media_type: "text/plain; charset=utf-8", bytes: text.into_bytes(), description }
}

fn footer(paging: Option<&Paging>, (part, parts): (usize, usize), is_cut: bool) -> Option<String> {
    if is_cut {
        return Some("The whole answer is in the file.".to_owned());
    }
    let page = paging.filter(|paging| paging.pages > 1).map(|paging| format!("Page {} of {}", paging.page, paging.pages));
    let part = (parts > 1).then(|| format!("part {} of {parts}", part + 1));
    let words: Vec<String> = page.into_iter().chain(part).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Makes the buttons for what stands before and after a part; none when there is nothing, or the query does not fit.
fn buttons(paging: Option<&Paging>, (part, parts): (usize, usize)) -> Vec<CreateButton> {
    let Some(paging) = paging else { return Vec::new() };
    let before = match (part, paging.page) {
        (0, 0 | 1) => None,
        (0, page) => Some((page - 1, 0)),
        (part, page) => Some((page, part - 1)),
    };
    let after = if part + 1 < parts { Some((paging.page, part + 1)) } else { (paging.page < paging.pages).then(|| (paging.page + 1, 0)) };
    let button = |place: Option<(u32, usize)>, label: &str| {
        let (page, part) = place?;
        let custom_id = Turn { query: paging.query.clone(), page, part }.write()?;
        Some(CreateButton::new(custom_id).label(label).style(ButtonStyle::Secondary))
    };
    let wanted = usize::from(before.is_some()) + usize::from(after.is_some());
    let buttons: Vec<CreateButton> = [button(before, "◀ Back"), button(after, "Next ▶")].into_iter().flatten().collect();
    if buttons.len() == wanted { buttons } else { Vec::new() }
}

/// What a button asks for: it stands in the button, so that the button works as long as the message stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) query: String,
    pub(super) page: u32,
    pub(super) part: usize,
}

impl Turn {
    fn write(&self) -> Option<String> {
        let text = format!("{BUTTON}:{}:{}:{}", self.page, self.part, self.query);
        (text.encode_utf16().count() <= CUSTOM_ID_MAX).then_some(text)
    }

    /// Reads what a button asks for; none when it is not one of the bot's buttons.
    pub(super) fn read(custom_id: &str) -> Option<Self> {
        let mut pieces = custom_id.splitn(4, ':');
        if pieces.next() != Some(BUTTON) {
            return None;
        }
        let page = pieces.next()?.parse().ok()?;
        let part = pieces.next()?.parse().ok()?;
        Some(Self { query: pieces.next()?.to_owned(), page, part })
    }

    /// Gives the command to run for it.
    pub(super) fn command(&self) -> String {
        if self.page > 1 { format!("{} page {}", self.query, self.page) } else { self.query.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Attachment, Block, Inline, Tone};

    fn long(words: usize, paging: Option<Paging>) -> Reply {
        let line = vec![Inline::text("wörd😀 ".repeat(words))];
        Reply { tone: Tone::Answer, blocks: vec![Block::Paragraph(line)], paging, ..Reply::default() }
    }

    fn paging(page: u32, pages: u32) -> Option<Paging> {
        Some(Paging { query: "said ada quill".into(), page, pages })
    }

    fn custom_ids(body: &Body) -> Vec<String> {
        let buttons = body.json["components"][0]["components"].as_array().cloned().unwrap_or_default();
        buttons.iter().map(|button| button["custom_id"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_short_answer_is_one_embed_or_one_text_and_nothing_else() {
        let reply = long(3, paging(1, 1));
        let embed = message(&reply, 0, Look::Embed);
        assert_eq!(embed.json["embeds"][0]["description"], "wörd😀 wörd😀 wörd😀");
        assert_eq!((&embed.json["components"], &embed.json["attachments"]), (&json!([]), &json!([])));
        let plain = message(&reply, 0, Look::Plain);
        assert_eq!((&plain.json["content"], &plain.json["embeds"]), (&json!("wörd😀 wörd😀 wörd😀"), &json!([])));
    }

    #[test]
    fn a_long_answer_is_turned_by_buttons_that_hold_the_query() {
        let reply = long(1_000, paging(2, 3));
        let first = message(&reply, 0, Look::Embed);
        assert_eq!(custom_ids(&first), ["s1:1:0:said ada quill", "s1:2:1:said ada quill"]);
        let last = message(&reply, 9, Look::Embed);
        let ids = custom_ids(&last);
        assert!(ids[1] == "s1:3:0:said ada quill", "{ids:?}");
        let turn = Turn::read(&ids[1]).unwrap();
        assert_eq!(turn.command(), "said ada quill page 3");
    }

    #[test]
    fn a_very_long_answer_and_one_whose_query_does_not_fit_come_with_a_file() {
        let endless = message(&long(20_000, paging(1, 1)), 0, Look::Embed);
        assert_eq!((endless.files[0].name.as_str(), custom_ids(&endless).len()), ("answer.txt", 0));
        let query = format!("said {}", "x".repeat(120));
        let wordy = message(&long(1_000, Some(Paging { query, page: 1, pages: 1 })), 0, Look::Plain);
        assert_eq!((wordy.files.len(), custom_ids(&wordy).len()), (1, 0));
        assert_eq!(message(&long(1_000, paging(1, 1)), 0, Look::Embed).files.len(), 0);
    }

    #[test]
    fn limits_hold_whatever_the_reply() {
        for words in [0, 1, 400, 800, 5_000, 60_000] {
            for look in [Look::Embed, Look::Plain] {
                for part in [0, 1, 7] {
                    let body = message(&long(words, paging(1, 9)), part, look);
                    let units = |value: &Value| value.as_str().unwrap_or_default().encode_utf16().count();
                    assert!(units(&body.json["content"]) <= 2_000 && units(&body.json["embeds"][0]["description"]) <= 4_096);
                    assert!(custom_ids(&body).iter().all(|id| id.len() <= 100));
                    let is_empty = units(&body.json["content"]) + units(&body.json["embeds"][0]["description"]) == 0;
                    assert!(!is_empty, "{words} {look:?}");
                }
            }
        }
    }

    #[test]
    fn a_picture_stands_in_the_embed_with_its_words() {
        let alt = "two lines".into();
        let picture = Attachment { name: "chart.png".into(), media_type: "image/png", bytes: vec![1, 2], alt, ..Attachment::default() };
        let reply = Reply { attachments: vec![picture], ..long(3, None) };
        let body = message(&reply, 0, Look::Embed);
        assert_eq!(body.json["embeds"][0]["image"]["url"], "attachment://chart.png");
        assert_eq!(body.json["attachments"][0]["description"], "two lines");
    }

    #[test]
    fn other_buttons_are_none_of_ours() {
        for other in ["", "s1", "s1:1", "s2:1:0:x", "s1:a:0:x", "s1:1:-1:x"] {
            assert_eq!(Turn::read(other), None, "{other}");
        }
        assert_eq!(Turn::read("s1:1:0:why 3: x").unwrap().query, "why 3: x");
    }
}
