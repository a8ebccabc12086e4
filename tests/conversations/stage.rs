//! The files of the conversations: their worlds (`*.toml`), and what is typed and answered (`*.txt`).
//!
//! `> text` is typed; the lines below it, up to the next `>`, are the answer as a terminal shows it. A line `…` stands for any
//! lines, `…` inside a line for any characters, `(silence)` for no answer. `# …` is a comment. `= member`, `= moderator` and
//! `= operator` change what the user may do, `= user-2` who types, `= prefix` and `= direct` how the bot is called, from that line on.
//! Each conversation starts with a fresh store, filled from `world.toml`; `= world NAME` in its first line fills it from `NAME.toml`
//! instead. The moment is always the one of `NOW`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use stancebot::commands::{Address, Permission};
use stancebot::model::*;
use stancebot::store::{Batch, BatchKind, FeedSpec, Ingest, Knowledge, Store};
use std::path::{Path, PathBuf};

const NOW: &str = "2025-12-10T12:00:00Z";

#[derive(Deserialize)]
struct World {
    outlet: Vec<Outlet>,
    actor: Vec<WorldActor>,
    topic: Vec<WorldTopic>,
    article: Vec<WorldArticle>,
    feed: Vec<WorldFeed>,
}

#[derive(Deserialize)]
struct WorldActor {
    id: ActorId,
    kind: ActorKind,
    name: String,
    #[serde(default)]
    names: Vec<String>,
    #[serde(default)]
    roles: Vec<Role>,
    #[serde(default)]
    part_of: Vec<ActorId>,
}

#[derive(Deserialize)]
struct WorldTopic {
    id: TopicId,
    kind: TopicKind,
    name: String,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Deserialize)]
struct WorldFeed {
    url: String,
    outlet: OutletId,
}

#[derive(Deserialize)]
struct WorldArticle {
    outlet: OutletId,
    url: String,
    title: String,
    published: Timestamp,
    text: String,
    statement: Vec<WorldStatement>,
}

#[derive(Deserialize)]
struct WorldStatement {
    #[serde(default)]
    form: Form,
    speaker: Option<ActorId>,
    #[serde(default)]
    candidates: Vec<ActorId>,
    source: String,
    cue: String,
    #[serde(default)]
    cue_nth: usize,
    content: Vec<String>,
    quote: QuoteKind,
    act: Act,
    modality: Option<Modality>,
    said_on: Option<Date>,
    said_words: Option<String>,
    venue: Option<String>,
    #[serde(default)]
    reported_by: Vec<ActorId>,
    #[serde(default)]
    stances: Vec<WorldStance>,
    #[serde(default)]
    rejected: Vec<Rejected>,
    same_as: Option<i64>,
}

#[derive(Deserialize)]
struct WorldStance {
    holder: ActorId,
    target: String,
    stance: Stance,
    own: bool,
    evidence: String,
    condition: Option<String>,
}

/// The directory of the conversations.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations")
}

/// The files of all conversations.
pub fn conversations() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(here()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(!files.is_empty());
    files
}

/// The moment of all of them.
pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn span(text: &str, words: &str, nth: usize) -> Span {
    let (at, _) = text.match_indices(words).nth(nth).unwrap_or_else(|| panic!("“{words}” is not in the article"));
    Span::new(at, at + words.len())
}

impl World {
    fn target(&self, id: &str) -> Target {
        match self.topic.iter().find(|topic| topic.id.as_str() == id) {
            Some(topic) => Target::Topic(topic.id.clone()),
            None => Target::Actor(ActorId::new(id)),
        }
    }

    fn statement(&self, text: &str, given: &WorldStatement) -> Statement {
        let content: Vec<Span> = given.content.iter().map(|words| span(text, words, 0)).collect();
        let source = span(text, &given.source, 0);
        let cue = span(text, &given.cue, given.cue_nth);
        let rule = RuleId::from("shape/said");
        let whole = content.iter().fold(source.cover(cue), |whole, span| whole.cover(*span));
        Statement {
            form: given.form,
            attribution: Attribution {
                source: Some(source),
                cue: Some(cue),
                content,
                quote: given.quote,
                parent: None,
                rule: rule.clone(),
            },
            speaker: given.speaker.clone().map_or_else(|| Speaker::Unknown(given.candidates.clone()), Speaker::Actor),
            context: whole,
            reported_by: given.reported_by.iter().map(link).collect(),
            distance: Distance::Neutral,
            act: given.act,
            modality: given.modality.unwrap_or(Modality::Asserted),
            said_on: given.said_on.map(|date| SaidOn {
                date,
                precision: DatePrecision::Day,
                span: span(text, given.said_words.as_deref().unwrap(), 0),
            }),
            addressee: None,
            venue: given.venue.as_deref().map(|words| span(text, words, 0)),
            stances: given.stances.iter().map(|taken| self.stance(text, taken)).collect(),
            confidence: 80,
            firings: vec![Firing {
                rule,
                file: "src/rules/shapes/said.rs".into(),
                line: 40,
                note: "source, cue and content in this order".into(),
            }],
            rejected: given.rejected.clone(),
        }
    }

    fn stance(&self, text: &str, given: &WorldStance) -> StanceTaken {
        StanceTaken {
            holder: given.holder.clone(),
            target: self.target(&given.target),
            stance: given.stance,
            own: given.own,
            evidence: span(text, &given.evidence, 0),
            condition: given.condition.as_deref().map(|words| span(text, words, 0)),
            rules: vec![RuleId::from("stance/words")],
        }
    }

    fn fill(&self, store: &Store) {
        let actors: Vec<Actor> = self.actor.iter().map(actor).collect();
        let topics: Vec<Topic> = self.topic.iter().map(topic).collect();
        store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &self.outlet }, now()).unwrap();
        let feeds: Vec<FeedSpec> = self.feed.iter().map(feed).collect();
        store.sync_feeds(&feeds, "2025-12-10T11:00:00Z".parse().unwrap()).unwrap();
        for (number, given) in self.article.iter().enumerate() {
            let article = NewArticle {
                feed: None,
                outlet: given.outlet.clone(),
                url: given.url.clone(),
                title: given.title.clone(),
                text: given.text.clone(),
                text_origin: TextOrigin::Feed,
                published: Some(given.published),
                updated: None,
                first_seen: given.published,
                sha256: format!("{number:064}"),
            };
            let statements = given.statement.iter().map(|statement| self.statement(&given.text, statement)).collect();
            let same_as: Vec<_> = given.statement.iter().map(|statement| statement.same_as.map(StatementId)).collect();
            let ingest = Ingest {
                article: &article,
                entry: None,
                extraction: &Extraction { statements, ..Extraction::default() },
                ruleset_hash: "0123456789abcdef",
                same_as: &same_as,
                now: given.published,
                batch: Batch { id: "world", kind: BatchKind::Silent, alerts_max: 1 },
            };
            store.ingest(&ingest, &|_, _| Vec::new()).unwrap();
        }
    }
}

fn link(id: &ActorId) -> ChainLink {
    ChainLink { actor: Some(id.clone()), mention: id.to_string(), distance: Distance::Neutral }
}

fn actor(given: &WorldActor) -> Actor {
    let name = |text: &String| ActorName { text: text.clone(), since: None, until: None, metonym: false };
    Actor {
        id: given.id.clone(),
        kind: given.kind,
        name: given.name.clone(),
        names: std::iter::once(&given.name).chain(&given.names).map(name).collect(),
        gender: None,
        roles: given.roles.clone(),
        part_of: given.part_of.clone(),
        demonyms: Vec::new(),
        origin: ActorOrigin::Data,
        source: "invented".into(),
    }
}

fn topic(given: &WorldTopic) -> Topic {
    let names = std::iter::once(&given.name).chain(&given.names).cloned().collect();
    Topic {
        id: given.id.clone(),
        kind: given.kind,
        name: given.name.clone(),
        names,
        part_of: None,
        counts_for_whole: false,
        source: "invented".into(),
    }
}

fn feed(given: &WorldFeed) -> FeedSpec {
    FeedSpec { url: given.url.clone(), outlet: given.outlet.clone(), text: FeedTextSource::Feed, interval_secs: 900 }
}

/// A fresh store with a world in it.
pub fn world(name: &str) -> Store {
    let text = std::fs::read_to_string(here().join(format!("{name}.toml"))).unwrap();
    let world: World = toml::from_str(&text).unwrap();
    let store = Store::open_in_memory().unwrap();
    world.fill(&store);
    store
}

/// A conversation: what is said about which world.
pub struct Conversation {
    pub world: String,
    pub steps: Vec<Step>,
}

/// One line typed, and what is expected.
pub struct Step {
    pub user: String,
    pub permission: Permission,
    pub address: Address,
    pub typed: String,
    pub expected: String,
}

/// Reads a conversation.
pub fn conversation(path: &Path) -> Conversation {
    let text = std::fs::read_to_string(path).unwrap();
    let (world, text) = match text.strip_prefix("= world ").and_then(|rest| rest.split_once('\n')) {
        Some((name, rest)) => (name, rest),
        None => ("world", text.as_str()),
    };
    let (mut permission, mut address, mut user) = (Permission::Operator, Address::Prefix, "user-1");
    let mut steps: Vec<Step> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        match line.split_at_checked(2) {
            Some(("= ", "member")) => permission = Permission::Member,
            Some(("= ", "moderator")) => permission = Permission::Moderator,
            Some(("= ", "operator")) => permission = Permission::Operator,
            Some(("= ", name)) if name.starts_with("user-") => user = name,
            Some(("= ", "prefix")) => address = Address::Prefix,
            Some(("= ", "direct")) => address = Address::Direct,
            Some(("= ", other)) => panic!("{}: “{other}” changes nothing", path.display()),
            Some(("> ", typed)) => {
                steps.push(Step { user: user.to_owned(), permission, address, typed: typed.to_owned(), expected: String::new() });
            }
            _ => match steps.last_mut() {
                Some(step) => {
                    step.expected.push_str(line);
                    step.expected.push('\n');
                }
                None => assert!(line.is_empty(), "{}: “{line}” is neither typed nor answered", path.display()),
            },
        }
    }
    Conversation { world: world.to_owned(), steps }
}

/// Tells whether a text fits a pattern in which `…` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}
