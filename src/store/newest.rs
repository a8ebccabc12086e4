//! The short way of a search: the newest statements of somebody, without words or target.
//!
//! It is what `!stance` and `!said` ask most often, and somebody may have tens of thousands: all are counted, but only the page is
//! read.

use super::search::in_outlet;
use super::stances::{days, merged};
use super::{Holding, StatementFilter, StatementHit, StatementHits, StoreError, Voice, values};
use crate::model::{ActorId, OutletId, StatementId};
use jiff::civil::Date;
use rusqlite::{Connection, params};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ops::Range;

/// A statement that may come onto the page.
struct Found {
    order: Reverse<(Date, i64, i64)>,
    hit: StatementHit,
}

/// Gives the page and counts all.
pub(super) fn newest(connection: &Connection, filter: &StatementFilter, page: Range<usize>) -> Result<StatementHits, StoreError> {
    let mut all = StatementHits::default();
    let mut found = Vec::new();
    let mut told = BTreeSet::new();
    for holding in merged(&filter.holdings) {
        let (own, reported) = count(connection, filter, &holding)?;
        all.own += own;
        all.reported += reported;
        spoken(connection, filter, (&holding, page.end), &mut found)?;
        reports(connection, filter, &holding, &mut |row| {
            if told.insert(row.hit.id) {
                found.push(row);
            }
        })?;
    }
    all.reported += told.len() as u64;
    found.retain(|row| filter.voice.is_none_or(|voice| voice == row.hit.voice));
    found.sort_by_key(|row| row.order);
    all.hits = found.into_iter().skip(page.start).take(page.len()).map(|row| row.hit).collect();
    Ok(all)
}

/// Counts what a holding said: in own words, and as passed on by others.
fn count(connection: &Connection, filter: &StatementFilter, holding: &Holding) -> Result<(u64, u64), StoreError> {
    let (since, until) = days((filter.since, filter.until), holding);
    let mut query = connection.prepare_cached(&format!(
        "SELECT count(*), coalesce(sum(s.reported), 0) FROM statements s
         WHERE s.speaker = ?1 AND s.day BETWEEN ?2 AND ?3 AND {}",
        in_outlet("s.id")
    ))?;
    let outlet = filter.outlet.as_ref().map(OutletId::as_str);
    let (all, reported): (i64, i64) =
        query.query_row(params![holding.actor.as_str(), since, until, outlet], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((values::count(all - reported), values::count(reported)))
}

/// Reads the newest statements of a holding, as many as the page may need.
fn spoken(
    connection: &Connection,
    filter: &StatementFilter,
    (holding, most): (&Holding, usize),
    found: &mut Vec<Found>,
) -> Result<(), StoreError> {
    let (since, until) = days((filter.since, filter.until), holding);
    let mut query = connection.prepare_cached(&format!(
        "SELECT s.day, s.at, s.id, s.reported FROM statements s
         WHERE s.speaker = ?1 AND s.day BETWEEN ?2 AND ?3 AND {} AND (?5 IS NULL OR s.reported = ?5)
         ORDER BY s.day DESC, s.at DESC, s.id DESC LIMIT ?6",
        in_outlet("s.id")
    ))?;
    let outlet = filter.outlet.as_ref().map(OutletId::as_str);
    let wanted = filter.voice.map(|voice| voice == Voice::Reported);
    let mut rows = query.query(params![holding.actor.as_str(), since, until, outlet, wanted, values::bound(most)])?;
    while let Some(row) = rows.next()? {
        let voice = if row.get(3)? { Voice::Reported } else { Voice::Own };
        let place = (row.get::<_, String>(0)?, row.get(1)?, row.get(2)?);
        found.push(ready(&filter.holdings, &holding.actor, place, voice)?);
    }
    Ok(())
}

/// Reads the statements in which somebody else tells a stance of a holding. Where the teller counts too, the statement is among
/// what was said.
fn reports(connection: &Connection, filter: &StatementFilter, holding: &Holding, take: &mut dyn FnMut(Found)) -> Result<(), StoreError> {
    let (since, until) = days((filter.since, filter.until), holding);
    let mut query = connection.prepare_cached(&format!(
        "SELECT s.day, s.at, s.statement, s.speaker FROM stances s INDEXED BY stances_reports
         WHERE s.holder = ?1 AND s.day BETWEEN ?2 AND ?3 AND s.voice = 1 AND s.form = 'words' AND {}",
        in_outlet("s.statement")
    ))?;
    let outlet = filter.outlet.as_ref().map(OutletId::as_str);
    let mut rows = query.query(params![holding.actor.as_str(), since, until, outlet])?;
    while let Some(row) = rows.next()? {
        let place: (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let day = values::day(&place.0)?;
        let speaker = row.get::<_, Option<String>>(3)?.map(ActorId::new);
        let counts = |speaker: &ActorId| filter.holdings.iter().any(|held| held.covers(speaker, day));
        if !speaker.as_ref().is_some_and(counts) {
            take(ready(&filter.holdings, &holding.actor, place, Voice::Reported)?);
        }
    }
    Ok(())
}

/// Gives a hit with the first holding by which it counts.
fn ready(holdings: &[Holding], actor: &ActorId, (day, at, id): (String, i64, i64), voice: Voice) -> Result<Found, StoreError> {
    let day = values::day(&day)?;
    let holding = holdings.iter().position(|held| held.covers(actor, day));
    Ok(Found { order: Reverse((day, at, id)), hit: StatementHit { id: StatementId(id), voice, holding, day } })
}
