//! Which stance whose words show towards whom or what: the rules of `stance.toml` on the sentences of a text.
//!
//! A rule that names no holder speaks for the speaker; a rule with a holder may tell of somebody else's stance, which is then
//! reported, never the speaker's own. Where words are negated, bound or put as a case, the stance changes or is left out.

use super::pattern::{Fit, Line, Pattern};
use super::referents::{self, Referent, Thing};
use super::scope::{ScopeKind, Scopes};
use crate::model::{Act, ActorId, RuleId, Span, Stance, StanceTaken, Target, TopicKind};
use crate::rules::data::{Block, DataFile, DataProblem, HasId, did_you_mean, merge, read_blocks, read_whole};
use crate::rules::knowledge::{Class, WordId, Words, fold};
use crate::rules::resolve::{ActorIndex, Scene};
use crate::rules::text::TokenKind;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use toml::Spanned;

/// `[[stance]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStance {
    id: Spanned<String>,
    patterns: Vec<Spanned<String>>,
    stance: Stance,
    /// What it becomes when negated; without it nothing is said.
    negated: Option<Stance>,
    act: Option<Act>,
    /// Where no target is written: the only topic of this kind in the article.
    target: Option<TopicKind>,
    /// What the rule says, in one sentence.
    summary: String,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    example: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    guardrail: String,
}

impl HasId for RawStance {
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

/// A rule of `stance.toml`.
#[derive(Debug)]
pub(super) struct StanceRule {
    pub id: RuleId,
    pub file: String,
    pub line: u32,
    pub summary: String,
    patterns: Vec<Pattern>,
    stance: Stance,
    negated: Option<Stance>,
    act: Option<Act>,
    target: Option<TopicKind>,
}

/// All stance rules, indexed by the words that they are found by.
#[derive(Debug, Default)]
pub(super) struct StanceRules {
    pub rules: Vec<StanceRule>,
    by_word: BTreeMap<WordId, Vec<(usize, usize)>>,
}

/// A stance with the draft that shows it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub draft: usize,
    pub taken: StanceTaken,
    pub rule: usize,
    pub act: Option<Act>,
    anchor: usize,
    explicit: bool,
}

impl StanceRules {
    /// Reads `stance.toml` and `lemmas.toml`.
    pub fn read(files: &[DataFile], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut lemmas: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for file in files.iter().filter(|file| file.path == "lang/en/lemmas.toml") {
            lemmas.extend(read_whole::<BTreeMap<String, Vec<String>>>(file, problems).map(|block| block.value).unwrap_or_default());
        }
        let mut blocks = Vec::new();
        for file in files.iter().filter(|file| file.path == "lang/en/stance.toml") {
            blocks.extend(read_blocks::<RawStance>(file, "stance", problems));
        }
        let mut rules = Self::default();
        for block in merge(blocks, problems) {
            let patterns = block.value.patterns.iter().filter_map(|pattern| parse(&block, (pattern, &lemmas), words, problems)).collect();
            rules.add(block, patterns);
        }
        rules
    }

    fn add(&mut self, block: Block<'_, RawStance>, patterns: Vec<Pattern>) {
        let rule = self.rules.len();
        for (index, pattern) in patterns.iter().enumerate() {
            for word in pattern.anchors() {
                let list = self.by_word.entry(word).or_default();
                if !list.contains(&(rule, index)) {
                    list.push((rule, index));
                }
            }
        }
        self.rules.push(StanceRule {
            id: RuleId::new(format!("stance/{}", block.value.id.get_ref())),
            file: block.file.shown_as.clone(),
            line: block.line,
            summary: block.value.summary,
            patterns,
            stance: block.value.stance,
            negated: block.value.negated,
            act: block.value.act,
            target: block.value.target,
        });
    }

    /// Gives every stance that the sentences of the drafts show, in text order.
    pub fn judge(&self, scene: &Scene<'_>, scopes: &Scopes) -> Vec<Shown> {
        let mut shown: Vec<Shown> = Vec::new();
        let held = Held::new(scene);
        for (at, sentence) in scene.reading.sentences.iter().enumerate() {
            if !(sentence.tokens.clone()).any(|at| self.by_word.contains_key(&scene.page.id(at))) {
                continue;
            }
            let owners = Owners::new(scene, held.of(at), sentence.tokens.clone());
            if owners.is_empty() {
                continue;
            }
            shown.extend(self.judge_sentence(scene, (scopes, &owners), sentence.tokens.clone()));
        }
        tidy(shown)
    }

    fn judge_sentence(&self, scene: &Scene<'_>, (scopes, owners): (&Scopes, &Owners<'_>), tokens: Range<usize>) -> Vec<Shown> {
        let mut shown = Vec::new();
        let unseen = |at: &usize| scene.page.kind(*at) == Some(TokenKind::Quote) || matches!(scene.page.word(*at), "(" | ")" | "[" | "]");
        let seen: Vec<usize> = tokens.clone().filter(|at| !unseen(at)).collect();
        let referents = referents::read(scene, tokens, |at| owners.innermost(at));
        let (breaks, same_subject) = breaks(scene, &seen);
        let line = Line { page: scene.page, seen: &seen, referents: &referents, breaks: &breaks, same_subject: &same_subject };
        for (place, token) in seen.iter().enumerate() {
            for (rule, pattern) in self.by_word.get(&scene.page.id(*token)).into_iter().flatten() {
                let Some(found) = self.rules.get(*rule).and_then(|rule| rule.patterns.get(*pattern)) else { continue };
                // The source of a cue is known better than what stands before it in words.
                let at_cue = Some(place).filter(|_| owners.is_spoken_cue(scene, *token));
                let at_cue = at_cue.and_then(|place| found.fit_without_holder(&line, place));
                if let Some(fit) = at_cue.or_else(|| found.fit(&line, place)) {
                    let case = Case { scene, scopes, line: &line, fit: &fit };
                    shown.extend(self.take(&case, (*rule, found), owners));
                }
            }
        }
        shown
    }

    /// Makes a stance of a fit, if holder and target are known and the words mean it.
    fn take(&self, case: &Case<'_, '_>, (index, pattern): (usize, &Pattern), owners: &Owners<'_>) -> Option<Shown> {
        let rule = self.rules.get(index)?;
        let anchor = *case.line.seen.get(case.fit.anchor)?;
        let draft = owners.innermost(anchor)?;
        let speaker = case.scene.speakers.get(draft)?.as_ref()?.actor;
        // Where somebody else is quoted in the same sentence, words without a holder may be theirs.
        let by_speaker = case.scene.draft(draft).is_some_and(|draft| !draft.negated) && !owners.has_child(case.scene, draft);
        if !case.lies_in(draft) {
            return None;
        }
        let holder = match (pattern.has_holder, case.referent(case.fit.holder).and_then(Referent::actor)) {
            (true, Some(holder)) => holder,
            (true, None) => speaker?,
            (false, _) if by_speaker => speaker?,
            (false, _) => return None,
        };
        let thing = match (pattern.has_target, case.referent(case.fit.target)) {
            (true, referent) => referent?.thing,
            (false, _) => Thing::Topic(referents::only_topic(case.scene, rule.target?)?),
        };
        let target = case.target(thing, holder)?;
        let stance = case.stance(rule)?;
        let evidence = case.evidence();
        let taken = StanceTaken {
            holder: case.scene.actor(holder)?.id.clone(),
            target,
            stance,
            own: speaker == Some(holder),
            evidence,
            rules: vec![rule.id.clone()],
        };
        Some(Shown { draft, taken, rule: index, act: rule.act, anchor, explicit: case.fit.holder.is_some() })
    }
}

/// Places where another clause starts or "it" stands, and those of them after which a verb goes on with the same subject.
fn breaks(scene: &Scene<'_>, seen: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let is_break = |token: usize| scene.has(Class::ClauseStart, token) || scene.has(Class::It, token);
    let breaks: Vec<usize> = seen.iter().enumerate().filter(|(_, token)| is_break(**token)).map(|(place, _)| place).collect();
    let goes_on = |place: &usize| {
        seen.get(place + 1).is_some_and(|token| {
            let class = scene.given.lexicon.class(&fold(scene.page.word(*token)));
            class.any(crate::rules::lexicon::Class::AUXILIARY)
        })
    };
    let same_subject = breaks.iter().copied().filter(goes_on).collect();
    (breaks, same_subject)
}

fn parse(
    block: &Block<'_, RawStance>,
    (text, lemmas): (&Spanned<String>, &BTreeMap<String, Vec<String>>),
    words: &mut Words,
    problems: &mut Vec<DataProblem>,
) -> Option<Pattern> {
    match Pattern::parse(text.get_ref(), lemmas, words) {
        Ok(pattern) if pattern.has_target || block.value.target.is_some() => Some(pattern),
        Ok(_) => {
            problems.push(
                block.problem(text.span(), "the pattern has no target").suggest("add {target}, or `target = \"proposal\"` to the rule"),
            );
            None
        }
        Err(message) => {
            let lemma = message.split('`').nth(1).unwrap_or_default();
            let mut problem = block.problem(text.span(), message.clone());
            problem.suggestion = did_you_mean(lemma, lemmas.keys().map(String::as_str));
            problems.push(problem);
            None
        }
    }
}

/// A fit in its sentence.
struct Case<'c, 's> {
    scene: &'c Scene<'s>,
    scopes: &'c Scopes,
    line: &'c Line<'c>,
    fit: &'c Fit,
}

/// How far before the words of a rule a negation may stand, in words.
const NEGATION_REACH: usize = 4;
/// How far before the words of a rule "provided that" may stand, in words of the same clause.
const TERM_REACH: usize = 8;
/// How far before the words of a rule "if" may stand, in words.
const CASE_REACH: usize = 3;

impl Case<'_, '_> {
    fn referent(&self, index: Option<usize>) -> Option<&Referent> {
        self.line.referents.get(index?)
    }

    fn token(&self, place: usize) -> usize {
        self.line.seen.get(place).copied().unwrap_or_else(|| self.line.seen.last().map_or(0, |last| last + 1))
    }

    /// The words of a fit are the draft's own: none of them comes from behind a remark that says who speaks, or from behind what
    /// the cue takes.
    fn lies_in(&self, draft: usize) -> bool {
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

    fn evidence(&self) -> Span {
        self.scene.page.span(self.token(self.fit.start)..self.token(self.fit.end.saturating_sub(1)) + 1)
    }

    fn target(&self, thing: Thing, holder: ActorIndex) -> Option<Target> {
        match thing {
            Thing::Actor(actor) if actor == holder => None,
            Thing::Actor(actor) => self.scene.actor(actor).map(|actor| Target::Actor(actor.id.clone())),
            Thing::Topic(topic) => self.scene.given.knowledge.topics.get(topic).map(|topic| Target::Topic(topic.id.clone())),
        }
    }

    /// The rule's stance, turned round or bound by the words around it.
    fn stance(&self, rule: &StanceRule) -> Option<Stance> {
        let page = &self.scene.page;
        let anchor = self.token(self.fit.anchor);
        let from = self.negation_start();
        let negations = self.scopes.count(page, from..anchor, ScopeKind::Negator);
        let sentence_end = self.line.seen.last().map_or(anchor, |last| last + 1);
        let bound = self.scopes.any(page, from..sentence_end, ScopeKind::Condition);
        let first = self.token(self.fit.start);
        let case = self.token(self.fit.start.saturating_sub(CASE_REACH));
        let supposed = [ScopeKind::Hypothesis, ScopeKind::Supposition].into_iter().any(|kind| self.scopes.any(page, case..first, kind));
        let term =
            [ScopeKind::Condition, ScopeKind::Supposition].into_iter().any(|kind| self.scopes.any(page, self.clause_start()..first, kind));
        let open = supposed || term || self.scopes.any(page, from..anchor, ScopeKind::Hedge);
        let fit_end = self.token(self.fit.end.saturating_sub(1));
        let bound = !term && (bound || self.scopes.any(page, fit_end..sentence_end, ScopeKind::Supposition));
        let stance = match negations % 2 {
            0 => rule.stance,
            _ => rule.negated?,
        };
        match stance {
            Stance::Support | Stance::Oppose if open && !bound && rule.act != Some(Act::Threaten) => None,
            Stance::Support if bound => Some(Stance::Conditional),
            Stance::Oppose if bound && rule.stance == Stance::Support => Some(Stance::Conditional),
            stance => Some(stance),
        }
    }

    /// Negation counts between the holder, or a few words before, and the words of the rule.
    fn negation_start(&self) -> usize {
        let near = self.fit.anchor.saturating_sub(NEGATION_REACH);
        let after_holder = self.referent(self.fit.holder).map(|holder| holder.tokens.end).filter(|end| *end <= self.token(self.fit.anchor));
        let after_target = self.referent(self.fit.target).map(|target| target.tokens.end).filter(|end| *end <= self.token(self.fit.anchor));
        let start = after_holder.or(after_target).unwrap_or_else(|| self.token(near));
        let clause = self.line.breaks.iter().rev().map(|place| self.token(*place)).find(|token| *token < self.token(self.fit.anchor));
        clause.filter(|token| self.scene.has(Class::ClauseStart, *token)).map_or(start, |token| start.max(token))
    }

    /// The place after the last comma or other mark before the words of a rule.
    fn clause_start(&self) -> usize {
        let mark = |token: &usize| self.scene.page.kind(*token) == Some(TokenKind::Punct);
        let before = self.line.seen.iter().take(self.fit.start).copied();
        let last = before.clone().rev().take(TERM_REACH).take_while(|token| !mark(token)).last();
        last.unwrap_or_else(|| self.token(self.fit.start))
    }
}

/// Which draft a token belongs to: the innermost whose content or cue holds it.
struct Owners<'h> {
    drafts: &'h [Part],
    spans: Vec<(usize, Span)>,
}

/// A content or cue span with the depth and the index of its draft.
type Part = (Span, usize, usize);

/// By sentence: the parts of drafts that lie in it.
struct Held {
    by_sentence: Vec<Vec<Part>>,
}

impl Held {
    fn new(scene: &Scene<'_>) -> Self {
        let mut by_sentence = vec![Vec::new(); scene.reading.sentences.len()];
        for (at, draft) in scene.reading.drafts.iter().enumerate() {
            let depth = depth(scene, at);
            for span in draft.attribution.content.iter().chain(&draft.attribution.cue) {
                let first = scene.sentence_of(*span);
                let sentences = scene.reading.sentences.iter().skip(first).take_while(|sentence| sentence.span.start < span.end).count();
                by_sentence.iter_mut().skip(first).take(sentences).for_each(|parts| parts.push((*span, depth, at)));
            }
        }
        Self { by_sentence }
    }

    fn of(&self, sentence: usize) -> &[Part] {
        self.by_sentence.get(sentence).map_or(&[], Vec::as_slice)
    }
}

impl<'h> Owners<'h> {
    fn new(scene: &Scene<'_>, drafts: &'h [Part], tokens: Range<usize>) -> Self {
        let spans = tokens.filter_map(|at| scene.page.tokens.get(at).map(|token| (at, token.span))).collect();
        Self { drafts, spans }
    }

    fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    /// Tells whether a token stands in the cue, not negated, of the innermost draft that holds it, and its speaker is known.
    fn is_spoken_cue(&self, scene: &Scene<'_>, token: usize) -> bool {
        let span = scene.page.tokens.get(token).map(|token| token.span).unwrap_or_default();
        let Some(at) = self.innermost(token) else { return false };
        let known = scene.speakers.get(at).and_then(Option::as_ref).is_some_and(|resolved| resolved.actor.is_some());
        let cue = scene.draft(at).is_some_and(|draft| !draft.negated && draft.attribution.cue.is_some_and(|cue| cue.contains(span)));
        known && cue
    }

    /// Tells whether a draft inside this one has words in the same sentence.
    fn has_child(&self, scene: &Scene<'_>, draft: usize) -> bool {
        self.drafts.iter().any(|(_, _, other)| scene.draft(*other).is_some_and(|other| other.attribution.parent == Some(draft)))
    }

    fn innermost(&self, token: usize) -> Option<usize> {
        let at = self.spans.binary_search_by_key(&token, |(at, _)| *at).ok()?;
        let (_, span) = *self.spans.get(at)?;
        let holding = self.drafts.iter().filter(|(held, _, _)| held.contains(span));
        holding.max_by_key(|(held, depth, _)| (*depth, std::cmp::Reverse(held.len()))).map(|(_, _, draft)| *draft)
    }
}

fn depth(scene: &Scene<'_>, draft: usize) -> usize {
    let parents = std::iter::successors(Some(draft), |at| scene.draft(*at).and_then(|draft| draft.attribution.parent));
    // Parents come before their children; the bound only guards against a reading that breaks that.
    parents.take(scene.reading.drafts.len() + 1).count()
}

/// One stance of a holder towards a target in a statement: a rule that names the holder beats one that does not, support and
/// opposition together are mixed.
fn tidy(shown: Vec<Shown>) -> Vec<Shown> {
    let explicit: BTreeSet<(usize, usize)> = shown.iter().filter(|one| one.explicit).map(|one| (one.draft, one.anchor)).collect();
    let mut kept: Vec<Shown> = Vec::new();
    let mut places: BTreeMap<(usize, ActorId, Target), usize> = BTreeMap::new();
    for one in shown.into_iter().filter(|one| one.explicit || !explicit.contains(&(one.draft, one.anchor))) {
        let key = (one.draft, one.taken.holder.clone(), one.taken.target.clone());
        match places.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(other) => {
                other.taken.stance = joined(other.taken.stance, one.taken.stance);
                other.act = other.act.or(one.act);
                for rule in one.taken.rules {
                    if !other.taken.rules.contains(&rule) {
                        other.taken.rules.push(rule);
                    }
                }
            }
            None => {
                places.insert(key, kept.len());
                kept.push(one);
            }
        }
    }
    kept
}

fn joined(one: Stance, other: Stance) -> Stance {
    match (one, other) {
        (a, b) if a == b => a,
        (Stance::Mixed, _) | (_, Stance::Mixed) | (Stance::Support, Stance::Oppose) | (Stance::Oppose, Stance::Support) => Stance::Mixed,
        (Stance::Conditional, _) | (_, Stance::Conditional) => Stance::Conditional,
        (Stance::Neutral | Stance::Unclear, b) => b,
        (a, _) => a,
    }
}
