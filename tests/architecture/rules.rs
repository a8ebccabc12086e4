//! What the design allows: one function a rule, each from a file's path and source to what is wrong with it.
//!
//! The tables are those of ARCHITECTURE.md; a change of one is a change of the other.

use super::source::Source;

/// Room, and the rooms that it may import. Wiring (`app`, `main`, `lib`) may import all and is imported by nobody else.
pub const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("rules", &["model"]),
    ("feeds", &["model"]),
    ("store", &["model"]),
    ("query", &["model", "store"]),
    ("reply", &["model"]),
    ("commands", &["model", "rules", "store", "query", "reply"]),
    ("chat", &["model", "reply", "commands"]),
    ("alerts", &["model", "store", "query", "reply", "chat"]),
    ("pipeline", &["model", "rules", "feeds", "store", "alerts"]),
    ("config", &["model", "rules", "feeds", "store", "query", "reply", "commands", "chat", "alerts", "pipeline"]),
];
/// Rooms without a row: they connect the others.
pub const WIRING: &[&str] = &["app", "main", "lib"];

/// Lines of a file without its tests.
const FILE_LINES_MAX: usize = 500;
/// Lines of a function.
const FUNCTION_LINES_MAX: usize = 70;

/// What nothing in `model` and `rules` may touch.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "std::io",
    "std::time",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "Mutex",
    "RwLock",
    "OnceCell",
    "OnceLock",
    "thread_local",
    "async fn",
    "await",
    "tokio",
    "rusqlite",
    "reqwest",
    "tracing",
    "fastrand",
    "println",
    "eprintln",
];
const CLOCKS: &[&str] = &["Timestamp::now", "Zoned::now", "SystemTime::now", "SystemTime"];
const NETWORK: &[&str] = &["reqwest", "hyper", "std::net", "tokio::net", "TcpStream", "TcpListener", "UdpSocket"];
const ENVIRONMENT: &[&str] = &["std::env", "env::var", "env::var_os", "env::vars", "env::args", "env::args_os"];
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE VIRTUAL ",
    "CREATE INDEX ",
    "PRAGMA ",
    "DROP TABLE ",
];

/// The room of a file: `src/store/feeds.rs` and `src/store.rs` give `store`.
pub fn room(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// How many modules deep a file is: `src/lib.rs` 0, `src/store/mod.rs` 1, `src/store/feeds.rs` 2.
fn depth(path: &str) -> usize {
    let inside = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    match inside {
        "lib" | "main" => 0,
        _ => inside.trim_end_matches("/mod").split('/').count(),
    }
}

/// The rooms that a file imports, its own left out.
pub fn imports(path: &str, source: &Source) -> Vec<String> {
    let known = |name: &str| ARROWS.iter().any(|(room, _)| *room == name) || WIRING.contains(&name);
    let mut rooms = source.rooms(depth(path));
    rooms.retain(|name| name != room(path) && known(name));
    rooms.sort();
    rooms.dedup();
    rooms
}

pub fn arrows(path: &str, source: &Source) -> Vec<String> {
    let room = room(path);
    if WIRING.contains(&room) {
        return Vec::new();
    }
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("the room `{room}` is in no row of the table of arrows")];
    };
    let imports = imports(path, source).into_iter();
    imports.filter(|name| !allowed.contains(&name.as_str())).map(|name| format!("`{room}` must not import `{name}`")).collect()
}

/// `alerts` decides which watch matches from values alone.
pub fn matching(path: &str, source: &Source) -> Vec<String> {
    if path != "src/alerts/matching.rs" {
        return Vec::new();
    }
    imports(path, source).into_iter().filter(|name| name != "model").map(|name| format!("matching must not import `{name}`")).collect()
}

pub fn purity(path: &str, source: &Source) -> Vec<String> {
    if !matches!(room(path), "model" | "rules") {
        return Vec::new();
    }
    forbidden(source, IMPURE, "is not pure")
}

pub fn clock(path: &str, source: &Source) -> Vec<String> {
    if WIRING.contains(&room(path)) {
        return Vec::new();
    }
    forbidden(source, CLOCKS, "reads the clock, which is an argument")
}

pub fn environment(path: &str, source: &Source) -> Vec<String> {
    if matches!(room(path), "config" | "main") {
        return Vec::new();
    }
    forbidden(source, ENVIRONMENT, "reads the environment, which only config and main know")
}

pub fn network(path: &str, source: &Source) -> Vec<String> {
    if path.starts_with("src/feeds/fetch") || room(path) == "chat" {
        return Vec::new();
    }
    forbidden(source, NETWORK, "knows the network, which only feeds::fetch and chat do")
}

pub fn sql(path: &str, source: &Source) -> Vec<String> {
    if room(path) == "store" {
        return Vec::new();
    }
    let statement = |literal: &&String| SQL.iter().any(|word| literal.trim_start().starts_with(word));
    let mut wrong: Vec<String> = source.literals.iter().filter(statement).map(|sql| format!("SQL outside store: {sql}")).collect();
    wrong.extend(forbidden(source, &["rusqlite"], "is SQL outside store"));
    wrong
}

pub fn hash_order(_path: &str, source: &Source) -> Vec<String> {
    forbidden(source, &["HashMap", "HashSet"], "has an order that leaks; BTreeMap, BTreeSet or a sorted Vec")
}

pub fn head(_path: &str, source: &Source) -> Vec<String> {
    let says = source.first_line.strip_prefix("//! ").is_some_and(|head| head.len() > 20);
    if says { Vec::new() } else { vec!["the file does not start with `//!` and what it is for".to_owned()] }
}

pub fn file_length(_path: &str, source: &Source) -> Vec<String> {
    let lines = source.lines();
    if lines <= FILE_LINES_MAX { Vec::new() } else { vec![format!("{lines} lines without tests, {FILE_LINES_MAX} at most")] }
}

pub fn function_length(_path: &str, source: &Source) -> Vec<String> {
    let long = source.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES_MAX);
    long.map(|function| format!("line {}: `{}` has {} lines, {FUNCTION_LINES_MAX} at most", function.line, function.name, function.lines))
        .collect()
}

pub fn bool_parameters(_path: &str, source: &Source) -> Vec<String> {
    let has_bool = |parameters: &str| parameters.split(',').any(|parameter| parameter.trim().ends_with(": bool"));
    let with = source.functions().into_iter().filter(|function| function.public && has_bool(&function.parameters));
    with.map(|function| format!("line {}: `{}` takes a bool; an enum says what it means", function.line, function.name)).collect()
}

pub fn no_allow(_path: &str, source: &Source) -> Vec<String> {
    forbidden(source, &["allow"], "silences a lint; `expect` with a reason does not rot")
        .into_iter()
        .filter(|_| source.code.contains("#[allow(") || source.code.contains("#![allow("))
        .collect()
}

fn forbidden(source: &Source, words: &[&str], why: &str) -> Vec<String> {
    words.iter().filter(|word| source.has(word)).map(|word| format!("`{word}` {why}")).collect()
}

/// All rules that look at one file.
pub const ALL: &[fn(&str, &Source) -> Vec<String>] = &[
    arrows,
    matching,
    purity,
    clock,
    environment,
    network,
    sql,
    hash_order,
    head,
    file_length,
    function_length,
    bool_parameters,
    no_allow,
];
