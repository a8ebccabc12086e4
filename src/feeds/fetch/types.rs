//! What is asked of [`Fetcher`](super::Fetcher) and what it answers: limits, policy, request, document.
//!
//! Plain values; nothing here opens a connection.

use std::path::PathBuf;
use std::time::Duration;

/// Bounds of one fetch. Every field has a default with a reason ([`FetchLimits::default`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchLimits {
    /// Longest wait for name resolution, TCP and TLS together, per hop.
    pub connect: Duration,
    /// Longest wait for the answer's head once connected, per hop.
    pub first_byte: Duration,
    /// Longest pause between two pieces of the body.
    pub idle: Duration,
    /// Longest time for the whole fetch with all its redirects; ends a server that sends a byte a second.
    pub total: Duration,
    /// Longest wait for the turn at a host, since a host is asked one thing at a time.
    pub turn: Duration,
    /// Most bytes of a body as they come over the wire, still compressed.
    pub wire_bytes_max: usize,
    /// Most bytes of a body after decompression; also the largest file.
    pub decoded_bytes_max: usize,
    /// Most redirects followed.
    pub redirects_max: usize,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self {
            // Slow mobile and satellite links connect within this; a dead host is noticed.
            connect: Duration::from_secs(10),
            // Pages built on demand by small newsrooms take seconds, not half a minute.
            first_byte: Duration::from_secs(20),
            // A server that is silent this long in mid-body has forgotten the request.
            idle: Duration::from_secs(15),
            // 8 MiB at 140 kB/s; a fetch that takes longer holds up its host's other feeds.
            total: Duration::from_secs(60),
            // Five slow fetches of the same host may stand before this one.
            turn: Duration::from_secs(300),
            // The largest full-text feeds of news outlets are 2 to 4 MB uncompressed.
            wire_bytes_max: 8 << 20,
            // Room for an article of 5 MB and for well-compressed large feeds, and a known bound for memory.
            decoded_bytes_max: 16 << 20,
            // RFC 9110 §15.4 names 5 as the old bound; outlets behind consent and tracking hosts need a few more.
            redirects_max: 8,
        }
    }
}

/// How the fetcher behaves towards everybody.
#[derive(Clone, Debug, Default)]
pub struct FetchPolicy {
    /// The `User-Agent` with name, version and a contact; no default, since only the operator knows the contact.
    pub user_agent: String,
    /// Hosts that may lie in private networks: `host` (all ports) or `host:port`, an IPv6 address in brackets.
    pub allow_hosts: Vec<String>,
    /// Bounds.
    pub limits: FetchLimits,
    /// Directory that relative `file:` addresses start from; none means the working directory.
    pub file_root: Option<PathBuf>,
}

/// What sort of document is wanted; decides the `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// RSS, Atom or JSON Feed.
    Feed,
    /// A web page.
    Page,
}

impl Accept {
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Feed => {
                "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                 application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
            }
            Self::Page => "text/html, application/xhtml+xml;q=0.9, text/plain;q=0.5, */*;q=0.1",
        }
    }
}

/// Who named the address; decides whether a file may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The operator, in the configuration or on the command line.
    Configured,
    /// A chat command, a feed or a page: never a file.
    Found,
}

/// One thing to fetch.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `http:`, `https:` or (when [`Origin::Configured`]) `file:` address.
    pub url: &'a str,
    /// `ETag` of the copy at hand (RFC 9110 §13.1.2).
    pub etag: Option<&'a str>,
    /// `Last-Modified` of the copy at hand, as received (RFC 9110 §13.1.3).
    pub last_modified: Option<&'a str>,
    /// What is wanted.
    pub accept: Accept,
    /// Who named the address.
    pub origin: Origin,
}

impl<'a> Request<'a> {
    /// Asks for a feed, without validators.
    pub fn feed(url: &'a str, origin: Origin) -> Self {
        Self { url, etag: None, last_modified: None, accept: Accept::Feed, origin }
    }

    /// Asks for a page that something fetched has named.
    pub fn page(url: &'a str) -> Self {
        Self { url, etag: None, last_modified: None, accept: Accept::Page, origin: Origin::Found }
    }
}

/// A document as fetched: decompressed, not yet decoded to text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The body, at most [`FetchLimits::decoded_bytes_max`] bytes.
    pub bytes: Vec<u8>,
    /// The address that answered, after all redirects, without a fragment.
    pub final_url: String,
    /// `final_url` when every redirect on the way was permanent (301 or 308) and none led from https to http: remember it.
    pub permanent_url: Option<String>,
    /// True when a redirect led from https to http; worth a line in the log.
    pub downgraded: bool,
    /// Media type in lower case, without parameters.
    pub content_type: Option<String>,
    /// `charset` parameter of the media type.
    pub charset: Option<String>,
    /// `ETag`, to be sent with the next request.
    pub etag: Option<String>,
    /// `Last-Modified` as received, to be sent with the next request.
    pub last_modified: Option<String>,
}

/// What a fetch brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The copy at hand is still good (304).
    NotModified {
        /// As in [`Document::permanent_url`].
        permanent_url: Option<String>,
    },
    /// A document.
    Full(Document),
}
