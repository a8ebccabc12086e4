//! Where somebody stands, over a period, computed from statements.
//!
//! # What a position is
//!
//! 1. Every statement is one vote per holder and target, however many outlets carried it. Support, oppose, conditional and mixed are
//!    answers; neutral is one only where there is none of these, unclear only where there is nothing else.
//! 2. What is long past or only supposed says nothing of today and counts as unclear; a condition that is set for the stance itself
//!    is no supposition but the stance.
//! 3. Answers within [`WINDOW_DAYS`] days of the holder's newest answer count; older ones are history, so that a leader who came
//!    round is not held to what he said in spring.
//! 4. Of these, own words come before what others report of the holder; then the newest day; then, on one day, quotations
//!    before paraphrase. Several that remain and differ give "mixed" (support and conditional give "conditional").
//! 5. What somebody who speaks for an actor on that day tells of it is the actor's own word. What an article itself tells of
//!    somebody's deed is a report of its outlet.
//! 6. Of several holders who count for an actor, the actor's own name comes first, then its members: own words before reports, the
//!    newest first. Each is weighed by itself, and no holder outvotes another: where answers of the same month differ, the position
//!    is *divided*, and an answer names each side with who takes it and in whose words. It never says “mixed” for that: “mixed” is
//!    one holder's own answer.
//! 7. The numbers told with a position are those of the statements that count for it: own ones, reported ones, and the outlets that
//!    had them first. Copies of one text are one statement of one outlet.
//!
//! How the votes are weighed stands in `vote`, how they went over time in `course`; this file gathers them. Nothing here is stored.

use super::course::{Trend, trend};
use super::members::{holdings, members, on_day};
use super::names::Names;
use super::reach::{Newest, Reach, newest_targets, rows_on, take_as_own};
use super::vote::{Vote, Weighed, is_answer, numbers, votes_of, weigh};
use super::{Member, QueryError};
use crate::model::{Actor, ActorId, Form, OutletId, Stance, StatementId, Target};
use crate::store::{StanceQuery, StanceRow, Store, Voice};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Days before the newest answer that still make up a position; older answers are history. A month is the pace at which
/// positions in a negotiation are restated.
pub const WINDOW_DAYS: i32 = 30;
/// Targets that are weighed for each position that is wanted: those on which nobody took a side come after all others, and may have
/// been spoken of last.
const WEIGHED_PER_WANTED: usize = 4;

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
    /// Most positions that are wanted.
    pub limit: usize,
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
    /// How the holder came to stand there.
    pub trend: Trend,
    /// Statements in own words that count for it.
    pub own: u32,
    /// Statements as reported by others that count for it.
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
    /// Statements in own words that count for it.
    pub own: u32,
    /// Statements as reported by others that count for it.
    pub reported: u32,
    /// Outlets that had them first.
    pub outlets: u32,
    /// The day of the newest statement.
    pub last_day: Date,
}

/// Where an actor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    /// Whose positions.
    pub actor: Actor,
    /// Who spoke for the actor in these statements, the actor itself included.
    pub members: Vec<Member>,
    /// One for each target, those with a stance first, then by newest day; at most as many as are wanted.
    pub positions: Vec<Position>,
    /// How many targets there are besides; when there are more than were looked through, at least so many.
    pub others: usize,
    /// True when there may be more others than were counted.
    pub has_uncounted: bool,
    /// Everybody who counts, whether they spoke or not.
    pub(super) everybody: Vec<Member>,
}

/// Computes where an actor stands: the positions on what was spoken of last.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn positions(store: &Store, scope: &Scope) -> Result<Positions, QueryError> {
    let stored = store.actor(&scope.actor)?;
    let actor = stored.ok_or_else(|| QueryError::Missing { what: "actor", id: scope.actor.to_string() })?.actor;
    let everybody = members(store, &actor.id)?;
    let query = asked(scope, &everybody);
    let newest = match &scope.target {
        Some(target) => Newest { targets: vec![target.clone()], is_all: true },
        None => newest_targets(store, &query, scope.limit)?,
    };
    let mut names = Names::new(store);
    let who = Asked { actor: &actor, members: &everybody };
    let (mut positions, mut answered) = (Vec::new(), 0);
    for target in newest.targets.iter().take(scope.limit.saturating_mul(WEIGHED_PER_WANTED)) {
        let mut rows = rows_on(store, &StanceQuery { target: Some(target.clone()), ..query.clone() }, Reach::History)?;
        take_as_own(&mut rows, &everybody);
        let Some(position) = position(&mut names, (target, &rows), &who)? else { continue };
        answered += usize::from(is_answer(position.stance));
        positions.push(position);
        if answered >= scope.limit {
            break;
        }
    }
    // The targets come by their newest statement, and the order of equals is kept.
    positions.sort_by_key(|position| (!is_answer(position.stance), Reverse(position.last_day)));
    positions.truncate(scope.limit);
    let spoke: BTreeSet<&ActorId> = positions.iter().flat_map(|position| position.holders.iter().map(|held| &held.holder)).collect();
    let members = everybody.iter().filter(|member| spoke.contains(&member.actor)).cloned().collect();
    let others = if scope.target.is_some() { 0 } else { newest.targets.len().saturating_sub(positions.len()) };
    Ok(Positions { actor, members, positions, others, has_uncounted: !newest.is_all, everybody })
}

/// Gives the question for the stances of everybody who counts.
pub(super) fn asked(scope: &Scope, members: &[Member]) -> StanceQuery {
    StanceQuery {
        holdings: holdings(members),
        target: scope.target.clone(),
        since: scope.since,
        until: scope.until,
        outlet: scope.outlet.clone(),
        stance: None,
    }
}

/// Who was asked for, and who counts for it.
struct Asked<'a> {
    actor: &'a Actor,
    members: &'a [Member],
}

/// Groups stances by holder; all that were the asked actor's under any id are its own.
pub(super) fn by_holder<'r>(rows: &'r [StanceRow], actor: &'r ActorId, members: &[Member]) -> BTreeMap<&'r ActorId, Vec<&'r StanceRow>> {
    let selves: Vec<&ActorId> = members.iter().filter(|member| member.is_self).map(|member| &member.actor).collect();
    let mut by_holder: BTreeMap<&ActorId, Vec<&StanceRow>> = BTreeMap::new();
    for rows in rows.chunk_by(|left, right| left.holder == right.holder) {
        let Some(first) = rows.first() else { continue };
        let is_self = selves.contains(&&first.holder);
        by_holder.entry(if is_self { actor } else { &first.holder }).or_default().extend(rows);
    }
    by_holder
}

/// Computes the position on one target; none when nobody took a stance on it.
fn position(names: &mut Names<'_>, (target, rows): (&Target, &[StanceRow]), asked: &Asked<'_>) -> Result<Option<Position>, QueryError> {
    let mut holders = Vec::new();
    let mut votes: BTreeMap<ActorId, Vec<Vote<'_>>> = BTreeMap::new();
    for (holder, rows) in by_holder(rows, &asked.actor.id, asked.members) {
        let all = votes_of(&rows);
        if let Some(weighed) = weigh(&all) {
            holders.push(holder_position(names, (holder, &all), &weighed, asked.members)?);
            votes.insert(holder.clone(), weighed.weighed);
        }
    }
    order(&mut holders);
    let Some(first) = holders.first() else { return Ok(None) };
    let counts = |held: &&HolderPosition| held.is_current || !is_answer(first.stance);
    let numbers = numbers(holders.iter().filter(counts).filter_map(|held| votes.get(&held.holder)).flatten());
    Ok(Some(Position {
        target: target.clone(),
        target_name: names.target(target)?,
        stance: first.stance,
        is_divided: is_divided(&holders),
        own: numbers.own,
        reported: numbers.reported,
        outlets: numbers.outlets,
        last_day: holders.iter().map(|held| held.last_day).max().unwrap_or(first.last_day),
        holders,
    }))
}

/// Puts names to a weighed vote. The post is that of the day of the deciding statement.
pub(super) fn holder_position(
    names: &mut Names<'_>,
    (holder, votes): (&ActorId, &[Vote<'_>]),
    weighed: &Weighed<'_>,
    members: &[Member],
) -> Result<HolderPosition, QueryError> {
    let member = on_day(members, holder, weighed.decider.day);
    let numbers = numbers(weighed.weighed.iter());
    Ok(HolderPosition {
        holder: holder.clone(),
        name: names.actor(holder)?,
        via: member.map(|member| member.title.clone()).filter(|title| !title.is_empty()),
        is_self: member.is_some_and(|member| member.is_self),
        is_current: is_answer(weighed.stance),
        stance: weighed.stance,
        decider: decider(names, &weighed.decider)?,
        trend: trend(votes, weighed.stance),
        own: numbers.own,
        reported: numbers.reported,
        last_day: weighed.last_day,
    })
}

/// Puts the name of the reporter to a vote.
pub(super) fn decider(names: &mut Names<'_>, vote: &Vote<'_>) -> Result<Decider, QueryError> {
    let reporter = match (vote.form, vote.reporter) {
        (_, Some(reporter)) => Some(names.actor(reporter)?),
        (Form::Deed, None) => names.outlet_of(vote.statement)?,
        (Form::Words, None) => None,
    };
    Ok(Decider { statement: vote.statement, voice: vote.voice, reporter, day: vote.day })
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
