//! Store and query on an invented world (`world.toml`); the cases for query are in `tests/query/`.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod corrections;
mod lessons;
mod matrix;
mod query;
mod store;
mod world;
