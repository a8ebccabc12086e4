//! The text as the rules see it: tokens, sentences, paragraphs, quotation marks. No knowledge of names or verbs.

pub mod token;

pub use token::{Token, TokenKind, tokenize};
