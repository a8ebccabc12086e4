//! Why the store could not do it, as sentences that an operator can act on.
//!
//! Everything here is an internal error: what a user may get wrong (a full watch list, a feed that is there already) is an
//! ordinary answer of the operation, not an error.

use std::path::{Path, PathBuf};

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be opened or made.
    #[error("cannot open the database {}: {reason}; check that its folder exists and that the user running the bot may enter it", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file or its folder may not be written.
    #[error("the database {} cannot be written; give the user running the bot write permission on the file and on its folder", path.display())]
    NotWritable {
        /// The database file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is not a SQLite database; move it away or name another file", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error(
        "the database {} has schema version {found}, but this program knows versions up to {known}; run the newer program again, or restore a backup made before the upgrade",
        path.display()
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Version of the file.
        found: i64,
        /// Newest version that this program knows.
        known: i64,
    },
    /// The file must be migrated first, but was opened for reading only.
    #[error(
        "the database {} has schema version {found}, this program needs {known}; start the bot once so that it can be brought up to date",
        path.display()
    )]
    OlderSchema {
        /// The database file.
        path: PathBuf,
        /// Version of the file.
        found: i64,
        /// Version that is needed.
        known: i64,
    },
    /// SQLite finds the file damaged.
    #[error(
        "the database {} is damaged ({detail}); stop the bot, keep the file, and restore the newest backup or run `sqlite3 FILE .recover` into a new file",
        path.display()
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The first finding of the check.
        detail: String,
    },
    /// No room is left.
    #[error("the disk that holds the database is full; free some space: nothing that was stored before is lost")]
    DiskFull,
    /// Another program or task keeps the database longer than the wait allows.
    #[error("the database was busy for longer than {waited_secs} s; another program may hold it, try again")]
    Busy {
        /// How long was waited, in seconds.
        waited_secs: u64,
    },
    /// A write was asked of a store that was opened for reading.
    #[error("the database was opened for reading only")]
    ReadOnly,
    /// The disk or file system failed.
    #[error("the database file could not be read or written: {reason}")]
    Io {
        /// What the system said.
        reason: String,
    },
    /// A stored value does not have the form that this program writes.
    #[error("stored {what} cannot be understood: {reason}")]
    Data {
        /// What was read.
        what: &'static str,
        /// Why it cannot be understood.
        reason: String,
    },
    /// The file that a copy would replace is a database in use.
    #[error("{} is a database in use and is not replaced by a copy; name another file", path.display())]
    CopyOntoDatabase {
        /// The file.
        path: PathBuf,
    },
    /// A copy that was just written does not pass its check.
    #[error("the copy {} does not pass its check ({detail}); it was not kept", path.display())]
    BadCopy {
        /// The copy.
        path: PathBuf,
        /// What the check found.
        detail: String,
    },
    /// Any other failure of SQLite, which is a fault of the program.
    #[error("the database refused an operation: {0}")]
    Sql(rusqlite::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::of(error, Path::new("(in use)"))
    }
}

impl StoreError {
    /// Sorts an error of SQLite by what the operator can do about it.
    pub(super) fn of(error: rusqlite::Error, path: &Path) -> Self {
        use rusqlite::ErrorCode;
        let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Self::Sql(error) };
        let path = path.to_owned();
        let reason = message.clone().unwrap_or_else(|| failure.to_string());
        match failure.code {
            ErrorCode::CannotOpen => Self::Open { path, reason },
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::NotWritable { path },
            ErrorCode::NotADatabase => Self::NotADatabase { path },
            ErrorCode::DatabaseCorrupt => Self::Damaged { path, detail: reason },
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy { waited_secs: super::connection::WRITE_WAIT.as_secs() },
            ErrorCode::SystemIoFailure => Self::Io { reason },
            _ => Self::Sql(error),
        }
    }
}
