//! Who said what: names resolved, positions, statements, camps and cards, computed from what `store` returns.
//!
//! No SQL, no clock, no chat: `now` and days are arguments, answers are plain values. A position is computed each time it is
//! asked for and never stored as truth.

mod asked;
mod card;
mod compare;
mod conditions;
mod contradictions;
mod course;
mod error;
mod lately;
mod local;
mod members;
mod names;
mod position;
mod reach;
mod resolve;
mod said;
mod shifts;
mod showing;
mod shown;
mod timeline;
mod told;
mod vote;
mod who;

pub use asked::ActorQuery;
pub use card::{ActorCard, TargetCount, actor_card};
pub use compare::{Agreement, CompareQuery, Compared, Comparison, compare};
pub use conditions::{Condition, ConditionRow, Conditions, conditions};
pub use contradictions::{Asked, Contradiction, ContradictionQuery, Contradictions, contradictions};
pub use course::{RETURN_DAYS, Shift, Trend, completed_shift};
pub use error::QueryError;
pub use lately::Lately;
pub use local::{Local, LocalKey, QuietHours, SERVER_KEY, settings_place};
pub use members::{Member, members};
pub use position::{Decider, HolderPosition, Position, Positions, Scope, WINDOW_DAYS, positions};
pub use reach::HISTORY_DAYS;
pub use resolve::{Choice, NameQuery, Resolution, Subject, resolve_name};
pub use said::{StanceShown, StatementPage, StatementQuery, StatementRow, Via, link_name, stances_of, statements};
pub use shifts::{ShiftShown, Shifts, shifts};
pub use showing::statements_showing;
pub use shown::StanceSaid;
pub use timeline::{Lane, Mark, Run, Timeline, TimelineQuery, timeline};
pub use told::{Told, told};
pub use who::{Camp, Camps, CampsQuery, who};
