//! Holds that nothing in a text can mention, link, format or hide in any rendering, and that no rendering loses a word.
#![cfg(feature = "bot")]

use proptest::prelude::*;
use stancebot::reply::{Block, Inline, Reply, Tone, clean, html, markdown, plain};

/// Pieces that mean something to a chat, a browser or a terminal.
const BAIT: &[&str] = &[
    "@everyone",
    "@here",
    "@room",
    "<@1>",
    "<@&2>",
    "<#3>",
    "@user:host.example",
    "#room:host.example",
    "https://evil.example/x",
    "www.evil.example",
    "discord.gg/abc",
    "[a](https://evil.example)",
    "**",
    "__",
    "~~",
    "||",
    "`",
    "```\n",
    "\n# ",
    "\n> ",
    "\n- ",
    "\n1. ",
    "-# ",
    "\\",
    ":smile:",
    "<t:0:R>",
    "</cmd:1>",
    "<b>",
    "</p><script>",
    "&amp;",
    "&#64;",
    "\"",
    "'",
    "\u{1b}[2J",
    "\u{9b}1m",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\0",
    "\r",
    "\t",
    "\u{feff}",
    "\u{e0041}",
    "שלום",
    "مرحبا",
    "😀",
    "e\u{301}",
    " ",
    " ",
    "word",
    "word.",
    "3.5",
    "U.S.",
];

fn hostile() -> impl Strategy<Value = String> {
    let bait = proptest::sample::select(BAIT).prop_map(str::to_owned);
    let any = "\\PC{0,12}";
    proptest::collection::vec(prop_oneof![4 => bait, 1 => any], 0..40).prop_map(|parts| parts.concat())
}

/// Every block and inline that takes text, filled with the same one.
fn everywhere(text: &str) -> Reply {
    let line = vec![
        Inline::text(text),
        Inline::strong(text),
        Inline::faint(text),
        Inline::code(text),
        Inline::Mark { label: "cue", text: text.into() },
        Inline::Link { label: text.into(), url: format!("https://a.example/{text}") },
        Inline::Link { label: text.into(), url: text.into() },
    ];
    let blocks = vec![
        Block::Heading(line.clone()),
        Block::Paragraph(line.clone()),
        Block::Quote(line.clone()),
        Block::Item { indent: 0, line: line.clone() },
        Block::Item { indent: 1, line },
        Block::Table(vec![vec![text.to_owned(), "b".into()], vec!["c".into(), text.to_owned()]]),
    ];
    Reply { tone: Tone::Answer, blocks, ..Reply::default() }
}

fn paragraph(inline: Inline) -> Reply {
    Reply { tone: Tone::Answer, blocks: vec![Block::Paragraph(vec![inline])], ..Reply::default() }
}

/// The words of a text, joined: what has to be left of it, whatever stands between.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{200b}' | '\u{2060}')).collect()
}

/// Drops each backslash with the mark it escapes, if `keep` is none; keeps the mark alone otherwise.
fn without_escapes(page: &str, keep: Option<()>) -> String {
    let mut out = String::new();
    let mut chars = page.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let escaped = chars.next().expect("a page does not end inside an escape");
                assert!(escaped.is_ascii_punctuation(), "a backslash before {escaped:?}");
                if keep.is_some() {
                    out.push(escaped);
                }
            }
            _ => out.push(c),
        }
    }
    out
}

fn assert_no_mention(page: &str, breaker: char) {
    for (at, _) in page.match_indices('@') {
        assert_eq!(page[at + 1..].chars().next(), Some(breaker), "an @ that is not broken in {page:?}");
    }
}

fn assert_visible(text: &str) {
    for c in text.chars() {
        let hidden = c.is_control() && c != '\n'
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}' | '\u{2067}' | '\u{200e}' | '\u{200f}' | '\u{e0000}'..='\u{e0fff}');
        assert!(!hidden, "{c:?} in {text:?}");
    }
    assert_eq!(text.matches('\u{2068}').count(), text.matches('\u{2069}').count(), "an isolate is not closed in {text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn markdown_text_is_escaped_to_the_last_mark(text in hostile()) {
        for page in markdown::render(&paragraph(Inline::text(text.as_str()))) {
            let bare = without_escapes(&page, None);
            prop_assert!(!bare.contains(['*', '_', '~', '`', '|', '>', '#', '-', '[', ']', '(', ')', '<', ':', '/', '+', '\n']), "{:?}", page);
            assert_no_mention(&page, '\u{200b}');
            assert_visible(&bare);
        }
    }

    #[test]
    fn markdown_styles_hold_nothing_that_ends_them(text in hostile()) {
        for page in markdown::render(&paragraph(Inline::strong(text.as_str()))) {
            let inner = page.strip_prefix("**").and_then(|page| page.strip_suffix("**"));
            prop_assert!(inner.is_some_and(|inner| !without_escapes(inner, None).contains('*')), "{:?}", page);
        }
        for page in markdown::render(&paragraph(Inline::code(text.as_str()))) {
            let inner = page.strip_prefix('`').and_then(|page| page.strip_suffix('`'));
            prop_assert!(inner.is_some_and(|inner| !inner.is_empty() && !inner.contains('`')), "{:?}", page);
        }
    }

    #[test]
    fn markdown_pages_keep_all_words_and_fit(text in hostile(), times in 1_usize..20) {
        let long = format!("{text} ").repeat(times);
        let pages = markdown::render(&paragraph(Inline::text(long.as_str())));
        let shown: String = pages.iter().map(|page| without_escapes(page, Some(()))).collect();
        prop_assert_eq!(letters(&shown), letters(&clean(&long)));
        for page in markdown::render(&everywhere(&format!("{text} {text}"))) {
            prop_assert!(page.encode_utf16().count() <= markdown::PAGE_UNITS_MAX);
            prop_assert!(!page.trim().is_empty());
            assert_no_mention(&page, '\u{200b}');
        }
    }

    #[test]
    fn html_holds_only_own_tags(text in hostile()) {
        const TAGS: &[&str] = &[
            "<p>", "</p>", "<h4>", "</h4>", "<blockquote>", "</blockquote>", "<ul>", "</ul>", "<li>", "</li>", "<strong>", "</strong>", "<em>", "</em>",
            "<code>", "</code>", "<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "</th>", "</a>", "<a href=\"https://a.example/",
            "<a href=\"https://evil.example/x\">",
        ];
        let message = html::render(&everywhere(&text));
        for (at, _) in message.html.match_indices('<') {
            let is_own = TAGS.iter().any(|tag| message.html[at..].starts_with(tag)) || message.html[at..].starts_with("<a href=\"https://");
            prop_assert!(is_own, "{}", &message.html[at..]);
        }
        for (at, _) in message.html.match_indices("<a href=\"") {
            let address = message.html[at + 9..].split('"').next().unwrap_or_default();
            prop_assert!(address.starts_with("https://") && !address.contains(['<', '>', ' ', '@', '\\']), "{address}");
        }
        assert_no_mention(&message.html, '\u{2060}');
        assert_no_mention(&message.body, '\u{2060}');
        assert_visible(&message.body);
    }

    #[test]
    fn html_and_body_keep_all_words(text in hostile()) {
        let message = html::render(&paragraph(Inline::text(text.as_str())));
        let html = message.html.trim_start_matches("<p>").trim_end_matches("</p>");
        let shown = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
        prop_assert_eq!(letters(&shown), letters(&clean(&text)));
        prop_assert_eq!(letters(&message.body), letters(&clean(&text)));
    }

    #[test]
    fn plain_text_moves_nothing_and_keeps_all_words(text in hostile(), width in 0_u16..200) {
        let layout = plain::Layout { width: Some(width), ..plain::Layout::default() };
        let shown = plain::render(&paragraph(Inline::text(text.as_str())), layout);
        assert_visible(&shown);
        prop_assert_eq!(letters(&shown), letters(&clean(&text)));
        assert_visible(&plain::render(&everywhere(&text), layout));
    }
}
