//! The table `[matrix]` of the configuration, checked together with the secrets from the environment.

use super::Environment;
use super::raw::RawMatrix;
use super::settings::{Bound, Check};
use crate::chat::Secret;
use toml::Spanned;

/// What the operator chose for Matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixSettings {
    /// The server: an address (`https://matrix.example.org`) or a server's name, whose address is then asked for.
    pub homeserver: String,
    /// The bot's user, whole (`@bot:example.org`) or the part before the colon; not needed with a token.
    pub user: Option<String>,
    /// Logs in once.
    pub password: Option<Secret>,
    /// An access token instead of a password.
    pub token: Option<Secret>,
    /// Users who may do everything, and whose invitations are accepted.
    pub operators: Vec<String>,
    /// Users whose invitations are accepted.
    pub allowed_users: Vec<String>,
    /// Servers whose users' invitations are accepted.
    pub allowed_servers: Vec<String>,
    /// The power level from which a member may do what needs a moderator, where a room sets none.
    pub moderator_power: i64,
    /// Whether only devices that their owners have signed are heard.
    pub devices: DeviceTrust,
}

/// Whose encrypted messages are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceTrust {
    /// Everybody's.
    #[default]
    Any,
    /// Those of devices that their owners have cross-signed.
    CrossSigned,
}

impl Check<'_> {
    /// Reads the table; none when Matrix is not used, or cannot be.
    pub(super) fn matrix(&mut self, raw: &RawMatrix, environment: &Environment) -> Option<MatrixSettings> {
        let is_wanted = raw.enabled.as_ref().map(|enabled| *enabled.get_ref());
        let homeserver = raw.homeserver.as_ref().and_then(|written| self.homeserver(written));
        let settings = MatrixSettings {
            homeserver: homeserver.clone().unwrap_or_default(),
            user: raw.user.as_ref().and_then(|written| self.own_user(written)),
            password: self.matrix_secret(environment.matrix_password.as_ref()),
            token: self.matrix_secret(environment.matrix_token.as_ref()),
            operators: raw.operators.iter().filter_map(|user| self.user(user)).collect(),
            allowed_users: raw.allowed_users.iter().filter_map(|user| self.user(user)).collect(),
            allowed_servers: raw.allowed_servers.iter().filter_map(|server| self.server(server)).collect(),
            moderator_power: i64::from(self.number(&raw.moderator_power, 50, POWER) as u32),
            devices: if raw.cross_signed_only { DeviceTrust::CrossSigned } else { DeviceTrust::Any },
        };
        let has_secret = settings.password.is_some() || settings.token.is_some();
        if is_wanted == Some(false) || (is_wanted.is_none() && raw.homeserver.is_none() && !has_secret) {
            return None;
        }
        if raw.homeserver.is_none() {
            let at = raw.enabled.as_ref().map_or(0, |enabled| enabled.span().start);
            let hint = "under [matrix], for example homeserver = \"https://matrix.example.org\"";
            self.problem(at, "Matrix is to be used, but no homeserver is named".to_owned(), Some(hint.to_owned()));
        }
        if settings.password.is_some() && settings.user.is_none() && raw.user.is_none() {
            let at = raw.homeserver.as_ref().map_or(0, |written| written.span().start);
            let hint = "under [matrix], for example user = \"@stancebot:example.org\"";
            self.problem(at, "there is a password for Matrix, but no user".to_owned(), Some(hint.to_owned()));
        }
        homeserver.map(|_| settings)
    }

    fn matrix_secret(&mut self, secret: Option<&Result<Secret, String>>) -> Option<Secret> {
        match secret? {
            Ok(secret) => Some(secret.clone()),
            Err(reason) => {
                self.problem(0, reason.clone(), None);
                None
            }
        }
    }

    fn homeserver(&mut self, written: &Spanned<String>) -> Option<String> {
        let text = written.get_ref().trim().trim_end_matches('/');
        let is_address = url::Url::parse(text).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
        });
        if is_address || is_server_name(text) {
            return Some(text.to_owned());
        }
        let message = format!("homeserver \u{201c}{text}\u{201d} is neither an address nor a server's name");
        self.problem(written.span().start, message, Some("for example \"https://matrix.example.org\" or \"example.org\"".to_owned()));
        None
    }

    fn own_user(&mut self, written: &Spanned<String>) -> Option<String> {
        let text = written.get_ref().trim();
        let is_local = !text.is_empty() && !text.starts_with('@') && !text.contains(':') && !text.contains(char::is_whitespace);
        if is_local { Some(text.to_owned()) } else { self.user(written) }
    }

    fn user(&mut self, written: &Spanned<String>) -> Option<String> {
        let text = written.get_ref().trim();
        let is_user = text
            .strip_prefix('@')
            .and_then(|rest| rest.split_once(':'))
            .is_some_and(|(name, server)| !name.is_empty() && !name.contains(char::is_whitespace) && is_server_name(server));
        if is_user {
            return Some(text.to_owned());
        }
        let message = format!("\u{201c}{text}\u{201d} is no user of Matrix");
        self.problem(written.span().start, message, Some("for example \"@ada:example.org\"".to_owned()));
        None
    }

    fn server(&mut self, written: &Spanned<String>) -> Option<String> {
        let text = written.get_ref().trim();
        if is_server_name(text) {
            return Some(text.to_ascii_lowercase());
        }
        let message = format!("\u{201c}{text}\u{201d} is no name of a server");
        self.problem(written.span().start, message, Some("for example \"example.org\", the part of a user after the colon".to_owned()));
        None
    }
}

/// Power levels of rooms go from 0 to 100; a room may use others, but not for this.
const POWER: Bound = Bound { key: "moderator_power", min: 0, max: 100 };

/// Tells whether a text can be the part of an id after the colon (Matrix, appendices: server name).
fn is_server_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    !text.is_empty() && text.len() <= 230 && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') && text.chars().all(is_part)
}
