//! Words around those of a rule that take away, delay or doubt what they say: "in those days", "some of", "do not think that".
//!
//! Tells only that they stand there; what they make of the stance is decided by `case`.

use super::case::{CLAUSE_REACH, Case, NEGATION_REACH};
use super::rule::StanceRule;
use super::scope::{ScopeKind, Scopes};
use crate::model::{Act, Stance};
use crate::rules::knowledge::Class;
use crate::rules::lexicon::Class as Word;
use crate::rules::resolve::Scene;
use std::ops::Range;

/// How far before the words of a rule "do not think" may stand, in words.
const DOUBT_REACH: usize = 5;
/// How many years back "in 1994" is long past.
const PAST_YEARS: i16 = 4;

impl Case<'_, '_> {
    /// "once supported", "in those days Norvania opposed it", "in 1994 we rejected it": told of long ago.
    pub(super) fn is_past(&self) -> bool {
        let page = &self.scene.page;
        let first = self.fit.anchor.saturating_sub(CLAUSE_REACH);
        let stop = (first..self.fit.anchor).rev().find(|at| self.line.parts.get(*at).is_some_and(|part| part.stop));
        let clause = self.token(stop.map_or(first, |stop| stop + 1))..self.token(self.fit.anchor);
        self.scopes.any(page, self.group(), ScopeKind::Limit) || is_long_past(self.scene, self.scopes, clause)
    }

    /// "not Norvania but Tarkland", "it is not the treaty that we reject": who or what is left out.
    pub(super) fn is_excluded(&self) -> bool {
        let before = self.before_start();
        before.is_some_and(|at| self.scopes.any(&self.scene.page, self.token(at)..self.token(at) + 1, ScopeKind::Negator))
    }

    /// "calls for Norvania to act": nothing is wished for Norvania.
    pub(super) fn is_asked(&self, rule: &StanceRule) -> bool {
        let after = self.referent(self.fit.target).filter(|target| target.actor().is_some()).map(|target| target.tokens.end);
        rule.act == Some(Act::Demand)
            && rule.stance == Stance::Support
            && after.is_some_and(|at| self.scopes.any(&self.scene.page, at..at + 1, ScopeKind::Infinitive))
    }

    /// "was not going to talk and back Kell": a negation of the verb before "and" may hold for both.
    pub(super) fn is_denied_before(&self) -> bool {
        let parts = self.line.parts;
        let base = parts.get(self.fit.anchor).is_some_and(|part| !part.of_rule && !part.participle);
        let group = self.line.seen.partition_point(|seen| *seen < self.verb_group());
        let joined = parts.get(group).is_some_and(|part| part.and)
            && (group + 1..self.fit.anchor).all(|at| parts.get(at).is_some_and(|part| part.helper));
        let subject = self.referent(self.fit.holder).map_or(self.token(self.fit.start), |holder| holder.tokens.end);
        base && joined && self.scopes.any(&self.scene.page, subject..self.token(group), ScopeKind::Negator)
    }

    /// "it is fair to say": the words mean nothing of all this.
    pub(super) fn is_plain(&self) -> bool {
        self.scopes.end_of(&self.scene.page, self.token(self.fit.anchor), ScopeKind::Plain).is_some()
    }

    /// "some proposals are acceptable", "accepts parts of the plan": what is said of a part is not said of the whole.
    pub(super) fn is_partial(&self, rule: &StanceRule) -> bool {
        const NEAR: usize = 3;
        let start = self.referent(self.fit.target).map(|target| target.tokens.start);
        let near = start.map(|start| start.saturating_sub(NEAR)..start);
        !self.line.loose
            && rule.stance != Stance::Mixed
            && near.is_some_and(|near| self.scopes.any(&self.scene.page, near, ScopeKind::Partial))
    }

    /// "never will Norvania accept", "under no circumstances would Norvania": the negation stands in front.
    pub(super) fn is_turned(&self) -> bool {
        let helper = self.before_start().filter(|at| self.line.parts.get(*at).is_some_and(|part| part.helper));
        helper.is_some_and(|at| {
            let near = (at.saturating_sub(NEGATION_REACH)..at).rev();
            let inside =
                near.take_while(|at| self.line.parts.get(*at).is_some_and(|part| !part.comma && !part.stop && !part.starts_clause));
            inside.last().is_some_and(|first| self.scopes.any(&self.scene.page, self.token(first)..self.token(at), ScopeKind::Negator))
        })
    }

    /// "Had Norvania signed, ships would pass": a clause that starts with its helping verb asks or puts a case.
    pub(super) fn is_inverted(&self) -> bool {
        let parts = self.line.parts;
        let helper = self.before_start().filter(|at| *at + 1 == self.fit.start || parts.get(*at + 1).is_some_and(|part| part.leads_noun));
        let auxiliary = Word::AUXILIARY.or(Word::MODAL);
        helper.filter(|at| self.scene.listed(self.token(*at)).any(auxiliary)).is_some_and(|at| {
            let before = at.checked_sub(1).and_then(|before| parts.get(before));
            self.fit.holder.is_some() && before.is_none_or(|before| before.comma || before.stop)
        })
    }

    /// The place before the words of the rule, and before the words that lead to their first noun.
    pub(super) fn before_start(&self) -> Option<usize> {
        let leads = |at: &usize| self.line.parts.get(*at).is_some_and(|part| part.leads_noun);
        (0..self.fit.start).rev().take(NEGATION_REACH).find(|at| !leads(at))
    }

    /// "I do not think that we can accept it": one negation more of what the speaker says of themselves; none of what others do.
    pub(super) fn doubts(&self) -> Option<usize> {
        let near = self.token(self.fit.start.saturating_sub(DOUBT_REACH))..self.token(self.fit.start);
        let doubt = self.scopes.first(&self.scene.page, near, &[ScopeKind::Doubt]);
        let far = doubt.is_none_or(|at| self.has_mark(at..self.token(self.fit.start)));
        let first = self.referent(self.fit.holder).is_none_or(|holder| {
            [Class::FirstSingular, Class::FirstPlural].into_iter().any(|class| self.scene.has(class, holder.tokens.start))
        });
        match (far, first) {
            (true, _) => Some(0),
            (false, true) => Some(1),
            (false, false) => None,
        }
    }

    /// "would sign": what somebody would do is no yes yet.
    pub(super) fn is_would(&self) -> bool {
        self.scopes.any(&self.scene.page, self.group(), ScopeKind::Would)
    }
}

/// Whether words tell of long ago: "in those days", "in 1994".
pub(super) fn is_long_past(scene: &Scene<'_>, scopes: &Scopes, tokens: Range<usize>) -> bool {
    let year = |at: usize| scene.page.word(at).parse::<i16>().ok().filter(|year| (1000..=9999).contains(year));
    let in_year = |at: usize| at > 0 && scene.has(Class::DatePreposition, at - 1);
    let old = |at: usize| year(at).zip(scene.day()).is_some_and(|(year, day)| in_year(at) && year + PAST_YEARS <= day.year());
    scopes.any(&scene.page, tokens.clone(), ScopeKind::Past) || tokens.into_iter().any(old)
}
