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

impl Desk {
    /// Looks at the channels of a server that was just announced.
    pub(super) async fn catch_up_server(&self, data: &Value) {
        let Some(server) = id(&data["id"]) else { return };
        let since = self.since(data["joined_at"].as_str());
        let mut channels = self.guilds().newest(server);
        channels.retain(|(_, newest)| newest.is_some_and(|newest| newest >= since));
        channels.sort_by_key(|(_, newest)| std::cmp::Reverse(*newest));
        for (channel, _) in channels.into_iter().take(CHANNELS_MAX) {
            self.catch_up(channel, (Some(server), since)).await;
        }
    }

    /// Looks at the private channels that are known.
    pub(super) async fn catch_up_private(&self) {
        let (channels, since) = (self.memory().private(), self.since(None));
        for channel in channels.into_iter().take(CHANNELS_MAX) {
            self.catch_up(channel, (None, since)).await;
        }
    }

    /// Gives the first id that is looked at: of ten minutes ago, or of the moment when the bot was invited.
    fn since(&self, joined: Option<&str>) -> Id {
        let oldest = self.options.now_millis().saturating_sub(AGE_MAX.as_millis() as u64);
        let joined = joined.and_then(|text| text.parse::<jiff::Timestamp>().ok()).and_then(|at| u64::try_from(at.as_millisecond()).ok());
        first_id_at(oldest.max(joined.unwrap_or(0)))
    }

    async fn catch_up(&self, channel: Id, (server, since): (Option<Id>, Id)) {
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
