//! Discord's limits on messages and commands, with the codes it refuses with.

use super::routes::{Answer, refuse};
use serde_json::{Value, json};

/// Checks a message's body (resources/message: Create Message); `files` is how many come with it.
pub fn message(body: &Value, files: usize) -> Result<(), Answer> {
    let chars = |value: &Value| value.as_str().unwrap_or_default().chars().count();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let form = |place: &str| Err(refuse(400, 50_035, &format!("Invalid Form Body: {place}")));
    if chars(&body["content"]) > 2_000 {
        return form("content");
    }
    let embeds = list(&body["embeds"]);
    let mut whole = 0;
    for embed in &embeds {
        let fields = list(&embed["fields"]);
        let lengths = [
            (chars(&embed["title"]), 256),
            (chars(&embed["description"]), 4_096),
            (chars(&embed["footer"]["text"]), 2_048),
            (chars(&embed["author"]["name"]), 256),
            (fields.len(), 25),
        ];
        if lengths.iter().any(|(length, max)| length > max) {
            return form("embeds");
        }
        if fields.iter().any(|field| chars(&field["name"]) > 256 || chars(&field["value"]) > 1_024) {
            return form("embeds.fields");
        }
        whole += lengths[..4].iter().map(|(length, _)| length).sum::<usize>();
        whole += fields.iter().map(|field| chars(&field["name"]) + chars(&field["value"])).sum::<usize>();
    }
    if whole > 6_000 || embeds.len() > 10 {
        return form("embeds");
    }
    if chars(&body["nonce"]) > 25 {
        return form("nonce");
    }
    let rows = list(&body["components"]);
    let mut ids: Vec<String> = Vec::new();
    for row in &rows {
        let buttons = list(&row["components"]);
        if buttons.is_empty() || buttons.len() > 5 || row["type"] != 1 {
            return form("components");
        }
        for button in &buttons {
            let id = button["custom_id"].as_str().unwrap_or_default().to_owned();
            if id.is_empty() || id.chars().count() > 100 || chars(&button["label"]) > 80 || ids.contains(&id) {
                return form("components.custom_id");
            }
            ids.push(id);
        }
    }
    if rows.len() > 5 || files > 10 {
        return form("components");
    }
    let described = list(&body["attachments"]).len();
    if described != files {
        return form("attachments");
    }
    let is_empty = |embed: &Value| chars(&embed["description"]) + chars(&embed["title"]) == 0;
    if chars(&body["content"]) == 0 && files == 0 && embeds.iter().all(is_empty) {
        return Err(refuse(400, 50_006, "Cannot send an empty message"));
    }
    Ok(())
}

/// Tells what in a body could reach somebody who did not ask.
pub fn mentions(body: &Value) -> Option<String> {
    if body["allowed_mentions"] != json!({"parse": []}) && body["allowed_mentions"] != json!({"parse": [], "replied_user": false}) {
        return Some(format!("a message that may mention: {body}"));
    }
    None
}

/// Checks definitions of commands (interactions/application-commands).
pub fn commands(body: &Value) -> Result<(), Answer> {
    let form = |place: &str| Err(refuse(400, 50_035, &format!("Invalid Form Body: {place}")));
    let Some(commands) = body.as_array().filter(|commands| commands.len() <= 100) else { return form("commands") };
    for command in commands {
        let is_slash = command["type"].as_u64().unwrap_or(1) == 1;
        let name = command["name"].as_str().unwrap_or_default();
        let is_name = |name: &str| {
            (1..=32).contains(&name.chars().count())
                && name.chars().all(|c| c.is_alphanumeric() && !c.is_uppercase() || c == '-' || c == '_')
        };
        if is_slash && !is_name(name) || name.is_empty() || is_slash && !described(command, &is_name) {
            return form(name);
        }
    }
    Ok(())
}

fn described(value: &Value, is_name: &dyn Fn(&str) -> bool) -> bool {
    let length = value["description"].as_str().unwrap_or_default().chars().count();
    let options = value["options"].as_array().cloned().unwrap_or_default();
    let mut had_optional = false;
    (1..=100).contains(&length)
        && options.len() <= 25
        && options.iter().all(|option| {
            let required = option["required"].as_bool() == Some(true);
            let in_order = !(required && had_optional);
            had_optional |= !required;
            let both = option["autocomplete"].as_bool() == Some(true) && option["choices"].as_array().is_some_and(|list| !list.is_empty());
            in_order && !both && is_name(option["name"].as_str().unwrap_or_default()) && described(option, is_name)
        })
}
