//! People found in texts who turn out to be in the data: when a data file names somebody under whose full name statements are
//! stored already, these become theirs.
//!
//! The old id leads on for ever. Who only shares the name is left alone: posts or gender that differ, or a name of several actors.

use super::knowledge::{FOUND_FORMS_MAX, forget_names};
use super::lookup::put_redirect;
use super::{StoreError, fold, values};
use crate::model::{Actor, ActorId, ActorKind, Role, Statement};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Gives actors of the data what was stored of the same people while they were in no data file.
pub(super) fn adopt_found(connection: &Connection, actors: &[&Actor], now: Timestamp) -> Result<(), StoreError> {
    for actor in actors.iter().filter(|actor| actor.kind == ActorKind::Person) {
        let names: BTreeSet<String> =
            actor.names.iter().map(|name| &name.text).chain([&actor.name]).filter(|name| is_full(name)).map(|name| fold(name)).collect();
        for name in names {
            let found = found_as(connection, &name)?.into_iter().filter(|found| is_same(found, actor)).collect();
            for found in those_meant(found, actor) {
                if is_only(connection, &name, &actor.id)? {
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

/// Tells whether nothing speaks against two people of one full name being one: every post that was read of the one is known of
/// the other, as far as it was told where it is held, or one has none that is known.
fn is_same(found: &Actor, actor: &Actor) -> bool {
    let same_place = |read: &Role, known: &Role| read.of.is_none() || known.of.is_none() || read.of == known.of;
    let is_known = |read: &Role| actor.roles.iter().any(|known| known.title == read.title && same_place(read, known));
    let gender = found.gender.is_none() || actor.gender.is_none() || found.gender == actor.gender;
    // So many posts are a sign that two people were read as one.
    let is_one = found.roles.len() < FOUND_FORMS_MAX;
    gender && is_one && (actor.roles.is_empty() || found.roles.iter().all(is_known))
}

/// Of several who were told apart though they are written alike, only one can be the actor: the one whose post it has.
fn those_meant(found: Vec<Actor>, actor: &Actor) -> Vec<Actor> {
    let alike = |one: &Actor| found.iter().any(|other| other.id != one.id && other.name == one.name);
    if !found.iter().any(alike) {
        return found;
    }
    let has_post = |one: &Actor| one.roles.iter().any(|role| actor.roles.iter().any(|known| known.title == role.title));
    let mut told = found.into_iter().filter(has_post);
    match (told.next(), told.next()) {
        (Some(only), None) => vec![only],
        _ => Vec::new(),
    }
}

/// Tells whether no other actor of the data has the name.
fn is_only(connection: &Connection, folded: &str, id: &ActorId) -> Result<bool, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM names n JOIN actors a ON a.id = n.id
         WHERE n.kind = 'actor' AND n.folded = ?1 AND a.origin = 'data' AND a.retired = 0 AND a.id <> ?2",
    )?;
    Ok(!query.exists([folded, id.as_str()])?)
}

/// Makes everything stored under one id stand under another.
fn merge(connection: &Connection, old: &ActorId, new: &ActorId, now: Timestamp) -> Result<(), StoreError> {
    rename_details(connection, old, new)?;
    let moved = [
        "UPDATE statements SET speaker = ?2 WHERE speaker = ?1",
        "UPDATE stances SET holder = ?2 WHERE holder = ?1",
        "UPDATE stances SET target = ?2 WHERE target = ?1 AND target_kind = 'actor'",
        "UPDATE stances SET reporter = ?2 WHERE reporter = ?1",
        "UPDATE stances SET speaker = ?2 WHERE speaker = ?1",
        "UPDATE outbox_shifts SET holder = ?2 WHERE holder = ?1",
        "UPDATE outbox_shifts SET target = ?2 WHERE target = ?1 AND target_kind = 'actor'",
    ];
    for sql in moved {
        connection.prepare_cached(sql)?.execute([old.as_str(), new.as_str()])?;
    }
    for (kind, id) in [("subject_kind", "subject"), ("on_kind", "on_id")] {
        move_watches(connection, (kind, id), (old, new))?;
    }
    forget_names(connection, values::ACTOR, old.as_str())?;
    connection.execute("DELETE FROM memberships WHERE member = ?1", [old.as_str()])?;
    connection.execute("UPDATE actors SET retired = 1 WHERE id = ?1", [old.as_str()])?;
    put_redirect(connection, (values::ACTOR, old.as_str()), new.as_str(), now)
}

/// Writes the new id into what the rules wrote of statements: copies and alerts are told by it.
fn rename_details(connection: &Connection, old: &ActorId, new: &ActorId) -> Result<(), StoreError> {
    let mut query = connection.prepare(
        "SELECT id, detail FROM statements WHERE speaker = ?1 OR id IN (SELECT statement FROM stances
         WHERE holder = ?1 OR (target = ?1 AND target_kind = 'actor') OR reporter = ?1)",
    )?;
    let rows = query.query_map([old.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(i64, String)>, _>>()?;
    for (id, detail) in rows {
        let mut statement: Statement = values::from_json(&detail, "statement")?;
        statement.rename_actors(&|actor| (actor == old).then(|| new.clone()));
        let detail = values::to_json(&statement, "statement")?;
        connection.prepare_cached("UPDATE statements SET detail = ?2 WHERE id = ?1")?.execute(params![id, detail])?;
    }
    Ok(())
}

/// Moves the watches of one actor to another. Where the channel had a watch of the new one before, that one lives again; where it
/// has one, the moved one ends.
pub(super) fn move_watches(connection: &Connection, (kind, id): (&str, &str), (old, new): (&ActorId, &ActorId)) -> Result<(), StoreError> {
    let rest = ["subject_kind", "subject", "on_kind", "on_id"].into_iter().filter(|column| *column != kind && *column != id);
    let same: String = rest.map(|column| format!(" AND o.{column} = n.{column}")).collect();
    let steps = [
        format!(
            "UPDATE watches AS n SET removed_by = NULL WHERE n.{id} = ?2 AND n.{kind} = 'actor' AND n.removed_by IS NOT NULL AND EXISTS
             (SELECT 1 FROM watches o WHERE o.{id} = ?1 AND o.{kind} = 'actor' AND o.removed_by IS NULL
              AND o.platform = n.platform AND o.room = n.room AND o.own = n.own{same})"
        ),
        format!("UPDATE OR IGNORE watches SET {id} = ?2 WHERE {id} = ?1 AND {kind} = 'actor'"),
        // What could not be moved stands beside a watch that says the same.
        format!("UPDATE watches SET removed_by = 'chat' WHERE {id} = ?1 AND {kind} = 'actor' AND ?2 <> ?1"),
    ];
    for sql in steps {
        connection.execute(&sql, [old.as_str(), new.as_str()])?;
    }
    Ok(())
}
