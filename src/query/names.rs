//! Names to show for ids, looked up once per answer.

use super::QueryError;
use crate::model::{ActorId, StatementId, Target};
use crate::store::Store;
use std::collections::BTreeMap;

/// Names that were looked up already.
pub(super) struct Names<'a> {
    store: &'a Store,
    known: BTreeMap<Target, String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self { store, known: BTreeMap::new() }
    }

    /// Looks up many names at once.
    pub(super) fn read<'t>(&mut self, targets: impl Iterator<Item = &'t Target>) -> Result<(), QueryError> {
        self.known.append(&mut self.store.target_names(targets)?);
        Ok(())
    }

    /// Gives the name of an actor or topic; the id where there is none.
    pub(super) fn target(&mut self, target: &Target) -> Result<String, QueryError> {
        if let Some(name) = self.known.get(target) {
            return Ok(name.clone());
        }
        let name = self.store.target_name(target)?;
        self.known.insert(target.clone(), name.clone());
        Ok(name)
    }

    /// Gives the name of the outlet that had a statement first.
    pub(super) fn outlet_of(&mut self, id: StatementId) -> Result<Option<String>, QueryError> {
        Ok(self.store.statement(id)?.map(|stored| stored.article.outlet_name))
    }

    /// Gives the name of an actor.
    pub(super) fn actor(&mut self, id: &ActorId) -> Result<String, QueryError> {
        self.target(&Target::Actor(id.clone()))
    }
}
