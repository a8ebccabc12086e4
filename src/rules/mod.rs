//! THE RULE MODULE: a text goes in, statements come out.
//!
//! Pure, total and deterministic: the same text, date and data give the same bytes out; any UTF-8 gives statements, never a
//! panic or an error. No file, network, clock, thread, async, SQL or chat. Knowledge (names, verbs, stance words) is data:
//! [`builtin_files`] gives what is embedded, the caller may add or replace files.
//!
//! The trip: tokens and sentences ([`text`]) → sentence shapes give attributions ([`shapes`]) → sources become actors
//! (`resolve`) → targets, act, modality and stance (`judge`) → statements in text order.

pub mod data;
pub mod interchange;
mod judge;
mod knowledge;
mod lessons;
pub mod lexicon;
mod rates;
pub mod reading;
mod resolve;
mod ruleset;
pub mod shapes;
pub mod text;
mod unread;

pub use data::{DataFile, DataProblem, builtin_files};
pub use judge::Relation;
pub use lessons::{NAME_CHARS_MAX, NAME_LETTERS_MIN, NameFault, check_name, learned_files};
pub use rates::CueStrength;
pub use ruleset::{Document, Mention, RuleInfo, Ruleset};
pub use unread::{Leftovers, Unread, UnreadKind};
