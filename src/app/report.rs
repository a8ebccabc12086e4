//! `stancebot rules report`: what the rules passed over in files, the most frequent first; the work list of who maintains the data.
//!
//! Nothing is stored. Much of the list is rightly left alone: it shows where to look.

use super::inputs::{self, Input};
use super::progress::plural;
use super::{AppError, ReportArgs, setup};
use crate::config::Config;
use crate::model::Span;
use crate::rules::{Ruleset, UnreadKind};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

/// Characters of context on each side of an example.
const CONTEXT_CHARS: usize = 50;
/// Different things that are counted of one sort; what is new after that is left out, so that memory has an end.
const DIFFERENT_MAX: usize = 1_000_000;

/// What was passed over, of one sort.
type Counts = BTreeMap<String, Count>;

/// How often something was passed over, and where it was seen first.
struct Count {
    times: usize,
    example: String,
}

/// What a run over files brought.
#[derive(Default)]
struct Tally {
    texts: usize,
    statements: usize,
    problems: usize,
    unread: BTreeMap<UnreadKind, Counts>,
}

impl Tally {
    fn add(&mut self, ruleset: &Ruleset, input: &Input) {
        self.texts += 1;
        let reading = ruleset.unread(&input.text);
        self.statements += reading.attributions;
        for unread in reading.unread {
            let counts = self.unread.entry(unread.kind).or_default();
            if let Some(count) = counts.get_mut(&unread.what) {
                count.times += 1;
            } else if counts.len() < DIFFERENT_MAX {
                counts.insert(unread.what, Count { times: 1, example: context(&input.text, unread.span) });
            }
        }
    }

    fn complain(&mut self, place: &str, reason: &str) {
        self.problems += 1;
        eprintln!("{place}: {reason}");
    }
}

/// Reads the files and prints what was passed over; a file or line that cannot be read is named and left out.
///
/// # Errors
/// [`AppError::Failed`] when something was left out, [`AppError::Data`] when the rules cannot be built.
pub fn report(config: &Config, args: &ReportArgs) -> Result<(), AppError> {
    let ruleset = setup::ruleset(config)?;
    let mut tally = Tally::default();
    for file in &args.files {
        inputs::each(&file.display().to_string(), |place, input| {
            match input {
                Ok(input) => tally.add(&ruleset, &input),
                Err(reason) => tally.complain(place, &reason),
            }
            Ok(())
        })?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match print(&mut out, &tally, args.limit).and_then(|()| out.flush()) {
        // The reader has seen enough (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(AppError::Failed(error.to_string())),
        Ok(()) => {}
    }
    match tally.problems {
        0 => Ok(()),
        problems => Err(AppError::Failed(format!("{} could not be read, named above", plural(problems, "text")))),
    }
}

/// What stands around a span, on one line, with the span in brackets.
fn context(text: &str, span: Span) -> String {
    let before = text.get(..span.start as usize).unwrap_or_default();
    let after = text.get(span.end as usize..).unwrap_or_default();
    let start = before.char_indices().rev().take(CONTEXT_CHARS).last().map_or(before.len(), |(at, _)| at);
    let end = after.char_indices().nth(CONTEXT_CHARS).map_or(after.len(), |(at, _)| at);
    let (before, after) = (before.get(start..).unwrap_or_default(), after.get(..end).unwrap_or_default());
    let shown = format!("{before}[{}]{after}", shortened(span.of(text)));
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The start and the end of a long quotation.
fn shortened(words: &str) -> String {
    let count = words.chars().count();
    if count <= 2 * CONTEXT_CHARS {
        return words.to_owned();
    }
    let start: String = words.chars().take(CONTEXT_CHARS).collect();
    let end: String = words.chars().skip(count - CONTEXT_CHARS).collect();
    format!("{start} \u{2026} {end}")
}

fn print(out: &mut impl Write, tally: &Tally, limit: usize) -> io::Result<()> {
    writeln!(out, "{}, {} read", plural(tally.texts, "text"), plural(tally.statements, "statement"))?;
    let titles = [
        (UnreadKind::Word, "Words that look like cues and are none in the data files"),
        (UnreadKind::Cue, "Cues of the data files that were not read"),
        (UnreadKind::Name, "Names of several words that are in no data file"),
        (UnreadKind::Quotation, "Quotations of five words or more without a speaker, by the words beside them"),
    ];
    for (kind, title) in titles {
        writeln!(out, "\n{title}")?;
        let Some(counts) = tally.unread.get(&kind) else {
            writeln!(out, "  none")?;
            continue;
        };
        let mut rows: Vec<(&String, &Count)> = counts.iter().collect();
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(count.times));
        for (what, count) in rows.iter().take(limit) {
            writeln!(out, "{:>6}  {}  {}", count.times, what.trim(), count.example)?;
        }
        if rows.len() > limit {
            writeln!(out, "        and {} more", rows.len() - limit)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_shows_its_neighbours_on_one_line() {
        let text = "Émile Roe\nhinted that it was late.";
        assert_eq!(context(text, Span::new(11, 17)), "Émile Roe [hinted] that it was late.");
        let long = format!("“{}”", "wörd ".repeat(60));
        let shown = context(&long, Span::new(0, long.len()));
        assert!(shown.contains('\u{2026}') && shown.chars().count() < 120, "{shown}");
    }
}
