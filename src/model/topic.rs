//! Things that stances are about and that are not actors.

use super::TopicId;
use serde::{Deserialize, Serialize};

/// What sort of thing a topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicKind {
    /// A plan, draft or offer.
    Proposal,
    /// Something asked of others.
    Demand,
    /// A meeting, vote, attack.
    Event,
    /// A course of action: sanctions, enlargement.
    Policy,
    /// A treaty, court, law.
    Institution,
}

/// Something stances are about: a plan, a law, an event, a demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The stable id.
    pub id: TopicId,
    /// What sort of thing it is.
    pub kind: TopicKind,
    /// The name to show.
    pub name: String,
    /// Forms by which texts call it; matched without regard to letter case of the first letter.
    pub names: Vec<String>,
    /// The topic of which this is a part.
    pub part_of: Option<TopicId>,
    /// A stance on it is one on the topic that it is a part of; without this it is not.
    #[serde(default)]
    pub counts_for_whole: bool,
    /// Provenance in words or as a URL.
    pub source: String,
}
