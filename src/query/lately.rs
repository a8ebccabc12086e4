//! The days that an answer looks at where nobody named a first one: a year up to the newest stance. What is older is another story,
//! may be a great deal, and is asked for with `since`.

use super::QueryError;
use super::reach::HISTORY_DAYS;
use crate::store::{StanceQuery, Store};
use jiff::ToSpan;
use jiff::civil::Date;

/// The days that were looked at, where there are older ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lately {
    /// The first day that was looked at.
    pub since: Date,
    /// The first day of which anything is stored.
    pub first: Date,
}

/// Gives the year up to the newest of the stances that are asked for; none where a first day was named, and where nothing is older.
pub(super) fn lately(store: &Store, query: &StanceQuery) -> Result<Option<Lately>, QueryError> {
    if query.since.is_some() {
        return Ok(None);
    }
    let Some((first, last)) = store.days_of(query)? else { return Ok(None) };
    let since = last.checked_sub(HISTORY_DAYS.days()).unwrap_or(Date::MIN);
    Ok((first < since).then_some(Lately { since, first }))
}
