//! What Discord sends, as far as the bot needs it, read leniently: a field that is new, missing or of another type costs that
//! field alone where the bot can do without it.
//!
//! Events are plain JSON until here. An event of a known kind that lacks what the bot needs gives none, and is counted by the caller.

use serde_json::Value;

/// An id of Discord's ("snowflake"): a number that grows with time.
pub(super) type Id = u64;

/// Milliseconds of Discord's epoch, 1 January 2015, since 1970 (reference: snowflakes).
const EPOCH_MILLIS: u64 = 1_420_070_400_000;
/// A message that somebody wrote, and one that answers another (resources/message: types).
const WRITTEN: [u64; 2] = [0, 19];

/// Reads an id: Discord writes them as texts; numbers are taken too.
pub(super) fn id(value: &Value) -> Option<Id> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64(),
    }
}

/// Reads a list of ids; what is none is left out.
pub(super) fn ids(value: &Value) -> Vec<Id> {
    value.as_array().into_iter().flatten().filter_map(id).collect()
}

/// Reads a text, empty when there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Gives the moment at which an id was made, in milliseconds since 1970.
pub(super) fn made_millis(id: Id) -> u64 {
    (id >> 22).saturating_add(EPOCH_MILLIS)
}

/// Gives the first id that can be made at a moment (milliseconds since 1970).
pub(super) fn first_id_at(millis: u64) -> Id {
    millis.saturating_sub(EPOCH_MILLIS) << 22
}

/// Gives the name that others see of a user: in the server, else everywhere, else the account's.
fn shown_name(member: &Value, user: &Value) -> String {
    let names = [&member["nick"], &user["global_name"], &user["username"]];
    names.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned()
}

/// A message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) id: Id,
    pub(super) channel: Id,
    pub(super) guild: Option<Id>,
    pub(super) author: Id,
    /// The author's name as others see it.
    pub(super) author_name: String,
    /// Written by a program: a bot or a webhook.
    pub(super) is_automatic: bool,
    /// Written, not made by Discord (a pin, a welcome).
    pub(super) is_written: bool,
    pub(super) content: String,
    pub(super) is_edited: bool,
    /// The author's roles in the server.
    pub(super) roles: Vec<Id>,
    /// The message that it answers, and who wrote that.
    pub(super) answers: Option<Id>,
    pub(super) answers_author: Option<Id>,
    /// Has text or pictures that an application without the intent for contents does not see; false when it shows some.
    pub(super) is_blank: bool,
}

impl Message {
    /// Reads a message; none without ids or author.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let author = &value["author"];
        let content = text(&value["content"]);
        let shows = |key: &str| value[key].as_array().is_some_and(|list| !list.is_empty());
        Some(Self {
            id: id(&value["id"])?,
            channel: id(&value["channel_id"])?,
            guild: id(&value["guild_id"]),
            author: id(&author["id"])?,
            author_name: shown_name(&value["member"], author),
            is_automatic: author["bot"].as_bool() == Some(true) || id(&value["webhook_id"]).is_some(),
            is_written: WRITTEN.contains(&value["type"].as_u64().unwrap_or(0)),
            is_edited: value["edited_timestamp"].is_string(),
            roles: ids(&value["member"]["roles"]),
            answers: id(&value["message_reference"]["message_id"]),
            answers_author: id(&value["referenced_message"]["author"]["id"]),
            is_blank: content.is_empty() && !["attachments", "embeds", "components", "sticker_items"].into_iter().any(shows),
            content,
        })
    }

    /// Gives the words that a reader sees in a message of the bot's own: its text and its embeds' descriptions.
    pub(super) fn shown(value: &Value) -> String {
        let embeds = value["embeds"].as_array().into_iter().flatten();
        let descriptions = embeds.map(|embed| text(&embed["description"]));
        let all: Vec<String> = std::iter::once(text(&value["content"])).chain(descriptions).collect();
        squeeze(&all.join(" "))
    }
}

/// Makes every stretch of white space one space: Discord trims what it is sent.
pub(super) fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value of an option of a slash command.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) value: Value,
    pub(super) is_focused: bool,
}

/// What an interaction is about.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// A slash command: its words (`feed add`) and options.
    Slash { name: String, options: Vec<Given> },
    /// Somebody types an option of one.
    Typing { name: String, options: Vec<Given> },
    /// A command on a message, with the message's words.
    OnMessage { name: String, words: String },
    /// A button.
    Button { custom_id: String },
}

/// An interaction.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Interaction {
    pub(super) id: Id,
    pub(super) token: String,
    pub(super) channel: Id,
    pub(super) guild: Option<Id>,
    pub(super) user: Id,
    /// The user's name as others see it.
    pub(super) user_name: String,
    pub(super) roles: Vec<Id>,
    /// What the user may do in the channel, as Discord computed it.
    pub(super) permissions: u64,
    /// What the bot may do there.
    pub(super) own_permissions: Option<u64>,
    pub(super) asked: Asked,
}

impl Interaction {
    /// Reads an interaction; none when it lacks an id, token, user or channel, or is of a kind that the bot never asked for.
    pub(super) fn read(value: &Value) -> Option<Self> {
        let member = &value["member"];
        let user = if member["user"].is_object() { &member["user"] } else { &value["user"] };
        let data = &value["data"];
        let number = |value: &Value| value.as_str().and_then(|text| text.parse().ok());
        let asked = match (value["type"].as_u64()?, data["type"].as_u64().unwrap_or(1)) {
            (2, 3) => {
                let message = &data["resolved"]["messages"][data["target_id"].as_str()?];
                Asked::OnMessage { name: text(&data["name"]), words: Message::words(message) }
            }
            (2, 1) => slash(data, |name, options| Asked::Slash { name, options })?,
            (4, _) => slash(data, |name, options| Asked::Typing { name, options })?,
            (3, _) => Asked::Button { custom_id: text(&data["custom_id"]) },
            _ => return None,
        };
        Some(Self {
            id: id(&value["id"])?,
            token: text(&value["token"]),
            channel: id(&value["channel_id"])?,
            guild: id(&value["guild_id"]),
            user: id(&user["id"])?,
            user_name: shown_name(member, user),
            roles: ids(&member["roles"]),
            permissions: number(&member["permissions"]).unwrap_or(0),
            own_permissions: number(&value["app_permissions"]),
            asked,
        })
    }
}

impl Message {
    /// Gives everything that can be read in somebody's message: its text, its forwarded texts, and its embeds.
    fn words(value: &Value) -> String {
        let mut words = vec![text(&value["content"])];
        let snapshots = value["message_snapshots"].as_array().into_iter().flatten();
        words.extend(snapshots.map(|snapshot| text(&snapshot["message"]["content"])));
        for embed in value["embeds"].as_array().into_iter().flatten() {
            words.extend([text(&embed["title"]), text(&embed["description"])]);
        }
        words.retain(|word| !word.trim().is_empty());
        words.join("\n\n")
    }
}

fn slash(data: &Value, make: impl Fn(String, Vec<Given>) -> Asked) -> Option<Asked> {
    /// A subcommand's type (interactions/application-commands: option types).
    const SUBCOMMAND: u64 = 1;
    let mut name = data["name"].as_str()?.to_owned();
    let mut options = data["options"].as_array();
    if let Some(sub) = options.and_then(|list| list.iter().find(|option| option["type"].as_u64() == Some(SUBCOMMAND))) {
        name = format!("{name} {}", sub["name"].as_str()?);
        options = sub["options"].as_array();
    }
    let given = |option: &Value| {
        Some(Given {
            name: option["name"].as_str()?.to_owned(),
            value: option["value"].clone(),
            is_focused: option["focused"].as_bool() == Some(true),
        })
    };
    Some(make(name, options.into_iter().flatten().filter_map(given).collect()))
}

/// A reaction that was added to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reaction {
    pub(super) user: Id,
    pub(super) roles: Vec<Id>,
    pub(super) channel: Id,
    pub(super) guild: Option<Id>,
    pub(super) message: Id,
    /// Who wrote the message, where Discord tells.
    pub(super) author: Option<Id>,
    pub(super) emoji: String,
}

impl Reaction {
    /// Reads a reaction; none without its ids.
    pub(super) fn read(value: &Value) -> Option<Self> {
        Some(Self {
            user: id(&value["user_id"])?,
            roles: ids(&value["member"]["roles"]),
            channel: id(&value["channel_id"])?,
            guild: id(&value["guild_id"]),
            message: id(&value["message_id"])?,
            author: id(&value["message_author_id"]),
            emoji: text(&value["emoji"]["name"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_needs_its_ids_and_nothing_else() {
        let value = json!({"id": "10", "channel_id": "3", "author": {"id": 4}, "pinned": "no", "type": 250, "brand_new": {"x": 1}});
        let read = Message::read(&value).unwrap();
        assert_eq!((read.id, read.channel, read.author, read.is_written), (10, 3, 4, false));
        for without in ["id", "channel_id", "author"] {
            let mut value = value.clone();
            value.as_object_mut().unwrap().remove(without);
            assert_eq!(Message::read(&value), None, "{without}");
        }
    }

    #[test]
    fn programs_are_told_from_people() {
        let by = |author: Value, hook: Value| {
            let value = json!({"id": "1", "channel_id": "3", "author": author, "webhook_id": hook});
            Message::read(&value).unwrap().is_automatic
        };
        assert!(by(json!({"id": "4", "bot": true}), Value::Null) && by(json!({"id": "4"}), json!("7")));
        assert!(!by(json!({"id": "4", "bot": false}), Value::Null));
    }

    #[test]
    fn a_subcommand_gives_a_name_of_two_words() {
        let options = json!([{"name": "add", "type": 1, "options": [{"name": "url", "type": 3, "value": "x", "focused": true}]}]);
        let value = json!({"id": "1", "type": 2, "token": "t", "channel_id": "3", "user": {"id": "4"}, "data": {"name": "feed", "options": options}});
        let Asked::Slash { name, options } = Interaction::read(&value).unwrap().asked else { panic!() };
        assert_eq!((name.as_str(), options[0].name.as_str(), options[0].is_focused), ("feed add", "url", true));
    }

    #[test]
    fn ids_tell_when_they_were_made() {
        assert_eq!(made_millis(175_928_847_299_117_063), 1_462_015_105_796);
        assert_eq!(made_millis(first_id_at(1_462_015_105_796)), 1_462_015_105_796);
    }
}
