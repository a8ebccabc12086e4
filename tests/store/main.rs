//! Store and query on an invented world (`world.toml`); the cases for query are in `tests/query/`.

mod query;
mod store;
mod world;
