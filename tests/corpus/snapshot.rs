//! What is read out of a text, written for people: one block a statement, one line an axis; and the difference of two of them.

use stancebot::model::{Extraction, Span, Speaker, Statement};
use std::fmt::Write;

/// Contents of more words than this are shown by their first and last words.
const WHOLE_WORDS_MAX: usize = 16;
const FIRST_WORDS: usize = 8;
const LAST_WORDS: usize = 6;
/// Lines of a difference that are shown.
const DIFFERENCE_LINES_MAX: usize = 40;

/// The snapshot of a text.
pub fn of(title: &str, text: &str, extraction: &Extraction) -> String {
    let mut out = format!("# {title}\n# {} statements\n", extraction.statements.len());
    for (nth, statement) in extraction.statements.iter().enumerate() {
        block(&mut out, nth, statement, text).expect("a string takes any text");
    }
    for (nth, deed) in extraction.deeds.iter().enumerate() {
        deed_block(&mut out, nth, deed, text).expect("a string takes any text");
    }
    if !extraction.found.is_empty() {
        out.push_str("\nfound in the text\n");
    }
    for actor in &extraction.found {
        writeln!(out, "    {}: {}", actor.id, actor.name).expect("a string takes any text");
    }
    out
}

fn block(out: &mut String, nth: usize, statement: &Statement, text: &str) -> std::fmt::Result {
    let attribution = &statement.attribution;
    let words = |span: Option<Span>| span.map_or("-".to_owned(), |span| one_line(span.of(text)));
    writeln!(out, "\n{nth}  {} | {} | {}", speaker(&statement.speaker), words(attribution.source), words(attribution.cue))?;
    let content: Vec<String> = attribution.content.iter().map(|span| shortened(span.of(text))).collect();
    writeln!(out, "    says     {}", content.join(" / "))?;
    let axes = [attribution.quote.as_str(), statement.act.as_str(), statement.modality.as_str(), statement.distance.as_str()];
    writeln!(out, "    is       {}", axes.join(", "))?;
    if let Some(parent) = attribution.parent {
        writeln!(out, "    within   {parent}")?;
    }
    for link in &statement.reported_by {
        let reporter = link.actor.as_ref().map_or("unknown", |actor| actor.as_str());
        writeln!(out, "    reported by {reporter} | {} | {}", one_line(&link.mention), link.distance)?;
    }
    for taken in &statement.stances {
        let whose = if taken.own { "stance" } else { "reports" };
        let evidence = shortened(taken.evidence.of(text));
        writeln!(out, "    {whose}  {} {} {}: {evidence}", taken.holder, taken.stance, taken.target.id())?;
    }
    if let Some(said) = statement.said_on {
        writeln!(out, "    said on  {} {}: {}", said.date, format!("{:?}", said.precision).to_lowercase(), one_line(said.span.of(text)))?;
    }
    let rules: Vec<&str> = statement.firings.iter().map(|firing| firing.rule.as_str()).collect();
    writeln!(out, "    by       {}", rules.join(" "))
}

fn deed_block(out: &mut String, nth: usize, deed: &Statement, text: &str) -> std::fmt::Result {
    writeln!(out, "\ndeed {nth} | {}", shortened(deed.context.of(text)))?;
    for taken in &deed.stances {
        writeln!(out, "    tells    {} {} {}: {}", taken.holder, taken.stance, taken.target.id(), shortened(taken.evidence.of(text)))?;
    }
    if let Some(said) = deed.said_on {
        writeln!(out, "    done on  {} {}: {}", said.date, format!("{:?}", said.precision).to_lowercase(), one_line(said.span.of(text)))?;
    }
    let rules: Vec<&str> = deed.firings.iter().map(|firing| firing.rule.as_str()).collect();
    writeln!(out, "    by       {}", rules.join(" "))
}

/// Who said what, in one line.
pub fn line(statement: &Statement, text: &str) -> String {
    let mention = statement.attribution.source.map_or("-".to_owned(), |span| one_line(span.of(text)));
    let content: Vec<String> = statement.attribution.content.iter().map(|span| shortened(span.of(text))).collect();
    format!("{} | {mention} | {}", speaker(&statement.speaker), content.join(" / "))
}

fn speaker(speaker: &Speaker) -> String {
    match speaker {
        Speaker::Actor(id) => id.to_string(),
        Speaker::Unknown(candidates) if candidates.is_empty() => "unknown".to_owned(),
        Speaker::Unknown(candidates) => {
            let ids: Vec<&str> = candidates.iter().map(|id| id.as_str()).collect();
            format!("unknown (perhaps {})", ids.join(", "))
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.len() <= WHOLE_WORDS_MAX {
        return words.join(" ");
    }
    let (first, last) = (&words[..FIRST_WORDS], &words[words.len() - LAST_WORDS..]);
    format!("{} … {} ({} words)", first.join(" "), last.join(" "), words.len())
}

/// The lines that went (`-`) and came (`+`), each change under the last line that both have.
pub fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let common = common_lengths(&old, &new);
    let (mut a, mut b, mut out, mut place) = (0, 0, Vec::new(), None);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            // The line above a change tells where it is.
            place = Some(old[a]);
            (a, b) = (a + 1, b + 1);
            continue;
        }
        out.extend(place.take().map(|line| format!("  {line}")));
        if b == new.len() || (a < old.len() && common[a + 1][b] >= common[a][b + 1]) {
            out.push(format!("- {}", old[a]));
            a += 1;
        } else {
            out.push(format!("+ {}", new[b]));
            b += 1;
        }
    }
    if out.len() > DIFFERENCE_LINES_MAX {
        let more = out.len() - DIFFERENCE_LINES_MAX;
        out.truncate(DIFFERENCE_LINES_MAX);
        out.push(format!("  … and {more} lines more"));
    }
    out.join("\n")
}

/// For each pair of places, the length of the longest common subsequence of what follows them.
fn common_lengths(old: &[&str], new: &[&str]) -> Vec<Vec<usize>> {
    let mut lengths = vec![vec![0; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            lengths[a][b] = if old[a] == new[b] { lengths[a + 1][b + 1] + 1 } else { lengths[a + 1][b].max(lengths[a][b + 1]) };
        }
    }
    lengths
}

#[test]
fn a_difference_shows_what_went_and_came_and_where() {
    assert_eq!(difference("one\ntwo\nthree", "one\ntwo\nthree"), "");
    assert_eq!(difference("one\ntwo\nthree", "one\n2\nthree\nfour"), "  one\n- two\n+ 2\n  three\n+ four");
}
