//! Why nothing was fetched: one enum, each case with the address and, where there is one, the next step.
//!
//! The address is shown without user name and password.

use crate::feeds::schedule::RetryAfter;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

/// Which wait ended a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The turn at the host.
    Turn,
    /// Name resolution, TCP and TLS.
    Connect,
    /// The head of the answer.
    FirstByte,
    /// The next piece of the body.
    Idle,
    /// The whole fetch.
    Total,
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Turn => "waiting for the turn at its host",
            Self::Connect => "connecting",
            Self::FirstByte => "waiting for the first byte",
            Self::Idle => "waiting for more of the body",
            Self::Total => "fetching the whole document",
        })
    }
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The policy itself is wrong: the operator has to change the configuration.
    #[error("cannot set up fetching: {reason}")]
    Policy {
        /// What is wrong.
        reason: String,
    },
    /// No address, or not one of the schemes that are read.
    #[error("{url} cannot be fetched: {reason}; give an http or https address")]
    BadUrl {
        /// The address as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The host lies in a private network, on this machine or in a reserved range.
    #[error("{url} leads to {address}, which is not on the public internet; an operator can open the host with `allow_hosts`")]
    Blocked {
        /// The address asked for, which may be a redirect's target.
        url: String,
        /// The network address that was refused.
        address: IpAddr,
    },
    /// The server answered with something else than a document.
    #[error("{url} answered with status {code}{}", status_hint(*.code))]
    Status {
        /// The address that answered.
        url: String,
        /// The HTTP status code.
        code: u16,
        /// `Retry-After`, if given.
        retry_after: Option<RetryAfter>,
    },
    /// The server says that it is gone for good (410).
    #[error("{url} is gone for good (status 410); remove the feed or look for its new address")]
    Gone {
        /// The address that answered.
        url: String,
    },
    /// More bytes than are taken.
    #[error("{url} is larger than {max_bytes} bytes{}; raise the limit if it is meant to be", if *.compressed { " (compressed)" } else { "" })]
    TooLarge {
        /// The address that answered.
        url: String,
        /// The cap that was hit, in bytes.
        max_bytes: usize,
        /// True when the cap on compressed bytes was hit, false for the one on decoded bytes.
        compressed: bool,
    },
    /// A wait was too long.
    #[error("{url} took longer than {} s {which}; it will be tried again", .limit.as_secs_f32())]
    Timeout {
        /// The address asked.
        url: String,
        /// Which wait it was.
        which: Waited,
        /// Its bound.
        limit: Duration,
    },
    /// A redirect leads back to an address of the same chain, or the chain is too long.
    #[error("{url} redirects in a loop or more than {max} times; open it in a browser and give the address it ends at")]
    RedirectLoop {
        /// The address the chain started at.
        url: String,
        /// The longest chain that is followed.
        max: usize,
    },
    /// A redirect without a usable target.
    #[error("{url} redirects to nowhere: {reason}")]
    BadRedirect {
        /// The address that answered.
        url: String,
        /// What is wrong with the target.
        reason: String,
    },
    /// The encrypted connection could not be made or trusted.
    #[error("{url} has no trustworthy encrypted connection: {reason}")]
    Tls {
        /// The address asked.
        url: String,
        /// What the TLS layer says.
        reason: String,
    },
    /// The host has no address, or nobody answers there.
    #[error("{url} cannot be reached: {reason}; check the address and the network")]
    Connect {
        /// The address asked.
        url: String,
        /// What the network says.
        reason: String,
    },
    /// The connection broke before the document was whole, or it is not HTTP.
    #[error("{url} broke off: {reason}; it will be tried again")]
    Broken {
        /// The address asked.
        url: String,
        /// What the connection says.
        reason: String,
    },
    /// The body's compression cannot be undone.
    #[error("{url} sent a body that cannot be decompressed: {reason}")]
    Encoding {
        /// The address that answered.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A file address that did not come from the operator.
    #[error("{url} is a file, and files are read only when the configuration names them")]
    FileForbidden {
        /// The address.
        url: String,
    },
    /// A file that cannot be read.
    #[error("{url} cannot be read: {reason}; relative paths start at the working directory")]
    File {
        /// The address.
        url: String,
        /// What the file system says.
        reason: String,
    },
}

fn status_hint(code: u16) -> &'static str {
    match code {
        401 | 403 => " (access refused); the outlet may not want bots: check the address and the user agent's contact",
        404 => " (not found); check the address, the feed may have moved",
        429 => " (too many requests); it will be asked less often",
        500..=599 => " (a fault of the server); it will be tried again",
        _ => "; check the address in a browser",
    }
}
