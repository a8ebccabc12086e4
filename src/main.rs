//! The program: command line and environment → application → exit code. No logic.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = stancebot::app::Cli::parse();
    let environment = stancebot::config::Environment::read();
    stancebot::app::start(&cli, &environment)
}
