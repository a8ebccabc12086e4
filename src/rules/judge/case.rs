//! The words around a fit: whether they negate it, bind it to something, or only put it as a case.
//!
//! Decides what stance a rule shows where it fits; whom the slots name is known already (`referents`).

use super::line::Line;
use super::pattern::Fit;
use super::referents::{Referent, Thing};
use super::rule::StanceRule;
use super::scope::{ScopeKind, Scopes};
use crate::model::{Act, Attribution, Span, Stance, Target};
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
    /// What it is bound to.
    pub condition: Option<Span>,
}

/// Why a fit shows nothing, and what it would have shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lost {
    pub stance: Stance,
    pub reason: String,
}

/// How far before the words of a rule a negation may stand, in words, where nobody is named before it.
pub(super) const NEGATION_REACH: usize = 4;
/// How far before the words of a rule "provided that" may stand, in words of the same clause.
const TERM_REACH: usize = 8;
/// How far before the words of a rule "if" may stand, in words.
const CASE_REACH: usize = 3;
/// Words of a clause that are looked at on either side of a rule's words: longer ones are broken texts.
pub(super) const CLAUSE_REACH: usize = 120;

impl Case<'_, '_> {
    pub fn referent(&self, index: Option<usize>) -> Option<&Referent> {
        self.line.referents.get(index?)
    }

    pub(super) fn token(&self, place: usize) -> usize {
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
            false => !attribution.cue.is_some_and(|cue| whole.contains(cue)) || self.is_split(attribution, whole),
        }
    }

    /// "Norvania, Kell said, welcomed it": a remark that says who speaks stands in the middle of the words.
    fn is_split(&self, attribution: &Attribution, whole: Span) -> bool {
        let held = |byte: u32| attribution.content.iter().position(|content| content.start <= byte && byte < content.end);
        let ends = held(whole.start).zip(held(whole.end.saturating_sub(1)));
        ends.is_some_and(|(first, last)| first < last)
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

    /// The rule's stance, turned round or bound by the words around it.
    ///
    /// # Errors
    /// What it would have been, and why the words leave it open.
    pub fn verdict(&self, rule: &StanceRule) -> Result<Verdict, Lost> {
        let page = &self.scene.page;
        let group = self.group();
        let lost = |stance: Stance, reason: &str| Lost { stance, reason: reason.to_owned() };
        if let Some(reason) = self.left_open(rule) {
            return Err(lost(rule.stance, reason));
        }
        let doubts = self.doubts().ok_or_else(|| lost(rule.stance, "the speaker does not hold it to be so"))?;
        let own: usize = [ScopeKind::Negator, ScopeKind::Absence].map(|kind| self.scopes.count(page, group.clone(), kind)).iter().sum();
        let negations = own + usize::from(self.is_turned()) + doubts;
        let condition = self.condition(rule, group.clone(), negations).map(|words| page.span(words));
        let stance = match negations {
            0 => rule.stance,
            1 if rule.act == Some(Act::Agree) && !self.line.loose && self.is_perfect(group.clone()) => {
                return Err(lost(rule.stance, "what has not been done yet may still be done"));
            }
            1 => rule.negated.ok_or_else(|| lost(rule.stance, "it is negated, and that is not yet the opposite"))?,
            _ => return Err(lost(rule.stance, "it is negated more than once")),
        };
        let stance = match (stance, condition) {
            (Stance::Support | Stance::Oppose, None) if rule.act != Some(Act::Threaten) => match self.hedge(group) {
                Some(word) => return Err(Lost { stance, reason: format!("left out because of \u{201c}{word}\u{201d}") }),
                None => stance,
            },
            (Stance::Support, Some(_)) => Stance::Conditional,
            (Stance::Oppose, Some(_)) if rule.stance == Stance::Support => Stance::Conditional,
            (stance, _) => stance,
        };
        let own = self.evidence();
        let evidence = condition.filter(|_| stance == Stance::Conditional).map_or(own, |words| own.cover(words));
        Ok(Verdict { stance, act: act(rule, stance), evidence, condition })
    }

    /// Why the words mean nothing of what the rule says, where they do not.
    fn left_open(&self, rule: &StanceRule) -> Option<&'static str> {
        let unreal = self.scopes.any(&self.scene.page, self.group(), ScopeKind::Hypothesis);
        match () {
            () if unreal || self.is_inverted() => Some("it is only put as a case"),
            () if self.scopes.any(&self.scene.page, self.group(), ScopeKind::Former) => Some("it was so once"),
            () if self.is_excluded() => Some("it is said not to be meant"),
            () if self.is_asked(rule) => Some("somebody is asked to act, and nothing is wished for them"),
            () if self.is_denied_before() => Some("a negation before \u{201c}and\u{201d} may hold for it too"),
            () if self.is_plain() => Some("the words are a set phrase that means something else"),
            () if self.is_partial(rule) => Some("only a part is meant"),
            () => None,
        }
    }

    /// The word that leaves it open.
    fn hedge(&self, group: Range<usize>) -> Option<&str> {
        let page = &self.scene.page;
        let hedge = self.scopes.first(page, group, &[ScopeKind::Hedge]);
        hedge.or_else(|| self.supposed()).map(|token| page.word(token))
    }

    fn is_perfect(&self, mut group: Range<usize>) -> bool {
        group.any(|token| self.scene.listed(token).any(Word::HAVE))
    }

    /// The word that makes a case of the words themselves: "if Norvania supports it".
    fn supposed(&self) -> Option<usize> {
        let first = self.token(self.fit.start);
        let near = self.token(self.fit.start.saturating_sub(CASE_REACH));
        let kinds = [ScopeKind::Hypothesis, ScopeKind::Supposition, ScopeKind::Hedge, ScopeKind::Concession];
        self.term().or_else(|| self.scopes.first(&self.scene.page, near..first, &kinds).filter(|at| !self.has_mark(*at..first)))
    }

    pub(super) fn term(&self) -> Option<usize> {
        let first = self.token(self.fit.start);
        let kinds = [ScopeKind::Condition, ScopeKind::Limit, ScopeKind::Supposition];
        self.scopes.first(&self.scene.page, self.clause_start()..first, &kinds)
    }

    pub(super) fn has_mark(&self, tokens: Range<usize>) -> bool {
        tokens.into_iter().any(|token| self.scene.page.kind(token) == Some(TokenKind::Punct))
    }

    pub(super) fn clause_end(&self, from: usize) -> usize {
        let first = self.line.seen.partition_point(|token| *token < from);
        let last = (first + CLAUSE_REACH).min(self.line.seen.len());
        let stop = (first..last).find(|at| self.line.parts.get(*at).is_some_and(|part| part.stop));
        self.token(stop.unwrap_or(last))
    }

    /// The first word that may negate or weaken the words of the rule: behind whoever is named before, and behind other verbs
    /// that stand beside it.
    pub(super) fn verb_group(&self) -> usize {
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
