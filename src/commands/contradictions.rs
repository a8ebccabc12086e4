//! `contradictions`: opposite stances of one holder on one target, side by side, with both statements and no verdict.

use super::error::CommandError;
use super::options::{ACTOR_OR_TOPIC, ON, PAGE, SINCE, UNTIL};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count, said_item};
use super::{Permission, Request, names};
use crate::model::Target;
use crate::query::{Asked, Contradiction, ContradictionQuery, contradictions};
use crate::reply::{Inline, Reply};

pub(super) const ENTRY: Entry = Entry {
    name: "contradictions",
    aliases: &["contradiction", "opposites"],
    summary: "Support and opposition by the same holder on one target, side by side, without a verdict",
    permission: Permission::Member,
    options: &[ACTOR_OR_TOPIC, ON, SINCE, UNTIL, PAGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let subject = names::target(request, &request.arguments.name("actor or topic")?)?;
    let filters = Filters::read(request)?;
    let asked = match &subject.id {
        Target::Actor(actor) => Asked::Of(actor.clone()),
        Target::Topic(_) => Asked::On(subject.id.clone()),
    };
    let found = contradictions(
        request.context.store,
        &ContradictionQuery { asked, target: filters.target(), since: filters.since, until: filters.until, page: show::place(request) },
    )?;
    let command = format!("contradictions {}{}", subject.key, filters.typed());
    let mut reply = Reply::default();
    if found.count == 0 {
        let on = if matches!(subject.id, Target::Topic(_)) { "on" } else { "of" };
        let text = format!("No opposite stances {on} {}{} are stored.", subject.name, filters.words());
        reply.paragraph(vec![Inline::text(text)]);
        show::push_lately(request, found.lately, &command, &mut reply);
        return Ok(reply);
    }
    let pairs = count(u64::try_from(found.count).unwrap_or(u64::MAX), "pair");
    reply.paragraph(vec![
        Inline::strong(subject.name.clone()),
        Inline::text(format!("{}: {pairs} of opposite stances. ", filters.words())),
        Inline::faint("Two stances at two times, or as two tell it; nothing is judged here."),
    ]);
    for pair in &found.pairs {
        push_pair(request, pair, &mut reply)?;
    }
    show::push_next(request, (found.pairs.len(), found.count), &command, &mut reply)?;
    show::push_lately(request, found.lately, &command, &mut reply);
    Ok(reply)
}

fn push_pair(request: &Request<'_>, pair: &Contradiction, reply: &mut Reply) -> Result<(), CommandError> {
    let mut line = vec![Inline::strong(pair.holder_name.clone())];
    line.extend(pair.via.as_ref().map(|via| Inline::text(format!(", {via},"))));
    line.push(Inline::text(format!(" on {}", pair.target_name)));
    reply.item(line);
    reply.blocks.push(said_item(request, "earlier", &pair.earlier)?);
    reply.blocks.push(said_item(request, "later", &pair.later)?);
    Ok(())
}
