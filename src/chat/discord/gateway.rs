//! One shard of the connection to Discord's gateway: connects, takes sessions up again, waits longer after each failure.
//!
//! serenity's own gateway is not used: it spins on some close frames, goes deaf when a RESUME is never answered, and knows no
//! growing waits. IDENTIFY is rationed by Discord (1,000 a day, after which it resets the token), so each goes through [`Turns`].

use super::rest::{Call, Failure, Rest};
use super::socket::{End, Socket, op};
use super::stopped;
use super::wire::text;
use crate::chat::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex as StdMutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::{Instant, timeout};

/// Longest wait for a connection with its handshakes.
const CONNECT_WAIT: Duration = Duration::from_secs(15);
/// Failed tries to take a session up after which a new one is begun.
const RESUMES_MAX: u32 = 3;

/// How fast the bot is after failures; the figures are Discord's or a careful choice, and short in tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Wait before the first try to connect again; doubled with every failure.
    pub reconnect_first: Duration,
    /// Longest wait between two tries.
    pub reconnect_longest: Duration,
    /// A connection that lasted so long makes the next failure a first one.
    pub settled_after: Duration,
    /// Wait between two IDENTIFY (Discord: `max_concurrency` every 5 s).
    pub identify_gap: Duration,
    /// Longest wait for the greeting, and for READY or RESUMED.
    pub answer_wait: Duration,
    /// A shard that heard nothing for so long is deaf: several heartbeats (41 s) and a few tries to connect.
    pub deaf_after: Duration,
    /// How long an interaction may take before the answer is announced (Discord forgets it after 3 s).
    pub defer_after: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            reconnect_first: Duration::from_secs(1),
            reconnect_longest: Duration::from_secs(300),
            settled_after: Duration::from_secs(60),
            identify_gap: Duration::from_millis(5_500),
            answer_wait: Duration::from_secs(30),
            deaf_after: Duration::from_secs(180),
            defer_after: Duration::from_millis(900),
        }
    }
}

/// Something that happened, as Discord names it, with its data.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) kind: String,
    pub(super) data: Value,
    /// When it came.
    pub(super) received: Instant,
}

/// A session that can be taken up again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) resume_url: String,
    /// The last event's number.
    pub(super) seen: u64,
}

/// Who connects.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) token: Secret,
    pub(super) intents: u64,
    /// The shard, and how many there are.
    pub(super) shard: (u32, u32),
}

impl Identity {
    pub(super) fn identify(&self) -> Value {
        let properties = json!({"os": "linux", "browser": "stancebot", "device": "stancebot"});
        json!({"op": op::IDENTIFY, "d": {
            "token": self.token.reveal(), "intents": self.intents, "shard": [self.shard.0, self.shard.1],
            "large_threshold": 50, "properties": properties,
        }})
    }

    pub(super) fn resume(&self, session: &Session) -> Value {
        json!({"op": op::RESUME, "d": {"token": self.token.reveal(), "session_id": session.id, "seq": session.seen}})
    }
}

/// Whether a shard lives; read by the health check.
#[derive(Debug)]
pub(super) struct Vitals {
    heard: StdMutex<Instant>,
    is_open: AtomicBool,
    undecodable: Arc<AtomicU64>,
    deaf_after: Duration,
}

impl Vitals {
    pub(super) fn new(undecodable: Arc<AtomicU64>, deaf_after: Duration) -> Self {
        Self { heard: StdMutex::new(Instant::now()), is_open: AtomicBool::new(false), undecodable, deaf_after }
    }

    /// Notes that something was heard; only a shard that is open counts as alive by it.
    pub(super) fn heard(&self, is_open: bool) {
        if is_open {
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        self.is_open.store(is_open, Ordering::Relaxed);
    }

    /// Counts an event of a known kind that could not be read.
    pub(super) fn count_undecodable(&self, what: &str) {
        let count = self.undecodable.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(what, count, "Discord sent something that cannot be read");
    }

    /// Tells whether the shard heard something of late.
    pub(super) fn is_well(&self) -> bool {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < self.deaf_after
    }
}

/// Hands out turns to IDENTIFY, to all shards of the process.
#[derive(Debug)]
pub(super) struct Turns {
    next: Mutex<Instant>,
    gap: Duration,
}

impl Turns {
    pub(super) fn new(gap: Duration) -> Self {
        Self { next: Mutex::new(Instant::now()), gap }
    }

    /// Waits for a turn, `rest` longer when the day's ration runs low.
    async fn take(&self, rest: Duration) {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        tokio::time::sleep(rest).await;
        *next = Instant::now() + self.gap;
    }
}

/// What Discord says about connecting (`GET /gateway/bot`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) url: String,
    pub(super) shards: u32,
    /// How long the next IDENTIFY should wait so that the day's ration lasts.
    pub(super) wait: Duration,
}

/// Asks how to connect. The address comes from Discord alone: there is no fallback to a host that nobody named.
///
/// # Errors
/// [`Failure`].
pub(super) async fn entry(rest: &Rest) -> Result<Entry, Failure> {
    let ask = |path: &str| Call::get(path.to_owned()).patient(Duration::from_secs(10));
    let value = match rest.ask(&ask("/gateway/bot")).await {
        Err(failure) if failure.is_unknown_route() => rest.ask(&ask("/gateway")).await?,
        answer => answer?,
    };
    let limit = &value["session_start_limit"];
    let number = |key: &str, default: u64| limit[key].as_u64().unwrap_or(default);
    let (total, left, reset) = (number("total", 1_000), number("remaining", 1_000), Duration::from_millis(number("reset_after", 0)));
    let wait = match left {
        0 => reset,
        // In the last tenth, what is left is spread over the time until the ration is renewed.
        _ if left < total / 10 => reset / u32::try_from(left).unwrap_or(u32::MAX),
        _ => Duration::ZERO,
    };
    let shards = value["shards"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(1).clamp(1, SHARDS_MAX);
    Ok(Entry { url: text(&value["url"]), shards, wait })
}

/// Most shards of one process: each is 2,500 servers at most, and beyond this one machine is not enough.
const SHARDS_MAX: u32 = 64;

/// One shard.
pub(super) struct Shard {
    pub(super) identity: Identity,
    pub(super) rest: Arc<Rest>,
    /// Whether only encrypted connections are allowed, which they are where the interface itself is encrypted.
    pub(super) security: Security,
    pub(super) events: mpsc::Sender<Event>,
    pub(super) vitals: Arc<Vitals>,
    pub(super) turns: Arc<Turns>,
    pub(super) pace: Pace,
    pub(super) stop: watch::Receiver<bool>,
}

/// Which connections are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// Encrypted ones.
    Encrypted,
    /// Any: the interface itself is not encrypted, as on a test server.
    Any,
}

impl Security {
    /// Tells whether the token may go to an address.
    fn allows(self, url: &str) -> bool {
        url.starts_with("wss://") || self == Self::Any && url.starts_with("ws://")
    }
}

impl Shard {
    /// Keeps connected until the stop signal.
    ///
    /// # Errors
    /// The close code when Discord refuses for good; 4004 also when the HTTP interface refuses the token.
    pub(super) async fn run(self) -> Result<(), u16> {
        let mut session: Option<Session> = None;
        let (mut failures, mut resumes) = (0_u32, 0_u32);
        let mut stop = self.stop.clone();
        loop {
            let began = Instant::now();
            let end = tokio::select! {
                biased;
                () = stopped(&mut stop) => return Ok(()),
                opened = self.open(session.as_ref()) => match opened {
                    Ok(socket) => socket.live(&mut session, self.pace.answer_wait).await,
                    Err(end) => end,
                },
            };
            self.vitals.heard(false);
            if began.elapsed() >= self.pace.settled_after {
                (failures, resumes) = (0, 0);
            }
            let reason = match end {
                End::Stopped => return Ok(()),
                End::Refused(code) => return Err(code),
                End::Resume(reason) => {
                    resumes += 1;
                    if resumes > RESUMES_MAX {
                        session = None;
                    }
                    reason
                }
                End::Fresh(reason) => {
                    session = None;
                    reason
                }
            };
            if session.is_none() {
                resumes = 0;
            }
            let wait = self.pace.wait(failures);
            failures = failures.saturating_add(1);
            tracing::info!(shard = self.identity.shard.0, %reason, wait_secs = wait.as_secs_f32(), "the connection to Discord ended");
            tokio::select! {
                () = stopped(&mut stop) => return Ok(()),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn open(&self, session: Option<&Session>) -> Result<Socket<'_>, End> {
        let url = match session {
            Some(session) if !session.resume_url.is_empty() => session.resume_url.clone(),
            _ => self.fresh_url().await?,
        };
        if !self.security.allows(&url) {
            return Err(End::Fresh("the gateway's address is not an encrypted one".to_owned()));
        }
        let address = format!("{}/?v=10&encoding=json", url.trim_end_matches('/'));
        match timeout(CONNECT_WAIT, tokio_tungstenite::connect_async(address)).await {
            Ok(Ok((stream, _))) => {
                let Self { identity, events, vitals, stop, .. } = self;
                Ok(Socket { stream, identity, events, vitals, stop: stop.clone() })
            }
            Ok(Err(error)) => Err(End::Resume(format!("no connection to the gateway: {error}"))),
            Err(_) => Err(End::Resume("no connection to the gateway in time".to_owned())),
        }
    }

    /// Asks for the gateway's address and waits for a turn to begin a session.
    async fn fresh_url(&self) -> Result<String, End> {
        match entry(&self.rest).await {
            Ok(entry) => {
                if !entry.wait.is_zero() {
                    tracing::warn!(secs = entry.wait.as_secs(), "few new sessions are left for today; the bot waits before it connects");
                }
                self.turns.take(entry.wait).await;
                Ok(entry.url)
            }
            Err(failure) if failure.is_unauthorized() => Err(End::Refused(4_004)),
            Err(failure) => Err(End::Resume(failure.to_string())),
        }
    }
}

impl Pace {
    /// Gives the wait after so many failures in a row: doubled each time, and a random half of it, so that shards do not come together.
    fn wait(&self, failures: u32) -> Duration {
        let whole = self.reconnect_first.saturating_mul(1_u32 << failures.min(16)).min(self.reconnect_longest);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound() {
        let pace = Pace::default();
        for failures in 0..40 {
            let wait = pace.wait(failures);
            assert!(wait >= pace.reconnect_first / 2 && wait <= pace.reconnect_longest, "{wait:?}");
        }
        assert!(pace.wait(20) >= pace.reconnect_longest / 2);
    }

    #[test]
    fn the_token_goes_over_encrypted_connections_where_the_interface_is_encrypted() {
        assert!(Security::Encrypted.allows("wss://gateway.example") && !Security::Encrypted.allows("ws://gateway.example"));
        assert!(Security::Any.allows("ws://127.0.0.1:1") && !Security::Any.allows("http://127.0.0.1:1") && !Security::Any.allows(""));
    }

    #[test]
    fn a_crash_loop_cannot_use_up_the_ration_of_sessions() {
        // 24 hours of failures in a row: far fewer tries than the thousand that Discord allows
        let pace = Pace::default();
        let (mut spent, mut tries) = (Duration::ZERO, 0_u32);
        while spent < Duration::from_secs(86_400) {
            spent += pace.wait(tries).max(pace.reconnect_first);
            tries += 1;
        }
        assert!(tries < 700, "{tries} tries in a day");
    }
}
