//! What an act and a stance are called in other people's coding schemes, so that exports load into their tools.
//!
//! CAMEO: the two-digit root classes of the Conflict and Mediation Event Observations codebook (Schrodt 2012, version 1.1b3).
//! PLOVER: the event types of its successor in the form that the POLECAT data use (Halterman et al. 2023). Discourse Network
//! Analyzer: whether a statement agrees with its concept (Leifeld, DNA manual). Nothing is judged here.

use super::{Act, Stance};

impl Act {
    /// Gives the CAMEO root class: "01" (make a public statement) where the act is nothing more.
    pub fn cameo(self) -> &'static str {
        match self {
            Self::Comment | Self::Affirm | Self::Deny | Self::Decline => "01",
            Self::Request => "02",
            Self::Propose | Self::Agree | Self::AcceptConditionally => "03",
            Self::Praise => "05",
            Self::Concede => "08",
            Self::Demand => "10",
            Self::Criticise | Self::Accuse => "11",
            Self::Reject => "12",
            Self::Threaten => "13",
        }
    }

    /// Gives the PLOVER event type; none for mere statements, which PLOVER does not code.
    pub fn plover(self) -> Option<&'static str> {
        match self {
            Self::Comment | Self::Affirm | Self::Deny | Self::Decline => None,
            Self::Request | Self::Demand => Some("REQUEST"),
            Self::Propose | Self::Agree | Self::AcceptConditionally => Some("AGREE"),
            Self::Praise => Some("SUPPORT"),
            Self::Concede => Some("CONCEDE"),
            Self::Criticise | Self::Accuse => Some("ACCUSE"),
            Self::Reject => Some("REJECT"),
            Self::Threaten => Some("THREATEN"),
        }
    }
}

impl Stance {
    /// Gives the agreement of the Discourse Network Analyzer: 1 for it, 0 against it; none where the answer is neither.
    pub fn agreement(self) -> Option<u8> {
        match self {
            Self::Support => Some(1),
            Self::Oppose => Some(0),
            Self::Conditional | Self::Mixed | Self::Neutral | Self::Unclear => None,
        }
    }
}
