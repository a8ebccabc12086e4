//! Datelines: where a paragraph starts behind “HALVANE, Dec. 4 (Wire) - ”.
//!
//! A dateline is nobody's words and no part of a source; a name in capitals before a dash is none.

use super::page::Page;

/// A dateline with place, date and agency is no longer.
const DATELINE_TOKENS_MAX: usize = 24;

impl Page<'_> {
    /// One past a dateline at the start of a paragraph ("HALVANE, Dec. 4 (Wire) - …"), or the start itself.
    pub fn after_dateline(&self, start: usize, end: usize) -> usize {
        let shouted = |at: usize| self.is_word(at) && self.word(at).len() > 2 && self.word(at).chars().all(char::is_uppercase);
        if !shouted(start) && self.word(start) != "(" {
            return start;
        }
        let mut bracket = false;
        for at in start..end.min(start + DATELINE_TOKENS_MAX) {
            let word = self.word(at);
            if self.is_dash(at) {
                let after = if self.is_dash(at + 1) { at + 2 } else { at + 1 };
                let opens = self.is_capital(after) || self.is_number(after) || self.quote_opening(after).is_some();
                return if at > start && opens { after } else { start };
            }
            match word {
                "(" => bracket = true,
                ")" => bracket = false,
                "," | "." | "/" | "-" => {}
                _ if self.is_number(at) || self.is_capital(at) || bracket => {}
                _ => return start,
            }
        }
        start
    }
}
