//! The rendering for Discord: its Markdown, in pages that each fit one message.
//!
//! Every word is escaped, so that nothing that came from a feed can mention, ping, link, format or start a heading; the face still
//! has to send `allowed_mentions: {parse: []}`. A page is never cut inside a word or an escape, and styles are closed at its end.

use super::atoms::{Atom, Piece, Style, atoms};
use super::{Block, Inline, Reply, Tone, clean};

/// Longest message in UTF-16 code units (Discord API, Create Message: `content` up to 2000 characters).
pub const PAGE_UNITS_MAX: usize = 2_000;

/// Shortest page: the longest link with its label fits on it.
const UNITS_LEAST: usize = 1_500;

/// Breaks what would be a mention or closes one style against the next, without a visible trace.
const BREAK: char = '\u{200b}';

/// Renders the reply as the messages to send, in order; none when it is empty.
pub fn render(reply: &Reply) -> Vec<String> {
    render_within(reply, PAGE_UNITS_MAX)
}

/// Renders the reply as [`render`] does, in pages of at most `units_max` UTF-16 code units (1,500 at least: a link must fit).
pub fn render_within(reply: &Reply, units_max: usize) -> Vec<String> {
    let mut pages = Pages { units_max: units_max.max(UNITS_LEAST), ..Pages::default() };
    for (index, block) in reply.blocks.iter().enumerate() {
        match block {
            Block::Heading(line) => {
                if index > 0 {
                    pages.blank();
                }
                pages.line(&strong(line), "", "");
            }
            Block::Paragraph(line) => pages.line(&atoms(line), "", ""),
            Block::Quote(line) => pages.line(&atoms(line), "> ", "> "),
            Block::Item { indent: 0, line } => pages.line(&atoms(line), "- ", "  "),
            Block::Item { indent: 1, line } => pages.line(&atoms(line), "  - ", "    "),
            Block::Item { line, .. } => pages.line(&atoms(line), "    - ", "      "),
            Block::Table(rows) => table(rows, &mut pages),
        }
    }
    pages.finish()
}

/// Gives the colour for an embed of this tone (RGB).
pub fn colour(tone: Tone) -> u32 {
    match tone {
        Tone::Answer => 0x5b_6e_8c,
        Tone::Alert => 0xd0_8b_1d,
        Tone::UserError => 0x8c_8c_8c,
        Tone::Fault => 0xb0_30_30,
    }
}

fn strong(line: &[Inline]) -> Vec<Atom> {
    let mut atoms = atoms(line);
    for atom in &mut atoms {
        if atom.style == Style::Plain && matches!(atom.piece, Piece::Word(_)) {
            atom.style = Style::Strong;
        }
    }
    atoms
}

/// Writes a table as a list: columns do not stand under each other on a phone.
fn table(rows: &[Vec<String>], pages: &mut Pages) {
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row.iter().map(|cell| clean(cell).trim().to_owned()).filter(|cell| !cell.is_empty()).collect();
        let line = cells.join(" · ");
        match index {
            0 => pages.line(&atoms(&[Inline::Strong(line)]), "", ""),
            _ => pages.line(&atoms(&[Inline::Text(line)]), "- ", "  "),
        }
    }
}

/// The pages so far, and the open one.
#[derive(Default)]
struct Pages {
    done: Vec<String>,
    open: String,
    units: usize,
    units_max: usize,
    style: Option<Style>,
}

impl Pages {
    fn push(&mut self, text: &str) {
        self.units += units(text);
        self.open.push_str(text);
    }

    fn blank(&mut self) {
        if !self.open.is_empty() && self.units + 2 < self.units_max {
            self.push("\n");
        }
    }

    fn line(&mut self, atoms: &[Atom], first: &str, next: &str) {
        if atoms.is_empty() {
            return;
        }
        if !self.open.is_empty() {
            self.push("\n");
        }
        self.push(first);
        let mut is_first = true;
        for atom in atoms {
            let text = escape_piece(atom);
            let changes = self.style.is_some_and(|style| style != atom.style);
            // the widest closing and opening marks, a space and a break
            let needed = units(&text) + 16;
            if self.units + needed > self.units_max {
                self.turn(next);
                is_first = true;
            } else if changes {
                self.close();
                if !atom.spaced {
                    self.push(&BREAK.to_string());
                }
            }
            if atom.spaced && !is_first {
                self.push(" ");
            }
            if self.style.is_none() {
                self.push(mark(atom.style));
                self.style = Some(atom.style);
            }
            self.push(&text);
            is_first = false;
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(style) = self.style.take() {
            self.push(mark(style));
        }
    }

    fn turn(&mut self, prefix: &str) {
        self.close();
        let page = std::mem::take(&mut self.open);
        self.units = 0;
        if !page.trim().is_empty() {
            self.done.push(page.trim_end().to_owned());
        }
        self.push(prefix);
    }

    fn finish(mut self) -> Vec<String> {
        self.turn("");
        self.done
    }
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

fn mark(style: Style) -> &'static str {
    match style {
        Style::Plain => "",
        Style::Strong | Style::Mark(_) => "**",
        Style::Faint => "*",
        Style::Code => "`",
    }
}

fn escape_piece(atom: &Atom) -> String {
    match &atom.piece {
        Piece::Word(word) if atom.style == Style::Code => escape_code(word),
        Piece::Word(word) => escape(word),
        Piece::Link { label, url } => format!("[{}](<{url}>)", escape(label)),
        Piece::Time(time) => format!("<t:{}:f>", time.as_second()),
    }
}

/// Escapes a cleaned text: a backslash before every ASCII mark that can begin or end something, a break after `@`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '>' | '#' | '-' | '[' | ']' | '(' | ')' | '<' | ':' | '/' | '+' => {
                out.push('\\');
                out.push(c);
            }
            '.' if before.is_ascii_digit() => out.push_str("\\."),
            '@' => {
                out.push('@');
                out.push(BREAK);
            }
            _ => out.push(c),
        }
        before = c;
    }
    out
}

/// Code shows everything as it is; only its own mark and a ping have to be kept out.
fn escape_code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' => out.push('\u{2b9}'),
            '@' => {
                out.push('@');
                out.push(BREAK);
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(line: Vec<Inline>) -> String {
        let pages = render(&Reply { tone: Tone::Answer, blocks: vec![Block::Paragraph(line)], ..Reply::default() });
        assert_eq!(pages.len(), 1);
        pages.concat()
    }

    #[test]
    fn feed_text_is_only_text() {
        assert_eq!(
            page(vec![Inline::text("**a** [b](https://c.example) <@1> @everyone ||d||")]),
            "\\*\\*a\\*\\* \\[b\\]\\(https\\:\\/\\/c.example\\) \\<@\u{200b}1\\> @\u{200b}everyone \\|\\|d\\|\\|"
        );
    }

    #[test]
    fn own_styles_and_links_stand() {
        let line = vec![Inline::strong("Ada"), Inline::text(" says "), Inline::code("!why 1"), Inline::faint("so")];
        assert_eq!(page(line), "**Ada** says `!why 1`\u{200b}*so*");
        assert_eq!(
            page(vec![Inline::Link { label: "a_b".into(), url: "https://a.example/x_y".into() }]),
            "[a\\_b](<https://a.example/x_y>)"
        );
        assert_eq!(page(vec![Inline::Time("2025-12-02T12:00:00Z".parse().unwrap())]), "<t:1764676800:f>");
    }

    #[test]
    fn a_backtick_cannot_end_code() {
        assert_eq!(page(vec![Inline::code("a`b @here")]), "`aʹb @\u{200b}here`");
    }

    #[test]
    fn lists_dates_and_headings_at_a_line_start_are_words() {
        assert_eq!(page(vec![Inline::text("1. # - + > x")]), "1\\. \\# \\- \\+ \\> x");
    }

    #[test]
    fn pages_fit_close_their_styles_and_repeat_the_quote_mark() {
        let words = "w😀*".repeat(30);
        let line = vec![Inline::strong(format!("{words} ").repeat(60))];
        let pages = render(&Reply { tone: Tone::Answer, blocks: vec![Block::Quote(line)], ..Reply::default() });
        assert!(pages.len() > 2);
        for page in &pages {
            assert!(units(page) <= PAGE_UNITS_MAX);
            assert!(page.starts_with("> **") && page.ends_with("**"), "{page}");
            assert_eq!(page.matches(&"w😀\\*".repeat(30)).count() * 30, page.matches('😀').count(), "a word was cut");
        }
    }
}
