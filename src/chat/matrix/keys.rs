//! The bot's own keys: its device is signed with its account's keys, so that people see a verified bot, and a recovery key brings all
//! of it back when the store is lost. The recovery key is written once, for the operator alone.

use super::failure::chain;
use super::session::write_private;
use matrix_sdk::Client;
use matrix_sdk::encryption::recovery::RecoveryState;
use std::path::{Path, PathBuf};

/// How the bot's device stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The device.
    pub device: String,
    /// The device's key (ed25519), which people may compare.
    pub fingerprint: String,
    /// Whether the account has signed the device, so that people see a verified bot.
    pub is_signed: bool,
    /// What was done or has to be done, as sentences.
    pub remarks: Vec<String>,
}

/// Gives where the recovery key is kept.
pub(super) fn recovery_file(dir: &Path) -> PathBuf {
    dir.join("recovery_key")
}

/// Brings the keys in order as far as that can be done here; after the first answer of the server, which tells how they stand.
pub(super) async fn settle(client: &Client, dir: &Path) -> Standing {
    let encryption = client.encryption();
    encryption.wait_for_e2ee_initialization_tasks().await;
    let mut remarks = Vec::new();
    let recovery = encryption.recovery();
    let file = recovery_file(dir);
    match recovery.state() {
        RecoveryState::Enabled => {}
        RecoveryState::Disabled => match recovery.enable().await {
            Ok(key) => match write_private(&file, format!("{key}\n").as_bytes()) {
                Ok(()) => remarks.push(format!("the recovery key was written to {}; keep a copy in a safe place", file.display())),
                Err(reason) => remarks.push(format!("{reason}; make it writable and run: stancebot matrix verify")),
            },
            Err(error) => remarks.push(format!("no recovery key could be made: {}", chain(&error))),
        },
        RecoveryState::Incomplete | RecoveryState::Unknown => match std::fs::read_to_string(&file) {
            Ok(key) => match recovery.recover(key.trim()).await {
                Ok(()) => remarks.push("the keys were brought back with the recovery key".to_owned()),
                Err(error) => remarks.push(format!("the recovery key in {} does not work: {}", file.display(), chain(&error))),
            },
            Err(_) => remarks.push(format!(
                "the account's keys are not here: put its recovery key into {} and run: stancebot matrix verify; until then people see an \
                 unverified bot, and some will not be able to talk to it in encrypted rooms",
                file.display()
            )),
        },
    }
    let mut standing = standing(client).await;
    standing.remarks = remarks;
    standing
}

/// Tells how the device stands, without changing anything.
pub(super) async fn standing(client: &Client) -> Standing {
    let encryption = client.encryption();
    // not `is_verified`: of the own device it says true in any case
    let is_signed = match encryption.get_own_device().await {
        Ok(device) => device.is_some_and(|device| device.is_cross_signed_by_owner()),
        Err(error) => {
            tracing::warn!(error = chain(&error), "the own device cannot be looked up");
            false
        }
    };
    Standing {
        device: client.device_id().map(ToString::to_string).unwrap_or_default(),
        fingerprint: encryption.ed25519_key().await.unwrap_or_default(),
        is_signed,
        remarks: Vec::new(),
    }
}
