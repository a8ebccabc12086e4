//! How far back stances are read for an answer: as few rows as it can be computed from, however many are stored.
//!
//! Everything is read from the newest day back. Nothing is weighed here.

use super::members::{members, on_day};
use super::position::WINDOW_DAYS;
use super::vote::{is_answer, stance_today};
use super::{Member, QueryError};
use crate::model::{ActorId, StatementId, Target};
use crate::store::{StanceQuery, StanceRow, StanceTaker, Store, Voice};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Days before the newest answer in which shifts are looked for. A year: what was said before is another story.
pub const HISTORY_DAYS: i32 = 365;
/// Most stances of one holder that are looked through for the targets of the newest; most people have fewer in all.
const SCANNED_MAX: usize = 3_000;

/// How far back the stances of a holder on a target are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// As far as the position is decided.
    Window,
    /// As far as shifts are looked for.
    History,
}

/// Reads the stances on one target, holder after holder, newest first.
pub(super) fn rows_on(store: &Store, query: &StanceQuery, reach: Reach) -> Result<Vec<StanceRow>, QueryError> {
    let days = match reach {
        Reach::Window => WINDOW_DAYS,
        Reach::History => WINDOW_DAYS + HISTORY_DAYS,
    };
    let mut rows: Vec<StanceRow> = Vec::new();
    // The first day that is read, once the newest answer of the holder is known.
    let mut from: Option<(ActorId, Date)> = None;
    store.stances_backwards(query, &mut |row| {
        if from.as_ref().is_some_and(|(holder, _)| *holder != row.holder) {
            from = None;
        }
        if let Some((_, from)) = &from {
            if row.day < *from {
                return ControlFlow::Break(());
            }
        } else if is_answer(stance_today(&row)) {
            from = Some((row.holder.clone(), row.day.checked_sub(days.days()).unwrap_or(Date::MIN)));
        }
        rows.push(row);
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

/// Reads everybody's stances on one target in the way of [`Reach::Window`], holder after holder, newest first. With `late`, only those
/// of who took one on that day or later.
pub(super) fn everybodys_rows(store: &Store, query: &StanceQuery, late: Option<Date>) -> Result<Vec<StanceRow>, QueryError> {
    let mut windows = Windows { late: late.unwrap_or(Date::MIN), from: BTreeMap::new(), rows: Vec::new() };
    store.everybodys_stances(query, &mut windows)?;
    windows.rows.sort_by(|left, right| left.holder.cmp(&right.holder));
    Ok(windows.rows)
}

/// What is read of everybody, from the newest day back.
struct Windows {
    /// Who is first met before this day is left out.
    late: Date,
    /// The first day that is read of each holder, once the newest answer is known.
    from: BTreeMap<ActorId, Option<Date>>,
    rows: Vec<StanceRow>,
}

impl StanceTaker for Windows {
    fn wants(&self, holder: &str, day: Date) -> bool {
        match self.from.get(holder) {
            Some(from) => from.is_none_or(|from| day >= from),
            None => day >= self.late,
        }
    }

    fn take(&mut self, row: StanceRow) {
        let from = self.from.entry(row.holder.clone()).or_default();
        if from.is_none() && is_answer(stance_today(&row)) {
            *from = Some(row.day.checked_sub(WINDOW_DAYS.days()).unwrap_or(Date::MIN));
        }
        self.rows.push(row);
    }
}

/// What somebody who speaks for the holder tells of it is the holder's own word, not a report: a spokesman tells what the office
/// wants.
pub(super) fn take_as_own(rows: &mut [StanceRow], members: &[Member]) {
    for row in rows.iter_mut().filter(|row| row.voice == Voice::Reported) {
        if row.reporter.as_ref().is_some_and(|reporter| on_day(members, reporter, row.day).is_some()) {
            row.voice = Voice::Own;
        }
    }
}

/// Takes as own, for each organisation among the holders, what those who speak for it tell of it.
pub(super) fn take_as_own_of_each(store: &Store, rows: &mut [StanceRow]) -> Result<(), QueryError> {
    let organisations = store.organisations()?;
    for rows in rows.chunk_by_mut(|left, right| left.holder == right.holder) {
        if let Some(holder) = rows.first().map(|row| row.holder.clone()).filter(|holder| organisations.contains(holder)) {
            take_as_own(rows, &members(store, &holder)?);
        }
    }
    Ok(())
}

/// The targets that were spoken of last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Newest {
    /// Each with the newest statement, the newest first.
    pub(super) targets: Vec<Target>,
    /// True when there are no others.
    pub(super) is_all: bool,
}

/// Finds the targets that were spoken of last, among them at least `wanted` that were answered, if there are so many.
pub(super) fn newest_targets(store: &Store, query: &StanceQuery, wanted: usize) -> Result<Newest, QueryError> {
    let mut last: BTreeMap<Target, Mark> = BTreeMap::new();
    let mut scan = Scan { rows: 0, answered: Vec::new(), day: None, holder: None };
    let mut is_all = true;
    store.stances_backwards(query, &mut |row| {
        if scan.is_enough(&row, wanted) {
            is_all = false;
            return ControlFlow::Break(());
        }
        let mark = Mark { day: row.day, at: row.at.as_microsecond(), statement: row.statement };
        let known = last.entry(row.target).or_insert(mark);
        *known = (*known).max(mark);
        ControlFlow::Continue(())
    })?;
    let mut found: Vec<(Mark, Target)> = last.into_iter().map(|(target, mark)| (mark, target)).collect();
    found.sort_by(|left, right| (Reverse(left.0), &left.1).cmp(&(Reverse(right.0), &right.1)));
    Ok(Newest { targets: found.into_iter().map(|(_, target)| target).collect(), is_all })
}

/// The newest statement towards a target.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    day: Date,
    at: i64,
    statement: StatementId,
}

/// How far one holder has been looked through.
struct Scan {
    rows: usize,
    answered: Vec<Target>,
    day: Option<Date>,
    holder: Option<ActorId>,
}

impl Scan {
    /// Tells whether enough is known of the row's holder. Days are looked through whole: within a day the order is not that of time.
    fn is_enough(&mut self, row: &StanceRow, wanted: usize) -> bool {
        if self.holder.as_ref() != Some(&row.holder) {
            *self = Self { rows: 0, answered: Vec::new(), day: None, holder: Some(row.holder.clone()) };
        }
        if self.day != Some(row.day) && (self.answered.len() >= wanted || self.rows >= SCANNED_MAX) {
            return true;
        }
        self.day = Some(row.day);
        self.rows += 1;
        if self.answered.len() < wanted && is_answer(stance_today(row)) && !self.answered.contains(&row.target) {
            self.answered.push(row.target.clone());
        }
        false
    }
}
