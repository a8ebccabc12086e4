//! What people change in chat: corrections of statements, and what they teach about actors and topics.

use super::{ActorId, ActorKind, ChannelId, Stance, Target, TopicId, TopicKind};
use serde::{Deserialize, Serialize};

/// Somebody who changes something, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Where it was asked for.
    pub channel: ChannelId,
    /// The platform's id of the user.
    pub user: String,
    /// The name that the platform shows; may be empty.
    pub name: String,
}

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Somebody else spoke; none: it cannot be told who.
    Speaker(Option<ActorId>),
    /// A holder's stance towards a target is another; none: the statement shows none.
    Stance {
        /// Whose.
        holder: ActorId,
        /// Towards whom or what.
        target: Target,
        /// Which.
        stance: Option<Stance>,
    },
    /// Nobody said that.
    NotAStatement,
}

/// What is taught about actors and topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lesson {
    /// A topic that no data file has.
    AddTopic {
        /// The id that it gets.
        id: TopicId,
        /// The name to show and to look for.
        name: String,
        /// What sort of thing it is.
        kind: TopicKind,
    },
    /// An actor that no data file has.
    AddActor {
        /// The id that it gets.
        id: ActorId,
        /// The name to show and to look for.
        name: String,
        /// What sort of thing it is.
        kind: ActorKind,
    },
    /// Another name of an actor or topic.
    Name {
        /// Whose.
        of: Target,
        /// The name.
        name: String,
    },
    /// An actor or topic that was added leaves.
    Remove(Target),
    /// A name that was added leaves.
    RemoveName {
        /// Whose.
        of: Target,
        /// The name.
        name: String,
    },
    /// Two actors are one.
    Merge {
        /// The id that leads on.
        from: ActorId,
        /// The id that it leads to.
        into: ActorId,
    },
    /// Nothing of an actor is shown or kept any more.
    Forget(ActorId),
}

/// A wish of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A statement is wrong.
    Corrections(Vec<Correction>),
    /// Something is taught.
    Lesson(Lesson),
}

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeState {
    /// It waits for a moderator.
    Waiting,
    /// It holds.
    Applied,
    /// A moderator did not take it.
    Rejected,
    /// It was taken back.
    Undone,
}
