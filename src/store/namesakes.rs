//! Everybody stored who may be somebody found in a text: the people of one full name, with what tells them apart.
//!
//! The first person found under a name has the id that `rules` proposes; others of the same name have a number behind it. Who of
//! them is meant by a text is decided by the pipeline.

use super::lookup::follow;
use super::{Store, StoreError, values};
use crate::model::{Actor, ActorId, OutletId};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// Outlets of one person that are read: whether two outlets mean one person is not told better by more.
const OUTLETS_MAX: usize = 100;

/// A person who is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesake {
    /// Who it is: found in texts, or of the data when an id leads to it.
    pub actor: Actor,
    /// Who published what they said or what stance they took.
    pub outlets: BTreeSet<OutletId>,
}

/// The people of one name, and the id for one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namesakes {
    /// Those who are stored, by id; nobody twice.
    pub people: Vec<Namesake>,
    /// An id that nobody has or ever had.
    pub free: ActorId,
}

impl Store {
    /// Gives everybody stored under the id that a text proposes for somebody found, under that id with a number, or under what
    /// these lead to.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn namesakes(&self, proposed: &ActorId) -> Result<Namesakes, StoreError> {
        self.read(|connection| {
            let ids = numbered(connection, proposed)?;
            let last = ids.iter().map(|(number, _)| *number).max();
            let free = last.map_or_else(|| proposed.clone(), |last| ActorId::new(format!("{proposed}-{}", last.saturating_add(1))));
            let mut current = BTreeSet::new();
            for (_, id) in ids {
                current.insert(follow(connection, values::ACTOR, id)?);
            }
            let mut people = Vec::new();
            for id in current {
                let mut query = connection.prepare_cached("SELECT detail FROM actors WHERE id = ?1")?;
                let detail: Option<String> = query.query_row([&id], |row| row.get(0)).optional()?;
                if let Some(detail) = detail {
                    people.push(Namesake { actor: values::from_json(&detail, "actor")?, outlets: outlets(connection, &id)? });
                }
            }
            Ok(Namesakes { people, free })
        })
    }
}

/// Gives the id itself (number 1) and those with a number behind it, as far as they have a row.
fn numbered(connection: &Connection, proposed: &ActorId) -> Result<Vec<(u32, String)>, StoreError> {
    // "." is the character behind "-": the range holds all ids that go on with a hyphen.
    let mut query = connection.prepare_cached("SELECT id FROM actors WHERE id = ?1 OR (id > ?1 || '-' AND id < ?1 || '.')")?;
    let ids = query.query_map([proposed.as_str()], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let number = |id: &str| match id.strip_prefix(proposed.as_str())? {
        "" => Some(1),
        rest => rest.strip_prefix('-')?.parse().ok(),
    };
    Ok(ids.into_iter().filter_map(|id| Some((number(&id)?, id))).collect())
}

fn outlets(connection: &Connection, id: &str) -> Result<BTreeSet<OutletId>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.outlet FROM statements s JOIN articles a ON a.id = s.article WHERE s.speaker = ?1
         UNION SELECT outlet FROM stances WHERE holder = ?1
         UNION SELECT a.outlet FROM hidden h JOIN statements s ON s.id = h.statement JOIN articles a ON a.id = s.article
         WHERE h.speaker = ?1 LIMIT ?2",
    )?;
    let rows = query.query_map((id, values::bound(OUTLETS_MAX)), |row| row.get::<_, String>(0))?;
    Ok(rows.collect::<Result<Vec<String>, _>>()?.into_iter().map(OutletId::new).collect())
}
