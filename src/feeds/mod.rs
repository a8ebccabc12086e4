//! From an address to entries and plain text: when to ask, how to ask, what came, what it says.
//!
//! The room imports `model` alone: it stores nothing and judges no statement. Only [`fetch`] knows the network; the other files are pure
//! functions of bytes and of a time that the caller gives.
//!
//! In the trip of an article: [`schedule`] says when, [`fetch`] brings bytes, [`parse`] makes entries, [`identity`] says which are new,
//! [`body`] makes the text that spans refer to.

pub mod body;
pub mod boilerplate;
pub mod dates;
pub mod decode;
pub mod fetch;
mod html;
pub mod identity;
mod markup;
mod page;
pub mod parse;
pub mod schedule;
mod text;
