//! Cues: the verbs, nouns and phrases that show that something was said.
//!
//! Loads and checks `lang/en/cues.toml`; where a cue may stand is decided by the shapes.

use super::Lexicon;
use crate::model::{Act, Distance};
use crate::rules::data::{Block, DataFile, DataProblem, HasId, did_you_mean, merge, read_blocks};
use serde::Deserialize;
use toml::Spanned;

/// A cue's place in its lexicon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CueRef(pub u16);

/// What sort of word a cue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CueKind {
    /// "deny"
    Verb,
    /// "statement"
    Noun,
    /// "according to"
    Phrase,
}

/// One way in which content may follow a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Frame {
    That,
    Bare,
    Quote,
    Object,
    Gerund,
    Infinitive,
    Whether,
    As,
    Of,
    For,
    Addressee,
}

/// The ways in which content may follow a cue, as a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames(u16);

impl Frames {
    /// Tells whether a frame is in the set.
    pub(crate) fn has(self, frame: Frame) -> bool {
        self.0 & (1 << frame as u16) != 0
    }

    fn with(self, frame: Frame) -> Self {
        Self(self.0 | (1 << frame as u16))
    }
}

/// A cue with what its use tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// The unique id, such as `deny`.
    pub id: String,
    /// What sort of word it is.
    pub kind: CueKind,
    /// What may follow.
    pub frames: Frames,
    /// What is done by saying it.
    pub act: Act,
    /// How the reporter stands to what is reported.
    pub distance: Distance,
    /// The share of its occurrences that are cues of speech, in percent.
    pub speech: u8,
    /// The file that defines it.
    pub file: String,
    /// The line in that file, from 1.
    pub line: u32,
}

/// Which form of a word stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormKind {
    /// "say"
    Base,
    /// "says"
    Third,
    /// "said"
    Past,
    /// "saying"
    Gerund,
    /// "statement", "statements"
    Noun,
    /// "according to"
    Phrase,
}

/// A form of a cue: the words after its first one, and which form it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormRef {
    pub cue: CueRef,
    pub form: FormKind,
    pub rest: Vec<Box<str>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CueBlock {
    id: Spanned<String>,
    kind: CueKind,
    forms: Spanned<Vec<String>>,
    frames: Vec<Frame>,
    act: Spanned<String>,
    distance: Spanned<String>,
    speech: Spanned<f64>,
    #[expect(dead_code, reason = "provenance is for the reader of the file")]
    source: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    example: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    guardrail: String,
}

impl HasId for CueBlock {
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

pub(super) fn load(files: &[DataFile], lexicon: &mut Lexicon, problems: &mut Vec<DataProblem>) {
    let mut blocks: Vec<Block<'_, CueBlock>> = Vec::new();
    for file in files.iter().filter(|file| file.path == "lang/en/cues.toml") {
        blocks.extend(read_blocks(file, "cue", problems));
    }
    for block in merge(blocks, problems) {
        let Ok(index) = u16::try_from(lexicon.cues.len()) else {
            problems.push(block.problem(block.value.id.span(), "there are more cues than can be counted").suggest("at most 65535"));
            return;
        };
        if let Some(cue) = checked(&block, problems) {
            add_forms(lexicon, (CueRef(index), cue.kind), block.value.forms.get_ref());
            lexicon.cues.push(cue);
        }
    }
}

fn checked(block: &Block<'_, CueBlock>, problems: &mut Vec<DataProblem>) -> Option<Cue> {
    let value = &block.value;
    let act = word_of::<Act>(block, (&value.act, "act"), problems);
    let distance = word_of::<Distance>(block, (&value.distance, "distance"), problems);
    let speech = *value.speech.get_ref();
    if !(0.0..=1.0).contains(&speech) {
        problems.push(block.problem(value.speech.span(), format!("`speech` is {speech}")).suggest("a share from 0 to 1"));
        return None;
    }
    if value.forms.get_ref().iter().any(|form| form.trim().is_empty() || form.to_lowercase() != *form) || value.forms.get_ref().is_empty() {
        problems.push(block.problem(value.forms.span(), "a form is empty or has capitals").suggest("write the forms in lower case"));
        return None;
    }
    Some(Cue {
        id: value.id.get_ref().clone(),
        kind: value.kind,
        frames: value.frames.iter().fold(Frames::default(), |set, frame| set.with(*frame)),
        act: act?,
        distance: distance?,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above to be 0 to 1")]
        speech: (speech * 100.0).round() as u8,
        file: block.file.shown_as.clone(),
        line: block.line,
    })
}

/// Reads a word of an axis of the model, with its place and a near word when it is none.
fn word_of<A: std::str::FromStr<Err = crate::model::UnknownWord> + Axis>(
    block: &Block<'_, CueBlock>,
    (word, key): (&Spanned<String>, &str),
    problems: &mut Vec<DataProblem>,
) -> Option<A> {
    match word.get_ref().parse() {
        Ok(value) => Some(value),
        Err(error) => {
            let problem = block.problem(word.span(), error.to_string());
            let near = did_you_mean(word.get_ref(), A::words()).unwrap_or_else(|| format!("`{key}` is one of {}", A::words().join(", ")));
            problems.push(problem.suggest(near));
            None
        }
    }
}

trait Axis {
    fn words() -> Vec<&'static str>;
}

impl Axis for Act {
    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|act| act.as_str()).collect()
    }
}

impl Axis for Distance {
    fn words() -> Vec<&'static str> {
        Self::ALL.iter().map(|distance| distance.as_str()).collect()
    }
}

fn add_forms(lexicon: &mut Lexicon, (cue, kind): (CueRef, CueKind), forms: &[String]) {
    for (nth, form) in forms.iter().enumerate() {
        let mut words = form.split([' ', '-']).filter(|word| !word.is_empty()).map(str::to_owned);
        let Some(first) = words.next() else { continue };
        let kind = match kind {
            CueKind::Noun => FormKind::Noun,
            CueKind::Phrase => FormKind::Phrase,
            CueKind::Verb if nth == 0 => FormKind::Base,
            CueKind::Verb if first.ends_with("ing") && nth > 2 => FormKind::Gerund,
            CueKind::Verb if nth == 1 => FormKind::Third,
            CueKind::Verb => FormKind::Past,
        };
        let form = FormRef { cue, form: kind, rest: words.map(String::into_boxed_str).collect() };
        let entry = lexicon.entry_mut(&first);
        if !entry.forms.contains(&form) {
            entry.forms.push(form);
        }
    }
}
