//! The conditions that an actor sets: conditional stances with the words of the condition, newest first.

use super::lately::lately;
use super::members::{holdings, members, place_of};
use super::names::Names;
use super::reach::take_as_own;
use super::said::row;
use super::{ActorQuery, Lately, QueryError, StatementRow};
use crate::model::{Stance, StatementId};
use crate::store::{PAGE_ROWS_MAX, StanceQuery, StanceRow, StatementHit, Store};
use std::cmp::Reverse;

/// A condition that is set for a stance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whose stance: the name to show.
    pub holder_name: String,
    /// Towards whom or what: the name to show.
    pub target_name: String,
    /// The words of the condition as they stand in the article; none where they could not be told apart.
    pub words: Option<String>,
}

/// A statement that sets conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionRow {
    /// The statement.
    pub statement: StatementRow,
    /// What it sets.
    pub conditions: Vec<Condition>,
}

/// Statements that set conditions, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The page.
    pub rows: Vec<ConditionRow>,
    /// How many there are in all.
    pub count: usize,
    /// The days that were looked at, where there are older ones.
    pub lately: Option<Lately>,
}

/// Finds the conditions that an actor and those who speak for it set.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn conditions(store: &Store, query: &ActorQuery) -> Result<Conditions, QueryError> {
    let everybody = members(store, &query.actor)?;
    let asked = query.stances(holdings(&everybody));
    let lately = lately(store, &asked)?;
    let since = query.since.or(lately.map(|lately| lately.since));
    let mut rows = store.stances(&StanceQuery { since, stance: Some(Stance::Conditional), ..asked })?;
    take_as_own(&mut rows, &everybody);
    rows.sort_by_key(|row| (Reverse((row.day, row.at, row.statement)), row.voice));
    let found: Vec<&[StanceRow]> = rows.chunk_by(|left, right| left.statement == right.statement).collect();
    let (offset, limit) = query.page;
    let page: Vec<&[StanceRow]> = found.iter().skip(offset).take(limit.min(PAGE_ROWS_MAX)).copied().collect();
    let ids: Vec<StatementId> = page.iter().filter_map(|rows| rows.first()).map(|row| row.statement).collect();
    let mut names = Names::new(store);
    let mut shown = Vec::new();
    for stored in store.statements(&ids)? {
        let Some(rows) = page.iter().find(|rows| rows.first().is_some_and(|row| row.statement == stored.id)) else { continue };
        let Some(first) = rows.first() else { continue };
        let text = store.article_text(stored.article.id)?.unwrap_or_default();
        let mut conditions = Vec::new();
        for taken in &stored.statement.stances {
            if rows.iter().any(|row| row.holder == taken.holder && row.target == taken.target) && taken.stance == Stance::Conditional {
                conditions.push(Condition {
                    holder_name: names.actor(&taken.holder)?,
                    target_name: names.target(&taken.target)?,
                    words: taken.condition.map(|span| span.of(&text).to_owned()).filter(|words| !words.is_empty()),
                });
            }
        }
        let speaker = stored.statement.speaker.actor().and_then(|speaker| place_of(&everybody, speaker, first.day));
        let holding = speaker.or_else(|| place_of(&everybody, &first.holder, first.day));
        let hit = StatementHit { id: stored.id, voice: first.voice, holding, day: first.day };
        shown.push(ConditionRow { statement: row(&mut names, stored, &hit, &everybody)?, conditions });
    }
    Ok(Conditions { rows: shown, count: found.len(), lately })
}
