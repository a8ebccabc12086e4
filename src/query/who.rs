//! Who stands where on one target: everybody's position, gathered in camps.

use super::lately::lately;
use super::members::members;
use super::names::Names;
use super::position::{WINDOW_DAYS, holder_position};
use super::reach::{Reach, everybodys_rows, rows_on, take_as_own, take_as_own_of_each};
use super::vote::{Numbers, Vote, Weighed, is_answer, numbers, stance_today, votes_of, weigh};
use super::{HolderPosition, Lately, QueryError};
use crate::model::{ActorId, OutletId, Stance, StatementId, Target};
use crate::store::{Holding, StanceQuery, StanceRow, Store};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;

/// On what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CampsQuery {
    /// Towards whom or what.
    pub target: Target,
    /// First day; a year before the newest stance on it when none.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// Most holders of one camp that are named.
    pub named: usize,
}

/// Everybody with one stance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Camp {
    /// The stance.
    pub stance: Stance,
    /// How many stand there.
    pub count: usize,
    /// Who, newest first; at most as many as are to be named.
    pub holders: Vec<HolderPosition>,
    /// Statements in own words that count.
    pub own: u32,
    /// Statements as reported by others that count.
    pub reported: u32,
    /// The day of the newest statement that decided.
    pub last_day: Date,
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
    /// Statements in own words that count.
    pub own: u32,
    /// Statements as reported by others that count.
    pub reported: u32,
    /// Outlets that had them first.
    pub outlets: u32,
    /// The days that were looked at, where there are older ones: who took a stance only before is left out.
    pub lately: Option<Lately>,
}

/// Where one holder stands, before names are looked up.
struct Stood<'r> {
    holder: &'r ActorId,
    weighed: Weighed<'r>,
}

impl Stood<'_> {
    fn order(&self) -> Reverse<(Date, StatementId)> {
        Reverse((self.weighed.decider.day, self.weighed.decider.statement))
    }
}

/// Computes who stands where on one target. Each holder stands for itself alone: nobody is counted for an organisation here, but
/// what those who speak for it tell of it is its own word, as in [`super::positions`].
///
/// # Errors
/// [`QueryError::Store`].
pub fn who(store: &Store, query: &CampsQuery) -> Result<Camps, QueryError> {
    let asked = StanceQuery {
        holdings: Vec::new(),
        target: Some(query.target.clone()),
        since: query.since,
        until: query.until,
        outlet: query.outlet.clone(),
        stance: None,
    };
    let lately = lately(store, &asked)?;
    let mut rows = match lately {
        Some(Lately { since, .. }) => rows_since(store, &asked, since)?,
        None => everybodys_rows(store, &asked, None)?,
    };
    take_as_own_of_each(store, &mut rows)?;
    let mut stood: Vec<Stood<'_>> = rows.chunk_by(|left, right| left.holder == right.holder).filter_map(stands).collect();
    stood.sort_by_key(Stood::order);
    let mut names = Names::new(store);
    let mut camps = Vec::new();
    for stance in Stance::ALL {
        let camp: Vec<&Stood<'_>> = stood.iter().filter(|stood| stood.weighed.stance == *stance).collect();
        let Some(first) = camp.first() else { continue };
        let mut holders = Vec::new();
        for stood in camp.iter().take(query.named) {
            holders.push(named(&mut names, (store, &asked), stood)?);
        }
        let Numbers { own, reported, .. } = counted(camp.iter().copied());
        camps.push(Camp { stance: *stance, count: camp.len(), holders, own, reported, last_day: first.weighed.decider.day });
    }
    let Numbers { own, reported, outlets } = counted(stood.iter());
    Ok(Camps { target_name: names.target(&query.target)?, target: query.target.clone(), camps, own, reported, outlets, lately })
}

/// Reads the stances by which everybody is weighed who took one since a day; of whoever gave no answer since then, what is older is
/// read as well.
fn rows_since(store: &Store, asked: &StanceQuery, since: Date) -> Result<Vec<StanceRow>, QueryError> {
    let from = since.checked_sub(WINDOW_DAYS.days()).unwrap_or(Date::MIN);
    let mut rows = everybodys_rows(store, &StanceQuery { since: Some(from), ..asked.clone() }, Some(since))?;
    let gave_none = |rows: &[StanceRow]| !rows.iter().any(|row| row.day >= since && is_answer(stance_today(row)));
    let silent: Vec<Holding> = rows
        .chunk_by(|left, right| left.holder == right.holder)
        .filter(|rows| gave_none(rows))
        .filter_map(|rows| Some(Holding { actor: rows.first()?.holder.clone(), since: None, until: None }))
        .collect();
    if let (false, Ok(until)) = (silent.is_empty(), from.yesterday()) {
        rows.append(&mut rows_on(store, &StanceQuery { holdings: silent, until: Some(until), ..asked.clone() }, Reach::Window)?);
        rows.sort_by(|left, right| left.holder.cmp(&right.holder));
    }
    Ok(rows)
}

fn stands(rows: &[StanceRow]) -> Option<Stood<'_>> {
    let weighed = weigh(&votes_of(&rows.iter().collect::<Vec<_>>()))?;
    Some(Stood { holder: &rows.first()?.holder, weighed })
}

fn counted<'s, 'r: 's>(stood: impl Iterator<Item = &'s Stood<'r>>) -> Numbers {
    numbers(stood.flat_map(|stood| &stood.weighed.weighed))
}

/// Puts name and trend to where a holder stands; for the trend the stances of a year are read.
fn named(names: &mut Names<'_>, (store, asked): (&Store, &StanceQuery), stood: &Stood<'_>) -> Result<HolderPosition, QueryError> {
    let holding = Holding { actor: stood.holder.clone(), since: None, until: None };
    let mut rows = rows_on(store, &StanceQuery { holdings: vec![holding], ..asked.clone() }, Reach::History)?;
    take_as_own(&mut rows, &members(store, stood.holder)?);
    let votes: Vec<Vote<'_>> = votes_of(&rows.iter().collect::<Vec<_>>());
    holder_position(names, (stood.holder, &votes), &stood.weighed, &[])
}
