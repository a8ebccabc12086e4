//! People and bodies that are in no data file: found by name with a title, a first name or an acronym.
//!
//! Takes nothing for a person that could as well be a place, a firm or a street; such a source stays unknown.

use super::cast::without_initials;
use super::mentions::{Mention, Who};
use super::{ActorIndex, RuleCard, Scene, card};
use crate::model::{ActorId, ActorKind, Gender, Role};
use crate::rules::knowledge::{Class, Meaning, RoleKind, is_hyphen};
use crate::rules::lexicon;
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[
    card!("resolve/found", "a person who is in no data file is known by a title or a first name before the surname"),
    card!("resolve/acronym", "an acronym in brackets after an organisation stands for it from there on"),
];

/// Longest name of a person, in tokens; longer runs of capitals are headlines.
const NAME_TOKENS_MAX: usize = 6;

/// A role noun further from the comma after a name belongs to somebody else.
const APPOSITION_TOKENS_MAX: usize = 6;

/// A title that stands right before a name.
#[derive(Clone, Debug, Default)]
struct Title {
    title: Option<String>,
    gender: Option<Gender>,
}

/// Tries to read a person who is in no data file at a token; gives the mention and remembers the person.
pub(super) fn person_at(scene: &mut Scene<'_>, at: usize) -> Option<Mention> {
    let run = name_run(scene, at)?;
    let first = scene.given.knowledge.first_names.gender(scene.page.id(at));
    let shouted = first.is_none() && run.clone().all(|at| is_all_capitals(scene.page.word(at)));
    if shouted || starts_inside_role(scene, at) || starts_before_name(scene, &run) || is_question(scene, &run) {
        return None;
    }
    let title = title_before(scene, at);
    let alone = run.len() == 1;
    let person = match &title {
        Some(_) => !(alone && is_all_capitals(scene.page.word(at))),
        None => !alone && (first.is_some() || is_age_or_role_after(scene, run.end) || is_described_source(scene, &run)),
    };
    // "Mayor Luis Norvania" is called like a state.
    let called_like_place = title.is_some() && first.is_some() && run.len() == 2;
    let holds = || if called_like_place { holds_body(scene, &run) } else { holds_place_or_body(scene, &run) };
    if !person || holds() || (alone && scene.page.word(at).chars().count() < 3) {
        return None;
    }
    if alone && !scene.cast.alias(scene.page.word(at)).is_empty() {
        return None;
    }
    Some(introduce(scene, run, title.unwrap_or_default()))
}

/// "Executive Ada Lund" in "Chief Executive Ada Lund".
fn starts_inside_role(scene: &Scene<'_>, at: usize) -> bool {
    at.checked_sub(1).and_then(|before| scene.roles.longest_at(before)).is_some_and(|(end, _)| end > at)
}

/// "Will Twitter answer?" starts with no first name.
fn is_question(scene: &Scene<'_>, run: &Range<usize>) -> bool {
    let span = scene.page.span(run.clone());
    let sentence = scene.reading.sentences.get(scene.sentence_of(span));
    let starts = sentence.is_some_and(|sentence| sentence.tokens.start == run.start);
    let verb = lexicon::Class::AUXILIARY.or(lexicon::Class::MODAL);
    starts && scene.listed(run.start).any(verb) && !scene.is_in_source(span)
}

/// "Careless Ada Lund": the second word starts the name.
fn starts_before_name(scene: &Scene<'_>, run: &Range<usize>) -> bool {
    let is_first_name = |at: usize| scene.given.knowledge.first_names.gender(scene.page.id(at)).is_some();
    run.len() > 2 && scene.page.is_spaced(run.start + 1) && is_first_name(run.start + 1) && !is_first_name(run.start)
}

/// "Bertha Olander" said something, and the data knows another Olander: takes the whole name for a person of its own.
pub(super) fn namesake_at(scene: &mut Scene<'_>, surname: &Range<usize>) -> Option<Mention> {
    let page = &scene.page;
    let capital = |at: usize| page.is_capital(at) && page.is_spaced(at + 1) && !scene.has(Class::Determiner, at);
    let start = (0..surname.start).rev().take(2).take_while(|at| capital(*at)).last()?;
    let run = start..surname.end;
    let unknown = scene.mentions_before(surname.end).last().is_none_or(|mention| mention.tokens.end <= start);
    let thing = run.clone().any(|at| scene.has(Class::ThingNoun, at) || is_all_capitals(page.word(at)));
    // "Absent Olander" after "Mira Olander" is she.
    let sentence = scene.reading.sentences.get(scene.sentence_of(page.span(run.clone())));
    let first = sentence.is_some_and(|sentence| sentence.tokens.start == start);
    let named = first && scene.mentions.iter().any(|mention| page.word(mention.tokens.end - 1) == page.word(surname.end - 1));
    if !unknown || thing || named || (start > 0 && scene.has(Class::Determiner, start - 1)) || !scene.is_in_source(page.span(run.clone())) {
        return None;
    }
    Some(introduce(scene, run, Title::default()))
}

/// Gives the two or three capitals that end at a token, where they are nobody who is known but are told of as a person is.
pub(super) fn stranger_ending_at(scene: &Scene<'_>, end: usize) -> Option<Range<usize>> {
    let capital = |at: usize| scene.page.is_capital(at) && (at + 1 == end || scene.page.is_spaced(at + 1));
    if !capital(end.checked_sub(1)?) || scene.page.is_capital(end) || scene.is_aside(end - 1) {
        return None;
    }
    let start = (0..end).rev().take(NAME_TOKENS_MAX).take_while(|at| capital(*at)).last()?;
    let run = start..end;
    let unknown = scene.mentions_before(end).last().is_none_or(|mention| mention.tokens.end <= start);
    let person = is_described_source(scene, &run) || (scene.page.word(end) == "," && scene.has(Class::PersonRelative, end + 1));
    (run.len() >= 2 && unknown && person && !holds_place_or_body(scene, &run)).then_some(run)
}

/// Takes a source of two or three capitals for a person whose surname stands alone elsewhere in the text.
pub(super) fn person_by_surname(scene: &mut Scene<'_>, at: usize) -> Option<Mention> {
    let run = name_run(scene, at)?;
    let surname = scene.page.word(run.end.checked_sub(1)?);
    if !(2..=3).contains(&run.len()) || holds_place_or_body(scene, &run) || (at > 0 && scene.has(Class::Determiner, at - 1)) {
        return None;
    }
    scene.stands_alone(surname).then(|| introduce(scene, run, Title::default()))
}

fn introduce(scene: &mut Scene<'_>, run: Range<usize>, title: Title) -> Mention {
    let span = scene.page.span(run.clone());
    let name = span.of(scene.page.text).split_whitespace().collect::<Vec<_>>().join(" ");
    let known = scene.given.knowledge.person_named(&without_initials(&name));
    if let Some(known) = known.filter(|known| !is_another_post(scene, *known, &title)) {
        return Mention { tokens: run, span, who: Who::One(known), metonym: false, full: true };
    }
    let first_name = scene.given.knowledge.first_names.gender(scene.page.id(run.start)).flatten();
    let gender = title.gender.or_else(|| told_gender(scene, &run)).or(first_name);
    let surname = scene.page.word(surname_token(scene, &run)).to_owned();
    let index = scene.cast.introduce((&name, &surname), ActorKind::Person);
    give_surname(scene, &surname, (index, run.start));
    let hyphened = hyphened_surname(scene, &run);
    if hyphened.len() > 1 {
        scene.cast.add_alias(scene.page.span(hyphened).of(scene.page.text), index);
    }
    let owner = title_owner(scene, run.start);
    let past = super::role::form_ending_at(scene, run.start).is_some_and(|(_, tokens)| super::role::is_past_title(scene, &tokens));
    if let Some(actor) = scene.cast.get_mut(index) {
        actor.gender = actor.gender.or(gender);
        if let Some(title) = title.title.filter(|title| !past && !actor.roles.iter().any(|role| role.title == *title)) {
            actor.roles.push(Role { title, of: owner, since: None, until: None });
        }
    }
    Mention { tokens: run, span, who: Who::One(index), metonym: false, full: true }
}

/// "widow Ada Lund", "Ada Lund, a mother of two,": a noun beside the name that only a woman or only a man is called.
fn told_gender(scene: &Scene<'_>, run: &Range<usize>) -> Option<Gender> {
    // "X, a retired mother of two": words before the noun of an apposition.
    const NOUN_TOKENS_MAX: usize = 3;
    let gender = |at: usize| {
        let of = |class: Class, gender: Gender| scene.has(class, at).then_some(gender);
        of(Class::Woman, Gender::Feminine).or_else(|| of(Class::Man, Gender::Masculine))
    };
    // "mother-of-three Ada Lund"
    let mut first = run.start;
    while first > 2 && is_hyphen(scene.page.word(first - 2)) && !scene.page.is_spaced(first - 2) {
        first -= 2;
    }
    let before = (first.saturating_sub(1)..run.start).find_map(gender);
    let apposed =
        scene.page.word(run.end) == "," && (scene.has(Class::Indefinite, run.end + 1) || scene.has(Class::Determiner, run.end + 1));
    let noun = || {
        let reach = run.end + 2..run.end + 2 + NOUN_TOKENS_MAX;
        let mut inside = reach.take_while(|at| scene.page.kind(*at) == Some(TokenKind::Word) && !scene.has(Class::Preposition, *at));
        inside.find_map(gender)
    };
    before.or_else(|| apposed.then(noun).flatten())
}

/// A gender told by the title before a name: "Ms. Lund".
pub(super) fn title_gender(scene: &Scene<'_>, at: usize) -> Option<Gender> {
    title_before(scene, at)?.gender
}

/// Remembers the gender of somebody found, where the text tells it later.
pub(super) fn learn_gender(scene: &mut Scene<'_>, actor: ActorIndex, gender: Gender) {
    if let Some(actor) = scene.cast.get_mut(actor) {
        actor.gender = actor.gender.or(Some(gender));
    }
}

/// Tokens before somebody's relative in which that somebody is named: an article's length.
const KIN_REACH: usize = 2_000;

/// "Sheriff John B. Lund" is not the Lund of the data whose posts are known and are others.
fn is_another_post(scene: &Scene<'_>, known: ActorIndex, title: &Title) -> bool {
    let roles = scene.actor(known).map(|actor| actor.roles.as_slice()).unwrap_or(&[]);
    title.title.as_ref().is_some_and(|told| !roles.is_empty() && !roles.iter().any(|role| role.title == *told))
}

/// Lets a surname mean somebody from here on; a relative of whoever has it already does not take it.
pub(super) fn give_surname(scene: &mut Scene<'_>, surname: &str, (actor, start): (ActorIndex, usize)) {
    let first = scene.page.word(start);
    let other = |at: usize| scene.page.word(at) == surname && scene.page.is_capital(at - 1) && scene.page.word(at - 1) != first;
    let is_taken = |scene: &Scene<'_>| !scene.cast.alias(surname).is_empty() || (start.saturating_sub(KIN_REACH).max(1)..start).any(other);
    if !is_kin(scene, start) || !is_taken(scene) {
        scene.cast.add_alias(surname, actor);
    }
}

/// "her daughter, Ada Lund", "his brother Ada Lund": whoever is introduced as somebody's relative leaves a surname to them.
fn is_kin(scene: &Scene<'_>, at: usize) -> bool {
    let mark = usize::from(at > 0 && scene.page.word(at - 1) == ",");
    at > mark && scene.has(Class::Kinship, at - 1 - mark)
}

fn surname_token(scene: &Scene<'_>, run: &Range<usize>) -> usize {
    let mut last = run.end - 1;
    // "Venn Ho-in" is Mr Venn.
    if second_part(scene, (run.start, last)) {
        return run.start;
    }
    while last > run.start && (scene.has(Class::NameSuffix, last) || scene.page.kind(last) != Some(TokenKind::Word)) {
        last -= 1;
    }
    last
}

/// "Akdal-Brask" of "Ilka Akdal-Brask".
fn hyphened_surname(scene: &Scene<'_>, run: &Range<usize>) -> Range<usize> {
    let end = surname_token(scene, run) + 1;
    let mut start = end.saturating_sub(1);
    while start > run.start + 1 && is_hyphen(scene.page.word(start - 1)) && !scene.page.is_spaced(start) {
        start -= 2;
    }
    start..end
}

/// The words of a name: capitals with initials, particles and hyphens between them.
fn name_run(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let page = &scene.page;
    let first_name = scene.given.knowledge.first_names.gender(page.id(at)).is_some();
    if !page.is_capital(at)
        || scene.has(Class::Determiner, at)
        || scene.has(Class::Preposition, at)
        || (starts_title(scene, at) && !first_name)
    {
        return None;
    }
    let mut end = at + 1;
    while end < at + NAME_TOKENS_MAX {
        let initial = page.is_mark(end, b'.') && page.word(end - 1).chars().count() == 1 && page.is_capital(end + 1);
        let tied = page.is_hyphen(end) && !page.is_spaced(end) && !page.is_spaced(end + 1);
        let hyphen = tied && (page.is_capital(end + 1) || second_part(scene, (at, end + 1)));
        let part = page.is_hyphen(end - 1) && !page.is_spaced(end) && second_part(scene, (at, end));
        let particle = scene.has(Class::NameParticle, end) && page.is_spaced(end) && page.is_capital(end + 1);
        let word = page.is_capital(end) && (page.is_spaced(end) || page.is_hyphen(end - 1)) && !starts_title(scene, end);
        // "Ada Lund Calls Per Holm a Friend" is a headline.
        let verb = word && page.is_capital(end + 1) && page.is_spaced(end + 1) && is_ordinary(scene, end);
        if verb || !(word || initial || hyphen || particle || part) {
            break;
        }
        end += 1;
    }
    while end > at + 1 && !page.is_capital(end - 1) && !second_part(scene, (at, end - 1)) {
        end -= 1;
    }
    Some(at..end)
}

/// "in" of "Venn Ho-in": a part of a name in small letters after a hyphen; not "backed" of "the Ada Lund-backed bill".
fn second_part(scene: &Scene<'_>, (start, at): (usize, usize)) -> bool {
    /// The longest of such parts: "hyung".
    const PART_LETTERS_MAX: usize = 5;
    let page = &scene.page;
    let hyphen = at > start + 2 && page.is_hyphen(at - 1) && !page.is_spaced(at - 1) && !page.is_spaced(at);
    if !hyphen || page.kind(at) != Some(TokenKind::Word) {
        return false;
    }
    let word = page.word(at);
    let verb = scene.listed(at).any(lexicon::Class::PAST.or(lexicon::Class::THIRD));
    // Who has a first name first has no family name first.
    let western = matches!(scene.given.knowledge.first_names.gender(page.id(start)), Some(Some(_)));
    word.starts_with(char::is_lowercase) && !verb && !western && word.chars().count() <= PART_LETTERS_MAX
}

/// A word that the language data knows as something else than a name.
fn is_ordinary(scene: &Scene<'_>, at: usize) -> bool {
    let first_name = scene.given.knowledge.first_names.gender(scene.page.id(at)).is_some();
    !first_name && scene.listed(at) != Default::default()
}

fn starts_title(scene: &Scene<'_>, at: usize) -> bool {
    scene.has(Class::Weekday, at) || scene.has(Class::Month, at)
}

/// "Ada Lund, who had seen it, said", "Pilot Ada Lund said", "The pilot, Ada Lund, said": what is said to speak and is told of as
/// a person is one.
fn is_described_source(scene: &Scene<'_>, run: &Range<usize>) -> bool {
    let page = &scene.page;
    let words = run.len() <= 3 && run.clone().all(|at| page.kind(at) == Some(TokenKind::Word) && !is_all_capitals(page.word(at)));
    let span = page.span(run.clone());
    if !words || !scene.is_in_source(span) {
        return false;
    }
    let mark = usize::from(run.start > 0 && page.word(run.start - 1) == ",");
    let lead = run.start.checked_sub(1 + mark);
    let is_thing = |at: usize| scene.has(Class::ThingNoun, at);
    // "The company behind the dam, Carrow Water": not what stands right before, but the noun of the phrase tells.
    let phrase = || (0..run.start - mark).rev().take(APPOSITION_TOKENS_MAX).take_while(|at| page.kind(*at) == Some(TokenKind::Word));
    let of_thing = mark == 1 && phrase().any(is_thing);
    let described = !of_thing
        && lead.is_some_and(|at| {
            let inside = page.tokens.get(at).is_some_and(|token| scene.is_in_source(token.span.cover(span)));
            let noun = page.kind(at) == Some(TokenKind::Word) && !scene.has(Class::Preposition, at) && !scene.has(Class::Determiner, at);
            inside && noun && !is_thing(at) && !page.is_capital(at) && !scene.has(Class::Conjunction, at)
        });
    let apart = page.word(run.end) == ",";
    let whose = apart && scene.has(Class::PersonRelative, run.end + 1);
    let apposed = apart && (scene.has(Class::Indefinite, run.end + 1) || scene.has(Class::Determiner, run.end + 1));
    let apposition = (run.end + 1..run.end + 1 + APPOSITION_TOKENS_MAX).take_while(|at| !matches!(page.word(*at), "," | "." | ""));
    described || whose || (apposed && !apposition.into_iter().any(is_thing))
}

fn is_all_capitals(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().all(char::is_uppercase)
}

/// A role noun or form of address right before a token.
fn title_before(scene: &Scene<'_>, at: usize) -> Option<Title> {
    let form = super::role::title_before(scene, at)?;
    let address = scene.given.knowledge.roles.get(form.noun)?.kind == RoleKind::Address;
    Some(Title { title: (!address).then(|| form.title.clone()), gender: form.gender })
}

/// In whom the title before a name is held: "Ukrainian President X", "Kremlin aide X".
fn title_owner(scene: &Scene<'_>, at: usize) -> Option<ActorId> {
    let (_, role) = super::role::form_ending_at(scene, at)?;
    let owner = scene.mentions.iter().rev().find(|mention| mention.tokens.end <= role.start)?;
    let near = owner.tokens.end == role.start
        || (owner.tokens.end + 1 == role.start && scene.page.kind(owner.tokens.end) == Some(TokenKind::Clitic));
    match owner.who {
        Who::One(actor) | Who::Demonym(actor) if near && !scene.cast.is_found(actor) => scene.actor(actor).map(|actor| actor.id.clone()),
        _ => None,
    }
}

/// "Lena Ortiz, 45," or "Lena Ortiz, the mayor of …".
fn is_age_or_role_after(scene: &Scene<'_>, end: usize) -> bool {
    if scene.page.word(end) != "," {
        return false;
    }
    if scene.page.kind(end + 1) == Some(TokenKind::Number) && matches!(scene.page.word(end + 2), "," | ".") {
        return true;
    }
    let roles = &scene.given.knowledge.roles;
    (end + 1..end + 1 + APPOSITION_TOKENS_MAX)
        .take_while(|at| !matches!(scene.page.kind(*at), None | Some(TokenKind::Break)) && scene.page.word(*at) != ",")
        .filter_map(|at| scene.roles.longest_at(at))
        .flat_map(|(_, forms)| forms)
        .any(|form| !form.plural && roles.get(form.noun).is_some_and(|noun| !matches!(noun.kind, RoleKind::Body | RoleKind::Document)))
}

/// True when a run of capitals names a body or holds a place: "George Washington University", "Sofia City Council".
fn holds_place_or_body(scene: &Scene<'_>, run: &Range<usize>) -> bool {
    let place = |at: usize| {
        let names = scene.given.knowledge.names.longest_at(&scene.page, at).map(|(_, forms)| forms).unwrap_or(&[]);
        names.iter().any(|form| match form.meaning {
            Meaning::Actor(actor, _) => scene.actor(actor).is_some_and(|actor| actor.kind != ActorKind::Person),
            Meaning::Demonym(_) => true,
            Meaning::Topic(_) => false,
        })
    };
    holds_body(scene, run) || run.clone().any(place)
}

/// "Clinton Forum", "West Harbour", "City Council".
fn holds_body(scene: &Scene<'_>, run: &Range<usize>) -> bool {
    let roles = &scene.given.knowledge.roles;
    let role = |at: usize| {
        let forms = scene.roles.longest_at(at).map(|(_, forms)| forms).unwrap_or(&[]);
        forms.iter().any(|form| run.len() == 1 || roles.get(form.noun).is_some_and(|noun| noun.kind != RoleKind::Address))
    };
    let lead = run.len() > 1 && scene.has(Class::PlaceLead, run.start);
    lead || scene.has(Class::ThingNoun, surname_token(scene, run)) || run.clone().any(role)
}

/// Reads "(ISW)" after an organisation: the acronym stands for it from there on.
pub(super) fn acronym_after(scene: &mut Scene<'_>, mention: &Mention) {
    let at = mention.tokens.end;
    let Who::One(actor) = mention.who else { return };
    if scene.page.word(at) == "(" && is_all_capitals(scene.page.word(at + 1)) && scene.page.word(at + 2) == ")" {
        let acronym = scene.page.word(at + 1).to_owned();
        if scene.actor(actor).is_some_and(|actor| actor.kind != ActorKind::Person) {
            scene.cast.add_alias(&acronym, actor);
        }
    }
}

/// Tries to read a body that is in no data file: capitals whose initials stand in brackets after them, "Harbour Research
/// Institute (HRI)".
pub(super) fn body_at(scene: &mut Scene<'_>, at: usize) -> Option<Mention> {
    // The longest name of a body with an acronym, in tokens.
    const BODY_TOKENS_MAX: usize = 10;
    if !scene.page.is_capital(at) {
        return None;
    }
    let open = (at + 2..at + BODY_TOKENS_MAX).find(|token| scene.page.is_mark(*token, b'('))?;
    let acronym = scene.page.word(open + 1);
    let inside = at..open;
    if !is_all_capitals(acronym)
        || scene.page.word(open + 2) != ")"
        || inside.clone().any(|token| scene.page.kind(token) != Some(TokenKind::Word))
    {
        return None;
    }
    let initials: String =
        inside.clone().filter(|token| scene.page.is_capital(*token)).filter_map(|token| scene.page.word(token).chars().next()).collect();
    if initials != acronym {
        return None;
    }
    let span = scene.page.span(inside.clone());
    let name = span.of(scene.page.text);
    let index = scene.cast.introduce((name, name), ActorKind::Organisation);
    scene.cast.add_alias(acronym, index);
    Some(Mention { tokens: inside, span, who: Who::One(index), metonym: false, full: true })
}
