//! `who`: the positions of all actors on one topic, by camp.

use super::options::{SINCE, TOPIC, UNTIL, VIA};
use super::registry::{Answer, Entry};
use super::show::{Filters, camp_item, count, push_lately};
use super::{Permission, Request, names};
use crate::query::{Camp, Camps, CampsQuery, who};
use crate::reply::{Block, Inline, Reply, show_date};

/// Most actors shown of one camp; the others are counted. 8: six camps of eight still fit two messages.
const HOLDERS_SHOWN: usize = 8;

pub(super) const ENTRY: Entry = Entry {
    name: "who",
    aliases: &["camps"],
    summary: "Who is for, against or in between on a topic",
    permission: Permission::Member,
    options: &[TOPIC, SINCE, UNTIL, VIA],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    answer(request, &request.arguments.name("topic")?)
}

/// Answers for a name; `stance` comes here too when the name is a topic's.
pub(super) fn answer(request: &Request<'_>, text: &str) -> Answer {
    let target = names::target(request, text)?;
    let filters = Filters::read(request)?;
    let query = CampsQuery {
        target: target.id.clone(),
        since: filters.since,
        until: filters.until,
        outlet: filters.outlet(),
        named: HOLDERS_SHOWN,
    };
    let camps = who(request.context.store, &query)?;
    let mut reply = Reply::default();
    let filters = Filters { on: None, ..filters };
    let (command, period) = (format!("who {}{}", target.key, filters.typed()), filters.words());
    if camps.camps.is_empty() {
        let text = format!("Nobody's stance on {}{period} is stored.", target.name);
        reply.paragraph(vec![Inline::text(text)]);
        return Ok(reply);
    }
    let outlets = count(u64::from(camps.outlets), "outlet");
    let counts = format!("{period}: {} own, {} reported, {outlets}", camps.own, camps.reported);
    reply.paragraph(vec![Inline::strong(camps.target_name.clone()), Inline::text(counts)]);
    if camps.camps.len() > 1 {
        reply.blocks.push(table(&camps));
    }
    for camp in &camps.camps {
        push_camp(camp, &mut reply);
    }
    push_lately(request, camps.lately, &command, &mut reply);
    Ok(reply)
}

/// Gives the camps as a table: how many stand there, by how many statements it is known, and when it was told last.
fn table(camps: &Camps) -> Block {
    let mut rows = vec![["camp", "actors", "own", "reported", "last"].map(str::to_owned).to_vec()];
    rows.extend(camps.camps.iter().map(|camp| {
        let numbers = [camp.count.to_string(), camp.own.to_string(), camp.reported.to_string()];
        std::iter::once(camp.stance.to_string()).chain(numbers).chain([show_date(camp.last_day)]).collect()
    }));
    Block::Table(rows)
}

fn push_camp(camp: &Camp, reply: &mut Reply) {
    reply.heading(format!("{} ({})", camp.stance, camp.count));
    reply.blocks.extend(camp.holders.iter().map(camp_item));
    let more = camp.count.saturating_sub(camp.holders.len());
    if more > 0 {
        reply.item(vec![Inline::faint(format!("and {}", count(u64::try_from(more).unwrap_or(u64::MAX), "more actor")))]);
    }
}
