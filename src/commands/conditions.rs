//! `conditions`: the conditions that an actor sets, with the statement that sets them.

use super::options::{ACTOR, ON, PAGE, SINCE, UNTIL, VIA};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count, statement_view};
use super::{Permission, Request, names};
use crate::query::{Condition, conditions};
use crate::reply::{Block, Inline, Reply, statement_item};

pub(super) const ENTRY: Entry = Entry {
    name: "conditions",
    aliases: &["condition"],
    summary: "The conditions that somebody sets, with quote, day and source",
    permission: Permission::Member,
    options: &[ACTOR, ON, SINCE, UNTIL, VIA, PAGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let actor = names::actor(request, &request.arguments.name("actor")?)?;
    let filters = Filters::read(request)?;
    let found = conditions(request.context.store, &filters.asked(request, &actor.id))?;
    let command = format!("conditions {}{}", actor.key, filters.typed());
    let mut reply = Reply::default();
    if found.count == 0 {
        reply.paragraph(vec![Inline::text(format!("No condition of {}{} is stored.", actor.name, filters.words()))]);
        show::push_lately(request, found.lately, &command, &mut reply);
        return Ok(reply);
    }
    let counts = count(u64::try_from(found.count).unwrap_or(u64::MAX), "statement");
    reply.paragraph(vec![Inline::strong(actor.name.clone()), Inline::text(format!("{}: {counts} with a condition", filters.words()))]);
    for row in &found.rows {
        reply.blocks.push(statement_item(&statement_view(request.context.store, &row.statement)?));
        for condition in &row.conditions {
            reply.blocks.push(Block::Item { indent: 1, line: condition_line(condition) });
        }
    }
    show::push_next(request, (found.rows.len(), found.count), &command, &mut reply)?;
    show::push_lately(request, found.lately, &command, &mut reply);
    Ok(reply)
}

fn condition_line(condition: &Condition) -> Vec<Inline> {
    let head = format!("→ {} on {}: ", condition.holder_name, condition.target_name);
    let words = match &condition.words {
        Some(words) => Inline::strong(words.split_whitespace().collect::<Vec<_>>().join(" ")),
        None => Inline::text("conditional; what the condition is, the words do not tell apart"),
    };
    vec![Inline::faint(head), words]
}
