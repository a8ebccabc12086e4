//! Brings documents from the network and, for the operator, from files: politely, within bounds, and never from the private network.
//!
//! The only file group besides `chat` that opens connections. It keeps no validators and no schedule (the caller stores what
//! [`Document`] carries), retries nothing and looks into no document.
//!
//! In the trip of an article it stands between [`schedule`](super::schedule) and [`parse`](super::parse).

mod address;
mod error;
mod file;
mod inflate;
mod transfer;
mod turns;
mod types;

pub use address::is_public;
pub use error::{FetchError, Waited};
pub use types::{Accept, Document, FetchLimits, FetchPolicy, Fetched, Origin, Request};

use address::{AllowList, Gate, GuardedResolver, check_hop, shown};
use file::FileRequest;
use reqwest::header::HeaderValue;
use reqwest::{Client, ClientBuilder};
use std::path::PathBuf;
use std::time::Duration;
use transfer::{Answer, Hop};
use turns::Turns;
use url::Url;

/// Longest address that is asked, in bytes; servers refuse longer ones (RFC 9110 §4.1 asks for 8,000).
pub const URL_BYTES_MAX: usize = 8_000;

/// Makes ring the cryptography of all TLS in this process; doing it again changes nothing.
///
/// Call it first thing in `main`: the chat platforms need it too.
pub fn install_crypto() {
    // An error says that a provider is installed already, which is what was asked for.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Fetches documents; one for the whole process, so that a host sees one request at a time.
#[derive(Debug)]
pub struct Fetcher {
    guarded: Client,
    open: Client,
    /// Why `https` cannot be used on this machine, if it cannot.
    no_tls: Option<String>,
    allow: AllowList,
    turns: Turns,
    limits: FetchLimits,
    file_root: Option<PathBuf>,
}

impl Fetcher {
    /// Sets up the HTTP clients; opens no connection.
    ///
    /// A machine without any trusted certificate still reads `http` and `file` addresses; each `https` fetch then says what is missing.
    ///
    /// # Errors
    /// [`FetchError::Policy`] when the user agent or an entry of `allow_hosts` is not usable.
    pub fn new(policy: FetchPolicy) -> Result<Self, FetchError> {
        install_crypto();
        let FetchPolicy { user_agent, allow_hosts, limits, file_root } = policy;
        let agent = HeaderValue::from_str(user_agent.trim()).ok().filter(|agent| !agent.is_empty());
        let agent =
            agent.ok_or_else(|| FetchError::Policy { reason: format!("the user agent {user_agent:?} is empty or no header value") })?;
        let allow = AllowList::new(&allow_hosts)?;
        let plain = || client(&agent, &limits);
        let guarded = || plain().dns_resolver(GuardedResolver);
        let (guarded, open, no_tls) = match (guarded().build(), plain().build()) {
            (Ok(guarded), Ok(open)) => (guarded, open, None),
            (Err(error), _) | (_, Err(error)) => {
                let build = |builder: ClientBuilder| {
                    builder.tls_certs_only([]).build().map_err(|error| FetchError::Policy { reason: transfer::innermost(&error) })
                };
                (build(guarded())?, build(plain())?, Some(transfer::innermost(&error)))
            }
        };
        Ok(Self { guarded, open, no_tls, allow, turns: Turns::default(), limits, file_root })
    }

    /// Fetches one document, following redirects; each hop is checked like the first.
    ///
    /// Bounded in time by [`FetchLimits::total`] plus the waits for turns, in memory by the two byte caps.
    ///
    /// # Errors
    /// Each case of [`FetchError`] except `Policy`.
    ///
    /// # Cancel safety
    /// Dropping the future ends the connection and the turn at the host; nothing is kept.
    pub async fn get(&self, request: &Request<'_>) -> Result<Fetched, FetchError> {
        if let Some(path) = file::path_of(request.url.trim(), self.file_root.as_deref()) {
            if request.origin != Origin::Configured {
                return Err(FetchError::FileForbidden { url: request.url.to_owned() });
            }
            return file::read(&FileRequest { url: request.url.trim(), path, etag: request.etag }, &self.limits).await;
        }
        let first = parse_url(request.url)?;
        let mut trip = Trip::new(first);
        loop {
            match self.hop(&mut trip, request).await? {
                Answer::Full(document) => return Ok(Fetched::Full(trip.finish(document))),
                Answer::NotModified => return Ok(Fetched::NotModified { permanent_url: trip.permanent_url() }),
                Answer::Redirect { to, permanent } => trip.follow(to, permanent, self.limits.redirects_max)?,
            }
        }
    }

    async fn hop(&self, trip: &mut Trip, request: &Request<'_>) -> Result<Answer, FetchError> {
        let url = &trip.url;
        let client = match check_hop(url, &self.allow)? {
            Gate::Guarded => &self.guarded,
            Gate::Open => &self.open,
        };
        if let Some(reason) = self.no_tls.as_deref().filter(|_| url.scheme() == "https") {
            let reason = format!("this machine has no trusted certificates ({reason}); install its ca-certificates package");
            return Err(FetchError::Tls { url: shown(url), reason });
        }
        let host = url.host_str().unwrap_or_default();
        let Some(_turn) = self.turns.take(host, self.limits.turn).await else {
            return Err(FetchError::Timeout { url: shown(url), which: Waited::Turn, limit: self.limits.turn });
        };
        // The wait for the turn is not counted: it says nothing about this server.
        let left = self.limits.total.saturating_sub(trip.spent);
        let started = tokio::time::Instant::now();
        let hop = Hop { client, url, request, limits: &self.limits };
        let answer = tokio::time::timeout(left, hop.run()).await;
        let late = || FetchError::Timeout { url: shown(url), which: Waited::Total, limit: self.limits.total };
        let answer = answer.map_err(|_| late()).flatten();
        trip.spent = trip.spent.saturating_add(started.elapsed());
        answer
    }
}

fn client(agent: &HeaderValue, limits: &FetchLimits) -> ClientBuilder {
    // Bodies are unpacked here, within their caps: never by the client, whatever other parts of the program make it able to.
    Client::builder()
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd()
        .user_agent(agent.clone())
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(limits.connect)
        // One request at a time per host: a second idle connection would never be used.
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
}

fn parse_url(text: &str) -> Result<Url, FetchError> {
    let text = text.trim();
    let wrong = |reason: String| FetchError::BadUrl { url: text.chars().take(200).collect(), reason };
    if text.len() > URL_BYTES_MAX {
        return Err(wrong(format!("it is longer than {URL_BYTES_MAX} bytes")));
    }
    let mut url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    url.set_fragment(None);
    Ok(url)
}

/// Where a fetch stands on its way through redirects.
struct Trip {
    url: Url,
    seen: Vec<Url>,
    all_permanent: bool,
    downgraded: bool,
    spent: Duration,
}

impl Trip {
    fn new(url: Url) -> Self {
        Self { url, seen: Vec::new(), all_permanent: true, downgraded: false, spent: Duration::ZERO }
    }

    fn follow(&mut self, to: Url, permanent: bool, max: usize) -> Result<(), FetchError> {
        let from = std::mem::replace(&mut self.url, to);
        self.downgraded |= from.scheme() == "https" && self.url.scheme() == "http";
        self.all_permanent &= permanent;
        self.seen.push(from);
        if self.seen.len() > max || self.seen.contains(&self.url) {
            let start = self.seen.first().unwrap_or(&self.url);
            return Err(FetchError::RedirectLoop { url: shown(start), max });
        }
        Ok(())
    }

    fn permanent_url(&self) -> Option<String> {
        let moved = !self.seen.is_empty() && self.all_permanent && !self.downgraded;
        moved.then(|| self.url.to_string())
    }

    fn finish(&self, document: Document) -> Document {
        Document { final_url: self.url.to_string(), permanent_url: self.permanent_url(), downgraded: self.downgraded, ..document }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(user_agent: &str) -> FetchPolicy {
        FetchPolicy { user_agent: user_agent.to_owned(), ..FetchPolicy::default() }
    }

    #[test]
    fn a_fetch_can_be_moved_between_threads() {
        fn is_send<T: Send>(_: T) {}
        let fetcher = Fetcher::new(policy("stancebot-test")).unwrap();
        is_send(fetcher.get(&Request::page("https://example.org/")));
    }

    #[test]
    fn a_fetcher_needs_a_user_agent_that_is_a_header_value() {
        assert!(Fetcher::new(policy("stancebot/0.1 (+mailto:me@example.org)")).is_ok());
        for agent in ["", "  ", "two\nlines"] {
            assert!(matches!(Fetcher::new(policy(agent)), Err(FetchError::Policy { .. })), "{agent:?}");
        }
    }

    #[test]
    fn addresses_that_are_none_are_refused_with_a_reason() {
        for text in ["", "example.org/feed", "http://", "http://[::1", &format!("http://example.org/{}", "a".repeat(URL_BYTES_MAX))] {
            assert!(matches!(parse_url(text), Err(FetchError::BadUrl { .. })), "{text:.50}");
        }
        assert_eq!(parse_url(" https://example.org/feed#top ").unwrap().as_str(), "https://example.org/feed");
    }

    #[test]
    fn only_a_chain_of_permanent_redirects_without_downgrade_is_remembered() {
        let url = |text: &str| Url::parse(text).unwrap();
        let end = |hops: &[(&str, bool)]| {
            let mut trip = Trip::new(url("https://a.example/"));
            for &(to, permanent) in hops {
                trip.follow(url(to), permanent, 8).unwrap();
            }
            trip.permanent_url()
        };
        assert_eq!(end(&[]), None);
        assert_eq!(end(&[("https://b.example/", true), ("https://c.example/", true)]), Some("https://c.example/".to_owned()));
        assert_eq!(end(&[("https://b.example/", true), ("https://c.example/", false)]), None);
        assert_eq!(end(&[("http://b.example/", true)]), None, "a downgrade is not remembered");
    }
}
