//! An answer without a platform: blocks of inline text, and (in the files beside) its renderings.
//!
//! Commands and alerts build a [`Reply`]; each renderer escapes every [`Inline::Text`] for its platform, so nothing that came
//! from a feed can mention, ping, link or format. Nothing here knows a platform's types.

mod atoms;
#[cfg(any(test, feature = "charts"))]
mod blurhash;
pub mod chart;
mod clean;
pub mod html;
pub mod markdown;
pub mod plain;
mod view;

pub use clean::{URL_BYTES_MAX, clean, safe_url};
pub use view::{
    QUOTE_CHARS_MAX, ShiftView, SideView, StanceView, StatementView, shift_alert, show_date, show_time, stance_sentence, stance_word,
    statement_alert, statement_blocks, statement_item, statement_line, summary_alert,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What kind of answer it is; renderers may colour it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tone {
    /// A normal answer.
    #[default]
    Answer,
    /// An alert that nobody asked for just now.
    Alert,
    /// The user has to change something.
    UserError,
    /// The bot failed; the log has the details.
    Fault,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inline {
    /// Plain text, escaped by every renderer.
    Text(String),
    /// Important words (a name, a stance).
    Strong(String),
    /// Less important words (a remark).
    Faint(String),
    /// A marked stretch in a shown sentence, with the label of what it is.
    Mark {
        /// `source`, `cue` or `content`; of a deed `doer`, `verb` or `content`. Not kept with the rest.
        #[serde(skip)]
        label: &'static str,
        /// The words.
        text: String,
    },
    /// Something to type.
    Code(String),
    /// A link to an `http` or `https` address; the address is shown where links cannot be hidden behind a label.
    Link {
        /// The words to show.
        label: String,
        /// The address.
        url: String,
    },
    /// A moment (UTC), shown in the reader's zone where the platform can.
    Time(Timestamp),
}

/// A part of an answer that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Block {
    /// A short title line.
    Heading(Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// Words quoted from an article.
    Quote(Vec<Inline>),
    /// One point of a list; `indent` from 0 to 2.
    Item {
        /// How deep the point stands.
        indent: u8,
        /// The point.
        line: Vec<Inline>,
    },
    /// Rows of equal length; the first row is the head.
    Table(Vec<Vec<String>>),
}

/// An answer or an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// What kind of answer it is.
    pub tone: Tone,
    /// Its parts, in order.
    pub blocks: Vec<Block>,
    /// Pictures that go with it; all that they show stands in the blocks too. Not kept with the rest.
    #[serde(skip)]
    pub attachments: Vec<Attachment>,
    /// How to ask for it again, and for its other pages; none where it cannot be asked for.
    pub paging: Option<Paging>,
    /// It tells of something that was changed: asking again would change it again.
    pub has_changed: bool,
}

/// How an answer can be asked for again, page by page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// What to type, without prefix and page.
    pub query: String,
    /// The page that this is, from 1.
    pub page: u32,
    /// How many pages there are.
    pub pages: u32,
}

impl Paging {
    /// Gives what to type for the next page, without prefix; none after the last.
    pub fn next(&self) -> Option<String> {
        (self.page < self.pages).then(|| format!("{} page {}", self.query, self.page + 1))
    }
}

/// A picture that goes with an answer, for platforms that can show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// File name with its ending, made of letters, digits, `-` and `.`.
    pub name: String,
    /// The kind of file: `image/png`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it shows, for people who do not see it.
    pub alt: String,
    /// A blurred preview (BlurHash), where there is one.
    pub blurhash: Option<String>,
}

impl Inline {
    /// Makes plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Makes important words.
    pub fn strong(text: impl Into<String>) -> Self {
        Self::Strong(text.into())
    }

    /// Makes less important words.
    pub fn faint(text: impl Into<String>) -> Self {
        Self::Faint(text.into())
    }

    /// Makes something to type.
    pub fn code(text: impl Into<String>) -> Self {
        Self::Code(text.into())
    }
}

impl Reply {
    /// Makes a reply of one paragraph.
    pub fn line(tone: Tone, line: Vec<Inline>) -> Self {
        Self { tone, blocks: vec![Block::Paragraph(line)], ..Self::default() }
    }

    /// Adds a heading of plain words.
    pub fn heading(&mut self, words: impl Into<String>) -> &mut Self {
        self.blocks.push(Block::Heading(vec![Inline::text(words)]));
        self
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, line: Vec<Inline>) -> &mut Self {
        self.blocks.push(Block::Paragraph(line));
        self
    }

    /// Adds a point of the outer level.
    pub fn item(&mut self, line: Vec<Inline>) -> &mut Self {
        self.blocks.push(Block::Item { indent: 0, line });
        self
    }
}
