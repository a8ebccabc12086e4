//! From typed names to ids, with the errors that tell what to type instead.

use super::Request;
use super::error::{CommandError, UserError};
use super::grammar::echo;
use crate::model::{ActorId, OutletId, Target, TopicId, WatchSubject};
use crate::query::{Choice, NameQuery, Resolution, Subject, resolve_name};
use crate::reply::{Block, Inline};
use crate::store::{Forgotten, SubjectKind};

/// An id with what to type for it and the name to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named<T> {
    pub(super) id: T,
    /// What to type for it.
    pub(super) key: String,
    pub(super) name: String,
}

/// Resolves an actor's name.
pub(super) fn actor(request: &Request<'_>, text: &str) -> Result<Named<ActorId>, CommandError> {
    let choice = resolve(request, text, Wanted { what: "actor", kinds: &[SubjectKind::Actor] })?;
    match choice.subject {
        Subject::Actor(id) => Ok(Named { id, key: choice.key, name: choice.name }),
        Subject::Topic(_) | Subject::Outlet(_) => Err(unknown("actor", text)),
    }
}

/// Most words that are tried as a name when more were typed than a name: no name in the data has more.
const NAME_WORDS_MAX: usize = 8;

/// Splits what is no name into the longest beginning that names one actor, and the words after it; none when there is no such
/// beginning.
pub(super) fn leading_actor(request: &Request<'_>, text: &str) -> Result<Option<(Named<ActorId>, String)>, CommandError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    for length in (1..words.len().min(NAME_WORDS_MAX + 1)).rev() {
        let (name, rest) = words.split_at(length);
        match actor(request, &name.join(" ")) {
            Ok(named) => return Ok(Some((named, rest.join(" ")))),
            Err(CommandError::User(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(None)
}

/// Resolves two actors: two stretches in quotation marks, one of them and words, or words that are two names in one way only.
pub(super) fn pair(request: &Request<'_>) -> Result<[Named<ActorId>; 2], CommandError> {
    let words = request.arguments.words.join(" ");
    match (request.arguments.quoted.as_slice(), words.is_empty()) {
        ([], true) => Err(UserError::Missing { what: "two actors" }.into()),
        ([first, second, ..], true) => Ok([actor(request, first)?, actor(request, second)?]),
        ([first], true) => actor(request, first).and_then(|_| Err(UserError::Missing { what: "other actor" }.into())),
        ([first, ..], false) => Ok([actor(request, first)?, actor(request, &words)?]),
        ([], false) => pair_in(request, &words),
    }
}

/// Splits words into two names.
fn pair_in(request: &Request<'_>, text: &str) -> Result<[Named<ActorId>; 2], CommandError> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (mut found, mut refused) = (Vec::new(), None);
    for at in 1..words.len().min(2 * NAME_WORDS_MAX) {
        let (left, right) = words.split_at(at);
        match (actor(request, &left.join(" ")), actor(request, &right.join(" "))) {
            (Ok(left), Ok(right)) => found.push([left, right]),
            // One half is a name: what is wrong with the other is what has to be told.
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => refused = refused.or(Some(error)),
            (Err(_), Err(error)) if !matches!(error, CommandError::User(_)) => return Err(error),
            _ => {}
        }
    }
    match (found.len(), found.pop(), refused) {
        (1, Some(pair), _) => Ok(pair),
        (0, _, Some(error)) => Err(error),
        // Neither of two words is a name: the first is what has to be told.
        (0, _, None) if words.len() == 2 => actor(request, words.first().unwrap_or(&text)).and_then(|_| Err(unknown("actor", text))),
        (0, _, None) => actor(request, text).and_then(|_| Err(UserError::Missing { what: "other actor" }.into())),
        _ => Err(UserError::TwoNames { words: echo(text) }.into()),
    }
}

/// Resolves the name of a topic or actor.
pub(super) fn target(request: &Request<'_>, text: &str) -> Result<Named<Target>, CommandError> {
    let choice = resolve(request, text, Wanted { what: "topic or actor", kinds: &[SubjectKind::Topic, SubjectKind::Actor] })?;
    match choice.subject {
        Subject::Actor(id) => Ok(Named { id: Target::Actor(id), key: choice.key, name: choice.name }),
        Subject::Topic(id) => Ok(Named { id: Target::Topic(id), key: choice.key, name: choice.name }),
        Subject::Outlet(_) => Err(unknown("topic or actor", text)),
    }
}

/// Resolves a topic's name.
pub(super) fn topic(request: &Request<'_>, text: &str) -> Result<Named<TopicId>, CommandError> {
    let choice = resolve(request, text, Wanted { what: "topic", kinds: &[SubjectKind::Topic] })?;
    match choice.subject {
        Subject::Topic(id) => Ok(Named { id, key: choice.key, name: choice.name }),
        Subject::Actor(_) | Subject::Outlet(_) => Err(unknown("topic", text)),
    }
}

/// Resolves what a watch follows.
pub(super) fn subject(request: &Request<'_>, text: &str) -> Result<Named<WatchSubject>, CommandError> {
    let Named { id, key, name } = target(request, text)?;
    let id = match id {
        Target::Actor(id) => WatchSubject::Actor(id),
        Target::Topic(id) => WatchSubject::Topic(id),
    };
    Ok(Named { id, key, name })
}

/// Resolves an outlet's name.
pub(super) fn outlet(request: &Request<'_>, text: &str) -> Result<Named<OutletId>, CommandError> {
    let choice = resolve(request, text, Wanted { what: "outlet", kinds: &[SubjectKind::Outlet] })?;
    match choice.subject {
        Subject::Outlet(id) => Ok(Named { id, key: choice.key, name: choice.name }),
        Subject::Actor(_) | Subject::Topic(_) => Err(unknown("outlet", text)),
    }
}

/// Gives what to type for a choice.
pub(super) fn choice_id(choice: &Choice) -> &str {
    &choice.key
}

/// Shows a choice with the id to type.
pub(super) fn choice_item(choice: &Choice) -> Block {
    let mut line = vec![Inline::code(choice_id(choice)), Inline::text(format!(" — {}", choice.name))];
    if !choice.hint.is_empty() {
        line.push(Inline::faint(format!(", {}", choice.hint)));
    }
    Block::Item { indent: 0, line }
}

struct Wanted<'a> {
    what: &'static str,
    kinds: &'a [SubjectKind],
}

fn resolve(request: &Request<'_>, text: &str, wanted: Wanted<'_>) -> Result<Choice, CommandError> {
    let query = NameQuery { text, kinds: wanted.kinds, day: request.context.today() };
    match resolve_name(request.context.store, &query)? {
        Resolution::One(choice) => shown(request, choice),
        Resolution::Many(choices) => Err(UserError::Ambiguous { name: echo(text), choices }.into()),
        Resolution::None { did_you_mean } => Err(UserError::UnknownName { what: wanted.what, name: echo(text), did_you_mean }.into()),
    }
}

/// Refuses an actor of whom nothing is shown: only its id finds it.
fn shown(request: &Request<'_>, choice: Choice) -> Result<Choice, CommandError> {
    let Subject::Actor(id) = &choice.subject else { return Ok(choice) };
    match request.context.store.whether_forgotten(id)? {
        None => Ok(choice),
        Some(Forgotten::Hidden) => Err(UserError::ForgottenActor { id: id.to_string() }.into()),
        Some(Forgotten::Purged) => Err(UserError::RemovedActor { id: id.to_string() }.into()),
    }
}

fn unknown(what: &'static str, text: &str) -> CommandError {
    UserError::UnknownName { what, name: echo(text), did_you_mean: Vec::new() }.into()
}
