//! Answers of `query` about the invented world of `tests/store/world.toml`; cases are in `tests/query/`.

use crate::world::{World, target};
use jiff::civil::Date;
use serde::Deserialize;
use stancebot::model::{ActorId, OutletId, Stance, Target};
use stancebot::query::{
    CampsQuery, NameQuery, Position, Resolution, Scope, StatementQuery, Subject, Trend, actor_card, positions, resolve_name, statements,
    who,
};
use stancebot::store::{Store, SubjectKind, Voice};

fn filled() -> Store {
    let store = Store::open_in_memory().unwrap();
    World::load().fill(&store);
    store
}

#[derive(Deserialize)]
struct Cases<T> {
    case: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PositionCase {
    name: String,
    actor: String,
    target: Option<String>,
    since: Option<Date>,
    until: Option<Date>,
    outlet: Option<String>,
    stance: String,
    own: u32,
    reported: u32,
    outlets: u32,
    divided: bool,
    trend: Option<String>,
    holders: Vec<[String; 4]>,
}

fn shown(position: &Position) -> Vec<[String; 4]> {
    let voice = |voice| if voice == Voice::Own { "own" } else { "reported" };
    let row = |held: &stancebot::query::HolderPosition| {
        [held.holder.to_string(), held.stance.to_string(), voice(held.decider.voice).to_owned(), held.via.clone().unwrap_or_default()]
    };
    position.holders.iter().map(row).collect()
}

fn trend(trend: &Trend) -> String {
    match trend {
        Trend::Unknown => String::new(),
        Trend::Steady { since, .. } => format!("steady since {since}"),
        Trend::Moved { from, .. } => format!("moved from {from}"),
        Trend::Unconfirmed { from, .. } => format!("unconfirmed after {from}"),
    }
}

#[test]
fn positions_are_as_in_the_cases() {
    let store = filled();
    let cases: Cases<PositionCase> = toml::from_str(include_str!("../query/positions.toml")).unwrap();
    for case in cases.case {
        let scope = Scope {
            actor: ActorId::from(case.actor.as_str()),
            target: case.target.as_deref().map(target),
            since: case.since,
            until: case.until,
            outlet: case.outlet.as_deref().map(OutletId::from),
            limit: 10,
        };
        let found = positions(&store, &scope).unwrap();
        let Some(position) = found.positions.first() else {
            assert_eq!(case.stance, "", "{}: nothing was found", case.name);
            continue;
        };
        assert_eq!(shown(position), case.holders, "{}", case.name);
        assert_eq!(position.stance.as_str(), case.stance, "{}", case.name);
        let counts = (position.own, position.reported, position.outlets, position.is_divided);
        assert_eq!(counts, (case.own, case.reported, case.outlets, case.divided), "{}", case.name);
        assert_eq!(trend(&position.holders[0].trend), case.trend.unwrap_or_default(), "{}", case.name);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameCase {
    name: String,
    text: String,
    repeat: Option<usize>,
    one: Option<String>,
    many: Option<Vec<String>>,
    similar: Option<Vec<String>>,
}

#[test]
fn names_resolve_as_in_the_cases() {
    let store = filled();
    let cases: Cases<NameCase> = toml::from_str(include_str!("../query/names.toml")).unwrap();
    let kinds = [SubjectKind::Actor, SubjectKind::Topic];
    let id = |subject: &Subject| match subject {
        Subject::Actor(id) => id.to_string(),
        Subject::Topic(id) => id.to_string(),
        Subject::Outlet(id) => id.to_string(),
    };
    for case in cases.case {
        let text = case.text.repeat(case.repeat.unwrap_or(1));
        let query = NameQuery { text: &text, kinds: &kinds, day: "2025-12-06".parse().unwrap() };
        let (mut one, mut many, mut similar) = (None, None, None);
        match resolve_name(&store, &query).unwrap() {
            Resolution::One(choice) => one = Some(id(&choice.subject)),
            Resolution::Many(choices) => {
                let mut ids: Vec<String> = choices.iter().map(|choice| choice.key.clone()).collect();
                ids.sort();
                many = Some(ids);
            }
            Resolution::None { did_you_mean } => similar = Some(did_you_mean.iter().map(|choice| id(&choice.subject)).collect()),
        }
        assert_eq!((one, many, similar), (case.one, case.many, case.similar), "{}", case.name);
    }
}

#[test]
fn outlets_resolve_apart_from_actors() {
    let store = filled();
    let query = NameQuery { text: "dispatch.example", kinds: &[SubjectKind::Outlet], day: "2025-12-06".parse().unwrap() };
    let Resolution::One(choice) = resolve_name(&store, &query).unwrap() else { panic!("one outlet has this host") };
    assert_eq!(choice.subject, Subject::Outlet(OutletId::from("strait-dispatch")));
    let query = NameQuery { kinds: &[SubjectKind::Actor], ..query };
    assert!(matches!(resolve_name(&store, &query).unwrap(), Resolution::None { .. }));
}

#[test]
fn choices_tell_post_of_the_day() {
    let store = filled();
    let hint = |day: &str| {
        let query = NameQuery { text: "sorrel-north", kinds: &[SubjectKind::Actor], day: day.parse().unwrap() };
        match resolve_name(&store, &query).unwrap() {
            Resolution::One(choice) => choice.hint,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(hint("2025-01-01"), "person, foreign minister of Norvania");
    assert_eq!(hint("2025-12-06"), "person");
}

#[test]
fn statements_tell_own_words_from_reports_and_by_whom() {
    let store = filled();
    let query = StatementQuery { actor: Some(ActorId::from("tide-palace")), limit: 20, ..StatementQuery::default() };
    let page = statements(&store, &query).unwrap();
    assert_eq!((page.own, page.reported), (5, 2));
    let rows: Vec<(String, String)> = page
        .rows
        .iter()
        .map(|row| {
            let via = row.via.as_ref().map_or_else(|| "itself".to_owned(), |via| format!("{}, {}", via.actor, via.title));
            (via, row.reporter.clone().unwrap_or_default())
        })
        .collect();
    let expected = [
        ("osk, spokesperson", ""),
        ("varn, president", ""),
        ("quell, presidential aide", ""),
        ("varn, president", "Harrow Institute"),
        ("itself", "Harrow Institute"),
        ("quell, presidential aide", ""),
        ("varn, president", ""),
    ];
    assert_eq!(rows, expected.map(|(via, reporter)| (via.to_owned(), reporter.to_owned())));
}

#[test]
fn statements_are_found_by_words_of_a_split_quotation() {
    let store = filled();
    let search = |words: &[&str]| {
        let query = StatementQuery {
            actor: Some(ActorId::from("quell")),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
            limit: 20,
            ..StatementQuery::default()
        };
        statements(&store, &query).unwrap()
    };
    assert_eq!(search(&["toll", "was a MISTAKE"]).rows.len(), 1);
    assert_eq!(search(&["toll"]).own, 2);
    assert_eq!(search(&["mistake was"]).own, 0, "a phrase keeps its order");
    assert_eq!(search(&["never"]).own, 0, "somebody else said it");
    assert_eq!(search(&["😀"]).own, 0, "no letters find nothing, not everything");
}

#[test]
fn full_text_syntax_of_users_is_only_words() {
    let store = filled();
    for hostile in ["\"", "a\" OR \"b", "NEAR(treaty sign)", "content : sign", "treaty*", "-treaty", "(", "AND", "^sign", "\u{0}", "*"] {
        let query = StatementQuery { words: vec![hostile.to_owned()], limit: 5, ..StatementQuery::default() };
        let page = statements(&store, &query);
        assert!(page.is_ok(), "{hostile:?}: {page:?}");
    }
    let query = StatementQuery { words: vec!["x".repeat(10_000)], limit: 5, ..StatementQuery::default() };
    assert_eq!(statements(&store, &query).unwrap().rows.len(), 0);
}

#[test]
fn pages_follow_each_other_without_gap() {
    let store = filled();
    let page = |offset| {
        let query = StatementQuery { actor: Some(ActorId::from("norvania")), offset, limit: 3, ..StatementQuery::default() };
        let ids: Vec<_> = statements(&store, &query).unwrap().rows.iter().map(|row| row.stored.id).collect();
        ids
    };
    let all: Vec<_> = [page(0), page(3), page(6), page(9)].concat();
    let query = StatementQuery { actor: Some(ActorId::from("norvania")), limit: 50, ..StatementQuery::default() };
    let whole: Vec<_> = statements(&store, &query).unwrap().rows.iter().map(|row| row.stored.id).collect();
    assert_eq!(all, whole);
}

#[test]
fn camps_hold_each_holder_once() {
    let store = filled();
    let query = CampsQuery { target: target("topic:strait-treaty"), since: None, until: None, outlet: None, named: 10 };
    let camps = who(&store, &query).unwrap();
    let held: Vec<(Stance, Vec<&str>)> =
        camps.camps.iter().map(|camp| (camp.stance, camp.holders.iter().map(|held| held.holder.as_str()).collect())).collect();
    let expected = vec![(Stance::Support, vec!["quell"]), (Stance::Oppose, vec!["tide-palace"]), (Stance::Conditional, vec!["varn"])];
    assert_eq!(held, expected);
    assert_eq!(camps.target_name, "Strait treaty");
}

#[test]
fn card_counts_what_is_said_for_it() {
    let store = filled();
    let card = actor_card(&store, &ActorId::from("tide-palace")).unwrap();
    assert_eq!((card.own, card.reported, card.as_part), (0, 2, 5));
    assert_eq!(card.last_day, Some("2025-12-04".parse().unwrap()));
    assert_eq!(card.targets[0].target, Target::Topic("strait-treaty".into()));
    assert_eq!(card.members.len(), 3);
    let card = actor_card(&store, &ActorId::from("varn")).unwrap();
    assert_eq!(card.role_of_names, [Some("Norvania".to_owned()), Some("Tide Palace".to_owned())]);
    assert!(card.members.is_empty());
    assert!(actor_card(&store, &ActorId::from("nobody")).is_err());
}
