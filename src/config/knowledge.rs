//! Reads the data files that the rule module is built from: the built-in ones or a directory, then the operator's.

use super::{Config, ConfigError};
use crate::rules::{DataFile, builtin_files};
use std::path::Path;

/// Knowledge is text written by people; a file beyond this is something else.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// `lang/en/cues.toml` stands two directories deep.
const DEPTH_MAX: usize = 4;

/// Reads all knowledge in the order in which later files win: built-in (or `data_dir`), then each of `knowledge_dirs`.
///
/// # Errors
/// [`ConfigError::Unreadable`] for the first file or directory that cannot be read.
pub fn read_data_files(config: &Config) -> Result<Vec<DataFile>, ConfigError> {
    let mut files = match &config.data_dir {
        None => builtin_files(),
        Some(dir) => read_dir(dir)?.into_iter().filter(|file| !file.path.starts_with("example/")).collect(),
    };
    for dir in &config.knowledge_dirs {
        files.extend(read_dir(dir)?);
    }
    Ok(files)
}

fn read_dir(dir: &Path) -> Result<Vec<DataFile>, ConfigError> {
    let mut files = Vec::new();
    collect(dir, "", DEPTH_MAX, &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn collect(dir: &Path, below: &str, depth: usize, files: &mut Vec<DataFile>) -> Result<(), ConfigError> {
    let unreadable = |path: &Path, reason: String| ConfigError::Unreadable {
        path: path.display().to_string(),
        reason,
        hint: "mend it or take it out of knowledge_dirs or data_dir in the configuration",
    };
    for entry in std::fs::read_dir(dir).map_err(|error| unreadable(dir, error.to_string()))? {
        let entry = entry.map_err(|error| unreadable(dir, error.to_string()))?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let inner = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let metadata = std::fs::metadata(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        if metadata.is_dir() && depth > 1 {
            collect(&path, &inner, depth - 1, files)?;
        } else if metadata.is_file() && name.ends_with(".toml") {
            if metadata.len() > FILE_BYTES_MAX {
                return Err(unreadable(&path, format!("it has {} bytes, more than {FILE_BYTES_MAX}", metadata.len())));
            }
            let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error.to_string()))?;
            let text = String::from_utf8(bytes).map_err(|error| unreadable(&path, error.to_string()))?;
            files.push(DataFile { path: inner, shown_as: path.display().to_string(), text });
        }
    }
    Ok(())
}
