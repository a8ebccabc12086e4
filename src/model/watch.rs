//! A channel's standing question.

use super::{ActorId, Target, TopicId, WatchId};
use serde::{Deserialize, Serialize};

/// A place that answers and alerts are posted to, on any platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelId {
    /// The platform's name: `terminal`, `discord`, `matrix`.
    pub platform: String,
    /// The platform's own id of the channel or room.
    pub room: String,
}

/// Whom or what a watch follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchSubject {
    /// What an actor says, or what is reported of the actor's stances.
    Actor(ActorId),
    /// Who takes a stance on a topic.
    Topic(TopicId),
}

/// Which statements of its subject a watch is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WatchScope {
    /// Own words and what others report.
    #[default]
    All,
    /// Only own words.
    Own,
    /// Only statements that complete a shift of position.
    Shifts,
}

/// A channel's standing question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its row.
    pub id: WatchId,
    /// Where the alerts go.
    pub channel: ChannelId,
    /// Whom or what it follows.
    pub subject: WatchSubject,
    /// Only statements with a stance towards this target.
    pub on: Option<Target>,
    /// Which of the subject's statements.
    pub scope: WatchScope,
    /// The platform's id of the user who made it.
    pub made_by: String,
}
