//! A copy of the database while it is in use, checked before it is called one.

use super::{Store, StoreError, connection};
use rusqlite::Connection;
use rusqlite::backup::Backup;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied at a time; the source is free between two steps.
const PAGES_PER_STEP: i32 = 1024;
/// Pause between two steps, so that a backup does not keep the disk from the bot.
const PAUSE: Duration = Duration::from_millis(2);

/// What a backup wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupReport {
    /// Size of the copy in bytes.
    pub bytes: u64,
    /// Statements in the copy.
    pub statements: u64,
}

impl Store {
    /// Copies the database to `target` while others read and write, checks the copy, and only then gives it its name.
    /// A file that is there already is replaced when the copy is whole, and stays as it is when it is not.
    ///
    /// # Errors
    /// [`StoreError::Open`] or [`StoreError::NotWritable`] for the target, [`StoreError::DiskFull`], [`StoreError::BadCopy`],
    /// [`StoreError::CopyOntoDatabase`].
    pub fn backup_to(&self, target: &Path) -> Result<BackupReport, StoreError> {
        let partial = beside(target, ".partial");
        if self.is_in_use(target) {
            return Err(StoreError::CopyOntoDatabase { path: target.to_owned() });
        }
        let report = self.copy_and_check(&partial);
        if report.is_err() {
            remove_quietly(&partial);
        }
        let report = report?;
        std::fs::rename(&partial, target).map_err(|error| {
            remove_quietly(&partial);
            StoreError::Open { path: target.to_owned(), reason: error.to_string() }
        })?;
        Ok(report)
    }

    /// Tells whether the file is this database, or one with a log beside it: that log would be taken for the copy's.
    fn is_in_use(&self, target: &Path) -> bool {
        let own = self.path().and_then(|path| path.canonicalize().ok());
        let is_own = own.is_some() && own == target.canonicalize().ok();
        is_own || beside(target, "-wal").exists()
    }

    fn copy_and_check(&self, partial: &Path) -> Result<BackupReport, StoreError> {
        remove_quietly(partial);
        let named = |error| StoreError::of(error, partial);
        let mut copy = Connection::open(partial).map_err(named)?;
        self.read(|source| {
            let backup = Backup::new(source, &mut copy)?;
            backup.run_to_completion(PAGES_PER_STEP, PAUSE, None).map_err(named)
        })?;
        // One file, without a log beside it: a copy that can be moved.
        copy.pragma_update(None, "journal_mode", "delete").map_err(named)?;
        connection::quick_check(&copy, partial).map_err(|error| match error {
            StoreError::Damaged { path, detail } => StoreError::BadCopy { path, detail },
            other => other,
        })?;
        let statements: i64 = copy.query_row("SELECT count(*) FROM statements", [], |row| row.get(0)).map_err(named)?;
        drop(copy);
        let bytes = std::fs::metadata(partial).map_err(|error| StoreError::Io { reason: error.to_string() })?.len();
        Ok(BackupReport { bytes, statements: super::values::count(statements) })
    }
}

/// Gives the path of a file with this ending added to its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(|| OsString::from("backup"), OsString::from);
    name.push(ending);
    path.with_file_name(name)
}

/// Removes a half-written copy; one that is not there, or cannot be removed, changes nothing.
fn remove_quietly(path: &Path) {
    let _ = std::fs::remove_file(path);
}
