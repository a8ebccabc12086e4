//! What is done for the account once, from the command line: log in, bring the keys in order, log out. The bot must not run meanwhile,
//! because its store is one process's.

use super::keys::{self, MissingKey, Standing};
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
    hear(&client).await?;
    Ok(settled(&client, options, (was_logged_in, MissingKey::Left)).await)
}

/// Brings the keys in order, with a recovery key from a file where one is given; one that is not kept here any more is made anew.
///
/// # Errors
/// [`FaceError`] when nobody is logged in, the file cannot be read, its key does not work, or the server cannot be reached.
pub async fn verify(options: &MatrixOptions, key_file: Option<&Path>) -> Result<Account, FaceError> {
    let client = come_back(options).await?;
    if let Some(path) = key_file {
        let key =
            std::fs::read_to_string(path).map_err(|error| FaceError::Failed(format!("{} cannot be read: {error}", path.display())))?;
        keys::recover(&client, &options.dir, (key.trim(), path)).await?;
    }
    Ok(settled(&client, options, (true, MissingKey::MadeAnew)).await)
}

impl Account {
    /// Gives the account new keys, which this device alone has, whatever keys it had; whoever verified those is told by their app, and
    /// what was encrypted for the old backup cannot be read from there any more.
    ///
    /// # Errors
    /// [`FaceError`] when nobody is logged in, there is no password, or the server does not take it or cannot be reached.
    pub async fn with_new_keys(options: &MatrixOptions) -> Result<Self, FaceError> {
        let password = options.password.as_ref().ok_or_else(|| {
            let words = "the server wants the account's password for new keys: set MATRIX_PASSWORD, or MATRIX_PASSWORD_FILE to a file that \
                         holds it";
            FaceError::Token(words.to_owned())
        })?;
        let client = come_back(options).await?;
        let renewed = keys::renew(&client, &options.dir, password).await;
        // also after a failure: what the try left behind here is put right
        let mut account = settled(&client, options, (true, MissingKey::Left)).await;
        account.standing.remarks.insert(0, renewed?);
        Ok(account)
    }
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

/// Comes back with the session that is kept, and hears how things stand.
async fn come_back(options: &MatrixOptions) -> Result<Client, FaceError> {
    super::provide_crypto();
    if Saved::read(&options.dir).map_err(FaceError::Session)?.is_none() {
        return Err(FaceError::Session("nobody is logged in; first: stancebot matrix login".to_owned()));
    }
    let client = session::open(options, |_| Ok(None)).await.map_err(now_or_never)?;
    hear(&client).await?;
    Ok(client)
}

/// Asks the server once how things stand.
async fn hear(client: &Client) -> Result<(), FaceError> {
    let settings = SyncSettings::new().token(matrix_sdk::config::SyncToken::NoToken).timeout(Duration::ZERO);
    client.sync_once(settings).await.map(|_| ()).map_err(|error| {
        let failure = super::failure::Failure::from(error);
        if failure.is_ended_session() { session::ended() } else { FaceError::Failed(format!("Matrix cannot be reached: {failure}")) }
    })
}

/// Brings the keys in order.
async fn settled(client: &Client, options: &MatrixOptions, (was_logged_in, missing): (bool, MissingKey)) -> Account {
    let standing = keys::settle(client, &options.dir, missing).await;
    Account { user: client.user_id().map(ToString::to_string).unwrap_or_default(), was_logged_in, standing }
}

fn now_or_never(error: NoSession) -> FaceError {
    match error {
        NoSession::Final(error) => error,
        NoSession::Later(failure) => FaceError::Failed(format!("Matrix cannot be reached: {failure}")),
    }
}
