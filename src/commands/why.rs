//! `why`: how a statement was found and judged: the sentence with its parts marked, the rules with file and line, what lost.
//!
//! It shows how the bot reads a text. It says nothing about whether what was said is true.

use super::error::{CommandError, UserError};
use super::options::STATEMENT;
use super::registry::{Answer, Entry};
use super::{Permission, Request, told};
use crate::model::{ActorId, DatePrecision, Distance, Form, SaidOn, Span, Speaker, StatementId, Target};
use crate::query::{QueryError, link_name};
use crate::reply::{Block, Inline, Reply, stance_word};
use crate::store::{Store, StoreError, StoredStatement, WhyHidden};

/// Longest sentence that is shown with its parts marked, in bytes of the article's text. 2,000: a quotation over several paragraphs.
const CONTEXT_BYTES_MAX: usize = 2_000;
/// Most rules shown, and most alternatives. 12: more is a fault of the rules, not a reason to read on.
const RULES_SHOWN: usize = 12;

pub(super) const ENTRY: Entry = Entry {
    name: "why",
    aliases: &["explain"],
    summary: "How a statement was found and judged: sentence, rules, what they were chosen over",
    permission: Permission::Member,
    options: &[STATEMENT],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let stored = stored(request)?;
    let text = store.article_text(stored.article.id)?.unwrap_or_default();
    let mut reply = Reply::default();
    told::push_hidden(request, &stored, &mut reply)?;
    push_head(store, &stored, &mut reply)?;
    reply.blocks.push(Block::Quote(marked(&stored, &text)));
    push_judgement(store, &stored, &text, &mut reply)?;
    push_rules(&stored, &mut reply);
    told::push_history(request, &stored, &mut reply)?;
    let rules = format!("Rules {}", stored.ruleset_hash);
    let revision = if stored.revision > 1 { format!(", revision {}", stored.revision) } else { String::new() };
    reply.paragraph(vec![Inline::faint(format!("{rules}{revision} · ")), request.typed(&format!("source {}", stored.id))]);
    Ok(reply)
}

/// Gives the statement that is asked for.
pub(super) fn stored(request: &Request<'_>) -> Result<StoredStatement, CommandError> {
    with_id(request, request.arguments.number("id")?)
}

/// Gives a statement by its number; an error where nothing of it may be shown.
pub(super) fn with_id(request: &Request<'_>, id: i64) -> Result<StoredStatement, CommandError> {
    let found = request.context.store.statement(StatementId(id))?;
    match found.as_ref().and_then(|stored| stored.hidden) {
        Some(WhyHidden::Forgotten) => return Err(UserError::Forgotten { id }.into()),
        Some(WhyHidden::Purged) => return Err(UserError::Removed { id }.into()),
        Some(WhyHidden::Withdrawn | WhyHidden::Unread) | None => {}
    }
    found.ok_or_else(|| UserError::NoSuchId { what: "statement", id }.into())
}

fn push_head(store: &Store, stored: &StoredStatement, reply: &mut Reply) -> Result<(), StoreError> {
    let mut line = vec![Inline::faint(format!("[{}] ", stored.id))];
    match &stored.statement.speaker {
        _ if stored.statement.form == Form::Deed => line.push(Inline::strong("A deed, told in nobody\u{2019}s words")),
        Speaker::Actor(id) => line.push(Inline::strong(stored.speaker_name.clone().unwrap_or_else(|| id.to_string()))),
        Speaker::Unknown(candidates) => {
            line.push(Inline::strong("Unknown speaker"));
            let names = candidates.iter().map(|id| actor_name(store, id)).collect::<Result<Vec<_>, _>>()?;
            if !names.is_empty() {
                line.push(Inline::text(format!("; it may be {}", names.join(" or "))));
            }
        }
    }
    line.push(Inline::text(" in "));
    if stored.article.url.is_empty() {
        line.push(Inline::text(stored.article.outlet_name.clone()));
    } else {
        line.push(Inline::Link { label: stored.article.outlet_name.clone(), url: stored.article.url.clone() });
    }
    reply.paragraph(line);
    Ok(())
}

/// Gives the sentence with source, cue and content marked; text outside the article's bounds is left out.
fn marked(stored: &StoredStatement, text: &str) -> Vec<Inline> {
    let attribution = &stored.statement.attribution;
    let mut parts: Vec<(&'static str, Span)> = Vec::new();
    let (source, cue) = match stored.statement.form {
        Form::Words => ("source", "cue"),
        Form::Deed => ("doer", "verb"),
    };
    parts.extend(attribution.source.map(|span| (source, span)));
    parts.extend(attribution.cue.map(|span| (cue, span)));
    parts.extend(attribution.content.iter().map(|span| ("content", *span)));
    let whole = parts.iter().fold(stored.statement.context, |whole, (_, span)| whole.cover(*span));
    let mut cuts: Vec<u32> = parts.iter().flat_map(|(_, span)| [span.start, span.end]).chain([whole.start, whole.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut line: Vec<Inline> = Vec::new();
    let mut last: Option<usize> = None;
    let mut bytes = 0;
    for pair in cuts.windows(2) {
        let [start, end] = *pair else { continue };
        let piece = Span { start, end };
        // the first part wins where parts overlap: a source inside a content is a source
        let part = parts.iter().position(|(_, span)| span.contains(piece));
        let words = piece.of(text);
        bytes += words.len();
        if bytes > CONTEXT_BYTES_MAX {
            line.push(Inline::faint(" …"));
            break;
        }
        match (part, line.last_mut()) {
            (Some(index), Some(Inline::Mark { text, .. })) if last == Some(index) => text.push_str(words),
            (Some(index), _) => {
                let label = parts.get(index).map_or("content", |(label, _)| *label);
                line.push(Inline::Mark { label, text: words.to_owned() });
            }
            (None, _) => line.push(Inline::text(words)),
        }
        last = part;
    }
    line
}

fn push_judgement(store: &Store, stored: &StoredStatement, text: &str, reply: &mut Reply) -> Result<(), QueryError> {
    let statement = &stored.statement;
    let is_deed = statement.form == Form::Deed;
    let quote = if is_deed { String::new() } else { format!(" · {} quotation", statement.attribution.quote.as_str()) };
    let judged = format!("{} · {}{quote} · confidence {} %", statement.act, statement.modality, statement.confidence);
    reply.item(vec![Inline::faint("judged: "), Inline::text(judged)]);
    let mut chain = vec![stored.article.outlet_name.clone()];
    for link in &statement.reported_by {
        chain.push(format!("{}{}", link_name(store, link)?, distance_words(link.distance)));
    }
    if !is_deed {
        let speaker = stored.speaker_name.clone().unwrap_or_else(|| "unknown speaker".to_owned());
        chain.push(format!("{speaker}{}", distance_words(statement.distance)));
    }
    reply.item(vec![Inline::faint("reported by: "), Inline::text(chain.join(" → "))]);
    if let Some(said_on) = statement.said_on {
        reply.item(vec![Inline::faint("said: "), Inline::text(said_words(said_on, text))]);
    }
    if let Some(addressee) = &statement.addressee {
        reply.item(vec![Inline::faint("to: "), Inline::text(addressee.span.of(text))]);
    }
    if let Some(venue) = statement.venue {
        reply.item(vec![Inline::faint("where: "), Inline::text(venue.of(text))]);
    }
    for taken in &statement.stances {
        let whose = match (taken.own, is_deed) {
            (true, _) => "own",
            (false, true) => "as told by the outlet",
            (false, false) => "as reported by the speaker",
        };
        let target = target_name(store, &taken.target)?;
        let words = format!(" {} {target} ({whose}), shown by “{}”", stance_word(taken.stance), taken.evidence.of(text));
        reply.item(vec![Inline::faint("stance: "), Inline::text(actor_name(store, &taken.holder)?), Inline::text(words)]);
        let rules: Vec<String> = taken.rules.iter().map(ToString::to_string).collect();
        if !rules.is_empty() {
            reply.blocks.push(Block::Item { indent: 1, line: vec![Inline::faint(format!("by {}", rules.join(", ")))] });
        }
        if let Some(condition) = taken.condition {
            reply.blocks.push(Block::Item { indent: 1, line: vec![Inline::faint("condition: "), Inline::text(condition.of(text))] });
        }
    }
    if statement.stances.is_empty() {
        reply.item(vec![Inline::faint("stance: "), Inline::text("none that the words show")]);
    }
    Ok(())
}

fn push_rules(stored: &StoredStatement, reply: &mut Reply) {
    let statement = &stored.statement;
    if !statement.firings.is_empty() {
        reply.heading("Rules that fired");
    }
    for firing in statement.firings.iter().take(RULES_SHOWN) {
        let place = format!(" ({}:{})", firing.file, firing.line);
        reply.item(vec![Inline::strong(firing.rule.to_string()), Inline::text(format!(": {}", firing.note)), Inline::faint(place)]);
    }
    if !statement.rejected.is_empty() {
        reply.heading("Chosen over");
    }
    for rejected in statement.rejected.iter().take(RULES_SHOWN) {
        let words = format!(": {} — {}", rejected.what, rejected.reason);
        reply.item(vec![Inline::strong(rejected.rule.to_string()), Inline::text(words)]);
    }
}

fn distance_words(distance: Distance) -> &'static str {
    match distance {
        Distance::Neutral => "",
        Distance::Distancing => " (does not vouch)",
        Distance::Endorsing => " (takes it as so)",
    }
}

fn said_words(said_on: SaidOn, text: &str) -> String {
    let day = crate::reply::show_date(said_on.date);
    let when = match said_on.precision {
        DatePrecision::Day => day,
        DatePrecision::Week => format!("in the week from {day}"),
        DatePrecision::Month => said_on.date.strftime("in %B %Y").to_string(),
        DatePrecision::Year => said_on.date.strftime("in %Y").to_string(),
    };
    match said_on.span.of(text) {
        "" => when,
        words => format!("{when} (“{words}”)"),
    }
}

/// Gives an actor's name, or the id where no name is stored.
pub(super) fn actor_name(store: &Store, id: &ActorId) -> Result<String, StoreError> {
    Ok(store.actor(id)?.map_or_else(|| id.to_string(), |stored| stored.actor.name))
}

/// Gives a target's name, or the id where no name is stored.
pub(super) fn target_name(store: &Store, target: &Target) -> Result<String, StoreError> {
    match target {
        Target::Actor(id) => actor_name(store, id),
        Target::Topic(id) => Ok(store.topic(id)?.map_or_else(|| id.to_string(), |stored| stored.topic.name)),
    }
}
