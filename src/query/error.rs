//! Why a question could not be answered, other than that nothing is known.

use crate::store::StoreError;

/// Why a question could not be answered. That nothing is known is an answer, not an error.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An id that the caller took from a resolved name is not stored, which is a fault of the program.
    #[error("the {what} \u{201c}{id}\u{201d} is not stored")]
    Missing {
        /// What was looked for: actor, topic.
        what: &'static str,
        /// The id.
        id: String,
    },
}
