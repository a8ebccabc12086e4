//! The gateway's side: greets, takes IDENTIFY and RESUME, numbers events, answers heartbeats, and fails when it is told to.

use super::Fake;
use super::world::{APP, BOT, GUILD, Resume, TOKEN, World};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::error::RecvError;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// What is sent to whoever is connected.
#[derive(Clone, Debug)]
pub enum Push {
    /// An event, numbered and remembered.
    Dispatch(String, Value),
    /// A frame as it is.
    Raw(Value),
    /// A text that is no JSON.
    Garbage(String),
    /// A close frame, with a code or without one.
    Close(Option<u16>),
    /// The end of the TCP connection without a word.
    Cut,
}

pub async fn serve(fake: Fake, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(live(fake.clone(), stream));
    }
}

async fn live(fake: Fake, stream: TcpStream) {
    let refuses = fake.with(|world| {
        world.opened += 1;
        world.refuses_upgrade
    });
    #[expect(clippy::result_large_err, reason = "the library's own type of a refusal")]
    let check = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        if !query.contains("v=10") || refuses {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            return Err(refusal);
        }
        Ok(response)
    };
    let mut pushes = fake.pushes.subscribe();
    let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, check).await else { return };
    let interval = fake.with(|world| world.heartbeat_millis);
    send(&mut socket, &json!({"op": 10, "d": {"heartbeat_interval": interval}, "s": null, "t": null})).await;
    let mut is_open = false;
    loop {
        tokio::select! {
            frame = socket.next() => match frame {
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    if !take(&fake, &mut socket, &value, &mut is_open).await {
                        return;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    fake.with(|world| world.closes.push(frame.map(|frame| u16::from(frame.code))));
                    return;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => {
                    fake.with(|world| world.closes.push(None));
                    return;
                }
            },
            push = pushes.recv() => match push {
                Ok(Push::Dispatch(kind, data)) => {
                    let frame = number(&fake, &kind, data);
                    if is_open {
                        send(&mut socket, &frame).await;
                    }
                }
                Ok(Push::Raw(value)) => send(&mut socket, &value).await,
                Ok(Push::Garbage(text)) => { let _ = socket.send(Message::text(text)).await; }
                Ok(Push::Close(code)) => {
                    close(&mut socket, code).await;
                    return;
                }
                Ok(Push::Cut) | Err(RecvError::Closed) => return,
                Err(RecvError::Lagged(_)) => {}
            },
        }
    }
}

/// Numbers an event and remembers it; without a connection use [`Fake::miss`].
fn number(fake: &Fake, kind: &str, data: Value) -> Value {
    fake.with(|world| {
        world.seq += 1;
        world.history.push((world.seq, kind.to_owned(), data.clone()));
        json!({"op": 0, "s": world.seq, "t": kind, "d": data})
    })
}

impl Fake {
    /// Lets something happen that nobody connected hears; RESUME brings it.
    pub fn miss(&self, kind: &str, data: Value) {
        number(self, kind, data);
    }
}

/// Takes a frame of the bot's; false when the connection is over.
async fn take(fake: &Fake, socket: &mut WebSocketStream<TcpStream>, value: &Value, is_open: &mut bool) -> bool {
    match value["op"].as_u64() {
        Some(1) => {
            let acks = fake.with(|world| {
                world.heartbeats += 1;
                world.acks
            });
            if acks {
                send(socket, &json!({"op": 11, "d": null, "s": null, "t": null})).await;
            }
            true
        }
        Some(2) => identify(fake, socket, &value["d"], is_open).await,
        Some(6) => resume(fake, socket, &value["d"], is_open).await,
        _ => {
            fake.with(|world| world.violations.push(format!("an unknown frame: {value}")));
            true
        }
    }
}

async fn identify(fake: &Fake, socket: &mut WebSocketStream<TcpStream>, data: &Value, is_open: &mut bool) -> bool {
    let intents = data["intents"].as_u64().unwrap_or(0);
    let (code, guild) = fake.with(|world| {
        world.identifies.push(data.clone());
        let is_refused = intents & (1 << 15) != 0 && world.app_flags & (1 << 18 | 1 << 19) == 0;
        let code = world.close_on_identify.or((data["token"] != TOKEN).then_some(4_004)).or(is_refused.then_some(4_014));
        world.intents = intents;
        world.history.clear();
        (code, world.guild(GUILD))
    });
    if code.is_some() {
        close(socket, code).await;
        return false;
    }
    let ready = json!({
        "v": 10, "user": World::user(BOT), "guilds": [{"id": GUILD, "unavailable": true}], "session_id": "session-1",
        "resume_gateway_url": format!("ws://{}", fake.gateway), "application": {"id": APP, "flags": 0}, "shard": data["shard"],
    });
    let crowd = fake.with(|world| world.crowd);
    let further = (0..crowd).map(|number| ("GUILD_CREATE", World::crowded(number)));
    for (kind, data) in [("READY", ready), ("GUILD_CREATE", guild)].into_iter().chain(further) {
        let frame = number(fake, kind, data);
        send(socket, &frame).await;
    }
    *is_open = true;
    fake.with(|world| world.ready = true);
    true
}

async fn resume(fake: &Fake, socket: &mut WebSocketStream<TcpStream>, data: &Value, is_open: &mut bool) -> bool {
    let (how, missed) = fake.with(|world| {
        world.resumes.push(data.clone());
        let seen = data["seq"].as_u64().unwrap_or(0);
        let missed: Vec<(u64, String, Value)> = world.history.iter().filter(|(seq, _, _)| *seq > seen).cloned().collect();
        (world.resume, missed)
    });
    match how {
        Resume::Silent => true,
        Resume::Refused => {
            send(socket, &json!({"op": 9, "d": false, "s": null, "t": null})).await;
            true
        }
        Resume::Works => {
            for (seq, kind, data) in missed {
                send(socket, &json!({"op": 0, "s": seq, "t": kind, "d": data})).await;
            }
            let frame = number(fake, "RESUMED", json!({}));
            send(socket, &frame).await;
            *is_open = true;
            true
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, value: &Value) {
    // who does not listen any more is noticed by the reading side
    let _ = socket.send(Message::text(value.to_string())).await;
}

async fn close(socket: &mut WebSocketStream<TcpStream>, code: Option<u16>) {
    let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
    let _ = socket.send(Message::Close(frame)).await;
}
