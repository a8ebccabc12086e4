//! `stancebot corrections export`: what people corrected, as cases that the project's own tests can run.
//!
//! A case has the text that was read and what is right about it; who corrected it is left out. It is written to be looked at by
//! somebody before it becomes a case of the project: the text is an article's.

use super::maintain::open_for_reading;
use super::progress::plural;
use super::{AppError, CorrectionsExportArgs};
use crate::config::Config;
use crate::model::{Change, ChangeId, Correction, Form, Speaker, Statement, StatementId};
use crate::store::{Store, StoreError, StoredStatement};
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};

/// Longest text of a case, in bytes: who “she” is stands a few paragraphs before.
const TEXT_BYTES_MAX: usize = 8_000;
/// What stands above the cases.
const HEAD: &str = "# Corrections that people made, as cases of tests/judge: what is read out of the text has to be so.\n\
                    # Texts are those of articles: put words of your own in their place before a case becomes part of a project.\n";

/// The cases of one file of `tests/judge`.
#[derive(Serialize)]
struct Cases {
    case: Vec<Case>,
}

/// One text and what is right about it.
#[derive(Serialize)]
struct Case {
    name: String,
    text: String,
    date: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    absent: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    statement: Vec<Expected>,
}

/// What is right about one statement.
#[derive(Serialize)]
struct Expected {
    says: String,
    speaker: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stances: Option<Vec<String>>,
}

/// Writes the corrections that hold to a file or to standard output.
///
/// # Errors
/// [`AppError::Store`] when there is no database, [`AppError::Failed`] when the output cannot be written.
pub fn export(config: &Config, args: &CorrectionsExportArgs) -> Result<(), AppError> {
    let store = open_for_reading(config)?;
    let failed = |error: io::Error| AppError::Failed(format!("the cases cannot be written: {error}"));
    let (count, left_out) = match &args.out {
        Some(path) => cases(&store, &mut File::create_new(path).map_err(failed)?)?,
        None => cases(&store, &mut io::stdout().lock())?,
    };
    let deeds = if left_out > 0 { format!(", {left_out} of deeds left out") } else { String::new() };
    eprintln!("Wrote {}{deeds}.", plural(count, "case"));
    Ok(())
}

/// Writes one case for each corrected statement, in the order in which they were corrected first; gives how many, and how many
/// corrected deeds were left out, for which there are no cases.
///
/// # Errors
/// [`AppError::Store`] when the database fails, [`AppError::Failed`] when the output cannot be written.
pub fn cases(store: &Store, out: &mut dyn Write) -> Result<(usize, usize), AppError> {
    let failed = |error: &dyn std::fmt::Display| AppError::Failed(format!("the cases cannot be written: {error}"));
    out.write_all(HEAD.as_bytes()).map_err(|error| failed(&error))?;
    let (mut count, mut left_out) = (0, 0);
    let mut done: BTreeSet<StatementId> = BTreeSet::new();
    let mut after: Option<ChangeId> = None;
    loop {
        let changes = store.corrections_in_force(after)?;
        let Some(last) = changes.last() else { return Ok((count, left_out)) };
        after = Some(last.id);
        for id in changes.iter().filter_map(|change| change.statement) {
            if !done.insert(id) {
                continue;
            }
            match case(store, id)? {
                Some(case) => {
                    let text = toml::to_string(&Cases { case: vec![case] }).map_err(|error| failed(&error))?;
                    write!(out, "\n{text}").map_err(|error| failed(&error))?;
                    count += 1;
                }
                None => left_out += 1,
            }
        }
    }
}

/// Makes the case of a corrected statement; none for a deed.
fn case(store: &Store, id: StatementId) -> Result<Option<Case>, StoreError> {
    let Some(stored) = store.statement(id)?.filter(|stored| stored.statement.form == Form::Words) else { return Ok(None) };
    let body = store.article_text(stored.article.id)?.unwrap_or_default();
    let corrections: Vec<Correction> = store
        .changes_of(id)?
        .into_iter()
        .filter(|change| change.state == crate::model::ChangeState::Applied)
        .flat_map(|change| match change.what {
            Change::Corrections(corrections) => corrections,
            Change::Lesson(_) => Vec::new(),
        })
        .collect();
    let says = stored.statement.attribution.content.first().map_or("", |span| span.of(&body)).to_owned();
    let is_none = corrections.contains(&Correction::NotAStatement);
    let tells_stance = corrections.iter().any(|correction| matches!(correction, Correction::Stance { .. }));
    let expected = Expected {
        says: says.clone(),
        speaker: match &stored.statement.speaker {
            Speaker::Actor(id) => id.to_string(),
            Speaker::Unknown(_) => "none".to_owned(),
        },
        stances: tells_stance.then(|| stances(&stored.statement)),
    };
    let at = stored.article.published.unwrap_or(stored.article.first_seen);
    Ok(Some(Case {
        name: format!("correction of statement {id}"),
        date: at.to_zoned_datetime(TimeZone::UTC).date().to_string(),
        text: text_of(&stored, &body),
        absent: if is_none { vec![says] } else { Vec::new() },
        statement: if is_none { Vec::new() } else { vec![expected] },
    }))
}

/// Gives stances as the cases write them: `own quill oppose harbour-toll`.
fn stances(statement: &Statement) -> Vec<String> {
    let written = statement.stances.iter().map(|taken| {
        let whose = if taken.own { "own" } else { "reported" };
        format!("{whose} {} {} {}", taken.holder, taken.stance, taken.target.id())
    });
    written.collect()
}

/// Gives the article up to the end of the statement's paragraph, from its beginning or, where that is too long, from the
/// paragraph that makes it fit.
fn text_of(stored: &StoredStatement, body: &str) -> String {
    let content = &stored.statement.attribution.content;
    let whole = content.iter().fold(stored.statement.context, |whole, span| whole.cover(*span)).range();
    let end = body.get(whole.end..).and_then(|rest| rest.find('\n')).map_or(body.len(), |at| whole.end + at);
    let earliest = body.ceil_char_boundary(end.saturating_sub(TEXT_BYTES_MAX));
    let start = if earliest == 0 {
        0
    } else {
        let lines = body.get(earliest..whole.start).unwrap_or_default();
        lines.find('\n').map_or(whole.start.min(end), |at| earliest + at + 1)
    };
    body.get(start..end).unwrap_or(body).to_owned()
}
