//! The bot's own keys: its device is signed with its account's keys, so that people see a verified bot, and a recovery key brings all
//! of it back when the store is lost. The recovery key is written for the operator alone; one that is gone may be kept elsewhere, and is made
//! anew only when that is asked for.
//!
//! An account that was used before has keys that are not here. They are never replaced unless that is asked for ([`renew`]); what can be
//! done is said.

use super::failure::{Failure, chain};
use super::session::write_private;
use crate::chat::{FaceError, Secret};
use matrix_sdk::Client;
use matrix_sdk::encryption::CrossSigningResetAuthType;
use matrix_sdk::encryption::recovery::{RecoveryError, RecoveryState};
use matrix_sdk::encryption::secret_storage::SecretStorageError;
use matrix_sdk::ruma::api::client::uiaa::{AuthData, MatrixUserIdentifier, OAuth, Password, UiaaInfo, UserIdentifier};
use std::path::{Path, PathBuf};

/// How the account's keys come here from the app that has them.
const BY_RECOVERY_KEY: &str = "put the account's recovery key (Element makes one under Settings, Encryption) into a file and run: \
                               stancebot matrix verify FILE";
/// How the account gets other keys, and what that costs.
const BY_NEW_KEYS: &str = "set MATRIX_PASSWORD and run: stancebot matrix verify --new-keys, which makes new keys for the account that only \
                           the bot has; whoever verified the old ones is told by their app, and the old backup of message keys is dropped";

/// What is done where there is no recovery key any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingKey {
    /// Nothing: whoever moved it to a safe place can go on using it.
    Left,
    /// Another is made, and copies of the old one do not work any more.
    MadeAnew,
}

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
pub(super) async fn settle(client: &Client, dir: &Path, missing: MissingKey) -> Standing {
    let encryption = client.encryption();
    encryption.wait_for_e2ee_initialization_tasks().await;
    // What this device uploaded last, the library has not seen at the server yet; and new keys it takes for the account's before the
    // server has.
    if let Some(user) = client.user_id()
        && let Err(error) = encryption.request_user_identity(user).await
    {
        tracing::warn!(error = chain(&error), "the account's keys cannot be asked for");
    }
    let recovery = encryption.recovery();
    let file = recovery_file(dir);
    let mut remarks = Vec::new();
    let has_keys = has_account_keys(client).await;
    match recovery.state() {
        RecoveryState::Disabled if has_keys => {
            remarks.push(kept(recovery.enable().await, &file).unwrap_or_else(|reason| reason));
        }
        RecoveryState::Enabled if has_keys && missing == MissingKey::MadeAnew && !file.is_file() => {
            let made = kept(recovery.reset_key().await, &file);
            let why = "the recovery key was missing, so a new one was made; copies of an earlier one do not work any more";
            remarks.push(made.map_or_else(|reason| reason, |written| format!("{why}; {written}")));
        }
        // Without the account's keys a recovery key would be made that brings nothing back.
        RecoveryState::Disabled | RecoveryState::Enabled => {}
        RecoveryState::Incomplete | RecoveryState::Unknown => {
            if let Ok(key) = std::fs::read_to_string(&file) {
                remarks.push(match bring_back(client, key.trim()).await {
                    Ok(()) => "the keys were brought back with the recovery key".to_owned(),
                    Err(reason) => format!("the recovery key in {} does not work: {reason}", file.display()),
                });
            }
        }
    }
    let standing = standing(client).await;
    remarks.extend(way_out(client, standing.is_signed).await);
    Standing { remarks, ..standing }
}

/// Tells whether the private parts of the account's keys are here.
async fn has_account_keys(client: &Client) -> bool {
    client.encryption().cross_signing_status().await.is_some_and(|status| status.is_complete())
}

/// Writes a recovery key that was made, and says so.
fn kept(made: Result<String, RecoveryError>, file: &Path) -> Result<String, String> {
    let key = made.map_err(|error| format!("no recovery key could be made: {}", chain(&error)))?;
    Ok(match write_private(file, format!("{key}\n").as_bytes()) {
        Ok(()) => format!("the recovery key was written to {}; keep a copy in a safe place", file.display()),
        Err(reason) => format!("{reason}; make it writable and run: stancebot matrix verify"),
    })
}

/// Says what is not in order after all that can be done here, and the ways out of it.
async fn way_out(client: &Client, is_signed: bool) -> Option<String> {
    let encryption = client.encryption();
    let user = client.user_id()?;
    let is_known = encryption.get_user_identity(user).await.is_ok_and(|identity| identity.is_some());
    let unverified = "people see an unverified bot, and some cannot talk to it in encrypted rooms";
    match (has_account_keys(client).await, is_signed) {
        (true, true) => {
            let backups = encryption.backups();
            let is_others = !backups.are_enabled().await && backups.fetch_exists_on_server().await.is_ok_and(|exists| exists);
            is_others.then(|| {
                format!(
                    "the backup of message keys at the server was made elsewhere and cannot be used, so that a lost store would not come \
                     back as a whole; with the bot stopped, {BY_RECOVERY_KEY}; or {BY_NEW_KEYS}"
                )
            })
        }
        (false, _) if is_known => Some(format!(
            "the account has keys already, made elsewhere, that are not here: {unverified}; there are two ways out, with the bot stopped: \
             (1) {BY_RECOVERY_KEY}; (2) {BY_NEW_KEYS}"
        )),
        _ => Some(format!("the server has not taken keys that sign this device: {unverified}; with the bot stopped, {BY_NEW_KEYS}")),
    }
}

/// Tries a recovery key from a file, and keeps it when it brings the account's keys here.
///
/// # Errors
/// [`FaceError::Failed`] when it does not work, and the key that is kept stays; [`FaceError::State`] when it cannot be written.
pub(super) async fn recover(client: &Client, dir: &Path, (key, from): (&str, &Path)) -> Result<(), FaceError> {
    client.encryption().wait_for_e2ee_initialization_tasks().await;
    bring_back(client, key).await.map_err(|reason| {
        FaceError::Failed(format!("the recovery key in {} does not work: {reason}; what is kept here was not changed", from.display()))
    })?;
    write_private(&recovery_file(dir), format!("{key}\n").as_bytes()).map_err(FaceError::State)
}

/// Brings the account's keys here with a recovery key.
///
/// # Errors
/// Why it does not work.
async fn bring_back(client: &Client, key: &str) -> Result<(), String> {
    let encryption = client.encryption();
    match encryption.recovery().recover(key).await {
        Ok(()) => {}
        // What signs is here by then; the backup holds keys of messages only.
        Err(RecoveryError::SecretStorage(
            error @ (SecretStorageError::InconsistentBackupDecryptionKey | SecretStorageError::MissingOrInvalidBackupDecryptionKey),
        )) => tracing::warn!(error = chain(&error), "the backup of message keys cannot be used"),
        Err(error) => return Err(chain(&error)),
    }
    if !has_account_keys(client).await {
        return Err("it is the account's, but the account's keys are not stored under it".to_owned());
    }
    // A backup that this device began is not known to the recovery key yet.
    if encryption.backups().are_enabled().await {
        let exported = async { encryption.secret_storage().open_secret_store(key).await?.export_secrets().await };
        if let Err(error) = exported.await {
            tracing::warn!(error = chain(&error), "the key of the backup could not be stored under the recovery key");
        }
    }
    Ok(())
}

/// Makes new keys for the account, which are here alone, and signs the device with them; the backup and the recovery key of before are
/// given up then, not earlier. Gives what was done, as a sentence. Has to be followed by [`settle`], whatever comes of it.
///
/// # Errors
/// [`FaceError::Token`] when the server does not accept the password: the account's keys are those of before then. [`FaceError::Failed`]
/// when something else came in between, [`FaceError::State`] when a file cannot be removed: it can be done again.
pub(super) async fn renew(client: &Client, dir: &Path, password: &Secret) -> Result<String, FaceError> {
    let encryption = client.encryption();
    encryption.wait_for_e2ee_initialization_tasks().await;
    upload_new_keys(client, password).await?;
    let file = recovery_file(dir);
    match std::fs::remove_file(&file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(FaceError::State(format!("{} is of the keys before and cannot be removed: {error}", file.display())));
        }
        _ => {}
    }
    let unfinished = |reason: String| FaceError::Failed(format!("the account has new keys, but {reason}; run it again"));
    encryption.backups().disable_and_delete().await.map_err(|error| unfinished(format!("its old backup stays: {}", chain(&error))))?;
    let written = kept(encryption.recovery().enable().await, &file).map_err(unfinished)?;
    Ok(format!("new keys were made for the account, and whoever verified the old ones is told by their app; {written}"))
}

/// Has the server take new keys for the account.
async fn upload_new_keys(client: &Client, password: &Secret) -> Result<(), FaceError> {
    let failed = |error: matrix_sdk::Error| {
        let refused = error.as_uiaa_response().and_then(|info| info.auth_error.as_ref());
        match refused {
            Some(refused) => FaceError::Token(format!("the server does not accept MATRIX_PASSWORD for new keys: {}", refused.message)),
            None => FaceError::Failed(format!("the server does not take new keys: {}", Failure::from(error))),
        }
    };
    let Some(asked) = client.encryption().reset_cross_signing().await.map_err(failed)? else { return Ok(()) };
    let proof = match asked.auth_type() {
        CrossSigningResetAuthType::Uiaa(info) => client.user_id().map(|user| proof(user.as_str(), password, info)),
        CrossSigningResetAuthType::OAuth(info) => {
            tracing::warn!(address = %info.approval_url, "within two minutes, approve the new keys in a browser at this address");
            let mut proof = OAuth::new();
            proof.session.clone_from(&info.session);
            Some(AuthData::OAuth(proof))
        }
    };
    asked.auth(proof).await.map_err(failed)
}

fn proof(user: &str, password: &Secret, asked: &UiaaInfo) -> AuthData {
    let user = UserIdentifier::Matrix(MatrixUserIdentifier::new(user.to_owned()));
    let mut proof = Password::new(user, password.reveal().to_owned());
    proof.session.clone_from(&asked.session);
    AuthData::Password(proof)
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
