//! Lets an operator verify the bot from an app (Client-Server API, "Short Authentication String"): both sides derive seven emoji from the
//! keys that they see of each other, and a person who sees both compares them.
//!
//! The bot's stand in its log, which only whoever runs it sees. It always says that they match: the comparison is for the person's trust in
//! the bot, and the bot decides nothing by a trust in people that is made here. Requests of others are declined with the reason, as nobody
//! could look at the bot's side for them. Those of the bot's own account are left to its other sessions: one that shall get its keys has
//! the recovery key.

use super::content::{self, Relation};
use super::desk::{AGE_MAX, Desk};
use super::outgoing::Parcel;
use crate::reply::{Inline, Reply, Tone};
use futures_util::StreamExt;
use matrix_sdk::encryption::verification::{SasState, SasVerification, Verification, VerificationRequest, VerificationRequestState};
use matrix_sdk::ruma::UserId;
use matrix_sdk::ruma::events::key::verification::VerificationMethod;
use serde_json::Value;
use std::time::Duration;

/// Time after which a request is out of date (Client-Server API, "Key verification framework").
const REQUEST_HOLDS: Duration = Duration::from_mins(10);

/// A request to verify the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Who asks.
    user: String,
    /// Under which id both sides speak of it; in a room that of the event.
    flow: String,
    /// The room in which it was asked, if it was.
    room: Option<String>,
}

impl Wanted {
    /// Reads an event of a room; none when it asks somebody else, or for something else.
    pub(super) fn in_room(event: &Value, (room, own): (&str, &str)) -> Option<Self> {
        let is_request = event["type"] == "m.room.message" && event["content"]["msgtype"] == "m.key.verification.request";
        let is_for_bot = event["content"]["to"] == own && event["sender"] != own;
        if !is_request || !is_for_bot {
            return None;
        }
        let (user, flow) = (event["sender"].as_str()?.to_owned(), event["event_id"].as_str()?.to_owned());
        Some(Self { user, flow, room: Some(room.to_owned()) })
    }

    /// Reads an event from device to device; older clients begin without a request.
    pub(super) fn by_device(event: &Value, own: &str) -> Option<Self> {
        let begins = matches!(event["type"].as_str()?, "m.key.verification.request" | "m.key.verification.start");
        let (user, flow) = (event["sender"].as_str()?.to_owned(), event["content"]["transaction_id"].as_str()?.to_owned());
        (begins && user != own).then_some(Self { user, flow, room: None })
    }
}

impl Desk {
    /// Goes along with a request until it is done, cancelled or out of date.
    pub(super) async fn compare(&self, wanted: Wanted) {
        match tokio::time::timeout(REQUEST_HOLDS, self.take_part(&wanted)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(user = wanted.user, %error, "a verification broke off"),
            Err(_) => tracing::info!(user = wanted.user, "a verification was not brought to its end in time"),
        }
    }

    async fn take_part(&self, wanted: &Wanted) -> matrix_sdk::Result<()> {
        let Ok(user) = UserId::parse(&wanted.user) else { return Ok(()) };
        let encryption = self.client.encryption();
        let request = encryption.get_verification_request(&user, &wanted.flow).await;
        let begun = encryption.get_verification(&user, &wanted.flow).await.and_then(Verification::sas);
        let is_operator = self.options.is_operator(&wanted.user);
        let sas = match (request, begun) {
            (Some(request), _) if !is_operator => return self.decline(wanted, request.cancel()).await,
            (None, Some(sas)) if !is_operator => return self.decline(wanted, sas.cancel()).await,
            // what was asked for before is gone along with already
            (Some(_), Some(_)) => return Ok(()),
            (Some(request), None) => match accepted(&request).await? {
                Some(sas) => sas,
                None => return Ok(()),
            },
            (None, Some(sas)) => sas,
            (None, None) => {
                tracing::info!(user = wanted.user, "a verification was asked for by a device that is not known, or too late");
                return Ok(());
            }
        };
        sas.accept().await?;
        shown(&sas).await
    }

    /// Cancels a request and says why, where there is a room to say it in.
    async fn decline(&self, wanted: &Wanted, cancelling: impl Future<Output = matrix_sdk::Result<()>>) -> matrix_sdk::Result<()> {
        tracing::info!(user = wanted.user, "a verification was declined: only operators see the emoji on this side, in this log");
        cancelling.await?;
        let Some(room) = wanted.room.as_deref().and_then(|room| self.room(room)) else { return Ok(()) };
        let words = "I cannot be verified by emoji here: mine stand in my log, so only my operators (under operators of [matrix]) can \
                     compare them. My session is signed with my account's keys; ask them for its fingerprint.";
        let relation = Relation { answers: Some(wanted.flow.clone()), thread: None };
        for message in content::messages(&Reply::line(Tone::UserError, vec![Inline::text(words)])) {
            let transaction = format!("{}-declined", wanted.flow.trim_start_matches('$'));
            let parcel = Parcel::message(content::notice(&message, &relation), transaction);
            let deadline = (self.options.clock)().checked_add(AGE_MAX).unwrap_or(jiff::Timestamp::MAX);
            if let Err(failure) = self.outgoing.patiently(&room, &parcel, (self.options.clock, deadline)).await {
                tracing::warn!(%failure, "nobody could be told that a verification was declined");
            }
        }
        Ok(())
    }
}

/// Accepts a request and waits until the other side begins; none when it does not, or can compare nothing.
async fn accepted(request: &VerificationRequest) -> matrix_sdk::Result<Option<SasVerification>> {
    let mut changes = std::pin::pin!(request.changes());
    if !request.their_supported_methods().is_some_and(|methods| methods.contains(&VerificationMethod::SasV1)) {
        request.cancel().await?;
        return Ok(None);
    }
    request.accept_with_methods(vec![VerificationMethod::SasV1]).await?;
    let mut state = Some(request.state());
    while let Some(now) = state {
        match now {
            VerificationRequestState::Transitioned { verification } => return Ok(verification.sas()),
            VerificationRequestState::Done | VerificationRequestState::Cancelled(_) => return Ok(None),
            _ => state = changes.next().await,
        }
    }
    Ok(None)
}

/// Shows the emoji in the log, says that they match, and waits for what the other side says.
async fn shown(sas: &SasVerification) -> matrix_sdk::Result<()> {
    let mut changes = std::pin::pin!(sas.changes());
    let mut state = Some(sas.state());
    let user = sas.other_user_id().to_string();
    while let Some(now) = state {
        match now {
            SasState::KeysExchanged { emojis, decimals } => {
                let emoji = emojis.map(|emojis| emojis.emojis.map(|emoji| format!("{} {}", emoji.symbol, emoji.description)).join(", "));
                let shown = emoji.unwrap_or_else(|| format!("{} {} {}", decimals.0, decimals.1, decimals.2));
                // a warning, so that it stands in a log that shows no more than these
                tracing::warn!(user, "{user} verifies this bot. If the app shows the same, say there that it matches: {shown}");
                sas.confirm().await?;
            }
            SasState::Done { .. } => {
                tracing::info!(user, "this bot was verified");
                return Ok(());
            }
            SasState::Cancelled(why) => {
                tracing::warn!(user, reason = why.reason(), "a verification was cancelled");
                return Ok(());
            }
            _ => {}
        }
        state = changes.next().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const OWN: &str = "@stancebot:example.org";

    #[test]
    fn a_request_in_a_room_is_for_whom_it_names() {
        let request = |sender: &str, to: &str| {
            json!({"type": "m.room.message", "sender": sender, "event_id": "$1",
                   "content": {"msgtype": "m.key.verification.request", "body": "…", "to": to, "methods": ["m.sas.v1"]}})
        };
        let wanted = Wanted { user: "@ada:example.org".into(), flow: "$1".into(), room: Some("!r".into()) };
        assert_eq!(Wanted::in_room(&request("@ada:example.org", OWN), ("!r", OWN)), Some(wanted));
        assert_eq!(Wanted::in_room(&request("@ada:example.org", "@bo:example.org"), ("!r", OWN)), None);
        assert_eq!(Wanted::in_room(&request(OWN, OWN), ("!r", OWN)), None);
        let words =
            json!({"type": "m.room.message", "sender": "@ada:example.org", "event_id": "$1", "content": {"msgtype": "m.text", "to": OWN}});
        assert_eq!(Wanted::in_room(&words, ("!r", OWN)), None);
    }

    #[test]
    fn devices_begin_with_a_request_or_at_once() {
        let event = |kind: &str, sender: &str| json!({"type": kind, "sender": sender, "content": {"transaction_id": "t"}});
        let wanted = Some(Wanted { user: "@ada:example.org".into(), flow: "t".into(), room: None });
        for kind in ["m.key.verification.request", "m.key.verification.start"] {
            assert_eq!(Wanted::by_device(&event(kind, "@ada:example.org"), OWN), wanted);
            assert_eq!(Wanted::by_device(&event(kind, OWN), OWN), None, "an own session's");
        }
        assert_eq!(Wanted::by_device(&event("m.key.verification.mac", "@ada:example.org"), OWN), None);
    }
}
