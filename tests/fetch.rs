//! Fetches from servers on loopback that behave well, badly and with intent.
//!
//! Every server takes a free port; loopback is reachable only because each test opens its own server with `allow_hosts`. What ends by a
//! timeout has limits of tenths of a second, and is bounded by them.
#![cfg(feature = "bot")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use stancebot::feeds::fetch::{FetchError, FetchLimits, FetchPolicy, Fetched, Fetcher, Origin, Request, Waited};
use stancebot::feeds::schedule::RetryAfter;
use std::io::Write;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// What a server does once it has read a request.
enum Script {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Sends these bytes, then one byte in each such pause, for ever.
    Drip(Vec<u8>, Duration),
    /// Sends these bytes, then nothing more, and keeps the connection.
    Stall(Vec<u8>),
    /// Sends these bytes and closes once something has happened.
    After(Pin<Box<dyn Future<Output = ()> + Send>>, Vec<u8>),
}

struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answer: impl Fn(&str) -> Script + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                tokio::spawn(async move { talk(stream, &log, &*answer).await });
            }
        });
        Self { port, requests }
    }

    /// Serves the same whole answer to everybody.
    async fn fixed(answer: Vec<u8>) -> Self {
        Self::start(move |_| Script::Send(answer.clone())).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// A fetcher that may reach this server only.
    fn fetcher(&self, limits: FetchLimits) -> Fetcher {
        fetcher(&[format!("127.0.0.1:{}", self.port)], limits)
    }
}

async fn talk(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &(dyn Fn(&str) -> Script + Send + Sync)) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let script = answer(&head);
    log.lock().unwrap().push(head);
    match script {
        Script::Send(bytes) => stream.write_all(&bytes).await?,
        Script::Drip(bytes, pause) => {
            stream.write_all(&bytes).await?;
            loop {
                tokio::time::sleep(pause).await;
                stream.write_all(b"a").await?;
            }
        }
        Script::After(event, bytes) => {
            event.await;
            stream.write_all(&bytes).await?;
        }
        Script::Stall(bytes) => {
            stream.write_all(&bytes).await?;
            // Ends when the client closes.
            let _ = stream.read_u8().await;
        }
    }
    stream.shutdown().await
}

fn fetcher(allow: &[String], limits: FetchLimits) -> Fetcher {
    let policy = FetchPolicy {
        user_agent: "stancebot-test/0 (+mailto:test@example.org)".to_owned(),
        allow_hosts: allow.to_vec(),
        limits,
        file_root: None,
    };
    Fetcher::new(policy).unwrap()
}

fn limits() -> FetchLimits {
    FetchLimits::default()
}

fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len()).into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

async fn get(fetcher: &Fetcher, url: &str) -> Result<Fetched, FetchError> {
    fetcher.get(&Request::feed(url, Origin::Found)).await
}

async fn get_full(fetcher: &Fetcher, url: &str) -> stancebot::feeds::fetch::Document {
    match get(fetcher, url).await {
        Ok(Fetched::Full(document)) => document,
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn a_document_comes_with_all_that_its_head_says() {
    let headers = ["Content-Type: Application/RSS+XML; charset=\"UTF-8\"", "ETag: \"abc\"", "Last-Modified: Tue, 02 Dec 2025 10:00:00 GMT"];
    let server = Server::fixed(answer("200 OK", &headers, b"<rss/>")).await;
    let document = get_full(&server.fetcher(limits()), &server.url("/feed#top")).await;
    assert_eq!(document.bytes, b"<rss/>");
    assert_eq!(document.content_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(document.charset.as_deref(), Some("UTF-8"));
    assert_eq!(document.etag.as_deref(), Some("\"abc\""));
    assert_eq!(document.last_modified.as_deref(), Some("Tue, 02 Dec 2025 10:00:00 GMT"));
    assert_eq!((document.final_url, document.permanent_url, document.downgraded), (server.url("/feed"), None, false));
    let request = server.requests().remove(0).to_ascii_lowercase();
    for line in [
        "get /feed http/1.1",
        "user-agent: stancebot-test/0 (+mailto:test@example.org)",
        "accept-encoding: gzip, br",
        "accept: application/atom+xml",
    ] {
        assert!(request.contains(line), "{line} is missing in {request}");
    }
    assert!(!request.contains("if-none-match") && !request.contains("referer"), "{request}");
}

#[tokio::test]
async fn validators_are_sent_and_304_is_understood() {
    let server = Server::fixed(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_vec()).await;
    let (fetcher, url) = (server.fetcher(limits()), server.url("/"));
    let request =
        Request { etag: Some("W/\"1\""), last_modified: Some("Tue, 02 Dec 2025 10:00:00 GMT"), ..Request::feed(&url, Origin::Found) };
    assert_eq!(fetcher.get(&request).await, Ok(Fetched::NotModified { permanent_url: None }));
    let sent = server.requests().remove(0).to_ascii_lowercase();
    assert!(sent.contains("if-none-match: w/\"1\"") && sent.contains("if-modified-since: tue, 02 dec 2025 10:00:00 gmt"), "{sent}");
    assert!(matches!(get(&fetcher, &url).await, Err(FetchError::Status { code: 304, .. })), "304 without a question is a fault");
}

#[tokio::test]
async fn a_stored_validator_that_is_no_header_only_costs_a_full_answer() {
    let server = Server::fixed(answer("200 OK", &[], b"x")).await;
    let url = server.url("/");
    let request = Request { etag: Some("a\r\nInjected: yes"), ..Request::feed(&url, Origin::Found) };
    assert!(matches!(server.fetcher(limits()).get(&request).await, Ok(Fetched::Full(_))));
    assert!(!server.requests()[0].contains("Injected"));
}

#[tokio::test]
async fn compressed_bodies_are_undone() {
    let plain = b"<rss>words</rss>".repeat(100);
    let zipped = gzip(&plain);
    let brotli = b"\x0b\x02\x80hello\x03";
    for (headers, body, expected) in
        [(&["Content-Encoding: gzip"][..], &zipped[..], &plain[..]), (&[], &zipped, &plain), (&["Content-Encoding: br"], brotli, b"hello")]
    {
        let server = Server::fixed(answer("200 OK", headers, body)).await;
        assert_eq!(get_full(&server.fetcher(limits()), &server.url("/")).await.bytes, expected, "{headers:?}");
    }
    let server = Server::fixed(answer("200 OK", &["Content-Encoding: zstd"], b"x")).await;
    assert!(matches!(get(&server.fetcher(limits()), &server.url("/")).await, Err(FetchError::Encoding { .. })));
}

#[tokio::test]
async fn bombs_and_huge_bodies_stop_at_their_cap() {
    let bomb = gzip(&vec![0; 50 << 20]);
    assert!(bomb.len() < 100_000);
    let small = FetchLimits { wire_bytes_max: 200_000, decoded_bytes_max: 1 << 20, ..limits() };
    let server = Server::fixed(answer("200 OK", &["Content-Encoding: gzip"], &bomb)).await;
    let error = get(&server.fetcher(small.clone()), &server.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { max_bytes: 1_048_576, compressed: false, .. }), "{error}");
    let declared = Server::fixed(answer("200 OK", &[], &vec![b'a'; 200_001])).await;
    let error = get(&declared.fetcher(small.clone()), &declared.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { max_bytes: 200_000, compressed: true, .. }), "{error}");
    let undeclared = Server::start(|_| {
        let mut bytes = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec();
        bytes.resize(40 << 20, b'a');
        Script::Send(bytes)
    })
    .await;
    let error = get(&undeclared.fetcher(small.clone()), &undeclared.url("/")).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { compressed: true, .. }), "{error}");
    let fits = Server::fixed(answer("200 OK", &[], &vec![b'a'; 200_000])).await;
    assert_eq!(get_full(&fits.fetcher(small), &fits.url("/")).await.bytes.len(), 200_000);
}

/// Answers `/a/b/c` by redirects to `/b/c` and `/c`, with the status that the first letter stands for, and `/end` by a document.
async fn redirecting() -> Server {
    Server::start(|request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (first, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
        let status = match first {
            "moved" => "301 Moved Permanently",
            "permanent" => "308 Permanent Redirect",
            "found" => "302 Found",
            "other" => "303 See Other",
            "temporary" => "307 Temporary Redirect",
            _ => return Script::Send(answer("200 OK", &[], path.as_bytes())),
        };
        Script::Send(answer(status, &[&format!("Location: /{rest}#part")], b"moved"))
    })
    .await
}

#[tokio::test]
async fn redirects_are_followed_and_only_permanent_chains_remembered() {
    let server = redirecting().await;
    let fetcher = server.fetcher(limits());
    for (path, remembered) in
        [("/moved/permanent/end", true), ("/moved/found/end", false), ("/other/end", false), ("/temporary/moved/end", false)]
    {
        let document = get_full(&fetcher, &server.url(path)).await;
        assert_eq!(document.final_url, server.url("/end"), "{path}");
        assert_eq!(document.permanent_url, remembered.then(|| server.url("/end")), "{path}");
    }
}

#[tokio::test]
async fn redirect_loops_and_long_chains_end() {
    let turning = Server::start(|request| {
        let to = if request.starts_with("GET /a") { "/b" } else { "/a" };
        Script::Send(answer("302 Found", &[&format!("Location: {to}")], b""))
    })
    .await;
    let error = get(&turning.fetcher(limits()), &turning.url("/a")).await.unwrap_err();
    assert_eq!(error, FetchError::RedirectLoop { url: turning.url("/a"), max: 8 });
    assert_eq!(turning.requests().len(), 2);
    let server = redirecting().await;
    let long = format!("/{}end", "moved/".repeat(9));
    assert!(matches!(get(&server.fetcher(limits()), &server.url(&long)).await, Err(FetchError::RedirectLoop { .. })));
    let bearable = format!("/{}end", "moved/".repeat(8));
    assert_eq!(get_full(&server.fetcher(limits()), &server.url(&bearable)).await.final_url, server.url("/end"));
}

#[tokio::test]
async fn no_redirect_leads_into_the_private_network_or_to_a_file() {
    let secret = Server::fixed(answer("200 OK", &[], b"secret")).await;
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0.0.0.0"] {
        let to = format!("Location: http://{host}:{}/", secret.port);
        let server = Server::fixed(answer("301 Moved Permanently", &[&to], b"")).await;
        let error = get(&server.fetcher(limits()), &server.url("/")).await.unwrap_err();
        assert!(matches!(error, FetchError::Blocked { .. }), "{host}: {error}");
        assert!(error.to_string().contains("allow_hosts"), "{error}");
    }
    assert_eq!(secret.requests(), Vec::<String>::new());
    for (to, forbidden) in [("file:///etc/passwd", true), ("ftp://example.org/", false), ("//", false)] {
        let server = Server::fixed(answer("302 Found", &[&format!("Location: {to}")], b"")).await;
        let error = get(&server.fetcher(limits()), &server.url("/")).await.unwrap_err();
        assert_eq!(matches!(error, FetchError::FileForbidden { .. }), forbidden, "{to}: {error}");
        assert!(forbidden || matches!(error, FetchError::BadUrl { .. } | FetchError::BadRedirect { .. }), "{to}: {error}");
    }
}

#[tokio::test]
async fn addresses_given_straight_are_checked_too() {
    let secret = Server::fixed(answer("200 OK", &[], b"secret")).await;
    let nobody = fetcher(&[], limits());
    for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
        let error = get(&nobody, &format!("http://{host}:{}/", secret.port)).await.unwrap_err();
        assert!(matches!(error, FetchError::Blocked { .. }), "{host}: {error}");
    }
    assert_eq!(secret.requests(), Vec::<String>::new());
    let by_name = fetcher(&["localhost".to_owned()], limits());
    assert_eq!(get_full(&by_name, &format!("http://localhost:{}/", secret.port)).await.bytes, b"secret");
}

#[tokio::test]
async fn a_redirect_without_a_target_is_named() {
    let server = Server::fixed(answer("301 Moved Permanently", &[], b"")).await;
    assert!(matches!(get(&server.fetcher(limits()), &server.url("/")).await, Err(FetchError::BadRedirect { .. })));
}

#[tokio::test]
async fn each_wait_ends_by_its_own_limit() {
    let tenth = Duration::from_millis(100);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nab".to_vec();
    let (stalled_head, stalled_body) = (head.clone(), head.clone());
    let cases = [
        (Script::Stall(Vec::new()), FetchLimits { connect: tenth, first_byte: tenth, ..limits() }, Waited::FirstByte),
        (Script::Stall(stalled_head), FetchLimits { idle: tenth, ..limits() }, Waited::Idle),
        (Script::Drip(stalled_body, Duration::from_millis(30)), FetchLimits { idle: tenth, total: 4 * tenth, ..limits() }, Waited::Total),
        (
            Script::Drip(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), Duration::from_millis(30)),
            FetchLimits { total: 2 * tenth, ..limits() },
            Waited::Total,
        ),
    ];
    for (script, limits, expected) in cases {
        let once = Mutex::new(Some(script));
        let server = Server::start(move |_| once.lock().unwrap().take().unwrap_or(Script::Send(Vec::new()))).await;
        let started = Instant::now();
        let error = get(&server.fetcher(limits), &server.url("/")).await.unwrap_err();
        assert!(matches!(&error, FetchError::Timeout { which, .. } if *which == expected), "{expected:?}: {error}");
        assert!(started.elapsed() < Duration::from_secs(10), "{expected:?} took {:?}", started.elapsed());
    }
}

#[tokio::test]
async fn statuses_are_told_apart_and_wishes_kept() {
    let soon = Server::fixed(answer("503 Service Unavailable", &["Retry-After: 120"], b"")).await;
    let error = get(&soon.fetcher(limits()), &soon.url("/")).await.unwrap_err();
    assert_eq!(error, FetchError::Status { url: soon.url("/"), code: 503, retry_after: Some(RetryAfter::Secs(120)) });
    let date = Server::fixed(answer("429 Too Many Requests", &["Retry-After: Thu, 04 Dec 2025 15:00:00 GMT"], b"")).await;
    let at = RetryAfter::At("2025-12-04T15:00:00Z".parse().unwrap());
    let error = get(&date.fetcher(limits()), &date.url("/")).await.unwrap_err();
    assert_eq!(error, FetchError::Status { url: date.url("/"), code: 429, retry_after: Some(at) });
    let gone = Server::fixed(answer("410 Gone", &[], b"")).await;
    assert_eq!(get(&gone.fetcher(limits()), &gone.url("/")).await, Err(FetchError::Gone { url: gone.url("/") }));
    let missing = Server::fixed(answer("404 Not Found", &["Retry-After: nonsense"], b"")).await;
    let error = get(&missing.fetcher(limits()), &missing.url("/x")).await.unwrap_err().to_string();
    assert!(error.contains(&missing.url("/x")) && error.contains("404"), "{error}");
}

#[tokio::test]
async fn broken_answers_are_errors_and_not_short_documents() {
    let server = Server::start(|_| Script::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this".to_vec())).await;
    assert!(matches!(get(&server.fetcher(limits()), &server.url("/")).await, Err(FetchError::Broken { .. })));
    let server = Server::start(|_| Script::Send(b"SSH-2.0-OpenSSH_9.0\r\n".to_vec())).await;
    assert!(matches!(get(&server.fetcher(limits()), &server.url("/")).await, Err(FetchError::Broken { .. })));
}

#[tokio::test]
async fn nobody_listening_and_no_encryption_are_told_apart() {
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = plain.accept().await.unwrap();
        let mut hello = [0; 16];
        let _ = stream.read(&mut hello).await;
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        // Ends when the client closes.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = get(&fetcher(&[address.to_string()], limits()), &format!("https://{address}/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Tls { .. }), "{error}");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = get(&fetcher(&[free.to_string()], limits()), &format!("http://{free}/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn a_host_is_asked_one_thing_at_a_time() {
    let (open, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let top = Arc::clone(&most);
    let server = Server::start(move |_| {
        let open = Arc::clone(&open);
        top.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let pause = async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            open.fetch_sub(1, Ordering::SeqCst);
        };
        Script::After(Box::pin(pause), answer("200 OK", &[], b"x"))
    })
    .await;
    let (fetcher, url) = (server.fetcher(limits()), server.url("/"));
    let (a, b, c) = tokio::join!(get(&fetcher, &url), get(&fetcher, &url), get(&fetcher, &url));
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn two_hosts_are_asked_at_once() {
    let both = Arc::new(Barrier::new(2));
    let server = Server::start(move |_| {
        let both = Arc::clone(&both);
        Script::After(
            Box::pin(async move {
                let _ = both.wait().await;
            }),
            answer("200 OK", &[], b"x"),
        )
    })
    .await;
    // Each answer comes only when both have asked: were they asked in turn, the first would wait for its timeout.
    let limits = FetchLimits { total: Duration::from_secs(20), ..limits() };
    let fetcher = fetcher(&["127.0.0.1".to_owned(), "localhost".to_owned()], limits);
    let (url, other) = (server.url("/"), server.url("/").replace("127.0.0.1", "localhost"));
    let (first, second) = tokio::join!(get(&fetcher, &url), get(&fetcher, &other));
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
}

#[tokio::test]
async fn the_wait_for_a_turn_has_an_end() {
    let server = Server::start(|_| Script::Stall(Vec::new())).await;
    let short = FetchLimits { turn: Duration::from_millis(50), total: Duration::from_millis(500), ..limits() };
    let (fetcher, url) = (server.fetcher(short), server.url("/"));
    let (first, second) = tokio::join!(get(&fetcher, &url), get(&fetcher, &url));
    assert!(matches!(first, Err(FetchError::Timeout { which: Waited::Total, .. })), "{first:?}");
    assert!(matches!(second, Err(FetchError::Timeout { which: Waited::Turn, .. })), "{second:?}");
}

#[tokio::test]
async fn files_are_read_for_the_operator_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("feed one.xml");
    std::fs::write(&path, "<rss/>").unwrap();
    let policy = FetchPolicy {
        user_agent: "stancebot-test".to_owned(),
        file_root: Some(dir.path().to_owned()),
        limits: FetchLimits { decoded_bytes_max: 100, ..limits() },
        allow_hosts: vec![],
    };
    let fetcher = Fetcher::new(policy).unwrap();
    let url = "file:feed%20one.xml";
    let Ok(Fetched::Full(document)) = fetcher.get(&Request::feed(url, Origin::Configured)).await else { panic!("not read") };
    assert_eq!((document.bytes.as_slice(), document.final_url.as_str()), (&b"<rss/>"[..], url));
    let again = Request { etag: document.etag.as_deref(), ..Request::feed(url, Origin::Configured) };
    assert_eq!(fetcher.get(&again).await, Ok(Fetched::NotModified { permanent_url: None }));
    std::fs::write(&path, "<rss>changed</rss>").unwrap();
    assert!(matches!(fetcher.get(&again).await, Ok(Fetched::Full(_))));
    for url in [url, "file:///etc/hostname", "FILE:feed%20one.xml"] {
        assert!(matches!(get(&fetcher, url).await, Err(FetchError::FileForbidden { .. })), "{url}");
    }
    for (url, words) in [("file:none.xml", "file:none.xml"), ("file:.", "regular file"), ("file:/dev/zero", "regular file")] {
        let error = fetcher.get(&Request::feed(url, Origin::Configured)).await.unwrap_err();
        assert!(matches!(error, FetchError::File { .. }) && error.to_string().contains(words), "{url}: {error}");
    }
    std::fs::write(dir.path().join("large.xml"), [b'a'; 101]).unwrap();
    let error = fetcher.get(&Request::feed("file:large.xml", Origin::Configured)).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { max_bytes: 100, .. }), "{error}");
}

#[tokio::test]
async fn secrets_in_an_address_are_sent_and_not_shown() {
    let server = Server::fixed(answer("404 Not Found", &[], b"")).await;
    let url = server.url("/").replace("http://", "http://me:hush@");
    let error = get(&server.fetcher(limits()), &url).await.unwrap_err().to_string();
    assert!(!error.contains("hush"), "{error}");
    assert!(server.requests()[0].to_ascii_lowercase().contains("authorization: basic"));
}
