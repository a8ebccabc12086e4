//! What a stance is bound to: the words from "only if", "unless", "not without" to the end of their clause.
//!
//! Finds the words; what they make of the stance is decided by `case`.

use super::case::{CLAUSE_REACH, Case};
use super::rule::StanceRule;
use super::scope::ScopeKind;
use crate::model::{Act, Stance};
use crate::rules::knowledge::is_hyphen;
use crate::rules::lexicon::Class as Word;
use crate::rules::text::TokenKind;
use std::ops::Range;

/// How many words of a condition are shown.
const CONDITION_WORDS_MAX: usize = 40;

impl Case<'_, '_> {
    /// The words that a stance is bound to, where it is negated so many times by the words of the verb.
    pub(super) fn condition(&self, rule: &StanceRule, group: Range<usize>, negations: usize) -> Option<Range<usize>> {
        let after = self.condition_after(rule);
        let after = after.or_else(|| self.awaited(group.clone()).filter(|_| negations == 1));
        after.or_else(|| self.condition_before(group))
    }

    /// The words that bind what stands before them: "only if ships can pass".
    fn condition_after(&self, rule: &StanceRule) -> Option<Range<usize>> {
        let from = match (rule.stance, rule.act) {
            // The words of such a rule hold the condition themselves.
            (Stance::Conditional, _) => self.token(self.fit.anchor.min(self.fit.start)),
            (_, Some(Act::Threaten)) => self.token(self.fit.start),
            _ => self.verb_group(),
        };
        let end = self.clause_end(from);
        let page = &self.scene.page;
        let case = match rule.act {
            Some(Act::Threaten) => from,
            _ => self.token(self.fit.end.saturating_sub(1)),
        };
        let bound = self.scopes.first(page, from..end, &[ScopeKind::Condition, ScopeKind::Limit]);
        let bound = bound.or_else(|| self.scopes.first(page, case..end, &[ScopeKind::Supposition]));
        let start = bound.filter(|start| self.term().is_none() && !self.is_joined(*start))?;
        Some(start..self.condition_end(start))
    }

    /// "backs the truce and will sign the treaty if": another verb stands between, and the condition is of that one.
    fn is_joined(&self, condition: usize) -> bool {
        const NEAR: usize = 3;
        let parts = self.line.parts;
        let end = self.line.seen.partition_point(|seen| *seen < condition);
        let verb = |at: usize| parts.get(at).is_some_and(|part| part.verb || part.helper || part.be);
        let other = |at: usize| {
            let found = self.line.referents.binary_search_by_key(&self.token(at), |referent| referent.tokens.start);
            found.ok().and_then(|index| self.line.referents.get(index)).is_some_and(|referent| referent.pronoun)
        };
        // "likes Kell, he stated, if": the words of another verb, but not those of "that was sent out".
        let mut outer = (self.fit.end..end).take_while(|at| parts.get(*at).is_some_and(|part| !part.starts_clause));
        self.scopes.any(&self.scene.page, condition..condition + 1, ScopeKind::Supposition)
            && outer.any(|at| parts.get(at).is_some_and(|part| part.verb))
            || (self.fit.end..end)
                .any(|at| parts.get(at).is_some_and(|part| part.and) && (at + 1..end.min(at + 1 + NEAR)).any(|at| verb(at) || other(at)))
    }

    /// "will not sign without a promise": what a no waits for.
    fn awaited(&self, group: Range<usize>) -> Option<Range<usize>> {
        let page = &self.scene.page;
        let modal = |token: usize| self.scene.listed(token).any(Word::MODAL);
        let to_come = self.scopes.any(page, group.clone(), ScopeKind::Future) || group.clone().any(modal);
        let from = self.token(self.fit.end.saturating_sub(1));
        let start = self.scopes.first(page, from..self.clause_end(from), &[ScopeKind::Awaited]).filter(|_| to_come)?;
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
        let kinds = [ScopeKind::Condition, ScopeKind::Supposition, ScopeKind::Limit];
        let start = self.scopes.first(page, self.token(stop)..first, &kinds)?;
        let comma = (place(start)..self.fit.start).find(|at| self.line.parts.get(*at).is_some_and(|part| part.comma));
        // "Once ships can pass Norvania will sign": a clause of its own stands before whoever acts.
        let clause = || (place(start) == stop && (place(start) + 2..self.fit.start).any(|at| self.is_verb(at))).then_some(self.fit.start);
        let end = comma.or_else(clause)?;
        let modal = |token: usize| self.scene.listed(token).any(Word::MODAL);
        let binds = self.scopes.first(page, start..start + 1, &[ScopeKind::Condition]).is_some();
        let to_come = binds || self.scopes.any(page, group.clone(), ScopeKind::Future) || group.clone().any(modal);
        let own_clause = (end..self.fit.start).all(|at| self.line.parts.get(at).is_some_and(|part| !part.starts_clause));
        (to_come && own_clause).then(|| start..self.token(end))
    }

    fn is_verb(&self, at: usize) -> bool {
        self.line.parts.get(at).is_some_and(|part| part.verb || part.be)
    }

    /// One past the last word of a condition: a mark ends it, and so does the clause that it binds where that comes after it,
    /// "only if ships can pass will Norvania sign".
    fn condition_end(&self, start: usize) -> usize {
        let page = &self.scene.page;
        let words = self.line.seen.iter().copied().filter(|token| *token > start).take(CONDITION_WORDS_MAX);
        let inside = words.take_while(|token| page.kind(*token) != Some(TokenKind::Punct) || is_hyphen(page.word(*token)));
        let end = inside.last().unwrap_or(start) + 1;
        let holder = self.referent(self.fit.holder).map(|holder| holder.tokens.start).filter(|holder| (start..end).contains(holder));
        let holder = holder.map(|holder| self.line.seen.partition_point(|seen| *seen < holder));
        let helper = |at: &usize| self.line.parts.get(*at).is_some_and(|part| part.helper);
        let turned = holder.and_then(|holder| (self.fit.start..holder).rev().find(helper));
        turned.map_or(end, |at| self.token(at))
    }
}
