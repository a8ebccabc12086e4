//! Who stands for or against whom among given places of a text: the stance rules without statements.
//!
//! "Norvania sued Tarkland" is done, not said; the same rules tell it. What belongs to somebody counts for them here: who rejects
//! Norvania's plan stands against Norvania. Names are not looked up: the caller says which words are meant.

use super::Judge;
use super::case::Case;
use super::clause;
use super::joined;
use super::line::{Line, Places};
use super::pattern::{Fit, LOOSE_WORDS};
use super::referents::{self, Referent, Thing};
use super::rule::{StanceRule, Try};
use super::stance::seen;
use crate::model::{RuleId, Span, Stance};
use crate::rules::knowledge::is_hyphen;
use crate::rules::resolve::Scene;
use std::ops::Range;

/// A stance between two given places of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Who has the stance: a number of the places given.
    pub holder: usize,
    /// Towards whom: a number of the places given.
    pub target: usize,
    /// The stance.
    pub stance: Stance,
    /// The words that show it.
    pub evidence: Span,
    /// The rule that reads it.
    pub rule: RuleId,
}

impl Judge {
    /// Gives the stances that the sentences of a text show between places in it, in text order.
    pub(in crate::rules) fn relations(&self, scene: &Scene<'_>, places: &[Span]) -> Vec<Relation> {
        let sentences = scene.reading.sentences.iter().map(|sentence| sentence.tokens.clone());
        sentences.flat_map(|tokens| self.relations_in(scene, tokens, places)).collect()
    }

    fn relations_in(&self, scene: &Scene<'_>, tokens: Range<usize>, places: &[Span]) -> Vec<Relation> {
        let seen = seen(scene, tokens.clone());
        let mut referents: Vec<Referent> =
            places.iter().enumerate().filter_map(|(at, span)| referents::given(scene, (at, *span), &tokens)).collect();
        referents.sort_by_key(|referent| referent.tokens.start);
        let pronouns: Vec<Referent> = tokens.filter_map(|at| referents::given_pronoun(scene, at, &referents)).collect();
        referents.extend(pronouns);
        referents.sort_by_key(|referent| referent.tokens.start);
        let parts = clause::parts(scene, (&self.scopes, &self.stances), &seen);
        let at = Places::of(&seen, &referents);
        let line = Line { page: scene.page, seen: &seen, referents: &referents, places: &at, parts: &parts, loose: true };
        let mut relations = Vec::new();
        for Try { place, start, pattern } in self.stances.tries(&scene.page, &seen, LOOSE_WORDS) {
            let (Some(found), Some(token)) = (self.stances.rules.get(start.rule), seen.get(place).copied()) else { continue };
            let here = (place, start.choices.as_slice());
            let fit = pattern.fit(&line, here).or_else(|| pattern.fit_without_holder(&line, here).filter(|_| is_cue(scene, token)));
            // "centre-back" is no verb.
            let Some(fit) = fit.filter(|_| !in_compound(scene, token)) else { continue };
            for fit in joined::fits(&line, fit) {
                let case = Case { scene, scopes: &self.scopes, line: &line, fit: &fit };
                relations.extend(relation(&case, (found, token), places));
            }
        }
        relations
    }
}

fn relation(case: &Case<'_, '_>, (rule, token): (&StanceRule, usize), places: &[Span]) -> Option<Relation> {
    let (holder, target) = (holder(case, token, places)?, entity(case.line, case.fit.target)?);
    let verdict = case.verdict(rule).ok().filter(|_| holder != target && !rule.topics_only)?;
    Some(Relation { holder, target, stance: verdict.stance, evidence: verdict.evidence, rule: rule.id.clone() })
}

fn in_compound(scene: &Scene<'_>, token: usize) -> bool {
    token > 0 && is_hyphen(scene.page.word(token - 1)) && !scene.page.is_spaced(token)
}

fn is_cue(scene: &Scene<'_>, token: usize) -> bool {
    let span = scene.page.tokens.get(token).map(|token| token.span).unwrap_or_default();
    let mut near = scene.drafts_near(span.start).filter_map(|at| scene.draft(at));
    near.any(|draft| !draft.negated && draft.attribution.cue.is_some_and(|cue| cue.contains(span)))
}

fn entity(line: &Line<'_>, slot: Option<usize>) -> Option<usize> {
    match line.referents.get(slot?)?.thing {
        Thing::Actor(place) => Some(place),
        Thing::Topic(_) => None,
    }
}

/// Who is named as holder, or, where nobody is, whoever speaks the words.
fn holder(case: &Case<'_, '_>, token: usize, places: &[Span]) -> Option<usize> {
    let fit: &Fit = case.fit;
    match entity(case.line, fit.holder) {
        Some(holder) if !case.is_duty() => Some(holder),
        _ => {
            let span = case.scene.page.tokens.get(token)?.span;
            let holds = |at: &usize| {
                let draft = case.scene.draft(*at);
                draft.is_some_and(|draft| {
                    !draft.negated && draft.attribution.content.iter().chain(&draft.attribution.cue).any(|part| part.contains(span))
                })
            };
            // The innermost of those that hold the words.
            let draft = case.scene.drafts_near(span.start).rev().find(holds)?;
            let draft = case.scene.draft(draft)?;
            // What stands beside the core of a source, "Kell, the minister of Norvania", is not who speaks.
            let source = draft.head.or(draft.attribution.source)?;
            let meant = |referent: &&Referent| case.scene.page.span(referent.tokens.clone()).overlaps(source);
            match case.line.referents.iter().find(meant) {
                Some(referent) => referent.actor(),
                None => places.iter().position(|place| place.overlaps(source)),
            }
        }
    }
}
