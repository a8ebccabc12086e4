//! What `topic` and `actor` commands share: names are checked like those of data files, lessons are written, and the answer says
//! what happens next.

use super::error::{CommandError, UserError};
use super::grammar::echo;
use super::wrong::new_change;
use super::{Request, names};
use crate::model::{ActorKind, Change, ChangeId, Lesson, Target};
use crate::query::{NameQuery, Resolution, resolve_name};
use crate::reply::{Inline, Reply};
use crate::rules::{NAME_CHARS_MAX, NAME_LETTERS_MIN, NameFault, check_name};
use crate::store::{SubjectKind, Taught, fold};
use jiff::{SignedDuration, Timestamp};

/// Days back for which articles are read again when a name is taught; the background task keeps to it.
pub const REREAD_DAYS: i64 = 30;
/// Articles of these days from which on a share of them tells something.
const ARTICLES_MIN: usize = 20;
/// A name that stands in one of so many articles tells nothing.
const SHARE_MAX: usize = 4;
/// Articles that are looked through for a name, the newest.
const ARTICLES_MAX: usize = 2_000;
/// Ids that are tried for one name.
const IDS_MAX: usize = 50;

/// Checks a name that is to be taught: its form, whether it is somebody's, whether it is too common in what was read.
pub(super) fn checked(request: &Request<'_>, name: &str, kind: Option<ActorKind>) -> Result<String, CommandError> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown = echo(&name);
    match check_name(request.context.ruleset, &name, kind) {
        Ok(()) => {}
        Err(NameFault::Short) => return Err(UserError::NameShort { name: shown, min: NAME_LETTERS_MIN }.into()),
        Err(NameFault::Long) => return Err(UserError::NameLong { max: NAME_CHARS_MAX }.into()),
        Err(NameFault::Marks) => return Err(UserError::NameMarks { name: shown }.into()),
        Err(NameFault::Common) => return Err(UserError::NameCommon { name: shown }.into()),
        Err(NameFault::Small) => return Err(UserError::NameSmall { name: shown }.into()),
    }
    let store = request.context.store;
    let mut known = store.names_exact(&fold(&name))?;
    known.retain(|row| row.kind != SubjectKind::Outlet && !row.is_retired && !row.is_found);
    if let Some(owner) = known.first() {
        return Err(UserError::NameTaken { name: shown, owner: owner.shown.clone(), id: owner.id.clone() }.into());
    }
    let since = request.context.now.checked_sub(SignedDuration::from_hours(24 * REREAD_DAYS)).unwrap_or(Timestamp::MIN);
    let all = store.articles_naming(&[String::new()], since, ARTICLES_MAX)?.len();
    if all >= ARTICLES_MIN {
        let with = store.articles_naming(std::slice::from_ref(&name), since, ARTICLES_MAX)?.len();
        if with * SHARE_MAX > all {
            return Err(UserError::NameEverywhere { name: shown, with, all }.into());
        }
    }
    Ok(name)
}

/// Makes an id of a name: one that nobody has, or that of a thing of this name which was removed.
pub(super) fn new_id(name: &str, is_taken: &dyn Fn(&str) -> Result<bool, CommandError>) -> Result<String, CommandError> {
    let base = fold(name).replace(' ', "-");
    if base.is_empty() {
        return Err(UserError::NameMarks { name: echo(name) }.into());
    }
    let numbered = (2..IDS_MAX).map(|number| format!("{base}-{number}"));
    for id in std::iter::once(base.clone()).chain(numbered) {
        if !is_taken(&id)? {
            return Ok(id);
        }
    }
    Err(UserError::NameTaken { name: echo(name), owner: base.clone(), id: base }.into())
}

/// Writes a lesson.
pub(super) fn teach(request: &Request<'_>, lesson: Lesson) -> Result<ChangeId, CommandError> {
    let new = new_change(request, Change::Lesson(lesson.clone()), String::new());
    match request.context.store.teach(&lesson, &new)? {
        Taught::Done(change) => Ok(change),
        Taught::Full(what, max) => Err(UserError::Limit { what, max }.into()),
    }
}

/// Says what was done, what happens next, and how to take it back.
pub(super) fn done(request: &Request<'_>, change: ChangeId, words: &str) -> Reply {
    let mut reply = Reply::default();
    reply.paragraph(vec![
        Inline::text(format!("{words} Change [{change}]: ")),
        request.typed(&format!("undo {change}")),
        Inline::text(" takes it back."),
    ]);
    reply
}

/// Gives what is said of reading articles again.
pub(super) fn reread_words(name: &str) -> String {
    format!(
        "From the next moment on, articles are read with it; those of the last {REREAD_DAYS} days that have \u{201c}{name}\u{201d} are read \
         again in the background, and nobody is alerted to what comes of it."
    )
}

/// Splits what is typed into the name of a topic or actor and the new name after it: by quotation marks, else by the longest
/// beginning that names one.
pub(super) fn known_and_new(request: &Request<'_>, kinds: &[SubjectKind]) -> Result<(Target, String, String), CommandError> {
    let arguments = &request.arguments;
    let what = if kinds == [SubjectKind::Topic] { "topic" } else { "actor" };
    if arguments.words.is_empty() && arguments.quoted.len() < 2 {
        return Err(UserError::Missing { what: "name it has and, in quotation marks, the new one" }.into());
    }
    if let Some(new) = arguments.phrases().first() {
        let named = one(request, &arguments.name(what)?, kinds)?;
        return Ok((named.0, named.1, new.clone()));
    }
    for length in (1..arguments.words.len()).rev() {
        let (known, new) = arguments.words.split_at(length);
        if let Resolution::One(choice) = resolve(request, &known.join(" "), kinds)? {
            let (target, name) = (target_of(&choice), choice.name);
            if let Some(target) = target {
                return Ok((target, name, new.join(" ")));
            }
        }
    }
    one(request, &arguments.words.join(" "), kinds)?;
    Err(UserError::Missing { what: "new name, in quotation marks" }.into())
}

fn one(request: &Request<'_>, text: &str, kinds: &[SubjectKind]) -> Result<(Target, String), CommandError> {
    if kinds == [SubjectKind::Actor] {
        let named = names::actor(request, text)?;
        return Ok((Target::Actor(named.id), named.name));
    }
    let named = names::topic(request, text)?;
    Ok((Target::Topic(named.id), named.name))
}

fn resolve(request: &Request<'_>, text: &str, kinds: &[SubjectKind]) -> Result<Resolution, CommandError> {
    Ok(resolve_name(request.context.store, &NameQuery { text, kinds, day: request.context.today() })?)
}

fn target_of(choice: &crate::query::Choice) -> Option<Target> {
    match &choice.subject {
        crate::query::Subject::Actor(id) => Some(Target::Actor(id.clone())),
        crate::query::Subject::Topic(id) => Some(Target::Topic(id.clone())),
        crate::query::Subject::Outlet(_) => None,
    }
}
