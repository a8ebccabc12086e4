//! Compares statements with hand-marked attributions, in the way that quotation corpora are scored.
//!
//! Contents are sets of word tokens; predicted and marked ones are paired one to one, best overlap (intersection over union)
//! first. A statement is right when its pair overlaps by half or more and the mention that speaks is the same. Predictions that
//! pair with something marked that is no speech, that lie in a stretch which was not marked at all, or that stand wholly inside
//! one marked content (corpora mark the outermost attribution alone) are left out.

use regex::Regex;
use serde::Deserialize;
use stancebot::model::{Span, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Words that two mentions may share without being the same.
const FUNCTION_WORDS: &str = include_str!("function-words.txt");
/// Overlap from which a content is found.
const OVERLAP_MIN: f64 = 0.5;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+(?:['\u{2019}][\p{L}\p{N}_]+)*").expect("the pattern is right"));
/// Where the head of a mention ends.
static HEAD_END: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r",|\(|;|\u{2014}|\b(?:of|for|in|at|from|with|on|to|who|whom|which|that|whose)\b").expect("the pattern is right")
});

/// A marked article, offsets in code points.
#[derive(Debug, Deserialize)]
pub struct Marked {
    /// What the article is called.
    #[serde(default)]
    pub id: String,
    /// Its plain text.
    pub text: String,
    /// The day of publication.
    #[serde(default)]
    pub date: Option<String>,
    /// The part of the corpus that it belongs to.
    #[serde(default)]
    pub compartment: Option<String>,
    /// Stretches that nobody marked.
    #[serde(default)]
    ignore: Vec<[usize; 2]>,
    /// What was marked.
    attributions: Vec<Gold>,
}

impl Marked {
    /// Code points to bytes.
    pub fn span(&self, range: [usize; 2]) -> Span {
        Words::of(&self.text).byte_spans(&[range]).first().copied().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
struct Gold {
    #[serde(default)]
    source: Vec<[usize; 2]>,
    content: Vec<[usize; 2]>,
    #[serde(default)]
    cue_class: Option<String>,
}

impl Gold {
    fn is_speech(&self) -> bool {
        self.cue_class.as_deref().is_none_or(|class| class == "speech")
    }
}

/// How a statement compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is neither right nor wrong.
    LeftOut,
    /// The content is not marked, or overlaps by less than half.
    Content,
    /// The content is right, somebody else speaks.
    Speaker,
    /// Both are right.
    Right,
}

/// A text as word tokens.
struct Words<'t> {
    text: &'t str,
    spans: Vec<Span>,
    /// Byte of each code point, and one past the end.
    bytes: Vec<usize>,
}

type Tokens = BTreeSet<usize>;

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        let spans = WORD.find_iter(text).map(|found| Span::new(found.start(), found.end())).collect();
        let bytes = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        Self { text, spans, bytes }
    }

    /// Code points to bytes.
    fn byte_spans(&self, ranges: &[[usize; 2]]) -> Vec<Span> {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(self.text.len());
        ranges.iter().map(|[start, end]| Span::new(byte(*start), byte(*end))).collect()
    }

    /// The tokens that spans touch.
    fn touched(&self, spans: &[Span]) -> Tokens {
        let of_span = |span: &Span| {
            let first = self.spans.partition_point(|word| word.end <= span.start);
            let last = self.spans.partition_point(|word| word.start < span.end);
            first..last.max(first)
        };
        spans.iter().flat_map(of_span).collect()
    }

    /// The tokens of the head noun phrase of a mention.
    fn head(&self, spans: &[Span]) -> Tokens {
        let Some(span) = spans.iter().min_by_key(|span| (span.start, span.end)) else { return Tokens::new() };
        let after = self.text.get(span.start as usize..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let within = self.text.get(..span.end as usize).unwrap_or(self.text);
        let from = (span.start as usize + after).min(within.len());
        match HEAD_END.find_at(within, from) {
            Some(end) => self.touched(&[Span::new(span.start as usize, end.start())]),
            None => self.touched(&[*span]),
        }
    }

    fn is_function_word(&self, at: usize) -> bool {
        let word = self.spans.get(at).map_or("", |span| span.of(self.text));
        let word = word.to_lowercase().replace('\u{2019}', "'");
        FUNCTION_WORDS.split_whitespace().any(|known| known == word)
    }

    fn is_same_speaker(&self, marked: &[Span], predicted: Option<Span>) -> bool {
        let whole = self.touched(marked);
        let Some(predicted) = predicted.map(|span| [span]) else { return whole.is_empty() };
        if whole.is_empty() {
            return false;
        }
        let (one, other) = (self.head(marked), self.head(&predicted));
        let mut common = one.intersection(&other).peekable();
        common.peek().is_some() && (common.any(|at| !self.is_function_word(*at)) || whole == self.touched(&predicted))
    }
}

/// Gives the verdict on every statement of an article, in their order.
pub fn verdicts(article: &Marked, statements: &[Statement]) -> Vec<Verdict> {
    let words = Words::of(&article.text);
    let ignored = words.touched(&words.byte_spans(&article.ignore));
    let gold: Vec<(&Gold, Tokens)> = article
        .attributions
        .iter()
        .map(|gold| (gold, words.touched(&words.byte_spans(&gold.content))))
        .filter(|(_, tokens)| !tokens.is_empty())
        .collect();
    let predicted: Vec<(usize, Tokens)> = statements
        .iter()
        .map(|statement| words.touched(&statement.attribution.content))
        .enumerate()
        .filter(|(_, tokens)| !tokens.is_empty() && tokens.intersection(&ignored).count() * 2 < tokens.len().max(1))
        .collect();
    let mut owner: BTreeMap<usize, usize> = BTreeMap::new();
    for (nth, (_, tokens)) in gold.iter().enumerate() {
        owner.extend(tokens.iter().map(|token| (*token, nth)));
    }
    let pairs = pairs(&gold, &predicted);
    let mut verdicts = vec![Verdict::LeftOut; statements.len()];
    for (nth, (index, tokens)) in predicted.iter().enumerate() {
        let Some(statement) = statements.get(*index) else { continue };
        let source = statement.attribution.source;
        let found = pairs.get(&nth).filter(|(_, overlap)| *overlap >= OVERLAP_MIN).and_then(|(at, _)| gold.get(*at));
        let verdict = match found {
            Some((gold, _)) if !gold.is_speech() => Verdict::LeftOut,
            Some((gold, _)) if words.is_same_speaker(&words.byte_spans(&gold.source), source) => Verdict::Right,
            Some(_) => Verdict::Speaker,
            None if is_nested(&words, tokens, (source, &owner)) || is_other(tokens, (&owner, &gold)) => Verdict::LeftOut,
            None => Verdict::Content,
        };
        verdicts[*index] = verdict;
    }
    verdicts
}

/// Pairs of predicted and marked contents, the best overlap first, each used once: predicted → marked, overlap.
fn pairs(gold: &[(&Gold, Tokens)], predicted: &[(usize, Tokens)]) -> BTreeMap<usize, (usize, f64)> {
    let mut candidates: Vec<(f64, usize, usize)> = Vec::new();
    for (nth, (_, tokens)) in predicted.iter().enumerate() {
        for (at, (_, marked)) in gold.iter().enumerate() {
            let common = tokens.intersection(marked).count();
            if common > 0 {
                candidates.push((common as f64 / (tokens.len() + marked.len() - common) as f64, at, nth));
            }
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut taken = BTreeSet::new();
    let mut pairs = BTreeMap::new();
    for (overlap, at, nth) in candidates {
        if !pairs.contains_key(&nth) && taken.insert(at) {
            pairs.insert(nth, (at, overlap));
        }
    }
    pairs
}

/// Source and content lie wholly inside one marked content.
fn is_nested(words: &Words<'_>, tokens: &Tokens, (source, owner): (Option<Span>, &BTreeMap<usize, usize>)) -> bool {
    let Some(source) = source.map(|source| words.touched(&[source])).filter(|source| !source.is_empty()) else { return false };
    let owners: BTreeSet<Option<&usize>> = tokens.union(&source).map(|token| owner.get(token)).collect();
    owners.len() == 1 && !owners.contains(&None)
}

/// The content lies mostly on what is marked, and all of that is no speech.
fn is_other(tokens: &Tokens, (owner, gold): (&BTreeMap<usize, usize>, &[(&Gold, Tokens)])) -> bool {
    let on: Vec<usize> = tokens.iter().filter_map(|token| owner.get(token)).copied().collect();
    let is_speech = |at: &usize| gold.get(*at).is_some_and(|(gold, _)| gold.is_speech());
    !on.is_empty() && on.len() * 2 >= tokens.len() && !on.iter().any(is_speech)
}
