//! Reads who says what in somebody's words, without storing anything: what stands behind “Who said this?” on a message.

use super::Context;
use crate::model::{Actor, Speaker, Statement, Target};
use crate::reply::{Block, Inline, Reply, StanceView, Tone, stance_sentence};
use crate::rules::{Document, Ruleset};

/// Longest text that is read, in bytes: far more than a message holds.
const TEXT_BYTES_MAX: usize = 20_000;
/// Most statements that are shown.
const STATEMENTS_MAX: usize = 10;

/// Tells who says what in a text, as the rules read it.
pub fn read_words(context: &Context<'_>, text: &str) -> Reply {
    let text = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or(text);
    let mut reply = Reply::default();
    if text.trim().is_empty() {
        return Reply::line(Tone::UserError, vec![Inline::text("There are no words in that message that I can read.")]);
    }
    let document = Document { text, published: Some(context.today()), outlet: None };
    let found = context.ruleset.extract(&document);
    if found.statements.is_empty() {
        reply.paragraph(vec![Inline::text("I find nobody in it who says something.")]);
        return reply;
    }
    for statement in found.statements.iter().take(STATEMENTS_MAX) {
        push_statement(context.ruleset, text, (statement, &found.found), &mut reply);
    }
    let more = found.statements.len().saturating_sub(STATEMENTS_MAX);
    if more > 0 {
        reply.paragraph(vec![Inline::faint(format!("and {more} more"))]);
    }
    reply.paragraph(vec![Inline::faint(
        "Read from the words of that message alone; nothing is stored, and whether it is true is not judged.",
    )]);
    reply
}

fn push_statement(ruleset: &Ruleset, text: &str, (statement, found): (&Statement, &[Actor]), reply: &mut Reply) {
    let name = |id: &crate::model::ActorId| {
        let known = ruleset.actor(id).or_else(|| found.iter().find(|actor| actor.id == *id));
        known.map_or_else(|| id.to_string(), |actor| actor.name.clone())
    };
    let attribution = &statement.attribution;
    let mention = attribution.source.map(|span| span.of(text));
    let speaker = match (&statement.speaker, mention) {
        (Speaker::Actor(id), _) => name(id),
        (Speaker::Unknown(_), Some(mention)) => format!("Unknown (“{mention}”)"),
        (Speaker::Unknown(_), None) => "Unknown speaker".to_owned(),
    };
    let content: Vec<&str> = attribution.content.iter().map(|span| span.of(text)).collect();
    let cue = attribution.cue.map(|span| format!(" {}", span.of(text))).unwrap_or_default();
    let mut line = vec![Inline::strong(speaker), Inline::text(format!("{cue}: {}", content.join(" … ")))];
    if !statement.reported_by.is_empty() {
        let chain: Vec<String> =
            statement.reported_by.iter().map(|link| link.actor.as_ref().map_or_else(|| link.mention.clone(), &name)).collect();
        line.push(Inline::faint(format!(", reported by {}", chain.join(", then "))));
    }
    reply.item(line);
    let target = |target: &Target| match target {
        Target::Actor(id) => name(id),
        Target::Topic(id) => {
            ruleset.topics().iter().find(|topic| topic.id == *id).map_or_else(|| id.to_string(), |topic| topic.name.clone())
        }
    };
    let stances: Vec<String> = statement
        .stances
        .iter()
        .map(|taken| stance_sentence(&StanceView { holder: name(&taken.holder), target: target(&taken.target), stance: taken.stance }))
        .collect();
    if !stances.is_empty() {
        reply.blocks.push(Block::Item { indent: 1, line: vec![Inline::faint("→ "), Inline::text(stances.join("; "))] });
    }
}
