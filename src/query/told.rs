//! How the article puts a statement: the words that lead from the speaker to what was said, or the sentence where these are needed.
//!
//! “What was in them” reads as if somebody had said it; “did not say: what was in them” tells what the article tells. Looks at the
//! places of source, cue and content only, and knows no words; where their places do not show how they belong together, it gives
//! the sentence. Quotations need neither.

use super::QueryError;
use crate::model::{Attribution, QuoteKind, Span, Statement};
use crate::store::{Store, StoredStatement};

/// What is shown between the speaker's name and the words of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The article's words from the speaker to the content: "did not say", "’s promise"; empty for quotations and where the places
    /// do not tell.
    pub lead: String,
    /// True when nothing but white space stands between these words and the content.
    pub reads_on: bool,
    /// The sentences in which the statement stands, on one line, where the content is no quotation; else empty.
    pub sentence: String,
    /// True when only the sentence can be understood: the content is too short, or no lead is certain.
    pub needs_sentence: bool,
}

/// Fewest words of an unquoted content that can be read without its sentence.
const CONTENT_WORDS_MIN: usize = 4;
/// Most words between source and cue, or between cue and content, that are taken as belonging to the cue ("has so far refused to").
/// What is longer is a clause of its own.
const GAP_WORDS_MAX: usize = 4;
/// Longest sentence that is handed out whole, in characters: what a list shows of one statement. Of longer ones the part from
/// the first of source, cue and content on is given, so that what matters is not cut off.
const SENTENCE_CHARS_MAX: usize = 280;
/// Longest part of a long sentence, in characters: more than anything shows.
const PART_CHARS_MAX: usize = 1_000;
/// The word that joins a cue to a clause and is left out before a colon.
const JOINING: &str = "that";
/// Marks with which a quotation begins or ends.
const MARKS: [char; 9] = ['“', '”', '"', '„', '«', '»', '‘', '’', '\''];

/// Reads how the article puts a statement. Costs one read of the article's text where the content is no quotation.
///
/// # Errors
/// [`QueryError::Store`].
pub fn told(store: &Store, stored: &StoredStatement) -> Result<Told, QueryError> {
    if is_quoted(stored.statement.attribution.quote, &stored.content_text) {
        return Ok(Told::default());
    }
    let text = store.article_text(stored.article.id)?.unwrap_or_default();
    Ok(told_in(&text, &stored.statement, &stored.content_text))
}

/// Tells whether the whole content stands in quotation marks.
fn is_quoted(quote: QuoteKind, content: &str) -> bool {
    let ends = |text: &str| text.ends_with(MARKS) || text.trim_end_matches(['.', ',', '!', '?']).ends_with(MARKS);
    match quote {
        QuoteKind::Direct => true,
        QuoteKind::Mixed => content.trim().starts_with(MARKS) && ends(content.trim()),
        QuoteKind::Indirect => false,
    }
}

fn told_in(text: &str, statement: &Statement, content: &str) -> Told {
    let sentence = sentence(text, statement);
    let lead = lead(text, &statement.attribution);
    let is_short = content.split_whitespace().count() < CONTENT_WORDS_MIN;
    let reads_on = reads_on(text, &statement.attribution);
    Told { needs_sentence: !sentence.is_empty() && (is_short || lead.is_none()), lead: lead.unwrap_or_default(), reads_on, sentence }
}

/// Tells whether the content follows the cue, with nothing between them that a lead leaves out.
fn reads_on(text: &str, attribution: &Attribution) -> bool {
    let ends = attribution.cue.zip(attribution.content.first()).filter(|(cue, first)| cue.end < first.start);
    ends.is_some_and(|(cue, first)| Span { start: cue.end, end: first.start }.of(text).chars().all(char::is_whitespace))
}

/// Gives the words that lead from source to content; none where the places of the three do not tell.
fn lead(text: &str, attribution: &Attribution) -> Option<String> {
    let (cue, first) = (attribution.cue?, *attribution.content.first()?);
    let before = match attribution.source {
        Some(source) if source.end <= cue.start && (first.start >= cue.end || first.end <= source.start) => {
            between_source_and_cue(text, Span { start: source.end, end: cue.start })?
        }
        Some(source) if source.start >= cue.end && first.end <= cue.start && is_one_word(cue.of(text)) => {
            let gap = Span { start: first.end, end: cue.start }.of(text);
            gap.chars().all(|letter| !letter.is_alphanumeric()).then_some("")?
        }
        _ => return None,
    };
    let after = if first.start >= cue.end { between_cue_and_content(text, Span { start: cue.end, end: first.start })? } else { "" };
    let words = one_line(&format!("{before}{}{after}", cue.of(text)));
    (!words.is_empty()).then_some(words)
}

/// Tells an inverted verb (“said the mayor”) from a phrase that does not go after a name (“according to the mayor”).
fn is_one_word(cue: &str) -> bool {
    cue.split_whitespace().count() == 1
}

/// Gives what stands before the cue and belongs to it: auxiliaries, negations, adverbs, a possessive mark. An insertion between
/// commas is left out. None when there is too much of it.
fn between_source_and_cue(text: &str, gap: Span) -> Option<&str> {
    let words = gap.of(text);
    let words = words
        .rfind([',', ')', '–', '—'])
        .and_then(|at| words.get(at..))
        .map_or(words, |rest| rest.trim_start_matches([',', ')', '–', '—']));
    let is_close = words.split_whitespace().count() <= GAP_WORDS_MAX && !words.contains(['.', '!', '?', ';', ':', '“', '”', '"', '\n']);
    is_close.then_some(words)
}

/// Gives what joins cue and content, without "that" and marks at its end. None when there is too much of it.
fn between_cue_and_content(text: &str, gap: Span) -> Option<&str> {
    let words = gap.of(text).trim_end_matches(|letter: char| !letter.is_alphanumeric());
    let words = words.strip_suffix(JOINING).filter(|rest| rest.is_empty() || rest.ends_with(char::is_whitespace)).unwrap_or(words);
    let words = words.trim_end_matches(|letter: char| !letter.is_alphanumeric());
    (words.split_whitespace().count() <= GAP_WORDS_MAX).then_some(words)
}

/// Gives the context on one line; of a very long one what stands from the first of source, cue and content on.
fn sentence(text: &str, statement: &Statement) -> String {
    let attribution = &statement.attribution;
    let whole = one_line(statement.context.of(text));
    if whole.chars().count() <= SENTENCE_CHARS_MAX {
        return whole;
    }
    let places = attribution.source.iter().chain(&attribution.cue).chain(&attribution.content);
    let start = places.map(|span| span.start).min().unwrap_or(statement.context.start);
    let rest = one_line(Span { start, end: statement.context.end.max(start) }.of(text));
    let mark = if start > statement.context.start { "… " } else { "" };
    std::iter::once(mark).flat_map(str::chars).chain(rest.chars().take(PART_CHARS_MAX)).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks source `<…>`, cue `[…]` and content `{…}` in a text.
    fn marked(marked: &str) -> (String, Attribution) {
        let (mut text, mut open) = (String::new(), 0);
        let (mut source, mut cue, mut content) = (None, None, Vec::new());
        for letter in marked.chars() {
            match letter {
                '<' | '[' | '{' => open = text.len(),
                '>' => source = Some(Span::new(open, text.len())),
                ']' => cue = Some(Span::new(open, text.len())),
                '}' => content.push(Span::new(open, text.len())),
                other => text.push(other),
            }
        }
        (text, Attribution { source, cue, content, quote: QuoteKind::Indirect, parent: None, rule: "shape/test".into() })
    }

    #[test]
    fn the_lead_is_as_in_the_cases() {
        let cases = include_str!("../../tests/query/leads.txt");
        let cases: Vec<&str> = cases.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert!(cases.len() > 10);
        for case in cases {
            let (given, wanted) = case.split_once(" => ").unwrap();
            let (text, attribution) = marked(given);
            assert_eq!(lead(&text, &attribution).as_deref().unwrap_or("-"), wanted, "{given}");
        }
    }

    #[test]
    fn a_line_reads_on_where_only_white_space_stands_between() {
        for (given, wanted) in [
            ("<He> [accused] {the board of delay}", true),
            ("<He> [said] that {the ferry must go}", false),
            ("<He> [said]: {the ferry must go}", false),
            ("{The ferry must go}, <he> [said]", false),
        ] {
            let (text, attribution) = marked(given);
            assert_eq!(reads_on(&text, &attribution), wanted, "{given}");
        }
    }

    #[test]
    fn only_what_is_wholly_in_marks_is_a_quotation() {
        for (content, is) in [("“go”", true), ("“go.”", true), ("the talks “useful”", false), ("“go” home", false)] {
            assert_eq!(is_quoted(QuoteKind::Mixed, content), is, "{content}");
        }
        assert!(is_quoted(QuoteKind::Direct, "go") && !is_quoted(QuoteKind::Indirect, "“go”"));
    }
}
