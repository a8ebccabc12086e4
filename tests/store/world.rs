//! The invented world of `tests/store/world.toml`, put into a store for the tests of store and query.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use stancebot::model::{
    Act, Actor, ActorId, ActorKind, ActorName, ActorOrigin, Attribution, ChainLink, ChannelId, DatePrecision, Distance, Extraction, Form,
    Modality, NewArticle, Outlet, OutletId, QuoteKind, Role, SaidOn, Span, Speaker, Stance, StanceTaken, Statement, StatementId, Target,
    TextOrigin, Topic, TopicId, TopicKind,
};
use stancebot::store::{Batch, BatchKind, EntryKey, Ingest, Ingested, Knowledge, NewAlert, Store};
use std::collections::BTreeMap;

/// A moment after everything in the world.
pub fn now() -> Timestamp {
    "2025-12-06T12:00:00Z".parse().unwrap()
}

/// A channel for alerts.
pub fn channel() -> ChannelId {
    ChannelId { platform: "terminal".to_owned(), room: "main".to_owned() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct World {
    #[serde(rename = "actor")]
    actors: Vec<ActorBlock>,
    #[serde(rename = "topic")]
    topics: Vec<TopicBlock>,
    #[serde(rename = "outlet")]
    outlets: Vec<OutletBlock>,
    #[serde(rename = "article")]
    pub articles: Vec<ArticleBlock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActorBlock {
    id: String,
    kind: ActorKind,
    name: String,
    names: Vec<String>,
    #[serde(default)]
    metonyms: Vec<String>,
    #[serde(default)]
    roles: Vec<RoleBlock>,
    #[serde(default)]
    part_of: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleBlock {
    title: String,
    of: String,
    since: Option<Date>,
    until: Option<Date>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicBlock {
    id: String,
    kind: TopicKind,
    name: String,
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutletBlock {
    id: String,
    name: String,
    hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArticleBlock {
    pub key: String,
    outlet: String,
    published: Timestamp,
    url: String,
    title: String,
    text: String,
    statements: Vec<StatementBlock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementBlock {
    speaker: String,
    content: Vec<String>,
    quote: QuoteKind,
    said_on: Option<Date>,
    #[serde(default)]
    reported_by: Vec<String>,
    repeats: Option<Repeats>,
    stances: Vec<StanceBlock>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeats {
    article: String,
    statement: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StanceBlock {
    holder: String,
    target: String,
    stance: Stance,
    #[serde(default = "yes")]
    own: bool,
}

fn yes() -> bool {
    true
}

/// Reads `actor:id` or `topic:id`.
pub fn target(text: &str) -> Target {
    match text.split_once(':') {
        Some(("actor", id)) => Target::Actor(ActorId::from(id)),
        Some(("topic", id)) => Target::Topic(TopicId::from(id)),
        _ => panic!("{text} is neither actor:… nor topic:…"),
    }
}

impl World {
    pub fn load() -> Self {
        toml::from_str(include_str!("world.toml")).unwrap()
    }

    pub fn actors(&self) -> Vec<Actor> {
        self.actors.iter().map(actor).collect()
    }

    pub fn topics(&self) -> Vec<Topic> {
        let topic = |block: &TopicBlock| Topic {
            id: TopicId::from(block.id.as_str()),
            kind: block.kind,
            name: block.name.clone(),
            names: block.names.clone(),
            part_of: None,
            counts_for_whole: false,
            source: "invented".to_owned(),
        };
        self.topics.iter().map(topic).collect()
    }

    pub fn outlets(&self) -> Vec<Outlet> {
        let outlet =
            |block: &OutletBlock| Outlet { id: OutletId::from(block.id.as_str()), name: block.name.clone(), hosts: block.hosts.clone() };
        self.outlets.iter().map(outlet).collect()
    }

    /// Stores what is known.
    pub fn teach(&self, store: &Store) {
        let (actors, topics, outlets) = (self.actors(), self.topics(), self.outlets());
        store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, now()).unwrap();
    }

    /// Stores everything; gives the ids by article key.
    pub fn fill(&self, store: &Store) -> BTreeMap<String, Vec<StatementId>> {
        self.teach(store);
        let mut ids = BTreeMap::new();
        for block in &self.articles {
            let written = self.ingest(store, block, &ids);
            ids.insert(block.key.clone(), written.statements);
        }
        ids
    }

    pub fn block(&self, key: &str) -> &ArticleBlock {
        self.articles.iter().find(|block| block.key == key).unwrap()
    }

    fn ingest(&self, store: &Store, block: &ArticleBlock, ids: &BTreeMap<String, Vec<StatementId>>) -> Ingested {
        let same_as: Vec<_> = block
            .statements
            .iter()
            .map(|statement| statement.repeats.as_ref().map(|repeats| ids[&repeats.article][repeats.statement]))
            .collect();
        let ready = block.ready();
        let batch = Batch { id: "test", kind: BatchKind::Silent, alerts_max: 0 };
        store.ingest(&ready.ingest(batch, &same_as), &|_, _| Vec::new()).unwrap()
    }
}

/// An article ready to be written.
pub struct Ready {
    pub article: NewArticle,
    pub extraction: Extraction,
    pub key: EntryKey,
}

impl Ready {
    pub fn ingest<'a>(&'a self, batch: Batch<'a>, same_as: &'a [Option<StatementId>]) -> Ingest<'a> {
        Ingest {
            article: &self.article,
            entry: Some(&self.key),
            extraction: &self.extraction,
            ruleset_hash: "0123456789abcdef",
            same_as,
            now: now(),
            batch,
        }
    }
}

impl ArticleBlock {
    pub fn ready(&self) -> Ready {
        let article = NewArticle {
            feed: None,
            outlet: OutletId::from(self.outlet.as_str()),
            url: self.url.clone(),
            title: self.title.clone(),
            text: self.text.clone(),
            text_origin: TextOrigin::Feed,
            published: Some(self.published),
            updated: None,
            first_seen: now(),
            sha256: format!("{:064}", self.text.len()),
        };
        let key = EntryKey {
            feed: None,
            outlet: article.outlet.clone(),
            guid: None,
            link: Some(self.url.clone()),
            fingerprint: format!("fingerprint of {}", self.key),
        };
        let statements = self.statements.iter().map(|block| statement(block, &self.text)).collect();
        Ready { article, extraction: Extraction { statements, ..Extraction::default() }, key }
    }
}

fn actor(block: &ActorBlock) -> Actor {
    let name = |text: &String, metonym| ActorName { text: text.clone(), since: None, until: None, metonym };
    let role = |role: &RoleBlock| Role {
        title: role.title.clone(),
        of: Some(ActorId::from(role.of.as_str())),
        since: role.since,
        until: role.until,
    };
    let plain = block.names.iter().map(|text| name(text, false));
    Actor {
        id: ActorId::from(block.id.as_str()),
        kind: block.kind,
        name: block.name.clone(),
        names: plain.chain(block.metonyms.iter().map(|text| name(text, true))).collect(),
        gender: None,
        roles: block.roles.iter().map(role).collect(),
        part_of: block.part_of.iter().map(|id| ActorId::from(id.as_str())).collect(),
        demonyms: Vec::new(),
        origin: ActorOrigin::Data,
        source: "invented".to_owned(),
    }
}

fn statement(block: &StatementBlock, text: &str) -> Statement {
    let span = |words: &str| {
        let start = text.find(words).unwrap_or_else(|| panic!("{words:?} is not in {text:?}"));
        Span::new(start, start + words.len())
    };
    let content: Vec<Span> = block.content.iter().map(|words| span(words)).collect();
    let stance = |stance: &StanceBlock| StanceTaken {
        holder: ActorId::from(stance.holder.as_str()),
        target: target(&stance.target),
        stance: stance.stance,
        own: stance.own,
        evidence: content[0],
        condition: None,
        rules: vec!["stance/test".into()],
    };
    let link = |id: &String| ChainLink { actor: Some(ActorId::from(id.as_str())), mention: id.clone(), distance: Distance::Neutral };
    Statement {
        form: Form::Words,
        attribution: Attribution {
            source: None,
            cue: None,
            content: content.clone(),
            quote: block.quote,
            parent: None,
            rule: "shape/test".into(),
        },
        speaker: Speaker::Actor(ActorId::from(block.speaker.as_str())),
        context: Span::new(0, text.len()),
        reported_by: block.reported_by.iter().map(link).collect(),
        distance: Distance::Neutral,
        act: Act::Comment,
        modality: Modality::Asserted,
        said_on: block.said_on.map(|date| SaidOn { date, precision: DatePrecision::Day, span: Span::new(0, 0) }),
        addressee: None,
        venue: None,
        stances: block.stances.iter().map(stance).collect(),
        confidence: 90,
        firings: Vec::new(),
        rejected: Vec::new(),
    }
}

/// Asks for one alert to [`channel`] for each new statement, by the first watch.
pub fn one_alert_each(watches: &[stancebot::model::Watch], fresh: &[stancebot::store::StoredStatement]) -> Vec<NewAlert> {
    let alert = |watch: &stancebot::model::Watch, id| NewAlert { watch: watch.id, channel: watch.channel.clone(), statements: vec![id] };
    watches.iter().take(1).flat_map(|watch| fresh.iter().map(move |stored| alert(watch, stored.id))).collect()
}
