//! One request at a time per host: politeness towards outlets with many feeds.
//!
//! A turn is held for one hop of one fetch, never while waiting for another host, so that two fetches cannot wait for each other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// Hosts whose locks are kept although nobody holds them; above it, idle ones are dropped.
const IDLE_HOSTS_MAX: usize = 1024;

/// The locks of the hosts that were asked.
#[derive(Debug, Default)]
pub(super) struct Turns {
    hosts: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

/// A turn at a host; it ends when this is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Waits for the turn at `host`; none after `limit`.
    pub(super) async fn take(&self, host: &str, limit: Duration) -> Option<Turn> {
        let lock = self.lock_of(host);
        tokio::time::timeout(limit, lock.lock_owned()).await.ok()
    }

    fn lock_of(&self, host: &str) -> Arc<tokio::sync::Mutex<()>> {
        // The map is whole even after a panic elsewhere: no step below leaves it half-changed.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() >= IDLE_HOSTS_MAX {
            hosts.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(hosts.entry(host.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_turn_at_the_same_host_waits_and_at_another_does_not() {
        let turns = Turns::default();
        let short = Duration::from_millis(20);
        let first = turns.take("a", short).await;
        assert!(first.is_some());
        assert!(turns.take("a", short).await.is_none());
        assert!(turns.take("b", short).await.is_some());
        drop(first);
        assert!(turns.take("a", short).await.is_some());
    }

    #[tokio::test]
    async fn the_map_of_hosts_stays_bounded_and_keeps_held_turns() {
        let turns = Turns::default();
        let short = Duration::from_millis(5);
        let held = turns.take("held", short).await;
        for number in 0..(3 * IDLE_HOSTS_MAX) {
            drop(turns.take(&format!("host-{number}"), short).await);
        }
        assert!(turns.hosts.lock().unwrap().len() <= IDLE_HOSTS_MAX + 1);
        assert!(turns.take("held", short).await.is_none());
        drop(held);
    }
}
