//! Why a run of the program failed, and which exit code that is.

use crate::chat::FaceError;
use crate::config::ConfigError;
use crate::rules::DataProblem;
use crate::store::StoreError;

/// Why the program ends without success; shown on stderr in one sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The configuration cannot be used.
    #[error("the configuration cannot be used:\n{0}")]
    Config(#[from] ConfigError),
    /// The data files cannot be used.
    #[error("the data files cannot be used:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Data(Vec<DataProblem>),
    /// The state directory cannot be used.
    #[error("cannot use the state directory {path}: {reason}; {hint}")]
    State {
        /// The directory or a file in it.
        path: String,
        /// What the system said.
        reason: String,
        /// What to do.
        hint: &'static str,
    },
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A chat platform cannot go on.
    #[error("{name}: {error}")]
    Face {
        /// The platform.
        name: &'static str,
        /// Why.
        error: FaceError,
    },
    /// Something else failed; the sentence says what to do.
    #[error("{0}")]
    Failed(String),
}

impl AppError {
    /// Gives the exit code that the command line documents.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::Data(_) => 3,
            Self::State { .. } | Self::Store(_) | Self::Face { error: FaceError::State(_), .. } => 4,
            Self::Face { error: FaceError::Token(_), .. } => 5,
            Self::Face { error: FaceError::Intents(_), .. } => 6,
            Self::Face { error: FaceError::Shard(_), .. } => 7,
            Self::Face { error: FaceError::Session(_), .. } => 8,
            Self::Face { error: FaceError::Failed(_), .. } | Self::Failed(_) => 1,
        }
    }
}
