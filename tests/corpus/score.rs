//! Compares what is read with what was marked by hand: how much of it, and whether anything stands under a wrong name.
//!
//! A statement is found where its content and a marked one share at least half of the words of both, and counts where its
//! speaker's mention is the marked one too. Marked thoughts and findings (no `speech`) are neither asked for nor punished.

use super::snapshot;
use serde::Deserialize;
use stancebot::model::{Extraction, Span, Statement};
use std::collections::BTreeSet;

/// Words that a wrong mention may share with the right one by chance.
const FUNCTION_WORDS: [&str; 10] = ["a", "an", "the", "of", "and", "in", "at", "for", "his", "her"];

/// A marked text.
#[derive(Deserialize)]
pub struct Article {
    pub id: String,
    /// The text; offsets count its code points.
    pub text: String,
    attributions: Vec<Marked>,
}

#[derive(Deserialize)]
struct Marked {
    source: Vec<[usize; 2]>,
    content: Vec<[usize; 2]>,
    /// Who may be shown as the speaker; nobody where it is empty.
    actors: Vec<String>,
    cue_class: String,
}

pub fn gold(lines: &str) -> Vec<Article> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("gold.jsonl: {error}"))).collect()
}

/// Counts over texts.
#[derive(Default)]
pub struct Score {
    asked: usize,
    given: usize,
    right: usize,
    /// Found statements whose speaker is somebody else, for showing.
    pub wrong: Vec<String>,
}

impl Score {
    /// End-to-end F1 in percent.
    pub fn f1(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some hundreds")]
        let (right, sum) = (self.right as f64, (self.asked + self.given) as f64);
        200.0 * right / sum.max(1.0)
    }

    pub fn add(&mut self, article: &Article, extraction: &Extraction) {
        let words = Words::of(&article.text);
        let marked: Vec<BTreeSet<usize>> = article.attributions.iter().map(|marked| words.in_characters(&marked.content)).collect();
        let read: Vec<BTreeSet<usize>> =
            extraction.statements.iter().map(|statement| words.in_spans(&statement.attribution.content)).collect();
        let pairs = pairs(&marked, &read);
        self.asked += article.attributions.iter().filter(|marked| marked.cue_class == "speech").count();
        for (nth, statement) in extraction.statements.iter().enumerate() {
            let source = words.in_spans(statement.attribution.source.as_slice());
            let Some((of, _)) = pairs.iter().find(|(_, read)| *read == nth) else {
                // A report inside a marked content may be right, but was perhaps not marked.
                let whole = &read[nth] | &source;
                self.given += usize::from(!marked.iter().any(|marked| !source.is_empty() && marked.is_superset(&whole)));
                continue;
            };
            let wanted = &article.attributions[*of];
            let same = words.same_mention(&words.in_characters(&wanted.source), &source);
            if wanted.cue_class == "speech" {
                self.given += 1;
                self.right += usize::from(same);
            }
            if is_wrong_name(wanted, statement, same, &article.text) {
                self.wrong.push(format!("    {}: {}", article.id, snapshot::line(statement, &article.text)));
            }
        }
    }
}

/// Pairs of marked and read contents, the most similar first, each in one pair at most.
fn pairs(marked: &[BTreeSet<usize>], read: &[BTreeSet<usize>]) -> Vec<(usize, usize)> {
    let mut similar = Vec::new();
    for (of, wanted) in marked.iter().enumerate() {
        // In thousandths, so that they can be sorted.
        let share = |got: &BTreeSet<usize>| (wanted & got).len() * 1000 / (wanted | got).len().max(1);
        similar.extend(read.iter().enumerate().map(|(nth, got)| (share(got), of, nth)).filter(|(share, ..)| *share >= 500));
    }
    similar.sort_by_key(|(share, of, nth)| (std::cmp::Reverse(*share), *of, *nth));
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (_, of, nth) in similar {
        if !pairs.iter().any(|pair| pair.0 == of || pair.1 == nth) {
            pairs.push((of, nth));
        }
    }
    pairs
}

/// Whether somebody is named who did not say it. A speaker who is left open is never wrong where the mention is right.
fn is_wrong_name(wanted: &Marked, statement: &Statement, same_mention: bool, text: &str) -> bool {
    let Some(actor) = statement.speaker.actor().map(|actor| actor.as_str()) else {
        return !same_mention && statement.attribution.source.is_some();
    };
    let words_of = |id: &str| id.trim_start_matches("found-").split('-').map(str::to_owned).collect::<Vec<_>>();
    let found = |id: &str| id.starts_with("found-").then(|| words_of(id));
    // The id of somebody who is in no data file may hold a title and no first name: "found-ms-bray" is Agnes Bray, but
    // "found-wenna-pell" is no other Pell.
    let is_called = |wanted: &[String], got: &[String]| match got {
        [title, surname] if title.len() <= 4 => wanted.last() == Some(surname),
        [surname] => wanted.last() == Some(surname),
        _ => wanted.iter().all(|word| got.contains(word)),
    };
    let allowed = |id: &String| id == actor || found(actor).is_some_and(|got| is_called(&words_of(id), &got));
    // A body that is in no data file is named as the text names it.
    let mention = statement.attribution.source.map(|span| span.of(text).to_lowercase()).unwrap_or_default();
    let called_so = || found(actor).is_some_and(|slug| slug.iter().all(|word| mention.contains(word)));
    !(wanted.actors.iter().any(allowed) || wanted.actors.is_empty() && same_mention && called_so())
}

/// The words of a text by their place; punctuation and quotation marks never count.
struct Words {
    /// Bytes and lower-case form of each word.
    words: Vec<(Span, String)>,
    /// Byte at which each character starts.
    bytes: Vec<usize>,
}

impl Words {
    fn of(text: &str) -> Self {
        let pieces = text.split_inclusive(|character: char| !character.is_alphanumeric()).scan(0, |at, piece| {
            let start = std::mem::replace(at, *at + piece.len());
            let word = piece.trim_end_matches(|character: char| !character.is_alphanumeric());
            Some((Span::new(start, start + word.len()), word.to_lowercase()))
        });
        let bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { words: pieces.filter(|(span, _)| !span.is_empty()).collect(), bytes }
    }

    fn in_spans(&self, spans: &[Span]) -> BTreeSet<usize> {
        let inside = |word: &(Span, String)| spans.iter().any(|span| span.overlaps(word.0));
        self.words.iter().enumerate().filter(|(_, word)| inside(word)).map(|(nth, _)| nth).collect()
    }

    fn in_characters(&self, ranges: &[[usize; 2]]) -> BTreeSet<usize> {
        let spans: Vec<Span> = ranges.iter().map(|[start, end]| Span::new(self.bytes[*start], self.bytes[*end])).collect();
        self.in_spans(&spans)
    }

    fn same_mention(&self, wanted: &BTreeSet<usize>, got: &BTreeSet<usize>) -> bool {
        let tells = |nth: &usize| !FUNCTION_WORDS.contains(&self.words[*nth].1.as_str());
        wanted == got || (wanted & got).iter().any(tells)
    }
}
