//! Statements with everything that is shown of them, articles' texts, and what a new statement may be a copy of.

use super::{Store, StoreError, values};
use crate::model::{ActorId, ArticleId, FeedId, OutletId, Statement, StatementId, TextOrigin};
use jiff::Timestamp;
use jiff::civil::Date;

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

impl Store {
    /// Gives a statement by an id that was ever shown; none when there never was such an id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statement(&self, id: StatementId) -> Result<Option<StoredStatement>, StoreError> {
        self.read(|connection| {
            let _ = (connection, id);
            unimplemented!()
        })
    }

    /// Gives statements by their ids, in the order of `ids`; unknown ids are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statements(&self, ids: &[StatementId]) -> Result<Vec<StoredStatement>, StoreError> {
        let _ = ids;
        unimplemented!()
    }

    /// Gives the ids of the statements that were found first in an article, in text order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statements_of_article(&self, article: ArticleId) -> Result<Vec<StatementId>, StoreError> {
        let _ = article;
        unimplemented!()
    }

    /// Gives the text of an article, to which spans refer.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article_text(&self, article: ArticleId) -> Result<Option<String>, StoreError> {
        let _ = article;
        unimplemented!()
    }

    /// Gives what is known of an article beside its text.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn article(&self, article: ArticleId) -> Result<Option<ArticleMeta>, StoreError> {
        let _ = article;
        unimplemented!()
    }

    /// Gives at most `limit` statements of a speaker from articles published or first seen since `since`, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn candidates(&self, speaker: &ActorId, since: Timestamp, limit: usize) -> Result<Vec<Candidate>, StoreError> {
        let _ = (speaker, since, values::bound(limit));
        unimplemented!()
    }

    /// Gives the ids of all statements above `after`, at most `limit`, ascending: for export in pieces.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn statement_ids(&self, after: Option<StatementId>, limit: usize) -> Result<Vec<StatementId>, StoreError> {
        let _ = (after, limit);
        unimplemented!()
    }

    /// Makes an old statement id lead to another statement, when two were found to be the same.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn redirect_statement(&self, old: StatementId, new: StatementId, now: Timestamp) -> Result<(), StoreError> {
        let _ = (old, new, now);
        unimplemented!()
    }
}
