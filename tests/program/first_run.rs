//! What a person sees who starts the program for the first time, and for the second.

use crate::bot::{Place, alerted};

#[test]
fn first_run_reads_alerts_and_answers_and_the_second_alerts_nothing_twice() {
    let place = Place::shipped();
    let first = place.run(&[], "!stance kremlin\n!why 1\n").expect(0);
    assert!(first.err.contains("Read 4 feeds:"), "{}", first.err);
    assert!(first.out.contains("sample"), "an example alert is marked as a sample: {}", first.out);
    let answer = first.out.find("Kremlin").unwrap();
    assert!(first.out[answer..].contains("oppose"), "{}", first.out);
    assert!(first.out.contains("Institute for the Study of War"), "{}", first.out);

    let second = place.run(&[], "!stance kremlin\n").expect(0);
    assert!(!second.out.contains("sample"), "nothing is alerted twice: {}", second.out);
    assert!(second.out.contains("oppose"), "{}", second.out);
}

#[test]
fn alerts_name_each_statement_once() {
    let place = Place::shipped();
    let out = place.run(&[], "").expect(0).out;
    let mut ids = alerted(&out);
    let all = ids.len();
    ids.dedup();
    assert!(all > 0 && ids.len() == all, "{out}");
}

#[test]
fn every_command_of_help_answers_without_a_fault() {
    let place = Place::shipped();
    let lines = "help\nstance kremlin\nsaid putin\nwho us-ukraine-peace-plan\nwhy 1\nsource 1\nactor ushakov\ntopics\nfollows\n\
                 follow putin on us-ukraine-peace-plan\nfollows\nunfollow putin\nfeed list\nhealth\nstance kremlim\nstance\nwhy 999999\n";
    let ran = place.run(&[], lines).expect(0);
    assert!(!ran.out.contains("log has the details"), "{}", ran.out);
    assert!(ran.err.lines().all(|line| !line.contains("ERROR")), "{}", ran.err);
    assert!(ran.out.to_lowercase().contains("did you mean"), "{}", ran.out);
}

#[test]
fn hostile_lines_are_answered_and_end_nothing() {
    let place = Place::shipped();
    let mut input = format!("!said {}\n", "a".repeat(10_000));
    input.push_str("!said \"unclosed\n!stance 🦀\n!said putin '; DROP TABLE statements; --\n!said \"a\" NEAR(b) OR *\n");
    input.push_str(
        "!stance @everyone\n!why 99999999999999999999\n!why -1\n!stance kremlin page 999999\n!\n! !\n\u{202e}!stance\n!stance kremlin\n",
    );
    let ran = place.run(&[], &input).expect(0);
    assert!(!ran.out.contains("log has the details"), "{}", ran.out);
    assert!(ran.out.contains("oppose"), "the last command is answered: {}", ran.out);
    assert!(ran.err.lines().all(|line| !line.contains("panicked")), "{}", ran.err);
}
