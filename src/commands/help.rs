//! `help`: all commands in a line each, or one with its options and examples; made from the registry.

use super::error::UserError;
use super::grammar::echo;
use super::options::COMMAND;
use super::registry::{Answer, COMMANDS, Entry, closest, find, split_word};
use super::show::count;
use super::{Context, Permission, Request};
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

/// Says who the bot is: what it reads, what to ask, and who may let it post by itself.
pub(super) fn introduction(context: &Context<'_>, prefix: &str) -> Reply {
    let outlets = match context.store.health() {
        Ok(health) => format!("{} and keep who said what, with which stance", count(health.feeds, "news feed")),
        Err(_) => "news feeds and keep who said what, with which stance".to_owned(),
    };
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(format!(
        "Hello. I am stancebot, a bot: I read {outlets}. I answer questions about that with the words and their source, by rules, without \
         a verdict on what is true."
    ))]);
    let typed = |command: &str| Inline::code(format!("{prefix}{command}"));
    reply.paragraph(vec![
        Inline::text("All commands: "),
        typed("help"),
        Inline::text(". What I know of somebody: "),
        typed("stance NAME"),
        Inline::text(". Moderators of this room let me post when somebody speaks: "),
        typed("follow NAME"),
        Inline::text("."),
    ]);
    reply
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
