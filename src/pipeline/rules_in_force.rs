//! The rules in force, shared by whoever reads with them and changed at once for all.
//!
//! Who took them keeps them until they are done; nobody waits for who builds new ones.

use crate::rules::Ruleset;
use std::sync::{Arc, PoisonError, RwLock};

/// The rules in force; clones share them.
#[derive(Clone, Debug)]
pub struct RulesInForce(Arc<RwLock<Arc<Ruleset>>>);

impl RulesInForce {
    /// Starts with these rules.
    pub fn new(ruleset: Arc<Ruleset>) -> Self {
        Self(Arc::new(RwLock::new(ruleset)))
    }

    /// Gives the rules of this moment. The lock is held for the copy of a pointer only.
    pub fn now(&self) -> Arc<Ruleset> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts others in their place.
    pub fn put(&self, ruleset: Arc<Ruleset>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = ruleset;
    }
}
