//! The table `[discord]` of the configuration, checked together with the token from the environment.

use super::raw::RawDiscord;
use super::settings::Check;
use crate::chat::Secret;
use toml::Spanned;

/// What the operator chose for Discord.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiscordSettings {
    /// The bot's token.
    pub token: Secret,
    /// Where Discord is.
    pub api_url: String,
    /// Whether the words of all messages are wanted.
    pub message_content: ContentWish,
    /// Servers in which slash commands are registered; empty: everywhere.
    pub command_guilds: Vec<u64>,
    /// Roles whose members may do what needs a moderator.
    pub moderator_roles: Vec<u64>,
    /// Users who may do everything.
    pub operators: Vec<u64>,
}

/// Whether the words of all messages are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentWish {
    /// Where the application may have them.
    #[default]
    Auto,
    /// Always; without them the bot does not start.
    On,
    /// Never.
    Off,
}

impl Check<'_> {
    /// Reads the table; none when Discord is not used, or cannot be.
    pub(super) fn discord(&mut self, raw: &RawDiscord, token: Option<&Result<Secret, String>>) -> Option<DiscordSettings> {
        let at = raw.enabled.as_ref().map_or(0, |enabled| enabled.span().start);
        let is_wanted = raw.enabled.as_ref().map(|enabled| *enabled.get_ref());
        let message_content = self.message_content(raw.message_content.as_ref());
        let api_url = self.api_url(raw.api_url.as_ref());
        let settings = DiscordSettings {
            token: Secret::new(""),
            api_url,
            message_content,
            command_guilds: self.ids(&raw.command_guilds, "server"),
            moderator_roles: self.ids(&raw.moderator_roles, "role"),
            operators: self.ids(&raw.operators, "user"),
        };
        match (token, is_wanted) {
            (_, Some(false)) | (None, None) => None,
            (None, Some(true)) => {
                let hint = "set DISCORD_TOKEN or DISCORD_TOKEN_FILE in the environment, or take enabled out";
                self.problem(at, "Discord is enabled, but there is no token".to_owned(), Some(hint.to_owned()));
                None
            }
            (Some(Err(reason)), _) => {
                self.problem(at, reason.clone(), None);
                None
            }
            (Some(Ok(token)), _) if !token.is_plausible() => {
                let hint = "copy it from the developer portal under Bot, without \u{201c}Bot\u{201d} before it";
                self.problem(at, "the token for Discord is not one word".to_owned(), Some(hint.to_owned()));
                None
            }
            (Some(Ok(token)), _) => Some(DiscordSettings { token: token.clone(), ..settings }),
        }
    }

    fn message_content(&mut self, written: Option<&Spanned<String>>) -> ContentWish {
        match written.map(|word| word.get_ref().as_str()) {
            None | Some("auto") => ContentWish::Auto,
            Some("on") => ContentWish::On,
            Some("off") => ContentWish::Off,
            Some(other) => {
                let at = written.map_or(0, |word| word.span().start);
                self.problem(at, format!("message_content \u{201c}{other}\u{201d} is not auto, on or off"), None);
                ContentWish::Auto
            }
        }
    }

    fn api_url(&mut self, written: Option<&Spanned<String>>) -> String {
        const DEFAULT: &str = "https://discord.com";
        let Some(written) = written else { return DEFAULT.to_owned() };
        let is_address = url::Url::parse(written.get_ref()).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
        });
        if !is_address {
            let message = format!("api_url \u{201c}{}\u{201d} is not an http or https address", written.get_ref());
            self.problem(written.span().start, message, Some(format!("the default is \"{DEFAULT}\"")));
            return DEFAULT.to_owned();
        }
        written.get_ref().trim_end_matches('/').to_owned()
    }

    fn ids(&mut self, written: &[Spanned<String>], what: &str) -> Vec<u64> {
        let mut ids = Vec::new();
        for word in written {
            match word.get_ref().trim().parse() {
                Ok(id) => ids.push(id),
                Err(_) => {
                    let message = format!("\u{201c}{}\u{201d} is no id of a {what}", word.get_ref());
                    let hint = "a number such as \"1234567890123456789\": turn on the developer mode of Discord, then Copy ID";
                    self.problem(word.span().start, message, Some(hint.to_owned()));
                }
            }
        }
        ids
    }
}
