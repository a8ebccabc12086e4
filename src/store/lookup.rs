//! What is stored about actors, topics and outlets, looked up by id, by name and by membership.
//!
//! Names are matched as they are folded; what a match means is decided in `query`.

use super::{Store, StoreError, values};
use crate::model::{Actor, ActorId, Outlet, OutletId, StatementId, Target, Topic, TopicId};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{BTreeMap, BTreeSet};

/// Most forms that a look-up by part of a name gives: a user is shown ten.
const NAME_HITS_MAX: i64 = 200;
/// Most forms that are compared for "did you mean"; the data files come first, then the newest found actors.
const NAMES_COMPARED_MAX: i64 = 50_000;
/// Longest chain of redirects that is followed: one is usual, a cycle must end.
const REDIRECTS_MAX: usize = 8;

/// What a name may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// An actor.
    Actor,
    /// A topic.
    Topic,
    /// An outlet.
    Outlet,
}

/// An actor as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredActor {
    /// What is known.
    pub actor: Actor,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

/// A topic as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTopic {
    /// What is known.
    pub topic: Topic,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

/// One form of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRow {
    /// The folded form, see [`super::fold`].
    pub folded: String,
    /// What it stands for.
    pub kind: SubjectKind,
    /// The id.
    pub id: String,
    /// The form as written.
    pub text: String,
    /// The name to show.
    pub shown: String,
    /// First day on which the form means it.
    pub since: Option<Date>,
    /// Last day on which it does.
    pub until: Option<Date>,
    /// A place that stands for the actor.
    pub is_metonym: bool,
    /// True for actors that were found in texts and checked by nobody.
    pub is_found: bool,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

/// A post in an organisation, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Who holds the post, or the part.
    pub member: ActorId,
    /// The name to show.
    pub name: String,
    /// The post; empty for a part.
    pub title: String,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

/// The columns that [`read_name`] reads, with the tables they come from.
const NAMES: &str = "SELECT n.folded, n.kind, n.id, n.text, coalesce(a.name, t.name, o.name, n.id), n.since, n.until, n.metonym,
     coalesce(a.origin = 'found', 0), coalesce(a.retired, t.retired, o.retired, 0)
     FROM names n
     LEFT JOIN actors a ON n.kind = 'actor' AND a.id = n.id
     LEFT JOIN topics t ON n.kind = 'topic' AND t.id = n.id
     LEFT JOIN outlets o ON n.kind = 'outlet' AND o.id = n.id";

impl Store {
    /// Gives an actor by an id that was ever shown.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn actor(&self, id: &ActorId) -> Result<Option<StoredActor>, StoreError> {
        self.read(|connection| {
            let id = follow(connection, values::ACTOR, id.as_str().to_owned())?;
            let mut query = connection.prepare_cached("SELECT detail, retired FROM actors WHERE id = ?1")?;
            let row: Option<(String, bool)> = query.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            row.map(|(detail, is_retired)| Ok(StoredActor { actor: values::from_json(&detail, "actor")?, is_retired })).transpose()
        })
    }

    /// Gives a topic by an id that was ever shown.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn topic(&self, id: &TopicId) -> Result<Option<StoredTopic>, StoreError> {
        self.read(|connection| {
            let id = follow(connection, values::TOPIC, id.as_str().to_owned())?;
            let mut query = connection.prepare_cached("SELECT detail, retired FROM topics WHERE id = ?1")?;
            let row: Option<(String, bool)> = query.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            row.map(|(detail, is_retired)| Ok(StoredTopic { topic: values::from_json(&detail, "topic")?, is_retired })).transpose()
        })
    }

    /// Gives the topics that are not retired, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT detail FROM topics WHERE retired = 0 ORDER BY id")?;
            let details = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            details.iter().map(|detail| values::from_json(detail, "topic")).collect()
        })
    }

    /// Gives an outlet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outlet(&self, id: &OutletId) -> Result<Option<Outlet>, StoreError> {
        self.read(|connection| Ok(outlet_list(connection, "id = ?1", id.as_str())?.pop()))
    }

    /// Gives the outlet whose host this is (lower case, without `www.`), or whose host it is a subdomain of.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outlet_of_host(&self, host: &str) -> Result<Option<Outlet>, StoreError> {
        let condition = "retired = 0 AND EXISTS (SELECT 1 FROM json_each(hosts) h WHERE ?1 = h.value OR ?1 LIKE '%.' || h.value)";
        self.read(|connection| Ok(outlet_list(connection, condition, host)?.pop()))
    }

    /// Gives the name to show of an actor or topic; the id where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn target_name(&self, target: &Target) -> Result<String, StoreError> {
        self.read(|connection| name_of(connection, target))
    }

    /// Gives the names of many actors and topics; the id where there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn target_names<'t>(&self, targets: impl Iterator<Item = &'t Target>) -> Result<BTreeMap<Target, String>, StoreError> {
        self.read(|connection| {
            // One transaction for all: otherwise each look-up locks the file anew.
            let transaction = connection.unchecked_transaction()?;
            targets.map(|target| Ok((target.clone(), name_of(&transaction, target)?))).collect()
        })
    }

    /// Gives the forms that fold to exactly this.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn names_exact(&self, folded: &str) -> Result<Vec<NameRow>, StoreError> {
        self.read(|connection| name_list(connection, "n.folded = ?1 ORDER BY n.kind, n.id", params![folded]))
    }

    /// Gives at most 200 forms that begin with this or have it at the beginning of one of their words.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn names_with(&self, folded: &str) -> Result<Vec<NameRow>, StoreError> {
        let condition = "instr(' ' || n.folded, ' ' || ?1) > 0 ORDER BY length(n.folded), n.folded, n.kind, n.id LIMIT ?2";
        self.read(|connection| name_list(connection, condition, params![folded, NAME_HITS_MAX]))
    }

    /// Gives all forms, at most 50,000, for comparing them with what was typed; those of the data files first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn names(&self) -> Result<Vec<NameRow>, StoreError> {
        let condition = "1 ORDER BY coalesce(a.origin = 'found', 0), n.folded, n.kind, n.id LIMIT ?1";
        self.read(|connection| name_list(connection, condition, params![NAMES_COMPARED_MAX]))
    }

    /// Gives those with a post in an organisation, and its parts, by id and order of their posts.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn memberships(&self, organisation: &ActorId) -> Result<Vec<Membership>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT m.member, coalesce(a.name, m.member), m.title, m.since, m.until FROM memberships m
                 LEFT JOIN actors a ON a.id = m.member WHERE m.organisation = ?1 ORDER BY m.member, m.seq",
            )?;
            let mut rows = query.query([organisation.as_str()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (member, since, until): (String, Option<String>, Option<String>) = (row.get(0)?, row.get(3)?, row.get(4)?);
                found.push(Membership {
                    member: ActorId::new(member),
                    name: row.get(1)?,
                    title: row.get(2)?,
                    since: values::day_opt(since.as_deref())?,
                    until: values::day_opt(until.as_deref())?,
                });
            }
            Ok(found)
        })
    }

    /// Gives all actors in which somebody has a post, or which have parts.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn organisations(&self) -> Result<BTreeSet<ActorId>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT DISTINCT organisation FROM memberships")?;
            let ids = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(ids.into_iter().map(ActorId::new).collect())
        })
    }

    /// Gives the ids that lead to this actor.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn former_ids(&self, id: &ActorId) -> Result<Vec<ActorId>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT old_id FROM redirects WHERE kind = 'actor' AND new_id = ?1 ORDER BY old_id";
            let mut query = connection.prepare_cached(sql)?;
            let ids = query.query_map([id.as_str()], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            Ok(ids.into_iter().map(ActorId::new).collect())
        })
    }

    /// Gives the ids of actors that lead to another, with that one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn actor_redirects(&self) -> Result<BTreeMap<ActorId, ActorId>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT old_id FROM redirects WHERE kind = 'actor'")?;
            let old = query.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            let lead = |id: String| Ok((ActorId::new(id.clone()), ActorId::new(follow(connection, values::ACTOR, id)?)));
            old.into_iter().map(lead).collect()
        })
    }

    /// Makes an old statement id lead to another statement, when two were found to be the same.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn redirect_statement(&self, old: StatementId, new: StatementId, now: Timestamp) -> Result<(), StoreError> {
        self.redirect((values::STATEMENT, &old.to_string()), &new.to_string(), now)
    }

    /// Makes an old actor id lead to another actor, when two were found to be one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn redirect_actor(&self, old: &ActorId, new: &ActorId, now: Timestamp) -> Result<(), StoreError> {
        self.redirect((values::ACTOR, old.as_str()), new.as_str(), now)
    }

    fn redirect(&self, (kind, old): (&str, &str), new: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| put_redirect(transaction, (kind, old), new, now))
    }
}

/// Writes that an id leads to another.
pub(super) fn put_redirect(connection: &Connection, (kind, old): (&str, &str), new: &str, now: Timestamp) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO redirects (kind, old_id, new_id, made) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kind, old_id) DO UPDATE SET new_id = excluded.new_id, made = excluded.made",
        params![kind, old, new, values::micros(now)],
    )?;
    Ok(())
}

fn name_of(connection: &Connection, target: &Target) -> Result<String, StoreError> {
    let sql = match target {
        Target::Actor(_) => "SELECT name FROM actors WHERE id = ?1",
        Target::Topic(_) => "SELECT name FROM topics WHERE id = ?1",
    };
    let name = connection.prepare_cached(sql)?.query_row([target.id()], |row| row.get(0)).optional()?;
    Ok(name.unwrap_or_else(|| target.id().to_owned()))
}

/// Follows the redirects of an id to the one that is current.
pub(super) fn follow(connection: &Connection, kind: &str, id: String) -> Result<String, StoreError> {
    let mut query = connection.prepare_cached("SELECT new_id FROM redirects WHERE kind = ?1 AND old_id = ?2")?;
    let mut current = id;
    for _ in 0..REDIRECTS_MAX {
        match query.query_row([kind, &current], |row| row.get(0)).optional()? {
            Some(next) => current = next,
            None => break,
        }
    }
    Ok(current)
}

fn outlet_list(connection: &Connection, condition: &str, value: &str) -> Result<Vec<Outlet>, StoreError> {
    let mut query = connection.prepare_cached(&format!("SELECT id, name, hosts FROM outlets WHERE {condition} ORDER BY id DESC"))?;
    let rows = query.query_map([value], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let rows = rows.collect::<Result<Vec<(String, String, String)>, _>>()?;
    rows.into_iter()
        .map(|(id, name, hosts)| Ok(Outlet { id: OutletId::new(id), name, hosts: values::from_json(&hosts, "hosts")? }))
        .collect()
}

pub(super) fn name_list(connection: &Connection, condition: &str, values: impl rusqlite::Params) -> Result<Vec<NameRow>, StoreError> {
    let mut query = connection.prepare_cached(&format!("{NAMES} WHERE {condition}"))?;
    let mut rows = query.query(values)?;
    let mut names = Vec::new();
    while let Some(row) = rows.next()? {
        names.push(read_name(row)?);
    }
    Ok(names)
}

fn read_name(row: &Row<'_>) -> Result<NameRow, StoreError> {
    let (kind, since, until): (String, Option<String>, Option<String>) = (row.get(1)?, row.get(5)?, row.get(6)?);
    Ok(NameRow {
        folded: row.get(0)?,
        kind: values::from_plain_word(&kind, "kind of name")?,
        id: row.get(2)?,
        text: row.get(3)?,
        shown: row.get(4)?,
        since: values::day_opt(since.as_deref())?,
        until: values::day_opt(until.as_deref())?,
        is_metonym: row.get(7)?,
        is_found: row.get(8)?,
        is_retired: row.get(9)?,
    })
}
