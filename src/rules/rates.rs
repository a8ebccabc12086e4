//! How often the sentence shapes are right, as it was measured: what a statement's confidence is made of.
//!
//! Reads `lang/en/confidence.toml`, which `examples/rule_report` prints. A rate is looked up by how sure the cue is, then
//! also by whether the mention was taken for somebody, by shape, and by kind of quotation; few cases say little, so each step is
//! drawn to the one before it. Whether the mention was taken for the right one is a rate of its own.

use super::data::{DataFile, DataProblem, did_you_mean, read_whole};
use super::{resolve, shapes};
use crate::model::{QuoteKind, RuleId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use toml::Spanned;

/// A step counts as if so many cases with the rate of the step before were added. Of 8, 15, 20 and 30 this told best how often
/// the rules are right in one part of the measured articles when the other part was counted.
const CASES_ADDED: f64 = 20.0;
/// A cue that is one at least this often (percent) is sure.
const SURE_SPEECH: u8 = 75;
/// A cue that is one less often (percent) is rare.
const WEAK_SPEECH: u8 = 45;

/// How sure it is that the cue word of a statement is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CueStrength {
    /// Three of four occurrences or more are cues of speech.
    Sure,
    /// Between sure and rare.
    Weak,
    /// Fewer than 45 of 100 occurrences.
    Rare,
    /// There is no cue of the data files: a colon, a quotation that goes on.
    None,
}

impl CueStrength {
    /// Gives the strength of a cue by the share of its occurrences that are cues, in percent.
    pub fn of(speech: Option<u8>) -> Self {
        match speech {
            None => Self::None,
            Some(share) if share >= SURE_SPEECH => Self::Sure,
            Some(share) if share >= WEAK_SPEECH => Self::Weak,
            Some(_) => Self::Rare,
        }
    }
}

impl fmt::Display for CueStrength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sure => "sure",
            Self::Weak => "weak",
            Self::Rare => "rare",
            Self::None => "none",
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatesFile {
    #[expect(dead_code, reason = "provenance is for the reader of the file")]
    source: String,
    deed: Option<RawDeeds>,
    #[serde(default)]
    rate: Vec<RawRate>,
    #[serde(default)]
    speaker: Vec<RawSpeaker>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    rule: Spanned<String>,
    quote: QuoteKind,
    cue: CueStrength,
    /// Whether the mention was taken for somebody.
    told: bool,
    right: Spanned<u32>,
    of: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpeaker {
    rule: Spanned<String>,
    right: Spanned<u32>,
    of: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDeeds {
    right: Spanned<u32>,
    of: u32,
}

/// Right statements and all of them.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    right: f64,
    of: f64,
}

impl Counts {
    fn add(&mut self, right: u32, of: u32) {
        self.right += f64::from(right);
        self.of += f64::from(of);
    }

    /// The share that is right, drawn to an expected one.
    fn drawn_to(self, expected: f64) -> f64 {
        (self.right + CASES_ADDED * expected) / (self.of + CASES_ADDED)
    }
}

/// What was measured of one shape.
#[derive(Debug, Default)]
struct OfRule {
    told: BTreeMap<(CueStrength, bool), Counts>,
    cells: BTreeMap<(CueStrength, bool, QuoteKind), Counts>,
}

/// Measured rates, by what is known of a statement.
#[derive(Debug, Default)]
pub(super) struct Rates {
    all: Counts,
    cues: BTreeMap<CueStrength, Counts>,
    told: BTreeMap<(CueStrength, bool), Counts>,
    /// By shape that was measured at all.
    rules: BTreeMap<String, OfRule>,
    speakers: BTreeMap<String, Counts>,
    deeds: Counts,
}

/// What is known of a statement before it is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features<'a> {
    pub rule: &'a RuleId,
    pub quote: QuoteKind,
    pub cue: CueStrength,
    /// Whether the mention was taken for somebody.
    pub told: bool,
}

impl Rates {
    /// Reads `confidence.toml`; the last of several files counts. Mistakes are added to `problems`.
    pub fn read(files: &[DataFile], problems: &mut Vec<DataProblem>) -> Self {
        let mut rates = Self::default();
        for file in files.iter().filter(|file| file.path == "lang/en/confidence.toml") {
            let Some(block) = read_whole::<RatesFile>(file, problems) else { continue };
            rates = Self::default();
            if let Some(raw) = &block.value.deed {
                check_right(file, (&raw.right, raw.of), problems);
                rates.deeds.add(*raw.right.get_ref(), raw.of);
            }
            for raw in &block.value.rate {
                rates.add(file, raw, problems);
            }
            for raw in &block.value.speaker {
                check(file, (&raw.rule, resolve::cards().map(|card| card.id).collect()), (&raw.right, raw.of), problems);
                rates.speakers.entry(raw.rule.get_ref().clone()).or_default().add(*raw.right.get_ref(), raw.of);
            }
        }
        rates
    }

    fn add(&mut self, file: &DataFile, raw: &RawRate, problems: &mut Vec<DataProblem>) {
        check(file, (&raw.rule, shapes::all().iter().map(|shape| shape.id).collect()), (&raw.right, raw.of), problems);
        let (rule, right) = (raw.rule.get_ref(), *raw.right.get_ref());
        self.all.add(right, raw.of);
        self.cues.entry(raw.cue).or_default().add(right, raw.of);
        self.told.entry((raw.cue, raw.told)).or_default().add(right, raw.of);
        let of_rule = self.rules.entry(rule.clone()).or_default();
        of_rule.told.entry((raw.cue, raw.told)).or_default().add(right, raw.of);
        of_rule.cells.entry((raw.cue, raw.told, raw.quote)).or_default().add(right, raw.of);
    }

    /// Gives how many of 100 statements like this have the right words and the right mention (1 to 99); none for a shape that was
    /// never measured.
    pub fn percent(&self, features: Features<'_>) -> Option<u8> {
        let Features { rule, quote, cue, told } = features;
        let of_rule = self.rules.get(rule.as_str())?;
        let steps =
            [self.cues.get(&cue), self.told.get(&(cue, told)), of_rule.told.get(&(cue, told)), of_rule.cells.get(&(cue, told, quote))];
        let start = self.all.right / self.all.of.max(1.0);
        Some(percent(steps.into_iter().flatten().fold(start, |share, counts| counts.drawn_to(share))))
    }

    /// Gives how many of 100 deeds show the stance of who did it (1 to 99), drawn to one in two, which is what nothing is known of.
    pub fn deed_percent(&self) -> u8 {
        percent(self.deeds.drawn_to(0.5))
    }

    /// Gives how many of 100 mentions that a rule took for somebody are theirs (1 to 99), drawn to what the rule expects of itself.
    pub fn speaker_percent(&self, rule: &str, expected: u8) -> u8 {
        let expected = f64::from(expected.min(100)) / 100.0;
        percent(self.speakers.get(rule).map_or(expected, |counts| counts.drawn_to(expected)))
    }
}

fn percent(share: f64) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share from 0 to 1")]
    let percent = (share * 100.0).round() as u8;
    percent.clamp(1, 99)
}

/// The rule must be one of those known, and not more can be right than there are.
fn check(
    file: &DataFile,
    (rule, known): (&Spanned<String>, Vec<&'static str>),
    (right, of): (&Spanned<u32>, u32),
    problems: &mut Vec<DataProblem>,
) {
    if !known.contains(&rule.get_ref().as_str()) {
        let mut problem = file.problem(rule.span().start, format!("no rule here has the id `{}`", rule.get_ref()));
        problem.suggestion = did_you_mean(rule.get_ref(), known);
        problems.push(problem);
    }
    check_right(file, (right, of), problems);
}

fn check_right(file: &DataFile, (right, of): (&Spanned<u32>, u32), problems: &mut Vec<DataProblem>) {
    if *right.get_ref() > of {
        let message = format!("{} of {of} cannot be right", right.get_ref());
        problems.push(file.problem(right.span().start, message).suggest("`right` is at most `of`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Rates, Vec<DataProblem>) {
        let path = "lang/en/confidence.toml".to_owned();
        let mut problems = Vec::new();
        let rates = Rates::read(&[DataFile { shown_as: path.clone(), path, text: text.to_owned() }], &mut problems);
        (rates, problems)
    }

    #[test]
    fn many_cases_speak_for_themselves_and_few_for_their_like() {
        let (rates, problems) = read(
            "source = \"invented\"\n\
             [[rate]]\nrule = \"shape/final\"\nquote = \"direct\"\ncue = \"sure\"\ntold = true\nright = 950\nof = 1000\n\
             [[rate]]\nrule = \"shape/final\"\nquote = \"direct\"\ncue = \"rare\"\ntold = true\nright = 0\nof = 2\n\
             [[rate]]\nrule = \"shape/noun\"\nquote = \"indirect\"\ncue = \"weak\"\ntold = false\nright = 20\nof = 100\n",
        );
        assert!(problems.is_empty(), "{problems:?}");
        let percent = |rule: &str, quote, cue| rates.percent(Features { rule: &RuleId::from(rule), quote, cue, told: true });
        assert_eq!(percent("shape/final", QuoteKind::Direct, CueStrength::Sure), Some(95));
        assert!(percent("shape/final", QuoteKind::Direct, CueStrength::Rare).is_some_and(|percent| (60..90).contains(&percent)));
        assert!(percent("shape/noun", QuoteKind::Mixed, CueStrength::Weak).is_some_and(|percent| percent < 50));
        assert_eq!(percent("shape/colon", QuoteKind::Direct, CueStrength::None), None);
    }

    #[test]
    fn a_speaker_rule_that_was_measured_is_drawn_from_what_it_expects() {
        let (rates, problems) = read("source = \"invented\"\n[[speaker]]\nrule = \"resolve/pronoun\"\nright = 970\nof = 970\n");
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!((rates.speaker_percent("resolve/pronoun", 70), rates.speaker_percent("resolve/found", 70)), (99, 70));
    }

    #[test]
    fn an_unknown_rule_and_more_right_than_all_are_told() {
        let (_, problems) = read(
            "source = \"invented\"\n[[rate]]\nrule = \"shape/finnal\"\nquote = \"direct\"\ncue = \"sure\"\ntold = true\nright = 3\nof = 2\n\
             [[speaker]]\nrule = \"shape/final\"\nright = 1\nof = 1\n",
        );
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(shown.iter().any(|line| line.contains(":3:8: no rule") && line.contains("shape/final")), "{shown:?}");
        assert!(shown.iter().any(|line| line.contains(":7:9: 3 of 2")) && shown.len() == 3, "{shown:?}");
    }
}
