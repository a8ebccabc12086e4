//! Finds what was written while the bot was away: after every new session it looks, over HTTP, at the channels in which something was
//! written of late, and answers what was asked and has no answer. Nothing older than ten minutes, nothing twice.

use super::desk::{AGE_MAX, Desk};
use super::rest::Call;
use super::wire::{Id, Message, first_id_at, id, ids};
use crate::commands::Address;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// Messages of a channel that are looked at: what comes in ten minutes of a lively one.
const MESSAGES_MAX: usize = 100;
/// Channels that are looked at after one interruption.
const CHANNELS_MAX: usize = 100;
/// Longest wait for a limit.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where something may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// In private channels.
    Private,
    /// In a server, since the bot joined it (milliseconds since 1970).
    Server { server: Id, joined_millis: u64 },
}

impl Missed {
    /// Reads the announcement of a server.
    pub(super) fn of_server(data: &Value) -> Option<Self> {
        let joined = data["joined_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let joined_millis = joined.and_then(|at| u64::try_from(at.as_millisecond()).ok()).unwrap_or(0);
        Some(Self::Server { server: id(&data["id"])?, joined_millis })
    }
}

impl Desk {
    /// Looks for what was missed and answers it.
    pub(super) async fn catch_up(&self, missed: Missed) {
        match missed {
            Missed::Private => self.catch_up_private().await,
            Missed::Server { server, joined_millis } => self.catch_up_server(server, joined_millis).await,
        }
    }

    /// Looks at the channels of a server that was just announced.
    async fn catch_up_server(&self, server: Id, joined_millis: u64) {
        let since = self.since(joined_millis);
        let mut channels = self.guilds().newest(server);
        channels.retain(|(_, newest)| newest.is_some_and(|newest| newest >= since));
        channels.sort_by_key(|(_, newest)| std::cmp::Reverse(*newest));
        for (channel, _) in channels.into_iter().take(CHANNELS_MAX) {
            self.look_through(channel, (Some(server), since)).await;
        }
    }

    /// Looks at the private channels that are known.
    async fn catch_up_private(&self) {
        let (channels, since) = (self.memory().private(), self.since(0));
        for channel in channels.into_iter().take(CHANNELS_MAX) {
            self.look_through(channel, (None, since)).await;
        }
    }

    /// Gives the first id that is looked at: of ten minutes ago, or of the moment when the bot was invited.
    fn since(&self, joined_millis: u64) -> Id {
        let oldest = self.options.now_millis().saturating_sub(AGE_MAX.as_millis() as u64);
        first_id_at(oldest.max(joined_millis))
    }

    async fn look_through(&self, channel: Id, (server, since): (Option<Id>, Id)) {
        let path = format!("/channels/{channel}/messages?limit={MESSAGES_MAX}&after={since}");
        let found = match self.rest.ask(&Call::get(path).patient(PATIENCE)).await {
            Ok(found) => found,
            Err(failure) => {
                tracing::debug!(channel, %failure, "what was missed cannot be looked up");
                return;
            }
        };
        let messages: Vec<Message> = found.as_array().into_iter().flatten().filter_map(Message::read).collect();
        let own = messages.iter().filter(|message| message.author == self.own);
        let answered: BTreeSet<Id> = own.filter_map(|message| message.answers).collect();
        let mut missed: Vec<Message> = messages.into_iter().filter(|message| !answered.contains(&message.id)).collect();
        missed.sort_by_key(|message| message.id);
        for mut message in missed {
            message.guild = server;
            if message.author == self.own || message.is_automatic || !self.is_command(&message) {
                continue;
            }
            if let Some(server) = server {
                message.roles = self.roles_of(server, message.author).await;
            }
            self.hear(message).await;
        }
    }

    fn is_command(&self, message: &Message) -> bool {
        let has_words = |(address, text): (Address, String)| address == Address::Direct || text.chars().any(char::is_alphanumeric);
        self.memory().question(message.id).is_none() && self.addressed(message).is_some_and(has_words)
    }

    /// Gives a member's roles, which a message that is looked up does not hold; none when they cannot be had.
    async fn roles_of(&self, server: Id, user: Id) -> Vec<Id> {
        match self.rest.ask(&Call::get(format!("/guilds/{server}/members/{user}")).patient(PATIENCE)).await {
            Ok(member) => ids(&member["roles"]),
            Err(_) => Vec::new(),
        }
    }
}
