//! `topic add`, `topic alias`, `topic remove`: topics that the data files do not have. They are stored, hold after a restart, and
//! can be taken back; what the data files have is theirs.

use super::error::UserError;
use super::grammar::echo;
use super::options::{NEW_NAME, ONE_TOPIC, OTHER_NAME, TOPIC_KIND, TOPIC_OR_NAME};
use super::registry::{Answer, Entry};
use super::teach::{checked, done, known_and_new, new_id, reread_words, teach};
use super::{Permission, Request, names};
use crate::model::{Lesson, Target, TopicId, TopicKind};
use crate::store::{SubjectKind, fold};

pub(super) const ADD: Entry = Entry {
    name: "topic add",
    aliases: &[],
    summary: "A topic that stances are about, by the name that articles use",
    permission: Permission::Moderator,
    options: &[NEW_NAME, TOPIC_KIND],
    run: add,
};

pub(super) const ALIAS: Entry = Entry {
    name: "topic alias",
    aliases: &[],
    summary: "Another name of a topic",
    permission: Permission::Moderator,
    options: &[ONE_TOPIC, OTHER_NAME],
    run: alias,
};

pub(super) const REMOVE: Entry = Entry {
    name: "topic remove",
    aliases: &["topic delete"],
    summary: "Take out a topic, or another name of one, that was added in chat",
    permission: Permission::Moderator,
    options: &[TOPIC_OR_NAME],
    run: remove,
};

fn add(request: &Request<'_>) -> Answer {
    let name = checked(request, &request.arguments.name("name")?, None)?;
    let kind = match request.arguments.value("as").map(str::to_lowercase).as_deref() {
        None | Some("policy") => TopicKind::Policy,
        Some("proposal") => TopicKind::Proposal,
        Some("demand") => TopicKind::Demand,
        Some("event") => TopicKind::Event,
        Some("institution") => TopicKind::Institution,
        Some(other) => {
            return Err(UserError::Kind { text: echo(other), known: "proposal, demand, event, policy or institution" }.into());
        }
    };
    let store = request.context.store;
    let is_taken = |id: &str| {
        let known = store.topic(&TopicId::from(id))?;
        Ok(known.is_some_and(|known| !known.is_retired || fold(&known.topic.name) != fold(&name)))
    };
    let id = TopicId::new(new_id(&name, &is_taken)?);
    let change = teach(request, Lesson::AddTopic { id: id.clone(), name: name.clone(), kind })?;
    Ok(done(request, change, &format!("\u{201c}{name}\u{201d} is a topic now: {id}. {}", reread_words(&name))))
}

fn alias(request: &Request<'_>) -> Answer {
    let (of, known, new) = known_and_new(request, &[SubjectKind::Topic])?;
    let name = checked(request, &new, None)?;
    let change = teach(request, Lesson::Name { of, name: name.clone() })?;
    Ok(done(request, change, &format!("\u{201c}{name}\u{201d} is another name of {known} now. {}", reread_words(&name))))
}

fn remove(request: &Request<'_>) -> Answer {
    let text = request.arguments.name("topic or name")?;
    let named = names::topic(request, &text)?;
    let of = Target::Topic(named.id.clone());
    let lessons = request.context.store.lessons()?.held;
    let other_name = lessons.iter().rev().find_map(|lesson| match lesson {
        Lesson::Name { of: whose, name } if *whose == of && fold(name) == fold(&text) => Some(name.clone()),
        _ => None,
    });
    if let Some(name) = other_name {
        let change = teach(request, Lesson::RemoveName { of, name: name.clone() })?;
        return Ok(done(request, change, &format!("\u{201c}{name}\u{201d} is no name of {} any more.", named.name)));
    }
    if !lessons.iter().any(|lesson| matches!(lesson, Lesson::AddTopic { id, .. } if *id == named.id)) {
        return Err(UserError::InDataFiles { name: named.name }.into());
    }
    let change = teach(request, Lesson::Remove(of))?;
    Ok(done(request, change, &format!("{} is no topic any more; what was read of it stays.", named.name)))
}
