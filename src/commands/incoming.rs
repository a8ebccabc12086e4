//! A command as it comes from any face.

use crate::model::ChannelId;

/// What the asking user may do here; faces fill it in, `commands` checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Ask.
    Member,
    /// Change what the channel follows and which feeds are read.
    Moderator,
    /// Everything: the person at the terminal, the operator.
    Operator,
}

/// How the bot was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// By the prefix: `!stance kremlin`; a text without it is not for the bot.
    Prefix,
    /// By mention, direct message or slash command: `stance kremlin`, a prefix is allowed too.
    Direct,
}

/// A chat event that may be a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Where it was asked.
    pub channel: ChannelId,
    /// The platform's id of the server that the channel is in; none in private and where there are no servers.
    pub server: Option<String>,
    /// The platform's id of the user.
    pub user: String,
    /// The name that the platform shows of the user; may be empty.
    pub user_name: String,
    /// What the user may do, apart from what their power in the room gives them.
    pub permission: Permission,
    /// The power that the platform's room gives the user (Matrix); none where there is no such thing. Who has enough of it is a moderator.
    pub power: Option<i64>,
    /// What to type for the next page of the last answer here, where the face remembers it and there is one.
    pub next_page: Option<String>,
    /// The platform's id of what was typed: what changes something is done once for it. None where nothing is ever taken up again.
    pub event: Option<String>,
    /// How the bot was called.
    pub address: Address,
    /// The text as typed, mention removed.
    pub text: String,
}
