//! Discord as a chat: commands by prefix, mention, slash and button, answers as embeds, alerts, all over one token.
//!
//! Of the library serenity only Discord's vocabulary is used: its gateway goes deaf or spins on some faults, and its HTTP client keeps
//! neither a global limit nor the wait of a refusal. The way here: `gateway` and `socket` bring events, `desk` answers them through
//! `rest`, `post` brings alerts, `catchup` finds what was missed. No command's logic and no permission is decided here.

mod answer;
mod catchup;
mod desk;
mod gateway;
mod guilds;
mod keeper;
mod limits;
mod memory;
mod notice;
mod online;
mod options;
mod post;
mod register;
mod removal;
mod rest;
mod slash;
mod socket;
mod wire;

pub use gateway::Pace;
pub use online::{invite_link, look_online};
pub use options::{API_URL, ContentIntent, DiscordOptions};

use super::{Answerer, FaceError, Platform, SendError, Sent};
use crate::model::{ChannelId, OutboxId};
use crate::reply::Reply;
use async_trait::async_trait;
use catchup::Missed;
use desk::Desk;
use gateway::{Event, Identity, Security, Shard, Turns, Vitals, entry};
use guilds::Guilds;
use jiff::Timestamp;
use post::{Before, Poster};
use rest::{Call, Failure, Rest};
use serenity::model::gateway::GatewayIntents;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use wire::{Id, id};

/// The platform's name in [`ChannelId::platform`].
pub const DISCORD: &str = "discord";
/// Events that may wait to be answered; a shard reads no further while they do.
const EVENTS_MAX: usize = 2_000;
/// Events that are under way at the same time, most of them waiting: for their turn to be worked on, or for a limit.
const UNDER_WAY_MAX: usize = 1_000;
/// Commands that are worked on at the same time: each needs a thread of the store for some milliseconds.
const WORK_AT_ONCE: usize = 64;
/// Servers that are looked through for missed commands at the same time: few, since all share one limit.
const LOOKS_AT_ONCE: usize = 4;
/// Time that answers under way get at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Gives a channel as the rest of the bot names it.
fn channel_id(channel: Id) -> ChannelId {
    ChannelId { platform: DISCORD.to_owned(), room: channel.to_string() }
}

/// Waits for the stop signal, or for the end of who could send it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // an error means that the sender is gone, which ends the wait as well
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Discord as a chat.
pub struct Discord {
    options: DiscordOptions,
    rest: Arc<Rest>,
    guilds: Arc<Mutex<Guilds>>,
    forums: Mutex<BTreeMap<Id, Id>>,
    /// Which messages are which alerts, of those that this process posted of late.
    posted: Mutex<BTreeMap<Id, OutboxId>>,
    own: AtomicU64,
    undecodable: Arc<AtomicU64>,
    /// Whether messages come with their words.
    sees_content: Arc<AtomicBool>,
    shards: Mutex<Vec<Arc<Vitals>>>,
    /// Of no shard: whether there are any yet.
    starting: Vitals,
}

/// Who the bot is, as Discord says.
#[derive(Clone, Copy, Debug)]
struct Own {
    user: Id,
    application: Id,
    /// What the application may do; none where it cannot be asked.
    flags: Option<u64>,
}

impl Discord {
    /// Makes the face; nothing is sent before it runs.
    ///
    /// # Errors
    /// A sentence when the HTTP client cannot be set up.
    pub fn new(options: DiscordOptions) -> Result<Self, String> {
        let rest = Arc::new(Rest::new(&options.api_url, options.token.clone())?);
        let undecodable = Arc::<AtomicU64>::default();
        let deaf_after = options.pace.deaf_after;
        Ok(Self {
            options,
            rest,
            guilds: Arc::default(),
            forums: Mutex::default(),
            posted: Mutex::default(),
            own: AtomicU64::new(0),
            starting: Vitals::new(undecodable.clone(), deaf_after),
            undecodable,
            sees_content: Arc::default(),
            shards: Mutex::default(),
        })
    }

    /// Gives how many events of known kinds could not be read.
    pub fn undecodable(&self) -> u64 {
        self.undecodable.load(Ordering::Relaxed)
    }

    fn poster(&self) -> Poster<'_> {
        let own = self.own.load(Ordering::Relaxed);
        Poster { rest: &self.rest, guilds: &self.guilds, forums: &self.forums, posted: &self.posted, own }
    }

    /// Asks who the bot is, again and again while Discord cannot be reached.
    async fn introduce(&self) -> Result<Own, FaceError> {
        let mut wait = self.options.pace.reconnect_first;
        loop {
            match who_am_i(&self.rest).await {
                Ok(own) => {
                    self.own.store(own.user, Ordering::Relaxed);
                    return Ok(own);
                }
                Err(failure) if failure.is_unauthorized() => return Err(bad_token()),
                Err(failure) => tracing::warn!(%failure, "Discord cannot be reached yet"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(self.options.pace.reconnect_longest);
        }
    }

    /// Waits until the token is refused twice, with some time in between: Discord has refused good ones by mistake.
    async fn token_refused(&self) -> FaceError {
        loop {
            self.rest.locked_out().await;
            tracing::warn!("Discord does not accept the token any more; nothing is sent until it was tried again");
            let refused = loop {
                tokio::time::sleep(self.options.pace.answer_wait).await;
                self.rest.unlock();
                match who_am_i(&self.rest).await {
                    Ok(_) => break false,
                    Err(failure) if failure.is_unauthorized() => break true,
                    Err(failure) => tracing::warn!(%failure, "the token cannot be tried again yet"),
                }
            };
            if refused {
                return bad_token();
            }
        }
    }

    fn intents(&self, own: Own) -> Result<GatewayIntents, FaceError> {
        let without = GatewayIntents::GUILDS
            | GatewayIntents::GUILD_MESSAGES
            | GatewayIntents::GUILD_MESSAGE_REACTIONS
            | GatewayIntents::DIRECT_MESSAGES
            | GatewayIntents::DIRECT_MESSAGE_REACTIONS;
        let has_content = own.flags.is_none_or(|flags| flags & online::CONTENT_FLAGS != 0);
        match self.options.content {
            ContentIntent::Off => Ok(without),
            // The gateway has the last word (4014): servers that speak Discord's language may know no flags.
            ContentIntent::Required if !has_content => Err(no_content()),
            ContentIntent::Auto | ContentIntent::Required => Ok(without | GatewayIntents::MESSAGE_CONTENT),
        }
    }

    /// Keeps all shards connected; starts anew where Discord wants other intents or more shards.
    async fn connect(&self, own: Own, events: &mpsc::Sender<Event>, stop: &watch::Receiver<bool>) -> Result<(), FaceError> {
        let mut intents = self.intents(own)?;
        let mut may_reshard = true;
        loop {
            let count = match entry(&self.rest).await {
                Ok(entry) => entry.shards,
                Err(failure) if failure.is_unauthorized() => return Err(bad_token()),
                Err(failure) => {
                    tracing::warn!(%failure, "the number of shards cannot be asked for yet");
                    tokio::time::sleep(self.options.pace.reconnect_first).await;
                    continue;
                }
            };
            self.sees_content.store(intents.contains(GatewayIntents::MESSAGE_CONTENT), Ordering::Relaxed);
            match self.run_shards((count, intents), events, stop).await {
                Ok(()) => return Ok(()),
                Err(4_014) if intents.contains(GatewayIntents::MESSAGE_CONTENT) && self.options.content == ContentIntent::Auto => {
                    tracing::warn!("{}", online::NO_CONTENT);
                    intents.remove(GatewayIntents::MESSAGE_CONTENT);
                }
                Err(4_011) if may_reshard => may_reshard = false,
                Err(code) => return Err(refusal(code)),
            }
        }
    }

    async fn run_shards(
        &self,
        (count, intents): (u32, GatewayIntents),
        events: &mpsc::Sender<Event>,
        stop: &watch::Receiver<bool>,
    ) -> Result<(), u16> {
        let turns = Arc::new(Turns::new(self.options.pace.identify_gap));
        let vitals: Vec<Arc<Vitals>> =
            (0..count).map(|_| Arc::new(Vitals::new(self.undecodable.clone(), self.options.pace.deaf_after))).collect();
        *self.shards.lock().unwrap_or_else(PoisonError::into_inner) = vitals.clone();
        let is_encrypted = self.options.api_url.starts_with("https://");
        let mut shards = JoinSet::new();
        for (index, vitals) in (0..count).zip(vitals) {
            let shard = Shard {
                identity: Identity { token: self.options.token.clone(), intents: intents.bits(), shard: (index, count) },
                rest: self.rest.clone(),
                security: if is_encrypted { Security::Encrypted } else { Security::Any },
                events: events.clone(),
                vitals,
                turns: turns.clone(),
                pace: self.options.pace,
                stop: stop.clone(),
            };
            shards.spawn(shard.run());
        }
        // The first shard that is refused ends the others: they are dropped with the set.
        while let Some(ended) = shards.join_next().await {
            match ended {
                Ok(outcome) => outcome?,
                Err(error) => tracing::error!(%error, "a shard failed"),
            }
        }
        Ok(())
    }
}

async fn who_am_i(rest: &Rest) -> Result<Own, Failure> {
    let unclear = || Failure::Unclear { reason: "it does not say who the bot is".to_owned() };
    let user = rest.ask(&Call::get("/users/@me").patient(Duration::from_secs(10))).await?;
    let user = id(&user["id"]).ok_or_else(unclear)?;
    for path in ["/applications/@me", "/oauth2/applications/@me"] {
        match rest.ask(&Call::get(path).patient(Duration::from_secs(10))).await {
            Ok(found) => {
                let application = id(&found["id"]).ok_or_else(unclear)?;
                return Ok(Own { user, application, flags: found["flags"].as_u64() });
            }
            Err(failure) if failure.is_unknown_route() => {}
            Err(failure) => return Err(failure),
        }
    }
    // An application and its bot share their id.
    Ok(Own { user, application: user, flags: None })
}

fn bad_token() -> FaceError {
    let words = "Discord does not accept the token; make a new one in the developer portal under Bot, Reset Token, and put it into \
                 DISCORD_TOKEN or into the file that DISCORD_TOKEN_FILE names";
    FaceError::Token(words.to_owned())
}

fn no_content() -> FaceError {
    let words = "the configuration says message_content = \"on\", but the application is not allowed to read the content of messages; turn on \
                 MESSAGE CONTENT INTENT in the developer portal under Bot, or set message_content = \"auto\"";
    FaceError::Intents(words.to_owned())
}

/// Says what a final close code means (events/gateway: close event codes).
fn refusal(code: u16) -> FaceError {
    match code {
        4_004 => bad_token(),
        4_013 => {
            FaceError::Intents("Discord does not know the intents that this version asks for (4013); a newer version may help".to_owned())
        }
        4_014 => no_content(),
        4_010 | 4_011 => FaceError::Shard(format!(
            "Discord does not accept the division into shards ({code}); start again in a few minutes, as the number is asked for anew"
        )),
        _ => FaceError::Failed(format!("Discord closed the connection for good ({code}); a newer version may help")),
    }
}

/// Answers events as they come, a bounded number at a time, until `stop`; then those under way get a moment.
async fn serve(desk: Arc<Desk>, mut events: mpsc::Receiver<Event>, mut stop: watch::Receiver<bool>) {
    let slots = Arc::new(Semaphore::new(UNDER_WAY_MAX));
    let looks = Arc::new(Semaphore::new(LOOKS_AT_ONCE));
    let (mut answers, mut looking) = (JoinSet::new(), JoinSet::new());
    loop {
        let event = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            event = events.recv() => match event {
                Some(event) => event,
                None => break,
            },
            Some(_) = answers.join_next(), if !answers.is_empty() => continue,
            Some(_) = looking.join_next(), if !looking.is_empty() => continue,
        };
        // What changes the picture of the servers is taken over in order, before anything is answered by it.
        desk.guilds().note(&event.kind, &event.data, desk.own);
        if guilds::CHANGERS.contains(&event.kind.as_str()) {
            desk.memory().forget_refusals();
        }
        let missed = match event.kind.as_str() {
            "READY" => Some(Missed::Private),
            "GUILD_CREATE" => Missed::of_server(&event.data),
            _ => None,
        };
        if let Some(missed) = missed {
            // Looking back waits for limits and must not hold up who asks now. It keeps nothing of the event: a server is large.
            let (desk, turn) = (desk.clone(), looks.clone());
            looking.spawn(async move {
                let _turn = turn.acquire_owned().await;
                desk.catch_up(missed).await;
            });
            continue;
        }
        if !matters(&event.kind) {
            continue;
        }
        let slot = tokio::select! {
            biased;
            () = stopped(&mut stop) => break,
            slot = slots.clone().acquire_owned() => slot,
        };
        let desk = desk.clone();
        answers.spawn(async move {
            let _slot = slot;
            desk.take(event).await;
        });
    }
    // What is not done by then is dropped: its question can be asked again.
    let _ = tokio::time::timeout(LAST_ANSWERS, async { while answers.join_next().await.is_some() {} }).await;
}

fn matters(kind: &str) -> bool {
    matches!(kind, "MESSAGE_CREATE" | "MESSAGE_UPDATE" | "INTERACTION_CREATE" | "MESSAGE_REACTION_ADD")
}

#[async_trait]
impl Platform for Discord {
    fn name(&self) -> &'static str {
        DISCORD
    }

    async fn run(&self, answerer: Arc<dyn Answerer>, mut stop: watch::Receiver<bool>) -> Result<(), FaceError> {
        let own = tokio::select! {
            biased;
            () = stopped(&mut stop) => return Ok(()),
            own = self.introduce() => own?,
        };
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let desk = Arc::new(Desk {
            options: self.options.clone(),
            rest: self.rest.clone(),
            answerer,
            guilds: self.guilds.clone(),
            memory: Mutex::new(keeper::recall(&self.options.state_dir)),
            own: own.user,
            application: own.application,
            undecodable: self.undecodable.clone(),
            sees_content: self.sees_content.clone(),
            remembered: Notify::new(),
            work: Semaphore::new(WORK_AT_ONCE),
        });
        let stops = stop.clone();
        let registering = register::keep_registered(&self.rest, own.application, &self.options);
        let connecting = async {
            tokio::select! {
                biased;
                outcome = self.connect(own, &sender, &stops) => outcome,
                () = register::then_for_ever(registering) => Ok(()),
            }
        };
        let serving = tokio::spawn(serve(desk.clone(), events, stop.clone()));
        let keeping = keeper::keep(&desk, stop.clone());
        let outcome = tokio::select! {
            biased;
            outcome = connecting => outcome,
            () = register::then_for_ever(keeping) => Ok(()),
            error = self.token_refused() => Err(error),
            // Shards end by the signal themselves; this is for the moments between connections.
            () = async { stopped(&mut stop).await; tokio::time::sleep(LAST_ANSWERS).await } => Ok(()),
        };
        drop(sender);
        if let Err(error) = serving.await {
            tracing::error!(%error, "answering ended with a failure");
        }
        keeper::write(&desk).await;
        outcome
    }

    async fn post(&self, channel: &ChannelId, id: OutboxId, reply: &Reply) -> Result<Sent, SendError> {
        self.poster().post(channel, (id, Before::Never), reply).await
    }

    async fn post_uncertain(&self, channel: &ChannelId, (id, since): (OutboxId, Timestamp), reply: &Reply) -> Result<Sent, SendError> {
        if self.own.load(Ordering::Relaxed) == 0 {
            return Err(SendError::Retry {
                reason: "Discord is not connected yet".to_owned(),
                after: Some(self.options.pace.reconnect_first),
            });
        }
        self.poster().post(channel, (id, Before::Since(since)), reply).await
    }

    async fn edit(&self, channel: &ChannelId, message: &str, reply: &Reply) -> Result<(), SendError> {
        self.poster().edit(channel, message, reply).await
    }

    async fn tell(&self, user: &str, key: &str, reply: &Reply) -> Result<(), SendError> {
        post::tell(&self.rest, (user, key), reply).await
    }

    fn reopened(&self, paused: &[ChannelId]) -> Vec<ChannelId> {
        let ids: Vec<Id> = paused.iter().filter_map(|channel| channel.room.parse().ok()).collect();
        let mut guilds = self.guilds.lock().unwrap_or_else(PoisonError::into_inner);
        guilds.reopened(&ids, self.own.load(Ordering::Relaxed)).into_iter().map(channel_id).collect()
    }

    fn unread_events(&self) -> u64 {
        self.undecodable()
    }

    fn is_well(&self) -> Option<bool> {
        let shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        Some(if shards.is_empty() { self.starting.is_well() } else { shards.iter().all(|vitals| vitals.is_well()) })
    }
}
