//! The language data made ready: cues by their forms and word classes by their words.
//!
//! Reads `cues.toml`, `words.toml` and `asides.toml` of `lang/en`; knows nothing of sentences. Used by
//! [`super::shapes`] for every token of a text, so look-ups borrow and do not allocate.

mod aside;
mod cue;
mod index;
mod words;

pub(crate) use aside::{Aside, Then};
pub(crate) use cue::Frame;
pub use cue::{Cue, CueKind, CueRef, FormKind, Frames};
pub use words::Class;

use super::data::{DataFile, DataProblem};
use super::text::Abbreviations;
pub(crate) use cue::FormRef;
use index::WordIndex;
use std::collections::BTreeMap;

/// Cues and word classes, indexed by word.
#[derive(Debug, Default)]
pub struct Lexicon {
    cues: Vec<Cue>,
    /// Filled while the files are read; empty afterwards.
    entries: BTreeMap<Box<str>, Entry>,
    index: WordIndex,
    abbreviations: Abbreviations,
    asides: Vec<Aside>,
}

/// What the lexicon knows of one lower-case word.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// Word classes that the word belongs to.
    pub class: Class,
    /// Cue forms that start with the word, the longest first.
    pub forms: Vec<FormRef>,
}

impl Lexicon {
    /// Builds the lexicon from the data files of one language; mistakes are added to `problems`.
    pub fn build(files: &[DataFile], problems: &mut Vec<DataProblem>) -> Self {
        let mut lexicon = Self::default();
        for file in files.iter().filter(|file| file.path == "lang/en/words.toml") {
            words::load(file, &mut lexicon, problems);
        }
        cue::load(files, &mut lexicon, problems);
        lexicon.asides = aside::load(files, problems);
        for entry in lexicon.entries.values_mut() {
            entry.forms.sort_by_key(|form| std::cmp::Reverse(form.rest.len()));
        }
        lexicon.index = WordIndex::of(std::mem::take(&mut lexicon.entries));
        lexicon
    }

    /// Gives a cue by its reference; none when it comes from another lexicon.
    pub fn cue(&self, cue: CueRef) -> Option<&Cue> {
        self.cues.get(usize::from(cue.0))
    }

    /// Gives all cues, sorted by id.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// Gives the kinds of paragraphs that are not read, sorted by id.
    pub(crate) fn asides(&self) -> &[Aside] {
        &self.asides
    }

    /// Gives the abbreviations for splitting sentences.
    pub fn abbreviations(&self) -> &Abbreviations {
        &self.abbreviations
    }

    /// Gives the word classes of a word in lower case, those of its ending included.
    pub fn class(&self, word: &str) -> Class {
        self.entry(word).map_or_else(|| words::by_ending(word), |entry| entry.class)
    }

    pub(crate) fn class_by_ending(word: &str) -> Class {
        words::by_ending(word)
    }

    pub(crate) fn entry(&self, word: &str) -> Option<&Entry> {
        self.index.get(word)
    }

    fn entry_mut(&mut self, word: &str) -> &mut Entry {
        self.entries.entry(word.into()).or_insert_with(|| Entry { class: words::by_ending(word), forms: Vec::new() })
    }
}
