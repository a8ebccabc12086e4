//! A few plain questions to the server for which the library needs a session or a store: who a token belongs to, and what
//! `check --online` looks at. Reads only, apart from logging in and out for a look.

use super::failure::{Failure, chain};
use crate::chat::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Longest answer that is read: a power level event of a large room has some 100 kB.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Asks.
pub(super) struct Rest {
    http: reqwest::Client,
    base: String,
    token: Option<Secret>,
}

/// To whom a token belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) user: String,
    pub(super) device: Option<String>,
}

impl Rest {
    /// Makes one for a server's address.
    ///
    /// # Errors
    /// A sentence when the HTTP client cannot be set up.
    pub(super) fn new(base: &str, token: Option<Secret>) -> Result<Self, String> {
        super::provide_crypto();
        let agent = concat!("stancebot/", env!("CARGO_PKG_VERSION"));
        let http = reqwest::Client::builder().timeout(TIMEOUT).user_agent(agent).build().map_err(|error| chain(&error))?;
        Ok(Self { http, base: base.trim_end_matches('/').to_owned(), token })
    }

    /// Asks for something; the path begins after `/_matrix/client/`.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, path, None).await
    }

    /// Asks with a body.
    pub(super) async fn post(&self, path: &str, body: Value) -> Result<Value, Failure> {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Tells whose the token is.
    pub(super) async fn who_am_i(&self) -> Result<Who, Failure> {
        let found = self.get("v3/account/whoami").await?;
        let user = found["user_id"].as_str().ok_or_else(|| Failure::Unclear { reason: "the server does not say who the bot is".into() })?;
        Ok(Who { user: user.to_owned(), device: found["device_id"].as_str().map(str::to_owned) })
    }

    /// Logs in for a look; gives the same with the new token.
    pub(super) async fn log_in(&self, user: &str, password: &Secret) -> Result<Self, Failure> {
        let body = json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password.reveal(),
            "initial_device_display_name": "stancebot check",
        });
        let found = self.post("v3/login", body).await?;
        let token = found["access_token"].as_str().ok_or_else(|| Failure::Unclear { reason: "the log-in gave no token".into() })?;
        Ok(Self { http: self.http.clone(), base: self.base.clone(), token: Some(Secret::new(token)) })
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Failure> {
        let mut request = self.http.request(method, format!("{}/_matrix/client/{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.reveal());
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let unclear = |error: reqwest::Error| Failure::Unclear { reason: chain(&error.without_url()) };
        let mut response = request.send().await.map_err(unclear)?;
        let status = response.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unclear)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return Err(Failure::Unclear { reason: "the answer is too long".to_owned() });
            }
        }
        let found: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(found);
        }
        let text = |key: &str| found[key].as_str().unwrap_or_default().chars().take(200).collect::<String>();
        let after = found["retry_after_ms"].as_u64().map(Duration::from_millis);
        Err(Failure::Refused { status: status.as_u16(), code: text("errcode"), message: text("error"), after })
    }
}
