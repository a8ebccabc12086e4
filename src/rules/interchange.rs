//! The JSON that other programs read and write: one article a line in, its statements a line out.
//!
//! Offsets are Unicode code points, half open, as in most corpora (spans of the library are bytes); what a line means is
//! decided by the rules, not here. Used by the command line and by `examples/read_jsonl.rs`.

use super::{Document, Ruleset};
use crate::model::{Extraction, Span, Statement};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An article of a JSON Lines file: `{id, text, date?}`; other keys are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct InputArticle {
    /// What the article is called; given back as it is.
    pub id: serde_json::Value,
    /// The plain text.
    pub text: String,
    /// Day of publication as `2025-12-04` or a longer time stamp that starts with it; anything else counts as unknown.
    #[serde(default)]
    pub date: Option<String>,
}

impl InputArticle {
    /// Gives the day of publication where it can be read.
    pub fn published(&self) -> Option<Date> {
        // The first ten characters of an ISO 8601 time stamp are its date.
        const ISO_DATE_BYTES: usize = 10;
        self.date.as_deref().and_then(|date| date.get(..ISO_DATE_BYTES)).and_then(|date| date.parse().ok())
    }
}

/// The statements of an article, as they are written to a JSON Lines file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputArticle {
    /// The article's own id.
    pub id: serde_json::Value,
    /// In text order; `parent` indexes this list.
    pub statements: Vec<OutputStatement>,
    /// What somebody is told to have done, outside everybody's words: `speaker` is who did it, `cue` the verb, and `actor` is null.
    pub deeds: Vec<OutputStatement>,
}

/// A statement with offsets in code points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputStatement {
    /// The mention that speaks; null when the text names nobody.
    pub speaker: Option<[usize; 2]>,
    /// The words of that mention.
    pub speaker_text: Option<String>,
    /// The actor's id; null when it is not known.
    pub actor: Option<String>,
    /// The name to show of that actor: whom "he" or "the president" means.
    pub resolved: Option<String>,
    /// The cue.
    pub cue: Option<[usize; 2]>,
    /// The pieces of what was said.
    pub content: Vec<[usize; 2]>,
    /// direct, mixed or indirect.
    pub quote: &'static str,
    /// What is done by saying it.
    pub act: &'static str,
    /// The CAMEO root class of the act.
    pub cameo: &'static str,
    /// The PLOVER event type of the act, where it has one.
    pub plover: Option<&'static str>,
    /// How it relates to what is the case.
    pub modality: &'static str,
    /// First day of the period in which it was said, where the text tells it.
    pub said_on: Option<String>,
    /// How long that period is: day, week, month or year.
    pub said_on_precision: Option<&'static str>,
    /// To whom it was said, where the text tells it.
    pub addressee: Option<[usize; 2]>,
    /// On which occasion or in which medium, where the text tells it.
    pub venue: Option<[usize; 2]>,
    /// How sure the rules are, in percent.
    pub confidence: u8,
    /// Index of the statement whose content holds this one.
    pub parent: Option<usize>,
    /// Reporters between the outlet and the speaker, outermost first: the actor's id, or the words of the mention.
    pub reported_by: Vec<String>,
    /// Stances shown.
    pub stances: Vec<OutputStance>,
    /// Ids of the rules that made it.
    pub rules: Vec<String>,
}

/// A stance of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputStance {
    /// Whose it is.
    pub holder: String,
    /// Towards whom or what.
    pub target: String,
    /// Which.
    pub stance: &'static str,
    /// True when the holder is the speaker.
    pub own: bool,
    /// The agreement of the Discourse Network Analyzer: 1, 0, or null where the stance is neither.
    pub agreement: Option<u8>,
    /// The condition that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<[usize; 2]>,
}

/// Reads one article with the rules.
pub fn read_article(ruleset: &Ruleset, article: &InputArticle) -> OutputArticle {
    let extraction = ruleset.extract(&Document { text: &article.text, published: article.published(), outlet: None });
    output(ruleset, article.id.clone(), (&article.text, &extraction))
}

/// Turns what was read out of a text into its written form, offsets counted in code points.
pub fn output(ruleset: &Ruleset, id: serde_json::Value, (text, extraction): (&str, &Extraction)) -> OutputArticle {
    let offsets = CodePoints::of(text);
    let deeds = extraction.deeds.iter().map(|deed| written(text, deed, &offsets)).collect();
    OutputArticle { id, statements: statements(ruleset, (text, &offsets), extraction), deeds }
}

fn statements(ruleset: &Ruleset, (text, offsets): (&str, &CodePoints), extraction: &Extraction) -> Vec<OutputStatement> {
    let name = |statement: &Statement| {
        let id = statement.speaker.actor()?;
        extraction.found.iter().find(|actor| actor.id == *id).or_else(|| ruleset.actor(id)).map(|actor| actor.name.clone())
    };
    let mut list: Vec<OutputStatement> = extraction.statements.iter().map(|statement| written(text, statement, offsets)).collect();
    for (output, statement) in list.iter_mut().zip(&extraction.statements) {
        output.resolved = name(statement);
    }
    list
}

fn written(text: &str, statement: &Statement, offsets: &CodePoints) -> OutputStatement {
    let attribution = &statement.attribution;
    OutputStatement {
        speaker: attribution.source.map(|span| offsets.range(span)),
        speaker_text: attribution.source.map(|span| span.of(text).to_owned()),
        actor: statement.speaker.actor().map(|actor| actor.as_str().to_owned()),
        resolved: None,
        cue: attribution.cue.map(|span| offsets.range(span)),
        content: attribution.content.iter().map(|span| offsets.range(*span)).collect(),
        quote: attribution.quote.as_str(),
        act: statement.act.as_str(),
        cameo: statement.act.cameo(),
        plover: statement.act.plover(),
        modality: statement.modality.as_str(),
        said_on: statement.said_on.map(|said_on| said_on.date.to_string()),
        said_on_precision: statement.said_on.map(|said_on| said_on.precision.as_str()),
        addressee: statement.addressee.as_ref().map(|addressee| offsets.range(addressee.span)),
        venue: statement.venue.map(|venue| offsets.range(venue)),
        confidence: statement.confidence,
        parent: attribution.parent,
        reported_by: statement
            .reported_by
            .iter()
            .map(|link| link.actor.as_ref().map_or(link.mention.clone(), |id| id.as_str().to_owned()))
            .collect(),
        stances: statement
            .stances
            .iter()
            .map(|taken| OutputStance {
                holder: taken.holder.as_str().to_owned(),
                target: taken.target.id().to_owned(),
                stance: taken.stance.as_str(),
                own: taken.own,
                agreement: taken.stance.agreement(),
                condition: taken.condition.map(|span| offsets.range(span)),
            })
            .collect(),
        rules: statement.firings.iter().map(|firing| firing.rule.as_str().to_owned()).collect(),
    }
}

/// Byte offsets to code points: the number of continuation bytes before every 64th byte.
struct CodePoints {
    continuations: Vec<usize>,
    bytes: Vec<u8>,
}

const BLOCK_BYTES: usize = 64;

impl CodePoints {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes().to_vec();
        let mut count = 0;
        let mut continuations = Vec::with_capacity(bytes.len() / BLOCK_BYTES + 1);
        for block in bytes.chunks(BLOCK_BYTES) {
            continuations.push(count);
            count += continuation_bytes(block);
        }
        continuations.push(count);
        Self { continuations, bytes }
    }

    fn at(&self, byte: u32) -> usize {
        let byte = (byte as usize).min(self.bytes.len());
        let block = byte / BLOCK_BYTES;
        let inside = self.bytes.get(block * BLOCK_BYTES..byte).map_or(0, continuation_bytes);
        byte - self.continuations.get(block).copied().unwrap_or(0) - inside
    }

    fn range(&self, span: Span) -> [usize; 2] {
        [self.at(span.start), self.at(span.end)]
    }
}

fn continuation_bytes(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 == 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_count_code_points_on_both_sides_of_a_block() {
        let text = "“é” ".repeat(40);
        let offsets = CodePoints::of(&text);
        for (count, (byte, _)) in text.char_indices().enumerate() {
            assert_eq!(offsets.at(u32::try_from(byte).unwrap()), count);
        }
        assert_eq!(offsets.range(Span::new(0, text.len())), [0, 160]);
    }

    #[test]
    fn a_time_stamp_gives_its_day_and_a_name_gives_none() {
        let article = |date: &str| InputArticle { id: 1.into(), text: String::new(), date: Some(date.to_owned()) };
        assert_eq!(article("2025-12-04T10:00:00Z").published(), Some(jiff::civil::date(2025, 12, 4)));
        assert_eq!(article("last Tuesday").published(), None);
    }
}
