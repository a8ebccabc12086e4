//! The reading of texts is total: any UTF-8 gives attributions whose spans fit the text, the same each time, in bounded time.

#[path = "total/check.rs"]
mod check;

use proptest::prelude::*;
use stancebot::model::Span;
use stancebot::rules::builtin_files;
use stancebot::rules::lexicon::Lexicon;
use stancebot::rules::reading::{Reading, read};
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut problems = Vec::new();
    let lexicon = Lexicon::build(&builtin_files(), &mut problems);
    assert!(problems.is_empty(), "{problems:?}");
    lexicon
});

/// Pieces that sentence shapes react to, so that random texts reach their branches.
const PIECES: &[&str] = &[
    "said",
    "says",
    "saying",
    "that",
    "told",
    "according to",
    "The mayor",
    "Okell",
    "he",
    "who",
    "the claim that",
    "quoted",
    "as calling",
    "“",
    "”",
    "\"",
    "''",
    "‘",
    "’",
    "«",
    "»",
    ",",
    ".",
    "?",
    ":",
    ";",
    "—",
    "--",
    "(",
    ")",
    "\n",
    "\n\n",
    "and",
    "but",
    "was",
    "it",
    "Mr.",
    "U.S.",
    "on 2 December",
    "’s",
    "statement",
    "in",
    "of",
    "to",
    "whether",
    "“no”",
    "é",
    "\u{202e}",
    "\0",
    "🚢",
    "%",
    "10",
    "not",
    "also",
    "asked",
];

fn check_drafts(text: &str) -> Result<(), TestCaseError> {
    let reading = read(text, &LEXICON);
    prop_assert_eq!(&read(text, &LEXICON).drafts, &reading.drafts, "not the same twice");
    for (nth, draft) in reading.drafts.iter().enumerate() {
        let attribution = &draft.attribution;
        prop_assert!(!attribution.content.is_empty());
        prop_assert!(
            attribution.content.windows(2).all(|pair| pair[0].end <= pair[1].start),
            "contents overlap: {:?}",
            attribution.content
        );
        let others = [attribution.source, attribution.cue, draft.head, draft.addressee, draft.reporter, draft.circumstance];
        for span in attribution.content.iter().copied().chain(others.into_iter().flatten()) {
            prop_assert!(fits(span, text), "{span:?} does not fit");
        }
        if let Some(parent) = attribution.parent {
            prop_assert!(parent < nth, "an inner attribution stands before its parent");
        }
        prop_assert!(!draft.firings.is_empty() && draft.confidence <= 100);
    }
    prop_assert!(is_in_text_order(&reading));
    Ok(())
}

fn fits(span: Span, text: &str) -> bool {
    span.start < span.end && text.get(span.range()).is_some()
}

fn is_in_text_order(reading: &Reading<'_>) -> bool {
    let starts: Vec<u32> = reading.drafts.iter().map(|draft| draft.attribution.content[0].start).collect();
    starts.is_sorted()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_utf8_gives_spans_that_fit(text in "\\PC{0,200}") {
        check_drafts(&text)?;
        check::text(&text).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn texts_of_cues_and_marks_give_spans_that_fit(pieces in prop::collection::vec((0..PIECES.len(), any::<bool>()), 0..60)) {
        let mut text = String::new();
        for (piece, spaced) in pieces {
            text.push_str(PIECES[piece]);
            text.push_str(if spaced { " " } else { "" });
        }
        check_drafts(&text)?;
        check::text(&text).map_err(TestCaseError::fail)?;
    }
}

/// What is put into data files to break them.
const DATA_PIECES: &[&str] = &[
    "\"",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    "\n",
    ",",
    "#",
    "''",
    "..9 ",
    "~",
    "(",
    "|",
    ")",
    "{holder}",
    "{target's}",
    "é",
    "\0",
    "-1",
    "1e9",
    "\"\"",
    "[]",
];

/// The blocks of the shipped data files, each as a file of its own; the lists that are longer than a block are left out.
static BLOCKS: LazyLock<Vec<String>> = LazyLock::new(|| {
    const BLOCK_BYTES_MAX: usize = 3_000;
    let blocks = builtin_files().into_iter().flat_map(|file| {
        let parts: Vec<String> =
            file.text.split("\n[[").enumerate().map(|(nth, part)| if nth == 0 { part.to_owned() } else { format!("[[{part}") }).collect();
        parts
    });
    blocks.filter(|block| block.len() <= BLOCK_BYTES_MAX).collect()
});

/// Cuts a character, puts a piece in, or puts a line twice.
fn broken(block: &str, edits: &[(u16, usize)]) -> String {
    let mut text = block.to_owned();
    for (place, edit) in edits {
        let wanted = text.len() * usize::from(*place) / usize::from(u16::MAX);
        let at = (0..=wanted).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        match (DATA_PIECES.get(*edit), text[at..].chars().next()) {
            (Some(piece), _) => text.insert_str(at, piece),
            (None, Some(next)) if edit % 2 == 0 => text.replace_range(at..at + next.len_utf8(), ""),
            (None, _) => {
                let line: String = text[at..].lines().next().unwrap_or_default().to_owned();
                text.insert_str(at, &format!("{line}\n"));
            }
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn broken_data_files_are_refused_or_read(
        block in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<u16>(), 0..DATA_PIECES.len() + 20), 0..6),
    ) {
        let text = broken(&BLOCKS[block.index(BLOCKS.len())], &edits);
        check::data_file(&text).map_err(|problem| TestCaseError::fail(format!("{problem}\n{text}")))?;
    }
}

/// All files of a folder of this test, with their names.
fn folder(name: &str) -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/total").join(name);
    let files = std::fs::read_dir(directory).expect("the folder is part of the project").map(|file| file.expect("it is read").path());
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(path).expect("a case is UTF-8"))).collect()
}

#[test]
fn texts_that_were_found_by_fuzzing_are_read() {
    for (name, text) in folder("texts") {
        assert_eq!(check::text(&text), Ok(()), "{name}");
    }
}

#[test]
fn data_files_that_were_found_by_fuzzing_are_refused_or_read() {
    for (name, text) in folder("data") {
        assert_eq!(check::data_file(&text), Ok(()), "{name}");
    }
}

/// Far above what a debug build on a busy machine needs; a quadratic rule needs minutes.
const TIME_MAX: Duration = Duration::from_secs(60);

fn check_fast(text: &str) {
    let start = Instant::now();
    let reading = read(text, &LEXICON);
    for draft in &reading.drafts {
        assert!(draft.attribution.content.iter().all(|span| fits(*span, text)));
    }
    assert!(start.elapsed() < TIME_MAX, "{} bytes took {:?}", text.len(), start.elapsed());
}

#[test]
fn quotations_a_thousand_deep_are_read() {
    check_fast(&format!("Okell said {}no{}.", "“he said ".repeat(1000), "”".repeat(1000)));
    check_fast(&"“".repeat(20_000));
    check_fast(&"”".repeat(20_000));
    check_fast(&"\" said ".repeat(20_000));
}

#[test]
fn one_sentence_of_300_kilobytes_is_read() {
    check_fast(&"Okell said that the mayor told him that ".repeat(7_700));
    check_fast(&"the boats, the piers, ".repeat(14_000));
    check_fast(&"said ".repeat(60_000));
    check_fast(&format!("{} said.", "the old boat of ".repeat(19_000)));
}

/// The whole reading, with everybody in the text, of sentences that do not end.
#[test]
fn sentences_without_end_are_resolved_and_judged() {
    for text in [
        format!("{} left, and he said that it was late.", "Brannoch Tull and ".repeat(20_000)),
        "Brannoch Tull met him and he said that ".repeat(5_000),
        "he said that ".repeat(20_000),
        "Ruben Kell said that the mayor told him that the plan ".repeat(5_000),
        format!("{} Tull left. {}", "the ".repeat(20_000), "He said no. ".repeat(5_000)),
        "Brannoch Tull’s boat, he said, ".repeat(5_000),
    ] {
        let start = Instant::now();
        assert_eq!(check::text(&text), Ok(()));
        assert!(start.elapsed() < TIME_MAX, "{} … took {:?}", &text[..40], start.elapsed());
    }
}

#[test]
fn five_megabytes_are_read() {
    let paragraph = "“The harbour is closed,” Okell said. The mayor said it would open in spring, and the ferry will sail again.\n";
    check_fast(&paragraph.repeat(5_000_000 / paragraph.len()));
}

#[test]
fn an_empty_text_gives_nothing() {
    for text in ["", " ", "\n\n", "\0", "."] {
        assert!(read(text, &LEXICON).drafts.is_empty());
    }
}
