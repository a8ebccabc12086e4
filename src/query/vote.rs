//! How statements of one holder towards one target are weighed. What is meant by a position stands in `position`.

use super::position::WINDOW_DAYS;
use crate::model::{ActorId, Form, Modality, OutletId, Stance, StatementId};
use crate::store::{StanceRow, Voice};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// What one statement says of a stance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vote<'r> {
    pub(super) statement: StatementId,
    pub(super) holder: &'r ActorId,
    /// Where it puts its holder; unclear where it does not say where the holder stands today.
    pub(super) stance: Stance,
    /// False for what is only announced: it moves nobody.
    pub(super) moves: bool,
    pub(super) voice: Voice,
    pub(super) is_direct: bool,
    pub(super) day: Date,
    pub(super) at: Timestamp,
    pub(super) reporter: Option<&'r ActorId>,
    pub(super) outlet: &'r OutletId,
    pub(super) form: Form,
}

/// What the votes of one holder come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weighed<'r> {
    pub(super) stance: Stance,
    /// The statement that decided.
    pub(super) decider: Vote<'r>,
    /// The votes that were weighed, newest first: the answers of the window; all where none answers.
    pub(super) weighed: Vec<Vote<'r>>,
    pub(super) last_day: Date,
}

/// Tells whether a stance answers the question where somebody stands.
pub(super) fn is_answer(stance: Stance) -> bool {
    matches!(stance, Stance::Support | Stance::Oppose | Stance::Conditional | Stance::Mixed)
}

/// Gives the stance that a statement shows of today. What was long ago says nothing of today, and nothing does what is only
/// supposed, unless the supposition is the condition itself.
pub(super) fn stance_today(row: &StanceRow) -> Stance {
    match (row.modality, row.stance) {
        (Modality::Historical, _) => Stance::Unclear,
        (Modality::Hypothetical, stance) if stance != Stance::Conditional => Stance::Unclear,
        (_, stance) => stance,
    }
}

/// Gives one vote per statement of one holder, newest first. Of several stances in one statement own words and then answers count;
/// differing ones are joined. Rows of one statement have to stand beside each other, as the store gives them.
pub(super) fn votes_of<'r>(rows: &[&'r StanceRow]) -> Vec<Vote<'r>> {
    let mut votes: Vec<Vote<'r>> = rows.chunk_by(|left, right| left.statement == right.statement).filter_map(vote).collect();
    votes.sort_by_key(|vote| std::cmp::Reverse((vote.day, vote.at, vote.statement)));
    votes
}

fn vote<'r>(rows: &[&'r StanceRow]) -> Option<Vote<'r>> {
    let best = |row: &StanceRow| (row.voice, !is_answer(stance_today(row)), stance_today(row) == Stance::Unclear);
    let first = rows.iter().min_by_key(|row| best(row))?;
    let stance = if rows.len() == 1 {
        stance_today(first)
    } else {
        join(&rows.iter().filter(|row| best(row) == best(first)).map(|row| stance_today(row)).collect())
    };
    Some(Vote {
        statement: first.statement,
        holder: &first.holder,
        stance,
        moves: is_answer(stance) && first.modality != Modality::Future,
        voice: first.voice,
        is_direct: first.is_direct,
        day: first.day,
        at: first.at,
        reporter: first.reporter.as_ref(),
        outlet: &first.outlet,
        form: first.form,
    })
}

/// Joins stances that have the same weight.
pub(super) fn join(stances: &BTreeSet<Stance>) -> Stance {
    let mut each = stances.iter().copied();
    match (each.next(), each.next(), each.next()) {
        (Some(only), None, _) => only,
        (Some(Stance::Support), Some(Stance::Conditional), None) => Stance::Conditional,
        (None, ..) => Stance::Unclear,
        _ => Stance::Mixed,
    }
}

/// Weighs the votes of one holder, which come newest first; none when there are none.
pub(super) fn weigh<'r>(votes: &[Vote<'r>]) -> Option<Weighed<'r>> {
    let window = window(votes);
    let deciding = deciding(&window);
    let stances: BTreeSet<Stance> = deciding.iter().map(|vote| vote.stance).collect();
    let stance = join(&stances);
    let decider = deciding.iter().find(|vote| vote.stance == stance).or(deciding.first()).copied()?;
    let last_day = votes.first().map_or(decider.day, |vote| vote.day);
    Some(Weighed { stance, decider, weighed: window, last_day })
}

/// Gives the answers within the window before the newest one; all votes when none answers.
fn window<'r>(votes: &[Vote<'r>]) -> Vec<Vote<'r>> {
    let Some(newest) = votes.iter().find(|vote| is_answer(vote.stance)) else { return votes.to_vec() };
    let from = newest.day.checked_sub(WINDOW_DAYS.days()).unwrap_or(Date::MIN);
    votes.iter().filter(|vote| is_answer(vote.stance) && vote.day >= from).copied().collect()
}

/// Gives the votes of the highest weight: own before reported, newest day, quotations before paraphrase; of votes that do not
/// answer the newest neutral one.
fn deciding<'r>(window: &[Vote<'r>]) -> Vec<Vote<'r>> {
    if !window.iter().any(|vote| is_answer(vote.stance)) {
        let neutral = window.iter().find(|vote| vote.stance == Stance::Neutral);
        return neutral.or(window.first()).copied().into_iter().collect();
    }
    let mut best = window.to_vec();
    narrow(&mut best, |vote| vote.voice == Voice::Own);
    let day = best.iter().map(|vote| vote.day).max();
    narrow(&mut best, |vote| Some(vote.day) == day);
    narrow(&mut best, |vote| vote.is_direct);
    best
}

/// Keeps what is wanted, if there is any.
pub(super) fn narrow(votes: &mut Vec<Vote<'_>>, wanted: impl Fn(&Vote<'_>) -> bool) {
    if votes.iter().any(&wanted) {
        votes.retain(|vote| wanted(vote));
    }
}

/// Numbers of what stands behind a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    pub(super) own: u32,
    pub(super) reported: u32,
    pub(super) outlets: u32,
}

/// Counts statements, each once, and the outlets that had them first: who only copied a text is no outlet of its own.
pub(super) fn numbers<'v, 'r: 'v>(votes: impl Iterator<Item = &'v Vote<'r>>) -> Numbers {
    let mut counted: Vec<(StatementId, Voice, &OutletId)> = votes.map(|vote| (vote.statement, vote.voice, vote.outlet)).collect();
    counted.sort_unstable_by_key(|(statement, voice, _)| (*statement, *voice));
    counted.dedup_by_key(|(statement, ..)| *statement);
    let of = |wanted| counted.iter().filter(|(_, voice, _)| *voice == wanted).count() as u32;
    let outlets: BTreeSet<&OutletId> = counted.iter().map(|(_, _, outlet)| *outlet).collect();
    Numbers { own: of(Voice::Own), reported: of(Voice::Reported), outlets: outlets.len() as u32 }
}
