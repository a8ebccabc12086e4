//! Data files as texts, and what can be wrong with them.
//!
//! Reading a directory is not done here (no file system in `rules`): callers hand over what they read.

mod blocks;

pub use blocks::{Block, HasId, did_you_mean, merge, nearest, read_blocks, read_whole};

use include_dir::{Dir, include_dir};
use std::fmt;

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/data");

/// The origin of what people taught in chat ([`DataFile::origin`]).
pub const LEARNED: &str = "learned in chat/";
/// The file of that origin that holds actors which no other file has.
pub const LEARNED_ACTORS: &str = "actors/added.toml";

/// One data file: a path to name it by, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Path relative to the data directory with `/`, such as `lang/en/cues.toml`; it decides what the file holds.
    pub path: String,
    /// How the file is named in messages and in `!why`: `data/lang/en/cues.toml`.
    pub shown_as: String,
    /// TOML.
    pub text: String,
}

impl DataFile {
    /// Makes a problem at a byte of this file.
    pub fn problem(&self, at: usize, message: impl Into<String>) -> DataProblem {
        let (line, column) = self.place(at);
        DataProblem { file: self.shown_as.clone(), line, column, message: message.into(), suggestion: None }
    }

    /// Gives line and column, both from 1, of a byte offset.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before.get(line_start..).map_or(0, |rest| rest.chars().count()) + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// Gives the directory that the file came from: `data/` for what is shipped. A later origin overrides an earlier one.
    pub fn origin(&self) -> &str {
        self.shown_as.strip_suffix(self.path.as_str()).unwrap_or("")
    }
}

/// A mistake in a data file, with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataProblem {
    /// The file as `DataFile::shown_as` names it.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in code points.
    pub column: u32,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do instead, when it is known.
    pub suggestion: Option<String>,
}

impl DataProblem {
    /// Adds what to do instead.
    #[must_use]
    pub fn suggest(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }
}

impl fmt::Display for DataProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, " ({suggestion})"),
            None => Ok(()),
        }
    }
}

/// Gives the embedded files of `data/` that the rule module reads (`actors/`, `topics/`, `lang/`, `outlets.toml`), sorted by path.
///
/// `data/example/` is not among them: invented people must not be known to a bot that reads real news; nor is
/// `data/boilerplate.toml`, which `feeds` reads.
pub fn builtin_files() -> Vec<DataFile> {
    let mut files = Vec::new();
    collect(&BUILTIN, &mut files);
    files.sort_by(|a: &DataFile, b| a.path.cmp(&b.path));
    files
}

fn collect(dir: &Dir<'_>, files: &mut Vec<DataFile>) {
    for file in dir.files() {
        let Some(path) = file.path().to_str() else { continue };
        let path = path.replace('\\', "/");
        if path.ends_with(".toml") && is_for_rules(&path) && path != "boilerplate.toml" {
            let text = file.contents_utf8().unwrap_or_default().to_owned();
            files.push(DataFile { shown_as: format!("data/{path}"), path, text });
        }
    }
    for sub in dir.dirs() {
        collect(sub, files);
    }
}

/// Other rooms keep data files of their own beside these.
fn is_for_rules(path: &str) -> bool {
    path == "outlets.toml" || ["actors/", "outlets/", "topics/", "lang/"].iter().any(|folder| path.starts_with(folder))
}
