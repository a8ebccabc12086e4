//! Tracks who said what, to whom, about whom or what, and with which stance, in news feeds.
//!
//! The program `stancebot` is a thin shell over this library. Without the feature `bot` the library is [`model`] and
//! [`rules`] alone, for programs that only want to read statements out of texts.
#![deny(missing_docs)]

#[cfg(feature = "bot")]
pub mod alerts;
#[cfg(feature = "bot")]
pub mod app;
#[cfg(feature = "bot")]
pub mod chat;
#[cfg(feature = "bot")]
pub mod commands;
#[cfg(feature = "bot")]
pub mod config;
#[cfg(feature = "bot")]
pub mod feeds;
pub mod model;
#[cfg(feature = "bot")]
pub mod pipeline;
#[cfg(feature = "bot")]
pub mod query;
#[cfg(feature = "bot")]
pub mod reply;
pub mod rules;
#[cfg(feature = "bot")]
pub mod store;
