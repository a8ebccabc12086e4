//! The HTTP side: one request after the other on each connection, as HTTP/1.1 has it; faults stand in between.

use super::Fake;
use super::routes::{self, Answer};
use super::world::{Asked, Fault};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request.
pub struct Request {
    pub method: String,
    /// With its query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Value,
    pub files: Vec<(String, Vec<u8>)>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

pub async fn serve(fake: Fake, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(fake.clone(), stream));
    }
}

async fn converse(fake: Fake, mut stream: TcpStream) {
    let mut read = Vec::new();
    while let Some(request) = next(&mut stream, &mut read).await {
        let Some(answer) = answer(&fake, request) else { return };
        let body = if answer.status == 204 { String::new() } else { answer.body.to_string() };
        let mut head = format!("HTTP/1.1 {} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", answer.status, body.len());
        for (name, value) in &answer.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Answers, or gives none when the connection is to be cut.
fn answer(fake: &Fake, request: Request) -> Option<Answer> {
    let (fault, answer, events) = fake.with(|world| {
        let fits = |fault: &Fault| fault.method == request.method && request.path.contains(fault.path);
        let place = world.faults.iter().position(fits);
        let fault = place.map(|place| {
            let fault = world.faults[place].clone();
            world.faults[place].times -= 1;
            if fault.times == 1 {
                world.faults.remove(place);
            }
            fault
        });
        let is_done = fault.as_ref().is_none_or(|fault| fault.acts);
        let (answer, events) = if is_done { routes::answer(world, &request, fake.gateway) } else { (Answer::default(), Vec::new()) };
        let status = fault.as_ref().map_or(answer.status, |fault| fault.status);
        let Request { method, path, files, .. } = request;
        world.requests.push(Asked { method, path, files, status });
        (fault, answer, events)
    });
    for (kind, data) in events {
        fake.dispatch(&kind, data);
    }
    match fault {
        None => Some(answer),
        Some(fault) if fault.status == 0 => None,
        Some(fault) => Some(Answer { status: fault.status, headers: fault.headers, body: fault.body }),
    }
}

/// Reads the next request; what was read beyond it stays in `read`.
async fn next(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<Request> {
    let head_end = loop {
        if let Some(at) = find(read, b"\r\n\r\n") {
            break at;
        }
        more(stream, read).await?;
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> =
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let start = head_end + 4;
    while read.len() < start + length {
        more(stream, read).await?;
    }
    let bytes = read[start..start + length].to_vec();
    read.drain(..start + length);
    let kind = headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.clone()).unwrap_or_default();
    let (body, files) = match kind.split_once("boundary=") {
        Some((_, boundary)) => multipart(&bytes, boundary.trim_matches('"')),
        None => (serde_json::from_slice(&bytes).unwrap_or_default(), Vec::new()),
    };
    Some(Request { method, path, headers, body, files })
}

async fn more(stream: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 16 * 1024];
    let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
    read.extend_from_slice(&chunk[..count]);
    Some(())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// Reads `payload_json` and the files of a form.
fn multipart(bytes: &[u8], boundary: &str) -> (Value, Vec<(String, Vec<u8>)>) {
    let mark = format!("--{boundary}");
    let (mut body, mut files, mut rest) = (Value::Null, Vec::new(), bytes);
    while let Some(at) = find(rest, mark.as_bytes()) {
        let part = &rest[..at];
        rest = &rest[at + mark.len()..];
        let Some(head_end) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..head_end]).into_owned();
        let content = part[head_end + 4..].strip_suffix(b"\r\n").unwrap_or_default();
        if head.contains("name=\"payload_json\"") {
            body = serde_json::from_slice(content).unwrap();
        } else if let Some((_, after)) = head.split_once("filename=\"") {
            files.push((after.split('"').next().unwrap().to_owned(), content.to_vec()));
        }
    }
    (body, files)
}
