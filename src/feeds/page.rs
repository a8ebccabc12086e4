//! Cuts the article out of a web page.
//!
//! A readability pass finds the article; what it finds goes through the same paragraph reader as feed content. Pages that would cost the
//! pass too much time or stack are read without it. Bytes that are no text at all are refused. It fetches nothing.

use super::html;
use super::markup::{Tag, Token, Tokens};
use super::{body, dates, decode};
use dom_smoothie::{Config, Readability};
use jiff::Timestamp;
use url::Url;

/// Longest headline in code points; what is longer is cut.
pub const TITLE_CHARS_MAX: usize = 400;
/// Deepest nesting that the readability pass is given; real pages stay below 100.
const DEPTH_MAX: usize = 400;
/// Most elements that it is given, counting those that a browser would make to carry unclosed `<b>` and the like into each new block; real
/// news pages have some thousand.
const ELEMENTS_MAX: usize = 60_000;
/// Largest page that it is given, in bytes.
const READABILITY_BYTES_MAX: usize = 6 << 20;
/// Most ampersands in a page that it is given; broken entities cost its parser more than their number, and real pages have some thousand.
const AMPERSANDS_MAX: usize = 50_000;
/// Share of control characters, in percent, from which bytes are no text.
const CONTROL_PERCENT_MAX: usize = 5;
/// How many characters are looked at for that.
const CONTROL_WITHIN_CHARS: usize = 4096;

/// An article as its page gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageText {
    /// The headline, in one line; empty when the page names none.
    pub title: String,
    /// The plain text, paragraphs separated by one line feed; may be empty.
    pub text: String,
    /// When the page says it was published (UTC).
    pub published: Option<Timestamp>,
    /// The absolute address that the page calls its own.
    pub canonical: Option<String>,
    /// Declared language, such as `en-GB`.
    pub language: Option<String>,
}

/// Why a page gives no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nothing came.
    #[error("{url} is empty")]
    Empty {
        /// The page's address.
        url: String,
    },
    /// A picture, a PDF, an archive.
    #[error("{url} is {what}, not a text; give the address of a web page or a text file")]
    NotText {
        /// The page's address.
        url: String,
        /// What it is.
        what: &'static str,
    },
}

/// Cuts the article out of a page; a plain text is passed through.
///
/// Blocking and heavy by the measure of async code (milliseconds for a usual page): call it on a blocking thread.
///
/// # Errors
/// [`BodyError::Empty`] for a document of nothing but spaces, [`BodyError::NotText`] for pictures, archives and the like.
pub fn page_to_text(bytes: &[u8], charset: Option<&str>, url: &str) -> Result<PageText, BodyError> {
    if bytes.trim_ascii().is_empty() {
        return Err(BodyError::Empty { url: url.to_owned() });
    }
    if let Some(what) = not_text(bytes) {
        return Err(BodyError::NotText { url: url.to_owned(), what });
    }
    let text = decode::decode(bytes, charset);
    if !is_html(&text) {
        return Ok(PageText { text: body::capped(text.trim().to_owned()), ..PageText::default() });
    }
    Ok(read_page(&text, url))
}

/// Tells what bytes are by their first ones, when they are no text.
fn not_text(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: &[(&[u8], &str)] = &[
        (b"%PDF-", "a PDF"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"RIFF", "a picture or sound"),
        (b"PK\x03\x04", "an archive or office document"),
        (b"\x1f\x8b", "an archive"),
        (b"\xd0\xcf\x11\xe0", "an office document"),
        (b"ID3", "a sound"),
        (b"\x00\x00\x00\x18ftyp", "a film"),
    ];
    let marked = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark)).map(|(_, what)| *what);
    marked.or_else(|| {
        let text = decode_start(bytes);
        let controls = text.chars().filter(|ch| ch.is_control() && !ch.is_whitespace() || *ch == '\u{fffd}').count();
        let looked_at = text.chars().count().max(1);
        (controls.saturating_mul(100) > looked_at.saturating_mul(CONTROL_PERCENT_MAX) && controls > 8).then_some("binary data")
    })
}

/// Reads the start bytewise: for telling controls from letters the encoding does not matter, but two-byte encodings have zeros.
fn decode_start(bytes: &[u8]) -> String {
    let start = bytes.iter().take(CONTROL_WITHIN_CHARS);
    let has_mark =
        bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.get(1) == Some(&0) || bytes.first() == Some(&0);
    start.filter(|byte| !(has_mark && **byte == 0) && **byte < 0x80).map(|byte| char::from(*byte)).collect()
}

fn is_html(text: &str) -> bool {
    const MARKS: &[&str] = &["<!doctype html", "<html", "<head", "<body", "<p>", "<p ", "<div", "<article", "<br", "</"];
    let head: String = text.chars().take(CONTROL_WITHIN_CHARS).collect::<String>().to_ascii_lowercase();
    MARKS.iter().any(|mark| head.contains(mark))
}

fn read_page(html: &str, url: &str) -> PageText {
    let survey = Survey::of(html);
    let base = Url::parse(url).ok();
    let canonical = survey.canonical.as_deref().and_then(|link| match &base {
        Some(base) => base.join(link).ok(),
        None => Url::parse(link).ok(),
    });
    let canonical = canonical.filter(|link| matches!(link.scheme(), "http" | "https")).map(String::from);
    // A panic of the readability library costs its reading, not the poller: the page is then read whole.
    let readable = if survey.is_bearable(html) { std::panic::catch_unwind(|| readability(html)).ok().flatten() } else { None };
    let plain = || PageText { text: whole_page(html), ..PageText::default() };
    // A page of a few lines may have nothing that looks like an article and still be one.
    let found = readable.filter(|found| !found.text.is_empty()).unwrap_or_else(plain);
    let title = if found.title.is_empty() { body::title_to_text(&survey.title) } else { found.title };
    let published = found.published.or_else(|| survey.published.as_deref().and_then(dates::parse));
    PageText { text: without_headline(found.text, &title), title, published, canonical, language: survey.language.or(found.language) }
}

fn readability(html: &str) -> Option<PageText> {
    // Classes are kept because captions and boxes that it lets through are told by them.
    let config = Config { keep_classes: true, ..Config::default() };
    let mut reader = Readability::new(html, None, Some(config)).ok()?;
    let article = reader.parse().ok()?;
    Some(PageText {
        title: body::title_to_text(&article.title),
        text: body::joined(html::paragraphs(&article.content)),
        published: article.published_time.as_deref().and_then(dates::parse),
        canonical: None,
        language: article.lang.filter(|lang| !lang.trim().is_empty()),
    })
}

/// Reads a page without looking for the article, or only what its `<article>` holds when it has one.
fn whole_page(html: &str) -> String {
    let start = html.find("<article").unwrap_or(0);
    let end = html.rfind("</article>").filter(|&end| end > start).unwrap_or(html.len());
    let inside = body::joined(html::paragraphs(html.get(start..end).unwrap_or_default()));
    if inside.is_empty() && start > 0 { body::joined(html::paragraphs(html)) } else { inside }
}

/// Takes the headline out where a page repeats it above its text: it is stored apart.
fn without_headline(text: String, title: &str) -> String {
    match text.split_once('\n') {
        Some((first, rest)) if !title.is_empty() && first == title => rest.to_owned(),
        _ => text,
    }
}

/// What one look over a page tells before anything builds a tree of it.
#[derive(Debug, Default)]
struct Survey {
    depth_max: usize,
    elements: usize,
    title: String,
    canonical: Option<String>,
    language: Option<String>,
    published: Option<String>,
}

/// Elements that a browser opens again in each following block while they are not closed (HTML §13.2.4.3).
const FORMATTING: &[&str] = &["a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"];

impl Survey {
    fn of(html: &str) -> Self {
        let mut survey = Self::default();
        let (mut depth, mut formatting) = (0_usize, 0_usize);
        for token in Tokens::new(html) {
            match token {
                Token::Open(tag) => {
                    survey.elements = survey.elements.saturating_add(1 + formatting);
                    survey.meta(&tag);
                    if FORMATTING.contains(&tag.name.as_str()) {
                        formatting += 1;
                    }
                    if !tag.is_closed && !matches!(tag.name.as_str(), "meta" | "link" | "br" | "img" | "input" | "hr" | "p" | "li") {
                        depth += 1;
                        survey.depth_max = survey.depth_max.max(depth);
                    }
                }
                Token::Close(name) => {
                    depth = depth.saturating_sub(usize::from(!matches!(name.as_str(), "p" | "li" | "br")));
                    formatting = formatting.saturating_sub(usize::from(FORMATTING.contains(&name.as_str())));
                }
                Token::Text(_) => {}
            }
        }
        survey
    }

    fn meta(&mut self, tag: &Tag<'_>) {
        let value = |name: &str| tag.attribute(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        match tag.name.as_str() {
            "html" if self.language.is_none() => self.language = value("lang").or_else(|| value("xml:lang")),
            "link" if self.canonical.is_none() => {
                let is_canonical =
                    value("rel").is_some_and(|rel| rel.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("canonical")));
                self.canonical = value("href").filter(|_| is_canonical);
            }
            "meta" => self.meta_tag(value("property").or_else(|| value("name")), value("content")),
            "time" if self.published.is_none() => self.published = value("datetime"),
            _ => {}
        }
    }

    fn meta_tag(&mut self, name: Option<String>, content: Option<String>) {
        let (Some(name), Some(content)) = (name, content) else { return };
        match name.to_ascii_lowercase().as_str() {
            "og:title" => self.title = content,
            "article:published_time" | "datepublished" | "date" | "dc.date" | "dc.date.issued" => self.published = Some(content),
            _ => {}
        }
    }

    fn is_bearable(&self, html: &str) -> bool {
        let ampersands = html.bytes().filter(|byte| *byte == b'&').count();
        let is_flat = self.depth_max <= DEPTH_MAX && self.elements <= ELEMENTS_MAX;
        is_flat && ampersands <= AMPERSANDS_MAX && html.len() <= READABILITY_BYTES_MAX
    }
}
