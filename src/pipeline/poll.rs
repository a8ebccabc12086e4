//! One feed's poll: fetch, parse, keep what is new, remember where the feed stands. The articles' own trip is [`Pipeline::ingest`].

use super::{Arrival, Pipeline};
use crate::feeds::body::{self, PageText};
use crate::feeds::fetch::{Document, FetchError, Fetched, Origin, Request};
use crate::feeds::identity;
use crate::feeds::parse::{self, ParseError};
use crate::feeds::schedule::{Outcome, Rhythm, next_due};
use crate::model::{Entry, Feed, FeedId, FeedState, NewArticle, TextOrigin};
use crate::store::{Batch, BatchKind, EntryKey, FeedOrigin, Seen, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Polls in which a page that cannot be read is tried again before the feed's own text is taken.
const PAGE_TRIES_MAX: u8 = 3;
/// Entries whose page is waited for; beyond that the feed's own text is taken at once.
const PAGE_RETRIES_MAX: usize = 10_000;
/// Longest error text that is kept with a feed, in characters: a line of `!feed list`.
const ERROR_CHARS_MAX: usize = 300;
/// Entries that a probe names.
const PROBE_TITLES_MAX: usize = 3;

/// What a poll brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollReport {
    /// The feed.
    pub feed: FeedId,
    /// New articles.
    pub articles: usize,
    /// New statements.
    pub statements: usize,
    /// What went wrong, in one sentence.
    pub error: Option<String>,
    /// False when where the feed stands could not be stored: it counts as due still.
    pub is_saved: bool,
}

/// How often the page of an entry could not be read, by feed and entry; in memory, since after a restart trying again is right.
#[derive(Debug, Default)]
pub(super) struct PageRetries(Mutex<BTreeMap<(FeedId, String), u8>>);

impl PageRetries {
    /// Counts a failure and tells whether the page is worth another poll.
    fn is_worth_waiting(&self, feed: FeedId, entry: &str) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= PAGE_RETRIES_MAX {
            return false;
        }
        let count = tries.entry((feed, entry.to_owned())).or_insert(0);
        *count += 1;
        *count < PAGE_TRIES_MAX
    }

    fn forget(&self, feed: FeedId, entry: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(feed, entry.to_owned()));
    }
}

/// Why a feed could not be read.
#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Parse(#[from] ParseError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{waiting} pages of {url} could not be read; they will be tried again")]
    Pages { url: String, waiting: usize },
    #[error("the work on {url} was ended: {reason}")]
    Ended { url: String, reason: String },
}

/// Reads a feed once and stores what is new. Ends early, without losing anything, when `stop` turns true.
pub async fn poll(pipeline: &Arc<Pipeline>, feed: Feed, now: Timestamp, stop: &watch::Receiver<bool>) -> PollReport {
    let mut visit = Visit { pipeline, feed: &feed, now, stop, shared_links: BTreeSet::new(), articles: 0, statements: 0 };
    let mut state = feed.state.clone();
    let result = visit.read(&mut state).await;
    let (articles, statements) = (visit.articles, visit.statements);
    let error = result.as_ref().err().map(ToString::to_string);
    if let Some(error) = &error {
        tracing::warn!(feed_id = feed.id.0, %error, "a feed could not be read");
    }
    let mut is_saved = true;
    if !*stop.borrow() {
        finish_state(&mut state, &feed, now, &result);
        let (store, id) = (pipeline.store.clone(), feed.id);
        let saved = tokio::task::spawn_blocking(move || store.save_feed_state(id, &state)).await;
        is_saved = matches!(saved, Ok(Ok(())));
        if !is_saved {
            tracing::error!(feed_id = feed.id.0, "where a feed stands cannot be stored; it will be read again");
        }
    }
    PollReport { feed: feed.id, articles, statements, error, is_saved }
}

/// Writes down how the poll ended and when the next one is due.
fn finish_state(state: &mut FeedState, feed: &Feed, now: Timestamp, result: &Result<(), PollError>) {
    let outcome = match result {
        Ok(()) => {
            state.last_success = Some(now);
            state.failures = 0;
            state.last_error = None;
            Outcome::Read
        }
        Err(error) => {
            state.failures = state.failures.saturating_add(1);
            state.last_error = Some(error.to_string().chars().take(ERROR_CHARS_MAX).collect());
            match error {
                PollError::Fetch(error) => {
                    state.moved_to = None;
                    Outcome::from(error)
                }
                _ => Outcome::Failed { retry_after: None },
            }
        }
    };
    let rhythm = Rhythm { interval_secs: feed.interval_secs, failures: state.failures, jitter: fastrand::f64() };
    state.due = Some(next_due(now, &rhythm, &outcome));
}

/// One poll under way.
struct Visit<'a> {
    pipeline: &'a Arc<Pipeline>,
    feed: &'a Feed,
    now: Timestamp,
    stop: &'a watch::Receiver<bool>,
    /// Links that tell no entries of this document apart.
    shared_links: BTreeSet<String>,
    articles: usize,
    statements: usize,
}

impl Visit<'_> {
    async fn read(&mut self, state: &mut FeedState) -> Result<(), PollError> {
        let url = state.moved_to.clone().unwrap_or_else(|| self.feed.url.clone());
        let origin = self.origin().await?;
        let request = Request { etag: state.etag.as_deref(), last_modified: state.last_modified.as_deref(), ..Request::feed(&url, origin) };
        let document = match self.pipeline.fetcher.get(&request).await? {
            Fetched::NotModified { permanent_url } => {
                remember_move(state, self.feed, permanent_url);
                return Ok(());
            }
            Fetched::Full(document) => document,
        };
        if document.downgraded {
            tracing::warn!(feed_id = self.feed.id.0, "a redirect led from https to http");
        }
        let validators = (document.etag.clone(), document.last_modified.clone());
        remember_move(state, self.feed, document.permanent_url.clone());
        let entries = self.parse(document).await?;
        let waiting = self.take_in(entries).await?;
        if *self.stop.borrow() {
            return Ok(());
        }
        if waiting > 0 {
            return Err(PollError::Pages { url, waiting });
        }
        (state.etag, state.last_modified) = validators;
        Ok(())
    }

    /// Only what the operator configured may be a file.
    async fn origin(&self) -> Result<Origin, PollError> {
        let (store, id) = (self.pipeline.store.clone(), self.feed.id);
        let stored = self.blocking(move || store.feed(id)).await??;
        Ok(match stored {
            Some(stored) if stored.origin == FeedOrigin::Config => Origin::Configured,
            _ => Origin::Found,
        })
    }

    /// Parses a document; entries come oldest first, so that ids and alerts follow time.
    async fn parse(&self, document: Document) -> Result<Vec<Entry>, PollError> {
        let now = self.now;
        let parsed = self.blocking(move || parse::parse(&document.bytes, document.charset.as_deref(), &document.final_url, now)).await?;
        let mut entries = parsed?;
        entries.reverse();
        entries.sort_by_key(|entry| entry.published.or(entry.updated));
        Ok(entries)
    }

    /// Takes in the entries that are new; gives how many wait for their page.
    async fn take_in(&mut self, entries: Vec<Entry>) -> Result<usize, PollError> {
        let is_baseline = self.feed.state.last_success.is_none();
        let (kind, batch) = if is_baseline {
            (BatchKind::Baseline, format!("{}-baseline", self.feed.id))
        } else {
            (BatchKind::Regular, format!("{}-{}", self.feed.id, self.now.as_microsecond()))
        };
        let mut waiting = 0;
        self.shared_links = identity::shared_links(&entries);
        for entry in entries {
            if *self.stop.borrow() {
                break;
            }
            waiting += usize::from(!self.take_in_entry(entry, kind, &batch).await?);
        }
        let (store, now) = (self.pipeline.store.clone(), self.now);
        self.blocking(move || store.release_held(&batch, now)).await??;
        Ok(waiting)
    }

    /// Takes in one entry; false when it waits for its page.
    async fn take_in_entry(&mut self, entry: Entry, kind: BatchKind, batch: &str) -> Result<bool, PollError> {
        let key = entry_key(self.feed, &entry, &self.shared_links);
        let (store, asked) = (self.pipeline.store.clone(), key.clone());
        if matches!(self.blocking(move || store.is_seen(&asked)).await??, Seen::Known(_)) {
            return Ok(true);
        }
        let Some(article) = self.article(entry, &key).await? else { return Ok(false) };
        let (pipeline, batch, now) = (self.pipeline.clone(), batch.to_owned(), self.now);
        let ingested = self
            .blocking(move || {
                if article.text.is_empty() {
                    return pipeline.store.mark_seen(&key, now).map(|()| None);
                }
                let batch = Batch { id: &batch, kind, alerts_max: pipeline.settings.per_poll_max };
                pipeline.ingest(&Arrival { article: &article, entry: Some(&key), batch, now }).map(Some)
            })
            .await??;
        if let Some(ingested) = ingested {
            self.articles += 1;
            self.statements += ingested.new;
        }
        Ok(true)
    }

    /// Makes the article of an entry, fetching its page where that is wanted; none when the page is waited for.
    async fn article(&self, entry: Entry, key: &EntryKey) -> Result<Option<NewArticle>, PollError> {
        let mode = self.feed.text;
        let (from_feed, entry) = self.blocking(move || (body::entry_text(&entry), entry)).await?;
        let mut page = None;
        if let Some(url) = entry.link.as_deref().filter(|_| body::needs_page(mode, from_feed.as_ref())) {
            match self.page(url).await {
                Ok(read) => {
                    self.pipeline.retries.forget(self.feed.id, &key.fingerprint);
                    page = Some(read);
                }
                Err(reason) => {
                    tracing::warn!(feed_id = self.feed.id.0, %reason, "a page could not be read");
                    if self.pipeline.retries.is_worth_waiting(self.feed.id, &key.fingerprint) {
                        return Ok(None);
                    }
                }
            }
        }
        let published = entry.published.or_else(|| page.as_ref().and_then(|page| page.published));
        let chosen = body::choose_text(mode, from_feed, page.as_ref());
        let (text, text_origin) = chosen.map_or_else(|| (String::new(), TextOrigin::Summary), |chosen| (chosen.text, chosen.origin));
        let text = body::with_headline(&entry.title, text);
        Ok(Some(NewArticle {
            feed: Some(self.feed.id),
            outlet: self.feed.outlet.clone(),
            url: entry.link.unwrap_or_default(),
            title: entry.title,
            sha256: identity::sha256_hex(text.as_bytes()),
            text,
            text_origin,
            published: published.map(|published| published.min(self.now)),
            updated: entry.updated,
            first_seen: self.now,
        }))
    }

    /// Fetches and reads a page; the error is a sentence for the log.
    async fn page(&self, url: &str) -> Result<PageText, String> {
        let document = match self.pipeline.fetcher.get(&Request::page(url)).await.map_err(|error| error.to_string())? {
            Fetched::Full(document) => document,
            Fetched::NotModified { .. } => return Err(format!("{url} answered that it has not changed, unasked")),
        };
        let read = self.blocking(move || body::page_to_text(&document.bytes, document.charset.as_deref(), &document.final_url)).await;
        read.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
    }

    /// Hands work over to a thread that may block.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, PollError> {
        let ended = |error: tokio::task::JoinError| PollError::Ended { url: self.feed.url.clone(), reason: error.to_string() };
        tokio::task::spawn_blocking(work).await.map_err(ended)
    }
}

/// Keeps the address of a permanent redirect; the configured address stays what the feed is known by.
fn remember_move(state: &mut FeedState, feed: &Feed, permanent_url: Option<String>) {
    if let Some(moved) = permanent_url {
        state.moved_to = (moved != feed.url).then_some(moved);
    }
}

fn entry_key(feed: &Feed, entry: &Entry, shared_links: &BTreeSet<String>) -> EntryKey {
    let key = identity::EntryKey::of(entry);
    let link = key.link.as_ref().filter(|link| !shared_links.contains(*link)).cloned();
    let fingerprint = key.fingerprint.unwrap_or_else(|| {
        let id = key.guid.as_deref().or(key.link.as_deref()).unwrap_or_default();
        identity::sha256_hex(id.as_bytes())
    });
    EntryKey { feed: Some(feed.id), outlet: feed.outlet.clone(), guid: key.guid, link, fingerprint }
}

/// Looks at a feed for `!feed test` and tells in one text what it would give; stores nothing.
pub async fn probe(pipeline: &Arc<Pipeline>, url: &str, now: Timestamp) -> String {
    let document = match pipeline.fetcher.get(&Request::feed(url, Origin::Found)).await {
        Ok(Fetched::Full(document)) => document,
        Ok(Fetched::NotModified { .. }) => return format!("{url} answered that it has not changed, unasked."),
        Err(error) => return format!("Test failed: {error}."),
    };
    let parsed = tokio::task::spawn_blocking(move || {
        parse::parse(&document.bytes, document.charset.as_deref(), &document.final_url, now).map_err(|error| error.to_string())
    });
    match parsed.await {
        Ok(Ok(entries)) => describe(url, &entries),
        Ok(Err(reason)) => format!("Test failed: {reason}."),
        Err(error) => format!("Test failed: {url}: {error}."),
    }
}

fn describe(url: &str, entries: &[Entry]) -> String {
    let full = entries.iter().filter(|entry| entry.content_html.is_some()).count();
    let titles: Vec<&str> = entries.iter().take(PROBE_TITLES_MAX).map(|entry| entry.title.as_str()).collect();
    let noun = if entries.len() == 1 { "entry" } else { "entries" };
    format!("Test passed: {url} has {} {noun}, {full} with full text. Newest: {}.", entries.len(), titles.join(" / "))
}
