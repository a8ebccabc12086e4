//! Lines, elements and link parameters that are no part of an article, as `data/boilerplate.toml` lists them.
//!
//! It judges one paragraph by its words alone and changes none. What elements are scripts or captions by their HTML name is known to
//! `html`.

use serde::Deserialize;
use std::sync::LazyLock;

const SOURCE: &str = include_str!("../../data/boilerplate.toml");

static TABLE: LazyLock<Table> = LazyLock::new(|| toml::from_str(SOURCE).expect("a test reads the embedded file"));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    joiners: Vec<String>,
    links: Links,
    classes: Classes,
    line: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Links {
    tracking: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Classes {
    drop: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "id, example and guardrail are read by the test that holds them"))]
struct Rule {
    id: String,
    #[serde(default)]
    whole: Vec<String>,
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    ends: Vec<String>,
    #[serde(default)]
    contains: Vec<String>,
    max_chars: usize,
    #[serde(default)]
    names_only: bool,
    #[serde(default)]
    section: bool,
    example: String,
    guardrail: String,
}

/// What a paragraph is, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A part of the article.
    Text,
    /// Boilerplate.
    Boilerplate,
    /// Boilerplate, and so are paragraphs of links alone that follow.
    Section,
}

/// Judges one paragraph of plain text.
pub fn judge(paragraph: &str) -> Line {
    let longest = TABLE.line.iter().map(|rule| rule.max_chars).max().unwrap_or(0);
    // Bytes bound characters from above: most paragraphs are decided here, without folding.
    if paragraph.len() > longest.saturating_mul(4) {
        return Line::Text;
    }
    let folded = fold(paragraph);
    let chars = folded.chars().count();
    match TABLE.line.iter().find(|rule| chars <= rule.max_chars && rule.fits(&folded, paragraph)) {
        Some(rule) if rule.section => Line::Section,
        Some(_) => Line::Boilerplate,
        None => Line::Text,
    }
}

/// Tells whether an element with such a `class` or `id` value is dropped.
pub fn is_dropped_class(value: &str) -> bool {
    value.split_ascii_whitespace().any(|word| TABLE.classes.drop.iter().any(|drop| drop.eq_ignore_ascii_case(word)))
}

/// Gives the names of tracking parameters in lower case; a final `*` stands for any rest.
pub fn tracking_parameters() -> &'static [String] {
    &TABLE.links.tracking
}

impl Rule {
    fn fits(&self, folded: &str, paragraph: &str) -> bool {
        let any = |list: &[String], test: &dyn Fn(&str) -> bool| list.iter().any(|phrase| test(phrase));
        let bare = folded.trim_start_matches('"').trim_end_matches([':', '.', '!', '"', '\u{2026}', '\u{2192}', '\u{00bb}', '>', ' ']);
        let starts = || match self.names_only {
            true => self.starts.iter().any(|phrase| folded.starts_with(phrase.as_str()) && rest_is_names(paragraph, phrase)),
            false => any(&self.starts, &|phrase| folded.starts_with(phrase)),
        };
        let contains = || any(&self.contains, &|phrase| folded.contains(phrase));
        if !self.starts.is_empty() && !self.contains.is_empty() {
            return starts() && contains();
        }
        any(&self.whole, &|phrase| bare == phrase) || any(&self.ends, &|phrase| bare.ends_with(phrase)) || starts() || contains()
    }
}

/// Tells whether all words after the phrase are names, numbers or joining words.
fn rest_is_names(paragraph: &str, phrase: &str) -> bool {
    let skip = phrase.split_whitespace().count();
    let mut rest = paragraph.split_whitespace().skip(skip).peekable();
    let has_rest = rest.peek().is_some();
    has_rest
        && rest.all(|word| {
            let bare = word.trim_matches(|ch: char| !ch.is_alphanumeric());
            let joins = TABLE.joiners.iter().any(|joiner| joiner == word || joiner == bare);
            joins || !bare.chars().next().is_some_and(char::is_lowercase)
        })
}

fn fold(paragraph: &str) -> String {
    let mut out = String::with_capacity(paragraph.len());
    for word in paragraph.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for ch in word.chars() {
            match ch {
                '\u{2018}' | '\u{2019}' => out.push('\''),
                '\u{201c}' | '\u{201d}' => out.push('"'),
                ch => out.extend(ch.to_lowercase()),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_dropped_by_its_own_rule_and_every_guardrail_stays() {
        for rule in &TABLE.line {
            assert!(rule.fits(&fold(&rule.example), &rule.example), "{} does not drop its example", rule.id);
            assert_ne!(judge(&rule.example), Line::Text, "{}: the example stays", rule.id);
            assert_eq!(judge(&rule.guardrail), Line::Text, "{}: the guardrail is dropped", rule.id);
        }
    }

    #[test]
    fn rules_are_sorted_and_their_phrases_folded() {
        assert!(TABLE.line.is_sorted_by(|a, b| a.id < b.id), "line rules are not sorted by id");
        for rule in &TABLE.line {
            for phrase in rule.whole.iter().chain(&rule.starts).chain(&rule.ends).chain(&rule.contains) {
                assert_eq!(fold(phrase), phrase.trim(), "{}", rule.id);
            }
        }
    }

    #[test]
    fn a_long_paragraph_is_never_dropped_by_a_phrase() {
        let long = format!("Read also: {}", "the envoy said more. ".repeat(200));
        assert_eq!(judge(&long), Line::Text);
    }

    #[test]
    fn section_heads_are_told_from_single_lines() {
        assert_eq!(judge("RELATED ARTICLES:"), Line::Section);
        assert_eq!(judge("Advertisement"), Line::Boilerplate);
        assert_eq!(judge("\u{201c}Advertisement\u{201d} is a word, she said."), Line::Text);
    }

    #[test]
    fn classes_match_as_whole_words_only() {
        assert!(is_dropped_class("wp-block Newsletter wide"));
        assert!(!is_dropped_class("newsletters-archive socialist"));
    }
}
