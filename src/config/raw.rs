//! The configuration file as it is written: one struct per table, every key optional, unknown keys refused.

use serde::Deserialize;
use toml::Spanned;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Raw {
    pub state_dir: Option<String>,
    pub data_dir: Option<String>,
    pub knowledge_dirs: Vec<String>,
    pub chat: RawChat,
    pub terminal: RawTerminal,
    pub discord: RawDiscord,
    pub matrix: RawMatrix,
    pub http: RawHttp,
    pub polling: RawPolling,
    pub alerts: RawAlerts,
    pub log: RawLog,
    pub feeds: Vec<RawFeed>,
    pub watches: Vec<RawWatch>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawChat {
    pub prefix: Option<Spanned<String>>,
    pub page_size: Option<Spanned<u64>>,
    pub commands_per_minute_user: Option<Spanned<u64>>,
    pub commands_per_minute_channel: Option<Spanned<u64>>,
    pub commands_per_minute_server: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawDiscord {
    pub enabled: Option<Spanned<bool>>,
    pub api_url: Option<Spanned<String>>,
    pub message_content: Option<Spanned<String>>,
    pub command_guilds: Vec<Spanned<String>>,
    pub moderator_roles: Vec<Spanned<String>>,
    pub operators: Vec<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawMatrix {
    pub enabled: Option<Spanned<bool>>,
    pub homeserver: Option<Spanned<String>>,
    pub user: Option<Spanned<String>>,
    pub operators: Vec<Spanned<String>>,
    pub allowed_users: Vec<Spanned<String>>,
    pub allowed_servers: Vec<Spanned<String>>,
    pub moderator_power: Option<Spanned<u64>>,
    pub cross_signed_only: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawTerminal {
    pub enabled: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawHttp {
    pub contact: Option<Spanned<String>>,
    pub allow_hosts: Vec<Spanned<String>>,
    pub connect_timeout_secs: Option<Spanned<u64>>,
    pub first_byte_timeout_secs: Option<Spanned<u64>>,
    pub idle_timeout_secs: Option<Spanned<u64>>,
    pub total_timeout_secs: Option<Spanned<u64>>,
    pub wire_bytes_max: Option<Spanned<u64>>,
    pub decoded_bytes_max: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPolling {
    pub interval_secs: Option<Spanned<u64>>,
    pub concurrent_max: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawAlerts {
    pub per_poll_max: Option<Spanned<u64>>,
    pub confidence_min: Option<Spanned<u64>>,
    pub retry_hours_max: Option<Spanned<u64>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLog {
    pub level: Option<Spanned<String>>,
    pub format: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFeed {
    pub url: Spanned<String>,
    pub outlet: Spanned<String>,
    pub text: Option<Spanned<String>>,
    pub interval_secs: Option<Spanned<u64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWatch {
    pub channel: Spanned<String>,
    pub follow: Spanned<String>,
    pub on: Option<Spanned<String>>,
    #[serde(default)]
    pub own: bool,
    #[serde(default)]
    pub shifts: bool,
}
