//! Roles without a name: "the Russian leader", "his aide", "the foreign minister", "the report", "senior officials".
//!
//! A role names its holder only where exactly one actor fits on the day of the article, or where the article has
//! introduced exactly one; anything else stays open.

use super::mentions::{Mention, Who};
use super::{ActorIndex, Resolved, RuleCard, Scene, card};
use crate::model::{ActorKind, Gender};
use crate::rules::knowledge::{Class, RoleForm, RoleKind, RoleNoun, fold, is_hyphen};
use crate::rules::text::TokenKind;
use std::ops::Range;

pub(super) const CARDS: &[RuleCard] = &[
    card!("resolve/role", "a role in a named state or body is its holder on the day of the article"),
    card!("resolve/role-in-text", "a role without a name is the person whom the article introduced with it"),
    card!("resolve/former-role", "a former holder of a post is never the present one"),
    card!("resolve/document", "\u{201c}the report\u{201d} speaks for whoever was last named as its author"),
    card!("resolve/experts", "\u{201c}the analysts\u{201d} are those of the body whose report the article is about"),
    card!("resolve/officials", "unnamed officials of an office speak for the office"),
    card!("resolve/body", "\u{201c}the institute\u{201d} is the body of that sort that was named last"),
];

/// Longest role noun, in tokens: "president of the european commission".
const ROLE_TOKENS_MAX: usize = 5;

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
    let forms = &scene.given.knowledge.roles.forms;
    (end.saturating_sub(ROLE_TOKENS_MAX)..end).find_map(|start| {
        let hits = forms.starting_at(&scene.page, start);
        let hit = hits.into_iter().find(|(stop, _)| *stop == end);
        hit.and_then(|(_, forms)| forms.first()).map(|form| (form, start..end))
    })
}

/// Says who speaks where a source is a role.
pub(super) fn resolve(scene: &Scene<'_>, role: &RoleAt) -> Resolved {
    let nothing =
        || Resolved::open(Vec::new(), "resolve/role", format!("nobody is named for \u{201c}{}\u{201d}", words(scene, &role.phrase)));
    let Some(noun) = scene.given.knowledge.roles.get(role.form.noun) else { return nothing() };
    let owner = owner(scene, role);
    match noun.kind {
        RoleKind::Document => document(scene, role, owner),
        RoleKind::Expert if role.form.plural => experts(scene, role, owner),
        RoleKind::Official => officials(scene, role, owner),
        RoleKind::Body => body(scene, role),
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

fn words(scene: &Scene<'_>, tokens: &Range<usize>) -> String {
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
        let possessive =
            (role.phrase.start..role.tokens.start).find(|at| [Class::His, Class::Her].iter().any(|class| scene.has(*class, *at)))?;
        super::pronoun::owner(scene, possessive)
    })
}

fn stands_after_owner_word(scene: &Scene<'_>, mention: &Mention) -> bool {
    let mut at = mention.tokens.start;
    while at > 0 && (scene.has(Class::Determiner, at - 1) || scene.page.kind(at - 1) == Some(TokenKind::Quote)) {
        at -= 1;
    }
    at > 0 && scene.has(Class::Owner, at - 1)
}

fn is_definite(scene: &Scene<'_>, role: &RoleAt) -> bool {
    !scene.has(Class::Indefinite, role.phrase.start)
}

fn holder(scene: &Scene<'_>, role: &RoleAt, (noun, owner): (&RoleNoun, Option<ActorIndex>)) -> Resolved {
    if !is_definite(scene, role) {
        return unnamed(scene, role, owner);
    }
    if is_former(scene, &(role.phrase.start.saturating_sub(1)..role.tokens.start)) {
        return former_holder(scene, role, noun);
    }
    let portfolio = portfolio(scene, noun, &role.tokens);
    let all = match owner.filter(|_| portfolio.is_none()) {
        Some(owner) => holders(scene, noun, owner),
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
fn holders(scene: &Scene<'_>, noun: &RoleNoun, owner: ActorIndex) -> Vec<ActorIndex> {
    let knowledge = scene.given.knowledge;
    let mut found = Vec::new();
    for held in noun.titles.iter().filter_map(|title| knowledge.held.get(title)).flatten() {
        let Some(role) = knowledge.actors.get(held.actor).and_then(|actor| actor.roles.get(held.role)) else { continue };
        let of = role.of.as_ref().and_then(|id| knowledge.actor_index(id));
        let today = scene.day().is_none_or(|day| role.is_held_on(day));
        if today && of.is_some_and(|of| serves(scene, of, owner)) && held.actor != owner {
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

/// Tells whether the role whose words are given stands behind "former" or the like, a demonym between them or not.
pub(super) fn is_past_title(scene: &Scene<'_>, tokens: &Range<usize>) -> bool {
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

/// How far back whoever is meant may have been introduced, in names.
const NAMES_BACK_MAX: usize = 400;

/// A person whom the article has introduced before with such a role: "Lena Ortiz, the mayor, …" … "the mayor said".
fn in_text(scene: &Scene<'_>, role: &RoleAt, (noun, owner): (&RoleNoun, Option<ActorIndex>)) -> Resolved {
    let shown = words(scene, &role.phrase);
    let mut people: Vec<ActorIndex> = Vec::new();
    for mention in scene.mentions_before(role.phrase.start).iter().rev().take(NAMES_BACK_MAX).rev() {
        let Some(actor) = mention.actor().filter(|actor| !people.contains(actor)) else { continue };
        let fits = match portfolio(scene, noun, &role.tokens) {
            Some(word) => has_portfolio(scene, mention, (noun, word)),
            None => has_title(scene, (actor, mention), noun),
        };
        if fits && fits_gender(scene, actor, role.form.gender) && owner != Some(actor) {
            people.push(actor);
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

fn has_title(scene: &Scene<'_>, (actor, mention): (ActorIndex, &Mention), noun: &RoleNoun) -> bool {
    let today = |role: &&crate::model::Role| scene.day().is_none_or(|day| role.is_held_on(day));
    let roles = scene.actor(actor).map(|actor| (actor.kind, actor.roles.as_slice()));
    let listed = roles
        .is_some_and(|(kind, roles)| kind == ActorKind::Person && roles.iter().filter(today).any(|role| noun.titles.contains(&role.title)));
    let before = form_ending_at(scene, mention.tokens.start)
        .is_some_and(|(form, tokens)| noun.titles.contains(&form.title) && !is_past_title(scene, &tokens));
    listed || before || apposed(scene, mention, noun)
}

/// "Transport Minister X", "X, the transport minister," for "the transport minister".
fn has_portfolio(scene: &Scene<'_>, mention: &Mention, (noun, word): (&RoleNoun, &str)) -> bool {
    let same = |tokens: &Range<usize>| portfolio(scene, noun, tokens).is_some_and(|other| fold(other) == fold(word));
    let before = form_ending_at(scene, mention.tokens.start).is_some_and(|(_, tokens)| same(&tokens));
    before || in_apposition(scene, mention).any(|(tokens, form)| noun.titles.contains(&form.title) && same(&tokens))
}

/// "X, the mayor of …," right after a name.
fn apposed(scene: &Scene<'_>, mention: &Mention, noun: &RoleNoun) -> bool {
    in_apposition(scene, mention).any(|(tokens, form)| noun.titles.contains(&form.title) && !is_past_title(scene, &tokens))
}

/// The role forms in the apposition that follows a full name.
fn in_apposition<'s>(scene: &'s Scene<'_>, mention: &Mention) -> impl Iterator<Item = (Range<usize>, &'s RoleForm)> {
    // A role noun further from the name belongs to somebody else.
    const APPOSITION_TOKENS_MAX: usize = 8;
    let start = mention.tokens.end;
    let reach = if scene.page.word(start) == "," && mention.full { APPOSITION_TOKENS_MAX } else { 0 };
    let apposition = (start + 1..start + 1 + reach).take_while(|at| !matches!(scene.page.word(*at), "," | "." | ""));
    apposition
        .filter_map(|at| scene.given.knowledge.roles.forms.longest_at(&scene.page, at).map(|(end, forms)| (at..end, forms)))
        .flat_map(|(tokens, forms)| forms.iter().map(move |form| (tokens.clone(), form)))
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

fn is_body(scene: &Scene<'_>, actor: ActorIndex) -> bool {
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

/// "the report": the owner before it, else whoever spoke last in or as a body before this sentence.
fn document(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let shown = words(scene, &role.phrase);
    if let Some(owner) = owner {
        return Resolved::actor(owner, "resolve/document", format!("\u{201c}{shown}\u{201d} speaks for {}", scene.name(owner))).sure(85);
    }
    let open = || Resolved::open(Vec::new(), "resolve/document", format!("the author of \u{201c}{shown}\u{201d} is not named"));
    if !is_definite(scene, role) {
        return open();
    }
    match last_author(scene, role) {
        Some(author) => {
            let note = format!("\u{201c}{shown}\u{201d} is that of {}, named before as its author", scene.name(author));
            Resolved::actor(author, "resolve/document", note).sure(88)
        }
        None => open(),
    }
}

/// The actor whose statement or name stands next to the same document noun before, newest first; else the last body that spoke.
fn last_author(scene: &Scene<'_>, role: &RoleAt) -> Option<ActorIndex> {
    let noun = role.form.noun;
    let start = scene.page.tokens.get(role.phrase.start)?.span.start;
    let spoke = |at: &usize| scene.draft(*at).and_then(|draft| draft.attribution.source).filter(|source| source.start < start);
    let mut earlier: Vec<usize> = scene.drafts_near(start).filter(|at| spoke(at).is_some()).collect();
    earlier.sort_by_key(|at| std::cmp::Reverse(spoke(at).map_or(0, |source| source.start)));
    let speaker = |at: &usize| scene.speakers.get(*at).and_then(Option::as_ref).and_then(|resolved| resolved.actor);
    let with_document = earlier.iter().filter(|at| speaks_in(scene, **at, noun)).find_map(speaker);
    let named = with_document.or_else(|| owned_document(scene, (noun, role.phrase.start)));
    named.or_else(|| {
        earlier.iter().filter_map(speaker).find(|actor| scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Organisation))
    })
}

/// "ISW said in a report", or a source that was such a document already.
fn speaks_in(scene: &Scene<'_>, draft: usize, noun: usize) -> bool {
    let Some(draft) = scene.draft(draft) else { return false };
    let around = [draft.attribution.source, draft.circumstance, draft.attribution.cue];
    around.into_iter().flatten().any(|span| holds_noun(scene, scene.page.tokens_in(span), noun))
}

fn holds_noun(scene: &Scene<'_>, tokens: Range<usize>, noun: usize) -> bool {
    let forms = &scene.given.knowledge.roles.forms;
    tokens.clone().any(|at| forms.longest_at(&scene.page, at).is_some_and(|(_, forms)| forms.iter().any(|form| form.noun == noun)))
}

/// "a report by the Harbour Institute", "the institute's report".
fn owned_document(scene: &Scene<'_>, (noun, before): (usize, usize)) -> Option<ActorIndex> {
    // Words that may stand between an author and the document: "the institute's latest annual".
    const BETWEEN_TOKENS_MAX: usize = 4;
    scene.mentions_before(before).iter().rev().take(NAMES_BACK_MAX).find_map(|mention| {
        let actor = mention.actor()?;
        let end = mention.tokens.end;
        let after = scene.page.kind(end) == Some(TokenKind::Clitic) && holds_noun(scene, end..end + BETWEEN_TOKENS_MAX, noun);
        let mut start = mention.tokens.start;
        while start > 0 && scene.has(Class::Determiner, start - 1) {
            start -= 1;
        }
        let by = start > 1 && scene.has(Class::AuthoredBy, start - 1) && holds_noun(scene, start - 2..start - 1, noun);
        (after || by).then_some(actor)
    })
}

/// "The analysts": those of the body that has spoken before; bare "analysts" only once "the analysts" or a report were such.
fn experts(scene: &Scene<'_>, role: &RoleAt, owner: Option<ActorIndex>) -> Resolved {
    let shown = words(scene, &role.phrase);
    let open = |note: String| Resolved::open(Vec::new(), "resolve/experts", note);
    if let Some(owner) = owner.filter(|owner| is_body(scene, *owner)) {
        return Resolved::actor(owner, "resolve/experts", format!("\u{201c}{shown}\u{201d} are those of {}", scene.name(owner))).sure(80);
    }
    // "The analysts" of another story are not meant.
    const TOKENS_BACK_MAX: usize = 1000;
    let bare = role.phrase == role.tokens;
    let definite = scene.has(Class::Definite, role.phrase.start) && role.tokens.start == role.phrase.start + 1;
    let before = scene.page.tokens.get(role.phrase.start).map_or(0, |token| token.span.start);
    let forms = &scene.given.knowledge.roles.forms;
    let established = (role.phrase.start.saturating_sub(TOKENS_BACK_MAX).max(1)..role.phrase.start).any(|at| {
        scene.has(Class::Definite, at - 1)
            && forms
                .longest_at(&scene.page, at)
                .is_some_and(|(_, forms)| forms.iter().any(|form| form.noun == role.form.noun && form.plural))
    });
    if !(definite || (bare && established)) {
        return open(format!("\u{201c}{shown}\u{201d} are not said to be anybody\u{2019}s"));
    }
    let bodies = scene.drafts_near(before).filter_map(|at| {
        let resolved = scene.speakers.get(at)?;
        let source = scene.draft(at)?.attribution.source.filter(|source| source.start < before)?;
        let actor =
            resolved.as_ref()?.actor.filter(|actor| scene.actor(*actor).is_some_and(|actor| actor.kind == ActorKind::Organisation))?;
        Some((source.start, actor))
    });
    match bodies.max() {
        Some((_, body)) => {
            let note = format!("\u{201c}{shown}\u{201d} are those of {}, which the article quotes before", scene.name(body));
            Resolved::actor(body, "resolve/experts", note).sure(80)
        }
        None => open(format!("\u{201c}{shown}\u{201d} are not said to be anybody\u{2019}s")),
    }
}

/// "The institute": the body named last whose name has that word.
fn body(scene: &Scene<'_>, role: &RoleAt) -> Resolved {
    let shown = words(scene, &role.phrase);
    let open = || Resolved::open(Vec::new(), "resolve/body", format!("which body \u{201c}{shown}\u{201d} is, the article does not tell"));
    if !is_definite(scene, role) || role.tokens.start != role.phrase.start + 1 || role.tokens.end != role.phrase.end {
        return open();
    }
    let named = scene.mentions_before(role.phrase.start).iter().rev().take(NAMES_BACK_MAX).find_map(|mention| {
        let actor = mention.actor().filter(|actor| is_body(scene, *actor))?;
        let title = role.form.title.as_str();
        let names = scene.actor(actor).map(|actor| actor.names.as_slice()).unwrap_or(&[]);
        names.iter().any(|name| name.text.to_lowercase().split([' ', '-']).any(|word| word == title)).then_some(actor)
    });
    match named {
        Some(actor) => {
            Resolved::actor(actor, "resolve/body", format!("\u{201c}{shown}\u{201d} is {}, named last", scene.name(actor))).sure(85)
        }
        None => open(),
    }
}
