//! What is asked of an actor's stances, page by page: the one question that shifts and conditions share.

use crate::model::{ActorId, OutletId, Target};
use crate::store::{Holding, StanceQuery};
use jiff::civil::Date;

/// Whose stances, on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorQuery {
    /// Whose: its own and those of everybody who speaks for it, each by itself.
    pub actor: ActorId,
    /// Towards whom or what; everything when none.
    pub target: Option<Target>,
    /// First day, of shifts the first on which one may have been completed; a year before the newest stance when none.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// How many to leave out, and how many to give.
    pub page: (usize, usize),
}

impl ActorQuery {
    /// Gives the question for the stances of those who count.
    pub(super) fn stances(&self, holdings: Vec<Holding>) -> StanceQuery {
        StanceQuery {
            holdings,
            target: self.target.clone(),
            since: self.since,
            until: self.until,
            outlet: self.outlet.clone(),
            stance: None,
        }
    }
}
