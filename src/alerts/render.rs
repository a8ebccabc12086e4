//! Makes the message of an outbox row out of what is stored. Formats nothing: that is `reply`'s work.

use crate::model::{Stance, StatementId, Target};
use crate::query::{self, QueryError};
use crate::reply::{Inline, Reply, ShiftView, SideView, StanceView, StatementView, Tone, shift_alert, statement_alert, summary_alert};
use crate::store::{OutboxKind, OutboxRow, ShiftTold, Store, StoredStatement};

/// Statements that a summary names; the rest is a number.
const SUMMARY_STATEMENTS_MAX: usize = 5;
/// Statements of one alert; an alert has one, unless a later version gathers them.
const ALERT_STATEMENTS_MAX: usize = 20;

/// Makes the message of a row; `prefix` is what commands start with in that channel.
///
/// # Errors
/// [`QueryError`] when the database fails.
pub(super) fn message(store: &Store, row: &OutboxRow, prefix: &str) -> Result<Reply, QueryError> {
    if row.kind == OutboxKind::Notice {
        return Ok(Reply::line(Tone::Answer, vec![Inline::text(row.text.clone())]));
    }
    if let (OutboxKind::Shift, Some(shift)) = (row.kind, &row.shift) {
        return shift_message(store, shift, prefix);
    }
    let statements = store.statements(&row.statements)?;
    let shown = if row.kind == OutboxKind::Summary { SUMMARY_STATEMENTS_MAX } else { ALERT_STATEMENTS_MAX };
    let views = statements.iter().take(shown).map(|stored| view(store, stored)).collect::<Result<Vec<_>, _>>()?;
    let count = usize::try_from(row.statement_count).unwrap_or(usize::MAX);
    let mut reply = match (row.kind, views.as_slice()) {
        (OutboxKind::Alert | OutboxKind::Sample, [view]) => statement_alert(view, prefix),
        _ => summary_alert(count, &views, prefix),
    };
    if let ([stored], true) = (statements.as_slice(), row.kind != OutboxKind::Summary) {
        push_copies(stored, &mut reply);
    }
    if row.kind == OutboxKind::Sample {
        let remark = "a sample of what this feed held when it was first read; from now on every new statement is alerted";
        reply.paragraph(vec![Inline::faint(remark)]);
    }
    Ok(reply)
}

/// Makes the message of a shift: both statements, before and after.
fn shift_message(store: &Store, shift: &ShiftTold, prefix: &str) -> Result<Reply, QueryError> {
    let side = |(stance, id): (Stance, StatementId)| -> Result<SideView, QueryError> {
        let missing = || QueryError::Missing { what: "statement", id: id.to_string() };
        Ok(SideView { stance, statement: view(store, &store.statement(id)?.ok_or_else(missing)?)? })
    };
    let view = ShiftView {
        holder: store.target_name(&Target::Actor(shift.holder.clone()))?,
        target: store.target_name(&shift.target)?,
        before: side(shift.before)?,
        after: side(shift.after)?,
    };
    Ok(shift_alert(&view, prefix))
}

/// Outlets that are named as having published a statement too; the rest is a number.
const COPIES_SHOWN_MAX: usize = 6;

/// Names the other outlets in which a statement appeared.
fn push_copies(stored: &StoredStatement, reply: &mut Reply) {
    let mut outlets: Vec<&str> = Vec::new();
    for appearance in &stored.appearances {
        let name = appearance.outlet_name.as_str();
        if name != stored.article.outlet_name && !outlets.contains(&name) {
            outlets.push(name);
        }
    }
    if outlets.is_empty() {
        return;
    }
    let more = outlets.len().saturating_sub(COPIES_SHOWN_MAX);
    outlets.truncate(COPIES_SHOWN_MAX);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    reply.paragraph(vec![Inline::faint("also: "), Inline::text(format!("{}{rest}", outlets.join(", ")))]);
}

/// Finds the names that an alert shows of a statement.
fn view(store: &Store, stored: &StoredStatement) -> Result<StatementView, QueryError> {
    let speaker = match stored.statement.speaker.actor() {
        Some(id) => store.actor(id)?,
        None => None,
    };
    let role = speaker.and_then(|known| known.actor.roles.into_iter().find(|role| role.is_held_on(stored.day))).map(|role| role.title);
    let stances = query::stances_of(store, stored)?;
    let places = u32::try_from(stored.appearances.len()).unwrap_or(u32::MAX);
    let told = query::told(store, stored)?;
    Ok(StatementView {
        id: stored.id,
        form: stored.statement.form,
        speaker: stored.speaker_name.clone(),
        role,
        content: stored.content_text.clone(),
        lead: told.lead,
        reads_on: told.reads_on,
        sentence: told.sentence,
        needs_sentence: told.needs_sentence,
        quote: stored.statement.attribution.quote,
        day: Some(stored.day),
        outlet: stored.article.outlet_name.clone(),
        url: stored.article.url.clone(),
        reported_by: stored.statement.reported_by.iter().map(|link| query::link_name(store, link)).collect::<Result<_, _>>()?,
        more_places: places.saturating_sub(1),
        stances: stances
            .into_iter()
            .map(|shown| StanceView { holder: shown.holder_name, target: shown.target_name, stance: shown.stance })
            .collect(),
        is_corrected: stored.is_corrected,
    })
}
