//! What is talked about, and the names to show for it: for values that are suggested while a command is typed.

use super::lookup::name_list;
use super::{NameRow, Store, StoreError, SubjectKind, values};
use crate::model::{ActorId, ChannelId};
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

    /// Gives who spoke, and what stances were about, in the newest `newest` statements that a channel was alerted to, with the number
    /// of these statements.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn alerted_counts(&self, channel: &ChannelId, newest: usize) -> Result<Vec<(SubjectKind, String, u64)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "WITH told AS (SELECT statement FROM outbox_statements WHERE platform = ?1 AND room = ?2 ORDER BY statement DESC LIMIT ?3)
                 SELECT kind, id, count(DISTINCT statement) FROM (
                     SELECT 'actor' AS kind, s.speaker AS id, t.statement FROM told t JOIN statements s ON s.id = t.statement
                     WHERE s.speaker IS NOT NULL
                     UNION ALL
                     SELECT x.target_kind, x.target, t.statement FROM told t JOIN stances x ON x.statement = t.statement
                 ) GROUP BY kind, id",
            )?;
            let mut rows = query.query(params![channel.platform, channel.room, values::bound(newest)])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                let kind = if row.get::<_, String>(0)? == "topic" { SubjectKind::Topic } else { SubjectKind::Actor };
                counts.push((kind, row.get(1)?, values::count(row.get(2)?)));
            }
            Ok(counts)
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
