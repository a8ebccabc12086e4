//! The trips of an article, timed: building the rules (start-up), reading texts, and a thousand articles from text to store.
//!
//! `cargo bench --bench trips`. The texts are the example articles, varied so that no two are the same.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use jiff::Timestamp;
use stancebot::feeds::fetch::{FetchPolicy, Fetcher};
use stancebot::feeds::{body, identity, parse};
use stancebot::model::{ArticleId, Lesson, NewArticle, OutletId, TextOrigin, TopicKind};
use stancebot::pipeline::{Arrival, Pipeline, PipelineSettings};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files, learned_files};
use stancebot::store::{Batch, BatchKind, Knowledge, Store};
use std::path::Path;
use std::sync::Arc;

/// Articles of one end-to-end run.
const ARTICLES: usize = 1_000;

fn main() {
    divan::main();
}

/// Built-in knowledge and that of the example.
fn files() -> Vec<DataFile> {
    let mut files = builtin_files();
    for (path, text) in [
        ("actors/example.toml", include_str!("../data/example/knowledge/actors/example.toml")),
        ("topics/example.toml", include_str!("../data/example/knowledge/topics/example.toml")),
        ("outlets.toml", include_str!("../data/example/knowledge/outlets.toml")),
    ] {
        files.push(DataFile { path: path.to_owned(), shown_as: format!("data/example/knowledge/{path}"), text: text.to_owned() });
    }
    files
}

fn ruleset() -> Ruleset {
    Ruleset::build(&files()).expect("the shipped data files are checked by the tests")
}

/// The plain texts of the example articles.
fn texts() -> Vec<String> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example");
    let mut texts = Vec::new();
    for name in ["harbour-courier.xml", "strait-dispatch.atom", "meridian-wire.json", "northern-ledger.rdf"] {
        let bytes = std::fs::read(dir.join(name)).expect("the example feeds are part of the project");
        let entries = parse::parse(&bytes, None, "https://example.org/", Timestamp::now()).expect("the example feeds are well formed");
        texts.extend(entries.iter().filter_map(body::entry_text).map(|chosen| chosen.text));
    }
    texts
}

#[divan::bench]
fn start_up_builds_the_rules(bencher: Bencher<'_, '_>) {
    let files = files();
    bencher.bench(|| Ruleset::build(&files));
}

#[divan::bench]
fn reading_texts(bencher: Bencher<'_, '_>) {
    let (ruleset, texts) = (ruleset(), texts());
    let published = jiff::civil::date(2025, 12, 4);
    bencher.counter(BytesCount::new(texts.iter().map(String::len).sum::<usize>())).bench(|| {
        for text in &texts {
            divan::black_box(ruleset.extract(&Document { text, published: Some(published), outlet: None }));
        }
    });
}

#[divan::bench(sample_count = 3, sample_size = 1)]
fn a_thousand_articles_from_text_to_store(bencher: Bencher<'_, '_>) {
    let ruleset = Arc::new(ruleset());
    let articles = articles();
    bencher.counter(ItemsCount::new(articles.len())).with_inputs(|| pipeline(ruleset.clone())).bench_values(|(dir, pipeline)| {
        for article in &articles {
            let batch = Batch { id: "bench", kind: BatchKind::Silent, alerts_max: 5 };
            let arrival = Arrival { article, entry: None, batch, now: article.first_seen };
            pipeline.ingest(&arrival).expect("a new database takes articles");
        }
        drop(pipeline);
        dir
    });
}

/// Articles that are stored are read again with rules that know one more topic, and switched to.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn a_thousand_stored_articles_read_again(bencher: Bencher<'_, '_>) {
    let topic = Lesson::AddTopic { id: "open-strait".into(), name: "open strait".to_owned(), kind: TopicKind::Policy };
    let before = Arc::new(ruleset());
    let learned = learned_files(&before, &[topic]);
    let all: Vec<DataFile> = files().into_iter().chain(learned).collect();
    let after = Arc::new(Ruleset::build(&all).expect("a topic that is added fits the data"));
    let articles = articles();
    let stored = || {
        let (dir, pipeline) = pipeline(before.clone());
        for article in &articles {
            let batch = Batch { id: "bench", kind: BatchKind::Silent, alerts_max: 5 };
            let arrival = Arrival { article, entry: None, batch, now: article.first_seen };
            pipeline.ingest(&arrival).expect("a new database takes articles");
        }
        pipeline.rules.put(after.clone());
        (dir, pipeline)
    };
    bencher.counter(ItemsCount::new(articles.len())).with_inputs(stored).bench_values(|(dir, pipeline)| {
        let ids = pipeline.store.article_ids(ArticleId(0), None, ARTICLES).expect("articles are there");
        for id in ids {
            let reread = pipeline.reread_plan(id).expect("the database is read").expect("the article is there");
            pipeline.store.stage_reread(&reread.plan).expect("a plan is kept");
        }
        pipeline.store.switch_rereads(Timestamp::UNIX_EPOCH).expect("plans are put into effect");
        drop(pipeline);
        dir
    });
}

fn pipeline(ruleset: Arc<Ruleset>) -> (tempfile::TempDir, Pipeline) {
    let dir = tempfile::tempdir().expect("the machine has a temporary directory");
    let store = Store::open(&dir.path().join("bench.db"), &Default::default()).expect("a new database can be made");
    let knowledge = Knowledge { actors: ruleset.actors(), topics: ruleset.topics(), outlets: ruleset.outlets() };
    store.sync_knowledge(&knowledge, Timestamp::UNIX_EPOCH).expect("the knowledge can be stored");
    let fetcher = Fetcher::new(FetchPolicy { user_agent: "stancebot-bench".to_owned(), ..FetchPolicy::default() });
    let fetcher = Arc::new(fetcher.expect("the default policy is right"));
    (dir, Pipeline::new(store, ruleset, fetcher, PipelineSettings { confidence_min: 50, per_poll_max: 5 }))
}

/// Varies the example texts: each article has a number in its clauses, so that it is no copy of another.
fn articles() -> Vec<NewArticle> {
    let texts = texts();
    let first_seen: Timestamp = "2025-12-06T12:00:00Z".parse().expect("a moment in RFC 3339");
    (0..ARTICLES)
        .map(|number| {
            let text = texts[number % texts.len()].replace(" that ", &format!(" that in case {number} "));
            NewArticle {
                feed: None,
                outlet: OutletId::new("harbour-courier"),
                url: format!("https://example.org/{number}"),
                title: format!("Article {number}"),
                sha256: identity::sha256_hex(text.as_bytes()),
                text,
                text_origin: TextOrigin::File,
                published: Some(first_seen),
                updated: None,
                first_seen,
            }
        })
        .collect()
}
