//! What somebody said, newest first, own words and reports told apart.

use super::members::{holdings, members};
use super::names::Names;
use super::{Member, QueryError};
use crate::model::{ActorId, ChainLink, Form, OutletId, Stance, StatementId, Target};
use crate::store::{StatementFilter, StatementHit, Store, StoredStatement, Voice};
use jiff::civil::Date;

/// A question for statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementQuery {
    /// Whose; anybody's when none.
    pub actor: Option<ActorId>,
    /// Only own words or only reports; both when none.
    pub voice: Option<Voice>,
    /// Words or phrases that the content has, all of them.
    pub words: Vec<String>,
    /// Only statements with a stance towards this target.
    pub target: Option<Target>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// Only statements that appeared there.
    pub outlet: Option<OutletId>,
    /// How many to leave out.
    pub offset: usize,
    /// How many to give, at most [`crate::store::PAGE_ROWS_MAX`].
    pub limit: usize,
}

/// By whom a statement counts for the asked actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// Who.
    pub actor: ActorId,
    /// The name to show.
    pub name: String,
    /// The post; empty for a part of the actor.
    pub title: String,
}

/// A stance with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StanceShown {
    /// Whose.
    pub holder: ActorId,
    /// The name to show.
    pub holder_name: String,
    /// Towards whom or what.
    pub target: Target,
    /// Its name to show.
    pub target_name: String,
    /// Which.
    pub stance: Stance,
    /// In whose words.
    pub voice: Voice,
}

/// A statement that answers, with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementRow {
    /// The statement.
    pub stored: StoredStatement,
    /// In whose words, seen from the asked actor.
    pub voice: Voice,
    /// The member by whom it counts for the asked actor; none when it is the actor itself, or nobody was asked for.
    pub via: Option<Via>,
    /// Who reports it, when it is reported and that is known: the name to show.
    pub reporter: Option<String>,
    /// The stances it shows.
    pub stances: Vec<StanceShown>,
}

/// One page of statements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementPage {
    /// The page, newest first.
    pub rows: Vec<StatementRow>,
    /// How many answer in own words.
    pub own: u64,
    /// How many answer as reported by others.
    pub reported: u64,
    /// True when there are more than were counted: then both numbers are the least that there are.
    pub has_uncounted: bool,
    /// How many were left out before.
    pub offset: usize,
}

/// Gives statements that answer, newest first.
///
/// # Errors
/// [`QueryError::Missing`] for an unknown actor, [`QueryError::Store`].
pub fn statements(store: &Store, query: &StatementQuery) -> Result<StatementPage, QueryError> {
    let members = match &query.actor {
        Some(actor) => members(store, actor)?,
        None => Vec::new(),
    };
    let filter = StatementFilter {
        holdings: holdings(&members),
        voice: query.voice,
        words: query.words.clone(),
        target: query.target.clone(),
        since: query.since,
        until: query.until,
        outlet: query.outlet.clone(),
    };
    let found = store.search(&filter, query.offset, query.limit)?;
    let ids: Vec<StatementId> = found.hits.iter().map(|hit| hit.id).collect();
    let mut names = Names::new(store);
    let mut rows = Vec::new();
    for stored in store.statements(&ids)? {
        if let Some(hit) = found.hits.iter().find(|hit| hit.id == stored.id) {
            rows.push(row(&mut names, stored, hit, &members)?);
        }
    }
    Ok(StatementPage { rows, own: found.own, reported: found.reported, has_uncounted: false, offset: query.offset })
}

/// Puts names to a statement.
pub(super) fn row(
    names: &mut Names<'_>,
    stored: StoredStatement,
    hit: &StatementHit,
    members: &[Member],
) -> Result<StatementRow, QueryError> {
    let member = hit.holding.and_then(|at| members.get(at)).filter(|member| !member.is_self);
    let via = member.map(|member| Via { actor: member.actor.clone(), name: member.name.clone(), title: member.title.clone() });
    let counted = hit.holding.and_then(|at| members.get(at)).map(|member| &member.actor);
    let is_spoken = counted.is_none() || counted == stored.statement.speaker.actor();
    let reporter = match (hit.voice, is_spoken) {
        (Voice::Own, _) => None,
        (Voice::Reported, true) => last_link(names, &stored)?,
        (Voice::Reported, false) if stored.statement.form == Form::Deed => Some(stored.article.outlet_name.clone()),
        (Voice::Reported, false) => stored.speaker_name.clone(),
    };
    let stances = stances_shown(names, &stored)?;
    Ok(StatementRow { voice: hit.voice, via, reporter, stances, stored })
}

/// Gives the name of the reporter nearest to the speaker; the words of the text where it is not known who that is.
fn last_link(names: &mut Names<'_>, stored: &StoredStatement) -> Result<Option<String>, QueryError> {
    stored.statement.reported_by.last().map(|link| named_link(names, link)).transpose()
}

fn named_link(names: &mut Names<'_>, link: &ChainLink) -> Result<String, QueryError> {
    match &link.actor {
        Some(actor) => names.actor(actor),
        None => Ok(link.mention.clone()),
    }
}

/// Gives the name of a reporter: the actor's where it is known, else the words of the text.
///
/// # Errors
/// [`QueryError::Store`].
pub fn link_name(store: &Store, link: &ChainLink) -> Result<String, QueryError> {
    named_link(&mut Names::new(store), link)
}

/// Puts names to the stances of a statement.
///
/// # Errors
/// [`QueryError::Store`].
pub(super) fn stances_shown(names: &mut Names<'_>, stored: &StoredStatement) -> Result<Vec<StanceShown>, QueryError> {
    let is_passed_on = !stored.statement.reported_by.is_empty();
    let mut shown = Vec::new();
    for taken in &stored.statement.stances {
        shown.push(StanceShown {
            holder: taken.holder.clone(),
            holder_name: names.actor(&taken.holder)?,
            target: taken.target.clone(),
            target_name: names.target(&taken.target)?,
            stance: taken.stance,
            voice: if taken.own && !is_passed_on { Voice::Own } else { Voice::Reported },
        });
    }
    Ok(shown)
}

/// Gives the stances that a statement shows, with names: for showing one statement.
///
/// # Errors
/// [`QueryError::Store`].
pub fn stances_of(store: &Store, stored: &StoredStatement) -> Result<Vec<StanceShown>, QueryError> {
    stances_shown(&mut Names::new(store), stored)
}
