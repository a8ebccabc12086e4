//! `compare`: two actors side by side on what both took a stance on, and whether they agree, in words.

use super::error::UserError;
use super::options::{FIRST, ON, SECOND, SINCE, UNTIL};
use super::registry::{Answer, Entry};
use super::show::{Filters, count, push_lately};
use super::{Permission, Request, names};
use crate::query::{Agreement, CompareQuery, Compared, Comparison, Position, compare};
use crate::reply::{Block, Inline, Reply, show_date};
use crate::store::Voice;

/// Most targets that are compared; with `on` any other can be asked for.
const TARGETS_SHOWN: usize = 8;

pub(super) const ENTRY: Entry = Entry {
    name: "compare",
    aliases: &["versus"],
    summary: "Two actors side by side: where each stands on what both spoke of",
    permission: Permission::Member,
    options: &[FIRST, SECOND, ON, SINCE, UNTIL],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let [left, right] = names::pair(request)?;
    if left.id == right.id {
        return Err(UserError::SameTwice { name: left.name }.into());
    }
    let filters = Filters::read(request)?;
    let query = CompareQuery {
        actors: [left.id.clone(), right.id.clone()],
        target: filters.target(),
        since: filters.since,
        until: filters.until,
        limit: TARGETS_SHOWN,
    };
    let found = compare(request.context.store, &query)?;
    let mut reply = Reply::default();
    let command = format!("compare \"{}\" \"{}\"{}", left.key, right.key, filters.typed());
    let both = format!("{} and {}", left.name, right.name);
    if found.compared.is_empty() {
        let text = format!("Nothing is stored on which both {both} took a stance{}.", filters.words());
        reply.paragraph(vec![Inline::text(text)]);
        push_lately(request, found.lately, &command, &mut reply);
        return Ok(reply);
    }
    let period = Filters { on: None, ..filters }.words();
    reply.paragraph(vec![Inline::strong(both), Inline::text(format!("{period}: {}", summary(&found)))]);
    let mut rows = vec![vec!["on".to_owned(), left.name.clone(), right.name.clone(), "together".to_owned()]];
    rows.extend(found.compared.iter().map(row));
    reply.blocks.push(Block::Table(rows));
    if found.others > 0 {
        let more = count(u64::try_from(found.others).unwrap_or(u64::MAX), "more common target");
        let typed = request.typed(&format!("compare {} {} on …", left.key, right.key));
        reply.paragraph(vec![Inline::faint(format!("{more}: ")), typed]);
    }
    push_lately(request, found.lately, &command, &mut reply);
    Ok(reply)
}

/// Tells how often the two agree.
fn summary(found: &Comparison) -> String {
    let number = |agreement| found.compared.iter().filter(|compared| compared.agreement == agreement).count();
    let words = [
        (Agreement::Same, "agree on"),
        (Agreement::Differ, "differ on"),
        (Agreement::Opposite, "opposite on"),
        (Agreement::Unknown, "cannot be told on"),
    ];
    let told = words.iter().map(|(agreement, words)| (number(*agreement), words)).filter(|(number, _)| *number > 0);
    told.map(|(number, words)| format!("{words} {number}")).collect::<Vec<_>>().join(", ")
}

fn row(compared: &Compared) -> Vec<String> {
    let [left, right] = &compared.positions;
    let together = match compared.agreement {
        Agreement::Same => "agree",
        Agreement::Differ => "differ",
        Agreement::Opposite => "opposite",
        Agreement::Unknown => "cannot be told",
    };
    vec![left.target_name.clone(), cell(left), cell(right), together.to_owned()]
}

/// Gives a position in few words: “oppose, own words, 3 Dec 2025 [12]”.
fn cell(position: &Position) -> String {
    let Some(first) = position.holders.first() else { return position.stance.to_string() };
    if position.is_divided {
        return format!("divided, last {}", show_date(position.last_day));
    }
    let decider = &first.decider;
    let whose = if first.is_self { String::new() } else { format!("{}, ", first.name) };
    let words = if decider.voice == Voice::Own { "own words" } else { "reported" };
    format!("{}, {whose}{words}, {} [{}]", position.stance, show_date(decider.day), decider.statement)
}
