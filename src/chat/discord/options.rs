//! What the operator chose for Discord, as the configuration hands it over.

use super::gateway::Pace;
use crate::chat::Secret;
use jiff::Timestamp;
use std::path::PathBuf;

/// Where Discord is.
pub const API_URL: &str = "https://discord.com";

/// What the bot needs to know.
#[derive(Clone, Debug)]
pub struct DiscordOptions {
    /// The bot's token.
    pub token: Secret,
    /// Where Discord's interface is: [`API_URL`]. The token goes there and to the gateway that it names, nowhere else.
    pub api_url: String,
    /// Whether the words of all messages are wanted.
    pub content: ContentIntent,
    /// Servers in which slash commands are registered; empty: everywhere.
    pub command_guilds: Vec<u64>,
    /// Roles whose members may do what needs a moderator.
    pub moderator_roles: Vec<u64>,
    /// Users who may do everything, everywhere.
    pub operators: Vec<u64>,
    /// Where the fingerprint of the registered commands is kept.
    pub state_dir: PathBuf,
    /// How fast the bot is after failures.
    pub pace: Pace,
    /// Tells the time (UTC).
    pub clock: fn() -> Timestamp,
}

impl DiscordOptions {
    /// Gives the moment in milliseconds since 1970, for comparing with ids.
    pub(super) fn now_millis(&self) -> u64 {
        u64::try_from((self.clock)().as_millisecond()).unwrap_or(0)
    }
}

/// Whether the words of all messages are wanted (the privileged intent MESSAGE CONTENT), which commands with a prefix need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentIntent {
    /// Where the application is allowed to; else a mention and slash commands work.
    #[default]
    Auto,
    /// They are: without them the bot does not start.
    Required,
    /// They are not.
    Off,
}
