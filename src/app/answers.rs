//! Answers chat events with `commands`, on a thread that may block, in bounded time.

use super::setup;
use crate::chat::Answerer;
use crate::commands::{self, Context, Gate, Incoming, Permission, Settings, Suggestion, Typing};
use crate::config::Config;
use crate::model::ChannelId;
use crate::pipeline::RulesInForce;
use crate::reply::{Inline, Reply, Tone};
use crate::store::Store;
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// Longest time a command may take before the user is told.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What answers need.
pub(super) struct Answers {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    rules: RulesInForce,
    settings: Settings,
    gate: Gate,
}

impl Shared {
    /// Does a piece of work by the rules of this moment.
    fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let ruleset = self.rules.now();
        work(&Context { store: &self.store, ruleset: &ruleset, now: Timestamp::now(), settings: &self.settings })
    }
}

impl Answers {
    pub(super) fn new(store: Store, rules: RulesInForce, config: &Config) -> Self {
        let gate = Gate::new(config.chat.rates);
        Self { shared: Arc::new(Shared { store, rules, settings: setup::command_settings(config), gate }) }
    }

    /// Does a piece of work where it may block; none when it failed or took too long.
    async fn work<T: Send + 'static>(&self, work: impl FnOnce(&Shared) -> T + Send + 'static) -> Result<T, Reply> {
        let shared = self.shared.clone();
        match tokio::time::timeout(ANSWER_TIMEOUT, tokio::task::spawn_blocking(move || work(&shared))).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => {
                tracing::error!(%error, "a command failed");
                Err(fault("That command failed; the log has the details."))
            }
            Err(_) => Err(fault("That took too long and was left; ask for less, for example with since 7d.")),
        }
    }
}

#[async_trait]
impl Answerer for Answers {
    async fn answer(&self, incoming: Incoming) -> Option<Reply> {
        self.work(move |shared| shared.with(|context| shared.gate.run(context, &incoming))).await.unwrap_or_else(Some)
    }

    async fn permission(&self, incoming: Incoming) -> Permission {
        let granted = incoming.permission;
        self.work(move |shared| shared.with(|context| commands::permission(context, &incoming))).await.unwrap_or(granted)
    }

    async fn read(&self, incoming: Incoming) -> Reply {
        self.work(move |shared| shared.with(|context| commands::read_words(context, &incoming.text))).await.unwrap_or_else(|fault| fault)
    }

    async fn introduce(&self, channel: ChannelId) -> Reply {
        self.work(move |shared| shared.with(|context| commands::introduce(context, &channel))).await.unwrap_or_else(|fault| fault)
    }

    async fn suggest(&self, typing: Typing) -> Vec<Suggestion> {
        let found = self.work(move |shared| shared.with(|context| commands::suggest(context, &typing))).await;
        match found {
            Ok(Ok(suggestions)) => suggestions,
            Ok(Err(error)) => {
                tracing::error!(%error, "nothing can be suggested");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }
}

fn fault(words: &str) -> Reply {
    Reply::line(Tone::Fault, vec![Inline::text(words)])
}
