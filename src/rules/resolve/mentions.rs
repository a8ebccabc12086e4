//! Finds names of actors and topics in a text, and whom each may mean on the day of the article.
//!
//! A surname after a foreign first name, or before another capital, is not the known person: that is how "Igor Petrov"
//! never becomes the Petrov of the data.

use super::people::{acronym_after, body_at, give_surname, learn_gender, namesake_at, person_at, title_gender};
use super::{ActorIndex, Scene};
use crate::model::{ActorKind, ActorName, Span};
use crate::rules::knowledge::{Class, Meaning, NameForm};
use crate::rules::text::TokenKind;
use std::ops::Range;

/// Whom or what a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// One actor.
    One(ActorIndex),
    /// One of several; the text has not told which.
    Several(Vec<ActorIndex>),
    /// A topic of the data.
    Topic(usize),
    /// "Russian": what belongs to an actor.
    Demonym(ActorIndex),
}

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub tokens: Range<usize>,
    pub span: Span,
    pub who: Who,
    /// A place that stands for an actor.
    pub metonym: bool,
    /// More than a surname.
    pub full: bool,
}

impl Mention {
    /// Gives the actor when it is one.
    pub fn actor(&self) -> Option<ActorIndex> {
        match self.who {
            Who::One(actor) => Some(actor),
            _ => None,
        }
    }
}

/// Fills in the scene's mentions.
pub(super) fn find(scene: &mut Scene<'_>) {
    let mut at = 0;
    let mut asides = scene.reading.asides.iter().peekable();
    while at < scene.page.tokens.len() {
        if let Some(aside) = asides.next_if(|aside| aside.start <= at) {
            at = aside.end.max(at);
            continue;
        }
        match mention_at(scene, at) {
            Some(mention) => {
                at = mention.tokens.end.max(at + 1);
                acronym_after(scene, &mention);
                if let Some((actor, gender)) = mention.actor().zip(title_gender(scene, mention.tokens.start)) {
                    learn_gender(scene, actor, gender);
                }
                remember_surname(scene, &mention);
                scene.mentions.push(mention);
            }
            None => at += 1,
        }
    }
}

fn mention_at(scene: &mut Scene<'_>, at: usize) -> Option<Mention> {
    let capital = scene.page.is_capital(at);
    let may_be_known = scene.given.knowledge.names.may_start(scene.page.id(at));
    if !capital && !may_be_known {
        return None;
    }
    let known = if may_be_known { known_at(scene, at) } else { None };
    match known {
        // "Donald Trump Jr.": the known name is only the start of another person's; "Mr Lund" is not Ada Lund.
        Some(mention) if is_person(scene, &mention) && has_suffix(scene, mention.tokens.end) => person_at(scene, at),
        Some(mention) if is_contradicted(scene, &mention) => person_at(scene, at),
        Some(mention) if fits(scene, &mention) => Some(mention),
        Some(mention) if is_person(scene, &mention) && !mention.full => namesake_at(scene, &mention.tokens),
        Some(_) => None,
        None if capital => person_at(scene, at).or_else(|| body_at(scene, at)).or_else(|| alias_at(scene, at)),
        None => None,
    }
}

fn known_at(scene: &Scene<'_>, at: usize) -> Option<Mention> {
    let starts = scene.given.knowledge.names.starting_at(&scene.page, at);
    starts.into_iter().rev().find_map(|(end, forms)| {
        let tokens = at..end;
        let span = scene.page.span(tokens.clone());
        let written = span.of(scene.page.text);
        let forms: Vec<&NameForm> = forms.iter().filter(|form| is_written(form, written) && holds(scene, form)).collect();
        let who = who(scene, &forms, &tokens)?;
        let metonym = forms.iter().any(|form| name_of(scene, form).is_some_and(|name| name.metonym));
        let full = written.contains(char::is_whitespace);
        Some(Mention { tokens, span, who, metonym, full })
    })
}

/// Compares letter by letter but for spaces and hyphens; the first letter of a topic may be either case.
fn is_written(form: &NameForm, written: &str) -> bool {
    let topic = matches!(form.meaning, Meaning::Topic(_));
    let lowered = |(nth, c): (usize, char)| if topic && nth == 0 { c.to_lowercase().next().unwrap_or(c) } else { c };
    let wanted = form.text.chars().filter(|c| c.is_alphanumeric() || *c == '.').enumerate().map(lowered);
    let found = written.chars().filter(|c| c.is_alphanumeric() || *c == '.').enumerate().map(lowered);
    wanted.eq(found)
}

fn name_of<'s>(scene: &'s Scene<'_>, form: &NameForm) -> Option<&'s ActorName> {
    match form.meaning {
        Meaning::Actor(actor, name) => scene.given.knowledge.actors.get(actor)?.names.get(name),
        _ => None,
    }
}

/// A dated name means the actor only in its time.
fn holds(scene: &Scene<'_>, form: &NameForm) -> bool {
    let (Some(name), Some(day)) = (name_of(scene, form), scene.day()) else { return true };
    name.since.is_none_or(|since| since <= day) && name.until.is_none_or(|until| day <= until)
}

fn who(scene: &Scene<'_>, forms: &[&NameForm], tokens: &Range<usize>) -> Option<Who> {
    let mut actors: Vec<ActorIndex> = Vec::new();
    for form in forms {
        if let Meaning::Actor(actor, _) = form.meaning {
            actors.push(actor);
        }
    }
    // Somebody whom this text introduced with the same surname.
    let person = |at: &ActorIndex| scene.actor(*at).is_some_and(|actor| actor.kind == ActorKind::Person);
    let written = scene.page.span(tokens.clone()).of(scene.page.text);
    let introduced = scene.cast.alias(written);
    if actors.iter().all(person) && !actors.is_empty() {
        match introduced {
            [] => {}
            [one] => actors = vec![*one],
            several => actors = several.to_vec(),
        }
    }
    // "Luis Norvania" has been introduced: the bare name may be his or the state's.
    if !actors.is_empty() && !actors.iter().all(person) {
        actors.extend(introduced.iter().filter(|at| person(at)));
    }
    actors.sort_unstable();
    actors.dedup();
    if actors.len() > 1 {
        actors = narrowed(scene, actors, tokens);
    }
    match actors.as_slice() {
        [one] => return Some(Who::One(*one)),
        [] => {}
        _ => return Some(Who::Several(actors)),
    }
    forms.iter().find_map(|form| match form.meaning {
        Meaning::Topic(topic) => Some(Who::Topic(topic)),
        Meaning::Demonym(actor) => Some(Who::Demonym(actor)),
        Meaning::Actor(..) => None,
    })
}

/// A title or form of address before a shared name may tell whose it is.
fn narrowed(scene: &Scene<'_>, actors: Vec<ActorIndex>, tokens: &Range<usize>) -> Vec<ActorIndex> {
    let before = tokens.start.saturating_sub(usize::from(tokens.start > 0 && scene.page.word(tokens.start - 1) == "."));
    let Some((form, _)) = super::role::form_ending_at(scene, before) else { return actors };
    let titles = scene.given.knowledge.roles.get(form.noun).map(|noun| &noun.titles);
    let held = |actor: &ActorIndex| {
        let roles = scene.actor(*actor).map(|actor| actor.roles.as_slice()).unwrap_or(&[]);
        let now = |role: &&crate::model::Role| scene.day().is_none_or(|day| role.is_held_on(day));
        roles.iter().filter(now).any(|role| titles.is_some_and(|titles| titles.contains(&role.title)))
    };
    let same_gender = |actor: &ActorIndex| scene.gender(*actor).is_none_or(|gender| form.gender.is_none_or(|told| told == gender));
    let by_title: Vec<ActorIndex> = actors.iter().copied().filter(held).collect();
    let by_gender: Vec<ActorIndex> = actors.iter().copied().filter(same_gender).collect();
    match (by_title.len(), by_gender.len()) {
        (1, _) => by_title,
        (_, 1) => by_gender,
        _ => actors,
    }
}

fn alias_at(scene: &Scene<'_>, at: usize) -> Option<Mention> {
    let known = scene.cast.alias(scene.page.word(at));
    let who = match known {
        [] => return None,
        [one] => Who::One(*one),
        several => {
            let left = narrowed(scene, several.to_vec(), &(at..at + 1));
            match left.as_slice() {
                [one] => Who::One(*one),
                _ => Who::Several(left),
            }
        }
    };
    let mention = Mention { tokens: at..at + 1, span: scene.page.span(at..at + 1), who, metonym: false, full: false };
    (fits(scene, &mention) && !is_contradicted(scene, &mention)).then_some(mention)
}

fn is_person(scene: &Scene<'_>, mention: &Mention) -> bool {
    match &mention.who {
        Who::One(actor) => scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Person),
        Who::Several(_) => true,
        _ => false,
    }
}

/// A title before a bare surname that only a man or only a woman has, where the person is known to be none.
fn is_contradicted(scene: &Scene<'_>, mention: &Mention) -> bool {
    let known = mention.actor().filter(|_| !mention.full).and_then(|actor| scene.gender(actor));
    known.zip(title_gender(scene, mention.tokens.start)).is_some_and(|(known, told)| known != told)
}

fn has_suffix(scene: &Scene<'_>, end: usize) -> bool {
    scene.has(Class::NameSuffix, end) && scene.page.is_capital(end)
}

/// A bare surname must not be part of somebody else's name.
fn fits(scene: &Scene<'_>, mention: &Mention) -> bool {
    let (start, end) = (mention.tokens.start, mention.tokens.end);
    if matches!(mention.who, Who::Topic(_) | Who::Demonym(_)) || mention.full {
        return true;
    }
    if !is_person(scene, mention) {
        // "Air France", "New Mexico": the name is only the end of another one.
        let capital = start > 0 && scene.page.is_capital(start - 1) && scene.page.is_spaced(start);
        // "Senior Kremlin officials" at the start of a sentence.
        let of_role = || scene.has(Class::PlainModifier, start - 1) && scene.roles.longest_at(end).is_some();
        return !capital || is_all_capitals(scene, start - 1) || may_stand_before(scene, start - 1, mention) || of_role();
    }
    let joined = |at: usize| scene.page.is_capital(at) && scene.page.kind(at) == Some(TokenKind::Word);
    let after = joined(end) && scene.page.is_spaced(end) && !scene.has(Class::Weekday, end) && !scene.has(Class::Month, end);
    if after || has_suffix(scene, end) {
        return false;
    }
    start == 0 || !joined(start - 1) || !scene.page.is_spaced(start) || may_stand_before(scene, start - 1, mention)
}

fn is_all_capitals(scene: &Scene<'_>, at: usize) -> bool {
    let word = scene.page.word(at);
    word.chars().count() > 1 && word.chars().all(char::is_uppercase)
}

/// A capital before a surname that is no first name: a title, a demonym, another name's end, the first word of a sentence.
fn may_stand_before(scene: &Scene<'_>, at: usize, mention: &Mention) -> bool {
    let word = scene.page.id(at);
    let own = |actor: ActorIndex| {
        let names = scene.actor(actor).map(|actor| actor.names.as_slice()).unwrap_or(&[]);
        names.iter().any(|name| name.text.split([' ', '-']).any(|part| part == scene.page.word(at)))
    };
    let is_own = match &mention.who {
        Who::One(actor) => own(*actor),
        Who::Several(actors) => actors.iter().any(|actor| own(*actor)),
        _ => false,
    };
    let role = super::role::form_ending_at(scene, at + 1).is_some();
    let mentioned = scene.mentions.last().is_some_and(|before| before.tokens.end == at + 1);
    let first_name = scene.given.knowledge.first_names.gender(word).is_some();
    let function_word = !first_name && scene.listed(at).any(crate::rules::lexicon::Class::LISTED);
    is_own || role || mentioned || function_word
}

/// After a full name the surname alone is that person, also where the data lists no surname.
fn remember_surname(scene: &mut Scene<'_>, mention: &Mention) {
    let Some(actor) = mention.actor().filter(|_| is_person(scene, mention)) else { return };
    let surname = scene.page.word(mention.tokens.end - 1).to_owned();
    match mention.full {
        true if surname.chars().count() > 2 => give_surname(scene, &surname, (actor, mention.tokens.start)),
        true => {}
        false => scene.cast.own(&surname, actor),
    }
}
