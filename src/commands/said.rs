//! `said`: what somebody said, newest first; with words or a phrase only the statements that have them.

use super::options::{ACTOR, ON, OWN, PAGE, SINCE, UNTIL, VIA, WORDS};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count};
use super::{Permission, Request, names};
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
    let actor = names::actor(request, &arguments.name("actor")?)?;
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
    let page = statements(request.context.store, &query)?;
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
