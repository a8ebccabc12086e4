//! Pronouns that stand for whom or what was named before them: "he" of the narrator, "him", "them", "its support", "whose support".
//!
//! Whoever acts in the same clause is not meant by what the verb takes; where two may be meant nobody is.

use super::referents::{Referent, Thing, made};
use crate::model::ActorKind;
use crate::rules::knowledge::Class;
use crate::rules::lexicon::Class as Word;
use crate::rules::resolve::{ActorIndex, Mention, Scene, Who, free, may_be_pronoun, owner_of, taken};
use crate::rules::text::TokenKind;

/// Behind so many referents of a sentence no pronoun is bound: a sentence has a few, one without end has thousands.
const BEFORE_MAX: usize = 64;
/// How far before "it" its name may stand, in tokens.
const BETWEEN_MAX: usize = 60;

/// How a pronoun stands in its sentence.
#[derive(Clone, Copy)]
enum Form {
    /// "he" and "she" in the narrator's own words.
    Subject,
    /// "its support", "his plan".
    Owner(Class),
    /// "whose plan", of the one named right before.
    Whose,
    /// "him", "her" where no noun follows, "them", "it".
    Object(Class),
}

/// Gives what a pronoun refers to; `before` are the referents of the sentence up to it, `draft` the words it stands in.
pub(super) fn read(scene: &Scene<'_>, at: usize, (before, draft): (&[Referent], Option<usize>)) -> Option<Referent> {
    let form = form(scene, at, (before, draft))?;
    let thing = match form {
        // In the narrator's own words the one named before who fits best.
        Form::Subject => free(scene, at).map(Thing::Actor),
        Form::Owner(class) => owner_of(scene, class, at).filter(|actor| !is_rivalled(scene, *actor, (before, draft))).map(Thing::Actor),
        Form::Whose => before.last().and_then(Referent::holder).map(Thing::Actor),
        Form::Object(class) => object(scene, (class, at), (before, draft)),
    };
    thing.map(|thing| formed(scene, form, thing, at))
}

/// Gives a pronoun as if it meant somebody, for finding out whether it matters whom it means.
pub(super) fn suppose(scene: &Scene<'_>, at: usize, (before, draft): (&[Referent], Option<usize>)) -> Option<Referent> {
    form(scene, at, (before, draft)).map(|form| formed(scene, form, Thing::Actor(SOMEBODY), at))
}

/// Stands for whom words mean where that was not asked; no text has so many.
pub(super) const SOMEBODY: ActorIndex = ActorIndex::MAX;

fn formed(scene: &Scene<'_>, form: Form, thing: Thing, at: usize) -> Referent {
    let made = Referent { pronoun: true, modifier: false, ..made(scene, thing, at..at + 1) };
    match form {
        Form::Subject => Referent { oblique: false, ..made },
        Form::Owner(_) | Form::Whose => Referent { possessive: true, oblique: false, ..made },
        Form::Object(_) => Referent { object: true, ..made },
    }
}

fn form(scene: &Scene<'_>, at: usize, (before, draft): (&[Referent], Option<usize>)) -> Option<Form> {
    if before.len() > BEFORE_MAX {
        return None;
    }
    let has = |class: Class| scene.has(class, at);
    if draft.is_none() && (has(Class::He) || has(Class::She)) && may_be_pronoun(scene, at) {
        return Some(Form::Subject);
    }
    if let Some(class) = [Class::His, Class::Her, Class::Its, Class::Their].into_iter().find(|class| has(*class)) {
        return match class == Class::Her && is_object(scene, at) {
            true => Some(Form::Object(Class::She)),
            false => Some(Form::Owner(class)),
        };
    }
    let whose = has(Class::PersonRelative) && scene.listed(at).any(Word::POSSESSIVE);
    if let Some(last) = before.last().filter(|_| whose) {
        let comma = usize::from(scene.page.word(at.saturating_sub(1)) == ",");
        return (last.tokens.end + comma == at && !last.possessive).then_some(Form::Whose);
    }
    match () {
        () if has(Class::Him) => Some(Form::Object(Class::He)),
        () if has(Class::Them) => Some(Form::Object(Class::They)),
        () if has(Class::It) => Some(Form::Object(Class::It)),
        () => None,
    }
}

/// "The institute added that the Kremlin blamed Kell for its refusal": somebody else of that kind is named in the words before the
/// pronoun, and may be meant.
fn is_rivalled(scene: &Scene<'_>, actor: ActorIndex, (before, draft): (&[Referent], Option<usize>)) -> bool {
    let Some(start) = content_start(scene, draft) else { return false };
    let is_person = |one: ActorIndex| scene.actor(one).is_some_and(|actor| actor.kind == ActorKind::Person);
    let mut inside = before.iter().filter(|referent| referent.tokens.start >= start).filter_map(Referent::actor);
    inside.any(|other| other != actor && is_person(other) == is_person(actor))
}

/// Where the words start in which a pronoun stands; none in the narrator's own.
fn content_start(scene: &Scene<'_>, draft: Option<usize>) -> Option<usize> {
    let content = scene.draft(draft?)?.attribution.content.first()?;
    Some(scene.page.tokens_in(*content).start)
}

/// Whom or what "him", "them" and "it" mean as what a verb takes.
fn object(scene: &Scene<'_>, (class, at): (Class, usize), (before, draft): (&[Referent], Option<usize>)) -> Option<Thing> {
    if let Some(topic) = several(scene, before).filter(|_| class == Class::They) {
        return Some(Thing::Topic(topic));
    }
    if class == Class::It && is_topic_near(scene, at) {
        return None;
    }
    let start = content_start(scene, draft).unwrap_or(0);
    let acts = |referent: &&Referent| {
        let free = !referent.oblique && !referent.possessive && !referent.object && !is_taken(scene, referent);
        free && (referent.tokens.start >= start || start > at)
    };
    let subject = before.iter().rev().filter(acts).find_map(Referent::holder);
    let speaker = draft.and_then(|draft| scene.speaker(draft)).filter(|_| subject.is_none() || scene.is_quoted(at));
    let others: Vec<ActorIndex> = subject.into_iter().chain(speaker).collect();
    let actor = taken(scene, (class, at), &others)?;
    let plain = class != Class::It || !is_thing_between(scene, actor, at);
    plain.then_some(Thing::Actor(actor))
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
