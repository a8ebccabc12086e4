//! Makes the parts from the configuration, and the database agree with it.

use super::AppError;
use crate::commands::Settings as CommandSettings;
use crate::config::{self, Config, ConfigError};
use crate::feeds::fetch::{FetchLimits, FetchPolicy, Fetcher};
use crate::model::{Lesson, Target, WatchSubject};
use crate::pipeline::{Pipeline, PipelineSettings};
use crate::rules::{DataFile, DataProblem, Ruleset, learned_files};
use crate::store::{FeedSpec, Knowledge, Store, WatchSpec};
use jiff::Timestamp;
use std::sync::Arc;

/// Reads the data files and builds the rules, without what was taught in chat.
///
/// # Errors
/// [`AppError::Config`] when a directory cannot be read, [`AppError::Data`] with every mistake in the files.
pub fn ruleset(config: &Config) -> Result<Ruleset, AppError> {
    build(&data_files(config)?)
}

/// Reads the data files.
///
/// # Errors
/// [`AppError::Config`] when a directory cannot be read.
pub fn data_files(config: &Config) -> Result<Vec<DataFile>, AppError> {
    Ok(config::read_data_files(config)?)
}

/// Builds the rules from data files.
///
/// # Errors
/// [`AppError::Data`] with every mistake in the files.
pub fn build(files: &[DataFile]) -> Result<Ruleset, AppError> {
    Ruleset::build(files).map_err(AppError::Data)
}

/// Builds the rules from data files and what was taught in chat; where that does not fit the files any more, they are all there is.
pub fn with_lessons(base: Ruleset, files: &[DataFile], lessons: &[Lesson]) -> Ruleset {
    let learned = learned_files(&base, lessons);
    if learned.is_empty() {
        return base;
    }
    let all: Vec<DataFile> = files.iter().cloned().chain(learned).collect();
    match Ruleset::build(&all) {
        Ok(ruleset) => ruleset,
        Err(problems) => {
            for problem in problems {
                tracing::error!(%problem, "what was taught in chat cannot be used");
            }
            base
        }
    }
}

/// Gives what the rules know, for the store.
pub fn knowledge(ruleset: &Ruleset) -> Knowledge<'_> {
    Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() }
}

/// Finds what in the configuration names something that the data files do not have.
pub fn config_problems(config: &Config, ruleset: &Ruleset) -> Vec<DataProblem> {
    let mut problems = Vec::new();
    let problem =
        |line, message: String, suggestion: Option<String>| DataProblem { file: config.path.clone(), line, column: 1, message, suggestion };
    for feed in &config.feeds {
        if !is_outlet(ruleset, feed.outlet.as_str()) {
            let known = ruleset.outlets().iter().map(|outlet| outlet.id.as_str());
            let hint = nearest(feed.outlet.as_str(), known).or(Some("add it to outlets.toml in a knowledge directory".to_owned()));
            problems.push(problem(feed.line, format!("the outlet \u{201c}{}\u{201d} is in no data file", feed.outlet), hint));
        }
    }
    for watch in &config.watches {
        for id in std::iter::once(&watch.follow).chain(watch.on.as_ref()) {
            if subject(ruleset, id).is_none() {
                let actors = ruleset.actors().iter().map(|actor| actor.id.as_str());
                let known = actors.chain(ruleset.topics().iter().map(|topic| topic.id.as_str()));
                let message = format!("\u{201c}{id}\u{201d} is neither an actor nor a topic of the data files");
                problems.push(problem(watch.line, message, nearest(id, known)));
            }
        }
    }
    problems
}

/// Tells whether the data files have an outlet of this id.
pub fn is_outlet(ruleset: &Ruleset, id: &str) -> bool {
    ruleset.outlets().iter().any(|outlet| outlet.id.as_str() == id)
}

/// Makes the stored knowledge, feeds and watches those of the data files and the configuration.
///
/// # Errors
/// [`AppError::Config`] when the configuration names what the data files do not have, [`AppError::Store`].
pub fn sync(store: &Store, config: &Config, ruleset: &Ruleset, now: Timestamp) -> Result<(), AppError> {
    let problems = config_problems(config, ruleset);
    if !problems.is_empty() {
        return Err(AppError::Config(ConfigError::Problems(problems)));
    }
    sync_knowledge(store, ruleset, now)?;
    let feeds: Vec<FeedSpec> = config
        .feeds
        .iter()
        .map(|feed| FeedSpec { url: feed.url.clone(), outlet: feed.outlet.clone(), text: feed.text, interval_secs: feed.interval_secs })
        .collect();
    store.sync_feeds(&feeds, now)?;
    let channels = config.watches.iter().map(|watch| store.present_channel(&watch.channel));
    let channels = channels.collect::<Result<Vec<_>, _>>()?;
    let watches: Vec<WatchSpec> = config
        .watches
        .iter()
        .zip(channels)
        .filter_map(|(watch, channel)| {
            Some(WatchSpec {
                channel,
                subject: subject(ruleset, &watch.follow)?,
                on: match watch.on.as_ref().map(|on| subject(ruleset, on)) {
                    None => None,
                    Some(on) => Some(match on? {
                        WatchSubject::Actor(actor) => Target::Actor(actor),
                        WatchSubject::Topic(topic) => Target::Topic(topic),
                    }),
                },
                scope: watch.scope,
                made_by: "config".to_owned(),
            })
        })
        .collect();
    store.sync_watches(&watches, now)?;
    Ok(())
}

/// Makes the stored knowledge that of the data files.
///
/// # Errors
/// [`AppError::Store`].
pub fn sync_knowledge(store: &Store, ruleset: &Ruleset, now: Timestamp) -> Result<(), AppError> {
    Ok(store.sync_knowledge(&knowledge(ruleset), now)?)
}

/// Puts together what an article passes.
///
/// # Errors
/// [`AppError::Failed`] when fetching cannot be set up.
pub fn pipeline(config: &Config, store: Store, ruleset: Arc<Ruleset>) -> Result<Pipeline, AppError> {
    let settings = PipelineSettings {
        confidence_min: config.alerts.confidence_min,
        per_poll_max: u32::try_from(config.alerts.per_poll_max).unwrap_or(u32::MAX),
    };
    Ok(Pipeline::new(store, ruleset, Arc::new(fetcher(config)?), settings))
}

/// Makes the fetcher that the configuration describes.
///
/// # Errors
/// [`AppError::Failed`] when it cannot be set up.
pub fn fetcher(config: &Config) -> Result<Fetcher, AppError> {
    let http = &config.http;
    let contact = if http.contact.is_empty() { "self-hosted; the operator gave no contact" } else { &http.contact };
    let bytes = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let policy = FetchPolicy {
        user_agent: format!("stancebot/{} ({contact})", env!("CARGO_PKG_VERSION")),
        allow_hosts: http.allow_hosts.clone(),
        limits: FetchLimits {
            connect: http.connect_timeout,
            first_byte: http.first_byte_timeout,
            idle: http.idle_timeout,
            total: http.total_timeout,
            wire_bytes_max: bytes(http.wire_bytes_max),
            decoded_bytes_max: bytes(http.decoded_bytes_max),
            ..FetchLimits::default()
        },
        file_root: None,
    };
    Fetcher::new(policy).map_err(|error| AppError::Failed(error.to_string()))
}

/// Gives commands what the configuration says about them.
pub fn command_settings(config: &Config) -> CommandSettings {
    let default = CommandSettings::default();
    CommandSettings {
        prefix: config.chat.prefix.clone(),
        page_size: config.chat.page_size,
        moderator_power: config.matrix.as_ref().map_or(default.moderator_power, |matrix| matrix.moderator_power),
        ..default
    }
}

fn subject(ruleset: &Ruleset, id: &str) -> Option<WatchSubject> {
    let actor = ruleset.actors().iter().find(|actor| actor.id.as_str() == id).map(|actor| WatchSubject::Actor(actor.id.clone()));
    let topic = || ruleset.topics().iter().find(|topic| topic.id.as_str() == id).map(|topic| WatchSubject::Topic(topic.id.clone()));
    actor.or_else(topic)
}

/// Finds the id that was probably meant.
fn nearest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|id| (rapidfuzz::distance::levenshtein::distance(written.chars(), id.chars()), id))
        .min()
        .filter(|(distance, _)| *distance <= 1 + written.len() / 4)
        .map(|(_, id)| format!("did you mean \u{201c}{id}\u{201d}?"))
}
