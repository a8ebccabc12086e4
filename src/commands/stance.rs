//! `stance`: where an actor stands, and the newest statements that show it; how many others there are is told, `said` has them.
//!
//! A topic's name is answered as `who` does, since that is what was meant. Whether anything is true is not judged.

use super::error::{CommandError, UserError};
use super::options::{ACTOR, ON, PAGE, SINCE, UNTIL, VIA};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count, decider_words, holder_item, more_than, trend_words};
use super::{Permission, Request, names, who};
use crate::model::{ActorKind, Target};
use crate::query::{HolderPosition, Position, Positions, Scope, StatementPage, StatementQuery, positions, statements, statements_showing};
use crate::reply::{Inline, Reply, show_date};

/// Most positions that one answer shows; the others are counted in `actor`. 4: the newest statements have to fit the screen too.
const POSITIONS_SHOWN: usize = 4;
/// Most names on each side of a divided position; the others are a number.
const SIDE_NAMES: usize = 3;
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
    let scope = Scope {
        actor: actor.id.clone(),
        target: filters.target(),
        since: filters.since,
        until: filters.until,
        outlet: filters.outlet(),
        limit: POSITIONS_SHOWN,
    };
    let found = positions(request.context.store, &scope)?;
    let page = statements_of(request, (&scope, &found))?;
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
    if page.offset == 0 && !found.positions.is_empty() && filters.on.is_none() {
        let all = request.typed(&format!("said {}{}", actor.key, filters.typed()));
        reply.paragraph(vec![Inline::faint("All statements, also those that show no stance: "), all]);
    }
    Ok(reply)
}

/// Gives the page of statements that show the positions; of all statements when none shows one.
fn statements_of(request: &Request<'_>, (scope, found): (&Scope, &Positions)) -> Result<StatementPage, CommandError> {
    let (store, (offset, limit)) = (request.context.store, show::place(request));
    if !found.positions.is_empty() {
        return Ok(statements_showing(store, (scope, found), (offset, limit))?);
    }
    let Scope { target, since, until, outlet, .. } = scope.clone();
    let actor = Some(found.actor.id.clone());
    Ok(statements(store, &StatementQuery { actor, target, since, until, outlet, offset, limit, ..StatementQuery::default() })?)
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
        } else if let Some(words) = position.holders.first().and_then(|holder| trend_words(&holder.trend)) {
            reply.item(vec![Inline::faint(words)]);
        }
    }
    if found.others > 0 {
        let text = format!("Also on {}{} more: ", more_than(found.has_uncounted), found.others);
        reply.paragraph(vec![Inline::faint(text), request.typed(&format!("actor {}", found.actor.id))]);
    }
}

/// Gives the head of a position: the stance and what decided it, or each side when it is divided; then the counts.
fn position_line(name: &str, position: &Position) -> Vec<Inline> {
    let mut line = vec![Inline::strong(name.to_owned()), Inline::text(format!(" — on {}: ", position.target_name))];
    let counts = format!(
        "{} own, {} reported, {}, last {}",
        position.own,
        position.reported,
        count(u64::from(position.outlets), "outlet"),
        show_date(position.last_day)
    );
    if position.is_divided {
        line.extend([Inline::strong("divided"), Inline::text(": ")]);
        line.extend(sides(position));
        line.push(Inline::text(format!("; {counts}")));
        return line;
    }
    line.push(Inline::strong(position.stance.as_str()));
    let first = position.holders.first();
    let basis = first.map_or_else(String::new, |first| format!("{}; ", basis(first)));
    line.push(Inline::text(format!(" ({basis}{counts})")));
    line.extend(first.map(|first| Inline::faint(format!(" [{}]", first.decider.statement))));
    line
}

/// Gives in whose words a holder's position was decided, with its name where it is not the asked actor.
fn basis(holder: &HolderPosition) -> String {
    let words = decider_words(&holder.decider);
    if holder.is_self { words } else { format!("{}, {words}", holder.name) }
}

/// Gives each stance that somebody takes now, with who takes it and in whose words, in the order of the holders:
/// “oppose (reported by an institute, also of the president), mixed (the aide, own words)”.
fn sides(position: &Position) -> Vec<Inline> {
    let current: Vec<&HolderPosition> = position.holders.iter().filter(|holder| holder.is_current).collect();
    let mut line = Vec::new();
    let mut told = Vec::new();
    for first in &current {
        if told.contains(&first.stance) {
            continue;
        }
        if !told.is_empty() {
            line.push(Inline::text(", "));
        }
        told.push(first.stance);
        let side: Vec<&HolderPosition> = current.iter().filter(|holder| holder.stance == first.stance).copied().collect();
        let mut words = basis(first);
        for pair in side.windows(2).take(SIDE_NAMES - 1) {
            let [before, next] = pair else { continue };
            let is_same = decider_words(&before.decider) == decider_words(&next.decider);
            words.push_str(&if is_same { format!(", also of {}", next.name) } else { format!("; {}", basis(next)) });
        }
        let more = side.len().saturating_sub(SIDE_NAMES);
        if more > 0 {
            words.push_str(&format!(", and {more} more"));
        }
        line.extend([Inline::strong(first.stance.as_str()), Inline::text(format!(" ({words})"))]);
    }
    line
}
