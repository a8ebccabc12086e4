//! Statements that answers set side by side: each with the stance that it is shown for, names and all.

use super::members::place_of;
use super::names::Names;
use super::said::row;
use super::vote::Vote;
use super::{Decider, Member, QueryError, StatementRow};
use crate::model::{ActorId, Stance};
use crate::store::{StatementHit, Store};

/// A stance with the statement that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceSaid {
    /// Which.
    pub stance: Stance,
    /// In whose words, and when.
    pub decider: Decider,
    /// The statement.
    pub statement: StatementRow,
}

/// Looks up statements by votes.
pub(super) struct Shown<'a> {
    pub(super) store: &'a Store,
    pub(super) names: Names<'a>,
    pub(super) members: &'a [Member],
}

impl Shown<'_> {
    /// Gives the statement of a holder's vote; none when it is stored no more.
    pub(super) fn said(&mut self, holder: &ActorId, vote: &Vote<'_>) -> Result<Option<StanceSaid>, QueryError> {
        let Some(stored) = self.store.statement(vote.statement)? else { return Ok(None) };
        let speaker = stored.statement.speaker.actor().and_then(|speaker| place_of(self.members, speaker, vote.day));
        let holding = speaker.or_else(|| place_of(self.members, holder, vote.day));
        let hit = StatementHit { id: vote.statement, voice: vote.voice, holding, day: vote.day };
        let decider = super::position::decider(&mut self.names, vote)?;
        Ok(Some(StanceSaid { stance: vote.stance, decider, statement: row(&mut self.names, stored, &hit, self.members)? }))
    }
}
