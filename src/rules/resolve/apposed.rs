//! Role nouns behind commas: "X, the former mayor of Y,". Found once for every comma, since each role without a name asks for all of
//! them.
//!
//! Does not know whether a name stands before the comma; that is the business of `role`.

use crate::rules::knowledge::{Numbered, RoleForm, Spots};
use std::ops::Range;

/// A role noun further from the name belongs to somebody else.
const APPOSITION_TOKENS_MAX: usize = 8;

/// The role nouns of a text that stand behind commas.
#[derive(Debug)]
pub(crate) struct Apposed<'a> {
    /// By token: one more than the place in `lists` of what stands behind this comma, 0 for none.
    places: Vec<u32>,
    lists: Vec<Vec<(Range<usize>, &'a RoleForm)>>,
}

impl<'a> Apposed<'a> {
    /// Finds the role nouns between each comma of a text and the next mark.
    pub fn new(page: &Numbered<'_>, roles: &Spots<'a, RoleForm>) -> Self {
        let mut apposed = Self { places: vec![0; page.tokens.len()], lists: Vec::new() };
        for (at, _) in page.tokens.iter().enumerate().filter(|(_, token)| token.mark == b',') {
            let inside = page.tokens.iter().enumerate().skip(at + 1).take(APPOSITION_TOKENS_MAX);
            let inside = inside.take_while(|(_, token)| !matches!(token.mark, b',' | b'.'));
            let found = inside.filter_map(|(at, _)| roles.longest_at(at).map(|(end, forms)| (at..end, forms)));
            let list: Vec<_> = found.flat_map(|(tokens, forms)| forms.iter().map(move |form| (tokens.clone(), form))).collect();
            if !list.is_empty() {
                apposed.lists.push(list);
                apposed.places[at] = u32::try_from(apposed.lists.len()).unwrap_or(0);
            }
        }
        apposed
    }

    /// Gives the role nouns behind a token, where it is a comma.
    pub fn behind(&self, at: usize) -> &[(Range<usize>, &'a RoleForm)] {
        let list = self.places.get(at).and_then(|place| self.lists.get(place.checked_sub(1)? as usize));
        list.map_or(&[], Vec::as_slice)
    }
}
