//! How much memory the rules take with 10,000 actors of one's own beside the built-in data, and without them.
//!
//! `cargo run --release --no-default-features --example ruleset_memory [ACTORS]`. The actors are invented: three names, two roles
//! and an example each, as an operator's knowledge directory would hold them. What is counted is what the allocator has given
//! out and not got back: the texts of the files and what building needs in between are not in it.

use stancebot::rules::{DataFile, Document, Ruleset, builtin_files};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::fmt::Write;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Actors in one file.
const PER_FILE: usize = 500;
/// More than this for 10,000 actors is a mistake of the indexes.
const BYTES_MAX: usize = 60_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let actors = std::env::args().nth(1).map_or(Ok(10_000), |count| count.parse::<usize>())?;
    let (plain, _) = built("built-in data", &builtin_files())?;
    let mut files = builtin_files();
    files.extend((0..actors.div_ceil(PER_FILE)).map(|nth| file(nth * PER_FILE..actors.min((nth + 1) * PER_FILE))));
    let (bytes, ruleset) = built("with the invented actors", &files)?;
    if let Some(more) = bytes.checked_sub(plain).and_then(|more| more.checked_div(actors)) {
        println!("{actors} actors take {more} bytes each");
    }
    let text = format!("{} {} said that the pier was closed.", given(7), surname(7));
    let found = ruleset.extract(&Document { text: &text, published: None, outlet: None });
    let speaker = found.statements.first().and_then(|statement| statement.speaker.actor().cloned());
    if actors > 7 && speaker.is_none_or(|id| id.as_str() != "invented-7") {
        return Err("an invented actor is not found in a text".into());
    }
    match bytes <= BYTES_MAX {
        true => Ok(()),
        false => Err(format!("{bytes} bytes are more than {BYTES_MAX}").into()),
    }
}

/// Builds the rules and tells what they hold.
fn built(what: &str, files: &[DataFile]) -> Result<(usize, Ruleset), String> {
    let text: usize = files.iter().map(|file| file.text.len()).sum();
    let (region, start) = (Region::new(ALLOCATOR), Instant::now());
    let ruleset = Ruleset::build(files).map_err(|problems| problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())?;
    let (change, time) = (region.change(), start.elapsed());
    // What grows or shrinks in place is in these two as well.
    let bytes = change.bytes_allocated - change.bytes_deallocated;
    let actors = ruleset.actors().len();
    println!("{what}: {actors} actors, {:.1} MB of files, built in {time:.0?}, {:.1} MB held", text as f64 / 1e6, bytes as f64 / 1e6);
    Ok((bytes, ruleset))
}

/// A data file with invented actors.
fn file(numbers: std::ops::Range<usize>) -> DataFile {
    let path = format!("actors/invented-{}.toml", numbers.start);
    let mut text = String::new();
    for nth in numbers {
        let (given, surname, before) = (given(nth), surname(nth), nth.saturating_sub(1));
        let gender = if nth % 2 == 0 { "f" } else { "m" };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "[[actor]]\nid = \"invented-{nth}\"\nkind = \"person\"\nname = \"{given} {surname}\"\n\
             names = [\"{surname}\", \"{given} van {surname}\"]\ngender = \"{gender}\"\n\
             roles = [\n    {{ title = \"mayor\", of = \"invented-{before}\", since = 2021-03-01 }},\n    \
             {{ title = \"adviser\", of = \"invented-0\", since = 2018-05-02, until = 2021-02-28 }},\n]\n\
             source = \"invented to measure memory\"\nexample = \"{given} {surname} spoke to the paper about the pier.\"\n\
             guardrail = \"The road to {surname}stead was icy, a driver said.\"\n\n"
        );
    }
    DataFile { shown_as: format!("invented/{path}"), path, text }
}

fn given(nth: usize) -> String {
    capital(&letters(nth % 300, "an"))
}

fn surname(nth: usize) -> String {
    capital(&letters(nth, "berg"))
}

/// A made-up word: a syllable for each digit.
fn letters(number: usize, end: &str) -> String {
    const SYLLABLES: [&str; 10] = ["ka", "lo", "mi", "ru", "te", "va", "so", "ni", "pe", "du"];
    let digits = number.to_string().into_bytes();
    let syllables = digits.iter().map(|digit| SYLLABLES[usize::from(digit - b'0')]);
    syllables.chain([end]).collect()
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
