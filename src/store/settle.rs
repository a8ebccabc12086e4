//! Makes a statement what it has to be: what the rules read, with the corrections of people on it, shown or hidden.
//!
//! Everything that changes a stored statement comes through [`settle`]: a correction, its undoing, other rules, two actors that
//! become one, an actor that is forgotten. Corrections win over the rules for as long as they hold, whatever the rules read later.
//! The form that a statement had before is kept whole in `revisions`.

use super::ingest::{content_text, put_stances, said};
use super::{StoreError, changes, knowledge, lookup, values};
use crate::model::{ActorId, ChangeId, Correction, OutletId, Speaker, StanceTaken, Statement, StatementId, Target};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::RefCell;

/// Oldest alert that goes out after all when its statement is shown again: what is older is no news.
const ALERT_BACK_MAX: SignedDuration = SignedDuration::from_hours(24);

/// Stands for a reporter of whom nothing is shown.
const SOMEBODY: &str = "somebody";

/// Why a statement is in no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhyHidden {
    /// People took it out: nobody said that.
    Withdrawn,
    /// Its speaker is forgotten.
    Forgotten,
    /// Its words were removed for good, on request.
    Purged,
    /// The rules in force do not read it.
    Unread,
}

/// What makes a statement be looked at again.
#[derive(Clone, Copy)]
pub(super) struct Cause {
    /// The change that does; none for other rules.
    pub(super) change: Option<ChangeId>,
    /// Now (UTC).
    pub(super) now: Timestamp,
}

/// What the rules say of a statement.
#[derive(Clone)]
pub(super) struct Reading {
    pub(super) statement: Statement,
    pub(super) ruleset: String,
    /// False when the rules in force do not read it; `statement` is then what was read last.
    pub(super) is_read: bool,
}

/// What is stored of a statement now.
struct Row {
    at: i64,
    outlet: String,
    article: i64,
    ruleset: String,
    detail: String,
    hidden: Option<WhyHidden>,
}

/// Puts a statement together anew and writes it; tells whether it became another one for who reads it. `reading` is what the
/// rules say now, where they were asked.
pub(super) fn settle(connection: &Connection, id: StatementId, cause: Cause, reading: Option<Reading>) -> Result<bool, StoreError> {
    let Some(row) = row(connection, id)?.filter(|row| row.hidden != Some(WhyHidden::Purged)) else { return Ok(false) };
    let present: Statement = values::from_json(&row.detail, "statement")?;
    let is_reread = reading.is_some();
    let base = match reading {
        Some(reading) => reading,
        None => reading_of(connection, id)?.unwrap_or_else(|| Reading {
            statement: present.clone(),
            ruleset: row.ruleset.clone(),
            is_read: true,
        }),
    };
    let corrections = changes::applied_corrections(connection, id)?;
    let mut next = base.statement.clone();
    corrections.iter().for_each(|correction| patch(&mut next, correction));
    rename_redirected(connection, &mut next)?;
    let hidden = why_hidden(connection, &next, (&corrections, base.is_read))?;
    let is_as_read = base.is_read && next == base.statement && hidden != Some(WhyHidden::Withdrawn);
    keep_reading(connection, id, &base, (is_as_read, row.at))?;
    let is_changed = !same_meaning(&present, &next) || hidden != row.hidden;
    if is_changed {
        keep_revision(connection, id, &row, cause)?;
    }
    write(connection, id, &row, &Written { statement: &next, ruleset: &base.ruleset, hidden, is_reread })?;
    if hidden != row.hidden {
        put_hidden(connection, id, (hidden, next.speaker.actor()), cause.now)?;
    }
    Ok(is_changed)
}

fn row(connection: &Connection, id: StatementId) -> Result<Option<Row>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT s.at, a.outlet, s.article, s.ruleset, s.detail, h.why FROM statements s JOIN articles a ON a.id = s.article
         LEFT JOIN hidden h ON h.statement = s.id WHERE s.id = ?1",
    )?;
    let mut rows = query.query([id.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let why: Option<String> = row.get(5)?;
    Ok(Some(Row {
        at: row.get(0)?,
        outlet: row.get(1)?,
        article: row.get(2)?,
        ruleset: row.get(3)?,
        detail: row.get(4)?,
        hidden: why.map(|why| values::from_plain_word(&why, "reason for hiding")).transpose()?,
    }))
}

/// Gives what the rules read, where that is not what is shown.
pub(super) fn reading_of(connection: &Connection, id: StatementId) -> Result<Option<Reading>, StoreError> {
    let mut query = connection.prepare_cached("SELECT detail, ruleset, unread FROM readings WHERE statement = ?1")?;
    let row: Option<(String, String, bool)> = query.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    row.map(|(detail, ruleset, is_unread)| {
        Ok(Reading { statement: values::from_json(&detail, "statement")?, ruleset, is_read: !is_unread })
    })
    .transpose()
}

/// Puts a correction on a statement.
pub(super) fn patch(statement: &mut Statement, correction: &Correction) {
    match correction {
        Correction::Speaker(Some(speaker)) => {
            // The speaker's own stances are those of whoever spoke.
            statement.stances.iter_mut().filter(|taken| taken.own).for_each(|taken| taken.holder = speaker.clone());
            statement.speaker = Speaker::Actor(speaker.clone());
        }
        Correction::Speaker(None) => {
            statement.stances.retain(|taken| !taken.own);
            statement.speaker = Speaker::Unknown(Vec::new());
        }
        Correction::Stance { holder, target, stance } => {
            let is_it = |taken: &StanceTaken| taken.holder == *holder && taken.target == *target;
            match (statement.stances.iter_mut().find(|taken| is_it(taken)), stance) {
                (Some(taken), Some(stance)) => {
                    taken.stance = *stance;
                    taken.rules.clear();
                }
                (None, Some(stance)) => statement.stances.push(StanceTaken {
                    holder: holder.clone(),
                    target: target.clone(),
                    stance: *stance,
                    own: statement.speaker.actor() == Some(holder),
                    evidence: statement.attribution.content.first().copied().unwrap_or(statement.context),
                    condition: None,
                    rules: Vec::new(),
                }),
                (_, None) => statement.stances.retain(|taken| !is_it(taken)),
            }
        }
        Correction::NotAStatement => {}
    }
}

/// Puts current ids in the place of those that lead to another.
fn rename_redirected(connection: &Connection, statement: &mut Statement) -> Result<(), StoreError> {
    let failed = RefCell::new(None);
    statement.rename_actors(&|id| match lookup::follow(connection, values::ACTOR, id.to_string()) {
        Ok(current) => (current != id.as_str()).then(|| ActorId::new(current)),
        Err(error) => {
            failed.replace(Some(error));
            None
        }
    });
    failed.into_inner().map_or(Ok(()), Err)
}

fn why_hidden(
    connection: &Connection,
    next: &Statement,
    (corrections, is_read): (&[Correction], bool),
) -> Result<Option<WhyHidden>, StoreError> {
    if corrections.contains(&Correction::NotAStatement) {
        return Ok(Some(WhyHidden::Withdrawn));
    }
    if let Some(speaker) = next.speaker.actor()
        && is_forgotten(connection, speaker)?
    {
        return Ok(Some(WhyHidden::Forgotten));
    }
    Ok((!is_read && corrections.is_empty()).then_some(WhyHidden::Unread))
}

/// Tells whether nothing of an actor is shown or kept.
pub(super) fn is_forgotten(connection: &Connection, actor: &ActorId) -> Result<bool, StoreError> {
    Ok(connection.prepare_cached("SELECT 1 FROM forgotten WHERE actor = ?1")?.exists([actor.as_str()])?)
}

/// Keeps what the rules read beside what is shown, where the two differ, and of what was taken out, so that a copy is known for one.
fn keep_reading(connection: &Connection, id: StatementId, base: &Reading, (is_as_read, at): (bool, i64)) -> Result<(), StoreError> {
    if is_as_read {
        connection.prepare_cached("DELETE FROM readings WHERE statement = ?1")?.execute([id.0])?;
        return Ok(());
    }
    let detail = values::to_json(&base.statement, "statement")?;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO readings (statement, speaker, at, unread, ruleset, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![id.0, base.statement.speaker.actor().map(ActorId::as_str), at, !base.is_read, base.ruleset, detail])?;
    Ok(())
}

/// Tells whether two forms of a statement say the same to who reads them: confidence and reasons aside.
pub(super) fn same_meaning(left: &Statement, right: &Statement) -> bool {
    let stances = |statement: &Statement| -> Vec<_> {
        let taken = statement.stances.iter();
        taken.map(|taken| (taken.holder.clone(), taken.target.clone(), taken.stance, taken.own)).collect()
    };
    let axes = |statement: &Statement| (statement.form, statement.act, statement.modality, statement.distance, statement.attribution.quote);
    left.speaker.actor() == right.speaker.actor()
        && stances(left) == stances(right)
        && axes(left) == axes(right)
        && left.reported_by == right.reported_by
        && left.said_on.map(|said| (said.date, said.precision)) == right.said_on.map(|said| (said.date, said.precision))
        && left.attribution.content == right.attribution.content
}

fn keep_revision(connection: &Connection, id: StatementId, row: &Row, cause: Cause) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO revisions (statement, revision, ended, change, hidden, ruleset, detail)
             SELECT id, revision, ?2, ?3, ?4, ruleset, detail FROM statements WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            values::micros(cause.now),
            cause.change.map(|change| change.0),
            row.hidden.map(|why| values::plain_word(&why))
        ])?;
    connection.prepare_cached("UPDATE statements SET revision = revision + 1 WHERE id = ?1")?.execute([id.0])?;
    Ok(())
}

/// Writes what is new about a reading that says the same to who reads it: reasons, confidence, the rules that made it. What people
/// corrected stays on it.
pub(super) fn refresh(connection: &Connection, id: StatementId, (reading, ruleset): (&Statement, &str)) -> Result<(), StoreError> {
    let Some(kept) = reading_of(connection, id)? else {
        connection.prepare_cached("UPDATE statements SET detail = ?2, confidence = ?3, ruleset = ?4 WHERE id = ?1")?.execute(params![
            id.0,
            values::to_json(reading, "statement")?,
            reading.confidence,
            ruleset
        ])?;
        return Ok(());
    };
    let mut next = reading.clone();
    changes::applied_corrections(connection, id)?.iter().for_each(|correction| patch(&mut next, correction));
    rename_redirected(connection, &mut next)?;
    connection.prepare_cached("UPDATE statements SET detail = ?2, confidence = ?3, ruleset = ?4 WHERE id = ?1")?.execute(params![
        id.0,
        values::to_json(&next, "statement")?,
        next.confidence,
        ruleset
    ])?;
    connection.prepare_cached("UPDATE readings SET detail = ?2, ruleset = ?3 WHERE statement = ?1 AND unread = ?4")?.execute(params![
        id.0,
        values::to_json(reading, "statement")?,
        ruleset,
        !kept.is_read
    ])?;
    Ok(())
}

/// What is to be written of a statement.
struct Written<'a> {
    statement: &'a Statement,
    ruleset: &'a str,
    hidden: Option<WhyHidden>,
    /// True when the spans may be others.
    is_reread: bool,
}

/// Writes a statement's row, and its stances if it is shown.
fn write(connection: &Connection, id: StatementId, row: &Row, written: &Written<'_>) -> Result<(), StoreError> {
    let statement = written.statement;
    let (day, at) = said(values::moment(row.at)?, statement);
    let speaker = statement.speaker.actor();
    if let Some(speaker) = speaker {
        knowledge::ensure_actor(connection, speaker)?;
    }
    let shown_speaker = speaker.filter(|_| written.hidden.is_none()).map(ActorId::as_str);
    connection
        .prepare_cached(
            "UPDATE statements SET speaker = ?2, reported = ?3, quote = ?4, act = ?5, modality = ?6, said_on = ?7, precision = ?8,
             day = ?9, confidence = ?10, ruleset = ?11, detail = ?12, form = ?13 WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            shown_speaker,
            !statement.reported_by.is_empty(),
            statement.attribution.quote.as_str(),
            statement.act.as_str(),
            statement.modality.as_str(),
            statement.said_on.map(|said_on| said_on.date.to_string()),
            statement.said_on.map(|said_on| values::plain_word(&said_on.precision)),
            day.to_string(),
            statement.confidence,
            written.ruleset,
            values::to_json(statement, "statement")?,
            statement.form.as_str()
        ])?;
    if written.is_reread {
        write_content(connection, id, row.article, statement)?;
    }
    connection.prepare_cached("DELETE FROM stances WHERE statement = ?1")?.execute([id.0])?;
    if written.hidden.is_some() {
        return Ok(());
    }
    let mut shown = statement.clone();
    let mut kept = Vec::with_capacity(shown.stances.len());
    for taken in shown.stances {
        if !is_about_forgotten(connection, &taken)? {
            kept.push(taken);
        }
    }
    shown.stances = kept;
    put_stances(connection, (id, &OutletId::new(row.outlet.as_str())), &shown, (day, at))?;
    put_copies(connection, id)
}

/// Tells whether a stance is one of somebody forgotten, or towards them.
pub(super) fn is_about_forgotten(connection: &Connection, taken: &StanceTaken) -> Result<bool, StoreError> {
    let target = match &taken.target {
        Target::Actor(actor) => is_forgotten(connection, actor)?,
        Target::Topic(_) => false,
    };
    Ok(target || is_forgotten(connection, &taken.holder)?)
}

/// Takes out of somebody's statement what it tells of actors of whom nothing is shown: for showing it.
pub(super) fn without_forgotten(connection: &Connection, statement: &mut Statement) -> Result<(), StoreError> {
    if !connection.prepare_cached("SELECT 1 FROM forgotten")?.exists([])? {
        return Ok(());
    }
    let mut kept = Vec::with_capacity(statement.stances.len());
    for taken in std::mem::take(&mut statement.stances) {
        if !is_about_forgotten(connection, &taken)? {
            kept.push(taken);
        }
    }
    statement.stances = kept;
    for link in &mut statement.reported_by {
        if link.actor.as_ref().map(|actor| is_forgotten(connection, actor)).transpose()?.unwrap_or(false) {
            (link.actor, link.mention) = (None, SOMEBODY.to_owned());
        }
    }
    if let Speaker::Unknown(candidates) = &mut statement.speaker {
        let mut shown = Vec::with_capacity(candidates.len());
        for id in candidates.drain(..) {
            if !is_forgotten(connection, &id)? {
                shown.push(id);
            }
        }
        *candidates = shown;
    }
    Ok(())
}

/// Writes what was said as one text, where it is another.
fn write_content(connection: &Connection, id: StatementId, article: i64, statement: &Statement) -> Result<(), StoreError> {
    let mut query = connection.prepare_cached("SELECT body FROM articles WHERE id = ?1")?;
    let body: String = query.query_row([article], |row| row.get(0))?;
    let content = content_text(&body, statement);
    connection.prepare_cached("UPDATE statements SET content = ?2 WHERE id = ?1 AND content <> ?2")?.execute(params![id.0, content])?;
    Ok(())
}

/// Writes the outlets of later appearances into the stances.
fn put_copies(connection: &Connection, id: StatementId) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "UPDATE stances SET copies = (SELECT group_concat(outlet, char(31)) FROM
             (SELECT outlet FROM appearances WHERE statement = ?1 AND first = 0 GROUP BY outlet ORDER BY min(article)))
             WHERE statement = ?1",
        )?
        .execute([id.0])?;
    Ok(())
}

/// Notes that a statement is hidden or shown from now on; alerts that wait for it are held back or go out after all.
fn put_hidden(
    connection: &Connection,
    id: StatementId,
    (why, speaker): (Option<WhyHidden>, Option<&ActorId>),
    now: Timestamp,
) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM hidden WHERE statement = ?1")?.execute([id.0])?;
    let Some(why) = why else {
        let since = now.checked_sub(ALERT_BACK_MAX).unwrap_or(Timestamp::MIN);
        connection
            .prepare_cached(
                "UPDATE outbox SET state = 'pending', next_try = ?2 WHERE state = 'withdrawn' AND created >= ?3
                 AND EXISTS (SELECT 1 FROM outbox_statements s WHERE s.outbox = outbox.id AND s.statement = ?1)",
            )?
            .execute(params![id.0, values::micros(now), values::micros(since)])?;
        return Ok(());
    };
    connection.prepare_cached("INSERT INTO hidden (statement, why, speaker, since) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        id.0,
        values::plain_word(&why),
        speaker.map(ActorId::as_str),
        values::micros(now)
    ])?;
    for state in ["pending", "held"] {
        let sql = format!(
            "UPDATE outbox SET state = 'withdrawn' WHERE state = '{state}'
             AND EXISTS (SELECT 1 FROM outbox_statements s WHERE s.outbox = outbox.id AND s.statement = ?1)
             AND NOT EXISTS (SELECT 1 FROM outbox_statements s WHERE s.outbox = outbox.id
             AND s.statement NOT IN (SELECT statement FROM hidden))"
        );
        connection.prepare_cached(&sql)?.execute([id.0])?;
    }
    Ok(())
}
