//! What paragraphs look like that are no part of an article's prose, as `lang/en/asides.toml` lists them.
//!
//! Holds the lists only; which paragraphs of a text are meant is decided by the shapes.

use crate::rules::data::{Block, DataFile, DataProblem, HasId, merge, read_blocks};
use serde::Deserialize;
use toml::Spanned;

/// A kind of paragraph that is not read.
#[derive(Clone, Debug)]
pub(crate) struct Aside {
    /// Words with which it starts, in lower case; a name when there are none.
    pub starts: Vec<Vec<String>>,
    /// What stands right after.
    pub then: Then,
    /// Has no full stop at its end.
    pub is_open: bool,
    /// One of the last paragraphs.
    pub is_last: bool,
    /// Most words.
    pub words_max: usize,
}

/// What stands after the first words of such a paragraph.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// A word with a capital.
    Name,
    /// A colon.
    Colon,
    /// One of these phrases, in lower case.
    Phrases(Vec<Vec<String>>),
}

/// `[[aside]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAside {
    id: Spanned<String>,
    #[serde(default)]
    starts: Vec<String>,
    then: Spanned<RawThen>,
    #[serde(default)]
    is_open: bool,
    #[serde(default)]
    is_last: bool,
    words_max: usize,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    example: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    guardrail: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawThen {
    One(String),
    Phrases(Vec<String>),
}

impl HasId for RawAside {
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

/// Reads `asides.toml`; mistakes are added to `problems`.
pub(super) fn load(files: &[DataFile], problems: &mut Vec<DataProblem>) -> Vec<Aside> {
    let of_asides = files.iter().filter(|file| file.path == "lang/en/asides.toml");
    let blocks: Vec<Block<'_, RawAside>> = of_asides.flat_map(|file| read_blocks(file, "aside", problems)).collect();
    merge(blocks, problems).into_iter().filter_map(|block| aside(&block, problems)).collect()
}

fn aside(block: &Block<'_, RawAside>, problems: &mut Vec<DataProblem>) -> Option<Aside> {
    let raw = &block.value;
    let then = match raw.then.get_ref() {
        RawThen::One(word) if word == "name" => Then::Name,
        RawThen::One(word) if word == "colon" => Then::Colon,
        RawThen::One(word) => {
            let problem = block.problem(raw.then.span(), format!("`{word}` cannot follow"));
            problems.push(problem.suggest("write \"name\", \"colon\" or a list of phrases"));
            return None;
        }
        RawThen::Phrases(phrases) => Then::Phrases(phrases.iter().map(|phrase| words(phrase)).collect()),
    };
    Some(Aside {
        starts: raw.starts.iter().map(|phrase| words(phrase)).collect(),
        then,
        is_open: raw.is_open,
        is_last: raw.is_last,
        words_max: raw.words_max,
    })
}

fn words(phrase: &str) -> Vec<String> {
    phrase.split_whitespace().map(str::to_lowercase).collect()
}
