//! How one holder's stance on one target went over time, and where it shifted. Pure: votes in, shifts out.
//!
//! # What a shift is
//!
//! A shift is a position that changed. The votes are gone through from the oldest to the newest; at each point one stance is *held*.
//!
//! 1. Only answers (support, oppose, conditional, mixed) that say how it is today count: nothing hypothetical (a condition set for
//!    the stance itself is no hypothesis), nothing of the future, nothing long past.
//! 2. Own words of a day are one vote: quotations before paraphrase; support and conditional give conditional. Where they still
//!    differ they move nothing, and no report of that day counts.
//! 3. A stance is established by own words at once. By reports it is established when two independent origins tell it within
//!    [`WINDOW_DAYS`] days and none of them, nor anybody in between, tells the held one again. An origin is who reports it, or the
//!    outlet where the article itself does; a copied text adds none.
//! 4. Reports do not move what own words of the last [`WINDOW_DAYS`] days say. So one odd report moves nothing.
//! 5. A shift takes place when another stance than the held one is established. Both sides are established by the same rule: out of
//!    one single report nobody moves.
//! 6. The order is that of the days on which it was said, not of the days on which it was read: what is found late takes its place
//!    in the past and reverts nothing newer.
//! 7. Who says one thing and a few days later again the old one has shifted twice. Both shifts are shown, the second as a return
//!    when it comes within [`RETURN_DAYS`] days: both were said, and who heard of the first has to hear of the second.
//!
//! A shift is two stances at two times. It says nothing about reasons or truth.

use super::position::WINDOW_DAYS;
use super::vote::{Vote, is_answer, join, narrow, votes_of};
use crate::model::{Stance, StatementId};
use crate::store::{StanceRow, Voice};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Days within which going back to the stance before is called a return. A week: a slip of the tongue or a misread sentence is put
/// right within days; what holds longer was a stance.
pub const RETURN_DAYS: i32 = 7;

/// A move from one stance to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn<'r> {
    /// The stance before, and the newest statement that told it.
    pub(super) before: Vote<'r>,
    /// The stance after, and the statement that completed the shift.
    pub(super) after: Vote<'r>,
    /// True when it goes back to where the holder stood until a few days ago.
    pub(super) is_return: bool,
}

/// The stance that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held<'r> {
    /// The statement that established it.
    pub(super) first: Vote<'r>,
    /// The newest that tells it.
    pub(super) last: Vote<'r>,
    last_own: Option<Date>,
}

/// How a stance went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Course<'r> {
    /// All shifts, the oldest first.
    pub(super) turns: Vec<Turn<'r>>,
    /// What is held at the end.
    pub(super) held: Option<Held<'r>>,
    rising: Option<Rising<'r>>,
}

/// Another stance that reports tell, not yet established.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rising<'r> {
    first: Vote<'r>,
    origins: BTreeSet<&'r str>,
}

/// Follows the votes of one holder on one target, which come newest first.
pub(super) fn course<'r>(votes: &[Vote<'r>]) -> Course<'r> {
    let mut course = Course::default();
    for day in votes.chunk_by(|left, right| left.day == right.day).rev() {
        let mut own: Vec<Vote<'r>> = day.iter().filter(|vote| vote.moves && vote.voice == Voice::Own).copied().collect();
        if own.is_empty() {
            day.iter().rev().filter(|vote| vote.moves).for_each(|vote| course.hear(*vote));
            continue;
        }
        narrow(&mut own, |vote| vote.is_direct);
        let stances: BTreeSet<Stance> = own.iter().map(|vote| vote.stance).collect();
        let stance = join(&stances);
        // Where they differ, the joined stance is nobody's word.
        if let Some(vote) = own.iter().find(|vote| vote.stance == stance && (stances.len() == 1 || stance == Stance::Conditional)) {
            course.establish(*vote);
        }
    }
    course
}

impl<'r> Course<'r> {
    /// Takes up a report.
    fn hear(&mut self, vote: Vote<'r>) {
        if let Some(held) = &mut self.held {
            if held.last.stance == vote.stance {
                held.last = vote;
                self.rising = None;
                return;
            }
            if held.last_own.is_some_and(|day| days_between(day, vote.day) <= WINDOW_DAYS) {
                return;
            }
        }
        match &mut self.rising {
            Some(rising) if rising.first.stance == vote.stance && days_between(rising.first.day, vote.day) <= WINDOW_DAYS => {
                rising.origins.insert(origin(&vote));
                if rising.origins.len() > 1 {
                    self.establish(vote);
                }
            }
            rising => *rising = Some(Rising { first: vote, origins: BTreeSet::from([origin(&vote)]) }),
        }
    }

    /// Makes a stance the held one.
    fn establish(&mut self, vote: Vote<'r>) {
        self.rising = None;
        let own = (vote.voice == Voice::Own).then_some(vote.day);
        match &mut self.held {
            Some(held) if held.last.stance == vote.stance => {
                held.last = vote;
                held.last_own = own.or(held.last_own);
            }
            held => {
                let before = held.map(|held| held.last);
                *held = Some(Held { first: vote, last: vote, last_own: own });
                if let Some(before) = before {
                    let is_return = self
                        .turns
                        .last()
                        .is_some_and(|turn| turn.before.stance == vote.stance && days_between(turn.after.day, vote.day) <= RETURN_DAYS);
                    self.turns.push(Turn { before, after: vote, is_return });
                }
            }
        }
    }
}

/// Gives by whom a report is known: two outlets that pass on the words of one institute are one origin.
fn origin<'r>(vote: &Vote<'r>) -> &'r str {
    vote.reporter.map_or_else(|| vote.outlet.as_str(), |reporter| reporter.as_str())
}

fn days_between(earlier: Date, later: Date) -> i32 {
    later.since(earlier).map_or(i32::MAX, |span| span.get_days())
}

/// How a position came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Too little is stored to tell.
    Unknown,
    /// Told on more than one day, and nothing else in between.
    Steady {
        /// The first day on which it was told.
        since: Date,
        /// The last one.
        until: Date,
    },
    /// It is the end of a shift.
    Moved {
        /// The stance before.
        from: Stance,
        /// The newest statement that told it.
        before: StatementId,
        /// The day on which the shift was completed.
        since: Date,
    },
    /// Another stance was held before, and what is new does not yet make a shift.
    Unconfirmed {
        /// The stance before.
        from: Stance,
        /// The newest statement that told it.
        before: StatementId,
    },
}

/// Tells how a position came about, from the votes of its holder.
pub(super) fn trend(votes: &[Vote<'_>], stance: Stance) -> Trend {
    let course = course(votes);
    let Some(held) = course.held.filter(|_| is_answer(stance)) else { return Trend::Unknown };
    if held.last.stance != stance {
        return Trend::Unconfirmed { from: held.last.stance, before: held.last.statement };
    }
    match course.turns.last() {
        Some(turn) => Trend::Moved { from: turn.before.stance, before: turn.before.statement, since: turn.after.day },
        None if held.first.day < held.last.day => Trend::Steady { since: held.first.day, until: held.last.day },
        None => Trend::Unknown,
    }
}

/// A shift, by the statements that show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The stance before.
    pub from: Stance,
    /// The newest statement that told it.
    pub before: StatementId,
    /// The stance after.
    pub to: Stance,
    /// The statement that completed the shift.
    pub after: StatementId,
}

/// Gives the shift that new statements complete, when it is where the holder stands now. `rows` are all stances of one holder on one
/// target, the new ones included, newest first, those of one statement beside each other.
///
/// What is found late and lies in the past completes nothing, and neither does what only repeats what is held already.
pub fn completed_shift(rows: &[StanceRow], is_new: &dyn Fn(StatementId) -> bool) -> Option<Shift> {
    let all: Vec<&StanceRow> = rows.iter().collect();
    let known: Vec<&StanceRow> = rows.iter().filter(|row| !is_new(row.statement)).collect();
    let votes = votes_of(&all);
    let course_now = course(&votes);
    let held_before = course(&votes_of(&known)).held?.last.stance;
    let turn = course_now.turns.last().filter(|turn| is_new(turn.after.statement))?;
    let is_where_it_stands = course_now.held.is_some_and(|held| held.first.statement == turn.after.statement);
    (is_where_it_stands && held_before != turn.after.stance).then_some(Shift {
        from: turn.before.stance,
        before: turn.before.statement,
        to: turn.after.stance,
        after: turn.after.statement,
    })
}

#[cfg(test)]
mod tests {
    use super::super::vote::weigh;
    use super::*;
    use crate::model::{ActorId, Form, Modality, OutletId, Target, TopicId};
    use jiff::tz::TimeZone;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        name: String,
        votes: Vec<String>,
        shifts: Vec<String>,
        held: String,
        position: Option<String>,
    }

    fn cases() -> Vec<Case> {
        let cases: Cases = toml::from_str(include_str!("../../tests/query/courses.toml")).unwrap();
        assert!(cases.case.len() > 20);
        cases.case
    }

    fn row((number, text): (usize, &String)) -> StanceRow {
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_else(|| panic!("{text:?} is too short"));
        let day: Date = next().parse().unwrap();
        let voice = if next() == "own" { Voice::Own } else { Voice::Reported };
        let mut row = StanceRow {
            statement: StatementId(number as i64 + 1),
            holder: ActorId::from("holder"),
            target: Target::Topic(TopicId::from("target")),
            stance: next().parse().unwrap(),
            voice,
            is_direct: true,
            day,
            at: TimeZone::UTC.to_timestamp(day.at(12, 0, 0, 0)).unwrap(),
            outlet: OutletId::from("courier"),
            copies: Vec::new(),
            reporter: None,
            modality: Modality::Asserted,
            form: Form::Words,
        };
        while let Some(word) = words.next() {
            match word {
                "indirect" => row.is_direct = false,
                "by" => row.reporter = words.next().map(ActorId::from),
                "via" => row.outlet = words.next().map(OutletId::from).unwrap(),
                modality => row.modality = modality.parse().unwrap(),
            }
        }
        row
    }

    fn rows(case: &Case) -> Vec<StanceRow> {
        let mut rows: Vec<StanceRow> = case.votes.iter().enumerate().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.day, row.at, row.statement)));
        rows
    }

    #[test]
    fn stances_go_as_in_the_cases() {
        for case in cases() {
            let rows = rows(&case);
            let votes = votes_of(&rows.iter().collect::<Vec<_>>());
            let course = course(&votes);
            let shifts: Vec<String> = course
                .turns
                .iter()
                .map(|turn| {
                    let back = if turn.is_return { " back" } else { "" };
                    format!("{} → {} {}{back}", turn.before.stance, turn.after.stance, turn.after.day)
                })
                .collect();
            assert_eq!(shifts, case.shifts, "{}", case.name);
            let held = course.held.map_or_else(String::new, |held| held.last.stance.to_string());
            assert_eq!(held, case.held, "{}", case.name);
            let position = weigh(&votes).map_or_else(String::new, |weighed| weighed.stance.to_string());
            assert_eq!(position, case.position.unwrap_or(case.held), "{}: position", case.name);
        }
    }

    /// Whatever came in one after the other, in the order of the days: each shift is told by the statement that completes it, once.
    #[test]
    fn each_shift_is_completed_by_one_new_statement() {
        for case in cases() {
            let rows = rows(&case);
            let mut told = Vec::new();
            for at in (0..rows.len()).rev() {
                let known = &rows[at..];
                let new = known[0].statement;
                // All that is said on one day is known with its last statement.
                if at > 0 && rows[at - 1].day == known[0].day {
                    continue;
                }
                let day = known[0].day;
                let is_new = |id: StatementId| rows.iter().any(|row| row.statement == id && row.day == day);
                if let Some(shift) = completed_shift(known, &is_new) {
                    assert!(is_new(shift.after) && shift.before != new, "{}", case.name);
                    told.push(format!("{} → {} {day}", shift.from, shift.to));
                }
            }
            let shifts: Vec<String> = case.shifts.iter().map(|shift| shift.trim_end_matches(" back").to_owned()).collect();
            assert_eq!(told, shifts, "{}", case.name);
        }
    }

    #[test]
    fn what_is_found_late_completes_nothing_that_is_past() {
        let votes = ["2025-11-01 own oppose", "2025-12-04 own conditional", "2025-11-15 own support"].map(str::to_owned);
        let mut rows: Vec<StanceRow> = votes.iter().enumerate().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.day));
        assert_eq!(completed_shift(&rows, &|id| id == StatementId(3)), None, "the past changed, not where the holder stands");
        assert!(completed_shift(&rows, &|id| id == StatementId(2)).is_some());
    }
}
