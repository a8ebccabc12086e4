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

/// Renders the reply as messages of at most so many bytes each, both forms together as they stand in JSON, parted between blocks where
/// that can be; none for an empty reply.
pub fn render_within(reply: &Reply, bytes_max: usize) -> Vec<Message> {
    let one = |blocks: Vec<Block>| render(&Reply { tone: reply.tone, blocks, ..Reply::default() });
    let mut messages = Vec::new();
    let mut kept: Vec<Block> = Vec::new();
    let mut used = 0;
    let mut rest: Vec<Block> = reply.blocks.iter().rev().cloned().collect();
    while let Some(block) = rest.pop() {
        let size = json_bytes(&one(vec![block.clone()]));
        if size > bytes_max
            && let Some((first, second)) = halves(&block)
        {
            rest.extend([second, first]);
            continue;
        }
        // Blocks alone are no shorter than among others: lists that go on save their tags.
        if used + size > bytes_max && !kept.is_empty() {
            messages.push(one(std::mem::take(&mut kept)));
            used = 0;
        }
        used += size;
        kept.push(block);
    }
    if !kept.is_empty() {
        messages.push(one(kept));
    }
    messages
}

/// Gives a cleaned line of plain text in which clients find no ids and addresses.
pub fn plain_line(text: &str) -> String {
    defuse(clean(text).trim())
}

/// Gives how many bytes a message takes in JSON; a line feed more than it has, for what may come before it.
fn json_bytes(message: &Message) -> usize {
    let of = |text: &str| text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n')).count();
    of(&message.html) + of(&message.body) + 2
}

/// Divides a block that is too long by itself; none when it cannot be divided.
fn halves(block: &Block) -> Option<(Block, Block)> {
    let divided = |line: &[Inline]| halves_of_line(line);
    Some(match block {
        Block::Heading(line) => divided(line).map(|(a, b)| (Block::Heading(a), Block::Paragraph(b)))?,
        Block::Paragraph(line) => divided(line).map(|(a, b)| (Block::Paragraph(a), Block::Paragraph(b)))?,
        Block::Quote(line) => divided(line).map(|(a, b)| (Block::Quote(a), Block::Quote(b)))?,
        Block::Item { indent, line } => {
            let item = |line| Block::Item { indent: *indent, line };
            divided(line).map(|(a, b)| (item(a), item(b)))?
        }
        Block::Table(rows) => match rows.as_slice() {
            [head, body @ ..] if body.len() > 1 => {
                let (a, b) = body.split_at(body.len() / 2);
                let table = |rows: &[Vec<String>]| Block::Table(std::iter::once(head).chain(rows).cloned().collect());
                (table(a), table(b))
            }
            rows => {
                let words = rows.iter().map(|row| row.join(" · ")).collect::<Vec<_>>().join(" · ");
                halves_of_line(&[Inline::Text(words)]).map(|(a, b)| (Block::Paragraph(a), Block::Paragraph(b)))?
            }
        },
    })
}

fn halves_of_line(line: &[Inline]) -> Option<(Vec<Inline>, Vec<Inline>)> {
    if line.len() > 1 {
        let (a, b) = line.split_at(line.len() / 2);
        return Some((a.to_vec(), b.to_vec()));
    }
    let cut = |text: &str, made: fn(String) -> Inline| {
        let middle = text.floor_char_boundary(text.len() / 2);
        let at = text.get(..middle).and_then(|head| head.rfind(' ')).filter(|at| *at > 0).unwrap_or(middle);
        let (a, b) = text.split_at(at);
        (!a.is_empty() && !b.is_empty()).then(|| (vec![made(a.to_owned())], vec![made(b.to_owned())]))
    };
    match line.first()? {
        Inline::Text(text) => cut(text, Inline::Text),
        Inline::Strong(text) => cut(text, Inline::Strong),
        Inline::Faint(text) => cut(text, Inline::Faint),
        Inline::Code(text) => cut(text, Inline::Code),
        Inline::Mark { text, .. } => cut(text, Inline::Text),
        Inline::Link { label, url } if label.len() > url.len() => {
            let (mut a, b) = cut(label, Inline::Text)?;
            let rest = b.into_iter().map(|inline| match inline {
                Inline::Text(label) => Inline::Link { label, url: url.clone() },
                other => other,
            });
            a.push(Inline::text(" "));
            Some((a, rest.collect()))
        }
        Inline::Link { .. } | Inline::Time(_) => None,
    }
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
    fn what_is_long_is_parted_and_loses_nothing() {
        let item = |number: usize| Block::Item { indent: 0, line: vec![Inline::text(format!("point {number} {}", "x ".repeat(40)))] };
        let mut blocks: Vec<Block> = (0..50).map(item).collect();
        blocks.push(Block::Paragraph(vec![Inline::text(format!("{} end", "word ".repeat(2_000)))]));
        blocks.push(Block::Table((0..200).map(|row| vec![format!("row{row}"), "& ".repeat(10)]).collect()));
        let reply = Reply { blocks, ..Reply::default() };
        let parts = render_within(&reply, 2_000);
        assert!(parts.iter().all(|part| json_bytes(part) <= 2_100), "{:?}", parts.iter().map(json_bytes).max());
        let all: String = parts.iter().map(|part| part.body.as_str()).collect::<Vec<_>>().join("\n");
        assert!((0..50).all(|number| all.contains(&format!("point {number} "))) && all.contains(" end") && all.contains("row199"));
        assert_eq!(all.matches("word").count(), 2_000);
        assert_eq!(render_within(&reply, 1_000_000), vec![render(&reply)]);
        assert!(render_within(&Reply::default(), 100).is_empty());
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
