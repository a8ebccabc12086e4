//! From what a feed or page carries to the plain text that spans refer to.
//!
//! Paragraphs end with one line feed between them; scripts, captions, "read also" lines and the like are gone; characters that show nothing
//! or turn the direction of writing are gone. What comes out is stored and never normalised again. It fetches nothing and knows no clock.
//!
//! In the trip of an article it stands after [`parse`](super::parse) and, where a feed carries only a teaser, after a second
//! [`fetch`](super::fetch).

use super::boilerplate::{self, Line};
use super::html::{self, Paragraph};
use super::{decode, page};
use crate::model::{Entry, FeedTextSource, TextOrigin};

pub use super::page::{BodyError, PageText, page_to_text};

/// Longest article text in bytes: four times a long book chapter. What goes beyond is cut at the end of a paragraph.
pub const TEXT_BYTES_MAX: usize = 2 << 20;
/// Fewest code points of full content that count as the article itself and not as its teaser.
const CONTENT_ENOUGH_CHARS: usize = 600;
/// Fewest code points of a summary that do; summaries are teasers far more often.
const SUMMARY_ENOUGH_CHARS: usize = 1500;

/// A text and where it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenText {
    /// Plain text, one line feed between paragraphs; may be empty.
    pub text: String,
    /// Where it was taken from.
    pub origin: TextOrigin,
}

/// Turns HTML, or text with entities, into paragraphs with one line feed between them.
///
/// Total: any text gives a text, of at most [`TEXT_BYTES_MAX`] bytes, in linear time and without recursion.
pub fn html_to_text(fragment: &str) -> String {
    let paragraphs = html::paragraphs(fragment);
    if !is_escaped_twice(fragment) {
        return joined(paragraphs);
    }
    let once: Vec<String> = paragraphs.into_iter().map(|paragraph| paragraph.text).collect();
    joined(html::paragraphs(&once.join("\n")))
}

/// Tells whether all markup is written as `&lt;p&gt;`: some feeds escape their content twice.
fn is_escaped_twice(fragment: &str) -> bool {
    let has_markup = fragment.contains("</") || fragment.contains("<p") || fragment.contains("<br");
    !has_markup && ["&lt;p&gt;", "&lt;p ", "&lt;/p&gt;", "&lt;br", "&lt;div", "&lt;/a&gt;"].iter().any(|mark| fragment.contains(mark))
}

/// Leaves boilerplate out and joins the rest.
pub(super) fn joined(paragraphs: Vec<Paragraph>) -> String {
    let mut text = String::new();
    let mut in_section = false;
    for Paragraph { text: paragraph, is_link } in paragraphs {
        let line = boilerplate::judge(&paragraph);
        let follows_section = in_section && is_link;
        in_section = line == Line::Section || follows_section;
        if line != Line::Text || follows_section {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&paragraph);
    }
    capped(text)
}

/// Cuts a text to [`TEXT_BYTES_MAX`] at the end of a paragraph, or of a word when one paragraph is longer than that.
pub(super) fn capped(mut text: String) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text;
    }
    let head = text.get(..text.floor_char_boundary(TEXT_BYTES_MAX)).unwrap_or_default();
    let end = head.rfind('\n').or_else(|| head.rfind(' ')).filter(|&end| end > 0).unwrap_or(head.len());
    text.truncate(end);
    text
}

/// Decodes a plain text file: line ends become line feeds, characters that show nothing go, the rest stays as it is.
pub fn plain_to_text(bytes: &[u8], charset: Option<&str>) -> String {
    capped(decode::decode(bytes, charset).trim().to_owned())
}

/// Gives the text that a feed carries for an entry: the full content, or else the summary; none when it carries neither.
pub fn entry_text(entry: &Entry) -> Option<ChosenText> {
    let of = |html: &Option<String>, origin| {
        let text = html.as_deref().map(html_to_text).unwrap_or_default();
        (!text.is_empty()).then_some(ChosenText { text, origin })
    };
    let content = of(&entry.content_html, TextOrigin::Feed);
    let summary = of(&entry.summary_html, TextOrigin::Summary);
    match (content, summary) {
        (Some(content), Some(summary)) if summary.text.len() > content.text.len() => Some(summary),
        (content, summary) => content.or(summary),
    }
}

/// Tells whether the page that an entry links to has to be fetched for its text.
pub fn needs_page(mode: FeedTextSource, from_feed: Option<&ChosenText>) -> bool {
    match (mode, from_feed) {
        (FeedTextSource::Feed, _) => false,
        (FeedTextSource::Page, _) | (FeedTextSource::Auto, None) => true,
        (FeedTextSource::Auto, Some(chosen)) => !is_whole(chosen),
    }
}

fn is_whole(chosen: &ChosenText) -> bool {
    let enough = match chosen.origin {
        TextOrigin::Summary => SUMMARY_ENOUGH_CHARS,
        TextOrigin::Feed | TextOrigin::Page | TextOrigin::File => CONTENT_ENOUGH_CHARS,
    };
    chosen.text.chars().count() >= enough && !is_cut_off(&chosen.text)
}

/// Tells whether a text ends like a teaser: with dots of omission.
fn is_cut_off(text: &str) -> bool {
    let end = text.trim_end_matches([']', ')', '"', '\u{201d}', ' ', '\n']);
    end.ends_with('\u{2026}') || end.ends_with("...")
}

/// Chooses between what the feed carried and what the page gave; a page that gives less than the feed (a pay wall, a consent page) loses,
/// unless only pages are wanted and the feed had just a summary.
pub fn choose_text(mode: FeedTextSource, from_feed: Option<ChosenText>, from_page: Option<&PageText>) -> Option<ChosenText> {
    let page = from_page.filter(|page| !page.text.is_empty() && mode != FeedTextSource::Feed);
    let Some(page) = page else { return from_feed };
    match from_feed {
        Some(feed) if is_whole(&feed) && feed.text.len() > page.text.len() => Some(feed),
        Some(feed) if mode == FeedTextSource::Auto && feed.text.len() > page.text.len() => Some(feed),
        _ => Some(ChosenText { text: page.text.clone(), origin: TextOrigin::Page }),
    }
}

/// Marks and spaces that a page may have before its headline beyond those of the headline itself.
const HEADLINE_MARKS_MAX: usize = 40;

/// Puts the headline before a text, as a paragraph of its own, unless the text begins with it.
pub fn with_headline(title: &str, text: String) -> String {
    let letters = |text: &str| -> String { text.chars().filter(|ch| ch.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    let headline = letters(title);
    // Twice the headline's length, since marks and spaces do not count.
    let start: String = text.chars().take(2 * title.chars().count() + HEADLINE_MARKS_MAX).collect();
    let has_it = letters(&start).starts_with(&headline);
    match () {
        () if has_it => text,
        () if text.is_empty() => title.to_owned(),
        () => format!("{title}\n{text}"),
    }
}

/// Turns a headline as a feed or page gives it into one line of plain text.
pub fn title_to_text(title: &str) -> String {
    let words = html::paragraphs(title).into_iter().map(|paragraph| paragraph.text).collect::<Vec<_>>().join(" ");
    // A headline of more than this is an article in the wrong place.
    match words.char_indices().nth(page::TITLE_CHARS_MAX) {
        Some((end, _)) => format!("{}\u{2026}", words.get(..end).unwrap_or_default().trim_end()),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(chars: usize, origin: TextOrigin) -> ChosenText {
        ChosenText { text: "a".repeat(chars), origin }
    }

    fn page(chars: usize) -> PageText {
        PageText { text: "b".repeat(chars), ..PageText::default() }
    }

    #[test]
    fn auto_fetches_the_page_for_teasers_only() {
        use FeedTextSource::{Auto, Feed, Page};
        use TextOrigin::{Feed as Full, Summary};
        assert!(!needs_page(Auto, Some(&chosen(600, Full))));
        assert!(needs_page(Auto, Some(&chosen(599, Full))));
        assert!(needs_page(Auto, Some(&chosen(600, Summary))));
        assert!(!needs_page(Auto, Some(&chosen(1500, Summary))));
        assert!(needs_page(Auto, None));
        assert!(!needs_page(Feed, None));
        assert!(needs_page(Page, Some(&chosen(5000, Full))));
        let cut = ChosenText { text: format!("{} [\u{2026}]", "a".repeat(700)), origin: Full };
        assert!(needs_page(Auto, Some(&cut)));
    }

    #[test]
    fn a_page_behind_a_wall_loses_against_a_longer_feed() {
        use FeedTextSource::{Auto, Feed, Page};
        let origin =
            |mode, feed: Option<ChosenText>, page: Option<PageText>| choose_text(mode, feed, page.as_ref()).map(|text| text.origin);
        assert_eq!(origin(Auto, Some(chosen(700, TextOrigin::Summary)), Some(page(90))), Some(TextOrigin::Summary));
        assert_eq!(origin(Auto, Some(chosen(200, TextOrigin::Summary)), Some(page(3000))), Some(TextOrigin::Page));
        assert_eq!(origin(Page, Some(chosen(200, TextOrigin::Summary)), Some(page(90))), Some(TextOrigin::Page));
        assert_eq!(origin(Page, Some(chosen(2000, TextOrigin::Feed)), Some(page(90))), Some(TextOrigin::Feed));
        assert_eq!(origin(Feed, Some(chosen(20, TextOrigin::Feed)), Some(page(9000))), Some(TextOrigin::Feed));
        assert_eq!(origin(Page, None, None), None);
        assert_eq!(origin(Page, Some(chosen(20, TextOrigin::Feed)), Some(page(0))), Some(TextOrigin::Feed));
    }

    #[test]
    fn a_headline_stands_before_the_text_once() {
        assert_eq!(with_headline("Mayor: no pier", "The mayor spoke.".to_owned()), "Mayor: no pier\nThe mayor spoke.");
        assert_eq!(
            with_headline("Mayor: no pier", "MAYOR \u{2013} No pier!\nShe spoke.".to_owned()),
            "MAYOR \u{2013} No pier!\nShe spoke."
        );
        assert_eq!(with_headline("İlk söz: no", "İlk söz: no\nShe spoke.".to_owned()), "İlk söz: no\nShe spoke.");
        assert_eq!(with_headline("", "She spoke.".to_owned()), "She spoke.");
        assert_eq!(with_headline("Mayor: no pier", String::new()), "Mayor: no pier");
    }

    #[test]
    fn content_that_was_escaped_twice_is_read() {
        assert_eq!(html_to_text("&lt;p&gt;One &amp;amp; two&lt;/p&gt;&lt;p&gt;Three&lt;/p&gt;"), "One & two\nThree");
        assert_eq!(html_to_text("<p>He typed &lt;p&gt; by mistake.</p>"), "He typed <p> by mistake.");
    }

    #[test]
    fn what_follows_a_section_of_links_stays_when_it_is_text() {
        let html = "<p>First.</p><h3>Related articles</h3><ul><li><a href=x>Somebody said no</a></li><li><a>And yes</a></li></ul>\
                    <p>Second, he said.</p><p><a>A quoted headline of its own.</a></p>";
        assert_eq!(html_to_text(html), "First.\nSecond, he said.\nA quoted headline of its own.");
    }

    #[test]
    fn texts_are_cut_at_the_end_of_a_paragraph() {
        let paragraph = format!("<p>{}</p>", "word ".repeat(2000));
        let text = html_to_text(&paragraph.replace("word", "w\u{f6}rd").repeat(400).replacen("w", "x", 1));
        // Equal neighbours are one, so make them differ.
        assert!(text.len() <= TEXT_BYTES_MAX);
        let many: String = (0..400).map(|number| format!("<p>{number} {}.</p>", "word ".repeat(2000))).collect();
        let text = html_to_text(&many);
        assert!(text.len() <= TEXT_BYTES_MAX && text.len() > TEXT_BYTES_MAX - 11_000);
        assert!(text.ends_with('.'));
        assert!(capped("\u{416}".repeat(TEXT_BYTES_MAX)).len() <= TEXT_BYTES_MAX);
    }

    #[test]
    fn headlines_are_one_line() {
        assert_eq!(title_to_text(" <b>AT&amp;T</b>:\n talks\u{202e} go on<br>today "), "AT&T: talks go on today");
        assert!(title_to_text(&"long ".repeat(1000)).chars().count() <= page::TITLE_CHARS_MAX + 1);
    }

    #[test]
    fn plain_text_is_passed_through() {
        assert_eq!(plain_to_text(b"\xef\xbb\xbfOne\r\n\r\nTwo  three\x00\r\n", None), "One\n\nTwo  three");
    }
}
