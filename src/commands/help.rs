//! `help`: all commands in a line each, or one with its options and examples; made from the registry.

use super::error::UserError;
use super::grammar::echo;
use super::options::COMMAND;
use super::registry::{Answer, COMMANDS, Entry, closest, find, split_word};
use super::{Permission, Request};
use crate::reply::{Inline, Reply};

pub(super) const ENTRY: Entry = Entry {
    name: "help",
    aliases: &["commands"],
    summary: "All commands, or one with its options and examples",
    permission: Permission::Member,
    options: &[COMMAND],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let prefix = &request.context.settings.prefix;
    let Ok(name) = request.arguments.name("command") else { return Ok(overview(prefix)) };
    let bare = name.strip_prefix(prefix.as_str()).unwrap_or(&name);
    if let Some((entry, "")) = find(bare) {
        return Ok(explain(entry, prefix));
    }
    let word = split_word(bare).0;
    Err(UserError::UnknownCommand { word: echo(bare), did_you_mean: closest(word) }.into())
}

/// Lists all commands.
pub(super) fn overview(prefix: &str) -> Reply {
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(
        "I read news feeds and keep who said what, with which stance. Every number in brackets can be asked for.",
    )]);
    for entry in COMMANDS {
        let who = if entry.permission > Permission::Member { " (moderators)" } else { "" };
        reply.item(vec![
            Inline::code(format!("{prefix}{}", entry.usage())),
            Inline::text(format!(" — {}", entry.summary)),
            Inline::faint(who),
        ]);
    }
    reply.paragraph(vec![Inline::text("More about one: "), Inline::code(format!("{prefix}help stance"))]);
    reply
}

fn explain(entry: &Entry, prefix: &str) -> Reply {
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::code(format!("{prefix}{}", entry.usage()))]);
    let who = if entry.permission > Permission::Member { ". For moderators of the channel." } else { "." };
    reply.paragraph(vec![Inline::text(format!("{}{who}", entry.summary))]);
    for option in entry.options {
        reply.item(vec![Inline::strong(option.name), Inline::text(format!(": {}", option.summary))]);
    }
    if !entry.aliases.is_empty() {
        reply.paragraph(vec![Inline::faint("Also: "), Inline::text(entry.aliases.join(", "))]);
    }
    reply.paragraph(vec![Inline::text("For example:")]);
    for example in entry.examples() {
        reply.item(vec![Inline::code(format!("{prefix}{example}"))]);
    }
    reply
}
