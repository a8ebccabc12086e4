//! Logging in once and coming back: the session file, the library's store beside it, and what to do when the two do not fit.
//!
//! Session and store belong together: a store holds the keys of one device. So a new log-in always begins with an empty store; the old
//! one is put aside, and the recovery key makes the new device a known one ([`super::keys`]). Until a log-in has come to its end its store
//! is marked, and what was put aside stays.

use super::failure::{Failure, chain};
use super::handover;
use super::options::MatrixOptions;
use super::rest::Rest;
use crate::chat::{FaceError, Secret};
use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::encryption::{BackupDownloadStrategy, EncryptionSettings};
use matrix_sdk::ruma::{DeviceId, ServerName, UserId};
use matrix_sdk::store::{StateStoreDataKey, StateStoreDataValue};
use matrix_sdk::{Client, SessionMeta, SessionTokens};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Longest wait for an answer of the server, the time for which it may hold a question for news not counted.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Tries of one request; what goes on longer is seen by whoever asked.
const TRIES_MAX: usize = 3;
/// The name under which the device is shown to people.
const DEVICE_NAME: &str = "stancebot";

/// The session as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Saved {
    pub(super) homeserver: String,
    pub(super) user_id: String,
    pub(super) device_id: String,
    access_token: String,
}

impl Saved {
    /// Reads the session of a directory; none when nobody is logged in.
    ///
    /// # Errors
    /// A sentence when there is a file that cannot be used.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, String> {
        let path = session_file(dir);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        let saved = serde_json::from_slice(&bytes);
        saved.map(Some).map_err(|error| format!("{} is no session ({error}); log in anew: stancebot matrix login", path.display()))
    }

    fn write(&self, dir: &Path) -> Result<(), FaceError> {
        let json = serde_json::to_vec_pretty(self).map_err(|error| FaceError::Failed(error.to_string()))?;
        write_private(&session_file(dir), &json).map_err(FaceError::State)
    }

    /// Gives the access token.
    pub(super) fn token(&self) -> Secret {
        Secret::new(&self.access_token)
    }

    fn session(&self) -> Result<MatrixSession, FaceError> {
        let user_id = UserId::parse(&self.user_id).map_err(|_| FaceError::Session(damaged("the user", &self.user_id)))?;
        let tokens = SessionTokens { access_token: self.access_token.clone(), refresh_token: None };
        Ok(MatrixSession { meta: SessionMeta { user_id, device_id: <&DeviceId>::from(self.device_id.as_str()).to_owned() }, tokens })
    }
}

fn damaged(what: &str, found: &str) -> String {
    format!("the session is damaged: {what} is \u{201c}{found}\u{201d}; log in anew: stancebot matrix login")
}

/// Gives where the session is kept.
pub(super) fn session_file(dir: &Path) -> PathBuf {
    dir.join("session.json")
}

/// Gives where the library keeps its state and its keys.
pub(super) fn store_dir(dir: &Path) -> PathBuf {
    dir.join("store")
}

/// Gives where the store of the device before is put.
pub(super) fn store_put_aside(dir: &Path) -> PathBuf {
    dir.join("store.old")
}

/// Gives what marks a store whose log-in has not come to its end: it holds nothing yet that has to be kept.
fn unfinished_mark(dir: &Path) -> PathBuf {
    store_dir(dir).join("unfinished")
}

/// Writes a file that only the bot's own user may read, whole or not at all.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let aside = path.with_extension("new");
    let _ = std::fs::remove_file(&aside);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&aside, path).map_err(failed)
}

/// Makes the directory of session and keys where there is none, and takes from others what they may do there: it, the session or the
/// recovery key may have been put there by hand.
///
/// # Errors
/// A sentence that names the directory.
pub(super) fn prepare_dir(dir: &Path) -> Result<(), String> {
    make_private_dir(dir)?;
    #[cfg(unix)]
    for (path, mode) in [(dir.to_owned(), 0o700), (session_file(dir), 0o600), (super::keys::recovery_file(dir), 0o600)] {
        close_to_others(&path, mode);
    }
    Ok(())
}

/// Sets a mode where others than the owner may do anything; where that cannot be done, the bot goes on and says so.
#[cfg(unix)]
fn close_to_others(path: &Path, mode: u32) {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let is_open = || std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o077 != 0);
    if !is_open() {
        return;
    }
    let reason = std::fs::set_permissions(path, Permissions::from_mode(mode)).err().map(|error| error.to_string());
    // some file systems take a mode and keep their own
    if reason.is_some() || is_open() {
        let reason = reason.unwrap_or_else(|| "the file system keeps no modes".to_owned());
        let path = path.display();
        tracing::warn!(%path, reason, "other users of this machine can get at the keys of Matrix: the mode cannot be changed");
    }
}

/// Makes a directory that only the bot's own user may enter; one that is there stays as it is.
///
/// # Errors
/// A sentence that names the directory.
fn make_private_dir(dir: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be made: {error}", dir.display());
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(failed)
}

/// Why there is no session.
#[derive(Debug)]
pub(super) enum NoSession {
    /// The server cannot be reached, or asks to wait; it may later.
    Later(Failure),
    /// It will not work until somebody changes something.
    Final(FaceError),
}

impl From<FaceError> for NoSession {
    fn from(error: FaceError) -> Self {
        Self::Final(error)
    }
}

/// Makes a client without a session, with a store in a directory or, without one, in memory.
pub(super) async fn client(homeserver: &str, options: &MatrixOptions, store: Option<&Path>) -> Result<Client, NoSession> {
    let mut builder = Client::builder()
        .request_config(RequestConfig::new().timeout(REQUEST_TIMEOUT).retry_limit(TRIES_MAX))
        .user_agent(concat!("stancebot/", env!("CARGO_PKG_VERSION")))
        // The address is the operator's choice; what a log-in says of another one is not followed.
        .respect_login_well_known(false)
        .with_encryption_settings(EncryptionSettings {
            auto_enable_cross_signing: true,
            auto_enable_backups: true,
            backup_download_strategy: BackupDownloadStrategy::AfterDecryptionFailure,
        });
    if options.cross_signed_only {
        let sender_device_trust_requirement = matrix_sdk_base::crypto::TrustRequirement::CrossSigned;
        builder = builder.with_decryption_settings(matrix_sdk_base::crypto::DecryptionSettings { sender_device_trust_requirement });
    }
    builder = match store {
        Some(path) => builder.sqlite_store(path, None),
        None => builder,
    };
    builder = if homeserver.starts_with("http://") || homeserver.starts_with("https://") {
        builder.homeserver_url(homeserver)
    } else {
        let name = ServerName::parse(homeserver).map_err(|error| FaceError::Failed(format!("homeserver {homeserver}: {error}")))?;
        builder.server_name(&name)
    };
    builder.build().await.map_err(|error| match &error {
        matrix_sdk::ClientBuildError::SqliteStore(_) => NoSession::Final(FaceError::State(format!(
            "the store of Matrix in {} cannot be opened: {}; if it is damaged, log in anew: stancebot matrix login",
            options.dir.display(),
            chain(&error)
        ))),
        _ => NoSession::Later(Failure::Unclear { reason: chain(&error) }),
    })
}

/// Comes back with the session that is kept, or logs in where there is none; `since` gives the place from which the stream is read.
pub(super) async fn open(
    options: &MatrixOptions,
    since: impl FnOnce(&Saved) -> Result<Option<String>, String>,
) -> Result<Client, NoSession> {
    prepare_dir(&options.dir).map_err(FaceError::State)?;
    match Saved::read(&options.dir).map_err(FaceError::Session)? {
        Some(saved) => {
            let place = since(&saved).map_err(FaceError::State)?;
            restore(options, &saved, place).await
        }
        None => log_in(options).await,
    }
}

async fn restore(options: &MatrixOptions, saved: &Saved, since: Option<String>) -> Result<Client, NoSession> {
    if let Some(wanted) = &options.user
        && wanted.starts_with('@')
        && *wanted != saved.user_id
    {
        let text = format!(
            "the session is of {}, the configuration names {wanted}; to change the account: stancebot matrix logout, then log in anew",
            saved.user_id
        );
        return Err(FaceError::Session(text).into());
    }
    let store = store_dir(&options.dir);
    if !store.is_dir() {
        let text = "there is a session, but its keys are gone; log in anew: stancebot matrix login".to_owned();
        return Err(FaceError::Session(text).into());
    }
    let client = client(&saved.homeserver, options, Some(&store)).await?;
    // The library drops an answer whose end it has stored already: it has to be put back to where the bot really is.
    let rewound = match since {
        Some(token) => client.state_store().set_kv_data(StateStoreDataKey::SyncToken, StateStoreDataValue::SyncToken(token)).await,
        None => client.state_store().remove_kv_data(StateStoreDataKey::SyncToken).await,
    };
    rewound.map_err(|error| FaceError::State(format!("the store of Matrix cannot be written: {}", chain(&error))))?;
    client.restore_session(saved.session()?).await.map_err(|error| {
        let text = format!("the session does not fit its keys: {}; log in anew: stancebot matrix login", chain(&error));
        NoSession::Final(FaceError::Session(text))
    })?;
    finish(&client, &options.dir).await?;
    Ok(client)
}

/// Logs in with token or password, into an empty store.
pub(super) async fn log_in(options: &MatrixOptions) -> Result<Client, NoSession> {
    if options.token.is_none() && options.password.is_none() {
        let text = "nobody is logged in, and there is neither a token nor a password: set MATRIX_PASSWORD or MATRIX_TOKEN, or \
                    MATRIX_PASSWORD_FILE or MATRIX_TOKEN_FILE to a file that holds it";
        return Err(FaceError::Token(text.to_owned()).into());
    }
    put_aside(&options.dir).map_err(FaceError::State)?;
    begin_store(&options.dir).map_err(FaceError::State)?;
    let client = client(&options.homeserver, options, Some(&store_dir(&options.dir))).await?;
    let homeserver = client.homeserver().to_string().trim_end_matches('/').to_owned();
    match (&options.token, &options.password) {
        (Some(token), _) => {
            let who = Rest::new(&homeserver, Some(token.clone())).map_err(FaceError::Failed)?.who_am_i().await.map_err(not_logged_in)?;
            let device_id = who.device.ok_or_else(|| {
                FaceError::Token("the token belongs to no device, so it cannot encrypt; use one that a log-in gave".to_owned())
            })?;
            let saved = Saved { homeserver, user_id: who.user, device_id, access_token: token.reveal().to_owned() };
            client.restore_session(saved.session()?).await.map_err(|error| NoSession::Later(error.into()))?;
            saved.write(&options.dir)?;
        }
        (None, Some(password)) => {
            let user = options.user.as_deref().unwrap_or_default();
            let login = client.matrix_auth().login_username(user, password.reveal()).initial_device_display_name(DEVICE_NAME);
            login.send().await.map_err(|error| not_logged_in(error.into()))?;
            let session = client.matrix_auth().session();
            let session = session.ok_or_else(|| FaceError::Failed("the server accepted the log-in and gave no session".to_owned()))?;
            let MatrixSession { meta, tokens } = session;
            let saved = Saved {
                homeserver,
                user_id: meta.user_id.to_string(),
                device_id: meta.device_id.to_string(),
                access_token: tokens.access_token,
            };
            saved.write(&options.dir)?;
        }
        (None, None) => {}
    }
    finish(&client, &options.dir).await?;
    Ok(client)
}

/// Makes the store of a log-in that begins, with its mark.
///
/// # Errors
/// A sentence that names the file.
fn begin_store(dir: &Path) -> Result<(), String> {
    make_private_dir(&store_dir(dir))?;
    write_private(&unfinished_mark(dir), b"")
}

/// Brings a log-in to its end: the keys of the device before are taken over. Nothing where that was done; a process that ended in between
/// is made up for at the next start.
async fn finish(client: &Client, dir: &Path) -> Result<(), FaceError> {
    let mark = unfinished_mark(dir);
    if !mark.exists() {
        return Ok(());
    }
    handover::take_over(client, dir).await;
    std::fs::remove_file(&mark).map_err(|error| FaceError::State(format!("{} cannot be removed: {error}", mark.display())))
}

fn not_logged_in(failure: Failure) -> NoSession {
    if failure.is_passing() {
        return NoSession::Later(failure);
    }
    NoSession::Final(FaceError::Token(format!(
        "the server does not accept the log-in: {failure}; check user and MATRIX_PASSWORD, or MATRIX_TOKEN, and the homeserver in the configuration"
    )))
}

/// Moves session and store out of the way; what was put aside before is removed. The recovery key stays. The store of a log-in that did not
/// come to its end is removed instead, so that tries that fail cost no keys.
///
/// # Errors
/// A sentence that names the file.
pub(super) fn put_aside(dir: &Path) -> Result<(), String> {
    let store = store_dir(dir);
    let failed = |error: std::io::Error| format!("{} cannot be put aside: {error}", store.display());
    if unfinished_mark(dir).exists() {
        std::fs::remove_dir_all(&store).map_err(failed)?;
    } else if store.exists() {
        let aside = store_put_aside(dir);
        match std::fs::remove_dir_all(&aside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
            _ => std::fs::rename(&store, &aside).map_err(failed)?,
        }
    }
    match std::fs::remove_file(session_file(dir)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {error}", session_file(dir).display()))
        }
        _ => Ok(()),
    }
}

/// Says that the server ended the session.
pub(super) fn ended() -> FaceError {
    let words = "the server does not know the session any more: somebody logged the bot out, or removed its device; log in anew with \
                 stancebot matrix login (MATRIX_PASSWORD or MATRIX_TOKEN set)";
    FaceError::Session(words.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn secrets_are_written_whole_and_for_the_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("matrix");
        make_private_dir(&dir).unwrap();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        let saved = Saved { homeserver: "h".into(), user_id: "@a:b".into(), device_id: "D".into(), access_token: "t".into() };
        for _ in 0..2 {
            saved.write(&dir).unwrap();
            assert_eq!(std::fs::metadata(session_file(&dir)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(Saved::read(&dir).unwrap().unwrap().user_id, "@a:b");
        std::fs::write(session_file(&dir), "{}").unwrap();
        assert!(Saved::read(&dir).unwrap_err().contains("matrix login"));
    }

    #[test]
    fn the_old_store_is_put_aside_and_the_recovery_key_stays() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path();
        put_aside(dir).unwrap();
        for round in ["first", "second"] {
            std::fs::create_dir(store_dir(dir)).unwrap();
            std::fs::write(store_dir(dir).join("keys"), round).unwrap();
            std::fs::write(session_file(dir), "{}").unwrap();
            std::fs::write(dir.join("recovery_key"), "key").unwrap();
            put_aside(dir).unwrap();
            assert!(!store_dir(dir).exists() && !session_file(dir).exists() && dir.join("recovery_key").exists());
            assert_eq!(std::fs::read_to_string(dir.join("store.old/keys")).unwrap(), round);
        }
    }

    #[test]
    fn log_ins_that_fail_leave_what_was_put_aside() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path();
        std::fs::create_dir(store_dir(dir)).unwrap();
        std::fs::write(store_dir(dir).join("keys"), "of the device before").unwrap();
        for _ in 0..3 {
            put_aside(dir).unwrap();
            begin_store(dir).unwrap();
            std::fs::write(store_dir(dir).join("keys"), "of no device").unwrap();
        }
        assert_eq!(std::fs::read_to_string(dir.join("store.old/keys")).unwrap(), "of the device before");
        std::fs::remove_file(unfinished_mark(dir)).unwrap();
        put_aside(dir).unwrap();
        assert_eq!(std::fs::read_to_string(dir.join("store.old/keys")).unwrap(), "of no device");
    }

    #[cfg(unix)]
    #[test]
    fn what_was_put_there_by_hand_is_closed_to_others() {
        use super::super::keys::recovery_file;
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("matrix");
        std::fs::create_dir(&dir).unwrap();
        std::fs::write(recovery_file(&dir), "key").unwrap();
        std::fs::write(session_file(&dir), "{}").unwrap();
        for (path, wide) in [(dir.clone(), 0o755), (recovery_file(&dir), 0o644), (session_file(&dir), 0o640)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(wide)).unwrap();
        }
        prepare_dir(&dir).unwrap();
        assert_eq!([mode(&dir), mode(&recovery_file(&dir)), mode(&session_file(&dir))], [0o700, 0o600, 0o600]);
        // what is narrower than it has to be stays so
        std::fs::set_permissions(recovery_file(&dir), std::fs::Permissions::from_mode(0o400)).unwrap();
        prepare_dir(&dir).unwrap();
        assert_eq!(mode(&recovery_file(&dir)), 0o400);
    }
}
