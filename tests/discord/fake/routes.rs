//! What each route answers; a route that is not known is a violation, so that nothing is asked for by mistake.

use super::http::Request;
use super::rules;
use super::world::{APP, BOT, Channel, GUILD, Room, TOKEN, World};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// An answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

/// Events that an answer causes.
pub type Events = Vec<(String, Value)>;

pub fn refuse(status: u16, code: u32, message: &str) -> Answer {
    Answer { status, headers: Vec::new(), body: json!({"code": code, "message": message}) }
}

fn ok(body: Value) -> Answer {
    Answer { status: 200, headers: Vec::new(), body }
}

fn nothing() -> Answer {
    Answer { status: 204, ..Answer::default() }
}

pub fn answer(world: &mut World, request: &Request, gateway: SocketAddr) -> (Answer, Events) {
    let mut events = Events::new();
    if !request.header("user-agent").starts_with("DiscordBot (") {
        world.violations.push(format!("no valid User-Agent: {}", request.header("user-agent")));
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix("/api/v10/") else {
        world.violations.push(format!("outside the interface: {}", request.path));
        return (refuse(404, 0, "404: Not Found"), events);
    };
    let parts: Vec<&str> = path.split('/').collect();
    let by_token = matches!(parts[0], "interactions" | "webhooks");
    if !by_token && request.header("authorization") != format!("Bot {TOKEN}") {
        return (refuse(401, 0, "401: Unauthorized"), events);
    }
    if !by_token && let Some(refusal) = limited_globally(world) {
        return (refusal, events);
    }
    let answer = match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["gateway", "bot"]) => ok(json!({
            "url": format!("ws://{gateway}"), "shards": world.shards,
            "session_start_limit": {"total": 1_000, "remaining": world.sessions_left, "reset_after": 3_000, "max_concurrency": 1},
        })),
        ("GET", ["gateway"]) => ok(json!({"url": format!("ws://{gateway}")})),
        ("GET", ["users", "@me"]) => ok(World::user(BOT)),
        ("GET", ["applications", "@me"]) => ok(json!({"id": APP, "name": "stancebot", "flags": world.app_flags})),
        ("GET", ["users", "@me", "guilds"]) => ok(json!([{"id": GUILD, "name": "News"}])),
        ("PUT", ["applications", APP, "commands"] | ["applications", APP, "guilds", _, "commands"]) => match rules::commands(&request.body)
        {
            Ok(()) => {
                world.commands.push((path.to_owned(), request.body.clone()));
                ok(request.body.clone())
            }
            Err(refusal) => refusal,
        },
        ("POST", ["users", "@me", "channels"]) => ok(private(world, &request.body)),
        (_, ["guilds", guild, rest @ ..]) => server(world, (guild, rest), &request.method),
        (_, ["channels", channel, rest @ ..]) => room(world, (channel, rest), request, &mut events),
        ("POST", ["interactions", id, token, "callback"]) => call_back(world, (id, token), request),
        (_, ["webhooks", APP, token, rest @ ..]) => follow_up(world, (token, rest), request),
        _ => unknown(world, request),
    };
    (answer, events)
}

fn unknown(world: &mut World, request: &Request) -> Answer {
    world.violations.push(format!("unknown route: {} {}", request.method, request.path));
    refuse(404, 0, "404: Not Found")
}

/// Opens the private channel with somebody.
fn private(world: &mut World, body: &Value) -> Value {
    let user = body["recipient_id"].as_str().unwrap_or_default();
    let id = super::private_with(user);
    world.channels.insert(id.clone(), Channel { guild: None, kind: 1, parent: None, room: Room::Open });
    json!({"id": id, "type": 1})
}

fn server(world: &mut World, (guild, rest): (&str, &[&str]), method: &str) -> Answer {
    match (method, rest) {
        ("GET", []) => ok(world.guild(guild)),
        ("GET", ["members", user]) => ok(world.member(user)),
        ("GET", ["threads", "active"]) => {
            let threads = world.channels.iter().filter(|(_, channel)| channel.kind == 11);
            let named = |(id, channel): (&String, &Channel)| {
                let mut thread = world.channel(id, channel);
                thread["name"] = json!("Alerts");
                thread
            };
            ok(json!({"threads": threads.map(named).collect::<Vec<Value>>()}))
        }
        _ => refuse(404, 10_004, "Unknown Guild"),
    }
}

fn room(world: &mut World, (id, rest): (&str, &[&str]), request: &Request, events: &mut Events) -> Answer {
    let Some(channel) = world.channels.get(id).cloned() else { return refuse(404, 10_003, "Unknown Channel") };
    match channel.room {
        Room::Gone => return refuse(404, 10_003, "Unknown Channel"),
        Room::NoAccess => return refuse(403, 50_001, "Missing Access"),
        Room::NoHistory if request.method == "GET" => return refuse(403, 50_001, "Missing Access"),
        _ => {}
    }
    match (request.method.as_str(), rest) {
        ("GET", []) => ok(world.channel(id, &channel)),
        ("PATCH", []) => {
            if request.body["archived"] == false {
                world.channels.get_mut(id).unwrap().room = Room::Open;
            }
            ok(json!({"id": id}))
        }
        ("POST", ["typing"]) => nothing(),
        ("POST", ["threads"]) => {
            let thread = world.id();
            world
                .channels
                .insert(thread.clone(), Channel { guild: channel.guild.clone(), kind: 11, parent: Some(id.to_owned()), room: Room::Open });
            ok(json!({"id": thread, "name": request.body["name"], "parent_id": id, "owner_id": BOT}))
        }
        ("GET", ["threads", "archived", "public"]) => ok(json!({"threads": []})),
        ("GET", ["messages"]) => ok(listed(world, id, &request.path)),
        ("POST", ["messages"]) => post(world, (id, &channel), request, events),
        ("GET", ["messages", message]) => match world.message(message) {
            Some(found) => ok(with_reference(world, found)),
            None => refuse(404, 10_008, "Unknown Message"),
        },
        ("PATCH", ["messages", message]) => change(world, message, request),
        ("DELETE", ["messages", message]) => {
            world.messages.retain(|known| known["id"] != *message);
            nothing()
        }
        _ => unknown(world, request),
    }
}

/// The messages of a channel, newest first; after an id the oldest of those that follow.
fn listed(world: &World, channel: &str, path: &str) -> Value {
    let parameter = |name: &str| path.split(['?', '&']).find_map(|part| part.strip_prefix(name)?.strip_prefix('=')?.parse::<u64>().ok());
    let number = |message: &Value| message["id"].as_str().unwrap().parse::<u64>().unwrap();
    let mut found: Vec<&Value> = world.messages.iter().filter(|message| message["channel_id"] == channel).collect();
    found.sort_by_key(|message| number(message));
    let limit = usize::try_from(parameter("limit").unwrap_or(50)).unwrap();
    match parameter("after") {
        Some(after) => {
            found.retain(|message| number(message) > after);
            found.truncate(limit);
        }
        None => {
            let before = parameter("before").unwrap_or(u64::MAX);
            found.retain(|message| number(message) < before);
            found.drain(..found.len().saturating_sub(limit)).for_each(drop);
        }
    }
    found.reverse();
    // What is looked up holds no nonce: that is told once, to who sent it.
    let shown = |message: &&Value| {
        let mut message = with_reference(world, message);
        message.as_object_mut().unwrap().remove("nonce");
        message
    };
    json!(found.iter().map(shown).collect::<Vec<Value>>())
}

fn with_reference(world: &World, message: &Value) -> Value {
    let mut message = message.clone();
    if let Some(of) = message["message_reference"]["message_id"].as_str().and_then(|id| world.message(id)) {
        message["referenced_message"] = of.clone();
    }
    message
}

/// Takes a message's parts over from a body.
fn fill(message: &mut Value, body: &Value) {
    for key in ["content", "embeds", "components", "nonce", "message_reference", "flags"] {
        if !body[key].is_null() {
            message[key] = body[key].clone();
        }
    }
    if !body["attachments"].is_null() {
        message["attachments"] = body["attachments"].clone();
    }
}

fn limited_globally(world: &mut World) -> Option<Answer> {
    let most = world.global_rate?;
    let (began, count) = world.global_spent;
    let window = Duration::from_secs(1);
    if began.elapsed() >= window {
        world.global_spent = (Instant::now(), 1);
        return None;
    }
    world.global_spent.1 += 1;
    let left = window.saturating_sub(began.elapsed()).as_secs_f64();
    let headers = vec![("retry-after", format!("{left:.3}")), ("x-ratelimit-global", "true".to_owned())];
    let body = json!({"message": "You are being rate limited.", "retry_after": left, "global": true});
    (count >= most).then_some(Answer { status: 429, headers, body })
}

fn limited(world: &mut World, channel: &str) -> Result<(usize, Duration), Answer> {
    let Some((count, millis)) = world.rate else { return Ok((100, Duration::from_secs(1))) };
    let window = Duration::from_millis(millis);
    let spent = world.spent.entry(channel.to_owned()).or_insert((Instant::now(), 0));
    if spent.0.elapsed() >= window {
        *spent = (Instant::now(), 0);
    }
    let left = window.saturating_sub(spent.0.elapsed());
    if spent.1 >= count {
        let body = json!({"message": "You are being rate limited.", "retry_after": left.as_secs_f64(), "global": false});
        let headers = vec![("retry-after", format!("{}", left.as_secs_f64().ceil())), ("x-ratelimit-scope", "user".to_owned())];
        return Err(Answer { status: 429, headers, body });
    }
    spent.1 += 1;
    Ok((count - spent.1, left))
}

fn post(world: &mut World, (id, channel): (&str, &Channel), request: &Request, events: &mut Events) -> Answer {
    let body = &request.body;
    let (left, reset) = match limited(world, id) {
        Ok(window) => window,
        Err(refusal) => return refusal,
    };
    world.violations.extend(rules::mentions(body));
    if let Err(refusal) = rules::message(body, request.files.len()) {
        return refusal;
    }
    let has_embeds = body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty());
    match channel.room {
        Room::NoSending => return refuse(403, 50_013, "Missing Permissions"),
        Room::NoEmbeds if has_embeds => return refuse(403, 50_013, "Missing Permissions"),
        Room::AutoMod => return refuse(400, 200_000, "Message was blocked by automatic moderation"),
        Room::Archived => return refuse(400, 50_083, "Thread is archived"),
        Room::Slow => return refuse(429, 20_016, "This action cannot be performed due to slowmode rate limit"),
        Room::NoHistory if !body["message_reference"].is_null() => {
            return refuse(400, 160_002, "Cannot reply without permission to read message history");
        }
        _ => {}
    }
    if channel.kind == 15 {
        return refuse(400, 50_008, "Cannot send messages in a non-text channel");
    }
    let twin = |message: &&Value| message["channel_id"] == id && !body["nonce"].is_null() && message["nonce"] == body["nonce"];
    let known = if body["enforce_nonce"] == true && world.recalls_nonces { world.messages.iter().find(twin).cloned() } else { None };
    let headers = vec![("x-ratelimit-remaining", left.to_string()), ("x-ratelimit-reset-after", format!("{:.3}", reset.as_secs_f64()))];
    if let Some(known) = known {
        return Answer { headers, ..ok(known) };
    }
    let mut message = world.new_message(id, BOT, "");
    fill(&mut message, body);
    if let Some(of) = body["message_reference"]["message_id"].as_str() {
        world.answered.entry(of.to_owned()).or_insert_with(Instant::now);
    }
    world.messages.push(message.clone());
    events.push(("MESSAGE_CREATE".to_owned(), world.event(message.clone())));
    Answer { headers, ..ok(message) }
}

fn change(world: &mut World, id: &str, request: &Request) -> Answer {
    world.violations.extend(rules::mentions(&request.body));
    if let Err(refusal) = rules::message(&request.body, request.files.len()) {
        return refusal;
    }
    let Some(message) = world.messages.iter_mut().find(|message| message["id"] == id) else {
        return refuse(404, 10_008, "Unknown Message");
    };
    if message["author"]["id"] != BOT {
        return refuse(403, 50_005, "Cannot edit a message authored by another user");
    }
    fill(message, &request.body);
    message["edited_timestamp"] = json!("2025-12-10T12:02:00.000000+00:00");
    ok(message.clone())
}

/// Takes the answer to an interaction: one, within three seconds, of a known kind.
fn call_back(world: &mut World, (id, token): (&str, &str), request: &Request) -> Answer {
    let body = &request.body;
    let Some(interaction) = world.interactions.get(id).filter(|interaction| interaction.token == token).cloned() else {
        return refuse(404, 10_062, "Unknown interaction");
    };
    if interaction.answer.is_some() {
        return refuse(400, 40_060, "Interaction has already been acknowledged");
    }
    if interaction.began.elapsed() > Duration::from_secs(3) {
        world.violations.push(format!("interaction {id} was answered after 3 s"));
        return refuse(404, 10_062, "Unknown interaction");
    }
    let data = &body["data"];
    let kind = body["type"].as_u64().unwrap_or(0);
    let mut made = interaction.message.clone();
    match kind {
        4 | 7 => {
            world.violations.extend(rules::mentions(data));
            if let Err(refusal) = rules::message(data, request.files.len()) {
                return refusal;
            }
            if kind == 4 {
                let mut message = world.new_message(&interaction.channel, BOT, "");
                fill(&mut message, data);
                made = message["id"].as_str().map(str::to_owned);
                world.messages.push(message);
            } else if let Some(message) = world.messages.iter_mut().find(|message| Some(message["id"].as_str().unwrap()) == made.as_deref())
            {
                fill(message, data);
            }
        }
        5 => {
            let mut message = world.new_message(&interaction.channel, BOT, "");
            message["flags"] = json!(data["flags"].as_u64().unwrap_or(0) | 1 << 7);
            made = message["id"].as_str().map(str::to_owned);
            world.messages.push(message);
        }
        6 => {}
        8 => {
            let choices = data["choices"].as_array().cloned().unwrap_or_default();
            if choices.len() > 25
                || choices.iter().any(|choice| choice["name"].as_str().is_none_or(|name| name.is_empty() || name.chars().count() > 100))
            {
                return refuse(400, 50_035, "Invalid Form Body: choices");
            }
        }
        _ => return refuse(400, 50_035, "Invalid Form Body: type"),
    }
    // an announcement is no answer yet
    if !matches!(kind, 5 | 6) {
        world.answered.entry(id.to_owned()).or_insert_with(Instant::now);
    }
    let interaction = world.interactions.get_mut(id).unwrap();
    interaction.answer = Some(body.clone());
    interaction.message = made;
    nothing()
}

fn follow_up(world: &mut World, (token, rest): (&str, &[&str]), request: &Request) -> Answer {
    let Some(interaction) = world.interactions.values().find(|interaction| interaction.token == token).cloned() else {
        return refuse(404, 10_015, "Unknown Webhook");
    };
    if interaction.answer.is_none() {
        return refuse(404, 10_015, "Unknown Webhook");
    }
    world.violations.extend(rules::mentions(&request.body));
    if let Err(refusal) = rules::message(&request.body, request.files.len()) {
        return refusal;
    }
    match (request.method.as_str(), rest) {
        ("PATCH", ["messages", "@original"]) => {
            if let Some(id) = token.strip_prefix("token-of-") {
                world.answered.entry(id.to_owned()).or_insert_with(Instant::now);
            }
            let id = interaction.message.unwrap_or_default();
            let Some(message) = world.messages.iter_mut().find(|message| message["id"] == id.as_str()) else {
                return refuse(404, 10_008, "Unknown Message");
            };
            let ephemeral = message["flags"].as_u64().unwrap_or(0) & (1 << 6);
            fill(message, &request.body);
            message["flags"] = json!(message["flags"].as_u64().unwrap_or(0) & !(1 << 7) | ephemeral);
            message["edited_timestamp"] = json!("2025-12-10T12:02:00.000000+00:00");
            ok(message.clone())
        }
        ("POST", []) => {
            let mut message = world.new_message(&interaction.channel, BOT, "");
            fill(&mut message, &request.body);
            world.messages.push(message.clone());
            ok(message)
        }
        _ => unknown(world, request),
    }
}
