//! Quotations with a name behind a dash under them: “…” and below it “— Orla Venn, pilot”, as in lists of quotations.
//!
//! A dash with a name under anything else (a list of places) speaks nothing.

use super::found::Found;
use super::page::Page;
use super::paragraph::Carry;
use super::phrase::Phrase;
use super::reader::{Reader, Region};
use super::shape;

shape!(SIGNED, "shape/signed", "A name behind a dash in the line under a quotation says whose it is: — X.");

impl Page<'_> {
    /// Whether the paragraph below one that ends before a token is a signature.
    pub fn is_signed_below(&self, end: usize) -> bool {
        self.signature(end + 1, self.paragraph_end(end + 1)).is_some()
    }

    /// "— Orla Venn, pilot": a short line that is a dash and a name.
    pub fn signature(&self, start: usize, end: usize) -> Option<Phrase> {
        const SIGNATURE_TOKENS_MAX: usize = 20;
        let dash = self.is_dash(start) || self.word(start) == "-";
        let from = start + 1 + usize::from(dash && self.is_dash(start + 1));
        if !dash || !self.is_capital(from) || end - start > SIGNATURE_TOKENS_MAX || self.quote_opening(from).is_some() {
            return None;
        }
        let core = self.phrase_right(from, end)?;
        let end = (core.end..end).find(|at| self.word(*at) == "." && !self.is_inner_point(*at)).unwrap_or(end);
        (self.is_comma(core.end) || core.end >= end).then(|| Phrase { start: from, end: end.max(core.end), ..core })
    }
}

impl Reader<'_> {
    /// "— Orla Venn, pilot" under a quotation: who said it.
    pub fn read_signature(&mut self, (start, end): (usize, usize), carry: &mut Carry) -> bool {
        let Some(source) = self.page.signature(start, end).filter(|_| !carry.pending.is_empty()) else { return false };
        let mut found = Found::bare(&SIGNED, Some((start, start + 1)));
        found.note = format!("\u{201c}{}\u{201d} stands behind a dash under the quotation", self.page.show(source.head(&self.page)));
        found.source = Some(source);
        found.content = std::mem::take(&mut carry.pending);
        found.confidence = 85;
        carry.last = self.keep(found, &Region::top(start, end));
        true
    }
}
