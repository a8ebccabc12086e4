//! The language data made ready: cues by their forms and word classes by their words.
//!
//! Reads `cues.toml`, `words.toml` and `asides.toml` of `lang/en`; knows nothing of sentences. Used by
//! [`super::shapes`] for every token of a text, so look-ups borrow and do not allocate.

mod aside;
mod cue;
mod words;

pub(crate) use aside::{Aside, Then};
pub(crate) use cue::Frame;
pub use cue::{Cue, CueKind, CueRef, FormKind, Frames};
pub use words::Class;

use super::data::{DataFile, DataProblem};
use super::knowledge::{WordId, Words};
use super::text::Abbreviations;
pub(crate) use cue::FormRef;

/// Cues and word classes, indexed by word.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// The words of all data, numbered: what names, roles and stances are found by as well.
    words: Words,
    cues: Vec<Cue>,
    entries: Vec<Entry>,
    /// By number of a word: one more than the place of its entry, 0 for none.
    places: Vec<u32>,
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
        let cues = &lexicon.cues;
        let says = |form: &FormRef| {
            let verb = cues.get(usize::from(form.cue.0)).is_some_and(|cue| cue.kind == CueKind::Verb);
            verb && form.rest.is_empty() && matches!(form.form, FormKind::Past | FormKind::Third)
        };
        for entry in &mut lexicon.entries {
            entry.forms.sort_by_key(|form| std::cmp::Reverse(form.rest.len()));
            let said = if entry.forms.iter().any(says) { Class::SAYS } else { Class::default() };
            entry.class = entry.class.or(Class::LISTED).or(said);
        }
        lexicon
    }

    /// Gives the words of the data.
    pub(crate) fn words(&self) -> &Words {
        &self.words
    }

    /// Gives the words of the data, for adding those of names, roles and stances.
    pub(crate) fn words_mut(&mut self) -> &mut Words {
        &mut self.words
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
        self.entry_of(self.words.id(word))
    }

    pub(crate) fn entry_of(&self, word: WordId) -> Option<&Entry> {
        let place = self.places.get(word as usize)?.checked_sub(1)?;
        self.entries.get(place as usize)
    }

    /// Gives the entry of a word, new if need be.
    fn entry_mut(&mut self, word: &str) -> &mut Entry {
        let at = self.words.intern(word) as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        let fresh = u32::try_from(self.entries.len() + 1).unwrap_or(u32::MAX);
        let place = &mut self.places[at];
        if *place == 0 {
            *place = fresh;
            self.entries.push(Entry { class: words::by_ending(word), forms: Vec::new() });
        }
        let at = *place as usize - 1;
        &mut self.entries[at]
    }
}
