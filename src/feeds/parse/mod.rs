//! Bytes to entries: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed.
//!
//! The XML formats are read by a library that is lenient in some ways and silent in others, so it stands between a cleaner before it and a
//! count after it: what it lost is read item by item. An answer that is no feed is an error with a hint, never an empty list. No id is
//! invented, no HTML turned into text (that is [`super::body`]'s), no clock read.
//!
//! In the trip of an article it stands after [`fetch`](super::fetch).

mod clean;
mod convert;
mod json;
mod salvage;

use super::markup::{Token, Tokens};
use super::{body, decode};
use crate::model::Entry;
use jiff::Timestamp;
use salvage::Items;
use url::Url;

/// Most entries that one reading of a feed gives: the newest. Feeds have 10 to 100; archives of whole sites would flood the store.
pub const ENTRIES_MAX: usize = 500;
/// Most entries that are looked at to find the newest.
const ENTRIES_READ_MAX: usize = 5_000;
/// Largest document that is read, in bytes: what the fetcher lets through, for callers that bring bytes from elsewhere.
pub const FEED_BYTES_MAX: usize = 16 << 20;

/// Why a document gives no entries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing came.
    #[error("{url} is empty; check the address in a browser")]
    Empty {
        /// The feed's address.
        url: String,
    },
    /// More than [`FEED_BYTES_MAX`].
    #[error("{url} is larger than {max_bytes} bytes and is not read")]
    TooLarge {
        /// The feed's address.
        url: String,
        /// The cap, in bytes.
        max_bytes: usize,
    },
    /// A web page.
    #[error("{url} is a web page, not a feed{}", alternate_hint(.alternate.as_deref()))]
    Html {
        /// The address.
        url: String,
        /// The feed that the page names as its own, absolute.
        alternate: Option<String>,
    },
    /// Something else.
    #[error("{url} is not a feed: it {what}; give the address of an RSS, Atom or JSON feed")]
    NotAFeed {
        /// The address.
        url: String,
        /// What it does instead, such as "starts with the element svg".
        what: String,
    },
    /// A feed out of which no entry could be read.
    #[error("{url} is a feed, but none of its entries can be read: {reason}")]
    Unreadable {
        /// The feed's address.
        url: String,
        /// What is wrong.
        reason: String,
    },
}

fn alternate_hint(alternate: Option<&str>) -> String {
    match alternate {
        Some(url) => format!("; its feed is {url}"),
        None => "; look for the address of its RSS or Atom feed".to_owned(),
    }
}

/// Reads the entries of a feed, newest first where dates tell, in document order else; at most [`ENTRIES_MAX`].
///
/// `charset` is the transport's label, `base_url` the address that answered (relative links start there), `now` bounds dates: what claims to
/// come from the future is dated `now`. Of a document that breaks off, the entries that are whole are given.
///
/// # Errors
/// [`ParseError`]; a feed without entries is no error.
pub fn parse(bytes: &[u8], charset: Option<&str>, base_url: &str, now: Timestamp) -> Result<Vec<Entry>, ParseError> {
    if bytes.len() > FEED_BYTES_MAX {
        return Err(ParseError::TooLarge { url: base_url.to_owned(), max_bytes: FEED_BYTES_MAX });
    }
    let text = decode::decode(bytes, charset);
    let text = text.trim();
    let entries = match text.chars().next() {
        None => return Err(ParseError::Empty { url: base_url.to_owned() }),
        Some('{' | '[') => json::entries(text, base_url)?,
        Some(_) => xml_entries(text, base_url)?,
    };
    let base = Url::parse(base_url).ok();
    Ok(newest(entries.into_iter().map(|entry| finished(entry, base.as_ref(), now)).collect(), now))
}

fn xml_entries(text: &str, url: &str) -> Result<Vec<Entry>, ParseError> {
    let root = Tokens::new(text).find_map(|token| if let Token::Open(tag) = token { Some(tag.name) } else { None });
    let local = root.as_deref().map(|root| root.rsplit(':').next().unwrap_or(root));
    let is_feed = matches!(local, Some("rss" | "rdf" | "feed" | "channel"));
    if local == Some("html") || (!is_feed && has_doctype_html(text)) {
        return Err(ParseError::Html { url: url.to_owned(), alternate: alternate_feed(text, url) });
    }
    let cleaned = clean::xml(text);
    let items = Items::of(&cleaned);
    if !is_feed && items.whole.is_empty() {
        let what = root.map_or("has no markup".to_owned(), |root| format!("starts with the element {root}"));
        return Err(ParseError::NotAFeed { url: url.to_owned(), what });
    }
    let entries = salvage::entries(&cleaned, &items);
    match (entries.is_empty(), items.is_cut, items.whole.len()) {
        (true, true, 0) => Err(ParseError::Unreadable { url: url.to_owned(), reason: "it breaks off within the first".to_owned() }),
        (true, _, 1..) => Err(ParseError::Unreadable { url: url.to_owned(), reason: "their markup is broken".to_owned() }),
        _ => Ok(entries),
    }
}

fn has_doctype_html(text: &str) -> bool {
    let start: String = text.chars().take(200).collect::<String>().to_ascii_lowercase();
    start.contains("<!doctype html")
}

/// Finds the feed that a page names as its own (HTML `link rel=alternate`).
fn alternate_feed(html: &str, url: &str) -> Option<String> {
    const TYPES: &[&str] = &["application/rss+xml", "application/atom+xml", "application/feed+json"];
    let href = Tokens::new(html).find_map(|token| {
        let Token::Open(tag) = token else { return None };
        let kind = tag.attribute("type").filter(|_| tag.name == "link")?.to_ascii_lowercase();
        let is_alternate = tag.attribute("rel")?.to_ascii_lowercase().split_ascii_whitespace().any(|rel| rel == "alternate");
        tag.attribute("href").filter(|_| is_alternate && TYPES.contains(&kind.trim()))
    })?;
    let absolute = Url::parse(url).ok()?.join(href.trim()).ok()?;
    matches!(absolute.scheme(), "http" | "https").then(|| absolute.into())
}

/// Brings what every format gives into one shape: absolute web links, one-line headlines, no date after `now`.
fn finished(entry: Entry, base: Option<&Url>, now: Timestamp) -> Entry {
    let absolute = |link: &str| {
        let joined = match base {
            Some(base) => base.join(link.trim()),
            None => Url::parse(link.trim()),
        };
        joined.ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
    };
    let present = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let guid = present(entry.guid).map(|guid| guid.trim().to_owned());
    let own_address = guid.as_deref().filter(|guid| guid.starts_with("http://") || guid.starts_with("https://"));
    let link = entry.link.as_deref().filter(|link| !link.trim().is_empty()).and_then(absolute).or_else(|| own_address.and_then(absolute));
    // Atom asks for a date of change only.
    let published = entry.published.or(entry.updated).map(|date| date.min(now));
    Entry {
        link,
        title: body::title_to_text(&entry.title),
        content_html: present(entry.content_html),
        summary_html: present(entry.summary_html),
        published,
        // Libraries and feeds repeat the first date here; only a change is one.
        updated: entry.updated.map(|date| date.min(now)).filter(|date| Some(*date) != published),
        language: present(entry.language).map(|language| language.trim().to_owned()),
        guid,
    }
}

/// Sorts the newest to the front and cuts the rest off. Entries without a date stay behind the one before them.
fn newest(entries: Vec<Entry>, now: Timestamp) -> Vec<Entry> {
    let mut last = now;
    let mut dated: Vec<(Timestamp, Entry)> = entries
        .into_iter()
        .map(|entry| {
            last = entry.published.or(entry.updated).unwrap_or(last);
            (last, entry)
        })
        .collect();
    dated.sort_by(|(a, _), (b, _)| b.cmp(a));
    dated.truncate(ENTRIES_MAX);
    dated.into_iter().map(|(_, entry)| entry).collect()
}
