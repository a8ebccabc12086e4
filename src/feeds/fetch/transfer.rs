//! One request and its answer, without following anything: headers, waits, byte caps, status, body.
//!
//! The total time is the caller's; here stand the waits for the head and between the pieces of the body.

use super::address::{Refused, shown};
use super::inflate::{Coding, InflateError, inflate};
use super::{Document, FetchError, FetchLimits, Request, Waited};
use crate::feeds::schedule::RetryAfter;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode};
use std::error::Error as StdError;
use url::Url;

/// Longest validator that is kept and sent back, in bytes; longer ones are a server's mistake.
const VALIDATOR_BYTES_MAX: usize = 1024;

/// One request to be made.
pub(super) struct Hop<'a> {
    pub(super) client: &'a Client,
    pub(super) url: &'a Url,
    pub(super) request: &'a Request<'a>,
    pub(super) limits: &'a FetchLimits,
}

/// What one request brought.
pub(super) enum Answer {
    /// A document; its addresses are filled in by the caller.
    Full(Document),
    /// The copy at hand is still good.
    NotModified,
    /// Look elsewhere.
    Redirect { to: Url, permanent: bool },
}

impl Hop<'_> {
    pub(super) async fn run(&self) -> Result<Answer, FetchError> {
        let limit = self.limits.connect.saturating_add(self.limits.first_byte);
        let send = self.client.get(self.url.clone()).headers(self.headers()).send();
        let response = match tokio::time::timeout(limit, send).await {
            Ok(sent) => sent.map_err(|error| self.failed(&error))?,
            Err(_) => return Err(self.timeout(Waited::FirstByte)),
        };
        let status = response.status();
        match status.as_u16() {
            200..=203 => self.document(response).await.map(Answer::Full),
            304 if self.is_conditional() => Ok(Answer::NotModified),
            301 | 308 => self.redirect(&response, true),
            302 | 303 | 307 => self.redirect(&response, false),
            410 => Err(FetchError::Gone { url: self.shown() }),
            _ => Err(self.refused(status, response.headers())),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(self.request.accept.header()));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"));
        let validators = [(IF_NONE_MATCH, self.request.etag), (IF_MODIFIED_SINCE, self.request.last_modified)];
        for (name, value) in validators {
            // A stored validator that is no header value any more only costs a full answer.
            if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        headers
    }

    fn is_conditional(&self) -> bool {
        self.request.etag.is_some() || self.request.last_modified.is_some()
    }

    fn redirect(&self, response: &Response, permanent: bool) -> Result<Answer, FetchError> {
        let bad = |reason: &str| FetchError::BadRedirect { url: self.shown(), reason: reason.to_owned() };
        let target = response.headers().get(LOCATION).ok_or_else(|| bad("it names no target"))?;
        // Servers send raw UTF-8 here; the address parser escapes it.
        let target = std::str::from_utf8(target.as_bytes()).map_err(|_| bad("its target is not text"))?;
        if target.len() > super::URL_BYTES_MAX {
            return Err(bad("its target is too long"));
        }
        let mut to = self.url.join(target).map_err(|_| bad("its target is no address"))?;
        if to.scheme() == "file" {
            return Err(FetchError::FileForbidden { url: shown(&to) });
        }
        to.set_fragment(None);
        Ok(Answer::Redirect { to, permanent })
    }

    fn refused(&self, status: StatusCode, headers: &HeaderMap) -> FetchError {
        let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(RetryAfter::parse);
        FetchError::Status { url: self.shown(), code: status.as_u16(), retry_after }
    }

    async fn document(&self, mut response: Response) -> Result<Document, FetchError> {
        let coding = self.coding(response.headers())?;
        let wire = self.body(&mut response).await?;
        let bytes = self.decoded(wire, coding).await?;
        let headers = response.headers();
        let (content_type, charset) = header(headers, &CONTENT_TYPE).map(|value| media_type(&value)).unwrap_or_default();
        Ok(Document {
            bytes,
            final_url: String::new(),
            permanent_url: None,
            downgraded: false,
            content_type,
            charset,
            etag: header(headers, &ETAG),
            last_modified: header(headers, &LAST_MODIFIED),
        })
    }

    fn coding(&self, headers: &HeaderMap) -> Result<Coding, FetchError> {
        let Some(value) = headers.get(CONTENT_ENCODING) else { return Ok(Coding::Identity) };
        let value = String::from_utf8_lossy(value.as_bytes());
        Coding::parse(&value).ok_or_else(|| FetchError::Encoding { url: self.shown(), reason: format!("it is in {value:?}") })
    }

    async fn body(&self, response: &mut Response) -> Result<Vec<u8>, FetchError> {
        let max = self.limits.wire_bytes_max;
        let too_large = || FetchError::TooLarge { url: self.shown(), max_bytes: max, compressed: true };
        if response.content_length().is_some_and(|length| length > max as u64) {
            return Err(too_large());
        }
        let mut wire = Vec::new();
        loop {
            let piece = match tokio::time::timeout(self.limits.idle, response.chunk()).await {
                Ok(piece) => piece.map_err(|error| self.failed(&error))?,
                Err(_) => return Err(self.timeout(Waited::Idle)),
            };
            let Some(piece) = piece else { return Ok(wire) };
            if wire.len() + piece.len() > max {
                return Err(too_large());
            }
            wire.extend_from_slice(&piece);
        }
    }

    async fn decoded(&self, wire: Vec<u8>, coding: Coding) -> Result<Vec<u8>, FetchError> {
        let max_bytes = self.limits.decoded_bytes_max;
        let done = tokio::task::spawn_blocking(move || inflate(wire, coding, max_bytes)).await;
        match done {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(InflateError::TooLarge)) => Err(FetchError::TooLarge { url: self.shown(), max_bytes, compressed: false }),
            Ok(Err(InflateError::Damaged(reason))) => Err(FetchError::Encoding { url: self.shown(), reason }),
            Err(stopped) => Err(FetchError::Encoding { url: self.shown(), reason: stopped.to_string() }),
        }
    }

    fn shown(&self) -> String {
        shown(self.url)
    }

    fn timeout(&self, which: Waited) -> FetchError {
        let limit = match which {
            Waited::Connect => self.limits.connect,
            Waited::FirstByte => self.limits.first_byte,
            Waited::Idle => self.limits.idle,
            Waited::Total => self.limits.total,
            Waited::Turn => self.limits.turn,
        };
        FetchError::Timeout { url: self.shown(), which, limit }
    }

    fn failed(&self, error: &reqwest::Error) -> FetchError {
        let (url, reason) = (self.shown(), innermost(error));
        if let Some(Refused(address)) = find(error) {
            return FetchError::Blocked { url, address: *address };
        }
        if let Some(tls) = find::<rustls::Error>(error) {
            return FetchError::Tls { url, reason: tls.to_string() };
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => self.timeout(Waited::Connect),
            (true, false) => FetchError::Connect { url, reason },
            (false, _) => FetchError::Broken { url, reason },
        }
    }
}

/// Reads a header as text; none when it is absent, no text or too long to keep.
fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX).then(|| value.to_owned())
}

/// Splits `text/html; charset="utf-8"` into media type and charset.
fn media_type(value: &str) -> (Option<String>, Option<String>) {
    let mut parts = value.split(';');
    let essence = parts.next().map(|essence| essence.trim().to_ascii_lowercase()).filter(|essence| !essence.is_empty());
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim().trim_matches(['"', '\'']).to_owned();
        (name.trim().eq_ignore_ascii_case("charset") && !value.is_empty()).then_some(value)
    });
    (essence, charset)
}

/// Finds a cause of a given type in a chain of errors, also inside an I/O error.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        };
    }
    None
}

/// Gives the words of the last cause: "connection refused" rather than "error sending request".
pub(super) fn innermost(error: &reqwest::Error) -> String {
    let mut last: &dyn StdError = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_split_into_type_and_charset() {
        let split = |value| media_type(value);
        assert_eq!(split("Text/HTML; charset=UTF-8"), (Some("text/html".into()), Some("UTF-8".into())));
        assert_eq!(split("text/xml;q=1;Charset=\"windows-1251\""), (Some("text/xml".into()), Some("windows-1251".into())));
        assert_eq!(split("application/rss+xml"), (Some("application/rss+xml".into()), None));
        assert_eq!(split("; charset="), (None, None));
    }
}
