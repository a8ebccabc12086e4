//! Where somebody stands, over a period, computed from statements.

use super::{Member, QueryError};
use crate::model::{Actor, ActorId, OutletId, Stance, StatementId, Target};
use crate::store::{Store, Voice};
use jiff::civil::Date;

/// Days before the newest decisive statement that still make up a position; older ones are history.
pub const WINDOW_DAYS: i32 = 30;

/// Whose position on what, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whose.
    pub actor: ActorId,
    /// Towards whom or what; everything when none.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
}

/// The statement that decided a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decider {
    /// The statement.
    pub statement: StatementId,
    /// In whose words.
    pub voice: Voice,
    /// Who reports it, when it is reported and that is known: the name to show.
    pub reporter: Option<String>,
    /// The last day on which it can have been said.
    pub day: Date,
}

/// What was held before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The other stance.
    pub stance: Stance,
    /// The newest statement that shows it.
    pub decider: Decider,
}

/// One holder's part in a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderPosition {
    /// Who.
    pub holder: ActorId,
    /// The name to show.
    pub name: String,
    /// By which post it counts for the asked actor ("presidential aide"); none for the actor itself and for its parts.
    pub via: Option<String>,
    /// True for the asked actor itself.
    pub is_self: bool,
    /// Where the holder stands.
    pub stance: Stance,
    /// What decided it.
    pub decider: Decider,
    /// A different stance that the same holder showed before, in the same voice.
    pub earlier: Option<Earlier>,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
    /// The day of the newest statement.
    pub last_day: Date,
}

/// Where an actor stands towards one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub target_name: String,
    /// Where the actor stands.
    pub stance: Stance,
    /// Each holder that counts, the one that decided first.
    pub holders: Vec<HolderPosition>,
    /// True when holders take different sides, which an answer has to say.
    pub is_divided: bool,
    /// Statements in own words.
    pub own: u32,
    /// Statements as reported by others.
    pub reported: u32,
    /// Outlets in which they appeared.
    pub outlets: u32,
    /// The day of the newest statement.
    pub last_day: Date,
    /// Statements for each stance, in the order of [`Stance::ALL`], zeros left out.
    pub tally: Vec<(Stance, u32)>,
}

/// Where an actor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions {
    /// Whose positions.
    pub actor: Actor,
    /// Who spoke for the actor in these statements, the actor itself included.
    pub members: Vec<Member>,
    /// One for each target, those with a stance first, then by newest day, then by number of statements.
    pub positions: Vec<Position>,
}

/// Computes where an actor stands.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn positions(store: &Store, scope: &Scope) -> Result<Positions, QueryError> {
    let _ = (store, scope);
    unimplemented!()
}
