//! Who is meant: mentions of actors and topics in a text, and the speaker of every attribution.
//!
//! Never guesses: where two actors fit and the text does not tell them apart, the speaker stays unknown and the candidates
//! are kept. Stands between the sentence shapes (which give spans) and `judge` (which gives act, modality and stance).

mod apposed;
mod body;
mod cast;
mod dates;
mod ground;
mod mentions;
mod people;
mod phrase;
mod pronoun;
mod role;
mod salience;
mod setting;

pub(crate) use cast::Cast;
pub(crate) use dates::{said_on, told_on};
pub(crate) use mentions::{Mention, Who};

pub(crate) use pronoun::{free, may_be_pronoun, mentioned, owner_of, taken};
pub(crate) use role::{form_ending_at, holder_of as role_holder};
pub(crate) use setting::{addressee, venue};

use super::knowledge::{Class, Knowledge, Numbered, RoleForm, Spots};
use super::lexicon::{self, Lexicon};
use super::reading::{Draft, Reading};
use crate::model::{Actor, Gender, OutletId, RuleId, Span};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Index of an actor: first those of the data, then those found in the text.
pub(crate) type ActorIndex = usize;

/// What is known before a text is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub knowledge: &'a Knowledge,
    pub lexicon: &'a Lexicon,
    pub published: Option<Date>,
    pub outlet: Option<&'a OutletId>,
}

/// A text with everybody in it.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub given: Given<'a>,
    pub page: Numbered<'a>,
    pub reading: &'a Reading<'a>,
    /// Where role nouns stand in the text.
    pub roles: Spots<'a, RoleForm>,
    /// Where they stand behind commas.
    pub apposed: apposed::Apposed<'a>,
    pub cast: Cast,
    /// In text order, without overlaps.
    pub mentions: Vec<Mention>,
    /// Actors that are named anywhere in the text.
    pub named: BTreeSet<ActorIndex>,
    /// What the weighing of pronouns knows of the text.
    pub ground: ground::Ground,
    /// Words with a capital that stand without another beside them; found when they are first asked for.
    lone: Option<BTreeSet<&'a str>>,
    /// The sources of all drafts, in text order.
    pub sources: Vec<Span>,
    /// Who speaks in each draft, once resolved.
    pub speakers: Vec<Option<Resolved>>,
}

/// The answer to "who speaks here?".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub actor: Option<ActorIndex>,
    /// Others who could be meant; the most likely first.
    pub candidates: Vec<ActorIndex>,
    pub rule: &'static str,
    /// In words that a reader understands.
    pub note: String,
    /// In percent.
    pub certainty: u8,
    /// The role noun that took part, as an index.
    pub role: Option<usize>,
}

impl Resolved {
    fn actor(actor: ActorIndex, rule: &'static str, note: String) -> Self {
        Self { actor: Some(actor), candidates: Vec::new(), rule, note, certainty: 95, role: None }
    }

    fn sure(self, certainty: u8) -> Self {
        Self { certainty, ..self }
    }

    fn open(candidates: Vec<ActorIndex>, rule: &'static str, note: String) -> Self {
        Self { actor: None, candidates, rule, note, certainty: 40, role: None }
    }
}

/// A rule of this room: id, place and what it does, for the list of rules.
pub(crate) struct RuleCard {
    pub id: &'static str,
    pub file: &'static str,
    pub line: u32,
    pub summary: &'static str,
}

macro_rules! card {
    ($id:literal, $summary:literal) => {
        crate::rules::resolve::RuleCard { id: $id, file: file!(), line: line!(), summary: $summary }
    };
}
pub(crate) use card;

/// Gives all rules of this room.
pub(crate) fn cards() -> impl Iterator<Item = &'static RuleCard> {
    [body::CARDS, phrase::CARDS, role::CARDS, pronoun::CARDS, dates::CARDS, setting::CARDS, people::CARDS].into_iter().flatten()
}

/// Gives the place of a rule of this room; an empty place when the id is not listed (a test holds that none is).
pub(crate) fn card_of(id: &str) -> (RuleId, String, u32) {
    let card = cards().find(|card| card.id == id);
    (RuleId::from(id), card.map_or_else(String::new, |card| card.file.to_owned()), card.map_or(0, |card| card.line))
}

fn sources(reading: &Reading<'_>) -> Vec<Span> {
    let mut sources: Vec<Span> = reading.drafts.iter().filter_map(|draft| draft.attribution.source).collect();
    sources.sort_unstable_by_key(|span| (span.start, span.end));
    sources.dedup();
    sources
}

impl<'a> Scene<'a> {
    /// Finds everybody in a text and says who speaks in each attribution.
    pub fn new(given: Given<'a>, page: Numbered<'a>, reading: &'a Reading<'a>) -> Self {
        let mut scene = Self::empty(given, page, reading);
        scene.find_names();
        ground::survey(&mut scene);
        if !reading.drafts.is_empty() {
            scene.resolve_all();
            scene.open_own_pronouns();
        }
        scene
    }

    /// Finds everybody who is named in a text, and does not ask who speaks.
    pub fn of_names(given: Given<'a>, page: Numbered<'a>, reading: &'a Reading<'a>) -> Self {
        let mut scene = Self::empty(given, page, reading);
        scene.find_names();
        scene
    }

    fn empty(given: Given<'a>, page: Numbered<'a>, reading: &'a Reading<'a>) -> Self {
        let roles = given.knowledge.roles.forms.spots(&page, role::ROLE_TOKENS_MAX);
        Self {
            given,
            page,
            reading,
            apposed: apposed::Apposed::new(&page, &roles),
            roles,
            cast: Cast::new(given.knowledge.actors.len(), given.outlet),
            mentions: Vec::new(),
            named: BTreeSet::new(),
            ground: ground::Ground::default(),
            lone: None,
            sources: sources(reading),
            speakers: vec![None; reading.drafts.len()],
        }
    }

    fn find_names(&mut self) {
        mentions::find(self);
        self.named = self.mentions.iter().filter_map(Mention::actor).collect();
    }

    /// Tells whether a word with a capital stands somewhere without another beside it, as surnames do.
    pub fn stands_alone(&mut self, word: &str) -> bool {
        let page = self.page;
        let lone = |at: &usize| page.is_capital(*at) && (*at == 0 || !page.is_capital(*at - 1)) && !page.is_capital(*at + 1);
        self.lone.get_or_insert_with(|| (0..page.tokens.len()).filter(lone).map(|at| page.word(at)).collect()).contains(word)
    }

    /// Speakers are resolved in the order in which their words stand in the text, since each tells about the next.
    fn resolve_all(&mut self) {
        let mut order: Vec<usize> = (0..self.reading.drafts.len()).collect();
        order.sort_by_key(|at| self.draft(*at).and_then(|draft| draft.attribution.source).map_or(u32::MAX, |span| span.start));
        let later = |scene: &Self, at: &usize| {
            scene.source_class(*at).is_some_and(|class| matches!(class, Class::FirstSingular | Class::FirstPlural))
        };
        let (after, first): (Vec<usize>, Vec<usize>) = order.iter().partition(|at| later(self, at));
        let mut told = 0;
        for at in first.into_iter().chain(after) {
            let source = self.draft(at).and_then(|draft| draft.attribution.source).map(|span| self.page.tokens_in(span).start);
            if let Some(source) = source.filter(|source| *source >= told) {
                self.link_pronouns(told..source);
                told = source + 1;
            }
            let resolved = phrase::resolve_draft(self, at);
            if let Some((token, actor)) = source.zip(resolved.actor) {
                self.link(token, actor);
            }
            if let Some(slot) = self.speakers.get_mut(at) {
                *slot = Some(resolved);
            }
        }
    }

    /// "She left. She was late": whoever is meant between two sources is near for the next.
    fn link_pronouns(&mut self, tokens: std::ops::Range<usize>) {
        for token in self.ground.free_in(tokens) {
            if let Some(actor) = pronoun::free(self, token) {
                self.link(token, actor);
            }
        }
    }

    /// Remembers whom a token means; a pronoun tells whether somebody found in the text is a man or a woman.
    fn link(&mut self, token: usize, actor: ActorIndex) {
        self.ground.link(token, actor);
        let told = [(Class::He, Gender::Masculine), (Class::She, Gender::Feminine)];
        if let Some((_, gender)) = told.into_iter().find(|(class, _)| self.has(*class, token)) {
            people::learn_gender(self, actor, gender);
        }
    }

    /// "“She told the house,” Olander said": whoever speaks of herself says "I", so the pronoun is somebody else.
    fn open_own_pronouns(&mut self) {
        for at in 0..self.reading.drafts.len() {
            let Some(parent) = self.draft(at).and_then(|draft| draft.attribution.parent) else { continue };
            let by_pronoun = matches!(self.source_class(at), Some(Class::He | Class::She));
            let source = self.draft(at).and_then(|draft| draft.attribution.source).unwrap_or_default();
            let is_own = self.speaker(at).is_some() && self.speaker(at) == self.speaker(parent);
            if is_own && by_pronoun && self.ground.is_quoted(self.page.tokens_in(source).start) {
                let note = format!("\u{201c}{}\u{201d} inside somebody's own words is somebody else", source.of(self.page.text));
                if let Some(slot) = self.speakers.get_mut(at) {
                    *slot = Some(Resolved::open(Vec::new(), "resolve/pronoun", note));
                }
            }
        }
    }

    /// Gives who speaks in a draft; none before that is resolved, and where it stays open.
    pub fn speaker(&self, draft: usize) -> Option<ActorIndex> {
        self.speakers.get(draft)?.as_ref()?.actor
    }

    fn source_class(&self, at: usize) -> Option<Class> {
        let source = self.draft(at)?.attribution.source?;
        let tokens = self.page.tokens_in(source);
        match tokens.len() {
            1 => pronoun::class_of(self, tokens.start),
            _ => None,
        }
    }

    /// Tells whether a token stands in a paragraph that is no part of the prose.
    pub fn is_aside(&self, token: usize) -> bool {
        let asides = &self.reading.asides;
        asides.get(asides.partition_point(|aside| aside.end <= token)).is_some_and(|aside| aside.start <= token)
    }

    pub fn draft(&self, at: usize) -> Option<&'a Draft> {
        self.reading.drafts.get(at)
    }

    /// Gives the word classes of a token as the language data lists them, those of its ending included.
    pub fn listed(&self, token: usize) -> lexicon::Class {
        self.reading.classes.get(token).copied().unwrap_or_default()
    }

    pub fn has(&self, class: Class, token: usize) -> bool {
        self.given.knowledge.classes.has(class, self.page.id(token))
    }

    /// Gives an actor of the data or of the text.
    pub fn actor(&self, at: ActorIndex) -> Option<&Actor> {
        match self.given.knowledge.actors.get(at) {
            Some(actor) => Some(actor),
            None => self.cast.get(at),
        }
    }

    /// Gives the name to show of an actor.
    pub fn name(&self, at: ActorIndex) -> &str {
        self.actor(at).map_or("", |actor| actor.name.as_str())
    }

    pub fn names(&self, list: &[ActorIndex]) -> String {
        list.iter().map(|at| self.name(*at)).collect::<Vec<_>>().join(", ")
    }

    pub fn gender(&self, at: ActorIndex) -> Option<Gender> {
        self.actor(at).and_then(|actor| actor.gender)
    }

    /// Gives the day for dated names and roles.
    pub fn day(&self) -> Option<Date> {
        self.given.published
    }

    /// Tells whether a source of some draft holds a span.
    pub fn is_in_source(&self, span: Span) -> bool {
        // Sources inside one another are few: those that start shortly before decide.
        const NEAR: usize = 8;
        let before = self.sources.partition_point(|source| source.start <= span.start);
        self.sources.iter().take(before).rev().take(NEAR).any(|source| source.contains(span))
    }

    /// Tells whether a token stands between quotation marks.
    pub fn is_quoted(&self, token: usize) -> bool {
        self.ground.is_quoted(token)
    }

    /// Gives the mentions whose first token lies in a range, in text order.
    pub fn mentions_in(&self, tokens: std::ops::Range<usize>) -> &[Mention] {
        let start = self.mentions.partition_point(|mention| mention.tokens.start < tokens.start);
        let end = self.mentions.partition_point(|mention| mention.tokens.start < tokens.end);
        self.mentions.get(start..end.max(start)).unwrap_or(&[])
    }

    /// Tells whether a name that may stand for an actor is just a place where it stands: "in Moscow".
    pub fn is_place(&self, mention: &Mention) -> bool {
        let start = mention.tokens.start;
        let before = start - usize::from(start > 0 && self.has(Class::Determiner, start - 1));
        mention.metonym && before > 0 && self.has(Class::PlacePreposition, before - 1)
    }

    /// Gives the mentions that end at or before a token.
    pub fn mentions_before(&self, token: usize) -> &[Mention] {
        let end = self.mentions.partition_point(|mention| mention.tokens.end <= token);
        self.mentions.get(..end).unwrap_or(&[])
    }

    /// Gives the mention whose last token stands right before another.
    pub fn mention_ending_at(&self, token: usize) -> Option<&Mention> {
        self.mentions_before(token).last().filter(|mention| mention.tokens.end == token)
    }

    /// Gives the drafts whose words start near a byte, in text order: what is further away does not tell who speaks there.
    pub fn drafts_near(&self, byte: u32) -> std::ops::Range<usize> {
        // A long paragraph of quotations has some twenty.
        const DRAFTS_NEAR: usize = 64;
        let start = |draft: &Draft| draft.attribution.content.first().map_or(0, |span| span.start);
        let here = self.reading.drafts.partition_point(|draft| start(draft) <= byte);
        here.saturating_sub(DRAFTS_NEAR)..(here + DRAFTS_NEAR).min(self.reading.drafts.len())
    }

    pub fn sentence_of(&self, span: Span) -> usize {
        self.reading.sentence_at(span.start).unwrap_or(0)
    }

    pub fn paragraph_of(&self, span: Span) -> usize {
        self.reading.sentences.get(self.sentence_of(span)).map_or(0, |sentence| sentence.paragraph)
    }
}
