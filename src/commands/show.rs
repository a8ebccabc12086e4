//! What several commands show alike: filters in words, statements under two headings, positions, further pages.

use super::error::{CommandError, UserError};
use super::names::{self, Named};
use super::{Arguments, PAGE_MAX, Request};
use crate::model::{ActorId, OutletId, Target};
use crate::query::{
    ActorQuery, Decider, HolderPosition, Lately, QueryError, StanceSaid, StanceShown, StatementPage, StatementRow, Trend, link_name, told,
};
use crate::reply::{Block, Inline, Paging, Reply, StanceView, StatementView, show_date, statement_blocks, statement_line};
use crate::store::{Store, Voice};
use jiff::civil::Date;

/// Days from which a steady stance is told as one of a year: no further back are stances looked at.
const STEADY_DAYS_TOLD: i32 = 360;

/// What narrows an answer, with names resolved.
pub(super) struct Filters {
    pub(super) on: Option<Named<Target>>,
    pub(super) via: Option<Named<OutletId>>,
    pub(super) since: Option<Date>,
    pub(super) until: Option<Date>,
}

impl Filters {
    /// Resolves the names in `on` and `via`.
    pub(super) fn read(request: &Request<'_>) -> Result<Self, CommandError> {
        let Arguments { on, via, since, until, .. } = &request.arguments;
        Ok(Self {
            on: on.as_deref().map(|text| names::target(request, text)).transpose()?,
            via: via.as_deref().map(|text| names::outlet(request, text)).transpose()?,
            since: *since,
            until: *until,
        })
    }

    /// Gives the target's id.
    pub(super) fn target(&self) -> Option<Target> {
        self.on.as_ref().map(|named| named.id.clone())
    }

    /// Gives the outlet's id.
    pub(super) fn outlet(&self) -> Option<OutletId> {
        self.via.as_ref().map(|named| named.id.clone())
    }

    /// Gives the question for an actor's stances, at the page that is asked for.
    pub(super) fn asked(&self, request: &Request<'_>, actor: &ActorId) -> ActorQuery {
        let (target, outlet) = (self.target(), self.outlet());
        ActorQuery { actor: actor.clone(), target, since: self.since, until: self.until, outlet, page: place(request) }
    }

    /// Gives the filters as words after a subject: ` on the toll since 1 Dec 2025`; empty when there are none.
    pub(super) fn words(&self) -> String {
        let mut words = String::new();
        if let Some(on) = &self.on {
            words.push_str(&format!(" on {}", on.name));
        }
        if let Some(since) = self.since {
            words.push_str(&format!(" since {}", show_date(since)));
        }
        if let Some(until) = self.until {
            words.push_str(&format!(" until {}", show_date(until)));
        }
        if let Some(via) = &self.via {
            words.push_str(&format!(" via {}", via.name));
        }
        words
    }

    /// Gives the filters as they are typed.
    pub(super) fn typed(&self) -> String {
        let mut typed = String::new();
        if let Some(on) = &self.on {
            typed.push_str(&format!(" on {}", on.key));
        }
        if let Some(since) = self.since {
            typed.push_str(&format!(" since {since}"));
        }
        if let Some(until) = self.until {
            typed.push_str(&format!(" until {until}"));
        }
        if let Some(via) = &self.via {
            typed.push_str(&format!(" via {}", via.key));
        }
        typed
    }
}

/// Gives how many statements stand before the page that is asked for, and how many the page holds.
pub(super) fn place(request: &Request<'_>) -> (usize, usize) {
    (offset(request), page_size(request))
}

/// Adds how to get to the next page of a list of `total` points, of which `shown` stand on this one; refuses a page that is none.
pub(super) fn push_next(
    request: &Request<'_>,
    (shown, total): (usize, usize),
    command: &str,
    reply: &mut Reply,
) -> Result<(), CommandError> {
    if shown == 0 && total > 0 {
        let last = u32::try_from(total.div_ceil(page_size(request))).unwrap_or(u32::MAX);
        return Err(UserError::Page { text: request.arguments.page.unwrap_or(1).to_string(), max: last }.into());
    }
    let left = total.saturating_sub(offset(request).saturating_add(shown));
    if left > 0 {
        let next = request.arguments.page.unwrap_or(1).saturating_add(1);
        reply.paragraph(vec![Inline::text(format!("{left} more: ")), request.typed(&format!("{command} page {next}"))]);
    }
    Ok(())
}

/// Says which days were looked at where there are older ones, and how to ask for all. `command` is the command as typed.
pub(super) fn push_lately(request: &Request<'_>, lately: Option<Lately>, command: &str, reply: &mut Reply) {
    if let Some(Lately { since, first }) = lately {
        let text = format!("Looked at since {}, a year up to the newest. All: ", show_date(since));
        reply.paragraph(vec![Inline::faint(text), request.typed(&format!("{command} since {first}"))]);
    }
}

/// Gives how many statements stand before the page that is asked for.
pub(super) fn offset(request: &Request<'_>) -> usize {
    let page = request.arguments.page.unwrap_or(1);
    usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(page_size(request))
}

/// Gives how many statements one page holds.
pub(super) fn page_size(request: &Request<'_>) -> usize {
    request.context.settings.page_size.clamp(1, crate::store::PAGE_ROWS_MAX)
}

/// Adds a page of statements, own words and reports under headings of their own, and how to get to the next page.
///
/// `command` is the command as typed without the page.
pub(super) fn push_page(request: &Request<'_>, page: &StatementPage, command: &str, reply: &mut Reply) -> Result<(), CommandError> {
    let total = page.own.saturating_add(page.reported);
    if page.rows.is_empty() && total > 0 {
        let size = u64::try_from(page_size(request)).unwrap_or(1);
        let last = u32::try_from(total.div_ceil(size)).unwrap_or(u32::MAX);
        return Err(UserError::Page { text: request.arguments.page.unwrap_or(1).to_string(), max: last }.into());
    }
    for (voice, title, count) in [(Voice::Own, "In own words", page.own), (Voice::Reported, "Reported by others", page.reported)] {
        let rows: Vec<&StatementRow> = page.rows.iter().filter(|row| row.voice == voice).collect();
        if !rows.is_empty() {
            reply.heading(format!("{title} ({}{count})", more_than(page.has_uncounted)));
        }
        for row in rows {
            reply.blocks.extend(statement_blocks(&statement_view(request.context.store, row)?));
        }
    }
    let pages = total.div_ceil(u64::try_from(page_size(request)).unwrap_or(1)).max(1);
    reply.paging = Some(Paging {
        query: command.to_owned(),
        page: request.arguments.page.unwrap_or(1),
        pages: u32::try_from(pages).unwrap_or(u32::MAX).min(PAGE_MAX),
    });
    let shown = u64::try_from(page.offset.saturating_add(page.rows.len())).unwrap_or(u64::MAX);
    let left = total.saturating_sub(shown);
    if left > 0 && !page.rows.is_empty() {
        let next = request.arguments.page.unwrap_or(1).saturating_add(1);
        let more = more_than(page.has_uncounted);
        reply.paragraph(vec![Inline::text(format!("{more}{left} more: ")), request.typed(&format!("{command} page {next}"))]);
    }
    Ok(())
}

/// Turns a statement into what the reply shows of it.
pub(super) fn statement_view(store: &Store, row: &StatementRow) -> Result<StatementView, QueryError> {
    let stored = &row.stored;
    let speaker = stored.statement.speaker.actor();
    let role = row.via.as_ref().filter(|via| Some(&via.actor) == speaker && !via.title.is_empty()).map(|via| via.title.clone());
    let places = u32::try_from(stored.appearances.len()).unwrap_or(u32::MAX).saturating_sub(1);
    let told = told(store, stored)?;
    Ok(StatementView {
        id: stored.id,
        form: stored.statement.form,
        speaker: stored.speaker_name.clone(),
        role,
        content: stored.content_text.clone(),
        lead: told.lead,
        reads_on: told.reads_on,
        sentence: told.sentence,
        needs_sentence: told.needs_sentence,
        quote: stored.statement.attribution.quote,
        day: Some(stored.day),
        outlet: stored.article.outlet_name.clone(),
        url: stored.article.url.clone(),
        reported_by: stored.statement.reported_by.iter().map(|link| link_name(store, link)).collect::<Result<_, _>>()?,
        more_places: places,
        stances: stance_views(&row.stances),
        is_corrected: stored.is_corrected,
    })
}

fn stance_views(shown: &[StanceShown]) -> Vec<StanceView> {
    let mut views: Vec<StanceView> = Vec::new();
    for stance in shown {
        let view = StanceView { holder: stance.holder_name.clone(), target: stance.target_name.clone(), stance: stance.stance };
        if !views.contains(&view) {
            views.push(view);
        }
    }
    views
}

/// Gives in whose words a position was decided: "own words" or "reported by ISW".
pub(super) fn decider_words(decider: &Decider) -> String {
    match (decider.voice, &decider.reporter) {
        (Voice::Own, _) => "own words".to_owned(),
        (Voice::Reported, Some(reporter)) => format!("reported by {reporter}"),
        (Voice::Reported, None) => "as reported".to_owned(),
    }
}

/// Shows one holder's part in a position as a point: name, post, stance, what decided it, and what was held before.
pub(super) fn holder_item(holder: &HolderPosition) -> Block {
    let mut line = holder_name(holder);
    line.extend([Inline::text(": "), Inline::strong(holder.stance.as_str())]);
    let decider = &holder.decider;
    line.push(Inline::text(format!(" ({}, {}) ", decider_words(decider), show_date(decider.day))));
    line.push(Inline::faint(format!("[{}]", decider.statement)));
    line.extend(trend_words(&holder.trend).map(|words| Inline::faint(format!("; {words}"))));
    Block::Item { indent: 0, line }
}

/// Shows one member of a camp as a point: as [`holder_item`], without the stance that stands in the camp's heading.
pub(super) fn camp_item(holder: &HolderPosition) -> Block {
    let mut line = holder_name(holder);
    let decider = &holder.decider;
    line.push(Inline::text(format!(" — {}, {} ", decider_words(decider), show_date(decider.day))));
    line.push(Inline::faint(format!("[{}]", decider.statement)));
    line.extend(trend_words(&holder.trend).map(|words| Inline::faint(format!("; {words}"))));
    Block::Item { indent: 0, line }
}

fn holder_name(holder: &HolderPosition) -> Vec<Inline> {
    let mut line = vec![Inline::strong(holder.name.clone())];
    if let Some(via) = holder.via.as_ref().filter(|via| !via.is_empty()) {
        line.push(Inline::text(format!(", {via}")));
    }
    line
}

/// Gives how a position came about: “steady since 3 Oct 2025”, “moved from oppose [12] on 4 Dec 2025”; none where that is not known.
pub(super) fn trend_words(trend: &Trend) -> Option<String> {
    match trend {
        Trend::Unknown => None,
        Trend::Steady { since, until } if until.since(*since).is_ok_and(|span| span.get_days() >= STEADY_DAYS_TOLD) => {
            Some("steady for a year or longer".to_owned())
        }
        Trend::Steady { since, .. } => Some(format!("steady since {}", show_date(*since))),
        Trend::Moved { from, before, since } => Some(format!("moved from {from} [{before}] on {}", show_date(*since))),
        Trend::Unconfirmed { from, before } => Some(format!("held before: {from} [{before}], which this alone does not overturn")),
    }
}

/// Gives what stands before a number that is only the least.
pub(super) fn more_than(has_uncounted: bool) -> &'static str {
    if has_uncounted { "more than " } else { "" }
}

/// Shows a stance with its statement as a point below another: “before: oppose (own words) — [12] Ada Quill: …”.
pub(super) fn said_item(request: &Request<'_>, label: &str, said: &StanceSaid) -> Result<Block, QueryError> {
    let view = statement_view(request.context.store, &said.statement)?;
    let mut line = vec![Inline::faint(format!("{label}: ")), Inline::strong(said.stance.as_str())];
    line.push(Inline::text(format!(" ({}) — ", decider_words(&said.decider))));
    line.extend(statement_line(&view));
    Ok(Block::Item { indent: 1, line })
}

/// Gives a number with its noun: `1 outlet`, `2 outlets`.
pub(super) fn count(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
