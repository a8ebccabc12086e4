//! Tells, once for each server, that commands with a prefix do not reach the bot there: the owner in private, or, where that is not
//! possible, the channel in which the bot is first mentioned; and the log.

use super::desk::Desk;
use super::options::ContentIntent;
use super::post;
use super::rest::Call;
use super::wire::{Id, Message};
use crate::reply::{Inline, Reply, Tone};
use reqwest::Method;
use std::sync::atomic::Ordering;

impl Desk {
    /// Notes that a message of a server came without its words.
    pub(super) async fn note_blind(&self, server: Id) {
        // Who turned it off wants it so; with the intent a message without words has none.
        if self.options.content == ContentIntent::Off || self.sees_content.load(Ordering::Relaxed) {
            return;
        }
        if !self.memory().is_newly_blind(server) {
            return;
        }
        let (name, owner) = {
            let guilds = self.guilds();
            (guilds.name(server).unwrap_or_default().to_owned(), guilds.owner(server))
        };
        tracing::warn!(
            server,
            name,
            "messages come without their words: commands with the prefix are not seen here, a mention and slash commands work; \
             turn on MESSAGE CONTENT INTENT in the Discord developer portal under Bot to change that"
        );
        let is_told = match owner {
            Some(owner) => post::tell(&self.rest, (&owner.to_string(), &format!("intent {server}")), &words(&name)).await.is_ok(),
            None => false,
        };
        if !is_told {
            self.memory().is_untold(server);
        }
        self.remembered.notify_one();
    }

    /// Tells it where somebody talks to the bot, when the owner could not be told.
    pub(super) async fn tell_here(&self, message: &Message) {
        let Some(server) = message.guild.filter(|server| self.memory().is_to_be_told(*server)) else { return };
        let name = self.guilds().name(server).unwrap_or_default().to_owned();
        let body = post::body(&words(&name), self.look(message.channel));
        let call = Call::new(Method::POST, format!("/channels/{}/messages", message.channel)).body(body);
        match self.rest.ask(&call).await {
            Ok(_) => self.remembered.notify_one(),
            Err(failure) => {
                tracing::info!(%failure, "what is missing could not be told");
                self.memory().is_untold(server);
            }
        }
    }
}

fn words(server: &str) -> Reply {
    let place = if server.is_empty() { "your server".to_owned() } else { format!("the server {server}") };
    let text = format!(
        "In {place} commands that begin with a mark do not reach me: Discord gives me no words of messages that are not for me. \
         A mention and slash commands work. To change that, whoever runs me turns on MESSAGE CONTENT INTENT in the developer portal \
         under Bot, and starts me again."
    );
    Reply::line(Tone::Answer, vec![Inline::text(text)])
}
