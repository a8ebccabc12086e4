//! Posts alerts: into channels, threads and forums, each once, and says what became of it. When it is tried again is decided in `alerts`.
//!
//! Discord recognises a nonce for a few minutes. What may have been posted longer ago is looked for among the channel's messages.

use super::answer::{Body, Look, message, parts, shown, without_blanks};
use super::desk::{NO_ACCESS, NO_CHANNEL, look_in};
use super::guilds::Guilds;
use super::memory::fingerprint;
use super::rest::{Call, Failure, Rest};
use super::wire::{Id, Message, first_id_at, id, made_millis, squeeze, text};
use crate::chat::{SendError, Sent};
use crate::model::{ChannelId, OutboxId};
use crate::reply::Reply;
use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Wait after a refusal that is about the channel's own pace (slow mode, write limits).
const SLOW_WAIT: Duration = Duration::from_secs(60);
/// Discord's codes (opcodes-and-status-codes): refusals by AutoMod, slow mode and write limits, an archived thread, an unknown message,
/// a user who takes no private messages.
const BY_AUTOMOD: &[u32] = &[200_000, 200_001];
const SLOW: &[u32] = &[20_016, 20_028, 20_029, 30_046];
const ARCHIVED: &[u32] = &[50_083];
const NO_MESSAGE: &[u32] = &[10_008];
/// Pages of a channel's messages that are looked through for an alert, from each end.
const LOOK_PAGES_MAX: usize = 5;
/// Messages of one such page (resources/message: at most 100).
const LOOK_PAGE: usize = 100;
/// How far a server's clock may be behind: what was posted so long before the row was made is looked at too.
const CLOCK_SKEW_MILLIS: u64 = 60_000;
/// Wait for a turn under the limit over all routes, which is one of a second; for longer ones the alert goes back into the outbox.
const TURN_WAIT: Duration = Duration::from_millis(1_500);
/// Messages of which it is remembered which alert they are: hours of the fastest posting that Discord allows in one channel.
const POSTED_MAX: usize = 5_000;
/// The thread that holds the alerts of a forum.
const FORUM_THREAD: &str = "Alerts";
/// Forums whose thread is remembered.
const FORUMS_MAX: usize = 1_000;

/// Posts into channels.
pub(super) struct Poster<'a> {
    pub(super) rest: &'a Rest,
    pub(super) guilds: &'a Mutex<Guilds>,
    pub(super) forums: &'a Mutex<BTreeMap<Id, Id>>,
    /// Which messages are which alerts: of two alerts with the same words, neither is taken for the other.
    pub(super) posted: &'a Mutex<BTreeMap<Id, OutboxId>>,
    /// The bot's own user; 0 while it is not known.
    pub(super) own: Id,
}

/// Whether an alert may stand in the channel already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// It may not, or was posted a moment ago.
    Never,
    /// It may, from this moment on.
    Since(Timestamp),
}

impl Poster<'_> {
    /// Posts an alert.
    pub(super) async fn post(&self, channel: &ChannelId, (id, before): (OutboxId, Before), reply: &Reply) -> Result<Sent, SendError> {
        let channel = number(channel)?;
        let (target, look) = self.target(channel).await?;
        if let Before::Since(since) = before
            && let Some(found) = self.find(target, (id, since), reply).await?
        {
            return Ok(Sent { message: Some(found) });
        }
        match self.send(target, id, (reply, look)).await {
            Err(failure) if look == Look::Embed && failure.has_code(&[50_013]) => {
                self.send(target, id, (reply, Look::Plain)).await.map_err(|failure| send_error(&failure))
            }
            Err(failure) if failure.has_code(ARCHIVED) => {
                let open = Call::new(Method::PATCH, format!("/channels/{target}")).body(json!({"archived": false})).repeatable();
                self.rest.ask(&open).await.map_err(|failure| send_error(&failure))?;
                self.send(target, id, (reply, look)).await.map_err(|failure| send_error(&failure))
            }
            sent => sent.map_err(|failure| send_error(&failure)),
        }
    }

    /// Gives where messages for a channel go: to itself, or, for a forum, to the thread of the alerts.
    async fn target(&self, channel: Id) -> Result<(Id, Look), SendError> {
        let (is_forum, look, server) = {
            let guilds = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
            let is_forum = guilds.channel(channel).is_some_and(super::guilds::Channel::is_forum);
            (is_forum, look_in(&guilds, channel, self.own), guilds.home(channel))
        };
        match server {
            Some(server) if is_forum => Ok((self.thread(server, channel).await.map_err(|failure| send_error(&failure))?, look)),
            _ => Ok((channel, look)),
        }
    }

    async fn thread(&self, server: Id, forum: Id) -> Result<Id, Failure> {
        let known = self.forums.lock().unwrap_or_else(PoisonError::into_inner).get(&forum).copied();
        let thread = match known {
            Some(thread) => return Ok(thread),
            None => match self.open_thread(server, forum).await? {
                Some(thread) => thread,
                None => self.make_thread(forum).await?,
            },
        };
        let mut forums = self.forums.lock().unwrap_or_else(PoisonError::into_inner);
        forums.insert(forum, thread);
        while forums.len() > FORUMS_MAX {
            forums.pop_first();
        }
        Ok(thread)
    }

    /// Finds the thread that an earlier run made.
    async fn open_thread(&self, server: Id, forum: Id) -> Result<Option<Id>, Failure> {
        let is_ours = |thread: &&Value| {
            id(&thread["parent_id"]) == Some(forum) && id(&thread["owner_id"]) == Some(self.own) && text(&thread["name"]) == FORUM_THREAD
        };
        for path in [format!("/guilds/{server}/threads/active"), format!("/channels/{forum}/threads/archived/public?limit=100")] {
            let found = self.rest.ask(&Call::get(path)).await?;
            let threads = found["threads"].as_array().cloned().unwrap_or_default();
            if let Some(thread) = threads.iter().filter(is_ours).find_map(|thread| id(&thread["id"])) {
                return Ok(Some(thread));
            }
        }
        Ok(None)
    }

    async fn make_thread(&self, forum: Id) -> Result<Id, Failure> {
        let first = json!({"content": "Alerts are posted here."});
        let body = json!({"name": FORUM_THREAD, "message": first});
        let made = self.rest.ask(&Call::new(Method::POST, format!("/channels/{forum}/threads")).body(body)).await?;
        id(&made["id"]).ok_or_else(|| Failure::Unclear { reason: "the thread that was made has no id".to_owned() })
    }

    /// Posts all parts of an alert; the id of the first is the alert's.
    async fn send(&self, target: Id, id_of: OutboxId, (reply, look): (&Reply, Look)) -> Result<Sent, Failure> {
        let parts = parts(reply, look);
        let mut first = None;
        for (number, words) in parts.iter().enumerate() {
            let Body { mut json, files } =
                if parts.len() == 1 { message(reply, 0, look) } else { Body { json: shown(words, look), files: Vec::new() } };
            without_blanks(&mut json);
            json["nonce"] = json!(if number == 0 { id_of.to_string() } else { format!("{id_of}.{number}") });
            json["enforce_nonce"] = json!(true);
            let call = Call::new(Method::POST, format!("/channels/{target}/messages")).body(json).files(files).patient(TURN_WAIT);
            let sent = self.rest.ask(&call).await?;
            if let (0, Some(message)) = (number, id(&sent["id"])) {
                first = Some(format!("{target}/{message}"));
                let mut posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
                posted.insert(message, id_of);
                while posted.len() > POSTED_MAX {
                    posted.pop_first();
                }
            }
        }
        Ok(Sent { message: first })
    }

    /// Looks for an alert among the messages since it was made: by its nonce where Discord tells it, else by its words. In a channel where
    /// more was written since then than is looked through, at both ends: it may have been posted at once, or only just now.
    async fn find(&self, target: Id, (id_of, since): (OutboxId, Timestamp), reply: &Reply) -> Result<Option<String>, SendError> {
        let made = u64::try_from(since.as_millisecond()).unwrap_or(0).saturating_sub(CLOCK_SKEW_MILLIS);
        let wanted: Vec<String> = [Look::Embed, Look::Plain]
            .into_iter()
            .filter_map(|look| parts(reply, look).into_iter().next().map(|part| squeeze(&part)))
            .collect();
        let is_it = |value: &Value| {
            let has_nonce = text(&value["nonce"]) == id_of.to_string();
            let is_own = id(&value["author"]["id"]) == Some(self.own);
            is_own && (has_nonce || wanted.contains(&Message::shown(value)) && !self.is_another(&value["id"], id_of))
        };
        // all up to this one is looked through
        let mut seen = first_id_at(made);
        let mut end = None;
        for look in 0..2 * LOOK_PAGES_MAX {
            let is_from_the_end = look >= LOOK_PAGES_MAX;
            let place = match end {
                _ if !is_from_the_end => format!("&after={seen}"),
                Some(end) => format!("&before={end}"),
                None => String::new(),
            };
            let messages = self.page(target, &place).await?;
            if let Some(id) = messages.iter().filter(|value| is_it(value)).find_map(|value| id(&value["id"])) {
                tracing::info!(outbox_id = id_of.0, age_secs = made_millis(id) / 1_000, "an alert stands in its channel already");
                return Ok(Some(format!("{target}/{id}")));
            }
            let ids = || messages.iter().filter_map(|value| id(&value["id"]));
            let (Some(oldest), Some(newest)) = (ids().min(), ids().max()) else { break };
            if is_from_the_end {
                end = Some(oldest);
            } else {
                seen = newest;
            }
            if messages.len() < LOOK_PAGE || end.is_some_and(|end| end <= seen) {
                break;
            }
        }
        Ok(None)
    }

    /// Gives a page of a channel's messages; none without the right to read back, where the nonce alone has to do.
    async fn page(&self, target: Id, place: &str) -> Result<Vec<Value>, SendError> {
        match self.rest.ask(&Call::get(format!("/channels/{target}/messages?limit={LOOK_PAGE}{place}"))).await {
            Ok(found) => Ok(found.as_array().cloned().unwrap_or_default()),
            Err(Failure::Refused { status: 403, .. }) => Ok(Vec::new()),
            Err(failure) => Err(send_error(&failure)),
        }
    }

    /// Tells whether a message is known to be another alert.
    fn is_another(&self, message: &Value, id_of: OutboxId) -> bool {
        let posted = self.posted.lock().unwrap_or_else(PoisonError::into_inner);
        id(message).and_then(|message| posted.get(&message).copied()).is_some_and(|known| known != id_of)
    }

    /// Shows a posted alert in another form.
    pub(super) async fn edit(&self, channel: &ChannelId, posted: &str, reply: &Reply) -> Result<(), SendError> {
        let look = look_in(&self.guilds.lock().unwrap_or_else(PoisonError::into_inner), number(channel)?, self.own);
        let Some((target, id)) = posted.split_once('/') else { return Ok(()) };
        let Body { json, files } = message(reply, 0, look);
        let call = Call::new(Method::PATCH, format!("/channels/{target}/messages/{id}")).body(json).files(files);
        match self.rest.ask(&call).await {
            Err(failure) if failure.has_code(NO_MESSAGE) => Ok(()),
            outcome => outcome.map(|_| ()).map_err(|failure| send_error(&failure)),
        }
    }
}

/// Writes to a user in private, once under a key.
pub(super) async fn tell(rest: &Rest, (user, key): (&str, &str), reply: &Reply) -> Result<(), SendError> {
    let Ok(user) = user.parse::<Id>() else { return Err(SendError::Refused { reason: format!("{user} is no user of Discord") }) };
    let refused = |failure: Failure| match failure {
        Failure::Refused { message, .. } => SendError::Refused { reason: message },
        other => send_error(&other),
    };
    let open = Call::new(Method::POST, "/users/@me/channels").body(json!({"recipient_id": user.to_string()})).repeatable();
    let channel = rest.ask(&open).await.map_err(refused)?;
    let channel = id(&channel["id"]).ok_or_else(|| SendError::Refused { reason: "there is no private channel".to_owned() })?;
    let mut json = body(reply, Look::Embed);
    json["nonce"] = json!(format!("{:x}", fingerprint(key)));
    json["enforce_nonce"] = json!(true);
    let call = Call::new(Method::POST, format!("/channels/{channel}/messages")).body(json);
    rest.ask(&call).await.map(|_| ()).map_err(refused)
}

/// Makes the body of a new message without files: a remark of the bot's own.
pub(super) fn body(reply: &Reply, look: Look) -> Value {
    let Body { mut json, .. } = message(reply, 0, look);
    without_blanks(&mut json);
    json
}

fn number(channel: &ChannelId) -> Result<Id, SendError> {
    channel.room.parse().map_err(|_| SendError::Refused { reason: format!("\u{201c}{}\u{201d} is no channel of Discord", channel.room) })
}

/// Says what a failure means for an alert.
fn send_error(failure: &Failure) -> SendError {
    let reason = failure.to_string();
    match failure {
        Failure::Wait { after } => SendError::Retry { reason, after: Some(*after) },
        Failure::Unclear { .. } | Failure::Refused { status: 401, .. } => SendError::Retry { reason, after: None },
        _ if failure.has_code(SLOW) => SendError::Retry { reason, after: Some(SLOW_WAIT) },
        _ if failure.has_code(BY_AUTOMOD) => SendError::Refused { reason },
        _ if failure.has_code(NO_ACCESS) || failure.has_code(NO_CHANNEL) => SendError::Closed { reason },
        Failure::Refused { status: 403 | 404, .. } => SendError::Closed { reason },
        Failure::Refused { .. } => SendError::Refused { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: u32) -> SendError {
        send_error(&Failure::Refused { status, code, message: String::new() })
    }

    #[test]
    fn what_a_refusal_means_for_an_alert() {
        assert!(matches!(refused(403, 50_013), SendError::Closed { .. }) && matches!(refused(404, 10_003), SendError::Closed { .. }));
        assert!(matches!(refused(400, 200_000), SendError::Refused { .. }) && matches!(refused(403, 200_001), SendError::Refused { .. }));
        assert!(matches!(refused(400, 50_035), SendError::Refused { .. }));
        assert!(
            matches!(refused(401, 0), SendError::Retry { .. }) && matches!(refused(403, 20_016), SendError::Retry { after: Some(_), .. })
        );
        let busy = send_error(&Failure::Unclear { reason: String::new() });
        assert!(matches!(busy, SendError::Retry { after: None, .. }));
    }
}
