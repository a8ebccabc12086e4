//! How long `!stance` and its neighbours take on 100,000 statements.
//!
//! The statements are spread as news is: a few actors speak most (Zipf), a stance in two of three statements, one in eight
//! reported by an institute, one in six copied by a second outlet, over three years. The office that is asked about has twelve
//! people with dated posts, among them the four who speak most: the worst case. Run with `cargo bench --bench stance_query`; the
//! table shows fastest, slowest, median and mean, and the line at the end the 95th percentile of `!stance`.
#![expect(clippy::unwrap_used, reason = "what fails here ends the measurement, with its place")]

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use stancebot::model::{
    Act, Actor, ActorId, ActorKind, ActorName, ActorOrigin, Attribution, ChainLink, Distance, Extraction, Form, Modality, NewArticle,
    Outlet, OutletId, QuoteKind, Role, Span, Speaker, Stance, StanceTaken, Statement, StatementId, Target, TextOrigin, Topic, TopicId,
    TopicKind,
};
use stancebot::query::{CampsQuery, NameQuery, Scope, StatementQuery, positions, resolve_name, statements, statements_showing, who};
use stancebot::store::{Batch, BatchKind, Durability, EntryKey, Ingest, Knowledge, OpenOptions, Store, SubjectKind};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Statements stored.
const STATEMENTS: usize = 100_000;
/// Statements of one article.
const PER_ARTICLE: usize = 8;
/// People; the first speaks most.
const PEOPLE: usize = 2_000;
/// Topics; the first is spoken of most.
const TOPICS: usize = 60;
/// Outlets.
const OUTLETS: usize = 40;
/// The office that is asked about.
const OFFICE: &str = "office";

fn main() {
    world();
    divan::main();
    percentile();
}

/// A small generator of its own, so that every run stores the same statements.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    /// Draws from 0..bound, the first most often, as in Zipf's law with exponent one.
    fn skewed(&mut self, bound: usize) -> usize {
        let share = (self.next() % 1_000_000) as f64 / 1_000_000.0;
        let drawn = ((bound as f64 + 1.0).ln() * share).exp() - 1.0;
        (drawn as usize).min(bound - 1)
    }
}

struct Made {
    store: Store,
    _dir: tempfile::TempDir,
}

fn world() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let options = OpenOptions { durability: Durability::ProcessEnd, ..OpenOptions::default() };
        let store = Store::open(&dir.path().join("bench.db"), &options).unwrap();
        let start = Instant::now();
        fill(&store);
        let health = store.health().unwrap();
        println!(
            "filled {} statements of {} articles in {:.1?}, {} MB",
            health.statements,
            health.articles,
            start.elapsed(),
            health.database_bytes / 1_000_000
        );
        Made { store, _dir: dir }
    })
}

fn fill(store: &Store) {
    let (actors, topics, outlets) = (actors(), topics(), outlets());
    store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, Timestamp::UNIX_EPOCH).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let first: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
    let articles = STATEMENTS / PER_ARTICLE;
    let mut before: Vec<StatementId> = Vec::new();
    for number in 0..articles {
        let minutes = (3 * 365 * 24 * 60 * number / articles) as i64;
        let at = first.checked_add(minutes.minutes()).unwrap();
        let text = "words ".repeat(300);
        let article = article(number, at, text);
        let made = (0..PER_ARTICLE).map(|place| statement(&mut dice, place)).collect();
        let extraction = Extraction { statements: made, ..Extraction::default() };
        write(store, &article, &extraction, &[]);
        if number % 6 == 0 {
            let copies: Vec<_> = before.iter().map(|id| Some(*id)).collect();
            let mut copy = article.clone();
            copy.outlet = OutletId::new(format!("outlet-{}", (number + 7) % OUTLETS));
            copy.url.push_str("/copy");
            if !copies.is_empty() {
                write(store, &copy, &extraction, &copies);
            }
        }
        before = store.candidates(&person(0), at, 1).unwrap().iter().map(|candidate| candidate.id).collect();
        before.resize(PER_ARTICLE, *before.first().unwrap_or(&StatementId(1)));
    }
}

fn write(store: &Store, article: &NewArticle, extraction: &Extraction, same_as: &[Option<StatementId>]) {
    let key = EntryKey {
        feed: None,
        outlet: article.outlet.clone(),
        guid: None,
        link: Some(article.url.clone()),
        fingerprint: article.url.clone(),
    };
    let batch = Batch { id: "fill", kind: BatchKind::Silent, alerts_max: 0 };
    let (entry, ruleset_hash, now) = (Some(&key), "0123456789abcdef", article.first_seen);
    store.ingest(&Ingest { article, entry, extraction, ruleset_hash, same_as, now, batch }, &|_, _| Vec::new()).unwrap();
}

fn article(number: usize, at: Timestamp, text: String) -> NewArticle {
    NewArticle {
        feed: None,
        outlet: OutletId::new(format!("outlet-{}", number % OUTLETS)),
        url: format!("https://outlet.example/{number}"),
        title: format!("Article {number}"),
        text,
        text_origin: TextOrigin::Feed,
        published: Some(at),
        updated: None,
        first_seen: at,
        sha256: format!("{number:064}"),
    }
}

fn person(number: usize) -> ActorId {
    ActorId::new(format!("person-{number}"))
}

fn statement(dice: &mut Dice, place: usize) -> Statement {
    let speaker = person(dice.skewed(PEOPLE));
    let start = place * 200;
    let content = Span::new(start, start + 60 + dice.below(120));
    let is_reported = dice.below(8) == 0;
    let target = match dice.below(3) {
        0 => Target::Actor(person(dice.skewed(PEOPLE))),
        _ => Target::Topic(TopicId::new(format!("topic-{}", dice.skewed(TOPICS)))),
    };
    let holder = if dice.below(20) == 0 { ActorId::from(OFFICE) } else { speaker.clone() };
    let stance = Stance::ALL.get(dice.below(Stance::ALL.len())).copied().unwrap_or(Stance::Unclear);
    let own = holder == speaker;
    let taken = StanceTaken { holder, target, stance, own, evidence: content, condition: None, rules: vec!["stance/bench".into()] };
    let link = ChainLink { actor: Some(person(PEOPLE - 1)), mention: "the institute".to_owned(), distance: Distance::Neutral };
    Statement {
        form: Form::Words,
        attribution: Attribution {
            source: None,
            cue: None,
            content: vec![content],
            quote: if dice.below(2) == 0 { QuoteKind::Direct } else { QuoteKind::Indirect },
            parent: None,
            rule: "shape/bench".into(),
        },
        speaker: Speaker::Actor(speaker),
        context: content,
        reported_by: if is_reported { vec![link] } else { Vec::new() },
        distance: Distance::Neutral,
        act: Act::Comment,
        modality: Modality::Asserted,
        said_on: None,
        addressee: None,
        venue: None,
        stances: if dice.below(3) == 0 { Vec::new() } else { vec![taken] },
        confidence: 80,
        firings: Vec::new(),
        rejected: Vec::new(),
    }
}

fn actors() -> Vec<Actor> {
    let mut actors: Vec<Actor> =
        (0..PEOPLE).map(|number| actor(person(number), ActorKind::Person, format!("Person Number{number}"))).collect();
    // Four who speak most and eight others hold posts, half of them for a part of the time.
    for (at, number) in [0, 1, 2, 3, 20, 40, 60, 80, 100, 200, 300, 400].into_iter().enumerate() {
        let until = (at % 2 == 1).then(|| Date::constant(2025, 6, 30));
        actors[number].roles = vec![Role { title: "aide".into(), of: Some(OFFICE.into()), since: Some(Date::constant(2023, 6, 1)), until }];
    }
    actors.push(actor(OFFICE.into(), ActorKind::Office, "The Office".to_owned()));
    actors
}

fn actor(id: ActorId, kind: ActorKind, name: String) -> Actor {
    Actor {
        names: vec![ActorName { text: name.clone(), since: None, until: None, metonym: false }],
        id,
        kind,
        name,
        gender: None,
        roles: Vec::new(),
        part_of: Vec::new(),
        demonyms: Vec::new(),
        origin: ActorOrigin::Data,
        source: "bench".to_owned(),
    }
}

fn topics() -> Vec<Topic> {
    let topic = |number| Topic {
        id: TopicId::new(format!("topic-{number}")),
        kind: TopicKind::Policy,
        name: format!("Topic {number}"),
        names: Vec::new(),
        part_of: None,
        source: "bench".to_owned(),
    };
    (0..TOPICS).map(topic).collect()
}

fn outlets() -> Vec<Outlet> {
    let outlet = |number| Outlet { id: OutletId::new(format!("outlet-{number}")), name: format!("Outlet {number}"), hosts: Vec::new() };
    (0..OUTLETS).map(outlet).collect()
}

/// What `!stance office` does: resolve, positions, the newest statements of the first page, the number of all.
fn stance(name: &str, since: Option<Date>) -> usize {
    let store = &world().store;
    let kinds = [SubjectKind::Actor, SubjectKind::Topic];
    let query = NameQuery { text: name, kinds: &kinds, day: Date::constant(2026, 1, 1) };
    divan::black_box(resolve_name(store, &query).unwrap());
    let actor = ActorId::from(name);
    let scope = Scope { actor: actor.clone(), target: None, since, until: None, outlet: None };
    let found = positions(store, &scope).unwrap();
    let page = statements_showing(store, &found, (0, 5)).unwrap();
    let all = statements(store, &StatementQuery { actor: Some(actor), since, limit: 0, ..StatementQuery::default() }).unwrap();
    found.positions.len() + page.rows.len() + all.rows.len()
}

#[divan::bench]
fn stance_of_the_busiest_office() -> usize {
    stance(OFFICE, None)
}

#[divan::bench]
fn stance_of_the_busiest_office_in_a_month() -> usize {
    stance(OFFICE, Some(Date::constant(2025, 12, 1)))
}

#[divan::bench]
fn stance_of_the_busiest_person() -> usize {
    stance("person-0", None)
}

#[divan::bench]
fn stance_of_a_common_person() -> usize {
    stance("person-100", None)
}

#[divan::bench]
fn only_positions_of_the_busiest_office() -> usize {
    let scope = Scope { actor: OFFICE.into(), target: None, since: None, until: None, outlet: None };
    positions(&world().store, &scope).unwrap().positions.len()
}

#[divan::bench]
fn who_on_the_busiest_topic() -> usize {
    let query = CampsQuery { target: Target::Topic("topic-0".into()), since: None, until: None, outlet: None };
    who(&world().store, &query).unwrap().camps.len()
}

#[divan::bench]
fn said_with_a_word_that_all_have() -> usize {
    let query = StatementQuery { actor: Some(OFFICE.into()), words: vec!["words".into()], limit: 5, ..StatementQuery::default() };
    statements(&world().store, &query).unwrap().rows.len()
}

#[divan::bench]
fn misspelt_name() -> bool {
    let query = NameQuery { text: "Persen Number77", kinds: &[SubjectKind::Actor], day: Date::constant(2026, 1, 1) };
    resolve_name(&world().store, &query).is_ok()
}

/// Prints the 95th percentile of `!stance` over actors drawn as they speak, the office in one of ten.
fn percentile() {
    let mut dice = Dice(42);
    let mut times: Vec<Duration> = Vec::new();
    for turn in 0..400 {
        let name = if turn % 10 == 0 { OFFICE.to_owned() } else { person(dice.skewed(PEOPLE)).to_string() };
        let start = Instant::now();
        divan::black_box(stance(&name, None));
        times.push(start.elapsed());
    }
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("!stance on {STATEMENTS} statements: median {:.2?}, p95 {:.2?}, p99 {:.2?}", at(50), at(95), at(99));
}
