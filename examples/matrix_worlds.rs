//! The face for Matrix on the worlds of the conversations (`tests/conversations/`), at their moment: one bot for each, until it is ended.
//! `tests/e2e/matrix_talk.py` starts it with a file that names the server and the bots, and holds the conversations with them.
#![expect(clippy::unwrap_used, reason = "what fails here fails the run, with its place")]

#[path = "../tests/conversations/stage.rs"]
#[expect(dead_code, reason = "of the conversations only their worlds are needed here")]
mod stage;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Deserialize;
use stancebot::app::matrix_ledger;
use stancebot::chat::matrix::{Matrix, MatrixOptions, MatrixPace};
use stancebot::chat::{Answerer, Platform, Secret};
use stancebot::commands::{Context, Incoming, Settings, run};
use stancebot::reply::Reply;
use stancebot::rules::{Ruleset, builtin_files};
use stancebot::store::Store;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Statements on a page, as the conversations have it.
const PAGE_SIZE: usize = 3;

#[derive(Deserialize)]
struct Wanted {
    homeserver: String,
    operators: Vec<String>,
    bots: Vec<Bot>,
}

#[derive(Deserialize)]
struct Bot {
    user: String,
    password: String,
    world: String,
    dir: PathBuf,
}

/// Answers from a world at its moment.
struct Answers {
    store: Store,
    ruleset: Arc<Ruleset>,
}

#[async_trait]
impl Answerer for Answers {
    async fn answer(&self, incoming: Incoming) -> Option<Reply> {
        let settings = Settings { page_size: PAGE_SIZE, ..Settings::default() };
        run(&Context { store: &self.store, ruleset: &self.ruleset, now: stage::now(), settings: &settings }, &incoming)
    }
}

fn options(wanted: &Wanted, bot: &Bot) -> MatrixOptions {
    MatrixOptions {
        homeserver: wanted.homeserver.clone(),
        user: Some(bot.user.clone()),
        password: Some(Secret::new(&bot.password)),
        token: None,
        operators: wanted.operators.clone(),
        allowed_users: Vec::new(),
        allowed_servers: Vec::new(),
        moderator_power: 50,
        cross_signed_only: false,
        dir: bot.dir.clone(),
        pace: MatrixPace::default(),
        clock: Timestamp::now,
    }
}

#[tokio::main]
async fn main() {
    let path = std::env::args().nth(1).expect("the first argument names a file with the server and the bots");
    let wanted: Wanted = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let ruleset = Arc::new(Ruleset::build(&builtin_files()).unwrap());
    // nobody sends on it: the run ends this program
    let (_stop, stopped) = watch::channel(false);
    let mut faces = JoinSet::new();
    for bot in &wanted.bots {
        let store = stage::world(&bot.world);
        let face = Matrix::new(options(&wanted, bot), matrix_ledger(store.clone()));
        let answers = Arc::new(Answers { store, ruleset: ruleset.clone() });
        let stopped = stopped.clone();
        faces.spawn(async move { face.run(answers, stopped).await });
    }
    let ended = faces.join_next().await;
    panic!("a face ended: {ended:?}");
}
