//! Runs every document in `tests/feeds/` through the feed reader and compares with its `.json` twin.
//!
//! Documents that are better made than stored (huge ones, bombs, other encodings) are made here.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Deserialize;
use stancebot::feeds::body::{entry_text, html_to_text, needs_page, page_to_text};
use stancebot::feeds::boilerplate::{Line, judge};
use stancebot::feeds::parse::{ENTRIES_MAX, FEED_BYTES_MAX, ParseError, parse};
use stancebot::model::{Entry, FeedTextSource};
use std::path::{Path, PathBuf};
use std::time::Instant;

const BASE: &str = "https://news.example/feeds/all.xml";

fn now() -> Timestamp {
    "2025-12-10T00:00:00Z".parse().unwrap()
}

fn read(text: &str) -> Result<Vec<Entry>, ParseError> {
    parse(text.as_bytes(), None, BASE, now())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Twin {
    /// What the fixture shows.
    shows: String,
    charset: Option<String>,
    base: Option<String>,
    /// Words of the expected error.
    error: Option<String>,
    #[serde(default)]
    entries: Vec<Expected>,
}

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expected {
    guid: Option<String>,
    link: Option<String>,
    title: String,
    text: Option<String>,
    published: Option<Timestamp>,
    updated: Option<Timestamp>,
    language: Option<String>,
}

impl From<Entry> for Expected {
    fn from(entry: Entry) -> Self {
        let text = entry_text(&entry).map(|chosen| chosen.text);
        let Entry { guid, link, title, published, updated, language, .. } = entry;
        Self { guid, link, title, text, published, updated, language }
    }
}

fn fixtures(dir: &str) -> Vec<(PathBuf, PathBuf)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(dir);
    let mut found: Vec<(PathBuf, PathBuf)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind != "json"))
        .map(|path| (path.clone(), path.with_extension("json")))
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn every_fixture_reads_as_its_twin_says() {
    for (document, twin) in fixtures("feeds") {
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        let twin: Twin = serde_json::from_str(&std::fs::read_to_string(&twin).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let found = parse(&std::fs::read(&document).unwrap(), twin.charset.as_deref(), twin.base.as_deref().unwrap_or(BASE), now());
        match (found, &twin.error) {
            (Ok(entries), None) => {
                let entries: Vec<Expected> = entries.into_iter().map(Expected::from).collect();
                assert_eq!(entries, twin.entries, "{name}: {}", twin.shows);
            }
            (Err(error), Some(words)) => assert!(error.to_string().contains(words), "{name}: {error}"),
            (found, _) => panic!("{name}: {}: {found:?}", twin.shows),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PageTwin {
    shows: String,
    title: String,
    text: String,
    published: Option<Timestamp>,
    canonical: Option<String>,
    language: Option<String>,
}

#[test]
fn every_page_gives_the_text_that_its_twin_says() {
    for (document, twin) in fixtures("pages") {
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        let twin: PageTwin =
            serde_json::from_str(&std::fs::read_to_string(&twin).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let page = page_to_text(&std::fs::read(&document).unwrap(), None, "https://news.example/world/story-1?utm_source=x").unwrap();
        assert_eq!(page.text, twin.text, "{name}: {}", twin.shows);
        assert_eq!(
            (page.title, page.published, page.canonical, page.language),
            (twin.title, twin.published, twin.canonical, twin.language),
            "{name}"
        );
    }
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title><link>https://news.example/</link>{items}</channel></rss>"
    )
}

#[test]
fn nothing_at_all_is_told_from_a_feed_without_entries() {
    assert!(matches!(read(""), Err(ParseError::Empty { .. })));
    assert!(matches!(read(" \r\n\u{feff}\0 "), Err(ParseError::Empty { .. })));
    assert_eq!(read(&rss("")), Ok(vec![]));
    assert_eq!(read("{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}"), Ok(vec![]));
}

#[test]
fn a_feed_of_forty_megabytes_is_refused_and_the_largest_one_is_read_with_a_bound() {
    let item = |number: usize| {
        format!("<item><guid>{number}</guid><title>Item {number}</title><description>{}</description></item>", "word ".repeat(700))
    };
    let huge = rss(&(0..12_000).map(item).collect::<String>());
    assert!(huge.len() > 40_000_000);
    assert!(matches!(read(&huge), Err(ParseError::TooLarge { max_bytes: FEED_BYTES_MAX, .. })));
    let large = rss(&(0..1_000).map(item).collect::<String>());
    assert_eq!(read(&large).unwrap().len(), ENTRIES_MAX);
}

#[test]
fn of_many_entries_the_newest_are_kept() {
    let item = |number: i64| {
        let date = now().checked_sub(jiff::SignedDuration::from_hours(1000 - number)).unwrap();
        format!("<item><guid>{number}</guid><title>t</title><pubDate>{date}</pubDate></item>")
    };
    let entries = read(&rss(&(0..700).map(item).collect::<String>())).unwrap();
    assert_eq!(entries.len(), ENTRIES_MAX);
    assert_eq!(entries.first().and_then(|entry| entry.guid.as_deref()), Some("699"));
    assert_eq!(entries.last().and_then(|entry| entry.guid.as_deref()), Some("200"));
}

#[test]
fn entity_bombs_mean_nothing() {
    let levels: String = (1..30).map(|level| format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10))).collect();
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY l0 \"lol\">{levels}<!ENTITY file SYSTEM \"file:///etc/passwd\">]>{}",
        rss("<item><title>&l29; &file;</title><guid>1</guid></item>").trim_start_matches("<?xml version=\"1.0\"?>")
    );
    let entries = read(&bomb).unwrap();
    assert_eq!(entries[0].title, "&l29; &file;");
}

#[test]
fn encodings_are_right_whatever_is_declared() {
    let words = "\u{41f}\u{440}\u{435}\u{437}\u{438}\u{434}\u{435}\u{43d}\u{442} \u{437}\u{430}\u{44f}\u{432}\u{438}\u{43b} \u{43e} \u{43f}\u{43b}\u{430}\u{43d}\u{435}";
    for declared in ["windows-1251", "utf-8", "iso-8859-1x"] {
        let document = format!(
            "<?xml version=\"1.0\" encoding=\"{declared}\"?><rss version=\"2.0\"><channel><item><title>{words}</title></item></channel></rss>"
        );
        let bytes = encoding_rs::WINDOWS_1251.encode(&document).0.into_owned();
        assert_eq!(parse(&bytes, None, BASE, now()).unwrap()[0].title, words, "{declared}");
    }
    let utf16: Vec<u8> = rss(&format!("<item><title>{words}</title></item>")).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse(&utf16, Some("utf-8"), BASE, now()).unwrap()[0].title, words);
}

#[test]
fn a_feed_cut_at_any_byte_gives_whole_entries_or_an_error() {
    let item = |number: usize| {
        format!(
            "<item><guid>{number}</guid><title>N\u{ba} {number}</title><description><![CDATA[<p>He said \u{201c}no\u{201d} {number}.</p>]]></description></item>"
        )
    };
    let whole = rss(&(0..4).map(item).collect::<String>());
    for end in 0..whole.len() {
        let Ok(entries) = parse(&whole.as_bytes()[..end], None, BASE, now()) else { continue };
        for (number, entry) in entries.iter().enumerate() {
            assert_eq!(entry.guid, Some(number.to_string()), "cut at {end}");
            assert_eq!(entry_text(entry).unwrap().text, format!("He said \u{201c}no\u{201d} {number}."), "cut at {end}");
        }
    }
    assert_eq!(read(&whole).unwrap().len(), 4);
    let json = "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":1,\"title\":\"a\"},{\"id\":2,\"title\":\"b";
    assert_eq!(read(json).unwrap().len(), 1);
}

#[test]
fn a_page_says_which_feed_it_names() {
    let page =
        "<!DOCTYPE html><html><head><link rel='alternate' type='application/rss+xml' href='/rss.xml'></head><body><p>Hi</p></body></html>";
    let Err(ParseError::Html { alternate, .. }) = read(page) else { panic!("a page is no feed") };
    assert_eq!(alternate.as_deref(), Some("https://news.example/rss.xml"));
    let evil = page.replace("/rss.xml", "file:///etc/passwd");
    assert!(matches!(read(&evil), Err(ParseError::Html { alternate: None, .. })));
}

#[test]
fn other_documents_are_named_for_what_they_are() {
    for (text, words) in
        [("<svg/>", "element svg"), ("just words", "no markup"), ("[1, 2]", "JSON"), ("{\"a\": 1}", "JSON"), ("%PDF-1.4 x", "no markup")]
    {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains(BASE), "{error}");
    }
}

/// Generous for an unoptimised build on a busy machine; what is quadratic takes minutes.
const PATIENCE_SECS: u64 = 20;

#[test]
fn documents_made_to_be_slow_are_read_in_bounded_time() {
    let parts = [
        "<![",
        "<!DOCTYPE [",
        "</a ",
        "<a ",
        "<a \"",
        "<item>",
        "<item><![CDATA[",
        "&amp",
        "&#",
        "<!--",
        "<?",
        "<b x='",
        "<aside>",
        "<p><b>",
    ];
    for part in parts {
        let started = Instant::now();
        let document = format!("<rss version=\"2.0\"><channel>{}>", part.repeat(200_000 / part.len()));
        let _ = read(&document);
        let _ = html_to_text(&document);
        let _ = page_to_text(format!("<html>{document}").as_bytes(), None, BASE);
        assert!(started.elapsed().as_secs() < PATIENCE_SECS, "{part} took {:?}", started.elapsed());
    }
}

#[test]
fn huge_and_deep_pages_are_read_in_bounded_time_and_stack() {
    let started = Instant::now();
    let paragraph = |number: usize| {
        format!("<p>{number} The minister said that the talks would go on. {}</p>", "He gave no date and named no place. ".repeat(25))
    };
    let article = format!(
        "<html><head><title>Long</title></head><body><article>{}</article></body></html>",
        (0..5_400).map(paragraph).collect::<String>()
    );
    assert!(article.len() > 5_000_000);
    let page = page_to_text(article.as_bytes(), None, BASE).unwrap();
    assert!(page.text.len() > 2_000_000 && page.text.ends_with('.'), "{}", page.text.len());
    let deep = format!("<html><body>{}<p>He said so.</p>{}</body></html>", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(page_to_text(deep.as_bytes(), None, BASE).unwrap().text, "He said so.");
    let unclosed: String = (0..20_000).map(|number| format!("<b x={number}><p>word{number}")).collect();
    assert!(page_to_text(format!("<html><body>{unclosed}").as_bytes(), None, BASE).unwrap().text.contains("word19999"));
    assert!(started.elapsed().as_secs() < 2 * PATIENCE_SECS, "{:?}", started.elapsed());
}

#[test]
fn what_is_no_text_is_refused_by_its_kind() {
    for (bytes, words) in [
        (&b"%PDF-1.7\n"[..], "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"  \n", "empty"),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 14, 15], "binary"),
    ] {
        let error = page_to_text(bytes, None, BASE).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert_eq!(page_to_text(b"Plain words.\r\n\r\nMore of them.", None, BASE).unwrap().text, "Plain words.\n\nMore of them.");
}

/// Pieces of which documents are thrown together: what parsers trip over.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<rss version=\"2.0\">",
        "<channel>",
        "<item>",
        "</item>",
        "</channel>",
        "</rss>",
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
        "<entry>",
        "</entry>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<link href=\"/a\"/>",
        "<guid>",
        "</guid>",
        "<description>",
        "</description>",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<!DOCTYPE rss [",
        "]>",
        "&",
        "&amp;",
        "&#x110000;",
        "&nbsp;",
        "<",
        ">",
        "\"",
        "'",
        "\u{416}",
        "\u{202e}",
        "\0",
        "\r",
        "<p>",
        "</p>",
        "<br>",
        "<aside>",
        "<q>",
        "<a href='x'>",
        "<script>",
        "word",
        " ",
        "\n",
        "<pubDate>Tue, 02 Dec 2025 10:00:00 GMT</pubDate>",
        "{\"items\":[",
        "{\"id\":1}",
        "]}",
        "<html>",
        "<content:encoded>",
        "</",
        "<?xml ?>",
        "https://a.example/",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_document_is_read_or_refused_and_never_breaks_anything(text in pieces()) {
        let _ = read(&text);
        for text in [html_to_text(&text), page_to_text(text.as_bytes(), None, BASE).map(|page| page.text).unwrap_or_default()] {
            let is_clean = text.chars().all(|ch| ch == '\n' || ch == '\t' || !(ch.is_control() || ch == '\u{202e}'));
            prop_assert!(is_clean, "{text:?}");
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes, Some("utf-16"), BASE, now());
        let _ = parse(&bytes, None, "no base", now());
        let _ = page_to_text(&bytes, None, BASE);
    }
}

#[test]
fn the_shipped_example_feeds_are_read_whole() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/example");
    let is_feed = |path: &PathBuf| path.extension().is_some_and(|kind| ["xml", "atom", "rdf", "json"].iter().any(|known| kind == *known));
    let feeds: Vec<PathBuf> = std::fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).filter(is_feed).collect();
    assert!(!feeds.is_empty());
    for path in feeds {
        let url = format!("file:{}", path.display());
        let entries = parse(&std::fs::read(&path).unwrap(), None, &url, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
        assert!(!entries.is_empty(), "{url}");
        for entry in entries {
            let name = format!("{url}: {}", entry.title);
            let chosen = entry_text(&entry).unwrap_or_else(|| panic!("{name} has no text"));
            assert!(!needs_page(FeedTextSource::Auto, Some(&chosen)), "{name} would need its page");
            assert!(entry.guid.is_some() && entry.link.is_some() && entry.published.is_some(), "{name}: {entry:?}");
            let kept = chosen.text.lines().find(|line| judge(line) != Line::Text || line.contains(['<', '\u{202e}']));
            assert_eq!(kept, None, "{name}");
        }
    }
}
