//! Which statements answer a question: by speaker or holder, words, target, time and outlet.
//!
//! Deeds are no statements of words and answer no such question; a position shows them. Only ids and their order come out of here; the page that is shown is then read whole. Words of users are never full-text
//! syntax: each is quoted.

use super::stances::days;
use super::values::TargetRef;
use super::{Holding, Store, StoreError, newest, values};
use crate::model::{ActorId, OutletId, StatementId, Target};
use jiff::civil::Date;
use rusqlite::types::Null;
use rusqlite::{Connection, Rows, params};

/// Most statements on one page: more than a chat shows, few enough to read whole.
pub const PAGE_ROWS_MAX: usize = 50;

/// Most phrases of one search: the rest is ignored, a search for more finds nothing anyway.
const PHRASES_MAX: usize = 16;
/// Longest phrase, in characters: longer than any quotation that somebody types.
const PHRASE_CHARS_MAX: usize = 300;

/// In whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    /// The holder's own, as the outlet gives them.
    Own,
    /// Reported of the holder by somebody other than the outlet ("ISW said that Putin …").
    Reported,
}

/// A question for statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// Whose words, or stances reported by others; anybody's when empty.
    pub holdings: Vec<Holding>,
    /// Only own words or only what others report; both when none.
    pub voice: Option<Voice>,
    /// Words or phrases that the content has, all of them.
    pub words: Vec<String>,
    /// Only statements with a stance of the holdings (of anybody when there are none) towards this target.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// A statement that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementHit {
    /// The statement.
    pub id: StatementId,
    /// In whose words, seen from the holdings; own when the question names none.
    pub voice: Voice,
    /// Index of the holding by which it counts; none when the question names none.
    pub holding: Option<usize>,
    /// The last day on which it can have been said.
    pub day: Date,
}

/// One page of what answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementHits {
    /// The page, newest first.
    pub hits: Vec<StatementHit>,
    /// How many answer in own words.
    pub own: u64,
    /// How many answer as reported by others.
    pub reported: u64,
}

/// Where a statement stands among others, and how it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    day: Date,
    at: i64,
    id: i64,
    voice: Voice,
    holding: Option<usize>,
}

impl Store {
    /// Gives statements that answer, newest first, `offset` left out, at most `limit` (never more than [`PAGE_ROWS_MAX`]).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn search(&self, filter: &StatementFilter, offset: usize, limit: usize) -> Result<StatementHits, StoreError> {
        self.read(|connection| {
            let range = offset..offset.saturating_add(limit.min(PAGE_ROWS_MAX));
            if filter.words.is_empty() && filter.target.is_none() && !filter.holdings.is_empty() {
                return newest::newest(connection, filter, range);
            }
            let phrases = phrases(&filter.words);
            if phrases.is_none() && !filter.words.is_empty() {
                return Ok(StatementHits::default());
            }
            let mut found = match filter.holdings.is_empty() {
                true => of_anybody(connection, filter)?,
                false => of_holdings(connection, filter)?,
            };
            if let Some(phrases) = phrases {
                keep(&mut found, &with_words(connection, &phrases)?);
            }
            if let Some(target) = &filter.target {
                keep(&mut found, &with_target(connection, filter, target)?);
            }
            found.sort_by_key(|found| std::cmp::Reverse((found.day, found.at, found.id)));
            Ok(page(&found, filter.voice, range))
        })
    }
}

/// Cuts the page out and counts all.
fn page(found: &[Found], voice: Option<Voice>, range: std::ops::Range<usize>) -> StatementHits {
    let number = |voice| found.iter().filter(|found| found.voice == voice).count() as u64;
    let hit = |found: &Found| StatementHit { id: StatementId(found.id), voice: found.voice, holding: found.holding, day: found.day };
    let wanted = found.iter().filter(|found| voice.is_none_or(|voice| voice == found.voice));
    StatementHits {
        hits: wanted.skip(range.start).take(range.len()).map(hit).collect(),
        own: number(Voice::Own),
        reported: number(Voice::Reported),
    }
}

/// Keeps those whose id is in the ascending list.
fn keep(found: &mut Vec<Found>, ids: &[i64]) {
    found.retain(|found| ids.binary_search(&found.id).is_ok());
}

/// Gives all statements of the days and the outlet.
fn of_anybody(connection: &Connection, filter: &StatementFilter) -> Result<Vec<Found>, StoreError> {
    let anybody = Holding { actor: ActorId::new(""), since: None, until: None };
    let (since, until) = days((filter.since, filter.until), &anybody);
    let mut query = connection.prepare_cached(&format!(
        "SELECT s.day, s.at, s.id, 0 FROM statements s WHERE s.day BETWEEN ?2 AND ?3 AND s.form = 'words' AND {}
         AND s.id NOT IN (SELECT statement FROM hidden)",
        in_outlet("s.id")
    ))?;
    collect(&mut query.query(params![Null, since, until, filter.outlet.as_ref().map(OutletId::as_str)])?, None)
}

/// Gives the statements that one of the holdings made, or in which somebody else reports a stance of theirs; each once, own
/// words before reports.
fn of_holdings(connection: &Connection, filter: &StatementFilter) -> Result<Vec<Found>, StoreError> {
    let mut spoken = connection.prepare_cached(&format!(
        "SELECT s.day, s.at, s.id, s.reported FROM statements s WHERE s.speaker = ?1 AND s.day BETWEEN ?2 AND ?3 AND {}",
        in_outlet("s.id")
    ))?;
    let mut told = connection.prepare_cached(&format!(
        "SELECT s.day, s.at, s.statement, 1 FROM stances s INDEXED BY stances_reports
         WHERE s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND s.voice = 1 AND s.form = 'words' AND {}",
        in_outlet("s.statement")
    ))?;
    let outlet = filter.outlet.as_ref().map(OutletId::as_str);
    let mut found = Vec::new();
    for (at, holding) in filter.holdings.iter().enumerate() {
        let (since, until) = days((filter.since, filter.until), holding);
        found.append(&mut collect(&mut spoken.query(params![holding.actor.as_str(), since, until, outlet])?, Some(at))?);
        found.append(&mut collect(&mut told.query(params![holding.actor.as_str(), since, until, outlet])?, Some(at))?);
    }
    found.sort_by_key(|found| (found.id, found.voice, found.holding));
    found.dedup_by_key(|found| found.id);
    Ok(found)
}

/// Holds of a row whose statement appeared in the outlet `?4`, or always when that is null.
pub(super) fn in_outlet(statement: &str) -> String {
    format!("(?4 IS NULL OR EXISTS (SELECT 1 FROM appearances p WHERE p.statement = {statement} AND p.outlet = ?4))")
}

fn collect(rows: &mut Rows<'_>, holding: Option<usize>) -> Result<Vec<Found>, StoreError> {
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let day = row.get_ref(0)?.as_str().map_err(|error| StoreError::Data { what: "day", reason: error.to_string() })?;
        let voice = if row.get(3)? { Voice::Reported } else { Voice::Own };
        found.push(Found { day: values::day(day)?, at: row.get(1)?, id: row.get(2)?, voice, holding });
    }
    Ok(found)
}

/// Gives the ids of statements that show a stance of the holdings, or of anybody, towards a target; ascending.
fn with_target(connection: &Connection, filter: &StatementFilter, target: &Target) -> Result<Vec<i64>, StoreError> {
    let target = TargetRef::from(target);
    let mut query =
        connection.prepare_cached("SELECT statement FROM stances INDEXED BY stances_pair WHERE target_kind = ?1 AND target = ?2")?;
    let mut of_one = connection
        .prepare_cached("SELECT statement FROM stances INDEXED BY stances_pair WHERE target_kind = ?1 AND target = ?2 AND holder = ?3")?;
    let mut ids = Vec::new();
    if filter.holdings.is_empty() {
        ids = query.query_map([target.kind, target.id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    }
    for holding in &filter.holdings {
        let rows = of_one.query_map([target.kind, target.id, holding.actor.as_str()], |row| row.get(0))?;
        ids.append(&mut rows.collect::<Result<Vec<i64>, _>>()?);
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Gives the ids of statements whose content has all phrases; ascending.
fn with_words(connection: &Connection, phrases: &str) -> Result<Vec<i64>, StoreError> {
    let mut query = connection.prepare_cached("SELECT rowid FROM contents WHERE contents MATCH ?1 ORDER BY rowid")?;
    Ok(query.query_map([phrases], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Writes users' words as full-text phrases that all have to be there; none when no word has a letter or digit.
///
/// Each is put in quotation marks with those inside doubled, so nothing in it is syntax (SQLite, FTS5 §3.1).
fn phrases(words: &[String]) -> Option<String> {
    let mut written = Vec::new();
    for word in words.iter().take(PHRASES_MAX) {
        let clean: String = word.chars().filter(|character| !character.is_control()).take(PHRASE_CHARS_MAX).collect();
        if clean.chars().any(char::is_alphanumeric) {
            written.push(format!("\"{}\"", clean.replace('"', "\"\"")));
        }
    }
    (!written.is_empty()).then(|| written.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::phrases;

    #[test]
    fn quotes_what_would_be_syntax() {
        let words = ["a\" OR \"b", "NEAR(x)", "col:y*", "😀", "\u{0}"].map(str::to_owned);
        assert_eq!(phrases(&words).as_deref(), Some("\"a\"\" OR \"\"b\" AND \"NEAR(x)\" AND \"col:y*\""));
        assert_eq!(phrases(&["😀".to_owned()]), None);
        assert_eq!(phrases(&[]), None);
    }
}
