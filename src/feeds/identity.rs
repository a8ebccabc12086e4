//! What makes an entry the same entry: its guid, its canonical link and the fingerprint of its words; never its date.
//!
//! It remembers nothing (the store compares keys) and fetches nothing. A key is made from the entry as the feed gave it, before any page is
//! fetched, so that known entries cost no request.

use super::body;
use super::boilerplate::tracking_parameters;
use crate::model::Entry;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Fewest code points of text for which words alone identify an entry. Below it ("Live updates", a bare headline) the link is part of the
/// fingerprint, since the same few words come back with other news.
const WORDS_ALONE_MIN_CHARS: usize = 200;
/// Longest guid kept, in bytes; a longer one is kept as its SHA-256.
const GUID_BYTES_MAX: usize = 1024;

/// By what an entry is recognised: it is known when any part that it has is known for the same feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey {
    /// The feed's own id.
    pub guid: Option<String>,
    /// The address without what only tracks readers.
    pub link: Option<String>,
    /// SHA-256 of title and text without case, punctuation and spacing, in lower-case hexadecimal digits; none when the entry has no
    /// words.
    pub fingerprint: Option<String>,
}

impl EntryKey {
    /// Makes the key of an entry as parsed.
    pub fn of(entry: &Entry) -> Self {
        let guid = entry.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty()).map(bounded_guid);
        let link = entry.link.as_deref().map(canonical_link);
        let words = entry.content_html.as_deref().or(entry.summary_html.as_deref()).map(body::html_to_text).unwrap_or_default();
        let fingerprint = fingerprint(&entry.title, &words, link.as_deref());
        Self { guid, link, fingerprint }
    }
}

/// Gives the canonical links that several different entries of one document share, as in feeds that link all of a live page's posts, or
/// everything, to one address. Such a link tells no entries apart and must be left out of their keys.
pub fn shared_links(entries: &[Entry]) -> BTreeSet<String> {
    let mut first: BTreeMap<String, (&Option<String>, &str)> = BTreeMap::new();
    let mut shared = BTreeSet::new();
    for entry in entries {
        let Some(link) = entry.link.as_deref().map(canonical_link) else { continue };
        let names = (&entry.guid, entry.title.as_str());
        match first.get(&link) {
            // The same entry twice is no second entry.
            Some((guid, title)) if **guid == entry.guid && (guid.is_some() || *title == names.1) => {}
            Some(_) => drop(shared.insert(link)),
            None => drop(first.insert(link, names)),
        }
    }
    shared
}

fn bounded_guid(guid: &str) -> String {
    if guid.len() <= GUID_BYTES_MAX { guid.to_owned() } else { sha256_hex(guid.as_bytes()) }
}

/// Gives the SHA-256 of bytes in lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes the fingerprint of a headline and a plain text; none when neither has a letter or digit.
///
/// Two copies that differ in case, punctuation, quotation marks or spacing have the same fingerprint. `link` counts only when the text is
/// short.
pub fn fingerprint(title: &str, text: &str, link: Option<&str>) -> Option<String> {
    let (title, text) = (bare_words(title), bare_words(text));
    if title.is_empty() && text.is_empty() {
        return None;
    }
    let link = link.filter(|_| text.chars().count() < WORDS_ALONE_MIN_CHARS).unwrap_or_default();
    Some(sha256_hex(format!("{title}\n{text}\n{link}").as_bytes()))
}

fn bare_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(|ch: char| !ch.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// Takes out of an address what does not say which article it is: tracking parameters (a list in `data/boilerplate.toml`), the fragment,
/// user name and password, a default port, an empty query. An address that cannot be read comes back trimmed.
pub fn canonical_link(link: &str) -> String {
    let Ok(mut url) = Url::parse(link.trim()) else { return link.trim().to_owned() };
    url.set_fragment(None);
    // Both fail only for addresses that cannot carry a user.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let kept: Vec<&str> = url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
    let query = (!kept.is_empty()).then(|| kept.join("&"));
    url.set_query(query.as_deref());
    url.into()
}

fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    tracking_parameters().iter().any(|known| match known.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *known,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str, content: &str) -> Entry {
        Entry { title: title.to_owned(), content_html: Some(content.to_owned()), ..Entry::default() }
    }

    #[test]
    fn tracking_is_taken_out_of_links_and_the_rest_stays() {
        for (link, canonical) in [
            ("https://Example.org:443/a?utm_source=rss&id=7&fbclid=x#top", "https://example.org/a?id=7"),
            ("https://example.org/a?utm_source=rss", "https://example.org/a"),
            ("https://example.org/a?", "https://example.org/a"),
            ("https://example.org/a?id=7&page=2", "https://example.org/a?id=7&page=2"),
            ("https://example.org/a?reference=7", "https://example.org/a?reference=7"),
            ("http://me:pw@example.org/a", "http://example.org/a"),
            (" not an address ", "not an address"),
        ] {
            assert_eq!(canonical_link(link), canonical);
        }
    }

    #[test]
    fn the_same_words_in_other_clothes_have_one_fingerprint() {
        let text = "The minister said the plan was \u{201c}a trap\u{201d}. ".repeat(10);
        let plain = text.replace(['\u{201c}', '\u{201d}'], "\"").replace(' ', "  ").to_uppercase();
        assert_eq!(fingerprint("A plan", &text, Some("https://a/")), fingerprint("A PLAN!", &plain, Some("https://b/")));
        assert_ne!(fingerprint("A plan", &text, None), fingerprint("A plan", &text.replace("trap", "gift"), None));
    }

    #[test]
    fn a_bare_headline_is_told_apart_by_its_link() {
        assert_ne!(fingerprint("Live updates", "", Some("https://a/1")), fingerprint("Live updates", "", Some("https://a/2")));
        assert_eq!(fingerprint("\u{2026}", " - ", None), None);
    }

    #[test]
    fn a_link_that_different_entries_share_is_found_and_a_doubled_entry_shares_none() {
        let with = |guid: &str, link: &str| Entry { guid: Some(guid.to_owned()), link: Some(link.to_owned()), ..Entry::default() };
        let live = [with("1", "https://a.example/live#1"), with("2", "https://a.example/live#2"), with("3", "https://a.example/3")];
        assert_eq!(shared_links(&live).into_iter().collect::<Vec<_>>(), ["https://a.example/live"]);
        assert!(shared_links(&[with("1", "https://a.example/1"), with("1", "https://a.example/1?utm_source=x")]).is_empty());
    }

    #[test]
    fn the_date_is_no_part_of_the_key() {
        let early = entry("A plan", "<p>He said so.</p>");
        let late = Entry { published: Some("2025-12-04T12:00:00Z".parse().unwrap()), ..early.clone() };
        assert_eq!(EntryKey::of(&early), EntryKey::of(&late));
    }

    #[test]
    fn an_empty_guid_is_none_and_a_huge_one_is_bounded() {
        let with = |guid: String| EntryKey::of(&Entry { guid: Some(guid), ..Entry::default() }).guid;
        assert_eq!(with("  ".to_owned()), None);
        assert_eq!(with("tag:x,1".to_owned()).as_deref(), Some("tag:x,1"));
        assert_eq!(with("g".repeat(5000)).map(|guid| guid.len()), Some(64));
    }
}
