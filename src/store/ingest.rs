//! An article, what was found in it, and the alerts that follow: written in one transaction or not at all.

use super::{EntryKey, Store, StoreError, StoredStatement};
use crate::model::{ArticleId, ChannelId, Extraction, NewArticle, OutboxId, StatementId, Watch, WatchId};
use jiff::Timestamp;

/// What sort of poll an article comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// A feed that was read before: every match is alerted, up to the flood guard.
    Regular,
    /// The first sight of a feed: at most one alert per channel, as a sample.
    Baseline,
    /// An archive that is read in: nothing is alerted.
    Silent,
}

/// One poll of one feed, or one run over files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// A name that no other poll has (`7-1764680400`); summaries are gathered under it.
    pub id: &'a str,
    /// What sort of poll.
    pub kind: BatchKind,
    /// Alerts per channel before the rest becomes one summary.
    pub alerts_max: u32,
}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Ingest<'a> {
    /// The article.
    pub article: &'a NewArticle,
    /// What its entry is known by; none when it is not remembered as seen (a text given by hand).
    pub entry: Option<&'a EntryKey>,
    /// What was found in it.
    pub extraction: &'a Extraction,
    /// Hash of the rules that found it.
    pub ruleset_hash: &'a str,
    /// For each statement, in their order, the stored statement that it repeats; may be shorter.
    pub same_as: &'a [Option<StatementId>],
    /// Now (UTC).
    pub now: Timestamp,
    /// The poll it comes from.
    pub batch: Batch<'a>,
}

/// An alert that a watch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// The watch that asks.
    pub watch: WatchId,
    /// Where it goes.
    pub channel: ChannelId,
    /// The statements it tells, in text order.
    pub statements: Vec<StatementId>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// The article.
    pub article: ArticleId,
    /// For each statement of the extraction: its id, new or that of the one it repeats.
    pub statements: Vec<StatementId>,
    /// How many of them are new.
    pub new: usize,
    /// How many repeat a stored one.
    pub repeated: usize,
    /// Rows of the outbox that were made or (a summary) added to.
    pub outbox: Vec<OutboxId>,
}

impl Store {
    /// Writes an article, its statements with stances and appearances, the entry as seen, and the alerts that `matcher` asks for
    /// among all watches and the new statements: all of it or nothing.
    ///
    /// `matcher` must not call the store. Statements that repeat a stored one are not given to it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is written then.
    pub fn ingest(
        &self,
        ingest: &Ingest<'_>,
        matcher: &dyn Fn(&[Watch], &[StoredStatement]) -> Vec<NewAlert>,
    ) -> Result<Ingested, StoreError> {
        let _ = (ingest, matcher);
        unimplemented!()
    }
}
