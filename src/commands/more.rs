//! `more`: the next page of the last answer here, where a face remembers which one that was. It does what typing the page would do.

use super::error::UserError;
use super::registry::{Answer, Entry, find};
use super::{Permission, Request};
use crate::reply::Paging;

pub(super) const ENTRY: Entry = Entry {
    name: "more",
    aliases: &["next"],
    summary: "The next page of the last answer here",
    permission: Permission::Member,
    options: &[],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let query = request.incoming.next_page.as_deref().ok_or(UserError::NoMore)?;
    // Only what reads has pages, so nothing is done twice.
    let (entry, rest) = find(query).filter(|(entry, _)| entry.only_reads() && entry.name != ENTRY.name).ok_or(UserError::NoMore)?;
    let mut reply = super::answer(request.context, request.incoming, (entry, rest))?;
    reply.paging.get_or_insert(Paging { query: format!("{} {rest}", entry.name).trim_end().to_owned(), page: 1, pages: 1 });
    Ok(reply)
}
