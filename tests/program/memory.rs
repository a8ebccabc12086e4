//! What people teach and correct, over restarts; and articles that are read again beside a running bot.

use crate::bot::{PATIENCE, Place};
use std::io::{BufRead, BufReader, Write};
use std::time::Instant;

const CONFIG: &str = r#"
knowledge_dirs = ["@/knowledge"]
[[feeds]]
url = "file:@/feed.xml"
outlet = "pier-post"
text = "feed"
"#;
const OUTLETS: &str =
    "[[outlet]]\nid = \"pier-post\"\nname = \"The Pier Post\"\nhosts = [\"pier.example\"]\nsource = \"invented for this test\"\n";
const ACTORS: &str = r#"
[[actor]]
id = "ada-quill"
kind = "person"
name = "Ada Quill"
gender = "f"
source = "invented for this test"
example = "Ada Quill spoke to reporters."
guardrail = "A quill lay on the desk, the clerk said."
"#;
const TOPICS: &str = r#"
[[topic]]
id = "harbour-levy"
kind = "policy"
name = "harbour levy"
source = "invented for this test"
example = "Reporters asked about the harbour levy."
guardrail = "Reporters asked about the harbour."
"#;
const FEED: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>The Pier Post (invented)</title><item><guid>a</guid>\
    <title>The levy</title><link>https://pier.example/a</link><description>&lt;p&gt;Ada Quill said that the harbour levy was \
    unacceptable.&lt;/p&gt;&lt;p&gt;Ada Quill said that the ferry would stay.&lt;/p&gt;</description></item></channel></rss>";

fn place() -> Place {
    let place = Place::configured(CONFIG);
    std::fs::create_dir_all(place.path("knowledge/actors")).unwrap();
    std::fs::create_dir_all(place.path("knowledge/topics")).unwrap();
    std::fs::write(place.path("knowledge/actors/own.toml"), ACTORS).unwrap();
    std::fs::write(place.path("knowledge/outlets.toml"), OUTLETS).unwrap();
    std::fs::write(place.path("feed.xml"), FEED).unwrap();
    place
}

#[test]
fn a_topic_that_is_taught_is_read_in_articles_that_are_there_and_known_after_a_restart() {
    let place = place();
    let first = place.run(&[], "!stance ada quill\n!topic add harbour levy\n").expect(0);
    assert!(first.out.contains("no stance can be told") && first.out.contains("is a topic now: harbour-levy"), "{}", first.out);
    // What was not finished in the background is taken up at the next start, whose first answers may come before it is done.
    let until = Instant::now() + PATIENCE;
    loop {
        let mut child = place.command(&[]).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        stdin.write_all(b"!who harbour levy\n!health\n").unwrap();
        let (mut told, mut line) = (String::new(), String::new());
        while lines.read_line(&mut line).unwrap() > 0 && !line.contains("version:") {
            told.push_str(&std::mem::take(&mut line));
        }
        let mut asked = 0;
        while !told.contains("Ada Quill") && asked < 200 {
            asked += 1;
            stdin.write_all(b"!who harbour levy\n!health\n").unwrap();
            line.clear();
            while lines.read_line(&mut line).unwrap() > 0 && !line.contains("version:") {
                told.push_str(&std::mem::take(&mut line));
            }
            line.clear();
        }
        drop(stdin);
        child.wait().unwrap();
        if told.contains("Ada Quill") {
            assert!(!told.contains("Alert"), "old news was alerted: {told}");
            break;
        }
        assert!(Instant::now() < until, "{told}");
    }
    let last = place.run(&[], "!stance ada quill on harbour levy\n!why 1\n").expect(0);
    assert!(last.out.contains("Ada Quill — on harbour levy: oppose"), "{}", last.out);
}

#[test]
fn articles_are_read_again_with_other_data_and_ids_stay() {
    let place = place();
    place.run(&[], "!wrong 2 not-a-statement\n").expect(0);
    std::fs::write(place.path("knowledge/topics/own.toml"), TOPICS).unwrap();
    let dry = place.run(&["reextract", "--dry-run"], "").expect(0);
    assert!(dry.out.contains("1 article read again") && dry.out.contains("Other stances: 1"), "{}", dry.out);
    assert!(dry.out.contains("now:    ada-quill") && dry.out.contains("oppose harbour-levy"), "{}", dry.out);
    assert!(dry.out.contains("Nothing was changed"), "{}", dry.out);
    assert!(place.run(&["export"], "").expect(0).out.contains("\"stances\":[]"));
    let none = place.run(&["reextract", "--since", "2100-01-01"], "").expect(0);
    assert!(none.out.contains("0 articles read again"), "{}", none.out);
    let ran = place.run(&["reextract"], "").expect(0);
    assert!(ran.out.contains("Switched: 0 new, 1 changed, 0 no longer read"), "{}", ran.out);
    let export = place.run(&["export"], "").expect(0).out;
    assert!(export.lines().count() == 1 && export.contains("harbour-levy"), "{export}");
    let again = place.run(&["reextract"], "").expect(0);
    assert!(again.out.contains("Nothing becomes another"), "{}", again.out);
    let told = place.run(&[], "!stance ada quill\n!why 1\n!why 2\n!health\n").expect(0).out;
    assert!(told.contains("on harbour levy: oppose") && told.contains("revision 2"), "{told}");
    assert!(told.contains("Taken out as not a statement") && !told.contains("made by other rules"), "{told}");
}

#[test]
fn reading_again_beside_a_running_bot_is_safe() {
    let place = place();
    place.run(&[], "").expect(0);
    std::fs::write(place.path("knowledge/topics/own.toml"), TOPICS).unwrap();
    let mut bot = place.command(&[]).spawn().unwrap();
    let mut stdin = bot.stdin.take().unwrap();
    stdin.write_all(b"!follow ada-quill\n").unwrap();
    // Its answer shows that the bot is up and holds the state directory.
    let mut lines = BufReader::new(bot.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    let ran = place.run(&["reextract"], "").expect(0);
    assert!(ran.out.contains("Switched: 0 new, 1 changed"), "{}", ran.out);
    stdin.write_all(b"!stance ada quill\n").unwrap();
    drop(stdin);
    let mut told = String::new();
    std::io::Read::read_to_string(&mut lines, &mut told).unwrap();
    bot.stdout = None;
    assert!(bot.wait().unwrap().success());
    assert!(told.contains("on harbour levy: oppose") && !told.contains("Alert"), "{told}");
}
