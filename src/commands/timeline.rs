//! `timeline`: what an actor held over time, as a table of runs of the same stance, and as a picture where the platform shows one.

use super::options::{ACTOR, ON, SINCE, UNTIL};
use super::registry::{Answer, Entry};
use super::show::{Filters, more_than};
use super::{Permission, Request, names};
use crate::query::{Lane, Run, Timeline, TimelineQuery, timeline};
use crate::reply::chart::{ChartLane, ChartMark, ChartView, timeline_picture};
use crate::reply::{Block, Inline, Reply, show_date};
use crate::store::Voice;

/// Most targets of one answer: the strips of a picture that can be read.
const TARGETS_SHOWN: usize = 5;
/// Most rows of the table; the newest of each target are shown.
const ROWS_SHOWN: usize = 30;

pub(super) const ENTRY: Entry = Entry {
    name: "timeline",
    aliases: &["history"],
    summary: "What somebody held over time, as a table and, where pictures are shown, as a strip",
    permission: Permission::Member,
    options: &[ACTOR, ON, SINCE, UNTIL],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let actor = names::actor(request, &request.arguments.name("actor")?)?;
    let filters = Filters::read(request)?;
    let found = timeline(
        request.context.store,
        &TimelineQuery {
            actor: actor.id.clone(),
            target: filters.target(),
            since: filters.since,
            until: filters.until,
            targets: TARGETS_SHOWN,
        },
    )?;
    let mut reply = Reply::default();
    if found.lanes.is_empty() {
        reply.paragraph(vec![Inline::text(format!("No stance of {}{} is stored.", actor.name, filters.words()))]);
        return Ok(reply);
    }
    let period = if filters.since.is_none() { ", a year up to the newest statement" } else { "" };
    reply.paragraph(vec![Inline::strong(actor.name.clone()), Inline::text(format!("{} over time{period}:", filters.words()))]);
    push_table(&found, &mut reply);
    push_rest(request, (&found, &actor.key), &mut reply);
    let picture = timeline_picture(&ChartView { title: actor.name, lanes: found.lanes.iter().map(chart_lane).collect() });
    if let Some(picture) = picture {
        reply.paragraph(vec![Inline::faint("Where pictures can be shown, one comes with this table.")]);
        reply.attachments.push(picture);
    }
    Ok(reply)
}

/// Adds the runs of each target in the order of time; of more than fit, the newest.
fn push_table(found: &Timeline, reply: &mut Reply) {
    let each = ROWS_SHOWN / found.lanes.len().max(1);
    let mut rows = vec![["on", "when", "stance", "own", "reported", "last"].map(str::to_owned).to_vec()];
    let mut left_out = 0;
    for lane in &found.lanes {
        let skipped = lane.runs.len().saturating_sub(each);
        left_out += skipped;
        rows.extend(lane.runs.iter().skip(skipped).map(|run| row(lane, run)));
    }
    reply.blocks.push(Block::Table(rows));
    if left_out > 0 || found.is_cut {
        let older = if found.is_cut { "; older ones were not read" } else { "" };
        let text = format!("{left_out} earlier rows are left out{older}. Narrow it with on, since or until.");
        reply.paragraph(vec![Inline::faint(text)]);
    }
}

fn row(lane: &Lane, run: &Run) -> Vec<String> {
    let when = if run.first == run.last { show_date(run.last) } else { format!("{} – {}", show_date(run.first), show_date(run.last)) };
    vec![
        lane.target_name.clone(),
        when,
        run.stance.to_string(),
        run.own.to_string(),
        run.reported.to_string(),
        format!("{} [{}]", run.holder_name, run.statement),
    ]
}

fn push_rest(request: &Request<'_>, (found, key): (&Timeline, &str), reply: &mut Reply) {
    if found.others > 0 || found.has_uncounted {
        let text = format!("Also on {}{} more: ", more_than(found.has_uncounted), found.others);
        reply.paragraph(vec![Inline::faint(text), request.typed(&format!("timeline {key} on …"))]);
    }
}

fn chart_lane(lane: &Lane) -> ChartLane {
    let mark = |mark: &crate::query::Mark| ChartMark { day: mark.day, stance: mark.stance, is_own: mark.voice == Voice::Own };
    ChartLane { label: lane.target_name.clone(), marks: lane.marks.iter().map(mark).collect() }
}
