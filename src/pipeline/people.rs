//! Who somebody found in a text is: a person who is stored already, another of the same name, or one of several.
//!
//! `rules` reads one text and proposes an id by the full name. Two strangers may share it, so what is stored decides: posts, gender
//! and outlets that go together make one person, ones that contradict each other make two, and where two could be meant nobody is.

use crate::model::{Actor, ActorId, ActorKind, ActorOrigin, Extraction, OutletId, Rejected, Role, RuleId, Speaker, Statement, Target};
use crate::store::{Namesake, Namesakes};
use std::collections::BTreeMap;

/// Who somebody found in a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Somebody with this id, new or stored.
    Is(ActorId),
    /// Any of these.
    Open(Vec<ActorId>),
}

/// How somebody found goes together with somebody stored, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// They cannot be one.
    Other,
    /// Nothing speaks for or against.
    Untold,
    /// Another post, but in the same body or told by the same outlet.
    Near,
    /// The same post.
    Post,
    /// The same post, told by the same outlet.
    PostAndOutlet,
}

/// Tells whether two titles may be one post: "spokeswoman" and "spokesperson".
pub(super) type SamePost<'a> = dyn Fn(&str, &str) -> bool + 'a;

/// Decides who a person found in a text of an outlet is, given everybody stored under the name.
pub(super) fn decide(found: &Actor, outlet: &OutletId, stored: &Namesakes, same_post: &SamePost<'_>) -> Found {
    let fits: Vec<(Fit, &ActorId)> = stored
        .people
        .iter()
        .map(|known| (fit(found, outlet, known, same_post), &known.actor.id))
        .filter(|(fit, _)| *fit != Fit::Other)
        .collect();
    let best = fits.iter().map(|(fit, _)| *fit).max();
    let meant: Vec<&ActorId> = fits.iter().filter(|(fit, _)| Some(*fit) == best).map(|(_, id)| *id).collect();
    match meant.as_slice() {
        [] => Found::Is(stored.free.clone()),
        [one] => Found::Is((*one).clone()),
        several => Found::Open(several.iter().map(|id| (*id).clone()).collect()),
    }
}

fn fit(found: &Actor, outlet: &OutletId, known: &Namesake, same_post: &SamePost<'_>) -> Fit {
    let actor = &known.actor;
    if found.gender.zip(actor.gender).is_some_and(|(one, other)| one != other) {
        return Fit::Other;
    }
    if found.roles.is_empty() || actor.roles.is_empty() {
        return Fit::Untold;
    }
    let pairs = || found.roles.iter().flat_map(|one| actor.roles.iter().map(move |other| (one, other)));
    let told_apart = |one: &Role, other: &Role| one.of.is_some() && other.of.is_some() && one.of != other.of;
    let post = |(one, other): (&Role, &Role)| same_post(&one.title, &other.title);
    let same = pairs().any(|(one, other)| post((one, other)) && !told_apart(one, other));
    // "The Norvanian senator" is not "the Tarkish senator", whoever tells it.
    let elsewhere = !same && pairs().any(|(one, other)| post((one, other)) && told_apart(one, other));
    let body = pairs().any(|(one, other)| one.of.is_some() && one.of == other.of);
    match (same, known.outlets.contains(outlet)) {
        (true, true) => Fit::PostAndOutlet,
        (true, false) => Fit::Post,
        (false, told) if !elsewhere && (told || body) => Fit::Near,
        (false, _) => Fit::Other,
    }
}

/// Tells whether a person is one whose identity what is stored decides.
pub(super) fn is_in_question(actor: &Actor) -> bool {
    actor.kind == ActorKind::Person && actor.origin == ActorOrigin::Found
}

/// Writes into an extraction who everybody found in it is.
pub(super) fn apply(extraction: &mut Extraction, decisions: &BTreeMap<ActorId, Found>, known: &dyn Fn(&ActorId) -> bool) {
    let is = |id: &ActorId| match decisions.get(id) {
        Some(Found::Is(other)) => Some(other.clone()),
        _ => None,
    };
    for statement in extraction.all_mut() {
        for (id, decision) in decisions {
            if let Found::Open(candidates) = decision {
                leave_open(statement, id, candidates);
            }
        }
        statement.rename_actors(&is);
    }
    // A deed is nothing but its stance.
    extraction.deeds.retain(|deed| !deed.stances.is_empty());
    extraction.found.retain_mut(|actor| match decisions.get(&actor.id) {
        Some(Found::Is(other)) => {
            actor.id = other.clone();
            !known(other)
        }
        Some(Found::Open(_)) => false,
        None => true,
    });
    extraction.found.sort_by(|one, other| one.id.cmp(&other.id));
}

/// Takes somebody out of a statement who may be any of several: the speaker becomes unknown, and what hangs on the person goes.
fn leave_open(statement: &mut Statement, id: &ActorId, candidates: &[ActorId]) {
    let reject = |candidate: &ActorId| Rejected {
        rule: RuleId::from("resolve/found"),
        what: format!("{candidate} as the speaker"),
        reason: "several people of that full name are known, and the article does not tell which it means".to_owned(),
    };
    match &mut statement.speaker {
        Speaker::Actor(speaker) if speaker == id => {
            statement.rejected.extend(candidates.iter().map(reject));
            statement.speaker = Speaker::Unknown(candidates.to_vec());
        }
        Speaker::Unknown(list) => {
            if let Some(at) = list.iter().position(|other| other == id) {
                list.splice(at..=at, candidates.iter().cloned());
            }
        }
        Speaker::Actor(_) => {}
    }
    let forget = |slot: &mut Option<ActorId>| {
        slot.take_if(|actor| actor == id);
    };
    statement.reported_by.iter_mut().for_each(|link| forget(&mut link.actor));
    statement.addressee.iter_mut().for_each(|addressee| forget(&mut addressee.actor));
    statement.stances.retain(|taken| taken.holder != *id && taken.target != Target::Actor(id.clone()));
}
