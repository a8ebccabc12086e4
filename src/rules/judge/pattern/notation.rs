//! How patterns are written: splits the text of one at its spaces and reads each part.
//!
//! Knows signs and brackets; where a pattern fits is decided by `pattern`.

use super::{Item, Slot, WordSet, joined, sequence_of};
use crate::rules::knowledge::Words;
use std::collections::BTreeMap;

/// Splits at spaces outside brackets.
pub(super) fn parts(text: &str) -> Result<Vec<String>, String> {
    let mut parts: Vec<String> = Vec::new();
    let (mut depth, mut fresh) = (0_i32, true);
    for c in text.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match c {
            ' ' if depth == 0 => fresh = true,
            _ if fresh => {
                parts.push(c.to_string());
                fresh = false;
            }
            _ => parts.iter_mut().last().into_iter().for_each(|part| part.push(c)),
        }
    }
    match (depth, parts.is_empty()) {
        (0, false) => Ok(parts),
        (0, true) => Err("a pattern must not be empty".to_owned()),
        _ => Err("a bracket is not closed".to_owned()),
    }
}

/// Reads one part of a pattern.
pub(super) fn item(part: &str, lemmas: &BTreeMap<String, Vec<String>>, words: &mut Words) -> Result<Item, String> {
    match part {
        "{holder}" => return Ok(Item::Slot(Slot::Holder)),
        "{holder's}" => return Ok(Item::Slot(Slot::HolderPossessive)),
        "{target}" => return Ok(Item::Slot(Slot::Target)),
        "{target's}" => return Ok(Item::Slot(Slot::TargetPossessive)),
        _ if part.starts_with('{') => {
            return Err(format!("`{part}` is no slot; slots are {{holder}}, {{holder's}}, {{target}}, {{target's}}"));
        }
        _ => {}
    }
    if let Some(most) = part.strip_prefix("..") {
        return most.parse().map(Item::Gap).map_err(|_| format!("`{part}` is no gap; write `..4` for at most four words"));
    }
    if let Some(body) = part.strip_prefix('!') {
        return choices_of(body, lemmas, words).map(Item::Not);
    }
    let (body, optional) = match part.strip_suffix('?') {
        Some(body) => (body, true),
        None => (part, false),
    };
    Ok(Item::Words { choices: choices_of(body, lemmas, words)?, optional })
}

/// Reads `(a|b c)`.
fn choices_of(body: &str, lemmas: &BTreeMap<String, Vec<String>>, words: &mut Words) -> Result<Vec<Vec<WordSet>>, String> {
    let body = body.strip_prefix('(').and_then(|body| body.strip_suffix(')')).unwrap_or(body);
    let choices: Result<Vec<_>, String> = body.split('|').map(|choice| sequence_of(choice, lemmas, words)).collect();
    choices.map(joined)
}
