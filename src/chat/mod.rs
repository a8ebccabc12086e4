//! The faces: what a chat platform has to do for the bot, and the platforms themselves.
//!
//! A face turns events into [`Incoming`] and a [`Reply`] into messages. It holds no command's logic and checks no permission.

mod console;
#[cfg(feature = "discord")]
pub mod discord;
#[cfg(feature = "matrix")]
pub mod matrix;
mod secret;

pub use console::{Console, ConsoleOptions, TERMINAL, terminal_channel};
pub use secret::Secret;

use crate::commands::{Incoming, Permission, Suggestion, Typing};
use crate::model::{ChannelId, OutboxId};
use crate::reply::{Inline, Reply, Tone};
use async_trait::async_trait;
use jiff::Timestamp;
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
        /// How long the platform asked to wait; only where it is certain that it took nothing.
        after: Option<Duration>,
    },
    /// It will never go through: the text is refused.
    #[error("cannot be posted: {reason}")]
    Refused {
        /// What the platform said, in one sentence.
        reason: String,
    },
    /// The channel is gone or the bot may not write there; that may change.
    #[error("the channel cannot be written to: {reason}")]
    Closed {
        /// What the platform said, in one sentence.
        reason: String,
    },
}

/// Why a platform cannot go on; each is a sentence for the operator with the next step.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaceError {
    /// Something that a new start may change.
    #[error("{0}")]
    Failed(String),
    /// The token is not accepted.
    #[error("{0}")]
    Token(String),
    /// An intent that was asked for is not allowed.
    #[error("{0}")]
    Intents(String),
    /// The shard is not accepted.
    #[error("{0}")]
    Shard(String),
    /// The session was ended elsewhere, or what belongs to it is gone.
    #[error("{0}")]
    Session(String),
    /// What the platform keeps in the state directory cannot be read or written.
    #[error("{0}")]
    State(String),
}

impl FaceError {
    /// Tells whether a new start would fail in the same way, so that the whole program had better end and say so.
    pub fn is_final(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }
}

/// What a look at a platform found; each finding is a sentence with the next step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is in order.
    pub good: Vec<String>,
    /// What works less than it could.
    pub remarks: Vec<String>,
    /// What has to be changed.
    pub problems: Vec<String>,
}

/// A message that was posted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The platform's id of it, where it has one and told it.
    pub message: Option<String>,
}

/// Answers a chat event; implemented over `commands` by the application. Nothing is answered to what is no command.
#[async_trait]
pub trait Answerer: Send + Sync {
    /// Gives the reply, or none when the text is not for the bot.
    async fn answer(&self, incoming: Incoming) -> Option<Reply>;

    /// Tells what somebody may do, with what their power in the room gives them.
    async fn permission(&self, incoming: Incoming) -> Permission {
        incoming.permission
    }

    /// Reads who says what in somebody's words, which are the text of `incoming`.
    async fn read(&self, incoming: Incoming) -> Reply {
        let _ = incoming;
        Reply::line(Tone::UserError, vec![Inline::text("I cannot do that here.")])
    }

    /// Says in a channel that the bot has come into who it is and what can be asked.
    async fn introduce(&self, channel: ChannelId) -> Reply {
        let _ = channel;
        Reply::line(Tone::Answer, vec![Inline::text("Hello. I am a bot and answer commands.")])
    }

    /// Gives values for an option that is being typed, the best first.
    async fn suggest(&self, typing: Typing) -> Vec<Suggestion> {
        let _ = typing;
        Vec::new()
    }
}

/// What a chat platform has to do for the bot.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The platform's name as in `ChannelId::platform`.
    fn name(&self) -> &'static str;

    /// Takes events and answers them until `stop` turns true or the input ends.
    ///
    /// # Errors
    /// [`FaceError`] when the platform cannot go on.
    async fn run(&self, answerer: Arc<dyn Answerer>, stop: watch::Receiver<bool>) -> Result<(), FaceError>;

    /// Posts an alert. `id` is the deduplication key (Discord nonce, Matrix transaction id): the same id is never shown twice.
    ///
    /// # Errors
    /// [`SendError`]; after `Retry` the same id is sent again.
    async fn post(&self, channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<Sent, SendError>;

    /// Posts an alert that may have been posted before by a process that ended in between, not earlier than the given moment: a
    /// platform whose own recognition of ids does not last looks first.
    ///
    /// # Errors
    /// As [`Platform::post`].
    async fn post_uncertain(&self, channel: &ChannelId, (id, since): (OutboxId, Timestamp), reply: &Reply) -> Result<Sent, SendError> {
        let _ = since;
        self.post(channel, id, reply).await
    }

    /// Shows an alert that was posted in another form; doing it twice is doing it once. A platform that cannot does nothing.
    ///
    /// # Errors
    /// [`SendError`].
    async fn edit(&self, channel: &ChannelId, message: &str, reply: &Reply) -> Result<(), SendError> {
        let _ = (channel, message, reply);
        Ok(())
    }

    /// Tells a user something in private. `key` is the deduplication key: what is told twice under the same one in a short time is shown
    /// once.
    ///
    /// # Errors
    /// [`SendError::Refused`] where that cannot be done; after `Retry` it may be told again under the same key.
    async fn tell(&self, user: &str, key: &str, reply: &Reply) -> Result<(), SendError> {
        let _ = (user, key, reply);
        Err(SendError::Refused { reason: format!("{} has no private messages", self.name()) })
    }

    /// Gives those of the channels that could not be written to in which a permission changed since the last call, so that another
    /// try is worth while.
    fn reopened(&self, paused: &[ChannelId]) -> Vec<ChannelId> {
        let _ = paused;
        Vec::new()
    }

    /// Gives how many events could not be read since the start.
    fn unread_events(&self) -> u64 {
        0
    }

    /// Tells whether events reach the bot; none where there is no connection that could fail.
    fn is_well(&self) -> Option<bool> {
        None
    }
}
