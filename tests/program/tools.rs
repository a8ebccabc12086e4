//! The one-shot commands: extract, ingest, export, backup, healthcheck.

use crate::bot::Place;
use serde_json::Value;

const TEXT: &str = "Mayor Ada Quill said that the old pier would stay open.\n\u{201c}We will not sell it,\u{201d} she said.\n";

#[test]
fn extract_gives_people_text_and_programs_json() {
    let place = Place::shipped();
    let text = place.run(&["extract", "--date", "2025-12-03", "-"], TEXT).expect(0).out;
    assert!(text.contains("2 statements") && text.contains("that the old pier would stay open"), "{text}");
    let json: Value = serde_json::from_str(&place.run(&["extract", "--format", "json"], TEXT).expect(0).out).unwrap();
    assert_eq!(json["statements"].as_array().unwrap().len(), 2);
    assert_eq!(json["statements"][1]["quote"], "direct");
}

#[test]
fn extract_offsets_are_code_points_of_the_text_that_was_given() {
    let place = Place::shipped();
    let text = "\u{1f980} Caf\u{e9}. Mayor Ada Quill said that the old pier would stay open.";
    let line = serde_json::json!({"id": "a", "text": text, "date": "2025-12-03"}).to_string();
    let out = place.run(&["extract", "--format", "jsonl"], &format!("{line}\n{line}\n")).expect(0).out;
    assert_eq!(out.lines().count(), 2);
    let value: Value = serde_json::from_str(out.lines().next().unwrap()).unwrap();
    let statement = &value["statements"][0];
    let cue: Vec<usize> = serde_json::from_value(statement["cue"].clone()).unwrap();
    let shown: String = text.chars().skip(cue[0]).take(cue[1] - cue[0]).collect();
    assert_eq!(shown, "said");
}

#[test]
fn a_feed_file_is_read_entry_by_entry() {
    let place = Place::shipped();
    let out = place.run(&["extract", "--format", "jsonl", "data/example/harbour-courier.xml"], "").expect(0).out;
    assert!(out.lines().count() > 1, "{out}");
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["text"].is_string()));
}

#[test]
fn the_same_text_under_two_outlets_is_one_set_of_statements() {
    let place = Place::shipped();
    std::fs::write(place.path("a.txt"), TEXT).unwrap();
    let path = place.path("a.txt").display().to_string();
    place.run(&["ingest", "--date", "2025-12-03", "--outlet", "meridian-wire", &path], "").expect(0);
    let again = place.run(&["ingest", "--date", "2025-12-03", "--outlet", "harbour-courier", &path], "").expect(0);
    assert!(again.err.contains("1 new article with 0 new statements"), "{}", again.err);
    let wrong = place.run(&["ingest", "--outlet", "nope", &path], "").expect(1);
    assert!(wrong.err.contains("is in no data file"), "{}", wrong.err);
}

#[test]
fn bad_input_files_are_named_and_the_good_ones_are_kept() {
    let place = Place::shipped();
    std::fs::write(place.path("good.txt"), TEXT).unwrap();
    let page = format!(
        "<html><head><title>Pier</title></head><body><article><h1>Pier</h1><p>{}</p></article></body></html>",
        "Mayor Ada Quill said that the ferry to the island would run every hour from May, and she thanked the crews for their patience. "
            .repeat(6)
    );
    std::fs::write(place.path("page.html"), page).unwrap();
    let archive = "{\"id\":1,\"text\":\"Mayor Ada Quill said that the tower had to be painted in the spring.\",\"date\":\"2025-12-01\"}\n\
                   {\"id\":2}\nnot json\n";
    std::fs::write(place.path("archive.jsonl"), archive).unwrap();
    std::fs::write(place.path("picture.html"), [0_u8, 159, 146, 150].repeat(100)).unwrap();
    let paths: Vec<String> =
        ["good.txt", "page.html", "archive.jsonl", "none.txt"].iter().map(|name| place.path(name).display().to_string()).collect();
    let mut arguments = vec!["ingest", "--date", "2025-12-03"];
    arguments.extend(paths.iter().map(String::as_str));
    let ran = place.run(&arguments, "").expect(1);
    assert!(ran.err.contains("archive.jsonl line 2") && ran.err.contains("archive.jsonl line 3"), "{}", ran.err);
    assert!(ran.err.contains("none.txt") && ran.err.contains("3 new articles"), "{}", ran.err);
    let again = place.run(&arguments, "").expect(1);
    assert!(again.err.contains("0 new articles") && again.err.contains("3 known already"), "{}", again.err);
}

#[test]
fn rules_report_lists_what_was_passed_over_and_not_what_was_read() {
    let place = Place::shipped();
    let text = "Ada Quillmore harrumphed that the pier was closed. Ivo Brandel said that it was open.\n\
                Boats came home in \u{201c}the long winter of the nets\u{201d} and stayed. Ada Quillmore harrumphed that it was cold.\n";
    std::fs::write(place.path("a.txt"), text).unwrap();
    let line = serde_json::json!({"text": "Ada Quillmore harrumphed that the ferry was late."}).to_string();
    std::fs::write(place.path("b.jsonl"), format!("{line}\n{{\"id\": 2}}\n")).unwrap();
    let (one, two) = (place.path("a.txt").display().to_string(), place.path("b.jsonl").display().to_string());
    let ran = place.run(&["rules", "report", "--limit", "1", &one, &two], "").expect(1);
    assert!(ran.out.contains("     3  harrumphed  Ada Quillmore [harrumphed] that the pier"), "{}", ran.out);
    assert!(ran.out.contains("     3  Ada Quillmore  ") && ran.out.contains("and 1 more"), "{}", ran.out);
    assert!(ran.out.contains("[\u{201c}the long winter of the nets\u{201d}]") && !ran.out.contains("[said]"), "{}", ran.out);
    assert!(ran.err.contains("b.jsonl line 2"), "{}", ran.err);
}

#[test]
fn export_backup_and_healthcheck_work_beside_each_other() {
    let place = Place::shipped();
    let missing = place.run(&["healthcheck"], "").expect(4);
    assert!(!missing.err.is_empty());
    place.run(&[], "").expect(0);
    place.run(&["healthcheck"], "").expect(0);
    let jsonl = place.run(&["export"], "").expect(0).out;
    assert!(jsonl.lines().count() > 10);
    assert!(jsonl.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let csv = place.run(&["export", "--format", "csv"], "").expect(0).out;
    assert!(csv.starts_with("id,speaker,") && csv.lines().next().is_some_and(|head| head.ends_with(",form,cameo,plover")), "{csv}");
    let values: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_form = |form: &str| values.iter().filter(|value| value["form"] == form).count();
    assert!(of_form("deed") > 0 && of_form("words") > of_form("deed"), "{} deeds", of_form("deed"));
    assert!(values.iter().any(|value| value["act"] == "reject" && value["cameo"] == "12" && value["plover"] == "REJECT"));
    assert!(values.iter().any(|value| value["stances"][0]["stance"] == "oppose" && value["stances"][0]["agreement"] == 0));
    let copy = place.path("copy.db");
    let ran = place.run(&["backup", &copy.display().to_string()], "").expect(0);
    assert!(ran.out.contains("verified"), "{}", ran.out);
    let again = place.run(&["backup", &copy.display().to_string()], "").expect(1);
    assert!(again.err.contains("exists already"), "{}", again.err);
}

#[test]
fn corrections_are_exported_as_cases_and_no_file_is_overwritten() {
    let place = Place::shipped();
    std::fs::write(place.path("a.txt"), TEXT).unwrap();
    let path = place.path("a.txt").display().to_string();
    place.run(&["ingest", "--date", "2025-12-03", "--outlet", "meridian-wire", &path], "").expect(0);
    place.run(&[], "!wrong 1 speaker=unknown because it is a test\n!wrong 2 not-a-statement\n!undo 2\n").expect(0);
    let out = place.path("cases.toml").display().to_string();
    let ran = place.run(&["corrections", "export", "--out", &out], "").expect(0);
    assert!(ran.err.contains("Wrote 1 case."), "{}", ran.err);
    let cases: toml::Table = toml::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    let case = &cases["case"][0];
    assert_eq!((case["date"].as_str(), case["statement"][0]["speaker"].as_str()), (Some("2025-12-03"), Some("none")));
    assert!(case["text"].as_str().unwrap().starts_with("Mayor Ada Quill said that the old pier"), "{case}");
    place.run(&["corrections", "export", "--out", &out], "").expect(1);
    assert_eq!(place.run(&["corrections", "export"], "").expect(0).out, std::fs::read_to_string(&out).unwrap());
}

#[test]
fn the_shipped_configuration_and_data_have_no_problem() {
    let ran = Place::shipped().run(&["check"], "").expect(0);
    assert!(ran.out.starts_with("All is well"), "{}", ran.out);
}

#[test]
fn check_tells_all_mistakes_of_configuration_and_data_at_once() {
    let place = Place::configured(
        "[chat]\nprefixx = \"!\"\npage_size = \"six\"\n\n[[feeds]]\nurl = \"https://news.example/feed\"\noutlet = \"reuterz\"\ntext = \"most\"\n\n\
         [[watches]]\nchannel = \"terminal\"\nfollow = \"kremlln\"\n",
    );
    let ran = place.run(&["check"], "").expect(1);
    for part in ["did you mean `prefix`?", "expected a whole number", "reuterz", "most", "kremlln"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(ran.err.contains("5 problems found"), "{}", ran.err);
}

#[test]
fn an_actor_is_removed_for_good_from_the_database_file() {
    let place = Place::shipped();
    let text = "Mayor Ada Quillmore said that the tollhouse would be torn down in April.\nCouncillor Ivo Brandel said that the pier would stay open.\n";
    std::fs::write(place.path("a.txt"), text).unwrap();
    std::fs::write(place.path("b.txt"), format!("The council met on Tuesday.\n{text}")).unwrap();
    let paths = ["a.txt", "b.txt"].map(|name| place.path(name).display().to_string());
    place.run(&["ingest", "--date", "2025-12-03", "--outlet", "meridian-wire", &paths[0]], "").expect(0);
    place.run(&["ingest", "--date", "2025-12-03", "--outlet", "harbour-courier", &paths[1]], "").expect(0);
    let unsure = place.run(&["actor", "purge", "found-ada-quillmore"], "found-ada-quillmore\n").expect(1);
    assert!(unsure.out.contains("1 statement") && unsure.out.contains("2 articles"), "{unsure:?}");
    assert!(unsure.err.contains("--yes"), "{}", unsure.err);
    let file = || std::fs::read(place.path("state/stancebot.db")).unwrap().to_ascii_lowercase();
    let has = |words: &str| file().windows(words.len()).any(|window| window == words.as_bytes());
    assert!(has("tollhouse") && has("ada quillmore"));
    place.run(&["actor", "purge", "--yes", "found-ada-quillmore"], "").expect(0);
    assert!(!has("tollhouse") && !has("ada quillmore") && has("the pier would stay open"));
    let unknown = place.run(&["actor", "purge", "--yes", "ada-quillless"], "").expect(1);
    assert!(unknown.err.contains("no actor has the id"), "{}", unknown.err);
    let again = place.run(&["ingest", "--date", "2025-12-04", "--outlet", "harbour-courier", &paths[0]], "").expect(0);
    assert!(again.err.contains("0 new statements"), "nothing of hers is read again: {}", again.err);
    let told = place.run(&["reextract"], "").expect(0).out;
    assert!(!told.contains("No longer read"), "{told}");
    let answers = place.run(&[], "!why 1\n!said found-ada-quillmore\n!said Brandel\n").expect(0).out;
    assert!(answers.contains("removed on request") && answers.contains("pier would stay open"), "{answers}");
}

#[test]
fn a_channel_of_the_configuration_follows_shifts_only() {
    let config = "state_dir = \"@/state\"\n[[watches]]\nchannel = \"terminal\"\nfollow = \"putin\"\nshifts = true\n";
    let place = Place::configured(config);
    let out = place.run(&[], "!follows\n").expect(0).out;
    assert!(out.contains("when Vladimir Putin changes position"), "{out}");
    let both = Place::configured(&config.replace("shifts = true", "shifts = true\nown = true"));
    let checked = both.run(&["check"], "").expect(1);
    assert!(format!("{}{}", checked.out, checked.err).contains("do not go together"), "{}{}", checked.out, checked.err);
}
