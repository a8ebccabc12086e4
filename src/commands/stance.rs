//! `stance`: where an actor stands, and the newest statements that show it.
//!
//! A topic's name is answered as `who` does, since that is what was meant. Whether anything is true is not judged.

use super::error::{CommandError, UserError};
use super::options::{ACTOR, ON, PAGE, SINCE, UNTIL, VIA};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count, decider_words, holder_item};
use super::{Permission, Request, names, who};
use crate::model::{ActorKind, Target};
use crate::query::{Position, Positions, Scope, StatementQuery, positions, statements};
use crate::reply::{Inline, Reply, show_date};

/// Most positions that one answer shows; the others are counted in `actor`. 4: the newest statements have to fit the screen too.
const POSITIONS_SHOWN: usize = 4;
/// Most holders shown under one position.
const HOLDERS_SHOWN: usize = 4;

pub(super) const ENTRY: Entry = Entry {
    name: "stance",
    aliases: &["position", "stances"],
    summary: "Where somebody stands, with the newest statements that show it",
    permission: Permission::Member,
    options: &[ACTOR, ON, SINCE, UNTIL, VIA, PAGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let text = request.arguments.name("actor")?;
    let actor = match names::actor(request, &text) {
        Err(CommandError::User(UserError::UnknownName { .. })) if is_topic(request, &text) => return who::answer(request, &text),
        resolved => resolved?,
    };
    let filters = Filters::read(request)?;
    let scope =
        Scope { actor: actor.id.clone(), target: filters.target(), since: filters.since, until: filters.until, outlet: filters.outlet() };
    let found = positions(request.context.store, &scope)?;
    let query = StatementQuery {
        actor: Some(actor.id.clone()),
        target: filters.target(),
        since: filters.since,
        until: filters.until,
        outlet: filters.outlet(),
        offset: show::offset(request),
        limit: show::page_size(request),
        ..StatementQuery::default()
    };
    let page = statements(request.context.store, &query)?;
    let mut reply = Reply::default();
    if page.own + page.reported == 0 && found.positions.is_empty() {
        let text = format!("Nothing is known of {}{}. ", actor.name, filters.words());
        let looked = match found.actor.kind {
            ActorKind::Person => "I looked for own words and for what others report.",
            _ => "I looked for own words and for what others report, also of those who speak for it.",
        };
        reply.paragraph(vec![Inline::text(text), Inline::faint(looked)]);
        return Ok(reply);
    }
    if request.arguments.page.unwrap_or(1) == 1 {
        push_positions(request, &found, &filters, &mut reply);
    }
    show::push_page(request, &page, &format!("stance {}{}", actor.key, filters.typed()), &mut reply)?;
    Ok(reply)
}

fn is_topic(request: &Request<'_>, text: &str) -> bool {
    names::target(request, text).is_ok_and(|named| matches!(named.id, Target::Topic(_)))
}

fn push_positions(request: &Request<'_>, found: &Positions, filters: &Filters, reply: &mut Reply) {
    let name = &found.actor.name;
    if found.positions.is_empty() {
        let text = format!(" — no stance{} can be told from what is stored; the statements:", filters.words());
        reply.paragraph(vec![Inline::strong(name.clone()), Inline::text(text)]);
    }
    for position in found.positions.iter().take(POSITIONS_SHOWN) {
        reply.paragraph(position_line(name, position));
        let others = position.holders.iter().any(|holder| !holder.is_self);
        if others && (position.holders.len() > 1 || position.is_divided) {
            reply.blocks.extend(position.holders.iter().take(HOLDERS_SHOWN).map(holder_item));
        } else if let Some(earlier) = position.holders.first().and_then(|holder| holder.earlier.as_ref()) {
            let decider = &earlier.decider;
            let text =
                format!("before: {} ({}, {}) [{}]", earlier.stance, decider_words(decider), show_date(decider.day), decider.statement);
            reply.item(vec![Inline::faint(text)]);
        }
    }
    let more = found.positions.len().saturating_sub(POSITIONS_SHOWN);
    if more > 0 {
        let text = format!("Also on {more} more: ");
        reply.paragraph(vec![Inline::faint(text), request.typed(&format!("actor {}", found.actor.id))]);
    }
}

fn position_line(name: &str, position: &Position) -> Vec<Inline> {
    let mut line = vec![Inline::strong(name.to_owned()), Inline::text(format!(" — on {}: ", position.target_name))];
    line.push(Inline::strong(position.stance.as_str()));
    let mut basis = Vec::new();
    if let Some(first) = position.holders.first() {
        let mut words = decider_words(&first.decider);
        if !first.is_self {
            words.push_str(&format!(" of {}", first.name));
        }
        basis.push(words);
    }
    let counts = [format!("{} own", position.own), format!("{} reported", position.reported)];
    let counts = format!("{}, {}, last {}", counts.join(", "), count(u64::from(position.outlets), "outlet"), show_date(position.last_day));
    basis.push(counts);
    line.push(Inline::text(format!(" ({})", basis.join("; "))));
    if let Some(first) = position.holders.first() {
        line.push(Inline::faint(format!(" [{}]", first.decider.statement)));
    }
    if position.is_divided {
        line.push(Inline::faint(" — those who speak for it differ"));
    }
    line
}
