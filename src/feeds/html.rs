//! HTML to paragraphs, in one pass without a tree: nothing nests, so nothing can be nested too deeply.
//!
//! It is for feed content and for the article that a readability pass has cut out; it does not look for the article in a page. Scripts,
//! captions, forms and the like are dropped by element name, others by class ([`boilerplate`]).

use super::boilerplate;
use super::markup::{Tag, Token, Tokens};
use super::text::{Break, Paragraphs};

/// Elements that end a paragraph before and after them.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "body",
    "center",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "html",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "tfoot",
    "thead",
    "tr",
    "ul",
];
/// Elements that are dropped with all that they hold: what is run, drawn, filled in, steered by or shown beside the text.
const DROPPED: &[&str] = &[
    "aside",
    "audio",
    "button",
    "canvas",
    "datalist",
    "dialog",
    "embed",
    "figcaption",
    "figure",
    "form",
    "head",
    "label",
    "map",
    "math",
    "menu",
    "nav",
    "noscript",
    "object",
    "option",
    "picture",
    "select",
    "svg",
    "template",
    "video",
];
/// Elements without an end tag; they can hold nothing and so cannot be dropped with what they hold.
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// How often a dropped element that never ends is opened again as an ordinary one, so that a missing end tag does not eat an article;
/// bounded, since each time reads the rest anew.
const REOPENED_MAX: usize = 4;

/// A paragraph with what its place in the page tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// The words, with single spaces.
    pub(super) text: String,
    /// True when nearly all of it is link text.
    pub(super) is_link: bool,
}

/// Reads the paragraphs of an HTML fragment or of a page's body.
pub(super) fn paragraphs(html: &str) -> Vec<Paragraph> {
    let mut reader = Reader { out: Paragraphs::default(), dropping: None };
    let mut tokens = Tokens::new(html);
    let mut kept: Vec<usize> = Vec::new();
    loop {
        while let Some(token) = tokens.next() {
            reader.take(&token, tokens.position(), &kept);
        }
        match reader.dropping.take() {
            Some(open) if kept.len() < REOPENED_MAX => {
                kept.push(open.after);
                tokens = Tokens::starting_at(html, open.after);
            }
            _ => return reader.out.finish(),
        }
    }
}

/// A dropped element that is open.
struct Open {
    name: String,
    depth: usize,
    after: usize,
}

struct Reader {
    out: Paragraphs,
    dropping: Option<Open>,
}

impl Reader {
    fn take(&mut self, token: &Token<'_>, position: usize, kept: &[usize]) {
        if let Some(open) = &mut self.dropping {
            open.depth = match token {
                Token::Open(tag) if tag.name == open.name && !tag.is_closed => open.depth + 1,
                Token::Close(name) if *name == open.name => open.depth - 1,
                _ => open.depth,
            };
            if open.depth == 0 {
                self.dropping = None;
            }
            return;
        }
        match token {
            Token::Text(text) => self.out.text(text),
            Token::Open(tag) if is_dropped(tag) && !kept.contains(&position) => {
                let is_inline = !BLOCKS.contains(&tag.name.as_str()) && !DROPPED.contains(&tag.name.as_str());
                if is_inline {
                    self.out.text(" ")
                } else {
                    self.out.end(Break::Paragraph)
                }
                self.dropping = Some(Open { name: tag.name.clone(), depth: 1, after: position });
            }
            Token::Open(tag) => self.open(tag),
            Token::Close(name) => self.close(name),
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => self.out.end(Break::Line),
            "td" | "th" | "wbr" => self.out.text(" "),
            "q" => self.out.text("\u{201c}"),
            "a" => self.out.enter_link(),
            name if BLOCKS.contains(&name) => self.out.end(Break::Paragraph),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        match name {
            "td" | "th" => self.out.text(" "),
            "q" => self.out.text("\u{201d}"),
            "a" => self.out.leave_link(),
            name if BLOCKS.contains(&name) => self.out.end(Break::Paragraph),
            _ => {}
        }
    }
}

fn is_dropped(tag: &Tag<'_>) -> bool {
    if VOID.contains(&tag.name.as_str()) || tag.is_closed || matches!(tag.name.as_str(), "body" | "html" | "main" | "article") {
        return false;
    }
    if DROPPED.contains(&tag.name.as_str()) || tag.attribute("hidden").is_some() {
        return true;
    }
    let style = tag.attribute("style").unwrap_or_default().to_ascii_lowercase();
    let hidden = style.split(';').any(|rule| rule.replace(' ', "") == "display:none");
    let by_class = ["class", "id"].iter().any(|name| tag.attribute(name).is_some_and(|value| boilerplate::is_dropped_class(&value)));
    hidden || by_class
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(html: &str) -> Vec<String> {
        paragraphs(html).into_iter().map(|paragraph| paragraph.text).collect()
    }

    #[test]
    fn paragraphs_are_told_by_blocks_and_entities_are_decoded() {
        assert_eq!(texts("<p>One &amp; two&nbsp;three</p><p>Four<b> five</b></p>tail"), ["One & two three", "Four five", "tail"]);
        assert_eq!(texts("a<table><tr><td>b</td><td>c</td></tr><tr><td>d"), ["a", "b c", "d"]);
        assert_eq!(texts("He said <q>no</q>."), ["He said \u{201c}no\u{201d}."]);
        assert_eq!(texts("&#8220;It&#146;s so&#x201D; &euro; &unknown; AT&T"), ["\u{201c}It\u{2019}s so\u{201d} \u{20ac} &unknown; AT&T"]);
    }

    #[test]
    fn what_is_not_the_article_is_dropped_with_all_it_holds() {
        let html = "<p>Keep.</p><script>if (a < b) { x('<p>no</p>') }</script><style>p{}</style><figure><img src=x><figcaption>No.\
                    </figcaption></figure><aside><p>No</p></aside><div class='x wp-caption-text'>No <div>no</div></div>\
                    <p style='display: none'>No</p><p hidden>No</p><p>Keep<span class='sr-only'>no</span> this.</p><iframe src=x>No</iframe><!-- no --><p>Keep too.</p>";
        assert_eq!(texts(html), ["Keep.", "Keep this.", "Keep too."]);
    }

    #[test]
    fn a_dropped_element_that_never_ends_does_not_eat_the_rest() {
        assert_eq!(texts("<p>One</p><aside><p>Two</p><p>Three</p>"), ["One", "Two", "Three"]);
        assert_eq!(texts("<body class=\"related\"><p>One</p></body>"), ["One"]);
    }

    #[test]
    fn a_line_break_inside_a_sentence_is_a_space_and_else_a_paragraph() {
        assert_eq!(
            texts("The plan was<br>rejected.<br><br>Talks go on.<br/>He left."),
            ["The plan was rejected.", "Talks go on.", "He left."]
        );
    }

    #[test]
    fn broken_markup_gives_what_text_there_is() {
        for (html, text) in [
            ("a < b and c > d", "a < b and c > d"),
            ("<p>one<p>two", "one|two"),
            ("<a href=\"x>one</a> two", "one two"),
            ("one <", "one <"),
            ("one </p", "one"),
            ("<p", ""),
            ("one <!-- two", "one"),
            ("<![CDATA[one]]> two", "one two"),
            ("<p class='a' b=\">\">one</P>", "one"),
        ] {
            assert_eq!(texts(html).join("|"), text, "{html}");
        }
    }

    #[test]
    fn links_are_told_from_text() {
        let found = paragraphs("<p><a href=x>All of it</a></p><p>See <a>it</a> there, he said</p>");
        assert_eq!(found.iter().map(|paragraph| paragraph.is_link).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn depth_costs_neither_stack_nor_much_time() {
        let deep = format!("{}text{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
        assert_eq!(texts(&deep), ["text"]);
        let open = "<aside><a \"".repeat(50_000);
        assert!(texts(&open).len() <= 1);
    }
}
