//! Asks feeds when they are due, a few at a time, and answers `!feed test`.

use super::progress::Progress;
use crate::model::{Feed, FeedId};
use crate::pipeline::Pipeline;
use crate::pipeline::poll::{PollReport, poll, probe};
use crate::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Time between two looks at what is due: `!feed add` and `!feed test` are answered that soon.
const PAUSE: Duration = Duration::from_secs(1);
/// Feeds that are taken up in one look; what is more waits for the next.
const FEEDS_AT_ONCE: usize = 256;

/// Wait before a feed whose state could not be stored (a full disk) is asked again: its row still says that it is due.
const UNSAVED_PAUSE: SignedDuration = SignedDuration::from_mins(5);

/// Asks feeds when they are due.
pub struct Poller {
    pipeline: Arc<Pipeline>,
    concurrent_max: usize,
    not_before: Mutex<BTreeMap<FeedId, Timestamp>>,
}

impl Poller {
    /// Makes a poller that reads at most `concurrent_max` feeds at the same time.
    pub fn new(pipeline: Arc<Pipeline>, concurrent_max: usize) -> Self {
        Self { pipeline, concurrent_max, not_before: Mutex::default() }
    }

    /// Reads all feeds that are due at the start and shows the progress in one line on stderr.
    pub async fn first_round(&self, stop: &watch::Receiver<bool>) {
        let store = self.pipeline.store.clone();
        let released = tokio::task::spawn_blocking(move || store.release_all_held(Timestamp::now())).await;
        if let Ok(Err(error)) = released {
            tracing::error!(%error, "held summaries cannot be released");
        }
        let mut progress = Progress::start();
        self.round(stop, &mut |report, total| progress.add(report, total)).await;
        progress.finish();
    }

    /// Reads feeds whenever they are due, until `stop` turns true.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            self.answer_probes().await;
            self.round(&stop, &mut |_, _| {}).await;
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Reads what is due now. `seen` is told each report and how many feeds the round has.
    async fn round(&self, stop: &watch::Receiver<bool>, seen: &mut (dyn FnMut(&PollReport, usize) + Send)) {
        let due: Vec<Feed> = match self.due().await {
            Ok(due) => due.into_iter().filter(|feed| self.may_be_asked(feed.id)).collect(),
            Err(error) => return tracing::error!(%error, "the feeds that are due cannot be read"),
        };
        let total = due.len();
        // Files cost no waiting. Reading them one after another, in the order of the configuration, gives the same ids every time.
        let (files, mut hosts): (VecDeque<_>, VecDeque<_>) = due.into_iter().partition(|feed| feed.url.starts_with("file:"));
        for feed in files {
            if *stop.borrow() {
                return;
            }
            let report = poll(&self.pipeline, feed, Timestamp::now(), stop).await;
            self.note(&report);
            seen(&report, total);
        }
        let mut running = JoinSet::new();
        loop {
            while running.len() < self.concurrent_max && !*stop.borrow() {
                let Some(feed) = hosts.pop_front() else { break };
                let (pipeline, stop) = (self.pipeline.clone(), stop.clone());
                running.spawn(async move { poll(&pipeline, feed, Timestamp::now(), &stop).await });
            }
            match running.join_next().await {
                Some(Ok(report)) => {
                    self.note(&report);
                    seen(&report, total);
                }
                Some(Err(error)) => tracing::error!(%error, "a poll failed"),
                None => break,
            }
        }
    }

    /// Remembers a feed whose state could not be stored, so that its host is not asked again at once.
    fn note(&self, report: &PollReport) {
        if !report.is_saved {
            let next = Timestamp::now().checked_add(UNSAVED_PAUSE).unwrap_or(Timestamp::MAX);
            self.not_before.lock().unwrap_or_else(PoisonError::into_inner).insert(report.feed, next);
        }
    }

    fn may_be_asked(&self, feed: FeedId) -> bool {
        let mut waits = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = waits.get(&feed).is_none_or(|next| *next <= Timestamp::now());
        if is_free {
            waits.remove(&feed);
        }
        is_free
    }

    async fn due(&self) -> Result<Vec<Feed>, StoreError> {
        let store = self.pipeline.store.clone();
        match tokio::task::spawn_blocking(move || store.due_feeds(Timestamp::now(), FEEDS_AT_ONCE)).await {
            Ok(due) => due,
            Err(error) => Err(StoreError::Io { reason: format!("the task was ended: {error}") }),
        }
    }

    async fn answer_probes(&self) {
        let store = self.pipeline.store.clone();
        let probes = match tokio::task::spawn_blocking(move || store.take_probes()).await {
            Ok(Ok(probes)) => probes,
            Ok(Err(error)) => return tracing::error!(%error, "waiting probes cannot be read"),
            Err(error) => return tracing::error!(%error, "the probe task failed"),
        };
        for asked in probes {
            let text = probe(&self.pipeline, &asked.url, Timestamp::now()).await;
            let store = self.pipeline.store.clone();
            let pushed = tokio::task::spawn_blocking(move || store.push_notice(&asked.channel, &text, Timestamp::now())).await;
            if !matches!(pushed, Ok(Ok(_))) {
                tracing::error!("the result of a probe cannot be stored");
            }
        }
    }
}
