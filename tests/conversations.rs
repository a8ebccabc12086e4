//! Runs `tests/conversations/*.txt`: what is typed, and what is answered, on a store filled from `world.toml` beside them.
//!
//! `> text` is typed; the lines below it, up to the next `>`, are the answer as a terminal shows it. A line `…` stands for any
//! lines, `…` inside a line for any characters, `(silence)` for no answer. `# …` is a comment. `= member`, `= moderator` and
//! `= operator` change what the user may do, `= user-2` who types, `= prefix` and `= direct` how the bot is called, from that line on.
//! Each file starts with a fresh store; `= world NAME` in its first line fills it from `NAME.toml` instead. The moment is always the
//! one of `NOW`.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use stancebot::commands::{Address, Context, Incoming, Permission, Settings, run};
use stancebot::model::*;
use stancebot::reply::Reply;
use stancebot::reply::plain::{Layout, render};
use stancebot::rules::Ruleset;
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
pub fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations")
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

fn incoming(text: &str, permission: Permission, address: Address) -> Incoming {
    typed_by("user-1", text, permission, address)
}

fn typed_by(user: &str, text: &str, permission: Permission, address: Address) -> Incoming {
    let channel = ChannelId { platform: "terminal".into(), room: "terminal".into() };
    Incoming {
        channel,
        server: None,
        user: user.into(),
        user_name: if user == "user-1" { "Nell".into() } else { String::new() },
        permission,
        power: None,
        next_page: None,
        address,
        text: text.into(),
    }
}

fn reply(store: &Store, ruleset: &Ruleset, incoming: &Incoming) -> Option<Reply> {
    let settings = Settings { page_size: 3, ..Settings::default() };
    run(&Context { store, ruleset, now: now(), settings: &settings }, incoming)
}

fn shown(reply: Option<&Reply>) -> String {
    reply.map_or_else(|| "(silence)\n".into(), |reply| render(reply, Layout::default()))
}

fn answer(store: &Store, ruleset: &Ruleset, incoming: &Incoming) -> String {
    shown(reply(store, ruleset, incoming).as_ref())
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

/// Tells whether lines fit pattern lines, where a line `…` stands for any lines.
fn lines_fit(pattern: &[&str], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((&"…", rest)) => (0..=lines.len()).any(|skipped| lines_fit(rest, &lines[skipped..])),
        Some((first, rest)) => lines.split_first().is_some_and(|(line, others)| fits(first, line) && lines_fit(rest, others)),
    }
}

fn without_blank_ends<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let start = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !line.is_empty()).map_or(start, |last| last + 1);
    lines[start..end].to_vec()
}

fn converse(path: &Path, ruleset: &Ruleset) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (name, text) = match text.strip_prefix("= world ").and_then(|rest| rest.split_once('\n')) {
        Some((name, rest)) => (name, rest),
        None => ("world", text.as_str()),
    };
    let store = world(name);
    let (mut permission, mut address, mut user) = (Permission::Operator, Address::Prefix, "user-1");
    let mut failures = Vec::new();
    let mut next_page = None;
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("# ")).collect();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        match line.split_at_checked(2) {
            Some(("= ", "member")) => permission = Permission::Member,
            Some(("= ", "moderator")) => permission = Permission::Moderator,
            Some(("= ", "operator")) => permission = Permission::Operator,
            Some(("= ", name)) if name.starts_with("user-") => user = name,
            Some(("= ", "prefix")) => address = Address::Prefix,
            Some(("= ", "direct")) => address = Address::Direct,
            Some(("> ", typed)) => {
                let end =
                    lines[at..].iter().position(|line| line.starts_with("> ") || line.starts_with("= ")).map_or(lines.len(), |n| at + n);
                let expected = without_blank_ends(&lines[at..end]);
                at = end;
                let asked = Incoming { next_page: next_page.clone(), ..typed_by(user, typed, permission, address) };
                let reply = reply(&store, ruleset, &asked);
                if let Some(paging) = reply.as_ref().and_then(|reply| reply.paging.as_ref()) {
                    next_page = paging.next();
                }
                let actual = shown(reply.as_ref());
                let actual_lines = without_blank_ends(&actual.lines().collect::<Vec<_>>());
                if !lines_fit(&expected, &actual_lines) {
                    let expected = expected.join("\n");
                    failures.push(format!("{}\n> {typed}\n{actual}--- expected\n{expected}\n---", path.display()));
                }
            }
            _ if line.is_empty() => {}
            _ => panic!("{}: “{line}” is neither typed nor answered", path.display()),
        }
    }
    failures
}

#[test]
fn conversations_go_as_written() {
    let ruleset = Ruleset::build(&[]).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(here()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    assert!(!files.is_empty());
    let failures: Vec<String> = files.iter().flat_map(|path| converse(path, &ruleset)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn hostile_commands_get_a_short_answer() {
    let store = world("world");
    let ruleset = Ruleset::build(&[]).unwrap();
    let words = [
        "'; DROP TABLE statements; --",
        "NEAR(a b)",
        "a* OR b",
        "content:x",
        "\"",
        "😀😀",
        "@everyone",
        "\0\u{202e}",
        "%_",
        "((",
        "^",
        "{}",
    ];
    let changes = ["wrong", "wrong 1 speaker=", "review", "undo", "topic add", "topic alias", "topic remove", "actor add", "actor alias"];
    let changes = changes.into_iter().chain(["actor merge", "actor forget", "wrong 1 not-a-statement because"]);
    for command in [
        "stance",
        "said",
        "who",
        "compare",
        "timeline",
        "shift",
        "contradictions",
        "conditions",
        "why",
        "source",
        "actor",
        "topics",
        "follow",
        "unfollow",
        "feed add",
        "feed test",
        "help",
    ]
    .into_iter()
    .chain(changes)
    {
        for word in words.iter().map(ToString::to_string).chain([format!("\"{}\"", "x".repeat(500)), "y".repeat(10_000)]) {
            for text in [format!("!{command} {word}"), format!("!{command} quill \"{word}\"")] {
                let answer = answer(&store, &ruleset, &incoming(&text, Permission::Operator, Address::Prefix));
                assert!(!answer.is_empty() && answer.len() < 2_000, "{command}: {} bytes", answer.len());
                assert!(!answer.contains("Something failed"), "{text}: {answer}");
            }
        }
    }
}

#[test]
fn the_readme_lists_the_commands_of_the_registry() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap_or_default();
    let (_, after) = readme.split_once("<!-- commands -->\n").expect("the table's start is marked");
    let (table, _) = after.split_once("<!-- /commands -->").expect("the table's end is marked");
    let wanted = stancebot::commands::readme_table();
    assert!(table.trim() == wanted.trim(), "put this between the marks in README.md:\n{wanted}");
}
