//! Plain values that every room shares: spans, articles, attributions, actors, stances, statements, watches.
//!
//! Nothing here computes meaning, reads a file or knows a clock. A type belongs here when two rooms exchange it.

mod actor;
mod article;
mod attribution;
mod change;
mod codes;
mod feed;
mod ids;
mod span;
mod stance;
mod statement;
mod topic;
mod watch;

pub use actor::{Actor, ActorKind, ActorName, ActorOrigin, Gender, Role};
pub use article::{Article, NewArticle, Outlet, TextOrigin};
pub use attribution::{Attribution, QuoteKind};
pub use change::{Author, Change, ChangeState, Correction, Lesson};
pub use feed::{Entry, Feed, FeedState, FeedTextSource};
pub use ids::{ActorId, ArticleId, ChangeId, FeedId, OutboxId, OutletId, RuleId, StatementId, TopicId, WatchId};
pub use span::Span;
pub use stance::{Act, Distance, Modality, Stance, Target, UnknownWord};
pub use statement::{Addressee, ChainLink, DatePrecision, Extraction, Firing, Form, Rejected, SaidOn, Speaker, StanceTaken, Statement};
pub use topic::{Topic, TopicKind};
pub use watch::{ChannelId, Watch, WatchScope, WatchSubject};
