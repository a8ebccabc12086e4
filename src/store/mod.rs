//! All SQL: what was read, what was found in it, what is followed and what has to be posted, in one SQLite file.
//!
//! [`Store`] is cheap to clone and synchronous: callers on an async runtime hand over with `spawn_blocking`. One connection
//! writes, a few others read; each wait for one has a time limit. It computes no meaning (that is `rules` and `query`) and knows
//! no clock: every moment is an argument. In the trip of an article it stands after `rules`: article, statements and outbox rows
//! are written in one transaction ([`Store::ingest`]).
//!
//! Times are stored as whole microseconds of UTC, so a moment read back may differ from the one written by less than a
//! microsecond; days are ISO 8601 text. Durability is explained at [`Durability`].

mod adopt;
mod backup;
mod changes;
mod connection;
mod corrections;
mod done;
mod entries;
mod error;
mod feeds;
mod fold;
mod health;
mod ingest;
mod knowledge;
mod lessons;
mod lookup;
mod matrix;
mod migrate;
mod namesakes;
mod newest;
mod outbox;
mod posts;
mod purge;
mod reread;
mod search;
mod settings;
mod settle;
mod shifts;
mod stances;
mod statements;
mod suggest;
mod values;
mod watches;

pub use backup::BackupReport;
pub use changes::{Decision, NewChange, Standing, StoredChange};
pub use connection::{Durability, OpenMode, OpenOptions, StartCheck, Store};
pub use corrections::{By, Corrected, Decided, Revision, Verdict};
pub use done::Before;
pub use entries::{EntryKey, Seen};
pub use error::StoreError;
pub use feeds::{FeedAdded, FeedOrigin, FeedSpec, Probe, ProbeAdded, StoredFeed};
pub use fold::fold;
pub use health::Health;
pub use ingest::{Batch, BatchKind, Ingest, Ingested, Matcher, Matchers, NewAlert};
pub use knowledge::Knowledge;
pub use lessons::{Forgotten, Lessons, Taught};
pub use lookup::{Membership, NameRow, StoredActor, StoredTopic, SubjectKind};
pub use matrix::{MOVED_TO, MatrixProgress, MatrixQuestion};
pub use namesakes::{Namesake, Namesakes};
pub use outbox::{OutboxKind, OutboxRow, OutboxState};
pub use purge::Purge;
pub use reread::{ArticlePlan, ArticleText, KnownStatement, PlannedStatement, Switched, same_to_readers};
pub use search::{StatementFilter, StatementHit, StatementHits, Voice};
pub use settle::WhyHidden;
pub use shifts::{HistoryOf, NewShift, ShiftMatcher, ShiftNews, ShiftTold};
pub use stances::{Holding, StanceQuery, StanceRow, StanceTaker};
pub use statements::{Appearance, ArticleMeta, Candidate, StoredStatement};
pub use values::TargetRef;
pub use watches::{WatchAdded, WatchSpec};

pub use changes::{CHANGES_PER_CHANNEL_MAX, CHANGES_PER_USER_MAX, REASON_CHARS_MAX, WAITING_PER_CHANNEL_MAX, WAITING_PER_USER_MAX};
pub use feeds::{FEEDS_BY_COMMAND_MAX, PROBES_MAX};
pub use outbox::{OUTBOX_WAITING_MAX, STATEMENTS_SHOWN_MAX};
pub use search::PAGE_ROWS_MAX;
pub use watches::WATCHES_PER_CHANNEL_MAX;
