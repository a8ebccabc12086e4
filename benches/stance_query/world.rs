//! The database that is asked: made once, the same on every run, spread as news is.
//!
//! A few actors speak most and a few topics are spoken of most, with a long tail (Zipf, exponent one); two of three statements show a
//! stance; a holder mostly keeps to one stance on a target and goes over to another once in some years; one statement in eight is
//! reported by an institute, one in ten is of nobody known, one in forty a deed; one article in six is copied by a second outlet; one
//! statement in a thousand is corrected by people; all over four years. Words are made of syllables and as common as words are.
//! The office that is asked about has twelve people with dated posts, among them the four who speak most: the worst case.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use stancebot::model::{
    Act, Actor, ActorId, ActorKind, ActorName, ActorOrigin, Attribution, Author, ChainLink, Change, ChannelId, Correction, Distance,
    Extraction, Form, Modality, NewArticle, Outlet, OutletId, QuoteKind, Role, Span, Speaker, Stance, StanceTaken, Statement, StatementId,
    Target, TextOrigin, Topic, TopicId, TopicKind,
};
use stancebot::rules::Ruleset;
use stancebot::store::{Batch, BatchKind, Durability, EntryKey, Ingest, Knowledge, NewChange, OpenOptions, Standing, StartCheck, Store};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

/// Statements stored where nothing else is said.
const STATEMENTS: usize = 100_000;
/// Statements of one article.
const PER_ARTICLE: usize = 8;
/// People; the first speaks most.
pub const PEOPLE: usize = 20_000;
/// Topics; the first is spoken of most.
pub const TOPICS: usize = 200;
/// Outlets.
const OUTLETS: usize = 40;
/// Who passes on what others said.
const INSTITUTES: usize = 12;
/// Different words.
const WORDS: usize = 6_000;
/// Years over which the statements are spread; they end with the last day before [`NOW`].
const YEARS: i64 = 4;
/// The moment at which is asked.
pub const NOW: &str = "2026-01-01T12:00:00Z";
/// The office that is asked about.
pub const OFFICE: &str = "office";

/// A small generator of its own, so that every run stores the same statements.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    /// Draws from 0..bound, the first most often, as in Zipf's law with exponent one.
    pub fn skewed(&mut self, bound: usize) -> usize {
        let share = (self.next() % 1_000_000) as f64 / 1_000_000.0;
        let drawn = ((bound as f64 + 1.0).ln() * share).exp() - 1.0;
        (drawn as usize).min(bound - 1)
    }
}

/// What is asked.
pub struct Made {
    pub store: Store,
    pub ruleset: Ruleset,
    pub path: PathBuf,
    _dir: Option<tempfile::TempDir>,
}

/// Gives the database, filled; it is made on the first call.
pub fn world() -> &'static Made {
    static MADE: OnceLock<Made> = OnceLock::new();
    MADE.get_or_init(|| {
        let kept = std::env::var("STANCEBOT_BENCH_DB").ok().map(PathBuf::from);
        let dir = if kept.is_some() { None } else { Some(tempfile::tempdir().unwrap()) };
        let path = kept.unwrap_or_else(|| dir.as_ref().unwrap().path().join("bench.db"));
        let is_filled = path.exists();
        let store = open(&path);
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
        Made { store, ruleset: Ruleset::build(&[]).unwrap(), path, _dir: dir }
    })
}

/// Opens the database anew, with nothing in the caches of its connections.
pub fn open(path: &Path) -> Store {
    Store::open(path, &OpenOptions { check: StartCheck::Skip, durability: Durability::ProcessEnd, ..OpenOptions::default() }).unwrap()
}

/// How many statements are to be stored.
fn wanted() -> usize {
    std::env::var("STANCEBOT_BENCH_STATEMENTS").ok().and_then(|number| number.replace('_', "").parse().ok()).unwrap_or(STATEMENTS)
}

fn fill(store: &Store) {
    let (actors, topics, outlets) = (actors(), topics(), outlets());
    store.sync_knowledge(&Knowledge { actors: &actors, topics: &topics, outlets: &outlets }, Timestamp::UNIX_EPOCH).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let last: Timestamp = NOW.parse().unwrap();
    let articles = wanted() / PER_ARTICLE;
    let minutes_all = YEARS * 365 * 24 * 60;
    let start = Instant::now();
    for number in 0..articles {
        let minutes = minutes_all - minutes_all * number as i64 / articles as i64;
        let at = last.checked_sub(minutes.minutes()).unwrap();
        let (text, spans) = body(&mut dice);
        let article = article(number, at, text);
        let (deeds, statements) =
            spans.into_iter().map(|span| statement(&mut dice, span, minutes)).partition(|made| made.form == Form::Deed);
        let extraction = Extraction { statements, deeds, found: Vec::new() };
        let ids = write(store, &article, &extraction, &[]);
        if number % 6 == 0 {
            let mut copy = article.clone();
            copy.outlet = OutletId::new(format!("outlet-{}", (number + 7) % OUTLETS));
            copy.url.push_str("/copy");
            write(store, &copy, &extraction, &ids.iter().copied().map(Some).collect::<Vec<_>>());
        }
        if number % (1_000 / PER_ARTICLE) == 0 {
            correct(store, number, (ids[0], &extraction.statements[0]), at);
        }
        if number % 10_000 == 9_999 {
            println!("{} of {articles} articles in {:.0?}", number + 1, start.elapsed());
        }
    }
}

fn write(store: &Store, article: &NewArticle, extraction: &Extraction, same_as: &[Option<StatementId>]) -> Vec<StatementId> {
    let key = EntryKey {
        feed: None,
        outlet: article.outlet.clone(),
        guid: None,
        link: Some(article.url.clone()),
        fingerprint: article.url.clone(),
    };
    let batch = Batch { id: "fill", kind: BatchKind::Silent, alerts_max: 0 };
    let (entry, ruleset_hash, now) = (Some(&key), "0123456789abcdef", article.first_seen);
    store.ingest(&Ingest { article, entry, extraction, ruleset_hash, same_as, now, batch }, &|_, _| Vec::new()).unwrap().statements
}

/// Has people correct a statement: another speaker, another stance, or taken out.
fn correct(store: &Store, number: usize, (id, statement): (StatementId, &Statement), now: Timestamp) {
    let correction = match (number % 3, statement.stances.first()) {
        (0, Some(taken)) => {
            Correction::Stance { holder: taken.holder.clone(), target: taken.target.clone(), stance: Some(Stance::Neutral) }
        }
        (1, _) => Correction::Speaker(Some(person(number % PEOPLE))),
        _ => Correction::NotAStatement,
    };
    let room = format!("room-{}", number % 50);
    let author =
        Author { channel: ChannelId { platform: "bench".into(), room }, user: format!("user-{}", number % 500), name: String::new() };
    let what = Change::Corrections(vec![correction]);
    store.correct(id, &NewChange { author, standing: Standing::Operator, what, reason: String::new(), now }).unwrap();
}

/// Makes a word out of a number: the same word for the same number.
pub fn word(number: usize) -> String {
    const ONSETS: [&str; 14] = ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z"];
    const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
    let mut left = number;
    let mut word = String::new();
    for at in 0.. {
        word.push_str(ONSETS[left % ONSETS.len()]);
        left /= ONSETS.len();
        word.push_str(VOWELS[left % VOWELS.len()]);
        left /= VOWELS.len();
        if left == 0 && at > 0 {
            return word;
        }
    }
    word
}

/// Makes a text with the place of each statement's words in it.
fn body(dice: &mut Dice) -> (String, Vec<Span>) {
    let mut text = String::new();
    let mut spans = Vec::new();
    for _ in 0..PER_ARTICLE {
        let mut sentence = |length: usize| {
            let start = text.len();
            for at in 0..length {
                text.push_str(if at == 0 { "" } else { " " });
                text.push_str(&word(dice.skewed(WORDS)));
            }
            let end = text.len();
            text.push_str(". ");
            Span::new(start, end)
        };
        spans.push(sentence(18));
        sentence(14);
    }
    (text, spans)
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

pub fn person(number: usize) -> ActorId {
    ActorId::new(format!("person-{number}"))
}

/// Draws a stance that the holder mostly has on the target in that time.
fn stance_of(dice: &mut Dice, (holder, target): (&ActorId, &Target), minutes_left: i64) -> Stance {
    let phase = minutes_left / (500 * 24 * 60);
    let mixed = holder.as_str().bytes().chain(target.id().bytes()).chain(phase.to_le_bytes());
    let hash = mixed.fold(14_695_981_039_346_656_037_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(1_099_511_628_211));
    let usual = usize::try_from(hash % Stance::ALL.len() as u64).unwrap_or(0);
    let drawn = if dice.below(8) == 0 { dice.below(Stance::ALL.len()) } else { usual };
    Stance::ALL.get(drawn).copied().unwrap_or(Stance::Unclear)
}

fn statement(dice: &mut Dice, content: Span, minutes_left: i64) -> Statement {
    let speaker = person(dice.skewed(PEOPLE));
    let is_deed = dice.below(40) == 0;
    let is_reported = !is_deed && dice.below(8) == 0;
    let is_known = !is_deed && dice.below(10) > 0;
    let target = match dice.below(3) {
        0 => Target::Actor(person(dice.skewed(PEOPLE))),
        _ => Target::Topic(TopicId::new(format!("topic-{}", dice.skewed(TOPICS)))),
    };
    let holder = if dice.below(20) == 0 { ActorId::from(OFFICE) } else { speaker.clone() };
    let stance = stance_of(dice, (&holder, &target), minutes_left);
    let own = !is_deed && holder == speaker;
    let condition = (stance == Stance::Conditional).then_some(content);
    let taken = StanceTaken { holder, target, stance, own, evidence: content, condition, rules: vec!["stance/bench".into()] };
    let institute = ActorId::new(format!("institute-{}", dice.skewed(INSTITUTES)));
    let link = ChainLink { actor: Some(institute), mention: "the institute".to_owned(), distance: Distance::Neutral };
    let modality = match dice.below(25) {
        0 => Modality::Hypothetical,
        1 => Modality::Historical,
        2 | 3 => Modality::Future,
        _ => Modality::Asserted,
    };
    let shows_stance = is_deed || is_known && dice.below(3) > 0;
    Statement {
        form: if is_deed { Form::Deed } else { Form::Words },
        attribution: Attribution {
            source: None,
            cue: None,
            content: vec![content],
            quote: if dice.below(2) == 0 { QuoteKind::Direct } else { QuoteKind::Indirect },
            parent: None,
            rule: "shape/bench".into(),
        },
        speaker: if is_known { Speaker::Actor(speaker) } else { Speaker::Unknown(Vec::new()) },
        context: content,
        reported_by: if is_reported { vec![link] } else { Vec::new() },
        distance: Distance::Neutral,
        act: Act::Comment,
        modality,
        said_on: None,
        addressee: None,
        venue: None,
        stances: if shows_stance { vec![taken] } else { Vec::new() },
        confidence: 80,
        firings: Vec::new(),
        rejected: Vec::new(),
    }
}

fn actors() -> Vec<Actor> {
    let name = |number: usize| format!("{} {}", capital(&word(number % 300)), capital(&word(4_900 + number)));
    let mut actors: Vec<Actor> = (0..PEOPLE).map(|number| actor(person(number), ActorKind::Person, name(number))).collect();
    // Four who speak most and eight others hold posts, half of them for a part of the time.
    for (at, number) in [0, 1, 2, 3, 20, 40, 60, 80, 100, 200, 300, 400].into_iter().enumerate() {
        let until = (at % 2 == 1).then(|| Date::constant(2025, 6, 30));
        actors[number].roles = vec![Role { title: "aide".into(), of: Some(OFFICE.into()), since: Some(Date::constant(2022, 6, 1)), until }];
    }
    for number in 0..INSTITUTES {
        let id = ActorId::new(format!("institute-{number}"));
        actors.push(actor(id, ActorKind::Organisation, format!("{} Institute", capital(&word(900 + number)))));
    }
    actors.push(actor(OFFICE.into(), ActorKind::Office, "The Office".to_owned()));
    actors
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
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
