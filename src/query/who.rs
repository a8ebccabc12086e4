//! Who stands where on one target.

use super::{HolderPosition, QueryError};
use crate::model::{OutletId, Stance, Target};
use crate::store::Store;
use jiff::civil::Date;

/// On what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampsQuery {
    /// Towards whom or what.
    pub target: Target,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// Everybody with one stance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camp {
    /// The stance.
    pub stance: Stance,
    /// Who, newest first.
    pub holders: Vec<HolderPosition>,
}

/// Who stands where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camps {
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub target_name: String,
    /// The camps that have somebody in them, in the order of [`Stance::ALL`].
    pub camps: Vec<Camp>,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
}

/// Computes who stands where on one target.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown target, [`QueryError::Store`].
pub fn who(store: &Store, query: &CampsQuery) -> Result<Camps, QueryError> {
    let _ = (store, query);
    unimplemented!()
}
