//! How the program ends: at the end of its input, on signals, and with which words when it cannot start.

use crate::bot::{Place, system, wait};
use std::io::{BufRead, BufReader, Write};
use std::time::Duration;

/// What was promised for a clean stop.
const STOP: Duration = Duration::from_secs(5);

fn stops_on(signal: &str) {
    let place = Place::shipped();
    let mut child = place.command(&[]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"!help\n").unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    // The first line that is printed shows that the bot is at work.
    out.read_line(&mut line).unwrap();
    assert!(system("kill", &["-s", signal, &child.id().to_string()]).status.success());
    let ended = wait(&mut child, STOP);
    let _ = child.kill();
    assert_eq!(ended, Some(Some(0)), "SIG{signal} ends the program cleanly");
    drop(stdin);
}

#[test]
fn sigterm_stops_it_cleanly_within_five_seconds() {
    stops_on("TERM");
}

#[test]
fn ctrl_c_stops_it_cleanly_within_five_seconds() {
    stops_on("INT");
}

#[test]
fn a_second_bot_on_the_same_state_is_refused() {
    let place = Place::shipped();
    let mut first = place.command(&[]).spawn().unwrap();
    let mut stdin = first.stdin.take().unwrap();
    stdin.write_all(b"!help\n").unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(first.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let second = place.run(&[], "").expect(4);
    assert!(second.err.contains("another stancebot uses it"), "{}", second.err);
    place.run(&["healthcheck"], "").expect(0);
    drop(stdin);
    drop(out);
    let _ = first.kill();
    let _ = first.wait();
}

#[test]
fn a_wrong_configuration_is_named_with_place_and_suggestion() {
    for (config, code, words) in [
        ("stat_dir = \"x\"\n", 3, ["stancebot.toml:1:1", "did you mean `state_dir`?"]),
        ("[polling]\ninterval_secs = 1\n", 3, ["stancebot.toml:2:17", "between 60 and"]),
        ("[[feeds]]\nurl = \"ftp://a/b\"\noutlet = \"x\"\n", 3, ["stancebot.toml:2:7", "not an http:"]),
        ("[[watches]]\nchannel = \"terminal\"\nfollow = \"kremlim\"\n", 3, ["stancebot.toml:3:1", "did you mean \u{201c}kremlin\u{201d}?"]),
        ("knowledge_dirs = [\"@/none\"]\n", 3, ["cannot read", "knowledge_dirs"]),
        ("[matrix]\nenabled = true\n", 3, ["stancebot.toml:2:11", "no homeserver is named"]),
        ("[matrix]\nhomeserver = \"m example\"\n", 3, ["stancebot.toml:2:14", "neither an address nor a server's name"]),
        ("[matrix]\nhomeserver = \"https://m.example\"\noperators = [\"ada\"]\n", 3, ["stancebot.toml:3:14", "@ada:example.org"]),
        ("a = \n", 3, ["stancebot.toml:1:", "stancebot.toml"]),
    ] {
        let ran = Place::configured(config).run(&[], "").expect(code);
        for word in words {
            assert!(ran.err.contains(word), "{config}: no {word} in {}", ran.err);
        }
        let checked = Place::configured(config).run(&["check"], "").expect(1);
        assert!(checked.err.contains(words[0]), "{}", checked.err);
    }
}

#[test]
fn check_lists_all_problems_of_a_file_at_once() {
    let config = "stat_dir = \"x\"\n[chat]\npage_size = 99\nprefix = \"abc\"\ncolour = 1\n[log]\nlevel = \"loud\"\n";
    let ran = Place::configured(config).run(&["check"], "").expect(1);
    assert!(ran.err.contains("5 problems found"), "{}", ran.err);
}

#[test]
fn a_missing_configuration_and_a_wrong_command_line_say_what_to_do() {
    let place = Place::shipped();
    std::fs::create_dir(place.path("empty")).unwrap();
    let ran = place.run_in("empty", &[]).expect(3);
    assert!(ran.err.contains("--config"), "{}", ran.err);
    place.run(&["fly"], "").expect(2);
    let version = place.run(&["--version"], "").expect(0);
    assert!(version.out.starts_with("stancebot "), "{}", version.out);
}

#[test]
fn an_unusable_state_directory_is_named() {
    let place = Place::shipped();
    std::fs::write(place.path("state"), "a file, not a directory").unwrap();
    let ran = place.run(&[], "").expect(4);
    assert!(ran.err.contains("cannot use the state directory"), "{}", ran.err);
}

#[test]
fn a_database_of_another_kind_is_refused_and_kept() {
    let place = Place::shipped();
    std::fs::create_dir(place.path("state")).unwrap();
    let database = place.path("state/stancebot.db");
    std::fs::write(&database, "this is no database, it is a poem\n".repeat(100)).unwrap();
    let ran = place.run(&[], "").expect(4);
    assert!(ran.err.contains("not a SQLite database"), "{}", ran.err);
    assert!(std::fs::read_to_string(&database).unwrap().starts_with("this is no database"));
}

#[test]
fn output_that_nobody_reads_any_more_ends_the_program_quietly() {
    let place = Place::shipped();
    let mut child = place.command(&[]).spawn().unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    let _ = stdin.write_all("!help\n".repeat(50).as_bytes());
    drop(stdin);
    let ended = wait(&mut child, crate::bot::PATIENCE);
    let _ = child.kill();
    assert_eq!(ended, Some(Some(0)));
}
