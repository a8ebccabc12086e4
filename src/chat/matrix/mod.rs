//! Matrix as a chat: commands by prefix, mention and in private rooms, answers as notices, alerts, with end-to-end encryption.
//!
//! Of the library matrix-sdk the encryption, the state of rooms and single requests are used; what is heard, sent and repeated is decided
//! here. The way: `session` logs in or comes back, `listen` hears and notes what it took up, `gap` fetches what was left out, `desk` and
//! `react` answer, `outgoing` sends, `post` brings alerts, `shown` looks for what may be there already, `rooms` comes and goes, `unread`
//! deals with what cannot be decrypted, `compare` lets operators verify the bot. No command's logic and no permission is decided here; what has to be remembered is kept behind
//! `ledger`.

mod account;
mod compare;
mod content;
mod desk;
mod failure;
mod gap;
mod handover;
mod heard;
mod keys;
mod ledger;
mod listen;
mod online;
mod options;
mod outgoing;
mod pictures;
mod post;
mod react;
mod rest;
mod rooms;
mod session;
mod shown;
mod unread;

pub use account::{Account, log_in, log_out, verify};
pub use keys::Standing;
pub use ledger::{Ledger, Progress, Question, RoomNote, Taken};
pub use online::look_online;
pub use options::{MatrixOptions, MatrixPace};

use super::{Answerer, FaceError, Platform, SendError, Sent};
use crate::model::{ChannelId, OutboxId};
use crate::reply::Reply;
use async_trait::async_trait;
use desk::Desk;
use heard::Own;
use jiff::Timestamp;
use listen::{Listener, Vitals};
use matrix_sdk::Client;
use session::NoSession;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;

/// The platform's name in [`ChannelId::platform`].
pub const MATRIX: &str = "matrix";
/// Time that answers under way get at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Chooses the one implementation of cryptography for TLS. The libraries bring two, and with two and no choice they refuse to work.
pub(crate) fn provide_crypto() {
    // an error means that it is chosen already
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Matrix as a chat.
pub struct Matrix {
    options: MatrixOptions,
    ledger: Arc<dyn Ledger>,
    desk: OnceLock<Arc<Desk>>,
    vitals: Arc<Vitals>,
}

impl Matrix {
    /// Makes the face; nothing is sent before it runs.
    pub fn new(options: MatrixOptions, ledger: Arc<dyn Ledger>) -> Self {
        provide_crypto();
        Self { options, ledger, desk: OnceLock::new(), vitals: Arc::default() }
    }

    fn connected(&self) -> Result<&Arc<Desk>, SendError> {
        let wait = Some(self.options.pace.reconnect_first);
        self.desk.get().ok_or_else(|| SendError::Retry { reason: "Matrix is not connected yet".to_owned(), after: wait })
    }

    /// Comes back or logs in, again and again while the server cannot be reached.
    async fn connect(&self) -> Result<Client, FaceError> {
        let mut wait = self.options.pace.reconnect_first;
        loop {
            let ledger = self.ledger.clone();
            let since = |saved: &session::Saved| {
                let progress = ledger.progress(&saved.user_id)?;
                Ok(progress.filter(|progress| progress.device == saved.device_id).and_then(|progress| progress.token))
            };
            match session::open(&self.options, since).await {
                Ok(client) => return Ok(client),
                Err(NoSession::Final(error)) => return Err(error),
                Err(NoSession::Later(failure)) => {
                    tracing::warn!(%failure, "Matrix cannot be reached yet");
                    tokio::time::sleep(failure.asked_wait().unwrap_or(wait)).await;
                    wait = (wait * 2).min(self.options.pace.reconnect_longest);
                }
            }
        }
    }

    /// Begins to listen; gives what has to run.
    async fn begin(&self, client: Client, answerer: Arc<dyn Answerer>) -> Result<Listener, FaceError> {
        let user = client.user_id().map(ToString::to_string).unwrap_or_default();
        let device = client.device_id().map(ToString::to_string).unwrap_or_default();
        let account = user.clone();
        let known = ledger::with(&self.ledger, move |ledger| ledger.progress(&account)).await.map_err(FaceError::State)?;
        let is_first = known.is_none();
        let progress = match known {
            Some(known) if known.device == device => known,
            Some(known) => Progress { device, token: None, started: known.started },
            None => Progress { device, token: None, started: (self.options.clock)() },
        };
        // The name is for recognising it in texts; without one the user's own will do.
        let name = client.account().get_display_name().await.ok().flatten().unwrap_or_default();
        let device_since = client.encryption().device_creation_timestamp().await;
        let device_since = Timestamp::from_millisecond(i64::from(device_since.0)).unwrap_or(progress.started);
        let desk = Arc::new(Desk {
            options: self.options.clone(),
            client,
            own: Own { user, name },
            answerer,
            ledger: self.ledger.clone(),
            outgoing: outgoing::Outgoing::default(),
            unread: unread::Unread::default(),
            opened: post::Opened::default(),
            started: progress.started,
            device_since,
        });
        let desk = self.desk.get_or_init(|| desk).clone();
        Ok(Listener { desk, vitals: self.vitals.clone(), progress, is_first, tasks: Arc::default() })
    }
}

/// Waits for the stop signal, or for the end of who could send it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // an error means that the sender is gone, which ends the wait as well
    let _ = stop.wait_for(|stop| *stop).await;
}

#[async_trait]
impl Platform for Matrix {
    fn name(&self) -> &'static str {
        MATRIX
    }

    async fn run(&self, answerer: Arc<dyn Answerer>, mut stop: watch::Receiver<bool>) -> Result<(), FaceError> {
        let client = tokio::select! {
            biased;
            () = stopped(&mut stop) => return Ok(()),
            client = self.connect() => client?,
        };
        let listener = self.begin(client, answerer).await?;
        let (tasks, keys) = (listener.tasks.clone(), listener.desk.clone());
        let listening = async {
            tokio::select! {
                error = listener.run() => error,
                () = async { keys.watch_keys().await; std::future::pending::<()>().await } => FaceError::Failed(String::new()),
            }
        };
        let outcome = tokio::select! {
            biased;
            () = stopped(&mut stop) => Ok(()),
            error = listening => Err(error),
        };
        // What is not done by then is dropped: it was noted, and is taken up at the next start.
        let mut tasks = tasks.lock().await;
        let _ = tokio::time::timeout(LAST_ANSWERS, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.abort_all();
        outcome
    }

    async fn post(&self, channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<Sent, SendError> {
        self.connected()?.post(channel, id, reply).await
    }

    async fn post_uncertain(&self, channel: &ChannelId, uncertain: (OutboxId, Timestamp), reply: &Reply) -> Result<Sent, SendError> {
        self.connected()?.post_uncertain(channel, uncertain, reply).await
    }

    async fn edit(&self, channel: &ChannelId, message: &str, reply: &Reply) -> Result<(), SendError> {
        self.connected()?.edit(channel, message, reply).await
    }

    async fn tell(&self, user: &str, key: &str, reply: &Reply) -> Result<(), SendError> {
        self.connected()?.tell(user, key, reply).await
    }

    fn reopened(&self, paused: &[ChannelId]) -> Vec<ChannelId> {
        self.desk.get().map_or_else(Vec::new, |desk| desk.opened.among(paused))
    }

    fn is_well(&self) -> Option<bool> {
        Some(self.vitals.is_well(self.options.pace.poll))
    }
}
