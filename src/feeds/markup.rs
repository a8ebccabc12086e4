//! Cuts HTML or XML-like text into tags and text, as browsers do where it matters, in linear time and without a tree.
//!
//! It repairs nothing and decodes no entity in text; comments, declarations and the insides of scripts never come out.

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag<'a> {
    /// The element's name in lower case.
    pub(super) name: String,
    /// True for `<br/>`.
    pub(super) is_closed: bool,
    attributes: &'a str,
}

/// One piece of a document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// Text between tags, entities not decoded.
    Text(&'a str),
    /// A start tag.
    Open(Tag<'a>),
    /// The name of an end tag, in lower case.
    Close(String),
}

/// Elements whose insides are no markup, up to their end tag. Nothing of them is text of an article.
const RAW: &[&str] = &["iframe", "noembed", "noframes", "script", "style", "textarea", "title", "xmp"];
/// Longest tag in bytes; a quotation mark that is never closed is looked for no further.
const TAG_BYTES_MAX: usize = 64 << 10;

/// Reads a document piece by piece.
pub(super) struct Tokens<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    /// Starts at a position that [`Tokens::position`] gave.
    pub(super) fn starting_at(text: &'a str, position: usize) -> Self {
        Self { text, position }
    }

    /// Gives the byte offset of what comes next.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// Gives the text up to the next `<` that starts markup; the first character belongs to it in any case.
    fn text_run(&mut self) -> &'a str {
        let rest = self.rest();
        let mut end = rest.chars().next().map_or(0, char::len_utf8);
        loop {
            match rest.get(end..).and_then(|tail| tail.find('<')) {
                None => {
                    end = rest.len();
                    break;
                }
                Some(offset) => {
                    end += offset;
                    if rest.get(end..).is_some_and(is_markup) {
                        break;
                    }
                    end += 1;
                }
            }
        }
        self.position += end;
        rest.get(..end).unwrap_or_default()
    }

    /// Skips to just after `mark`, or to the end.
    fn skip_past(&mut self, mark: &str) {
        let rest = self.rest();
        self.position += rest.find(mark).map_or(rest.len(), |offset| offset + mark.len());
    }

    fn skip_raw(&mut self, name: &str) {
        let rest = self.rest();
        let mut from = 0;
        while let Some(offset) = rest.get(from..).and_then(|tail| tail.find("</")) {
            let at = from + offset;
            let named = rest.get(at + 2..).and_then(|tail| tail.get(..name.len())).is_some_and(|found| found.eq_ignore_ascii_case(name));
            if named {
                self.position += at;
                return;
            }
            from = at + 2;
        }
        self.position = self.text.len();
    }

    fn open(&mut self) -> Token<'a> {
        let rest = self.rest();
        let name_end = 1 + rest.get(1..).map_or(0, name_len);
        let end = tag_end(rest, name_end);
        let inside = rest.get(name_end..end).unwrap_or_default();
        let name = rest.get(1..name_end).unwrap_or_default().to_ascii_lowercase();
        self.position += (end + 1).min(rest.len());
        let is_closed = inside.ends_with('/');
        if RAW.contains(&name.as_str()) && !is_closed {
            self.skip_raw(&name);
        }
        Token::Open(Tag { name, is_closed, attributes: inside })
    }

    fn close(&mut self) -> Token<'a> {
        let rest = self.rest();
        let name = rest.get(2..).map(|tail| tail.get(..name_len(tail)).unwrap_or_default()).unwrap_or_default().to_ascii_lowercase();
        self.skip_past(">");
        Token::Close(name)
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return None;
            }
            if !is_markup(rest) {
                return Some(Token::Text(self.text_run()));
            }
            if rest.starts_with("<![CDATA[") {
                let inside = rest.get(9..).unwrap_or_default();
                let end = inside.find("]]>").unwrap_or(inside.len());
                self.position += (9 + end + 3).min(rest.len());
                return Some(Token::Text(inside.get(..end).unwrap_or_default()));
            }
            match rest.as_bytes().get(1) {
                Some(b'!') if rest.starts_with("<!--") => {
                    self.position += 4;
                    self.skip_past("-->");
                }
                Some(b'!' | b'?') => self.skip_past(">"),
                Some(b'/') => return Some(self.close()),
                _ => return Some(self.open()),
            }
        }
    }
}

/// Tells whether a text starts with a tag, comment or declaration rather than with a lone `<`.
fn is_markup(text: &str) -> bool {
    match text.as_bytes() {
        [b'<', b'!' | b'?', ..] => true,
        [b'<', b'/', next, ..] | [b'<', next, ..] => next.is_ascii_alphabetic(),
        _ => false,
    }
}

fn name_len(text: &str) -> usize {
    text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-' | b'_' | b'.')).count()
}

/// Finds the `>` of a tag outside quotation marks, or else the first one; the end of the text when there is none.
fn tag_end(rest: &str, from: usize) -> usize {
    let mut quote = None;
    for (offset, byte) in rest.bytes().enumerate().skip(from).take(TAG_BYTES_MAX) {
        match (quote, byte) {
            (None, b'>') => return offset,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    rest.get(from..).and_then(|tail| tail.find('>')).map_or(rest.len(), |offset| from + offset)
}

impl Tag<'_> {
    /// Gives an attribute's value with entities decoded; an attribute without a value gives an empty text.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|ch: char| ch.is_ascii_whitespace() || ch == '/');
            if rest.is_empty() {
                return None;
            }
            let name_end = rest.find(|ch: char| ch.is_ascii_whitespace() || matches!(ch, '=' | '/')).unwrap_or(rest.len());
            let (found, tail) = rest.split_at(name_end);
            let (value, tail) = attribute_value(tail);
            if found.eq_ignore_ascii_case(name) {
                return Some(html_escape::decode_html_entities(value).into_owned());
            }
            // A stray `=` has no name; the character after it is taken as the next one's start.
            rest = if tail.len() == rest.len() { tail.get(1..).unwrap_or_default() } else { tail };
        }
    }
}

fn attribute_value(tail: &str) -> (&str, &str) {
    let Some(value) = tail.trim_ascii_start().strip_prefix('=') else { return ("", tail) };
    let value = value.trim_ascii_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inside = value.get(1..).unwrap_or_default();
            inside.split_once(quote).unwrap_or((inside, ""))
        }
        _ => value.split_at(value.find(|ch: char| ch.is_ascii_whitespace()).unwrap_or(value.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_tag(html: &str) -> Tag<'_> {
        Tokens::new(html).find_map(|token| if let Token::Open(tag) = token { Some(tag) } else { None }).unwrap()
    }

    #[test]
    fn attributes_are_read_in_every_way_to_write_them() {
        let tag = first_tag("<A href = \"a?b&amp;c\" hidden class='x y' id=z data-x==1 = alt=>");
        assert_eq!(tag.name, "a");
        for (name, value) in [("HREF", Some("a?b&c")), ("hidden", Some("")), ("class", Some("x y")), ("id", Some("z")), ("rel", None)] {
            assert_eq!(tag.attribute(name).as_deref(), value, "{name}");
        }
        assert_eq!(first_tag("<br / = / ==>").attribute("x"), None);
    }

    #[test]
    fn characters_of_many_bytes_at_every_edge_do_not_panic() {
        for html in [
            "\u{416}<\u{416}",
            "<a \u{416}=\u{416}>\u{416}",
            "</\u{416}>",
            "<script>\u{416}</\u{416}",
            "<a\u{416}>",
            "<\u{416}>x</a\u{416}",
        ] {
            assert!(Tokens::new(html).count() < 10);
        }
    }
}
