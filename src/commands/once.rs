//! Does what changes something once for one message: who asks is answered again after a restart, and nothing is done twice.

use super::{Context, Entry, Incoming};
use crate::reply::{Inline, Reply, Tone};
use crate::store::Before;

/// Does a command, unless it was done for the same message before; then it gives the answer of that time.
pub(super) fn once(context: &Context<'_>, (incoming, entry): (&Incoming, &Entry), work: impl FnOnce() -> Reply) -> Reply {
    let Some(event) = incoming.event.as_deref().filter(|_| !entry.only_reads()) else { return work() };
    let platform = incoming.channel.platform.as_str();
    match context.store.begin_command(platform, event, context.now) {
        Ok(Before::Nothing) => {}
        Ok(Before::Begun) => return interrupted(),
        Ok(Before::Done(reply)) => return serde_json::from_str(&reply).unwrap_or_else(|_| interrupted()),
        Err(error) => {
            tracing::error!(command = entry.name, %error, "a command cannot be noted, so it is not done");
            return Reply::line(
                Tone::Fault,
                vec![Inline::text("My database cannot be written to, so I did nothing; the log has the details.")],
            );
        }
    }
    let reply = work();
    let noted = serde_json::to_string(&reply).map_err(|error| error.to_string());
    let noted = noted.and_then(|text| context.store.end_command(platform, event, &text).map_err(|error| error.to_string()));
    if let Err(error) = noted {
        tracing::error!(command = entry.name, error, "the answer to a command cannot be noted");
    }
    reply
}

fn interrupted() -> Reply {
    let words = "I was restarted while I was doing that, and do not know whether it was done. Please look before you ask again: ";
    let look = ["follows", "feed list", "settings list", "review"].map(Inline::code);
    let mut line = vec![Inline::text(words)];
    for (number, command) in look.into_iter().enumerate() {
        if number > 0 {
            line.push(Inline::text(", "));
        }
        line.push(command);
    }
    line.push(Inline::text("."));
    Reply::line(Tone::Fault, line)
}
