//! `stancebot backup` and `stancebot healthcheck`: looks at the database beside a running bot.

use super::AppError;
use super::state_dir::database_path;
use crate::config::Config;
use crate::store::{OpenMode, OpenOptions, StartCheck, Store};
use jiff::{SignedDuration, Timestamp};
use std::path::Path;

/// Oldest heartbeat of a bot that is well: several missed ones, as a long write may delay one.
const HEARTBEAT_AGE_MAX: SignedDuration = SignedDuration::from_secs(120);

/// Longest time in which a face may hear nothing: it counts as well while it connects anew for less than three minutes.
const FACE_AGE_MAX: SignedDuration = SignedDuration::from_secs(90);

fn look(config: &Config) -> Result<Store, AppError> {
    let options = OpenOptions { mode: OpenMode::ReadOnly, check: StartCheck::Skip, readers: 1, ..OpenOptions::default() };
    Ok(Store::open(&database_path(&config.state_dir), &options)?)
}

/// Copies the database to a new file and verifies the copy.
///
/// # Errors
/// [`AppError::Store`] when there is no database or the copy fails.
pub fn backup(config: &Config, file: &Path) -> Result<(), AppError> {
    if file.exists() {
        return Err(AppError::Failed(format!("{} exists already; name a file that does not", file.display())));
    }
    let report = look(config)?.backup_to(file)?;
    println!("Copied to {} and verified: {} bytes, {} statements.", file.display(), report.bytes, report.statements);
    Ok(())
}

/// Tells whether the bot that uses the state directory is alive: its heartbeat is recent.
///
/// # Errors
/// [`AppError::Failed`] when it is not, [`AppError::Store`] when there is no database.
pub fn healthcheck(config: &Config) -> Result<(), AppError> {
    let store = look(config)?;
    let Some(beat) = store.heartbeat()? else {
        return Err(AppError::Failed("the bot has not started yet: there is no heartbeat in the database".to_owned()));
    };
    let age = Timestamp::now().duration_since(beat);
    if age > HEARTBEAT_AGE_MAX {
        return Err(AppError::Failed(format!("the last heartbeat is {} s old; the bot is stopped or stuck", age.as_secs())));
    }
    for (name, well) in store.face_heartbeats()? {
        let silent = beat.duration_since(well);
        if silent > FACE_AGE_MAX {
            return Err(AppError::Failed(format!("{name} has been deaf for {} s; restart the bot if that lasts", silent.as_secs())));
        }
    }
    println!("well: heartbeat {} s ago", age.as_secs().max(0));
    Ok(())
}

/// Opens the database of the configuration for reading.
///
/// # Errors
/// [`AppError::Store`] when there is none.
pub(super) fn open_for_reading(config: &Config) -> Result<Store, AppError> {
    look(config)
}
