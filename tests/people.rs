//! Runs the cases of `tests/people.toml`: articles read one after another, and who is one person over all of them.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use serde::Deserialize;
use stancebot::commands::{Address, Context, Incoming, Permission, Settings, run};
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::feeds::identity;
use stancebot::model::{ActorId, ChannelId, NewArticle, OutletId, Speaker, TextOrigin};
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::reply::plain::{Layout, render};
use stancebot::rules::{DataFile, Ruleset, builtin_files};
use stancebot::store::{Batch, BatchKind, Knowledge, Store};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    article: Vec<Article>,
    #[serde(default)]
    asked: Vec<Asked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Article {
    outlet: String,
    text: String,
    speakers: Vec<String>,
    #[serde(default)]
    perhaps: Vec<ActorId>,
}

/// What is typed when all articles are read, and what the answer holds and does not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    typed: String,
    shows: Vec<String>,
    #[serde(default)]
    hides: Vec<String>,
}

fn now() -> Timestamp {
    "2025-12-04T12:00:00Z".parse().unwrap()
}

fn ruleset() -> Arc<Ruleset> {
    let mut files = builtin_files();
    let text = include_str!("judge/world/actors/world.toml").to_owned();
    files.push(DataFile { path: "actors/world.toml".into(), shown_as: "tests/judge/world/actors/world.toml".into(), text });
    Arc::new(Ruleset::build(&files).unwrap())
}

fn pipeline(ruleset: &Arc<Ruleset>) -> Pipeline {
    let store = Store::open_in_memory().unwrap();
    let knowledge = Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() };
    store.sync_knowledge(&knowledge, Timestamp::UNIX_EPOCH).unwrap();
    let fetcher = Fetcher::new(FetchPolicy { user_agent: "stancebot-test".to_owned(), ..FetchPolicy::default() }).unwrap();
    Pipeline::new(store, ruleset.clone(), Arc::new(fetcher), PipelineSettings { confidence_min: 0, per_poll_max: 50 })
}

/// Reads an article; gives who speaks in its statements.
fn read(pipeline: &Pipeline, given: &Article) -> Vec<Speaker> {
    let article = NewArticle {
        feed: None,
        outlet: OutletId::new(given.outlet.as_str()),
        url: format!("https://{}.example/{}", given.outlet, given.text.len()),
        title: String::new(),
        text: given.text.clone(),
        text_origin: TextOrigin::Feed,
        published: Some(now()),
        updated: None,
        first_seen: now(),
        sha256: identity::sha256_hex(given.text.as_bytes()),
    };
    let batch = Batch { id: "1-1", kind: BatchKind::Silent, alerts_max: 1 };
    let ingested = pipeline.ingest(&Arrival { article: &article, entry: None, batch, now: now() }).unwrap();
    ingested.statements.iter().map(|id| pipeline.store.statement(*id).unwrap().unwrap().statement.speaker).collect()
}

fn answer(pipeline: &Pipeline, typed: &str) -> String {
    let channel = ChannelId { platform: "terminal".into(), room: "terminal".into() };
    let incoming = Incoming {
        channel,
        server: None,
        user: "user-1".into(),
        user_name: String::new(),
        permission: Permission::Member,
        power: None,
        event: None,
        next_page: None,
        address: Address::Prefix,
        text: typed.into(),
    };
    let context = Context { store: &pipeline.store, ruleset: &pipeline.ruleset(), now: now(), settings: &Settings::default() };
    run(&context, &incoming).map_or_else(String::new, |reply| render(&reply, Layout::default()))
}

fn failures_of(case: &Case, ruleset: &Arc<Ruleset>) -> Vec<String> {
    let pipeline = pipeline(ruleset);
    let mut failures = Vec::new();
    for article in &case.article {
        let speakers = read(&pipeline, article);
        let shown: Vec<&str> = speakers.iter().map(|speaker| speaker.actor().map_or("none", ActorId::as_str)).collect();
        if shown != article.speakers {
            failures.push(format!("{}: “{}”: {shown:?} instead of {:?}", case.name, article.text, article.speakers));
        }
        let perhaps: Vec<ActorId> = speakers
            .iter()
            .filter_map(|speaker| match speaker {
                Speaker::Unknown(candidates) => Some(candidates.clone()),
                Speaker::Actor(_) => None,
            })
            .flatten()
            .collect();
        if perhaps != article.perhaps {
            failures.push(format!("{}: “{}”: perhaps {perhaps:?}", case.name, article.text));
        }
    }
    for asked in &case.asked {
        let answer = answer(&pipeline, &asked.typed);
        let wrong =
            asked.shows.iter().filter(|shown| !answer.contains(*shown)).chain(asked.hides.iter().filter(|hid| answer.contains(*hid)));
        failures.extend(wrong.map(|words| format!("{}: {}: “{words}”\n{answer}", case.name, asked.typed)));
    }
    failures
}

#[test]
fn people_are_one_or_several_as_the_cases_say() {
    let ruleset = ruleset();
    let cases: Cases = toml::from_str(include_str!("people.toml")).unwrap();
    assert!(cases.case.len() > 5);
    let failures: Vec<String> = cases.case.iter().flat_map(|case| failures_of(case, &ruleset)).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Each of several articles that arrive at the same moment would make somebody new of the same people, were they not read in turn.
#[test]
fn articles_that_arrive_at_once_find_the_same_two_people() {
    const OUTLETS: usize = 4;
    const ROUNDS: usize = 10;
    let ruleset = ruleset();
    for _ in 0..ROUNDS {
        let pipeline = pipeline(&ruleset);
        let given = |nth: usize| {
            let text = ["Mayor Ada Lund said that the bridge would open.", "Coach Ada Lund said that the team would win."][nth % 2];
            Article { outlet: format!("outlet-{nth}"), text: text.into(), speakers: Vec::new(), perhaps: Vec::new() }
        };
        let articles: Vec<Article> = (0..2 * OUTLETS).map(given).collect();
        let start = std::sync::Barrier::new(articles.len());
        let arrive = |article| {
            start.wait();
            read(&pipeline, article)[0].actor().unwrap().to_string()
        };
        let ids: Vec<String> = std::thread::scope(|scope| {
            let readers: Vec<_> = articles.iter().map(|article| scope.spawn(|| arrive(article))).collect();
            readers.into_iter().map(|reader| reader.join().unwrap()).collect()
        });
        let two = |nth: usize| ids[nth] == ids[nth % 2];
        assert!((0..ids.len()).all(two) && ids[0] != ids[1], "{ids:?}");
    }
}
