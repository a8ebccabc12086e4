//! The life of one connection to Discord's gateway, from the greeting to its end, and what its end means.
//!
//! Every wait is bounded: for the greeting, for the answer to IDENTIFY or RESUME, for the answer to each heartbeat. So a connection
//! that hears nothing ends, whatever it claims. What comes after the end is decided in `gateway`.

use super::gateway::{Event, Identity, Session, Vitals};
use super::stopped;
use super::wire::text;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longest wait for a frame to be taken by the system: a connection that takes nothing for so long is dead.
const SEND_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for the other side to confirm that the connection is closed.
const CLOSE_WAIT: Duration = Duration::from_millis(500);
/// Bounds of the heartbeat's interval: a mistaken one must neither flood nor silence.
const HEARTBEAT_BOUNDS: (u64, u64) = (100, 120_000);
/// Ends the connection and keeps the session (any code but 1000 and 1001).
const KEEP_SESSION: u16 = 4_000;

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The bot is to stop.
    Stopped,
    /// The session can be taken up again.
    Resume(String),
    /// A new session is needed.
    Fresh(String),
    /// Discord refuses with a code that no further try changes (4004, 4010 to 4014).
    Refused(u16),
}

/// A connection that was opened.
pub(super) struct Socket<'a> {
    pub(super) stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(super) identity: &'a Identity,
    pub(super) events: &'a mpsc::Sender<Event>,
    pub(super) vitals: &'a Vitals,
    pub(super) stop: watch::Receiver<bool>,
}

/// What a frame asks for.
enum Step {
    Nothing,
    Heartbeat,
    Dispatch(Event),
    Over(End),
}

impl Socket<'_> {
    /// Greets, takes up `session` or begins one, and passes events on until the connection ends.
    ///
    /// # Cancel safety
    /// None: when dropped, the connection is cut and the session can be taken up.
    pub(super) async fn live(mut self, session: &mut Option<Session>, answer_wait: Duration) -> End {
        let heartbeat = match timeout(answer_wait, self.greeting()).await {
            Ok(Ok(heartbeat)) => heartbeat,
            Ok(Err(end)) => return end,
            Err(_) => return End::Resume("no greeting came".to_owned()),
        };
        let opening = match session {
            Some(session) => self.identity.resume(session),
            None => self.identity.identify(),
        };
        if let Err(end) = self.send(&opening).await {
            return end;
        }
        let end = self.listen(session, (heartbeat, answer_wait)).await;
        self.close(&end).await;
        end
    }

    async fn greeting(&mut self) -> Result<Duration, End> {
        loop {
            let value = match self.stream.next().await {
                Some(Ok(Frame::Text(text))) => serde_json::from_str::<Value>(&text).unwrap_or_default(),
                Some(Ok(Frame::Close(frame))) => return Err(closed(frame.as_ref())),
                Some(Ok(_)) => continue,
                Some(Err(error)) => return Err(End::Resume(error.to_string())),
                None => return Err(End::Resume("the connection ended before the greeting".to_owned())),
            };
            if value["op"].as_u64() == Some(op::HELLO) {
                let millis = value["d"]["heartbeat_interval"].as_u64().unwrap_or(41_250);
                return Ok(Duration::from_millis(millis.clamp(HEARTBEAT_BOUNDS.0, HEARTBEAT_BOUNDS.1)));
            }
        }
    }

    async fn listen(&mut self, session: &mut Option<Session>, (heartbeat, answer_wait): (Duration, Duration)) -> End {
        let first = Instant::now() + heartbeat.mul_f64(fastrand::f64());
        let mut beats = interval_at(first, heartbeat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let opened_by = tokio::time::sleep(answer_wait);
        tokio::pin!(opened_by);
        let (mut is_open, mut is_acked) = (false, true);
        let mut held: Option<Event> = None;
        let mut stop = self.stop.clone();
        loop {
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return End::Stopped,
                _ = beats.tick() => {
                    // While an event waits to be taken nothing is read, so an answer may stand unread behind it.
                    if !is_acked && held.is_none() {
                        return End::Resume("a heartbeat was not answered".to_owned());
                    }
                    is_acked = false;
                    if let Err(end) = self.beat(session.as_ref()).await {
                        return end;
                    }
                }
                () = &mut opened_by, if !is_open => {
                    return End::Fresh("neither READY nor RESUMED came".to_owned());
                }
                slot = self.events.reserve(), if held.is_some() => match (slot, held.take()) {
                    (Ok(slot), Some(event)) => slot.send(event),
                    _ => return End::Stopped,
                },
                frame = self.stream.next(), if held.is_none() => {
                    self.vitals.heard(is_open);
                    match self.step(frame, session, &mut is_acked) {
                        Step::Nothing => {}
                        Step::Heartbeat => if let Err(end) = self.beat(session.as_ref()).await {
                            return end;
                        },
                        Step::Dispatch(event) => {
                            is_open |= matches!(event.kind.as_str(), "READY" | "RESUMED");
                            held = Some(event);
                        }
                        Step::Over(end) => return end,
                    }
                }
            }
        }
    }

    fn step(
        &self,
        frame: Option<Result<Frame, tokio_tungstenite::tungstenite::Error>>,
        session: &mut Option<Session>,
        is_acked: &mut bool,
    ) -> Step {
        let text = match frame {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Close(frame))) => return Step::Over(closed(frame.as_ref())),
            Some(Ok(_)) => return Step::Nothing,
            Some(Err(error)) => return Step::Over(End::Resume(error.to_string())),
            None => return Step::Over(End::Resume("the connection ended".to_owned())),
        };
        let Ok(value) = serde_json::from_str::<Value>(&text) else {
            self.vitals.count_undecodable("a frame");
            return Step::Nothing;
        };
        match value["op"].as_u64() {
            Some(op::DISPATCH) => dispatch(value, session),
            Some(op::HEARTBEAT) => Step::Heartbeat,
            Some(op::ACK) => {
                *is_acked = true;
                Step::Nothing
            }
            Some(op::RECONNECT) => Step::Over(End::Resume("Discord asks to connect anew".to_owned())),
            Some(op::INVALID_SESSION) if value["d"].as_bool() == Some(true) => {
                Step::Over(End::Resume("the session was interrupted".to_owned()))
            }
            Some(op::INVALID_SESSION) => Step::Over(End::Fresh("the session has ended".to_owned())),
            _ => Step::Nothing,
        }
    }

    async fn beat(&mut self, session: Option<&Session>) -> Result<(), End> {
        let seen = session.map(|session| session.seen);
        self.send(&json!({"op": op::HEARTBEAT, "d": seen})).await
    }

    async fn send(&mut self, value: &Value) -> Result<(), End> {
        match timeout(SEND_WAIT, self.stream.send(Frame::text(value.to_string()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Resume(error.to_string())),
            Err(_) => Err(End::Resume("the connection takes nothing".to_owned())),
        }
    }

    async fn close(&mut self, end: &End) {
        let code = if *end == End::Stopped { CloseCode::Normal } else { CloseCode::from(KEEP_SESSION) };
        // an error or a late answer means that the connection is gone, which is what is wanted
        let _ = timeout(CLOSE_WAIT, self.stream.close(Some(CloseFrame { code, reason: "".into() }))).await;
    }
}

/// Takes over what a dispatch says of the session, and gives the event; one that was seen already gives nothing.
fn dispatch(mut value: Value, session: &mut Option<Session>) -> Step {
    let kind = text(&value["t"]);
    let seen = value["s"].as_u64();
    let data = value["d"].take();
    if kind == "READY" {
        *session = Some(Session { id: text(&data["session_id"]), resume_url: text(&data["resume_gateway_url"]), seen: seen.unwrap_or(0) });
    } else if let (Some(session), Some(seen)) = (session.as_mut(), seen) {
        if seen <= session.seen && kind != "RESUMED" {
            return Step::Nothing;
        }
        session.seen = session.seen.max(seen);
    }
    Step::Dispatch(Event { kind, data, received: Instant::now() })
}

/// Reads what a close frame means (events/gateway: close event codes). A frame without a code is as a cut connection.
fn closed(frame: Option<&CloseFrame>) -> End {
    let Some(code) = frame.map(|frame| u16::from(frame.code)) else {
        return End::Resume("Discord closed the connection without a reason".to_owned());
    };
    let reason = format!("Discord closed the connection with {code}");
    match code {
        4_004 | 4_010..=4_014 => End::Refused(code),
        1_000 | 1_001 | 4_003 | 4_007 | 4_009 => End::Fresh(reason),
        _ => End::Resume(reason),
    }
}

/// Gateway opcodes (topics/opcodes-and-status-codes).
pub(super) mod op {
    pub(crate) const DISPATCH: u64 = 0;
    pub(crate) const HEARTBEAT: u64 = 1;
    pub(crate) const IDENTIFY: u64 = 2;
    pub(crate) const RESUME: u64 = 6;
    pub(crate) const RECONNECT: u64 = 7;
    pub(crate) const INVALID_SESSION: u64 = 9;
    pub(crate) const HELLO: u64 = 10;
    pub(crate) const ACK: u64 = 11;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_codes_end_as_documented() {
        let end = |code: u16| closed(Some(&CloseFrame { code: CloseCode::from(code), reason: "".into() }));
        for code in [4_004, 4_010, 4_011, 4_013, 4_014] {
            assert_eq!(end(code), End::Refused(code));
        }
        assert!(matches!(end(4_009), End::Fresh(_)) && matches!(end(4_007), End::Fresh(_)));
        assert!(matches!(end(4_000), End::Resume(_)) && matches!(end(4_008), End::Resume(_)));
        assert!(matches!(closed(None), End::Resume(_)));
    }

    #[test]
    fn an_event_that_was_seen_is_passed_over() {
        let mut session = None;
        let event = |kind: &str, seen: u64| json!({"op": 0, "t": kind, "s": seen, "d": {"session_id": "a"}});
        assert!(matches!(dispatch(event("READY", 1), &mut session), Step::Dispatch(_)));
        assert!(matches!(dispatch(event("MESSAGE_CREATE", 2), &mut session), Step::Dispatch(_)));
        assert!(matches!(dispatch(event("MESSAGE_CREATE", 2), &mut session), Step::Nothing));
        assert!(matches!(dispatch(event("MESSAGE_CREATE", 3), &mut session), Step::Dispatch(_)));
        assert_eq!(session.unwrap().seen, 3);
    }
}
