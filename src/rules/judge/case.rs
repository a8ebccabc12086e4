//! The words around a fit: whether they negate it, bind it to something, or only put it as a case.
//!
//! Decides what stance a rule shows where it fits; whom the slots name is known already (`referents`).

use super::pattern::{Fit, Line};
use super::referents::{Referent, Thing};
use super::rule::StanceRule;
use super::scope::{ScopeKind, Scopes};
use crate::model::{Act, Span, Stance, Target};
use crate::rules::knowledge::is_hyphen;
use crate::rules::lexicon::Class as Word;
use crate::rules::resolve::{ActorIndex, Scene};
use crate::rules::text::TokenKind;
use std::ops::Range;

/// A fit in its sentence.
#[derive(Clone, Copy)]
pub(super) struct Case<'c, 's> {
    pub scene: &'c Scene<'s>,
    pub scopes: &'c Scopes,
    pub line: &'c Line<'c>,
    pub fit: &'c Fit,
}

/// What a fit shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub stance: Stance,
    pub act: Option<Act>,
    /// The words that show it, and what binds it.
    pub evidence: Span,
}

/// How far before the words of a rule a negation may stand, in words, where nobody is named before it.
const NEGATION_REACH: usize = 4;
/// How far before the words of a rule "provided that" may stand, in words of the same clause.
const TERM_REACH: usize = 8;
/// How far before the words of a rule "if" may stand, in words.
const CASE_REACH: usize = 3;
/// Words of a clause that are looked at on either side of a rule's words: longer ones are broken texts.
const CLAUSE_REACH: usize = 120;
/// How many words of a condition are shown.
const CONDITION_WORDS_MAX: usize = 40;

impl Case<'_, '_> {
    pub fn referent(&self, index: Option<usize>) -> Option<&Referent> {
        self.line.referents.get(index?)
    }

    fn token(&self, place: usize) -> usize {
        self.line.seen.get(place).copied().unwrap_or_else(|| self.line.seen.last().map_or(0, |last| last + 1))
    }

    /// The words of a fit are the draft's own: none of them comes from behind a remark that says who speaks, or from behind what
    /// the cue takes.
    pub fn lies_in(&self, draft: usize) -> bool {
        let Some(draft) = self.scene.draft(draft) else { return false };
        let attribution = &draft.attribution;
        let whole = self.evidence();
        let anchor = self.scene.page.tokens.get(self.token(self.fit.anchor)).map(|token| token.span).unwrap_or_default();
        let at_cue = attribution.cue.is_some_and(|cue| cue.contains(anchor));
        let end = attribution.content.iter().map(|content| content.end).max().unwrap_or(whole.end);
        match at_cue {
            true => whole.end <= end || attribution.cue.is_some_and(|cue| end <= cue.start),
            false => !attribution.cue.is_some_and(|cue| whole.contains(cue)),
        }
    }

    pub fn evidence(&self) -> Span {
        self.scene.page.span(self.token(self.fit.start)..self.token(self.fit.end.saturating_sub(1)) + 1)
    }

    pub fn target(&self, thing: Thing, holder: ActorIndex) -> Option<Target> {
        match thing {
            Thing::Actor(actor) if actor == holder => None,
            Thing::Actor(actor) => self.scene.actor(actor).map(|actor| Target::Actor(actor.id.clone())),
            Thing::Topic(topic) => self.scene.given.knowledge.topics.get(topic).map(|topic| Target::Topic(topic.id.clone())),
        }
    }

    /// "Norvania should sign": what is said to be somebody's duty is the wish of who says so.
    pub fn is_duty(&self) -> bool {
        self.scopes.any(&self.scene.page, self.group(), ScopeKind::Duty)
    }

    /// The words before the verb that belong to it.
    pub fn group(&self) -> Range<usize> {
        self.verb_group()..self.token(self.fit.anchor)
    }

    /// The rule's stance, turned round or bound by the words around it; none where they leave it open.
    pub fn verdict(&self, rule: &StanceRule) -> Option<Verdict> {
        let page = &self.scene.page;
        let group = self.group();
        let negations: usize =
            [ScopeKind::Negator, ScopeKind::Absence].map(|kind| self.scopes.count(page, group.clone(), kind)).iter().sum();
        let condition = self.condition_after(rule).or_else(|| self.condition_before(group.clone()));
        let open = self.is_supposed() || self.scopes.any(page, group.clone(), ScopeKind::Hedge);
        let stance = match negations {
            0 => rule.stance,
            // "has not signed" may sign yet.
            1 if rule.act == Some(Act::Agree) && !self.line.loose && self.is_perfect(group.clone()) => return None,
            1 => rule.negated?,
            // "did not refuse to": more was said than one word turns round.
            _ => return None,
        };
        let bound = condition.is_some();
        let stance = match stance {
            Stance::Support | Stance::Oppose if open && !bound && rule.act != Some(Act::Threaten) => return None,
            Stance::Support if bound => Stance::Conditional,
            Stance::Oppose if bound && rule.stance == Stance::Support => Stance::Conditional,
            stance => stance,
        };
        let own = self.evidence();
        let evidence = match condition.filter(|_| stance == Stance::Conditional) {
            Some(words) => own.cover(page.span(words)),
            None => own,
        };
        Some(Verdict { stance, act: act(rule, stance), evidence })
    }

    fn is_perfect(&self, mut group: Range<usize>) -> bool {
        group.any(|token| self.scene.listed(token).any(Word::HAVE))
    }

    /// The words that bind what stands before them: "only if ships can pass".
    fn condition_after(&self, rule: &StanceRule) -> Option<Range<usize>> {
        let from = match rule.stance {
            // The words of such a rule hold the condition themselves.
            Stance::Conditional => self.token(self.fit.anchor),
            _ => self.verb_group(),
        };
        let end = self.clause_end(from);
        let page = &self.scene.page;
        let fit_end = self.token(self.fit.end.saturating_sub(1));
        let bound = self.scopes.first(page, from..end, &[ScopeKind::Condition, ScopeKind::Limit]);
        let bound = bound.or_else(|| self.scopes.first(page, fit_end..end, &[ScopeKind::Supposition]));
        let start = bound.filter(|_| !self.is_term())?;
        Some(start..self.condition_end(start))
    }

    /// "If ships can pass, Norvania will sign."
    fn condition_before(&self, group: Range<usize>) -> Option<Range<usize>> {
        let page = &self.scene.page;
        let first = self.token(self.fit.start);
        let place = |token: usize| self.line.seen.partition_point(|seen| *seen < token);
        let reach = self.fit.start.saturating_sub(CLAUSE_REACH);
        let stop = (reach..self.fit.start).rev().find(|at| self.line.parts.get(*at).is_some_and(|part| part.stop));
        let stop = stop.map_or(reach, |at| at + 1);
        let start = self.scopes.first(page, self.token(stop)..first, &[ScopeKind::Condition, ScopeKind::Supposition])?;
        let end = (place(start)..self.fit.start).find(|at| self.line.parts.get(*at).is_some_and(|part| part.comma))?;
        let to_come = self.scopes.any(page, group, ScopeKind::Future);
        let own_clause = (end..self.fit.start).all(|at| self.line.parts.get(at).is_some_and(|part| !part.starts_clause));
        (to_come && own_clause).then(|| start..self.token(end))
    }

    /// The words stand as a case themselves: "if Norvania supports it".
    fn is_supposed(&self) -> bool {
        let first = self.token(self.fit.start);
        let near = self.token(self.fit.start.saturating_sub(CASE_REACH));
        let kinds = [ScopeKind::Hypothesis, ScopeKind::Supposition, ScopeKind::Hedge, ScopeKind::Concession];
        self.is_term() || self.scopes.first(&self.scene.page, near..first, &kinds).is_some_and(|at| !self.has_mark(at..first))
    }

    fn is_term(&self) -> bool {
        let first = self.token(self.fit.start);
        let kinds = [ScopeKind::Condition, ScopeKind::Limit, ScopeKind::Supposition];
        self.scopes.first(&self.scene.page, self.clause_start()..first, &kinds).is_some()
    }

    fn has_mark(&self, tokens: Range<usize>) -> bool {
        tokens.into_iter().any(|token| self.scene.page.kind(token) == Some(TokenKind::Punct))
    }

    fn clause_end(&self, from: usize) -> usize {
        let first = self.line.seen.partition_point(|token| *token < from);
        let last = (first + CLAUSE_REACH).min(self.line.seen.len());
        let stop = (first..last).find(|at| self.line.parts.get(*at).is_some_and(|part| part.stop));
        self.token(stop.unwrap_or(last))
    }

    /// One past the last word of a condition: a mark ends it.
    fn condition_end(&self, start: usize) -> usize {
        let page = &self.scene.page;
        let words = self.line.seen.iter().copied().filter(|token| *token > start).take(CONDITION_WORDS_MAX);
        let inside = words.take_while(|token| page.kind(*token) != Some(TokenKind::Punct) || is_hyphen(page.word(*token)));
        inside.last().unwrap_or(start) + 1
    }

    /// The first word that may negate or weaken the words of the rule: behind whoever is named before, and behind other verbs
    /// that stand beside it.
    fn verb_group(&self) -> usize {
        let anchor = self.token(self.fit.anchor);
        let near = self.token(self.fit.anchor.saturating_sub(NEGATION_REACH));
        let ends = [self.fit.holder, self.fit.target].map(|slot| self.referent(slot).map(|referent| referent.tokens.end));
        let start = ends.into_iter().flatten().filter(|end| *end <= anchor).max().unwrap_or(near);
        let far = self.fit.anchor.saturating_sub(CLAUSE_REACH);
        let is_bound = |at: &usize| self.line.parts.get(*at).is_some_and(|part| part.starts_clause || part.and || part.comma || part.stop);
        let bound = (far..self.fit.anchor).rev().find(is_bound).and_then(|at| self.line.seen.get(at));
        bound.map_or(start, |bound| start.max(*bound))
    }

    /// The place after the last comma or other mark before the words of a rule.
    fn clause_start(&self) -> usize {
        let mark = |token: &usize| self.scene.page.kind(*token) == Some(TokenKind::Punct);
        let before = self.line.seen.iter().take(self.fit.start).copied();
        let last = before.rev().take(TERM_REACH).take_while(|token| !mark(token)).last();
        last.unwrap_or_else(|| self.token(self.fit.start))
    }
}

/// What is done by saying it, when the words around have made another stance of the rule's own.
fn act(rule: &StanceRule, stance: Stance) -> Option<Act> {
    match (stance, rule.act) {
        (Stance::Conditional, _) => Some(Act::AcceptConditionally),
        (Stance::Mixed | Stance::Neutral | Stance::Unclear, _) => None,
        (stance, act) if stance == rule.stance => act,
        (Stance::Oppose, Some(Act::Agree | Act::Demand)) => Some(Act::Reject),
        (Stance::Oppose, Some(Act::Praise)) => Some(Act::Criticise),
        _ => None,
    }
}
