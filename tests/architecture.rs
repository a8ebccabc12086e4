//! Holds the design: arrows between rooms, purity of the rules, who knows what, lengths of files and functions.
//!
//! Reads the source as text. The second half proves on bad snippets that each check can fail, and on good ones that it does not.

#[path = "architecture/rules.rs"]
mod rules;
#[path = "architecture/source.rs"]
mod source;

use source::Source;
use std::collections::BTreeMap;
use std::path::Path;

/// All Rust files under a directory of the project, with their path relative to it, sorted.
fn tree(directory: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut open = vec![root.join(directory)];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory of the project is read") {
            let path = entry.expect("an entry of it is read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(root).expect("it is inside the project").to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).expect("a source file is UTF-8")));
            }
        }
    }
    files.sort();
    files
}

fn wrong(path: &str, text: &str) -> Vec<String> {
    let source = Source::new(text);
    rules::ALL.iter().flat_map(|rule| rule(path, &source)).map(|problem| format!("{path}: {problem}")).collect()
}

#[test]
fn the_tree_keeps_every_rule() {
    let files = tree("src");
    assert!(files.len() > 50, "only {} files were found", files.len());
    let problems: Vec<String> = files.iter().flat_map(|(path, text)| wrong(path, text)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn rooms_import_each_other_in_one_direction() {
    let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in tree("src") {
        edges.entry(rules::room(&path).to_owned()).or_default().extend(rules::imports(&path, &Source::new(&text)));
    }
    assert_eq!(cycle(&edges), None);
}

#[test]
fn no_test_is_ignored() {
    for (path, text) in tree("src").into_iter().chain(tree("tests")) {
        assert!(!Source::new(&text).code.contains("#[ignore"), "{path} ignores a test");
    }
}

/// The rooms that are left when those that import nothing left are taken away, again and again.
fn cycle(edges: &BTreeMap<String, Vec<String>>) -> Option<Vec<String>> {
    let mut left: Vec<&String> = edges.keys().collect();
    loop {
        let before = left.len();
        let still = left.clone();
        left.retain(|room| edges[*room].iter().any(|to| to != *room && still.contains(&to)));
        if left.is_empty() {
            return None;
        }
        if left.len() == before {
            return Some(left.into_iter().cloned().collect());
        }
    }
}

/// A head that every snippet needs.
const HEAD: &str = "//! A snippet for the checks; it is never compiled.\n";

/// Path, code, and what the complaint says.
const BAD: &[(&str, &str, &str)] = &[
    ("src/rules/x.rs", "use crate::store::Store;", "must not import `store`"),
    ("src/rules/x.rs", "use crate::{model::Span, feeds::{Feed, fetch}};", "must not import `feeds`"),
    ("src/store/x.rs", "use crate::{\n    model::{Span, Act},\n    query,\n};", "must not import `query`"),
    ("src/chat/x.rs", "fn f() { crate::store::open(); }", "must not import `store`"),
    ("src/reply/x.rs", "use super::super::commands::Incoming;", "must not import `commands`"),
    ("src/reply/mod.rs", "use super::chat::Platform;", "must not import `chat`"),
    ("src/commands/x.rs", "use crate::feeds::fetch;", "must not import `feeds`"),
    ("src/model/x.rs", "use crate::app::Cli;", "must not import `app`"),
    ("src/gossip/mod.rs", "fn f() {}", "in no row"),
    ("src/alerts/matching.rs", "use crate::store::Store;", "matching must not import `store`"),
    ("src/rules/x.rs", "use std::fs;", "`std::fs` is not pure"),
    ("src/rules/x.rs", "async fn f() {}", "`async fn` is not pure"),
    ("src/rules/x.rs", "fn f() { let t = Instant::now(); }", "`Instant` is not pure"),
    ("src/rules/x.rs", "static X: std::sync::Mutex<u8> = todo;", "`Mutex` is not pure"),
    ("src/store/x.rs", "fn f() { jiff::Timestamp::now(); }", "reads the clock"),
    ("src/store/x.rs", "fn f() { std::env::var(x); }", "reads the environment"),
    ("src/feeds/parse.rs", "use reqwest::Client;", "knows the network"),
    ("src/commands/x.rs", "fn f() { tokio::net::lookup_host(x); }", "knows the network"),
    ("src/query/x.rs", "const Q: &str = \"SELECT id FROM feeds\";", "SQL outside store"),
    ("src/query/x.rs", "const Q: &str = r#\"\n  DELETE FROM feeds\"#;", "SQL outside store"),
    ("src/query/x.rs", "use rusqlite::Connection;", "is SQL outside store"),
    ("src/query/x.rs", "use std::collections::HashMap;", "an order that leaks"),
    ("src/query/x.rs", "pub fn f(a: u8, wide: bool) {}", "takes a bool"),
    ("src/query/x.rs", "#[allow(dead_code)]\nfn f() {}", "silences a lint"),
];

/// Path and code that nothing may complain about.
const GOOD: &[(&str, &str)] = &[
    ("src/rules/x.rs", "use crate::model::Span;\nuse super::text::Token;\nuse crate::rules::data;"),
    ("src/rules/a/b.rs", "use super::super::data::Block;"),
    (
        "src/rules/x.rs",
        "// use crate::store::Store; std::fs\n/* tokio /* nested */ rusqlite */\nfn f() -> &'static str { \"std::fs tokio\" }",
    ),
    (
        "src/rules/x.rs",
        "const C: [char; 3] = ['\"', '\\'', '{'];\nfn f<'a>(x: &'a str) -> &'a str { x }\nconst D: &str = \"crate::store\";",
    ),
    ("src/rules/x.rs", "const R: &str = r##\"a \"# crate::store { \"##;\nfn awaited() {}"),
    ("src/query/x.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::feeds::Feed;\n    use std::collections::HashMap;\n}"),
    ("src/query/x.rs", "const T: &str = \"never SELECT a message\";"),
    ("src/store/x.rs", "const Q: &str = \"SELECT 1\";\nuse rusqlite::Connection;"),
    ("src/feeds/fetch/mod.rs", "use reqwest::Client;\nuse std::net::IpAddr;"),
    ("src/config/mod.rs", "fn f() { std::env::var_os(x); }"),
    ("src/app/x.rs", "use crate::{store, feeds};\nfn f() { jiff::Timestamp::now(); }"),
    ("src/chat/x.rs", "fn f(wide: bool) {}\npub(crate) fn g(x: &crate::reply::Reply) {}"),
];

#[test]
fn every_bad_snippet_is_complained_about_once() {
    for (path, code, complaint) in BAD {
        let problems = wrong(path, &format!("{HEAD}{code}\n"));
        assert!(problems.iter().any(|problem| problem.contains(complaint)), "{path}: {code}\n{problems:?}");
    }
}

#[test]
fn no_good_snippet_is_complained_about() {
    for (path, code) in GOOD {
        assert_eq!(wrong(path, &format!("{HEAD}{code}\n")), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn a_file_without_a_head_is_complained_about() {
    assert!(wrong("src/query/x.rs", "fn f() {}\n")[0].contains("does not start with"));
    assert!(wrong("src/query/x.rs", "//! Short.\nfn f() {}\n")[0].contains("does not start with"));
}

#[test]
fn long_files_and_functions_are_complained_about_and_their_tests_are_not_counted() {
    let lines = |count: usize| "    x();\n".repeat(count);
    let function = |count| format!("{HEAD}fn f() {{\n{}}}\n", lines(count));
    assert_eq!(wrong("src/query/x.rs", &function(68)), Vec::<String>::new());
    assert!(wrong("src/query/x.rs", &function(69))[0].contains("`f` has 71 lines"));
    let file = |count: usize| format!("{HEAD}{}", "const X: u8 = 1;\n".repeat(count));
    assert_eq!(wrong("src/query/x.rs", &file(499)), Vec::<String>::new());
    assert!(wrong("src/query/x.rs", &file(500))[0].contains("501 lines"));
    let tested = format!("{}\n#[cfg(test)]\nmod tests {{\n{}}}\n", file(400), function(300));
    assert_eq!(wrong("src/query/x.rs", &tested), Vec::<String>::new());
}

#[test]
fn a_circle_of_imports_is_found_and_a_line_is_not() {
    let edges = |pairs: &[(&str, &str)]| {
        let mut edges: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (from, to) in pairs {
            edges.entry((*from).to_owned()).or_default().push((*to).to_owned());
            edges.entry((*to).to_owned()).or_default();
        }
        edges
    };
    assert_eq!(cycle(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])), None);
    assert_eq!(cycle(&edges(&[("a", "b"), ("b", "c"), ("c", "b")])), Some(vec!["a".to_owned(), "b".to_owned(), "c".to_owned()]));
}
