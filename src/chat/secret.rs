//! A secret that can be used and is never shown: not by `Debug`, not in a log, not in an error.
//!
//! It is no vault: memory is not wiped. Where it comes from is the matter of `config`.

use std::fmt;

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a token; white space around it (the line feed of a file) is no part of it.
    pub fn new(token: &str) -> Self {
        Self(token.trim().to_owned())
    }

    /// Gives the token, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Tells whether it can be a token at all: one word of visible ASCII.
    pub fn is_plausible(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("  abc.def \n");
        assert_eq!(secret.reveal(), "abc.def");
        assert!(!format!("{secret:?}").contains("abc"));
    }

    #[test]
    fn white_space_and_nothing_are_no_token() {
        assert!(Secret::new("abc.d-e_f").is_plausible());
        for wrong in ["", " ", "Bot abc", "ab\u{e9}"] {
            assert!(!Secret::new(wrong).is_plausible(), "{wrong}");
        }
    }
}
