//! All commands in the order in which help lists them. Help, the README table and slash definitions are made from it.

use super::error::CommandError;
use super::options::{OptionKind, OptionSpec};
use super::{Permission, Request};
use super::{
    actor, actors, compare, conditions, contradictions, feed, follow, follows, health, help, more, review, said, settings, shift, source,
};
use super::{stance, timeline, topic, topics, undo, unfollow, who, why, wrong};
use crate::reply::Reply;

/// What a command gives.
pub type Answer = Result<Reply, CommandError>;

/// One command.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What is typed after the prefix: one word, or two (`feed add`).
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it does, in at most 100 characters (the limit of a Discord command's description).
    pub summary: &'static str,
    /// Who may use it.
    pub permission: Permission,
    /// What it takes, in the order of the usage line.
    pub options: &'static [OptionSpec],
    /// Does it.
    pub run: fn(&Request<'_>) -> Answer,
}

impl Entry {
    /// Gives the usage line without the prefix: `stance <actor> [on <topic|actor>] …`.
    pub fn usage(&self) -> String {
        let mut usage = self.name.to_owned();
        for option in self.options {
            usage.push(' ');
            usage.push_str(&option.usage());
        }
        usage
    }

    /// Gives examples without the prefix; at least one for each command.
    pub fn examples(&self) -> impl Iterator<Item = &'static str> + use<> {
        let name = self.name;
        EXAMPLES.lines().filter(move |line| find(line).is_some_and(|(entry, _)| entry.name == name))
    }

    /// Tells whether the command changes nothing, so that doing it again is harmless.
    pub fn only_reads(&self) -> bool {
        self.permission == Permission::Member && !CHANGING.contains(&self.name)
    }

    /// Tells whether the command knows an option.
    pub fn takes(&self, kind: OptionKind) -> bool {
        self.options.iter().any(|option| option.kind == kind)
    }
}

/// Examples of all commands, one on a line; a file, because names do not stand in the program's text.
const EXAMPLES: &str = include_str!("examples.txt");

/// All commands in the order in which help lists them.
pub static COMMANDS: &[Entry] = &[
    stance::ENTRY,
    said::ENTRY,
    who::ENTRY,
    compare::ENTRY,
    timeline::ENTRY,
    shift::ENTRY,
    contradictions::ENTRY,
    conditions::ENTRY,
    why::ENTRY,
    source::ENTRY,
    wrong::ENTRY,
    review::ENTRY,
    undo::ENTRY,
    actor::ENTRY,
    actors::ADD,
    actors::ALIAS,
    actors::MERGE,
    actors::FORGET,
    topics::ENTRY,
    topic::ADD,
    topic::ALIAS,
    topic::REMOVE,
    follow::ENTRY,
    unfollow::ENTRY,
    follows::ENTRY,
    feed::LIST,
    feed::ADD,
    feed::REMOVE,
    feed::TEST,
    settings::LIST,
    settings::SET,
    settings::RESET,
    more::ENTRY,
    health::ENTRY,
    help::ENTRY,
];

/// Commands for everybody that change something all the same.
const CHANGING: [&str; 2] = ["wrong", "undo"];

/// Longest word that can be a command's name or an alias, in bytes.
const WORD_BYTES_MAX: usize = 32;

/// Finds the command that a text starts with, the longest name first, and gives what follows it.
pub fn find(text: &str) -> Option<(&'static Entry, &str)> {
    let (first, rest) = split_word(text);
    if first.is_empty() || first.len() > WORD_BYTES_MAX {
        return None;
    }
    let (second, after) = split_word(rest);
    let by_two = || (second.len() <= WORD_BYTES_MAX).then(|| named(&format!("{first} {second}"))).flatten().map(|entry| (entry, after));
    by_two().or_else(|| named(first).map(|entry| (entry, rest)))
}

fn named(name: &str) -> Option<&'static Entry> {
    COMMANDS
        .iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name) || entry.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name)))
}

/// Splits off the first word; both parts are without white space at their ends.
pub(super) fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

/// Gives the command that a mistyped word is close to: one wrong, missing, added or swapped letter, two in words of six and more.
pub fn closest(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if !(3..=WORD_BYTES_MAX).contains(&length) {
        return None;
    }
    let allowed = if length < 6 { 1 } else { 2 };
    let words =
        COMMANDS.iter().flat_map(|entry| std::iter::once(entry.name).chain(entry.aliases.iter().copied()).map(move |name| (entry, name)));
    let near = words.filter_map(|(entry, name)| {
        let distance = rapidfuzz::distance::osa::distance(word.chars(), split_word(name).0.chars());
        (distance <= allowed && name.chars().count() > distance + 1).then_some((distance, entry))
    });
    let (_, entry) = near.min_by_key(|(distance, _)| *distance)?;
    Some(if entry.name.contains(' ') { split_word(entry.name).0 } else { entry.name })
}

/// Gives the table of commands for the README (GitHub Markdown), with the prefix `!`.
pub fn readme_table() -> String {
    let mut table = String::from("| command | what it does | who |\n| --- | --- | --- |\n");
    for entry in COMMANDS {
        let who = match entry.permission {
            Permission::Member => "everybody",
            Permission::Moderator => "moderators",
            Permission::Operator => "the operator",
        };
        let usage = entry.usage().replace('|', "\\|");
        table.push_str(&format!("| `!{usage}` | {} | {who} |\n", entry.summary));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::grammar::read_arguments;
    use super::super::options::Need;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_and_aliases_are_lower_case_and_unique() {
        let mut seen = BTreeSet::new();
        for entry in COMMANDS {
            for name in std::iter::once(&entry.name).chain(entry.aliases) {
                assert!(seen.insert(*name), "{name} twice");
                assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b' '), "{name}");
            }
        }
    }

    #[test]
    fn each_command_is_found_by_its_name_and_has_an_example_that_it_can_read() {
        for entry in COMMANDS {
            assert_eq!(find(&entry.name.to_uppercase()).unwrap().0.name, entry.name);
            let examples: Vec<&str> = entry.examples().collect();
            assert!(!examples.is_empty(), "{} has no example", entry.name);
            for example in examples {
                let (_, rest) = find(example).unwrap();
                let read = read_arguments(rest, entry.options, jiff::civil::date(2025, 12, 10)).unwrap();
                let takes_words = entry.options.iter().any(|option| option.kind.keyword().is_none());
                assert!(takes_words || read.words.is_empty() && read.quoted.is_empty(), "{example}");
            }
        }
        assert!(EXAMPLES.lines().all(|line| find(line).is_some()));
    }

    #[test]
    fn texts_fit_slash_definitions() {
        for entry in COMMANDS {
            assert!((1..=100).contains(&entry.summary.chars().count()), "{}", entry.name);
            assert!(entry.name.split(' ').all(|word| (1..=32).contains(&word.len())));
            assert!(entry.options.iter().all(|option| (1..=100).contains(&option.summary.chars().count())));
            let is_slash = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
            assert!(entry.options.iter().all(|option| option.name.len() <= 32 && option.name.bytes().all(is_slash)));
            let optional_from = entry.options.iter().position(|option| option.need == Need::Optional).unwrap_or(entry.options.len());
            assert!(
                entry.options.iter().skip(optional_from).all(|option| option.need == Need::Optional),
                "{}: required after optional",
                entry.name
            );
        }
    }

    #[test]
    fn only_close_words_are_taken_for_a_mistyped_command() {
        for (typed, meant) in [("stanse", Some("stance")), ("sources", Some("source")), ("hlep", Some("help")), ("fed", Some("feed"))] {
            assert_eq!(closest(typed), meant, "{typed}");
        }
        for stranger in ["play", "ban", "weather", "roll", "x", "8ball", "skip", ""] {
            assert_eq!(closest(stranger), None, "{stranger}");
        }
    }
}
