//! `settings list`, `settings set`, `settings reset`: what a server (or a channel without one) has set for itself, with the value that
//! holds and where it comes from.

use super::error::UserError;
use super::grammar::echo;
use super::options::{SETTING, VALUE};
use super::registry::{Answer, Entry};
use super::{Permission, Request};
use crate::query::{Local, LocalKey, settings_place};
use crate::reply::{Inline, Reply};

pub(super) const LIST: Entry = Entry {
    name: "settings list",
    aliases: &["settings", "setting"],
    summary: "What is set here (prefix, time zone, quiet hours, channels), and where each value comes from",
    permission: Permission::Member,
    options: &[],
    run: list,
};

pub(super) const SET: Entry = Entry {
    name: "settings set",
    aliases: &[],
    summary: "Set the prefix, language, time zone, quiet hours or answering channels of this server",
    permission: Permission::Moderator,
    options: &[SETTING, VALUE],
    run: set,
};

pub(super) const RESET: Entry = Entry {
    name: "settings reset",
    aliases: &[],
    summary: "Take a setting back to its default",
    permission: Permission::Moderator,
    options: &[SETTING],
    run: reset,
};

fn list(request: &Request<'_>) -> Answer {
    let incoming = request.incoming;
    let local = Local::of(request.context.store, &incoming.channel, incoming.server.as_deref())?;
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text("What is set here:")]);
    for key in LocalKey::ALL {
        let (value, origin) = match (local.get(key), key) {
            (Some(value), _) => (value.to_owned(), set_where(request)),
            (None, LocalKey::Prefix) => (request.context.settings.prefix.clone(), "from the configuration"),
            (None, LocalKey::Language) => ("en".to_owned(), "the default"),
            (None, LocalKey::TimeZone) => ("UTC".to_owned(), "the default"),
            (None, LocalKey::Quiet) => ("none".to_owned(), "the default: alerts come at any time"),
            (None, LocalKey::Channels) => ("all".to_owned(), "the default: commands are answered in every channel"),
            (None, LocalKey::Power) => {
                let power = request.context.settings.moderator_power.to_string();
                (power, "from the configuration: who has it in a room of Matrix is a moderator there")
            }
        };
        reply.item(vec![Inline::strong(key.name()), Inline::text(": "), Inline::code(value), Inline::faint(format!(" ({origin})"))]);
    }
    let set = request.typed("settings set quiet 22:00-07:00");
    reply.paragraph(vec![Inline::text("To change one: "), set, Inline::text("; to take it back: "), request.typed("settings reset quiet")]);
    Ok(reply)
}

/// Tells where a value comes from that is set.
fn set_where(request: &Request<'_>) -> &'static str {
    if request.incoming.server.is_some() { "set here, for the whole server" } else { "set here" }
}

fn set(request: &Request<'_>) -> Answer {
    let arguments = &request.arguments;
    let mut words = arguments.words.iter().map(String::as_str);
    let key = key(words.next())?;
    let typed: Vec<&str> = words.chain(arguments.quoted.iter().map(String::as_str)).collect();
    let typed = typed.join(" ");
    if typed.is_empty() {
        return Err(UserError::Missing { what: "value" }.into());
    }
    let value = key.read(&typed).ok_or_else(|| UserError::Value { name: key.name(), value: echo(&typed), wanted: key.wanted() })?;
    store(request, key, Some(&value))?;
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::strong(key.name()), Inline::text(" is now "), Inline::code(value), Inline::text(".")]);
    Ok(reply)
}

fn reset(request: &Request<'_>) -> Answer {
    let key = key(request.arguments.words.first().map(String::as_str))?;
    store(request, key, None)?;
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::strong(key.name()), Inline::text(" is back at its default. "), request.typed("settings list")]);
    Ok(reply)
}

fn key(name: Option<&str>) -> Result<LocalKey, UserError> {
    let name = name.ok_or(UserError::Missing { what: "setting" })?;
    let known = || LocalKey::ALL.map(LocalKey::name).join(", ");
    LocalKey::of(name).ok_or_else(|| UserError::NoSetting { name: echo(name), known: known() })
}

fn store(request: &Request<'_>, key: LocalKey, value: Option<&str>) -> Result<(), super::CommandError> {
    let place = settings_place(&request.incoming.channel, request.incoming.server.as_deref());
    Ok(request.context.store.set_setting(&place, key.name(), value)?)
}
