//! Closed word classes of a language (pronouns, determiners, months …) and its common first names, read from data.
//!
//! Gives membership only; how the words are used is the business of `resolve` and `judge`.

use super::words::{WordId, Words, fold};
use crate::model::Gender;
use crate::rules::data::{DataFile, DataProblem, did_you_mean, read_whole};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

macro_rules! classes {
    ($($(#[$doc:meta])* $name:ident = $key:literal,)+) => {
        /// A closed class of words: one list of `references.toml` or `scope.toml`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Class {
            $($(#[$doc])* $name,)+
        }

        impl Class {
            const ALL: &'static [(Class, &'static str)] = &[$((Class::$name, $key),)+];
        }
    };
}

classes! {
    /// Pronoun of one man.
    He = "he",
    /// Pronoun of one woman.
    She = "she",
    /// Pronoun of a thing or body.
    It = "it",
    /// Pronoun of several.
    They = "they",
    /// Pronoun of who speaks.
    FirstSingular = "first_singular",
    /// Pronoun of who speaks and others.
    FirstPlural = "first_plural",
    /// One man as what a verb takes.
    Him = "him",
    /// Several as what a verb takes.
    Them = "them",
    /// Possessive of one man.
    His = "his",
    /// Possessive of one woman.
    Her = "her",
    /// Possessive of a thing or body.
    Its = "its",
    /// Possessive of several.
    Their = "their",
    /// Says that the thing is known.
    Definite = "definite",
    /// Says that it is not.
    Indefinite = "indefinite",
    /// Starts a relative clause.
    Relative = "relative",
    /// Starts a relative clause about a person.
    PersonRelative = "person_relatives",
    /// Any preposition.
    Preposition = "prepositions",
    /// A preposition after which a place is a place.
    PlacePreposition = "place_prepositions",
    /// Stands between a text and who wrote it.
    AuthoredBy = "authored_by",
    /// Stands between a role and in whom it is held.
    Owner = "owner",
    /// Joins two nouns.
    Conjunction = "conjunctions",
    /// Starts a noun phrase.
    Determiner = "determiners",
    /// Relatives by blood or marriage.
    Kinship = "kinship",
    /// Nouns that only a woman is called.
    Woman = "women",
    /// Nouns that only a man is called.
    Man = "men",
    /// Phrases for two sides at once.
    MixedPair = "mixed_pairs",
    /// Small words inside a person's name.
    NameParticle = "name_particles",
    /// Words after a person's name.
    NameSuffix = "name_suffixes",
    /// Twelve, in order.
    Month = "months",
    /// Twelve, in order.
    MonthShort = "months_short",
    /// Other short forms of September.
    MonthOther = "months_other",
    /// Seven, from Monday.
    Weekday = "weekdays",
    /// The day itself.
    Today = "today",
    /// The day before.
    Yesterday = "yesterday",
    /// After a number of days.
    Ago = "ago",
    /// Before a period.
    Last = "last",
    /// Before a period.
    This = "this",
    /// Before a period.
    Next = "next",
    /// First third of a month.
    Early = "early",
    /// Second third.
    Mid = "mid",
    /// Last third.
    Late = "late",
    /// The unit.
    DayUnit = "day",
    /// The unit.
    WeekUnit = "week",
    /// The unit.
    MonthUnit = "month",
    /// The unit.
    YearUnit = "year",
    /// From one.
    Number = "numbers",
    /// Says that it is a single one: "a week ago".
    One = "one",
    /// Before a year by itself.
    DatePreposition = "date_prepositions",
    /// Before an occasion or a medium of speech.
    VenuePreposition = "venue_prepositions",
    /// Of these prepositions, those before an occasion that is over or to come.
    OccasionOnly = "occasion_prepositions",
    /// An occasion or a medium of speech: an interview, a briefing, a post.
    VenueNoun = "venue_nouns",
    /// Where posts stand.
    Platform = "platforms",
    /// What a proposal is called for short.
    ProposalNoun = "article_nouns",
    /// What an event is called for short.
    EventNoun = "event_nouns",
    /// What a policy is called for short.
    PolicyNoun = "policy_nouns",
    /// What a demand is called for short.
    DemandNoun = "demand_nouns",
    /// What an institution is called for short.
    InstitutionNoun = "institution_nouns",
    /// Before a role that is held no more.
    Former = "former",
    /// Before a role that makes it a lesser one.
    Lesser = "lesser",
    /// Before a role without making it another one.
    PlainModifier = "plain_modifiers",
    /// What a body, place or thing is said to be, never a person.
    ThingNoun = "thing_nouns",
    /// Starts the name of a place.
    PlaceLead = "place_leads",
    /// Starts another clause.
    ClauseStart = "clause_starts",
}

/// Several classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassSet(u64);

impl ClassSet {
    /// Joins classes into a set.
    pub const fn of(classes: &[Class]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < classes.len() {
            bits |= 1 << (classes[at] as u64);
            at += 1;
        }
        Self(bits)
    }

    /// Tells whether a class is one of them.
    #[inline]
    pub const fn has(self, class: Class) -> bool {
        self.0 & (1 << (class as u64)) != 0
    }
}

/// The word classes of a language.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    positions: BTreeMap<(Class, WordId), usize>,
    bits: Vec<u64>,
    /// By word: the classes in whose lists it is the first.
    firsts: Vec<u64>,
    phrases: BTreeMap<Class, Vec<String>>,
}

impl Classes {
    /// Reads `references.toml`: every class must be there, no other may.
    pub fn read(file: &DataFile, words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut classes = Self::default();
        let lists: Option<_> = read_whole::<BTreeMap<Spanned<String>, Vec<String>>>(file, problems);
        let Some(lists) = lists else { return classes };
        for (key, list) in &lists.value {
            match Class::ALL.iter().find(|(_, name)| name == key.get_ref()) {
                Some((class, _)) => classes.add(*class, list, words),
                None => {
                    let problem = lists.problem(key.span(), format!("`{}` is no word class", key.get_ref()));
                    let suggestion = did_you_mean(key.get_ref(), Class::ALL.iter().map(|(_, name)| *name));
                    problems.push(problem.suggest(suggestion.unwrap_or_else(|| "remove it".to_owned())));
                }
            }
        }
        for (class, name) in Class::ALL {
            if !classes.phrases.contains_key(class) {
                problems.push(file.problem(0, format!("the word class `{name}` is missing")));
            }
        }
        classes
    }

    fn add(&mut self, class: Class, list: &[String], words: &mut Words) {
        for (position, entry) in list.iter().enumerate() {
            if entry.contains(' ') {
                continue;
            }
            let id = words.intern(entry);
            self.positions.entry((class, id)).or_insert(position);
            mark(&mut self.bits, (class, id));
            if position == 0 {
                mark(&mut self.firsts, (class, id));
            }
        }
        self.phrases.insert(class, list.iter().map(|entry| fold(entry).into_owned()).collect());
    }

    /// Tells whether a word belongs to a class.
    #[inline]
    pub fn has(&self, class: Class, word: WordId) -> bool {
        self.bits.get(word as usize).is_some_and(|bits| bits & (1 << (class as u64)) != 0)
    }

    /// Tells whether a word belongs to one of several classes at least.
    #[inline]
    pub fn has_any(&self, classes: ClassSet, word: WordId) -> bool {
        self.bits.get(word as usize).is_some_and(|bits| bits & classes.0 != 0)
    }

    /// Gives all classes of a word.
    #[inline]
    pub fn of(&self, word: WordId) -> ClassSet {
        ClassSet(self.bits.get(word as usize).copied().unwrap_or(0))
    }

    /// Tells whether a word is the first in the list of a class.
    #[inline]
    pub fn is_first(&self, class: Class, word: WordId) -> bool {
        self.firsts.get(word as usize).is_some_and(|bits| bits & (1 << (class as u64)) != 0)
    }

    /// Gives a word's place in the list of a class, from 0.
    pub fn position(&self, class: Class, word: WordId) -> Option<usize> {
        // Few words have one: the bits are asked first.
        if self.has(class, word) { self.positions.get(&(class, word)).copied() } else { None }
    }

    /// Tells whether a phrase (folded, single spaces) is listed in a class.
    pub fn has_phrase(&self, class: Class, phrase: &str) -> bool {
        self.phrases.get(&class).is_some_and(|list| list.iter().any(|entry| entry == phrase))
    }
}

/// Adds a class to those of a word.
fn mark(bits: &mut Vec<u64>, (class, word): (Class, WordId)) {
    let at = word as usize;
    if bits.len() <= at {
        bits.resize(at + 1, 0);
    }
    if let Some(bits) = bits.get_mut(at) {
        *bits |= 1 << (class as u64);
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFirstNames {
    either: Vec<String>,
    feminine: Vec<String>,
    masculine: Vec<String>,
}

/// Common first names, with the gender they tell.
#[derive(Clone, Debug, Default)]
pub struct FirstNames {
    /// By word: nothing for what is no first name.
    genders: Vec<Option<Option<Gender>>>,
}

impl FirstNames {
    /// Reads `first-names.toml`.
    pub fn read(file: &DataFile, words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut genders = Vec::new();
        if let Some(raw) = read_whole::<RawFirstNames>(file, problems) {
            let lists =
                [(raw.value.feminine, Some(Gender::Feminine)), (raw.value.masculine, Some(Gender::Masculine)), (raw.value.either, None)];
            for (list, gender) in lists {
                for name in list {
                    let at = words.intern(&name) as usize;
                    if genders.len() <= at {
                        genders.resize(at + 1, None);
                    }
                    genders[at] = Some(gender);
                }
            }
        }
        Self { genders }
    }

    /// Gives the gender that a first name tells; none when the word is no first name, `Some(None)` when it tells none.
    pub fn gender(&self, word: WordId) -> Option<Option<Gender>> {
        self.genders.get(word as usize).copied().flatten()
    }
}
