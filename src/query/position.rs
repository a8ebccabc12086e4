//! Where somebody stands, over a period, computed from statements.
//!
//! # What a position is
//!
//! 1. Every statement is one vote per holder and target. Support, oppose, conditional and mixed are answers; neutral is one only
//!    where there is none of these, unclear only where there is nothing else.
//! 2. Answers within [`WINDOW_DAYS`] days of the holder's newest answer count; older ones are history, so that a leader who came
//!    round is not held to what he said in spring.
//! 3. Of these, own words come before what others report of the holder; then the newest day; then, on one day, quotations
//!    before paraphrase. Several that remain and differ give "mixed" (support and conditional give "conditional").
//! 4. What somebody who speaks for an actor on that day tells of it is the actor's own word.
//! 5. Of several holders who count for an actor, the actor's own name comes first, then its members: own words before reports, the
//!    newest first. Each is weighed by itself, and no holder outvotes another: where answers of the same month differ, the position
//!    is *divided*, and an answer names each side with who takes it and in whose words. It never says “mixed” for that: “mixed” is
//!    one holder's own answer.
//!
//! How the votes are weighed stands in `vote`; this file gathers them. Nothing here is stored.

use super::members::{holdings, members, on_day};
use super::names::Names;
use super::vote::{Weighed, counted, is_answer, outlets, votes_of, weigh};
use super::{Member, QueryError};
use crate::model::{Actor, ActorId, OutletId, Stance, StatementId, Target};
use crate::store::{StanceQuery, StanceRow, Store, Voice};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Days before the newest answer that still make up a position; older answers are history. A month is the pace at which
/// positions in a negotiation are restated.
pub const WINDOW_DAYS: i32 = 30;

/// Whose position on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whose.
    pub actor: ActorId,
    /// Towards whom or what; everything when none.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// The statement that decided a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The statement.
    pub statement: StatementId,
    /// In whose words.
    pub voice: Voice,
    /// Who tells it of the holder, where that is known: the name to show. With [`Voice::Own`] it is somebody who speaks for the
    /// holder, such as a spokesman for an office.
    pub reporter: Option<String>,
    /// The last day on which it can have been said.
    pub day: Date,
}

/// What was held before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The other stance.
    pub stance: Stance,
    /// The newest statement that shows it.
    pub decider: Decider,
}

/// One holder's part in a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderPosition {
    /// Who.
    pub holder: ActorId,
    /// The name to show.
    pub name: String,
    /// By which post it counts for the asked actor ("presidential aide"); none for the actor itself and for its parts.
    pub via: Option<String>,
    /// True for the asked actor itself.
    pub is_self: bool,
    /// True when it answers, and within [`WINDOW_DAYS`] days of the newest answer of all holders.
    pub is_current: bool,
    /// Where the holder stands.
    pub stance: Stance,
    /// What decided it.
    pub decider: Decider,
    /// A different stance that the same holder showed before, in the same voice.
    pub earlier: Option<Earlier>,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
    /// The day of the newest statement.
    pub last_day: Date,
}

/// Where an actor stands towards one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub target_name: String,
    /// Where the first holder stands, which is where the actor stands unless the position is divided.
    pub stance: Stance,
    /// Each holder that counts, the one that decided first.
    pub holders: Vec<HolderPosition>,
    /// True when holders whose answers are current take different sides: then the sides are the answer, not `stance`.
    pub is_divided: bool,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
    /// Outlets in which they appeared.
    pub outlets: u32,
    /// The day of the newest statement.
    pub last_day: Date,
    /// Statements for each stance, in the order of [`Stance::ALL`], zeros left out.
    pub tally: Vec<(Stance, u32)>,
}

/// Where an actor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    /// Whose positions.
    pub actor: Actor,
    /// Who spoke for the actor in these statements, the actor itself included.
    pub members: Vec<Member>,
    /// One for each target, those with a stance first, then by newest day, then by number of statements.
    pub positions: Vec<Position>,
    /// Everybody who counts, whether they spoke or not.
    pub(super) everybody: Vec<Member>,
    /// The statements that show these positions, newest first, each once.
    pub(super) showing: Vec<Showing>,
}

/// A statement that shows a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Showing {
    pub(super) statement: StatementId,
    pub(super) holder: ActorId,
    pub(super) voice: Voice,
    pub(super) day: Date,
    at: Timestamp,
}

/// Computes where an actor stands.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn positions(store: &Store, scope: &Scope) -> Result<Positions, QueryError> {
    let stored = store.actor(&scope.actor)?;
    let actor = stored.ok_or_else(|| QueryError::Missing { what: "actor", id: scope.actor.to_string() })?.actor;
    let everybody = members(store, &actor.id)?;
    let mut rows = store.stances(&StanceQuery {
        holdings: holdings(&everybody),
        target: scope.target.clone(),
        since: scope.since,
        until: scope.until,
        outlet: scope.outlet.clone(),
    })?;
    take_as_own(&mut rows, &everybody);
    let mut by_target: BTreeMap<&Target, Vec<&StanceRow>> = BTreeMap::new();
    for row in &rows {
        by_target.entry(&row.target).or_default().push(row);
    }
    let mut names = Names::new(store);
    names.read(by_target.keys().copied())?;
    let mut positions = Vec::new();
    for (target, rows) in by_target {
        positions.extend(position(&mut names, (target, &rows), &Asked { actor: &actor, members: &everybody })?);
    }
    positions.sort_by_key(|position| (!is_answer(position.stance), Reverse(position.last_day), Reverse(position.own + position.reported)));
    let spoke: BTreeSet<&ActorId> = rows.iter().map(|row| &row.holder).collect();
    let members = everybody.iter().filter(|member| spoke.contains(&member.actor)).cloned().collect();
    let showing = showing(&rows);
    Ok(Positions { actor, members, positions, everybody, showing })
}

/// Gives the statements of the rows, newest first, each once, own words before reports.
fn showing(rows: &[StanceRow]) -> Vec<Showing> {
    let of = |row: &StanceRow| Showing { statement: row.statement, holder: row.holder.clone(), voice: row.voice, day: row.day, at: row.at };
    let mut showing: Vec<Showing> = rows.iter().map(of).collect();
    showing.sort_by_key(|shown| (Reverse((shown.day, shown.at, shown.statement)), shown.voice));
    showing.dedup_by_key(|shown| shown.statement);
    showing
}

/// What somebody who speaks for the actor tells of it is the actor's own word, not a report: a spokesman tells what the office
/// wants.
fn take_as_own(rows: &mut [StanceRow], members: &[Member]) {
    for row in rows.iter_mut().filter(|row| row.voice == Voice::Reported) {
        if row.reporter.as_ref().is_some_and(|reporter| on_day(members, reporter, row.day).is_some()) {
            row.voice = Voice::Own;
        }
    }
}

/// Who was asked for, and who counts for it.
struct Asked<'a> {
    actor: &'a Actor,
    members: &'a [Member],
}

/// Computes the position on one target; none when nobody of the members counts, which cannot be.
fn position(names: &mut Names<'_>, (target, rows): (&Target, &[&StanceRow]), asked: &Asked<'_>) -> Result<Option<Position>, QueryError> {
    let mut by_holder: BTreeMap<&ActorId, Vec<&StanceRow>> = BTreeMap::new();
    let selves: Vec<&ActorId> = asked.members.iter().filter(|member| member.is_self).map(|member| &member.actor).collect();
    for rows in rows.chunk_by(|left, right| left.holder == right.holder) {
        let Some(first) = rows.first() else { continue };
        let is_self = selves.contains(&&first.holder);
        by_holder.entry(if is_self { &asked.actor.id } else { &first.holder }).or_default().extend(rows);
    }
    let mut holders = Vec::new();
    for (holder, rows) in by_holder {
        if let Some(weighed) = weigh(&votes_of(&rows)) {
            holders.push(holder_position(names, holder, weighed, asked.members)?);
        }
    }
    order(&mut holders);
    let Some(first) = holders.first() else { return Ok(None) };
    let votes = counted(rows);
    let number = |voice| votes.iter().filter(|vote| vote.voice == voice).count() as u32;
    let tally = Stance::ALL.iter().map(|stance| (*stance, votes.iter().filter(|vote| vote.stance == *stance).count() as u32));
    Ok(Some(Position {
        target: target.clone(),
        target_name: names.target(target)?,
        stance: first.stance,
        is_divided: is_divided(&holders),
        own: number(Voice::Own),
        reported: number(Voice::Reported),
        outlets: outlets(rows),
        last_day: rows.iter().map(|row| row.day).max().unwrap_or(first.last_day),
        tally: tally.filter(|(_, number)| *number > 0).collect(),
        holders,
    }))
}

/// Puts names to a weighed vote. The post is that of the day of the deciding statement.
pub(super) fn holder_position(
    names: &mut Names<'_>,
    holder: &ActorId,
    weighed: Weighed<'_>,
    members: &[Member],
) -> Result<HolderPosition, QueryError> {
    let member = on_day(members, holder, weighed.decider.day);
    let mut decider = |vote: &super::vote::Vote<'_>| -> Result<Decider, QueryError> {
        let reporter = vote.reporter.map(|reporter| names.actor(reporter)).transpose()?;
        Ok(Decider { statement: vote.statement, voice: vote.voice, reporter, day: vote.day })
    };
    let earlier = match &weighed.earlier {
        Some(vote) => Some(Earlier { stance: vote.stance, decider: decider(vote)? }),
        None => None,
    };
    let decided = decider(&weighed.decider)?;
    Ok(HolderPosition {
        holder: holder.clone(),
        name: names.actor(holder)?,
        via: member.map(|member| member.title.clone()).filter(|title| !title.is_empty()),
        is_self: member.is_some_and(|member| member.is_self),
        is_current: is_answer(weighed.stance),
        stance: weighed.stance,
        decider: decided,
        earlier,
        own: weighed.own,
        reported: weighed.reported,
        last_day: weighed.last_day,
    })
}

/// Puts the holder that decides first: answers, within the window, the actor itself, own words, the newest.
fn order(holders: &mut [HolderPosition]) {
    let from = window_start(holders);
    for held in holders.iter_mut() {
        held.is_current = is_answer(held.stance) && from.is_none_or(|from| held.decider.day >= from);
    }
    holders.sort_by_key(|held| {
        let is_history = from.is_some_and(|from| held.decider.day < from);
        let rank = (rank(held.stance), is_history, !held.is_self, held.decider.voice);
        (rank, Reverse(held.decider.day), Reverse(held.decider.statement))
    });
}

/// Answers before neutral before unclear.
fn rank(stance: Stance) -> u8 {
    match stance {
        Stance::Support | Stance::Oppose | Stance::Conditional | Stance::Mixed => 0,
        Stance::Neutral => 1,
        Stance::Unclear => 2,
    }
}

fn window_start(holders: &[HolderPosition]) -> Option<Date> {
    let answers = holders.iter().filter(|held| is_answer(held.stance));
    let newest = answers.map(|held| held.decider.day).max()?;
    newest.checked_sub(WINDOW_DAYS.days()).ok()
}

/// Tells whether holders within the window answer differently.
fn is_divided(holders: &[HolderPosition]) -> bool {
    let sides: BTreeSet<Stance> = holders.iter().filter(|held| held.is_current).map(|held| held.stance).collect();
    sides.len() > 1
}
