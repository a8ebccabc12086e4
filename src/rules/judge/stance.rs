//! Which stance whose words show towards whom or what: the rules of `stance.toml` on the sentences of a text.
//!
//! A rule that names no holder speaks for the speaker; a rule with a holder may tell of somebody else's stance, which is then
//! reported, never the speaker's own. Where words are negated, bound or put as a case, `case` changes the stance or leaves it out.

use super::case::{Case, Lost};
use super::clause;
use super::deed::{self, Deed};
use super::joined;
use super::line::{Line, Places};
use super::owners::{Held, Owners};
use super::pattern::{Fit, Pattern};
use super::referents::{self, Known, Pointers, Referent, Thing};
use super::rule::{StanceRule, StanceRules, Start, Try};
use super::scope::Scopes;
use super::starts::Starts;
use super::voice::{is_added, is_own_doubt, is_quoted_inside, is_refuted};
use crate::model::{Act, ActorId, ActorKind, QuoteKind, Rejected, Span, Stance, StanceTaken, Target};
use crate::rules::resolve::{ActorIndex, Scene};
use crate::rules::text::{Token, TokenKind};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A stance with the draft that shows it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub draft: usize,
    pub taken: StanceTaken,
    pub rule: usize,
    pub act: Option<Act>,
    pub anchor: usize,
    pub explicit: bool,
}

impl Shown {
    /// Whose stance towards what it is, in which draft.
    pub fn key(&self) -> (usize, ActorId, Target) {
        (self.draft, self.taken.holder.clone(), self.taken.target.clone())
    }
}

/// How far before "somebody's rejection" the subject of the clause may stand, in words.
const NOUN_CLAUSE_REACH: usize = 24;

/// The words of a sentence that patterns see: quotation marks and brackets are left out.
pub(super) fn seen(scene: &Scene<'_>, tokens: Range<usize>) -> Vec<usize> {
    let words = scene.page.tokens.get(tokens.clone()).unwrap_or(&[]);
    let unseen = |token: &Token| token.kind == TokenKind::Quote || matches!(token.mark, b'(' | b')' | b'[' | b']');
    let mut seen = Vec::with_capacity(words.len());
    for (at, token) in tokens.zip(words) {
        if !unseen(token) {
            seen.push(at);
        }
    }
    seen
}

/// What the sentences of a text show, in text order.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Stances in somebody's words.
    pub shown: Vec<Shown>,
    /// Stances in what somebody did.
    pub deeds: Vec<Deed>,
    /// Stances that words of a draft do not show after all, with the draft.
    pub lost: Vec<(usize, Rejected)>,
}

/// Gives every stance that a text shows.
pub(super) fn judge(rules: &StanceRules, scene: &Scene<'_>, scopes: &Scopes) -> Judged {
    let mut judged = Judged::default();
    let held = Held::new(scene);
    let known = Known::of(scene);
    for (at, sentence) in scene.reading.sentences.iter().enumerate() {
        let words = scene.page.ids.get(sentence.tokens.clone()).unwrap_or(&[]);
        if words.iter().all(|word| rules.found_by(*word).is_empty()) {
            continue;
        }
        let owners = Owners::new(scene, held.of(at), sentence.tokens.clone());
        if owners.is_empty() && scene.mentions_in(sentence.tokens.clone()).is_empty() {
            continue;
        }
        let mut here = judge_sentence(rules, (scene, &known), (scopes, &owners), sentence.tokens.clone());
        judged.shown.append(&mut here.shown);
        judged.deeds.append(&mut here.deeds);
        judged.lost.append(&mut here.lost);
    }
    judged.shown = tidy(judged.shown);
    judged.lost = left_over(judged.lost, &judged.shown);
    judged
}

fn judge_sentence(
    rules: &StanceRules,
    (scene, known): (&Scene<'_>, &Known<'_>),
    (scopes, owners): (&Scopes, &Owners<'_>),
    tokens: Range<usize>,
) -> Judged {
    let mut judged = Judged::default();
    let seen = seen(scene, tokens.clone());
    // A question takes no side.
    if seen.last().is_some_and(|last| scene.page.is_mark(*last, b'?')) {
        return judged;
    }
    let mut tries = rules.tries(&scene.page, &seen, 0);
    if tries.is_empty() {
        return judged;
    }
    let starts = Starts::of(scene, &known.sources, tokens);
    tries.retain(|one| may_reach(one, &seen, &starts));
    if tries.is_empty() {
        return judged;
    }
    let read =
        |pointers: Pointers, before: &[Referent]| referents::read((scene, known), (&starts, before), |at| owners.innermost(at), pointers);
    let mut referents = read(Pointers::Supposed, &[]);
    let mut places = Places::of(&seen, &referents);
    tries.retain(|one| may_fit(one, &places));
    if tries.is_empty() {
        return judged;
    }
    let parts = clause::parts(scene, (scopes, rules), &seen);
    if referents.iter().any(Referent::is_supposed) {
        let line = Line { page: scene.page, seen: &seen, referents: &referents, places: &places, parts: &parts, loose: false };
        let mut held: Vec<Fit> = Vec::new();
        let mut fitting = tries.clone();
        fitting.retain(|one| {
            let before = held.len();
            held.extend(fits_anyhow(&line, one));
            held.len() > before
        });
        if held.iter().any(|fit| names_supposed(&line, fit))
            || held.is_empty() && fits_plainly(&read(Pointers::LeftOut, &referents), (&line, &tries))
        {
            referents = read(Pointers::Followed, &referents);
            places = Places::of(&seen, &referents);
        } else {
            tries = fitting;
        }
    }
    let line = Line { page: scene.page, seen: &seen, referents: &referents, places: &places, parts: &parts, loose: false };
    for Try { place, start, pattern } in tries {
        let Some(token) = seen.get(place).copied() else { continue };
        let draft = owners.innermost(token);
        for fit in fits(scene, &line, (pattern, place, start), (owners, token)).into_iter().filter(|fit| !names_supposed(&line, fit)) {
            let case = Case { scene, scopes, line: &line, fit: &fit };
            match draft {
                Some(draft) => match take(rules, &case, (start.rule, pattern), (owners, draft)) {
                    Some(Ok(shown)) => judged.shown.push(shown),
                    Some(Err(lost)) => judged.lost.push((draft, lost)),
                    None => {}
                },
                None => judged.deeds.extend(deed::read(rules, &case, (start.rule, pattern))),
            }
        }
    }
    judged
}

/// Tells whether a sentence has something for the slots of a pattern, on either side of its anchor. Whoever speaks may stand for what
/// is left of it.
fn may_fit(Try { place, start, .. }: &Try<'_>, places: &Places) -> bool {
    let needed = &start.needed;
    (needed.slot_right.is_none() || places.any_behind(*place)) && (!needed.target_left || places.any_before(*place))
}

/// Tells whether there may be something for the slots of a pattern, whatever the words there refer to.
fn may_reach(Try { place, start, .. }: &Try<'_>, seen: &[usize], starts: &Starts<'_>) -> bool {
    let needed = &start.needed;
    needed.slot_right.is_none_or(|reach| starts.any_behind(seen, (*place, reach)))
        && (!needed.target_left || seen.get(*place).is_some_and(|token| starts.any_before(*token)))
}

/// Where a pattern fits at its place, whoever speaks.
fn fits_anyhow(line: &Line<'_>, Try { place, start, pattern }: &Try<'_>) -> impl Iterator<Item = Fit> {
    let here = (*place, start.choices.as_slice());
    pattern.fit(line, here).into_iter().chain(pattern.fit_without_holder(line, here))
}

/// Tells whether one of the patterns fits with other referents.
fn fits_plainly(referents: &[Referent], (line, tries): (&Line<'_>, &[Try<'_>])) -> bool {
    let places = Places::of(line.seen, referents);
    let line = Line { referents, places: &places, ..*line };
    tries.iter().any(|one| fits_anyhow(&line, one).next().is_some())
}

/// Tells whether a slot holds words of which nobody asked yet whom they mean.
fn names_supposed(line: &Line<'_>, fit: &Fit) -> bool {
    let slots = [fit.holder, fit.target].into_iter().flatten();
    slots.filter_map(|index| line.referents.get(index)).any(Referent::is_supposed)
}

/// Where a pattern fits at a place of a sentence, once for each of those who stand together. The source of a cue is known better than
/// what stands before it in words; where these name somebody else it is left open.
fn fits(
    scene: &Scene<'_>,
    line: &Line<'_>,
    (pattern, place, start): (&Pattern, usize, &Start),
    (owners, token): (&Owners<'_>, usize),
) -> Vec<Fit> {
    let here = (place, start.choices.as_slice());
    let at_cue = pattern.fit_without_holder(line, here).filter(|_| owners.is_spoken_cue(scene, token));
    let in_words: Vec<Fit> = pattern.fit(line, here).into_iter().flat_map(|fit| joined::fits(line, fit)).collect();
    let Some(at_cue) = at_cue else { return in_words };
    let holder = |fit: &Fit| fit.holder.and_then(|index| line.referents.get(index)).and_then(Referent::holder);
    let speaker = owners.innermost(token).and_then(|draft| scene.speaker(draft));
    let by_source = |fit: &Fit| holder(fit).is_none() || holder(fit) == speaker;
    if !in_words.is_empty() && !in_words.iter().any(by_source) {
        return Vec::new();
    }
    // Who speaks together with the source of a cue stands where the source stands.
    let together = in_words.iter().any(|fit| holder(fit).is_some() && !by_source(fit));
    if together { in_words } else { joined::fits(line, at_cue) }
}

/// Makes a stance of a fit, if holder and target are known and the words mean it.
fn take(
    rules: &StanceRules,
    case: &Case<'_, '_>,
    (index, pattern): (usize, &Pattern),
    (owners, draft): (&Owners<'_>, usize),
) -> Option<Result<Shown, Rejected>> {
    let rule = rules.rules.get(index)?;
    let anchor = *case.line.seen.get(case.fit.anchor)?;
    let speaker = case.scene.speakers.get(draft)?.as_ref()?.actor;
    // Where somebody else is quoted in the same sentence, words without a holder may be theirs.
    let doubted = case.doubts() == Some(1);
    let by_speaker =
        case.scene.draft(draft).is_some_and(|draft| !draft.negated || doubted) && !owners.has_child_before(case.scene, draft, anchor);
    if !case.lies_in(draft)
        || is_added(case, (draft, anchor))
        || !pattern.has_holder && is_quoted_inside(case.scene, (draft, anchor))
        || is_refuted(case, (draft, anchor)) && !(doubted && is_own_doubt(case.scene, draft))
    {
        return None;
    }
    let explicit = case.referent(case.fit.holder).and_then(Referent::holder);
    let holder = match (pattern.has_holder && !case.is_duty(), explicit) {
        (true, Some(holder)) => organ(case).unwrap_or(holder),
        (true, None) => speaker?,
        (false, _) if by_speaker => speaker?,
        (false, _) => return None,
    };
    let target = case.target(target_of(case, (rule, pattern))?, holder)?;
    let id = &case.scene.actor(holder)?.id;
    let lost = |stance: Stance, reason: String| {
        let what = format!("{id} {stance} {}", target.id());
        Some(Err(Rejected { rule: rule.id.clone(), what, reason }))
    };
    let verdict = match case.verdict(rule) {
        Ok(verdict) => verdict,
        Err(Lost { stance, reason }) => return lost(stance, reason),
    };
    if case.is_past() {
        return lost(verdict.stance, "it is told of long ago".to_owned());
    }
    // Told afterwards it is what will be; in one's own words it is a case that is put.
    let open = verdict.stance == Stance::Support && rule.act == Some(Act::Agree) && case.is_would();
    if open && case.scene.draft(draft)?.attribution.quote == QuoteKind::Direct {
        return lost(verdict.stance, "what somebody would do is no yes yet".to_owned());
    }
    let taken = StanceTaken {
        holder: id.clone(),
        target: target.clone(),
        stance: verdict.stance,
        own: speaker == Some(holder),
        evidence: unbroken(case, (draft, anchor), verdict.evidence),
        condition: verdict.condition.and_then(|words| told(case, draft, words)),
        rules: vec![rule.id.clone()],
    };
    Some(Ok(Shown { draft, taken, rule: index, act: verdict.act, anchor, explicit: case.fit.holder.is_some() }))
}

/// Towards what a rule says somebody stands: what is named in its words, or the only topic of the text that it may mean.
pub(super) fn target_of(case: &Case<'_, '_>, (rule, pattern): (&StanceRule, &Pattern)) -> Option<Thing> {
    let thing = match pattern.has_target {
        true => case.referent(case.fit.target).map(|referent| referent.thing),
        false => referents::only_topic(case.scene, rule.target?).map(Thing::Topic),
    };
    thing.filter(|thing| !rule.topics_only || matches!(thing, Thing::Topic(_)))
}

/// The part of the evidence that no remark on who speaks breaks.
fn unbroken(case: &Case<'_, '_>, (draft, anchor): (usize, usize), evidence: Span) -> Span {
    let Some(draft) = case.scene.draft(draft) else { return evidence };
    let token = case.scene.page.tokens.get(anchor).map(|token| token.span).unwrap_or_default();
    let broken = draft.attribution.cue.is_some_and(|cue| evidence.contains(cue) && !cue.contains(token));
    let piece = draft.attribution.content.iter().find(|content| broken && content.contains(token));
    piece.map_or(evidence, |piece| Span { start: evidence.start.max(piece.start), end: evidence.end.min(piece.end) })
}

/// The part of a condition that lies in the words of a draft: what follows them is no part of it.
fn told(case: &Case<'_, '_>, draft: usize, condition: Span) -> Option<Span> {
    let attribution = &case.scene.draft(draft)?.attribution;
    let content = attribution.content.iter().find(|content| content.start <= condition.start && condition.start < content.end)?;
    let end = condition.end.min(content.end);
    let words = case.scene.page.tokens_in(Span { start: condition.start, end });
    let last = words.clone().rev().find(|token| !matches!(case.scene.page.kind(*token), Some(TokenKind::Punct | TokenKind::Quote)))?;
    Some(case.scene.page.span(words.start..last + 1))
}

/// "The Hill Palace wants to hide Norvania's rejection": where an organ of a state acts in the clause, the state's rejection is the organ's.
pub(super) fn organ(case: &Case<'_, '_>) -> Option<ActorIndex> {
    let owner = case.referent(case.fit.holder).filter(|holder| holder.possessive)?;
    let state = case.scene.actor(owner.holder()?).filter(|actor| actor.kind == ActorKind::State)?;
    let (subject, _) = clause::subject(case.line, case.fit.start, NOUN_CLAUSE_REACH)?;
    let subject = case.referent(Some(subject))?.holder()?;
    let organ = case.scene.actor(subject)?;
    let acts_for = matches!(organ.kind, ActorKind::Office | ActorKind::Organisation) && organ.part_of.contains(&state.id);
    acts_for.then_some(subject)
}

/// Alternatives that lost, each once; what other words of the draft show did not lose.
fn left_over(lost: Vec<(usize, Rejected)>, shown: &[Shown]) -> Vec<(usize, Rejected)> {
    let told: BTreeSet<(usize, String)> =
        shown.iter().map(|one| (one.draft, format!("{} {} {}", one.taken.holder, one.taken.stance, one.taken.target.id()))).collect();
    let mut seen: BTreeSet<(usize, String)> = told;
    lost.into_iter().filter(|(draft, lost)| seen.insert((*draft, lost.what.clone()))).collect()
}

/// One stance of a holder towards a target in a statement: a rule that names the holder beats one that does not, support and
/// opposition together are mixed.
fn tidy(shown: Vec<Shown>) -> Vec<Shown> {
    let explicit: BTreeSet<(usize, usize, Target)> =
        shown.iter().filter(|one| one.explicit).map(|one| (one.draft, one.anchor, one.taken.target.clone())).collect();
    let mut kept: Vec<Shown> = Vec::new();
    let mut places: BTreeMap<(usize, ActorId, Target), usize> = BTreeMap::new();
    for one in shown.into_iter().filter(|one| one.explicit || !explicit.contains(&(one.draft, one.anchor, one.taken.target.clone()))) {
        let key = one.key();
        match places.get(&key).and_then(|at| kept.get_mut(*at)) {
            Some(other) => {
                other.taken.stance = joined(other.taken.stance, one.taken.stance);
                other.taken.condition = other.taken.condition.or(one.taken.condition);
                other.act = other.act.or(one.act).filter(|_| other.taken.stance != Stance::Mixed);
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
