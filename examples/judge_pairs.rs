//! Reads sentences with two names from standard input, one JSON object a line (`{id, text, p: [start, end], q: [start, end]}`, code
//! points, half open), and writes who stands where towards whom: `{id, label}` with `neutral`, `p+q` (p supports q), `q+p`, `p-q`
//! (p opposes q) or `q-p`.
//!
//! `cargo run --release --no-default-features --example judge_pairs < in.jsonl > out.jsonl`. Where the words show several, the first
//! decides. A line that is no such object ends the run with its number.

use serde::{Deserialize, Serialize};
use stancebot::model::{Span, Stance};
use stancebot::rules::{Relation, Ruleset, builtin_files};
use std::io::{BufRead, Write};

#[derive(Deserialize)]
struct Pair {
    id: serde_json::Value,
    text: String,
    p: [usize; 2],
    q: [usize; 2],
}

#[derive(Serialize)]
struct Answer {
    id: serde_json::Value,
    label: &'static str,
}

/// Code points to bytes; the end of the text where there are fewer.
fn span(text: &str, [start, end]: [usize; 2]) -> Span {
    let byte = |point: usize| text.char_indices().nth(point).map_or(text.len(), |(at, _)| at);
    Span::new(byte(start), byte(end))
}

fn label(relation: &Relation) -> Option<&'static str> {
    match (relation.holder, relation.stance) {
        (0, Stance::Support) => Some("p+q"),
        (0, Stance::Oppose) => Some("p-q"),
        (_, Stance::Support) => Some("q+p"),
        (_, Stance::Oppose) => Some("q-p"),
        _ => None,
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ruleset = Ruleset::build(&builtin_files()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (nth, line) in std::io::stdin().lock().lines().enumerate() {
        let pair: Pair = serde_json::from_str(&line?).map_err(|error| format!("line {}: {error}", nth + 1))?;
        let relations = ruleset.relations(&pair.text, &[span(&pair.text, pair.p), span(&pair.text, pair.q)]);
        let label = relations.iter().find_map(label).unwrap_or("neutral");
        serde_json::to_writer(&mut out, &Answer { id: pair.id, label })?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
