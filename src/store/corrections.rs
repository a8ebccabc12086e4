//! Corrections of statements: made, queued, decided on and taken back, each in one transaction with what it does to the statement.

use super::changes::{self, NewChange, Standing, StoredChange};
use super::settle::{Cause, WhyHidden, patch, reading_of, same_meaning, settle};
use super::{Store, StoreError, lessons, statements, values};
use crate::model::{Author, Change, ChangeId, ChangeState, Correction, Lesson, Statement, StatementId};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

/// What became of a wish to correct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Corrected {
    /// It holds from now on.
    Applied(ChangeId),
    /// It waits for a moderator.
    Queued(ChangeId),
    /// The same waits already.
    Waiting(ChangeId),
    /// The statement says so already.
    NoChange,
    /// There is no such statement.
    Missing,
    /// A limit is reached: of what, and how many.
    Full(&'static str, u64),
}

/// Who decides on changes, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Who, and where.
    pub author: &'a Author,
    /// What they may decide on.
    pub standing: Standing,
    /// Now (UTC).
    pub now: Timestamp,
}

/// What a moderator says to a change that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds from now on.
    Accept,
    /// It does not.
    Reject,
}

/// What became of a decision, or of taking a change back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It is done; the change as it stands now.
    Done(StoredChange),
    /// There is no such change.
    Missing,
    /// It is somebody else's, or of another channel.
    NotYours,
    /// It is decided already; the change as it stands.
    Already(StoredChange),
    /// What it concerns was removed for good.
    Final(StoredChange),
}

/// A form that a statement had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number, from 1.
    pub number: u32,
    /// When the next one took its place (UTC).
    pub ended: Timestamp,
    /// What ended it; none: other rules.
    pub change: Option<ChangeId>,
    /// Why it was in no answer, if it was in none.
    pub hidden: Option<WhyHidden>,
    /// Hash of the rules that made it.
    pub ruleset_hash: String,
    /// What it was.
    pub statement: Statement,
}

impl Store {
    /// Corrects a statement at once, or puts the correction into the queue, as the author's standing says.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn correct(&self, statement: StatementId, new: &NewChange) -> Result<Corrected, StoreError> {
        self.write(|transaction| {
            let id = statements::current_id(transaction, statement)?;
            let Some(present) = present(transaction, id)? else { return Ok(Corrected::Missing) };
            let Change::Corrections(corrections) = &new.what else { return Ok(Corrected::NoChange) };
            if !changes_something(&present, corrections) {
                return Ok(Corrected::NoChange);
            }
            let same = changes::list(transaction, "statement = ?1 AND state = 'waiting' ORDER BY id", [id.0])?;
            let same = same.into_iter().find(|change| change.what == new.what);
            if let (Some(same), Standing::Member) = (&same, new.standing) {
                return Ok(Corrected::Waiting(same.id));
            }
            if let Some((what, max)) = changes::limit(transaction, new)? {
                return Ok(Corrected::Full(what, max));
            }
            if new.standing == Standing::Member {
                return Ok(Corrected::Queued(changes::put(transaction, new, (Some(id), ChangeState::Waiting))?));
            }
            let change = changes::put(transaction, new, (Some(id), ChangeState::Applied))?;
            settle(transaction, id, Cause { change: Some(change), now: new.now }, None)?;
            Ok(Corrected::Applied(change))
        })
    }

    /// Accepts or rejects a change that waits.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn decide(&self, id: ChangeId, verdict: Verdict, by: &By<'_>) -> Result<Decided, StoreError> {
        self.write(|transaction| {
            let Some(change) = changes::list(transaction, "id = ?1", [id.0])?.pop() else { return Ok(Decided::Missing) };
            if !may_decide(&change, by) {
                return Ok(Decided::NotYours);
            }
            if change.state != ChangeState::Waiting {
                return Ok(Decided::Already(change));
            }
            let state = match verdict {
                Verdict::Accept => ChangeState::Applied,
                Verdict::Reject => ChangeState::Rejected,
            };
            changes::decide(transaction, id, state, (by.author, by.now))?;
            if let (Some(statement), Verdict::Accept) = (change.statement, verdict) {
                settle(transaction, statement, Cause { change: Some(id), now: by.now }, None)?;
            }
            done(transaction, id)
        })
    }

    /// Takes a change back. The statement becomes what it is without it, as a new revision; what waits leaves the queue.
    ///
    /// Users take back what of theirs waits; moderators all that was changed in their channel.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn undo(&self, id: ChangeId, by: &By<'_>) -> Result<Decided, StoreError> {
        self.write(|transaction| {
            let Some(change) = changes::list(transaction, "id = ?1", [id.0])?.pop() else { return Ok(Decided::Missing) };
            let author = by.author;
            let is_own = change.author.user == author.user && change.author.channel.platform == author.channel.platform;
            let is_waiting = change.state == ChangeState::Waiting;
            if !(may_decide(&change, by) || is_own && (is_waiting || by.standing > Standing::Member)) {
                return Ok(Decided::NotYours);
            }
            if !matches!(change.state, ChangeState::Waiting | ChangeState::Applied) {
                return Ok(Decided::Already(change));
            }
            if let Change::Lesson(Lesson::Forget(actor)) = &change.what
                && lessons::is_purged(transaction, actor)?
            {
                return Ok(Decided::Final(change));
            }
            changes::decide(transaction, id, ChangeState::Undone, (author, by.now))?;
            match (&change.what, change.statement) {
                (Change::Corrections(_), Some(statement)) if !is_waiting => {
                    settle(transaction, statement, Cause { change: Some(id), now: by.now }, None)?;
                }
                (Change::Lesson(lesson), _) => lessons::take_back(transaction, lesson, Cause { change: Some(id), now: by.now })?,
                _ => {}
            }
            done(transaction, id)
        })
    }

    /// Gives the forms that a statement had before its present one, oldest first, at most 50.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn revisions(&self, statement: StatementId) -> Result<Vec<Revision>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT revision, ended, change, hidden, ruleset, detail FROM revisions WHERE statement = ?1 ORDER BY revision LIMIT 50",
            )?;
            let mut rows = query.query([statement.0])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let hidden: Option<String> = row.get(3)?;
                found.push(Revision {
                    number: row.get(0)?,
                    ended: values::moment(row.get(1)?)?,
                    change: row.get::<_, Option<i64>>(2)?.map(ChangeId),
                    hidden: hidden.map(|why| values::from_plain_word(&why, "reason for hiding")).transpose()?,
                    ruleset_hash: row.get(4)?,
                    statement: values::from_json(&row.get::<_, String>(5)?, "statement")?,
                });
            }
            Ok(found)
        })
    }

    /// Gives what the rules read of a statement, where that is not what is shown; none where it is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn reading(&self, statement: StatementId) -> Result<Option<Statement>, StoreError> {
        self.read(|connection| Ok(reading_of(connection, statement)?.map(|reading| reading.statement)))
    }
}

fn done(connection: &Connection, id: ChangeId) -> Result<Decided, StoreError> {
    Ok(changes::list(connection, "id = ?1", [id.0])?.pop().map_or(Decided::Missing, Decided::Done))
}

/// Moderators decide on what was asked for in their channel, the operator on everything.
fn may_decide(change: &StoredChange, by: &By<'_>) -> bool {
    match by.standing {
        Standing::Operator => true,
        Standing::Moderator => change.author.channel == by.author.channel,
        Standing::Member => false,
    }
}

/// Gives a statement as it is shown, and whether people took it out.
fn present(connection: &Connection, id: StatementId) -> Result<Option<(Statement, bool)>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT s.detail, coalesce(h.why = 'withdrawn', 0) FROM statements s LEFT JOIN hidden h ON h.statement = s.id WHERE s.id = ?1",
    )?;
    let row: Option<(String, bool)> = query.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    row.map(|(detail, is_out)| Ok((values::from_json(&detail, "statement")?, is_out))).transpose()
}

fn changes_something((present, is_out): &(Statement, bool), corrections: &[Correction]) -> bool {
    let mut next = present.clone();
    corrections.iter().for_each(|correction| patch(&mut next, correction));
    let takes_out = corrections.contains(&Correction::NotAStatement);
    takes_out && !is_out || !same_meaning(present, &next)
}
