//! How long `!stance`, `!who`, `!timeline` and their neighbours take on 100,000 statements, or on as many as
//! `STANCEBOT_BENCH_STATEMENTS` says. `STANCEBOT_BENCH_DB` names a file that is filled once and used again by later runs.
//!
//! The statements are spread as news is: a few actors speak most (Zipf), a stance in two of three statements, one in eight
//! reported by an institute, one in six copied by a second outlet, over three years. The office that is asked about has twelve
//! people with dated posts, among them the four who speak most: the worst case. Run with `cargo bench --bench stance_query`; the
//! table shows fastest, slowest, median and mean, and the lines at the end the percentiles of whole commands, from the typed text to
//! the answer as text, picture included: for actors and topics drawn as they are spoken of, the busiest office in one of ten. They
//! are told by the clock and, where the system tells it, by the time that the processor worked for it.
#![expect(clippy::unwrap_used, reason = "what fails here ends the measurement, with its place")]

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use stancebot::commands::{Address, Context, Incoming, Permission, Settings, run};
use stancebot::model::{
    Act, Actor, ActorId, ActorKind, ActorName, ActorOrigin, Attribution, ChainLink, ChannelId, Distance, Extraction, Form, Modality,
    NewArticle, Outlet, OutletId, QuoteKind, Role, Span, Speaker, Stance, StanceTaken, Statement, StatementId, Target, TextOrigin, Topic,
    TopicId, TopicKind,
};
use stancebot::query::{
    CampsQuery, Lane, Mark, NameQuery, Scope, StatementQuery, TimelineQuery, positions, resolve_name, statements, statements_showing,
    timeline, who,
};
use stancebot::reply::chart::{ChartLane, ChartMark, ChartView, timeline_picture};
use stancebot::reply::plain::{Layout, render};
use stancebot::rules::Ruleset;
use stancebot::store::{Batch, BatchKind, Durability, EntryKey, Ingest, Knowledge, OpenOptions, Store, SubjectKind, Voice};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Statements stored where nothing else is said.
const STATEMENTS: usize = 100_000;
/// Statements of one article.
const PER_ARTICLE: usize = 8;
/// Turns of each command whose percentiles are told.
const TURNS: usize = 400;
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
    percentiles();
}

/// How many statements are to be stored.
fn wanted() -> usize {
    std::env::var("STANCEBOT_BENCH_STATEMENTS").ok().and_then(|number| number.replace('_', "").parse().ok()).unwrap_or(STATEMENTS)
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
    ruleset: Ruleset,
    _dir: Option<tempfile::TempDir>,
}

fn world() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let kept = std::env::var("STANCEBOT_BENCH_DB").ok().map(std::path::PathBuf::from);
        let dir = if kept.is_some() { None } else { Some(tempfile::tempdir().unwrap()) };
        let path = kept.unwrap_or_else(|| dir.as_ref().unwrap().path().join("bench.db"));
        let is_filled = path.exists();
        let options = OpenOptions { durability: Durability::ProcessEnd, ..OpenOptions::default() };
        let store = Store::open(&path, &options).unwrap();
        let start = Instant::now();
        if !is_filled {
            fill(&store);
        }
        let health = store.health().unwrap();
        println!(
            "filled {} statements of {} articles in {:.1?}, {} MB",
            health.statements,
            health.articles,
            start.elapsed(),
            health.database_bytes / 1_000_000
        );
        Made { store, ruleset: Ruleset::build(&[]).unwrap(), _dir: dir }
    })
}

fn fill(store: &Store) {
    let (actors, topics, outlets) = (actors(), topics(), outlets());
    store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, Timestamp::UNIX_EPOCH).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let first: Timestamp = "2023-01-01T00:00:00Z".parse().unwrap();
    let articles = wanted() / PER_ARTICLE;
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
        counts_for_whole: false,
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
    let scope = Scope { actor: actor.clone(), target: None, since, until: None, outlet: None, limit: 4 };
    let found = positions(store, &scope).unwrap();
    let page = statements_showing(store, (&scope, &found), (0, 5)).unwrap();
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
    let scope = Scope { actor: OFFICE.into(), target: None, since: None, until: None, outlet: None, limit: 4 };
    positions(&world().store, &scope).unwrap().positions.len()
}

#[divan::bench]
fn who_on_the_busiest_topic() -> usize {
    let query = CampsQuery { target: Target::Topic("topic-0".into()), since: None, until: None, outlet: None, named: 8 };
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

#[divan::bench]
fn timeline_of_the_busiest_office() -> usize {
    let query = TimelineQuery { actor: OFFICE.into(), target: None, since: None, until: None, targets: 5 };
    timeline(&world().store, &query).unwrap().lanes.len()
}

#[divan::bench]
fn picture_of_the_busiest_office(bencher: divan::Bencher<'_, '_>) {
    let query = TimelineQuery { actor: OFFICE.into(), target: None, since: None, until: None, targets: 5 };
    let found = timeline(&world().store, &query).unwrap();
    let mark = |mark: &Mark| ChartMark { day: mark.day, stance: mark.stance, is_own: mark.voice == Voice::Own };
    let lane = |lane: &Lane| ChartLane { label: lane.target_name.clone(), marks: lane.marks.iter().map(mark).collect() };
    let view = ChartView { title: "The Office".to_owned(), lanes: found.lanes.iter().map(lane).collect() };
    bencher.bench_local(|| timeline_picture(&view).map_or(0, |picture| picture.bytes.len()));
}

/// Answers a command as a chat does; gives the length of the answer and of its pictures.
fn answer(text: &str) -> usize {
    let made = world();
    let settings = Settings::default();
    let now = "2026-01-01T12:00:00Z".parse().unwrap();
    let context = Context { store: &made.store, ruleset: &made.ruleset, now, settings: &settings };
    let channel = ChannelId { platform: "bench".into(), room: "bench".into() };
    let incoming = Incoming {
        channel,
        server: None,
        user: "user".into(),
        user_name: String::new(),
        permission: Permission::Member,
        power: None,
        next_page: None,
        address: Address::Prefix,
        text: text.into(),
    };
    let reply = run(&context, &incoming).unwrap();
    render(&reply, Layout::default()).len() + reply.attachments.iter().map(|picture| picture.bytes.len()).sum::<usize>()
}

/// Prints percentiles of whole commands.
fn percentiles() {
    let health = world().store.health().unwrap();
    for (command, busiest) in [("stance", OFFICE), ("timeline", OFFICE), ("who", "topic-0"), ("shift", OFFICE), ("compare", OFFICE)] {
        let mut dice = Dice(42);
        let (mut wall, mut worked) = (Vec::new(), Vec::new());
        let mut of_busiest = Vec::new();
        let turns = if matches!(command, "shift" | "compare") { TURNS / 20 } else { TURNS };
        for turn in 0..turns {
            let is_busiest = turn % 10 == 0;
            let name = match command {
                _ if is_busiest => busiest.to_owned(),
                "who" => format!("topic-{}", dice.skewed(TOPICS)),
                _ => person(dice.skewed(PEOPLE)).to_string(),
            };
            let with = if command == "compare" { " person-0" } else { "" };
            let (start, before) = (Instant::now(), processor_time());
            divan::black_box(answer(&format!("!{command} {name}{with}")));
            wall.push(start.elapsed());
            worked.extend(before.and_then(|before| Some(processor_time()?.saturating_sub(before))));
            if is_busiest {
                of_busiest.push(worked.last().copied().unwrap_or_else(|| start.elapsed()));
            }
        }
        let line = |times: &mut Vec<Duration>| {
            times.sort();
            let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
            format!("median {:.2?}, p95 {:.2?}, p99 {:.2?}", at(50), at(95), at(99))
        };
        println!("!{command} on {} statements: {}; processor: {}", health.statements, line(&mut wall), line(&mut worked));
        println!("    of {busiest} alone: {}", line(&mut of_busiest));
    }
}

/// Gives how long the processor has worked for this thread, where the system tells it.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}
