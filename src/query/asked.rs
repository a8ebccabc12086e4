//! What is asked of an actor's stances, page by page: the one question that shifts and conditions share.

use crate::model::{ActorId, OutletId, Target};
use jiff::civil::Date;

/// Whose stances, on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorQuery {
    /// Whose: its own and those of everybody who speaks for it, each by itself.
    pub actor: ActorId,
    /// Towards whom or what; everything when none.
    pub target: Option<Target>,
    /// First day; of shifts the first on which one may have been completed.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// How many to leave out, and how many to give.
    pub page: (usize, usize),
}
