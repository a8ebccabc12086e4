//! `topics`: what stances are about, those with statements, most first; with words only the topics whose name has them.

use super::options::FILTER;
use super::registry::{Answer, Entry};
use super::show::count;
use super::{Permission, Request};
use crate::model::{Target, Topic, TopicId};
use crate::reply::{Inline, Reply};
use crate::store::fold;
use std::collections::BTreeMap;

/// Most topics shown. 25: one screen.
const SHOWN: usize = 25;
/// Targets whose counts are read: more than there are topics in any data.
const COUNTS_MAX: usize = 2_000;

pub(super) const ENTRY: Entry = Entry {
    name: "topics",
    aliases: &["topic", "topic list"],
    summary: "The topics that stances are about, those with most statements first",
    permission: Permission::Member,
    options: &[FILTER],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let filter = request.arguments.name("words").map(|words| fold(&words)).unwrap_or_default();
    let counts: BTreeMap<TopicId, u64> = store.target_counts(COUNTS_MAX)?.into_iter().filter_map(topic_count).collect();
    let of = |topic: &Topic| counts.get(&topic.id).copied().unwrap_or(0);
    let fits = |topic: &Topic| filter.is_empty() || topic.names.iter().chain([&topic.name]).any(|name| fold(name).contains(&filter));
    let mut topics: Vec<Topic> = store.topics()?.into_iter().filter(fits).collect();
    let known = topics.len();
    if filter.is_empty() && topics.iter().any(|topic| of(topic) > 0) {
        topics.retain(|topic| of(topic) > 0);
    }
    topics.sort_by(|a, b| of(b).cmp(&of(a)).then_with(|| a.name.cmp(&b.name)));
    let mut reply = Reply::default();
    if topics.is_empty() {
        let text = if filter.is_empty() { "No topics are known." } else { "No topic has these words in its name. All of them: " };
        let all = (!filter.is_empty()).then(|| request.typed("topics"));
        reply.paragraph(std::iter::once(Inline::text(text)).chain(all).collect());
        return Ok(reply);
    }
    for topic in topics.iter().take(SHOWN) {
        let statements = match of(topic) {
            0 => "nothing yet".to_owned(),
            number => count(number, "statement"),
        };
        reply.item(vec![
            Inline::code(topic.id.as_str()),
            Inline::text(format!(" — {}", topic.name)),
            Inline::faint(format!(", {statements}")),
        ]);
    }
    let more = known.saturating_sub(topics.len().min(SHOWN));
    let mut last = Vec::new();
    if more > 0 {
        last.push(Inline::text(format!("{more} more, found by a word of their name. ")));
    }
    if let Some(first) = topics.first() {
        last.extend([Inline::text("Who stands where: "), request.typed(&format!("who {}", first.id))]);
    }
    reply.paragraph(last);
    Ok(reply)
}

fn topic_count((target, number): (Target, u64)) -> Option<(TopicId, u64)> {
    match target {
        Target::Topic(id) => Some((id, number)),
        Target::Actor(_) => None,
    }
}
