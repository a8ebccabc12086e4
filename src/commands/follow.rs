//! `follow`: makes a watch for this channel and says what it will do.

use super::error::UserError;
use super::options::{ON, OWN, SHIFTS, SUBJECT};
use super::registry::{Answer, Entry};
use super::{Permission, Request, names};
use crate::model::{Target, WatchScope, WatchSubject};
use crate::reply::{Inline, Reply};
use crate::store::{WatchAdded, WatchSpec};

pub(super) const ENTRY: Entry = Entry {
    name: "follow",
    aliases: &["watch"],
    summary: "Post an alert here when an actor speaks, when a stance on a topic is taken, or only on shifts",
    permission: Permission::Moderator,
    options: &[SUBJECT, ON, OWN, SHIFTS],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let arguments = &request.arguments;
    let subject = names::subject(request, &arguments.name("actor or topic to follow")?)?;
    let on = arguments.on.as_deref().map(|text| names::target(request, text)).transpose()?;
    let scope = match (arguments.own, arguments.flags.contains("shifts")) {
        (false, false) => WatchScope::All,
        (true, false) => WatchScope::Own,
        (false, true) => WatchScope::Shifts,
        (true, true) => return Err(UserError::OwnShifts.into()),
    };
    let spec = WatchSpec {
        channel: request.incoming.channel.clone(),
        subject: subject.id.clone(),
        on: on.as_ref().map(|named| named.id.clone()),
        scope,
        made_by: request.incoming.user.clone(),
    };
    let on_name = on.as_ref().map(|named| named.name.as_str());
    let what = watch_words(&Shown { subject: &subject.id, name: &subject.name, on: on_name, scope });
    let (id, start) = match request.context.store.add_watch(&spec, request.context.now)? {
        WatchAdded::Added(id) => (id, "From now on I post here "),
        WatchAdded::Already(id) => (id, "I do that already: I post here "),
        WatchAdded::LimitReached(max) => {
            return Err(UserError::Full { what: "watches in this channel", max: u64::try_from(max).unwrap_or(u64::MAX) }.into());
        }
    };
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(format!("{start}{what}. To stop: ")), request.typed(&format!("unfollow {id}"))]);
    Ok(reply)
}

/// A watch with names.
pub(super) struct Shown<'a> {
    pub(super) subject: &'a WatchSubject,
    pub(super) name: &'a str,
    pub(super) on: Option<&'a str>,
    pub(super) scope: WatchScope,
}

/// Gives what a watch does, in words.
pub(super) fn watch_words(watch: &Shown<'_>) -> String {
    let name = watch.name;
    let words = match (watch.subject, watch.scope) {
        (WatchSubject::Actor(_), WatchScope::All) => format!("what {name} says and what others report about {name}"),
        (WatchSubject::Actor(_), WatchScope::Own) => format!("what {name} says in own words"),
        (WatchSubject::Actor(_), WatchScope::Shifts) => format!("when {name} changes position"),
        (WatchSubject::Topic(_), WatchScope::All) => format!("who takes a stance on {name}"),
        (WatchSubject::Topic(_), WatchScope::Own) => format!("who takes a stance on {name} in own words"),
        (WatchSubject::Topic(_), WatchScope::Shifts) => format!("who changes position on {name}"),
    };
    match (watch.on, watch.subject) {
        (None, _) => words,
        (Some(on), WatchSubject::Actor(_)) if watch.scope == WatchScope::Shifts => format!("{words} on {on}"),
        (Some(on), WatchSubject::Actor(_)) => format!("{words}, when it shows a stance on {on}"),
        (Some(on), WatchSubject::Topic(_)) => format!("{words}, when one on {on} is shown with it"),
    }
}

/// Gives a subject as a target, for its name.
pub(super) fn as_target(subject: &WatchSubject) -> Target {
    match subject {
        WatchSubject::Actor(id) => Target::Actor(id.clone()),
        WatchSubject::Topic(id) => Target::Topic(id.clone()),
    }
}
