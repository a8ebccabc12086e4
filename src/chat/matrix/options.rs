//! What the operator chose for Matrix, as the configuration hands it over.

use crate::chat::Secret;
use jiff::Timestamp;
use std::path::PathBuf;
use std::time::Duration;

/// What the bot needs to know.
#[derive(Clone, Debug)]
pub struct MatrixOptions {
    /// The server: an address, or a server's name whose address is then asked for.
    pub homeserver: String,
    /// The bot's user, whole or the part before the colon.
    pub user: Option<String>,
    /// Logs in where there is no session yet.
    pub password: Option<Secret>,
    /// An access token instead of a password.
    pub token: Option<Secret>,
    /// Users who may do everything.
    pub operators: Vec<String>,
    /// Users whose invitations are accepted, besides the operators.
    pub allowed_users: Vec<String>,
    /// Servers whose users' invitations are accepted.
    pub allowed_servers: Vec<String>,
    /// The power level from which a member may do what needs a moderator, where a room sets none.
    pub moderator_power: i64,
    /// Whether messages of devices that their owners have not cross-signed stay unread.
    pub cross_signed_only: bool,
    /// Where session, keys and the recovery key are kept.
    pub dir: PathBuf,
    /// How fast the bot is after failures.
    pub pace: MatrixPace,
    /// Tells the time (UTC).
    pub clock: fn() -> Timestamp,
}

/// Waits that tests shorten.
#[derive(Clone, Copy, Debug)]
pub struct MatrixPace {
    /// How long the server may hold a question for news: longer saves requests, shorter notices a dead connection earlier.
    pub poll: Duration,
    /// First wait after a failed connection; it doubles.
    pub reconnect_first: Duration,
    /// Longest wait after a failed connection.
    pub reconnect_longest: Duration,
    /// How long the key of a message may be on its way before its sender is told.
    pub key_wait: Duration,
}

impl Default for MatrixPace {
    fn default() -> Self {
        Self {
            poll: Duration::from_secs(30),
            reconnect_first: Duration::from_millis(500),
            reconnect_longest: Duration::from_secs(30),
            key_wait: Duration::from_secs(15),
        }
    }
}

impl MatrixOptions {
    /// Tells whether somebody's invitation is accepted.
    pub(super) fn may_invite(&self, user: &str) -> bool {
        let server = user.split_once(':').map_or("", |(_, server)| server);
        self.operators.iter().chain(&self.allowed_users).any(|allowed| allowed == user)
            || self.allowed_servers.iter().any(|allowed| server.eq_ignore_ascii_case(allowed))
    }

    /// Tells whether somebody may do everything.
    pub(super) fn is_operator(&self, user: &str) -> bool {
        self.operators.iter().any(|operator| operator == user)
    }
}

#[cfg(test)]
pub(super) fn for_tests() -> MatrixOptions {
    MatrixOptions {
        homeserver: "https://matrix.example.org".into(),
        user: None,
        password: None,
        token: None,
        operators: vec!["@op:example.org".into()],
        allowed_users: vec!["@ada:other.example".into()],
        allowed_servers: vec!["news.example".into()],
        moderator_power: 50,
        cross_signed_only: false,
        dir: PathBuf::new(),
        pace: MatrixPace::default(),
        clock: || Timestamp::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_invite() {
        let options = for_tests();
        for user in ["@op:example.org", "@ada:other.example", "@anybody:news.example", "@anybody:NEWS.example"] {
            assert!(options.may_invite(user), "{user}");
        }
        for user in ["@eve:example.org", "@eve:other.example", "@eve:sub.news.example", "@news.example", "", "@eve:x:news.example"] {
            assert!(!options.may_invite(user), "{user}");
        }
    }
}
