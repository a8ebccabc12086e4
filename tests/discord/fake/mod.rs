//! A stand-in for Discord on loopback: its HTTP interface and its gateway, with the rules that matter to a bot and every way of failing.
//!
//! Written from Discord's documentation. What breaks a rule is refused with Discord's own code; what Discord would bear but the bot
//! must never do (a message that may mention somebody) is kept in `violations` and fails the test that looks there.

mod gateway;
mod http;
mod routes;
mod rules;
mod world;

pub use gateway::Push;
pub use world::{APP, BOT, CHANNEL, Fault, GUILD, MODERATOR, OTHER_CHANNEL, OWNER, READER, Resume, Room, TOKEN, World};

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};

/// Longest wait for something to happen; a loaded machine takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stand-in; clones are the same one.
#[derive(Clone)]
pub struct Fake {
    world: Arc<Mutex<World>>,
    changed: Arc<watch::Sender<u64>>,
    pushes: broadcast::Sender<Push>,
    pub api: SocketAddr,
    pub gateway: SocketAddr,
}

impl Fake {
    /// Starts it on two free ports of loopback.
    pub async fn start() -> Self {
        let api = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let fake = Self {
            world: Arc::default(),
            changed: Arc::new(watch::channel(0).0),
            pushes: broadcast::channel(1_000).0,
            api: api.local_addr().unwrap(),
            gateway: gateway.local_addr().unwrap(),
        };
        tokio::spawn(http::serve(fake.clone(), api));
        tokio::spawn(gateway::serve(fake.clone(), gateway));
        fake
    }

    /// The address for the bot.
    pub fn url(&self) -> String {
        format!("http://{}", self.api)
    }

    /// Looks at the world, or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let result = look(&mut self.lock());
        self.changed.send_modify(|count| *count += 1);
        result
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something is there.
    #[track_caller]
    pub fn until<T>(&self, what: &'static str, look: impl Fn(&World) -> Option<T>) -> impl Future<Output = T> {
        let place = std::panic::Location::caller();
        let fake = self.clone();
        async move {
            let mut changes = fake.changed.subscribe();
            let waiting = async {
                loop {
                    changes.borrow_and_update();
                    if let Some(found) = look(&fake.lock()) {
                        return found;
                    }
                    changes.changed().await.unwrap();
                }
            };
            match tokio::time::timeout(PATIENCE, waiting).await {
                Ok(found) => found,
                Err(_) => panic!("{place}: waited in vain for {what}; requests:\n{}", fake.lock().requests_shown()),
            }
        }
    }

    /// Sends something over the open connections of the gateway.
    pub fn push(&self, push: Push) {
        // nobody connected is no mistake
        let _ = self.pushes.send(push);
    }

    /// Lets something happen: numbered, remembered for RESUME, sent to who is connected.
    pub fn dispatch(&self, kind: &str, data: Value) {
        self.push(Push::Dispatch(kind.to_owned(), data));
    }

    /// Somebody writes a message; gives its id.
    pub fn say(&self, channel: &str, user: &str, content: &str) -> String {
        let event = self.with(|world| world.write(channel, user, content));
        let id = event["id"].as_str().unwrap().to_owned();
        self.dispatch("MESSAGE_CREATE", event);
        id
    }

    /// Somebody writes a message of which the gateway tells nothing (the bot is away).
    pub fn say_unheard(&self, channel: &str, user: &str, content: &str) -> String {
        self.with(|world| world.write(channel, user, content))["id"].as_str().unwrap().to_owned()
    }

    /// Somebody edits a message.
    pub fn edit(&self, id: &str, content: &str) {
        let event = self.with(|world| world.rewrite(id, content));
        self.dispatch("MESSAGE_UPDATE", event);
    }

    /// Somebody reacts to a message.
    pub fn react(&self, (channel, message): (&str, &str), user: &str, emoji: &str) {
        let event = self.with(|world| {
            let author = world.message(message).map(|message| message["author"]["id"].clone()).unwrap_or_default();
            let mut event = json!({
                "user_id": user, "channel_id": channel, "message_id": message, "emoji": {"id": null, "name": emoji},
                "message_author_id": author, "burst": false, "type": 0,
            });
            if let Some(guild) = world.guild_of(channel) {
                event["guild_id"] = json!(guild);
                event["member"] = world.member(user);
            }
            event
        });
        self.dispatch("MESSAGE_REACTION_ADD", event);
    }

    /// Somebody, in a channel, uses a slash command; gives the interaction's id.
    pub fn slash(&self, at: (&str, &str), name: &str, options: Value) -> String {
        self.interaction(at, 2, json!({"id": "900", "type": 1, "name": name, "options": options}))
    }

    /// Somebody types an option of a slash command.
    pub fn type_option(&self, at: (&str, &str), name: &str, options: Value) -> String {
        self.interaction(at, 4, json!({"id": "900", "type": 1, "name": name, "options": options}))
    }

    /// Somebody presses a button of a message.
    pub fn press(&self, at: (&str, &str), message: &str, custom_id: &str) -> String {
        let id = self.interaction(at, 3, json!({"component_type": 2, "custom_id": custom_id}));
        self.with(|world| world.interactions.get_mut(&id).unwrap().message = Some(message.to_owned()));
        id
    }

    /// Somebody uses the command on a message.
    pub fn on_message(&self, at: (&str, &str), name: &str, message: Value) -> String {
        let id = message["id"].as_str().unwrap().to_owned();
        let data = json!({"id": "901", "type": 3, "name": name, "target_id": id, "resolved": {"messages": {id.clone(): message}}});
        self.interaction(at, 2, data)
    }

    fn interaction(&self, at: (&str, &str), kind: u8, data: Value) -> String {
        let event = self.with(|world| world.interact(at, kind, data));
        let id = event["id"].as_str().unwrap().to_owned();
        self.dispatch("INTERACTION_CREATE", event);
        id
    }

    /// Fails a test when the bot did what it must never do.
    pub fn assert_clean(&self) {
        let violations = self.lock().violations.clone();
        assert!(violations.is_empty(), "{}", violations.join("\n"));
    }
}

/// Makes a private channel of another one.
pub fn private_of(channel: world::Channel) -> world::Channel {
    world::Channel { guild: None, kind: 1, ..channel }
}

/// Makes a forum of another channel.
pub fn forum_of(channel: world::Channel) -> world::Channel {
    world::Channel { kind: 15, ..channel }
}

/// The id of the private channel with somebody.
pub fn private_with(user: &str) -> String {
    format!("9{}", &user[1..])
}
