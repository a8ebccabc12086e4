//! One request to Discord's HTTP interface and what came of it: limits kept, answers bounded, refusals told from accidents.
//!
//! The token goes to the configured host only: no redirect is followed and no other base is ever used. What a request means is not
//! known here. A request that may have been acted upon is said to be so; whether it can be repeated is the caller's decision.

use super::limits::{Counts, Limits, Told};
use crate::chat::Secret;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, USER_AGENT};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Longest wait for one answer: Discord's own limit for an interaction is 3 s, and slow answers of its other routes take a few.
const ANSWER_WAIT: Duration = Duration::from_secs(15);
/// Longest wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// Longest answer that is read: a hundred messages with everything in them are below 1 MB.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Tries of a request that can be repeated and failed by accident.
const TRIES_MAX: u32 = 3;
/// Wait before the second try; the third waits twice as long.
const RETRY_FIRST: Duration = Duration::from_millis(400);
/// The wait after a 429 that tells none.
const REFUSED_WAIT: Duration = Duration::from_secs(2);
/// The path of the version that is spoken.
const API_PATH: &str = "/api/v10";

/// A file that goes with a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) media_type: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) description: String,
}

/// What to ask.
#[derive(Clone, Debug)]
pub(super) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    files: Vec<Attached>,
    patience: Duration,
    repeats: bool,
    counts: Counts,
}

impl Call {
    /// Makes a call without a body. It does not wait for limits and is not repeated.
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        let (body, files) = (None, Vec::new());
        Self { method, path: path.into(), body, files, patience: Duration::ZERO, repeats: false, counts: Counts::Globally }
    }

    /// Makes a look-up, which can be repeated.
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path).repeatable()
    }

    /// Gives it a body. Every message in it mentions nobody, whatever its text says.
    pub(super) fn body(mut self, mut body: Value) -> Self {
        silence(&mut body);
        self.body = Some(body);
        self
    }

    /// Gives it files; the body's `attachments` name them by their index.
    pub(super) fn files(mut self, files: Vec<Attached>) -> Self {
        self.files = files;
        self
    }

    /// Lets it wait so long for limits.
    pub(super) fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Says that doing it twice is doing it once.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// Says that it answers an interaction: no limit over all routes holds for it.
    pub(super) fn of_interaction(mut self) -> Self {
        self.counts = Counts::Alone;
        self
    }

    /// Gives the route as limits are counted: ids other than those of channel, server and webhook (with its token) do not part
    /// routes. It may hold a token and is not logged.
    fn route(&self) -> String {
        let path = self.path.split('?').next().unwrap_or_default();
        let mut route = self.method.to_string();
        let mut before = "";
        for part in path.split('/').filter(|part| !part.is_empty()) {
            let is_id = part.bytes().all(|byte| byte.is_ascii_digit());
            let parts = matches!(before, "channels" | "guilds" | "webhooks" | "interactions");
            route.push('/');
            route.push_str(if is_id && !parts { ":" } else { part });
            before = part;
        }
        route
    }
}

/// Makes sure that a message mentions nobody: the body itself, or what stands in it for an interaction or a new thread.
fn silence(body: &mut Value) {
    let is_message = |value: &Value| ["content", "embeds"].iter().any(|key| value.get(key).is_some());
    if is_message(body) {
        body["allowed_mentions"] = serde_json::json!({"parse": []});
    }
    for inner in ["data", "message"] {
        if body.get(inner).is_some_and(is_message) {
            body[inner]["allowed_mentions"] = serde_json::json!({"parse": []});
        }
    }
}

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// A limit is reached; nothing was sent, or Discord took nothing.
    #[error("Discord asks to wait {} s", .after.as_secs_f32())]
    Wait {
        /// For how long.
        after: Duration,
    },
    /// Discord failed or did not answer: it may have acted.
    #[error("Discord did not answer as it should: {reason}")]
    Unclear {
        /// What happened.
        reason: String,
    },
    /// Discord refuses it.
    #[error("Discord refuses it: {message} ({status}, code {code})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Discord's own code; 0 when there is none.
        code: u32,
        /// What Discord says.
        message: String,
    },
}

impl Failure {
    /// Tells whether Discord refused with one of these codes of its own.
    pub(super) fn has_code(&self, codes: &[u32]) -> bool {
        matches!(self, Self::Refused { code, .. } if codes.contains(code))
    }

    /// Tells whether there is no such route: on servers that speak Discord's language, but not all of it.
    pub(super) fn is_unknown_route(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 405 | 501, .. })
    }

    /// Tells whether the token is wrong.
    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused { status: 401, .. })
    }
}

/// The way to Discord's HTTP interface.
pub(super) struct Rest {
    client: reqwest::Client,
    base: String,
    token: Secret,
    limits: Mutex<Limits>,
    is_locked_out: AtomicBool,
    lockout: Notify,
}

impl Rest {
    /// Makes the way to `api_url`, such as `https://discord.com`.
    ///
    /// # Errors
    /// A sentence when the HTTP client cannot be set up.
    pub(super) fn new(api_url: &str, token: Secret) -> Result<Self, String> {
        // an error means that one is installed already, which is as good
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_WAIT)
            .timeout(ANSWER_WAIT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| format!("the connection to Discord cannot be set up: {error}"))?;
        let base = format!("{}{API_PATH}", api_url.trim_end_matches('/'));
        Ok(Self { client, base, token, limits: Mutex::default(), is_locked_out: AtomicBool::new(false), lockout: Notify::new() })
    }

    /// Asks, and gives the answer's JSON; null when there is none or it cannot be read, since it was done all the same.
    ///
    /// # Errors
    /// [`Failure`].
    ///
    /// # Cancel safety
    /// When dropped, the call may have been acted upon.
    pub(super) async fn ask(&self, call: &Call) -> Result<Value, Failure> {
        let route = call.route();
        let until = Instant::now() + call.patience;
        let mut tried = 0;
        loop {
            self.wait_for_turn(call, &route, until).await?;
            tried += 1;
            let failure = match self.once(call, &route).await {
                Ok(value) => return Ok(value),
                Err(failure) => failure,
            };
            match &failure {
                Failure::Wait { .. } if Instant::now() < until => {}
                Failure::Unclear { .. } if call.repeats && tried < TRIES_MAX => {
                    let jitter = Duration::from_millis(fastrand::u64(0..200));
                    tokio::time::sleep(RETRY_FIRST * tried + jitter).await;
                }
                _ => return Err(failure),
            }
        }
    }

    /// Waits until Discord does not accept the token any more; from then on nothing is sent.
    pub(super) async fn locked_out(&self) {
        self.lockout.notified().await;
    }

    /// Lets requests out again, so that the token can be tried anew.
    pub(super) fn unlock(&self) {
        self.is_locked_out.store(false, Ordering::Relaxed);
    }

    async fn wait_for_turn(&self, call: &Call, route: &str, until: Instant) -> Result<(), Failure> {
        loop {
            if self.is_locked_out.load(Ordering::Relaxed) {
                return Err(Failure::Refused { status: 401, code: 0, message: "the token is not accepted".to_owned() });
            }
            let now = Instant::now();
            let wait = self.limits.lock().unwrap_or_else(PoisonError::into_inner).take(route, call.counts, now);
            if wait.is_zero() {
                return Ok(());
            }
            if now + wait > until {
                return Err(Failure::Wait { after: wait });
            }
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, call: &Call, route: &str) -> Result<Value, Failure> {
        let unclear = |error: reqwest::Error| Failure::Unclear { reason: error.without_url().to_string() };
        let mut request = self
            .client
            .request(call.method.clone(), format!("{}{}", self.base, call.path))
            .header(AUTHORIZATION, format!("Bot {}", self.token.reveal()))
            .header(USER_AGENT, concat!("DiscordBot (https://crates.io/crates/stancebot, ", env!("CARGO_PKG_VERSION"), ")"));
        if call.files.is_empty() {
            if let Some(body) = &call.body {
                request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
            }
        } else {
            let boundary = format!("stancebot-{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..));
            let body = multipart(call.body.as_ref().unwrap_or(&Value::Null), &call.files, &boundary);
            request = request.header(CONTENT_TYPE, format!("multipart/form-data; boundary={boundary}")).body(body);
        }
        let mut response = request.send().await.map_err(unclear)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unclear)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err(Failure::Unclear { reason: format!("the answer has more than {ANSWER_BYTES_MAX} bytes") });
            }
        }
        let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        self.judge(route, status, (&headers, value))
    }

    fn judge(&self, route: &str, status: StatusCode, (headers, value): (&HeaderMap, Value)) -> Result<Value, Failure> {
        let told = told(status, headers, &value);
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).note(route, told, Instant::now());
        if let Some(after) = told.refused {
            tracing::info!(secs = after.as_secs_f32(), global = told.is_global, "Discord asks to wait");
            return Err(Failure::Wait { after });
        }
        if status.is_success() {
            return Ok(value);
        }
        let message = value.get("message").and_then(Value::as_str).unwrap_or("no reason given").chars().take(200).collect();
        let code = value.get("code").and_then(Value::as_u64).and_then(|code| u32::try_from(code).ok()).unwrap_or(0);
        let is_temporary = status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
        if is_temporary || code == OVERLOADED || status.is_redirection() || status.is_informational() {
            return Err(Failure::Unclear { reason: format!("{message} ({})", status.as_u16()) });
        }
        if status == StatusCode::UNAUTHORIZED && !route.contains("/interactions/") && !route.contains("/webhooks/") {
            self.is_locked_out.store(true, Ordering::Relaxed);
            self.lockout.notify_one();
        }
        Err(Failure::Refused { status: status.as_u16(), code, message })
    }
}

/// "API resource is currently overloaded. Try again a little later" (opcodes-and-status-codes).
const OVERLOADED: u32 = 130_000;

/// Reads what an answer says about limits.
fn told(status: StatusCode, headers: &HeaderMap, value: &Value) -> Told {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let seconds = |number: f64| Duration::try_from_secs_f64(number.max(0.0)).unwrap_or_default();
    let header_seconds = |name: &str| text(name).and_then(|text| text.parse::<f64>().ok()).map(seconds);
    let in_body = || value.get("retry_after").and_then(Value::as_f64).map(seconds);
    let refused = (status == StatusCode::TOO_MANY_REQUESTS)
        .then(|| in_body().into_iter().chain(header_seconds("retry-after")).max().unwrap_or(REFUSED_WAIT));
    let is_global = text("x-ratelimit-global").is_some()
        || text("x-ratelimit-scope") == Some("global")
        || value.get("global").and_then(Value::as_bool) == Some(true);
    let left = text("x-ratelimit-remaining").and_then(|text| text.parse().ok()).zip(header_seconds("x-ratelimit-reset-after"));
    let is_invalid = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    Told { refused, is_global, is_shared: text("x-ratelimit-scope") == Some("shared"), left, is_invalid }
}

/// Writes a message with files (RFC 7578), as Discord wants it: the JSON under `payload_json`, the files under `files[n]`.
fn multipart(body: &Value, files: &[Attached], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut part = |head: String, bytes: &[u8]| {
        out.extend_from_slice(format!("--{boundary}\r\n{head}\r\n\r\n").as_bytes());
        out.extend_from_slice(bytes);
        out.extend_from_slice(b"\r\n");
    };
    let json = "Content-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json".to_owned();
    part(json, body.to_string().as_bytes());
    for (index, file) in files.iter().enumerate() {
        let name: String = file.name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).collect();
        let head =
            format!("Content-Disposition: form-data; name=\"files[{index}]\"; filename=\"{name}\"\r\nContent-Type: {}", file.media_type);
        part(head, &file.bytes);
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_part_channels_and_not_messages() {
        let route = |path: &str| Call::new(Method::PATCH, path).route();
        assert_eq!(route("/channels/1/messages/2"), route("/channels/1/messages/3?limit=1"));
        assert_ne!(route("/channels/1/messages/2"), route("/channels/4/messages/2"));
        assert_ne!(route("/webhooks/9/one/messages/@original"), route("/webhooks/9/two/messages/@original"));
    }

    #[test]
    fn every_message_mentions_nobody() {
        let message = serde_json::json!({"content": "@everyone", "allowed_mentions": {"parse": ["everyone"]}});
        for body in [message.clone(), serde_json::json!({"type": 4, "data": message}), serde_json::json!({"name": "x", "message": message})]
        {
            let call = Call::new(Method::POST, "/x").body(body);
            let text = call.body.unwrap().to_string();
            assert!(text.contains(r#""allowed_mentions":{"parse":[]}"#) && !text.contains(r#"["everyone"]"#), "{text}");
        }
        let other = Call::new(Method::PUT, "/x").body(serde_json::json!([{"name": "stance"}]));
        assert_eq!(other.body.unwrap(), serde_json::json!([{"name": "stance"}]));
    }

    #[test]
    fn a_refusal_is_read_with_and_without_its_header() {
        let mut headers = HeaderMap::new();
        let body = serde_json::json!({"retry_after": 1.25, "global": false});
        assert_eq!(told(StatusCode::TOO_MANY_REQUESTS, &headers, &body).refused, Some(Duration::from_millis(1_250)));
        assert_eq!(told(StatusCode::TOO_MANY_REQUESTS, &headers, &Value::Null).refused, Some(REFUSED_WAIT));
        headers.insert("retry-after", "3".parse().unwrap());
        headers.insert("x-ratelimit-global", "true".parse().unwrap());
        let global = told(StatusCode::TOO_MANY_REQUESTS, &headers, &body);
        assert_eq!((global.refused, global.is_global), (Some(Duration::from_secs(3)), true));
        assert_eq!(told(StatusCode::OK, &headers, &Value::Null).refused, None);
    }

    #[test]
    fn a_file_name_cannot_leave_its_quotes() {
        let file = Attached { name: "a\"\r\nb.txt".into(), media_type: "text/plain", bytes: b"x".to_vec(), description: String::new() };
        let text = String::from_utf8(multipart(&Value::Null, &[file], "B")).unwrap();
        assert!(text.contains("filename=\"ab.txt\"\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--"), "{text}");
    }
}
