//! What a reaction under one of the bot's messages does: turn the page of an answer, or remove it.

use super::desk::{Desk, json_of, page_query};
use super::failure::Failure;
use super::ledger::Question;
use crate::commands::Permission;
use crate::reply::Tone;
use matrix_sdk::Room;
use matrix_sdk::ruma::{EventId, UserId};

/// Reactions by which a message of the bot's is removed.
const REMOVERS: [&str; 4] = ["❌", "✖", "🗑", "🚮"];
/// Reactions that turn a page.
const NEXT: [&str; 3] = ["▶", "➡", "⏩"];
const BACK: [&str; 3] = ["◀", "⬅", "⏪"];

/// What somebody wants with a reaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Remove,
    Next,
    Back,
}

impl Wish {
    /// Reads a reaction; none when it means nothing to the bot.
    pub(super) fn of(key: &str) -> Option<Self> {
        // Some clients add that it is to be shown in colours (variation selector 16).
        let key = key.trim_end_matches('\u{fe0f}');
        let is_in = |keys: &[&str]| keys.contains(&key);
        if is_in(&REMOVERS) {
            return Some(Self::Remove);
        }
        if is_in(&NEXT) { Some(Self::Next) } else { is_in(&BACK).then_some(Self::Back) }
    }
}

impl Desk {
    /// Does what a reaction asks for; `event` is the reaction.
    pub(super) async fn react(&self, room: &Room, sender: &str, (target, key, event): (&str, &str, &str)) -> Result<(), Failure> {
        let (Some(wish), true) = (Wish::of(key), sender != self.own.user) else { return Ok(()) };
        let id = target.to_owned();
        let question = self.remember(move |ledger| ledger.question_of(&id)).await.flatten();
        let question = question.filter(|question| question.room == room.room_id().as_str());
        match (wish, question) {
            (Wish::Remove, Some(question)) => {
                if question.asker != sender && !self.moderates(room, sender).await {
                    return Ok(());
                }
                for part in question.answers.iter().chain(&question.pictures) {
                    self.outgoing.remove(room, part, self.patience()).await?;
                }
                Ok(())
            }
            (Wish::Remove, None) if self.moderates(room, sender).await && self.is_own(room, target).await => {
                self.outgoing.remove(room, target, self.patience()).await
            }
            (Wish::Next, Some(question)) => self.turn(room, sender, (question.page + 1, question, event)).await,
            (Wish::Back, Some(question)) => self.turn(room, sender, (question.page.saturating_sub(1), question, event)).await,
            (_, None) => Ok(()),
        }
    }

    /// Tells whether somebody may remove what others wrote, or is a moderator for the bot.
    async fn moderates(&self, room: &Room, user: &str) -> bool {
        let Ok(id) = UserId::parse(user) else { return false };
        let may_redact = room.power_levels().await.is_ok_and(|levels| levels.user_can_redact_event_of_other(&id));
        may_redact || self.answerer.permission(self.asked_by(room, user).await).await >= Permission::Moderator
    }

    async fn is_own(&self, room: &Room, event: &str) -> bool {
        let Ok(id) = EventId::parse(event) else { return false };
        let found = room.event(&id, None).await.ok();
        found.as_ref().and_then(json_of).is_some_and(|json| json["sender"] == self.own.user.as_str())
    }

    async fn turn(&self, room: &Room, sender: &str, (page, question, event): (u32, Question, &str)) -> Result<(), Failure> {
        let Some(query) = page_query(&question, page) else { return Ok(()) };
        let mut incoming = self.asked_by(room, sender).await;
        // Turning a page only reads, whoever does it.
        incoming.permission = incoming.permission.min(Permission::Moderator);
        incoming.text = query;
        let Some(reply) = self.answerer.answer(incoming).await else { return Ok(()) };
        if matches!(reply.tone, Tone::UserError | Tone::Fault) {
            return Ok(());
        }
        let paging = reply.paging.clone();
        let new = Question {
            page: paging.as_ref().map_or(page, |paging| paging.page),
            pages: paging.as_ref().map_or(question.pages, |paging| paging.pages),
            answers: Vec::new(),
            pictures: Vec::new(),
            ..question.clone()
        };
        self.change(room, &reply, (question, new, event)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_read_with_and_without_their_selector() {
        assert_eq!(
            (Wish::of("❌"), Wish::of("🗑️"), Wish::of("▶️"), Wish::of("◀")),
            (Some(Wish::Remove), Some(Wish::Remove), Some(Wish::Next), Some(Wish::Back))
        );
        for other in ["👍", "", "\u{fe0f}", "x"] {
            assert_eq!(Wish::of(other), None, "{other}");
        }
    }
}
