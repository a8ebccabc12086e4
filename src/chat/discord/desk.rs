//! Takes Discord's events and answers them: messages, edits, reactions, interactions. What a command means and who may use it is
//! decided in `commands`; here is only where the words stand and what the asking user may do.

use super::answer::{Body, EPHEMERAL, Look, Turn, message, without_blanks};
use super::channel_id;
use super::gateway::{Event, Pace};
use super::guilds::{Guilds, Member};
use super::memory::{Memory, fingerprint};
use super::options::DiscordOptions;
use super::rest::{Call, Failure, Rest};
use super::slash;
use super::wire::{Asked, Given, Id, Interaction, Message, Reaction, id, made_millis};
use crate::chat::Answerer;
use crate::commands::{self, Address, Incoming, Permission, Typing};
use crate::reply::{Inline, Reply, Tone};
use reqwest::Method;
use serde_json::{Value, json};
use serenity::model::Permissions;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

/// Time after which Discord has forgotten an interaction that was not answered (interactions/receiving-and-responding).
const INTERACTION_LIFE: Duration = Duration::from_secs(3);
/// Longest wait for a limit before an answer is given up: nobody waits longer for one.
pub(super) const ANSWER_PATIENCE: Duration = Duration::from_secs(30);
/// Longest wait for a limit of an answer to an interaction: its token lives 15 minutes, its reader less.
const INTERACTION_PATIENCE: Duration = Duration::from_secs(60);
/// Time after which a question in a channel shows that it is being worked on.
const TYPING_AFTER: Duration = Duration::from_secs(1);
/// Oldest message that is answered when it is edited or found later.
pub(super) const AGE_MAX: Duration = Duration::from_secs(600);
/// Suggestions for an option (interactions: 25 choices).
const SUGGESTIONS_MAX: usize = 25;
/// Longest name and value of a suggestion.
const SUGGESTION_CHARS_MAX: usize = 100;
/// Discord's codes: unknown channel, missing access, missing permissions, no private messages, no history for a reply.
pub(super) const NO_CHANNEL: &[u32] = &[10_003];
pub(super) const NO_ACCESS: &[u32] = &[50_001, 50_013];
const NO_HISTORY: &[u32] = &[160_002];
const UNKNOWN_MESSAGE: &[u32] = &[10_008];
/// The interaction was answered already (by a try whose answer was lost).
const ANSWERED_ALREADY: &[u32] = &[40_060];

/// What answers events.
pub(super) struct Desk {
    pub(super) options: DiscordOptions,
    pub(super) rest: Arc<Rest>,
    pub(super) answerer: Arc<dyn Answerer>,
    pub(super) guilds: Arc<Mutex<Guilds>>,
    pub(super) memory: Mutex<Memory>,
    /// The bot's user, and its application.
    pub(super) own: Id,
    pub(super) application: Id,
    /// Events of known kinds that could not be read.
    pub(super) undecodable: Arc<AtomicU64>,
    /// Whether messages come with their words.
    pub(super) sees_content: Arc<AtomicBool>,
    /// Says that something was remembered that is to outlive the process.
    pub(super) remembered: Notify,
    /// Turns to work on a command.
    pub(super) work: Semaphore,
}

/// Gives a lock's value; what is kept under these locks is whole after every step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        locked(&self.memory)
    }

    pub(super) fn guilds(&self) -> MutexGuard<'_, Guilds> {
        locked(&self.guilds)
    }

    /// Answers one event.
    pub(super) async fn take(&self, event: Event) {
        let data = &event.data;
        match event.kind.as_str() {
            "MESSAGE_CREATE" => match Message::read(data) {
                Some(message) => self.hear(message).await,
                None => self.undecodable("a message"),
            },
            // An update may hold a part of a message only; without an author it is none that matters.
            "MESSAGE_UPDATE" => {
                if let Some(message) = Message::read(data).filter(|message| message.is_edited) {
                    self.hear_again(message).await;
                }
            }
            "INTERACTION_CREATE" => match Interaction::read(data) {
                Some(interaction) => self.interact(interaction, event.received).await,
                None => self.undecodable("an interaction"),
            },
            "MESSAGE_REACTION_ADD" => match Reaction::read(data) {
                Some(reaction) => self.react(reaction).await,
                None => self.undecodable("a reaction"),
            },
            _ => {}
        }
    }

    fn undecodable(&self, what: &str) {
        let count = self.undecodable.fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(what, count, "Discord sent something that cannot be read");
    }

    /// Answers a message that is for the bot.
    pub(super) async fn hear(&self, message: Message) {
        if message.author == self.own || message.is_automatic || !message.is_written {
            return;
        }
        match message.guild {
            None => {
                if self.memory().saw_private(message.channel) {
                    self.remembered.notify_one();
                }
            }
            Some(server) if message.is_blank => self.note_blind(server).await,
            Some(_) => {}
        }
        let Some((address, text)) = self.addressed(&message) else { return };
        if self.memory().was_refused(message.channel) {
            return;
        }
        if self.memory().begin(message.id, message.author, &message.content) {
            self.answer_message(&message, (address, text), None).await;
        }
    }

    /// Answers an edited message anew, or for the first time when it was mistyped.
    async fn hear_again(&self, message: Message) {
        if message.author == self.own || message.is_automatic || !message.is_written {
            return;
        }
        let Some((address, text)) = self.addressed(&message) else { return };
        let Some(question) = self.memory().question(message.id) else {
            let now = self.options.now_millis();
            let is_new = now.saturating_sub(made_millis(message.id)) < AGE_MAX.as_millis() as u64;
            if is_new && self.memory().begin(message.id, message.author, &message.content) {
                self.answer_message(&message, (address, text), None).await;
            }
            return;
        };
        // What changed something is done once: an edit of it asks for nothing.
        if !question.has_changed && self.memory().reworded(message.id, &message.content) {
            self.answer_message(&message, (address, text), question.answer).await;
        }
    }

    /// Finds out whether a message is for the bot, and gives its words without the mention.
    pub(super) fn addressed(&self, message: &Message) -> Option<(Address, String)> {
        let content = message.content.trim();
        let mentions = [format!("<@{}>", self.own), format!("<@!{}>", self.own)];
        if let Some(rest) = mentions.iter().find_map(|mention| content.strip_prefix(mention.as_str())) {
            return Some((Address::Direct, rest.trim().to_owned()));
        }
        if message.guild.is_none() {
            return (!content.is_empty()).then(|| (Address::Direct, content.to_owned()));
        }
        if message.answers_author == Some(self.own) && commands::find(content).is_some() {
            return Some((Address::Direct, content.to_owned()));
        }
        // Every prefix begins with a mark; which one it is here is known to the settings.
        let first = content.chars().next()?;
        (!first.is_alphanumeric() && !first.is_whitespace()).then(|| (Address::Prefix, content.to_owned()))
    }

    async fn answer_message(&self, message: &Message, (address, text): (Address, String), earlier: Option<Id>) {
        let incoming = self.incoming(message, address, text);
        let answering = async {
            let _turn = self.work.acquire().await;
            self.answerer.answer(incoming).await
        };
        tokio::pin!(answering);
        let reply = match timeout(TYPING_AFTER, &mut answering).await {
            Ok(reply) => reply,
            Err(_) => {
                // a sign of life only; the answer comes all the same
                let _ = self.rest.ask(&Call::new(Method::POST, format!("/channels/{}/typing", message.channel))).await;
                answering.await
            }
        };
        let Some(reply) = reply else { return };
        self.note_page(message.channel, &reply);
        let sent = match earlier {
            Some(answer) => self.change(message.channel, answer, &reply).await,
            None => self.post(message, &reply).await,
        };
        match sent {
            Ok(value) => {
                if let Some(answer) = id(&value["id"]) {
                    self.memory().answered(message.id, answer, reply.has_changed);
                    self.remembered.notify_one();
                }
                self.tell_here(message).await;
            }
            Err(failure) => {
                if failure.has_code(NO_ACCESS) {
                    self.memory().is_refused(message.channel);
                }
                tracing::warn!(channel = message.channel, message = message.id, %failure, "an answer could not be given");
            }
        }
    }

    fn note_page(&self, channel: Id, reply: &Reply) {
        if let Some(paging) = &reply.paging {
            self.memory().paged(channel, paging.next());
        }
    }

    fn incoming(&self, message: &Message, address: Address, text: String) -> Incoming {
        let member = Member { user: message.author, roles: &message.roles };
        Incoming {
            channel: channel_id(message.channel),
            server: message.guild.map(|guild| guild.to_string()),
            user: message.author.to_string(),
            user_name: message.author_name.clone(),
            permission: self.permission(message.channel, member),
            power: None,
            next_page: self.memory().next_page(message.channel),
            // other words of the same message ask anew
            event: Some(format!("{}-{:x}", message.id, fingerprint(&message.content))),
            address,
            text,
        }
    }

    /// Tells what a member may ask of the bot, as far as Discord and the configuration say.
    fn permission(&self, channel: Id, member: Member<'_>) -> Permission {
        let granted = self.guilds().permissions(channel, member);
        self.rank(member, granted.unwrap_or(Permissions::empty()))
    }

    pub(super) fn rank(&self, member: Member<'_>, granted: Permissions) -> Permission {
        let has_role = member.roles.iter().any(|role| self.options.moderator_roles.contains(role));
        if self.options.operators.contains(&member.user) {
            Permission::Operator
        } else if has_role || granted.manage_guild() || granted.administrator() {
            Permission::Moderator
        } else {
            Permission::Member
        }
    }

    /// Gives how a message may look in a channel.
    pub(super) fn look(&self, channel: Id) -> Look {
        look_in(&self.guilds(), channel, self.own)
    }

    async fn post(&self, asked: &Message, reply: &Reply) -> Result<Value, Failure> {
        let send = |look: Look, with_reference: bool| {
            let Body { mut json, files } = message(reply, 0, look);
            without_blanks(&mut json);
            // The same question is answered once, whatever is sent twice.
            json["nonce"] = json!(asked.id.to_string());
            json["enforce_nonce"] = json!(true);
            if with_reference {
                json["message_reference"] = json!({"message_id": asked.id.to_string(), "fail_if_not_exists": false});
            }
            let path = format!("/channels/{}/messages", asked.channel);
            Call::new(Method::POST, path).body(json).files(files).patient(ANSWER_PATIENCE).repeatable()
        };
        let look = self.look(asked.channel);
        let sent = self.rest.ask(&send(look, true)).await;
        match sent {
            Err(failure) if failure.has_code(NO_HISTORY) => self.rest.ask(&send(look, false)).await,
            Err(failure) if failure.has_code(NO_ACCESS) && look == Look::Embed => self.rest.ask(&send(Look::Plain, false)).await,
            sent => sent,
        }
    }

    async fn change(&self, channel: Id, answer: Id, reply: &Reply) -> Result<Value, Failure> {
        let Body { json, files } = message(reply, 0, self.look(channel));
        let call = Call::new(Method::PATCH, format!("/channels/{channel}/messages/{answer}"));
        match self.rest.ask(&call.body(json).files(files).patient(ANSWER_PATIENCE).repeatable()).await {
            // It was removed in the meantime: nobody wants it back.
            Err(failure) if failure.has_code(UNKNOWN_MESSAGE) => Ok(Value::Null),
            changed => changed,
        }
    }

    async fn interact(&self, interaction: Interaction, received: Instant) {
        if received.elapsed() > INTERACTION_LIFE {
            tracing::warn!(interaction = interaction.id, "an interaction waited too long: Discord has forgotten it");
            return;
        }
        let asked = interaction.asked.clone();
        match asked {
            Asked::Typing { name, options } => self.suggest(&interaction, &name, &options).await,
            Asked::Slash { name, options } => {
                let privacy = if slash::is_public(&options) { 0 } else { EPHEMERAL };
                let answering = async {
                    let Some(entry) = slash::entry(&name) else { return outdated() };
                    self.run(&interaction, slash::typed(entry, &options)).await
                };
                self.answer_interaction(&interaction, answering, Way { part: 0, flags: privacy, turns: false, received }).await;
            }
            Asked::OnMessage { words, .. } => {
                let answering = async {
                    let _turn = self.work.acquire().await;
                    self.answerer.read(self.asked_by(&interaction, words)).await
                };
                self.answer_interaction(&interaction, answering, Way { part: 0, flags: EPHEMERAL, turns: false, received }).await;
            }
            Asked::Button { custom_id } => {
                let turn = Turn::read(&custom_id);
                let part = turn.as_ref().map_or(0, |turn| turn.part);
                let answering = async {
                    match &turn {
                        Some(turn) => self.run(&interaction, turn.command()).await,
                        None => outdated(),
                    }
                };
                self.answer_interaction(&interaction, answering, Way { part, flags: 0, turns: true, received }).await;
            }
        }
    }

    async fn run(&self, interaction: &Interaction, text: String) -> Reply {
        let _turn = self.work.acquire().await;
        let reply = self.answerer.answer(self.asked_by(interaction, text)).await;
        if let Some(reply) = &reply {
            self.note_page(interaction.channel, reply);
        }
        reply.unwrap_or_else(|| Reply::line(Tone::UserError, vec![Inline::text("I have nothing to say to that.")]))
    }

    fn asked_by(&self, interaction: &Interaction, text: String) -> Incoming {
        let member = Member { user: interaction.user, roles: &interaction.roles };
        Incoming {
            channel: channel_id(interaction.channel),
            server: interaction.guild.map(|guild| guild.to_string()),
            user: interaction.user.to_string(),
            user_name: interaction.user_name.clone(),
            permission: self.rank(member, Permissions::from_bits_truncate(interaction.permissions)),
            power: None,
            next_page: self.memory().next_page(interaction.channel),
            event: Some(interaction.id.to_string()),
            address: Address::Direct,
            text,
        }
    }

    /// Answers within the time that Discord gives: with the answer, or with the announcement of it and the answer later.
    async fn answer_interaction(&self, interaction: &Interaction, answering: impl Future<Output = Reply>, way: Way) {
        let look = match interaction.own_permissions {
            Some(own) if !Permissions::from_bits_truncate(own).embed_links() => Look::Plain,
            _ => Look::Embed,
        };
        tokio::pin!(answering);
        let Pace { defer_after, .. } = self.options.pace;
        let outcome = match timeout_at(way.received + defer_after, &mut answering).await {
            Ok(reply) => {
                let is_error = matches!(reply.tone, Tone::UserError | Tone::Fault);
                let Body { mut json, files } = message(&reply, way.part, look);
                // A page that cannot be turned leaves the old one standing and tells the presser alone.
                let (kind, flags) =
                    if way.turns && !is_error { (UPDATE, 0) } else { (ANSWER, if way.turns { EPHEMERAL } else { way.flags }) };
                add_flags(&mut json, flags);
                if kind == ANSWER {
                    without_blanks(&mut json);
                }
                self.call_back(interaction, json!({"type": kind, "data": json}), files).await
            }
            Err(_) => {
                let announced =
                    if way.turns { json!({"type": UPDATE_LATER}) } else { json!({"type": ANSWER_LATER, "data": {"flags": way.flags}}) };
                match self.call_back(interaction, announced, Vec::new()).await {
                    Ok(()) => self.fill_in(interaction, &answering.await, (way, look)).await,
                    Err(failure) => Err(failure),
                }
            }
        };
        if let Err(failure) = outcome {
            tracing::warn!(interaction = interaction.id, %failure, "an interaction could not be answered");
        }
    }

    async fn call_back(&self, interaction: &Interaction, json: Value, files: Vec<super::rest::Attached>) -> Result<(), Failure> {
        let path = format!("/interactions/{}/{}/callback", interaction.id, interaction.token);
        let call = Call::new(Method::POST, path).body(json).files(files).of_interaction().repeatable();
        match self.rest.ask(&call).await {
            Err(failure) if failure.has_code(ANSWERED_ALREADY) => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Puts the answer in the place that was announced; an error of a turned page comes beside it.
    async fn fill_in(&self, interaction: &Interaction, reply: &Reply, (way, look): (Way, Look)) -> Result<(), Failure> {
        let base = format!("/webhooks/{}/{}", self.application, interaction.token);
        let Body { mut json, files } = message(reply, way.part, look);
        let is_aside = way.turns && matches!(reply.tone, Tone::UserError | Tone::Fault);
        let call = if is_aside {
            add_flags(&mut json, EPHEMERAL);
            Call::new(Method::POST, base)
        } else {
            Call::new(Method::PATCH, format!("{base}/messages/@original")).repeatable()
        };
        self.rest.ask(&call.body(json).files(files).of_interaction().patient(INTERACTION_PATIENCE)).await.map(|_| ())
    }

    async fn suggest(&self, interaction: &Interaction, name: &str, options: &[Given]) {
        let focused = options.iter().find(|option| option.is_focused);
        let found = slash::entry(name).zip(focused).and_then(|(entry, option)| Some((entry, slash::spec(entry, &option.name)?, option)));
        let suggestions = match found {
            None => Vec::new(),
            Some((entry, spec, option)) => {
                let text = option.value.as_str().unwrap_or_default().to_owned();
                let typing = Typing { channel: channel_id(interaction.channel), command: entry.name, option: *spec, text };
                timeout(self.options.pace.defer_after * 2, self.answerer.suggest(typing)).await.unwrap_or_default()
            }
        };
        let cut = |text: &str| text.chars().take(SUGGESTION_CHARS_MAX).collect::<String>();
        let fits = suggestions.iter().filter(|suggestion| suggestion.value.chars().count() <= SUGGESTION_CHARS_MAX);
        let choices: Vec<Value> =
            fits.take(SUGGESTIONS_MAX).map(|suggestion| json!({"name": cut(&suggestion.label), "value": suggestion.value})).collect();
        if let Err(failure) = self.call_back(interaction, json!({"type": CHOICES, "data": {"choices": choices}}), Vec::new()).await {
            tracing::debug!(%failure, "suggestions came too late");
        }
    }
}

/// Gives how a message may look in a channel: an embed unless it is known that none may be sent.
pub(super) fn look_in(guilds: &Guilds, channel: Id, own: Id) -> Look {
    match guilds.own_permissions(channel, own) {
        Some(granted) if !granted.embed_links() => Look::Plain,
        _ => Look::Embed,
    }
}

/// How an interaction is answered.
#[derive(Clone, Copy, Debug)]
struct Way {
    part: usize,
    flags: u64,
    /// The message with the button changes instead of a new one coming.
    turns: bool,
    /// When it was asked: the time for an answer runs from then on, also while it waits for its turn.
    received: Instant,
}

/// Types of answers to interactions (interactions/receiving-and-responding).
const ANSWER: u8 = 4;
const ANSWER_LATER: u8 = 5;
const UPDATE_LATER: u8 = 6;
const UPDATE: u8 = 7;
const CHOICES: u8 = 8;

fn add_flags(json: &mut Value, flags: u64) {
    let had = json["flags"].as_u64().unwrap_or(0);
    if had | flags != 0 {
        json["flags"] = json!(had | flags);
    }
}

fn outdated() -> Reply {
    Reply::line(Tone::UserError, vec![Inline::text("That is of an older version of me; please type the command again.")])
}
