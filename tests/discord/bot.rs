//! The face under test, in this process, against the stand-in, answering from a store as the program does.

use crate::fake::{Fake, TOKEN};
use async_trait::async_trait;
use jiff::Timestamp;
use stancebot::chat::discord::{ContentIntent, Discord, DiscordOptions, Pace};
use stancebot::chat::{Answerer, FaceError, Platform, Secret};
use stancebot::commands::{Context, Gate, Incoming, Rates, Settings, Suggestion, Typing, read_words, suggest};
use stancebot::reply::Reply;
use stancebot::rules::{Ruleset, builtin_files};
use stancebot::store::Store;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// The rules, built once for all tests of this binary.
pub fn ruleset() -> &'static Ruleset {
    static RULESET: OnceLock<Ruleset> = OnceLock::new();
    RULESET.get_or_init(|| Ruleset::build(&builtin_files()).unwrap())
}

/// Waits that are short, so that a test need not be long.
pub fn quick() -> Pace {
    Pace {
        reconnect_first: Duration::from_millis(20),
        reconnect_longest: Duration::from_millis(200),
        settled_after: Duration::from_secs(60),
        identify_gap: Duration::from_millis(1),
        answer_wait: Duration::from_secs(5),
        deaf_after: Duration::from_secs(180),
        defer_after: Duration::from_millis(900),
    }
}

/// What answers: commands on a store. With a permit taken away answers wait for [`Answers::let_go`].
pub struct Answers {
    pub store: Store,
    pub gate: Gate,
    pub asked: AtomicUsize,
    held: Semaphore,
    page_size: usize,
    /// What is answered to everything instead.
    fixed: Option<Reply>,
}

impl Answers {
    pub fn new(store: Store) -> Arc<Self> {
        Self::with_permits(store, (Semaphore::MAX_PERMITS, 3))
    }

    /// Answers with pages of so many statements.
    pub fn paged(store: Store, page_size: usize) -> Arc<Self> {
        Self::with_permits(store, (Semaphore::MAX_PERMITS, page_size))
    }

    /// Answers that wait until they are let go.
    pub fn held(store: Store) -> Arc<Self> {
        Self::with_permits(store, (0, 3))
    }

    /// Answers that are always the same.
    pub fn fixed(reply: Reply) -> Arc<Self> {
        let mut answers = Self::with_permits(Store::open_in_memory().unwrap(), (Semaphore::MAX_PERMITS, 3));
        Arc::get_mut(&mut answers).unwrap().fixed = Some(reply);
        answers
    }

    fn with_permits(store: Store, (permits, page_size): (usize, usize)) -> Arc<Self> {
        let gate = Gate::new(Rates { user: 0, channel: 0, server: 0 });
        Arc::new(Self { store, gate, asked: AtomicUsize::new(0), held: Semaphore::new(permits), page_size, fixed: None })
    }

    pub fn let_go(&self) {
        self.held.add_permits(1_000);
    }

    fn with<T>(&self, work: impl FnOnce(&Context<'_>) -> T) -> T {
        let settings = Settings { page_size: self.page_size, ..Settings::default() };
        work(&Context { store: &self.store, ruleset: ruleset(), now: "2025-12-10T12:00:00Z".parse().unwrap(), settings: &settings })
    }
}

#[async_trait]
impl Answerer for Answers {
    async fn answer(&self, incoming: Incoming) -> Option<Reply> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.held.acquire().await.unwrap().forget();
        if self.fixed.is_some() {
            return self.fixed.clone();
        }
        self.with(|context| self.gate.run(context, &incoming))
    }

    async fn read(&self, incoming: Incoming) -> Reply {
        self.with(|context| read_words(context, &incoming.text))
    }

    async fn suggest(&self, typing: Typing) -> Vec<Suggestion> {
        self.with(|context| suggest(context, &typing).unwrap())
    }
}

/// A bot that runs.
pub struct Bot {
    pub face: Arc<Discord>,
    pub stop: watch::Sender<bool>,
    pub task: JoinHandle<Result<(), FaceError>>,
    _state: tempfile::TempDir,
}

/// Gives options for the stand-in.
pub fn options(fake: &Fake, state_dir: &std::path::Path) -> DiscordOptions {
    DiscordOptions {
        token: Secret::new(TOKEN),
        api_url: fake.url(),
        content: ContentIntent::Auto,
        command_guilds: Vec::new(),
        moderator_roles: Vec::new(),
        operators: Vec::new(),
        state_dir: state_dir.to_owned(),
        pace: quick(),
        clock: Timestamp::now,
    }
}

impl Bot {
    /// Starts a bot and waits until it is connected.
    pub async fn start(fake: &Fake, answers: Arc<Answers>) -> Self {
        let bot = Self::start_with(fake, answers, |_| {});
        fake.until("READY", |world| world.ready.then_some(())).await;
        bot
    }

    /// Starts a bot that finds what an earlier one left in a directory, and waits until it is connected.
    pub async fn start_in(fake: &Fake, answers: Arc<Answers>, state_dir: &std::path::Path) -> Self {
        fake.with(|world| world.ready = false);
        let bot = Self::start_with(fake, answers, |options| options.state_dir = state_dir.to_owned());
        fake.until("READY", |world| world.ready.then_some(())).await;
        bot
    }

    /// Starts a bot with other options.
    pub fn start_with(fake: &Fake, answers: Arc<Answers>, change: impl FnOnce(&mut DiscordOptions)) -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut options = options(fake, state.path());
        change(&mut options);
        let face = Arc::new(Discord::new(options).unwrap());
        let (stop, stopped) = watch::channel(false);
        let running = face.clone();
        let task = tokio::spawn(async move { running.run(answers, stopped).await });
        Self { face, stop, task, _state: state }
    }

    /// Stops it; fails when it does not end in time.
    pub async fn end(self) -> Result<(), FaceError> {
        self.stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(30), self.task).await.expect("the bot ends in time").unwrap()
    }
}
