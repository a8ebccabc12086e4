//! From a scene to statements: act, modality, stance, reporting chain and the reasons for each.
//!
//! Whoever speaks is already known here (`resolve`); what is not shown by the words is not judged.

mod around;
mod bound;
mod by_word;
mod case;
mod chain;
mod clause;
mod condition;
mod deed;
mod headline;
mod joined;
mod line;
mod needs;
mod owners;
mod pairs;
mod pattern;
mod referents;
mod rule;
mod scope;
mod sources;
mod stance;
mod starts;
mod topics;
mod voice;
mod whole;

use super::data::{DataFile, DataProblem};
use super::knowledge::{Class, Words};
use super::lexicon::Class as Word;
use super::rates::{CueStrength, Features, Rates};
use super::reading::Draft;
use super::resolve::{Resolved, Scene, addressee, card_of, said_on, venue};
use super::ruleset::RuleInfo;
use super::text::TokenKind;
use crate::model::{
    Act, ActorId, Distance, Extraction, Firing, Form, Modality, Rejected, RuleId, Span, Speaker, StanceTaken, Statement, Target,
};
use headline::Headline;
pub use pairs::Relation;
use rule::StanceRules;
use scope::{ScopeKind, Scopes};
use stance::Shown;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// How many stances that lost are kept with a statement.
const LOST_MAX: usize = 5;
/// How far into a content "in 1994" tells of all of it, in tokens.
const PAST_TOKENS_MAX: usize = 8;

/// What is needed to judge, read from data.
#[derive(Debug, Default)]
pub(super) struct Judge {
    scopes: Scopes,
    stances: StanceRules,
    rates: Rates,
}

impl Judge {
    /// Reads `scope.toml`, `stance.toml`, `lemmas.toml` and `confidence.toml`; mistakes are added to `problems`.
    pub fn read(files: &[DataFile], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        Self {
            scopes: Scopes::read(files, words, problems),
            stances: StanceRules::read(files, words, problems),
            rates: Rates::read(files, problems),
        }
    }

    /// Gives the stance rules for the list of rules.
    pub fn rules(&self) -> impl Iterator<Item = RuleInfo> + '_ {
        let cards = [deed::CARD, whole::CARD].map(|card| RuleInfo {
            id: RuleId::from(card.id),
            file: card.file.to_owned(),
            line: card.line,
            summary: card.summary.to_owned(),
        });
        let stances = self.stances.rules.iter().map(|rule| RuleInfo {
            id: rule.id.clone(),
            file: rule.file.clone(),
            line: rule.line,
            summary: rule.summary.clone(),
        });
        cards.into_iter().chain(stances)
    }

    /// Makes the statements of a text.
    pub fn statements(&self, scene: Scene<'_>) -> Extraction {
        let mut shown = ByDraft::default();
        let headline = Headline::of(&scene);
        let all = 0..scene.reading.drafts.len();
        let homes: Vec<Option<usize>> = all.map(|at| home(&scene, at)).collect();
        let judged = stance::judge(&self.stances, &scene, &self.scopes);
        let direct: BTreeSet<(usize, ActorId, Target)> =
            judged.shown.iter().filter(|one| homes.get(one.draft) == Some(&Some(one.draft))).map(Shown::key).collect();
        for one in judged.shown {
            let Some(draft) = homes.get(one.draft).copied().flatten() else { continue };
            let was_told = one.draft != draft;
            let one = Shown { draft, ..one };
            // "We said we would back it if. Now we back it": what one says counts before what one says that one said.
            if was_told && direct.contains(&one.key()) {
                continue;
            }
            if let Some(parent) = scene.draft(one.draft).and_then(|draft| draft.attribution.parent) {
                shown.children.entry(parent).or_default().push(one.clone());
            }
            shown.own.entry(one.draft).or_default().push(one);
        }
        for (draft, lost) in judged.lost {
            if let Some(home) = homes.get(draft).copied().flatten() {
                shown.lost.entry(home).or_default().push(lost);
            }
        }
        let kept: Vec<usize> = (0..scene.reading.drafts.len()).filter(|at| homes.get(*at) == Some(&Some(*at))).collect();
        let told: BTreeSet<(&ActorId, &Target)> = shown
            .own
            .iter()
            .filter(|(at, _)| !headline.holds(&scene, **at))
            .flat_map(|(_, list)| list.iter().map(|one| (&one.taken.holder, &one.taken.target)))
            .collect();
        let is_told = |at: &usize| {
            let mut mine = shown.own.get(at).into_iter().flatten();
            headline.speaks_below(&scene, *at) && mine.all(|one| told.contains(&(&one.taken.holder, &one.taken.target)))
        };
        let kept: Vec<usize> = kept.into_iter().filter(|at| !is_told(at)).collect();
        let number = |draft: usize| kept.binary_search(&homes.get(draft).copied().flatten()?).ok();
        let mut statements: Vec<Statement> = kept.iter().filter_map(|at| self.statement(&scene, *at, &shown)).collect();
        for statement in &mut statements {
            statement.attribution.parent = statement.attribution.parent.and_then(number);
        }
        let deeds = self.deeds(&scene, judged.deeds, (&headline, &statements));
        let used: BTreeSet<&ActorId> = statements.iter().chain(&deeds).flat_map(actors_of).collect();
        let found = scene.cast.into_found().into_iter().filter(|actor| used.contains(&actor.id)).collect();
        Extraction { statements, deeds, found }
    }

    fn statement(&self, scene: &Scene<'_>, at: usize, shown: &ByDraft) -> Option<Statement> {
        let draft = scene.draft(at)?;
        let resolved = scene.speakers.get(at)?.as_ref()?;
        let mine: Vec<&Shown> = shown.own.get(&at).into_iter().flatten().collect();
        let mut stances: Vec<StanceTaken> = mine.iter().map(|one| one.taken.clone()).collect();
        stances.extend(reported_from_objects(scene, at, shown));
        if chain::viewer(scene, &self.scopes, at).is_some() {
            stances.iter_mut().for_each(|taken| taken.own = false);
        }
        let wholes = whole::of(scene, &stances);
        stances.extend(wholes.iter().map(|(taken, _)| taken.clone()));
        stances.sort_by_key(|taken| !taken.own);
        // A condition binds what is said wherever it stands in the words.
        let bound = mine.iter().any(|one| one.taken.condition.is_some());
        let cue = draft.cue.and_then(|cue| scene.given.lexicon.cue(cue));
        let date = said_on(scene, at);
        let venue = venue(scene, at);
        let mut firings = draft.firings.clone();
        firings.push(speaker_firing(resolved));
        firings.extend(role_firing(scene, resolved));
        firings.extend(
            date.map(|date| {
                firing("resolve/date", format!("\u{201c}{}\u{201d} beside the cue tells the day", date.span.of(scene.page.text)))
            }),
        );
        firings.extend(venue.map(|span| firing("resolve/venue", format!("\u{201c}{}\u{201d} tells where", span.of(scene.page.text)))));
        firings.extend(mine.iter().filter_map(|one| self.stance_firing(scene, one)));
        firings.extend(wholes.into_iter().map(|(_, firing)| firing));
        let mut rejected = draft.rejected.clone();
        rejected.extend(shown.lost.get(&at).into_iter().flatten().take(LOST_MAX).cloned());
        rejected.extend(not_chosen(scene, resolved));
        Some(Statement {
            form: Form::Words,
            attribution: draft.attribution.clone(),
            speaker: speaker(scene, resolved),
            context: context(scene, at),
            reported_by: chain::chain(scene, &self.scopes, at),
            distance: cue.map_or(Distance::Neutral, |cue| cue.distance),
            act: act(cue.map(|cue| cue.act), draft.negated, &mine),
            modality: match bound {
                true => Modality::Hypothetical,
                false => self.modality(scene, draft, cue.map(|cue| cue.act)),
            },
            said_on: date,
            addressee: addressee(scene, at),
            venue,
            stances,
            confidence: self.confidence(draft, cue.map(|cue| cue.speech), resolved),
            firings,
            rejected,
        })
    }

    fn modality(&self, scene: &Scene<'_>, draft: &Draft, act: Option<Act>) -> Modality {
        let content = draft.attribution.content.first().copied().unwrap_or_default();
        let tokens = scene.page.tokens_in(content);
        // "that it was the best and that he would go back if asked": the condition is of the second part.
        let clause = tokens.start..self.first_clause_end(scene, &tokens).min(tokens.start + PAST_TOKENS_MAX);
        if around::is_long_past(scene, &self.scopes, clause) || self.once(scene, &tokens) {
            return Modality::Historical;
        }
        // "vowed to sign", "threatened to leave": what is announced is to come.
        let announces = matches!(act, Some(Act::Propose | Act::Threaten)) && !draft.negated;
        if announces && self.scopes.any(&scene.page, tokens.start..tokens.start + 1, ScopeKind::Infinitive) {
            return Modality::Future;
        }
        let second = |at: &usize| scene.has(Class::Conjunction, at - 1) && scene.has(Class::ClauseStart, *at);
        let first_part = tokens.start..(tokens.start + 1..tokens.end).find(second).unwrap_or(tokens.end);
        let relative = |at: &usize| scene.has(Class::Relative, *at) && scene.has(Class::Preposition, at - 1);
        let first_part = first_part.start..(first_part.start + 1..first_part.end).find(relative).unwrap_or(first_part.end);
        let sentence = scene.reading.sentences.get(scene.sentence_of(content));
        let sentence_end = sentence.map_or(first_part.end, |sentence| sentence.tokens.end);
        let of_noun = (first_part.start + 1..first_part.end).find(|at| is_of_noun(scene, first_part.start, *at));
        self.scopes.modality(&scene.page, first_part, (sentence_end, of_noun.unwrap_or(usize::MAX)))
    }

    /// One past the last token of the words up to the first full stop.
    fn first_clause_end(&self, scene: &Scene<'_>, tokens: &Range<usize>) -> usize {
        let stop = |at: &usize| matches!(scene.page.word(*at), "." | ";" | "!" | "?");
        tokens.clone().find(stop).unwrap_or(tokens.end)
    }

    /// "I once supported it": "once" inside a clause is of long ago, not a condition.
    fn once(&self, scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
        const NEAR: usize = 4;
        let subject = |at: usize| scene.listed(at).any(Word::SUBJECT);
        let verb = |at: usize| scene.listed(at).any(Word::PAST);
        let mut near = tokens.start..tokens.end.min(tokens.start + NEAR);
        near.any(|at| at > 0 && self.scopes.any(&scene.page, at..at + 1, ScopeKind::Limit) && subject(at - 1) && verb(at + 1))
    }

    /// Words and mention as measured; where a mention is taken for somebody, that too must be right.
    fn confidence(&self, draft: &Draft, speech: Option<u8>, resolved: &Resolved) -> u8 {
        let (rule, quote, told) = (&draft.attribution.rule, draft.attribution.quote, resolved.actor.is_some());
        let measured = self.rates.percent(Features { rule, quote, cue: CueStrength::of(speech), told });
        let speaker = if told { self.rates.speaker_percent(resolved.rule, resolved.certainty) } else { 100 };
        percent(measured.unwrap_or(draft.confidence), speaker)
    }

    fn stance_firing(&self, scene: &Scene<'_>, one: &Shown) -> Option<Firing> {
        self.stances.rules.get(one.rule).map(|rule| deed::stance_firing(rule, &one.taken, scene.page.text))
    }
}

/// "the guards who did not sleep", "a text that nobody has read": what follows is told of the noun, and is no part of the claim.
fn is_of_noun(scene: &Scene<'_>, start: usize, at: usize) -> bool {
    const NOUN_WORDS_MAX: usize = 3;
    if !scene.has(Class::Relative, at) || !scene.has(Class::ClauseStart, at) {
        return false;
    }
    let other = Word::AUXILIARY.or(Word::MODAL).or(Word::NEGATION).or(Word::PREPOSITION).or(Word::SUBJECT);
    let noun = |at: usize| scene.page.kind(at) == Some(TokenKind::Word) && !scene.listed(at).any(other);
    let leads = |at: usize| scene.has(Class::Determiner, at) || scene.has(Class::Indefinite, at);
    let near = start.max(at.saturating_sub(NOUN_WORDS_MAX + 1))..at;
    near.rev().find(|token| leads(*token) || !noun(*token)).is_some_and(|lead| leads(lead) && lead + 1 < at)
}

fn percent(one: u8, other: u8) -> u8 {
    u8::try_from(u32::from(one.min(100)) * u32::from(other.min(100)) / 100).unwrap_or(0)
}

/// Stances by the draft that shows them, and by the parent of that draft.
#[derive(Default)]
struct ByDraft {
    own: BTreeMap<usize, Vec<Shown>>,
    children: BTreeMap<usize, Vec<Shown>>,
    /// Stances that the words of a draft do not show after all.
    lost: BTreeMap<usize, Vec<Rejected>>,
}

/// Everybody whom a statement names by id.
fn actors_of(statement: &Statement) -> impl Iterator<Item = &ActorId> {
    let speakers = match &statement.speaker {
        Speaker::Actor(speaker) => std::slice::from_ref(speaker),
        Speaker::Unknown(candidates) => candidates.as_slice(),
    };
    let reporters = statement.reported_by.iter().filter_map(|link| link.actor.as_ref());
    let stances = statement.stances.iter().flat_map(|taken| {
        let target = match &taken.target {
            Target::Actor(actor) => Some(actor),
            Target::Topic(_) => None,
        };
        std::iter::once(&taken.holder).chain(target)
    });
    speakers.iter().chain(reporters).chain(stances)
}

/// "ISW said that Putin rejected the plan" where "rejected" is a cue of its own: what Putin rejected is told by ISW as well.
fn reported_from_objects(scene: &Scene<'_>, at: usize, shown: &ByDraft) -> Vec<StanceTaken> {
    let speaker = scene.speaker(at).and_then(|actor| scene.actor(actor));
    let mut stances: Vec<StanceTaken> = Vec::new();
    for one in shown.children.get(&at).into_iter().flatten() {
        let Some(child) = scene.draft(one.draft) else { continue };
        let by_cue = child.attribution.cue.is_some_and(|cue| one.taken.evidence.contains(cue));
        let already = stances.iter().any(|taken| taken.holder == one.taken.holder && taken.target == one.taken.target);
        if by_cue && !already && speaker.is_none_or(|speaker| speaker.id != one.taken.holder) {
            stances.push(StanceTaken { own: false, ..one.taken.clone() });
        }
    }
    stances
}

fn speaker(scene: &Scene<'_>, resolved: &Resolved) -> Speaker {
    let id = |at: usize| scene.actor(at).map(|actor| actor.id.clone());
    match resolved.actor.and_then(id) {
        Some(actor) => Speaker::Actor(actor),
        None => Speaker::Unknown(resolved.candidates.iter().filter_map(|at| id(*at)).collect()),
    }
}

fn firing(rule: &str, note: String) -> Firing {
    let (rule, file, line) = card_of(rule);
    Firing { rule, file, line, note }
}

fn speaker_firing(resolved: &Resolved) -> Firing {
    firing(resolved.rule, resolved.note.clone())
}

/// The role noun that helped to say who speaks, with its place in the data.
fn role_firing(scene: &Scene<'_>, resolved: &Resolved) -> Option<Firing> {
    let noun = scene.given.knowledge.roles.get(resolved.role?)?;
    let note = format!("the words name the role \u{201c}{}\u{201d}", noun.id);
    Some(Firing { rule: RuleId::new(format!("role/{}", noun.id)), file: noun.file.clone(), line: noun.line, note })
}

fn not_chosen<'s>(scene: &'s Scene<'_>, resolved: &'s Resolved) -> impl Iterator<Item = Rejected> + 's {
    resolved.candidates.iter().filter(|at| resolved.actor != Some(**at)).map(|at| Rejected {
        rule: RuleId::from(resolved.rule),
        what: format!("{} as the speaker", scene.name(*at)),
        reason: resolved.note.clone(),
    })
}

/// The sentences that hold source, cue and content.
fn context(scene: &Scene<'_>, at: usize) -> Span {
    let Some(draft) = scene.draft(at) else { return Span::default() };
    let parts = draft.attribution.content.iter().copied().chain(draft.attribution.source).chain(draft.attribution.cue);
    let whole = parts.reduce(Span::cover).unwrap_or_default();
    let last = Span { start: whole.end.saturating_sub(1), end: whole.end };
    let ends = [scene.sentence_of(whole), scene.sentence_of(last)].into_iter().filter_map(|at| scene.reading.sentences.get(at));
    ends.map(|sentence| sentence.span).filter(|span| span.overlaps(whole)).fold(whole, Span::cover)
}

/// The draft that a draft's words are told as: itself, or what holds it. "I said no" inside one's own words is a part of them;
/// "never said that" tells no words at all.
fn home(scene: &Scene<'_>, at: usize) -> Option<usize> {
    let draft = scene.draft(at)?;
    let parent = draft.attribution.parent;
    let word = |span: Span| Some(scene.page.tokens_in(span)).filter(|tokens| tokens.len() == 1).map(|tokens| tokens.start);
    let classes = |token: usize| scene.listed(token);
    let empty = draft.negated
        && parent.is_some()
        && matches!(draft.attribution.content.as_slice(), [only] if word(*only).is_some_and(|token| classes(token).any(Word::DETERMINER.or(Word::SUBJECT))));
    // "it does not explain the losses": what explains nothing says nothing.
    let it = |source: Span| word(source).is_some_and(|token| scene.has(Class::It, token));
    let silent = draft.negated && parent.is_some() && draft.attribution.source.is_some_and(it);
    if empty || silent {
        return parent.and_then(|parent| home(scene, parent));
    }
    let own = draft
        .attribution
        .source
        .and_then(word)
        .is_some_and(|token| [Class::FirstSingular, Class::FirstPlural].into_iter().any(|class| scene.has(class, token)));
    match parent {
        Some(parent) if own && scene.speaker(parent) == scene.speaker(at) => home(scene, parent),
        _ => Some(at),
    }
}

/// The cue tells the act; a cue that only says that something was said lets the words tell it. A cue that is denied declines
/// what it would do; what it would turn down or announce is only spoken of.
fn act(cue: Option<Act>, negated: bool, shown: &[&Shown]) -> Act {
    let by_words = shown.iter().filter(|one| one.taken.own).find_map(|one| one.act);
    match (cue.unwrap_or(Act::Comment), negated) {
        (Act::Agree | Act::Praise, true) => by_words.unwrap_or(Act::Decline),
        (Act::Comment | Act::Affirm | Act::AcceptConditionally | Act::Concede | Act::Request, true) => Act::Decline,
        (_, true) => Act::Comment,
        (Act::Comment, false) => by_words.unwrap_or(Act::Comment),
        (act, false) => act,
    }
}
