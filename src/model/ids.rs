//! Identifiers as types of their own, so that a feed's number is never taken for an article's.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text that is already an id (lower case letters, digits, hyphens by convention).
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            /// Gives the id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self::new(id)
            }
        }
    };
}

number_id!(
    /// The number of a change that somebody made in chat; shown to users, never given twice.
    ChangeId
);
number_id!(
    /// A feed's row; stable for the life of the database.
    FeedId
);
number_id!(
    /// An article's row; stable for the life of the database.
    ArticleId
);
number_id!(
    /// A statement's row: the number users see in `[12]` and type after `!why`. Never reused.
    StatementId
);
number_id!(
    /// A watch's row.
    WatchId
);
number_id!(
    /// A row of the outbox: also the Discord nonce and the Matrix transaction id.
    OutboxId
);
text_id!(
    /// An actor's id, such as `putin`; found actors start with `found-`.
    ActorId
);
text_id!(
    /// A topic's id, such as `us-ukraine-peace-plan`.
    TopicId
);
text_id!(
    /// An outlet's id, from the operator's configuration or `data/outlets.toml`.
    OutletId
);
text_id!(
    /// A rule's id, such as `shape/inverted` or `stance/reject`; stored, never reused for another rule.
    RuleId
);
