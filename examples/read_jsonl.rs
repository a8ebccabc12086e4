//! Reads articles from standard input, one JSON object a line (`{id, text, date?}`), and writes their statements.
//!
//! `cargo run --release --no-default-features --example read_jsonl < in.jsonl > out.jsonl`; the speed is told on standard
//! error. A line that is no article ends the run with its number.

use stancebot::rules::interchange::{InputArticle, read_article};
use stancebot::rules::{Ruleset, builtin_files};
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ruleset = Ruleset::build(&builtin_files()).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    let mut input = std::io::stdin().lock();
    let mut line = String::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let (mut bytes, mut spent) = (0, Duration::ZERO);
    for number in 1.. {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            break;
        }
        let article: InputArticle = serde_json::from_str(&line).map_err(|error| format!("line {number}: {error}"))?;
        let start = Instant::now();
        let statements = read_article(&ruleset, &article);
        spent += start.elapsed();
        bytes += article.text.len();
        serde_json::to_writer(&mut out, &statements)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    #[expect(clippy::cast_precision_loss, reason = "a speed to one decimal place")]
    let speed = bytes as f64 / 1e6 / spent.as_secs_f64().max(1e-9);
    eprintln!("{bytes} bytes of text at {speed:.1} MB/s");
    Ok(())
}
