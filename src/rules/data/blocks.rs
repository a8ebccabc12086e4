//! Reads the `[[blocks]]` of a data file one by one, so that every mistake of every file is told with its place.
//!
//! Knows TOML and places only; what a block means is checked by whoever asked for it (actors, topics, cues, stance rules).

use super::{DataFile, DataProblem};
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One block of a data file, with its place.
#[derive(Clone, Debug)]
pub struct Block<'f, T> {
    /// What the block holds.
    pub value: T,
    /// The file that holds it.
    pub file: &'f DataFile,
    /// The block's first line (that of its `[[…]]`), from 1.
    pub line: u32,
}

impl<T> Block<'_, T> {
    /// Makes a problem at a value of this block (`Spanned::span` of the value).
    pub fn problem(&self, at: Range<usize>, message: impl Into<String>) -> DataProblem {
        self.file.problem(at.start, message)
    }
}

/// A block that has an id, so that an operator's block can replace a shipped one.
pub trait HasId {
    /// Gives the id with its place.
    fn id(&self) -> &Spanned<String>;
}

/// Wrong keys of one block that are told one by one; a block with more is none of this program.
const WRONG_KEYS_MAX: usize = 50;

/// Reads all blocks of one kind: `[[key]]`; problems of any block, and any other top-level key, are added to `problems`.
pub fn read_blocks<'f, T: DeserializeOwned>(file: &'f DataFile, key: &str, problems: &mut Vec<DataProblem>) -> Vec<Block<'f, T>> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| from_toml(file, error)));
        return Vec::new();
    }
    let mut lines = Lines { text: &file.text, at: 0, line: 1 };
    let (mut blocks, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in table.into_inner() {
        match value.into_inner() {
            DeValue::Array(items) if name.get_ref() == key => {
                for (nth, item) in items.into_iter().enumerate() {
                    let line = lines.of(item.span().start);
                    match T::deserialize(item.into_deserializer()) {
                        Ok(value) => blocks.push(Block { value, file, line }),
                        Err(_) => wrong.push(nth),
                    }
                }
            }
            _ => problems.push(wrong_key(file, &name.span(), (name.get_ref(), key))),
        }
    }
    if !wrong.is_empty() {
        tell_mistakes::<T>(file, (key, &wrong), problems);
    }
    blocks
}

/// Reads a whole file as one value, for files that are no list of blocks; the line of the result is 1.
pub fn read_whole<'f, T: DeserializeOwned>(file: &'f DataFile, problems: &mut Vec<DataProblem>) -> Option<Block<'f, T>> {
    match toml::from_str(&file.text) {
        Ok(value) => Some(Block { value, file, line: 1 }),
        Err(error) => {
            problems.push(from_toml(file, &error));
            None
        }
    }
}

/// Joins the blocks of all files into a list sorted by id: a block of a later origin (the operator's) replaces one of an
/// earlier origin; the same id twice within one origin is a problem.
pub fn merge<'f, T: HasId>(blocks: Vec<Block<'f, T>>, problems: &mut Vec<DataProblem>) -> Vec<Block<'f, T>> {
    let mut by_id: BTreeMap<String, Block<'f, T>> = BTreeMap::new();
    for block in blocks {
        let id = block.value.id();
        if !is_id(id.get_ref()) {
            let problem = block.problem(id.span(), format!("`{}` is no id", id.get_ref()));
            problems.push(problem.suggest("an id has lower-case letters, digits and hyphens"));
        }
        match by_id.get(id.get_ref()) {
            Some(earlier) if earlier.file.origin() == block.file.origin() => {
                let message = format!("the id `{}` is used twice; first in {}:{}", id.get_ref(), earlier.file.shown_as, earlier.line);
                problems.push(block.problem(id.span(), message).suggest("give one of them another id"));
            }
            _ => {
                by_id.insert(id.get_ref().clone(), block);
            }
        }
    }
    by_id.into_values().collect()
}

/// Gives the choice that is nearest to a mistyped word, if one is near enough to be meant.
pub fn nearest<'c>(word: &str, choices: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A third of the letters may differ, and one always may: "untill", "untl" → "until", but "of" is not "or … to".
    let most = (word.chars().count() / 3).max(1);
    choices
        .into_iter()
        .map(|choice| (edit_distance(word, choice), choice))
        .filter(|(distance, choice)| *distance <= most && *distance < choice.chars().count())
        .min()
        .map(|(_, choice)| choice)
}

/// Makes the sentence "did you mean `x`?" where a near choice exists.
pub fn did_you_mean<'c>(word: &str, choices: impl IntoIterator<Item = &'c str>) -> Option<String> {
    nearest(word, choices).map(|choice| format!("did you mean `{choice}`?"))
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Counts lines from one block to the next.
struct Lines<'f> {
    text: &'f str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    /// Gives the line, from 1, of a byte that lies behind the last one asked for.
    fn of(&mut self, at: usize) -> u32 {
        let between = self.text.as_bytes().get(self.at..at).unwrap_or(&[]);
        let newlines = between.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(newlines).unwrap_or(u32::MAX));
        self.at = at;
        self.line
    }
}

/// Tells every mistake of blocks that cannot be read, by their numbers. The file is parsed again for it, so that what has no
/// mistakes is never copied.
fn tell_mistakes<T: DeserializeOwned>(file: &DataFile, (key, wrong): (&str, &[usize]), problems: &mut Vec<DataProblem>) {
    let (table, _) = DeTable::parse_recoverable(&file.text);
    let blocks = table.into_inner().into_iter().filter(|(name, _)| name.get_ref() == key);
    for (_, value) in blocks {
        let DeValue::Array(items) = value.into_inner() else { continue };
        let items = items.into_iter().enumerate().filter(|(nth, _)| wrong.binary_search(nth).is_ok());
        items.for_each(|(_, item)| tell_mistakes_of::<T>(file, item, problems));
    }
}

/// A key that is wrong is told and left out, so that the keys after it are looked at too.
fn tell_mistakes_of<T: DeserializeOwned>(file: &DataFile, mut item: Spanned<DeValue<'_>>, problems: &mut Vec<DataProblem>) {
    let span = item.span();
    let mut left_out: Vec<String> = Vec::new();
    for _ in 0..WRONG_KEYS_MAX {
        let error = match T::deserialize(item.clone().into_deserializer()) {
            Ok(_) => return,
            Err(error) => error,
        };
        let at = error.span().map_or(span.start, |inner| inner.start);
        let message = one_line(error.message());
        // What was left out is not missing.
        if left_out.iter().any(|key| message == format!("missing field `{key}`")) {
            return;
        }
        let problem = file.problem(at, message.clone());
        problems.push(match suggestion_for(&message) {
            Some(text) => problem.suggest(text),
            None => problem,
        });
        match leave_out(item.get_mut(), at) {
            Some(key) => left_out.push(key),
            None => return,
        }
    }
}

/// Takes out of a table the key that stands, or whose value stands, at a byte; gives its name.
fn leave_out(value: &mut DeValue<'_>, at: usize) -> Option<String> {
    let DeValue::Table(table) = value else { return None };
    let holds = |key: &Range<usize>, value: &Range<usize>| key.contains(&at) || value.contains(&at);
    let wrong = table.iter().find(|(key, value)| holds(&key.span(), &value.span())).map(|(key, _)| key.clone())?;
    table.remove(&wrong);
    Some(wrong.get_ref().to_string())
}

fn from_toml(file: &DataFile, error: &toml::de::Error) -> DataProblem {
    let problem = file.problem(error.span().map_or(0, |span| span.start), one_line(error.message()));
    match suggestion_for(error.message()) {
        Some(text) => problem.suggest(text),
        None => problem,
    }
}

fn wrong_key(file: &DataFile, at: &Range<usize>, (found, wanted): (&str, &str)) -> DataProblem {
    file.problem(at.start, format!("`{found}` does not belong here")).suggest(format!("this file holds `[[{wanted}]]` blocks only"))
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// serde writes "unknown field `untill`, expected one of `since`, `until`": the near one of those is the suggestion.
fn suggestion_for(message: &str) -> Option<String> {
    let mut ticked = message.split('`').skip(1).step_by(2);
    let found = ticked.next().filter(|_| message.starts_with("unknown"))?;
    did_you_mean(found, ticked)
}

/// Edits (insert, delete, replace, swap of neighbours) that turn one word into the other.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, x) in a.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, y) in b.iter().enumerate() {
            let replaced = last[column] + usize::from(x != *y);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            if column > 0 && row > 0 && previous == Some(*y) && b[column - 1] == x {
                best = best.min(before_last[column - 1] + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(x);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        id: Spanned<String>,
        #[serde(default)]
        until: Option<String>,
    }

    impl HasId for Thing {
        fn id(&self) -> &Spanned<String> {
            &self.id
        }
    }

    fn file(origin: &str, text: &str) -> DataFile {
        DataFile { path: "things.toml".to_owned(), shown_as: format!("{origin}/things.toml"), text: text.to_owned() }
    }

    fn read<'f>(files: &'f [DataFile], problems: &mut Vec<DataProblem>) -> Vec<Block<'f, Thing>> {
        let blocks = files.iter().flat_map(|file| read_blocks(file, "thing", problems)).collect();
        merge(blocks, problems)
    }

    #[test]
    fn all_mistakes_are_told_with_line_column_and_suggestion() {
        let files = [file("data", "[[thing]]\nid = \"a\"\nuntill = \"x\"\n\n[[thing]]\nid = 3\n\n[[thing]]\nid = \"ok\"\n")];
        let mut problems = Vec::new();
        let things = read(&files, &mut problems);
        assert_eq!(things.len(), 1);
        assert_eq!(things[0].line, 8);
        assert_eq!((problems[0].line, problems[0].column), (3, 1));
        assert_eq!(problems[0].suggestion.as_deref(), Some("did you mean `until`?"));
        assert_eq!((problems[1].line, problems[1].column), (6, 6));
    }

    #[test]
    fn every_wrong_key_of_a_block_is_told() {
        let files = [file("data", "[[thing]]\nid = 3\nuntill = \"x\"\nuntil = 4\n")];
        let mut problems = Vec::new();
        assert!(read(&files, &mut problems).is_empty());
        let mut lines: Vec<u32> = problems.iter().map(|problem| problem.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [2, 3, 4], "{problems:?}");
    }

    #[test]
    fn broken_toml_is_told_with_its_line() {
        let files = [file("data", "[[thing]]\nid = \"a\n")];
        let mut problems = Vec::new();
        assert!(read(&files, &mut problems).is_empty());
        assert_eq!(problems[0].line, 2);
    }

    #[test]
    fn later_origin_replaces_and_same_origin_is_a_problem() {
        let mut problems = Vec::new();
        let files = [file("data", "[[thing]]\nid = \"a\"\n"), file("config", "[[thing]]\nid = \"a\"\nuntil = \"now\"\n")];
        let things = read(&files, &mut problems);
        assert_eq!(things[0].value.until.as_deref(), Some("now"));
        assert!(problems.is_empty());
        let files = [file("data", "[[thing]]\nid = \"a\"\n[[thing]]\nid = \"a\"\n")];
        read(&files, &mut problems);
        assert_eq!(problems[0].line, 4);
    }

    #[test]
    fn a_key_of_another_kind_is_a_problem() {
        let mut problems = Vec::new();
        read(&[file("data", "[[actor]]\nid = \"a\"\n")], &mut problems);
        assert_eq!(problems[0].suggestion.as_deref(), Some("this file holds `[[thing]]` blocks only"));
    }

    #[test]
    fn nearest_takes_a_slip_and_leaves_another_word() {
        assert_eq!(nearest("untill", ["since", "until"]), Some("until"));
        assert_eq!(nearest("gneder", ["gender", "kind"]), Some("gender"));
        assert_eq!(nearest("colour", ["since", "until"]), None);
    }
}
