//! Keeps the rules in step with what people teach in chat: builds them anew in the background, puts them in force at once for
//! everybody, and reads articles again that have a name which was taught or taken back.
//!
//! What is not finished when the bot ends is taken up at its next start. Nobody is alerted: it is old news.

use super::setup;
use crate::commands::REREAD_DAYS;
use crate::model::{Lesson, Target};
use crate::pipeline::Pipeline;
use crate::rules::DataFile;
use crate::store::{Lessons, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Time between two looks at what was taught: the next article is read with it.
const PAUSE: Duration = Duration::from_secs(1);
/// Articles that are read again for one lesson, the newest: a minute of work at most.
const ARTICLES_MAX: usize = 500;

/// Keeps the rules in step with what people teach.
pub struct Curator {
    pipeline: Arc<Pipeline>,
    files: Arc<Vec<DataFile>>,
    /// The lessons that the rules in force were built with.
    known: Lessons,
}

impl Curator {
    /// Starts with the lessons that the rules in force were built with, and the files below them.
    pub fn new(pipeline: Arc<Pipeline>, files: Vec<DataFile>, known: Lessons) -> Self {
        Self { pipeline, files: Arc::new(files), known }
    }

    /// Follows what is taught until `stop` turns true.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut words = if self.known.reread < self.known.version { all_names(&self.known) } else { Vec::new() };
        while !*stop.borrow() {
            match self.look().await {
                Ok(Some(lessons)) => {
                    words.extend(changed_names(&self.known, &lessons));
                    self.known = lessons;
                }
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "what was taught cannot be read"),
            }
            if !words.is_empty() || self.known.reread < self.known.version {
                match self.read_again(std::mem::take(&mut words), stop.clone()).await {
                    Ok(()) => self.known.reread = self.known.version,
                    Err(error) => tracing::error!(%error, "articles cannot be read again"),
                }
            }
            tokio::select! {
                _ = stop.changed() => {}
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    /// Puts new rules in force when something was taught or taken back; gives the lessons that they were built with.
    async fn look(&self) -> Result<Option<Lessons>, StoreError> {
        let (pipeline, files, version) = (self.pipeline.clone(), self.files.clone(), self.known.version);
        blocking(move || {
            if pipeline.store.lessons_version()? == version {
                return Ok(None);
            }
            let lessons = pipeline.store.lessons()?;
            match setup::build(&files) {
                Ok(base) => {
                    let ruleset = Arc::new(setup::with_lessons(base, &files, &lessons.held));
                    pipeline.store.sync_knowledge(&setup::knowledge(&ruleset), Timestamp::now())?;
                    pipeline.rules.put(ruleset);
                }
                Err(error) => tracing::error!(%error, "the rules cannot be built anew; those in force stay"),
            }
            Ok(Some(lessons))
        })
        .await
    }

    /// Reads the newest articles again that have one of the names.
    async fn read_again(&self, words: Vec<String>, stop: watch::Receiver<bool>) -> Result<(), StoreError> {
        let (pipeline, version) = (self.pipeline.clone(), self.known.version);
        blocking(move || {
            let now = Timestamp::now();
            let since = now.checked_sub(SignedDuration::from_hours(24 * REREAD_DAYS)).unwrap_or(Timestamp::MIN);
            let articles = if words.is_empty() { Vec::new() } else { pipeline.store.articles_naming(&words, since, ARTICLES_MAX)? };
            for article in &articles {
                if *stop.borrow() {
                    return Ok(());
                }
                pipeline.reread(*article, now)?;
            }
            tracing::info!(articles = articles.len(), "articles were read again with what was taught");
            pipeline.store.lessons_are_read(version)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    let ended = |error: tokio::task::JoinError| StoreError::Io { reason: format!("the task was ended: {error}") };
    tokio::task::spawn_blocking(work).await.map_err(ended)?
}

/// Gives the name that a lesson is about, as it stands at the beginning of a sentence and within one.
fn names(lesson: &Lesson) -> Vec<String> {
    let name = match lesson {
        Lesson::AddTopic { name, .. } | Lesson::AddActor { name, .. } => name,
        Lesson::Name { name, .. } | Lesson::RemoveName { name, .. } => name,
        Lesson::Remove(_) | Lesson::Merge { .. } | Lesson::Forget(_) => return Vec::new(),
    };
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    let capital = format!("{first}{}", letters.as_str());
    if capital == *name { vec![capital] } else { vec![capital, name.clone()] }
}

fn all_names(lessons: &Lessons) -> Vec<String> {
    lessons.held.iter().chain(&lessons.taken_back).flat_map(names).collect()
}

/// Gives the names of the lessons that were made or taken back between two moments, and those of what was removed.
fn changed_names(before: &Lessons, after: &Lessons) -> Vec<String> {
    let made = after.held.iter().filter(|lesson| !before.held.contains(lesson));
    let taken = before.held.iter().filter(|lesson| !after.held.contains(lesson));
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for lesson in made.chain(taken) {
        changed.extend(names(lesson));
        if let Lesson::Remove(target) = lesson {
            changed.extend(after.held.iter().filter(|lesson| is_about(lesson, target)).flat_map(names));
        }
    }
    changed.into_iter().collect()
}

/// Tells whether a lesson added a subject or a name of it.
fn is_about(lesson: &Lesson, target: &Target) -> bool {
    match (lesson, target) {
        (Lesson::AddTopic { id, .. }, Target::Topic(of)) => id == of,
        (Lesson::AddActor { id, .. }, Target::Actor(of)) => id == of,
        (Lesson::Name { of, .. }, target) => of == target,
        _ => false,
    }
}
