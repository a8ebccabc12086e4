//! Slash commands: their definitions, made from the registry of commands, and the way back from what was chosen to what would have
//! been typed. No command's logic.

use super::wire::Given;
use crate::commands::{COMMANDS, Entry, OptionKind, OptionSpec, PAGE_MAX};
use serde_json::{Value, json};
use serenity::builder::{CreateCommand, CreateCommandOption};
use serenity::model::application::{CommandOptionType, CommandType};

/// The command on a message that reads who says what in it.
pub(super) const ON_MESSAGE: &str = "Who said this?";
/// The option that shows an answer to everybody.
pub(super) const PUBLIC: &str = "public";
/// The subcommand of a command that is also the first word of others.
const SHOW: &str = "show";
/// Most options of a command, one of which is [`PUBLIC`].
const OPTIONS_MAX: usize = 25;

/// Gives the definitions of all commands, as `PUT /applications/ID/commands` takes them.
pub(super) fn definitions() -> Value {
    let mut groups: Vec<(&str, Vec<&Entry>)> = Vec::new();
    for entry in COMMANDS {
        let (word, _) = words(entry);
        match groups.iter_mut().find(|(known, _)| *known == word) {
            Some((_, entries)) => entries.push(entry),
            None => groups.push((word, vec![entry])),
        }
    }
    let mut commands: Vec<Value> = groups.iter().map(|(word, entries)| json!(command(word, entries))).collect();
    commands.push(json!(CreateCommand::new(ON_MESSAGE).kind(CommandType::Message)));
    Value::Array(commands)
}

/// Splits a name into its first word and the rest.
fn words(entry: &Entry) -> (&'static str, Option<&'static str>) {
    entry.name.split_once(' ').map_or((entry.name, None), |(first, second)| (first, Some(second)))
}

fn command(word: &str, entries: &[&Entry]) -> CreateCommand {
    if let [entry] = entries
        && words(entry).1.is_none()
    {
        return CreateCommand::new(word).description(entry.summary).set_options(options(entry));
    }
    let names: Vec<&str> = entries.iter().map(|entry| words(entry).1.unwrap_or(SHOW)).collect();
    let subcommand = |entry: &&Entry| {
        let name = words(entry).1.unwrap_or(SHOW);
        let option = CreateCommandOption::new(CommandOptionType::SubCommand, name, entry.summary);
        options(entry).into_iter().fold(option, CreateCommandOption::add_sub_option)
    };
    let description: String = format!("{word}: {}", names.join(", ")).chars().take(100).collect();
    CreateCommand::new(word).description(description).set_options(entries.iter().map(subcommand).collect())
}

fn options(entry: &Entry) -> Vec<CreateCommandOption> {
    let own = entry.options.iter().take(OPTIONS_MAX - 1).map(|spec| option(entry, spec));
    let public = CreateCommandOption::new(CommandOptionType::Boolean, PUBLIC, "Show the answer to everybody here");
    own.chain(std::iter::once(public)).collect()
}

fn option(entry: &Entry, spec: &OptionSpec) -> CreateCommandOption {
    let kind = match spec.kind {
        OptionKind::Number | OptionKind::Page => CommandOptionType::Integer,
        OptionKind::Own | OptionKind::Flag(_) => CommandOptionType::Boolean,
        _ => CommandOptionType::String,
    };
    let option = CreateCommandOption::new(kind, spec.name, spec.summary).required(spec.need == crate::commands::Need::Required);
    match spec.kind {
        OptionKind::Page => option.min_int_value(1).max_int_value(u64::from(PAGE_MAX)),
        OptionKind::Number => option.min_int_value(1),
        OptionKind::Own | OptionKind::Flag(_) => option,
        _ => option.max_length(300).set_autocomplete(completes(entry, spec)),
    }
}

/// Tells whether the values of an option can be suggested while they are typed.
fn completes(entry: &Entry, spec: &OptionSpec) -> bool {
    let is_name = !matches!(spec.kind, OptionKind::Words | OptionKind::Rest(_));
    let is_changed = matches!(spec.name, "speaker" | "holder" | "target" | "into" | "other");
    let is_looked_for = matches!(spec.name, "actor" | "topic" | "actor-or-topic" | "on" | "via" | "command" | "setting");
    is_name && (is_looked_for || is_changed) && !entry.options.is_empty()
}

/// Finds the command of a slash command's words.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    let bare = name.strip_suffix(SHOW).map(str::trim_end).filter(|bare| !bare.contains(' '));
    COMMANDS.iter().find(|entry| entry.name == name).or_else(|| COMMANDS.iter().find(|entry| Some(entry.name) == bare))
}

/// Gives the option of a name.
pub(super) fn spec(entry: &Entry, name: &str) -> Option<&'static OptionSpec> {
    entry.options.iter().find(|spec| spec.name == name)
}

/// Tells whether the answer is to be shown to everybody.
pub(super) fn is_public(given: &[Given]) -> bool {
    given.iter().any(|option| option.name == PUBLIC && option.value.as_bool() == Some(true))
}

/// Gives what would have been typed, without the prefix.
pub(super) fn typed(entry: &Entry, given: &[Given]) -> String {
    let mut text = entry.name.to_owned();
    // What takes all words to the end comes last.
    let takes_all = |spec: &&OptionSpec| matches!(spec.kind, OptionKind::Rest(_));
    let (last, first): (Vec<&OptionSpec>, Vec<&OptionSpec>) = entry.options.iter().partition(takes_all);
    for spec in first.into_iter().chain(last) {
        let Some(value) = given.iter().find(|option| option.name == spec.name).map(|option| &option.value) else { continue };
        let value = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Bool(false) | Value::Null => continue,
            other => other.to_string(),
        };
        if let Some(keyword) = spec.kind.keyword() {
            text.push(' ');
            text.push_str(keyword);
        }
        if matches!(spec.kind, OptionKind::Own | OptionKind::Flag(_)) || value.is_empty() {
            continue;
        }
        text.push(' ');
        match spec.kind {
            OptionKind::Words | OptionKind::Second => text.push_str(&quoted(&value)),
            // Of two names each needs its marks, or they would be read as one.
            OptionKind::Name if entry.takes(OptionKind::Second) => text.push_str(&quoted(&value)),
            OptionKind::Rest(_) => text.push_str(&unquoted(&value)),
            OptionKind::Url | OptionKind::Number | OptionKind::Page => text.push_str(&value),
            _ if is_ambiguous(entry, &value) => text.push_str(&quoted(&value)),
            _ => text.push_str(&value),
        }
    }
    text
}

/// Tells whether a value would be read otherwise when it is typed bare: it holds a keyword of the command, or begins a quotation.
fn is_ambiguous(entry: &Entry, value: &str) -> bool {
    let is_keyword = |word: &str| {
        let mut keywords = entry.options.iter().filter_map(|spec| spec.kind.keyword());
        let assigns = |keyword: &str| keyword.ends_with('=') && word.to_lowercase().starts_with(keyword);
        keywords.any(|keyword| keyword.eq_ignore_ascii_case(word) || assigns(keyword))
    };
    let opens = |word: &str| word.starts_with(['"', '“', '”', '„', '«']);
    value.split_whitespace().any(is_keyword) || value.split_whitespace().any(opens) && !is_wrapped(value)
}

fn is_wrapped(value: &str) -> bool {
    value.len() > 1 && value.starts_with('"') && value.ends_with('"')
}

fn quoted(value: &str) -> String {
    if is_wrapped(value) {
        return value.to_owned();
    }
    format!("\"{}\"", unquoted(value))
}

fn unquoted(value: &str) -> String {
    value.chars().filter(|c| !matches!(c, '"' | '“' | '”' | '„' | '«' | '»')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::read_arguments;

    fn given(name: &str, value: Value) -> Given {
        Given { name: name.to_owned(), value, is_focused: false }
    }

    #[test]
    fn definitions_keep_every_limit_of_discord() {
        let definitions = definitions();
        let commands = definitions.as_array().unwrap();
        assert!(commands.len() <= 100);
        let is_name = |name: &str| (1..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        for command in commands.iter().filter(|command| command["type"] != 3) {
            assert!(is_name(command["name"].as_str().unwrap()), "{command}");
            check(command, &is_name);
            assert!(characters(command) <= 8_000, "{} has {} characters", command["name"], characters(command));
        }
    }

    fn check(value: &Value, is_name: &dyn Fn(&str) -> bool) {
        let description = value["description"].as_str().unwrap();
        assert!((1..=100).contains(&description.chars().count()), "{description}");
        let options = value["options"].as_array().cloned().unwrap_or_default();
        assert!(options.len() <= 25);
        let names: std::collections::BTreeSet<&str> = options.iter().filter_map(|option| option["name"].as_str()).collect();
        assert_eq!(names.len(), options.len(), "names stand once: {value}");
        let firsts: Vec<bool> = options.iter().map(|option| option["required"].as_bool() == Some(true)).collect();
        assert!(firsts.is_sorted_by(|a, b| a >= b), "required options come first: {value}");
        for option in options {
            assert!(is_name(option["name"].as_str().unwrap()), "{option}");
            check(&option, is_name);
        }
    }

    /// Names, descriptions and values count, as Discord says.
    fn characters(value: &Value) -> usize {
        let own = ["name", "description"].iter().map(|key| value[*key].as_str().map_or(0, |text| text.chars().count())).sum::<usize>();
        own + value["options"].as_array().into_iter().flatten().map(characters).sum::<usize>()
    }

    #[test]
    fn every_command_is_found_by_the_words_of_its_definition() {
        for entry in COMMANDS {
            assert_eq!(super::entry(entry.name).unwrap().name, entry.name);
        }
        assert_eq!(super::entry("stance show").unwrap().name, "stance");
        assert!(super::entry("no such").is_none());
    }

    #[test]
    fn what_was_chosen_reads_as_if_it_were_typed() {
        let said = entry("said").unwrap();
        let options = [
            given("page", json!(2)),
            given("actor", json!("ada quill")),
            given("words", json!("no toll")),
            given("on", json!("ban on tolls")),
            given("own", json!(true)),
            given(PUBLIC, json!(true)),
        ];
        let text = typed(said, &options);
        assert_eq!(text, "said ada quill \"no toll\" on \"ban on tolls\" own page 2");
        let (_, rest) = crate::commands::find(&text).unwrap();
        let read = read_arguments(rest, said.options, jiff::civil::date(2025, 12, 10)).unwrap();
        assert_eq!((read.name("actor").unwrap().as_str(), read.on.as_deref(), read.page), ("ada quill", Some("ban on tolls"), Some(2)));
        assert_eq!(read.phrases(), ["no toll"]);
        assert!(is_public(&options) && !is_public(&options[..2]));
    }

    #[test]
    fn two_names_stay_two() {
        let compare = entry("compare").unwrap();
        let text = typed(compare, &[given("other", json!("bo tarn")), given("actor", json!("ada quill"))]);
        assert_eq!(text, "compare \"ada quill\" \"bo tarn\"");
    }

    #[test]
    fn reasons_come_last_and_flags_are_words() {
        let wrong = entry("wrong").unwrap();
        let options = [
            given("because", json!("she said “no” on page 2")),
            given("speaker", json!("ada stance=oppose")),
            given("id", json!(12)),
            given("not-a-statement", json!(true)),
        ];
        assert_eq!(typed(wrong, &options), "wrong 12 speaker= \"ada stance=oppose\" not-a-statement because she said no on page 2");
        assert!(wrong.takes(wrong.options[0].kind) && !wrong.only_reads());
    }

    #[test]
    fn quotation_marks_in_a_value_cannot_break_out() {
        let said = entry("said").unwrap();
        for value in ["a \"b", "“x” on y", "\"", "on", "a\" page 9 \"b"] {
            let text = typed(said, &[given("actor", json!(value))]);
            let (_, rest) = crate::commands::find(&text).unwrap();
            let read = read_arguments(rest, said.options, jiff::civil::date(2025, 12, 10));
            assert!(read.as_ref().is_ok_and(|read| read.page.is_none() && read.on.is_none()), "{text}: {read:?}");
        }
    }
}
