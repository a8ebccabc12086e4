//! Stances as stored: small rows from which `query` computes positions.

use super::values::TargetRef;
use super::{Store, StoreError, Voice, values};
use crate::model::{ActorId, Form, Modality, OutletId, Stance, StanceTaken, StatementId, Target, TopicId};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Separates the outlets of `stances.copies`; no id has it.
const UNIT_SEPARATOR: char = '\u{1f}';
/// Stands for "any day before" in comparisons of ISO days.
pub(super) const FIRST_DAY: &str = "0000";
/// Stands for "any day after".
pub(super) const LAST_DAY: &str = "9999-99";

/// An actor whose stances count, and the days on which they do: open for oneself, the days of a post for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The actor.
    pub actor: ActorId,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Holding {
    /// Tells whether the stances of an actor on a day count.
    pub fn covers(&self, actor: &ActorId, day: Date) -> bool {
        self.actor == *actor && self.since.is_none_or(|since| since <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// Joins holdings of one actor whose days overlap or touch, so that no row is read twice.
pub(super) fn merged(holdings: &[Holding]) -> Vec<Holding> {
    let mut sorted = holdings.to_vec();
    sorted.sort_by(|left, right| (&left.actor, left.since).cmp(&(&right.actor, right.since)));
    let mut merged: Vec<Holding> = Vec::new();
    for holding in sorted {
        match merged.last_mut() {
            Some(last)
                if last.actor == holding.actor && last.until.is_none_or(|until| holding.since.is_none_or(|since| since <= until)) =>
            {
                last.until = last.until.and_then(|until| holding.until.map(|other| until.max(other)));
            }
            _ => merged.push(holding),
        }
    }
    merged
}

/// A question for stances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StanceQuery {
    /// Whose; anybody's when empty (then `target` has to be given).
    pub holdings: Vec<Holding>,
    /// Towards whom or what.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// Only this stance.
    pub stance: Option<Stance>,
}

/// A stance that a statement shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceRow {
    /// The statement.
    pub statement: StatementId,
    /// Whose stance.
    pub holder: ActorId,
    /// Towards whom or what.
    pub target: Target,
    /// Which.
    pub stance: Stance,
    /// In whose words.
    pub voice: Voice,
    /// True for direct and mixed quotations.
    pub is_direct: bool,
    /// The last day on which it can have been said.
    pub day: Date,
    /// When its article was published, else first seen (UTC).
    pub at: Timestamp,
    /// Who published it first.
    pub outlet: OutletId,
    /// Who else published it.
    pub copies: Vec<OutletId>,
    /// Who reports it, when it is reported and that is known.
    pub reporter: Option<ActorId>,
    /// How the statement relates to what is the case.
    pub modality: Modality,
    /// Whether the statement is words or a deed.
    pub form: Form,
}

/// Takes stances as they are read. Most of what reading costs is making a row of what is stored, so it is asked first.
pub trait StanceTaker {
    /// Tells whether a stance of a holder said on a day is wanted.
    fn wants(&self, holder: &str, day: Date) -> bool;
    /// Takes one that is.
    fn take(&mut self, row: StanceRow);
}

/// Takes all.
impl StanceTaker for Vec<StanceRow> {
    fn wants(&self, _: &str, _: Date) -> bool {
        true
    }

    fn take(&mut self, row: StanceRow) {
        self.push(row);
    }
}

/// The columns that [`read_stance`] reads, in its order.
const COLUMNS: &str = "s.statement, s.holder, s.target_kind, s.target, s.stance, s.voice, s.direct, s.day, s.at, s.outlet, s.reporter, s.copies, s.modality, s.form";
/// Places among them.
const HOLDER: usize = 1;
const DAY: usize = 7;
/// Holds of a row that appeared in the outlet `?4` and shows the stance `?7`; each holds always when it is null.
const IS_WANTED: &str = "(?4 IS NULL OR s.outlet = ?4 OR instr(char(31) || s.copies || char(31), char(31) || ?4 || char(31)) > 0)
     AND (?7 IS NULL OR s.stance = ?7)";

impl Store {
    /// Gives stances, each once: by holder, then from the oldest day to the newest, those of one statement beside each other.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn stances(&self, query: &StanceQuery) -> Result<Vec<StanceRow>, StoreError> {
        self.read(|connection| {
            if query.holdings.is_empty() {
                let mut rows = Vec::new();
                everybodys(connection, query, &mut rows)?;
                rows.reverse();
                rows.sort_by(|left, right| (&left.holder, left.day, left.statement).cmp(&(&right.holder, right.day, right.statement)));
                return Ok(rows);
            }
            let mut read = Reading { rows: Vec::new(), texts: values::SharedTexts::new() };
            for holding in merged(&query.holdings) {
                by_holder(connection, query, &holding, &mut read)?;
            }
            Ok(read.rows)
        })
    }

    /// Gives the stored deed that shows the same stance, told of a day at most `days` away; the one told first where there are
    /// several.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn deed_like(&self, taken: &StanceTaken, day: Date, days: i64) -> Result<Option<StatementId>, StoreError> {
        let first = day.checked_sub(days.days()).unwrap_or(Date::MIN).to_string();
        let last = day.checked_add(days.days()).unwrap_or(Date::MAX).to_string();
        let target = TargetRef::from(&taken.target);
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT statement FROM stances WHERE holder = ?1 AND day BETWEEN ?2 AND ?3 AND form = 'deed'
                 AND target_kind = ?4 AND target = ?5 AND stance = ?6 ORDER BY day, statement LIMIT 1",
            )?;
            let values = params![taken.holder.as_str(), first, last, target.kind, target.id, taken.stance.as_str()];
            Ok(query.query_row(values, |row| row.get(0).map(StatementId)).optional()?)
        })
    }

    /// Hands out everybody's stances on the target that is asked for, from the newest day to the oldest; those of one holder by their
    /// moment, those of one statement beside each other. Holdings are not looked at. Do not call the store from inside `taker`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn everybodys_stances(&self, query: &StanceQuery, taker: &mut dyn StanceTaker) -> Result<(), StoreError> {
        self.read(|connection| everybodys(connection, query, taker))
    }

    /// Hands out stances from the newest day to the oldest, one holding after the other; `take` says when it has enough of one.
    /// Those of one statement towards one target stand beside each other. Do not call the store from inside `take`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn stances_backwards(&self, query: &StanceQuery, take: &mut dyn FnMut(StanceRow) -> ControlFlow<()>) -> Result<(), StoreError> {
        // One transaction for all holdings: otherwise each look-up locks the file anew.
        self.read(|connection| backwards(&*connection.unchecked_transaction()?, query, take))
    }

    /// Gives the targets of somebody's stances, each with the day of the newest.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn last_days(&self, query: &StanceQuery) -> Result<BTreeMap<Target, Date>, StoreError> {
        self.read(|connection| {
            let mut found: BTreeMap<Target, Date> = BTreeMap::new();
            let mut prepared = connection.prepare_cached(
                "SELECT target_kind, target, max(day) FROM stances WHERE holder = ?1 AND day BETWEEN ?2 AND ?3 GROUP BY target_kind, target",
            )?;
            for holding in merged(&query.holdings) {
                let (since, until) = days((query.since, query.until), &holding);
                let mut rows = prepared.query(params![holding.actor.as_str(), since, until])?;
                while let Some(row) = rows.next()? {
                    let target = values::target(text(row, 0)?, text(row, 1)?)?;
                    let day = values::day(text(row, 2)?)?;
                    found.entry(target).and_modify(|last| *last = (*last).max(day)).or_insert(day);
                }
            }
            Ok(found)
        })
    }

    /// Gives the first and the last day of the stances that are asked for, whatever they are and wherever they appeared; none when
    /// there are none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn days_of(&self, query: &StanceQuery) -> Result<Option<(Date, Date)>, StoreError> {
        self.read(|connection| {
            let target = query.target.as_ref().map(TargetRef::from);
            let (kind, id) = (target.map(|target| target.kind), target.map(|target| target.id));
            let mut holdings = merged(&query.holdings);
            if holdings.is_empty() {
                holdings.push(Holding { actor: ActorId::new(""), since: None, until: None });
            }
            let mut found: Option<(Date, Date)> = None;
            for holding in &holdings {
                let (since, until) = days((query.since, query.until), holding);
                let values = params![holding.actor.as_str(), since, until, kind, id];
                let end = |order: &str| -> Result<Option<Date>, StoreError> {
                    let sql = format!("SELECT s.day FROM {} ORDER BY s.day {order} LIMIT 1", rows_of(query));
                    let day: Option<String> = connection.prepare_cached(&sql)?.query_row(values, |row| row.get(0)).optional()?;
                    day.map(|day| values::day(&day)).transpose()
                };
                if let (Some(first), Some(last)) = (end("ASC")?, end("DESC")?) {
                    found = Some(found.map_or((first, last), |(known, newest)| (known.min(first), newest.max(last))));
                }
            }
            Ok(found)
        })
    }

    /// Gives the targets about which stances are stored, with how many statements show one, most first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn target_counts(&self, limit: usize) -> Result<Vec<(Target, u64)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT target_kind, target, statements FROM target_counts WHERE statements > 0
                 ORDER BY statements DESC, target_kind, target LIMIT ?1",
            )?;
            let mut rows = query.query([values::bound(limit)])?;
            let mut counts = Vec::new();
            while let Some(row) = rows.next()? {
                counts.push((values::target(&row.get::<_, String>(0)?, &row.get::<_, String>(1)?)?, values::count(row.get(2)?)));
            }
            Ok(counts)
        })
    }
}

/// Hands out stances as [`Store::stances_backwards`] does.
pub(super) fn backwards(
    connection: &Connection,
    query: &StanceQuery,
    take: &mut dyn FnMut(StanceRow) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut texts = values::SharedTexts::new();
    let target = query.target.as_ref().map(TargetRef::from);
    let sql = if target.is_some() {
        format!(
            "SELECT {COLUMNS} FROM stances s INDEXED BY stances_pair
             WHERE s.target_kind = ?5 AND s.target = ?6 AND s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND {IS_WANTED}
             ORDER BY s.day DESC, s.at DESC, s.statement DESC"
        )
    } else {
        format!(
            "SELECT {COLUMNS} FROM stances s WHERE s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND {IS_WANTED} AND ?5 IS NULL AND ?6 IS NULL
             ORDER BY s.day DESC, s.statement DESC"
        )
    };
    let mut prepared = connection.prepare_cached(&sql)?;
    let (outlet, stance) = (query.outlet.as_ref().map(OutletId::as_str), query.stance.map(Stance::as_str));
    for holding in &merged(&query.holdings) {
        let (since, until) = days((query.since, query.until), holding);
        let (kind, id) = (target.map(|target| target.kind), target.map(|target| target.id));
        let mut rows = prepared.query(params![holding.actor.as_str(), since, until, outlet, kind, id, stance])?;
        while let Some(row) = rows.next()? {
            if take(read_stance(row, Known { holder: Some(&holding.actor), target: query.target.as_ref() }, &mut texts)?).is_break() {
                break;
            }
        }
    }
    Ok(())
}

/// Hands out stances as [`Store::everybodys_stances`] does: as they lie in the index of the days.
fn everybodys(connection: &Connection, query: &StanceQuery, taker: &mut dyn StanceTaker) -> Result<(), StoreError> {
    let Some(target) = &query.target else { return Ok(()) };
    let mut prepared = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stances s INDEXED BY stances_days
         WHERE s.target_kind = ?5 AND s.target = ?6 AND s.day BETWEEN ?2 AND ?3 AND {IS_WANTED} AND ?1 = ''
         ORDER BY s.day DESC, s.holder DESC, s.at DESC, s.statement DESC"
    ))?;
    let mut texts = values::SharedTexts::new();
    let (since, until) = days((query.since, query.until), &Holding { actor: ActorId::new(""), since: None, until: None });
    let (outlet, stance) = (query.outlet.as_ref().map(OutletId::as_str), query.stance.map(Stance::as_str));
    let asked = TargetRef::from(target);
    let mut rows = prepared.query(params!["", since, until, outlet, asked.kind, asked.id, stance])?;
    while let Some(row) = rows.next()? {
        if taker.wants(text(row, HOLDER)?, values::day(text(row, DAY)?)?) {
            taker.take(read_stance(row, Known { holder: None, target: Some(target) }, &mut texts)?);
        }
    }
    Ok(())
}

/// Gives the rows of one holding, and of the target if there is one, by the index in which their days are in order.
fn rows_of(query: &StanceQuery) -> &'static str {
    match (query.holdings.is_empty(), query.target.is_some()) {
        (false, true) => {
            "stances s INDEXED BY stances_pair WHERE s.target_kind = ?4 AND s.target = ?5 AND s.holder = ?1 AND s.day BETWEEN ?2 AND ?3"
        }
        (false, false) => "stances s WHERE s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND ?4 IS NULL AND ?5 IS NULL",
        (true, _) => "stances s INDEXED BY stances_days WHERE s.target_kind = ?4 AND s.target = ?5 AND s.day BETWEEN ?2 AND ?3 AND ?1 = ''",
    }
}

/// What was read so far.
struct Reading {
    rows: Vec<StanceRow>,
    texts: values::SharedTexts,
}

/// Gives the first and last day for which both the question and the holding ask, as ISO text.
pub(super) fn days(asked: (Option<Date>, Option<Date>), held: &Holding) -> (String, String) {
    let since = asked.0.max(held.since);
    let until = match (asked.1, held.until) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    };
    let text = |day: Option<Date>, open: &str| day.map_or_else(|| open.to_owned(), |day| day.to_string());
    (text(since, FIRST_DAY), text(until, LAST_DAY))
}

fn by_holder(connection: &Connection, asked: &StanceQuery, holding: &Holding, into: &mut Reading) -> Result<(), StoreError> {
    let (since, until) = days((asked.since, asked.until), holding);
    let target = asked.target.as_ref().map(TargetRef::from);
    // Of one target the rows lie together in its index, in the same order.
    let (index, condition) = match target {
        Some(_) => ("INDEXED BY stances_pair", "s.target_kind = ?5 AND s.target = ?6"),
        None => ("", "?5 IS NULL AND ?6 IS NULL"),
    };
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM stances s {index} WHERE s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND {IS_WANTED} AND {condition}"
    ))?;
    let (outlet, stance) = (asked.outlet.as_ref().map(OutletId::as_str), asked.stance.map(Stance::as_str));
    let (kind, id) = (target.map(|target| target.kind), target.map(|target| target.id));
    let mut rows = query.query(params![holding.actor.as_str(), since, until, outlet, kind, id, stance])?;
    while let Some(row) = rows.next()? {
        let stance = read_stance(row, Known { holder: Some(&holding.actor), target: asked.target.as_ref() }, &mut into.texts)?;
        into.rows.push(stance);
    }
    Ok(())
}

/// Reads a text column without copying it.
fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    row.get_ref(column)?.as_str().map_err(|error| StoreError::Data { what: "stance", reason: error.to_string() })
}

/// What the question says of every row that answers it, so that it need not be read.
#[derive(Clone, Copy)]
struct Known<'k> {
    holder: Option<&'k ActorId>,
    target: Option<&'k Target>,
}

/// Reads a row, without what is known of it.
fn read_stance(row: &Row<'_>, known: Known<'_>, texts: &mut values::SharedTexts) -> Result<StanceRow, StoreError> {
    let copies = match row.get_ref(11)? {
        ValueRef::Null => Vec::new(),
        _ => text(row, 11)?.split(UNIT_SEPARATOR).map(|outlet| OutletId::new(texts.get(outlet))).collect(),
    };
    let reporter = match row.get_ref(10)? {
        ValueRef::Null => None,
        _ => Some(ActorId::new(texts.get(text(row, 10)?))),
    };
    let target = match known.target {
        Some(target) => target.clone(),
        None => read_target((text(row, 2)?, text(row, 3)?), texts)?,
    };
    let holder = match known.holder {
        Some(holder) => holder.clone(),
        None => ActorId::new(texts.get(text(row, HOLDER)?)),
    };
    Ok(StanceRow {
        statement: StatementId(row.get(0)?),
        holder,
        target,
        stance: values::word(text(row, 4)?)?,
        voice: if row.get(5)? { Voice::Reported } else { Voice::Own },
        is_direct: row.get(6)?,
        day: values::day(text(row, DAY)?)?,
        at: values::moment(row.get(8)?)?,
        outlet: OutletId::new(texts.get(text(row, 9)?)),
        copies,
        reporter,
        modality: values::word(text(row, 12)?)?,
        form: if text(row, 13)? == Form::Deed.as_str() { Form::Deed } else { Form::Words },
    })
}

fn read_target((kind, id): (&str, &str), texts: &mut values::SharedTexts) -> Result<Target, StoreError> {
    match kind {
        values::ACTOR => Ok(Target::Actor(ActorId::new(texts.get(id)))),
        values::TOPIC => Ok(Target::Topic(TopicId::new(texts.get(id)))),
        other => values::target(other, id),
    }
}
