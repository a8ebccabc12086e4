//! An article that is read again: what the rules in force make of it, beside what was read before.
//!
//! [`Pipeline::reread_plan`] compares and changes nothing; the store puts the plan into effect. A statement is the same one when
//! it has the same words in the article: at the same place, else anywhere in it, else cut a little.

use super::{Earlier, Pipeline, SAME_DAYS_MAX, content_text, forget_stances, same, utc_date};
use crate::model::{ActorId, ArticleId, Span, Speaker, Statement, StatementId};
use crate::rules::Document;
use crate::store::{ArticlePlan, ArticleText, KnownStatement, PlannedStatement, StoreError, Switched, same_to_readers};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

/// What became another in a new reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DifferenceKind {
    /// A statement that was not read before.
    New,
    /// A statement that is not read any more.
    Gone,
    /// Somebody else speaks.
    Speaker,
    /// It shows other stances.
    Stance,
    /// Act, modality, day, chain or extent are others.
    Other,
}

/// One difference between two readings of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What became another.
    pub kind: DifferenceKind,
    /// The stored statement; none for a new one.
    pub id: Option<StatementId>,
    /// What was said.
    pub words: String,
    /// What was read before; empty for a new one.
    pub before: String,
    /// What is read now; empty for one that is gone.
    pub after: String,
    /// True when a correction of people keeps it as they said.
    pub is_corrected: bool,
}

/// A new reading of an article beside the old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reread {
    /// What there is to be written.
    pub plan: ArticlePlan,
    /// What a reader would notice.
    pub differences: Vec<Difference>,
    /// Statements that a reader finds as they were.
    pub unchanged: usize,
}

impl Pipeline {
    /// Reads an article again and puts what comes of it into effect at once.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; nothing is changed then.
    pub fn reread(&self, id: ArticleId, now: Timestamp) -> Result<Switched, StoreError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        match self.reread_plan(id)? {
            Some(reread) => self.store.reread(&reread.plan, now),
            None => Ok(Switched::default()),
        }
    }

    /// Finds where in an article one of these actors speaks, as the rules in force read it: content and the words that name the speaker.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn words_of(&self, id: ArticleId, actors: &BTreeSet<ActorId>) -> Result<Vec<Span>, StoreError> {
        let Some(ArticleText { article, .. }) = self.store.article_to_read(id)? else { return Ok(Vec::new()) };
        let ruleset = self.ruleset();
        let document = Document { text: &article.text, published: article.published.map(utc_date), outlet: Some(&article.outlet) };
        let extraction = self.renamed((&ruleset, ruleset.extract(&document)), &article.outlet)?;
        let theirs = extraction.all().filter(|statement| statement.speaker.actor().is_some_and(|speaker| actors.contains(speaker)));
        Ok(theirs.flat_map(|found| found.attribution.content.iter().chain(&found.attribution.source).copied()).collect())
    }

    /// Reads an article again and compares; none when it is not stored.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn reread_plan(&self, id: ArticleId) -> Result<Option<Reread>, StoreError> {
        let Some(text) = self.store.article_to_read(id)? else { return Ok(None) };
        let (article, ruleset) = (&text.article, self.ruleset());
        let published = article.published.map(utc_date);
        let document = Document { text: &article.text, published, outlet: Some(&article.outlet) };
        let extraction = self.renamed((&ruleset, ruleset.extract(&document)), &article.outlet)?;
        let forgotten = self.store.forgotten()?;
        let known = self.store.known_statements(id)?;
        let moment = article.published.unwrap_or(article.first_seen);
        let since = moment.checked_sub(SignedDuration::from_hours(24 * (SAME_DAYS_MAX + 1))).unwrap_or(Timestamp::MIN);
        let mut comparison = Comparison {
            text: &article.text,
            known: &known,
            forgotten: &forgotten,
            is_other_ruleset: text.ruleset_hash != ruleset.hash(),
            taken: BTreeSet::new(),
            earlier: Earlier { store: &self.store, since, by_speaker: BTreeMap::new() },
            planned: Vec::new(),
            refreshed: Vec::new(),
            differences: Vec::new(),
            unchanged: 0,
        };
        let statements: Vec<&Statement> = extraction.all().collect();
        let matched = comparison.matched(&statements);
        for (statement, own) in statements.iter().zip(matched) {
            let day = utc_date(moment);
            comparison.add(statement, own, day)?;
        }
        comparison.leave();
        let Comparison { planned, refreshed, differences, unchanged, .. } = comparison;
        let plan = ArticlePlan {
            article: id,
            before: text.ruleset_hash,
            ruleset_hash: ruleset.hash().to_owned(),
            found: extraction.found.iter().filter(|found| !forgotten.contains(&found.id)).cloned().collect(),
            statements: planned,
            refreshed,
            is_same: differences.is_empty(),
        };
        Ok(Some(Reread { plan, differences, unchanged }))
    }
}

/// Two readings of one article under comparison.
struct Comparison<'a> {
    text: &'a str,
    known: &'a [KnownStatement],
    /// People of whom nothing new is kept.
    forgotten: &'a BTreeSet<ActorId>,
    /// True when other rules read the article before.
    is_other_ruleset: bool,
    taken: BTreeSet<StatementId>,
    earlier: Earlier<'a>,
    planned: Vec<PlannedStatement>,
    refreshed: Vec<(StatementId, Statement)>,
    differences: Vec<Difference>,
    unchanged: usize,
}

impl<'a> Comparison<'a> {
    /// Finds for each statement the known one that it is: the surest signs of all statements first.
    fn matched(&mut self, statements: &[&Statement]) -> Vec<Option<&'a KnownStatement>> {
        let words: Vec<String> = statements.iter().map(|statement| content_text(statement, self.text)).collect();
        let shingles: Vec<same::Shingles> = words.iter().map(|words| same::Shingles::of(words)).collect();
        let known_shingles: Vec<same::Shingles> = self.known.iter().map(|known| same::Shingles::of(&known.content_text)).collect();
        let mut found: Vec<Option<&'a KnownStatement>> = vec![None; statements.len()];
        let same_place = |at: usize, known: usize| {
            let (new, old) = (statements.get(at), self.known.get(known));
            new.zip(old).is_some_and(|(new, old)| old.is_own && old.reading.attribution.content == new.attribution.content)
        };
        let same_place_and_speaker = |at: usize, known: usize| {
            let (new, old) = (statements.get(at), self.known.get(known));
            same_place(at, known) && new.zip(old).is_some_and(|(new, old)| old.reading.speaker.actor() == new.speaker.actor())
        };
        let same_words = |at: usize, known: usize| {
            let (new, old) = (words.get(at), self.known.get(known));
            new.zip(old).is_some_and(|(new, old)| (old.is_own || old.is_read) && same::same_words(new, &old.content_text))
        };
        let cut = |at: usize, known: usize| {
            let (new, old) = (shingles.get(at), known_shingles.get(known));
            let is_open = self.known.get(known).is_some_and(|old| old.is_own || old.is_read);
            is_open && new.zip(old).is_some_and(|(new, old)| new.is_copy_of(old))
        };
        let signs: [&dyn Fn(usize, usize) -> bool; 4] = [&same_place_and_speaker, &same_place, &same_words, &cut];
        for sign in signs {
            for (at, (statement, slot)) in statements.iter().zip(&mut found).enumerate() {
                if slot.is_some() {
                    continue;
                }
                let is_it = |(number, known): &(usize, &'a KnownStatement)| {
                    known.reading.form == statement.form && !self.taken.contains(&known.id) && sign(at, *number)
                };
                if let Some((_, known)) = self.known.iter().enumerate().find(is_it) {
                    self.taken.insert(known.id);
                    *slot = Some(known);
                }
            }
        }
        // What was read before and is not matched is no earlier statement of another article.
        self.taken.extend(self.known.iter().map(|known| known.id));
        found
    }

    /// Takes up one statement of the new reading.
    fn add(&mut self, statement: &Statement, known: Option<&KnownStatement>, day: jiff::civil::Date) -> Result<(), StoreError> {
        let Some(known) = known else {
            if statement.speaker.actor().is_some_and(|speaker| self.forgotten.contains(speaker)) {
                self.planned.push(PlannedStatement { known: None, statement: None });
                return Ok(());
            }
            let mut statement = statement.clone();
            forget_stances(&mut statement, self.forgotten);
            let words = content_text(&statement, self.text);
            let copy = self.earlier.copy_of(&statement, &words, day)?.filter(|id| !self.taken.contains(id));
            self.taken.extend(copy);
            self.differ(DifferenceKind::New, None, Told { words, before: String::new(), after: shown(&statement) });
            self.planned.push(PlannedStatement { known: copy, statement: Some(statement) });
            return Ok(());
        };
        let is_same = !known.is_own || known.is_read && same_to_readers(&known.reading, statement);
        self.planned.push(PlannedStatement { known: Some(known.id), statement: (!is_same).then(|| statement.clone()) });
        if is_same {
            self.unchanged += 1;
            // By the same rules nothing can be new but the numbering of parents.
            if known.is_own && (self.is_other_ruleset || known.reading != *statement) {
                self.refreshed.push((known.id, statement.clone()));
            }
            return Ok(());
        }
        let kind = match () {
            () if !known.is_read => DifferenceKind::New,
            () if known.reading.speaker.actor() != statement.speaker.actor() => DifferenceKind::Speaker,
            () if !same::same_stances(&known.reading.stances, &statement.stances) => DifferenceKind::Stance,
            () => DifferenceKind::Other,
        };
        let words = known.content_text.clone();
        self.differ(kind, Some(known), Told { words, before: shown(&known.reading), after: shown(statement) });
        Ok(())
    }

    /// Takes up what was read before and is not any more.
    fn leave(&mut self) {
        let kept: BTreeSet<StatementId> = self.planned.iter().filter_map(|planned| planned.known).collect();
        let known = self.known;
        let is_kept = |known: &KnownStatement| known.reading.speaker.actor().is_none_or(|speaker| !self.forgotten.contains(speaker));
        let gone: Vec<_> =
            known.iter().filter(|known| known.is_own && known.is_read && !kept.contains(&known.id) && is_kept(known)).collect();
        for gone in gone {
            let told = Told { words: gone.content_text.clone(), before: shown(&gone.reading), after: String::new() };
            self.differ(DifferenceKind::Gone, Some(gone), told);
        }
    }

    fn differ(&mut self, kind: DifferenceKind, known: Option<&KnownStatement>, told: Told) {
        let Told { words, before, after } = told;
        let is_corrected = known.is_some_and(|known| known.is_corrected);
        self.differences.push(Difference { kind, id: known.map(|known| known.id), words, before, after, is_corrected });
    }
}

/// What is told of a difference.
struct Told {
    words: String,
    before: String,
    after: String,
}

/// Gives what is told of a statement in a comparison: speaker, act and modality, stances.
fn shown(statement: &Statement) -> String {
    let speaker = match &statement.speaker {
        Speaker::Actor(id) => id.as_str(),
        Speaker::Unknown(_) => "unknown",
    };
    let stances = statement.stances.iter().map(|taken| format!("; {} {} {}", taken.holder, taken.stance, taken.target.id()));
    format!("{speaker}, {}, {}{}", statement.act, statement.modality, stances.collect::<String>())
}
