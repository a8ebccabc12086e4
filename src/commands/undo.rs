//! `undo`: takes a change back: a correction, or what was taught about actors and topics. Without a number the asker's last one.

use super::error::UserError;
use super::options::CHANGE;
use super::registry::{Answer, Entry};
use super::review::taken;
use super::wrong::{author, by};
use super::{Permission, Request, told};
use crate::model::ChangeId;
use crate::reply::{Inline, Reply};

pub(super) const ENTRY: Entry = Entry {
    name: "undo",
    aliases: &[],
    summary: "Take a change back: your last one, or the one with a number",
    permission: Permission::Member,
    options: &[CHANGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let author = author(request);
    let id = match request.arguments.words.is_empty() {
        false => request.arguments.number("id")?,
        true => store.last_change_of(&author)?.ok_or(UserError::NothingToUndo)?.id.0,
    };
    let change = taken(store.undo(ChangeId(id), &by(request, &author))?, id)?;
    let mut line = vec![Inline::text(format!("Done: change [{}] is taken back ({}). ", change.id, told::what(store, &change)?))];
    if let Some(statement) = change.statement {
        line.push(request.typed(&format!("why {statement}")));
    }
    let mut reply = Reply::default();
    reply.paragraph(line);
    Ok(reply)
}
