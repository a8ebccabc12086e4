//! One file per chat command, and one registry from which help, the README table and slash definitions derive.

mod incoming;

pub use incoming::{Address, Incoming, Permission};
