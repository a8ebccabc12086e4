//! `actor add`, `actor alias`, `actor merge`, `actor forget`: actors that the data files do not have, further names, two that are
//! one, and people of whom nothing shall be shown or kept. All of it can be taken back.

use super::error::UserError;
use super::grammar::echo;
use super::names::{self, Named};
use super::options::{ACTOR, ACTOR_KIND, INTO, NEW_NAME, OTHER_NAME};
use super::registry::{Answer, Entry};
use super::teach::{checked, done, known_and_new, new_id, reread_words, teach};
use super::{CommandError, Permission, Request};
use crate::model::{ActorId, ActorKind, ActorOrigin, Lesson};
use crate::store::{SubjectKind, fold};

pub(super) const ADD: Entry = Entry {
    name: "actor add",
    aliases: &[],
    summary: "An actor that the data files do not have, by the name that articles use",
    permission: Permission::Moderator,
    options: &[NEW_NAME, ACTOR_KIND],
    run: add,
};

pub(super) const ALIAS: Entry = Entry {
    name: "actor alias",
    aliases: &[],
    summary: "Another name of an actor",
    permission: Permission::Moderator,
    options: &[ACTOR, OTHER_NAME],
    run: alias,
};

pub(super) const MERGE: Entry = Entry {
    name: "actor merge",
    aliases: &[],
    summary: "Two actors are one: what is stored of the first becomes the second's",
    permission: Permission::Moderator,
    options: &[ACTOR, INTO],
    run: merge,
};

pub(super) const FORGET: Entry = Entry {
    name: "actor forget",
    aliases: &[],
    summary: "Hide an actor's name, statements and stances, and collect no more, until it is undone",
    permission: Permission::Moderator,
    options: &[ACTOR],
    run: forget,
};

fn add(request: &Request<'_>) -> Answer {
    let kind = match request.arguments.value("as").map(str::to_lowercase).as_deref() {
        None | Some("organisation" | "organization") => ActorKind::Organisation,
        Some("person") => ActorKind::Person,
        Some("office") => ActorKind::Office,
        Some("state") => ActorKind::State,
        Some("group") => ActorKind::Group,
        Some(other) => return Err(UserError::Kind { text: echo(other), known: "person, office, organisation, state or group" }.into()),
    };
    let name = checked(request, &request.arguments.name("name")?, Some(kind))?;
    let store = request.context.store;
    let is_taken = |id: &str| {
        let known = store.actor(&ActorId::from(id))?;
        Ok(known.is_some_and(|known| !known.is_retired || fold(&known.actor.name) != fold(&name)))
    };
    let id = ActorId::new(new_id(&name, &is_taken)?);
    let change = teach(request, Lesson::AddActor { id: id.clone(), name: name.clone(), kind })?;
    Ok(done(request, change, &format!("\u{201c}{name}\u{201d} is an actor now: {id}. {}", reread_words(&name))))
}

fn alias(request: &Request<'_>) -> Answer {
    let (of, known, new) = known_and_new(request, &[SubjectKind::Actor])?;
    let name = checked(request, &new, Some(ActorKind::Organisation))?;
    let change = teach(request, Lesson::Name { of, name: name.clone() })?;
    Ok(done(request, change, &format!("\u{201c}{name}\u{201d} is another name of {known} now. {}", reread_words(&name))))
}

fn merge(request: &Request<'_>) -> Answer {
    let (from, into) = two(request)?;
    if from.id == into.id {
        return Err(UserError::SameActor { name: into.name }.into());
    }
    let known = request.context.store.actor(&from.id)?;
    if known.is_some_and(|known| known.actor.origin == ActorOrigin::Data && !known.is_retired) {
        return Err(UserError::MergeInDataFiles { name: from.name }.into());
    }
    let change = teach(request, Lesson::Merge { from: from.id, into: into.id })?;
    Ok(done(request, change, &format!("What is stored of {} is {}\u{2019}s now; the old id leads on.", from.name, into.name)))
}

/// Gives both actors: `a into b`, or one name after the other.
fn two(request: &Request<'_>) -> Result<(Named<ActorId>, Named<ActorId>), CommandError> {
    let arguments = &request.arguments;
    if let Some(into) = arguments.value("into") {
        return Ok((names::actor(request, &arguments.name("actor")?)?, names::actor(request, into)?));
    }
    if let Some((first, rest)) = names::leading_actor(request, &arguments.words.join(" "))? {
        return Ok((first, names::actor(request, &rest)?));
    }
    Err(UserError::Missing { what: "actor that leads on, and after \u{201c}into\u{201d} the one that both are" }.into())
}

fn forget(request: &Request<'_>) -> Answer {
    let named = names::actor(request, &request.arguments.name("actor")?)?;
    let known = request.context.store.actor(&named.id)?;
    let change = teach(request, Lesson::Forget(named.id.clone()))?;
    let words = "is hidden now: name, statements, and stances of and on it; nothing more is collected.";
    let more = match known.map(|known| known.actor.origin) {
        Some(ActorOrigin::Data) => " The data files have the name still; only the operator can take it out there.",
        _ => "",
    };
    let kept = " The articles themselves stay, and what is hidden stays in the database so that it can be taken back.";
    Ok(done(request, change, &format!("{} {words}{more}{kept}", named.name)))
}
