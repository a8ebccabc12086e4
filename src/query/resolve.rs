//! From what a user typed to whom or what is meant.
//!
//! Order: id or name, folded (accents, case, script) → the same without an article before it → words of a name or its beginning →
//! "did you mean", which is shown and never taken. When several remain, the user chooses. An id that is also somebody else's surname is no answer by itself:
//! `actor:ID`, `topic:ID` and `outlet:ID` always are.

use super::QueryError;
use crate::model::{Actor, ActorId, ActorKind, ActorOrigin, OutletId, Role, Target, TopicId, TopicKind};
use crate::store::{NameRow, Store, SubjectKind, fold};
use jiff::civil::Date;
use rapidfuzz::distance::osa;

/// Whom or what a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An actor.
    Actor(ActorId),
    /// A topic.
    Topic(TopicId),
    /// An outlet.
    Outlet(OutletId),
}

/// A subject to choose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Choice {
    /// Whom or what.
    pub subject: Subject,
    /// What to type for it: the id, or `actor:ID` where the id alone may mean others too.
    pub key: String,
    /// The name to show.
    pub name: String,
    /// What tells it from the others: "person, president of Russia", "topic, proposal".
    pub hint: String,
}

/// What a name resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// One subject.
    One(Choice),
    /// Several, at most ten; the user has to choose by id.
    Many(Vec<Choice>),
    /// Nothing; what may have been meant, at most three.
    None {
        /// What may have been meant.
        did_you_mean: Vec<Choice>,
    },
}

/// A name to resolve.
#[derive(Clone, Copy, Debug)]
pub struct NameQuery<'a> {
    /// As typed; any length.
    pub text: &'a str,
    /// What it may stand for.
    pub kinds: &'a [SubjectKind],
    /// The day on which it is meant.
    pub day: Date,
}

/// Most choices that are offered: more is not read.
const CHOICES_MAX: usize = 10;
/// Most suggestions of what may have been meant.
const SUGGESTIONS_MAX: usize = 3;
/// Words that stand before a name and are no part of it.
const ARTICLES: [&str; 3] = ["the", "a", "an"];
/// Shortest text, in letters of its folded form, that is looked for as a part of names; below, everything matches.
const PART_LETTERS_MIN: usize = 3;
/// Shortest text that is compared for "did you mean": of three letters every other is one letter away.
const SIMILAR_LETTERS_MIN: usize = 4;

/// Resolves a name that a user typed.
///
/// # Errors
/// [`QueryError::Store`].
pub fn resolve_name(store: &Store, query: &NameQuery<'_>) -> Result<Resolution, QueryError> {
    let text = query.text.trim();
    for (kind, word) in KIND_WORDS {
        if let Some(id) = text.strip_prefix(word) {
            let found = if query.kinds.contains(&kind) { with_id(store, kind, id)? } else { None };
            return decide(store, query, found.into_iter().collect());
        }
    }
    let bare = without_article(text);
    for text in [text, bare] {
        let exact = exactly(store, query, text)?;
        if !exact.is_empty() {
            return decide(store, query, exact);
        }
    }
    let folded = fold(bare);
    if ARTICLES.contains(&folded.as_str()) {
        return Ok(Resolution::None { did_you_mean: Vec::new() });
    }
    if folded.len() >= PART_LETTERS_MIN {
        let parts = of_kinds(query, store.names_with(&folded)?);
        if !parts.is_empty() {
            return decide(store, query, subjects(prefer_checked(parts)));
        }
    }
    let similar = if folded.is_empty() { Vec::new() } else { of_kinds(query, similar(store, &folded)?) };
    let suggestions = choices(store, query, &subjects(similar), SUGGESTIONS_MAX)?;
    Ok(Resolution::None { did_you_mean: suggestions })
}

/// The words by which a kind is told before an id.
const KIND_WORDS: [(SubjectKind, &str); 3] =
    [(SubjectKind::Actor, "actor:"), (SubjectKind::Topic, "topic:"), (SubjectKind::Outlet, "outlet:")];

/// Takes off an article before a name, in any letter case: "the kremlin".
fn without_article(text: &str) -> &str {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or(("", text));
    if ARTICLES.iter().any(|article| article.eq_ignore_ascii_case(first)) { rest.trim_start() } else { text }
}

/// Gives what has exactly this id or this name.
fn exactly(store: &Store, query: &NameQuery<'_>, text: &str) -> Result<Vec<Subject>, QueryError> {
    let mut found = Vec::new();
    for kind in query.kinds {
        found.extend(with_id(store, *kind, text)?);
    }
    let folded = fold(text);
    if !folded.is_empty() {
        let named = subjects(prefer(of_kinds(query, store.names_exact(&folded)?), query.day));
        let new: Vec<Subject> = named.into_iter().filter(|subject| !found.contains(subject)).collect();
        found.extend(new);
    }
    Ok(found)
}

/// Gives what has this id.
fn with_id(store: &Store, kind: SubjectKind, id: &str) -> Result<Option<Subject>, QueryError> {
    Ok(match kind {
        SubjectKind::Actor => store.actor(&ActorId::from(id))?.map(|stored| Subject::Actor(stored.actor.id)),
        SubjectKind::Topic => store.topic(&TopicId::from(id))?.map(|stored| Subject::Topic(stored.topic.id)),
        SubjectKind::Outlet => store.outlet(&OutletId::from(id))?.map(|outlet| Subject::Outlet(outlet.id)),
    })
}

/// Gives what to type for a subject.
fn key(store: &Store, query: &NameQuery<'_>, subject: &Subject) -> Result<String, QueryError> {
    let (word, id) = match subject {
        Subject::Actor(id) => ("actor:", id.as_str()),
        Subject::Topic(id) => ("topic:", id.as_str()),
        Subject::Outlet(id) => ("outlet:", id.as_str()),
    };
    let is_clear = exactly(store, query, id)?.len() == 1;
    Ok(if is_clear { id.to_owned() } else { format!("{word}{id}") })
}

/// One subject is taken, several are offered.
fn decide(store: &Store, query: &NameQuery<'_>, found: Vec<Subject>) -> Result<Resolution, QueryError> {
    let mut choices = choices(store, query, &found, CHOICES_MAX)?;
    match choices.pop() {
        Some(only) if choices.is_empty() => Ok(Resolution::One(only)),
        Some(last) => {
            choices.push(last);
            Ok(Resolution::Many(choices))
        }
        None => Ok(Resolution::None { did_you_mean: Vec::new() }),
    }
}

fn of_kinds(query: &NameQuery<'_>, mut rows: Vec<NameRow>) -> Vec<NameRow> {
    rows.retain(|row| query.kinds.contains(&row.kind));
    rows
}

/// Of names that are equally right, prefers those that hold on the day, then names to places that stand for somebody, then what
/// is in the data to what was found or has left it. Where a preference leaves nothing it is not applied.
fn prefer(rows: Vec<NameRow>, day: Date) -> Vec<NameRow> {
    let holds = |row: &NameRow| row.since.is_none_or(|since| since <= day) && row.until.is_none_or(|until| day <= until);
    let rows = narrow(rows, holds);
    prefer_checked(narrow(rows, |row| !row.is_metonym))
}

fn prefer_checked(rows: Vec<NameRow>) -> Vec<NameRow> {
    narrow(narrow(rows, |row| !row.is_retired), |row| !row.is_found)
}

fn narrow(rows: Vec<NameRow>, wanted: impl Fn(&NameRow) -> bool) -> Vec<NameRow> {
    if rows.iter().any(&wanted) { rows.into_iter().filter(wanted).collect() } else { rows }
}

/// Gives each subject once, in the order of the rows.
fn subjects(rows: Vec<NameRow>) -> Vec<Subject> {
    let mut found = Vec::new();
    for row in rows {
        let subject = match row.kind {
            SubjectKind::Actor => Subject::Actor(ActorId::new(row.id)),
            SubjectKind::Topic => Subject::Topic(TopicId::new(row.id)),
            SubjectKind::Outlet => Subject::Outlet(OutletId::new(row.id)),
        };
        if !found.contains(&subject) {
            found.push(subject);
        }
    }
    found
}

/// Gives names that are a few letters away from what was typed, or with which it ends ("president so-and-so"), nearest first.
fn similar(store: &Store, folded: &str) -> Result<Vec<NameRow>, QueryError> {
    let mut near = Vec::new();
    for row in store.names()? {
        let ends_with = folded.strip_suffix(row.folded.as_str()).is_some_and(|before| before.ends_with(' '));
        let distance = match ends_with {
            true => Some(0),
            false => letters_apart(folded, &row.folded),
        };
        near.extend(distance.map(|distance| (distance, row.is_found, std::cmp::Reverse(row.folded.len()), row)));
    }
    near.sort_by(|left, right| (left.0, left.1, left.2, &left.3.id).cmp(&(right.0, right.1, right.2, &right.3.id)));
    Ok(near.into_iter().map(|(_, _, _, row)| row).collect())
}

/// Counts the letters that differ (swapped neighbours count once), when that is few for the length: one up to seven letters, two
/// up to thirteen, three above.
fn letters_apart(typed: &str, name: &str) -> Option<usize> {
    let allowed = match typed.len() {
        length if length < SIMILAR_LETTERS_MIN => return None,
        ..=7 => 1,
        8..=13 => 2,
        _ => 3,
    };
    if typed.len().abs_diff(name.len()) > allowed {
        return None;
    }
    let arguments = osa::Args::default().score_cutoff(allowed);
    osa::distance_with_args(typed.bytes(), name.bytes(), &arguments)
}

fn choices(store: &Store, query: &NameQuery<'_>, found: &[Subject], most: usize) -> Result<Vec<Choice>, QueryError> {
    found.iter().take(most).map(|subject| choice(store, query, subject)).collect()
}

/// Gives a subject with its name and what tells it from others.
fn choice(store: &Store, query: &NameQuery<'_>, subject: &Subject) -> Result<Choice, QueryError> {
    let (name, hint) = match subject {
        Subject::Actor(id) => match store.actor(id)? {
            Some(stored) => (stored.actor.name.clone(), actor_hint(store, &stored.actor, query.day)?),
            None => (id.to_string(), String::new()),
        },
        Subject::Topic(id) => match store.topic(id)? {
            Some(stored) => (stored.topic.name, format!("topic, {}", topic_kind(stored.topic.kind))),
            None => (id.to_string(), "topic".to_owned()),
        },
        Subject::Outlet(id) => (store.outlet(id)?.map_or_else(|| id.to_string(), |outlet| outlet.name), "outlet".to_owned()),
    };
    Ok(Choice { key: key(store, query, subject)?, subject: subject.clone(), name, hint })
}

/// Says what an actor is, with the post held on the day: "person, president of Russia".
fn actor_hint(store: &Store, actor: &Actor, day: Date) -> Result<String, QueryError> {
    let kind = match actor.kind {
        ActorKind::Person => "person",
        ActorKind::Office => "office",
        ActorKind::Organisation => "organisation",
        ActorKind::State => "state",
        ActorKind::Group => "group",
    };
    let post = match actor.roles.iter().find(|role| role.is_held_on(day)) {
        None => String::new(),
        Some(Role { title, of: None, .. }) => format!(", {title}"),
        Some(Role { title, of: Some(of), .. }) => format!(", {title} of {}", store.target_name(&Target::Actor(of.clone()))?),
    };
    let found = if actor.origin == ActorOrigin::Found { ", found in a text" } else { "" };
    Ok(format!("{kind}{post}{found}"))
}

fn topic_kind(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Proposal => "proposal",
        TopicKind::Demand => "demand",
        TopicKind::Event => "event",
        TopicKind::Policy => "policy",
        TopicKind::Institution => "institution",
    }
}
