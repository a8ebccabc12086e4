//! `shift`: positions of an actor that changed, with both statements. What a shift is stands in `query`.
//!
//! It tells two stances at two times; why somebody moved, or which of the two is meant, is not judged.

use super::options::{ACTOR, ON, PAGE, SINCE, UNTIL, VIA};
use super::registry::{Answer, Entry};
use super::show::{self, Filters, count, said_item};
use super::{Permission, Request, names};
use crate::query::{ShiftShown, shifts};
use crate::reply::{Inline, Reply, show_date};

pub(super) const ENTRY: Entry = Entry {
    name: "shift",
    aliases: &["shifts", "moved"],
    summary: "Where somebody changed position: before and after, with both quotes",
    permission: Permission::Member,
    options: &[ACTOR, ON, SINCE, UNTIL, VIA, PAGE],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let actor = names::actor(request, &request.arguments.name("actor")?)?;
    let filters = Filters::read(request)?;
    let found = shifts(request.context.store, &filters.asked(request, &actor.id))?;
    let command = format!("shift {}{}", actor.key, filters.typed());
    let mut reply = Reply::default();
    if found.count == 0 {
        let text = format!("No shift of {}{} is known. ", actor.name, filters.words());
        let looked = "A shift needs own words, or reports of two origins, on both sides.";
        reply.paragraph(vec![Inline::text(text), Inline::faint(looked)]);
        show::push_lately(request, found.lately, &command, &mut reply);
        return Ok(reply);
    }
    let counts = format!("{}: {}", filters.words(), count(u64::try_from(found.count).unwrap_or(u64::MAX), "shift"));
    reply.paragraph(vec![Inline::strong(actor.name.clone()), Inline::text(counts)]);
    for shift in &found.shifts {
        push_shift(request, shift, &mut reply)?;
    }
    show::push_next(request, (found.shifts.len(), found.count), &command, &mut reply)?;
    show::push_lately(request, found.lately, &command, &mut reply);
    Ok(reply)
}

fn push_shift(request: &Request<'_>, shift: &ShiftShown, reply: &mut Reply) -> Result<(), super::CommandError> {
    let mut line = vec![Inline::strong(shift.holder_name.clone())];
    line.extend(shift.via.as_ref().map(|via| Inline::text(format!(", {via},"))));
    line.push(Inline::text(format!(" on {}: ", shift.target_name)));
    line.push(Inline::strong(format!("{} → {}", shift.before.stance, shift.after.stance)));
    let back = if shift.is_return { ", back after a few days" } else { "" };
    line.push(Inline::text(format!(", {}{back}", show_date(shift.after.decider.day))));
    reply.item(line);
    reply.blocks.push(said_item(request, "before", &shift.before)?);
    reply.blocks.push(said_item(request, "after", &shift.after)?);
    Ok(())
}
