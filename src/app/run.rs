//! The bot itself: owns the tasks (polling, delivering, the terminal, the heartbeat) and ends them in order.

use super::answers::Answers;
use super::curator::Curator;
use super::state_dir::{StateDir, database_path};
use super::{AppError, discord, matrix, poller, setup, signals};
use crate::alerts::{Courier, CourierSettings};
use crate::chat::{Answerer, Console, ConsoleOptions, FaceError, Platform};
use crate::config::{Config, Environment};
use crate::pipeline::Pipeline;
use crate::reply::plain::Colour;
use crate::store::{OpenOptions, Store};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long tasks get to end after the stop signal. A service manager kills after 10 s; five were promised.
const STOP_GRACE: Duration = Duration::from_secs(4);
/// Time between two heartbeats in the database; `healthcheck` allows a few to be missed.
const HEARTBEAT: Duration = Duration::from_secs(20);

/// Runs the bot until its input ends or it is told to stop.
///
/// # Errors
/// [`AppError`] when it cannot start.
pub async fn run(config: Config, environment: &Environment) -> Result<(), AppError> {
    let files = setup::data_files(&config)?;
    let base = setup::build(&files)?;
    let state = StateDir::hold(&config.state_dir)?;
    let store = Store::open(&database_path(&config.state_dir), &OpenOptions::default())?;
    let lessons = store.lessons()?;
    let ruleset = setup::with_lessons(base, &files, &lessons.held);
    setup::sync(&store, &config, &ruleset, Timestamp::now())?;
    let pipeline = Arc::new(setup::pipeline(&config, store.clone(), Arc::new(ruleset))?);
    let curator = Curator::new(pipeline.clone(), files, lessons);
    let (stop, stopped) = watch::channel(false);
    let (ready, is_ready) = watch::channel(false);
    let mut platforms: Vec<Arc<dyn Platform>> = Vec::new();
    if config.terminal {
        let options = ConsoleOptions {
            prefix: config.chat.prefix.clone(),
            state_dir: config.state_dir.clone(),
            colour: if environment.no_colour { Colour::Off } else { Colour::Ansi },
            ready: is_ready,
        };
        platforms.push(Arc::new(Console::new(options)));
    }
    platforms.extend(discord::platform(&config)?);
    platforms.extend(matrix::platform(&config, &store)?);
    let answerer: Arc<dyn Answerer> = Arc::new(Answers::new(store.clone(), pipeline.rules.clone(), &config));
    let settings = CourierSettings { prefix: config.chat.prefix.clone(), retry_hours_max: config.alerts.retry_hours_max };
    let courier = Courier::new(store.clone(), platforms.clone(), settings, Timestamp::now);
    let concurrent_max = config.polling.concurrent_max;
    let tasks = Tasks { store, pipeline, curator, courier: Arc::new(courier), stopped, ready, concurrent_max };
    let result = tasks.run(stop, platforms, answerer).await;
    drop(state);
    result
}

/// What runs side by side.
struct Tasks {
    store: Store,
    pipeline: Arc<Pipeline>,
    curator: Curator,
    courier: Arc<Courier>,
    stopped: watch::Receiver<bool>,
    ready: watch::Sender<bool>,
    concurrent_max: usize,
}

impl Tasks {
    async fn run(self, stop: watch::Sender<bool>, platforms: Vec<Arc<dyn Platform>>, answerer: Arc<dyn Answerer>) -> Result<(), AppError> {
        let mut background = JoinSet::new();
        background.spawn(signals::stop_on_signal(stop.clone()));
        background.spawn(heartbeat(self.store.clone(), platforms.clone(), self.stopped.clone()));
        let mut faces = JoinSet::new();
        for platform in platforms {
            let (answerer, stopped) = (answerer.clone(), self.stopped.clone());
            faces.spawn(async move { platform.run(answerer, stopped).await.map_err(|error| (platform.name(), error)) });
        }
        background.spawn(self.curator.run(self.stopped.clone()));
        let poller = poller::Poller::new(self.pipeline.clone(), self.concurrent_max);
        let (courier, ready, stopped) = (self.courier.clone(), self.ready, self.stopped.clone());
        background.spawn(async move {
            poller.first_round(&stopped).await;
            if let Err(error) = courier.drain(&stopped).await {
                tracing::error!(%error, "the outbox cannot be read");
            }
            ready.send_replace(true);
            tokio::join!(poller.run(stopped.clone()), courier.run(stopped));
        });
        let result = wait_for_end(&mut faces, self.stopped).await;
        stop.send_replace(true);
        let ended = tokio::time::timeout(STOP_GRACE, async {
            while faces.join_next().await.is_some() {}
            background.abort_all();
            while background.join_next().await.is_some() {}
        });
        if ended.await.is_err() {
            tracing::warn!("a task did not end in time and is left behind");
        }
        result
    }
}

/// Waits for the stop signal, for the last face to end, or for one that no new start would help; without a face, for the signal alone.
async fn wait_for_end(
    faces: &mut JoinSet<Result<(), (&'static str, FaceError)>>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), AppError> {
    if faces.is_empty() {
        tracing::warn!("no chat platform is turned on: feeds are read, nobody is told");
    }
    let mut result = Ok(());
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => return result,
            Some(ended) = faces.join_next(), if !faces.is_empty() => {
                match ended {
                    Ok(Ok(())) => {}
                    Ok(Err((name, error))) => {
                        let is_final = error.is_final();
                        tracing::error!(platform = name, %error, "a chat platform ended");
                        result = Err(AppError::Face { name, error });
                        if is_final {
                            return result;
                        }
                    }
                    Err(error) => result = Err(AppError::Failed(format!("a chat platform failed: {error}"))),
                }
                if faces.is_empty() {
                    return result;
                }
            }
        }
    }
}

async fn heartbeat(store: Store, platforms: Vec<Arc<dyn Platform>>, mut stopped: watch::Receiver<bool>) {
    let mut is_first = true;
    while !*stopped.borrow() {
        let store = store.clone();
        // A face that has only just begun counts as well, so that it gets its time to connect.
        let well: Vec<&'static str> = platforms
            .iter()
            .filter(|platform| platform.is_well().is_some_and(|well| well || is_first))
            .map(|platform| platform.name())
            .collect();
        let beat = move || {
            let now = Timestamp::now();
            if is_first {
                store.forget_faces()?;
            }
            well.iter().try_for_each(|name| store.beat_face(name, Some(now)))?;
            store.beat(now)
        };
        is_first = false;
        match tokio::task::spawn_blocking(beat).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "the heartbeat cannot be written"),
            Err(error) => tracing::error!(%error, "the heartbeat task failed"),
        }
        tokio::select! {
            _ = stopped.changed() => {}
            () = tokio::time::sleep(HEARTBEAT) => {}
        }
    }
}
