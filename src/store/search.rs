//! Which statements answer a question: by speaker or holder, words, target, time and outlet.
//!
//! Only ids and their order come out of here; the page that is shown is then read whole. Words of users are never full-text
//! syntax: each is quoted.

use super::{Holding, Store, StoreError};
use crate::model::{OutletId, StatementId, Target};
use jiff::civil::Date;

/// Most statements on one page: more than a chat shows, few enough to read whole.
pub const PAGE_ROWS_MAX: usize = 50;

/// In whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    /// The holder's own, as the outlet gives them.
    Own,
    /// Reported of the holder by somebody other than the outlet ("ISW said that Putin …").
    Reported,
}

/// A question for statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// Whose words, or stances reported by others; anybody's when empty.
    pub holdings: Vec<Holding>,
    /// Only own words or only what others report; both when none.
    pub voice: Option<Voice>,
    /// Words or phrases that the content has, all of them.
    pub words: Vec<String>,
    /// Only statements with a stance of the holdings (of anybody when there are none) towards this target.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// A statement that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHit {
    /// The statement.
    pub id: StatementId,
    /// In whose words, seen from the holdings; own when the question names none.
    pub voice: Voice,
    /// Index of the holding by which it counts; none when the question names none.
    pub holding: Option<usize>,
    /// The last day on which it can have been said.
    pub day: Date,
}

/// One page of what answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementHits {
    /// The page, newest first.
    pub hits: Vec<StatementHit>,
    /// How many answer in own words.
    pub own: u64,
    /// How many answer as reported by others.
    pub reported: u64,
}

impl Store {
    /// Gives statements that answer, newest first, `offset` left out, at most `limit` (never more than [`PAGE_ROWS_MAX`]).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn search(&self, filter: &StatementFilter, offset: usize, limit: usize) -> Result<StatementHits, StoreError> {
        let _ = (filter, offset, limit);
        unimplemented!()
    }
}
