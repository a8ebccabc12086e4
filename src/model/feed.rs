//! What is polled, and an item in it as parsed.

use super::{FeedId, OutletId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a feed's article text comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedTextSource {
    /// Only what the feed carries.
    Feed,
    /// Always the page that an entry links to.
    Page,
    /// The feed's content when it is long enough to be the article, else the page.
    #[default]
    Auto,
}

/// What is polled, as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its row.
    pub id: FeedId,
    /// `http:`, `https:` or `file:` address.
    pub url: String,
    /// Who publishes it.
    pub outlet: OutletId,
    /// Where the text comes from.
    pub text: FeedTextSource,
    /// Seconds between two polls when all is well.
    pub interval_secs: u32,
    /// Where it stands.
    pub state: FeedState,
}

/// What is remembered of a feed between polls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedState {
    /// The address after permanent redirects, when it differs.
    pub moved_to: Option<String>,
    /// `ETag` of the last full answer.
    pub etag: Option<String>,
    /// `Last-Modified` of the last full answer, as received.
    pub last_modified: Option<String>,
    /// When it is due next (UTC); none means now.
    pub due: Option<Timestamp>,
    /// When it was last read without an error (UTC); none before the baseline.
    pub last_success: Option<Timestamp>,
    /// Failures in a row.
    pub failures: u32,
    /// The last failure in one sentence.
    pub last_error: Option<String>,
}

/// An item of a feed as parsed: texts are decoded, HTML is not yet plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The feed's own id for it (`guid`, `id`); never invented.
    pub guid: Option<String>,
    /// The absolute address of the article.
    pub link: Option<String>,
    /// The headline as plain text.
    pub title: String,
    /// Full content as HTML or text.
    pub content_html: Option<String>,
    /// Summary as HTML or text.
    pub summary_html: Option<String>,
    /// Published (UTC), as the feed says.
    pub published: Option<Timestamp>,
    /// Updated (UTC), as the feed says.
    pub updated: Option<Timestamp>,
    /// Declared language, such as `en-GB`.
    pub language: Option<String>,
}
