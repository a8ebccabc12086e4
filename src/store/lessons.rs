//! What people teach about actors and topics: written into the journal and into what is stored, and taken back.
//!
//! The rules learn of it when they are built anew from the data files and [`Store::lessons`]; what can be looked up by name is
//! written here at once. Ids stay valid: a merged one leads on, a removed one is retired.

use super::changes::{self, NewChange};
use super::knowledge::{forget_names, put_actor, put_name, put_topic, undated, write_actor};
use super::lookup::put_redirect;
use super::settle::{Cause, settle};
use super::{Store, StoreError, fold, lookup, values};
use crate::model::{Actor, ActorId, ActorOrigin, Change, ChangeId, ChangeState, Lesson, StatementId, Target, Topic};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Provenance of what is added in chat; who added it is in the journal.
const SOURCE: &str = "added in chat";
/// The key of the count of lessons made and taken back.
const TAUGHT: &str = "lessons";
/// The key of that count when articles were last read again because of it.
const REREAD: &str = "lessons_reread";

/// What became of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taught {
    /// It holds from now on.
    Done(ChangeId),
    /// A limit is reached: of what, and how many.
    Full(&'static str, u64),
}

/// How an actor is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgotten {
    /// It is hidden; that can be taken back.
    Hidden,
    /// It was removed for good.
    Purged,
}

/// The lessons that hold, with where articles stand to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lessons {
    /// Grows with each lesson that is made or taken back.
    pub version: i64,
    /// The version for which articles were read again.
    pub reread: i64,
    /// Those that hold, oldest first.
    pub held: Vec<Lesson>,
    /// Those that were taken back, oldest first.
    pub taken_back: Vec<Lesson>,
}

/// The rows that a lesson touched, for taking it back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Effects {
    /// Statements that became others.
    #[serde(default)]
    statements: Vec<i64>,
    /// Watches that follow another actor now.
    #[serde(default)]
    subjects: Vec<i64>,
    /// Watches that are about another actor now.
    #[serde(default)]
    abouts: Vec<i64>,
}

impl Store {
    /// Writes a lesson and what follows from it. Whether it makes sense is the caller's question.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn teach(&self, lesson: &Lesson, new: &NewChange) -> Result<Taught, StoreError> {
        self.write(|transaction| {
            if let Some((what, max)) = changes::limit(transaction, new)? {
                return Ok(Taught::Full(what, max));
            }
            let id = changes::put(transaction, new, (None, ChangeState::Applied))?;
            let effects = put_in_force(transaction, lesson, Cause { change: Some(id), now: new.now })?;
            let effects = values::to_json(&effects, "effects of a change")?;
            transaction.execute("UPDATE changes SET effects = ?2 WHERE id = ?1", params![id.0, effects])?;
            count(transaction)?;
            Ok(Taught::Done(id))
        })
    }

    /// Gives the number that grows with each lesson that is made or taken back.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn lessons_version(&self) -> Result<i64, StoreError> {
        self.read(|connection| number(connection, TAUGHT))
    }

    /// Gives all lessons.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn lessons(&self) -> Result<Lessons, StoreError> {
        self.read(|connection| {
            let transaction = connection.unchecked_transaction()?;
            let mut lessons =
                Lessons { version: number(&transaction, TAUGHT)?, reread: number(&transaction, REREAD)?, ..Lessons::default() };
            for change in changes::list(&transaction, "kind = 'lesson' ORDER BY id", [])? {
                let Change::Lesson(lesson) = change.what else { continue };
                let list = if change.state == ChangeState::Applied { &mut lessons.held } else { &mut lessons.taken_back };
                list.push(lesson);
            }
            Ok(lessons)
        })
    }

    /// Notes that articles were read again for a version of the lessons.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn lessons_are_read(&self, version: i64) -> Result<(), StoreError> {
        self.write(|transaction| set_number(transaction, REREAD, version))
    }

    /// Tells whether nothing of an actor is shown or kept, and whether it is gone for good.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn whether_forgotten(&self, actor: &ActorId) -> Result<Option<Forgotten>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT purged IS NOT NULL FROM forgotten WHERE actor = ?1")?;
            let is_purged: Option<bool> = query.query_row([actor.as_str()], |row| row.get(0)).optional()?;
            Ok(is_purged.map(|is_purged| if is_purged { Forgotten::Purged } else { Forgotten::Hidden }))
        })
    }

    /// Gives the actors of whom nothing is shown or kept.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn forgotten(&self) -> Result<BTreeSet<ActorId>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT actor FROM forgotten")?;
            let ids = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(ids.into_iter().map(ActorId::new).collect())
        })
    }
}

fn number(connection: &Connection, key: &str) -> Result<i64, StoreError> {
    let found = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

fn set_number(connection: &Connection, key: &str, value: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    connection.execute(sql, params![key, value])?;
    Ok(())
}

pub(super) fn count(connection: &Connection) -> Result<(), StoreError> {
    set_number(connection, TAUGHT, number(connection, TAUGHT)? + 1)
}

fn put_in_force(connection: &Connection, lesson: &Lesson, cause: Cause) -> Result<Effects, StoreError> {
    match lesson {
        Lesson::AddTopic { id, name, kind } => {
            let topic = Topic {
                id: id.clone(),
                kind: *kind,
                name: name.clone(),
                names: vec![name.clone()],
                part_of: None,
                counts_for_whole: false,
                source: SOURCE.to_owned(),
            };
            put_topic(connection, &topic)?;
        }
        Lesson::AddActor { id, name, kind } => {
            let actor = Actor {
                id: id.clone(),
                kind: *kind,
                name: name.clone(),
                names: vec![undated(name)],
                gender: None,
                roles: Vec::new(),
                part_of: Vec::new(),
                demonyms: Vec::new(),
                origin: ActorOrigin::User,
                source: SOURCE.to_owned(),
            };
            put_actor(connection, &actor)?;
        }
        Lesson::Name { of, name } => put_name(connection, key(of), &undated(name))?,
        Lesson::Remove(target) => set_retired(connection, target, 1)?,
        Lesson::RemoveName { of, name } => remove_name(connection, of, name)?,
        Lesson::Merge { from, into } => return merge(connection, (from, into), cause),
        Lesson::Forget(actor) => return forget(connection, actor, cause),
    }
    Ok(Effects::default())
}

/// Takes a lesson back.
pub(super) fn take_back(connection: &Connection, lesson: &Lesson, cause: Cause) -> Result<(), StoreError> {
    count(connection)?;
    match lesson {
        Lesson::AddTopic { id, .. } => set_retired(connection, &Target::Topic(id.clone()), 1)?,
        Lesson::AddActor { id, .. } => set_retired(connection, &Target::Actor(id.clone()), 1)?,
        Lesson::Name { of, name } => remove_name(connection, of, name)?,
        Lesson::Remove(target) => set_retired(connection, target, 0)?,
        Lesson::RemoveName { of, name } => put_name(connection, key(of), &undated(name))?,
        Lesson::Merge { from, into } => {
            connection
                .execute("DELETE FROM redirects WHERE kind = 'actor' AND old_id = ?1 AND new_id = ?2", [from.as_str(), into.as_str()])?;
            let effects = effects(connection, cause)?;
            settle_all(connection, &effects.statements, cause)?;
            set_retired(connection, &Target::Actor(from.clone()), 0)?;
            rewrite_names(connection, from)?;
            rewrite_names(connection, into)?;
            for (ids, column) in [(&effects.subjects, "subject"), (&effects.abouts, "on_id")] {
                for id in ids {
                    let sql = format!("UPDATE OR IGNORE watches SET {column} = ?2, removed_by = NULL WHERE id = ?1");
                    connection.execute(&sql, params![id, from.as_str()])?;
                }
            }
        }
        Lesson::Forget(actor) => {
            connection.execute("DELETE FROM forgotten WHERE actor = ?1", [actor.as_str()])?;
            settle_all(connection, &effects(connection, cause)?.statements, cause)?;
            rewrite_names(connection, actor)?;
        }
    }
    keep_in_force(connection)
}

fn effects(connection: &Connection, cause: Cause) -> Result<Effects, StoreError> {
    let id = cause.change.map_or(0, |change| change.0);
    let text: String = connection.query_row("SELECT effects FROM changes WHERE id = ?1", [id], |row| row.get(0))?;
    values::from_json(&text, "effects of a change")
}

fn settle_all(connection: &Connection, ids: &[i64], cause: Cause) -> Result<(), StoreError> {
    ids.iter().try_for_each(|id| settle(connection, StatementId(*id), cause, None).map(|_| ()))
}

fn key(target: &Target) -> (&'static str, &str) {
    match target {
        Target::Actor(id) => (values::ACTOR, id.as_str()),
        Target::Topic(id) => (values::TOPIC, id.as_str()),
    }
}

fn set_retired(connection: &Connection, target: &Target, retired: i64) -> Result<(), StoreError> {
    let sql = match target {
        Target::Actor(_) => "UPDATE actors SET retired = ?2 WHERE id = ?1",
        Target::Topic(_) => "UPDATE topics SET retired = ?2 WHERE id = ?1",
    };
    connection.execute(sql, params![target.id(), retired])?;
    Ok(())
}

fn remove_name(connection: &Connection, of: &Target, name: &str) -> Result<(), StoreError> {
    let (kind, id) = key(of);
    connection.execute("DELETE FROM names WHERE folded = ?1 AND kind = ?2 AND id = ?3", [&fold(name), kind, id])?;
    Ok(())
}

fn stored_actor(connection: &Connection, id: &ActorId) -> Result<Option<Actor>, StoreError> {
    let mut query = connection.prepare_cached("SELECT detail FROM actors WHERE id = ?1")?;
    let detail: Option<String> = query.query_row([id.as_str()], |row| row.get(0)).optional()?;
    detail.map(|detail| values::from_json(&detail, "actor")).transpose()
}

/// Writes the forms of an actor's name anew, as they stand in what is known of it.
fn rewrite_names(connection: &Connection, id: &ActorId) -> Result<(), StoreError> {
    let retired: Option<i64> =
        connection.query_row("SELECT retired FROM actors WHERE id = ?1", [id.as_str()], |row| row.get(0)).optional()?;
    if let Some(actor) = stored_actor(connection, id)? {
        write_actor(connection, &actor, &values::to_json(&actor, "actor")?)?;
        set_retired(connection, &Target::Actor(id.clone()), retired.unwrap_or(0))?;
    }
    Ok(())
}

/// Gives the statements that name an actor as speaker, holder, target or reporter, by what is shown and what the rules read.
fn naming(connection: &Connection, actor: &ActorId) -> Result<Vec<i64>, StoreError> {
    let mut query = connection.prepare(
        "SELECT id FROM statements WHERE speaker = ?1
         UNION SELECT statement FROM stances WHERE holder = ?1 OR (target = ?1 AND target_kind = 'actor') OR reporter = ?1
         UNION SELECT statement FROM hidden WHERE speaker = ?1
         UNION SELECT statement FROM readings WHERE speaker = ?1 ORDER BY 1",
    )?;
    Ok(query.query_map([actor.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Makes one actor lead to another, with all that is stored under it.
fn merge(connection: &Connection, (from, into): (&ActorId, &ActorId), cause: Cause) -> Result<Effects, StoreError> {
    let watches = |column: &str, kind: &str| -> Result<Vec<i64>, StoreError> {
        let sql = format!("SELECT id FROM watches WHERE {column} = ?1 AND {kind} = 'actor' AND removed_by IS NULL");
        Ok(connection.prepare(&sql)?.query_map([from.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?)
    };
    let effects = Effects {
        statements: naming(connection, from)?,
        subjects: watches("subject", "subject_kind")?,
        abouts: watches("on_id", "on_kind")?,
    };
    put_redirect(connection, (values::ACTOR, from.as_str()), into.as_str(), cause.now)?;
    settle_all(connection, &effects.statements, cause)?;
    for pair in [("subject_kind", "subject"), ("on_kind", "on_id")] {
        super::adopt::move_watches(connection, pair, (from, into))?;
    }
    set_retired(connection, &Target::Actor(from.clone()), 1)?;
    keep_in_force(connection)?;
    Ok(effects)
}

/// Hides all that an actor said and all stances of and towards it.
pub(super) fn forget(connection: &Connection, actor: &ActorId, cause: Cause) -> Result<Effects, StoreError> {
    let effects = Effects { statements: naming(connection, actor)?, ..Effects::default() };
    let sql = "INSERT OR IGNORE INTO forgotten (actor, since) VALUES (?1, ?2)";
    connection.execute(sql, params![actor.as_str(), values::micros(cause.now)])?;
    settle_all(connection, &effects.statements, cause)?;
    keep_in_force(connection)?;
    Ok(effects)
}

/// Makes the forms of names follow what was taught: those of a merged actor find the one that it leads to, those of a forgotten
/// one find nobody. For use after names were written from the data.
pub(super) fn keep_in_force(connection: &Connection) -> Result<(), StoreError> {
    for change in changes::list(connection, "kind = 'lesson' AND state = 'applied' ORDER BY id", [])? {
        match change.what {
            Change::Lesson(Lesson::Merge { from, .. }) => {
                let into = lookup::follow(connection, values::ACTOR, from.to_string())?;
                let names = stored_actor(connection, &from)?.map(|actor| actor.names).unwrap_or_default();
                for name in names.iter().filter(|_| into != from.as_str()) {
                    put_name(connection, (values::ACTOR, &into), name)?;
                }
                forget_names(connection, values::ACTOR, from.as_str())?;
            }
            Change::Lesson(Lesson::Name { of, name }) => put_name(connection, key(&of), &undated(&name))?,
            Change::Lesson(Lesson::RemoveName { of, name }) => remove_name(connection, &of, &name)?,
            Change::Lesson(_) | Change::Corrections(_) => {}
        }
    }
    connection.execute("DELETE FROM names WHERE kind = 'actor' AND id IN (SELECT actor FROM forgotten)", [])?;
    Ok(())
}

/// Tells whether an actor was taken out for good, so that nothing of it can be shown again.
pub(super) fn is_purged(connection: &Connection, actor: &ActorId) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM forgotten WHERE actor = ?1 AND purged IS NOT NULL")?.exists([actor.as_str()])?)
}
