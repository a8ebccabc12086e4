//! The face for Discord against a stand-in of Discord on loopback: entrances, answers, faults of the connection, alerts, whole programs.
#![cfg(feature = "discord")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

mod again;
mod alerts;
mod bot;
mod connection;
mod entrances;
mod fake;
mod program;
#[path = "../conversations/stage.rs"]
mod stage;
mod talk;
