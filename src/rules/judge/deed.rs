//! Stances that a text tells of what somebody did, outside everybody's words: "The senate voted against the treaty".
//!
//! The narrator tells them, so nobody speaks and every stance is reported. What is negated, planned, supposed or asked for is no
//! deed, nor what stands between quotation marks. Which words show a stance is decided by the rules of `stance.toml`.

use super::Judge;
use super::case::Case;
use super::headline::Headline;
use super::pattern::Pattern;
use super::rule::{StanceRule, StanceRules};
use super::scope::ScopeKind;
use super::stance::{organ, target_of};
use crate::model::{
    Act, ActorId, Attribution, Distance, Firing, Form, Modality, QuoteKind, RuleId, Span, Speaker, StanceTaken, Statement, Target,
};
use crate::rules::resolve::{RuleCard, Scene, card, told_on};
use std::collections::BTreeSet;

/// The rule that makes a statement of a deed.
pub(super) const CARD: RuleCard =
    card!("deed/told", "what somebody is told to have done, outside everybody's words, shows where they stand");

/// A deed that shows a stance.
#[derive(Clone, Debug)]
pub(super) struct Deed {
    taken: StanceTaken,
    rule: usize,
    act: Option<Act>,
    modality: Modality,
    /// The words that name who did it.
    doer: Span,
    /// The word that tells what was done.
    verb: Span,
    /// The sentence.
    sentence: Span,
}

/// Makes a deed of a fit that stands in nobody's words, if somebody named did it and the words tell that it was done.
pub(super) fn read(rules: &StanceRules, case: &Case<'_, '_>, (index, pattern): (usize, &Pattern)) -> Option<Deed> {
    let rule = rules.rules.get(index)?;
    let (scene, page) = (case.scene, &case.scene.page);
    let anchor = *case.line.seen.get(case.fit.anchor)?;
    let named = case.referent(case.fit.holder).filter(|_| pattern.has_holder)?;
    if scene.is_quoted(anchor) || case.is_duty() || !is_done(case) {
        return None;
    }
    let holder = organ(case).or(named.holder())?;
    let target = case.target(target_of(case, (rule, pattern))?, holder)?;
    let verdict = case.verdict(rule).ok().filter(|verdict| verdict.stance == rule.stance)?;
    let sentence = scene.reading.sentences.get(scene.sentence_of(page.tokens.get(anchor)?.span))?;
    let modality = match case.scopes.any(page, sentence.tokens.clone(), ScopeKind::Past) {
        true => Modality::Historical,
        false => Modality::Asserted,
    };
    let taken = StanceTaken {
        holder: scene.actor(holder)?.id.clone(),
        target,
        stance: verdict.stance,
        own: false,
        evidence: verdict.evidence,
        condition: None,
        rules: vec![rule.id.clone()],
    };
    let (doer, verb) = (page.span(named.tokens.clone()), page.tokens.get(anchor)?.span);
    Some(Deed { taken, rule: index, act: verdict.act, modality, doer, verb, sentence: sentence.span })
}

/// The words say that it was done: not that it is to come, is not so, or is wished, asked for or tried ("to sign").
fn is_done(case: &Case<'_, '_>) -> bool {
    let group = case.group();
    let open = [ScopeKind::Future, ScopeKind::Negator, ScopeKind::Absence, ScopeKind::Hedge];
    let before = (0..case.fit.anchor).rev().find(|at| case.line.parts.get(*at).is_none_or(|part| !part.helper));
    let infinitive = before.and_then(|at| case.line.parts.get(at)).is_some_and(|part| part.to);
    !infinitive && case.scopes.first(&case.scene.page, group, &open).is_none()
}

impl Judge {
    /// Makes statements of deeds: each stance of a holder towards a target once, where the text tells it outside the headline;
    /// none that a statement of the same sentence shows.
    pub(super) fn deeds(&self, scene: &Scene<'_>, deeds: Vec<Deed>, (headline, statements): (&Headline, &[Statement])) -> Vec<Statement> {
        let (above, below): (Vec<Deed>, Vec<Deed>) = deeds.into_iter().partition(|deed| headline.covers(deed.sentence));
        let said = said(scene, statements);
        let mut told: BTreeSet<(ActorId, Target)> = BTreeSet::new();
        let mut kept: Vec<Deed> = Vec::new();
        for deed in below.into_iter().chain(above) {
            let is_said = said.contains(&(deed.sentence.start, &deed.taken.holder, &deed.taken.target));
            if !is_said && told.insert((deed.taken.holder.clone(), deed.taken.target.clone())) {
                kept.push(deed);
            }
        }
        kept.sort_by_key(|deed| deed.taken.evidence.start);
        kept.into_iter().filter_map(|deed| self.deed(scene, deed)).collect()
    }

    fn deed(&self, scene: &Scene<'_>, deed: Deed) -> Option<Statement> {
        let rule = self.stances.rules.get(deed.rule)?;
        let text = scene.page.text;
        let told = RuleId::from(CARD.id);
        let note = format!("\u{201c}{}\u{201d} did it, and nobody is quoted", deed.doer.of(text));
        let firings =
            vec![Firing { rule: told.clone(), file: CARD.file.to_owned(), line: CARD.line, note }, stance_firing(rule, &deed.taken, text)];
        let content = deed.taken.evidence;
        Some(Statement {
            form: Form::Deed,
            attribution: Attribution {
                source: Some(deed.doer),
                cue: Some(deed.verb),
                content: vec![content],
                quote: QuoteKind::Indirect,
                parent: None,
                rule: told.clone(),
            },
            speaker: Speaker::Unknown(Vec::new()),
            context: deed.sentence.cover(content),
            reported_by: Vec::new(),
            distance: Distance::Neutral,
            act: deed.act.unwrap_or(Act::Comment),
            modality: deed.modality,
            said_on: told_on(scene, deed.verb, &[]),
            addressee: None,
            venue: None,
            stances: vec![deed.taken],
            confidence: self.rates.deed_percent(),
            firings,
            rejected: Vec::new(),
        })
    }
}

/// Gives whose stances on what the statements of each sentence show, by the sentence's first byte.
fn said<'s>(scene: &Scene<'_>, statements: &'s [Statement]) -> BTreeSet<(u32, &'s ActorId, &'s Target)> {
    let mut said = BTreeSet::new();
    for statement in statements.iter().filter(|statement| !statement.stances.is_empty()) {
        let later = scene.reading.sentences.iter().skip(scene.sentence_of(statement.context));
        let near = later.take_while(|sentence| sentence.span.start < statement.context.end);
        for sentence in near.filter(|sentence| sentence.span.overlaps(statement.context)) {
            said.extend(statement.stances.iter().map(|taken| (sentence.span.start, &taken.holder, &taken.target)));
        }
    }
    said
}

/// What a stance rule decided, for the list of reasons.
pub(super) fn stance_firing(rule: &StanceRule, taken: &StanceTaken, text: &str) -> Firing {
    let note = format!("\u{201c}{}\u{201d}: {} {} {}", taken.evidence.of(text), taken.holder, taken.stance, taken.target.id());
    Firing { rule: rule.id.clone(), file: rule.file.clone(), line: rule.line, note }
}
