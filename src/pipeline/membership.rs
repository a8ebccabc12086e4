//! Under which actors somebody's words count on a day: the person, the bodies of its posts, and what these are part of.

use crate::alerts::Membership;
use crate::model::{Actor, ActorId, ActorKind};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The roles of all known actors, as of one day.
#[derive(Clone, Copy, Debug)]
pub struct RolesOn<'a> {
    /// Known actors, sorted by id.
    pub actors: &'a [Actor],
    /// The day.
    pub day: Date,
}

impl RolesOn<'_> {
    fn actor(&self, id: &ActorId) -> Option<&Actor> {
        let found = self.actors.binary_search_by(|actor| actor.id.cmp(id)).ok()?;
        self.actors.get(found)
    }

    /// Tells which actors speak through this one: those of its posts on the day, and the whole of which an office or body is part.
    /// A post with a person (an aide) does not make the aide's words the person's.
    fn wholes<'b>(&self, actor: &'b Actor) -> impl Iterator<Item = &'b ActorId> {
        let day = self.day;
        let posts = actor.roles.iter().filter(move |role| role.is_held_on(day)).filter_map(|role| role.of.as_ref());
        let is_part = matches!(actor.kind, ActorKind::Office | ActorKind::Organisation);
        posts.chain(actor.part_of.iter().filter(move |_| is_part))
    }
}

impl Membership for RolesOn<'_> {
    fn counted_under(&self, actor: &ActorId) -> Vec<ActorId> {
        let mut counted = BTreeSet::from([actor.clone()]);
        let mut open = vec![actor.clone()];
        while let Some(next) = open.pop() {
            let Some(known) = self.actor(&next) else { continue };
            for whole in self.wholes(known) {
                let is_person = self.actor(whole).is_some_and(|whole| whole.kind == ActorKind::Person);
                if !is_person && counted.insert(whole.clone()) {
                    open.push(whole.clone());
                }
            }
        }
        counted.into_iter().collect()
    }
}
