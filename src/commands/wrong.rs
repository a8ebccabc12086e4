//! `wrong`: says what is wrong with a statement: who spoke, which stance it shows, or that nobody said it.
//!
//! What moderators say holds at once; what others say waits for `review`. Nothing is lost by it: the reading of the rules stays
//! stored, and `undo` brings it back.

use super::error::{CommandError, UserError};
use super::grammar::echo;
use super::names;
use super::options::{BECAUSE, HOLDER, NOT_A_STATEMENT, SPEAKER, STANCE, STATEMENT, TARGET};
use super::registry::{Answer, Entry};
use super::{Permission, Request, why};
use crate::model::{ActorId, Author, Change, Correction, Stance, Statement, Target};
use crate::reply::{Inline, Reply};
use crate::store::{By, Corrected, NewChange, Standing, WhyHidden};

/// The word for a speaker who cannot be told.
const UNKNOWN: &str = "unknown";
/// The word for no stance at all.
const NONE: &str = "none";

pub(super) const ENTRY: Entry = Entry {
    name: "wrong",
    aliases: &["correct"],
    summary: "Correct a statement: at once for moderators, after review for others",
    permission: Permission::Member,
    options: &[STATEMENT, SPEAKER, STANCE, HOLDER, TARGET, NOT_A_STATEMENT, BECAUSE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let arguments = &request.arguments;
    let (id, words) = arguments.number_and_rest("id")?;
    let store = request.context.store;
    let stored = why::with_id(request, id)?;
    let corrections = corrections(request, &stored.statement)?;
    if corrections.is_empty() {
        return Err(UserError::NothingToCorrect.into());
    }
    let reason = arguments.value("because").unwrap_or(&words).to_owned();
    let takes_out = corrections.contains(&Correction::NotAStatement);
    let new = new_change(request, Change::Corrections(corrections), reason);
    let mut reply = Reply::default();
    let mut line = match store.correct(stored.id, &new)? {
        Corrected::Applied(change) => {
            vec![
                Inline::text(format!("Done: [{}] is corrected, change [{change}]. ", stored.id)),
                request.typed(&format!("why {}", stored.id)),
                Inline::text(" shows it, "),
                request.typed(&format!("undo {change}")),
                Inline::text(" takes it back."),
            ]
        }
        Corrected::Queued(change) => {
            vec![
                Inline::text(format!("Thank you. A moderator will look at it: change [{change}]. ")),
                request.typed(&format!("undo {change}")),
                Inline::text(" takes it back."),
            ]
        }
        Corrected::Waiting(change) => vec![Inline::text(format!("The same waits for a moderator already: change [{change}]."))],
        Corrected::NoChange => {
            vec![Inline::text(format!("[{}] says so already: ", stored.id)), request.typed(&format!("why {}", stored.id))]
        }
        Corrected::Missing => return Err(UserError::NoSuchId { what: "statement", id }.into()),
        Corrected::Full(what, max) => return Err(UserError::Limit { what, max }.into()),
    };
    if stored.hidden == Some(WhyHidden::Withdrawn) && !takes_out {
        line.push(Inline::text(" It stays out of all answers: it was taken out as not a statement."));
    }
    reply.paragraph(line);
    Ok(reply)
}

/// Makes a change of whoever asks.
pub(super) fn new_change(request: &Request<'_>, what: Change, reason: String) -> NewChange {
    NewChange { author: author(request), standing: standing(request), what, reason, now: request.context.now }
}

/// Gives who asks, and where.
pub(super) fn author(request: &Request<'_>) -> Author {
    let incoming = request.incoming;
    Author { channel: incoming.channel.clone(), user: incoming.user.clone(), name: incoming.user_name.clone() }
}

/// Gives who decides, with what they may decide on.
pub(super) fn by<'a>(request: &Request<'_>, author: &'a Author) -> By<'a> {
    By { author, standing: standing(request), now: request.context.now }
}

/// Gives what the changes of whoever asks are worth.
fn standing(request: &Request<'_>) -> Standing {
    match request.incoming.permission {
        Permission::Member => Standing::Member,
        Permission::Moderator => Standing::Moderator,
        Permission::Operator => Standing::Operator,
    }
}

/// Reads what is wrong, in the order in which it is put on the statement.
fn corrections(request: &Request<'_>, statement: &Statement) -> Result<Vec<Correction>, CommandError> {
    let arguments = &request.arguments;
    let mut corrections = Vec::new();
    if arguments.flags.contains("not-a-statement") {
        corrections.push(Correction::NotAStatement);
    }
    let mut speaker = statement.speaker.actor().cloned();
    if let Some(text) = arguments.value("speaker") {
        speaker = if text.eq_ignore_ascii_case(UNKNOWN) { None } else { Some(names::actor(request, text)?.id) };
        corrections.push(Correction::Speaker(speaker.clone()));
    }
    if let Some(text) = arguments.value("stance") {
        corrections.push(stance(request, statement, (text, speaker.as_ref()))?);
    } else if let Some(keyword) = ["holder", "target"].into_iter().find(|keyword| arguments.value(keyword).is_some()) {
        return Err(UserError::WithoutStance { keyword }.into());
    }
    Ok(corrections)
}

/// Reads which stance is right, and which of the statement's it stands for: the one with the named holder and target, else the
/// only one; a stance that the statement does not show needs a target.
fn stance(request: &Request<'_>, statement: &Statement, (text, speaker): (&str, Option<&ActorId>)) -> Result<Correction, CommandError> {
    let stance = match text.to_lowercase() {
        none if none == NONE => None,
        word => Some(word.parse::<Stance>().map_err(|_| UserError::Stance { text: echo(text) })?),
    };
    let arguments = &request.arguments;
    let named = |keyword| arguments.value(keyword);
    let holder = named("holder").map(|text| names::actor(request, text)).transpose()?.map(|named| named.id);
    let target = named("target").map(|text| names::target(request, text)).transpose()?.map(|named| named.id);
    // The speaker's own stances go to whoever is the speaker after this correction.
    let held = |own: bool, holder: &ActorId| if own { speaker.cloned() } else { Some(holder.clone()) };
    let shown = statement.stances.iter().filter_map(|taken| Some((held(taken.own, &taken.holder)?, taken.target.clone())));
    let mut fitting: Vec<(ActorId, Target)> = shown
        .filter(|(whose, on)| holder.as_ref().is_none_or(|holder| holder == whose) && target.as_ref().is_none_or(|target| target == on))
        .collect();
    fitting.dedup();
    match (fitting.as_slice(), target) {
        ([(holder, target)], _) => Ok(Correction::Stance { holder: holder.clone(), target: target.clone(), stance }),
        ([], Some(target)) if stance.is_some() => {
            let holder = holder.or_else(|| speaker.cloned()).ok_or(UserError::WhichStance { shown: 0 })?;
            Ok(Correction::Stance { holder, target, stance })
        }
        (several, _) => Err(UserError::WhichStance { shown: several.len() }.into()),
    }
}
