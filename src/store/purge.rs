//! Somebody's words taken out for good, on request: out of articles, statements, readings, the search index and the file itself.
//!
//! What is forgotten ([`super::lessons`]) is hidden and can be taken back; this cannot. What stays: the ids, so that a number that was
//! shown is answered with "removed on request"; that the actor is one of whom nothing is kept; the articles with what others said
//! in them. In their texts each byte of the words is overwritten, so that the places of all other statements hold.

use super::connection::quick_check;
use super::ingest::{PIECES_JOINED_BY, content_text};
use super::lessons::{count, forget};
use super::settle::Cause;
use super::{Store, StoreError, lookup, values};
use crate::model::{Actor, ActorId, ActorOrigin, ArticleId, Change, ChangeState, Lesson, Span, Speaker, Statement, Target};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};

/// What stands for each byte that was overwritten.
const BLANK: &str = "_";
/// What is stored instead of a name.
const REMOVED: &str = "removed on request";
/// Shortest piece of a content that is looked for elsewhere in an article, in bytes: what is shorter are words that anybody says.
const PIECE_BYTES_MIN: usize = 16;

/// What there is of an actor, and goes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purge {
    /// Its id, and those that lead to it.
    pub ids: BTreeSet<ActorId>,
    /// Statements that are shown, or would be, as its words.
    own: Vec<i64>,
    /// Statements of others that name it as holder, target, reporter or possible speaker, or did so before.
    others: Vec<i64>,
    /// The articles in which its statements appeared.
    pub articles: Vec<ArticleId>,
}

impl Purge {
    /// Statements whose words go.
    pub fn statements(&self) -> usize {
        self.own.len()
    }

    /// Statements of others, out of which stances and mentions go.
    pub fn others(&self) -> usize {
        self.others.len()
    }
}

impl Store {
    /// Finds what [`Store::purge`] would take out; changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn find_for_purge(&self, actor: &ActorId) -> Result<Purge, StoreError> {
        self.read(|connection| find(connection, actor))
    }

    /// Takes out what was found, for good, and writes the file anew, which needs twice its size on the disk for a while. `places` are
    /// further places of the actor's words in articles. For use while no bot runs. Gives the articles with a copy of the words in
    /// which these were not found: they are as they were.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails. Nothing is changed then, unless it was the last step that failed (a full disk): the
    /// words are in no answer then, but may be in the file still, and doing it again finishes it.
    pub fn purge(&self, purge: &Purge, places: &BTreeMap<ArticleId, Vec<Span>>, now: Timestamp) -> Result<Vec<ArticleId>, StoreError> {
        let left = self.write(|transaction| {
            for id in &purge.ids {
                forget(transaction, id, Cause { change: None, now })?;
                let sql = "UPDATE forgotten SET purged = ?2 WHERE actor = ?1";
                transaction.execute(sql, params![id.as_str(), values::micros(now)])?;
            }
            let mut left = Vec::new();
            for article in &purge.articles {
                if !blank(transaction, purge, (*article, places.get(article).map_or(&[], Vec::as_slice)))? {
                    left.push(*article);
                }
            }
            purge.own.iter().try_for_each(|id| strip(transaction, *id, now))?;
            purge.others.iter().try_for_each(|id| scrub_statement(transaction, purge, *id))?;
            purge.ids.iter().try_for_each(|id| forget_subject(transaction, id))?;
            forget_lessons(transaction, purge)?;
            transaction.execute("DELETE FROM rereads", [])?;
            // answers of the last hour may hold the name
            transaction.execute("DELETE FROM commands_done", [])?;
            Ok(left)
        })?;
        self.alone(|connection| {
            connection.execute("INSERT INTO contents (contents) VALUES ('optimize')", [])?;
            // A copy of all of it is held for a while: beside the file, not in memory, and not in a directory that may not be there.
            if let Some(dir) = self.path().and_then(std::path::Path::parent).and_then(std::path::Path::to_str) {
                connection.pragma_update(None, "temp_store_directory", dir)?;
            }
            connection.pragma_update(None, "temp_store", "file")?;
            connection.execute_batch("VACUUM")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            connection.pragma_update(None, "temp_store", "memory")?;
            self.path().map_or(Ok(()), |path| quick_check(connection, path))
        })?;
        Ok(left)
    }
}

fn find(connection: &Connection, actor: &ActorId) -> Result<Purge, StoreError> {
    let ids = ids_of(connection, actor)?;
    let (mut own, mut named) = (BTreeSet::new(), BTreeSet::new());
    for id in &ids {
        // In the JSON an id stands between quotation marks.
        let quoted = values::to_json(id, "actor id")?;
        let mut query = connection.prepare(
            "SELECT id FROM statements WHERE instr(detail, ?1) > 0
             UNION SELECT statement FROM readings WHERE instr(detail, ?1) > 0
             UNION SELECT statement FROM revisions WHERE instr(detail, ?1) > 0",
        )?;
        named.append(&mut query.query_map([quoted], |row| row.get(0))?.collect::<Result<BTreeSet<i64>, _>>()?);
        let mut query = connection.prepare("SELECT statement FROM hidden WHERE why IN ('forgotten', 'purged') AND speaker = ?1")?;
        own.append(&mut query.query_map([id.as_str()], |row| row.get(0))?.collect::<Result<BTreeSet<i64>, _>>()?);
    }
    let mut query = connection.prepare("SELECT detail FROM statements WHERE id = ?1")?;
    for id in &named {
        let shown: Statement = values::from_json(&query.query_row([id], |row| row.get::<_, String>(0))?, "statement")?;
        if shown.speaker.actor().is_some_and(|speaker| ids.contains(speaker)) {
            own.insert(*id);
        }
    }
    let mut query = connection.prepare("SELECT article FROM appearances WHERE statement = ?1")?;
    let mut articles = BTreeSet::new();
    for id in &own {
        articles.append(&mut query.query_map([id], |row| row.get(0).map(ArticleId))?.collect::<Result<BTreeSet<_>, _>>()?);
    }
    let others = named.difference(&own).copied().collect();
    Ok(Purge { ids, own: own.into_iter().collect(), others, articles: articles.into_iter().collect() })
}

/// Gives the id that an actor has now, and all that lead to it.
fn ids_of(connection: &Connection, actor: &ActorId) -> Result<BTreeSet<ActorId>, StoreError> {
    let mut former = connection.prepare("SELECT old_id FROM redirects WHERE kind = 'actor' AND new_id = ?1")?;
    let mut open = vec![lookup::follow(connection, values::ACTOR, actor.to_string())?];
    let mut ids = BTreeSet::from([actor.clone()]);
    while let Some(id) = open.pop() {
        open.append(&mut former.query_map([&id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?);
        ids.insert(ActorId::new(id));
    }
    Ok(ids)
}

/// Overwrites the words in an article; tells whether they were found there.
fn blank(connection: &Connection, purge: &Purge, (article, places): (ArticleId, &[Span])) -> Result<bool, StoreError> {
    let mut query = connection.prepare_cached("SELECT title, body FROM articles WHERE id = ?1")?;
    let (title, body): (String, String) = query.query_row([article.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut spans = places.to_vec();
    let mut pieces: BTreeSet<String> = BTreeSet::new();
    let mut query = connection.prepare_cached(
        "SELECT s.id, s.detail, s.content, s.article = ?1 FROM appearances p JOIN statements s ON s.id = p.statement WHERE p.article = ?1",
    )?;
    let mut rows = query.query([article.0])?;
    let mut rest = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, is_here): (i64, bool) = (row.get(0)?, row.get(3)?);
        let statement: Statement = values::from_json(&row.get::<_, String>(1)?, "statement")?;
        if purge.own.binary_search(&id).is_err() {
            rest.extend(is_here.then_some((id, statement)));
            continue;
        }
        if is_here {
            spans.extend(statement.attribution.content.iter().chain(&statement.attribution.source));
        }
        let content: String = row.get(2)?;
        pieces.extend(content.split(PIECES_JOINED_BY).filter(|piece| piece.len() >= PIECE_BYTES_MIN).map(str::to_owned));
    }
    let is_found = !spans.is_empty() || pieces.is_empty() || pieces.iter().any(|piece| body.contains(piece.as_str()));
    let mut text = body.clone();
    for span in spans {
        if let Some(words) = text.get(span.start as usize..span.end as usize) {
            let blank = BLANK.repeat(words.len());
            text.replace_range(span.start as usize..span.end as usize, &blank);
        }
    }
    let without = |text: String| pieces.iter().fold(text, |text, piece| text.replace(piece.as_str(), &BLANK.repeat(piece.len())));
    let (text, new_title) = (without(text), without(title.clone()));
    if text == body && new_title == title {
        return Ok(is_found);
    }
    connection.execute("UPDATE articles SET title = ?2, body = ?3 WHERE id = ?1", params![article.0, new_title, text])?;
    for (id, statement) in rest {
        let sql = "UPDATE statements SET content = ?2 WHERE id = ?1 AND content <> ?2";
        connection.prepare_cached(sql)?.execute(params![id, content_text(&text, &statement)])?;
    }
    Ok(is_found)
}

/// Takes the words and everything that tells of them out of a statement; its id and its place stay.
fn strip(connection: &Connection, id: i64, now: Timestamp) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached("SELECT detail FROM statements WHERE id = ?1")?;
    let mut statement: Statement = values::from_json(&query.query_row([id], |row| row.get::<_, String>(0))?, "statement")?;
    let speaker = statement.speaker.actor().map(ActorId::to_string);
    statement.firings.clear();
    statement.rejected.clear();
    statement.reported_by.clear();
    statement.stances.clear();
    (statement.addressee, statement.venue, statement.said_on) = (None, None, None);
    let detail = values::to_json(&statement, "statement")?;
    let sql = "UPDATE statements SET speaker = NULL, content = '', detail = ?2, reported = 0 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![id, detail])?;
    for sql in [
        "DELETE FROM stances WHERE statement = ?1",
        "DELETE FROM readings WHERE statement = ?1",
        "DELETE FROM revisions WHERE statement = ?1",
        "UPDATE changes SET reason = '' WHERE statement = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([id])?;
    }
    let sql = "INSERT OR REPLACE INTO hidden (statement, why, speaker, since) VALUES (?1, 'purged', ?2, ?3)";
    connection.prepare_cached(sql)?.execute(params![id, speaker, values::micros(now)])?;
    Ok(())
}

/// Takes what concerns the actor out of somebody else's statement and its earlier forms.
fn scrub_statement(connection: &Connection, purge: &Purge, id: i64) -> Result<(), StoreError> {
    for table in ["statements WHERE id", "readings WHERE statement", "revisions WHERE statement"] {
        let (name, key) = table.split_once(" WHERE ").unwrap_or((table, "id"));
        let mut query = connection.prepare_cached(&format!("SELECT DISTINCT detail FROM {table} = ?1"))?;
        for detail in query.query_map([id], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()? {
            let mut statement: Statement = values::from_json(&detail, "statement")?;
            scrub(&mut statement, &purge.ids);
            let sql = format!("UPDATE {name} SET detail = ?3 WHERE {key} = ?1 AND detail = ?2");
            connection.prepare_cached(&sql)?.execute(params![id, detail, values::to_json(&statement, "statement")?])?;
        }
    }
    for actor in &purge.ids {
        for sql in [
            "DELETE FROM stances WHERE statement = ?1 AND (holder = ?2 OR (target = ?2 AND target_kind = 'actor'))",
            "UPDATE stances SET reporter = NULL WHERE statement = ?1 AND reporter = ?2",
            "UPDATE readings SET speaker = NULL WHERE statement = ?1 AND speaker = ?2",
        ] {
            connection.prepare_cached(sql)?.execute(params![id, actor.as_str()])?;
        }
    }
    Ok(())
}

/// Takes actors out of a statement that is not theirs, with the reasons, which may name them or quote their words.
fn scrub(statement: &mut Statement, ids: &BTreeSet<ActorId>) {
    let is_it = |id: &ActorId| ids.contains(id);
    let is_target = |target: &Target| matches!(target, Target::Actor(id) if is_it(id));
    statement.firings.clear();
    statement.rejected.clear();
    statement.stances.retain(|taken| !is_it(&taken.holder) && !is_target(&taken.target));
    for link in statement.reported_by.iter_mut().filter(|link| link.actor.as_ref().is_some_and(is_it)) {
        (link.actor, link.mention) = (None, REMOVED.to_owned());
    }
    statement.addressee.take_if(|addressee| addressee.actor.as_ref().is_some_and(is_it));
    match &mut statement.speaker {
        Speaker::Actor(id) if is_it(id) => statement.speaker = Speaker::Unknown(Vec::new()),
        Speaker::Actor(_) => {}
        Speaker::Unknown(candidates) => candidates.retain(|id| !is_it(id)),
    }
}

/// Takes out what is known of the actor itself, and what follows it. What the data files tell of it is in them anyway, and stays.
fn forget_subject(connection: &Connection, id: &ActorId) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached("SELECT detail FROM actors WHERE id = ?1")?;
    let detail: Option<String> = query.query_row([id.as_str()], |row| row.get(0)).optional()?;
    let actor: Option<Actor> = detail.map(|detail| values::from_json(&detail, "actor")).transpose()?;
    if let Some(actor) = actor.filter(|actor| actor.origin != ActorOrigin::Data) {
        for name in actor.names.iter().map(|name| &name.text).chain([&actor.name]) {
            connection.execute("UPDATE outbox SET text = '' WHERE instr(text, ?1) > 0", [name])?;
        }
        let bare = Actor {
            name: REMOVED.to_owned(),
            names: Vec::new(),
            gender: None,
            roles: Vec::new(),
            part_of: Vec::new(),
            demonyms: Vec::new(),
            source: String::new(),
            ..actor
        };
        let detail = values::to_json(&bare, "actor")?;
        connection.execute("UPDATE actors SET name = ?2, detail = ?3 WHERE id = ?1", params![id.as_str(), REMOVED, detail])?;
        connection.execute("DELETE FROM memberships WHERE member = ?1", [id.as_str()])?;
    }
    for sql in [
        "DELETE FROM names WHERE kind = 'actor' AND id = ?1",
        "UPDATE watches SET removed_by = 'purge' WHERE removed_by IS NULL
         AND (subject_kind = 'actor' AND subject = ?1 OR on_kind = 'actor' AND on_id = ?1)",
        "UPDATE outbox SET state = 'withdrawn' WHERE state IN ('pending', 'held') AND id IN
         (SELECT outbox FROM outbox_shifts WHERE holder = ?1 OR (target = ?1 AND target_kind = 'actor'))",
        "DELETE FROM outbox_shifts WHERE holder = ?1 OR (target = ?1 AND target_kind = 'actor')",
    ] {
        connection.execute(sql, [id.as_str()])?;
    }
    Ok(())
}

/// Takes names that were taught out of the journal.
fn forget_lessons(connection: &Connection, purge: &Purge) -> Result<(), StoreError> {
    let mut query = connection.prepare("SELECT id, change FROM changes WHERE kind = 'lesson'")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(i64, String)>, _>>()?;
    for (id, change) in rows {
        let mut change: Change = values::from_json(&change, "change")?;
        let Change::Lesson(lesson) = &mut change else { continue };
        let is_it = match lesson {
            Lesson::AddActor { id, .. } => purge.ids.contains(id),
            Lesson::Name { of: Target::Actor(id), .. } | Lesson::RemoveName { of: Target::Actor(id), .. } => purge.ids.contains(id),
            _ => false,
        };
        if let (true, Lesson::AddActor { name, .. } | Lesson::Name { name, .. } | Lesson::RemoveName { name, .. }) = (is_it, lesson) {
            REMOVED.clone_into(name);
            let sql = "UPDATE changes SET change = ?2, state = ?3, reason = '' WHERE id = ?1";
            connection.execute(sql, params![id, values::to_json(&change, "change")?, values::plain_word(&ChangeState::Undone)])?;
        }
    }
    count(connection)
}
