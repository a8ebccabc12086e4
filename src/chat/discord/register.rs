//! Registers slash commands, only when they changed since the last time: Discord allows 200 new ones a day and server.
//!
//! What was registered last is kept as a fingerprint in the state directory.

use super::options::DiscordOptions;
use super::rest::{Call, Rest};
use super::slash;
use super::wire::Id;
use reqwest::Method;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// The file in the state directory.
const FILE: &str = "discord-commands";
/// Wait before the first repetition, and the longest.
const RETRY_FIRST: Duration = Duration::from_secs(5);
const RETRY_LONGEST: Duration = Duration::from_secs(600);

/// Registers the commands when they changed, and tries again while Discord does not take them.
pub(super) async fn keep_registered(rest: &Rest, application: Id, options: &DiscordOptions) {
    let definitions = slash::definitions();
    let mut places: Vec<String> = options.command_guilds.iter().map(|guild| format!("/guilds/{guild}")).collect();
    if places.is_empty() {
        places.push(String::new());
    }
    let fingerprint = fingerprint(&[application.to_string(), places.join(" "), definitions.to_string()]);
    let file = options.state_dir.join(FILE);
    if std::fs::read_to_string(&file).is_ok_and(|known| known.trim() == fingerprint) {
        return;
    }
    for place in places {
        let call = Call::new(Method::PUT, format!("/applications/{application}{place}/commands"))
            .body(definitions.clone())
            .patient(Duration::from_secs(60))
            .repeatable();
        let mut wait = RETRY_FIRST;
        while let Err(failure) = rest.ask(&call).await {
            tracing::warn!(%failure, "slash commands cannot be registered yet");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(RETRY_LONGEST);
        }
    }
    if let Err(error) = std::fs::write(&file, fingerprint) {
        tracing::warn!(%error, "slash commands will be registered again at the next start");
    }
}

/// Does something and then waits for ever, so that its end ends nothing else.
pub(super) async fn then_for_ever(work: impl Future<Output = ()>) {
    work.await;
    std::future::pending::<()>().await;
}

fn fingerprint(parts: &[String]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
