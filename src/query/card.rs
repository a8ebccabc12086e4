//! What is known of one actor.

use super::lately::lately;
use super::members::{holdings, members};
use super::names::Names;
use super::{Lately, Member, QueryError};
use crate::model::{Actor, ActorId, Role, StatementId, Target};
use crate::store::{StanceQuery, StatementFilter, StatementHits, Store};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// A target and how many statements show a stance towards it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetCount {
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub name: String,
    /// Statements that show a stance of the actor, or of those who speak for it, towards it.
    pub statements: u64,
}

/// What is known of one actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorCard {
    /// Names, roles, parts, origin.
    pub actor: Actor,
    /// True when it is no longer in the data.
    pub is_retired: bool,
    /// For each role of [`Actor::roles`], in order: the name of the actor in which it is held.
    pub role_of_names: Vec<Option<String>>,
    /// Who speaks for it, and when; the actor itself is left out.
    pub members: Vec<Member>,
    /// Statements in the actor's own words.
    pub own: u64,
    /// Statements in which others report the actor's words or stances.
    pub reported: u64,
    /// Statements in own words of the members, while they were members.
    pub as_part: u64,
    /// What it takes stances on, most first.
    pub targets: Vec<TargetCount>,
    /// The days that were looked at for that, where there are older ones.
    pub lately: Option<Lately>,
    /// The day of the newest statement.
    pub last_day: Option<Date>,
}

/// Gathers what is known of one actor.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn actor_card(store: &Store, actor: &ActorId) -> Result<ActorCard, QueryError> {
    let stored = store.actor(actor)?.ok_or_else(|| QueryError::Missing { what: "actor", id: actor.to_string() })?;
    let everybody = members(store, &stored.actor.id)?;
    let (itself, others): (Vec<Member>, Vec<Member>) = everybody.iter().cloned().partition(|member| member.is_self);
    let own = count(store, &itself)?;
    let as_part = if others.is_empty() { StatementHits::default() } else { count(store, &others)? };
    let mut names = Names::new(store);
    let of = |names: &mut Names<'_>, role: &Role| role.of.as_ref().map(|of| names.actor(of)).transpose();
    let role_of_names = stored.actor.roles.iter().map(|role| of(&mut names, role)).collect::<Result<_, _>>()?;
    let newest = |hits: &StatementHits| hits.hits.first().map(|hit| hit.day);
    let asked = StanceQuery { holdings: holdings(&everybody), ..StanceQuery::default() };
    let lately = lately(store, &asked)?;
    let asked = StanceQuery { since: lately.map(|lately| lately.since), ..asked };
    Ok(ActorCard {
        role_of_names,
        own: own.own,
        reported: own.reported,
        as_part: as_part.own,
        targets: targets(store, &asked, &mut names)?,
        lately,
        last_day: newest(&own).max(newest(&as_part)),
        members: others,
        is_retired: stored.is_retired,
        actor: stored.actor,
    })
}

/// Counts what members said, and finds the newest.
fn count(store: &Store, members: &[Member]) -> Result<StatementHits, QueryError> {
    let filter = StatementFilter { holdings: holdings(members), ..StatementFilter::default() };
    Ok(store.search(&filter, 0, 1)?)
}

/// Counts statements for each target, most first.
fn targets(store: &Store, asked: &StanceQuery, names: &mut Names<'_>) -> Result<Vec<TargetCount>, QueryError> {
    let rows = store.stances(asked)?;
    let mut by_target: BTreeMap<&Target, BTreeSet<StatementId>> = BTreeMap::new();
    for row in &rows {
        by_target.entry(&row.target).or_default().insert(row.statement);
    }
    names.read(by_target.keys().copied())?;
    let mut counts = Vec::new();
    for (target, statements) in by_target {
        counts.push(TargetCount { target: target.clone(), name: names.target(target)?, statements: statements.len() as u64 });
    }
    counts.sort_by(|left, right| right.statements.cmp(&left.statements).then_with(|| left.target.cmp(&right.target)));
    Ok(counts)
}
