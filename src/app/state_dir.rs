//! The state directory: made when missing, and held by one process at a time.

use super::AppError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// A state directory that this process holds until the value is dropped.
#[derive(Debug)]
pub struct StateDir {
    _lock: File,
}

impl StateDir {
    /// Makes the directory when it is missing and locks it.
    ///
    /// # Errors
    /// [`AppError::State`] when it cannot be made or written, or when another process holds it.
    pub fn hold(path: &Path) -> Result<Self, AppError> {
        Self::hold_for(path, "lock")
    }

    /// Makes the directory when it is missing and locks it for one kind of work, by the name of its lock file.
    ///
    /// # Errors
    /// As [`StateDir::hold`].
    pub fn hold_for(path: &Path, lock_file: &str) -> Result<Self, AppError> {
        let failed = |what: &Path, error: std::io::Error| AppError::State {
            path: what.display().to_string(),
            reason: error.to_string(),
            hint: "give the user that runs the bot write permission there, or set state_dir in the configuration",
        };
        std::fs::create_dir_all(path).map_err(|error| failed(path, error))?;
        let lock_path = path.join(lock_file);
        let lock = File::options().create(true).truncate(false).write(true).open(&lock_path).map_err(|error| failed(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(AppError::State {
                path: path.display().to_string(),
                reason: "another stancebot uses it".to_owned(),
                hint: "stop that one first, or set another state_dir in the configuration",
            }),
            Err(TryLockError::Error(error)) => Err(failed(&lock_path, error)),
        }
    }
}

/// Gives the database's path below a state directory that need not be held.
pub fn database_path(state_dir: &Path) -> PathBuf {
    state_dir.join("stancebot.db")
}
