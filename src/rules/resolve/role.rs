//! Roles without a name: "the Russian leader", "his aide", "the foreign minister", "senior officials".
//!
//! A role names its holder only where exactly one actor fits on the day of the article, or where the article has
//! introduced exactly one; anything else stays open.

use super::mentions::{Mention, Who};
use super::{ActorIndex, Resolved, RuleCard, Scene, body, card};
use crate::model::{ActorKind, Gender};
use crate::rules::knowledge::{Class, RoleForm, RoleKind, RoleNoun, fold, is_hyphen};
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[
    card!("resolve/role", "a role in a named state or body is its holder on the day of the article"),
    card!("resolve/role-in-text", "a role without a name is the person whom the article introduced with it"),
    card!("resolve/former-role", "a former holder of a post is never the present one"),
    card!("resolve/officials", "unnamed officials of an office speak for the office"),
];

/// Longest role noun, in tokens: "president of the european commission".
pub(super) const ROLE_TOKENS_MAX: usize = 5;

/// A role noun in a source.
#[derive(Clone, Debug)]
pub(super) struct RoleAt {
    pub form: RoleForm,
    pub tokens: Range<usize>,
    /// The tokens of the whole noun phrase, with what stands before and after the role.
    pub phrase: Range<usize>,
}

/// Gives the longest role form whose last token stands right before `end`, and its tokens.
pub(crate) fn form_ending_at<'s>(scene: &'s Scene<'_>, end: usize) -> Option<(&'s RoleForm, Range<usize>)> {
    let (tokens, forms) = scene.roles.ending_at(end)?;
    forms.first().map(|form| (form, tokens))
}

/// Gives the title of one person, or the form of address, that stands right before a name.
pub(super) fn title_before<'s>(scene: &'s Scene<'_>, at: usize) -> Option<&'s RoleForm> {
    // "Mr." has its point between.
    let end = if at > 0 && scene.page.word(at - 1) == "." { at - 1 } else { at };
    let (form, _) = form_ending_at(scene, end)?;
    let kind = scene.given.knowledge.roles.get(form.noun)?.kind;
    let fits = !form.plural && !matches!(kind, RoleKind::Body | RoleKind::Document) && (kind == RoleKind::Address || end == at);
    fits.then_some(form)
}

/// Says who speaks where a source is a role.
pub(super) fn resolve(scene: &Scene<'_>, role: &RoleAt) -> Resolved {
    Resolved { role: Some(role.form.noun), ..resolve_by_kind(scene, role) }
}

fn resolve_by_kind(scene: &Scene<'_>, role: &RoleAt) -> Resolved {
    let nothing =
        || Resolved::open(Vec::new(), "resolve/role", format!("nobody is named for \u{201c}{}\u{201d}", words(scene, &role.phrase)));
    let Some(noun) = scene.given.knowledge.roles.get(role.form.noun) else { return nothing() };
    let owner = owner(scene, role);
    match noun.kind {
        RoleKind::Document => body::document(scene, role, owner),
        RoleKind::Expert if role.form.plural => body::experts(scene, role, owner),
        RoleKind::Official => officials(scene, role, owner),
        RoleKind::Body => body::body(scene, role, (noun, owner)),
        RoleKind::Person | RoleKind::Address => nothing(),
        RoleKind::OfficeHolder | RoleKind::Spokesperson | RoleKind::Aide | RoleKind::Expert if role.form.plural => {
            officials(scene, role, owner)
        }
        RoleKind::OfficeHolder | RoleKind::Spokesperson | RoleKind::Aide | RoleKind::Expert => holder(scene, role, (noun, owner)),
    }
}

/// Gives the actor whom a singular role refers to anywhere in a text: "the Russian president rejected …".
pub(crate) fn holder_of(scene: &Scene<'_>, (form, tokens): (&RoleForm, Range<usize>), phrase: Range<usize>) -> Option<ActorIndex> {
    resolve(scene, &RoleAt { form: form.clone(), tokens, phrase }).actor
}

pub(super) fn words(scene: &Scene<'_>, tokens: &Range<usize>) -> String {
    scene.page.span(tokens.clone()).of(scene.page.text).to_owned()
}

/// In whom a role is held: "Russian", "Putin's", "his" before it, "of France" after it.
fn owner(scene: &Scene<'_>, role: &RoleAt) -> Option<ActorIndex> {
    let before = scene.mentions_in(role.phrase.start..role.tokens.start).last();
    let after = scene.mentions_in(role.tokens.end..role.phrase.end).iter().find(|mention| stands_after_owner_word(scene, mention));
    let named = before.or(after).and_then(|mention| match mention.who {
        Who::One(actor) | Who::Demonym(actor) => Some(actor),
        _ => None,
    });
    named.or_else(|| {
        let owning = [Class::His, Class::Her, Class::Its];
        let of = |at: usize| owning.into_iter().find(|class| scene.has(*class, at)).map(|class| (class, at));
        let (class, possessive) = (role.phrase.start..role.tokens.start).find_map(of)?;
        super::pronoun::owner_of(scene, class, possessive)
    })
}

fn stands_after_owner_word(scene: &Scene<'_>, mention: &Mention) -> bool {
    let mut at = mention.tokens.start;
    while at > 0 && (scene.has(Class::Determiner, at - 1) || scene.page.kind(at - 1) == Some(TokenKind::Quote)) {
        at -= 1;
    }
    at > 0 && scene.has(Class::Owner, at - 1)
}

pub(super) fn is_definite(scene: &Scene<'_>, role: &RoleAt) -> bool {
    !(role.phrase.start..role.tokens.start.max(role.phrase.start + 1)).any(|at| scene.has(Class::Indefinite, at))
}

fn holder(scene: &Scene<'_>, role: &RoleAt, (noun, owner): (&RoleNoun, Option<ActorIndex>)) -> Resolved {
    if !is_definite(scene, role) {
        return unnamed(scene, role, owner);
    }
    if is_lesser(scene, &role.tokens) {
        return unnamed(scene, role, owner);
    }
    if is_past(scene, role) {
        return former_holder(scene, role, noun);
    }
    let portfolio = portfolio(scene, noun, &role.tokens);
    let all = match owner.filter(|_| portfolio.is_none()) {
        Some(owner) => holders(scene, role.form.noun, owner),
        None => Vec::new(),
    };
    let fitting: Vec<ActorIndex> = all.into_iter().filter(|actor| fits_gender(scene, *actor, role.form.gender)).collect();
    let shown = words(scene, &role.phrase);
    let seen: Vec<ActorIndex> = fitting.iter().copied().filter(|actor| scene.named.contains(actor)).collect();
    match (fitting.as_slice(), seen.as_slice()) {
        (_, [one]) => Resolved::actor(
            *one,
            "resolve/role",
            format!("\u{201c}{shown}\u{201d} is {}, who held that post and is named in the article", scene.name(*one)),
        ),
        ([one], _) => {
            Resolved::actor(*one, "resolve/role", format!("\u{201c}{shown}\u{201d} is {}, who held that post on the day", scene.name(*one)))
        }
        ([], _) => in_text(scene, role, (noun, owner)),
        (several, _) => {
            let note = format!("\u{201c}{shown}\u{201d} may be any of {}; the article does not tell which", scene.names(several));
            Resolved::open(several.to_vec(), "resolve/role", note)
        }
    }
}

/// Actors of the data who held one of the titles in the owner, or in a part of it, on the day.
fn holders(scene: &Scene<'_>, noun: usize, owner: ActorIndex) -> Vec<ActorIndex> {
    let knowledge = scene.given.knowledge;
    let mut found = Vec::new();
    for held in knowledge.held_as(noun) {
        let Some(role) = knowledge.actors.get(held.actor).and_then(|actor| actor.roles.get(held.role)) else { continue };
        let today = scene.day().is_none_or(|day| role.is_held_on(day));
        if today && held.of.is_some_and(|of| serves(scene, of, owner)) && held.actor != owner {
            found.push(held.actor);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A post in `of` is one in `owner` when it is the same, or a part of it, or the office in which the owner himself holds a post.
fn serves(scene: &Scene<'_>, of: ActorIndex, owner: ActorIndex) -> bool {
    let knowledge = scene.given.knowledge;
    let Some(person) = scene.actor(owner).filter(|actor| actor.kind == ActorKind::Person) else { return knowledge.belongs_to(of, owner) };
    let office = |actor: ActorIndex| scene.actor(actor).is_some_and(|actor| matches!(actor.kind, ActorKind::Office | ActorKind::State));
    of == owner || person.roles.iter().filter_map(|role| knowledge.actor_index(role.of.as_ref()?)).any(|place| place == of && office(place))
}

/// Tells whether words before a role say that it is held no more: "the former", "ex-"; not "then the president".
fn is_former(scene: &Scene<'_>, before: &Range<usize>) -> bool {
    before.clone().any(|at| scene.has(Class::Former, at) && !scene.has(Class::Determiner, at + 1))
}

/// Tells whether the role whose words are given stands behind "deputy" or the like: it is another role.
fn is_lesser(scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
    let hyphen = usize::from(tokens.start > 0 && is_hyphen(scene.page.word(tokens.start - 1)));
    tokens.start > hyphen && scene.has(Class::Lesser, tokens.start - 1 - hyphen)
}

/// Tells whether the role whose words are given is not held: it stands behind "deputy", or behind "former" or the like, a demonym
/// between them or not.
pub(super) fn is_past_title(scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
    if is_lesser(scene, tokens) {
        return true;
    }
    let owner = scene.mention_ending_at(tokens.start).map_or(tokens.start, |mention| mention.tokens.start);
    let hyphen = usize::from(tokens.start > 0 && is_hyphen(scene.page.word(tokens.start - 1)));
    let near = |end: usize| end.saturating_sub(1)..end;
    is_former(scene, &near(owner)) || is_former(scene, &near(tokens.start - hyphen))
}

/// "The former prime minister": whoever was named before and held the post until some day before, if it is one only.
fn former_holder(scene: &Scene<'_>, role: &RoleAt, noun: &RoleNoun) -> Resolved {
    let shown = words(scene, &role.phrase);
    let mut people: Vec<ActorIndex> = Vec::new();
    for mention in scene.mentions_before(role.phrase.start).iter().rev().take(NAMES_BACK_MAX) {
        let Some(actor) = mention.actor().filter(|actor| !people.contains(actor)) else { continue };
        let roles = scene.actor(actor).map(|actor| actor.roles.as_slice()).unwrap_or(&[]);
        let over = |role: &crate::model::Role| scene.day().is_some_and(|day| role.until.is_some_and(|until| until < day));
        let listed = roles.iter().any(|role| over(role) && noun.titles.contains(&role.title));
        let told = form_ending_at(scene, mention.tokens.start)
            .is_some_and(|(form, tokens)| noun.titles.contains(&form.title) && is_past_title(scene, &tokens));
        if (listed || told) && fits_gender(scene, actor, role.form.gender) {
            people.push(actor);
        }
    }
    match people.as_slice() {
        [one] => {
            let note = format!("\u{201c}{shown}\u{201d} is {}, who held that post before", scene.name(*one));
            Resolved::actor(*one, "resolve/former-role", note).sure(80)
        }
        _ => Resolved::open(people, "resolve/former-role", format!("\u{201c}{shown}\u{201d} is not whoever holds that post now")),
    }
}

/// The word that makes a minister one of a portfolio which the role noun does not name: "transport".
fn portfolio<'s>(scene: &'s Scene<'_>, noun: &RoleNoun, tokens: &Range<usize>) -> Option<&'s str> {
    let at = tokens.start.checked_sub(1).filter(|_| noun.portfolio)?;
    let known = [Class::Determiner, Class::PlainModifier, Class::Former, Class::Preposition, Class::Conjunction, Class::Indefinite];
    let plain = known.into_iter().any(|class| scene.has(class, at)) || scene.mention_ending_at(tokens.start).is_some();
    (scene.page.kind(at) == Some(TokenKind::Word) && !plain).then(|| scene.page.word(at))
}

fn fits_gender(scene: &Scene<'_>, actor: ActorIndex, told: Option<Gender>) -> bool {
    told.is_none_or(|told| scene.gender(actor).is_none_or(|gender| gender == told))
}

/// How many words before a role may tell its holder from another.
const QUALIFIERS_MAX: usize = 3;

/// How far back whoever is meant may have been introduced, in names.
pub(super) const NAMES_BACK_MAX: usize = 400;

/// A person whom the article has introduced before with such a role: "Lena Ortiz, the mayor, …" … "the mayor said".
fn in_text(scene: &Scene<'_>, role: &RoleAt, (noun, owner): (&RoleNoun, Option<ActorIndex>)) -> Resolved {
    let shown = words(scene, &role.phrase);
    let qualifiers = qualifiers(scene, role.phrase.start..role.tokens.start);
    let portfolio = portfolio(scene, noun, &role.tokens);
    let mut people: Vec<ActorIndex> = Vec::new();
    // Whom the data does not list with it: asked once of each.
    let mut unlisted: Vec<ActorIndex> = Vec::new();
    for mention in scene.mentions_before(role.phrase.start).iter().rev().take(NAMES_BACK_MAX).rev() {
        let Some(actor) = mention.actor().filter(|actor| !people.contains(actor) && owner != Some(*actor)) else { continue };
        let person = scene.actor(actor).is_some_and(|actor| actor.kind == ActorKind::Person);
        if !person || !fits_gender(scene, actor, role.form.gender) {
            continue;
        }
        let fits = match portfolio {
            Some(word) => has_portfolio(scene, mention, (noun, word)),
            // "The Northern senator" is no senator of whom nobody said that.
            None if qualifiers.is_empty() && !unlisted.contains(&actor) && is_listed(scene, actor, noun) => true,
            None => is_introduced(scene, mention, (noun, &qualifiers)),
        };
        if fits && !owner.is_some_and(|owner| is_held_elsewhere(scene, actor, (noun, owner))) {
            people.push(actor);
        } else if !unlisted.contains(&actor) {
            unlisted.push(actor);
        }
    }
    match people.as_slice() {
        [one] => Resolved::actor(
            *one,
            "resolve/role-in-text",
            format!("\u{201c}{shown}\u{201d} is {}, introduced with that role", scene.name(*one)),
        )
        .sure(85),
        [] => unnamed(scene, role, owner),
        several => {
            let note = format!("\u{201c}{shown}\u{201d} may be any of {}; the article does not tell which", scene.names(several));
            Resolved::open(several.to_vec(), "resolve/role-in-text", note)
        }
    }
}

/// "The Tarkish foreign minister" is nobody who is known to be that of another state.
fn is_held_elsewhere(scene: &Scene<'_>, actor: ActorIndex, (noun, owner): (&RoleNoun, ActorIndex)) -> bool {
    let roles = scene.actor(actor).map(|actor| actor.roles.as_slice()).unwrap_or(&[]);
    let today = |role: &&crate::model::Role| scene.day().is_none_or(|day| role.is_held_on(day));
    let mut places = roles.iter().filter(today).filter(|role| noun.titles.contains(&role.title)).map(|role| role.of.as_ref()).peekable();
    places.peek().is_some()
        && places.all(|of| of.and_then(|id| scene.given.knowledge.actor_index(id)).is_some_and(|of| !serves(scene, of, owner)))
}

/// The words with a capital that tell one holder from another: "the Liberal nominee", "the Senate speaker".
fn qualifiers<'s>(scene: &'s Scene<'_>, before: Range<usize>) -> Vec<&'s str> {
    let named = |at: usize| !scene.mentions_in(at..at + 1).is_empty();
    let known = [Class::Determiner, Class::PlainModifier, Class::Former, Class::Preposition];
    let plain = |at: usize| known.into_iter().any(|class| scene.has(class, at));
    before.filter(|at| scene.page.is_capital(*at) && !named(*at) && !plain(*at)).map(|at| scene.page.word(at)).collect()
}

/// Tells whether the data lists a person with a title of a role noun on the day.
fn is_listed(scene: &Scene<'_>, actor: ActorIndex, noun: &RoleNoun) -> bool {
    let today = |role: &&crate::model::Role| scene.day().is_none_or(|day| role.is_held_on(day));
    let person = scene.actor(actor).filter(|actor| actor.kind == ActorKind::Person);
    person.is_some_and(|person| person.roles.iter().filter(today).any(|role| noun.titles.contains(&role.title)))
}

/// Tells whether a name stands with a role and with the words that tell its holder from another: "Senator X", "X, the senator,".
fn is_introduced(scene: &Scene<'_>, mention: &Mention, (noun, wanted): (&RoleNoun, &[&str])) -> bool {
    let same = |tokens: &Range<usize>| {
        let told = qualifiers(scene, tokens.start.saturating_sub(QUALIFIERS_MAX)..tokens.start);
        wanted.iter().all(|word| told.contains(word))
    };
    let is_it =
        |(tokens, form): (Range<usize>, &RoleForm)| noun.titles.contains(&form.title) && !is_past_title(scene, &tokens) && same(&tokens);
    form_ending_at(scene, mention.tokens.start).is_some_and(|(form, tokens)| is_it((tokens, form)))
        || in_apposition(scene, mention).any(is_it)
}

/// "Transport Minister X", "X, the transport minister," for "the transport minister".
fn has_portfolio(scene: &Scene<'_>, mention: &Mention, (noun, word): (&RoleNoun, &str)) -> bool {
    let same = |tokens: &Range<usize>| portfolio(scene, noun, tokens).is_some_and(|other| fold(other) == fold(word));
    let before = form_ending_at(scene, mention.tokens.start).is_some_and(|(_, tokens)| same(&tokens));
    before || in_apposition(scene, mention).any(|(tokens, form)| noun.titles.contains(&form.title) && same(&tokens))
}

/// The role forms in the apposition that follows a full name.
fn in_apposition<'s>(scene: &'s Scene<'_>, mention: &Mention) -> impl Iterator<Item = (Range<usize>, &'s RoleForm)> {
    let list = if mention.full { scene.apposed.behind(mention.tokens.end) } else { &[] };
    list.iter().map(|(tokens, form)| (tokens.clone(), *form))
}

/// Somebody without a name: of an office or body it is the body that speaks; of a state it stays open.
fn unnamed(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let shown = words(scene, &role.phrase);
    let speaks_for = scene
        .given
        .knowledge
        .roles
        .get(role.form.noun)
        .is_some_and(|noun| matches!(noun.kind, RoleKind::Spokesperson | RoleKind::Official));
    match owner {
        Some(owner) if speaks_for && is_body(scene, owner) => {
            let note = format!("\u{201c}{shown}\u{201d} names no person: the words are {}\u{2019}s", scene.name(owner));
            Resolved::actor(owner, "resolve/officials", note).sure(80)
        }
        Some(owner) => Resolved::open(vec![owner], "resolve/officials", format!("\u{201c}{shown}\u{201d} names no person")),
        None => Resolved::open(Vec::new(), "resolve/officials", format!("\u{201c}{shown}\u{201d} names no person")),
    }
}

pub(super) fn is_body(scene: &Scene<'_>, actor: ActorIndex) -> bool {
    scene.actor(actor).is_some_and(|actor| matches!(actor.kind, ActorKind::Office | ActorKind::Organisation))
}

/// "Senior Kremlin officials", "European leaders".
fn officials(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let kind = owner.and_then(|owner| scene.actor(owner)).map(|actor| actor.kind);
    let shown = words(scene, &role.phrase);
    match (owner, kind) {
        (Some(owner), Some(ActorKind::Office | ActorKind::Organisation)) => {
            let note = format!("\u{201c}{shown}\u{201d} names no person: the words are {}\u{2019}s", scene.name(owner));
            Resolved::actor(owner, "resolve/officials", note).sure(80)
        }
        (Some(owner), Some(ActorKind::Group)) if role.form.title == "leader" => {
            let note = format!("\u{201c}{shown}\u{201d} together are {}", scene.name(owner));
            Resolved::actor(owner, "resolve/officials", note).sure(75)
        }
        (Some(owner), _) => Resolved::open(vec![owner], "resolve/officials", format!("\u{201c}{shown}\u{201d} names no person")),
        (None, _) => Resolved::open(Vec::new(), "resolve/officials", format!("\u{201c}{shown}\u{201d} names no person")),
    }
}

/// Tells whether a role is said to be held no more.
pub(super) fn is_past(scene: &Scene<'_>, role: &RoleAt) -> bool {
    is_former(scene, &(role.phrase.start.saturating_sub(1)..role.tokens.start))
}
