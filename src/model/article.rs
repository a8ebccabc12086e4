//! An entry that was kept: the plain text that spans refer to, and where it came from.

use super::{ArticleId, FeedId, OutletId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlet {
    /// The stable id.
    pub id: OutletId,
    /// The name to show.
    pub name: String,
    /// Hosts whose pages are this outlet's, lower case, without `www.`.
    pub hosts: Vec<String>,
}

/// Where an article's text was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextOrigin {
    /// The entry's own content.
    Feed,
    /// The entry's summary only.
    Summary,
    /// The page that the entry links to.
    Page,
    /// A file given on the command line.
    File,
}

/// An article that is not stored yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewArticle {
    /// The feed it came through; none for files.
    pub feed: Option<FeedId>,
    /// Who publishes.
    pub outlet: OutletId,
    /// Where it can be read; empty when it has no address.
    pub url: String,
    /// The headline as plain text.
    pub title: String,
    /// The plain text that spans refer to; paragraphs end with a line feed.
    pub text: String,
    /// Where the text was taken from.
    pub text_origin: TextOrigin,
    /// When the outlet says it was published (UTC), never later than `first_seen`.
    pub published: Option<Timestamp>,
    /// When the outlet says it was last changed (UTC).
    pub updated: Option<Timestamp>,
    /// When it was first seen here (UTC).
    pub first_seen: Timestamp,
    /// SHA-256 of `text`, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// A stored article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its row.
    pub id: ArticleId,
    /// What is stored.
    pub article: NewArticle,
}
