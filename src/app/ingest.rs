//! `stancebot ingest`: reads files and archives into the database; nobody is alerted, nothing is stored twice.

use super::inputs::{self, Input};
use super::progress::plural;
use super::state_dir::{StateDir, database_path};
use super::{AppError, IngestArgs, setup};
use crate::config::Config;
use crate::feeds::{body, identity};
use crate::model::{NewArticle, OutletId, TextOrigin};
use crate::pipeline::{Arrival, Pipeline};
use crate::store::{Batch, BatchKind, Durability, EntryKey, OpenOptions, Seen, Store};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// The outlet of files that belong to none.
const FILES: &str = "files";

/// What a run over files brought.
#[derive(Default)]
struct Counts {
    articles: usize,
    known: usize,
    statements: usize,
    undated: usize,
    problems: usize,
}

/// Reads all files; a file or line that cannot be read is named and left out.
///
/// # Errors
/// [`AppError::Failed`] when something was left out, [`AppError::State`] and [`AppError::Store`] when nothing can be stored.
pub fn ingest(config: &Config, args: &IngestArgs) -> Result<(), AppError> {
    let given = args.date.as_deref().map(inputs::parse_date).transpose().map_err(AppError::Failed)?;
    let files = setup::data_files(config)?;
    let ruleset = setup::build(&files)?;
    if args.outlet != FILES && !setup::is_outlet(&ruleset, &args.outlet) {
        let hint = "add it to outlets.toml in a knowledge directory, or leave --outlet out";
        return Err(AppError::Failed(format!("the outlet \u{201c}{}\u{201d} is in no data file; {hint}", args.outlet)));
    }
    let _state = StateDir::hold(&config.state_dir)?;
    let options = OpenOptions { durability: Durability::ProcessEnd, ..OpenOptions::default() };
    let store = Store::open(&database_path(&config.state_dir), &options)?;
    let ruleset = Arc::new(setup::with_lessons(ruleset, &files, &store.lessons()?.held));
    setup::sync_knowledge(&store, &ruleset, Timestamp::now())?;
    let reader = Reader {
        pipeline: setup::pipeline(config, store, ruleset)?,
        outlet: args.outlet.clone(),
        given,
        batch: format!("files-{}", Timestamp::now().as_microsecond()),
    };
    let mut counts = Counts::default();
    let bar = progress_bar(args.files.len());
    for file in &args.files {
        bar.set_message(file.display().to_string());
        reader.read_file(file, &mut counts, &bar)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    let Counts { articles, known, statements, undated, problems } = counts;
    eprintln!("Read {} with {}; {known} known already.", plural(articles, "new article"), plural(statements, "new statement"));
    if undated > 0 {
        eprintln!("{} without a date, counted as of today; --date says which day it is.", plural(undated, "text"));
    }
    if problems > 0 {
        return Err(AppError::Failed(format!("{} could not be read, named above", plural(problems, "text"))));
    }
    Ok(())
}

fn progress_bar(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(files as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// Brings files through the pipeline.
struct Reader {
    pipeline: Pipeline,
    outlet: String,
    given: Option<Date>,
    batch: String,
}

impl Reader {
    fn read_file(&self, file: &Path, counts: &mut Counts, bar: &ProgressBar) -> Result<(), AppError> {
        let name = file.display().to_string();
        let complain = |place: &str, reason: &str, counts: &mut Counts| {
            counts.problems += 1;
            bar.suspend(|| eprintln!("{place}: {reason}"));
        };
        inputs::each(&name, |place, input| {
            match input {
                Ok(input) => match input.outlet.as_deref().filter(|outlet| !setup::is_outlet(&self.pipeline.ruleset(), outlet)) {
                    None => self.keep(input, counts)?,
                    Some(outlet) => complain(place, &format!("the outlet \u{201c}{outlet}\u{201d} is in no data file"), counts),
                },
                Err(reason) => complain(place, &reason, counts),
            }
            // An archive has many texts, any other file one or a few.
            if place != name {
                bar.set_message(format!("{name}: {} articles", counts.articles + counts.known));
            }
            Ok(())
        })
    }

    fn keep(&self, input: Input, counts: &mut Counts) -> Result<(), AppError> {
        let now = Timestamp::now();
        let outlet = OutletId::new(input.outlet.unwrap_or_else(|| self.outlet.clone()));
        let link = Some(identity::canonical_link(&input.url)).filter(|_| !input.url.is_empty());
        // As with a feed's entry: known by the text without its headline, kept with it.
        let fingerprint = identity::fingerprint(&input.title, &input.text, link.as_deref());
        let text = body::with_headline(&input.title, input.text);
        let sha256 = identity::sha256_hex(text.as_bytes());
        let fingerprint = fingerprint.unwrap_or_else(|| sha256.clone());
        let key = EntryKey { feed: None, outlet: outlet.clone(), guid: None, link, fingerprint };
        if matches!(self.store().is_seen(&key)?, Seen::Known(_)) {
            counts.known += 1;
            return Ok(());
        }
        let published =
            input.date.or(self.given).and_then(|date| date.to_zoned_datetime(TimeZone::UTC).ok()).map(|zoned| zoned.timestamp());
        let article = NewArticle {
            feed: None,
            outlet,
            url: input.url,
            title: input.title,
            text,
            text_origin: TextOrigin::File,
            published: published.map(|published| published.min(now)),
            updated: None,
            first_seen: now,
            sha256,
        };
        let batch = Batch { id: &self.batch, kind: BatchKind::Silent, alerts_max: 0 };
        let ingested = self.pipeline.ingest(&Arrival { article: &article, entry: Some(&key), batch, now })?;
        counts.articles += 1;
        counts.undated += usize::from(published.is_none());
        counts.statements += ingested.new;
        Ok(())
    }

    fn store(&self) -> &Store {
        &self.pipeline.store
    }
}
