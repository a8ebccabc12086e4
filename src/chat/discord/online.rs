//! Looks at Discord before the bot runs: whether the token, the intents and the permissions are as they should be, and how to invite it.
//!
//! Changes nothing there. Each finding is a sentence with the next step.

use super::options::{ContentIntent, DiscordOptions};
use super::rest::{Call, Failure, Rest};
use super::wire::{Id, id, text};
use super::{guilds::Guilds, guilds::Member, who_am_i};
use crate::chat::Findings;
use serde_json::{Value, json};
use serenity::model::Permissions;
use std::time::Duration;

/// The flags of an application that may read the content of messages: approved, or small enough (resources/application).
pub(super) const CONTENT_FLAGS: u64 = 1 << 18 | 1 << 19;
/// What is told when it may not.
pub(super) const NO_CONTENT: &str = "the application may not read the content of messages: commands with the prefix stay unheard, a mention \
                                     (@bot stance …) and slash commands (/stance) work; to change that, turn on MESSAGE CONTENT INTENT in the developer \
                                     portal under Bot and start again";
/// Longest wait for a limit.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the bot needs where it answers and alerts.
fn needed() -> Permissions {
    Permissions::VIEW_CHANNEL
        | Permissions::SEND_MESSAGES
        | Permissions::SEND_MESSAGES_IN_THREADS
        | Permissions::EMBED_LINKS
        | Permissions::ATTACH_FILES
        | Permissions::READ_MESSAGE_HISTORY
}

/// Gives the address at which the bot is invited to a server.
///
/// # Errors
/// A sentence when Discord cannot be asked for the application.
pub async fn invite_link(options: &DiscordOptions) -> Result<String, String> {
    let rest = Rest::new(&options.api_url, options.token.clone())?;
    let own = who_am_i(&rest).await.map_err(|failure| words(&failure))?;
    Ok(link(&options.api_url, own.application))
}

fn link(api_url: &str, application: Id) -> String {
    let base = api_url.trim_end_matches('/');
    format!("{base}/oauth2/authorize?client_id={application}&scope=bot+applications.commands&permissions={}", needed().bits())
}

/// Looks at everything that can be wrong; `channels` are those that alerts go to.
pub async fn look_online(options: &DiscordOptions, channels: &[String]) -> Findings {
    let mut findings = Findings::default();
    let rest = match Rest::new(&options.api_url, options.token.clone()) {
        Ok(rest) => rest,
        Err(reason) => {
            findings.problems.push(reason);
            return findings;
        }
    };
    let own = match who_am_i(&rest).await {
        Ok(own) => own,
        Err(failure) => {
            findings.problems.push(words(&failure));
            return findings;
        }
    };
    findings.good.push(format!("the token is accepted: user {}, application {}", own.user, own.application));
    match (own.flags.is_none_or(|flags| flags & CONTENT_FLAGS != 0), options.content) {
        (true, _) if own.flags.is_none() => findings.remarks.push("whether contents may be read cannot be asked here".to_owned()),
        (true, _) => findings.good.push("the content of messages may be read".to_owned()),
        (false, ContentIntent::Required) => findings.problems.push(NO_CONTENT.to_owned()),
        (false, ContentIntent::Auto) => findings.remarks.push(NO_CONTENT.to_owned()),
        (false, ContentIntent::Off) => {}
    }
    match super::gateway::entry(&rest).await {
        Ok(entry) if entry.wait.is_zero() => findings.good.push(format!("the gateway can be reached, {} shard(s)", entry.shards)),
        Ok(_) => findings.remarks.push("few new connections are left for today: the bot was started too often".to_owned()),
        Err(failure) => findings.problems.push(format!("the gateway cannot be asked for: {failure}")),
    }
    servers(&rest, (options, own.application), &mut findings).await;
    for channel in channels {
        look_at_channel(&rest, (channel, own.user), &mut findings).await;
    }
    findings
}

async fn servers(rest: &Rest, (options, application): (&DiscordOptions, Id), findings: &mut Findings) {
    match rest.ask(&Call::get("/users/@me/guilds").patient(PATIENCE)).await {
        Ok(found) => {
            let names: Vec<String> = found.as_array().into_iter().flatten().map(|guild| text(&guild["name"])).collect();
            if names.is_empty() {
                findings.remarks.push(format!("the bot is in no server yet; invite it: {}", link(&options.api_url, application)));
            } else {
                let shown = names.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
                findings.good.push(format!("the bot is in {} server(s): {shown}", names.len()));
            }
        }
        Err(failure) => findings.problems.push(format!("the servers cannot be asked for: {failure}")),
    }
}

async fn look_at_channel(rest: &Rest, (channel, own): (&str, Id), findings: &mut Findings) {
    let found = match rest.ask(&Call::get(format!("/channels/{channel}")).patient(PATIENCE)).await {
        Ok(found) => found,
        Err(failure) => {
            let hint = "check the id, and that the bot is in that server and may see the channel";
            findings.problems.push(format!("channel {channel} cannot be seen: {failure}; {hint}"));
            return;
        }
    };
    let Some(server) = id(&found["guild_id"]) else { return };
    let guild = rest.ask(&Call::get(format!("/guilds/{server}")).patient(PATIENCE)).await;
    let member = rest.ask(&Call::get(format!("/guilds/{server}/members/{own}")).patient(PATIENCE)).await;
    let (Ok(guild), Ok(member)) = (guild, member) else {
        findings.remarks.push(format!("the permissions in channel {channel} cannot be asked for"));
        return;
    };
    let roles = super::wire::ids(&member["roles"]);
    let granted = granted(&guild, &found, Member { user: own, roles: &roles });
    let missing: Permissions = needed().difference(granted);
    if missing.is_empty() {
        findings.good.push(format!("channel {channel} ({}) can be written to", text(&found["name"])));
    } else {
        let names: Vec<String> = missing.iter_names().map(|(name, _)| name.to_lowercase().replace('_', " ")).collect();
        findings.problems.push(format!("in channel {channel} ({}) the bot lacks: {}", text(&found["name"]), names.join(", ")));
    }
}

fn granted(guild: &Value, channel: &Value, member: Member<'_>) -> Permissions {
    let mut guilds = Guilds::default();
    let mut data = guild.clone();
    data["channels"] = json!([channel]);
    guilds.note("GUILD_CREATE", &data, member.user);
    id(&channel["id"]).and_then(|channel| guilds.permissions(channel, member)).unwrap_or(Permissions::empty())
}

fn words(failure: &Failure) -> String {
    if failure.is_unauthorized() { super::bad_token().to_string() } else { failure.to_string() }
}
