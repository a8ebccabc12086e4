//! What the operator configures: loads `stancebot.toml`, checks all of it at once, names file, line and key of every mistake.
//!
//! The only room, with `main`, that reads the environment and the knowledge directories. It decides nothing at run time.

mod discord;
mod knowledge;
mod matrix;
mod raw;
mod settings;

pub use discord::{ContentWish, DiscordSettings};
pub use knowledge::read_data_files;
pub use matrix::{DeviceTrust, MatrixSettings};
pub use settings::{AlertSettings, ChatSettings, Config, FeedConfig, HttpSettings, LogFormat, LogSettings, PollSettings, WatchConfig};

use crate::chat::Secret;
use crate::rules::DataProblem;
use std::path::{Path, PathBuf};

/// The configuration that is read when none is named.
pub const DEFAULT_PATH: &str = "config/stancebot.toml";
/// A configuration has a few kilobytes; a larger file is not one.
const CONFIG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Values of the environment that win over the file; `main` reads them once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `STANCEBOT_STATE_DIR`
    pub state_dir: Option<PathBuf>,
    /// `STANCEBOT_LOG`
    pub log: Option<String>,
    /// `DISCORD_TOKEN`, or what stands in the file that `DISCORD_TOKEN_FILE` names; an error says why that cannot be read.
    pub discord_token: Option<Result<Secret, String>>,
    /// `MATRIX_PASSWORD`, or what stands in the file that `MATRIX_PASSWORD_FILE` names.
    pub matrix_password: Option<Result<Secret, String>>,
    /// `MATRIX_TOKEN`, or what stands in the file that `MATRIX_TOKEN_FILE` names.
    pub matrix_token: Option<Result<Secret, String>>,
    /// `NO_COLOR` is set and not empty (no-color.org).
    pub no_colour: bool,
}

impl Environment {
    /// Reads the process environment.
    pub fn read() -> Self {
        Self {
            state_dir: std::env::var_os("STANCEBOT_STATE_DIR").filter(|value| !value.is_empty()).map(PathBuf::from),
            log: std::env::var("STANCEBOT_LOG").ok().filter(|value| !value.is_empty()),
            discord_token: secret("DISCORD_TOKEN", "DISCORD_TOKEN_FILE"),
            matrix_password: secret("MATRIX_PASSWORD", "MATRIX_PASSWORD_FILE"),
            matrix_token: secret("MATRIX_TOKEN", "MATRIX_TOKEN_FILE"),
            no_colour: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
        }
    }
}

/// A token has some 70 characters; a larger file is none.
const SECRET_BYTES_MAX: u64 = 4 * 1024;

/// Reads a secret from a variable, or from the file that another one names (as container secrets are handed over).
fn secret(variable: &str, file_variable: &str) -> Option<Result<Secret, String>> {
    if let Some(value) = std::env::var(variable).ok().filter(|value| !value.trim().is_empty()) {
        return Some(Ok(Secret::new(&value)));
    }
    let path = std::env::var_os(file_variable).filter(|value| !value.is_empty()).map(PathBuf::from)?;
    let unreadable = |reason: String| format!("{file_variable} names {}, which cannot be read: {reason}", path.display());
    let read = || {
        let size = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
        if size > SECRET_BYTES_MAX {
            return Err(unreadable(format!("it has {size} bytes, more than a token")));
        }
        std::fs::read_to_string(&path).map(|text| Secret::new(&text)).map_err(|error| unreadable(error.to_string()))
    };
    Some(read())
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or a directory cannot be read.
    #[error("cannot read {path}: {reason}; {hint}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The contents are wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<DataProblem>),
}

/// Loads and checks a configuration file.
///
/// # Errors
/// [`ConfigError::Unreadable`] when the file cannot be read, [`ConfigError::Problems`] with every mistake in it.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, ConfigError> {
    let (config, problems) = load_with_problems(path, environment)?;
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(ConfigError::Problems(problems)),
    }
}

/// Loads a configuration file with every mistake in it: the configuration is what remains without them, for further checks.
///
/// # Errors
/// [`ConfigError::Unreadable`] when the file cannot be read.
pub fn load_with_problems(path: &Path, environment: &Environment) -> Result<(Option<Config>, Vec<DataProblem>), ConfigError> {
    let text = read_text(path, "start in the project's directory or name a file with --config")?;
    Ok(settings::read(&path.display().to_string(), &text, environment))
}

fn read_text(path: &Path, hint: &'static str) -> Result<String, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable { path: path.display().to_string(), reason, hint };
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > CONFIG_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than {CONFIG_BYTES_MAX}")));
    }
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| unreadable(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())))
}
