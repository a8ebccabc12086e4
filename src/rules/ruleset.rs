//! The rules made ready: data files checked and indexed once, used for every text.

use super::data::{DataFile, DataProblem, did_you_mean};
use super::judge::{Judge, Relation};
use super::knowledge::Knowledge;
use super::lexicon::Lexicon;
use super::reading;
use super::resolve::{self, Given, Scene, Who};
use super::shapes;
use super::unread::{self, Leftovers};
use crate::model::{Actor, ActorId, Extraction, Outlet, OutletId, RuleId, Span, Target, Topic};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

/// A text to read, with what is known about it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The plain text that all spans refer to; paragraphs end with a line feed.
    pub text: &'a str,
    /// The day of publication (UTC), for relative dates and for roles; none when it is not known.
    pub published: Option<Date>,
    /// Who publishes; stands in the provenance of people who are found in the text.
    pub outlet: Option<&'a OutletId>,
}

/// A name of actors or topics in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The words of the name, without title or article.
    pub span: Span,
    /// Whom or what it means: one when that is plain, several when the text does not tell them apart; never none.
    pub targets: Vec<Target>,
}

/// Where a rule stands and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// The rule.
    pub id: RuleId,
    /// File relative to the project.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// What it does, in one sentence.
    pub summary: String,
}

/// The rules made ready; cheap to share (`Arc`), never changed.
#[derive(Debug)]
pub struct Ruleset {
    hash: String,
    knowledge: Knowledge,
    lexicon: Lexicon,
    judge: Judge,
    rules: Vec<RuleInfo>,
}

impl Ruleset {
    /// Checks the data files and builds the indexes.
    ///
    /// # Errors
    /// All mistakes of all files, sorted by place.
    pub fn build(files: &[DataFile]) -> Result<Self, Vec<DataProblem>> {
        let mut problems = unknown_files(files);
        let mut lexicon = Lexicon::build(files, &mut problems);
        let knowledge = Knowledge::read(files, lexicon.words_mut(), &mut problems);
        let judge = Judge::read(files, lexicon.words_mut(), &mut problems);
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(problems);
        }
        let rules = all_rules(&judge, &knowledge);
        Ok(Self { hash: hash(files), knowledge, lexicon, judge, rules })
    }

    /// Gives the hash of data and rule version: 16 hexadecimal digits.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Reads a text.
    pub fn extract(&self, document: &Document<'_>) -> Extraction {
        let reading = reading::read(document.text, &self.lexicon);
        let page = reading.page();
        self.judge.statements(Scene::new(self.given(document), page, &reading))
    }

    /// Lists the actors and topics that a text names, in text order and without overlaps, whether anybody speaks or not.
    ///
    /// Counts names only: no pronoun, no role, no adjective such as "Russian", no capital that is just a place. People who are
    /// in no data file are listed with the ids that [`Self::extract`] gives them.
    pub fn mentions(&self, document: &Document<'_>) -> Vec<Mention> {
        let reading = reading::read(document.text, &self.lexicon);
        let page = reading.page();
        let scene = Scene::of_names(self.given(document), page, &reading);
        let actors_of = |list: &[usize]| {
            let known = list.iter().filter_map(|at| scene.actor(*at));
            known.map(|actor| Target::Actor(actor.id.clone())).collect::<Vec<_>>()
        };
        let targets = |mention: &resolve::Mention| match &mention.who {
            _ if scene.is_place(mention) => Vec::new(),
            Who::One(actor) => actors_of(std::slice::from_ref(actor)),
            Who::Several(actors) => actors_of(actors),
            Who::Topic(topic) => self.knowledge.topics.get(*topic).map(|topic| Target::Topic(topic.id.clone())).into_iter().collect(),
            Who::Demonym(_) => Vec::new(),
        };
        let mentions = scene.mentions.iter().map(|mention| Mention { span: mention.span, targets: targets(mention) });
        mentions.filter(|mention| !mention.targets.is_empty()).collect()
    }

    fn given<'a>(&'a self, document: &Document<'a>) -> Given<'a> {
        Given { knowledge: &self.knowledge, lexicon: &self.lexicon, published: document.published, outlet: document.outlet }
    }

    /// Gives what the rules pass over in a text: the work list of who maintains the data.
    pub fn unread(&self, text: &str) -> Leftovers {
        let reading = reading::read(text, &self.lexicon);
        let page = reading.page();
        let unread = unread::unread(&reading, page, (&self.lexicon, &self.knowledge));
        Leftovers { attributions: reading.drafts.len(), unread }
    }

    /// Says which stances the words of a text show between places in it that are known to be somebody's names.
    ///
    /// Names are not looked up; statements are not needed: "Norvania sued Tarkland" shows one.
    pub fn relations(&self, text: &str, places: &[Span]) -> Vec<Relation> {
        let reading = reading::read(text, &self.lexicon);
        let page = reading.page();
        let given = Given { knowledge: &self.knowledge, lexicon: &self.lexicon, published: None, outlet: None };
        self.judge.relations(&Scene::new(given, page, &reading), places)
    }

    /// Tells whether two titles may mean one post: they are the same, words of one role noun, or one covers the other.
    pub fn is_same_post(&self, one: &str, other: &str) -> bool {
        let roles = &self.knowledge.roles;
        one == other || roles.covers(one, other) || roles.covers(other, one)
    }

    /// Tells whether the language data has a word (lower case) as an ordinary one: a function word, a verb of saying, a role noun, a
    /// first name. It alone names nobody and nothing.
    pub fn is_common_word(&self, word: &str) -> bool {
        let is_first_name = || self.knowledge.first_names.gender(self.lexicon.words().id(word)).is_some();
        self.lexicon.entry(word).is_some() || self.knowledge.roles.has_title(word) || is_first_name()
    }

    /// Gives all actors of the data, sorted by id.
    pub fn actors(&self) -> &[Actor] {
        &self.knowledge.actors
    }

    /// Gives an actor of the data.
    pub fn actor(&self, id: &ActorId) -> Option<&Actor> {
        self.knowledge.actor_index(id).and_then(|at| self.knowledge.actors.get(at))
    }

    /// Gives all topics of the data, sorted by id.
    pub fn topics(&self) -> &[Topic] {
        &self.knowledge.topics
    }

    /// Gives all outlets of the data, sorted by id.
    pub fn outlets(&self) -> &[Outlet] {
        &self.knowledge.outlets
    }

    /// Gives all rules: sentence shapes and data rules, sorted by id.
    pub fn rules(&self) -> &[RuleInfo] {
        &self.rules
    }
}

fn all_rules(judge: &Judge, knowledge: &Knowledge) -> Vec<RuleInfo> {
    let roles = knowledge.roles.all().iter().map(|noun| RuleInfo {
        id: RuleId::new(format!("role/{}", noun.id)),
        file: noun.file.clone(),
        line: noun.line,
        summary: "a role noun, and the titles that it may stand for".to_owned(),
    });
    let cards = resolve::cards().map(|card| RuleInfo {
        id: RuleId::from(card.id),
        file: card.file.to_owned(),
        line: card.line,
        summary: card.summary.to_owned(),
    });
    let shapes = shapes::all().into_iter().map(|shape| RuleInfo {
        id: RuleId::from(shape.id),
        file: shape.file.to_owned(),
        line: shape.line,
        summary: shape.summary.to_owned(),
    });
    let mut rules: Vec<RuleInfo> = cards.chain(judge.rules()).chain(shapes).chain(roles).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// Files of a language that the rules cannot do without.
const LANGUAGE_FILES: &[&str] = &[
    "asides.toml",
    "confidence.toml",
    "cues.toml",
    "first-names.toml",
    "frames.toml",
    "lemmas.toml",
    "references.toml",
    "roles.toml",
    "scope.toml",
    "stance.toml",
    "words.toml",
];

fn unknown_files(files: &[DataFile]) -> Vec<DataProblem> {
    let known = |path: &str| match path.split_once('/') {
        None => path == "outlets.toml",
        Some(("actors" | "topics" | "outlets", name)) => !name.contains('/'),
        Some(("lang", rest)) => rest.strip_prefix("en/").is_some_and(|name| LANGUAGE_FILES.contains(&name)),
        Some(_) => false,
    };
    let unknown = files.iter().filter(|file| !known(&file.path));
    unknown
        .map(|file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            let near = did_you_mean(name, LANGUAGE_FILES.iter().copied().chain(["outlets.toml"]));
            let problem = file.problem(0, format!("no rule reads a file named `{}`", file.path));
            problem
                .suggest(near.unwrap_or_else(|| "data files are actors/*.toml, topics/*.toml, outlets.toml and lang/en/*.toml".to_owned()))
        })
        .collect()
}

/// The first 16 hexadecimal digits of SHA-256 over the crate's version and all files, in the order given.
fn hash(files: &[DataFile]) -> String {
    let mut sha = Sha256::new();
    sha.update(env!("CARGO_PKG_VERSION"));
    for file in files {
        sha.update(file.shown_as.len().to_le_bytes());
        sha.update(&file.shown_as);
        sha.update(file.text.len().to_le_bytes());
        sha.update(&file.text);
    }
    sha.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
