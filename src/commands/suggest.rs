//! Values for an option while it is typed: actors, topics, outlets and commands. First come those that this channel follows, then
//! those that what it was alerted to was about, then those that were talked about of late anywhere. Nothing is resolved here.

use super::{COMMANDS, CommandError, Context, OptionKind, OptionSpec};
use crate::model::{ActorId, ChannelId, Target, WatchSubject};
use crate::query::LocalKey;
use crate::store::{NameRow, SubjectKind, fold};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

/// Most suggestions.
const SUGGESTIONS_MAX: usize = 25;
/// How far back "of late" reaches.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Actors and targets whose numbers are read.
const COUNTED_MAX: usize = 500;
/// Statements of this channel's alerts that are counted: some weeks of a lively one.
const ALERTED_MAX: usize = 500;

/// An option that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// Where.
    pub channel: ChannelId,
    /// Of which command.
    pub command: &'static str,
    /// Which option.
    pub option: OptionSpec,
    /// What stands there so far.
    pub text: String,
}

/// A value that may be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What is shown.
    pub label: String,
    /// What is taken.
    pub value: String,
}

/// Gives values for an option that is being typed, the best first.
///
/// # Errors
/// [`CommandError`] when the database fails.
pub fn suggest(context: &Context<'_>, typing: &Typing) -> Result<Vec<Suggestion>, CommandError> {
    let plain = |names: Vec<&str>| {
        let fits = |name: &&str| name.contains(&typing.text.to_lowercase());
        names
            .into_iter()
            .filter(fits)
            .map(|name| Suggestion { label: name.to_owned(), value: name.to_owned() })
            .take(SUGGESTIONS_MAX)
            .collect()
    };
    let kinds: &[SubjectKind] = match (typing.option.kind, typing.option.name) {
        (OptionKind::Name, "command") => return Ok(plain(COMMANDS.iter().map(|entry| entry.name).collect())),
        (OptionKind::Name, "setting") => return Ok(plain(LocalKey::ALL.map(LocalKey::name).to_vec())),
        (OptionKind::Via, _) => &[SubjectKind::Outlet],
        (_, "actor" | "speaker" | "holder" | "into" | "other") => &[SubjectKind::Actor],
        (_, "topic" | "actor-or-topic" | "target") | (OptionKind::On, _) => &[SubjectKind::Topic, SubjectKind::Actor],
        _ => return Ok(Vec::new()),
    };
    let weights = Weights::read(context, &typing.channel)?;
    let folded = fold(&typing.text);
    let names = if folded.is_empty() { weights.names(context, kinds)? } else { context.store.names_with(&folded)? };
    let mut names: Vec<NameRow> = names.into_iter().filter(|row| kinds.contains(&row.kind) && !row.is_retired).collect();
    names.sort_by_cached_key(|row| (std::cmp::Reverse(weights.of(row)), !row.folded.starts_with(&folded), row.shown.clone()));
    let mut seen = BTreeSet::new();
    names.retain(|row| seen.insert((row.kind, row.id.clone())));
    Ok(names.iter().take(SUGGESTIONS_MAX).map(shown).collect())
}

fn shown(row: &NameRow) -> Suggestion {
    let also = if fold(&row.shown) == row.folded || row.text.is_empty() { String::new() } else { format!(" ({})", row.text) };
    Suggestion { label: format!("{}{also}", row.shown), value: row.id.clone() }
}

/// What the channel follows, how often others were in what it was alerted to, and how often they were talked about of late.
struct Weights {
    followed: BTreeSet<(SubjectKind, String)>,
    alerted: BTreeMap<(SubjectKind, String), u64>,
    counts: BTreeMap<(SubjectKind, String), u64>,
}

impl Weights {
    fn read(context: &Context<'_>, channel: &ChannelId) -> Result<Self, CommandError> {
        let watches = context.store.watches(channel)?;
        let subject = |subject: &WatchSubject| match subject {
            WatchSubject::Actor(id) => (SubjectKind::Actor, id.to_string()),
            WatchSubject::Topic(id) => (SubjectKind::Topic, id.to_string()),
        };
        let followed = watches.iter().map(|watch| subject(&watch.subject)).collect();
        let alerted =
            context.store.alerted_counts(channel, ALERTED_MAX)?.into_iter().map(|(kind, id, count)| ((kind, id), count)).collect();
        let mut counts = BTreeMap::new();
        let since = context.now.checked_sub(LATELY).unwrap_or(context.now);
        for (actor, count) in context.store.speaker_counts(since, COUNTED_MAX)? {
            *counts.entry((SubjectKind::Actor, ActorId::to_string(&actor))).or_default() += count;
        }
        for (target, count) in context.store.target_counts(COUNTED_MAX)? {
            let kind = if matches!(target, Target::Topic(_)) { SubjectKind::Topic } else { SubjectKind::Actor };
            *counts.entry((kind, target.id().to_owned())).or_default() += count;
        }
        Ok(Self { followed, alerted, counts })
    }

    fn of(&self, row: &NameRow) -> (bool, u64, u64) {
        self.of_key(&(row.kind, row.id.clone()))
    }

    fn of_key(&self, key: &(SubjectKind, String)) -> (bool, u64, u64) {
        let number = |counts: &BTreeMap<(SubjectKind, String), u64>| counts.get(key).copied().unwrap_or(0);
        (self.followed.contains(key), number(&self.alerted), number(&self.counts))
    }

    /// Gives names of what weighs most, for an option in which nothing stands yet.
    fn names(&self, context: &Context<'_>, kinds: &[SubjectKind]) -> Result<Vec<NameRow>, CommandError> {
        let all: BTreeSet<&(SubjectKind, String)> = self.followed.iter().chain(self.alerted.keys()).chain(self.counts.keys()).collect();
        let mut keys: Vec<&(SubjectKind, String)> = all.into_iter().filter(|key| kinds.contains(&key.0)).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(self.of_key(key)));
        let ids: Vec<(SubjectKind, &str)> = keys.iter().take(SUGGESTIONS_MAX * 2).map(|key| (key.0, key.1.as_str())).collect();
        Ok(context.store.names_of(&ids)?)
    }
}
