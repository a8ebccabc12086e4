//! How fast texts are read, stage by stage, and whether the time stays linear in the length.
//!
//! `cargo bench --no-default-features --bench extract`. The stages are cumulative: tokens, sentences and quotations; then the
//! sentence shapes; then the speakers (rules without stances); then everything. Beside them stands the floor: one scan of the
//! same text for some fifty cue forms with the regex crate. The tables at the end show time per byte from 10 KB to 10 MB, and
//! texts that were made to be slow, at a length and at ten times that.

use divan::Bencher;
use divan::counter::BytesCount;
use regex::Regex;
use stancebot::rules::lexicon::Lexicon;
use stancebot::rules::reading::read;
use stancebot::rules::text::{pair_quotes, split_sentences, tokenize};
use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// The invented articles of the example, as they are fed.
const FEED: &str = include_str!("../data/example/harbour-courier.xml");

/// Runs of one measurement of the tables, of which the fastest counts: whatever else the machine does only adds time.
const RUNS: usize = 3;

/// What is measured: a text of one article, and one of many.
#[derive(Clone, Copy, Debug)]
enum Length {
    Short,
    Long,
}

const LENGTHS: [Length; 2] = [Length::Short, Length::Long];
/// One thread, and as many as the machine runs at once.
const THREADS: [usize; 2] = [1, 0];

static SHORT: LazyLock<String> = LazyLock::new(|| paragraphs(10));
static LONG: LazyLock<String> = LazyLock::new(|| sized(60_000));

/// Rules that know the invented actors.
static RULES: LazyLock<Ruleset> = LazyLock::new(|| built(&files()));
/// The same without any word of stance.
static SPEAKERS: LazyLock<Ruleset> = LazyLock::new(|| {
    let files: Vec<DataFile> = files().into_iter().filter(|file| !file.path.ends_with("stance.toml")).collect();
    built(&files)
});
static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::build(&files(), &mut Vec::new()));

static CUE_FORMS: LazyLock<Regex> = LazyLock::new(|| {
    let forms = "accused|acknowledged|added|admitted|announced|argued|asked|asserted|believes|called|claimed|conceded|concluded|\
                 confirmed|criticised|declared|declined|demanded|denied|denounced|described|dismissed|emphasised|explained|expressed|\
                 insisted|maintained|mentioned|noted|pledged|praised|predicted|proposed|recalled|rejected|remarked|repeated|replied|\
                 reported|responded|said|says|stated|stressed|suggested|threatened|told|urged|vowed|warned|wrote";
    Regex::new(&format!(r"\b(?:{forms})\b")).expect("the pattern is right")
});

fn main() {
    divan::main();
    linearity();
    hard_texts();
}

fn files() -> Vec<DataFile> {
    let example = |path: &str, text: &str| DataFile { path: path.to_owned(), shown_as: path.to_owned(), text: text.to_owned() };
    let mut files = builtin_files();
    files.push(example("actors/example.toml", include_str!("../data/example/knowledge/actors/example.toml")));
    files.push(example("topics/example.toml", include_str!("../data/example/knowledge/topics/example.toml")));
    files
}

fn built(files: &[DataFile]) -> Ruleset {
    Ruleset::build(files).expect("the shipped data files are checked by the tests")
}

/// The first paragraphs of the feed, without tags.
fn paragraphs(most: usize) -> String {
    let inner = FEED.split("<p>").skip(1).filter_map(|rest| rest.split("</p>").next());
    let plain = inner.map(|paragraph| {
        let parts = paragraph.split('<').enumerate();
        parts.map(|(nth, part)| if nth == 0 { part } else { part.split_once('>').map_or("", |(_, after)| after) }).collect::<String>()
    });
    plain.take(most).map(|paragraph| paragraph + "\n").collect()
}

/// Articles one after another, up to a number of bytes.
fn sized(bytes: usize) -> String {
    let all = paragraphs(usize::MAX);
    let mut text = all.repeat(bytes / all.len() + 1);
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= bytes).last().unwrap_or(0);
    text.truncate(end);
    text
}

fn text(length: Length) -> &'static str {
    match length {
        Length::Short => &SHORT,
        Length::Long => &LONG,
    }
}

fn measure<O>(bencher: Bencher<'_, '_>, length: Length, stage: impl Fn(&'static str) -> O + Sync) {
    let text = text(length);
    divan::black_box(stage(text));
    bencher.counter(BytesCount::of_str(text)).bench(|| stage(divan::black_box(text)));
}

fn extract(ruleset: &Ruleset, text: &str) -> usize {
    let document = Document { text, published: Some(jiff::civil::date(2025, 12, 4)), outlet: None };
    ruleset.extract(&document).statements.len()
}

#[divan::bench(args = LENGTHS, threads = THREADS)]
fn floor_regex_of_cue_forms(bencher: Bencher<'_, '_>, length: Length) {
    measure(bencher, length, |text| CUE_FORMS.find_iter(text).count());
}

#[divan::bench(args = LENGTHS, threads = THREADS)]
fn stage_1_text(bencher: Bencher<'_, '_>, length: Length) {
    measure(bencher, length, |text| {
        let tokens = tokenize(text);
        (pair_quotes(text, &tokens), split_sentences(text, &tokens, LEXICON.abbreviations()))
    });
}

#[divan::bench(args = LENGTHS, threads = THREADS)]
fn stage_2_shapes(bencher: Bencher<'_, '_>, length: Length) {
    measure(bencher, length, |text| read(text, &LEXICON));
}

#[divan::bench(args = LENGTHS, threads = THREADS)]
fn stage_3_speakers(bencher: Bencher<'_, '_>, length: Length) {
    measure(bencher, length, |text| extract(&SPEAKERS, text));
}

#[divan::bench(args = LENGTHS, threads = THREADS)]
fn stage_4_whole(bencher: Bencher<'_, '_>, length: Length) {
    measure(bencher, length, |text| extract(&RULES, text));
}

/// The fastest of some runs.
fn fastest(text: &str) -> Duration {
    let run = |_| {
        let start = Instant::now();
        divan::black_box(extract(&RULES, text));
        start.elapsed()
    };
    (0..RUNS).map(run).min().unwrap_or_default()
}

fn per_byte(text: &str) -> f64 {
    fastest(text).as_secs_f64() * 1e9 / text.len() as f64
}

/// Prints the time per byte from 10 KB to 10 MB and how much it grows.
fn linearity() {
    println!("\n{:>12} {:>10} {:>8} {:>8}", "bytes", "ns/byte", "MB/s", "ratio");
    let mut first = None;
    for bytes in [10_000, 100_000, 1_000_000, 10_000_000] {
        let nanos = per_byte(&sized(bytes));
        let start = *first.get_or_insert(nanos);
        println!("{bytes:>12} {nanos:>10.1} {:>8.1} {:>8.2}", 1e3 / nanos, nanos / start);
    }
}

/// Makes a text of some number of its parts.
type Made = fn(usize) -> String;

/// Texts that a rule could be slow on: what they are, how many parts, how they are made.
const HARD: &[(&str, usize, Made)] = &[
    ("100,000 opening marks", 100_000, |n| "“".repeat(n)),
    ("100,000 straight marks", 100_000, |n| "\" ".repeat(n)),
    ("100,000 single marks", 100_000, |n| "he ' ".repeat(n)),
    ("a sentence of 1 MB", 1_000_000, |n| "the boats and the piers of the old town ".repeat(n / 40)),
    ("a sentence of 1 MB with cues", 1_000_000, |n| "Brannoch Tull said that the mayor told him that ".repeat(n / 48)),
    ("a sentence of pronouns that speak", 50_000, |n| "he said that ".repeat(n)),
    ("a sentence of names and pronouns", 10_000, |n| "Brannoch Tull met him and he said that ".repeat(n)),
    ("10,000 known names joined", 10_000, |n| format!("{} left, and he said that it was late.", "Brannoch Tull and ".repeat(n))),
    ("10,000 pronouns after determiners", 10_000, |n| format!("{} Tull left. {}", "the ".repeat(n), "He said no. ".repeat(n))),
    ("a list of 1 MB", 1_000_000, |n| "the boats, the piers, ".repeat(n / 22)),
    ("10,000 names in a row", 10_000, |n| (0..n).map(|nth| format!("Anna{nth} Berg{nth} ")).collect()),
    ("10,000 known names in a row", 10_000, |n| "Brannoch Tull ".repeat(n)),
    ("10,000 names that speak", 10_000, |n| (0..n).map(|nth| format!("Anna Berg{} said it was late. ", letters(nth))).collect()),
    ("10,000 pronouns that speak", 10_000, |n| format!("Brannoch Tull left. {}", "He said it was late. ".repeat(n))),
    ("10,000 roles that speak", 10_000, |n| "The foreign minister said it was late. ".repeat(n)),
    ("quotations 10,000 deep", 10_000, |n| format!("{}no{}", "“he said ".repeat(n), "”".repeat(n))),
    ("quotations 10,000 deep, straight", 10_000, |n| format!("{}no{}", "\"'he said ".repeat(n), "'\"".repeat(n))),
    ("100,000 cues in a row", 100_000, |n| "said ".repeat(n)),
    ("100,000 cues between marks", 100_000, |n| "” said “".repeat(n)),
    ("a noun phrase of 100,000 parts", 100_000, |n| format!("{} said.", "the boat of ".repeat(n))),
    ("100,000 stops", 100_000, |n| ". ".repeat(n)),
    ("100,000 paragraphs", 100_000, |n| "“No\n".repeat(n)),
    ("stance words in a row", 100_000, |n| format!("He said the plan {}", "not supported by Brannoch Tull ".repeat(n / 6))),
];

fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

/// Prints the time of texts that were made to be slow, and of ones ten times shorter: a ratio of 1 is linear, of 10 quadratic.
fn hard_texts() {
    println!("\n{:<34} {:>9} {:>10} {:>10} {:>8}", "text", "bytes", "time", "ns/byte", "ratio");
    for (what, parts, made) in HARD {
        let (short, text) = (made(parts / 10), made(*parts));
        let (before, nanos) = (per_byte(&short), per_byte(&text));
        let time = Duration::from_secs_f64(nanos * text.len() as f64 / 1e9);
        println!("{what:<34} {:>9} {time:>10.2?} {nanos:>10.1} {:>8.2}", text.len(), nanos / before);
    }
}
