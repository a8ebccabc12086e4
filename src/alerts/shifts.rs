//! Which shifts new statements complete, and which watches ask for them. Decided from what it is given: the new statements and the
//! history of each holder and target that they touch, both within the transaction that writes them.

use super::matching::{Membership, is_sure, wants_shift};
use crate::model::{ActorId, StatementId, Target};
use crate::query::completed_shift;
use crate::store::{HistoryOf, NewShift, ShiftNews, ShiftTold, StanceRow, StoreError, Voice};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// What is known beside the statements.
#[derive(Clone, Copy)]
pub struct ShiftRules<'a> {
    /// Statements below this confidence (percent) move nobody in an alert.
    pub confidence_min: u8,
    /// Gives all ids that an actor counted under on a day, itself included.
    pub counted_under: &'a dyn Fn(Date, &ActorId) -> Vec<ActorId>,
}

/// The memberships of one day.
struct OnDay<'a>(Date, &'a ShiftRules<'a>);

impl Membership for OnDay<'_> {
    fn counted_under(&self, actor: &ActorId) -> Vec<ActorId> {
        (self.1.counted_under)(self.0, actor)
    }
}

/// Gives the alerts of the shifts that the new statements complete, for all watches that ask for them.
///
/// # Errors
/// [`StoreError`] when the history cannot be read.
pub fn shifts(news: &ShiftNews<'_>, rules: &ShiftRules<'_>) -> Result<Vec<NewShift>, StoreError> {
    let mut touched: BTreeMap<(&ActorId, &Target), Date> = BTreeMap::new();
    for stored in news.statements.iter().filter(|stored| is_sure(&stored.statement, rules.confidence_min)) {
        for taken in &stored.statement.stances {
            let day = touched.entry((&taken.holder, &taken.target)).or_insert(stored.day);
            *day = (*day).max(stored.day);
        }
    }
    let is_new = |id: StatementId| news.statements.iter().any(|stored| stored.id == id);
    let mut wanted = Vec::new();
    for ((holder, target), day) in touched {
        let asks = |watch: &&crate::model::Watch| wants_shift(watch, (holder, target), &OnDay(day, rules));
        let mut watches = news.watches.iter().filter(asks).peekable();
        if watches.peek().is_none() {
            continue;
        }
        let mut rows = (news.history)(&HistoryOf { holder, target, confidence_min: rules.confidence_min })?;
        rows.iter_mut().for_each(|row| take_as_own(row, rules));
        let Some(shift) = completed_shift(&rows, &is_new) else { continue };
        for watch in watches {
            let (holder, target) = (holder.clone(), target.clone());
            let shift = ShiftTold { holder, target, before: (shift.from, shift.before), after: (shift.to, shift.after) };
            wanted.push(NewShift { watch: watch.id, channel: watch.channel.clone(), shift });
        }
    }
    Ok(wanted)
}

/// What somebody who speaks for the holder tells of it is the holder's own word.
fn take_as_own(row: &mut StanceRow, rules: &ShiftRules<'_>) {
    let speaks_for = |reporter: &ActorId| (rules.counted_under)(row.day, reporter).contains(&row.holder);
    if row.voice == Voice::Reported && row.reporter.as_ref().is_some_and(speaks_for) {
        row.voice = Voice::Own;
    }
}
