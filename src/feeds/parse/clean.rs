//! Makes XML out of what feeds send as XML, so that a strict reader sees all of it.
//!
//! It mends characters and single tags, never the nesting. Declarations are dropped: entities that a document defines itself therefore mean
//! nothing and cannot multiply, and nothing outside the document is named any more.

/// Tags that HTML leaves open and XML may not. `link` and `source` are not among them: feeds have elements of these names.
const VOID: &[&str] = &["br", "hr", "img", "input", "wbr"];
/// Longest name of an entity, in bytes; HTML's longest has 31.
const ENTITY_BYTES_MAX: usize = 40;

/// Rewrites a document that is decoded already. The result starts with an XML declaration and has about the length of the input.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    let (before, after) = without_doctype(text.get(text.find('<').unwrap_or(0)..).unwrap_or_default());
    stretch(before, &mut out);
    stretch(after, &mut out);
    out
}

fn stretch(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        rest = if rest.starts_with('&') { entity(rest, out) } else { markup(rest, out) };
    }
    out.push_str(rest);
}

/// Writes what starts with `<` and gives what follows it.
fn markup<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let past = |mark: &str| rest.find(mark).map_or("", |at| rest.get(at + mark.len()..).unwrap_or_default());
    match rest.as_bytes() {
        [b'<', b'!', b'[', ..] if rest.starts_with("<![CDATA[") => {
            let tail = past("]]>");
            let inside = rest.get(..rest.len() - tail.len()).unwrap_or_default();
            out.push_str(inside);
            tail
        }
        [b'<', b'!', b'-', b'-', ..] => past("-->"),
        [b'<', b'!', ..] => past(">"),
        [b'<', b'?', ..] => past("?>"),
        [b'<', b'/', next, ..] if is_name_start(*next) => end_tag(rest, out),
        [b'<', next, ..] if is_name_start(*next) => start_tag(rest, out),
        _ => {
            out.push_str("&lt;");
            rest.get(1..).unwrap_or_default()
        }
    }
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

/// Splits a document around its `<!DOCTYPE …>`, which is left out with all that stands in its brackets. There is at most one, near the
/// start.
fn without_doctype(text: &str) -> (&str, &str) {
    /// How far into the document it may start, in bytes: comments stand before it at most.
    const WITHIN_BYTES: usize = 4096;
    let head = text.get(..text.floor_char_boundary(WITHIN_BYTES)).unwrap_or_default().to_ascii_lowercase();
    let Some(start) = head.find("<!doctype") else { return (text, "") };
    let (before, rest) = text.split_at(start);
    let (mut in_brackets, mut quote) = (false, None);
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            (None, b'[') => in_brackets = true,
            (None, b']') => in_brackets = false,
            (None, b'>') if !in_brackets => return (before, rest.get(at + 1..).unwrap_or_default()),
            _ => {}
        }
    }
    // It never ends: only its first `>` is believed.
    (before, rest.find('>').map_or("", |at| rest.get(at + 1..).unwrap_or_default()))
}

/// Writes an end tag; where the next tag starts before its `>`, it is ended there.
fn end_tag<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let inside = rest.get(2..).unwrap_or_default();
    let Some(end) = inside.find(['<', '>']) else { return "" };
    let name = inside.get(..end).unwrap_or_default().trim();
    if !is_void(name) {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
    let tail = inside.get(end..).unwrap_or_default();
    tail.strip_prefix('>').unwrap_or(tail)
}

fn is_void(name: &str) -> bool {
    VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
}

/// Writes a start tag with its attributes mended; a tag without an end is text.
fn start_tag<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(end) = tag_end(rest) else {
        out.push_str("&lt;");
        return rest.get(1..).unwrap_or_default();
    };
    let inside = rest.get(1..end).unwrap_or_default();
    let name_end = inside.find(|ch: char| ch.is_whitespace() || ch == '/').unwrap_or(inside.len());
    let (name, attributes) = inside.split_at(name_end);
    let is_closed = attributes.ends_with('/');
    let attributes = attributes.trim_end_matches('/');
    out.push('<');
    out.push_str(name);
    attribute_text(attributes, out);
    out.push_str(if is_closed || is_void(name) { "/>" } else { ">" });
    rest.get(end + 1..).unwrap_or_default()
}

fn attribute_text(attributes: &str, out: &mut String) {
    let mut rest = attributes;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with('&') {
            rest = entity(rest, out);
        } else {
            out.push_str("&lt;");
            rest = rest.get(1..).unwrap_or_default();
        }
    }
    out.push_str(rest);
}

/// Finds the `>` of a start tag outside quotation marks; a `<` outside them says that the tag has lost its end.
fn tag_end(rest: &str) -> Option<usize> {
    /// Longest tag in bytes; a quotation mark that is never closed is looked for no further.
    const TAG_BYTES_MAX: usize = 64 << 10;
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate().skip(1).take(TAG_BYTES_MAX) {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') => return None,
            // Quotation marks count after an equals sign only: `<b it's>`.
            (None, b'"' | b'\'') if rest.as_bytes().get(at - 1).is_some_and(|before| matches!(before, b'=' | b' ')) => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Writes what starts with `&` and gives what follows: XML's own entities stay, HTML's become characters, all else is a bare ampersand.
fn entity<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let end = rest.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';');
    let whole = end.and_then(|end| rest.get(..=end));
    let tail = whole.and_then(|whole| rest.get(whole.len()..));
    let (Some(whole), Some(tail)) = (whole, tail) else { return bare_ampersand(rest, out) };
    if matches!(whole, "&amp;" | "&lt;" | "&gt;" | "&quot;" | "&apos;") {
        out.push_str(whole);
        return tail;
    }
    let decoded = html_escape::decode_html_entities(whole);
    if decoded == whole {
        return if is_numeric(whole) { tail } else { bare_ampersand(rest, out) };
    }
    for ch in crate::feeds::decode::cleaned(&decoded).chars() {
        match ch {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            ch => out.push(ch),
        }
    }
    tail
}

fn bare_ampersand<'a>(rest: &'a str, out: &mut String) -> &'a str {
    out.push_str("&amp;");
    rest.get(1..).unwrap_or_default()
}

/// Tells whether a reference that no decoder takes is a number, such as that of a character that does not exist.
fn is_numeric(entity: &str) -> bool {
    let inside = entity.trim_start_matches("&#").trim_end_matches(';').trim_start_matches(['x', 'X']);
    entity.starts_with("&#") && !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        xml(text).trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").to_owned()
    }

    #[test]
    fn characters_and_single_tags_are_mended() {
        for (before, after) in [
            ("<t>AT&T</t>", "<t>AT&amp;T</t>"),
            ("<t>a < b &lt; c</t>", "<t>a &lt; b &lt; c</t>"),
            ("<t>&nbsp;&eacute;&#233;&#0;&#x1;&bogus;</t>", "<t>\u{a0}\u{e9}\u{e9}&amp;bogus;</t>"),
            ("<t>a<br>b<BR/>c<img src=\"x?a&b\">d</img></t>", "<t>a<br/>b<BR/>c<img src=\"x?a&amp;b\"/>d</t>"),
            ("<t a=\"1<2\" b='x>y'/>", "<t a=\"1&lt;2\" b='x>y'/>"),
            ("<t><![CDATA[a & b <br> </t>]]></t>", "<t><![CDATA[a & b <br> </t>]]></t>"),
            ("junk <!-- x --><?pi y?><t/>", "<t/>"),
            ("<!DOCTYPE r [<!ENTITY a \"]>\"><!ENTITY b \"&a;&a;\">]><r>&b;</r>", "<r>&amp;b;</r>"),
            ("<t>one <two three</t>", "<t>one &lt;two three</t>"),
            ("<t>end</t", "<t>end"),
            ("<t><a>end</a </t>", "<t><a>end</a></t>"),
        ] {
            assert_eq!(cleaned(before), after, "{before}");
        }
    }
}
