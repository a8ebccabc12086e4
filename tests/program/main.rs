//! The program as its users start it: real processes, the shipped configuration, signals, bad input, `kill -9`.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod bot;
mod end;
mod first_run;
mod kill;
mod memory;
mod tools;
