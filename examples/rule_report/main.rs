//! What to trust: for every rule and every cue how many statements it made of a marked corpus, and how many of them are right.
//!
//! `cargo run --release --no-default-features --example rule_report -- GOLD.jsonl [--only COMPARTMENT] [--pronouns PRONOUNS.jsonl]
//! [--data]`. The corpus is no part of the project: one article a line, `{id, text, date?, compartment?, ignore?, attributions:
//! [{source, content, cue_class?}]}`, and for the pronouns `{id, pronoun, antecedent}`, with offsets in code points. How statements
//! are compared is told in `gold.rs`. The last table sets the confidence of the statements beside what was measured; `--data`
//! prints the figures as `data/lang/en/confidence.toml` instead.

mod gold;

use gold::{Marked, Verdict, verdicts};
use serde::Deserialize;
use stancebot::model::{Extraction, QuoteKind, Span, Statement};
use stancebot::rules::lexicon::{Cue, CueRef, Lexicon};
use stancebot::rules::reading::{Draft, Reading, read};
use stancebot::rules::{CueStrength, Document, Ruleset, builtin_files};
use std::collections::BTreeMap;
use std::io::BufRead;

/// Rows of a table with fewer statements tell nothing and are left out.
const ROW_MIN: usize = 5;
/// Width of a band of confidence, in percent.
const BAND: u8 = 10;

/// What became of the statements of one row.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    statements: usize,
    right: usize,
    speaker_wrong: usize,
    confidence: usize,
}

impl Tally {
    fn add(&mut self, statement: &Statement, verdict: Verdict) {
        self.statements += 1;
        self.right += usize::from(verdict == Verdict::Right);
        self.speaker_wrong += usize::from(verdict == Verdict::Speaker);
        self.confidence += usize::from(statement.confidence);
    }

    fn percent(self, part: usize) -> f64 {
        100.0 * part as f64 / self.statements.max(1) as f64
    }
}

type Table = BTreeMap<String, Tally>;

#[derive(Default)]
struct Report {
    all: Table,
    shapes: Table,
    kinds: Table,
    cues: Table,
    speakers: Table,
    bands: Table,
    cells: BTreeMap<(String, QuoteKind, CueStrength, bool), Tally>,
    /// By the rule that told whom a pronoun means: how many were told, and how many of them right.
    pronouns: BTreeMap<String, (usize, usize)>,
}

impl Report {
    fn add(&mut self, statement: &Statement, cue: Option<&Cue>, verdict: Verdict) {
        let (rule, quote) = (statement.attribution.rule.to_string(), statement.attribution.quote);
        let cue_row = cue.map_or("(none)".to_owned(), |cue| format!("{} ({} % speech)", cue.id, cue.speech));
        let band = statement.confidence.min(99) / BAND * BAND;
        let cell = (rule.clone(), quote, CueStrength::of(cue.map(|cue| cue.speech)), statement.speaker.actor().is_some());
        self.cells.entry(cell).or_default().add(statement, verdict);
        let rows = [
            (&mut self.all, "all".to_owned()),
            (&mut self.kinds, format!("{rule} {}", quote.as_str())),
            (&mut self.shapes, rule),
            (&mut self.cues, cue_row),
            (&mut self.bands, format!("{band:>2} to {}", band + BAND)),
        ];
        for (table, row) in rows {
            table.entry(row).or_default().add(statement, verdict);
        }
        self.speakers.entry(speaker_rule(statement)).or_default().add(statement, verdict);
    }

    /// Counts a pronoun that some statement's mention covers and that was taken for somebody.
    fn add_pronoun(&mut self, pronoun: &Pronoun, (place, found): (Span, &Extraction), ruleset: &Ruleset) {
        let covers = |statement: &&Statement| statement.attribution.source.is_some_and(|source| source.contains(place));
        let Some(statement) = found.statements.iter().find(covers) else { return };
        let Some(id) = statement.speaker.actor() else { return };
        let actor = ruleset.actors().iter().chain(&found.found).find(|actor| actor.id == *id);
        let surname = pronoun.antecedent.rsplit(' ').next().unwrap_or_default();
        let (told, right) = self.pronouns.entry(speaker_rule(statement)).or_default();
        *told += 1;
        *right += usize::from(actor.is_some_and(|actor| actor.name.split([' ', '-']).any(|word| word == surname)));
    }

    fn print(&self) {
        print_table("all statements that count", &self.all);
        print_table("rule", &self.shapes);
        print_table("rule and quotation", &self.kinds);
        print_table("cue", &self.cues);
        print_table("rule that told the speaker", &self.speakers);
        print_table("confidence", &self.bands);
        for (rule, (told, right)) in &self.pronouns {
            println!("\npronouns taken for somebody by {rule}: {told}, right {right}");
        }
    }

    /// Prints the blocks of `data/lang/en/confidence.toml`; its head is written by hand.
    fn print_data(&self) {
        for ((rule, quote, cue, told), Tally { right, statements, .. }) in &self.cells {
            let quote = quote.as_str();
            println!("\n[[rate]]\nrule = \"{rule}\"\nquote = \"{quote}\"\ncue = \"{cue}\"");
            println!("told = {told}\nright = {right}\nof = {statements}");
        }
        for (rule, (told, right)) in &self.pronouns {
            println!("\n[[speaker]]\nrule = \"{rule}\"\nright = {right}\nof = {told}");
        }
    }
}

/// The rule that told whom the mention means.
fn speaker_rule(statement: &Statement) -> String {
    let mut rules = statement.firings.iter().map(|firing| firing.rule.as_str());
    rules.find(|rule| rule.starts_with("resolve/") && *rule != "resolve/date").unwrap_or_default().to_owned()
}

/// The cue in the data files: statements do not carry it, the attributions that they were made of do.
fn cue_of(statement: &Statement, reading: &Reading<'_>) -> Option<CueRef> {
    let wanted = &statement.attribution;
    let same = |draft: &&Draft| draft.attribution.content == wanted.content && draft.attribution.cue == wanted.cue;
    reading.drafts.iter().find(same)?.cue
}

/// A marked pronoun.
#[derive(Debug, Deserialize)]
struct Pronoun {
    id: String,
    pronoun: [usize; 2],
    antecedent: String,
}

fn read_pronouns(path: &str) -> Result<Vec<Pronoun>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| Ok(serde_json::from_str(line)?)).collect()
}

/// The most frequent rows first; bands by their name.
fn print_table(title: &str, table: &Table) {
    let mut rows: Vec<(&String, &Tally)> = table.iter().filter(|(_, tally)| tally.statements >= ROW_MIN).collect();
    if title != "confidence" {
        rows.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.statements));
    }
    println!("\n{title:<40} {:>10} {:>6} {:>10} {:>14} {:>11}", "statements", "right", "precision", "other speaker", "confidence");
    for (row, tally) in rows {
        println!(
            "{row:<40} {:>10} {:>6} {:>9.1}% {:>13.1}% {:>10.1}%",
            tally.statements,
            tally.right,
            tally.percent(tally.right),
            tally.percent(tally.speaker_wrong),
            tally.confidence as f64 / tally.statements as f64
        );
    }
    let left: usize = table.values().filter(|tally| tally.statements < ROW_MIN).map(|tally| tally.statements).sum();
    if left > 0 {
        println!("{:<40} {left:>10}", format!("(rows of fewer than {ROW_MIN})"));
    }
}

/// What the command line asks.
struct Arguments {
    path: String,
    only: Option<String>,
    pronouns: Option<String>,
    data: bool,
}

impl Arguments {
    fn read() -> Result<Self, String> {
        let mut words = std::env::args().skip(1);
        let path = words.next().ok_or("which corpus? rule_report GOLD.jsonl [--only COMPARTMENT] [--data]")?;
        let mut arguments = Self { path, only: None, pronouns: None, data: false };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--only" => arguments.only = Some(words.next().ok_or("--only which compartment?")?),
                "--pronouns" => arguments.pronouns = Some(words.next().ok_or("--pronouns of which file?")?),
                "--data" => arguments.data = true,
                other => return Err(format!("{other} is no option")),
            }
        }
        Ok(arguments)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::read()?;
    let files = builtin_files();
    let ruleset = Ruleset::build(&files).map_err(|problems| format!("{problems:?}"))?;
    let lexicon = Lexicon::build(&files, &mut Vec::new());
    let pronouns = arguments.pronouns.as_deref().map_or(Ok(Vec::new()), read_pronouns)?;
    let mut report = Report::default();
    for (nth, line) in std::io::BufReader::new(std::fs::File::open(&arguments.path)?).lines().enumerate() {
        let article: Marked = serde_json::from_str(&line?).map_err(|error| format!("line {}: {error}", nth + 1))?;
        if arguments.only.is_some() && arguments.only != article.compartment {
            continue;
        }
        let published = article.date.as_deref().and_then(|date| date.get(..10)).and_then(|date| date.parse().ok());
        let found = ruleset.extract(&Document { text: &article.text, published, outlet: None });
        let reading = read(&article.text, &lexicon);
        for pronoun in pronouns.iter().filter(|pronoun| pronoun.id == article.id) {
            report.add_pronoun(pronoun, (article.span(pronoun.pronoun), &found), &ruleset);
        }
        let verdicts = verdicts(&article, &found.statements);
        for (statement, verdict) in found.statements.iter().zip(verdicts) {
            if verdict != Verdict::LeftOut {
                report.add(statement, cue_of(statement, &reading).and_then(|cue| lexicon.cue(cue)), verdict);
            }
        }
    }
    match arguments.data {
        true => report.print_data(),
        false => report.print(),
    }
    Ok(())
}
