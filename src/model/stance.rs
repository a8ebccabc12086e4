//! The three axes of a statement that stay three: act, stance, modality; and reporting distance.

use super::{ActorId, TopicId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A stored or written word that is none of an axis's values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {axis} \u{201c}{word}\u{201d}")]
pub struct UnknownWord {
    /// Which axis was read.
    pub axis: &'static str,
    /// The word that it does not have.
    pub word: String,
}

macro_rules! axis {
    ($(#[$doc:meta])* $name:ident, $axis:literal, { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All values, in the order of their definition.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// Gives the stored word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { axis: $axis, word: word.to_owned() }),
                }
            }
        }
    };
}

axis!(
    /// Where a holder stands towards a target (SemEval 2016 task 6, widened).
    Stance, "stance", {
        /// For it.
        Support = "support",
        /// Against it.
        Oppose = "oppose",
        /// For it only if something happens.
        Conditional = "conditional",
        /// For some of it, against some of it.
        Mixed = "mixed",
        /// Speaks of it without taking a side, and the words show that.
        Neutral = "neutral",
        /// Cannot be told from the words.
        Unclear = "unclear",
    }
);

axis!(
    /// What is done by saying it (after CAMEO's root classes).
    Act, "act", {
        /// Says something; nothing more can be told.
        Comment = "comment",
        /// Confirms that something is so.
        Affirm = "affirm",
        /// Denies that something is so.
        Deny = "deny",
        /// Declines to say or do.
        Decline = "decline",
        /// Puts a plan forward.
        Propose = "propose",
        /// Asks for something.
        Request = "request",
        /// Insists on something.
        Demand = "demand",
        /// Agrees or accepts.
        Agree = "agree",
        /// Accepts under a condition.
        AcceptConditionally = "accept-conditionally",
        /// Admits or gives way.
        Concede = "concede",
        /// Speaks well of somebody or something.
        Praise = "praise",
        /// Finds fault.
        Criticise = "criticise",
        /// Says that somebody did wrong.
        Accuse = "accuse",
        /// Turns something down.
        Reject = "reject",
        /// Announces harm, if or for sure.
        Threaten = "threaten",
    }
);

axis!(
    /// How the statement relates to what is the case.
    Modality, "modality", {
        /// Said as being so.
        Asserted = "asserted",
        /// Said as not being so.
        Negated = "negated",
        /// Said under a condition.
        Hypothetical = "hypothetical",
        /// Said of what is to come.
        Future = "future",
        /// Said of what is long past.
        Historical = "historical",
    }
);

axis!(
    /// How the reporter's cue word stands to what is reported.
    Distance, "distance", {
        /// said, told, according to
        Neutral = "neutral",
        /// claimed, alleged: the reporter does not vouch
        Distancing = "distancing",
        /// confirmed, noted, pointed out: the reporter takes it as true
        Endorsing = "endorsing",
    }
);

/// The actor or topic that a stance is towards.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// Somebody.
    Actor(ActorId),
    /// Something.
    Topic(TopicId),
}

impl Target {
    /// Gives the id of the actor or topic as text.
    pub fn id(&self) -> &str {
        match self {
            Self::Actor(id) => id.as_str(),
            Self::Topic(id) => id.as_str(),
        }
    }
}
