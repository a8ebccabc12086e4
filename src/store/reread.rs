//! Articles that are read again with other rules: what was read of them, and how the new reading takes the place of the old.
//!
//! Ids stay: a statement that is read again keeps its own, one that is not read any more is hidden under it. What a reader would
//! not notice (other reasons, another confidence) is written at once; the rest is staged and switched to in one transaction. What
//! people corrected survives both ([`super::settle`]). Nobody is alerted: it is no news.

use super::ingest::{Place, put_copy, put_statement, utc_day};
use super::settle::{Cause, Reading, reading_of, refresh, same_meaning, settle};
use super::{Batch, BatchKind, Ingest, Store, StoreError, knowledge, values};
use crate::model::{Actor, ArticleId, Extraction, FeedId, NewArticle, OutletId, Statement, StatementId};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// Longest plan of one article, unpacked: a hundred times that of the longest article that is fetched.
const PLAN_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// An article to be read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleText {
    /// The article, with its text.
    pub article: NewArticle,
    /// Hash of the rules that read it last.
    pub ruleset_hash: String,
}

/// A statement that was read in an article before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownStatement {
    /// Its id.
    pub id: StatementId,
    /// What the rules read, without the corrections of people.
    pub reading: Statement,
    /// What was said, as one text.
    pub content_text: String,
    /// True when the article is the one that its spans refer to; false for a copy of another article's.
    pub is_own: bool,
    /// True when a correction of people holds.
    pub is_corrected: bool,
    /// False when it was not read any more by the rules that read the article last.
    pub is_read: bool,
}

/// A statement of a new reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStatement {
    /// The stored one that it is; none when it is new.
    pub known: Option<StatementId>,
    /// What was read; none where it is the same to a reader as what is stored.
    pub statement: Option<Statement>,
}

/// What a new reading makes of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticlePlan {
    /// The article.
    pub article: ArticleId,
    /// Hash of the rules that read it before: when others read it in between, the plan is void.
    pub before: String,
    /// Hash of the rules that made the plan.
    pub ruleset_hash: String,
    /// People found in the text.
    pub found: Vec<Actor>,
    /// All statements, then deeds, in their order.
    pub statements: Vec<PlannedStatement>,
    /// Those that are the same to a reader, with what is new about them.
    #[serde(skip)]
    pub refreshed: Vec<(StatementId, Statement)>,
    /// True when a reader would notice nothing.
    pub is_same: bool,
}

/// What became of plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switched {
    /// Articles that were switched.
    pub articles: u64,
    /// Articles that others read again in between; they stay as they are.
    pub left: u64,
    /// Statements that are new.
    pub new: u64,
    /// Statements that say something else now.
    pub changed: u64,
    /// Statements that are not read any more.
    pub gone: u64,
}

impl Store {
    /// Counts the articles that were published (else first seen) since then.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article_count(&self, since: Option<Timestamp>) -> Result<usize, StoreError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FROM articles WHERE coalesce(published, first_seen) >= ?1";
            let count: i64 = connection.prepare_cached(sql)?.query_row([since.map_or(i64::MIN, values::micros)], |row| row.get(0))?;
            Ok(usize::try_from(count).unwrap_or(0))
        })
    }

    /// Gives the ids of articles above `after` that were published (else first seen) since then, at most `limit`, ascending.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article_ids(&self, after: ArticleId, since: Option<Timestamp>, limit: usize) -> Result<Vec<ArticleId>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id FROM articles WHERE id > ?1 AND coalesce(published, first_seen) >= ?2 ORDER BY id LIMIT ?3";
            let since = since.map_or(i64::MIN, values::micros);
            let mut query = connection.prepare_cached(sql)?;
            Ok(query
                .query_map(params![after.0, since, values::bound(limit)], |row| row.get(0).map(ArticleId))?
                .collect::<Result<_, _>>()?)
        })
    }

    /// Gives the ids of articles first seen since then whose text has one of these words, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn articles_naming(&self, words: &[String], since: Timestamp, limit: usize) -> Result<Vec<ArticleId>, StoreError> {
        self.read(|connection| {
            let sql =
                "SELECT id FROM articles WHERE first_seen >= ?1 AND EXISTS (SELECT 1 FROM json_each(?2) w WHERE instr(body, w.value) > 0)
                 ORDER BY first_seen DESC, id DESC LIMIT ?3";
            let mut query = connection.prepare_cached(sql)?;
            let words = values::to_json(&words, "words")?;
            let rows = query.query_map(params![values::micros(since), words, values::bound(limit)], |row| row.get(0).map(ArticleId))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Gives an article with its text.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article_to_read(&self, id: ArticleId) -> Result<Option<ArticleText>, StoreError> {
        self.read(|connection| article(connection, id))
    }

    /// Gives what was read in an article: its own statements in text order, then copies of others.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn known_statements(&self, article: ArticleId) -> Result<Vec<KnownStatement>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT s.id, s.detail, s.content, s.article = ?1, r.detail, coalesce(r.unread, 0),
                 EXISTS (SELECT 1 FROM changes c WHERE c.statement = s.id AND c.state = 'applied')
                 FROM appearances p JOIN statements s ON s.id = p.statement LEFT JOIN readings r ON r.statement = s.id
                 WHERE p.article = ?1 ORDER BY s.article <> ?1, s.seq, s.id",
            )?;
            let mut rows = query.query([article.0])?;
            let mut known = Vec::new();
            while let Some(row) = rows.next()? {
                let (shown, reading): (String, Option<String>) = (row.get(1)?, row.get(4)?);
                known.push(KnownStatement {
                    id: StatementId(row.get(0)?),
                    reading: values::from_json(&reading.unwrap_or(shown), "statement")?,
                    content_text: row.get(2)?,
                    is_own: row.get(3)?,
                    is_read: !row.get::<_, bool>(5)?,
                    is_corrected: row.get(6)?,
                });
            }
            Ok(known)
        })
    }

    /// Forgets plans that were never switched to.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn clear_rereads(&self) -> Result<(), StoreError> {
        self.write(|transaction| Ok(transaction.execute("DELETE FROM rereads", []).map(|_| ())?))
    }

    /// Keeps a plan until [`Store::switch_rereads`]; what no reader would notice is written now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn stage_reread(&self, plan: &ArticlePlan) -> Result<(), StoreError> {
        if plan.is_same && plan.refreshed.is_empty() && plan.before == plan.ruleset_hash {
            return Ok(());
        }
        self.write(|transaction| {
            for (id, statement) in &plan.refreshed {
                refresh(transaction, *id, (statement, &plan.ruleset_hash))?;
            }
            if plan.is_same {
                return read_by(transaction, plan);
            }
            let packed = pack(plan)?;
            transaction
                .prepare_cached("INSERT OR REPLACE INTO rereads (article, plan) VALUES (?1, ?2)")?
                .execute(params![plan.article.0, packed])?;
            Ok(())
        })
    }

    /// Puts all plans into effect: all of them or none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn switch_rereads(&self, now: Timestamp) -> Result<Switched, StoreError> {
        self.write(|transaction| {
            let mut switched = Switched::default();
            let mut query = transaction.prepare("SELECT plan FROM rereads ORDER BY article")?;
            let mut rows = query.query([])?;
            while let Some(row) = rows.next()? {
                apply(transaction, &unpack(&row.get::<_, Vec<u8>>(0)?)?, now, &mut switched)?;
            }
            transaction.execute("DELETE FROM rereads", [])?;
            Ok(switched)
        })
    }

    /// Puts one plan into effect at once.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn reread(&self, plan: &ArticlePlan, now: Timestamp) -> Result<Switched, StoreError> {
        self.write(|transaction| {
            let mut switched = Switched::default();
            for (id, statement) in &plan.refreshed {
                refresh(transaction, *id, (statement, &plan.ruleset_hash))?;
            }
            apply(transaction, plan, now, &mut switched)?;
            Ok(switched)
        })
    }
}

fn pack(plan: &ArticlePlan) -> Result<Vec<u8>, StoreError> {
    let failed = |error: std::io::Error| StoreError::Io { reason: error.to_string() };
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(values::to_json(plan, "plan")?.as_bytes()).map_err(failed)?;
    packer.finish().map_err(failed)
}

fn unpack(packed: &[u8]) -> Result<ArticlePlan, StoreError> {
    let mut text = String::new();
    let read = DeflateDecoder::new(packed).take(PLAN_BYTES_MAX).read_to_string(&mut text);
    read.map_err(|error| StoreError::Data { what: "plan", reason: error.to_string() })?;
    values::from_json(&text, "plan")
}

fn article(connection: &Connection, id: ArticleId) -> Result<Option<ArticleText>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT feed, outlet, url, title, text_origin, published, updated, first_seen, sha256, ruleset, body FROM articles WHERE id = ?1",
    )?;
    let mut rows = query.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let article = NewArticle {
        feed: row.get::<_, Option<i64>>(0)?.map(FeedId),
        outlet: OutletId::new(row.get::<_, String>(1)?),
        url: row.get(2)?,
        title: row.get(3)?,
        text_origin: values::from_plain_word(&row.get::<_, String>(4)?, "text origin")?,
        published: values::moment_opt(row.get(5)?)?,
        updated: values::moment_opt(row.get(6)?)?,
        first_seen: values::moment(row.get(7)?)?,
        sha256: row.get(8)?,
        text: row.get(10)?,
    };
    Ok(Some(ArticleText { article, ruleset_hash: row.get(9)? }))
}

/// Notes which rules read an article last.
fn read_by(connection: &Connection, plan: &ArticlePlan) -> Result<(), StoreError> {
    let sql = "UPDATE articles SET ruleset = ?2 WHERE id = ?1 AND ruleset = ?3";
    connection.prepare_cached(sql)?.execute(params![plan.article.0, plan.ruleset_hash, plan.before])?;
    Ok(())
}

/// Makes an article's statements those of a plan.
fn apply(connection: &Connection, plan: &ArticlePlan, now: Timestamp, switched: &mut Switched) -> Result<(), StoreError> {
    let Some(text) = article(connection, plan.article)?.filter(|text| text.ruleset_hash == plan.before) else {
        switched.left += 1;
        return Ok(());
    };
    let read_on = utc_day(text.article.published.unwrap_or(text.article.first_seen));
    for found in &plan.found {
        knowledge::put_found(connection, found, read_on)?;
    }
    let mut own = own_statements(connection, plan.article)?;
    // Places are given anew; those of statements that are not read any more stay below zero.
    connection.prepare_cached("UPDATE statements SET seq = -id WHERE article = ?1")?.execute([plan.article.0])?;
    let mut parts = Parts { connection, plan, text: &text.article, now, ids: Vec::new(), switched };
    for (seq, planned) in plan.statements.iter().enumerate() {
        let id = parts.put(seq, planned, &own)?;
        own.retain(|known| Some(*known) != id);
        parts.ids.push(id);
    }
    for id in own {
        parts.leave(id)?;
    }
    switched.articles += 1;
    read_by(connection, plan)
}

fn own_statements(connection: &Connection, article: ArticleId) -> Result<Vec<StatementId>, StoreError> {
    let mut query = connection.prepare_cached("SELECT id FROM statements WHERE article = ?1")?;
    Ok(query.query_map([article.0], |row| row.get(0).map(StatementId))?.collect::<Result<_, _>>()?)
}

/// An article whose statements are being put in their new places.
struct Parts<'a> {
    connection: &'a Connection,
    plan: &'a ArticlePlan,
    text: &'a NewArticle,
    now: Timestamp,
    /// Ids of the statements so far; none where one could not be kept.
    ids: Vec<Option<StatementId>>,
    switched: &'a mut Switched,
}

impl Parts<'_> {
    /// Puts one statement of the plan in its place; gives its id.
    fn put(&mut self, seq: usize, planned: &PlannedStatement, own: &[StatementId]) -> Result<Option<StatementId>, StoreError> {
        match (planned.known, &planned.statement) {
            (Some(id), statement) if own.contains(&id) => {
                if let Some(statement) = statement {
                    let reading = Reading { statement: statement.clone(), ruleset: self.plan.ruleset_hash.clone(), is_read: true };
                    let cause = Cause { change: None, now: self.now };
                    self.switched.changed += u64::from(settle(self.connection, id, cause, Some(reading))?);
                }
                self.place(id, seq, statement.as_ref())?;
                Ok(Some(id))
            }
            (Some(id), _) => {
                put_copy(self.connection, id, (self.plan.article, &self.text.outlet))?;
                Ok(Some(id))
            }
            (None, Some(statement)) => {
                let place = Place { article: self.plan.article, seq, parent: self.parent(statement) };
                let ingest = Ingest {
                    article: self.text,
                    entry: None,
                    extraction: &Extraction::default(),
                    ruleset_hash: &self.plan.ruleset_hash,
                    same_as: &[],
                    now: self.now,
                    batch: Batch { id: "", kind: BatchKind::Silent, alerts_max: 0 },
                };
                self.switched.new += 1;
                Ok(Some(put_statement(self.connection, &ingest, &place, statement)?))
            }
            (None, None) => Ok(None),
        }
    }

    fn parent(&self, statement: &Statement) -> Option<StatementId> {
        statement.attribution.parent.and_then(|parent| self.ids.get(parent)).copied().flatten()
    }

    fn place(&self, id: StatementId, seq: usize, statement: Option<&Statement>) -> Result<(), StoreError> {
        self.connection.prepare_cached("UPDATE statements SET seq = ?2 WHERE id = ?1")?.execute([id.0, values::bound(seq)])?;
        if let Some(statement) = statement {
            let parent = self.parent(statement).map(|parent| parent.0);
            self.connection.prepare_cached("UPDATE statements SET parent = ?2 WHERE id = ?1")?.execute(params![id.0, parent])?;
        }
        Ok(())
    }

    /// Notes that the rules do not read a statement any more.
    fn leave(&mut self, id: StatementId) -> Result<(), StoreError> {
        let reading = match reading_of(self.connection, id)? {
            Some(reading) if !reading.is_read => return Ok(()),
            Some(reading) => reading,
            None => {
                let mut query = self.connection.prepare_cached("SELECT detail, ruleset FROM statements WHERE id = ?1")?;
                let row: Option<(String, String)> = query.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
                let Some((detail, ruleset)) = row else { return Ok(()) };
                Reading { statement: values::from_json(&detail, "statement")?, ruleset, is_read: true }
            }
        };
        let cause = Cause { change: None, now: self.now };
        self.switched.gone += u64::from(settle(self.connection, id, cause, Some(Reading { is_read: false, ..reading }))?);
        Ok(())
    }
}

/// Tells whether two readings of a statement are the same to who reads them: reasons and confidence aside.
pub fn same_to_readers(left: &Statement, right: &Statement) -> bool {
    same_meaning(left, right) && left.attribution.parent.is_some() == right.attribution.parent.is_some()
}
