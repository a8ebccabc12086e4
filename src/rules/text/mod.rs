//! The text as the rules see it: tokens, sentences, paragraphs, quotation marks. No knowledge of names or verbs.

pub mod index;
pub mod quote;
pub mod sentence;
pub mod token;

pub use index::ByteIndex;
pub use quote::{Quoted, pair_quotes};
pub use sentence::{Abbreviations, Sentence, split_sentences};
pub use token::{Token, TokenKind, tokenize};
