//! What is done for the account once, from the command line: log in, bring the keys in order, log out. The bot must not run meanwhile,
//! because its store is one process's.

use super::keys::{self, Standing, recovery_file};
use super::options::MatrixOptions;
use super::rest::Rest;
use super::session::{self, NoSession, Saved};
use crate::chat::FaceError;
use matrix_sdk::Client;
use matrix_sdk::config::SyncSettings;
use std::path::Path;
use std::time::Duration;

/// How an account stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The user.
    pub user: String,
    /// Whether the session was there before.
    pub was_logged_in: bool,
    /// The device and its keys.
    pub standing: Standing,
}

/// Logs in, or looks whether the session still holds and makes a new one where it does not.
///
/// # Errors
/// [`FaceError`] when the server does not accept the log-in or cannot be reached.
pub async fn log_in(options: &MatrixOptions) -> Result<Account, FaceError> {
    super::provide_crypto();
    let mut was_logged_in = false;
    if let Ok(Some(saved)) = Saved::read(&options.dir) {
        let rest = Rest::new(&saved.homeserver, Some(saved.token())).map_err(FaceError::Failed)?;
        match rest.who_am_i().await {
            Ok(_) => was_logged_in = session::store_dir(&options.dir).is_dir(),
            Err(failure) if failure.is_ended_session() => {}
            Err(failure) => return Err(FaceError::Failed(format!("whether the session still holds cannot be asked: {failure}"))),
        }
    }
    session::prepare_dir(&options.dir).map_err(FaceError::State)?;
    let opened = if was_logged_in { session::open(options, |_| Ok(None)).await } else { session::log_in(options).await };
    let client = opened.map_err(now_or_never)?;
    settled(&client, options, was_logged_in).await
}

/// Brings the keys in order, with a recovery key from a file where one is given.
///
/// # Errors
/// [`FaceError`] when nobody is logged in, the file cannot be read, or the server cannot be reached.
pub async fn verify(options: &MatrixOptions, key_file: Option<&Path>) -> Result<Account, FaceError> {
    super::provide_crypto();
    if Saved::read(&options.dir).map_err(FaceError::Session)?.is_none() {
        return Err(FaceError::Session("nobody is logged in; first: stancebot matrix login".to_owned()));
    }
    if let Some(path) = key_file {
        let key =
            std::fs::read_to_string(path).map_err(|error| FaceError::Failed(format!("{} cannot be read: {error}", path.display())))?;
        session::write_private(&recovery_file(&options.dir), format!("{}\n", key.trim()).as_bytes()).map_err(FaceError::State)?;
    }
    let client = session::open(options, |_| Ok(None)).await.map_err(now_or_never)?;
    settled(&client, options, true).await
}

/// Ends the session, here and at the server; the recovery key stays.
///
/// # Errors
/// [`FaceError`] when nobody is logged in or the server cannot be reached.
pub async fn log_out(options: &MatrixOptions) -> Result<String, FaceError> {
    let saved = Saved::read(&options.dir).map_err(FaceError::Session)?;
    let saved = saved.ok_or_else(|| FaceError::Session("nobody is logged in".to_owned()))?;
    let rest = Rest::new(&saved.homeserver, Some(saved.token())).map_err(FaceError::Failed)?;
    match rest.post("v3/logout", serde_json::json!({})).await {
        Ok(_) => {}
        Err(failure) if failure.is_ended_session() => {}
        Err(failure) => return Err(FaceError::Failed(format!("the server could not be told: {failure}; nothing was changed"))),
    }
    session::put_aside(&options.dir).map_err(FaceError::State)?;
    Ok(saved.user_id)
}

/// Asks the server once how things stand, and brings the keys in order.
async fn settled(client: &Client, options: &MatrixOptions, was_logged_in: bool) -> Result<Account, FaceError> {
    let settings = SyncSettings::new().token(matrix_sdk::config::SyncToken::NoToken).timeout(Duration::ZERO);
    client.sync_once(settings).await.map_err(|error| {
        let failure = super::failure::Failure::from(error);
        if failure.is_ended_session() { session::ended() } else { FaceError::Failed(format!("Matrix cannot be reached: {failure}")) }
    })?;
    let standing = keys::settle(client, &options.dir).await;
    Ok(Account { user: client.user_id().map(ToString::to_string).unwrap_or_default(), was_logged_in, standing })
}

fn now_or_never(error: NoSession) -> FaceError {
    match error {
        NoSession::Final(error) => error,
        NoSession::Later(failure) => FaceError::Failed(format!("Matrix cannot be reached: {failure}")),
    }
}
