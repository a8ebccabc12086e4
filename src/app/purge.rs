//! `stancebot actor purge`: removes an actor's words from the database and its file, for good, when somebody asks for it.
//!
//! Only here, not in chat: it cannot be taken back. It says what goes and what stays, and asks.

use super::progress::plural;
use super::state_dir::{StateDir, database_path};
use super::{AppError, PurgeArgs, setup};
use crate::config::Config;
use crate::model::{Actor, ActorId, ActorOrigin};
use crate::store::{OpenOptions, Purge, StartCheck, Store};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::Arc;

/// Articles without the words that are named; more are counted.
const LEFT_SHOWN: usize = 20;

/// Removes what an actor said, after asking.
///
/// # Errors
/// [`AppError::State`] while a bot runs, [`AppError::Failed`] for an unknown id and when the answer is no, [`AppError::Store`].
pub fn purge(config: &Config, args: &PurgeArgs) -> Result<(), AppError> {
    let files = setup::data_files(config)?;
    let base = setup::build(&files)?;
    let _state = StateDir::hold(&config.state_dir)?;
    let path = database_path(&config.state_dir);
    if !path.exists() {
        return Err(AppError::Failed(format!("there is no database {}", path.display())));
    }
    let store = Store::open(&path, &OpenOptions { check: StartCheck::Skip, ..OpenOptions::default() })?;
    let ruleset = Arc::new(setup::with_lessons(base, &files, &store.lessons()?.held));
    let id = ActorId::from(args.id.as_str());
    let unknown = || AppError::Failed(format!("no actor has the id \u{201c}{}\u{201d}; !actor NAME shows the id of a name", args.id));
    let actor = store.actor(&id)?.ok_or_else(unknown)?.actor;
    let found = store.find_for_purge(&id)?;
    tell(&actor, &found);
    if !args.yes && !is_confirmed(&args.id)? {
        return Err(AppError::Failed("nothing was changed".to_owned()));
    }
    let pipeline = setup::pipeline(config, store, ruleset)?;
    let mut places = BTreeMap::new();
    for article in &found.articles {
        places.insert(*article, pipeline.words_of(*article, &found.ids)?);
    }
    let left = pipeline.store.purge(&found, &places, Timestamp::now())?;
    println!("Removed. The file was written anew; its ids are answered with \u{201c}removed on request\u{201d}.");
    if !left.is_empty() {
        let ids: Vec<String> = left.iter().take(LEFT_SHOWN).map(ToString::to_string).collect();
        println!(
            "In {} that carried a copy the words were not found; look at the table articles, id {}.",
            plural(left.len(), "article"),
            ids.join(", ")
        );
    }
    Ok(())
}

/// Says what goes and what stays.
fn tell(actor: &Actor, found: &Purge) {
    println!("Removed for good, with no way back: {} ({})", actor.name, actor.id);
    println!("  the words of {}, overwritten in {}", plural(found.statements(), "statement"), plural(found.articles.len(), "article"));
    println!("  stances and mentions in {} of others", plural(found.others(), "statement"));
    println!("  names, posts, corrections\u{2019} reasons, alerts that wait, what follows the actor, the entries in the search index");
    println!("What stays: the ids; that nothing of the actor is collected; what others said and what outlets wrote themselves.");
    if actor.origin == ActorOrigin::Data {
        println!("The name stays in the data files: take its block out there.");
    }
    if actor.origin == ActorOrigin::User {
        println!("Texts that name the actor again make it somebody new; !actor forget hides that one too.");
    }
    println!("Copies of the database, such as backups, keep everything. The file is written anew; that takes its size twice on the disk.");
}

/// Asks for the id; without a terminal nobody can be asked.
fn is_confirmed(id: &str) -> Result<bool, AppError> {
    let failed = |error: std::io::Error| AppError::Failed(format!("cannot ask: {error}"));
    if !std::io::stdin().is_terminal() {
        return Err(AppError::Failed("nobody can be asked here; --yes goes on without".to_owned()));
    }
    print!("Type the id to go on: ");
    std::io::stdout().flush().map_err(failed)?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(failed)?;
    Ok(answer.trim() == id)
}
