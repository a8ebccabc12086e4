//! What has to be remembered over a restart: how far the server's news were taken up, and what was done with each message. Only the
//! trait; the store is wired to it by the application, because `chat` knows no database.
//!
//! A message is taken up in the same step in which the place in the stream moves on, so a crash loses none and repeats none; it stays
//! open until it is answered, and what is open is taken up again at the next start.

use jiff::Timestamp;
use std::sync::Arc;

/// How far the bot got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The device with which the place was reached: another one has to begin at the start.
    pub device: String,
    /// The place in the stream of news (`next_batch`); none when it does not hold any more.
    pub token: Option<String>,
    /// When this account was first used (UTC): nothing before it is answered.
    pub started: Timestamp,
}

/// An event that asks for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The event.
    pub event: String,
    /// The room it stands in.
    pub room: String,
}

/// A question and what was answered to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// The message that asked.
    pub event: String,
    /// The room.
    pub room: String,
    /// Who asked.
    pub asker: String,
    /// The root of the thread in which it was asked.
    pub thread: Option<String>,
    /// A fingerprint of the text that was answered.
    pub text: String,
    /// How the answer is asked for, without prefix and page; none where it cannot be asked for again.
    pub query: Option<String>,
    /// The page that is shown, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
    /// The messages that show the answer, in order.
    pub answers: Vec<String>,
    /// The messages with the pictures that go with it.
    pub pictures: Vec<String>,
    /// What was asked changed something.
    pub has_changed: bool,
}

/// Something about a room that is done once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomNote {
    /// The bot said who it is.
    Welcomed,
    /// The room goes on in another one, which is the value.
    MovedTo,
    /// The bot was invited to it as to a room of two; the value is who invited.
    Direct,
    /// It names another room as its successor which does not confirm that; the value is that one.
    Unconfirmed,
    /// Some of its news were left out and could not be fetched yet; the value says which.
    Gap,
}

/// Remembers. Every function may block for as long as a database does; the errors are sentences.
pub trait Ledger: Send + Sync {
    /// Gives how far the bot got for an account; none when it was never used.
    ///
    /// # Errors
    /// A sentence when it cannot be read; so for all functions below.
    fn progress(&self, account: &str) -> Result<Option<Progress>, String>;

    /// Notes, in one step, how far the bot got and which events it took up at which moment; gives those that were not taken up before.
    ///
    /// # Errors
    /// A sentence.
    fn advance(&self, account: &str, progress: &Progress, taken: (&[Taken], Timestamp)) -> Result<Vec<Taken>, String>;

    /// Takes up one event; false when that was done before.
    ///
    /// # Errors
    /// A sentence.
    fn take(&self, taken: &Taken, now: Timestamp) -> Result<bool, String>;

    /// Tells whether an event was taken up.
    ///
    /// # Errors
    /// A sentence.
    fn is_taken(&self, event: &str) -> Result<bool, String>;

    /// Tells whether an event was taken up and is not done.
    ///
    /// # Errors
    /// A sentence.
    fn is_open(&self, event: &str) -> Result<bool, String>;

    /// Gives what was taken up since a moment and is not done, in that order.
    ///
    /// # Errors
    /// A sentence.
    fn open(&self, since: Timestamp) -> Result<Vec<Taken>, String>;

    /// Notes that nothing more is to be done for an event.
    ///
    /// # Errors
    /// A sentence.
    fn close(&self, event: &str) -> Result<(), String>;

    /// Notes a question with its answer, which is then done.
    ///
    /// # Errors
    /// A sentence.
    fn answered(&self, question: &Question) -> Result<(), String>;

    /// Gives a question by its message.
    ///
    /// # Errors
    /// A sentence.
    fn question(&self, event: &str) -> Result<Option<Question>, String>;

    /// Gives the question that a message of the bot's answers.
    ///
    /// # Errors
    /// A sentence.
    fn question_of(&self, answer: &str) -> Result<Option<Question>, String>;

    /// Gives the newest answered question in a room (and thread), the one with the given message left out.
    ///
    /// # Errors
    /// A sentence.
    fn newest(&self, room: &str, thread: Option<&str>, other_than: &str) -> Result<Option<Question>, String>;

    /// Gives what is noted of a room.
    ///
    /// # Errors
    /// A sentence.
    fn room_note(&self, room: &str, note: RoomNote) -> Result<Option<String>, String>;

    /// Notes something of a room.
    ///
    /// # Errors
    /// A sentence.
    fn note_room(&self, room: &str, note: RoomNote, value: &str) -> Result<(), String>;

    /// Gives the rooms of which something is noted, with the values.
    ///
    /// # Errors
    /// A sentence.
    fn rooms_noted(&self, note: RoomNote) -> Result<Vec<(String, String)>, String>;

    /// Forgets something of a room.
    ///
    /// # Errors
    /// A sentence.
    fn forget_note(&self, room: &str, note: RoomNote) -> Result<(), String>;

    /// Lets all that belongs to a room (what it follows, its settings, alerts that wait) belong to another.
    ///
    /// # Errors
    /// A sentence.
    fn move_room(&self, from: &str, to: &str) -> Result<(), String>;
}

/// Does a piece of work with the ledger where it may block.
pub(super) async fn with<T: Send + 'static>(
    ledger: &Arc<dyn Ledger>,
    work: impl FnOnce(&dyn Ledger) -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let ledger = ledger.clone();
    match tokio::task::spawn_blocking(move || work(&*ledger)).await {
        Ok(result) => result,
        Err(error) => Err(format!("the task was ended: {error}")),
    }
}
