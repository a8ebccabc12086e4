//! `unfollow`: ends a watch of this channel, by its number or, where only one fits, by its subject's name.

use super::error::{CommandError, UserError};
use super::follow::as_target;
use super::options::WATCH;
use super::registry::{Answer, Entry};
use super::why::target_name;
use super::{Permission, Request, names};
use crate::model::WatchId;
use crate::reply::{Inline, Reply};

pub(super) const ENTRY: Entry = Entry {
    name: "unfollow",
    aliases: &["unwatch"],
    summary: "Stop posting the alerts of one watch here",
    permission: Permission::Moderator,
    options: &[WATCH],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let id = match request.arguments.number("id") {
        Err(UserError::Number { .. }) => by_name(request)?,
        id => id?,
    };
    let Some(watch) = store.remove_watch(&request.incoming.channel, WatchId(id))? else {
        return Err(UserError::NoSuchId { what: "watch", id }.into());
    };
    let name = target_name(store, &as_target(&watch.subject))?;
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(format!("Done: [{id}] {name} is no longer followed here."))]);
    Ok(reply)
}

/// Gives the only watch of this channel with the named subject.
fn by_name(request: &Request<'_>) -> Result<i64, CommandError> {
    let text = request.arguments.name("id")?;
    let subject = names::subject(request, &text)?;
    let watches = request.context.store.watches(&request.incoming.channel)?;
    let mut fitting = watches.iter().filter(|watch| watch.subject == subject.id);
    match (fitting.next(), fitting.next()) {
        (Some(watch), None) => Ok(watch.id.0),
        _ => Err(UserError::Number { text }.into()),
    }
}
