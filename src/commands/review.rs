//! `review`: the corrections that wait for a moderator, and what is decided on them. Moderators see those of their channel, the
//! operator those of all.

use super::error::{CommandError, UserError};
use super::options::{ACCEPT, CHANGE, REJECT};
use super::registry::{Answer, Entry};
use super::show::count;
use super::wrong::{author, by};
use super::{Permission, Request, told};
use crate::model::{ChangeId, ChangeState};
use crate::reply::{Block, Inline, Reply};
use crate::store::{Decided, StoredChange, Verdict};

/// Most corrections listed at once.
const SHOWN: usize = 10;

pub(super) const ENTRY: Entry = Entry {
    name: "review",
    aliases: &["corrections"],
    summary: "The corrections that wait; with a number and accept or reject, decide on one",
    permission: Permission::Moderator,
    options: &[CHANGE, ACCEPT, REJECT],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let flags = &request.arguments.flags;
    if request.arguments.words.is_empty() && flags.is_empty() {
        return list(request);
    }
    let id = request.arguments.number("id")?;
    let verdict = match (flags.contains("accept"), flags.contains("reject")) {
        (true, false) => Verdict::Accept,
        (false, true) => Verdict::Reject,
        _ => return Err(UserError::Missing { what: "verdict: accept or reject" }.into()),
    };
    let author = author(request);
    let decided = request.context.store.decide(ChangeId(id), verdict, &by(request, &author))?;
    let change = taken(decided, id)?;
    let words = match verdict {
        Verdict::Accept => "Done: it holds from now on",
        Verdict::Reject => "Done: it does not hold",
    };
    let mut line = vec![Inline::text(format!("{words}, change [{}]. ", change.id))];
    if let Some(statement) = change.statement {
        line.push(request.typed(&format!("why {statement}")));
    }
    let mut reply = Reply::default();
    reply.paragraph(line);
    Ok(reply)
}

/// Gives the change that was decided on, or what kept it from being so.
pub(super) fn taken(decided: Decided, id: i64) -> Result<StoredChange, CommandError> {
    match decided {
        Decided::Done(change) => Ok(change),
        Decided::Missing => Err(UserError::NoSuchId { what: "change", id }.into()),
        Decided::NotYours => Err(UserError::NotYours { id }.into()),
        Decided::Final(_) => Err(UserError::Final { id }.into()),
        Decided::Already(change) => Err(UserError::Decided { id, state: state_words(change.state) }.into()),
    }
}

fn state_words(state: ChangeState) -> &'static str {
    match state {
        ChangeState::Waiting => "waits for a moderator",
        ChangeState::Applied => "holds already",
        ChangeState::Rejected => "was rejected already",
        ChangeState::Undone => "was taken back already",
    }
}

fn list(request: &Request<'_>) -> Answer {
    let channel = (request.incoming.permission < Permission::Operator).then_some(&request.incoming.channel);
    let store = request.context.store;
    let waiting = store.waiting_changes(channel)?;
    let mut reply = Reply::default();
    let Some(first) = waiting.first() else {
        reply.paragraph(vec![Inline::text("No correction waits.")]);
        return Ok(reply);
    };
    reply.paragraph(vec![Inline::text(format!("{} to decide on:", count(waiting.len() as u64, "correction")))]);
    for change in waiting.iter().take(SHOWN) {
        let mut line = vec![Inline::faint(format!("[{}] ", change.id)), Inline::text(told::what(store, change)?)];
        line.push(Inline::faint(format!(" — {}", told::who_and_when(change))));
        reply.item(line);
        if let Some(stored) = change.statement.map(|id| store.statement(id)).transpose()?.flatten() {
            let speaker = stored.speaker_name.unwrap_or_else(|| "Unknown speaker".to_owned());
            let words = vec![Inline::text(format!("{speaker}: {}", told::cut(&stored.content_text)))];
            reply.blocks.push(Block::Item { indent: 1, line: words });
        }
    }
    let more = waiting.len().saturating_sub(SHOWN);
    if more > 0 {
        reply.paragraph(vec![Inline::faint(format!("and {more} more"))]);
    }
    let typed = |verdict| request.typed(&format!("review {} {verdict}", first.id));
    reply.paragraph(vec![typed("accept"), Inline::text(" or "), typed("reject")]);
    Ok(reply)
}
