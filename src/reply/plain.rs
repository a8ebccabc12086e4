//! The rendering for terminals, and the body that goes beside Matrix's HTML: words, wrapped or not, with or without colours.
//!
//! Whether the output is a terminal, how wide it is and what `NO_COLOR` says is decided by the caller.

use super::atoms::{Atom, Piece, Style, atoms, plain_words};
use super::clean::defuse;
use super::{Block, Inline, Reply, Tone};
use unicode_width::UnicodeWidthStr;

/// Narrowest wrapping, in columns. 20: below that even single words would not fit.
const WIDTH_MIN: usize = 20;

/// Whether colours and bold are written (ECMA-48 SGR).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Words only.
    #[default]
    Off,
    /// Escape sequences for styles.
    Ansi,
}

/// What is done with texts that a client might turn into a mention or a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bait {
    /// They are written as they are: terminals notify nobody.
    #[default]
    Keep,
    /// They are broken by an invisible joiner.
    Defuse,
}

/// How the plain text is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Columns to wrap at; none leaves each line whole.
    pub width: Option<u16>,
    /// Whether styles are shown by colours.
    pub colour: Colour,
    /// What is done with texts that look like ids and addresses.
    pub bait: Bait,
}

/// Writes the reply as lines; the last one ends with a line feed. An empty reply gives an empty text.
pub fn render(reply: &Reply, layout: Layout) -> String {
    let mut out = String::new();
    for block in &reply.blocks {
        if matches!(block, Block::Heading(_)) && !out.is_empty() {
            out.push('\n');
        }
        render_block(block, BlockLook { layout, tone: reply.tone }, &mut out);
    }
    out
}

/// What stands before the further rows of a point.
const ITEM_NEXT: &str = "  ";

#[derive(Clone, Copy)]
struct BlockLook {
    layout: Layout,
    tone: Tone,
}

fn render_block(block: &Block, look: BlockLook, out: &mut String) {
    let layout = look.layout;
    match block {
        Block::Heading(line) => write_line(&heading_atoms(line), Frame { first: "", next: "", layout }, out),
        Block::Paragraph(line) => {
            let mut atoms = atoms(line);
            if look.tone == Tone::UserError || look.tone == Tone::Fault {
                let is_plain = |atom: &&mut Atom| atom.style == Style::Plain;
                atoms.iter_mut().filter(is_plain).for_each(|atom| atom.style = Style::Mark(FAULT));
            }
            write_line(&atoms, Frame { first: "", next: "", layout }, out);
        }
        Block::Quote(line) => write_line(&atoms(line), Frame { first: "  | ", next: "  | ", layout }, out),
        Block::Item { indent: 0, line } => write_line(&atoms(line), Frame { first: "- ", next: ITEM_NEXT, layout }, out),
        Block::Item { indent: 1, line } => write_line(&atoms(line), Frame { first: "    ", next: "    ", layout }, out),
        Block::Item { line, .. } => write_line(&atoms(line), Frame { first: "      ", next: "      ", layout }, out),
        Block::Table(rows) => write_table(rows, layout, out),
    }
}

/// The colour of an error's words; no label of a mark.
const FAULT: &str = "fault";

fn heading_atoms(line: &[Inline]) -> Vec<Atom> {
    let mut atoms = atoms(line);
    for atom in &mut atoms {
        if atom.style == Style::Plain {
            atom.style = Style::Strong;
        }
    }
    atoms
}

/// What stands before a line's first and further rows.
#[derive(Clone, Copy)]
struct Frame<'a> {
    first: &'a str,
    next: &'a str,
    layout: Layout,
}

fn write_line(atoms: &[Atom], frame: Frame<'_>, out: &mut String) {
    let width = frame.layout.width.map_or(usize::MAX, |width| usize::from(width).max(WIDTH_MIN));
    let mut style = Style::Plain;
    let mut column = frame.first.width();
    let mut at_start = true;
    out.push_str(frame.first);
    for atom in atoms {
        let (words, columns) = shown(&atom.piece, frame);
        let needed = columns + usize::from(atom.spaced);
        let breaks = atom.spaced && !at_start && column.saturating_add(needed) > width;
        if style != atom.style {
            set_style(Style::Plain, &mut style, frame.layout, out);
        }
        if breaks {
            set_style(Style::Plain, &mut style, frame.layout, out);
            out.push('\n');
            out.push_str(frame.next);
            column = frame.next.width();
        } else if atom.spaced {
            out.push(' ');
            column = column.saturating_add(1);
        }
        set_style(atom.style, &mut style, frame.layout, out);
        out.push_str(&words);
        column = column.saturating_add(columns);
        at_start = false;
    }
    set_style(Style::Plain, &mut style, frame.layout, out);
    out.push('\n');
}

/// Gives a piece's text and its columns. In a list on a terminal a link shows its label alone, as addresses would be most of the screen; the
/// label is the link where the terminal knows links (OSC 8), and the number before it leads to the address.
fn shown(piece: &Piece, frame: Frame<'_>) -> (String, usize) {
    let Layout { colour, bait, .. } = frame.layout;
    let text = match (piece, bait) {
        (Piece::Link { label, url }, Bait::Keep) if frame.next == ITEM_NEXT && label != url => {
            let text = match colour {
                Colour::Ansi => format!("\u{1b}]8;;{url}\u{1b}\\{label}\u{1b}]8;;\u{1b}\\"),
                Colour::Off => label.clone(),
            };
            return (text, label.width());
        }
        (Piece::Word(word), Bait::Defuse) => defuse(word),
        (Piece::Link { label, url }, Bait::Defuse) if label != url => format!("{} <{url}>", defuse(label)),
        _ => plain_words(piece),
    };
    let columns = text.width();
    (text, columns)
}

fn set_style(to: Style, now: &mut Style, layout: Layout, out: &mut String) {
    if layout.colour == Colour::Off || *now == to {
        return;
    }
    out.push_str(match to {
        Style::Plain => "\u{1b}[0m",
        Style::Strong => "\u{1b}[1m",
        Style::Faint => "\u{1b}[2m",
        Style::Code => "\u{1b}[36m",
        Style::Mark("source") => "\u{1b}[1;34m",
        Style::Mark("cue") => "\u{1b}[1;35m",
        Style::Mark(FAULT) => "\u{1b}[33m",
        Style::Mark(_) => "\u{1b}[1;32m",
    });
    *now = to;
}

/// Writes columns under each other where they fit the width, else one row after the other with the cells parted by points.
fn write_table(rows: &[Vec<String>], layout: Layout, out: &mut String) {
    let cells: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| cell_text(cell, layout.bait)).collect()).collect();
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..columns).map(|column| cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0)).collect();
    let total = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
    let fits = layout.width.is_none_or(|width| total <= usize::from(width));
    for (index, row) in cells.iter().enumerate() {
        let style = if index == 0 { Inline::Strong } else { Inline::Text };
        if fits {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.width()) + 2));
            }
            let line = line.trim_end();
            match (index, layout.colour) {
                (0, Colour::Ansi) => out.push_str(&format!("\u{1b}[1m{line}\u{1b}[0m")),
                _ => out.push_str(line),
            }
            out.push('\n');
        } else {
            write_line(&atoms(&[style(row.join(" · "))]), Frame { first: "- ", next: "  ", layout }, out);
        }
    }
}

fn cell_text(cell: &str, bait: Bait) -> String {
    let cell = super::clean(cell);
    match bait {
        Bait::Keep => cell.trim().to_owned(),
        Bait::Defuse => defuse(cell.trim()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(blocks: Vec<Block>) -> Reply {
        Reply { tone: Tone::Answer, blocks, ..Reply::default() }
    }

    fn columns(width: u16) -> Layout {
        Layout { width: Some(width), ..Layout::default() }
    }

    #[test]
    fn lines_wrap_at_the_width_and_keep_their_indent() {
        let item = Block::Item { indent: 0, line: vec![Inline::text("one two three four five six seven")] };
        assert_eq!(render(&reply(vec![item]), columns(20)), "- one two three four\n  five six seven\n");
    }

    #[test]
    fn no_width_leaves_lines_whole() {
        let line = vec![Inline::text("word ".repeat(100))];
        assert_eq!(render(&reply(vec![Block::Paragraph(line)]), Layout::default()).lines().count(), 1);
    }

    #[test]
    fn colours_end_before_each_line_feed_and_are_off_by_default() {
        let blocks = vec![Block::Paragraph(vec![Inline::strong("one two three four five six"), Inline::faint(" seven")])];
        let coloured = render(&reply(blocks.clone()), Layout { colour: Colour::Ansi, ..columns(20) });
        assert!(coloured.lines().all(|line| line.ends_with("\u{1b}[0m")), "{coloured:?}");
        assert!(!render(&reply(blocks), Layout::default()).contains('\u{1b}'));
    }

    #[test]
    fn feed_text_cannot_colour_or_move_the_cursor() {
        let hostile = vec![Block::Quote(vec![Inline::text("\u{1b}[2J\u{9b}31m\u{7}\r\u{8}bad\u{202e}")])];
        assert_eq!(render(&reply(hostile), Layout::default()), "  | [2J31m bad\n");
    }

    #[test]
    fn a_link_in_a_list_is_its_label_and_elsewhere_shows_its_address() {
        let line = vec![Inline::Link { label: "the page".into(), url: "https://a.example/x".into() }];
        let item = reply(vec![Block::Item { indent: 0, line: line.clone() }]);
        assert_eq!(render(&item, Layout::default()), "- the page\n");
        let linked = "- \u{1b}]8;;https://a.example/x\u{1b}\\the page\u{1b}]8;;\u{1b}\\\n";
        assert_eq!(render(&item, Layout { colour: Colour::Ansi, ..Layout::default() }), linked);
        assert_eq!(render(&item, Layout { bait: Bait::Defuse, ..Layout::default() }), "- the page <https://a.example/x>\n");
        assert_eq!(render(&reply(vec![Block::Paragraph(line)]), Layout::default()), "the page <https://a.example/x>\n");
    }

    #[test]
    fn a_table_is_aligned_where_it_fits_and_a_list_where_not() {
        let rows = vec![vec!["feed".to_owned(), "state".to_owned()], vec!["日本".to_owned(), "ok".to_owned()]];
        let wide = render(&reply(vec![Block::Table(rows.clone())]), Layout::default());
        assert_eq!(wide, "feed  state\n日本  ok\n");
        let long = vec![rows[0].clone(), vec!["x".repeat(30), "ok".to_owned()]];
        let narrow = render(&reply(vec![Block::Table(long)]), columns(24));
        assert!(narrow.starts_with("- feed · state\n- xxx"), "{narrow}");
    }
}
