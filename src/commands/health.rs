//! `health`: whether the bot is well, and the figures that show it.

use super::registry::{Answer, Entry};
use super::show::count;
use super::{Permission, Request};
use crate::reply::{Inline, Reply, show_time};
use crate::store::Health;
use jiff::{SignedDuration, Timestamp};

/// Longest time without a sign of life in the database while the bot answers: several missed ones.
const SILENCE_MAX: SignedDuration = SignedDuration::from_secs(120);

pub(super) const ENTRY: Entry = Entry {
    name: "health",
    aliases: &["status"],
    summary: "Whether the bot is well: feeds, articles, statements, alerts, rules",
    permission: Permission::Member,
    options: &[],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let health = request.context.store.health()?;
    let mut reply = Reply::default();
    let troubles = troubles(&health, request.context.now);
    if troubles.is_empty() {
        reply.paragraph(vec![Inline::strong("All is well.")]);
    } else {
        reply.paragraph(vec![Inline::strong("Not all is well: "), Inline::text(format!("{}.", troubles.join("; ")))]);
    }
    let last = health.last_poll.map_or_else(|| "never".to_owned(), show_time);
    let newest = health.newest_published.map_or_else(|| "unknown".to_owned(), show_time);
    let stored = health.last_stored.map_or_else(|| "none yet".to_owned(), show_time);
    let hash = request.context.ruleset.hash();
    let older = match request.context.store.statements_of_other_rules(hash)? {
        0 => String::new(),
        number => format!(", {} made by other rules", count(number, "statement")),
    };
    let rows = [
        ("feeds", format!("{} read, {} failing, last read {last}", health.feeds, health.feeds_failing)),
        (
            "stored",
            format!("{}, {}, {}", count(health.articles, "article"), count(health.statements, "statement"), count(health.actors, "actor")),
        ),
        ("newest article", format!("published {newest}, last one stored {stored}")),
        (
            "alerts",
            format!("{} followed, {} waiting, {} given up", health.watches, health.outbox_pending + health.outbox_held, health.outbox_dead),
        ),
        ("unread", format!("{} of a chat platform could not be read since the start", count(health.unread_events, "event"))),
        ("database", format!("{:.1} MB, schema {}", megabytes(health.database_bytes), health.schema_version)),
        ("rules", format!("{hash}{older}")),
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let is_news = |(what, _): &(&str, String)| *what != "unread" || health.unread_events > 0;
    for (what, figures) in rows.into_iter().filter(is_news) {
        reply.item(vec![Inline::faint(format!("{what}: ")), Inline::text(figures)]);
    }
    if health.feeds_failing > 0 {
        reply.paragraph(vec![request.typed("feed list")]);
    }
    Ok(reply)
}

fn troubles(health: &Health, now: Timestamp) -> Vec<String> {
    let mut troubles = Vec::new();
    let silent = health.heartbeat.map(|beat| now.duration_since(beat)).filter(|silent| *silent > SILENCE_MAX);
    if let Some(silent) = silent {
        troubles.push(format!("nothing could be written to the database for {} min; is the disk full?", silent.as_mins()));
    }
    if health.feeds == 0 {
        troubles.push("no feeds are read".to_owned());
    }
    if health.feeds_failing > 0 {
        let verb = if health.feeds_failing == 1 { "fails" } else { "fail" };
        troubles.push(format!("{} {verb}", count(health.feeds_failing, "feed")));
    }
    if health.outbox_dead > 0 {
        troubles.push(format!("{} could not be posted", count(health.outbox_dead, "alert")));
    }
    troubles
}

/// Gives bytes as megabytes, exact enough for one decimal.
fn megabytes(bytes: u64) -> f64 {
    let tenths = u32::try_from(bytes / 100_000).unwrap_or(u32::MAX);
    f64::from(tenths) / 10.0
}
