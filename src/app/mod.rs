//! Wires the parts, owns the tasks, shuts them down in order; and the one-shot commands of the command line. No logic of its own.

mod answers;
mod check;
mod cli;
pub mod corrections;
mod curator;
mod discord;
mod error;
mod export;
mod extract;
mod ingest;
mod inputs;
mod logging;
mod maintain;
mod matrix;
mod poller;
mod progress;
mod purge;
mod reextract;
mod report;
mod run;
mod setup;
mod signals;
mod state_dir;

pub use cli::{
    ActorCommand, Cli, Command, CorrectionsCommand, CorrectionsExportArgs, DiscordCommand, ExportArgs, ExportFormat, ExtractArgs,
    ExtractFormat, IngestArgs, MatrixCommand, PurgeArgs, ReextractArgs, ReportArgs, RulesCommand, VerifyArgs,
};
pub use error::AppError;
#[cfg(feature = "matrix")]
pub use matrix::matrix_ledger;

use crate::config::{self, Config, Environment};
use std::process::ExitCode;
use std::time::Duration;

/// Time that tasks which did not end in time get when the runtime goes down; the process ends anyway.
const RUNTIME_GRACE: Duration = Duration::from_millis(500);

/// Does what the command line asks and gives the exit code.
pub fn start(cli: &Cli, environment: &Environment) -> ExitCode {
    // The libraries bring two implementations of cryptography for TLS; one is chosen for all, before anything connects.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match dispatch(cli, environment) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("stancebot: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(cli: &Cli, environment: &Environment) -> Result<ExitCode, AppError> {
    let load = || -> Result<Config, AppError> {
        let config = config::load(&cli.config, environment)?;
        logging::start(&config.log);
        Ok(config)
    };
    match cli.command.as_ref().unwrap_or(&Command::Run) {
        Command::Check { online } => {
            let code = check::check(&cli.config, environment);
            if code != ExitCode::SUCCESS || !online {
                return Ok(code);
            }
            on_runtime(check::online(&load()?))?;
        }
        Command::Discord(DiscordCommand::Invite) => on_runtime(discord::invite(&load()?))?,
        Command::Matrix(MatrixCommand::Login) => on_runtime(matrix::log_in(&load()?))?,
        Command::Matrix(MatrixCommand::Verify(args)) => on_runtime(matrix::verify(&load()?, args))?,
        Command::Matrix(MatrixCommand::Logout) => on_runtime(matrix::log_out(&load()?))?,
        Command::Run => {
            let config = load()?;
            on_runtime(run::run(config, environment))?;
        }
        Command::Extract(args) => on_runtime(extract::extract(&load()?, args))?,
        Command::Ingest(args) => ingest::ingest(&load()?, args)?,
        Command::Export(args) => export::export(&load()?, args)?,
        Command::Corrections(CorrectionsCommand::Export(args)) => corrections::export(&load()?, args)?,
        Command::Reextract(args) => reextract::reextract(&load()?, args)?,
        Command::Actor(ActorCommand::Purge(args)) => purge::purge(&load()?, args)?,
        Command::Rules(RulesCommand::Report(args)) => report::report(&load()?, args)?,
        Command::Backup { file } => maintain::backup(&load()?, file)?,
        Command::Healthcheck => maintain::healthcheck(&load()?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs a future to its end; threads that are still busy then do not hold the process.
fn on_runtime(work: impl Future<Output = Result<(), AppError>>) -> Result<(), AppError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| AppError::Failed(format!("cannot start: {error}")))?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(RUNTIME_GRACE);
    result
}
