//! One article's trip: text → statements → what is already known → store, with the watches matched in the same transaction.
//!
//! [`Pipeline::ingest`] reads like that list; [`poll`] says how a feed's entries come to it. Nothing here posts or answers.

mod membership;
mod people;
pub mod poll;
pub mod reread;
mod rules_in_force;
mod same;

use crate::alerts::{self, Membership, ShiftRules};
use crate::feeds::fetch::Fetcher;
use crate::model::{ActorId, Extraction, Form, NewArticle, OutletId, SaidOn, Statement, StatementId, Target, Watch};
use crate::rules::{Document, Ruleset};
use crate::store::{Batch, Candidate, EntryKey, Ingest, Ingested, Matchers, NewAlert, Store, StoreError, StoredStatement};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use membership::RolesOn;
pub use rules_in_force::RulesInForce;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Days between two dates of one statement: outlets that carry a wire report do so within a few days.
const SAME_DAYS_MAX: i64 = 3;
/// Days between two dates of one deed: the place where it was done and the place where it is told have other midnights.
const SAME_DEED_DAYS_MAX: i64 = 1;
/// Earlier statements of a speaker that a new one is compared with; the busiest spokespeople make a few dozen a day.
const CANDIDATES_MAX: usize = 300;

/// What the trip is told by the configuration.
#[derive(Clone, Copy, Debug)]
pub struct PipelineSettings {
    /// Statements below this confidence (percent) make no alert.
    pub confidence_min: u8,
    /// Alerts of one poll in one channel before the rest becomes one summary.
    pub per_poll_max: u32,
}

/// The parts that an article passes; cheap to share.
pub struct Pipeline {
    /// Where everything is kept.
    pub store: Store,
    /// What reads the texts.
    pub rules: RulesInForce,
    /// What brings feeds and pages.
    pub fetcher: Arc<Fetcher>,
    /// What the configuration says.
    pub settings: PipelineSettings,
    retries: poll::PageRetries,
    /// Held from the look at what is stored to the end of the write: two feeds bring the same report at the same moment, and each
    /// would take it, or somebody named in it, for new.
    turn: Mutex<()>,
}

/// An article on its way into the store.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The article.
    pub article: &'a NewArticle,
    /// What its entry is known by; none when it is not remembered as seen.
    pub entry: Option<&'a EntryKey>,
    /// The poll or run it comes from.
    pub batch: Batch<'a>,
    /// Now (UTC).
    pub now: Timestamp,
}

impl Pipeline {
    /// Puts the parts together.
    pub fn new(store: Store, ruleset: Arc<Ruleset>, fetcher: Arc<Fetcher>, settings: PipelineSettings) -> Self {
        let (rules, retries) = (RulesInForce::new(ruleset), poll::PageRetries::default());
        Self { store, rules, fetcher, settings, retries, turn: Mutex::new(()) }
    }

    /// Gives the rules in force.
    pub fn ruleset(&self) -> Arc<Ruleset> {
        self.rules.now()
    }

    /// Reads an article and stores it with its statements, appearances and alerts: all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is stored then.
    pub fn ingest(&self, arrival: &Arrival<'_>) -> Result<Ingested, StoreError> {
        let article = arrival.article;
        let published = article.published.map(utc_date);
        let document = Document { text: &article.text, published, outlet: Some(&article.outlet) };
        let ruleset = self.ruleset();
        let extraction = ruleset.extract(&document);
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let extraction = self.current((&ruleset, extraction), &article.outlet)?;
        let day = published.unwrap_or_else(|| utc_date(article.first_seen));
        let same_as = self.known_statements(&extraction, arrival, day)?;
        let ingest = Ingest {
            article,
            entry: arrival.entry,
            extraction: &extraction,
            ruleset_hash: ruleset.hash(),
            same_as: &same_as,
            now: arrival.now,
            batch: arrival.batch,
        };
        let counted_under = |day: Date, actor: &ActorId| RolesOn { actors: ruleset.actors(), day }.counted_under(actor);
        let rules = ShiftRules { confidence_min: self.settings.confidence_min, counted_under: &counted_under };
        let matchers = Matchers {
            statements: &|watches, statements| self.alerts_for(&ruleset, watches, statements),
            shifts: &|news| alerts::shifts(news, &rules),
        };
        self.store.ingest_watched(&ingest, &matchers)
    }

    /// Says who people found in the text are, as far as what is stored tells, and puts current ids in the place of those that lead to
    /// another: a body found that was written otherwise than the data writes.
    fn renamed(&self, (ruleset, mut extraction): (&Ruleset, Extraction), outlet: &OutletId) -> Result<Extraction, StoreError> {
        let mut decisions = BTreeMap::new();
        for found in extraction.found.iter().filter(|actor| people::is_in_question(actor)) {
            let stored = self.store.namesakes(&found.id)?;
            let who = people::decide(found, outlet, &stored, &|one, other| ruleset.is_same_post(one, other));
            decisions.insert(found.id.clone(), who);
        }
        people::apply(&mut extraction, &decisions, &|id| ruleset.actor(id).is_some());
        let redirects = self.store.actor_redirects()?;
        if !redirects.is_empty() {
            extraction.all_mut().for_each(|statement| statement.rename_actors(&|id| redirects.get(id).cloned()));
            extraction.found.retain(|found| !redirects.contains_key(&found.id));
        }
        Ok(extraction)
    }

    /// Gives what is kept of a reading: current ids, and nothing of people of whom nothing is kept.
    fn current(&self, read: (&Ruleset, Extraction), outlet: &OutletId) -> Result<Extraction, StoreError> {
        let mut extraction = self.renamed(read, outlet)?;
        let forgotten = self.store.forgotten()?;
        if !forgotten.is_empty() {
            forget(&mut extraction, &forgotten);
        }
        Ok(extraction)
    }

    /// Finds, for each statement and deed, the stored one that it repeats.
    fn known_statements(&self, extraction: &Extraction, arrival: &Arrival<'_>, day: Date) -> Result<Vec<Option<StatementId>>, StoreError> {
        let moment = arrival.article.published.unwrap_or(arrival.article.first_seen);
        let since = moment.checked_sub(SignedDuration::from_hours(24 * (SAME_DAYS_MAX + 1))).unwrap_or(Timestamp::MIN);
        let mut earlier = Earlier { store: &self.store, since, by_speaker: BTreeMap::new() };
        let mut taken: Vec<StatementId> = Vec::new();
        let mut known = Vec::with_capacity(extraction.statements.len() + extraction.deeds.len());
        for statement in extraction.all() {
            let content = content_text(statement, &arrival.article.text);
            let found = earlier.copy_of(statement, &content, day)?.filter(|id| !taken.contains(id));
            taken.extend(found);
            known.push(found);
        }
        Ok(known)
    }

    /// Asks every watch about every new statement.
    fn alerts_for(&self, ruleset: &Ruleset, watches: &[Watch], statements: &[StoredStatement]) -> Vec<NewAlert> {
        let mut wanted = Vec::new();
        for stored in statements.iter().filter(|stored| alerts::is_sure(&stored.statement, self.settings.confidence_min)) {
            let roles = RolesOn { actors: ruleset.actors(), day: stored.day };
            for watch in watches.iter().filter(|watch| alerts::answers(watch, &stored.statement, &roles)) {
                wanted.push(NewAlert { watch: watch.id, channel: watch.channel.clone(), statements: vec![stored.id] });
            }
        }
        wanted
    }
}

/// Leaves out what is said by people of whom nothing is kept, and stances of and towards them.
fn forget(extraction: &mut Extraction, forgotten: &BTreeSet<ActorId>) {
    let is_kept = |statement: &Statement| statement.speaker.actor().is_none_or(|speaker| !forgotten.contains(speaker));
    let mut places: Vec<Option<usize>> = Vec::with_capacity(extraction.statements.len());
    let mut next = 0;
    for statement in &extraction.statements {
        places.push(is_kept(statement).then_some(next));
        next += usize::from(is_kept(statement));
    }
    extraction.statements.retain(is_kept);
    extraction.deeds.retain(is_kept);
    for statement in &mut extraction.statements {
        let parent = &mut statement.attribution.parent;
        *parent = parent.and_then(|at| places.get(at).copied().flatten());
    }
    extraction.all_mut().for_each(|statement| forget_stances(statement, forgotten));
    extraction.found.retain(|found| !forgotten.contains(&found.id));
}

fn forget_stances(statement: &mut Statement, forgotten: &BTreeSet<ActorId>) {
    let is_about = |target: &Target| matches!(target, Target::Actor(actor) if forgotten.contains(actor));
    statement.stances.retain(|taken| !forgotten.contains(&taken.holder) && !is_about(&taken.target));
}

/// What speakers said of late, read once for each speaker of an article.
struct Earlier<'a> {
    store: &'a Store,
    since: Timestamp,
    /// Under none: what the rules read without a speaker and people corrected.
    by_speaker: BTreeMap<Option<ActorId>, Vec<(Candidate, same::Shingles)>>,
}

impl Earlier<'_> {
    /// Finds the earlier statement that this one repeats; `published` is its day where the text tells none.
    fn copy_of(&mut self, statement: &Statement, content: &str, published: Date) -> Result<Option<StatementId>, StoreError> {
        if let (Form::Deed, [taken]) = (statement.form, statement.stances.as_slice()) {
            let day = statement.said_on.map_or(published, |said: SaidOn| said.date);
            if let Some(known) = self.store.deed_like(taken, day, SAME_DEED_DAYS_MAX)? {
                return Ok(Some(known));
            }
        }
        let shingles = same::Shingles::of(content);
        let day = statement.said_on.map_or(published, |said: SaidOn| said.date);
        let store = self.store;
        for (candidate, words) in self.of_speaker(statement.speaker.actor())? {
            let apart = day.since(candidate.day).map_or(i64::MAX, |span| i64::from(span.get_days()).abs());
            let is_copy =
                apart == 0 && same::same_words(content, &candidate.content_text) || apart <= SAME_DAYS_MAX && shingles.is_copy_of(words);
            if is_copy
                && let Some(stored) = store.statement(candidate.id)?
                && (judged_alike(&stored.statement, statement)
                    || store.reading(candidate.id)?.is_some_and(|reading| judged_alike(&reading, statement)))
            {
                return Ok(Some(candidate.id));
            }
        }
        Ok(None)
    }

    fn of_speaker(&mut self, speaker: Option<&ActorId>) -> Result<&[(Candidate, same::Shingles)], StoreError> {
        match self.by_speaker.entry(speaker.cloned()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(free) => {
                let mut candidates = self.store.corrected_candidates(speaker, self.since, CANDIDATES_MAX)?;
                if let Some(speaker) = speaker {
                    candidates.extend(self.store.candidates(speaker, self.since, CANDIDATES_MAX)?);
                }
                let ready = candidates.into_iter().map(|candidate| {
                    let shingles = same::Shingles::of(&candidate.content_text);
                    (candidate, shingles)
                });
                Ok(free.insert(ready.collect()))
            }
        }
    }
}

/// Tells whether two statements take the same stances, do the same by it and relate in the same way to what is the case.
fn judged_alike(left: &Statement, right: &Statement) -> bool {
    let axes = |statement: &Statement| (statement.form, statement.modality, statement.act);
    axes(left) == axes(right) && same::same_stances(&left.stances, &right.stances)
}

/// Gives the content of a statement as one text, pieces of a split quotation joined by a space.
fn content_text(statement: &Statement, text: &str) -> String {
    statement.attribution.content.iter().map(|span| span.of(text)).collect::<Vec<_>>().join(" ")
}

/// Gives the day of a moment in UTC.
pub(crate) fn utc_date(moment: Timestamp) -> Date {
    moment.to_zoned_datetime(TimeZone::UTC).date()
}
