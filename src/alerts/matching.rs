//! Which watches a statement answers. Pure, on the model alone.

use crate::model::{ActorId, StanceTaken, Statement, Target, Watch, WatchScope, WatchSubject};

/// Tells under which actors an actor's words count (itself, and the bodies it held a role in on the statement's day).
pub trait Membership {
    /// Gives all ids that `actor` counts under, itself included.
    fn counted_under(&self, actor: &ActorId) -> Vec<ActorId>;
}

/// Tells whether a statement is sure enough to be alerted, by a floor in percent.
pub fn is_sure(statement: &Statement, confidence_min: u8) -> bool {
    statement.confidence >= confidence_min
}

/// Tells whether a statement answers a watch; a watch for shifts is answered by none, see [`wants_shift`].
///
/// An actor's watch is answered by the actor's own words and, unless it asks for own words only, by stances that others report
/// of the actor. A topic's watch is answered by any stance towards the topic.
pub fn answers(watch: &Watch, statement: &Statement, membership: &dyn Membership) -> bool {
    let is_own_only = match watch.scope {
        WatchScope::All => false,
        WatchScope::Own => true,
        WatchScope::Shifts => return false,
    };
    match &watch.subject {
        WatchSubject::Topic(topic) => {
            let topic = Target::Topic(topic.clone());
            statement.stances.iter().any(|taken| taken.target == topic && (taken.own || !is_own_only))
        }
        WatchSubject::Actor(actor) => {
            let is_subject = |id: &ActorId| membership.counted_under(id).contains(actor);
            let speaks = statement.speaker.actor().is_some_and(is_subject);
            let is_own = speaks && statement.reported_by.is_empty();
            match &watch.on {
                None => is_own || !is_own_only && (speaks || statement.stances.iter().any(|taken| is_subject(&taken.holder))),
                Some(target) => {
                    let fits = |taken: &StanceTaken| taken.target == *target && is_subject(&taken.holder);
                    statement.stances.iter().any(fits) && (is_own || !is_own_only)
                }
            }
        }
    }
}

/// Tells whether a watch asks for the shifts of a holder on a target.
pub fn wants_shift(watch: &Watch, (holder, target): (&ActorId, &Target), membership: &dyn Membership) -> bool {
    let is_subject = match &watch.subject {
        WatchSubject::Topic(topic) => *target == Target::Topic(topic.clone()),
        WatchSubject::Actor(actor) => membership.counted_under(holder).contains(actor),
    };
    watch.scope == WatchScope::Shifts && is_subject && watch.on.as_ref().is_none_or(|on| on == target)
}
