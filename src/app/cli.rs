//! The command line: what can be typed after `stancebot`, and what the exit codes mean. Parsing only.

use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Printed below the help: the exit codes are part of the interface.
const EXIT_CODES: &str = "Exit codes:
  0  done
  1  the work failed, `check` found problems, or `healthcheck` found the bot unwell
  2  the command line is wrong
  3  the configuration or the data files are wrong
  4  the state directory or the database cannot be used
  5  a chat platform does not accept the token or password
  6  a chat platform does not allow what the configuration demands (an intent)
  7  Discord does not accept the division into shards
  8  the session at a chat platform has ended, or what belongs to it is gone";

/// Tracks who said what, and with which stance, in news feeds.
#[derive(Debug, Parser)]
#[command(name = "stancebot", version, about, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, short, global = true, env = "STANCEBOT_CONFIG", value_name = "FILE", default_value = crate::config::DEFAULT_PATH)]
    pub config: PathBuf,
    /// What to do; `run` when nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch the feeds, answer commands, post alerts (the default).
    Run,
    /// List every problem of the configuration and the data files; exit 1 when there is one.
    Check {
        /// Ask the chat platforms too: log-in, intents, keys, permissions in the channels of the configuration.
        #[arg(long)]
        online: bool,
    },
    /// For setting up Discord.
    #[command(subcommand)]
    Discord(DiscordCommand),
    /// For setting up Matrix; the bot must not run meanwhile.
    #[command(subcommand)]
    Matrix(MatrixCommand),
    /// Show what would be read out of a file, a page or standard input; nothing is stored.
    Extract(ExtractArgs),
    /// Read files into the database: .html, .txt, or .jsonl archives with one {text, title?, url?, outlet?, date?} a line.
    Ingest(IngestArgs),
    /// Write all stored statements to standard output.
    Export(ExportArgs),
    /// Read stored articles again with the rules in force and switch to what comes of it; may run beside the bot.
    Reextract(ReextractArgs),
    /// What people corrected in chat.
    #[command(subcommand)]
    Corrections(CorrectionsCommand),
    /// Actors of whom nothing may be kept.
    #[command(subcommand)]
    Actor(ActorCommand),
    /// For who maintains rules and data files.
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Copy the database while the bot runs, and verify the copy.
    Backup {
        /// The file to write; it must not exist.
        file: PathBuf,
    },
    /// Exit 0 when the bot that uses this state directory is alive and well.
    Healthcheck,
}

/// What can be asked about Discord.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum DiscordCommand {
    /// Print the address at which the bot is invited to a server.
    Invite,
}

/// What can be done about Matrix.
#[derive(Clone, Debug, Subcommand)]
pub enum MatrixCommand {
    /// Log in with MATRIX_PASSWORD or MATRIX_TOKEN, make the bot's keys, and tell how they stand; `run` does the same by itself.
    Login,
    /// Bring the keys in order with the recovery key, so that people see a verified bot.
    Verify(VerifyArgs),
    /// End the session at the server and here; the recovery key stays.
    Logout,
}

/// Arguments of `matrix verify`.
#[derive(Clone, Debug, clap::Args)]
pub struct VerifyArgs {
    /// Make new keys for the account, which only the bot has then (MATRIX_PASSWORD set); whoever verified the old ones is told by their
    /// app, and the old backup of message keys is dropped.
    #[arg(long, conflicts_with = "key_file")]
    pub new_keys: bool,
    /// A file that holds the account's recovery key; default: the one that the bot made and keeps in the state directory.
    #[arg(value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// Arguments of `extract`.
#[derive(Debug, clap::Args)]
pub struct ExtractArgs {
    /// How to print: text for people; json, one object; jsonl, one object a line (input lines {id, text, date?} give output lines).
    #[arg(long, value_enum, default_value_t = ExtractFormat::Text)]
    pub format: ExtractFormat,
    /// The day of publication (YYYY-MM-DD), for "Tuesday" and for who held which office; default: what the page says, else today.
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// A file, an http(s) address, or - for standard input.
    #[arg(default_value = "-", value_name = "FILE|URL|-")]
    pub input: String,
}

/// How `extract` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExtractFormat {
    /// For people.
    Text,
    /// One JSON object.
    Json,
    /// One JSON object a line.
    Jsonl,
}

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
pub struct IngestArgs {
    /// Who published the files, an id from the data files, where a line of an archive does not say.
    #[arg(long, default_value = "files", value_name = "OUTLET")]
    pub outlet: String,
    /// The day of publication (YYYY-MM-DD) where a file does not say.
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `reextract`.
#[derive(Debug, clap::Args)]
pub struct ReextractArgs {
    /// Show what would become another, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Only articles published (else first seen) on or after this day (YYYY-MM-DD).
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// At most so many articles, the earliest stored first.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// What can be done with corrections.
#[derive(Debug, Subcommand)]
pub enum CorrectionsCommand {
    /// Write the corrections that hold as test cases (TOML, the format of tests/judge).
    Export(CorrectionsExportArgs),
}

/// Arguments of `corrections export`.
#[derive(Debug, clap::Args)]
pub struct CorrectionsExportArgs {
    /// The file to write, which must not exist; standard output when none is named.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What can be done with an actor here and not in chat, because it cannot be taken back.
#[derive(Debug, Subcommand)]
pub enum ActorCommand {
    /// Remove all words of an actor, and what is known of it, from the database and its file, for good; the bot must be stopped.
    Purge(PurgeArgs),
}

/// Arguments of `actor purge`.
#[derive(Debug, clap::Args)]
pub struct PurgeArgs {
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
    /// The actor's id, as `!actor NAME` shows it.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// What can be asked about the rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List what the rules passed over in files: words like cues, names in no data file, quotations without a speaker.
    Report(ReportArgs),
}

/// Arguments of `rules report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Rows of each list.
    #[arg(long, default_value_t = 25, value_name = "ROWS")]
    pub limit: usize,
    /// The files: .html, .txt, feeds, or .jsonl archives as `ingest` reads them; - for standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// How to write.
    #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
    pub format: ExportFormat,
}

/// How `export` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a head line (RFC 4180).
    Csv,
}
