//! Words that turn round or bind what is said: not, only if, would, will, in those days.
//!
//! Reads `scope.toml`; tells which of them stand in a stretch of a text. Does not know stances.

use crate::model::Modality;
use crate::rules::data::{DataFile, DataProblem, HasId, merge, read_blocks};
use crate::rules::knowledge::{Numbered, Trie, Words, is_hyphen};
use crate::rules::text::{TokenKind, tokenize};
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// What a scope word does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ScopeKind {
    /// Turns the meaning round: not, refuses to.
    Negator,
    /// Carries a negation on: nor.
    Paired,
    /// Turns the meaning of the verb after it round, not that of the clause: without.
    Absence,
    /// Binds a yes to something: only if, unless.
    Condition,
    /// Binds a yes to a time: until.
    Limit,
    /// Names what a no waits for: without, before.
    Awaited,
    /// Says that somebody has to: should, must.
    Duty,
    /// Leads to an infinitive: to.
    Infinitive,
    /// How somebody sees it: view, opinion.
    Viewpoint,
    /// Puts a case: in case, were to.
    Hypothesis,
    /// Puts a case, or binds a yes that stands before it: if.
    Supposition,
    /// Says the same whatever comes: even if.
    Concession,
    /// Means nothing of all this, though a part of it does: not only, could not but.
    Plain,
    /// Leaves it open: may, is considering.
    Hedge,
    /// Says what is to come: will.
    Future,
    /// Says what is long past: in those days.
    Past,
    /// Says that somebody is no longer what is named next: former, once an.
    Former,
    /// Says that the speaker does not hold what follows to be so: do not think that.
    Doubt,
    /// What somebody would do: would.
    Would,
    /// Stands for what follows it: the idea of.
    Share,
    /// Leads to what the reporter adds behind a comma: in an attempt to.
    Aside,
    /// Means a part of what follows it: some, parts of.
    Partial,
}

/// `[[scope]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawScope {
    id: Spanned<String>,
    kind: ScopeKind,
    words: Vec<Spanned<String>>,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    example: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    guardrail: String,
}

impl HasId for RawScope {
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

/// Scope words, found in a text.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    forms: Trie<ScopeKind>,
    /// By word: whether a form starts with it that tells what the words of a clause are to each other.
    leads: Vec<bool>,
}

/// How far into a content its modality is shown, in tokens; later words belong to other clauses.
const MODALITY_TOKENS_MAX: usize = 14;
/// How near to each other two negations undo each other, in tokens.
const NEGATIONS_NEAR: usize = 6;
/// How far into a content a condition may stand, in tokens.
const CONDITION_TOKENS_MAX: usize = 40;

impl Scopes {
    /// Reads `scope.toml`.
    pub fn read(files: &[DataFile], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut blocks = Vec::new();
        for file in files.iter().filter(|file| file.path == "lang/en/scope.toml") {
            blocks.extend(read_blocks::<RawScope>(file, "scope", problems));
        }
        let mut scopes = Self::default();
        for block in merge(blocks, problems) {
            for word in &block.value.words {
                if word.get_ref().trim().is_empty() {
                    problems.push(block.problem(word.span(), "a scope word is empty"));
                }
                scopes.forms.add(words, word.get_ref(), block.value.kind);
                if matches!(block.value.kind, ScopeKind::Infinitive | ScopeKind::Share) {
                    scopes.add_lead(words, word.get_ref());
                }
            }
        }
        scopes
    }

    fn add_lead(&mut self, words: &mut Words, form: &str) {
        let first = tokenize(form).into_iter().map(|token| token.span.of(form)).find(|word| !is_hyphen(word));
        let Some(first) = first.map(|word| words.intern(word) as usize) else { return };
        self.leads.resize(self.leads.len().max(first + 1), false);
        self.leads[first] = true;
    }

    /// Gives the longest scope word that starts at a token, where one that starts like it tells what the words of a clause are to each
    /// other (`Infinitive`, `Share`): one past its last token, and its kinds.
    pub fn lead_at(&self, page: &Numbered<'_>, at: usize) -> Option<(usize, &[ScopeKind])> {
        let leads = self.leads.get(page.id(at) as usize).copied().unwrap_or(false);
        if leads { self.forms.longest_at(page, at) } else { None }
    }

    /// Counts the scope words of a kind that start in a range of tokens.
    pub fn count(&self, page: &Numbered<'_>, tokens: Range<usize>, kind: ScopeKind) -> usize {
        let mut at = tokens.start;
        let mut count = 0;
        while at < tokens.end {
            match self.forms.longest_at(page, at) {
                Some((end, kinds)) if end <= tokens.end => {
                    count += usize::from(kinds.contains(&kind));
                    at = end;
                }
                _ => at += 1,
            }
        }
        count
    }

    /// Tells whether a scope word of a kind starts in a range of tokens.
    pub fn any(&self, page: &Numbered<'_>, tokens: Range<usize>, kind: ScopeKind) -> bool {
        self.count(page, tokens, kind) > 0
    }

    /// Gives one past the last token of the scope word of a kind that starts at a token.
    pub fn end_of(&self, page: &Numbered<'_>, at: usize, kind: ScopeKind) -> Option<usize> {
        self.forms.longest_at(page, at).filter(|(_, kinds)| kinds.contains(&kind)).map(|(end, _)| end)
    }

    /// Gives the first token in a range at which a scope word of one of some kinds stands.
    pub fn first(&self, page: &Numbered<'_>, tokens: Range<usize>, kinds: &[ScopeKind]) -> Option<usize> {
        let mut at = tokens.start;
        while at < tokens.end {
            match self.forms.longest_at(page, at) {
                Some((end, found)) if end <= tokens.end => {
                    if found.iter().any(|kind| kinds.contains(kind)) {
                        return Some(at);
                    }
                    at = end;
                }
                _ => at += 1,
            }
        }
        None
    }

    /// An odd number of negations close to the first one; those further away are of other words.
    fn is_negated(&self, page: &Numbered<'_>, clause: Range<usize>) -> bool {
        let first = self.first(page, clause.clone(), &[ScopeKind::Negator]);
        let near = first.map(|first| first..clause.end.min(first + NEGATIONS_NEAR));
        // "neither boats nor sails": the second word of the pair denies nothing more.
        near.is_some_and(|near| {
            let paired = self.count(page, near.start + 1..near.end, ScopeKind::Paired);
            (self.count(page, near, ScopeKind::Negator) - paired) % 2 == 1
        })
    }

    /// Says how a content relates to what is the case, from the clause at its start; a condition counts wherever it stands in
    /// the first sentence, which ends at `sentence_end`, a negation up to `claim_end`.
    pub fn modality(&self, page: &Numbered<'_>, content: Range<usize>, (sentence_end, claim_end): (usize, usize)) -> Modality {
        let whole = content.start..content.end.min(sentence_end).min(content.start + CONDITION_TOKENS_MAX);
        let clause = content.start..content.end.min(content.start + MODALITY_TOKENS_MAX);
        let mark = |at: &usize| page.kind(*at) == Some(TokenKind::Punct) && !is_hyphen(page.word(*at));
        let clause = clause.start..clause.clone().find(mark).unwrap_or(clause.end);
        let has = |kind| self.any(page, clause.clone(), kind);
        let supposed = [ScopeKind::Hypothesis, ScopeKind::Supposition, ScopeKind::Condition];
        match () {
            () if self.first(page, whole, &supposed).is_some() => Modality::Hypothetical,
            () if self.is_negated(page, clause.start..clause.end.min(claim_end)) => Modality::Negated,
            () if has(ScopeKind::Future) => Modality::Future,
            () if has(ScopeKind::Past) => Modality::Historical,
            () => Modality::Asserted,
        }
    }
}
