//! Makes the face for Matrix from the configuration and the store, and does what is done for it once: logging in and out, the keys, the
//! look whether all is well.
//!
//! A program that was built without Matrix says so instead.

use super::{AppError, VerifyArgs};
use crate::chat::Platform;
use crate::config::Config;
use std::sync::Arc;

#[cfg(feature = "matrix")]
pub use with::matrix_ledger;
#[cfg(feature = "matrix")]
pub(super) use with::{check_online, log_in, log_out, platform, verify};
#[cfg(not(feature = "matrix"))]
pub(super) use without::{check_online, log_in, log_out, platform, verify};

/// What is said when Matrix is asked for and not configured.
const NOT_CONFIGURED: &str = "Matrix is not configured: name homeserver and user under [matrix], and set MATRIX_PASSWORD or MATRIX_TOKEN";

#[cfg(feature = "matrix")]
mod with {
    use super::super::state_dir::StateDir;
    use super::{AppError, Arc, Config, NOT_CONFIGURED, Platform, VerifyArgs};
    use crate::chat::matrix::{self, Account, Ledger, MATRIX, Matrix, MatrixOptions, MatrixPace, Progress, Question, RoomNote, Taken};
    use crate::config::{DeviceTrust, MatrixSettings};
    use crate::model::ChannelId;
    use crate::store::{MOVED_TO, MatrixProgress, MatrixQuestion, Store, StoreError};
    use jiff::Timestamp;

    fn options(config: &Config, settings: &MatrixSettings) -> MatrixOptions {
        MatrixOptions {
            homeserver: settings.homeserver.clone(),
            user: settings.user.clone(),
            password: settings.password.clone(),
            token: settings.token.clone(),
            operators: settings.operators.clone(),
            allowed_users: settings.allowed_users.clone(),
            allowed_servers: settings.allowed_servers.clone(),
            moderator_power: settings.moderator_power,
            cross_signed_only: settings.devices == DeviceTrust::CrossSigned,
            dir: config.state_dir.join("matrix"),
            pace: MatrixPace::default(),
            clock: Timestamp::now,
        }
    }

    /// Makes the face when the configuration wants it.
    pub(in super::super) fn platform(config: &Config, store: &Store) -> Result<Option<Arc<dyn Platform>>, AppError> {
        let Some(settings) = &config.matrix else { return Ok(None) };
        Ok(Some(Arc::new(Matrix::new(options(config, settings), matrix_ledger(store.clone())))))
    }

    fn wanted(config: &Config) -> Result<MatrixOptions, AppError> {
        let settings = config.matrix.as_ref().ok_or_else(|| AppError::Failed(NOT_CONFIGURED.to_owned()))?;
        Ok(options(config, settings))
    }

    fn failed(error: crate::chat::FaceError) -> AppError {
        AppError::Face { name: MATRIX, error }
    }

    /// Logs in, or tells that the session holds.
    pub(in super::super) async fn log_in(config: &Config) -> Result<(), AppError> {
        let options = wanted(config)?;
        let _held = StateDir::hold(&config.state_dir)?;
        tell(&matrix::log_in(&options).await.map_err(failed)?);
        Ok(())
    }

    /// Brings the keys in order, or makes new ones; fails when the device is not signed then.
    pub(in super::super) async fn verify(config: &Config, args: &VerifyArgs) -> Result<(), AppError> {
        let options = wanted(config)?;
        let _held = StateDir::hold(&config.state_dir)?;
        let account = match &args.key_file {
            None if args.new_keys => Account::with_new_keys(&options).await,
            key_file => matrix::verify(&options, key_file.as_deref()).await,
        };
        let account = account.map_err(failed)?;
        tell(&account);
        if account.standing.is_signed { Ok(()) } else { Err(AppError::Failed("the device is not signed; see above".to_owned())) }
    }

    /// Ends the session.
    pub(in super::super) async fn log_out(config: &Config) -> Result<(), AppError> {
        let options = wanted(config)?;
        let _held = StateDir::hold(&config.state_dir)?;
        let user = matrix::log_out(&options).await.map_err(failed)?;
        println!("Logged out: {user}. The recovery key stays in {}.", options.dir.display());
        Ok(())
    }

    fn tell(account: &Account) {
        let before = if account.was_logged_in { "The session holds" } else { "Logged in" };
        let standing = &account.standing;
        println!("{before}: {}, device {} (key {}).", account.user, standing.device, standing.fingerprint);
        let signed = if standing.is_signed { "is signed: people see a verified bot" } else { "is NOT signed: people see a warning" };
        println!("The device {signed}.");
        for remark in &standing.remarks {
            println!("Worth knowing: {remark}.");
        }
    }

    /// Prints what is in order and what is not; fails when something has to be changed.
    pub(in super::super) async fn check_online(config: &Config) -> Result<(), AppError> {
        let watched = config.watches.iter().filter(|watch| watch.channel.platform == MATRIX);
        let mut rooms: Vec<String> = watched.map(|watch| watch.channel.room.clone()).collect();
        rooms.sort();
        rooms.dedup();
        super::super::check::tell("Matrix", &matrix::look_online(&wanted(config)?, &rooms).await)
    }

    /// Gives what Matrix has to remember, in a store.
    pub fn matrix_ledger(store: Store) -> Arc<dyn Ledger> {
        Arc::new(Remembered(store))
    }

    /// What is remembered, in the store.
    struct Remembered(Store);

    fn said(error: StoreError) -> String {
        error.to_string()
    }

    fn pairs(taken: &[Taken]) -> Vec<(String, String)> {
        taken.iter().map(|taken| (taken.event.clone(), taken.room.clone())).collect()
    }

    fn taken((event, room): (String, String)) -> Taken {
        Taken { event, room }
    }

    fn question(stored: MatrixQuestion) -> Question {
        let MatrixQuestion { event, room, thread, asker, words, query, page, pages, answers, pictures, has_changed } = stored;
        Question { event, room, asker, thread, text: words, query, page, pages, answers, pictures, has_changed }
    }

    fn note(note: RoomNote) -> &'static str {
        match note {
            RoomNote::Welcomed => "welcomed",
            RoomNote::MovedTo => MOVED_TO,
            RoomNote::Direct => "direct",
            RoomNote::Unconfirmed => "unconfirmed",
            RoomNote::Gap => "gap",
        }
    }

    impl Ledger for Remembered {
        fn progress(&self, account: &str) -> Result<Option<Progress>, String> {
            let found = self.0.matrix_progress(account).map_err(said)?;
            Ok(found.map(|MatrixProgress { device, token, started }| Progress { device, token, started }))
        }

        fn advance(&self, account: &str, progress: &Progress, (events, now): (&[Taken], Timestamp)) -> Result<Vec<Taken>, String> {
            let Progress { device, token, started } = progress.clone();
            let new = self.0.matrix_advance(account, &MatrixProgress { device, token, started }, (&pairs(events), now));
            Ok(new.map_err(said)?.into_iter().map(taken).collect())
        }

        fn take(&self, taken: &Taken, now: Timestamp) -> Result<bool, String> {
            self.0.matrix_take((&taken.event, &taken.room), now).map_err(said)
        }

        fn is_taken(&self, event: &str) -> Result<bool, String> {
            Ok(self.0.matrix_event(event).map_err(said)?.is_some())
        }

        fn is_open(&self, event: &str) -> Result<bool, String> {
            Ok(self.0.matrix_event(event).map_err(said)? == Some(true))
        }

        fn open(&self, since: Timestamp) -> Result<Vec<Taken>, String> {
            Ok(self.0.matrix_open(since).map_err(said)?.into_iter().map(taken).collect())
        }

        fn close(&self, event: &str) -> Result<(), String> {
            self.0.matrix_close(event).map_err(said)
        }

        fn answered(&self, asked: &Question) -> Result<(), String> {
            let Question { event, room, asker, thread, text, query, page, pages, answers, pictures, has_changed } = asked.clone();
            let stored = MatrixQuestion { event, room, thread, asker, words: text, query, page, pages, answers, pictures, has_changed };
            self.0.matrix_answered(&stored, Timestamp::now()).map_err(said)
        }

        fn question(&self, event: &str) -> Result<Option<Question>, String> {
            Ok(self.0.matrix_question(event).map_err(said)?.map(question))
        }

        fn question_of(&self, answer: &str) -> Result<Option<Question>, String> {
            Ok(self.0.matrix_question_of(answer).map_err(said)?.map(question))
        }

        fn newest(&self, room: &str, thread: Option<&str>, other_than: &str) -> Result<Option<Question>, String> {
            Ok(self.0.matrix_newest(room, thread, other_than).map_err(said)?.map(question))
        }

        fn room_note(&self, room: &str, of: RoomNote) -> Result<Option<String>, String> {
            self.0.matrix_room(room, note(of)).map_err(said)
        }

        fn note_room(&self, room: &str, of: RoomNote, value: &str) -> Result<(), String> {
            self.0.set_matrix_room(room, note(of), Some(value)).map_err(said)
        }

        fn rooms_noted(&self, of: RoomNote) -> Result<Vec<(String, String)>, String> {
            self.0.matrix_rooms(note(of)).map_err(said)
        }

        fn forget_note(&self, room: &str, of: RoomNote) -> Result<(), String> {
            self.0.set_matrix_room(room, note(of), None).map_err(said)
        }

        fn move_room(&self, from: &str, to: &str) -> Result<(), String> {
            let from = ChannelId { platform: MATRIX.to_owned(), room: from.to_owned() };
            self.0.move_channel(&from, to).map_err(said)
        }
    }
}

#[cfg(not(feature = "matrix"))]
mod without {
    use super::{AppError, Arc, Config, NOT_CONFIGURED, Platform, VerifyArgs};
    use crate::store::Store;

    /// What is said when it is configured.
    const LEFT_OUT: &str = "this program was built without Matrix; build it with the feature \u{201c}matrix\u{201d}, or take [matrix] out of the configuration";

    fn refuse(config: &Config) -> AppError {
        AppError::Failed(if config.matrix.is_some() { LEFT_OUT } else { NOT_CONFIGURED }.to_owned())
    }

    /// Gives none; a configuration that cannot be used is a mistake that is told.
    pub(in super::super) fn platform(config: &Config, _: &Store) -> Result<Option<Arc<dyn Platform>>, AppError> {
        if config.matrix.is_some() { Err(refuse(config)) } else { Ok(None) }
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn log_in(config: &Config) -> Result<(), AppError> {
        Err(refuse(config))
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn verify(config: &Config, _: &VerifyArgs) -> Result<(), AppError> {
        Err(refuse(config))
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn log_out(config: &Config) -> Result<(), AppError> {
        Err(refuse(config))
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn check_online(config: &Config) -> Result<(), AppError> {
        Err(refuse(config))
    }
}
