//! Word classes: which words are determiners, prepositions, auxiliaries and so on.
//!
//! Loads `lang/en/words.toml`; a word may be in several classes, and endings (-ly, -ed, -ing) speak for words in no list.

use super::Lexicon;
use crate::rules::data::{DataFile, DataProblem, read_whole};
use serde::Deserialize;

/// A set of word classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class(u32);

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $bit:literal,)+) => {
        impl Class {
            $($(#[$doc])* pub const $name: Class = Class(1 << $bit);)+
        }
    };
}

classes! {
    /// "the", "some"
    DETERMINER = 0,
    /// "his"
    POSSESSIVE = 1,
    /// "he", "everyone"
    SUBJECT = 2,
    /// "he", "they": nothing but a subject
    STRICT_SUBJECT = 3,
    /// "him"
    OBJECT = 4,
    /// "who", "which"
    RELATIVE = 5,
    /// "what", "whether"
    QUESTION = 6,
    /// "in", "of"
    PREPOSITION = 7,
    /// "of", "in" where they tie a phrase to a noun
    NOUN_PREPOSITION = 8,
    /// "and", "but"
    CONJUNCTION = 9,
    /// "because", "while"
    SUBORDINATOR = 10,
    /// "is", "had", "did"
    AUXILIARY = 11,
    /// "is", "was"
    BE = 12,
    /// "has", "had"
    HAVE = 13,
    /// "will", "could"
    MODAL = 14,
    /// "not", "didn't"
    NEGATION = 15,
    /// "also", and words in -ly
    ADVERB = 16,
    /// "Tuesday", "week"
    TIME = 17,
    /// "last", "next"
    TIME_LEAD = 18,
    /// "Mr", "President"
    TITLE = 19,
    /// "went", and words in -ed
    PAST = 20,
    /// "goes"
    THIRD = 21,
    /// "go"
    BASE = 22,
    /// Words in -ing that may be participles
    PARTICIPLE = 23,
    /// "people": plural without s
    PLURAL = 24,
    /// "in", "during": they may start an occasion after a cue
    OCCASION = 25,
    /// "went", "continued": a cue's infinitive after them is still said
    CATENATIVE = 26,
    /// "quoted", "cited": somebody else's words are passed on
    QUOTING = 27,
    /// "statement", "interview": where and how something is said
    OCCASION_NOUN = 28,
    /// "expected", "due": what follows with "to" has not been said yet
    PROSPECTIVE = 29,
    /// "said", "claims": a finite form of a verb that is a cue
    SAYS = 30,
    /// Stands in a list of the language data, whatever it is there.
    LISTED = 31,
}

impl Class {
    /// Tells whether the set shares a class with another.
    pub fn any(self, other: Class) -> bool {
        self.0 & other.0 != 0
    }

    /// Tells whether the set holds all classes of another.
    pub fn all(self, other: Class) -> bool {
        self.0 & other.0 == other.0
    }

    /// Gives both sets as one.
    #[must_use]
    pub const fn or(self, other: Class) -> Class {
        Class(self.0 | other.0)
    }

    /// Gives the set without the classes of another.
    #[must_use]
    pub const fn without(self, other: Class) -> Class {
        Class(self.0 & !other.0)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordLists {
    abbreviations_hard: Vec<String>,
    abbreviations_soft: Vec<String>,
    sentence_starters: Vec<String>,
    determiners: Vec<String>,
    possessives: Vec<String>,
    subject_pronouns: Vec<String>,
    strict_subjects: Vec<String>,
    object_pronouns: Vec<String>,
    relatives: Vec<String>,
    question_words: Vec<String>,
    prepositions: Vec<String>,
    noun_prepositions: Vec<String>,
    conjunctions: Vec<String>,
    subordinators: Vec<String>,
    auxiliaries: Vec<String>,
    be_forms: Vec<String>,
    have_forms: Vec<String>,
    modals: Vec<String>,
    negations: Vec<String>,
    adverbs: Vec<String>,
    not_adverbs: Vec<String>,
    times: Vec<String>,
    time_leads: Vec<String>,
    titles: Vec<String>,
    verbs_past: Vec<String>,
    verbs_third: Vec<String>,
    verbs_base: Vec<String>,
    not_verbs: Vec<String>,
    not_participles: Vec<String>,
    plural_nouns: Vec<String>,
    occasion_prepositions: Vec<String>,
    catenatives: Vec<String>,
    quoting: Vec<String>,
    occasion_nouns: Vec<String>,
    prospectives: Vec<String>,
}

pub(super) fn load(file: &DataFile, lexicon: &mut Lexicon, problems: &mut Vec<DataProblem>) {
    let Some(block) = read_whole::<WordLists>(file, problems) else { return };
    let lists = block.value;
    lexicon.abbreviations.hard.extend(lists.abbreviations_hard);
    lexicon.abbreviations.soft.extend(lists.abbreviations_soft);
    lexicon.abbreviations.starters.extend(lists.sentence_starters);
    let removed = [(lists.not_adverbs, Class::ADVERB), (lists.not_verbs, Class::PAST), (lists.not_participles, Class::PARTICIPLE)];
    for (words, class) in removed {
        for word in words {
            let entry = lexicon.entry_mut(&word);
            entry.class = entry.class.without(class);
        }
    }
    let added = [
        (lists.determiners, Class::DETERMINER),
        (lists.possessives, Class::POSSESSIVE),
        (lists.subject_pronouns, Class::SUBJECT),
        (lists.strict_subjects, Class::STRICT_SUBJECT),
        (lists.object_pronouns, Class::OBJECT),
        (lists.relatives, Class::RELATIVE),
        (lists.question_words, Class::QUESTION),
        (lists.prepositions, Class::PREPOSITION),
        (lists.noun_prepositions, Class::NOUN_PREPOSITION),
        (lists.conjunctions, Class::CONJUNCTION),
        (lists.subordinators, Class::SUBORDINATOR),
        (lists.auxiliaries, Class::AUXILIARY),
        (lists.be_forms, Class::BE),
        (lists.have_forms, Class::HAVE),
        (lists.modals, Class::MODAL),
        (lists.negations, Class::NEGATION),
        (lists.adverbs, Class::ADVERB),
        (lists.times, Class::TIME),
        (lists.time_leads, Class::TIME_LEAD),
        (lists.titles, Class::TITLE),
        (lists.verbs_past, Class::PAST),
        (lists.verbs_third, Class::THIRD),
        (lists.verbs_base, Class::BASE),
        (lists.plural_nouns, Class::PLURAL),
        (lists.occasion_prepositions, Class::OCCASION),
        (lists.catenatives, Class::CATENATIVE),
        (lists.quoting, Class::QUOTING),
        (lists.occasion_nouns, Class::OCCASION_NOUN),
        (lists.prospectives, Class::PROSPECTIVE),
    ];
    for (words, class) in added {
        words.iter().for_each(|word| add(lexicon, word, class));
    }
}

/// Adds a word to a class; words are folded, so that a contracted form is known with either apostrophe.
fn add(lexicon: &mut Lexicon, word: &str, class: Class) {
    let entry = lexicon.entry_mut(word);
    entry.class = entry.class.or(class);
}

/// What a word's ending tells when no list has it; letter case does not count.
pub(super) fn by_ending(word: &str) -> Class {
    // Shorter words in -ly, -ed, -ing are rarely formed by these endings: "fly", "red", "king".
    const STEM_MIN: usize = 3;
    let formed = |ending: &str| {
        let stem = word.len().checked_sub(ending.len()).filter(|stem| *stem >= STEM_MIN);
        let last = stem.and_then(|stem| word.as_bytes().get(stem..));
        last.is_some_and(|last| last.eq_ignore_ascii_case(ending.as_bytes()))
    };
    match () {
        () if formed("ly") => Class::ADVERB,
        () if formed("ed") => Class::PAST,
        () if formed("ing") => Class::PARTICIPLE,
        () => Class::default(),
    }
}
