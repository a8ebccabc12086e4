//! Statements with everything that is shown of them, articles' texts, and what a new statement may be a copy of.

use super::{Store, StoreError, WhyHidden, lookup, settle, values};
use crate::model::{ActorId, ArticleId, FeedId, OutletId, Statement, StatementId, TextOrigin};
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, Rows, params};
use std::collections::BTreeSet;

/// Most appearances that are handed out with a statement: a wire text in more outlets is told by their number elsewhere.
const APPEARANCES_MAX: i64 = 50;

/// What is known of an article beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleMeta {
    /// Its row.
    pub id: ArticleId,
    /// The feed it came through; none for files.
    pub feed: Option<FeedId>,
    /// Who publishes.
    pub outlet: OutletId,
    /// The outlet's name to show.
    pub outlet_name: String,
    /// Where it can be read; empty when it has no address.
    pub url: String,
    /// The headline.
    pub title: String,
    /// Where the text was taken from.
    pub text_origin: TextOrigin,
    /// When the outlet says it was published (UTC).
    pub published: Option<Timestamp>,
    /// When the outlet says it was last changed (UTC).
    pub updated: Option<Timestamp>,
    /// When it was first seen here (UTC).
    pub first_seen: Timestamp,
    /// SHA-256 of the text, lower-case hexadecimal.
    pub sha256: String,
}

/// One place where a statement was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The article.
    pub article: ArticleId,
    /// Who publishes it.
    pub outlet: OutletId,
    /// The outlet's name to show.
    pub outlet_name: String,
    /// Where it can be read; empty when it has no address.
    pub url: String,
    /// The headline.
    pub title: String,
    /// When the outlet says it was published (UTC).
    pub published: Option<Timestamp>,
}

/// A statement with everything that is shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredStatement {
    /// The id that users see; the current one, also when an older one was asked for.
    pub id: StatementId,
    /// What the rules found; spans refer to the text of [`StoredStatement::article`].
    pub statement: Statement,
    /// The article in which it was found first.
    pub article: ArticleMeta,
    /// What was said, as one text; pieces of a split quotation are joined by " … ".
    pub content_text: String,
    /// The speaker's name to show; none when unknown.
    pub speaker_name: Option<String>,
    /// The last day on which it can have been said: the date in the text, else the day of publication, else of first sight (UTC).
    pub day: Date,
    /// The statement whose content holds this one.
    pub parent: Option<StatementId>,
    /// Where it was published, earliest first, the first article included; one for each address.
    pub appearances: Vec<Appearance>,
    /// How often it was judged: 1 when never judged again.
    pub revision: u32,
    /// Hash of the rules that made it.
    pub ruleset_hash: String,
    /// True when a correction of people holds.
    pub is_corrected: bool,
    /// Why it is in no answer; none when it is.
    pub hidden: Option<WhyHidden>,
}

/// An earlier statement of the same speaker, which a new one may repeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The statement.
    pub id: StatementId,
    /// What was said.
    pub content_text: String,
    /// The last day on which it can have been said.
    pub day: Date,
    /// Where it was found.
    pub article: ArticleId,
    /// Who published that.
    pub outlet: OutletId,
}

/// The columns that [`read_meta`] reads, from `articles a` and `outlets o`, in its order.
const META: &str = "a.id, a.feed, a.outlet, o.name, a.url, a.title, a.text_origin, a.published, a.updated, a.first_seen, a.sha256";
/// How many these are.
const META_COLUMNS: usize = 11;

impl Store {
    /// Gives a statement by an id that was ever shown; none when there never was such an id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statement(&self, id: StatementId) -> Result<Option<StoredStatement>, StoreError> {
        self.read(|connection| one_statement(connection, id))
    }

    /// Gives statements by their ids, in the order of `ids`; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statements(&self, ids: &[StatementId]) -> Result<Vec<StoredStatement>, StoreError> {
        self.read(|connection| some_statements(connection, ids))
    }

    /// Gives the ids of the statements that were found first in an article, in text order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statements_of_article(&self, article: ArticleId) -> Result<Vec<StatementId>, StoreError> {
        self.read(|connection| {
            let mut query = connection
                .prepare_cached("SELECT id FROM statements WHERE article = ?1 AND id NOT IN (SELECT statement FROM hidden) ORDER BY seq")?;
            Ok(query.query_map([article.0], |row| row.get(0).map(StatementId))?.collect::<Result<_, _>>()?)
        })
    }

    /// Gives the text of an article, to which spans refer.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article_text(&self, article: ArticleId) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT body FROM articles WHERE id = ?1")?;
            Ok(query.query_row([article.0], |row| row.get(0)).optional()?)
        })
    }

    /// Gives what is known of an article beside its text.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article(&self, article: ArticleId) -> Result<Option<ArticleMeta>, StoreError> {
        self.read(|connection| {
            let sql = format!("SELECT {META} FROM articles a JOIN outlets o ON o.id = a.outlet WHERE a.id = ?1");
            let mut query = connection.prepare_cached(&sql)?;
            let mut rows = query.query([article.0])?;
            rows.next()?.map(|row| read_meta(row, 0)).transpose()
        })
    }

    /// Gives at most `limit` statements of a speaker from articles published (or, without a date, first seen) since `since`,
    /// newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn candidates(&self, speaker: &ActorId, since: Timestamp, limit: usize) -> Result<Vec<Candidate>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT s.id, s.content, s.day, s.article, a.outlet FROM statements s JOIN articles a ON a.id = s.article
                 WHERE s.speaker = ?1 AND s.at >= ?2 ORDER BY s.at DESC, s.id DESC LIMIT ?3",
            )?;
            candidate_list(&mut query.query(params![speaker.as_str(), values::micros(since), values::bound(limit)])?)
        })
    }

    /// Gives earlier statements of which the rules read this speaker (none: unknown) while people corrected something about them,
    /// newest first: those that were taken out are among them, so that a copy of one is known for what it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn corrected_candidates(&self, speaker: Option<&ActorId>, since: Timestamp, limit: usize) -> Result<Vec<Candidate>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT s.id, s.content, s.day, s.article, a.outlet FROM readings r JOIN statements s ON s.id = r.statement
                 JOIN articles a ON a.id = s.article
                 WHERE r.speaker IS ?1 AND r.at >= ?2 AND r.unread = 0 ORDER BY r.at DESC, s.id DESC LIMIT ?3",
            )?;
            candidate_list(&mut query.query(params![speaker.map(ActorId::as_str), values::micros(since), values::bound(limit)])?)
        })
    }

    /// Gives the ids of all statements that are shown, above `after`, at most `limit`, ascending: for export in pieces.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statement_ids(&self, after: Option<StatementId>, limit: usize) -> Result<Vec<StatementId>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT id FROM statements WHERE id > ?1 AND id NOT IN (SELECT statement FROM hidden) ORDER BY id LIMIT ?2",
            )?;
            let after = after.map_or(0, |id| id.0);
            Ok(query.query_map([after, values::bound(limit)], |row| row.get(0).map(StatementId))?.collect::<Result<_, _>>()?)
        })
    }
}

fn candidate_list(rows: &mut Rows<'_>) -> Result<Vec<Candidate>, StoreError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Candidate {
            id: StatementId(row.get(0)?),
            content_text: row.get(1)?,
            day: values::day(row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?)?,
            article: ArticleId(row.get(3)?),
            outlet: OutletId::new(row.get::<_, String>(4)?),
        });
    }
    Ok(found)
}

/// Reads statements in the order of `ids`; unknown ids are left out.
pub(super) fn some_statements(connection: &Connection, ids: &[StatementId]) -> Result<Vec<StoredStatement>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(one_statement(connection, *id)?);
    }
    Ok(found)
}

/// Follows the redirects of a statement's id.
pub(super) fn current_id(connection: &Connection, id: StatementId) -> Result<StatementId, StoreError> {
    let current = lookup::follow(connection, values::STATEMENT, id.to_string())?;
    Ok(current.parse().map_or(id, StatementId))
}

fn one_statement(connection: &Connection, id: StatementId) -> Result<Option<StoredStatement>, StoreError> {
    let id = current_id(connection, id)?;
    let sql = format!(
        "SELECT s.id, s.detail, s.content, p.name, s.day, s.parent, s.revision, s.ruleset, {META},
         h.why, EXISTS (SELECT 1 FROM changes c WHERE c.statement = s.id AND c.state = 'applied')
         FROM statements s JOIN articles a ON a.id = s.article JOIN outlets o ON o.id = a.outlet
         LEFT JOIN hidden h ON h.statement = s.id
         LEFT JOIN actors p ON p.id = coalesce(s.speaker, h.speaker) WHERE s.id = ?1"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let mut rows = query.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (day, hidden): (String, Option<String>) = (row.get(4)?, row.get(8 + META_COLUMNS)?);
    let mut statement: Statement = values::from_json(&row.get::<_, String>(1)?, "statement")?;
    settle::without_forgotten(connection, &mut statement)?;
    Ok(Some(StoredStatement {
        id,
        statement,
        content_text: row.get(2)?,
        speaker_name: row.get(3)?,
        day: values::day(&day)?,
        parent: row.get::<_, Option<i64>>(5)?.map(StatementId),
        revision: row.get(6)?,
        ruleset_hash: row.get(7)?,
        article: read_meta(row, 8)?,
        appearances: appearances(connection, id)?,
        is_corrected: row.get(9 + META_COLUMNS)?,
        hidden: hidden.map(|why| values::from_plain_word(&why, "reason for hiding")).transpose()?,
    }))
}

/// Reads where a statement appeared, earliest first. An article that was updated appears once, at its newest version.
fn appearances(connection: &Connection, id: StatementId) -> Result<Vec<Appearance>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT p.article, p.outlet, o.name, a.url, a.title, a.published FROM appearances p
         JOIN articles a ON a.id = p.article JOIN outlets o ON o.id = p.outlet
         WHERE p.statement = ?1 ORDER BY p.article DESC LIMIT ?2",
    )?;
    let mut rows = query.query([id.0, APPEARANCES_MAX])?;
    let (mut found, mut addresses) = (Vec::new(), BTreeSet::new());
    while let Some(row) = rows.next()? {
        let (outlet, url): (String, String) = (row.get(1)?, row.get(3)?);
        if !url.is_empty() && !addresses.insert(url.clone()) {
            continue;
        }
        found.push(Appearance {
            article: ArticleId(row.get(0)?),
            outlet: OutletId::new(outlet),
            outlet_name: row.get(2)?,
            url,
            title: row.get(4)?,
            published: values::moment_opt(row.get(5)?)?,
        });
    }
    found.reverse();
    found.sort_by_key(|appearance| appearance.published);
    Ok(found)
}

/// Reads the columns of [`META`], the first of which is column `from`.
fn read_meta(row: &Row<'_>, from: usize) -> Result<ArticleMeta, StoreError> {
    let (outlet, origin): (String, String) = (row.get(from + 2)?, row.get(from + 6)?);
    Ok(ArticleMeta {
        id: ArticleId(row.get(from)?),
        feed: row.get::<_, Option<i64>>(from + 1)?.map(FeedId),
        outlet: OutletId::new(outlet),
        outlet_name: row.get(from + 3)?,
        url: row.get(from + 4)?,
        title: row.get(from + 5)?,
        text_origin: values::from_plain_word(&origin, "text origin")?,
        published: values::moment_opt(row.get(from + 7)?)?,
        updated: values::moment_opt(row.get(from + 8)?)?,
        first_seen: values::moment(row.get(from + 9)?)?,
        sha256: row.get(from + 10)?,
    })
}
