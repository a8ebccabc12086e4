//! Makes the face for Discord from the configuration, and does what is done for it once: the invitation, the look whether all is well.
//!
//! A program that was built without Discord says so instead.

use super::AppError;
use crate::chat::Platform;
use crate::config::Config;
use std::sync::Arc;

#[cfg(feature = "discord")]
pub(super) use with::{check_online, invite, platform};
#[cfg(not(feature = "discord"))]
pub(super) use without::{check_online, invite, platform};

/// What is said when Discord is asked for and there is no token.
const NO_TOKEN: &str = "there is no token for Discord: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to a file that holds it";

#[cfg(feature = "discord")]
mod with {
    use super::{AppError, Arc, Config, NO_TOKEN, Platform};
    use crate::chat::discord::{self, ContentIntent, DISCORD, Discord, DiscordOptions, Pace};
    use crate::config::{ContentWish, DiscordSettings};
    use jiff::Timestamp;

    fn options(config: &Config, settings: &DiscordSettings) -> DiscordOptions {
        DiscordOptions {
            token: settings.token.clone(),
            api_url: settings.api_url.clone(),
            content: match settings.message_content {
                ContentWish::Auto => ContentIntent::Auto,
                ContentWish::On => ContentIntent::Required,
                ContentWish::Off => ContentIntent::Off,
            },
            command_guilds: settings.command_guilds.clone(),
            moderator_roles: settings.moderator_roles.clone(),
            operators: settings.operators.clone(),
            state_dir: config.state_dir.clone(),
            pace: Pace::default(),
            clock: Timestamp::now,
        }
    }

    /// Makes the face when the configuration wants it.
    pub(in super::super) fn platform(config: &Config) -> Result<Option<Arc<dyn Platform>>, AppError> {
        let Some(settings) = &config.discord else { return Ok(None) };
        let face = Discord::new(options(config, settings)).map_err(AppError::Failed)?;
        Ok(Some(Arc::new(face)))
    }

    fn wanted(config: &Config) -> Result<DiscordOptions, AppError> {
        let settings = config.discord.as_ref().ok_or_else(|| AppError::Failed(NO_TOKEN.to_owned()))?;
        Ok(options(config, settings))
    }

    /// Prints the address at which the bot is invited.
    pub(in super::super) async fn invite(config: &Config) -> Result<(), AppError> {
        println!("{}", discord::invite_link(&wanted(config)?).await.map_err(AppError::Failed)?);
        Ok(())
    }

    /// Prints what is in order and what is not; fails when something has to be changed.
    pub(in super::super) async fn check_online(config: &Config) -> Result<(), AppError> {
        let watched = config.watches.iter().filter(|watch| watch.channel.platform == DISCORD);
        let mut channels: Vec<String> = watched.map(|watch| watch.channel.room.clone()).collect();
        channels.sort();
        channels.dedup();
        super::super::check::tell("Discord", &discord::look_online(&wanted(config)?, &channels).await)
    }
}

#[cfg(not(feature = "discord"))]
mod without {
    use super::{AppError, Arc, Config, NO_TOKEN, Platform};

    /// What is said when there is a token.
    const LEFT_OUT: &str =
        "this program was built without Discord; build it with the feature \u{201c}discord\u{201d}, or take the token away";

    fn refuse(config: &Config) -> AppError {
        AppError::Failed(if config.discord.is_some() { LEFT_OUT } else { NO_TOKEN }.to_owned())
    }

    /// Gives none; a token that cannot be used is a mistake that is told.
    pub(in super::super) fn platform(config: &Config) -> Result<Option<Arc<dyn Platform>>, AppError> {
        if config.discord.is_some() { Err(refuse(config)) } else { Ok(None) }
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn invite(config: &Config) -> Result<(), AppError> {
        Err(refuse(config))
    }

    /// Says that it cannot be done.
    pub(in super::super) async fn check_online(config: &Config) -> Result<(), AppError> {
        Err(refuse(config))
    }
}
