//! Role nouns ("president", "the aide", "the report") and the titles that each may stand for.
//!
//! Who holds a title is not known here; see `resolve`.

use super::schema::{RawRoleNoun, RoleKind, require};
use super::trie::Trie;
use super::words::Words;
use crate::model::Gender;
use crate::rules::data::{Block, DataProblem, did_you_mean};
use std::collections::{BTreeMap, BTreeSet};

/// A role noun.
#[derive(Clone, Debug)]
pub struct RoleNoun {
    /// Its id in `roles.toml`.
    pub id: String,
    /// What it can speak for.
    pub kind: RoleKind,
    /// Titles that it may stand for: its own words and those of the nouns it covers.
    pub titles: BTreeSet<String>,
    /// Another word before it makes another post of it: "transport minister".
    pub portfolio: bool,
    /// Of a state, the word stands for the state itself: "the Norvanian government".
    pub whole: bool,
    /// How its file is named.
    pub file: String,
    /// Its line.
    pub line: u32,
}

/// A role noun as one of its forms stands in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleForm {
    /// Index into the nouns.
    pub noun: usize,
    /// The singular form, lower case: a title.
    pub title: String,
    /// True for "presidents".
    pub plural: bool,
    /// The gender that the form tells.
    pub gender: Option<Gender>,
}

/// All role nouns.
#[derive(Clone, Debug, Default)]
pub struct RoleNouns {
    nouns: Vec<RoleNoun>,
    by_word: BTreeMap<String, usize>,
    /// Finds the forms in a text; letter case does not matter.
    pub forms: Trie<RoleForm>,
}

impl RoleNouns {
    /// Indexes the blocks of `roles.toml`, which are sorted by id.
    pub fn build(blocks: &[Block<'_, RawRoleNoun>], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut nouns = Self::default();
        for (at, block) in blocks.iter().enumerate() {
            require(block, &[&block.value.example, &block.value.guardrail], problems);
            for word in &block.value.words {
                if let Some(other) = nouns.by_word.insert(word.get_ref().clone(), at) {
                    let other = blocks.get(other).map_or(0, |block| block.line);
                    let message = format!("the role noun `{}` stands in the block of line {other} as well", word.get_ref());
                    problems.push(block.problem(word.span(), message));
                }
            }
        }
        for (at, block) in blocks.iter().enumerate() {
            let noun = nouns.noun(block, blocks, problems);
            nouns.nouns.push(noun);
            nouns.add_forms(at, &block.value, words);
        }
        nouns
    }

    fn noun(&self, block: &Block<'_, RawRoleNoun>, blocks: &[Block<'_, RawRoleNoun>], problems: &mut Vec<DataProblem>) -> RoleNoun {
        let mut titles: BTreeSet<String> = block.value.words.iter().map(|word| word.get_ref().clone()).collect();
        for covered in &block.value.covers {
            match self.by_word.get(covered.get_ref()).and_then(|at| blocks.get(*at)) {
                Some(other) => titles.extend(other.value.words.iter().map(|word| word.get_ref().clone())),
                None => problems.push(self.unknown_title(block.file.problem(covered.span().start, ""), covered.get_ref())),
            }
        }
        let id = crate::rules::data::HasId::id(&block.value).get_ref().clone();
        RoleNoun {
            id,
            kind: block.value.kind,
            titles,
            portfolio: block.value.portfolio,
            whole: block.value.whole,
            file: block.file.shown_as.clone(),
            line: block.line,
        }
    }

    /// Fills in a problem that tells of a title which no role noun has.
    pub fn unknown_title(&self, mut problem: DataProblem, title: &str) -> DataProblem {
        problem.message = format!("`{title}` is no role noun of lang/en/roles.toml");
        problem.suggestion = did_you_mean(title, self.by_word.keys().map(String::as_str));
        problem
    }

    fn add_forms(&mut self, noun: usize, raw: &RawRoleNoun, words: &mut Words) {
        for (at, word) in raw.words.iter().enumerate() {
            let title = word.get_ref().clone();
            let gender = match (raw.feminine.contains(&title), raw.masculine.contains(&title)) {
                (true, false) => Some(Gender::Feminine),
                (false, true) => Some(Gender::Masculine),
                _ => None,
            };
            self.forms.add(words, &title, RoleForm { noun, title: title.clone(), plural: false, gender });
            if let Some(plural) = raw.plural.get(at) {
                self.forms.add(words, plural, RoleForm { noun, title, plural: true, gender });
            }
        }
        let title = raw.words.first().map(|word| word.get_ref().clone()).unwrap_or_default();
        for plural in raw.plural.iter().skip(raw.words.len()) {
            self.forms.add(words, plural, RoleForm { noun, title: title.clone(), plural: true, gender: None });
        }
    }

    /// Gives a noun by its index.
    pub fn get(&self, noun: usize) -> Option<&RoleNoun> {
        self.nouns.get(noun)
    }

    /// Tells whether a role noun may stand for a title: "leader" for "president".
    pub fn covers(&self, word: &str, title: &str) -> bool {
        self.by_word.get(word).and_then(|at| self.nouns.get(*at)).is_some_and(|noun| noun.titles.contains(title))
    }

    /// Tells whether a title is a role noun.
    pub fn has_title(&self, title: &str) -> bool {
        self.by_word.contains_key(title)
    }

    /// Gives all nouns, sorted by id.
    pub fn all(&self) -> &[RoleNoun] {
        &self.nouns
    }
}
