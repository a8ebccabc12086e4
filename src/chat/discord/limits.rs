//! How long a request has to wait: what Discord's answers said about its limits. Pure: the moment is an argument.
//!
//! Nothing is hard-coded that Discord announces (topics/rate-limits); only its two limits over all routes are kept ahead of time:
//! 50 requests a second, and 10,000 invalid requests in ten minutes, after which it bans the address.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Requests in one second over all routes. 45 of the 50 allowed: clocks differ.
const PER_SECOND_MAX: usize = 45;
/// Invalid requests (401, 403, 429) in [`INVALID_WINDOW`] after which nothing is sent: half of what bans the address.
const INVALID_MAX: usize = 5_000;
/// The time over which Discord counts invalid requests.
const INVALID_WINDOW: Duration = Duration::from_secs(600);
/// Routes that are remembered; more are only there while many channels are posted to at once.
const ROUTES_MAX: usize = 2_000;
/// Longest wait that is taken over from an answer: an hour, so that a mistaken header does not silence the bot for days.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// What an answer said about limits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Told {
    /// The status is 429, and this long nothing may be sent.
    pub(super) refused: Option<Duration>,
    /// The refusal holds for all routes.
    pub(super) is_global: bool,
    /// The refusal is shared with others and does not count as invalid.
    pub(super) is_shared: bool,
    /// Requests that are left in the route's window, and until when the window lasts.
    pub(super) left: Option<(u32, Duration)>,
    /// The status is 401 or 403.
    pub(super) is_invalid: bool,
}

/// A route's window.
#[derive(Clone, Copy, Debug)]
struct Window {
    left: u32,
    until: Instant,
}

/// What is known about limits.
#[derive(Debug, Default)]
pub(super) struct Limits {
    routes: BTreeMap<String, Window>,
    global_until: Option<Instant>,
    sent: VecDeque<Instant>,
    invalid: VecDeque<Instant>,
}

impl Limits {
    /// Gives how long a request on a route has to wait now, and takes its place when that is nothing.
    ///
    /// `counts` tells whether the route is under the limit over all routes: those of interactions are not.
    pub(super) fn take(&mut self, route: &str, counts: Counts, now: Instant) -> Duration {
        let wait = self.wait(route, counts, now);
        if wait.is_zero() {
            if counts == Counts::Globally {
                self.sent.push_back(now);
            }
            if let Some(window) = self.routes.get_mut(route) {
                window.left = window.left.saturating_sub(1);
            }
        }
        wait
    }

    fn wait(&mut self, route: &str, counts: Counts, now: Instant) -> Duration {
        let until = |moment: Instant| moment.saturating_duration_since(now);
        let mut wait = Duration::ZERO;
        if let Some(window) = self.routes.get(route).filter(|window| window.left == 0) {
            wait = wait.max(until(window.until));
        }
        drop_older(&mut self.invalid, INVALID_WINDOW, now);
        if self.invalid.len() >= INVALID_MAX {
            wait = wait.max(self.invalid.front().map_or(Duration::ZERO, |first| until(*first + INVALID_WINDOW)));
        }
        if counts == Counts::Globally {
            wait = wait.max(self.global_until.map_or(Duration::ZERO, until));
            drop_older(&mut self.sent, Duration::from_secs(1), now);
            if self.sent.len() >= PER_SECOND_MAX {
                wait = wait.max(self.sent.front().map_or(Duration::ZERO, |first| until(*first + Duration::from_secs(1))));
            }
        }
        wait
    }

    /// Takes over what an answer said.
    pub(super) fn note(&mut self, route: &str, told: Told, now: Instant) {
        if told.is_invalid || told.refused.is_some() && !told.is_shared {
            self.invalid.push_back(now);
        }
        match (told.refused, told.is_global) {
            (Some(after), true) => self.global_until = Some(now + after.min(WAIT_MAX)),
            (Some(after), false) => self.set(route, Window { left: 0, until: now + after.min(WAIT_MAX) }),
            (None, _) => {
                if let Some((left, until)) = told.left {
                    self.set(route, Window { left, until: now + until.min(WAIT_MAX) });
                }
            }
        }
        if self.routes.len() > ROUTES_MAX {
            self.routes.retain(|_, window| window.until > now);
        }
    }

    fn set(&mut self, route: &str, window: Window) {
        match self.routes.get_mut(route) {
            Some(known) => *known = window,
            None => {
                self.routes.insert(route.to_owned(), window);
            }
        }
    }
}

/// Whether a request is under the limit over all routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// It is.
    Globally,
    /// It answers an interaction and is exempt.
    Alone,
}

fn drop_older(moments: &mut VecDeque<Instant>, age: Duration, now: Instant) {
    while moments.front().is_some_and(|first| *first + age <= now) {
        moments.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn refused(after: Duration) -> Told {
        Told { refused: Some(after), ..Told::default() }
    }

    #[test]
    fn a_used_up_route_waits_and_another_does_not() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        limits.note("a", Told { left: Some((1, SECOND * 5)), ..Told::default() }, now);
        assert_eq!(limits.take("a", Counts::Globally, now), Duration::ZERO);
        assert_eq!(limits.take("a", Counts::Globally, now), SECOND * 5);
        assert_eq!(limits.take("b", Counts::Globally, now), Duration::ZERO);
        assert_eq!(limits.take("a", Counts::Globally, now + SECOND * 5), Duration::ZERO);
    }

    #[test]
    fn a_global_refusal_holds_all_routes_but_those_of_interactions() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        limits.note("a", Told { is_global: true, ..refused(SECOND * 2) }, now);
        assert_eq!(limits.take("b", Counts::Globally, now), SECOND * 2);
        assert_eq!(limits.take("b", Counts::Alone, now), Duration::ZERO);
        assert_eq!(limits.take("b", Counts::Globally, now + SECOND * 2), Duration::ZERO);
    }

    #[test]
    fn more_than_a_second_takes_wait_for_the_next() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let sent = (0..60).filter(|_| limits.take("a", Counts::Globally, now).is_zero()).count();
        assert_eq!(sent, PER_SECOND_MAX);
        assert!(limits.take("a", Counts::Globally, now + SECOND).is_zero());
    }

    #[test]
    fn too_many_invalid_requests_silence_the_bot_and_shared_ones_do_not_count() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        for _ in 0..INVALID_MAX {
            limits.note("a", Told { is_shared: true, ..refused(Duration::ZERO) }, now);
        }
        assert!(limits.take("b", Counts::Globally, now).is_zero());
        for _ in 0..INVALID_MAX {
            limits.note("a", Told { is_invalid: true, ..Told::default() }, now);
        }
        assert_eq!(limits.take("b", Counts::Alone, now), INVALID_WINDOW);
        assert!(limits.take("b", Counts::Alone, now + INVALID_WINDOW).is_zero());
    }

    #[test]
    fn a_mad_wait_is_bounded() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        limits.note("a", refused(Duration::from_secs(1_000_000)), now);
        assert_eq!(limits.take("a", Counts::Globally, now), WAIT_MAX);
    }
}
