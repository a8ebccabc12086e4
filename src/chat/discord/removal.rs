//! Removes an answer when who asked, or a moderator, reacts to it in one of the agreed ways.

use super::desk::{ANSWER_PATIENCE, Desk};
use super::guilds::Member;
use super::rest::Call;
use super::wire::{Id, Reaction, id};
use crate::commands::Permission;
use reqwest::Method;
use serenity::model::Permissions;

/// Reactions by which an answer is removed.
const REMOVERS: [&str; 6] = ["❌", "✖️", "✖", "🗑️", "🗑", "🚮"];
impl Desk {
    /// Removes an answer of the bot's when who asked, or a moderator, reacts to it in one of the agreed ways.
    pub(super) async fn react(&self, reaction: Reaction) {
        let is_candidate = reaction.author.is_none_or(|author| author == self.own);
        if reaction.user == self.own || !is_candidate || !REMOVERS.contains(&reaction.emoji.as_str()) {
            return;
        }
        let member = Member { user: reaction.user, roles: &reaction.roles };
        let granted = self.guilds().permissions(reaction.channel, member).unwrap_or(Permissions::empty());
        let moderates = reaction.guild.is_none() || granted.manage_messages() || self.rank(member, granted) >= Permission::Moderator;
        let path = format!("/channels/{}/messages/{}", reaction.channel, reaction.message);
        let Some(asker) = self.asker_of(&reaction, &path).await else { return };
        if !moderates && asker != Some(reaction.user) {
            return;
        }
        if let Err(failure) = self.rest.ask(&Call::new(Method::DELETE, path).patient(ANSWER_PATIENCE).repeatable()).await {
            tracing::info!(%failure, "an answer could not be removed");
        }
    }

    /// Gives who asked what a message answers, where that is known; none when the message is not the bot's own.
    async fn asker_of(&self, reaction: &Reaction, path: &str) -> Option<Option<Id>> {
        if let Some(asker) = self.memory().asker_of(reaction.message) {
            return Some(Some(asker));
        }
        let found = self.rest.ask(&Call::get(path)).await.ok()?;
        let is_own = id(&found["author"]["id"]) == Some(self.own);
        is_own.then(|| id(&found["interaction_metadata"]["user"]["id"]).or_else(|| id(&found["referenced_message"]["author"]["id"])))
    }
}
