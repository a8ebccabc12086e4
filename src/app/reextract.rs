//! `stancebot reextract`: reads stored articles again with the rules in force, shows what becomes another, and switches to it in
//! one transaction.
//!
//! It may run beside the bot: it never migrates a file that the bot has open, writes in short transactions, and leaves alone what
//! others read again in between. Ids stay valid, what people corrected stays corrected, nobody is alerted.

use super::progress::plural;
use super::state_dir::{StateDir, database_path};
use super::{AppError, ReextractArgs, inputs, setup};
use crate::config::Config;
use crate::model::ArticleId;
use crate::pipeline::Pipeline;
use crate::pipeline::reread::{Difference, DifferenceKind};
use crate::store::{Durability, OpenMode, OpenOptions, StartCheck, Store};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Articles whose ids are read at a time.
const ARTICLES_AT_ONCE: usize = 200;
/// Examples that are shown of each kind of difference.
const EXAMPLES: usize = 3;
/// Longest stretch of a statement's words that an example shows, in characters.
const WORDS_CHARS_MAX: usize = 100;

/// Time between two lines that tell how far it is, where there is no terminal.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// What was found so far.
#[derive(Default)]
struct Tally {
    articles: usize,
    unchanged: usize,
    corrected: usize,
    by_kind: BTreeMap<DifferenceKind, (usize, Vec<Difference>)>,
}

/// Reads articles again and switches to what comes of it; with `--dry-run` only shows it.
///
/// # Errors
/// [`AppError::Config`] and [`AppError::Data`] when the rules cannot be built, [`AppError::State`] when another run is under way,
/// [`AppError::Store`].
pub fn reextract(config: &Config, args: &ReextractArgs) -> Result<(), AppError> {
    let since = args.since.as_deref().map(inputs::parse_date).transpose().map_err(AppError::Failed)?;
    let since = since.and_then(|day| day.to_zoned_datetime(TimeZone::UTC).ok()).map(|start| start.timestamp());
    let files = setup::data_files(config)?;
    let base = setup::build(&files)?;
    let _only = StateDir::hold_for(&config.state_dir, "reextract-lock")?;
    // Held while no bot runs, so that none starts in the middle; beside a bot the file is opened as it is.
    let held = StateDir::hold(&config.state_dir);
    let mode = if held.is_ok() { OpenMode::ReadWrite } else { OpenMode::Beside };
    let options = OpenOptions { mode, check: StartCheck::Skip, durability: Durability::ProcessEnd, ..OpenOptions::default() };
    let store = Store::open(&database_path(&config.state_dir), &options)?;
    let ruleset = Arc::new(setup::with_lessons(base, &files, &store.lessons()?.held));
    if !args.dry_run {
        store.sync_knowledge(&setup::knowledge(&ruleset), Timestamp::now())?;
        store.clear_rereads()?;
    }
    let hash = ruleset.hash().to_owned();
    let pipeline = setup::pipeline(config, store, ruleset)?;
    let total = pipeline.store.article_count(since)?.min(args.limit.unwrap_or(usize::MAX));
    let then = if args.dry_run { "nothing is changed" } else { "what becomes another is switched to at the end, in one step" };
    eprintln!("Reading {} again with rules {hash}; {then}.", plural(total, "article"));
    let tally = read_all(&pipeline, args, (since, total))?;
    println!("{} read again with rules {hash}.", plural(tally.articles, "article"));
    tell(&tally);
    if tally.by_kind.is_empty() {
        println!("Nothing becomes another; there is nothing to switch to.");
        return Ok(());
    }
    if args.dry_run {
        println!("Nothing was changed. Without --dry-run this takes the place of what is stored.");
        return Ok(());
    }
    eprintln!("Switching …");
    let switched = pipeline.store.switch_rereads(Timestamp::now())?;
    println!(
        "Switched: {} new, {} changed, {} no longer read. Nobody was alerted; all ids stay valid.",
        switched.new, switched.changed, switched.gone
    );
    if switched.left > 0 {
        println!(
            "{} left as they are: the bot read them again in between.",
            plural(usize::try_from(switched.left).unwrap_or(usize::MAX), "article")
        );
    }
    Ok(())
}

/// Reads all articles that are asked for; keeps what comes of it in the database, not in memory.
fn read_all(pipeline: &Pipeline, args: &ReextractArgs, (since, total): (Option<Timestamp>, usize)) -> Result<Tally, AppError> {
    let bar = progress_bar(total);
    let mut told = Instant::now();
    let mut tally = Tally::default();
    let mut after = ArticleId(0);
    while let left @ 1.. = args.limit.unwrap_or(usize::MAX).saturating_sub(tally.articles) {
        let ids = pipeline.store.article_ids(after, since, left.min(ARTICLES_AT_ONCE))?;
        let Some(last) = ids.last() else { break };
        after = *last;
        for id in ids {
            let Some(reread) = pipeline.reread_plan(id)? else { continue };
            tally.articles += 1;
            tally.unchanged += reread.unchanged;
            for difference in reread.differences {
                tally.add(difference);
            }
            if !args.dry_run {
                pipeline.store.stage_reread(&reread.plan)?;
            }
        }
        bar.set_position(tally.articles as u64);
        if bar.is_hidden() && told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            eprintln!("{} of {total} articles", tally.articles);
        }
    }
    bar.finish_and_clear();
    Ok(tally)
}

/// Shows how far it is on a terminal; elsewhere a line is printed now and then.
fn progress_bar(total: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} articles, {eta} left") {
        bar.set_style(style);
    }
    bar
}

impl Tally {
    fn add(&mut self, difference: Difference) {
        self.corrected += usize::from(difference.is_corrected);
        let (count, examples) = self.by_kind.entry(difference.kind).or_default();
        *count += 1;
        if examples.len() < EXAMPLES {
            examples.push(difference);
        }
    }
}

/// Prints the counts, and a few examples of each kind.
fn tell(tally: &Tally) {
    println!("As they were: {}.", plural(tally.unchanged, "statement"));
    for (kind, (count, examples)) in &tally.by_kind {
        let title = match kind {
            DifferenceKind::New => "New",
            DifferenceKind::Gone => "No longer read",
            DifferenceKind::Speaker => "Other speaker",
            DifferenceKind::Stance => "Other stances",
            DifferenceKind::Other => "Other act, day or extent",
        };
        println!("{title}: {count}");
        for example in examples {
            let id = example.id.map_or_else(String::new, |id| format!("[{id}] "));
            let kept = if example.is_corrected { " (people corrected it: theirs stays)" } else { "" };
            println!("  {id}{}{kept}", cut(&example.words));
            if !example.before.is_empty() {
                println!("      before: {}", example.before);
            }
            if !example.after.is_empty() {
                println!("      now:    {}", example.after);
            }
        }
    }
    if tally.corrected > 0 {
        println!("Of these, {} that people corrected: theirs stays.", plural(tally.corrected, "statement"));
    }
}

fn cut(words: &str) -> String {
    let line: String = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(WORDS_CHARS_MAX) {
        Some((end, _)) => format!("{} …", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
