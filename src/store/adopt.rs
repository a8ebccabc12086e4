//! People found in texts who turn out to be in the data: when a data file names somebody under whose full name statements are
//! stored already, these become theirs.
//!
//! The old id leads on for ever. Who only shares the name is left alone: posts or gender that differ, or a name of several actors.

use super::{StoreError, fold, values};
use crate::model::{Actor, ActorId, ActorKind};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Gives actors of the data what was stored of the same people while they were in no data file.
pub(super) fn adopt_found(connection: &Connection, actors: &[&Actor], now: Timestamp) -> Result<(), StoreError> {
    for actor in actors.iter().filter(|actor| actor.kind == ActorKind::Person) {
        let names: BTreeSet<String> =
            actor.names.iter().map(|name| &name.text).chain([&actor.name]).filter(|name| is_full(name)).map(|name| fold(name)).collect();
        for name in names {
            for found in found_as(connection, &name)? {
                if is_same(&found, actor) && is_only(connection, &name, &actor.id)? {
                    merge(connection, &found.id, &actor.id, now)?;
                }
            }
        }
    }
    Ok(())
}

/// A surname alone tells nobody.
fn is_full(name: &str) -> bool {
    name.split_whitespace().count() > 1
}

/// Gives the people found in texts whose name to show folds to this.
fn found_as(connection: &Connection, folded: &str) -> Result<Vec<Actor>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT a.detail FROM names n JOIN actors a ON a.id = n.id WHERE n.kind = 'actor' AND n.folded = ?1 AND a.origin = 'found'",
    )?;
    let details = query.query_map([folded], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let mut found = Vec::new();
    for detail in details {
        let actor: Actor = values::from_json(&detail, "actor")?;
        if fold(&actor.name) == folded {
            found.push(actor);
        }
    }
    Ok(found)
}

/// Tells whether nothing speaks against two people of one full name being one: they share a post, or one has none that is known.
fn is_same(found: &Actor, actor: &Actor) -> bool {
    let share = || found.roles.iter().any(|role| actor.roles.iter().any(|known| known.title == role.title));
    let gender = found.gender.is_none() || actor.gender.is_none() || found.gender == actor.gender;
    gender && (found.roles.is_empty() || actor.roles.is_empty() || share())
}

/// Tells whether no other actor of the data has the name.
fn is_only(connection: &Connection, folded: &str, id: &ActorId) -> Result<bool, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM names n JOIN actors a ON a.id = n.id
         WHERE n.kind = 'actor' AND n.folded = ?1 AND a.origin = 'data' AND a.retired = 0 AND a.id <> ?2",
    )?;
    Ok(!query.exists([folded, id.as_str()])?)
}

/// Makes everything stored under one id stand under another. What the rules wrote stays as it was in the statements' details.
fn merge(connection: &Connection, old: &ActorId, new: &ActorId, now: Timestamp) -> Result<(), StoreError> {
    let moved = [
        "UPDATE statements SET speaker = ?2 WHERE speaker = ?1",
        "UPDATE stances SET holder = ?2 WHERE holder = ?1",
        "UPDATE stances SET target = ?2 WHERE target = ?1 AND target_kind = 'actor'",
        "UPDATE stances SET reporter = ?2 WHERE reporter = ?1",
        "UPDATE stances SET speaker = ?2 WHERE speaker = ?1",
        "UPDATE OR IGNORE watches SET subject = ?2 WHERE subject = ?1 AND subject_kind = 'actor'",
        "UPDATE OR IGNORE watches SET on_id = ?2 WHERE on_id = ?1 AND on_kind = 'actor'",
    ];
    for sql in moved {
        connection.prepare_cached(sql)?.execute([old.as_str(), new.as_str()])?;
    }
    connection.execute("DELETE FROM names WHERE kind = 'actor' AND id = ?1", [old.as_str()])?;
    connection.execute("DELETE FROM memberships WHERE member = ?1", [old.as_str()])?;
    connection.execute("UPDATE actors SET retired = 1 WHERE id = ?1", [old.as_str()])?;
    let sql = "INSERT OR REPLACE INTO redirects (kind, old_id, new_id, made) VALUES ('actor', ?1, ?2, ?3)";
    connection.execute(sql, params![old.as_str(), new.as_str(), values::micros(now)])?;
    Ok(())
}
