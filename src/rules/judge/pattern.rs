//! The pattern language of `stance.toml`: words, lemmas, alternatives, slots and bounded gaps.
//!
//! `{holder} ..6 ~reject ..8 {target}` reads: a holder, at most six words, a form of "reject", at most eight words, a target.
//! `(a|b c)` is one of several, `word?` may be left out, `!(a|b)` may not follow, `{holder's}` is a possessive. Quotation marks are not seen.
//! What a match means is decided by `stance`; what stands in a slot by `referents`.

mod notation;

use super::clause;
use super::line::Line;
use super::needs::{Needed, Needs, Placed, Reach};
use crate::rules::knowledge::{WordId, Words};
use crate::rules::text::TokenKind;
use notation::{item, parts};
use std::collections::BTreeMap;

/// What a slot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Holder,
    HolderPossessive,
    Target,
    TargetPossessive,
}

type WordSet = Vec<WordId>;

/// How many words more a gap before what is somebody's may hold: "some of the proposals of Norvania".
pub(super) const LOOSE_WORDS: usize = 3;

/// How many words may lead to a noun: "the former president".
const NOUN_LEADS_MAX: usize = 4;

/// Lemmas that stand in every second sentence: no pattern is found by them if it has other words.
const BARE: [&str; 4] = ["~be", "~have", "~do", "~stand"];

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// One of several sequences of words; each word is a set of forms.
    Words {
        choices: Vec<Vec<WordSet>>,
        optional: bool,
    },
    /// Words that may not follow.
    Not(Vec<Vec<WordSet>>),
    Gap(usize),
    Slot(Slot),
}

/// A pattern made ready: what stands left of its anchor (nearest first), the anchor, what stands right of it.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    anchor: Vec<Vec<WordSet>>,
    left: Vec<Item>,
    right: Vec<Item>,
    /// The anchor is a verb whose subject is the holder.
    finite: bool,
    pub has_holder: bool,
    pub has_target: bool,
}

/// Where a pattern fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fit {
    /// Index of the referent in the holder's slot.
    pub holder: Option<usize>,
    /// Index of the referent in the target's slot.
    pub target: Option<usize>,
    /// Places in `seen` that the fit covers, anchor included.
    pub start: usize,
    pub end: usize,
    pub anchor: usize,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str, lemmas: &BTreeMap<String, Vec<String>>, words: &mut Words) -> Result<Self, String> {
        let mut items = Vec::new();
        for part in parts(text)? {
            items.push(item(&part, lemmas, words)?);
        }
        let is_anchor = |item: &Item| matches!(item, Item::Words { optional: false, .. });
        // A comma stands in every sentence.
        let is_word = |part: &String| part.chars().any(char::is_alphabetic);
        // What tells most is the anchor: a lemma, or a choice of words beside a form of "be", rather than a preposition.
        let named: Vec<String> = parts(text)?;
        let choices = |part: &str| part.trim_matches(['(', ')']).split('|').any(|choice| BARE.contains(&choice));
        let rare = |part: &String| part.contains('~') && !part.ends_with('?') && !choices(part);
        let told = |part: &String| part.contains('|') && !part.contains('~') && !part.ends_with('?');
        let lemma = named.iter().position(rare);
        let beside_be =
            || named.iter().position(|part| choices(part)).and_then(|be| named.iter().skip(be).position(told).map(|at| be + at));
        let word = || items.iter().zip(&named).position(|(item, part)| is_anchor(item) && is_word(part));
        let at = lemma.or_else(beside_be).or_else(word).or_else(|| items.iter().position(is_anchor));
        let at = at.ok_or("a pattern needs at least one word that may not be left out")?;
        let slots = |wanted: &[Slot]| items.iter().filter(|item| matches!(item, Item::Slot(slot) if wanted.contains(slot))).count();
        let (holders, targets) = (slots(&[Slot::Holder, Slot::HolderPossessive]), slots(&[Slot::Target, Slot::TargetPossessive]));
        if holders > 1 || targets > 1 {
            return Err("a pattern has at most one holder and one target".to_owned());
        }
        let is_lemma = named.get(at).is_some_and(|part| part.trim_matches(['(', ')']).split('|').all(|choice| choice.starts_with('~')));
        let right = items.split_off(at + 1);
        let Some(Item::Words { choices, .. }) = items.pop() else { return Err("a pattern needs a word".to_owned()) };
        items.reverse();
        let finite = is_lemma && items.contains(&Item::Slot(Slot::Holder));
        Ok(Self { anchor: choices, left: items, right, finite, has_holder: holders == 1, has_target: targets == 1 })
    }

    /// Gives what the pattern needs beside its anchor.
    pub fn needed(&self, needs: &mut Needs) -> Needed {
        // To the left a word starts behind its own length, to the right it ends there.
        let mut left = reaches(&self.left, Reach::default());
        left.iter_mut().for_each(|(item, reach)| *reach = reach.over(length(item)));
        let right = reaches(&self.right, Reach::of(longest(&self.anchor)));
        let mut numbers = |items: &[(&Item, Reach)]| -> Vec<Placed> {
            let needed = items.iter().filter_map(|(item, reach)| Some((needed_words(item)?, *reach)));
            needed.map(|(words, reach)| (needs.number(words), reach)).collect()
        };
        let needed = (numbers(&left), numbers(&right));
        let is_target = |item: &Item| matches!(item, Item::Slot(Slot::Target | Slot::TargetPossessive));
        let target_left = self.left.iter().any(is_target);
        let slot_right = right.iter().find(|(item, _)| matches!(item, Item::Slot(_))).map(|(_, reach)| *reach);
        Needed::new((&needed.0, &needed.1), (target_left, slot_right))
    }

    /// Gives the words by which the pattern is found, each with the choice of the anchor in which it stands first.
    pub fn anchors(&self) -> impl Iterator<Item = (usize, WordId)> + '_ {
        let first = |(nth, choice): (usize, &'_ Vec<WordSet>)| choice.first().map(|set| (nth, set.clone()));
        self.anchor.iter().enumerate().filter_map(first).flat_map(|(nth, set)| set.into_iter().map(move |word| (nth, word)))
    }

    /// Tells whether a choice of the anchor is a single word.
    pub fn is_alone(&self, choice: usize) -> bool {
        self.anchor.get(choice).is_some_and(|choice| choice.len() == 1)
    }

    /// Gives the second words of those choices of the anchor that have several.
    pub fn seconds(&self) -> Vec<WordId> {
        self.anchor.iter().filter_map(|choice| choice.get(1)).flatten().copied().collect()
    }

    /// Tells whether all words of the anchor stand at a place of a sentence; `choices` are those that start with the word there.
    pub fn stands_at(&self, words: &[WordId], (at, choices): (usize, &[usize])) -> bool {
        let here = |choice: &Vec<WordSet>| words.get(at..at + choice.len());
        let stands = |choice: &Vec<WordSet>, here: &[WordId]| here.iter().zip(choice).all(|(word, set)| set.binary_search(word).is_ok());
        self.choices(choices).any(|choice| here(choice).is_some_and(|here| stands(choice, here)))
    }

    /// The choices of the anchor that may stand at a place, by their numbers.
    fn choices<'p>(&'p self, numbers: &'p [usize]) -> impl Iterator<Item = &'p Vec<WordSet>> {
        numbers.iter().filter_map(|number| self.anchor.get(*number))
    }

    /// Fits a pattern that starts with its holder at a cue whose source is that holder, however far it stands; `choices` are those
    /// of the anchor that start with the word.
    pub fn fit_without_holder(&self, line: &Line<'_>, (at, choices): (usize, &[usize])) -> Option<Fit> {
        let is_holder = |item: &Item| matches!(item, Item::Slot(Slot::Holder | Slot::HolderPossessive));
        let holder_only = match self.left.as_slice() {
            [only] | [Item::Gap(_), only] => is_holder(only),
            _ => false,
        };
        let mut choices = self.choices(choices).filter(|_| holder_only && self.may_stand(line, at));
        choices.find_map(|choice| {
            let end = sequence(line, choice, at)?;
            forward(line, &self.right, Fit { start: at, end, anchor: at, ..Fit::default() })
        })
    }

    /// A verb is none where it stands as a noun.
    fn may_stand(&self, line: &Line<'_>, at: usize) -> bool {
        !(self.finite && line.parts.get(at).is_some_and(|part| part.noun))
    }

    /// Fits the pattern with its anchor at a place of the line; `choices` are those of the anchor that start with the word.
    pub fn fit(&self, line: &Line<'_>, (at, choices): (usize, &[usize])) -> Option<Fit> {
        self.choices(choices).filter(|_| self.may_stand(line, at)).find_map(|choice| {
            let end = sequence(line, choice, at)?;
            let fit = Fit { start: at, end, anchor: at, ..Fit::default() };
            let fit = forward(line, &self.right, fit)?;
            backward(line, &self.left, fit)
        })
    }
}

/// The first words of an item that a pattern cannot do without.
fn needed_words(item: &Item) -> Option<WordSet> {
    match item {
        Item::Words { choices, optional: false } => Some(choices.iter().filter_map(|choice| choice.first()).flatten().copied().collect()),
        _ => None,
    }
}

/// The items on one side of an anchor, the nearest first, each with how far from it it may start.
fn reaches(items: &[Item], start: Reach) -> Vec<(&Item, Reach)> {
    let mut next = start;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        found.push((item, next));
        next = match item {
            Item::Gap(most) => next.over_gap(*most),
            Item::Slot(_) => next.over_all(),
            Item::Words { .. } | Item::Not(_) => next.over(length(item)),
        };
    }
    found
}

/// How many words an item takes at most; none where that is not known.
fn length(item: &Item) -> usize {
    match item {
        Item::Words { choices, .. } => longest(choices),
        Item::Not(_) | Item::Gap(_) | Item::Slot(_) => 0,
    }
}

fn longest(choices: &[Vec<WordSet>]) -> usize {
    choices.iter().map(Vec::len).max().unwrap_or(0)
}

/// Makes one choice of all choices of one word, at the place of the first; its forms are sorted, so that a look-up halves them.
fn joined(choices: Vec<Vec<WordSet>>) -> Vec<Vec<WordSet>> {
    let mut joined: Vec<Vec<WordSet>> = Vec::new();
    let mut single: Option<usize> = None;
    for mut choice in choices {
        let at = single.filter(|_| choice.len() == 1);
        match at.and_then(|at| joined.get_mut(at)?.first_mut()) {
            Some(set) => set.append(choice.first_mut().unwrap_or(&mut Vec::new())),
            None => {
                single = single.or((choice.len() == 1).then_some(joined.len()));
                joined.push(choice);
            }
        }
    }
    for set in joined.iter_mut().flatten() {
        set.sort_unstable();
        set.dedup();
    }
    joined
}

fn sequence_of(choice: &str, lemmas: &BTreeMap<String, Vec<String>>, words: &mut Words) -> Result<Vec<WordSet>, String> {
    let mut sequence = Vec::new();
    // A word with hyphens is several words of a text, its hyphens among them.
    let parts = choice.split_whitespace().flat_map(|word| word.split_inclusive('-')).flat_map(|part| match part.strip_suffix('-') {
        Some(word) => vec![word, "-"],
        None => vec![part],
    });
    for word in parts {
        sequence.push(match word.strip_prefix('~') {
            None => vec![words.intern(word)],
            Some(lemma) => {
                let forms = lemmas.get(lemma).ok_or_else(|| format!("`{lemma}` is not in lang/en/lemmas.toml"))?;
                std::iter::once(lemma).chain(forms.iter().map(String::as_str)).map(|form| words.intern(form)).collect()
            }
        });
    }
    match sequence.is_empty() {
        true => Err("an alternative is empty".to_owned()),
        false => Ok(sequence),
    }
}

fn sequence(line: &Line<'_>, sets: &[WordSet], at: usize) -> Option<usize> {
    let fits =
        |(offset, set): (usize, &WordSet)| line.seen.get(at + offset).is_some_and(|token| set.binary_search(&line.page.id(*token)).is_ok());
    sets.iter().enumerate().all(fits).then_some(at + sets.len())
}

fn forward(line: &Line<'_>, items: &[Item], fit: Fit) -> Option<Fit> {
    let Some((first, rest)) = items.split_first() else { return Some(fit) };
    let to_slot = matches!(rest.first(), Some(Item::Slot(_)));
    match first {
        Item::Words { choices, optional } => {
            let taken = choices
                .iter()
                .filter_map(|choice| sequence(line, choice, fit.end))
                .find_map(|end| forward(line, rest, Fit { end, ..fit.clone() }));
            taken.or_else(|| if *optional { forward(line, rest, fit.clone()) } else { None })
        }
        Item::Not(choices) => match choices.iter().any(|choice| sequence(line, choice, fit.end).is_some()) {
            true => None,
            false => forward(line, rest, fit),
        },
        Item::Gap(most) => (0..=*most + if line.loose { LOOSE_WORDS } else { 0 })
            .take_while(|skip| {
                let last = (fit.end + skip).wrapping_sub(1);
                *skip == 0 || may_skip(line, last) && !(to_slot && ends_object(line, last) && !is_apposition(line, (fit.end, last)))
            })
            // "Norvania favoured and Tarkland opposed it": the object stands further on.
            .take_while(|skip| *skip == 0 || !to_slot || !line.parts.get(fit.end).is_some_and(|part| part.and))
            .find_map(|skip| {
                let after_gap = forward_gap(line, (rest, fit.end), Fit { end: fit.end + skip, ..fit.clone() });
                after_gap.filter(|_| fit.end + skip <= line.seen.len())
            }),
        Item::Slot(slot) => after(line, (fit.end, *slot), fit.end)
            .and_then(|(referent, end)| forward(line, rest, with_slot(*slot, referent, Fit { end, ..fit.clone() }))),
    }
}

/// What follows a gap: a slot must not be tied by a preposition to another noun in the gap.
fn forward_gap(line: &Line<'_>, (rest, gap): (&[Item], usize), fit: Fit) -> Option<Fit> {
    match rest.split_first() {
        Some((Item::Slot(slot), rest)) => {
            let (referent, end) = after(line, (fit.end, *slot), gap)?;
            // "celebrated with Kell and Norvania": what ties the first ties the second.
            let joined = line
                .parts
                .get(..fit.end)
                .and_then(|before| before.iter().rev().take(NOUN_LEADS_MAX).find(|part| !part.leads_noun))
                .is_some_and(|part| part.and);
            if !line.loose && joined && (gap..fit.end).any(|at| ties(line, at)) {
                return None;
            }
            forward(line, rest, with_slot(*slot, referent, Fit { end, ..fit }))
        }
        _ => forward(line, rest, fit),
    }
}

fn backward(line: &Line<'_>, items: &[Item], fit: Fit) -> Option<Fit> {
    let Some((first, rest)) = items.split_first() else { return Some(fit) };
    match first {
        Item::Words { choices, optional } => {
            let taken = choices.iter().find_map(|choice| {
                let start = fit.start.checked_sub(choice.len())?;
                let end = sequence(line, choice, start)?;
                (end == fit.start).then(|| backward(line, rest, Fit { start, ..fit.clone() }))?
            });
            taken.or_else(|| if *optional { backward(line, rest, fit.clone()) } else { None })
        }
        Item::Not(choices) => {
            let stands = |choice: &Vec<WordSet>| fit.start.checked_sub(choice.len()).is_some_and(|at| sequence(line, choice, at).is_some());
            if choices.iter().any(stands) { None } else { backward(line, rest, fit) }
        }
        Item::Gap(most) if matches!(rest.first(), Some(Item::Slot(Slot::Holder))) => {
            let (referent, start) = clause::subject(line, fit.start, *most)?;
            let rest = rest.get(1..).unwrap_or_default();
            backward(line, rest, Fit { holder: Some(referent), start, ..fit })
        }
        Item::Gap(most) => (0..=(*most + if line.loose { LOOSE_WORDS } else { 0 }).min(fit.start))
            .take_while(|skip| *skip == 0 || may_skip(line, fit.start - skip) && !starts_clause(line, fit.start - skip))
            // "was introduced at the wrong speed": what is wrong is the speed.
            .take_while(|skip| *skip == 0 || !leads_to_slot(rest) || !ties(line, fit.start - skip))
            // "her party's campaign": it is not hers.
            .take_while(|skip| *skip == 0 || !(leads_to_owner(rest) && is_clitic(line, fit.start - skip)))
            .find_map(|skip| backward_gap(line, rest, Fit { start: fit.start - skip, ..fit.clone() })),
        Item::Slot(slot) => {
            // Right before "rejected by Norvania" or "that Norvania rejected" it does not matter what the words are tied to.
            let tied = matches!(rest.first(), Some(Item::Words { .. })) || fit.holder.is_some();
            let (referent, start) = before(line, (fit.start, *slot), tied)?;
            backward(line, rest, with_slot(*slot, referent, Fit { start, ..fit }))
        }
    }
}

/// What stands left of a gap: a slot must be nobody's object.
fn backward_gap(line: &Line<'_>, items: &[Item], fit: Fit) -> Option<Fit> {
    match items.split_first() {
        Some((Item::Slot(slot), rest)) => {
            let (referent, start) = before(line, (fit.start, *slot), matches!(rest.first(), Some(Item::Words { .. })))?;
            backward(line, rest, with_slot(*slot, referent, Fit { start, ..fit }))
        }
        _ => backward(line, items, fit),
    }
}

fn with_slot(slot: Slot, referent: usize, fit: Fit) -> Fit {
    match slot {
        Slot::Holder | Slot::HolderPossessive => Fit { holder: Some(referent), ..fit },
        Slot::Target | Slot::TargetPossessive => Fit { target: Some(referent), ..fit },
    }
}

/// A word of the pattern stands between a gap and a slot.
fn leads_to_slot(items: &[Item]) -> bool {
    !matches!(items.first(), Some(Item::Slot(_))) && items.iter().any(|item| matches!(item, Item::Slot(_)))
}

/// An owner comes next.
fn leads_to_owner(items: &[Item]) -> bool {
    matches!(items.first(), Some(Item::Slot(Slot::HolderPossessive | Slot::TargetPossessive)))
}

fn is_clitic(line: &Line<'_>, at: usize) -> bool {
    line.seen.get(at).is_some_and(|token| line.page.kind(*token) == Some(TokenKind::Clitic))
}

/// A preposition stands there.
fn ties(line: &Line<'_>, at: usize) -> bool {
    line.parts.get(at).is_some_and(|part| part.preposition)
}

/// A gap does not run over the end of a clause that marks show.
fn may_skip(line: &Line<'_>, at: usize) -> bool {
    line.parts.get(at).is_some_and(|part| !part.stop)
}

/// Right of the anchor a comma, another clause or another verb ends what the verb takes: "refused it, blaming Tarkland".
fn ends_object(line: &Line<'_>, at: usize) -> bool {
    line.parts.get(at).is_some_and(|part| part.comma || part.starts_clause || part.it || part.verb || part.ends_object)
}

/// "accused the owner's daughter, Kell, of": a name between commas, or at the end, tells who the words before it mean.
fn is_apposition(line: &Line<'_>, (start, comma): (usize, usize)) -> bool {
    let named = line.parts.get(comma).is_some_and(|part| part.comma) && comma > start + 1;
    let Some((_, referent)) = line.referent_at(comma + 1).filter(|_| named) else { return false };
    let clean = line.parts.get(start..comma).is_some_and(|between| between.iter().all(|part| !part.comma && !part.verb && !part.and));
    let next = line.parts.get(line.place(referent.tokens.end));
    clean && !referent.possessive && !referent.pronoun && next.is_none_or(|next| next.comma || next.stop || next.preposition)
}

/// Left of the anchor another clause speaks of other things.
fn starts_clause(line: &Line<'_>, at: usize) -> bool {
    let goes_on = line.parts.get(at + 1).is_some_and(|next| next.helper);
    line.parts.get(at).is_some_and(|part| part.it || part.starts_clause && !(part.relative && goes_on))
}

/// The referent that starts at a place, and one past its last place; `gap` is where the words before it start that no word of
/// the pattern stands for.
fn after(line: &Line<'_>, (at, slot): (usize, Slot), gap: usize) -> Option<(usize, usize)> {
    let (index, end) = line.referent_starting_at(at)?;
    let referent = line.referents.get(index)?;
    let holder = matches!(slot, Slot::Holder | Slot::HolderPossessive);
    let possessive = matches!(slot, Slot::HolderPossessive | Slot::TargetPossessive);
    let actor = referent.actor().is_some();
    let fits = match (holder, possessive) {
        (true, _) => referent.holder().is_some() && referent.possessive == possessive,
        (false, true) => actor && (referent.possessive || line.loose && referent.modifier),
        (false, false) => {
            let of = || line.parts.get(line.place(referent.preposition)).is_some_and(|part| part.shares);
            let owned = || if line.loose { referent.is_owner } else { !actor && referent.is_part && of() };
            let tied = referent.oblique && line.place(referent.preposition) >= gap && !owned();
            !(tied || line.loose && referent.pronoun && referent.possessive)
                && (line.loose || !(actor && (referent.possessive || referent.modifier)))
        }
    };
    let clitic = usize::from(possessive && referent.possessive && !referent.pronoun);
    fits.then_some((index, end + clitic))
}

/// The referent that ends at a place, and its first place; `tied` when words of the pattern stand before it.
fn before(line: &Line<'_>, (at, slot): (usize, Slot), tied: bool) -> Option<(usize, usize)> {
    let possessive = matches!(slot, Slot::HolderPossessive | Slot::TargetPossessive);
    let holder = matches!(slot, Slot::Holder | Slot::HolderPossessive);
    let (index, start) = line.referent_ending_at(at)?;
    let referent = line.referents.get(index)?;
    let counts = line.loose && (!holder || possessive && referent.modifier);
    if referent.possessive != possessive && !counts {
        return None;
    }
    let subject = possessive || tied || !referent.oblique;
    let plain = possessive || !referent.modifier || line.loose || referent.actor().is_none();
    let fits = (!holder || referent.holder().is_some()) && subject && plain;
    fits.then_some((index, start))
}
