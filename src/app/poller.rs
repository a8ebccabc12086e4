//! Asks feeds when they are due, a few at a time, and answers `!feed test`.

use super::progress::Progress;
use crate::pipeline::Pipeline;
use crate::pipeline::poll::{PollReport, poll, probe};
use crate::store::StoreError;
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Time between two looks at what is due: `!feed add` and `!feed test` are answered that soon.
const PAUSE: Duration = Duration::from_secs(1);
/// Feeds that are taken up in one look; what is more waits for the next.
const FEEDS_AT_ONCE: usize = 256;

/// Asks feeds when they are due.
#[derive(Clone)]
pub struct Poller {
    /// What an article passes.
    pub pipeline: Arc<Pipeline>,
    /// Feeds that are read at the same time.
    pub concurrent_max: usize,
}

impl Poller {
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
        let due = match self.due().await {
            Ok(due) => due,
            Err(error) => return tracing::error!(%error, "the feeds that are due cannot be read"),
        };
        let total = due.len();
        // Files cost no waiting. Reading them one after another, in the order of the configuration, gives the same ids every time.
        let (files, mut hosts): (VecDeque<_>, VecDeque<_>) = due.into_iter().partition(|feed| feed.url.starts_with("file:"));
        for feed in files {
            if *stop.borrow() {
                return;
            }
            seen(&poll(&self.pipeline, feed, Timestamp::now(), stop).await, total);
        }
        let mut running = JoinSet::new();
        loop {
            while running.len() < self.concurrent_max && !*stop.borrow() {
                let Some(feed) = hosts.pop_front() else { break };
                let (pipeline, stop) = (self.pipeline.clone(), stop.clone());
                running.spawn(async move { poll(&pipeline, feed, Timestamp::now(), &stop).await });
            }
            match running.join_next().await {
                Some(Ok(report)) => seen(&report, total),
                Some(Err(error)) => tracing::error!(%error, "a poll failed"),
                None => break,
            }
        }
    }

    async fn due(&self) -> Result<Vec<crate::model::Feed>, StoreError> {
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
