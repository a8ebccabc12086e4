//! Two actors side by side: where each stands on what both took a stance on.

use super::lately::lately;
use super::members::{holdings, members};
use super::vote::is_answer;
use super::{Lately, Position, QueryError, Scope, positions};
use crate::model::{ActorId, Stance, Target};
use crate::store::{StanceQuery, Store};
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Whom to compare, on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompareQuery {
    /// The two actors.
    pub actors: [ActorId; 2],
    /// Towards whom or what; everything that both took a stance on when none.
    pub target: Option<Target>,
    /// First day; for what both took a stance on, a year before the newest stance of each when none.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Most targets that are compared.
    pub limit: usize,
}

/// How two positions stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Both answers are the same.
    Same,
    /// One supports what the other opposes.
    Opposite,
    /// The answers differ, and are not opposite.
    Differ,
    /// One of them is divided, or gives no answer.
    Unknown,
}

/// Both positions on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Where each stands, in the order of the question.
    pub positions: [Position; 2],
    /// How they stand to each other.
    pub agreement: Agreement,
}

/// Two actors side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// One for each common target, those that both spoke of last first.
    pub compared: Vec<Compared>,
    /// Common targets that are left out.
    pub others: usize,
    /// The days in which common targets were looked for, where there are older ones.
    pub lately: Option<Lately>,
}

/// Compares where two actors stand.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn compare(store: &Store, query: &CompareQuery) -> Result<Comparison, QueryError> {
    let (common, lately) = match &query.target {
        Some(target) => (vec![target.clone()], None),
        None => common_targets(store, query)?,
    };
    let mut comparison = Comparison { compared: Vec::new(), others: common.len().saturating_sub(query.limit), lately };
    for target in common.into_iter().take(query.limit) {
        let of = |actor: &ActorId| -> Result<Option<Position>, QueryError> {
            let scope = Scope {
                actor: actor.clone(),
                target: Some(target.clone()),
                since: query.since,
                until: query.until,
                outlet: None,
                limit: 1,
            };
            Ok(positions(store, &scope)?.positions.pop())
        };
        let [left, right] = &query.actors;
        if let (Some(left), Some(right)) = (of(left)?, of(right)?) {
            comparison.compared.push(Compared { agreement: agreement(&left, &right), positions: [left, right] });
        }
    }
    Ok(comparison)
}

/// Gives what both took a stance on, the one first whose older newest stance is the newest, and the days that were looked at.
fn common_targets(store: &Store, query: &CompareQuery) -> Result<(Vec<Target>, Option<Lately>), QueryError> {
    let [left, right] = &query.actors;
    let of = |actor: &ActorId| -> Result<(BTreeMap<Target, Date>, Option<Lately>), QueryError> {
        let holdings = holdings(&members(store, actor)?);
        let asked = StanceQuery { holdings, since: query.since, until: query.until, ..StanceQuery::default() };
        let lately = lately(store, &asked)?;
        let since = query.since.or(lately.map(|lately| lately.since));
        Ok((store.last_days(&StanceQuery { since, ..asked })?, lately))
    };
    let ((left, left_lately), (right, right_lately)) = (of(left)?, of(right)?);
    let mut common: Vec<(Target, Date)> = Vec::new();
    for (target, day) in left {
        if let Some(other) = right.get(&target) {
            common.push((target, day.min(*other)));
        }
    }
    common.sort_by_key(|(_, day)| Reverse(*day));
    let lately = left_lately
        .into_iter()
        .chain(right_lately)
        .reduce(|left, right| Lately { since: left.since.min(right.since), first: left.first.min(right.first) });
    Ok((common.into_iter().map(|(target, _)| target).collect(), lately))
}

/// Tells how two positions stand to each other; a divided one has no answer of its own.
fn agreement(left: &Position, right: &Position) -> Agreement {
    let can_tell = |position: &Position| is_answer(position.stance) && !position.is_divided;
    match (left.stance, right.stance) {
        _ if !can_tell(left) || !can_tell(right) => Agreement::Unknown,
        (Stance::Mixed, _) | (_, Stance::Mixed) => Agreement::Differ,
        (left, right) if left == right => Agreement::Same,
        (Stance::Support, Stance::Oppose) | (Stance::Oppose, Stance::Support) => Agreement::Opposite,
        _ => Agreement::Differ,
    }
}
