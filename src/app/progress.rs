//! The one line that tells how the first reading goes: on a terminal it changes in place, elsewhere it is printed once at the end.

use crate::pipeline::poll::PollReport;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// Time between two changes of the line: smooth to the eye.
const TICK: Duration = Duration::from_millis(120);

/// Counts what the first reading brought.
pub struct Progress {
    bar: Option<ProgressBar>,
    feeds: usize,
    failed: usize,
    articles: usize,
    statements: usize,
    problems: Vec<String>,
}

impl Progress {
    /// Starts the line.
    pub fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.set_message("Reading feeds …");
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar, feeds: 0, failed: 0, articles: 0, statements: 0, problems: Vec::new() }
    }

    /// Counts one feed of `total`.
    pub fn add(&mut self, report: &PollReport, total: usize) {
        self.feeds += 1;
        self.articles += report.articles;
        self.statements += report.statements;
        if let Some(error) = &report.error {
            self.failed += 1;
            self.problems.push(error.clone());
        }
        if let Some(bar) = &self.bar {
            bar.set_message(format!("Reading feeds: {} of {total}, {}", self.feeds, self.counts()));
        }
    }

    /// Ends the line with the result; feeds that failed are named below it. Silent when nothing was due.
    pub fn finish(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        if self.feeds == 0 {
            return;
        }
        let failed = if self.failed == 0 { String::new() } else { format!(" ({} failed)", self.failed) };
        eprintln!("Read {}{failed}: {}.", plural(self.feeds, "feed"), self.counts());
        for problem in &self.problems {
            eprintln!("  {problem}");
        }
    }

    fn counts(&self) -> String {
        format!("{}, {}", plural(self.articles, "new article"), plural(self.statements, "new statement"))
    }
}

/// Gives a number with its noun: `1 feed`, `2 feeds`.
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
