//! `follows`: what this channel follows, with the numbers to type after `unfollow`.

use super::follow::{Shown, as_target, watch_words};
use super::registry::{Answer, Entry};
use super::why::target_name;
use super::{Permission, Request};
use crate::reply::{Inline, Reply};

pub(super) const ENTRY: Entry = Entry {
    name: "follows",
    aliases: &["watches", "following"],
    summary: "What this channel follows",
    permission: Permission::Member,
    options: &[],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let watches = store.watches(&request.incoming.channel)?;
    let mut reply = Reply::default();
    if watches.is_empty() {
        reply.paragraph(vec![Inline::text("Nothing is followed here. To follow an actor or a topic: "), request.typed("help follow")]);
        return Ok(reply);
    }
    reply.paragraph(vec![Inline::text("I post here:")]);
    for watch in &watches {
        let name = target_name(store, &as_target(&watch.subject))?;
        let on = watch.on.as_ref().map(|on| target_name(store, on)).transpose()?;
        let words = watch_words(&Shown { subject: &watch.subject, name: &name, on: on.as_deref(), scope: watch.scope });
        let origin = if watch.made_by == CONFIGURED { " (configured)" } else { "" };
        reply.item(vec![Inline::faint(format!("[{}] ", watch.id)), Inline::text(words), Inline::faint(origin)]);
    }
    if let Some(reason) = store.paused(&request.incoming.channel)? {
        reply.paragraph(vec![Inline::text("Alerts wait, because I cannot post here: "), Inline::text(reason)]);
    }
    Ok(reply)
}

/// Who made the watches of the configuration, as the store says.
const CONFIGURED: &str = "config";
