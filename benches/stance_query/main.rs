//! How long `!stance`, `!who`, `!timeline` and their neighbours take on 100,000 statements, or on as many as
//! `STANCEBOT_BENCH_STATEMENTS` says. `STANCEBOT_BENCH_DB` names a file that is filled once and used again by later runs.
//!
//! `world` tells how the statements are spread. Run with `cargo bench --bench stance_query`; the first table shows fastest, slowest,
//! median and mean of single questions, the second the percentiles of whole commands, from the typed text to the answer as text, picture included: for actors and topics
//! drawn as they are spoken of, for the busiest alone, and for drawn ones with nothing of the file in memory (where the system
//! forgets it on demand). `STANCEBOT_BENCH_ANSWERS=file` writes all answers there, to be compared with those of another version.
#![expect(clippy::unwrap_used, reason = "what fails here ends the measurement, with its place")]

mod commands;
mod world;

use jiff::civil::Date;
use stancebot::model::{ActorId, Target};
use stancebot::query::{
    CampsQuery, Lane, Mark, NameQuery, Scope, StatementQuery, TimelineQuery, positions, resolve_name, statements, statements_showing,
    timeline, who,
};
use stancebot::reply::chart::{ChartLane, ChartMark, ChartView, timeline_picture};
use stancebot::store::{SubjectKind, Voice};
use world::{OFFICE, word, world};

fn main() {
    world();
    if let Some(file) = std::env::var_os("STANCEBOT_BENCH_ANSWERS") {
        commands::write_answers(std::path::Path::new(&file));
        return;
    }
    divan::main();
    commands::percentiles();
}

/// What `!stance office` does: resolve, positions, the newest statements of the first page, the number of all.
fn stance(name: &str, since: Option<Date>) -> usize {
    let store = &world().store;
    let kinds = [SubjectKind::Actor, SubjectKind::Topic];
    let query = NameQuery { text: name, kinds: &kinds, day: Date::constant(2026, 1, 1) };
    divan::black_box(resolve_name(store, &query).unwrap());
    let actor = ActorId::from(name);
    let scope = Scope { actor: actor.clone(), target: None, since, until: None, outlet: None, limit: 4 };
    let found = positions(store, &scope).unwrap();
    let page = statements_showing(store, (&scope, &found), (0, 5)).unwrap();
    let all = statements(store, &StatementQuery { actor: Some(actor), since, limit: 0, ..StatementQuery::default() }).unwrap();
    found.positions.len() + page.rows.len() + all.rows.len()
}

#[divan::bench]
fn stance_of_the_busiest_office() -> usize {
    stance(OFFICE, None)
}

#[divan::bench]
fn stance_of_the_busiest_office_in_a_month() -> usize {
    stance(OFFICE, Some(Date::constant(2025, 12, 1)))
}

#[divan::bench]
fn stance_of_the_busiest_person() -> usize {
    stance("person-0", None)
}

#[divan::bench]
fn stance_of_a_common_person() -> usize {
    stance("person-100", None)
}

#[divan::bench]
fn only_positions_of_the_busiest_office() -> usize {
    let scope = Scope { actor: OFFICE.into(), target: None, since: None, until: None, outlet: None, limit: 4 };
    positions(&world().store, &scope).unwrap().positions.len()
}

#[divan::bench]
fn who_on_the_busiest_topic() -> usize {
    let query = CampsQuery { target: Target::Topic("topic-0".into()), since: None, until: None, outlet: None, named: 8 };
    who(&world().store, &query).unwrap().camps.len()
}

#[divan::bench]
fn said_with_a_word_that_all_have() -> usize {
    let query = StatementQuery { actor: Some(OFFICE.into()), words: vec![word(0)], limit: 5, ..StatementQuery::default() };
    statements(&world().store, &query).unwrap().rows.len()
}

#[divan::bench]
fn misspelt_name() -> bool {
    let query = NameQuery { text: "Baba Tezagu", kinds: &[SubjectKind::Actor], day: Date::constant(2026, 1, 1) };
    resolve_name(&world().store, &query).is_ok()
}

#[divan::bench]
fn timeline_of_the_busiest_office() -> usize {
    let query = TimelineQuery { actor: OFFICE.into(), target: None, since: None, until: None, targets: 5 };
    timeline(&world().store, &query).unwrap().lanes.len()
}

#[divan::bench]
fn picture_of_the_busiest_office(bencher: divan::Bencher<'_, '_>) {
    let query = TimelineQuery { actor: OFFICE.into(), target: None, since: None, until: None, targets: 5 };
    let found = timeline(&world().store, &query).unwrap();
    let mark = |mark: &Mark| ChartMark { day: mark.day, stance: mark.stance, is_own: mark.voice == Voice::Own };
    let lane = |lane: &Lane| ChartLane { label: lane.target_name.clone(), marks: lane.marks.iter().map(mark).collect() };
    let view = ChartView { title: "The Office".to_owned(), lanes: found.lanes.iter().map(lane).collect() };
    bencher.bench_local(|| timeline_picture(&view).map_or(0, |picture| picture.bytes.len()));
}
