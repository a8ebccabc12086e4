//! What the bot knows, mirrored from the data files so that ids in the database have names, roles and forms to be found by.
//!
//! Nothing is ever deleted: what left the data is marked as retired, since its id may stand in a chat from last year. Reading is in
//! `lookup`; this file writes.

use super::adopt::adopt_found;
use super::{Store, StoreError, fold, lessons, values};
use crate::model::{Actor, ActorId, ActorKind, ActorName, ActorOrigin, Outlet, OutletId, Role, Topic, TopicId};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Most names and most roles that are gathered for an actor found in texts: more is a sign that two people share the name.
pub(super) const FOUND_FORMS_MAX: usize = 20;
/// Sequence numbers of parts start here in `memberships`, above those of any actor's roles.
const PARTS_FROM: usize = 10_000;

/// All that the data files know.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'a> {
    /// Actors.
    pub actors: &'a [Actor],
    /// Topics.
    pub topics: &'a [Topic],
    /// Outlets.
    pub outlets: &'a [Outlet],
}

impl Store {
    /// Makes the stored knowledge that of the data files: new and changed blocks are written, ones that left are marked retired,
    /// found actors stay as they are unless the data has come to name them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn sync_knowledge(&self, knowledge: &Knowledge<'_>, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut changed = Vec::new();
            for actor in knowledge.actors {
                if put_actor(transaction, actor)? {
                    changed.push(actor);
                }
            }
            for topic in knowledge.topics {
                put_topic(transaction, topic)?;
            }
            for outlet in knowledge.outlets {
                put_outlet(transaction, outlet)?;
            }
            let ids = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
            let actors = ids(knowledge.actors.iter().map(|actor| actor.id.as_str()).collect());
            retire(transaction, ("actors", "origin = 'data' AND retired = 0"), &actors)?;
            let topics = ids(knowledge.topics.iter().map(|topic| topic.id.as_str()).collect());
            retire(transaction, ("topics", "retired = 0"), &topics)?;
            let outlets = ids(knowledge.outlets.iter().map(|outlet| outlet.id.as_str()).collect());
            retire(transaction, ("outlets", "retired = 0"), &outlets)?;
            adopt_found(transaction, &changed, now)?;
            lessons::keep_in_force(transaction)
        })
    }
}

/// Marks as retired what the condition holds of and what is not among `present`.
fn retire(connection: &Connection, (table, condition): (&str, &str), present: &BTreeSet<String>) -> Result<(), StoreError> {
    let mut query = connection.prepare(&format!("SELECT id FROM {table} WHERE {condition}"))?;
    let stored = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    for id in stored.iter().filter(|id| !present.contains(*id)) {
        connection.execute(&format!("UPDATE {table} SET retired = 1 WHERE id = ?1"), [id])?;
    }
    Ok(())
}

/// Writes an actor of the data, its forms and its posts, if anything about it is new; tells whether it was.
pub(super) fn put_actor(connection: &Connection, actor: &Actor) -> Result<bool, StoreError> {
    let detail = values::to_json(actor, "actor")?;
    let mut stored = connection.prepare_cached("SELECT 1 FROM actors WHERE id = ?1 AND detail = ?2 AND retired = 0")?;
    if stored.exists(params![actor.id.as_str(), detail])? {
        return Ok(false);
    }
    write_actor(connection, actor, &detail)?;
    connection.prepare_cached("DELETE FROM memberships WHERE member = ?1")?.execute([actor.id.as_str()])?;
    for (seq, role) in actor.roles.iter().enumerate() {
        if let Some(of) = &role.of {
            let seat = Seat { organisation: of, member: &actor.id, seq, title: &role.title };
            put_membership(connection, &seat, (role.since, role.until))?;
        }
    }
    put_parts(connection, actor)?;
    Ok(true)
}

/// Writes that an office or organisation is part of others; a state that is part of a union does not speak for it.
fn put_parts(connection: &Connection, actor: &Actor) -> Result<(), StoreError> {
    if matches!(actor.kind, ActorKind::Office | ActorKind::Organisation) {
        for (at, whole) in actor.part_of.iter().enumerate() {
            let seat = Seat { organisation: whole, member: &actor.id, seq: PARTS_FROM + at, title: "" };
            put_membership(connection, &seat, (None, None))?;
        }
    }
    Ok(())
}

/// Writes the row of an actor and its forms.
pub(super) fn write_actor(connection: &Connection, actor: &Actor, detail: &str) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO actors (id, kind, name, origin, detail) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, origin = excluded.origin,
             detail = excluded.detail, retired = 0",
        )?
        .execute(params![actor.id.as_str(), values::plain_word(&actor.kind), actor.name, values::plain_word(&actor.origin), detail])?;
    forget_names(connection, values::ACTOR, actor.id.as_str())?;
    let subject = (values::ACTOR, actor.id.as_str());
    put_name(connection, subject, &undated(&actor.name))?;
    actor.names.iter().try_for_each(|name| put_name(connection, subject, name))
}

/// A post or a part, as the key of its row and its title.
struct Seat<'a> {
    organisation: &'a ActorId,
    member: &'a ActorId,
    seq: usize,
    title: &'a str,
}

fn put_membership(connection: &Connection, seat: &Seat<'_>, days: (Option<Date>, Option<Date>)) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO memberships (organisation, member, seq, title, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            seat.organisation.as_str(),
            seat.member.as_str(),
            values::bound(seat.seq),
            seat.title,
            days.0.map(|day| day.to_string()),
            days.1.map(|day| day.to_string())
        ])?;
    Ok(())
}

pub(super) fn put_topic(connection: &Connection, topic: &Topic) -> Result<(), StoreError> {
    let detail = values::to_json(topic, "topic")?;
    let mut stored = connection.prepare_cached("SELECT 1 FROM topics WHERE id = ?1 AND detail = ?2 AND retired = 0")?;
    if stored.exists(params![topic.id.as_str(), detail])? {
        return Ok(());
    }
    connection.execute(
        "INSERT INTO topics (id, kind, name, detail) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, detail = excluded.detail, retired = 0",
        params![topic.id.as_str(), values::plain_word(&topic.kind), topic.name, detail],
    )?;
    forget_names(connection, values::TOPIC, topic.id.as_str())?;
    let subject = (values::TOPIC, topic.id.as_str());
    put_name(connection, subject, &undated(&topic.name))?;
    topic.names.iter().try_for_each(|name| put_name(connection, subject, &undated(name)))
}

fn put_outlet(connection: &Connection, outlet: &Outlet) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO outlets (id, name, hosts) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, hosts = excluded.hosts, retired = 0
         WHERE name <> excluded.name OR hosts <> excluded.hosts OR retired = 1",
        params![outlet.id.as_str(), outlet.name, values::to_json(&outlet.hosts, "hosts")?],
    )?;
    forget_names(connection, values::OUTLET, outlet.id.as_str())?;
    let subject = (values::OUTLET, outlet.id.as_str());
    put_name(connection, subject, &undated(&outlet.name))?;
    outlet.hosts.iter().try_for_each(|host| put_name(connection, subject, &undated(host)))
}

pub(super) fn undated(text: &str) -> ActorName {
    ActorName { text: text.to_owned(), since: None, until: None, metonym: false }
}

pub(super) fn forget_names(connection: &Connection, kind: &str, id: &str) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM names WHERE kind = ?1 AND id = ?2")?.execute([kind, id])?;
    Ok(())
}

/// Writes a form. Two forms that fold to one share a row with the longer period of both.
pub(super) fn put_name(connection: &Connection, (kind, id): (&str, &str), name: &ActorName) -> Result<(), StoreError> {
    let folded = fold(&name.text);
    if folded.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO names (folded, kind, id, text, since, until, metonym) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (folded, kind, id) DO UPDATE SET since = min(since, excluded.since), until = max(until, excluded.until),
             metonym = min(metonym, excluded.metonym)",
        )?
        .execute(params![
            folded,
            kind,
            id,
            name.text,
            name.since.map(|day| day.to_string()),
            name.until.map(|day| day.to_string()),
            name.metonym
        ])?;
    Ok(())
}

/// Writes an actor that was found in a text published on `day`, or adds what is new about it to what was found before.
///
/// A post found in a text is known for that day only: the days from the first to the last text that names it are counted.
pub(super) fn put_found(connection: &Connection, found: &Actor, day: Date) -> Result<(), StoreError> {
    let mut stored = connection.prepare_cached("SELECT detail, origin FROM actors WHERE id = ?1")?;
    let known: Option<(String, String)> = stored.query_row([found.id.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let mut actor = found.clone();
    if let Some((detail, origin)) = known {
        if origin != values::plain_word(&ActorOrigin::Found) {
            return Ok(());
        }
        actor = values::from_json(&detail, "actor")?;
        let (names, roles) = (actor.names.len(), actor.roles.len());
        add_new(&mut actor, found);
        if (names, roles) != (actor.names.len(), actor.roles.len()) {
            write_actor(connection, &actor, &values::to_json(&actor, "actor")?)?;
        }
    } else {
        write_actor(connection, &actor, &values::to_json(&actor, "actor")?)?;
    }
    put_parts(connection, &actor)?;
    let mut widen = connection.prepare_cached(
        "INSERT INTO memberships (organisation, member, seq, title, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT (organisation, member, seq) DO UPDATE SET since = min(since, excluded.since), until = max(until, excluded.until)",
    )?;
    let same = |left: &Role, right: &Role| left.title == right.title && left.of == right.of;
    for (seq, role) in actor.roles.iter().enumerate().filter(|(_, role)| found.roles.iter().any(|new| same(role, new))) {
        if let Some(of) = &role.of {
            let key = (of.as_str(), actor.id.as_str(), values::bound(seq));
            widen.execute(params![key.0, key.1, key.2, role.title, day.to_string()])?;
        }
    }
    Ok(())
}

/// Adds names and roles that are not there yet, within the limit.
fn add_new(actor: &mut Actor, found: &Actor) {
    for name in &found.names {
        if actor.names.len() < FOUND_FORMS_MAX && !actor.names.iter().any(|known| known.text == name.text) {
            actor.names.push(name.clone());
        }
    }
    for role in &found.roles {
        let is_known = actor.roles.iter().any(|known| known.title == role.title && known.of == role.of);
        if actor.roles.len() < FOUND_FORMS_MAX && !is_known {
            actor.roles.push(role.clone());
        }
    }
}

/// Makes sure that an actor has a row, so that no statement is lost because a data file does not name its speaker.
pub(super) fn ensure_actor(connection: &Connection, id: &ActorId) -> Result<(), StoreError> {
    if connection.prepare_cached("SELECT 1 FROM actors WHERE id = ?1")?.exists([id.as_str()])? {
        return Ok(());
    }
    let actor = Actor {
        id: id.clone(),
        kind: ActorKind::Person,
        name: id.to_string(),
        names: vec![undated(id.as_str())],
        gender: None,
        roles: Vec::new(),
        part_of: Vec::new(),
        demonyms: Vec::new(),
        origin: ActorOrigin::Found,
        source: "named by a rule, in no data file".to_owned(),
    };
    write_actor(connection, &actor, &values::to_json(&actor, "actor")?)
}

/// Makes sure that an outlet has a row, so that nothing is lost because a data file does not name it.
pub(super) fn ensure_outlet(connection: &Connection, id: &OutletId) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO outlets (id, name) VALUES (?1, ?1)")?;
    if insert.execute([id.as_str()])? == 1 {
        put_name(connection, (values::OUTLET, id.as_str()), &undated(id.as_str()))?;
    }
    Ok(())
}

/// Makes sure that a topic has a row.
pub(super) fn ensure_topic(connection: &Connection, id: &TopicId) -> Result<(), StoreError> {
    if connection.prepare_cached("SELECT 1 FROM topics WHERE id = ?1")?.exists([id.as_str()])? {
        return Ok(());
    }
    let topic = Topic {
        id: id.clone(),
        kind: crate::model::TopicKind::Policy,
        name: id.to_string(),
        names: Vec::new(),
        part_of: None,
        counts_for_whole: false,
        source: "named by a rule, in no data file".to_owned(),
    };
    put_topic(connection, &topic)
}
