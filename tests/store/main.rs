//! Store and query on an invented world (`world.toml`); the cases for query are in `tests/query/`.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod corrections;
mod lately;
mod lessons;
mod matrix;
mod purge;
mod query;
mod store;
mod world;
