//! `said`: what somebody said, newest first; with words or a phrase only the statements that have them.

use super::error::{CommandError, UserError};
use super::grammar::echo;
use super::names::Named;
use super::options::{ACTOR, ON, OWN, PAGE, SINCE, UNTIL, VIA, WORDS};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count};
use super::{Permission, Request, names};
use crate::model::ActorId;
use crate::query::{StatementQuery, statements};
use crate::reply::{Inline, Reply};
use crate::store::Voice;

pub(super) const ENTRY: Entry = Entry {
    name: "said",
    aliases: &["says", "quotes"],
    summary: "What somebody said, newest first, and what others report of it",
    permission: Permission::Member,
    options: &[ACTOR, WORDS, ON, SINCE, UNTIL, VIA, OWN, PAGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let arguments = &request.arguments;
    let actor = speaker(request, &arguments.name("actor")?)?;
    let filters = Filters::read(request)?;
    let words: Vec<String> = arguments.phrases().iter().filter(|phrase| !phrase.is_empty()).cloned().collect();
    let query = StatementQuery {
        actor: Some(actor.id.clone()),
        voice: arguments.own.then_some(Voice::Own),
        words: words.clone(),
        target: filters.target(),
        since: filters.since,
        until: filters.until,
        outlet: filters.outlet(),
        offset: show::offset(request),
        limit: show::page_size(request),
    };
    let mut page = statements(request.context.store, &query)?;
    if arguments.own {
        page.reported = 0;
    }
    let mut typed = format!("said {}", actor.key);
    let mut with = String::new();
    for phrase in &words {
        typed.push_str(&format!(" \"{phrase}\""));
        with.push_str(&format!(" with “{phrase}”"));
    }
    typed.push_str(&filters.typed());
    if arguments.own {
        typed.push_str(" own");
    }
    let asked = format!("{with}{}", filters.words());
    let mut reply = Reply::default();
    if page.own + page.reported == 0 {
        reply.paragraph(vec![Inline::text(format!("No statement of {}{asked} is stored.", actor.name))]);
        return Ok(reply);
    }
    let reported = if arguments.own { String::new() } else { format!(", {} reported by others", page.reported) };
    let counts = format!("{asked}: {} in own words{reported}", count(page.own, "statement"));
    reply.paragraph(vec![Inline::strong(actor.name.clone()), Inline::text(counts)]);
    show::push_page(request, &page, &typed, &mut reply)?;
    Ok(reply)
}

/// Resolves the name; words after a name that stand in no quotation marks are told apart from an unknown name.
fn speaker(request: &Request<'_>, text: &str) -> Result<Named<ActorId>, CommandError> {
    let unknown = match names::actor(request, text) {
        Err(CommandError::User(error @ UserError::UnknownName { .. })) => error,
        resolved => return resolved,
    };
    match names::leading_actor(request, text)? {
        Some((named, rest)) => {
            let meant = format!("said {} \"{rest}\"", named.key);
            Err(UserError::WordsUnquoted { what: "actor", name: echo(text), meant }.into())
        }
        None => Err(unknown.into()),
    }
}
