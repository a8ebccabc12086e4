//! `actor`: what is known of one actor: names, posts with their days, who counts for it, what it takes stances on.

use super::options::ACTOR;
use super::registry::{Answer, Entry};
use super::{Permission, Request, names};
use crate::model::{ActorKind, ActorOrigin};
use crate::query::{ActorCard, Lately, Member, actor_card};
use crate::reply::{Block, Inline, Reply, show_date};
use jiff::civil::Date;

/// Most names shown.
const NAMES_SHOWN: usize = 12;
/// Most posts, members and targets shown of each.
const ROWS_SHOWN: usize = 10;

pub(super) const ENTRY: Entry = Entry {
    name: "actor",
    aliases: &["whois", "actor show"],
    summary: "What is known of an actor: names, posts, who counts for it, what it takes stances on",
    permission: Permission::Member,
    options: &[ACTOR],
    run,
};

fn run(request: &Request<'_>) -> Answer {
    let named = names::actor(request, &request.arguments.name("actor")?)?;
    let card = actor_card(request.context.store, &named.id)?;
    let mut reply = Reply::default();
    push_identity(&card, &mut reply);
    push_counts(&card, &mut reply);
    push_posts(&card, &mut reply);
    push_members(&card, &mut reply);
    if !card.targets.is_empty() {
        reply.heading("Takes stances on");
    }
    for target in card.targets.iter().take(ROWS_SHOWN) {
        let typed = request.typed(&format!("stance {} on {}", card.actor.id, target.target.id()));
        reply.item(vec![Inline::text(format!("{} ({}) — ", target.name, target.statements)), typed]);
    }
    if let Some(Lately { since, .. }) = card.lately {
        reply.paragraph(vec![Inline::faint(format!("Stances counted since {}, a year up to the newest.", show_date(since)))]);
    }
    Ok(reply)
}

fn push_identity(card: &ActorCard, reply: &mut Reply) {
    let actor = &card.actor;
    let kind = match actor.kind {
        ActorKind::Person => "person",
        ActorKind::Office => "office",
        ActorKind::Organisation => "organisation",
        ActorKind::State => "state",
        ActorKind::Group => "group",
    };
    let mut line = vec![Inline::strong(actor.name.clone()), Inline::text(format!(" ({kind}) ")), Inline::code(actor.id.as_str())];
    if actor.origin == ActorOrigin::Found {
        line.push(Inline::faint(" — found in a text by name and title, checked by nobody"));
    }
    if card.is_retired {
        line.push(Inline::faint(" — no longer in the data"));
    }
    reply.paragraph(line);
    let names: Vec<&str> = actor.names.iter().map(|name| name.text.as_str()).filter(|name| *name != actor.name).collect();
    if !names.is_empty() {
        let more = names.len().saturating_sub(NAMES_SHOWN);
        let mut shown = names.iter().take(NAMES_SHOWN).copied().collect::<Vec<_>>().join(", ");
        if more > 0 {
            shown.push_str(&format!(" and {more} more"));
        }
        reply.item(vec![Inline::faint("also: "), Inline::text(shown)]);
    }
}

fn push_counts(card: &ActorCard, reply: &mut Reply) {
    let mut counts = format!("{} in own words, {} reported by others", card.own, card.reported);
    if card.as_part > 0 {
        counts.push_str(&format!(", {} by those who speak for it", card.as_part));
    }
    if let Some(day) = card.last_day {
        counts.push_str(&format!(", last {}", show_date(day)));
    }
    reply.item(vec![Inline::faint("statements: "), Inline::text(counts)]);
}

fn push_posts(card: &ActorCard, reply: &mut Reply) {
    if !card.actor.roles.is_empty() {
        reply.heading("Posts");
    }
    let of_names = card.role_of_names.iter().map(Option::as_deref).chain(std::iter::repeat(None));
    for (role, of) in card.actor.roles.iter().zip(of_names).take(ROWS_SHOWN) {
        let of = of.map(|name| format!(", {name}")).unwrap_or_default();
        reply.item(vec![Inline::text(format!("{}{of}", role.title)), Inline::faint(period(role.since, role.until))]);
    }
}

fn push_members(card: &ActorCard, reply: &mut Reply) {
    let members: Vec<&Member> = card.members.iter().filter(|member| !member.is_self).collect();
    if members.is_empty() {
        return;
    }
    reply.heading("Counted under it");
    for member in members.iter().take(ROWS_SHOWN) {
        let mut line = vec![Inline::text(member.name.clone())];
        let post = [member.title.as_str(), member.within.as_deref().unwrap_or_default()];
        let post: Vec<&str> = post.into_iter().filter(|part| !part.is_empty()).collect();
        if !post.is_empty() {
            line.push(Inline::text(format!(", {}", post.join(", "))));
        }
        line.push(Inline::faint(period(member.since, member.until)));
        reply.item(line);
    }
    let more = members.len().saturating_sub(ROWS_SHOWN);
    if more > 0 {
        reply.blocks.push(Block::Item { indent: 0, line: vec![Inline::faint(format!("and {more} more"))] });
    }
}

/// Gives the days of a post in brackets; empty when neither is known.
fn period(since: Option<Date>, until: Option<Date>) -> String {
    match (since, until) {
        (None, None) => String::new(),
        (Some(since), None) => format!(" (since {})", show_date(since)),
        (None, Some(until)) => format!(" (until {})", show_date(until)),
        (Some(since), Some(until)) => format!(" ({} to {})", show_date(since), show_date(until)),
    }
}
