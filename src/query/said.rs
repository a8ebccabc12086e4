//! What somebody said, newest first, own words and reports told apart.

use super::QueryError;
use crate::model::{ActorId, OutletId, Stance, Target};
use crate::store::{Store, StoredStatement, Voice};
use jiff::civil::Date;

/// A question for statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementQuery {
    /// Whose; anybody's when none.
    pub actor: Option<ActorId>,
    /// Only own words or only reports; both when none.
    pub voice: Option<Voice>,
    /// Words or phrases that the content has, all of them.
    pub words: Vec<String>,
    /// Only statements with a stance towards this target.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// How many to leave out.
    pub offset: usize,
    /// How many to give, at most [`crate::store::PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// By whom a statement counts for the asked actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// Who.
    pub actor: ActorId,
    /// The name to show.
    pub name: String,
    /// The post; empty for a part of the actor.
    pub title: String,
}

/// A stance with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceShown {
    /// Whose.
    pub holder: ActorId,
    /// The name to show.
    pub holder_name: String,
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub target_name: String,
    /// Which.
    pub stance: Stance,
    /// In whose words.
    pub voice: Voice,
}

/// A statement that answers, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// The statement.
    pub stored: StoredStatement,
    /// In whose words, seen from the asked actor.
    pub voice: Voice,
    /// The member by whom it counts for the asked actor; none when it is the actor itself, or nobody was asked for.
    pub via: Option<Via>,
    /// Who reports it, when it is reported and that is known: the name to show.
    pub reporter: Option<String>,
    /// The stances it shows.
    pub stances: Vec<StanceShown>,
}

/// One page of statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementPage {
    /// The page, newest first.
    pub rows: Vec<StatementRow>,
    /// How many answer in own words.
    pub own: u64,
    /// How many answer as reported by others.
    pub reported: u64,
    /// How many were left out before.
    pub offset: usize,
}

/// Gives statements that answer, newest first.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn statements(store: &Store, query: &StatementQuery) -> Result<StatementPage, QueryError> {
    let _ = (store, query);
    unimplemented!()
}
