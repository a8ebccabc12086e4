//! The faces: what a chat platform has to do for the bot, and the platforms themselves.
//!
//! A face turns events into [`Incoming`] and a [`Reply`] into messages. It holds no command's logic and checks no permission.

mod console;

pub use console::{Console, ConsoleOptions, TERMINAL, terminal_channel};

use crate::commands::Incoming;
use crate::model::{ChannelId, OutboxId};
use crate::reply::Reply;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Why a message was not posted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may go through later.
    #[error("not posted for now: {reason}")]
    Retry {
        /// What the platform said, in one sentence.
        reason: String,
        /// How long the platform asked to wait.
        after: Option<Duration>,
    },
    /// It will never go through: the channel is gone, the bot may not write there, the text is refused.
    #[error("cannot be posted: {reason}")]
    Refused {
        /// What the platform said, in one sentence.
        reason: String,
    },
}

/// Answers a chat event; implemented over `commands::run` by the application. Nothing is answered to what is no command.
#[async_trait]
pub trait Answerer: Send + Sync {
    /// Gives the reply, or none when the text is not for the bot.
    async fn answer(&self, incoming: Incoming) -> Option<Reply>;
}

/// What a chat platform has to do for the bot.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The platform's name as in `ChannelId::platform`.
    fn name(&self) -> &'static str;

    /// Takes events and answers them until `stop` turns true or the input ends.
    ///
    /// # Errors
    /// A sentence for the operator when the platform cannot go on.
    async fn run(&self, answerer: Arc<dyn Answerer>, stop: watch::Receiver<bool>) -> Result<(), String>;

    /// Posts an alert. `id` is the deduplication key (Discord nonce, Matrix transaction id): the same id is never shown twice.
    ///
    /// # Errors
    /// [`SendError`]; after `Retry` the same id is sent again.
    async fn post(&self, channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<(), SendError>;
}
