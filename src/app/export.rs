//! `stancebot export`: all stored statements, one a line, for other programs.

use super::maintain::open_for_reading;
use super::{AppError, ExportArgs, ExportFormat};
use crate::config::Config;
use crate::model::StatementId;
use crate::store::{Store, StoredStatement};
use serde_json::{Value, json};
use std::io::{self, BufWriter, Write};

/// Statements that are read at a time; keeps memory bounded for any database.
const STATEMENTS_AT_ONCE: usize = 500;
/// The head line of the CSV.
const COLUMNS: [&str; 23] = [
    "id",
    "speaker",
    "speaker_name",
    "content",
    "quote",
    "act",
    "modality",
    "said_on",
    "said_on_precision",
    "day",
    "addressee",
    "reported_by",
    "stances",
    "confidence",
    "parent",
    "outlet",
    "url",
    "title",
    "published",
    "ruleset",
    "form",
    "cameo",
    "plover",
];

/// Writes all statements to standard output.
///
/// # Errors
/// [`AppError::Store`] when there is no database, [`AppError::Failed`] when the output cannot be written.
pub fn export(config: &Config, args: &ExportArgs) -> Result<(), AppError> {
    let store = open_for_reading(config)?;
    let out = BufWriter::new(io::stdout().lock());
    let written = match args.format {
        ExportFormat::Jsonl => jsonl(&store, out),
        ExportFormat::Csv => csv_rows(&store, out),
    };
    match written {
        Err(Written::Io(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(Written::Io(error)) => Err(AppError::Failed(format!("the output cannot be written: {error}"))),
        Err(Written::Store(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

/// Why writing ended.
enum Written {
    Io(io::Error),
    Store(AppError),
}

impl From<io::Error> for Written {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<csv::Error> for Written {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            other => Self::Io(io::Error::other(format!("{other:?}"))),
        }
    }
}

fn jsonl(store: &Store, mut out: impl Write) -> Result<(), Written> {
    each(store, &mut |stored| {
        serde_json::to_writer(&mut out, &as_json(stored)).map_err(io::Error::from)?;
        Ok(out.write_all(b"\n")?)
    })?;
    Ok(out.flush()?)
}

fn csv_rows(store: &Store, out: impl Write) -> Result<(), Written> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    each(store, &mut |stored| {
        let value = as_json(stored);
        let row = COLUMNS.iter().map(|column| cell(value.get(column).unwrap_or(&Value::Null)));
        Ok(writer.write_record(row)?)
    })?;
    Ok(writer.flush()?)
}

/// Gives a value as the text of a cell. A text that a spreadsheet would run as a formula gets an apostrophe before it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn each(store: &Store, write: &mut dyn FnMut(&StoredStatement) -> Result<(), Written>) -> Result<(), Written> {
    let failed = |error| Written::Store(AppError::Store(error));
    let mut after: Option<StatementId> = None;
    loop {
        let ids = store.statement_ids(after, STATEMENTS_AT_ONCE).map_err(failed)?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(*last);
        for stored in store.statements(&ids).map_err(failed)? {
            write(&stored)?;
        }
    }
}

fn as_json(stored: &StoredStatement) -> Value {
    let statement = &stored.statement;
    let stances: Vec<Value> = statement
        .stances
        .iter()
        .map(|taken| {
            json!({
                "holder": taken.holder,
                "target": taken.target.id(),
                "stance": taken.stance,
                "own": taken.own,
                "agreement": taken.stance.agreement(),
            })
        })
        .collect();
    let reported_by: Vec<&str> =
        statement.reported_by.iter().map(|link| link.actor.as_ref().map_or(link.mention.as_str(), |actor| actor.as_str())).collect();
    json!({
        "id": stored.id,
        "form": statement.form,
        "speaker": statement.speaker.actor(),
        "speaker_name": stored.speaker_name,
        "content": stored.content_text,
        "quote": statement.attribution.quote,
        "act": statement.act,
        "cameo": statement.act.cameo(),
        "plover": statement.act.plover(),
        "modality": statement.modality,
        "said_on": statement.said_on.map(|said| said.date.to_string()),
        "said_on_precision": statement.said_on.map(|said| said.precision.as_str()),
        "day": stored.day.to_string(),
        "addressee": statement.addressee.as_ref().and_then(|addressee| addressee.actor.as_ref()),
        "reported_by": reported_by,
        "stances": stances,
        "confidence": statement.confidence,
        "parent": stored.parent,
        "outlet": stored.article.outlet,
        "url": stored.article.url,
        "title": stored.article.title,
        "published": stored.article.published.map(|published| published.to_string()),
        "sha256": stored.article.sha256,
        "appearances": stored.appearances.iter().map(|place| json!({"outlet": place.outlet, "url": place.url})).collect::<Vec<_>>(),
        "ruleset": stored.ruleset_hash,
    })
}
