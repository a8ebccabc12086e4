//! Pronouns that stand for whom or what was named before them: "him", "them", "its support", "whose support".
//!
//! Whoever acts in the same clause is not meant by what the verb takes; where two may be meant nobody is.

use super::referents::{Referent, Thing, made};
use crate::rules::knowledge::Class;
use crate::rules::lexicon::Class as Word;
use crate::rules::resolve::{ActorIndex, Mention, Scene, Who, owner_of, taken};
use crate::rules::text::TokenKind;

/// Behind so many referents of a sentence no pronoun is bound: a sentence has a few, one without end has thousands.
const BEFORE_MAX: usize = 64;
/// How far before "it" its name may stand, in tokens.
const BETWEEN_MAX: usize = 60;

/// Gives what a pronoun refers to that is no subject; `before` are the referents of the sentence up to it.
pub(super) fn read(scene: &Scene<'_>, at: usize, (before, draft): (&[Referent], Option<usize>)) -> Option<Referent> {
    if before.len() > BEFORE_MAX {
        return None;
    }
    owner(scene, at, before).or_else(|| object(scene, at, (before, draft)))
}

/// "its support", "his plan", "whose plan".
fn owner(scene: &Scene<'_>, at: usize, before: &[Referent]) -> Option<Referent> {
    let made = |actor: ActorIndex| Referent {
        possessive: true,
        pronoun: true,
        modifier: false,
        oblique: false,
        ..made(scene, Thing::Actor(actor), at..at + 1)
    };
    let by_class = [Class::His, Class::Her, Class::Its, Class::Their].into_iter().find(|class| scene.has(*class, at));
    if by_class == Some(Class::Her) && is_object(scene, at) {
        return None;
    }
    if let Some(class) = by_class {
        return owner_of(scene, class, at).map(made);
    }
    // "Kell, whose support": the one named right before.
    let whose = scene.has(Class::PersonRelative, at) && scene.listed(at).any(Word::POSSESSIVE);
    let last = before.last().filter(|last| whose && last.tokens.end + usize::from(scene.page.word(at.saturating_sub(1)) == ",") == at)?;
    last.holder().filter(|_| !last.possessive).map(made)
}

/// "him", "her" where no noun follows, "them", "it".
fn object(scene: &Scene<'_>, at: usize, (before, draft): (&[Referent], Option<usize>)) -> Option<Referent> {
    let class = match () {
        () if scene.has(Class::Him, at) => Class::He,
        () if scene.has(Class::Her, at) && is_object(scene, at) => Class::She,
        () if scene.has(Class::Them, at) => Class::They,
        () if scene.has(Class::It, at) => Class::It,
        () => return None,
    };
    let made = |thing: Thing| Referent { pronoun: true, modifier: false, object: true, ..made(scene, thing, at..at + 1) };
    if let Some(topic) = several(scene, before).filter(|_| class == Class::They) {
        return Some(made(Thing::Topic(topic)));
    }
    if class == Class::It && is_topic_near(scene, at) {
        return None;
    }
    let content = draft.and_then(|draft| scene.draft(draft)?.attribution.content.first().copied());
    let start = content.map_or(0, |content| scene.page.tokens_in(content).start);
    let acts = |referent: &&Referent| {
        let free = !referent.oblique && !referent.possessive && !referent.object && !is_taken(scene, referent);
        free && (referent.tokens.start >= start || start > at)
    };
    let subject = before.iter().rev().filter(acts).find_map(Referent::holder);
    let speaker = draft.and_then(|draft| scene.speaker(draft)).filter(|_| subject.is_none() || scene.is_quoted(at));
    let others: Vec<ActorIndex> = subject.into_iter().chain(speaker).collect();
    let actor = taken(scene, (class, at), &others)?;
    let plain = class != Class::It || !is_thing_between(scene, actor, at);
    plain.then(|| made(Thing::Actor(actor)))
}

/// "Norvania sent the letter, and Kell praised it": things that are named without a name after a body may be meant as well.
fn is_thing_between(scene: &Scene<'_>, actor: ActorIndex, at: usize) -> bool {
    let named = scene.mentions_before(at).iter().rev().find(|mention| mention.actor() == Some(actor));
    let named = named.filter(|mention| scene.page.kind(mention.tokens.end) != Some(TokenKind::Clitic));
    let Some(end) = named.map(|mention| mention.tokens.end) else { return true };
    let leads = |token: usize| scene.has(Class::Determiner, token) || scene.has(Class::Indefinite, token);
    at > end + BETWEEN_MAX || (end..at).any(|token| leads(token) && scene.mentions_in(token + 1..token + 2).is_empty())
}

/// "thanked Kell": what a verb takes does not act.
fn is_taken(scene: &Scene<'_>, referent: &Referent) -> bool {
    let start = referent.tokens.start;
    let before = start.checked_sub(1 + usize::from(start > 0 && scene.has(Class::Determiner, start - 1)));
    let verb = Word::PAST.or(Word::THIRD).or(Word::SAYS).or(Word::PARTICIPLE);
    before.is_some_and(|at| scene.listed(at).any(verb) && !scene.listed(at).any(Word::AUXILIARY))
}

/// Whether a topic that "it" may mean as well was named in this sentence or the one before.
fn is_topic_near(scene: &Scene<'_>, at: usize) -> bool {
    let sentence = |token: usize| scene.page.tokens.get(token).map_or(0, |token| scene.sentence_of(token.span));
    let near = |mention: &&Mention| sentence(mention.tokens.start) + 1 >= sentence(at);
    scene.mentions_before(at).iter().rev().take(BEFORE_MAX).take_while(near).any(|mention| matches!(mention.who, Who::Topic(_)))
}

/// "her" with nothing behind it that could be hers.
fn is_object(scene: &Scene<'_>, at: usize) -> bool {
    let next = scene.listed(at + 1);
    let small = Word::DETERMINER.or(Word::PREPOSITION).or(Word::CONJUNCTION).or(Word::SUBORDINATOR).or(Word::TIME_LEAD).or(Word::ADVERB);
    scene.page.kind(at + 1) != Some(TokenKind::Word) || next.any(small)
}

/// The topic of this sentence that is several things, if it is the only topic and nobody else could be several: "the quotas".
fn several(scene: &Scene<'_>, before: &[Referent]) -> Option<usize> {
    let topics: Vec<&Referent> = before.iter().filter(|referent| matches!(referent.thing, Thing::Topic(_))).collect();
    let [only] = topics.as_slice() else { return None };
    let Thing::Topic(topic) = only.thing else { return None };
    let head = only.tokens.clone().take_while(|token| !scene.has(Class::Preposition, *token)).last()?;
    let plural = scene.page.word(head).ends_with('s');
    (plural && !only.oblique && !only.possessive).then_some(topic)
}
