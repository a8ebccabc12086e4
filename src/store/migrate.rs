//! Brings the schema of a file up to date, one numbered file of `migrations/` after the other.
//!
//! The version is `PRAGMA user_version`. A migration is never edited after a release: a change is a new file. Each runs in a
//! transaction of its own together with its new version, so a crash leaves the file at a whole version.

use super::StoreError;
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

/// The migrations, in order; the first makes version 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/001_start.sql"),
    include_str!("migrations/002_deeds.sql"),
    include_str!("migrations/003_corrections.sql"),
    include_str!("migrations/004_positions.sql"),
    include_str!("migrations/005_discord.sql"),
    include_str!("migrations/006_bounded.sql"),
    include_str!("migrations/007_matrix.sql"),
    include_str!("migrations/008_once.sql"),
];

/// The schema version that this program writes.
const CURRENT: i64 = MIGRATIONS.len() as i64;

/// Reads the schema version; 0 for an empty file.
pub(super) fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// Refuses a file that a newer program has written.
pub(super) fn refuse_newer(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| StoreError::of(error, path))?;
    if found > CURRENT { Err(StoreError::NewerSchema { path: path.to_owned(), found, known: CURRENT }) } else { Ok(()) }
}

/// Refuses a file whose version is not the current one, for use without the right to change it.
pub(super) fn require_current(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    refuse_newer(connection, path)?;
    let found = version(connection)?;
    if found < CURRENT { Err(StoreError::OlderSchema { path: path.to_owned(), found, known: CURRENT }) } else { Ok(()) }
}

/// Runs the migrations that the file lacks.
pub(super) fn run(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    refuse_newer(connection, path)?;
    for (number, sql) in (1_i64..).zip(MIGRATIONS) {
        let named = |error| StoreError::of(error, path);
        // The version is read inside the transaction: two programs may start at the same time.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(named)?;
        if version(&transaction)? < number {
            transaction.execute_batch(sql).map_err(named)?;
            transaction.pragma_update(None, "user_version", number).map_err(named)?;
            transaction.commit().map_err(named)?;
        }
    }
    Ok(())
}
