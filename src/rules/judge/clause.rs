//! How a sentence falls into clauses, as far as word classes tell: where one starts, whose verb a verb is.
//!
//! Finds the subject of a verb and the words that belong to it. Knows neither stances nor patterns; where the words leave it
//! open there is no subject.

use super::line::Line;
use super::rule::StanceRules;
use super::scope::{ScopeKind, Scopes};
use crate::rules::knowledge::{Class, ClassSet};
use crate::rules::lexicon::Class as Word;
use crate::rules::resolve::Scene;
use crate::rules::text::TokenKind;

/// What a word is to the clauses of its sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Starts another clause: "but", "that", "who".
    pub starts_clause: bool,
    /// A clause start that stands for what was named right before it.
    pub relative: bool,
    /// "it", which may be what the verb before it takes.
    pub it: bool,
    /// A finite verb.
    pub verb: bool,
    /// Looks like a verb of a stance rule: "backs", "rejected".
    pub of_rule: bool,
    /// Is no finite verb where it stands: "his support", "amid calls for", "drew criticism".
    pub noun: bool,
    /// Belongs to the verb after it: "has", "will", "not", "quickly".
    pub helper: bool,
    /// A form of "be".
    pub be: bool,
    /// Ends in -ing and may be a participle.
    pub participle: bool,
    /// "to" before a verb or a noun.
    pub to: bool,
    /// "the", "President": stands before a noun and belongs to it.
    pub leads_noun: bool,
    /// Ends what a verb takes: "her" in "accuses her of", "wanting" behind "of".
    pub ends_object: bool,
    /// "at", "for": ties what follows it to what stands before it.
    pub preposition: bool,
    /// "of" in "the terms of", "the idea of": what follows is meant as well.
    pub shares: bool,
    /// "and".
    pub and: bool,
    pub comma: bool,
    /// A mark that ends every clause.
    pub stop: bool,
}

/// The parts of the words of a sentence that patterns see.
pub(super) fn parts(scene: &Scene<'_>, (scopes, rules): (&Scopes, &StanceRules), seen: &[usize]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::with_capacity(seen.len());
    let mut shares: Vec<usize> = Vec::new();
    for token in seen {
        let mut part = part(scene, *token);
        part.of_rule = rules.is_inflected(scene.page.id(*token));
        if let Some((end, kinds)) = scopes.lead_at(&scene.page, *token) {
            part.to = end == token + 1 && kinds.contains(&ScopeKind::Infinitive);
            shares.extend(Some(end).filter(|_| kinds.contains(&ScopeKind::Share)));
        }
        parts.push(part);
    }
    for at in 1..parts.len() {
        // "has since led": the small word belongs to the verb.
        let behind_helper = at > 1 && parts[at - 2].helper;
        parts[at].noun = is_noun(scene, (parts[at - 1], seen[at - 1], behind_helper), seen[at]);
    }
    for end in shares {
        let place = seen.partition_point(|token| *token < end);
        place.checked_sub(1).and_then(|last| parts.get_mut(last)).into_iter().for_each(|part| part.shares = true);
    }
    parts
}

/// What looks like a verb is a noun behind "his" and "the", behind a preposition, and as what another verb takes.
fn is_noun(scene: &Scene<'_>, (before, last, behind_helper): (Part, usize, bool), token: usize) -> bool {
    let class = scene.listed(token);
    if scene.page.kind(token) != Some(TokenKind::Word) || class.any(Word::PAST.or(Word::PARTICIPLE)) {
        return false;
    }
    // "this supports": the first of the words that point stands before nouns alone.
    let pointing = || scene.has(Class::Definite, last) && !scene.given.knowledge.classes.is_first(Class::Definite, scene.page.id(last));
    let owned = scene.page.kind(last) == Some(TokenKind::Clitic) || scene.has(Class::Determiner, last) && !pointing();
    let tied = scene.has(Class::Preposition, last) && !before.to && !before.starts_clause && !behind_helper;
    let taken = (before.verb || before.of_rule) && !before.helper && !before.be && !scene.page.is_capital(last);
    owned || tied || taken
}

fn part(scene: &Scene<'_>, token: usize) -> Part {
    let page = &scene.page;
    if page.kind(token) != Some(TokenKind::Word) {
        let mark = page.tokens.get(token).map_or(0, |token| token.mark);
        let stop = matches!(mark, b';' | b':' | b'?' | b'!') || mark == 0 && page.word(token) == "\u{2014}";
        return Part { comma: mark == b',', stop, ..Part::default() };
    }
    let known = &scene.given.knowledge.classes;
    let of = |at: usize| known.of(page.id(at));
    let (class, here) = (scene.listed(token), of(token));
    // Most words are nouns and names.
    if class == Word::default() && here == ClassSet::default() {
        return Part::default();
    }
    let before = token.checked_sub(1).map_or(ClassSet::default(), of);
    let finite = class.any(Word::PAST.or(Word::THIRD).or(Word::SAYS)) && !class.any(Word::AUXILIARY);
    let alone = !class.any(Word::POSSESSIVE) || of(token + 1).has(Class::Preposition);
    Part {
        ends_object: class.any(Word::OBJECT) && alone || class.any(Word::PARTICIPLE) && before.has(Class::Preposition),
        starts_clause: here.has(Class::ClauseStart),
        relative: here.has(Class::ClauseStart) && here.has(Class::Relative),
        it: here.has(Class::It),
        verb: finite && !is_led(scene, token, before) && !is_name(scene, token),
        helper: class.any(Word::AUXILIARY.or(Word::MODAL).or(Word::NEGATION).or(Word::ADVERB)),
        // "one of the critics" stays together.
        preposition: here.has(Class::Preposition) && !known.is_first(Class::Owner, page.id(token)),
        be: class.any(Word::BE),
        participle: class.any(Word::PARTICIPLE),
        leads_noun: class.any(Word::DETERMINER.or(Word::POSSESSIVE).or(Word::TITLE)) || here.has(Class::Determiner),
        // The first of the conjunctions joins, the second chooses.
        and: known.is_first(Class::Conjunction, page.id(token)),
        ..Part::default()
    }
}

/// A word behind "the", "a" or "'s"; `before` are the classes of the word before it.
fn is_led(scene: &Scene<'_>, token: usize, before: ClassSet) -> bool {
    let behind = token > 0 && scene.page.kind(token - 1) == Some(TokenKind::Clitic);
    behind || before.has(Class::Determiner) || before.has(Class::Indefinite)
}

/// A word with a capital behind another word.
fn is_name(scene: &Scene<'_>, token: usize) -> bool {
    scene.page.is_capital(token) && token > 0 && scene.page.kind(token - 1) == Some(TokenKind::Word)
}

/// How many words "has come down" may take.
const VERB_WORDS_MAX: usize = 4;
/// How far before a closing comma the words between two commas may start, in words.
const INSERTION_MAX: usize = 30;

/// How many words ", 25 ," and ", the mayor ," take.
const AGE_WORDS_MAX: usize = 4;

/// A walk to the left, from a verb to its subject.
struct Walk {
    /// Where it starts.
    verb: usize,
    place: usize,
    words: usize,
    /// A verb on the way belongs to the same subject: "decided to", "signed and".
    allows_verb: bool,
    /// Another verb of the same subject is joined by "and" or "but".
    joined: bool,
    verb_seen: bool,
}

/// Gives the subject of the verb at a place, as the index of a referent, and its first place.
pub(super) fn subject(line: &Line<'_>, verb: usize, reach: usize) -> Option<(usize, usize)> {
    let anchor = line.parts.get(verb)?;
    if is_passive(line, verb) || !line.loose && is_of_noun(line, verb) {
        return None;
    }
    if let Some(named) = fronted(line, verb) {
        return Some(named);
    }
    let mut walk = Walk { verb, place: verb, words: 0, allows_verb: anchor.participle, joined: false, verb_seen: false };
    while walk.place > 0 && walk.words <= reach {
        let here = walk.place - 1;
        if let Some((index, start)) = line.referent_ending_at(walk.place) {
            match decide(line, &walk, (index, start)) {
                Some(true) => return Some((index, start)),
                Some(false) => return None,
                None => {
                    walk.words += walk.place - start;
                    walk.place = start;
                    continue;
                }
            }
        }
        if line.parts.get(here).is_some_and(|part| part.relative)
            && let Some(named) = line.named_before(here)
        {
            return Some(named);
        }
        step(line, &mut walk, (here, verb))?;
    }
    None
}

/// "Calling the treaty a mistake, Kell left": a participle at the start is of whoever stands behind its comma.
fn fronted(line: &Line<'_>, verb: usize) -> Option<(usize, usize)> {
    let first = verb == 0 || line.parts.get(verb - 1).is_some_and(|part| part.stop) || verb == 1 && line.parts[0].starts_clause;
    if !first || !line.parts.get(verb)?.participle {
        return None;
    }
    let near = verb..line.parts.len().min(verb + INSERTION_MAX);
    let comma = near.into_iter().find(|at| line.parts.get(*at).is_some_and(|part| part.comma || part.stop))?;
    let leads = (comma + 1..line.parts.len()).take_while(|at| line.parts.get(*at).is_some_and(|part| part.leads_noun)).count();
    let (index, referent) = line.referent_at(comma + 1 + leads)?;
    let subject = referent.holder().is_some() && !referent.possessive && (line.loose || !referent.modifier);
    (line.parts.get(comma)?.comma && subject).then_some((index, verb))
}

/// "was rejected": who stands before it is not who does it.
fn is_passive(line: &Line<'_>, verb: usize) -> bool {
    let mut before = verb;
    while before > 0 && line.parts.get(before - 1).is_some_and(|part| part.helper && !part.be && !part.starts_clause) {
        before -= 1;
    }
    let be = before > 0 && line.parts.get(before - 1).is_some_and(|part| part.be);
    be && line.parts.get(verb).is_some_and(|part| (part.verb || part.of_rule) && !part.participle)
}

/// "showed deputies favouring it": the participle is of the noun right before it, and who that is was not found.
fn is_of_noun(line: &Line<'_>, verb: usize) -> bool {
    let participle = line.parts.get(verb).is_some_and(|part| part.participle);
    let before = verb.checked_sub(1).and_then(|at| line.parts.get(at));
    let plain = before.is_some_and(|part| *part == Part { of_rule: part.of_rule, ..Part::default() });
    participle && plain && line.referent_ending_at(verb).is_none()
}

/// Whether a referent is the subject (true), shows that there is none (false), or is passed by.
fn decide(line: &Line<'_>, walk: &Walk, (index, start): (usize, usize)) -> Option<bool> {
    let referent = line.referents.get(index)?;
    referent.holder()?;
    // "after Norvania rejected it": such a word may start a clause as well.
    let led = line.seen.binary_search(&referent.preposition).ok().and_then(|at| line.parts.get(at));
    let oblique = referent.oblique && !led.is_some_and(|part| part.starts_clause);
    let owns = referent.possessive && (!line.loose || referent.pronoun);
    // What looks like a noun behind the name is the verb itself.
    let of_rule = walk.joined && line.parts.get(walk.place).is_some_and(|part| part.of_rule);
    let modifier = referent.modifier && walk.place != walk.verb && !of_rule;
    if oblique || owns || modifier && !line.loose {
        return None;
    }
    let led = (0..start).rev().take_while(|at| line.parts.get(*at).is_some_and(|part| part.leads_noun && !part.starts_clause)).count();
    let before = (start - led).checked_sub(1).and_then(|at| line.parts.get(at));
    // "she" is never what a verb takes.
    let may_be_object = !referent.pronoun || line.parts.get(start).is_some_and(|part| part.it);
    let after_verb = may_be_object && before.is_some_and(|part| part.verb || part.participle);
    let before_to = (walk.place..walk.verb).any(|at| line.parts.get(at).is_some_and(|part| part.to));
    match () {
        // "urged Kell to sign": it is not Kell who signs.
        () if after_verb && before_to => Some(false),
        // "met Kell and rejected": Kell is met.
        () if after_verb && walk.joined && !walk.verb_seen => None,
        () => Some(true),
    }
}

/// Goes one word to the left; none where the clause ends.
fn step(line: &Line<'_>, walk: &mut Walk, (here, verb): (usize, usize)) -> Option<()> {
    let part = line.parts.get(here)?;
    match part {
        Part { stop: true, .. } => return None,
        Part { comma: true, .. } => return comma(line, walk, (here, verb)),
        Part { starts_clause: true, .. } => {
            let next = line.parts.get(here + 1)?;
            let goes_on = here + 1 == verb || next.helper || next.verb || next.participle || line.loose && next.to;
            // "Olander, the minister who": what stands before "who" may belong to a name further left.
            if !goes_on || part.relative && !line.loose {
                return None;
            }
            (walk.joined, walk.allows_verb) = (!part.relative, !part.relative);
        }
        Part { verb: true, .. } if !walk.allows_verb => return None,
        Part { verb: true, .. } => walk.verb_seen = true,
        Part { and: true, .. } => (walk.joined, walk.allows_verb) = (true, true),
        Part { to: true, .. } => walk.allows_verb = true,
        _ => {}
    }
    // Small words do not make the way longer.
    walk.words += usize::from(!(part.helper || part.leads_noun || part.to || part.and || part.starts_clause));
    walk.place = here;
    Some(())
}

/// A comma: the end of an insertion, of a part of a list, or of the clause.
fn comma(line: &Line<'_>, walk: &mut Walk, (here, verb): (usize, usize)) -> Option<()> {
    let between = line.parts.get(here + 1..verb)?;
    let led = between.first().is_some_and(|part| part.helper) && between.len() <= VERB_WORDS_MAX;
    let plain = !between.iter().any(|part| part.comma || part.starts_clause || part.and || part.stop);
    let right_after = between.iter().all(|part| part.helper) || led && plain;
    let opening = (here.saturating_sub(INSERTION_MAX)..here)
        .rev()
        .find(|at| line.parts.get(*at).is_some_and(|part| part.comma) && line.referent_ending_at(*at).is_some());
    match opening {
        Some(opening) if right_after => walk.place = opening,
        _ if right_after && line.parts.get(verb).is_some_and(|part| part.participle) => {
            (walk.joined, walk.allows_verb) = (true, true);
            walk.place = here;
        }
        _ if walk.joined && line.parts.get(here + 1).is_some_and(|part| part.verb || part.helper || part.participle) => {
            // "Kell, 25, is a member and backs it"
            walk.place = opening.filter(|opening| here - opening <= AGE_WORDS_MAX).unwrap_or(here);
        }
        // "Kell, the minister who accused the bank"
        _ if line.loose && line.referent_ending_at(here).is_some() && between.iter().any(|part| part.relative) => walk.place = here,
        // "fired back, accused the bank"
        _ if line.loose && right_after => {
            (walk.joined, walk.allows_verb) = (true, true);
            walk.place = here;
        }
        _ => return None,
    }
    Some(())
}
