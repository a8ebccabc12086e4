//! Turns what `extract` and `ingest` are given (text, HTML, JSONL archives) into documents. Reads files; stores nothing.

use super::AppError;
use crate::feeds::{body, parse};
use crate::model::Entry;
use crate::pipeline::utc_date;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use std::io::Read;
use std::path::Path;

/// A file beyond this is no article and no archive that fits in memory; split it.
pub const INPUT_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// One text to read, with what is known about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// The id of an archive's line, as it is written there; null for files.
    pub id: serde_json::Value,
    /// The headline.
    pub title: String,
    /// The plain text.
    pub text: String,
    /// The day of publication.
    pub date: Option<Date>,
    /// Where it can be read.
    pub url: String,
    /// Who publishes, when the archive says.
    pub outlet: Option<String>,
}

/// One line of an archive.
#[derive(Debug, Deserialize)]
struct ArchiveLine {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    title: String,
    text: Option<String>,
    html: Option<String>,
    date: Option<String>,
    #[serde(default)]
    url: String,
    outlet: Option<String>,
}

/// Reads a file or, for `-`, standard input.
///
/// # Errors
/// A sentence naming the file when it cannot be read or is larger than [`INPUT_BYTES_MAX`].
pub fn read_bytes(path: &str) -> Result<Vec<u8>, AppError> {
    let failed = |reason: String| AppError::Failed(format!("cannot read {path}: {reason}"));
    let mut bytes = Vec::new();
    let limit = INPUT_BYTES_MAX + 1;
    let read = if path == "-" {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(|error| failed(error.to_string()))?;
    if bytes.len() as u64 > INPUT_BYTES_MAX {
        return Err(failed(format!("it has more than {} MB; split it", INPUT_BYTES_MAX / 1024 / 1024)));
    }
    Ok(bytes)
}

/// Hands out every text of a file or of standard input, each with its place: the file's name, and the line of an archive. What
/// cannot be read is handed out as a sentence.
///
/// # Errors
/// What `take` gives; then nothing after it is read.
pub fn each(name: &str, mut take: impl FnMut(&str, Result<Input, String>) -> Result<(), AppError>) -> Result<(), AppError> {
    let bytes = match read_bytes(name) {
        Ok(bytes) => bytes,
        Err(error) => return take(name, Err(error.to_string())),
    };
    if !is_jsonl(name, &bytes) {
        return match documents(name, &bytes, None) {
            Ok(inputs) => inputs.into_iter().try_for_each(|input| take(name, Ok(input))),
            Err(error) => take(name, Err(error.to_string())),
        };
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.try_for_each(|(number, line)| take(&format!("{name} line {}", number + 1), archive_line(line)))
}

/// Tells whether the bytes are JSONL: the name says so, or the first line is a JSON object.
pub fn is_jsonl(name: &str, bytes: &[u8]) -> bool {
    if is_feed(bytes) {
        return false;
    }
    let by_name = Path::new(name).extension().is_some_and(|extension| extension == "jsonl" || extension == "ndjson");
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    let first_line = bytes.get(start..).unwrap_or_default().split(|byte| *byte == b'\n').next().unwrap_or_default();
    by_name || first_line.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(first_line).is_ok()
}

/// Reads a feed, a page or a plain text: a feed gives one text for each entry, everything else one. `charset` is the encoding
/// that a server named.
///
/// # Errors
/// A sentence naming the input when it is a broken feed or no text.
pub fn documents(name: &str, bytes: &[u8], charset: Option<&str>) -> Result<Vec<Input>, AppError> {
    if !is_feed(bytes) {
        return document(name, bytes, charset).map(|input| vec![input]);
    }
    let entries = parse::parse(bytes, charset, name, Timestamp::now()).map_err(|error| AppError::Failed(error.to_string()))?;
    Ok(entries.into_iter().filter_map(entry_input).collect())
}

fn entry_input(entry: Entry) -> Option<Input> {
    let text = body::entry_text(&entry).map_or_else(String::new, |chosen| chosen.text);
    if text.is_empty() && entry.title.is_empty() {
        return None;
    }
    let date = entry.published.map(utc_date);
    let id = entry.guid.or_else(|| entry.link.clone()).map_or(serde_json::Value::Null, Into::into);
    Some(Input { id, title: entry.title, text, date, url: entry.link.unwrap_or_default(), outlet: None })
}

/// Tells whether the head of the bytes is that of RSS, Atom or JSON Feed.
fn is_feed(bytes: &[u8]) -> bool {
    /// The root element stands here even after long comments and name spaces.
    const HEAD_BYTES: usize = 4096;
    let head = String::from_utf8_lossy(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).to_ascii_lowercase();
    let is_xml = head.trim_start_matches('\u{feff}').trim_start().starts_with('<') && !head.contains("<html");
    is_xml && ["<rss", "<feed", "<rdf:rdf"].iter().any(|root| head.contains(root)) || head.contains("jsonfeed.org/version")
}

/// Reads a page or a plain text.
fn document(name: &str, bytes: &[u8], charset: Option<&str>) -> Result<Input, AppError> {
    if !looks_like_html(bytes) {
        return Ok(Input { text: body::plain_to_text(bytes, charset), ..Input::default() });
    }
    let page = body::page_to_text(bytes, charset, name).map_err(|error| AppError::Failed(format!("{name}: {error}")))?;
    Ok(Input {
        title: page.title,
        text: page.text,
        date: page.published.map(utc_date),
        url: page.canonical.unwrap_or_default(),
        ..Input::default()
    })
}

/// Reads one line of a JSONL archive.
///
/// # Errors
/// What is wrong with the line, in one sentence without its place.
pub fn archive_line(line: &str) -> Result<Input, String> {
    let line: ArchiveLine = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let text = match (line.text, line.html) {
        (Some(text), _) => text,
        (None, Some(html)) => body::html_to_text(&html),
        (None, None) => return Err("it has neither \u{201c}text\u{201d} nor \u{201c}html\u{201d}".to_owned()),
    };
    let date = line.date.filter(|date| !date.is_empty()).map(|date| parse_date(&date)).transpose()?;
    Ok(Input { id: line.id, title: line.title, text, date, url: line.url, outlet: line.outlet })
}

/// Reads `YYYY-MM-DD`, alone or at the start of a longer moment.
///
/// # Errors
/// A sentence naming the text.
pub fn parse_date(text: &str) -> Result<Date, String> {
    text.get(..10).unwrap_or(text).parse().map_err(|_| format!("\u{201c}{text}\u{201d} is not a day such as 2025-12-03"))
}

/// Tells whether the bytes start like a page: a tag name after `<`, or a comment or doctype.
fn looks_like_html(bytes: &[u8]) -> bool {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf)).unwrap_or(0);
    match bytes.get(start..).unwrap_or_default() {
        [b'<', next, ..] => next.is_ascii_alphabetic() || matches!(next, b'!' | b'?'),
        _ => false,
    }
}
