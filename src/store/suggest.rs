//! What is talked about, and the names to show for it: for values that are suggested while a command is typed.

use super::lookup::name_list;
use super::{NameRow, Store, StoreError, SubjectKind, values};
use crate::model::ActorId;
use jiff::Timestamp;
use rusqlite::params;

impl Store {
    /// Gives who spoke most since a moment (by publication), with the number of statements; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn speaker_counts(&self, since: Timestamp, limit: usize) -> Result<Vec<(ActorId, u64)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT speaker, count(*) AS n FROM statements INDEXED BY statements_lately WHERE speaker IS NOT NULL AND at >= ?1 GROUP BY speaker
                 ORDER BY n DESC, speaker LIMIT ?2",
            )?;
            let rows = query.query_map(params![values::micros(since), values::bound(limit)], |row| {
                Ok((ActorId::new(row.get::<_, String>(0)?), values::count(row.get(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Gives the shortest form of each id's name, in the order of the ids; what has no name is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn names_of(&self, ids: &[(SubjectKind, &str)]) -> Result<Vec<NameRow>, StoreError> {
        self.read(|connection| {
            let mut names = Vec::new();
            for (kind, id) in ids {
                let condition = "n.kind = ?1 AND n.id = ?2 ORDER BY length(n.folded), n.folded LIMIT 1";
                names.extend(name_list(connection, condition, params![values::plain_word(kind), id])?);
            }
            Ok(names)
        })
    }
}
