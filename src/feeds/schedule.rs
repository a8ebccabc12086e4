//! When a feed is asked again: pure arithmetic over what the last poll brought.
//!
//! It keeps no list of feeds, sleeps nowhere and draws no random number: the clock and the jitter are arguments. A feed is never given up;
//! the wait between two tries is bounded from both sides.

use super::fetch::FetchError;
use jiff::{SignedDuration, Timestamp};

/// Shortest interval in seconds that is honoured: more often is a nuisance to the outlet and brings nothing.
pub const INTERVAL_SECS_MIN: u32 = 60;
/// Longest wait in seconds after failures: once a day a feed that came back is noticed.
pub const BACKOFF_SECS_MAX: u32 = 86_400;
/// Longest `Retry-After` in seconds that is obeyed; a server that says "in a year" is asked again within a week.
pub const RETRY_AFTER_SECS_MAX: u32 = 7 * 86_400;
/// First wait in seconds after `410 Gone`: the outlet says that nothing will come, so one look a day is enough.
const GONE_SECS: u32 = 86_400;
/// Part of a wait by which it is made longer or shorter, so that feeds added together drift apart.
const JITTER_PART: f64 = 0.1;
/// Doublings after which the exponent stops growing; 2^20 intervals are far above any cap.
const DOUBLINGS_MAX: u32 = 20;

/// A server's wish when to come again (RFC 9110 §10.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// That many seconds after the answer.
    Secs(u32),
    /// Not before that time (UTC).
    At(Timestamp),
}

impl RetryAfter {
    /// Reads the header's value: decimal seconds or an HTTP date; none when it is neither.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Self::Secs(value.parse().unwrap_or(u32::MAX)));
        }
        jiff::fmt::rfc2822::parse(value).ok().map(|zoned| Self::At(zoned.timestamp()))
    }

    fn secs_from(self, now: Timestamp) -> u32 {
        let secs = match self {
            Self::Secs(secs) => secs,
            Self::At(time) => u32::try_from(time.duration_since(now).as_secs().max(0)).unwrap_or(u32::MAX),
        };
        secs.min(RETRY_AFTER_SECS_MAX)
    }
}

/// What a poll brought, as far as the schedule cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was read, with or without news (200 or 304).
    Read,
    /// It could not be read, by a fault of network, server or document.
    Failed {
        /// The server's wish, if it gave one.
        retry_after: Option<RetryAfter>,
    },
    /// The server says that the feed is gone for good (410).
    Gone,
}

impl From<&FetchError> for Outcome {
    fn from(error: &FetchError) -> Self {
        match error {
            FetchError::Gone { .. } => Self::Gone,
            FetchError::Status { retry_after, .. } => Self::Failed { retry_after: *retry_after },
            _ => Self::Failed { retry_after: None },
        }
    }
}

/// How often a feed is asked, and how it went of late.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// The feed's own interval in seconds; raised to [`INTERVAL_SECS_MIN`].
    pub interval_secs: u32,
    /// Failures in a row, with the last poll's included.
    pub failures: u32,
    /// A number in `0.0..1.0`, drawn by the caller.
    pub jitter: f64,
}

/// Tells when the feed is due next (UTC).
///
/// After a success the wait is the interval ± 10 %. After failures it doubles each time up to
/// [`BACKOFF_SECS_MAX`], ± 10 %. A `Retry-After` is a lower bound, itself capped by [`RETRY_AFTER_SECS_MAX`].
pub fn next_due(now: Timestamp, rhythm: &Rhythm, outcome: &Outcome) -> Timestamp {
    let Rhythm { interval_secs, failures, jitter } = *rhythm;
    let interval = interval_secs.max(INTERVAL_SECS_MIN);
    let wait = match outcome {
        Outcome::Read => jittered(interval, jitter),
        Outcome::Failed { retry_after } => {
            let backoff = jittered(backoff_secs(interval, failures), jitter);
            let wish = retry_after.map_or(0, |wish| wish.secs_from(now));
            backoff.max(later_by_jitter(wish, jitter))
        }
        Outcome::Gone => jittered(GONE_SECS.max(interval), jitter),
    };
    now.checked_add(SignedDuration::from_secs(i64::from(wait))).unwrap_or(Timestamp::MAX)
}

/// Doubles the interval for each failure after the first; an interval above the cap stays as it is.
fn backoff_secs(interval: u32, failures: u32) -> u32 {
    let doublings = failures.saturating_sub(1).min(DOUBLINGS_MAX);
    interval.saturating_mul(1 << doublings).min(BACKOFF_SECS_MAX.max(interval))
}

fn jittered(secs: u32, jitter: f64) -> u32 {
    let swing = (unit(jitter) * 2.0 - 1.0) * JITTER_PART;
    // `as` saturates, and the product is positive and far below 2^32.
    (f64::from(secs) * (1.0 + swing)).round() as u32
}

/// A server's wish is never undercut: its jitter only adds.
fn later_by_jitter(secs: u32, jitter: f64) -> u32 {
    (f64::from(secs) * (1.0 + unit(jitter) * JITTER_PART)).round() as u32
}

/// Brings a caller's number into `0.0..=1.0`, so that no odd number makes a wait of nothing.
fn unit(jitter: f64) -> f64 {
    if jitter.is_nan() { 0.5 } else { jitter.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u32 = 3600;

    fn now() -> Timestamp {
        "2025-12-04T12:00:00Z".parse().unwrap()
    }

    fn wait(outcome: Outcome, failures: u32, jitter: f64) -> i64 {
        next_due(now(), &Rhythm { interval_secs: HOUR, failures, jitter }, &outcome).duration_since(now()).as_secs()
    }

    #[test]
    fn success_waits_one_interval_with_ten_percent_jitter() {
        assert_eq!(wait(Outcome::Read, 0, 0.5), 3600);
        assert_eq!(wait(Outcome::Read, 0, 0.0), 3240);
        assert_eq!(wait(Outcome::Read, 0, 1.0), 3960);
    }

    #[test]
    fn failures_double_the_wait_up_to_a_day_and_never_stop() {
        let failed = Outcome::Failed { retry_after: None };
        let waits: Vec<i64> = [1, 2, 3, 4, 5, 6, 1000, u32::MAX].map(|failures| wait(failed, failures, 0.5)).into();
        assert_eq!(waits, [3600, 7200, 14400, 28800, 57600, 86400, 86400, 86400]);
    }

    #[test]
    fn retry_after_is_a_lower_bound_and_is_capped() {
        let failed = |secs| Outcome::Failed { retry_after: Some(RetryAfter::Secs(secs)) };
        assert_eq!(wait(failed(10), 1, 0.5), 3600, "a shorter wish does not shorten the back-off");
        assert_eq!(wait(failed(7200), 1, 0.0), 7200, "never undercut");
        assert_eq!(wait(failed(u32::MAX), 1, 0.0), i64::from(RETRY_AFTER_SECS_MAX));
        let at = Outcome::Failed { retry_after: RetryAfter::parse("Thu, 04 Dec 2025 15:00:00 GMT") };
        assert_eq!(wait(at, 1, 0.0), 3 * 3600);
        let past = Outcome::Failed { retry_after: RetryAfter::parse("Thu, 04 Dec 2024 15:00:00 GMT") };
        assert_eq!(wait(past, 1, 0.5), 3600);
    }

    #[test]
    fn retry_after_reads_seconds_and_dates_and_nothing_else() {
        assert_eq!(RetryAfter::parse(" 120 "), Some(RetryAfter::Secs(120)));
        assert_eq!(RetryAfter::parse("99999999999999999999"), Some(RetryAfter::Secs(u32::MAX)));
        for bad in ["", "soon", "-5", "1.5", "12 minutes"] {
            assert_eq!(RetryAfter::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn gone_is_asked_once_a_day_and_tiny_intervals_are_raised() {
        assert_eq!(wait(Outcome::Gone, 1, 0.5), 86_400);
        assert_eq!(
            next_due(now(), &Rhythm { interval_secs: 0, failures: 0, jitter: 0.5 }, &Outcome::Read).duration_since(now()).as_secs(),
            60
        );
    }

    #[test]
    fn an_interval_above_the_cap_is_not_shortened_by_failures() {
        let week = 7 * 86_400;
        let due = next_due(now(), &Rhythm { interval_secs: week, failures: 3, jitter: 0.5 }, &Outcome::Failed { retry_after: None });
        assert_eq!(due.duration_since(now()).as_secs(), i64::from(week));
    }

    #[test]
    fn the_end_of_time_and_odd_jitter_are_survived() {
        assert_eq!(next_due(Timestamp::MAX, &Rhythm { interval_secs: HOUR, failures: 0, jitter: 0.5 }, &Outcome::Read), Timestamp::MAX);
        assert_eq!(wait(Outcome::Read, 0, f64::NAN), 3600);
        assert_eq!(wait(Outcome::Read, 0, 9.0), 3960);
    }
}
