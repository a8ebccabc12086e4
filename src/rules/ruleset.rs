//! The rules made ready: data files checked and indexed once, used for every text.

use super::data::{DataFile, DataProblem};
use crate::model::{Actor, Extraction, Outlet, OutletId, RuleId, Topic};
use jiff::civil::Date;

/// A text to read, with what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The plain text that all spans refer to; paragraphs end with a line feed.
    pub text: &'a str,
    /// The day of publication (UTC), for relative dates and for roles; none when it is not known.
    pub published: Option<Date>,
    /// Who publishes, so that "we" and the outlet's own name are not taken for a source of news.
    pub outlet: Option<&'a OutletId>,
}

/// Where a rule stands and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The rule.
    pub id: RuleId,
    /// File relative to the project.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// What it does, in one sentence.
    pub summary: String,
}

/// The rules made ready; cheap to share (`Arc`), never changed.
#[derive(Debug)]
pub struct Ruleset {
    hash: String,
}

impl Ruleset {
    /// Checks the data files and builds the indexes.
    ///
    /// # Errors
    /// All mistakes of all files, sorted by place.
    pub fn build(_files: &[DataFile]) -> Result<Self, Vec<DataProblem>> {
        Ok(Self { hash: String::new() })
    }

    /// Gives the hash of data and rule version: 16 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Reads a text.
    pub fn extract(&self, _document: &Document<'_>) -> Extraction {
        Extraction::default()
    }

    /// Gives all actors of the data, sorted by id.
    pub fn actors(&self) -> &[Actor] {
        &[]
    }

    /// Gives all topics of the data, sorted by id.
    pub fn topics(&self) -> &[Topic] {
        &[]
    }

    /// Gives all outlets of the data, sorted by id.
    pub fn outlets(&self) -> &[Outlet] {
        &[]
    }

    /// Gives all rules: sentence shapes and data rules, sorted by id.
    pub fn rules(&self) -> &[RuleInfo] {
        &[]
    }
}
