//! How statements of one holder towards one target are weighed. What is meant by a position stands in `position`.

use super::position::WINDOW_DAYS;
use crate::model::{ActorId, OutletId, Stance, StatementId};
use crate::store::{StanceRow, Voice};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;

/// What one statement says of a stance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vote<'r> {
    pub(super) statement: StatementId,
    pub(super) stance: Stance,
    pub(super) voice: Voice,
    pub(super) is_direct: bool,
    pub(super) day: Date,
    pub(super) at: Timestamp,
    pub(super) reporter: Option<&'r ActorId>,
}

/// What the votes of one holder come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weighed<'r> {
    pub(super) stance: Stance,
    /// The statement that decided.
    pub(super) decider: Vote<'r>,
    /// The newest vote of the same voice, before the day of the decider, that says something else.
    pub(super) earlier: Option<Vote<'r>>,
    pub(super) own: u32,
    pub(super) reported: u32,
    pub(super) last_day: Date,
}

/// Tells whether a stance answers the question where somebody stands.
pub(super) fn is_answer(stance: Stance) -> bool {
    matches!(stance, Stance::Support | Stance::Oppose | Stance::Conditional | Stance::Mixed)
}

/// Gives one vote per statement of one holder, newest first. Of several stances in one statement own words and then answers count;
/// differing ones are joined. Rows of one statement have to stand beside each other, as the store gives them.
pub(super) fn votes_of<'r>(rows: &[&'r StanceRow]) -> Vec<Vote<'r>> {
    let mut votes: Vec<Vote<'r>> = rows.chunk_by(|left, right| left.statement == right.statement).filter_map(vote).collect();
    votes.sort_by_key(|vote| std::cmp::Reverse((vote.day, vote.at, vote.statement)));
    votes
}

/// Gives one vote per statement, whoever holds the stances in it, in the order of the ids: for counting.
pub(super) fn counted<'r>(rows: &[&'r StanceRow]) -> Vec<Vote<'r>> {
    let mut sorted = rows.to_vec();
    sorted.sort_unstable_by_key(|row| (row.statement, row.voice));
    sorted.chunk_by(|left, right| left.statement == right.statement).filter_map(vote).collect()
}

fn vote<'r>(rows: &[&'r StanceRow]) -> Option<Vote<'r>> {
    let best = |row: &StanceRow| (row.voice, !is_answer(row.stance), row.stance == Stance::Unclear);
    let first = rows.iter().min_by_key(|row| best(row))?;
    let stance = if rows.len() == 1 {
        first.stance
    } else {
        join(&rows.iter().filter(|row| best(row) == best(first)).map(|row| row.stance).collect())
    };
    Some(Vote {
        statement: first.statement,
        stance,
        voice: first.voice,
        is_direct: first.is_direct,
        day: first.day,
        at: first.at,
        reporter: first.reporter.as_ref(),
    })
}

/// Joins stances that have the same weight.
fn join(stances: &BTreeSet<Stance>) -> Stance {
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
    let count = |voice| votes.iter().filter(|vote| vote.voice == voice).count() as u32;
    let deciding = deciding(votes);
    let stances: BTreeSet<Stance> = deciding.iter().map(|vote| vote.stance).collect();
    let stance = join(&stances);
    let decider = deciding.iter().find(|vote| vote.stance == stance).or(deciding.first()).copied().copied()?;
    let differs =
        |vote: &&Vote<'_>| vote.voice == decider.voice && vote.day < decider.day && is_answer(vote.stance) && vote.stance != stance;
    let earlier = votes.iter().find(differs).filter(|_| is_answer(stance)).copied();
    let last_day = votes.first().map_or(decider.day, |vote| vote.day);
    Some(Weighed { stance, earlier, own: count(Voice::Own), reported: count(Voice::Reported), last_day, decider })
}

/// Gives the votes of the highest weight: answers of the window, own before reported, newest day, quotations before paraphrase.
fn deciding<'v, 'r>(votes: &'v [Vote<'r>]) -> Vec<&'v Vote<'r>> {
    let neutral = || votes.iter().filter(|vote| vote.stance == Stance::Neutral);
    let Some(newest) = votes.iter().find(|vote| is_answer(vote.stance)) else {
        return neutral().next().or(votes.first()).into_iter().collect();
    };
    let from = newest.day.checked_sub(WINDOW_DAYS.days()).unwrap_or(Date::MIN);
    let mut best: Vec<&Vote<'_>> = votes.iter().filter(|vote| is_answer(vote.stance) && vote.day >= from).collect();
    narrow(&mut best, |vote| vote.voice == Voice::Own);
    let day = best.iter().map(|vote| vote.day).max();
    narrow(&mut best, |vote| Some(vote.day) == day);
    narrow(&mut best, |vote| vote.is_direct);
    best
}

/// Keeps what is wanted, if there is any.
fn narrow(votes: &mut Vec<&Vote<'_>>, wanted: impl Fn(&Vote<'_>) -> bool) {
    if votes.iter().any(|vote| wanted(vote)) {
        votes.retain(|vote| wanted(vote));
    }
}

/// Counts the outlets in which statements appeared.
pub(super) fn outlets(rows: &[&StanceRow]) -> u32 {
    let mut outlets: Vec<&str> =
        rows.iter().flat_map(|row| std::iter::once(&row.outlet).chain(&row.copies)).map(OutletId::as_str).collect();
    // The store shares equal texts: most repeats are told by their place in memory, without a look at the letters.
    outlets.sort_unstable_by_key(|outlet| outlet.as_ptr());
    outlets.dedup_by_key(|outlet| outlet.as_ptr());
    outlets.into_iter().collect::<BTreeSet<&str>>().len() as u32
}
