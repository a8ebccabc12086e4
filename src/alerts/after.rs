//! What happens after a try to post: an alert is shown anew when its statement appears elsewhere; a channel that cannot be written to is
//! told to who follows something there, once, and noted until it can.

use super::deliver::Courier;
use super::render;
use crate::chat::SendError;
use crate::model::ChannelId;
use crate::query::Local;
use crate::reply::{Inline, Reply, Tone};
use crate::store::{OutboxRow, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Alerts that are shown anew at once; the next come in the next round.
const COPIES_AT_ONCE: usize = 10;
/// Longest wait for one of them.
const EDIT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest wait for a private message.
const TELL_TIMEOUT: Duration = Duration::from_secs(20);
/// Who made the watches of the configuration, as the store says: nobody who could be told.
const CONFIGURED: &str = "config";

/// What somebody has to be told of a channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Untold {
    user: String,
    text: String,
    since: Timestamp,
}

impl Untold {
    fn read(noted: &str) -> Option<Self> {
        serde_json::from_str(noted).ok()
    }

    fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Courier {
    /// Shows alerts anew whose statements have appeared in further places.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    ///
    /// # Cancel safety
    /// What was shown and not noted is shown again, which changes nothing.
    pub async fn show_copies(&self) -> Result<usize, StoreError> {
        let grown = self.with_store(|store| store.grown_posts(COPIES_AT_ONCE)).await?;
        let mut shown = 0;
        for (row, message) in grown {
            let Some(platform) = self.platform(&row.channel) else { continue };
            let channel = row.channel.clone();
            let local = self.with_store(move |store| Local::of_channel(store, &channel)).await?;
            let (owned, prefix) = (row.clone(), self.prefix(&local));
            let reply = match self.with_store(move |store| Ok(render::message(store, &owned, &prefix))).await? {
                Ok(reply) => reply,
                Err(error) => {
                    tracing::error!(outbox_id = row.id.0, %error, "an alert cannot be shown anew");
                    continue;
                }
            };
            let edited = tokio::time::timeout(EDIT_TIMEOUT, platform.edit(&row.channel, &message, &reply)).await;
            match edited {
                // It is tried again in the next round.
                Err(_) | Ok(Err(SendError::Retry { .. })) => continue,
                Ok(Err(error)) => tracing::info!(outbox_id = row.id.0, %error, "an alert could not be shown anew"),
                Ok(Ok(())) => shown += 1,
            }
            let id = row.id;
            self.with_store(move |store| store.mark_shown(id)).await?;
        }
        Ok(shown)
    }

    /// Notes that a channel cannot be written to, and tells who follows something there when that is news.
    pub(super) async fn closed(&self, row: &OutboxRow, reason: &str) -> Result<(), StoreError> {
        self.has_paused.store(true, Ordering::Relaxed);
        let (channel, words) = (row.channel.clone(), reason.to_owned());
        if !self.with_store(move |store| store.set_paused(&channel, Some(&words))).await? {
            return Ok(());
        }
        tracing::warn!(platform = row.channel.platform, room = row.channel.room, reason, "a channel cannot be written to; its alerts wait");
        let watch = row.watch;
        let watch = self.with_store(move |store| watch.map(|id| store.watch(id)).transpose()).await?.flatten();
        let Some(watch) = watch.filter(|watch| watch.made_by != CONFIGURED) else { return Ok(()) };
        let text = format!(
            "I cannot post alerts in the channel {} any more: {reason}. They wait up to {} hours, and come when I may write there again.",
            row.channel.room, self.settings.retry_hours_max
        );
        let untold = Untold { user: watch.made_by, text, since: (self.clock)() };
        let (channel, noted) = (row.channel.clone(), untold.written());
        self.with_store(move |store| store.set_untold(&channel, Some(&noted))).await?;
        self.tell(&row.channel, &untold).await
    }

    /// Tells again who follows something in a channel that cannot be written to and could not be told.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn tell_untold(&self) -> Result<(), StoreError> {
        for (channel, noted) in self.with_store(Store::untold).await? {
            let untold = Untold::read(&noted);
            let patience = SignedDuration::from_hours(self.settings.retry_hours_max.into());
            match untold.filter(|untold| (self.clock)().duration_since(untold.since) <= patience) {
                Some(untold) => self.tell(&channel, &untold).await?,
                None => self.with_store(move |store| store.set_untold(&channel, None)).await?,
            }
        }
        Ok(())
    }

    /// Tells somebody of a channel; what may be told later stays noted.
    async fn tell(&self, channel: &ChannelId, untold: &Untold) -> Result<(), StoreError> {
        let Some(platform) = self.platform(channel) else { return Ok(()) };
        let reply = Reply::line(Tone::Fault, vec![Inline::text(untold.text.as_str())]);
        // Being closed a second time is another thing to tell.
        let key = format!("closed {} {}", channel.room, untold.since);
        match tokio::time::timeout(TELL_TIMEOUT, platform.tell(&untold.user, &key, &reply)).await {
            Err(_) => return Ok(()),
            Ok(Err(SendError::Retry { reason, .. })) => {
                tracing::debug!(reason, "who follows something there cannot be told yet");
                return Ok(());
            }
            Ok(Err(error)) => tracing::warn!(%error, "who follows something there cannot be told"),
            Ok(Ok(())) => {}
        }
        let channel = channel.clone();
        self.with_store(move |store| store.set_untold(&channel, None)).await
    }

    /// Makes due what waits for channels in which a permission came back; gives how many there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        if !self.has_paused.load(Ordering::Relaxed) {
            return Ok(0);
        }
        let paused = self.with_store(Store::paused_channels).await?;
        self.has_paused.store(!paused.is_empty(), Ordering::Relaxed);
        let mut resumed = 0;
        for platform in &self.platforms {
            let there: Vec<ChannelId> = paused.iter().filter(|channel| channel.platform == platform.name()).cloned().collect();
            if there.is_empty() {
                continue;
            }
            for channel in platform.reopened(&there) {
                let now = (self.clock)();
                self.with_store(move |store| store.release_channel(&channel, now)).await?;
                resumed += 1;
            }
        }
        Ok(resumed)
    }

    /// Notes that a channel can be written to.
    pub(super) async fn reopened(&self, row: &OutboxRow) -> Result<(), StoreError> {
        let channel = row.channel.clone();
        if self.with_store(move |store| store.set_paused(&channel, None)).await? {
            tracing::info!(platform = row.channel.platform, room = row.channel.room, "a channel can be written to again");
        }
        Ok(())
    }
}
