//! Opposite stances of one holder on one target, side by side. Nothing is said about which of them holds or why.
//!
//! A pair is a statement of support and a statement of opposition that both say how it is on their day; own words are taken before
//! reports, then the newest. Conditional and mixed contradict nothing.

use super::lately::lately;
use super::members::{holdings, members, on_day};
use super::names::Names;
use super::reach::{take_as_own, take_as_own_of_each};
use super::shifts::courses;
use super::shown::{Shown, StanceSaid};
use super::vote::{Vote, narrow};
use super::{Lately, QueryError};
use crate::model::{ActorId, Stance, Target};
use crate::store::{StanceQuery, Store, Voice};
use jiff::civil::Date;
use std::cmp::Reverse;

/// Whose or on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Those of an actor and of everybody who speaks for it.
    Of(ActorId),
    /// Everybody's on a target.
    On(Target),
}

/// A question for contradictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContradictionQuery {
    /// Whose or on what.
    pub asked: Asked,
    /// Only on this target.
    pub target: Option<Target>,
    /// First day; a year before the newest stance when none.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// How many to leave out, and how many to give.
    pub page: (usize, usize),
}

/// Two opposite stances of one holder on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Whose.
    pub holder_name: String,
    /// By which post the holder counts for the asked actor; none for the actor itself and for its parts.
    pub via: Option<String>,
    /// Towards whom or what.
    pub target_name: String,
    /// The older one.
    pub earlier: StanceSaid,
    /// The newer one.
    pub later: StanceSaid,
}

/// Contradictions, those with the newest statement first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contradictions {
    /// The page.
    pub pairs: Vec<Contradiction>,
    /// How many there are in all.
    pub count: usize,
    /// The days that were looked at, where there are older ones.
    pub lately: Option<Lately>,
}

/// Finds opposite stances, one pair for each holder and target.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn contradictions(store: &Store, query: &ContradictionQuery) -> Result<Contradictions, QueryError> {
    let (everybody, actor, target) = match &query.asked {
        Asked::Of(actor) => (members(store, actor)?, actor.clone(), query.target.clone()),
        Asked::On(target) => (Vec::new(), ActorId::new(""), Some(target.clone())),
    };
    let holdings = holdings(&everybody);
    let asked = StanceQuery { holdings, target, since: query.since, until: query.until, ..StanceQuery::default() };
    let lately = lately(store, &asked)?;
    let mut rows = store.stances(&StanceQuery { since: query.since.or(lately.map(|lately| lately.since)), ..asked })?;
    match &query.asked {
        Asked::Of(_) => take_as_own(&mut rows, &everybody),
        Asked::On(_) => take_as_own_of_each(store, &mut rows)?,
    }
    let courses = courses(&rows, &actor, &everybody);
    let mut found: Vec<(&ActorId, &Target, [Vote<'_>; 2])> =
        courses.iter().filter_map(|(holder, target, votes)| Some((*holder, *target, opposite(votes)?))).collect();
    found.sort_by_key(|(_, _, [_, later])| Reverse((later.day, later.at, later.statement)));
    let mut shown = Shown { store, names: Names::new(store), members: &everybody };
    let mut pairs = Vec::new();
    let (offset, limit) = query.page;
    for (holder, target, [earlier, later]) in found.iter().skip(offset).take(limit) {
        let (Some(earlier), Some(later)) = (shown.said(holder, earlier)?, shown.said(holder, later)?) else { continue };
        let member = on_day(&everybody, holder, later.decider.day);
        pairs.push(Contradiction {
            holder_name: shown.names.actor(holder)?,
            via: member.map(|member| member.title.clone()).filter(|title| !title.is_empty()),
            target_name: shown.names.target(target)?,
            earlier,
            later,
        });
    }
    Ok(Contradictions { pairs, count: found.len(), lately })
}

/// Gives the newest support and the newest opposition in the order of time, own words before reports; none when one is missing.
fn opposite<'r>(votes: &[Vote<'r>]) -> Option<[Vote<'r>; 2]> {
    let side = |stance: Stance| {
        let mut side: Vec<Vote<'r>> = votes.iter().filter(|vote| vote.stance == stance).copied().collect();
        narrow(&mut side, |vote| vote.voice == Voice::Own);
        side.first().copied()
    };
    let mut pair = [side(Stance::Support)?, side(Stance::Oppose)?];
    pair.sort_by_key(|vote| (vote.day, vote.at, vote.statement));
    Some(pair)
}
