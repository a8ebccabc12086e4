//! The bare finding of the rule module: someone's words, with who and by which cue.

use super::{RuleId, Span};
use serde::{Deserialize, Serialize};

/// How the words are given (PARC 3's three kinds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuoteKind {
    /// All of the content stands in quotation marks.
    Direct,
    /// Some of it does.
    Mixed,
    /// None of it does.
    Indirect,
}

impl QuoteKind {
    /// Gives the stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Mixed => "mixed",
            Self::Indirect => "indirect",
        }
    }
}

/// Source + cue + content spans, before anybody is identified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribution {
    /// The mention that speaks ("he", "the Russian presidential aide"); none in an agentless passive.
    pub source: Option<Span>,
    /// The word or phrase that shows it: said, according to, statement.
    pub cue: Option<Span>,
    /// What was said: at least one span, in text order, without overlaps; several for a split quotation.
    pub content: Vec<Span>,
    /// Direct, mixed or indirect.
    pub quote: QuoteKind,
    /// Index, in the same list, of the attribution whose content holds this one.
    pub parent: Option<usize>,
    /// The sentence shape that made it.
    pub rule: RuleId,
}
