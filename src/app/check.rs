//! `stancebot check`: every problem of configuration and data at once, without touching the database.

use super::progress::plural;
use super::setup;
use crate::config::{self, ConfigError, Environment};
use crate::rules::{DataProblem, Ruleset};
use std::path::Path;
use std::process::ExitCode;

/// Prints all problems, one a line, or what is in order; the exit code is 1 when there is a problem.
pub fn check(path: &Path, environment: &Environment) -> ExitCode {
    match problems(path, environment) {
        Ok(summary) => {
            println!("{summary}");
            ExitCode::SUCCESS
        }
        Err(lines) => {
            for line in &lines {
                eprintln!("{line}");
            }
            eprintln!("{} found.", plural(lines.len(), "problem"));
            ExitCode::from(1)
        }
    }
}

fn problems(path: &Path, environment: &Environment) -> Result<String, Vec<String>> {
    let (config, problems) = config::load_with_problems(path, environment).map_err(lines_of)?;
    let mut told = lines(&problems);
    let Some(config) = config else { return Err(told) };
    // What remains of a wrong configuration is checked with the data that it names.
    let files =
        config::read_data_files(&config).map_err(lines_of).and_then(|files| Ruleset::build(&files).map_err(|problems| lines(&problems)));
    let ruleset = match files {
        Ok(ruleset) => ruleset,
        Err(problems) => {
            told.extend(problems);
            return Err(told);
        }
    };
    told.extend(lines(&setup::config_problems(&config, &ruleset)));
    if !told.is_empty() {
        return Err(told);
    }
    let counts = [
        (config.feeds.len(), "feed"),
        (config.watches.len(), "followed subject"),
        (ruleset.actors().len(), "actor"),
        (ruleset.topics().len(), "topic"),
        (ruleset.outlets().len(), "outlet"),
        (ruleset.rules().len(), "rule"),
    ];
    let counts: Vec<String> = counts.iter().map(|(count, noun)| plural(*count, noun)).collect();
    Ok(format!("All is well: {} ({}).", counts.join(", "), ruleset.hash()))
}

fn lines_of(error: ConfigError) -> Vec<String> {
    match error {
        ConfigError::Problems(problems) => lines(&problems),
        other => vec![other.to_string()],
    }
}

fn lines(problems: &[DataProblem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}
