//! Reads the items of an XML feed: by the library as a whole, item by item where that loses some, by hand where that fails too.
//!
//! The library answers "no entries" to a document that it cannot follow; only counting the items beforehand shows the loss.

use super::convert;
use crate::feeds::{
    dates,
    markup::{Token, Tokens},
};
use crate::model::Entry;
use feedparser_rs::{ParseOptions, ParsedFeed, ParserLimits};
use std::ops::Range;

/// The items of a document, as byte ranges from `<item` to `</item>`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Items {
    /// Items that end, in document order.
    pub(super) whole: Vec<Range<usize>>,
    /// True when the document breaks off within an item.
    pub(super) is_cut: bool,
    /// Where the first item starts; the end of the document without one.
    head_end: usize,
    /// Where the last whole item or what follows it ends.
    tail_start: usize,
}

impl Items {
    /// Finds the items of a cleaned document.
    pub(super) fn of(text: &str) -> Self {
        let mut items = Self { head_end: text.len(), tail_start: text.len(), ..Self::default() };
        let mut open: Option<usize> = None;
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find('<')).map(|at| from + at) {
            let rest = text.get(at..).unwrap_or_default();
            from = at + 1;
            if rest.starts_with("<![CDATA[") {
                from = rest.find("]]>").map_or(text.len(), |end| at + end + 3);
            } else if let Some(tail) = rest.strip_prefix("</") {
                if is_item(tail)
                    && let Some(start) = open.take()
                {
                    items.push(start..at + rest.find('>').map_or(rest.len(), |end| end + 1));
                }
            } else if rest.get(1..).is_some_and(is_item) {
                // An item inside an item: the first one lost its end.
                if let Some(start) = open.replace(at) {
                    items.push(start..at);
                }
                items.head_end = items.head_end.min(at);
            }
        }
        if let Some(start) = open {
            items.is_cut = true;
            items.tail_start = start;
        }
        items
    }

    fn push(&mut self, item: Range<usize>) {
        if self.whole.len() < super::ENTRIES_READ_MAX {
            self.whole.push(item);
        }
    }
}

/// Tells whether a tag, given from its name on, is an item's; a prefix does not matter.
fn is_item(tail: &str) -> bool {
    let end = tail.bytes().take(40).position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_' | b'-' | b'.')));
    let name = end.and_then(|end| tail.get(..end)).unwrap_or_default();
    let local = name.rsplit(':').next().unwrap_or_default();
    let ends_well =
        end.and_then(|end| tail.as_bytes().get(end)).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
    ends_well && (local.eq_ignore_ascii_case("item") || local.eq_ignore_ascii_case("entry"))
}

/// Reads all items of a cleaned document.
pub(super) fn entries(text: &str, items: &Items) -> Vec<Entry> {
    // An item that breaks off is left out: with half its words it would be known, and its whole text never be read.
    let parsed = library(text.get(..items.tail_start).unwrap_or_default());
    let language = parsed.as_ref().and_then(|feed| feed.feed.language.as_ref().map(|language| language.to_string()));
    match parsed {
        Some(feed) if feed.entries.len() >= items.whole.len() => {
            let mut entries: Vec<Entry> = feed.entries.into_iter().map(|entry| convert::entry(entry, language.as_deref())).collect();
            if entries.len() == items.whole.len() {
                let whole = items.whole.iter().map(|range| text.get(range.clone()).unwrap_or_default());
                entries.iter_mut().zip(whole).for_each(|(entry, item)| keep_markup(entry, item));
            }
            entries
        }
        _ => one_by_one(text, items, language.as_deref()),
    }
}

fn one_by_one(text: &str, items: &Items, language: Option<&str>) -> Vec<Entry> {
    let frame = Frame::of(text.get(..items.head_end).unwrap_or_default());
    let whole = items.whole.iter().filter_map(|range| text.get(range.clone()));
    whole
        .filter_map(|item| {
            let mut found = library(&frame.around(item)).map(|feed| feed.entries).unwrap_or_default();
            match found.pop() {
                Some(entry) if found.is_empty() => {
                    let mut entry = convert::entry(entry, language);
                    keep_markup(&mut entry, item);
                    Some(entry)
                }
                _ => by_hand(item, language),
            }
        })
        .collect()
}

/// Puts back the markup of RSS elements that hold HTML without escaping it; the library keeps only its text, with words run together.
fn keep_markup(entry: &mut Entry, item: &str) {
    let markup = |name| inside(item, name).filter(|inside| inside.starts_with('<') || inside.contains("<br") || inside.contains("<p"));
    let unescaped = |name| markup(name).filter(|inside| !inside.contains("<![CDATA[")).map(str::to_owned);
    entry.summary_html = unescaped("description").or_else(|| entry.summary_html.take());
    entry.content_html = unescaped("content:encoded").or_else(|| entry.content_html.take());
}

/// Runs the library; none when it refuses or breaks down (it is young: a panic of its costs this document, not the poller).
fn library(text: &str) -> Option<ParsedFeed> {
    let limits =
        ParserLimits { max_entries: super::ENTRIES_READ_MAX, max_feed_size_bytes: 2 * super::FEED_BYTES_MAX, ..ParserLimits::default() };
    let options = ParseOptions { resolve_relative_uris: true, sanitize_html: false, limits };
    let run = || feedparser_rs::parse_with_options(text.as_bytes(), &options).ok();
    std::panic::catch_unwind(run).ok().flatten()
}

/// What stands around a single item so that it is a document: the feed's own first tags, for their name spaces.
struct Frame {
    before: String,
    after: &'static str,
}

impl Frame {
    fn of(head: &str) -> Self {
        let root_start =
            head.match_indices('<').map(|(at, _)| at).find(|at| head.get(at + 1..).is_some_and(|rest| !rest.starts_with(['?', '!'])));
        let root = root_start.and_then(|at| head.get(at..)).and_then(|rest| rest.find('>').and_then(|end| rest.get(..=end)));
        let name =
            root.map(|root| root.trim_start_matches('<').split(|ch: char| ch.is_whitespace() || ch == '>').next().unwrap_or_default());
        match (name, root) {
            (Some("rdf:RDF"), Some(root)) => Self { before: format!("{root}<channel><title/></channel>"), after: "</rdf:RDF>" },
            (Some("feed"), Some(root)) => Self { before: root.to_owned(), after: "</feed>" },
            (Some("rss"), Some(root)) => Self { before: format!("{root}<channel><title/>"), after: "</channel></rss>" },
            _ => Self { before: "<rss version=\"2.0\"><channel><title/>".to_owned(), after: "</channel></rss>" },
        }
    }

    fn around(&self, item: &str) -> String {
        format!("{}{item}{}", self.before, self.after)
    }
}

/// Reads an item whose tags do not fit together: each known element from its first start tag to its next end tag.
fn by_hand(item: &str, language: Option<&str>) -> Option<Entry> {
    // A document may put all its elements under one prefix: `<a:entry>`, `<a:title>`.
    let tag = item.get(1..).and_then(|tail| tail.split([' ', '>', '\n', '\t', '/']).next()).unwrap_or_default();
    let bare = tag.split_once(':').map(|(prefix, _)| item.replace(&format!("<{prefix}:"), "<").replace(&format!("</{prefix}:"), "</"));
    let item = bare.as_deref().unwrap_or(item);
    let text = |names: &[&str]| names.iter().find_map(|name| element(item, name));
    let date = |names: &[&str]| text(names).as_deref().and_then(dates::parse);
    let entry = Entry {
        guid: text(&["guid", "id"]),
        link: text(&["link"]).filter(|link| !link.trim().is_empty()).or_else(|| href(item)),
        title: text(&["title"]).unwrap_or_default(),
        content_html: text(&["content:encoded", "content"]),
        summary_html: text(&["description", "summary"]),
        published: date(&["pubdate", "published", "issued", "dc:date"]),
        updated: date(&["updated", "modified"]),
        language: language.map(str::to_owned),
    };
    let says_something = !entry.title.is_empty() || entry.content_html.is_some() || entry.summary_html.is_some();
    says_something.then_some(entry)
}

/// Gives the text of an element: CDATA as it is, other text with its entities decoded once.
fn element(item: &str, name: &str) -> Option<String> {
    let inside = inside(item, name)?;
    Some(match inside.strip_prefix("<![CDATA[") {
        Some(data) => data.trim_end_matches("]]>").to_owned(),
        None => html_escape::decode_html_entities(inside).into_owned(),
    })
}

/// Gives what stands between the first start tag of an element and its next end tag; `name` is in lower case.
fn inside<'a>(item: &'a str, name: &str) -> Option<&'a str> {
    let lower = item.to_ascii_lowercase();
    let ends_name = |at: &usize| lower.as_bytes().get(*at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'>');
    let after_name = lower.match_indices(&format!("<{name}")).map(|(at, mark)| at + mark.len()).find(ends_name)?;
    let start = after_name + lower.get(after_name..)?.find('>')? + 1;
    let end = start + lower.get(start..)?.find(&format!("</{name}"))?;
    item.get(start..end).map(str::trim)
}

/// Gives the address of Atom's `<link href="…">`, the alternate one first.
fn href(item: &str) -> Option<String> {
    let links =
        || Tokens::new(item).filter_map(|token| if let Token::Open(tag) = token { (tag.name == "link").then_some(tag) } else { None });
    let alternate = links().find(|tag| tag.attribute("rel").is_none_or(|rel| rel == "alternate"));
    alternate.or_else(|| links().next()).and_then(|tag| tag.attribute("href"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_counted_outside_cdata_and_a_cut_one_is_seen() {
        let text = "<rss><channel><item>a</item><item><![CDATA[<item>]]></item><items/><item>cut";
        let items = Items::of(text);
        assert_eq!(items.whole.len(), 2);
        assert!(items.is_cut);
        assert_eq!(text.get(items.tail_start..), Some("<item>cut"));
        assert_eq!(Items::of("<feed/>"), Items { head_end: 7, tail_start: 7, ..Items::default() });
    }

    #[test]
    fn an_item_that_lost_its_end_ends_where_the_next_starts() {
        let items = Items::of("<a:entry>one<a:entry>two</a:entry>");
        assert_eq!(items.whole, [0..12, 12..34]);
    }
}
