//! From stored statements to posted alerts: which watches they answer ([`matching`], pure), and the way from the outbox to chat
//! ([`deliver`]). What is in the outbox is posted or said to be given up; nothing lives in memory only.

mod after;
pub mod deliver;
pub mod matching;
mod recheck;
mod render;
mod shifts;

pub use deliver::{Courier, CourierSettings};
pub use matching::{Membership, answers, is_sure, wants_shift};
pub use shifts::{ShiftRules, shifts};
