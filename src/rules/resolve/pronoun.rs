//! Pronouns as sources: he, she, it, they, I, we, who.
//!
//! Weighs those named before by distance, grammar and gender; when the second best is close, nobody is named.

use super::mentions::Mention;
use super::salience::{self, Candidate};
use super::{ActorIndex, Resolved, RuleCard, Scene, card};
use crate::model::ActorKind;
use crate::rules::knowledge::{Class, ClassSet};

pub(super) const CARDS: &[RuleCard] = &[
    card!(
        "resolve/pronoun",
        "\u{201c}he\u{201d}, \u{201c}she\u{201d}, \u{201c}it\u{201d} is the one named before who fits best, if nobody else fits nearly as well"
    ),
    card!("resolve/first-person", "\u{201c}I\u{201d} and \u{201c}we\u{201d} inside a quotation is who is quoted"),
    card!("resolve/relative", "\u{201c}who\u{201d} is the one named right before it"),
];

/// What a candidate must be ahead of the next to be named.
const MARGIN: i32 = 12;
const WORTH_MIN: i32 = 40;
/// The worth of somebody who stands in the same sentence, or as subject in the one before.
const NEAR_MIN: i32 = 100;
/// How many who could be meant are kept where nobody is named.
const CANDIDATES_MAX: usize = 3;
/// What may be a source or stand for somebody.
const PRONOUNS: ClassSet =
    ClassSet::of(&[Class::He, Class::She, Class::It, Class::They, Class::FirstSingular, Class::FirstPlural, Class::Relative]);

/// Tells whether a token may be a pronoun that stands for somebody.
pub(crate) fn may_be_pronoun(scene: &Scene<'_>, token: usize) -> bool {
    scene.given.knowledge.classes.has_any(PRONOUNS, scene.page.id(token))
}

/// Gives the class of a pronoun that can be a source.
pub(super) fn class_of(scene: &Scene<'_>, token: usize) -> Option<Class> {
    if !may_be_pronoun(scene, token) {
        return None;
    }
    let classes = [Class::He, Class::She, Class::It, Class::They, Class::FirstSingular, Class::FirstPlural, Class::Relative];
    let class = classes.into_iter().find(|class| scene.has(*class, token))?;
    let word = scene.page.word(token);
    // "WHO" is a name.
    let capitals = word.len() > 1 && word.chars().all(char::is_uppercase);
    (!capitals && (class != Class::Relative || word.eq_ignore_ascii_case("who"))).then_some(class)
}

/// Says who a pronoun is that stands as the source of a draft.
pub(super) fn resolve(scene: &Scene<'_>, class: Class, (draft, token): (usize, usize)) -> Resolved {
    match class {
        Class::FirstSingular | Class::FirstPlural => first_person(scene, draft, token),
        Class::Relative => relative(scene, token),
        _ => third_person(scene, class, Some(draft), token),
    }
}

/// Says whom "he" or "she" in the narrator's own words means, where it is plain.
pub(crate) fn free(scene: &Scene<'_>, token: usize) -> Option<ActorIndex> {
    let class = class_of(scene, token)?;
    third_person(scene, class, None, token).actor
}

/// Says whose "its", "his", "her" or "their" is, where it is plain.
pub(crate) fn owner_of(scene: &Scene<'_>, class: Class, token: usize) -> Option<ActorIndex> {
    let class = match class {
        Class::His => Class::He,
        Class::Her => Class::She,
        Class::Its => Class::It,
        _ => Class::They,
    };
    third_person(scene, class, None, token).actor
}

/// Says whom "him", "her", "them" or "it" means as what a verb takes: none of those who act there, and nobody where two may be meant.
pub(crate) fn taken(scene: &Scene<'_>, (class, token): (Class, usize), acting: &[ActorIndex]) -> Option<ActorIndex> {
    let mut weighed = salience::weigh(scene, class, (None, token));
    weighed.retain(|one| one.actor.is_none_or(|actor| !acting.contains(&actor)));
    let best = weighed.first().filter(|best| best.worth >= WORTH_MIN)?;
    let told = best.actor.is_some_and(|actor| !matches!(class, Class::He | Class::She) || scene.gender(actor).is_some());
    let close = weighed.get(1).is_some_and(|next| best.worth - next.worth < MARGIN);
    best.actor.filter(|_| !close && (told || weighed.len() == 1))
}

/// Says who a pronoun in a content is; used for targets and holders.
pub(crate) fn mentioned(scene: &Scene<'_>, draft: usize, token: usize) -> Option<ActorIndex> {
    let class = class_of(scene, token)?;
    match class {
        Class::FirstSingular | Class::FirstPlural => scene.speakers.get(draft)?.as_ref()?.actor.filter(|_| scene.ground.is_quoted(token)),
        Class::Relative => relative(scene, token).actor,
        _ => {
            let speaker = scene.speaker(draft)?;
            let kind = scene.actor(speaker)?.kind;
            let agrees = salience::fits(scene, speaker, class) == Some(0);
            (agrees && kind == ActorKind::Person && !scene.ground.is_quoted(token)).then_some(speaker)
        }
    }
}

fn first_person(scene: &Scene<'_>, draft: usize, token: usize) -> Resolved {
    let mut at = scene.draft(draft).and_then(|draft| draft.attribution.parent);
    // Bounded by the number of drafts: parents come before their children.
    for _ in 0..scene.reading.drafts.len() {
        let Some(parent) = at else { break };
        if let Some(actor) = scene.speaker(parent) {
            let note = format!("\u{201c}{}\u{201d} is {}, whose words these are", scene.page.word(token), scene.name(actor));
            return Resolved::actor(actor, "resolve/first-person", note).sure(85);
        }
        at = scene.draft(parent).and_then(|draft| draft.attribution.parent);
    }
    Resolved::open(
        Vec::new(),
        "resolve/first-person",
        format!("whose words hold \u{201c}{}\u{201d}, the text does not tell", scene.page.word(token)),
    )
}

fn relative(scene: &Scene<'_>, token: usize) -> Resolved {
    let end = if token > 0 && scene.page.word(token - 1) == "," { token - 1 } else { token };
    let before = scene.mentions_before(end).last();
    match before.filter(|mention| mention.tokens.end == end).and_then(Mention::actor) {
        Some(actor) => {
            Resolved::actor(actor, "resolve/relative", format!("\u{201c}who\u{201d} is {}, named right before", scene.name(actor))).sure(88)
        }
        None => Resolved::open(Vec::new(), "resolve/relative", "who \u{201c}who\u{201d} is, the words before do not name".to_owned()),
    }
}

fn third_person(scene: &Scene<'_>, class: Class, draft: Option<usize>, token: usize) -> Resolved {
    let shown = scene.page.word(token);
    let weighed = salience::weigh(scene, class, (draft, token));
    let named = || weighed.iter().filter_map(|one| one.actor).take(CANDIDATES_MAX).collect::<Vec<_>>();
    let open = |note: String| Resolved::open(named(), "resolve/pronoun", note);
    let Some(best) = weighed.first().filter(|best| best.worth >= WORTH_MIN) else {
        return open(format!("nobody named before \u{201c}{shown}\u{201d} fits it"));
    };
    if let Some(actor) = best.actor.filter(|actor| salience::is_spoken_to(scene, *actor, token)) {
        return open(format!("\u{201c}{shown}\u{201d} may be {}, who speaks here as well, or somebody else", scene.name(actor)));
    }
    let told = |one: &&Candidate| one.actor.is_some_and(|actor| scene.gender(actor).is_some());
    let untold = matches!(class, Class::He | Class::She) && best.actor.is_some() && !told(&best);
    // Somebody who is known to be a woman and near goes not behind somebody who may be a man.
    let rival = weighed.iter().filter(|_| untold).find(|one| told(one) && one.worth >= NEAR_MIN);
    let close = rival.or_else(|| weighed.get(1).filter(|next| best.worth - next.worth < MARGIN));
    let spoke_for = best.draft.and_then(|at| scene.speaker(at));
    match (best.actor.ok_or(spoke_for), close) {
        (Ok(_) | Err(_), Some(next)) => {
            let name = |one: &Candidate| one.actor.map_or_else(|| source_words(scene, one.draft), |actor| scene.name(actor).to_owned());
            open(format!("\u{201c}{shown}\u{201d} may be {} or {}; the text does not tell them apart", name(best), name(next)))
        }
        (Ok(actor), None) => {
            let note = format!("\u{201c}{shown}\u{201d} is {}, who fits best of those named before", scene.name(actor));
            Resolved::actor(actor, "resolve/pronoun", note).sure(82)
        }
        (Err(Some(body)), None) => {
            let words = source_words(scene, best.draft);
            let note = format!("\u{201c}{shown}\u{201d} is {words}, who spoke for {} before", scene.name(body));
            Resolved::actor(body, "resolve/pronoun", note).sure(75)
        }
        (Err(None), None) => open(format!("\u{201c}{shown}\u{201d} is {}, whose name is not known", source_words(scene, best.draft))),
    }
}

fn source_words(scene: &Scene<'_>, draft: Option<usize>) -> String {
    let source = draft.and_then(|at| scene.draft(at)?.attribution.source);
    source.map_or_else(String::new, |source| format!("\u{201c}{}\u{201d}", source.of(scene.page.text)))
}
