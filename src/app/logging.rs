//! Sets up `tracing`: to stderr, for people or for log collectors. No message text and no token is ever logged.

use crate::config::{LogFormat, LogSettings};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What libraries report that is told by the bot itself, or is no fault.
const QUIET: [&str; 4] = ["matrix_sdk=off", "matrix_sdk_base=error", "matrix_sdk_crypto=off", "matrix_sdk_sqlite=error"];

/// Starts logging; a second call does nothing. A filter that cannot be read falls back to `warn`.
pub fn start(settings: &LogSettings) {
    let filter = EnvFilter::try_new(&settings.level).unwrap_or_else(|_| EnvFilter::new("warn"));
    // Where the level is for everything: the library of Matrix calls errors what is part of a first start.
    let quiet = QUIET.iter().filter(|_| !settings.level.contains('=')).filter_map(|directive| directive.parse().ok());
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let started = match settings.format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging was already set up");
    }
}
