//! An article, what was found in it, and the alerts that follow: written in one transaction or not at all.

use super::values::TargetRef;
use super::{
    EntryKey, Seen, ShiftMatcher, ShiftNews, Store, StoreError, StoredStatement, entries, knowledge, outbox, shifts, statements, values,
    watches,
};
use crate::model::{
    ActorId, ArticleId, ChannelId, DatePrecision, Extraction, NewArticle, OutboxId, OutletId, QuoteKind, Statement, StatementId, Target,
    Watch, WatchId, WatchScope,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

/// Stands between the pieces of a split quotation when they are shown or searched as one text.
pub(super) const PIECES_JOINED_BY: &str = " \u{2026} ";

/// What sort of poll an article comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchKind {
    /// A feed that was read before: every match is alerted, up to the flood guard.
    Regular,
    /// The first sight of a feed: at most one alert per channel, as a sample.
    Baseline,
    /// An archive that is read in: nothing is alerted.
    Silent,
}

/// One poll of one feed, or one run over files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// A name that no other poll has (`7-1764680400`); summaries are gathered under it.
    pub id: &'a str,
    /// What sort of poll.
    pub kind: BatchKind,
    /// Alerts per channel before the rest becomes one summary.
    pub alerts_max: u32,
}

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Ingest<'a> {
    /// The article.
    pub article: &'a NewArticle,
    /// What its entry is known by; none when it is not remembered as seen (a text given by hand).
    pub entry: Option<&'a EntryKey>,
    /// What was found in it.
    pub extraction: &'a Extraction,
    /// Hash of the rules that found it.
    pub ruleset_hash: &'a str,
    /// For each statement and then each deed, in their order, the stored one that it repeats; may be shorter.
    pub same_as: &'a [Option<StatementId>],
    /// Now (UTC).
    pub now: Timestamp,
    /// The poll it comes from.
    pub batch: Batch<'a>,
}

/// An alert that a watch asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// The watch that asks.
    pub watch: WatchId,
    /// Where it goes.
    pub channel: ChannelId,
    /// The statements it tells, in text order.
    pub statements: Vec<StatementId>,
}

/// Says which alerts all watches ask for, given the new statements of one article.
pub type Matcher<'a> = dyn Fn(&[Watch], &[StoredStatement]) -> Vec<NewAlert> + 'a;

/// Who says which alerts follow.
#[derive(Clone, Copy)]
pub struct Matchers<'a> {
    /// Of statements.
    pub statements: &'a Matcher<'a>,
    /// Of shifts; asked only when a watch is about them.
    pub shifts: &'a ShiftMatcher<'a>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ingested {
    /// The article.
    pub article: ArticleId,
    /// For each statement and then each deed of the extraction: its id, new or that of the one it repeats.
    pub statements: Vec<StatementId>,
    /// Those that are new, in text order.
    pub fresh: Vec<StatementId>,
    /// How many are new.
    pub new: usize,
    /// How many repeat a stored one.
    pub repeated: usize,
    /// Rows of the outbox that were made or (a summary) added to.
    pub outbox: Vec<OutboxId>,
}

impl Store {
    /// Writes an article, its statements with stances and appearances, the entry as seen, and the alerts that `matcher` asks for
    /// among all watches and the new statements: all of it or nothing.
    ///
    /// `matcher` must not call the store. Statements that repeat a stored one are not given to it. An entry that was kept with
    /// this very content is not written again: the stored ids come back, with `new` 0 and no alert.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is written then.
    pub fn ingest(&self, ingest: &Ingest<'_>, matcher: &Matcher<'_>) -> Result<Ingested, StoreError> {
        self.ingest_watched(ingest, &Matchers { statements: matcher, shifts: &|_| Ok(Vec::new()) })
    }

    /// Does what [`Store::ingest`] does, with the alerts of shifts too.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is written then.
    pub fn ingest_watched(&self, ingest: &Ingest<'_>, matchers: &Matchers<'_>) -> Result<Ingested, StoreError> {
        self.write(|transaction| {
            if let Some(key) = ingest.entry
                && let Seen::Known(Some(article)) = entries::seen(transaction, key)?
            {
                return written_before(transaction, article);
            }
            let article = put_article(transaction, ingest)?;
            if let Some(key) = ingest.entry {
                entries::remember(transaction, key, Some(article), ingest.now)?;
            }
            let mut ingested = put_statements(transaction, ingest, article)?;
            if ingested.new > 0 && ingest.batch.kind != BatchKind::Silent {
                ingested.outbox = put_alerts(transaction, ingest, &ingested, matchers)?;
            }
            Ok(ingested)
        })
    }
}

/// Gives what is stored of an article that is not written again.
fn written_before(connection: &Connection, article: ArticleId) -> Result<Ingested, StoreError> {
    let mut query = connection.prepare_cached("SELECT statement FROM appearances WHERE article = ?1 ORDER BY statement")?;
    let statements: Vec<_> = query.query_map([article.0], |row| row.get(0).map(StatementId))?.collect::<Result<_, _>>()?;
    let repeated = statements.len();
    Ok(Ingested { article, statements, fresh: Vec::new(), new: 0, repeated, outbox: Vec::new() })
}

fn put_article(connection: &Connection, ingest: &Ingest<'_>) -> Result<ArticleId, StoreError> {
    let article = ingest.article;
    knowledge::ensure_outlet(connection, &article.outlet)?;
    connection
        .prepare_cached(
            "INSERT INTO articles (feed, outlet, url, title, text_origin, published, updated, first_seen, sha256, ruleset, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            article.feed.map(|feed| feed.0),
            article.outlet.as_str(),
            article.url,
            article.title,
            values::plain_word(&article.text_origin),
            article.published.map(values::micros),
            article.updated.map(values::micros),
            values::micros(article.first_seen),
            article.sha256,
            ingest.ruleset_hash,
            article.text
        ])?;
    Ok(ArticleId(connection.last_insert_rowid()))
}

/// Writes found actors and all statements; those that repeat a stored one become appearances of it.
fn put_statements(connection: &Connection, ingest: &Ingest<'_>, article: ArticleId) -> Result<Ingested, StoreError> {
    let read_on = utc_day(ingest.article.published.unwrap_or(ingest.article.first_seen));
    for found in &ingest.extraction.found {
        knowledge::put_found(connection, found, read_on)?;
    }
    let mut ingested = Ingested { article, statements: Vec::new(), fresh: Vec::new(), new: 0, repeated: 0, outbox: Vec::new() };
    for (seq, statement) in ingest.extraction.all().enumerate() {
        let repeats = ingest.same_as.get(seq).copied().flatten();
        let id = match repeats.map(|id| repeated(connection, id)).transpose()?.flatten() {
            Some(id) => {
                put_copy(connection, id, (article, &ingest.article.outlet))?;
                ingested.repeated += 1;
                id
            }
            None => {
                let parent = statement.attribution.parent.and_then(|parent| ingested.statements.get(parent)).copied();
                let place = Place { article, seq, parent };
                let id = put_statement(connection, ingest, &place, statement)?;
                ingested.new += 1;
                ingested.fresh.push(id);
                id
            }
        };
        ingested.statements.push(id);
    }
    Ok(ingested)
}

/// Gives the current id of a statement that is repeated; none when it is not stored.
fn repeated(connection: &Connection, id: StatementId) -> Result<Option<StatementId>, StoreError> {
    let id = statements::current_id(connection, id)?;
    let is_stored = connection.prepare_cached("SELECT 1 FROM statements WHERE id = ?1")?.exists([id.0])?;
    Ok(is_stored.then_some(id))
}

/// Notes that a stored statement appeared in another article.
pub(super) fn put_copy(connection: &Connection, id: StatementId, (article, outlet): (ArticleId, &OutletId)) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO appearances (statement, article, outlet, first) VALUES (?1, ?2, ?3, 0)";
    connection.prepare_cached(sql)?.execute(params![id.0, article.0, outlet.as_str()])?;
    connection
        .prepare_cached(
            "UPDATE stances SET copies = coalesce(copies || char(31), '') || ?2
             WHERE statement = ?1 AND instr(char(31) || coalesce(copies, '') || char(31), char(31) || ?2 || char(31)) = 0",
        )?
        .execute(params![id.0, outlet.as_str()])?;
    Ok(())
}

/// Where a new statement stands.
pub(super) struct Place {
    pub(super) article: ArticleId,
    pub(super) seq: usize,
    pub(super) parent: Option<StatementId>,
}

pub(super) fn put_statement(
    connection: &Connection,
    ingest: &Ingest<'_>,
    place: &Place,
    statement: &Statement,
) -> Result<StatementId, StoreError> {
    let speaker = statement.speaker.actor();
    if let Some(speaker) = speaker {
        knowledge::ensure_actor(connection, speaker)?;
    }
    let (day, at) = said(ingest.article.published.unwrap_or(ingest.article.first_seen), statement);
    connection
        .prepare_cached(
            "INSERT INTO statements (article, seq, parent, speaker, reported, quote, act, modality, said_on, precision, day, at,
             confidence, ruleset, content, detail, form)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            place.article.0,
            values::bound(place.seq),
            place.parent.map(|parent| parent.0),
            speaker.map(ActorId::as_str),
            !statement.reported_by.is_empty(),
            statement.attribution.quote.as_str(),
            statement.act.as_str(),
            statement.modality.as_str(),
            statement.said_on.map(|said_on| said_on.date.to_string()),
            statement.said_on.map(|said_on| values::plain_word(&said_on.precision)),
            day.to_string(),
            values::micros(at),
            statement.confidence,
            ingest.ruleset_hash,
            content_text(&ingest.article.text, statement),
            values::to_json(statement, "statement")?,
            statement.form.as_str()
        ])?;
    let id = StatementId(connection.last_insert_rowid());
    let sql = "INSERT INTO appearances (statement, article, outlet, first) VALUES (?1, ?2, ?3, 1)";
    connection.prepare_cached(sql)?.execute(params![id.0, place.article.0, ingest.article.outlet.as_str()])?;
    put_stances(connection, (id, &ingest.article.outlet), statement, (day, at))?;
    Ok(id)
}

/// Writes the stances that a statement shows. A stance counts as reported when the speaker tells it of somebody else, or when
/// somebody stands between the outlet and the speaker.
pub(super) fn put_stances(
    connection: &Connection,
    (id, outlet): (StatementId, &OutletId),
    statement: &Statement,
    (day, at): (Date, Timestamp),
) -> Result<(), StoreError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO stances (holder, day, statement, seq, target_kind, target, stance, voice, direct, at, outlet, reporter, speaker,
         modality, form)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    for (seq, taken) in statement.stances.iter().enumerate() {
        knowledge::ensure_actor(connection, &taken.holder)?;
        match &taken.target {
            Target::Actor(actor) => knowledge::ensure_actor(connection, actor)?,
            Target::Topic(topic) => knowledge::ensure_topic(connection, topic)?,
        }
        let is_reported = !taken.own || !statement.reported_by.is_empty();
        let told_by = if taken.own { None } else { statement.speaker.actor() };
        let reporter = match statement.reported_by.last() {
            Some(nearest) => nearest.actor.as_ref(),
            None => told_by,
        };
        let target = TargetRef::from(&taken.target);
        insert.execute(params![
            taken.holder.as_str(),
            day.to_string(),
            id.0,
            values::bound(seq),
            target.kind,
            target.id,
            taken.stance.as_str(),
            is_reported,
            statement.attribution.quote != QuoteKind::Indirect,
            values::micros(at),
            outlet.as_str(),
            reporter.map(ActorId::as_str),
            statement.speaker.actor().map(ActorId::as_str),
            statement.modality.as_str(),
            statement.form.as_str()
        ])?;
    }
    Ok(())
}

/// Asks the matchers and writes their alerts; those of shifts first, since they tell the statement too.
fn put_alerts(
    connection: &Connection,
    ingest: &Ingest<'_>,
    ingested: &Ingested,
    matchers: &Matchers<'_>,
) -> Result<Vec<OutboxId>, StoreError> {
    let watches = watches::all_watches(connection)?;
    if watches.is_empty() {
        return Ok(Vec::new());
    }
    let fresh = statements::some_statements(connection, &ingested.fresh)?;
    let mut rows = BTreeSet::new();
    if watches.iter().any(|watch| watch.scope == WatchScope::Shifts) {
        let news = ShiftNews { watches: &watches, statements: &fresh, history: &|of| shifts::history(connection, of) };
        for shift in (matchers.shifts)(&news)? {
            rows.extend(shifts::push(connection, &shift, &ingest.batch, ingest.now)?);
        }
    }
    for alert in (matchers.statements)(&watches, &fresh) {
        rows.extend(outbox::push_alert(connection, &alert, &ingest.batch, ingest.now)?);
    }
    Ok(rows.into_iter().collect())
}

/// Gives the last day on which a statement can have been said, and the moment that orders statements of one day.
///
/// The day is the date in the text; of a week, month or year its last day, but not after the article; without a date the day of
/// the article (UTC). `at` is when the article was published, else first seen.
pub(super) fn said(at: Timestamp, statement: &Statement) -> (Date, Timestamp) {
    let read_on = utc_day(at);
    let day = statement.said_on.map_or(read_on, |said_on| {
        let last = match said_on.precision {
            DatePrecision::Day => return said_on.date,
            DatePrecision::Week => said_on.date.checked_add(6.days()).unwrap_or(said_on.date),
            DatePrecision::Month => said_on.date.last_of_month(),
            DatePrecision::Year => said_on.date.last_of_year(),
        };
        last.min(read_on).max(said_on.date)
    });
    (day, at)
}

/// Gives the day of a moment in UTC.
pub(super) fn utc_day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

/// Joins the pieces of the content into one text.
pub(super) fn content_text(text: &str, statement: &Statement) -> String {
    let pieces: Vec<&str> = statement.attribution.content.iter().map(|span| span.of(text).trim()).collect();
    pieces.join(PIECES_JOINED_BY)
}
