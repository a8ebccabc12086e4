//! `stancebot check`: every problem of configuration and data at once, without touching the database.

use super::progress::plural;
use super::{AppError, discord, matrix, setup};
use crate::chat::Findings;
use crate::config::{self, Config, ConfigError, Environment};
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

/// Asks every chat platform of the configuration whether all is well; fails when something has to be changed.
///
/// # Errors
/// [`AppError::Failed`] when a platform is not ready, or none is configured.
pub(super) async fn online(config: &Config) -> Result<(), AppError> {
    match (&config.discord, &config.matrix) {
        (None, Some(_)) => matrix::check_online(config).await,
        (Some(_), Some(_)) => {
            let outcome = discord::check_online(config).await;
            matrix::check_online(config).await.and(outcome)
        }
        (_, None) => discord::check_online(config).await,
    }
}

/// Prints what was found on a platform; fails when something has to be changed.
#[cfg_attr(not(any(feature = "discord", feature = "matrix")), expect(dead_code, reason = "without a platform nothing is found"))]
pub(super) fn tell(platform: &str, findings: &Findings) -> Result<(), AppError> {
    for line in &findings.good {
        println!("{platform}: {line}.");
    }
    for line in &findings.remarks {
        println!("{platform}, worth knowing: {line}.");
    }
    for line in &findings.problems {
        eprintln!("{platform}: {line}.");
    }
    if findings.problems.is_empty() { Ok(()) } else { Err(AppError::Failed(format!("{platform} is not ready; see above"))) }
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
