//! Who said what: names resolved, positions, statements, camps and cards, computed from what `store` returns.
//!
//! No SQL, no clock, no chat: `now` and days are arguments, answers are plain values. A position is computed each time it is
//! asked for and never stored as truth.

mod card;
mod error;
mod members;
mod names;
mod position;
mod resolve;
mod said;
mod told;
mod vote;
mod who;

pub use card::{ActorCard, TargetCount, actor_card};
pub use error::QueryError;
pub use members::{Member, members};
pub use position::{Decider, Earlier, HolderPosition, Position, Positions, Scope, WINDOW_DAYS, positions};
pub use resolve::{Choice, NameQuery, Resolution, Subject, resolve_name};
pub use said::{StanceShown, StatementPage, StatementQuery, StatementRow, Via, link_name, stances_of, statements, statements_showing};
pub use told::{Told, told};
pub use who::{Camp, Camps, CampsQuery, who};
