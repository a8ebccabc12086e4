//! Pictures of timelines: what is drawn, and that a picture comes of whatever the names hold.
#![cfg(all(feature = "bot", feature = "charts"))]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test, with its place")]

use jiff::civil::{Date, date};
use stancebot::model::Stance;
use stancebot::reply::chart::{ChartLane, ChartMark, ChartView, LANES_MAX, timeline_picture, timeline_svg};
use std::collections::BTreeSet;

fn mark(day: Date, stance: Stance, is_own: bool) -> ChartMark {
    ChartMark { day, stance, is_own }
}

fn view(label: &str, marks: Vec<ChartMark>) -> ChartView {
    ChartView { title: "Ada Quill".to_owned(), lanes: vec![ChartLane { label: label.to_owned(), marks }] }
}

fn day(number: i8) -> Date {
    date(2025, 11, number)
}

/// The size that the head of a PNG tells.
fn size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_picture_is_a_png_that_says_in_words_what_it_shows() {
    let shown = view("harbour toll", vec![mark(day(1), Stance::Oppose, true), mark(day(20), Stance::Conditional, false)]);
    let picture = timeline_picture(&shown).unwrap();
    assert_eq!((picture.name.as_str(), picture.media_type), ("timeline.png", "image/png"));
    assert_eq!(size(&picture.bytes).0, 1600);
    assert_eq!(picture.alt, "Timeline of Ada Quill, 1 Nov 2025 – 20 Nov 2025: harbour toll: oppose 1, conditional 1");
    assert_eq!(timeline_picture(&shown).unwrap().bytes, picture.bytes, "the same in gives the same out");
    assert_eq!(timeline_picture(&view("harbour toll", Vec::new())), None, "nothing is no picture");
}

#[test]
fn each_stance_has_a_colour_and_a_form_of_its_own() {
    let (mut colours, mut forms) = (BTreeSet::new(), BTreeSet::new());
    for stance in Stance::ALL {
        let svg = timeline_svg(&view("toll", vec![mark(day(3), *stance, true)])).unwrap();
        let (_, symbol) = svg.split_once("<path transform=").unwrap();
        let part = |name: &str| symbol.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0.to_owned();
        colours.insert(part(" fill"));
        forms.insert(part(" d"));
    }
    assert_eq!((colours.len(), forms.len()), (Stance::ALL.len(), Stance::ALL.len()));
}

#[test]
fn own_words_are_filled_and_reports_hollow() {
    let drawn = |is_own| timeline_svg(&view("toll", vec![mark(day(3), Stance::Oppose, is_own)])).unwrap();
    let hollow = "fill=\"#ffffff\" stroke=";
    assert!(!drawn(true).contains(hollow) && drawn(false).contains(hollow));
}

#[test]
fn a_line_joins_what_is_near_and_a_gap_stays_a_gap() {
    let drawn = |last| timeline_svg(&view("toll", vec![mark(day(1), Stance::Oppose, true), mark(last, Stance::Oppose, true)])).unwrap();
    let line = "stroke-opacity";
    assert!(drawn(date(2025, 12, 1)).contains(line));
    assert!(!drawn(date(2025, 12, 2)).contains(line));
    let changed = timeline_svg(&view("toll", vec![mark(day(1), Stance::Oppose, true), mark(day(3), Stance::Support, true)])).unwrap();
    assert!(!changed.contains(line), "no line joins two stances");
}

/// A letter that the font lacks would be drawn as the same box as any other.
#[test]
fn latin_greek_and_cyrillic_letters_are_in_the_font() {
    let drawn = |label: &str| timeline_picture(&view(label, vec![mark(day(3), Stance::Oppose, true)])).unwrap().bytes;
    for letters in ["őŁžİß", "βωΛλέ", "яЖїґЄ", "“–…’→"] {
        let pictures: BTreeSet<Vec<u8>> = letters.chars().map(|letter| drawn(&letter.to_string())).collect();
        assert_eq!(pictures.len(), 5, "{letters}");
    }
}

#[test]
fn names_are_letters_and_never_markup() {
    for label in ["<script>alert(1)</script>", "a & b", "]]>", "\" onload=\"x", "\u{202e}txet", "\u{0}\u{1b}[2J", "😀", "&#0;"] {
        let shown = view(label, vec![mark(day(3), Stance::Oppose, true)]);
        assert!(!timeline_svg(&shown).unwrap().contains("<script"), "{label:?}");
        assert!(timeline_picture(&shown).is_some(), "{label:?}");
    }
    let long = view(&"word ".repeat(1_000), vec![mark(day(3), Stance::Oppose, true)]);
    assert_eq!(size(&timeline_picture(&long).unwrap().bytes).0, 1600);
}

#[test]
fn a_picture_has_a_limit_however_much_is_asked_for() {
    let marks: Vec<ChartMark> = (0..20_000_i64)
        .map(|number| {
            let stance = Stance::ALL[usize::try_from(number).unwrap() % Stance::ALL.len()];
            mark(date(2020, 1, 1).checked_add(jiff::Span::new().days(number % 2_000)).unwrap(), stance, number % 3 == 0)
        })
        .collect();
    let lane = ChartLane { label: "toll".to_owned(), marks };
    let shown = ChartView { title: "Ada Quill".to_owned(), lanes: vec![lane; LANES_MAX + 5] };
    let (width, height) = size(&timeline_picture(&shown).unwrap().bytes);
    assert!(width == 1600 && height < 2_200, "{width} × {height}");
}
