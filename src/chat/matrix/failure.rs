//! What a failed request means: taken out of the library's errors once, so that everything else decides by plain values.

use crate::chat::SendError;
use matrix_sdk::HttpError;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};
use matrix_sdk_base::crypto::{MegolmError, OlmError};
use std::time::Duration;

/// Longest wait that is taken over from a server: an hour, so that a mistaken answer does not silence the bot for days.
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// The server answered with an error.
    #[error("{code} ({status}): {message}")]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The code of Matrix, such as `M_FORBIDDEN`; may be empty.
        code: String,
        /// What the server says to it.
        message: String,
        /// How long it asked to wait.
        after: Option<Duration>,
    },
    /// The bot is not in the room.
    #[error("I am not in that room")]
    NotThere,
    /// The library cannot read or write its own files.
    #[error("{reason}")]
    Unkept {
        /// What happened.
        reason: String,
    },
    /// There was no answer, or none that can be understood.
    #[error("{reason}")]
    Unclear {
        /// What happened.
        reason: String,
    },
}

impl Failure {
    /// Tells whether the session is not accepted any more.
    pub(super) fn is_ended_session(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "M_UNKNOWN_TOKEN" || code == "M_MISSING_TOKEN" || code == "M_USER_DEACTIVATED")
    }

    /// Tells whether a code of Matrix was given.
    pub(super) fn has_code(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// Tells whether the same request may succeed later without anything else being changed.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => *status == 429 || *status >= 500 || code == "M_LIMIT_EXCEEDED",
            Self::NotThere => false,
            Self::Unclear { .. } | Self::Unkept { .. } => true,
        }
    }

    /// Gives how long the server asked to wait.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { after, .. } => after.map(|after| after.min(WAIT_MAX)),
            _ => None,
        }
    }

    /// Says what it means for an alert.
    pub(super) fn send_error(&self) -> SendError {
        let reason = self.to_string();
        match self {
            Self::NotThere => SendError::Closed { reason },
            failure if failure.is_passing() => SendError::Retry { reason, after: self.asked_wait() },
            // The loop that listens ends the face; nothing is lost until the bot is logged in again.
            failure if failure.is_ended_session() => SendError::Retry { reason, after: None },
            Self::Refused { status: 401 | 403 | 404, .. } => SendError::Closed { reason },
            _ => SendError::Refused { reason },
        }
    }

    /// Reads a failed request to the server.
    pub(super) fn of_http(error: &HttpError) -> Self {
        let Some(api) = error.as_client_api_error() else { return Self::Unclear { reason: chain(error) } };
        let after = match api.error_kind() {
            Some(ErrorKind::LimitExceeded(data)) => match data.retry_after {
                Some(RetryAfter::Delay(delay)) => Some(delay),
                _ => None,
            },
            _ => None,
        };
        let code = api.error_kind().map(|kind| kind.errcode().to_string()).unwrap_or_default();
        let message = match &api.body {
            matrix_sdk::ruma::api::error::ErrorBody::Standard(body) => body.message.chars().take(200).collect(),
            _ => "an answer that is not Matrix's; perhaps of a proxy".to_owned(),
        };
        Self::Refused { status: api.status_code.as_u16(), code, message, after }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::of_http(&error)
    }
}

impl From<matrix_sdk::Error> for Failure {
    fn from(error: matrix_sdk::Error) -> Self {
        match &error {
            matrix_sdk::Error::Http(http) => Self::of_http(http),
            matrix_sdk::Error::WrongRoomState(_) => Self::NotThere,
            other if is_of_store(other) => Self::Unkept { reason: chain(other) },
            other => Self::Unclear { reason: chain(other) },
        }
    }
}

fn is_of_store(error: &matrix_sdk::Error) -> bool {
    match error {
        matrix_sdk::Error::CryptoStoreError(_) | matrix_sdk::Error::StateStore(_) => true,
        matrix_sdk::Error::OlmError(error) => matches!(**error, OlmError::Store(_)),
        matrix_sdk::Error::MegolmError(error) => matches!(**error, MegolmError::Store(_)),
        _ => false,
    }
}

/// Gives an error with its causes, cut to a line; addresses with their parameters are left to the library's log.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = inner.source();
    }
    text.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str, after: Option<u64>) -> Failure {
        Failure::Refused { status, code: code.into(), message: "so".into(), after: after.map(Duration::from_secs) }
    }

    #[test]
    fn what_a_refusal_means_for_an_alert() {
        let wait = |seconds: u64| Some(Duration::from_secs(seconds));
        assert!(matches!(refused(429, "M_LIMIT_EXCEEDED", Some(3)).send_error(), SendError::Retry { after, .. } if after == wait(3)));
        assert!(matches!(refused(429, "M_LIMIT_EXCEEDED", None).send_error(), SendError::Retry { after: None, .. }));
        assert!(matches!(refused(429, "", Some(1_000_000)).send_error(), SendError::Retry { after, .. } if after == wait(3_600)));
        assert!(matches!(refused(502, "", None).send_error(), SendError::Retry { after: None, .. }));
        assert!(matches!(refused(401, "M_UNKNOWN_TOKEN", None).send_error(), SendError::Retry { .. }));
        for (status, code) in [(403, "M_FORBIDDEN"), (404, "M_NOT_FOUND")] {
            assert!(matches!(refused(status, code, None).send_error(), SendError::Closed { .. }), "{code}");
        }
        assert!(matches!(Failure::NotThere.send_error(), SendError::Closed { .. }));
        for (status, code) in [(413, "M_TOO_LARGE"), (400, "M_BAD_JSON")] {
            assert!(matches!(refused(status, code, None).send_error(), SendError::Refused { .. }), "{code}");
        }
    }
}
