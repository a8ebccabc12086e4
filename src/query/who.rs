//! Who stands where on one target.

use super::names::Names;
use super::position::holder_position;
use super::vote::{counted, votes_of, weigh};
use super::{HolderPosition, QueryError};
use crate::model::{ActorId, OutletId, Stance, Target};
use crate::store::{StanceQuery, StanceRow, Store, Voice};
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::BTreeMap;

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

/// Computes who stands where on one target. Each holder stands for itself alone: nobody is counted for an organisation here.
///
/// # Errors
/// [`QueryError::Store`].
pub fn who(store: &Store, query: &CampsQuery) -> Result<Camps, QueryError> {
    let rows = store.stances(&StanceQuery {
        holdings: Vec::new(),
        target: Some(query.target.clone()),
        since: query.since,
        until: query.until,
        outlet: query.outlet.clone(),
    })?;
    let mut by_holder: BTreeMap<&ActorId, Vec<&StanceRow>> = BTreeMap::new();
    for row in &rows {
        by_holder.entry(&row.holder).or_default().push(row);
    }
    let mut names = Names::new(store);
    let holders: Vec<Target> = by_holder.keys().map(|holder| Target::Actor((*holder).clone())).collect();
    names.read(holders.iter())?;
    let mut camps: Vec<Camp> = Stance::ALL.iter().map(|stance| Camp { stance: *stance, holders: Vec::new() }).collect();
    for (holder, rows) in by_holder {
        let Some(weighed) = weigh(&votes_of(&rows)) else { continue };
        if let Some(camp) = camps.iter_mut().find(|camp| camp.stance == weighed.stance) {
            camp.holders.push(holder_position(&mut names, holder, weighed, &[])?);
        }
    }
    camps.retain(|camp| !camp.holders.is_empty());
    for camp in &mut camps {
        camp.holders.sort_by_key(|held| Reverse((held.decider.day, held.decider.statement)));
    }
    let all: Vec<&StanceRow> = rows.iter().collect();
    let votes = counted(&all);
    let number = |voice| votes.iter().filter(|vote| vote.voice == voice).count() as u32;
    Ok(Camps {
        target_name: names.target(&query.target)?,
        target: query.target.clone(),
        own: number(Voice::Own),
        reported: number(Voice::Reported),
        camps,
    })
}
