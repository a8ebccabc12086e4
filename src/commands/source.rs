//! `source`: where a statement stands: outlet, address, times, checksum, the words with their surroundings, all places.

use super::options::STATEMENT;
use super::registry::{Answer, Entry};
use super::why::stored;
use super::{Permission, Request, told};
use crate::model::{Span, TextOrigin};
use crate::reply::{Block, Inline, Reply};
use crate::store::{Appearance, StoredStatement};

/// Bytes of text shown before and after the statement's sentences. 240: about two sentences each way.
const AROUND_BYTES: usize = 240;
/// Longest stretch shown, in bytes.
const SHOWN_BYTES_MAX: usize = 2_500;
/// Most places listed; the others are counted.
const PLACES_SHOWN: usize = 10;

pub(super) const ENTRY: Entry = Entry {
    name: "source",
    aliases: &["where"],
    summary: "Where a statement stands: outlet, address, times, checksum, words in context",
    permission: Permission::Member,
    options: &[STATEMENT],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let stored = stored(request)?;
    let text = request.context.store.article_text(stored.article.id)?.unwrap_or_default();
    let mut reply = Reply::default();
    told::push_hidden(request, &stored, &mut reply)?;
    let article = &stored.article;
    let mut head = vec![Inline::faint(format!("[{}] ", stored.id)), Inline::strong(article.outlet_name.clone())];
    if !article.title.is_empty() {
        head.push(Inline::text(format!(": {}", article.title)));
    }
    reply.paragraph(head);
    reply.blocks.push(Block::Quote(in_context(&stored, &text)));
    push_times(&stored, &mut reply);
    push_places(&stored.appearances, &mut reply);
    reply.paragraph(vec![request.typed(&format!("why {}", stored.id))]);
    Ok(reply)
}

/// Gives the statement's sentences, its words marked, with some of the text before and after.
fn in_context(stored: &StoredStatement, text: &str) -> Vec<Inline> {
    let content = &stored.statement.attribution.content;
    let whole = content.iter().fold(stored.statement.context, |whole, span| whole.cover(*span)).range();
    let start = text.ceil_char_boundary(whole.start.saturating_sub(AROUND_BYTES)).min(text.len());
    let end = text.floor_char_boundary(whole.end.saturating_add(AROUND_BYTES).min(start.saturating_add(SHOWN_BYTES_MAX)));
    let mut line = Vec::new();
    if start > 0 {
        line.push(Inline::faint("… "));
    }
    let mut at = start;
    for span in content {
        let range = span.range();
        if range.start < at || range.end > end {
            continue;
        }
        line.push(Inline::text(Span::new(at, range.start).of(text)));
        line.push(Inline::strong(span.of(text)));
        at = range.end;
    }
    line.push(Inline::text(Span::new(at, end.max(at)).of(text)));
    if end < text.trim_end().len() {
        line.push(Inline::faint(" …"));
    }
    line
}

fn push_times(stored: &StoredStatement, reply: &mut Reply) {
    let article = &stored.article;
    if !article.url.is_empty() {
        reply.item(vec![Inline::faint("address: "), Inline::Link { label: article.url.clone(), url: article.url.clone() }]);
    }
    match article.published {
        Some(published) => reply.item(vec![Inline::faint("published: "), Inline::Time(published)]),
        None => reply.item(vec![Inline::faint("published: "), Inline::text("not stated")]),
    };
    if let Some(updated) = article.updated.filter(|updated| Some(*updated) != article.published) {
        reply.item(vec![Inline::faint("updated: "), Inline::Time(updated)]);
    }
    reply.item(vec![Inline::faint("first seen: "), Inline::Time(article.first_seen)]);
    let origin = match article.text_origin {
        TextOrigin::Feed => "the feed's full text",
        TextOrigin::Summary => "the feed's summary only",
        TextOrigin::Page => "the article's page",
        TextOrigin::File => "a file",
    };
    reply.item(vec![Inline::faint("text from: "), Inline::text(origin)]);
    reply.item(vec![Inline::faint("SHA-256: "), Inline::code(article.sha256.clone())]);
}

fn push_places(places: &[Appearance], reply: &mut Reply) {
    if places.len() < 2 {
        return;
    }
    reply.heading(format!("Published in {} places", places.len()));
    for place in places.iter().take(PLACES_SHOWN) {
        let mut line = vec![Inline::strong(place.outlet_name.clone())];
        if let Some(published) = place.published {
            line.extend([Inline::text(", "), Inline::Time(published)]);
        }
        if !place.url.is_empty() {
            let title = if place.title.is_empty() { String::new() } else { format!("{} — ", place.title) };
            line.extend([Inline::text(format!(": {title}")), Inline::Link { label: place.url.clone(), url: place.url.clone() }]);
        } else if !place.title.is_empty() {
            line.push(Inline::text(format!(": {}", place.title)));
        }
        reply.item(line);
    }
    let more = places.len().saturating_sub(PLACES_SHOWN);
    if more > 0 {
        reply.item(vec![Inline::faint(format!("and {more} more"))]);
    }
}
