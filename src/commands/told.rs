//! Changes in words: what was changed, by whom, when and why; and what became of a statement by them.

use super::Request;
use super::why::{actor_name, target_name};
use crate::model::{Change, ChangeState, Correction, Lesson};
use crate::query::QueryError;
use crate::reply::{Block, Inline, Reply, show_date, stance_word};
use crate::store::{Store, StoreError, StoredChange, StoredStatement, WhyHidden};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Longest stretch of a statement's words that a list shows, in characters.
const WORDS_CHARS_MAX: usize = 160;
/// Most former forms and changes shown of one statement.
const HISTORY_SHOWN: usize = 10;

/// Gives what a change does: `[12] speaker is Ada Quill`.
pub(super) fn what(store: &Store, change: &StoredChange) -> Result<String, StoreError> {
    let words = match &change.what {
        Change::Corrections(corrections) => {
            let words = corrections.iter().map(|correction| corrected(store, correction)).collect::<Result<Vec<_>, _>>()?;
            words.join("; ")
        }
        Change::Lesson(lesson) => taught(store, lesson)?,
    };
    Ok(match change.statement {
        Some(statement) => format!("[{statement}] {words}"),
        None => words,
    })
}

fn corrected(store: &Store, correction: &Correction) -> Result<String, StoreError> {
    Ok(match correction {
        Correction::Speaker(None) => "the speaker is unknown".to_owned(),
        Correction::Speaker(Some(id)) => format!("the speaker is {}", actor_name(store, id)?),
        Correction::Stance { holder, target, stance } => {
            let (holder, target) = (actor_name(store, holder)?, target_name(store, target)?);
            match stance {
                Some(stance) => format!("{holder} {} {target}", stance_word(*stance)),
                None => format!("no stance of {holder} on {target}"),
            }
        }
        Correction::NotAStatement => "not a statement".to_owned(),
    })
}

fn taught(store: &Store, lesson: &Lesson) -> Result<String, StoreError> {
    Ok(match lesson {
        Lesson::AddTopic { name, .. } => format!("\u{201c}{name}\u{201d} is a topic"),
        Lesson::AddActor { name, .. } => format!("\u{201c}{name}\u{201d} is an actor"),
        Lesson::Name { of, name } => format!("\u{201c}{name}\u{201d} is a name of {}", target_name(store, of)?),
        Lesson::Remove(target) => format!("{} is taken out", target_name(store, target)?),
        Lesson::RemoveName { of, name } => format!("\u{201c}{name}\u{201d} is no name of {}", target_name(store, of)?),
        Lesson::Merge { from, into } => format!("{from} is {into}"),
        Lesson::Forget(actor) => format!("{actor} is forgotten"),
    })
}

/// Gives a user: `Nell (user-1)`, or the platform's id alone.
fn user(name: &str, id: &str) -> String {
    if name.is_empty() || name == id { id.to_owned() } else { format!("{name} ({id})") }
}

fn day(at: Timestamp) -> String {
    show_date(at.to_zoned_datetime(TimeZone::UTC).date())
}

/// Gives who wanted a change, when and why: `Nell (user-1), 10 Dec 2025: it is a headline`.
pub(super) fn who_and_when(change: &StoredChange) -> String {
    let reason = if change.reason.is_empty() { String::new() } else { format!(": {}", change.reason) };
    format!("{}, {}{reason}", user(&change.author.name, &change.author.user), day(change.made))
}

/// Cuts a statement's words for a list.
pub(super) fn cut(words: &str) -> String {
    match words.char_indices().nth(WORDS_CHARS_MAX) {
        Some((end, _)) => format!("{} …", words.get(..end).unwrap_or_default()),
        None => words.to_owned(),
    }
}

/// Says first, before a statement is shown, that it is in no answer any more, and why; nothing where it is.
pub(super) fn push_hidden(request: &Request<'_>, stored: &StoredStatement, reply: &mut Reply) -> Result<(), QueryError> {
    let Some(why) = stored.hidden else { return Ok(()) };
    let changes = request.context.store.changes_of(stored.id)?;
    let takes_out = |change: &&StoredChange| {
        let corrections = match &change.what {
            Change::Corrections(corrections) => corrections.contains(&Correction::NotAStatement),
            Change::Lesson(_) => false,
        };
        change.state == ChangeState::Applied && corrections
    };
    let line = match (why, changes.iter().find(takes_out)) {
        (WhyHidden::Withdrawn, Some(change)) => vec![
            Inline::strong("Taken out"),
            Inline::text(format!(" as not a statement by {} (change [{}]). It was read as:", who_and_when(change), change.id)),
        ],
        (WhyHidden::Withdrawn | WhyHidden::Forgotten | WhyHidden::Purged, _) => {
            vec![Inline::strong("Taken out"), Inline::text(" of all answers.")]
        }
        (WhyHidden::Unread, _) => {
            vec![Inline::strong("No longer read"), Inline::text(" by the rules in force. Earlier rules read it as:")]
        }
    };
    reply.paragraph(line);
    Ok(())
}

/// Shows what people changed about a statement and what it was before.
pub(super) fn push_history(request: &Request<'_>, stored: &StoredStatement, reply: &mut Reply) -> Result<(), QueryError> {
    let store = request.context.store;
    let changes = store.changes_of(stored.id)?;
    let shown: Vec<&StoredChange> = changes.iter().filter(|change| change.state != ChangeState::Rejected).collect();
    let revisions = store.revisions(stored.id)?;
    if shown.is_empty() && revisions.is_empty() {
        return Ok(());
    }
    reply.heading("Changed");
    for change in shown.iter().take(HISTORY_SHOWN) {
        let mut line = vec![Inline::faint(format!("[{}] ", change.id))];
        let words = match &change.what {
            Change::Corrections(list) => list.iter().map(|one| corrected(store, one)).collect::<Result<Vec<_>, _>>()?.join("; "),
            Change::Lesson(_) => continue,
        };
        line.push(Inline::text(format!("{words} — {}", who_and_when(change))));
        let by = change.decision.as_ref().map(|decision| format!(" by {}, {}", user(&decision.name, &decision.user), day(decision.at)));
        match (change.state, by) {
            (ChangeState::Waiting, _) => line.push(Inline::faint("; waits for a moderator")),
            (ChangeState::Undone, Some(by)) => line.push(Inline::faint(format!("; taken back{by}"))),
            (ChangeState::Applied, Some(by)) => line.push(Inline::faint(format!("; accepted{by}"))),
            _ => {}
        }
        reply.item(line);
    }
    for revision in revisions.iter().rev().take(HISTORY_SHOWN) {
        let statement = &revision.statement;
        let speaker = statement.speaker.actor().map(|id| actor_name(store, id)).transpose()?;
        let mut words = vec![format!("speaker {}", speaker.unwrap_or_else(|| "unknown".to_owned()))];
        for taken in &statement.stances {
            let (holder, target) = (actor_name(store, &taken.holder)?, target_name(store, &taken.target)?);
            words.push(format!("{holder} {} {target}", stance_word(taken.stance)));
        }
        let out = if revision.hidden.is_some() { ", in no answer" } else { "" };
        let line = format!("until {} (rules {}): {}{out}", day(revision.ended), revision.ruleset_hash, words.join("; "));
        reply.blocks.push(Block::Item { indent: 0, line: vec![Inline::faint(line)] });
    }
    Ok(())
}
