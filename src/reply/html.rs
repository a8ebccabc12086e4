//! The rendering for Matrix: HTML from the tags that the specification allows (Client-Server API, `m.room.message`), and a plain
//! body with the same words for clients that show no HTML.
//!
//! Nothing that came from a feed can mention, link or format: `<`, `>`, `&` and quotation marks are escaped, an `@` or `#` cannot
//! begin an id, and the point of a host name is followed by an invisible joiner so that clients do not turn it into a link.

use super::atoms::{Atom, Piece, Style, atoms};
use super::clean::defuse;
use super::plain::{self, Bait, Layout};
use super::view::show_time;
use super::{Block, Inline, Reply, clean};

/// A message in both of its forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `formatted_body`.
    pub html: String,
    /// `body`: readable alone.
    pub body: String,
}

/// Renders the reply in both forms.
pub fn render(reply: &Reply) -> Message {
    let body = plain::render(reply, Layout { bait: Bait::Defuse, ..Layout::default() });
    Message { html: blocks(&reply.blocks), body: body.trim_end().to_owned() }
}

fn blocks(blocks: &[Block]) -> String {
    let mut out = String::new();
    let mut lists = 0;
    for block in blocks {
        let depth = match block {
            Block::Item { indent, .. } => usize::from((*indent).min(2)) + 1,
            _ => 0,
        };
        if lists >= depth && depth > 0 {
            out.push_str(&"</li></ul>".repeat(lists - depth));
            out.push_str("</li>");
            lists = depth;
        }
        if depth == 0 {
            out.push_str(&"</li></ul>".repeat(lists));
            lists = 0;
        }
        while lists < depth {
            lists += 1;
            out.push_str(if lists < depth { "<ul><li>" } else { "<ul>" });
        }
        match block {
            Block::Heading(line) => wrap("<h4>", "</h4>", line, &mut out),
            Block::Paragraph(line) => wrap("<p>", "</p>", line, &mut out),
            Block::Quote(line) => wrap("<blockquote>", "</blockquote>", line, &mut out),
            Block::Item { line, .. } => wrap("<li>", "", line, &mut out),
            Block::Table(rows) => table(rows, &mut out),
        }
    }
    out.push_str(&"</li></ul>".repeat(lists));
    out
}

fn wrap(open: &str, close: &str, line: &[Inline], out: &mut String) {
    out.push_str(open);
    let mut style = Style::Plain;
    for atom in atoms(line) {
        push_atom(&atom, &mut style, out);
    }
    set_style(Style::Plain, &mut style, out);
    out.push_str(close);
}

fn push_atom(atom: &Atom, style: &mut Style, out: &mut String) {
    if *style != atom.style {
        set_style(Style::Plain, style, out);
    }
    if atom.spaced {
        out.push(' ');
    }
    set_style(atom.style, style, out);
    match &atom.piece {
        Piece::Word(word) => escape(word, out),
        Piece::Link { label, url } => {
            out.push_str("<a href=\"");
            out.push_str(&url.replace('&', "&amp;"));
            out.push_str("\">");
            escape(label, out);
            out.push_str("</a>");
        }
        Piece::Time(time) => escape(&show_time(*time), out),
    }
}

fn set_style(to: Style, now: &mut Style, out: &mut String) {
    if *now == to {
        return;
    }
    out.push_str(match *now {
        Style::Plain => "",
        Style::Strong | Style::Mark(_) => "</strong>",
        Style::Faint => "</em>",
        Style::Code => "</code>",
    });
    out.push_str(match to {
        Style::Plain => "",
        Style::Strong | Style::Mark(_) => "<strong>",
        Style::Faint => "<em>",
        Style::Code => "<code>",
    });
    *now = to;
}

fn table(rows: &[Vec<String>], out: &mut String) {
    out.push_str("<table>");
    for (index, row) in rows.iter().enumerate() {
        let (open, close) = if index == 0 { ("<th>", "</th>") } else { ("<td>", "</td>") };
        out.push_str("<tr>");
        for cell in row {
            out.push_str(open);
            escape(clean(cell).trim(), out);
            out.push_str(close);
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
}

/// Escapes a cleaned text for HTML, and keeps clients from finding ids and addresses in it.
fn escape(text: &str, out: &mut String) {
    for c in defuse(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::Tone;

    fn message(line: Vec<Inline>) -> Message {
        render(&Reply { tone: Tone::Answer, blocks: vec![Block::Paragraph(line)], ..Reply::default() })
    }

    #[test]
    fn markup_is_escaped_and_the_body_keeps_it_as_text() {
        let shown = message(vec![Inline::text("<b> & \"co\" '")]);
        assert_eq!(shown.html, "<p>&lt;b&gt; &amp; &quot;co&quot; &#39;</p>");
        assert_eq!(shown.body, "<b> & \"co\" '");
    }

    #[test]
    fn ids_rooms_and_hosts_cannot_be_recognised() {
        let shown = message(vec![Inline::text("@room @a:evil.example #x:evil.example https://evil.example www.evil.example")]);
        for text in [&shown.html, &shown.body] {
            for bait in ["@room", "@a", "#x", "://", "evil.example"] {
                assert!(!text.contains(bait), "{bait} in {text}");
            }
        }
    }

    #[test]
    fn an_address_in_brackets_is_no_link_of_ours() {
        assert!(!message(vec![Inline::text("<https://evil.example>")]).body.contains("://"));
    }

    #[test]
    fn numbers_times_and_sentences_get_no_joiner() {
        assert_eq!(message(vec![Inline::text("3.5 at 14:05. Then: so")]).body, "3.5 at 14:05. Then: so");
    }

    #[test]
    fn own_links_work_in_both_forms() {
        let shown = message(vec![Inline::Link { label: "the page".into(), url: "https://a.example/x?b=1&c=2".into() }]);
        assert_eq!(shown.html, "<p><a href=\"https://a.example/x?b=1&amp;c=2\">the page</a></p>");
        assert_eq!(shown.body, "the page <https://a.example/x?b=1&c=2>");
    }

    #[test]
    fn lists_nest_and_close() {
        let item = |indent, word: &str| Block::Item { indent, line: vec![Inline::text(word)] };
        let reply = Reply {
            tone: Tone::Answer,
            blocks: vec![item(0, "a"), item(1, "b"), item(0, "c"), Block::Paragraph(vec![Inline::text("d")])],
            ..Reply::default()
        };
        assert_eq!(render(&reply).html, "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul><p>d</p>");
    }
}
