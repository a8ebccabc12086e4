//! `feed list`, `feed add`, `feed remove`, `feed test`: which feeds are read.
//!
//! Nothing is fetched here: a feed that is added is due now, a test is a probe that the poller answers into the channel.

use super::error::UserError;
use super::grammar::echo;
use super::options::{FEED, PUBLISHER, URL};
use super::registry::{Answer, Entry};
use super::show::count;
use super::{Permission, Request, names};
use crate::model::{FeedId, FeedTextSource, OutletId};
use crate::reply::{Block, Inline, Reply, show_time};
use crate::store::{FeedAdded, FeedOrigin, FeedSpec, Probe, ProbeAdded, StoredFeed};

/// Longest address of a feed, in bytes. 1,000: what can still be shown as a link.
const URL_BYTES_MAX: usize = crate::reply::URL_BYTES_MAX;

pub(super) const LIST: Entry = Entry {
    name: "feed list",
    aliases: &["feed", "feeds"],
    summary: "The feeds that are read: state, last error, next poll",
    permission: Permission::Member,
    options: &[],
    run: list,
};

pub(super) const ADD: Entry = Entry {
    name: "feed add",
    aliases: &[],
    summary: "Read a feed from now on",
    permission: Permission::Moderator,
    options: &[URL, PUBLISHER],
    run: add,
};

pub(super) const REMOVE: Entry = Entry {
    name: "feed remove",
    aliases: &["feed delete"],
    summary: "Stop reading a feed; what was read stays",
    permission: Permission::Moderator,
    options: &[FEED],
    run: remove,
};

pub(super) const TEST: Entry = Entry {
    name: "feed test",
    aliases: &["feed check"],
    summary: "Look at a feed once and post here what it would give",
    permission: Permission::Moderator,
    options: &[URL],
    run: test,
};

fn list(request: &Request<'_>) -> Answer {
    let feeds = request.context.store.feeds()?;
    let mut reply = Reply::default();
    if feeds.is_empty() {
        reply.paragraph(vec![Inline::text("No feeds are read yet. To read one: "), request.typed("help feed add")]);
        return Ok(reply);
    }
    reply.paragraph(vec![Inline::text(format!("Feeds that are read ({}):", feeds.len()))]);
    for feed in &feeds {
        push_feed(request, feed, &mut reply);
    }
    Ok(reply)
}

fn push_feed(request: &Request<'_>, stored: &StoredFeed, reply: &mut Reply) {
    let feed = &stored.feed;
    let state = match (&feed.state.last_error, feed.state.last_success) {
        (Some(_), _) => format!("failing, {} in a row", feed.state.failures),
        (None, Some(_)) => "well".to_owned(),
        (None, None) => "not read yet".to_owned(),
    };
    let mut line = vec![Inline::faint(format!("[{}] ", feed.id)), Inline::strong(feed.outlet.as_str()), Inline::text(" ")];
    line.push(Inline::Link { label: feed.url.clone(), url: feed.url.clone() });
    line.push(Inline::text(format!(" — {state}, {}", count(stored.articles, "article"))));
    reply.item(line);
    if let Some(error) = &feed.state.last_error {
        reply.blocks.push(Block::Item { indent: 1, line: vec![Inline::faint("last error: "), Inline::text(error.clone())] });
    }
    let next = match feed.state.due {
        Some(due) if due > request.context.now => show_time(due),
        _ => "now".to_owned(),
    };
    let mut times = vec![Inline::faint(format!("next poll: {next}"))];
    if let Some(last) = feed.state.last_success {
        times.push(Inline::faint(format!(", last read: {}", show_time(last))));
    }
    if stored.origin == FeedOrigin::Config {
        times.push(Inline::faint(", configured"));
    }
    reply.blocks.push(Block::Item { indent: 1, line: times });
}

fn add(request: &Request<'_>) -> Answer {
    let url = feed_url(request)?;
    let outlet = outlet_of(request, &url)?;
    let spec = FeedSpec {
        url: url.clone(),
        outlet: outlet.clone(),
        text: FeedTextSource::Auto,
        interval_secs: request.context.settings.feed_interval_secs,
    };
    let by = &request.incoming.user;
    let text = match request.context.store.add_feed(&spec, by, request.context.now)? {
        FeedAdded::Added(id) => {
            format!("Feed [{id}] of {outlet} is read from now on. What it holds today is stored without alerts, apart from one sample.")
        }
        FeedAdded::Already(id) => format!("That feed is read already: it is [{id}]."),
        FeedAdded::LimitReached(max) => return Err(UserError::Full { what: "feeds added by command", max }.into()),
    };
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(format!("{text} ")), request.typed("feed list")]);
    Ok(reply)
}

/// Gives the outlet that was named, or the one whose host this is.
fn outlet_of(request: &Request<'_>, url: &str) -> Result<OutletId, super::CommandError> {
    if let Some(text) = &request.arguments.via {
        return Ok(names::outlet(request, text)?.id);
    }
    let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_lowercase)).unwrap_or_default();
    let known = request.context.store.outlet_of_host(host.strip_prefix("www.").unwrap_or(&host))?;
    known.map(|outlet| outlet.id).ok_or_else(|| UserError::Missing { what: "outlet that publishes it, after \u{201c}via\u{201d}" }.into())
}

fn remove(request: &Request<'_>) -> Answer {
    let store = request.context.store;
    let id = request.arguments.number("id")?;
    let no_such = UserError::NoSuchId { what: "feed", id };
    let Some(stored) = store.feed(FeedId(id))? else { return Err(no_such.into()) };
    if stored.origin == FeedOrigin::Config {
        return Err(UserError::Configured { id }.into());
    }
    let Some(removed) = store.remove_feed(FeedId(id), request.context.now)? else { return Err(no_such.into()) };
    let kept = count(removed.articles, "article");
    let mut reply = Reply::default();
    reply.paragraph(vec![Inline::text(format!("Feed [{id}] is no longer read. Its {kept} stay."))]);
    Ok(reply)
}

fn test(request: &Request<'_>) -> Answer {
    let url = feed_url(request)?;
    let probe = Probe { channel: request.incoming.channel.clone(), url, asked_by: request.incoming.user.clone() };
    match request.context.store.add_probe(&probe, request.context.now)? {
        ProbeAdded::Queued => {
            let mut reply = Reply::default();
            reply.paragraph(vec![Inline::text("I look at it and post here what I find. Nothing is stored.")]);
            Ok(reply)
        }
        ProbeAdded::LimitReached(max) => Err(UserError::Full { what: "tests waiting", max }.into()),
    }
}

/// Gives the address if it is one that can be fetched: `http` or `https`, with a host, without a user's name and password.
fn feed_url(request: &Request<'_>) -> Result<String, UserError> {
    let text = request.arguments.name("url")?;
    let bare = text.trim_start_matches('<').trim_end_matches('>');
    let wrong = || UserError::Url { url: echo(&text) };
    let url = url::Url::parse(bare).map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none();
    if !is_web || url.as_str().len() > URL_BYTES_MAX || bare.contains(char::is_whitespace) {
        return Err(wrong());
    }
    Ok(url.into())
}
