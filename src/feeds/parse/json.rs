//! JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>), also of a document that breaks off.
//!
//! Items are read one by one as they come, so that those before a break are kept. Wrong types in an item cost a field, not the feed.

use super::{ENTRIES_READ_MAX, ParseError};
use crate::feeds::dates;
use crate::model::Entry;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// What was read before the end or the break.
#[derive(Debug, Default)]
struct Found {
    version: Option<String>,
    language: Option<String>,
    has_items: bool,
    entries: Vec<Entry>,
}

/// Reads the items of a JSON Feed.
pub(super) fn entries(text: &str, url: &str) -> Result<Vec<Entry>, ParseError> {
    let mut found = Found::default();
    let end = Feed(&mut found).deserialize(&mut serde_json::Deserializer::from_str(text));
    let is_feed = found.version.as_deref().is_some_and(|version| version.contains("jsonfeed.org")) || found.has_items;
    if !is_feed {
        return Err(ParseError::NotAFeed { url: url.to_owned(), what: "is JSON without the items of a JSON Feed".to_owned() });
    }
    match end {
        Err(broken) if found.entries.is_empty() => Err(ParseError::Unreadable { url: url.to_owned(), reason: broken.to_string() }),
        _ => {
            let language = found.language;
            let with_language = |entry: Entry| Entry { language: entry.language.or_else(|| language.clone()), ..entry };
            Ok(found.entries.into_iter().map(with_language).collect())
        }
    }
}

struct Feed<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Feed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Feed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "version" => self.0.version = text(&map.next_value()?),
                "language" => self.0.language = text(&map.next_value()?),
                "items" => {
                    self.0.has_items = true;
                    map.next_value_seed(Items(self.0))?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Items<'a>(&'a mut Found);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the list of a JSON Feed's items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Value>()? {
            if self.0.entries.len() < ENTRIES_READ_MAX && item.is_object() {
                self.0.entries.push(entry(&item));
            }
        }
        Ok(())
    }
}

fn entry(item: &Value) -> Entry {
    let field = |name: &str| item.get(name).and_then(text);
    let date = |name: &str| field(name).as_deref().and_then(dates::parse);
    let plain = |name: &str| field(name).map(|text| escaped(&text).replace("\n\n", "<p>"));
    Entry {
        guid: field("id"),
        link: field("url").or_else(|| field("external_url")),
        // Titles are plain text here, unlike in RSS.
        title: field("title").map(|title| escaped(&title)).unwrap_or_default(),
        content_html: field("content_html").or_else(|| plain("content_text")),
        summary_html: plain("summary"),
        published: date("date_published"),
        updated: date("date_modified"),
        language: field("language"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Reads a text, or a number that stands for one: the specification asks readers to take numbers as ids.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
