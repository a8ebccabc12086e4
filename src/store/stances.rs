//! Stances as stored: small rows from which `query` computes positions.

use super::{Store, StoreError, Voice};
use crate::model::{ActorId, OutletId, Stance, StatementId, Target};
use jiff::Timestamp;
use jiff::civil::Date;

/// An actor whose stances count, and the days on which they do: open for oneself, the days of a post for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The actor.
    pub actor: ActorId,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

/// A question for stances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StanceQuery {
    /// Whose; anybody's when empty (then `target` has to be given).
    pub holdings: Vec<Holding>,
    /// Towards whom or what.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// A stance that a statement shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceRow {
    /// The statement.
    pub statement: StatementId,
    /// Whose stance.
    pub holder: ActorId,
    /// Towards whom or what.
    pub target: Target,
    /// Which.
    pub stance: Stance,
    /// In whose words.
    pub voice: Voice,
    /// True for direct and mixed quotations.
    pub is_direct: bool,
    /// The last day on which it can have been said.
    pub day: Date,
    /// When its article was published, else first seen (UTC).
    pub at: Timestamp,
    /// Who published it first.
    pub outlet: OutletId,
    /// Who else published it.
    pub copies: Vec<OutletId>,
    /// Who reports it, when it is reported and that is known.
    pub reporter: Option<ActorId>,
}

impl Store {
    /// Gives stances, in the order of day, moment and id, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn stances(&self, query: &StanceQuery) -> Result<Vec<StanceRow>, StoreError> {
        let _ = query;
        unimplemented!()
    }

    /// Gives the targets about which stances are stored, with how many statements show one, most first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn target_counts(&self, limit: usize) -> Result<Vec<(Target, u64)>, StoreError> {
        let _ = limit;
        unimplemented!()
    }
}
