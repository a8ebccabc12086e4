//! Opening the file, and one connection that writes beside a few that read.
//!
//! SQLite allows one writer at a time, so one connection writes and waits are made here, where they can be bounded, not in
//! SQLite. Readers see the last committed state and never wait for the writer (write-ahead log). An in-memory store has one
//! connection for everything, since a second one would see another database.

use super::{StoreError, migrate};
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for a connection that reads: short enough that a chat answer is still awaited.
const READ_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for the one that writes, and for a lock of another process: re-reading switches tens of thousands of statements in one
/// transaction, and what a feed brought in the meantime has to wait, not to fail. Shorter than a heartbeat may be old.
pub(super) const WRITE_WAIT: Duration = Duration::from_secs(90);
/// Most reading connections: each costs about 2 MB of page cache, and more than a few never run at once on a small machine.
const READERS_MAX: usize = 8;
/// Prepared statements kept per connection: more than this module has.
const PREPARED_MAX: usize = 128;
/// Page cache of each connection in KiB (2 MiB, SQLite's own default, said here because memory at rest is a promise).
const CACHE_KIB: i64 = 2048;
/// The write-ahead log is cut back to this size after a checkpoint, so that a burst does not keep its disk space.
const LOG_BYTES_MAX: i64 = 16 * 1024 * 1024;

/// What a commit survives.
///
/// Both survive the end of the process at any moment, `kill -9` included: the log is written before the call returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// Loss of power as well (`synchronous = FULL`, one sync of the log per commit). The default, because an alert shows a
    /// statement's id: were the commit lost after it was posted, the id would be given to another statement.
    #[default]
    PowerLoss,
    /// The end of the process only (`synchronous = NORMAL`); a loss of power may take the last transactions, never the order of
    /// those before. For filling a database from an archive, which can be repeated.
    ProcessEnd,
}

/// What the store will be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenMode {
    /// Reads and writes; the file is made and migrated when needed.
    #[default]
    ReadWrite,
    /// Reads and writes beside a running bot; the file must be there with the schema version of this program.
    Beside,
    /// Reads only, beside a running bot; the file must be there with the schema version of this program.
    ReadOnly,
}

/// Whether the file is checked before use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StartCheck {
    /// `PRAGMA quick_check`: reads the whole file once.
    #[default]
    Quick,
    /// No check, for short-lived looks at a file that a running bot has checked.
    Skip,
}

/// How to open a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOptions {
    /// What it will be used for.
    pub mode: OpenMode,
    /// Whether the file is checked first.
    pub check: StartCheck,
    /// What a commit survives.
    pub durability: Durability,
    /// Connections that read, 1 to 8.
    pub readers: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { mode: OpenMode::default(), check: StartCheck::default(), durability: Durability::default(), readers: 3 }
    }
}

/// The database; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: Option<PathBuf>,
    // Closed before the writer, so that the writer is the last to close and moves the log into the file.
    readers: Option<Pool>,
    writer: Option<Pool>,
}

impl Store {
    /// Opens the file at `path`: checks it, brings its schema up to date, and keeps the connections.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::NotWritable`], [`StoreError::NotADatabase`], [`StoreError::Damaged`],
    /// [`StoreError::NewerSchema`], [`StoreError::OlderSchema`] (reading only), [`StoreError::DiskFull`], [`StoreError::Busy`].
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, StoreError> {
        let (writer, check) = match options.mode {
            OpenMode::ReadWrite => {
                let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
                prepare_writer(&mut connection, path, options)?;
                (Some(Pool::new(vec![connection], WRITE_WAIT)), StartCheck::Skip)
            }
            OpenMode::Beside => {
                let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
                migrate::require_current(&connection, path)?;
                set_durability(&connection, options.durability).map_err(|error| StoreError::of(error, path))?;
                (Some(Pool::new(vec![connection], WRITE_WAIT)), StartCheck::Skip)
            }
            OpenMode::ReadOnly => (None, options.check),
        };
        let mut readers = Vec::new();
        for _ in 0..options.readers.clamp(1, READERS_MAX) {
            readers.push(connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
        }
        if let (OpenMode::ReadOnly, Some(reader)) = (options.mode, readers.first()) {
            migrate::require_current(reader, path)?;
            if check == StartCheck::Quick {
                quick_check(reader, path)?;
            }
        }
        Ok(Self { inner: Arc::new(Inner { path: Some(path.to_owned()), writer, readers: Some(Pool::new(readers, READ_WAIT)) }) })
    }

    /// Makes an empty store in memory, for tests and for commands that keep nothing.
    ///
    /// # Errors
    /// [`StoreError::Sql`] when SQLite fails.
    pub fn open_in_memory() -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        pragmas(&connection)?;
        migrate::run(&mut connection, Path::new(":memory:"))?;
        Ok(Self { inner: Arc::new(Inner { path: None, writer: Some(Pool::new(vec![connection], WRITE_WAIT)), readers: None }) })
    }

    /// Gives the file, or none for a store in memory.
    pub fn path(&self) -> Option<&Path> {
        self.inner.path.as_deref()
    }

    /// Gives the schema version of the open database.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub fn schema_version(&self) -> Result<i64, StoreError> {
        self.read(migrate::version)
    }

    /// Runs `work` on a reading connection. Do not call the store from inside `work`.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pool = self.inner.readers.as_ref().or(self.inner.writer.as_ref()).ok_or(StoreError::ReadOnly)?;
        let connection = pool.take()?;
        work(&connection).map_err(|error| self.at_path(error))
    }

    /// Runs `work` in a transaction that is committed when it succeeds and taken back when it fails or panics.
    /// Do not call the store from inside `work`.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pool = self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        let mut connection = pool.take()?;
        let attempt = |connection: &mut Connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        attempt(&mut connection).map_err(|error| self.at_path(error))
    }

    /// Runs `work` on the writing connection outside of a transaction, for what SQLite does in none. Do not call the store from inside.
    pub(super) fn alone<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let pool = self.inner.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        let connection = pool.take()?;
        work(&connection).map_err(|error| self.at_path(error))
    }

    /// Names the file in an error that was made where it is not known.
    fn at_path(&self, error: StoreError) -> StoreError {
        let Some(own) = self.path() else { return error };
        match error {
            StoreError::NotWritable { .. } => StoreError::NotWritable { path: own.to_owned() },
            StoreError::NotADatabase { .. } => StoreError::NotADatabase { path: own.to_owned() },
            StoreError::Damaged { detail, .. } => StoreError::Damaged { path: own.to_owned(), detail },
            StoreError::Open { reason, .. } => StoreError::Open { path: own.to_owned(), reason },
            other => other,
        }
    }
}

/// Opens one connection with the settings that all have.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(|error| StoreError::of(error, path))?;
    pragmas(&connection).map_err(|error| StoreError::of(error, path))?;
    Ok(connection)
}

/// Sets what every connection needs.
fn pragmas(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(WRITE_WAIT)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Checks and migrates the file and switches it to the write-ahead log.
fn prepare_writer(connection: &mut Connection, path: &Path, options: &OpenOptions) -> Result<(), StoreError> {
    let named = |error| StoreError::of(error, path);
    if connection.is_readonly(rusqlite::MAIN_DB).map_err(named)? {
        return Err(StoreError::NotWritable { path: path.to_owned() });
    }
    migrate::refuse_newer(connection, path)?;
    if options.check == StartCheck::Quick {
        quick_check(connection, path)?;
    }
    connection.pragma_update(None, "journal_mode", "wal").map_err(named)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX).map_err(named)?;
    set_durability(connection, options.durability).map_err(named)?;
    migrate::run(connection, path)
}

fn set_durability(connection: &Connection, durability: Durability) -> Result<(), rusqlite::Error> {
    let synchronous = match durability {
        Durability::PowerLoss => "full",
        Durability::ProcessEnd => "normal",
    };
    connection.pragma_update(None, "synchronous", synchronous)
}

/// Lets SQLite check the structure of the whole file.
pub(super) fn quick_check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let finding: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| StoreError::of(error, path))?;
    if finding == "ok" { Ok(()) } else { Err(StoreError::Damaged { path: path.to_owned(), detail: finding }) }
}

/// Connections that are lent one at a time.
#[derive(Debug)]
struct Pool {
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    /// Longest wait for one of them.
    wait: Duration,
}

impl Pool {
    fn new(idle: Vec<Connection>, wait: Duration) -> Self {
        Self { idle: Mutex::new(idle), returned: Condvar::new(), wait }
    }

    /// Locks the list. A panic while a connection was lent leaves the list itself whole, so a poisoned lock is taken as it is.
    fn lock(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a connection, waiting at most as long as the pool allows.
    fn take(&self) -> Result<Lent<'_>, StoreError> {
        let until = Instant::now() + self.wait;
        let mut idle = self.lock();
        loop {
            if let Some(connection) = idle.pop() {
                return Ok(Lent { pool: self, connection: Some(connection) });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::Busy { waited_secs: self.wait.as_secs() });
            }
            idle = self.returned.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// A connection that goes back to its pool when dropped.
struct Lent<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.lock().push(connection);
            self.pool.returned.notify_one();
        }
    }
}

impl Deref for Lent<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("the connection is taken out in drop only")
    }
}

impl DerefMut for Lent<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("the connection is taken out in drop only")
    }
}
