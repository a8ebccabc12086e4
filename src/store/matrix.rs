//! What Matrix needs remembered over a restart: the place in its news, the events that were taken up, questions with their answers, and
//! what was done once in a room. What it means is known in `chat`.

use super::{Store, StoreError, values};
use crate::model::ChannelId;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

/// How long events and answers are remembered: an older answer is not turned, changed or removed by its asker any more.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 30);
/// The platform's name in `ChannelId::platform`.
const PLATFORM: &str = "matrix";

/// How far an account's news were taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixProgress {
    /// The device with which the place was reached.
    pub device: String,
    /// The place.
    pub token: Option<String>,
    /// When the account was first used (UTC).
    pub started: Timestamp,
}

/// A question with its answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixQuestion {
    /// The message that asked.
    pub event: String,
    /// The room.
    pub room: String,
    /// The root of its thread.
    pub thread: Option<String>,
    /// Who asked.
    pub asker: String,
    /// A fingerprint of the words.
    pub words: String,
    /// How it is asked for again.
    pub query: Option<String>,
    /// The page that is shown.
    pub page: u32,
    /// How many there are.
    pub pages: u32,
    /// The messages of the answer.
    pub answers: Vec<String>,
    /// Those with its pictures.
    pub pictures: Vec<String>,
    /// What was asked changed something.
    pub has_changed: bool,
}

impl Store {
    /// Gives how far an account's news were taken up.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; so for all functions below.
    pub fn matrix_progress(&self, account: &str) -> Result<Option<MatrixProgress>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT device, token, started FROM matrix_accounts WHERE account = ?1")?;
            let found = query.query_row([account], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)?))).optional()?;
            found.map(|(device, token, started)| Ok(MatrixProgress { device, token, started: values::moment(started)? })).transpose()
        })
    }

    /// Notes in one transaction how far an account's news were taken up, and the events (event and room) that ask for something; gives
    /// those events that are new.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_advance(
        &self,
        account: &str,
        progress: &MatrixProgress,
        (events, now): (&[(String, String)], Timestamp),
    ) -> Result<Vec<(String, String)>, StoreError> {
        self.write(|transaction| {
            let sql = "INSERT INTO matrix_accounts (account, device, token, started) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (account) DO UPDATE SET device = excluded.device, token = excluded.token";
            let values = params![account, progress.device, progress.token, values::micros(progress.started)];
            transaction.prepare_cached(sql)?.execute(values)?;
            let mut new = Vec::new();
            for (event, room) in events {
                if take(transaction, (event, room), now)? {
                    new.push((event.clone(), room.clone()));
                }
            }
            if !new.is_empty() {
                forget_old(transaction, now)?;
            }
            Ok(new)
        })
    }

    /// Takes up one event of a room; false when that was done before and it is not open any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_take(&self, event: (&str, &str), now: Timestamp) -> Result<bool, StoreError> {
        self.write(|transaction| take(transaction, event, now))
    }

    /// Tells of an event whether it was taken up, and whether it is open.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_event(&self, event: &str) -> Result<Option<bool>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT is_open FROM matrix_events WHERE event = ?1")?;
            Ok(query.query_row([event], |row| row.get(0)).optional()?)
        })
    }

    /// Gives the open events (event and room) that were taken up since a moment, in that order.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_open(&self, since: Timestamp) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT event, room FROM matrix_events WHERE is_open = 1 AND taken_at >= ?1 ORDER BY taken_at, rowid";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map([values::micros(since)], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that an event is done.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_close(&self, event: &str) -> Result<(), StoreError> {
        self.write(|transaction| close(transaction, event))
    }

    /// Notes a question with its answer, which is then done.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_answered(&self, question: &MatrixQuestion, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let sql = "INSERT INTO matrix_questions (event, room, thread, asker, words, query, page, pages, answered_at, has_changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (event) DO UPDATE SET words = excluded.words, query = excluded.query, page = excluded.page,
                 pages = excluded.pages, answered_at = excluded.answered_at, has_changed = has_changed OR excluded.has_changed";
            let thread = question.thread.as_deref().unwrap_or_default();
            transaction.prepare_cached(sql)?.execute(params![
                question.event,
                question.room,
                thread,
                question.asker,
                question.words,
                question.query,
                question.page,
                question.pages,
                values::micros(now),
                question.has_changed
            ])?;
            transaction.prepare_cached("DELETE FROM matrix_answers WHERE question = ?1")?.execute([&question.event])?;
            let texts = question.answers.iter().map(|event| (event, false));
            let pictures = question.pictures.iter().map(|event| (event, true));
            for (number, (event, is_picture)) in texts.chain(pictures).enumerate() {
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO matrix_answers (event, question, number, picture) VALUES (?1, ?2, ?3, ?4)")?
                    .execute(params![event, question.event, values::bound(number), is_picture])?;
            }
            close(transaction, &question.event)
        })
    }

    /// Gives a question by its message.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_question(&self, event: &str) -> Result<Option<MatrixQuestion>, StoreError> {
        self.read(|connection| question(connection, "event = ?1", params![event]))
    }

    /// Gives the question that a message answers.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_question_of(&self, answer: &str) -> Result<Option<MatrixQuestion>, StoreError> {
        self.read(|connection| question(connection, "event = (SELECT question FROM matrix_answers WHERE event = ?1)", params![answer]))
    }

    /// Gives the question that was answered last in a room (and thread), another one than a given.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_newest(&self, room: &str, thread: Option<&str>, other_than: &str) -> Result<Option<MatrixQuestion>, StoreError> {
        self.read(|connection| {
            let condition = "room = ?1 AND thread = ?2 AND event <> ?3 AND query IS NOT NULL ORDER BY answered_at DESC LIMIT 1";
            question(connection, condition, params![room, thread.unwrap_or_default(), other_than])
        })
    }

    /// Gives what is noted of a room under a name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_room(&self, room: &str, note: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT value FROM matrix_rooms WHERE room = ?1 AND note = ?2")?;
            Ok(query.query_row([room, note], |row| row.get(0)).optional()?)
        })
    }

    /// Gives the rooms of which something is noted under a name, with what is.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn matrix_rooms(&self, note: &str) -> Result<Vec<(String, String)>, StoreError> {
        self.read(|connection| {
            let mut query = connection.prepare_cached("SELECT room, value FROM matrix_rooms WHERE note = ?1 ORDER BY room")?;
            let rows = query.query_map([note], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes something of a room; none removes it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn set_matrix_room(&self, room: &str, note: &str, value: Option<&str>) -> Result<(), StoreError> {
        self.write(|transaction| {
            match value {
                Some(value) => transaction
                    .prepare_cached("INSERT OR REPLACE INTO matrix_rooms (room, note, value) VALUES (?1, ?2, ?3)")?
                    .execute([room, note, value])?,
                None => transaction.prepare_cached("DELETE FROM matrix_rooms WHERE room = ?1 AND note = ?2")?.execute([room, note])?,
            };
            Ok(())
        })
    }

    /// Lets what a channel follows, its settings, what waits to be posted and what it was told belong to another channel of the same
    /// platform. What the other has already stays.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn move_channel(&self, from: &ChannelId, to: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            let values = params![from.platform, from.room, to];
            for table in ["watches", "settings", "outbox_statements", "outbox_shifts", "changes"] {
                let sql = format!("UPDATE OR IGNORE {table} SET room = ?3 WHERE platform = ?1 AND room = ?2");
                transaction.prepare_cached(&sql)?.execute(values)?;
            }
            // What was posted stays where it stands.
            let waiting = "UPDATE outbox SET room = ?3 WHERE platform = ?1 AND room = ?2 AND state IN ('pending', 'held')";
            transaction.prepare_cached(waiting)?.execute(values)?;
            let rest = "UPDATE watches SET removed_by = 'chat' WHERE platform = ?1 AND room = ?2 AND removed_by IS NULL";
            transaction.prepare_cached(rest)?.execute(params![from.platform, from.room])?;
            let paused = "DELETE FROM settings WHERE platform = ?1 AND room = ?2 AND key = 'paused'";
            transaction.prepare_cached(paused)?.execute(params![from.platform, to])?;
            Ok(())
        })
    }

    /// Gives the channel in which a channel goes on: itself, unless its room was replaced.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn present_channel(&self, channel: &ChannelId) -> Result<ChannelId, StoreError> {
        let mut channel = channel.clone();
        if channel.platform == PLATFORM {
            for _ in 0..MOVES_MAX {
                match self.matrix_room(&channel.room, MOVED_TO)? {
                    Some(next) => channel.room = next,
                    None => break,
                }
            }
        }
        Ok(channel)
    }
}

/// Replacements of a room that are followed one after the other.
const MOVES_MAX: usize = 20;
/// The note of the room in which one goes on.
pub const MOVED_TO: &str = "moved-to";

fn take(connection: &Connection, (event, room): (&str, &str), now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT OR IGNORE INTO matrix_events (event, room, taken_at, is_open) VALUES (?1, ?2, ?3, 1)";
    Ok(connection.prepare_cached(sql)?.execute(params![event, room, values::micros(now)])? == 1)
}

fn close(connection: &Connection, event: &str) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE matrix_events SET is_open = 0 WHERE event = ?1")?.execute([event])?;
    Ok(())
}

fn forget_old(connection: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let old = values::micros(now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN));
    connection.prepare_cached("DELETE FROM matrix_events WHERE taken_at < ?1")?.execute([old])?;
    connection.prepare_cached("DELETE FROM matrix_questions WHERE answered_at < ?1")?.execute([old])?;
    Ok(())
}

fn question(connection: &Connection, condition: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Option<MatrixQuestion>, StoreError> {
    let sql = format!("SELECT event, room, thread, asker, words, query, page, pages, has_changed FROM matrix_questions WHERE {condition}");
    let found = connection.prepare_cached(&sql)?.query_row(values, |row| {
        Ok(MatrixQuestion {
            event: row.get(0)?,
            room: row.get(1)?,
            thread: row.get::<_, Option<String>>(2)?.filter(|thread| !thread.is_empty()),
            asker: row.get(3)?,
            words: row.get(4)?,
            query: row.get(5)?,
            page: row.get(6)?,
            pages: row.get(7)?,
            has_changed: row.get(8)?,
            ..MatrixQuestion::default()
        })
    });
    let Some(mut found) = found.optional()? else { return Ok(None) };
    let mut query = connection.prepare_cached("SELECT event, picture FROM matrix_answers WHERE question = ?1 ORDER BY number")?;
    let rows = query.query_map([&found.event], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
    for row in rows {
        let (event, is_picture) = row?;
        if is_picture { found.pictures.push(event) } else { found.answers.push(event) }
    }
    Ok(Some(found))
}
