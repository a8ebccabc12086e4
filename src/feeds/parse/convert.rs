//! The library's entry to the model's, field by field.
//!
//! Nothing is guessed: what the feed does not say stays empty.

use crate::feeds::dates;
use crate::model::Entry;
use feedparser_rs::{Content, TextType};
use jiff::Timestamp;

/// Converts one entry; `language` is the feed's.
pub(super) fn entry(from: feedparser_rs::Entry, language: Option<&str>) -> Entry {
    let date = |text: &Option<String>, read: Option<i64>| {
        text.as_deref().and_then(dates::parse).or_else(|| read.and_then(|secs| Timestamp::from_second(secs).ok()))
    };
    let published = date(&from.published_str, from.published.map(|time| time.timestamp()))
        .or_else(|| date(&None, from.dc_date.map(|time| time.timestamp())))
        .or_else(|| date(&from.created_str, from.created.map(|time| time.timestamp())));
    let updated = date(&from.updated_str, from.updated.map(|time| time.timestamp()));
    let is_plain = from.summary_detail.as_ref().is_some_and(|detail| detail.content_type == TextType::Text);
    let summary = from.summary.map(|text| if is_plain { plain_as_html(&text) } else { text });
    let title_is_plain = from.title_detail.as_ref().is_some_and(|detail| detail.content_type == TextType::Text);
    let title = from.title.unwrap_or_default();
    Entry {
        // The library takes any guid for a link when there is none; those that are addresses are taken later, for every format.
        link: from.link.filter(|link| from.id.as_deref() != Some(link.as_str())),
        guid: from.id.map(|id| id.to_string()),
        title: if title_is_plain { plain_as_html(&title) } else { title },
        content_html: from.content.into_iter().filter_map(content_html).max_by_key(String::len),
        summary_html: summary,
        published,
        updated,
        language: from.language.map(|language| language.to_string()).or_else(|| language.map(str::to_owned)),
    }
}

fn content_html(content: Content) -> Option<String> {
    let kind = content.content_type.as_ref().map(|kind| kind.to_string().to_ascii_lowercase()).unwrap_or_default();
    match kind.as_str() {
        "text/plain" => Some(plain_as_html(&content.value)),
        "" | "text/html" | "application/xhtml+xml" | "html" | "xhtml" => Some(content.value),
        _ => None,
    }
}

/// Escapes plain text, so that its angle brackets are not taken for tags, unless it plainly is HTML that was declared wrongly.
fn plain_as_html(text: &str) -> String {
    let is_html = ["</", "<p>", "<br", "&lt;", "&amp;", "&#", "&quot;", "&nbsp;"].iter().any(|mark| text.contains(mark));
    if is_html {
        return text.to_owned();
    }
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    // Blank lines are plain text's paragraphs.
    escaped.replace("\n\n", "<p>")
}
