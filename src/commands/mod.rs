//! One file per chat command, and one registry from which help, the README table and slash definitions derive.
//!
//! [`run`] is the only way in, for all faces: it finds the command, checks the permission once, reads the arguments by the one
//! grammar and turns errors into replies. It reads and writes the store and knows no network: `feed add` writes a row that is due
//! now, `feed test` a probe; the poller does the rest. In the trip of a command it stands between a face and `query`.

mod actor;
mod actors;
mod compare;
mod conditions;
mod contradictions;
mod error;
mod feed;
mod follow;
mod follows;
mod gate;
mod grammar;
mod health;
mod help;
mod incoming;
mod more;
mod names;
mod once;
mod options;
mod read;
mod registry;
mod review;
mod said;
mod settings;
mod shift;
mod show;
mod source;
mod stance;
mod suggest;
mod teach;
mod timeline;
mod told;
mod topic;
mod topics;
mod undo;
mod unfollow;
mod who;
mod why;
mod wrong;

pub use error::{CommandError, UserError};
pub use gate::{Gate, Rates};
pub use grammar::{Arguments, COMMAND_CHARS_MAX, PAGE_MAX, read_arguments};
pub use incoming::{Address, Incoming, Permission};
pub use options::{Need, OptionKind, OptionSpec};
pub use read::read_words;
pub use registry::{Answer, COMMANDS, Entry, find, readme_table};
pub use suggest::{Suggestion, Typing, suggest};
pub use teach::REREAD_DAYS;

use crate::model::ChannelId;
use crate::query::{Local, LocalKey, SERVER_KEY};
use crate::reply::{Block, Inline, Paging, Reply, Tone};
use crate::rules::Ruleset;
use crate::store::Store;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// What the operator chose for all commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// What a command starts with: `!`.
    pub prefix: String,
    /// Statements on one page of an answer.
    pub page_size: usize,
    /// Seconds between two polls of a feed that is added by command.
    pub feed_interval_secs: u32,
    /// The power in a room from which a user is a moderator, where the room has set none.
    pub moderator_power: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { prefix: "!".to_owned(), page_size: 6, feed_interval_secs: 900, moderator_power: 50 }
    }
}

/// What a command works with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// What is stored.
    pub store: &'a Store,
    /// The rules in force.
    pub ruleset: &'a Ruleset,
    /// The moment of the question (UTC).
    pub now: Timestamp,
    /// What the operator chose.
    pub settings: &'a Settings,
}

impl Context<'_> {
    /// Gives the day of the question (UTC).
    pub fn today(&self) -> Date {
        self.now.to_zoned_datetime(TimeZone::UTC).date()
    }
}

/// A command that was understood: what to work with, who asks, and the arguments.
pub struct Request<'a> {
    /// What to work with.
    pub context: &'a Context<'a>,
    /// The event.
    pub incoming: &'a Incoming,
    /// What was typed after the name.
    pub arguments: Arguments,
}

impl Request<'_> {
    /// Gives something to type, with the prefix.
    pub fn typed(&self, command: &str) -> Inline {
        Inline::code(format!("{}{command}", self.context.settings.prefix))
    }
}

/// Answers a chat event; none when the text is not for the bot.
///
/// What the server (or a channel without one) has set for itself holds over what the operator chose.
pub fn run(context: &Context<'_>, incoming: &Incoming) -> Option<Reply> {
    let local = local(context, incoming);
    let settings = with_local(context.settings, &local);
    let context = &Context { settings: &settings, ..*context };
    let ranked = ranked(context, incoming);
    let incoming = ranked.as_ref().unwrap_or(incoming);
    let text = addressed(incoming, &context.settings.prefix)?;
    if incoming.permission < Permission::Moderator && !local.answers_in(&incoming.channel) {
        let channels = local.get(LocalKey::Channels).unwrap_or_default().replace(' ', ", ");
        let line = sentence(&UserError::NotHere { channels });
        return (incoming.address == Address::Direct).then(|| Reply::line(Tone::UserError, line));
    }
    let Some((entry, rest)) = find(text) else { return unknown(context, incoming, text) };
    Some(once::once(context, (incoming, entry), || match answer(context, incoming, (entry, rest)) {
        Ok(reply) => finished(context, incoming, ((entry, rest), reply)),
        Err(error) => error_reply(context, entry, error),
    }))
}

/// Tells what the asking user may do, with what their power in the room gives them.
pub fn permission(context: &Context<'_>, incoming: &Incoming) -> Permission {
    let settings = with_local(context.settings, &local(context, incoming));
    ranked(&Context { settings: &settings, ..*context }, incoming).map_or(incoming.permission, |ranked| ranked.permission)
}

/// Tells whether a text is for the bot, so that [`run`] would answer it.
fn is_for_bot(context: &Context<'_>, incoming: &Incoming) -> bool {
    let settings = with_local(context.settings, &local(context, incoming));
    addressed(incoming, &settings.prefix).is_some_and(|text| {
        incoming.address == Address::Direct || find(text).is_some() || registry::closest(registry::split_word(text).0).is_some()
    })
}

/// Gives the event of a user whose power in the room makes them a moderator, as one of a moderator; none when nothing changes.
fn ranked(context: &Context<'_>, incoming: &Incoming) -> Option<Incoming> {
    let is_strong = incoming.power.is_some_and(|power| power >= context.settings.moderator_power);
    (is_strong && incoming.permission < Permission::Moderator).then(|| Incoming { permission: Permission::Moderator, ..incoming.clone() })
}

/// Says in a channel that the bot has come into who it is, what it reads, and what can be asked.
pub fn introduce(context: &Context<'_>, channel: &ChannelId) -> Reply {
    let local = Local::of(context.store, channel, None).unwrap_or_default();
    help::introduction(context, &with_local(context.settings, &local).prefix)
}

/// Reads what is set here; when that fails, what the operator chose holds.
fn local(context: &Context<'_>, incoming: &Incoming) -> Local {
    Local::of(context.store, &incoming.channel, incoming.server.as_deref()).unwrap_or_else(|error| {
        tracing::error!(%error, "the settings of a server cannot be read");
        Local::default()
    })
}

fn with_local(settings: &Settings, local: &Local) -> Settings {
    let prefix = local.get(LocalKey::Prefix).map_or_else(|| settings.prefix.clone(), str::to_owned);
    let power = local.get(LocalKey::Power).and_then(|power| power.parse().ok());
    Settings { prefix, moderator_power: power.unwrap_or(settings.moderator_power), ..settings.clone() }
}

/// Completes an answer: how it can be asked for again, and, where something was changed, to which server the channel belongs.
fn finished(context: &Context<'_>, incoming: &Incoming, ((entry, rest), mut reply): ((&Entry, &str), Reply)) -> Reply {
    if entry.only_reads() {
        let query = format!("{} {rest}", entry.name).trim_end().to_owned();
        reply.paging.get_or_insert(Paging { query, page: 1, pages: 1 });
        return reply;
    }
    reply.has_changed = true;
    if entry.permission > Permission::Member
        && let Some(server) = &incoming.server
        && let Err(error) = context.store.set_setting(&incoming.channel, SERVER_KEY, Some(server))
    {
        tracing::error!(%error, "the server of a channel cannot be noted; its quiet hours do not hold for it");
    }
    reply
}

/// Gives the text without the prefix, or none when it is not for the bot.
fn addressed<'a>(incoming: &'a Incoming, prefix: &str) -> Option<&'a str> {
    let text = incoming.text.trim();
    let stripped = text.strip_prefix(prefix);
    match incoming.address {
        Address::Prefix => stripped.filter(|rest| rest.starts_with(char::is_alphabetic)),
        Address::Direct => Some(stripped.unwrap_or(text).trim_start()),
    }
}

fn answer(context: &Context<'_>, incoming: &Incoming, found: (&'static Entry, &str)) -> Answer {
    let (entry, rest) = found;
    if incoming.permission < entry.permission {
        return Err(UserError::NotAllowed.into());
    }
    let arguments = read_arguments(rest, entry.options, context.today())?;
    let places = |kind| entry.takes(kind);
    if !(places(OptionKind::Name) || places(OptionKind::Number) || places(OptionKind::Url)) {
        let unused: Vec<&str> = arguments.words.iter().chain(&arguments.quoted).map(String::as_str).collect();
        if !unused.is_empty() {
            return Err(UserError::TooMuch { words: grammar::echo(&unused.join(" ")) }.into());
        }
    } else if !places(OptionKind::Words)
        && let Some(unused) = arguments.phrases().get(usize::from(places(OptionKind::Second)))
    {
        return Err(UserError::TooMuch { words: grammar::echo(unused) }.into());
    }
    (entry.run)(&Request { context, incoming, arguments })
}

fn unknown(context: &Context<'_>, incoming: &Incoming, text: &str) -> Option<Reply> {
    let (word, _) = registry::split_word(text);
    let meant = registry::closest(word);
    let prefix = &context.settings.prefix;
    if word.is_empty() && incoming.address == Address::Direct {
        return Some(help::overview(prefix));
    }
    if meant.is_none() && incoming.address == Address::Prefix {
        return None;
    }
    let error = UserError::UnknownCommand { word: grammar::echo(word), did_you_mean: meant };
    let mut line = sentence(&error);
    line.extend(command_hint(prefix, meant));
    Some(Reply::line(Tone::UserError, line))
}

/// Gives what to type instead of an unknown command.
fn command_hint(prefix: &str, meant: Option<&str>) -> Vec<Inline> {
    let mut line = Vec::new();
    if let Some(meant) = meant {
        line.extend([Inline::text(" Did you mean "), Inline::code(format!("{prefix}{meant}")), Inline::text("?")]);
    }
    line.extend([Inline::text(" All commands: "), Inline::code(format!("{prefix}help"))]);
    line
}

/// Gives an error as a sentence.
fn sentence(error: &UserError) -> Vec<Inline> {
    let text = error.to_string();
    let mut chars = text.chars();
    let first: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    vec![Inline::text(format!("{first}{}.", chars.as_str()))]
}

fn error_reply(context: &Context<'_>, entry: &Entry, error: CommandError) -> Reply {
    let user_error = match error {
        CommandError::User(user_error) => user_error,
        CommandError::Query(fault) => {
            tracing::error!(command = entry.name, error = %fault, "a command failed");
            let text = "Something failed on my side, not on yours; the operator finds it in the log. Please try again later.";
            return Reply::line(Tone::Fault, vec![Inline::text(text)]);
        }
    };
    let prefix = &context.settings.prefix;
    let mut reply = Reply::line(Tone::UserError, sentence(&user_error));
    match &user_error {
        UserError::UnknownName { did_you_mean, .. } if did_you_mean.is_empty() => {
            let looked = "I looked in the names of the data files and in those found in articles.";
            reply.paragraph(vec![Inline::faint(looked)]);
        }
        UserError::UnknownName { did_you_mean, .. } => {
            reply.paragraph(vec![Inline::text("Did you mean:")]);
            reply.blocks.extend(did_you_mean.iter().map(names::choice_item));
        }
        UserError::WordsUnquoted { meant, .. } => {
            reply.paragraph(vec![Inline::text("Did you mean "), Inline::code(format!("{prefix}{meant}")), Inline::text("?")]);
        }
        UserError::UnknownCommand { did_you_mean, .. } => {
            reply.blocks.push(Block::Paragraph(command_hint(prefix, *did_you_mean)));
        }
        UserError::Ambiguous { choices, .. } => reply.blocks.extend(choices.iter().map(names::choice_item)),
        UserError::NoValue { .. }
        | UserError::Missing { .. }
        | UserError::TooMuch { .. }
        | UserError::NothingToCorrect
        | UserError::WithoutStance { .. }
        | UserError::Number { .. }
        | UserError::Url { .. } => {
            reply.blocks.push(Block::Paragraph(vec![Inline::text("Usage: "), Inline::code(format!("{prefix}{}", entry.usage()))]));
        }
        _ => {}
    }
    reply
}
