//! What the stand-in knows: servers, channels, people, messages, interactions, and what the bot asked for.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

pub const TOKEN: &str = "test-token.of-no.value";
pub const APP: &str = "1000000000000000001";
pub const BOT: &str = "1000000000000000002";
pub const GUILD: &str = "1000000000000000010";
pub const CHANNEL: &str = "1000000000000000011";
pub const OTHER_CHANNEL: &str = "1000000000000000012";
pub const OWNER: &str = "1000000000000000020";
pub const MODERATOR: &str = "1000000000000000021";
pub const READER: &str = "1000000000000000022";
/// The role of those who may manage the server.
const MANAGERS: &str = "1000000000000000030";
/// Milliseconds of Discord's epoch since 1970.
const EPOCH_MILLIS: u128 = 1_420_070_400_000;
/// View, send, embed, attach, read history, send in threads, reactions.
const EVERYBODY: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 38 | 1 << 6;
const MANAGE_GUILD: u64 = 1 << 5;
const EMBED_LINKS: u64 = 1 << 14;
const MESSAGE_CONTENT: u64 = 1 << 15;

/// How a channel takes what the bot sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Room {
    #[default]
    Open,
    /// 50001.
    NoAccess,
    /// 50013.
    NoSending,
    /// No embeds: the permission is missing, and 50013 for who tries.
    NoEmbeds,
    /// 10003.
    Gone,
    /// 200000: a rule of AutoMod matches.
    AutoMod,
    /// 50083 until it is opened.
    Archived,
    /// 20016.
    Slow,
    /// Reading back is refused (50001), and so are replies (160002).
    NoHistory,
}

/// What is answered instead of, or after, what was asked.
#[derive(Clone, Debug)]
pub struct Fault {
    pub method: &'static str,
    pub path: &'static str,
    /// 0: the connection is cut without an answer.
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
    pub times: u32,
    /// What was asked is done all the same, and only its answer replaced.
    pub acts: bool,
}

impl Fault {
    pub fn new(method: &'static str, path: &'static str, status: u16) -> Self {
        let body = json!({"code": 0, "message": "the stand-in fails on purpose"});
        Self { method, path, status, headers: Vec::new(), body, times: 1, acts: false }
    }
}

/// A channel.
#[derive(Clone, Debug)]
pub struct Channel {
    pub guild: Option<String>,
    pub kind: u64,
    pub parent: Option<String>,
    pub room: Room,
}

/// An interaction and what came of it.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub token: String,
    pub channel: String,
    pub began: Instant,
    /// The callback.
    pub answer: Option<Value>,
    /// The message that it made, or that its button stands on.
    pub message: Option<String>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub path: String,
    pub files: Vec<(String, Vec<u8>)>,
    pub status: u16,
}

/// Everything.
pub struct World {
    pub channels: BTreeMap<String, Channel>,
    pub messages: Vec<Value>,
    pub interactions: BTreeMap<String, Interaction>,
    pub commands: Vec<(String, Value)>,
    pub requests: Vec<Asked>,
    pub violations: Vec<String>,
    pub faults: Vec<Fault>,
    /// Whether a nonce is still recognised.
    pub recalls_nonces: bool,
    /// Messages that a channel takes in a window of this many milliseconds; none: any number.
    pub rate: Option<(usize, u64)>,
    pub spent: BTreeMap<String, (Instant, usize)>,
    /// Requests that are taken in a second over all routes but those of interactions; none: any number.
    pub global_rate: Option<usize>,
    pub global_spent: (Instant, usize),
    /// When each question, by message or interaction, was first answered.
    pub answered: BTreeMap<String, Instant>,
    /// Further servers that are announced at the start of a session.
    pub crowd: usize,
    /// People who may manage the server besides [`MODERATOR`], and those who have a name of their own in it.
    pub managers: BTreeSet<String>,
    pub nicks: BTreeMap<String, String>,
    pub app_flags: u64,
    pub shards: u32,
    pub sessions_left: u32,
    // the gateway
    pub heartbeat_millis: u64,
    pub acks: bool,
    pub resume: Resume,
    pub refuses_upgrade: bool,
    pub close_on_identify: Option<u16>,
    pub identifies: Vec<Value>,
    pub resumes: Vec<Value>,
    pub opened: u32,
    pub heartbeats: u32,
    pub closes: Vec<Option<u16>>,
    pub intents: u64,
    pub ready: bool,
    pub seq: u64,
    pub history: Vec<(u64, String, Value)>,
    next: u128,
}

/// What is answered to RESUME.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    Works,
    Refused,
    Silent,
}

impl Default for World {
    fn default() -> Self {
        let channel = || Channel { guild: Some(GUILD.to_owned()), kind: 0, parent: None, room: Room::Open };
        Self {
            channels: [(CHANNEL.to_owned(), channel()), (OTHER_CHANNEL.to_owned(), channel())].into(),
            messages: Vec::new(),
            interactions: BTreeMap::new(),
            commands: Vec::new(),
            requests: Vec::new(),
            violations: Vec::new(),
            faults: Vec::new(),
            recalls_nonces: true,
            rate: None,
            spent: BTreeMap::new(),
            global_rate: None,
            global_spent: (Instant::now(), 0),
            answered: BTreeMap::new(),
            crowd: 0,
            managers: BTreeSet::new(),
            nicks: BTreeMap::new(),
            app_flags: 1 << 19,
            shards: 1,
            sessions_left: 1_000,
            heartbeat_millis: 41_250,
            acks: true,
            resume: Resume::Works,
            refuses_upgrade: false,
            close_on_identify: None,
            identifies: Vec::new(),
            resumes: Vec::new(),
            opened: 0,
            heartbeats: 0,
            closes: Vec::new(),
            intents: 0,
            ready: false,
            seq: 0,
            history: Vec::new(),
            next: 0,
        }
    }
}

impl World {
    /// Makes an id of this moment that is larger than every one before.
    pub fn id(&mut self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() - EPOCH_MILLIS;
        self.next = (self.next + 1).max(now << 22);
        self.next.to_string()
    }

    pub fn guild_of(&self, channel: &str) -> Option<&str> {
        self.channels.get(channel)?.guild.as_deref()
    }

    pub fn message(&self, id: &str) -> Option<&Value> {
        self.messages.iter().find(|message| message["id"] == id)
    }

    /// The messages of the bot in a channel, oldest first.
    pub fn own_in(&self, channel: &str) -> Vec<&Value> {
        self.messages.iter().filter(|message| message["channel_id"] == channel && message["author"]["id"] == BOT).collect()
    }

    /// The bot's message that answers another.
    pub fn reply_to(&self, id: &str) -> Option<&Value> {
        self.messages.iter().find(|message| message["message_reference"]["message_id"] == id && message["author"]["id"] == BOT)
    }

    pub fn user(id: &str) -> Value {
        json!({"id": id, "username": format!("user-{id}"), "discriminator": "0", "avatar": null, "bot": id == BOT})
    }

    pub fn member(&self, id: &str) -> Value {
        let roles = if self.manages(id) { json!([MANAGERS]) } else { json!([]) };
        json!({"user": Self::user(id), "roles": roles, "nick": self.nicks.get(id), "joined_at": "2025-01-01T00:00:00+00:00", "deaf": false, "mute": false, "flags": 0})
    }

    fn manages(&self, user: &str) -> bool {
        user == MODERATOR || self.managers.contains(user)
    }

    /// What somebody may do, as an interaction tells.
    fn permissions(&self, user: &str) -> u64 {
        match user {
            OWNER => u64::MAX >> 12,
            _ if self.manages(user) => EVERYBODY | MANAGE_GUILD,
            _ => EVERYBODY,
        }
    }

    /// Makes a message, as HTTP shows it.
    pub fn new_message(&mut self, channel: &str, user: &str, content: &str) -> Value {
        json!({
            "id": self.id(), "channel_id": channel, "author": Self::user(user), "content": content,
            "timestamp": "2025-12-10T12:00:00.000000+00:00", "edited_timestamp": null, "tts": false, "mention_everyone": false,
            "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "components": [], "pinned": false, "type": 0, "flags": 0,
        })
    }

    /// Somebody writes; gives the event.
    pub fn write(&mut self, channel: &str, user: &str, content: &str) -> Value {
        let message = self.new_message(channel, user, content);
        self.messages.push(message.clone());
        self.event(message)
    }

    /// Makes the event of a message, without what this application may not see.
    pub fn event(&self, mut message: Value) -> Value {
        let channel = message["channel_id"].as_str().unwrap().to_owned();
        let author = message["author"]["id"].as_str().unwrap().to_owned();
        if let Some(guild) = self.guild_of(&channel) {
            message["guild_id"] = json!(guild);
            message["member"] = self.member(&author);
            let content = message["content"].as_str().unwrap();
            let is_seen = author == BOT || content.contains(&format!("<@{BOT}>")) || message["referenced_message"]["author"]["id"] == BOT;
            if self.intents & MESSAGE_CONTENT == 0 && !is_seen {
                for key in ["embeds", "attachments", "components"] {
                    message[key] = json!([]);
                }
                message["content"] = json!("");
            }
        }
        message
    }

    /// Somebody edits a message; gives the event.
    pub fn rewrite(&mut self, id: &str, content: &str) -> Value {
        let message = self.messages.iter_mut().find(|message| message["id"] == id).unwrap();
        message["content"] = json!(content);
        message["edited_timestamp"] = json!("2025-12-10T12:01:00.000000+00:00");
        let message = message.clone();
        self.event(message)
    }

    /// Somebody uses a command or a button; gives the event.
    pub fn interact(&mut self, (channel, user): (&str, &str), kind: u8, data: Value) -> Value {
        let id = self.id();
        let token = format!("token-of-{id}");
        let (channel_owned, began) = (channel.to_owned(), Instant::now());
        let interaction = Interaction { token: token.clone(), channel: channel_owned, began, answer: None, message: None };
        self.interactions.insert(id.clone(), interaction);
        let room = self.channels.get(channel).map(|channel| channel.room).unwrap_or_default();
        let own = if room == Room::NoEmbeds { EVERYBODY & !EMBED_LINKS } else { EVERYBODY };
        let mut event = json!({
            "id": id, "application_id": APP, "type": kind, "token": token, "version": 1, "channel_id": channel, "locale": "en-US",
            "entitlements": [], "attachment_size_limit": 10_485_760, "app_permissions": own.to_string(), "data": data,
        });
        match self.guild_of(channel) {
            Some(guild) => {
                event["guild_id"] = json!(guild);
                event["member"] = self.member(user);
                event["member"]["permissions"] = json!(self.permissions(user).to_string());
            }
            None => event["user"] = Self::user(user),
        }
        event
    }

    /// The server, as GUILD_CREATE tells of it.
    pub fn guild(&self, id: &str) -> Value {
        let in_guild = |thread: bool| {
            let of =
                self.channels.iter().filter(move |(_, channel)| channel.guild.as_deref() == Some(id) && (channel.kind == 11) == thread);
            of.map(|(channel_id, channel)| self.channel(channel_id, channel)).collect::<Vec<Value>>()
        };
        json!({
            "id": id, "name": "News", "owner_id": OWNER, "joined_at": "2025-01-01T00:00:00+00:00", "large": false, "member_count": 4,
            "preferred_locale": "en-US", "features": [], "emojis": [], "stickers": [], "voice_states": [], "presences": [],
            "stage_instances": [], "guild_scheduled_events": [], "channels": in_guild(false), "threads": in_guild(true),
            "members": [self.member(BOT)],
            "roles": [
                {"id": id, "name": "@everyone", "permissions": EVERYBODY.to_string(), "position": 0},
                {"id": MANAGERS, "name": "managers", "permissions": MANAGE_GUILD.to_string(), "position": 1},
            ],
        })
    }

    /// One of the further servers: 50 channels with three exceptions each, 16 roles, and what a server of middling size has besides.
    pub fn crowded(number: usize) -> Value {
        let base = 2_000_000_000_000_000_000 + (number as u64) * 1_000;
        let id = |offset: u64| (base + offset).to_string();
        let exceptions: Vec<Value> = (1..4).map(|role| json!({"id": id(role), "type": 0, "allow": "1024", "deny": "2048"})).collect();
        let channel = |place: u64| {
            json!({
                "id": id(100 + place), "type": u64::from(place.is_multiple_of(10)) * 4, "name": format!("channel-{place}"), "position": place,
                "topic": "What belongs here is said in the rules; please read them before you write.", "nsfw": false, "flags": 0,
                "parent_id": id(100 + place / 10 * 10), "rate_limit_per_user": 0, "last_message_id": "1200000000000000000",
                "permission_overwrites": exceptions,
            })
        };
        let role = |place: u64| {
            json!({
                "id": id(place), "name": format!("role {place}"), "permissions": EVERYBODY.to_string(), "position": place, "color": 0,
                "colors": {"primary_color": 0, "secondary_color": null, "tertiary_color": null}, "hoist": false, "managed": false,
                "mentionable": false, "flags": 0, "icon": null, "unicode_emoji": null,
            })
        };
        let emoji =
            |place: u64| json!({"id": id(300 + place), "name": format!("emoji{place}"), "roles": [], "animated": false, "available": true});
        json!({
            "id": id(0), "name": format!("Server {number}"), "owner_id": OWNER, "joined_at": "2025-01-01T00:00:00+00:00", "large": true,
            "member_count": 700, "preferred_locale": "en-US", "features": ["COMMUNITY", "NEWS"], "stickers": [], "voice_states": [],
            "presences": [], "stage_instances": [], "guild_scheduled_events": [], "threads": [], "soundboard_sounds": [],
            "channels": (0..50).map(channel).collect::<Vec<Value>>(), "roles": (0..16).map(role).collect::<Vec<Value>>(),
            "emojis": (0..40).map(emoji).collect::<Vec<Value>>(),
            "members": [{"user": Self::user(BOT), "roles": [id(1)], "joined_at": "2025-01-01T00:00:00+00:00", "deaf": false, "mute": false}],
        })
    }

    pub fn channel(&self, id: &str, channel: &Channel) -> Value {
        let newest = self.messages.iter().rev().find(|message| message["channel_id"] == id).map(|message| message["id"].clone());
        let denied = match channel.room {
            Room::NoEmbeds => EMBED_LINKS,
            Room::NoSending => 1 << 11,
            _ => 0,
        };
        let guild = channel.guild.clone().unwrap_or_default();
        json!({
            "id": id, "type": channel.kind, "name": format!("channel-{id}"), "guild_id": channel.guild, "parent_id": channel.parent,
            "last_message_id": newest, "owner_id": BOT,
            "permission_overwrites": [{"id": guild, "type": 0, "allow": "0", "deny": denied.to_string()}],
        })
    }

    pub fn requests_shown(&self) -> String {
        let lines = self.requests.iter().rev().take(30).map(|asked| format!("{} {} {}", asked.status, asked.method, asked.path));
        lines.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}
