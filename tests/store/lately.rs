//! Answers over years: what they look at where nobody names a first day, and counts that are kept beside what they count.
//!
//! The statements are drawn, the same ones on every run; what is expected is computed from all rows in another way than the answers are.

use crate::corrections::author;
use crate::world::now;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use stancebot::model::*;
use stancebot::query::{
    ActorQuery, Asked, CampsQuery, CompareQuery, ContradictionQuery, HISTORY_DAYS, Lately, Scope, actor_card, compare, conditions,
    contradictions, positions, shifts, who,
};
use stancebot::store::{
    Batch, BatchKind, By, Corrected, Holding, Ingest, NewChange, StanceQuery, Standing, StatementFilter, Store, Taught, Voice,
};
use std::collections::{BTreeMap, BTreeSet};

/// The first day on which anything is said.
const FIRST: Date = Date::constant(2022, 3, 1);
/// Days over which statements are spread.
const DAYS: u64 = 1_200;
const PEOPLE: u64 = 14;
const TOPICS: u64 = 3;

struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

fn person(number: u64) -> ActorId {
    ActorId::new(format!("person-{number}"))
}

fn topic(number: u64) -> Target {
    Target::Topic(TopicId::new(format!("topic-{number}")))
}

/// A statement with one or two stances; some are of others than the speaker, some of days long before.
fn statement(dice: &mut Dice) -> Statement {
    let speaker = person(dice.below(PEOPLE));
    let stance = |dice: &mut Dice| {
        let holder = if dice.below(4) == 0 { person(dice.below(PEOPLE)) } else { speaker.clone() };
        let target = if dice.below(6) == 0 { Target::Actor(person(dice.below(3))) } else { topic(dice.below(TOPICS)) };
        let own = holder == speaker;
        // People 10 and above give no answer for most of the time.
        let kinds = if dice.below(8) > 0 && holder.as_str().len() > 8 { 2 } else { Stance::ALL.len() as u64 };
        let stance = Stance::ALL[Stance::ALL.len() - 1 - dice.below(kinds) as usize];
        StanceTaken { holder, target, stance, own, evidence: Span::new(0, 4), condition: None, rules: Vec::new() }
    };
    let stances = (0..1 + dice.below(2)).map(|_| stance(dice)).collect();
    Statement {
        form: Form::Words,
        attribution: Attribution {
            source: None,
            cue: None,
            content: vec![Span::new(0, 4)],
            quote: if dice.below(2) == 0 { QuoteKind::Direct } else { QuoteKind::Indirect },
            parent: None,
            rule: "shape/test".into(),
        },
        speaker: Speaker::Actor(speaker.clone()),
        context: Span::new(0, 4),
        reported_by: Vec::new(),
        distance: Distance::Neutral,
        act: Act::Comment,
        modality: if dice.below(10) == 0 { Modality::Historical } else { Modality::Asserted },
        said_on: None,
        addressee: None,
        venue: None,
        stances,
        confidence: 90,
        firings: Vec::new(),
        rejected: Vec::new(),
    }
}

fn filled(dice: &mut Dice, articles: u64) -> Store {
    let store = Store::open_in_memory().unwrap();
    for number in 0..articles {
        let day = FIRST.checked_add((dice.below(DAYS) as i64).days()).unwrap();
        let at = TimeZone::UTC.to_timestamp(day.at(dice.below(24) as i8, 0, 0, 0)).unwrap();
        let article = NewArticle {
            feed: None,
            outlet: OutletId::new(format!("outlet-{}", dice.below(3))),
            url: format!("https://outlet.example/{number}"),
            title: String::new(),
            text: "text".to_owned(),
            text_origin: TextOrigin::Feed,
            published: Some(at),
            updated: None,
            first_seen: at,
            sha256: format!("{number:064}"),
        };
        let extraction = Extraction { statements: vec![statement(dice), statement(dice)], ..Extraction::default() };
        let batch = Batch { id: "test", kind: BatchKind::Silent, alerts_max: 0 };
        let ingest = Ingest {
            article: &article,
            entry: None,
            extraction: &extraction,
            ruleset_hash: "0123456789abcdef",
            same_as: &[],
            now: at,
            batch,
        };
        store.ingest(&ingest, &|_, _| Vec::new()).unwrap();
    }
    store
}

fn everybody_on(store: &Store, target: &Target) -> Vec<stancebot::store::StanceRow> {
    store.stances(&StanceQuery { target: Some(target.clone()), ..StanceQuery::default() }).unwrap()
}

#[test]
fn camps_are_those_who_spoke_within_a_year_each_where_they_stand() {
    let mut dice = Dice(0x5851_f42d_4c95_7f2d);
    let mut left_out = 0;
    for round in 0..6 {
        let store = filled(&mut dice, 40 + 60 * round);
        for number in 0..TOPICS {
            let target = topic(number);
            let rows = everybody_on(&store, &target);
            let Some(newest) = rows.iter().map(|row| row.day).max() else { continue };
            let since = newest.checked_sub(HISTORY_DAYS.days()).unwrap();
            let first = rows.iter().map(|row| row.day).min().unwrap();
            let mut expected = BTreeSet::new();
            for holder in rows.iter().map(|row| &row.holder).collect::<BTreeSet<_>>() {
                if rows.iter().any(|row| row.holder == *holder && row.day >= since) {
                    let scope =
                        Scope { actor: holder.clone(), target: Some(target.clone()), since: None, until: None, outlet: None, limit: 1 };
                    let position = positions(&store, &scope).unwrap().positions.pop().unwrap();
                    let decider = position.holders[0].decider.statement;
                    expected.insert((holder.clone(), position.stance, decider, position.own, position.reported));
                } else {
                    left_out += 1;
                }
            }
            let query = CampsQuery { target: target.clone(), since: None, until: None, outlet: None, named: 100 };
            let camps = who(&store, &query).unwrap();
            let named = camps.camps.iter().flat_map(|camp| &camp.holders);
            let found: BTreeSet<_> =
                named.map(|held| (held.holder.clone(), held.stance, held.decider.statement, held.own, held.reported)).collect();
            assert_eq!(found, expected, "{target:?} in round {round}");
            assert_eq!(camps.lately, (first < since).then_some(Lately { since, first }));
            let all = who(&store, &CampsQuery { since: Some(first), ..query }).unwrap();
            let holders: BTreeSet<_> = rows.iter().map(|row| &row.holder).collect();
            assert_eq!((all.camps.iter().map(|camp| camp.count).sum::<usize>(), all.lately), (holders.len(), None));
        }
    }
    assert!(left_out > 3, "some spoke only before: {left_out}");
}

#[test]
fn shifts_and_their_like_look_at_a_year_and_at_all_when_asked() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let store = filled(&mut dice, 400);
    let query = |since| ActorQuery { actor: person(1), target: None, since, until: None, outlet: None, page: (0, 50) };
    let holdings = vec![Holding { actor: person(1), since: None, until: None }];
    let rows = store.stances(&StanceQuery { holdings, ..StanceQuery::default() }).unwrap();
    let (first, last) = (rows.iter().map(|row| row.day).min().unwrap(), rows.iter().map(|row| row.day).max().unwrap());
    let since = last.checked_sub(HISTORY_DAYS.days()).unwrap();
    let lately = Some(Lately { since, first });
    let (short, same, all) =
        (shifts(&store, &query(None)).unwrap(), shifts(&store, &query(Some(since))).unwrap(), shifts(&store, &query(Some(first))).unwrap());
    assert_eq!((short.lately, same.lately, all.lately), (lately, None, None));
    assert_eq!(short.shifts, same.shifts);
    assert!(0 < short.count && short.count < all.count, "{} of {}", short.count, all.count);
    let (short, same, all) = (
        conditions(&store, &query(None)).unwrap(),
        conditions(&store, &query(Some(since))).unwrap(),
        conditions(&store, &query(Some(first))).unwrap(),
    );
    assert_eq!((short.lately, &short.rows), (lately, &same.rows));
    let conditional = |from| {
        rows.iter()
            .filter(|row| row.stance == Stance::Conditional && row.day >= from)
            .map(|row| row.statement)
            .collect::<BTreeSet<_>>()
            .len()
    };
    assert_eq!((short.count, all.count), (conditional(since), conditional(first)));
    let query = |since| ContradictionQuery { asked: Asked::Of(person(1)), target: None, since, until: None, page: (0, 50) };
    let (short, same) = (contradictions(&store, &query(None)).unwrap(), contradictions(&store, &query(Some(since))).unwrap());
    assert_eq!((short.lately, &short.pairs), (lately, &same.pairs));
    let query = |since| CompareQuery { actors: [person(1), person(2)], target: None, since, until: None, limit: 8 };
    assert!(compare(&store, &query(None)).unwrap().lately.is_some_and(|lately| lately.first <= first && lately.since <= since));
    assert_eq!(compare(&store, &query(Some(first))).unwrap().lately, None);
    let card = actor_card(&store, &person(1)).unwrap();
    let late: BTreeSet<_> = rows.iter().filter(|row| row.day >= since).map(|row| (row.target.clone(), row.statement)).collect();
    assert_eq!(card.targets.iter().map(|target| target.statements).sum::<u64>(), late.len() as u64);
}

#[test]
fn what_lies_within_a_year_is_looked_at_whole() {
    let store = filled(&mut Dice(7), 3);
    let query = |actor| ActorQuery { actor, target: None, since: None, until: None, outlet: None, page: (0, 5) };
    for number in 0..PEOPLE {
        if store.actor(&person(number)).unwrap().is_some() {
            let rows = store.days_of(&StanceQuery {
                holdings: vec![Holding { actor: person(number), since: None, until: None }],
                ..StanceQuery::default()
            });
            let is_short = rows.unwrap().is_none_or(|(first, last)| last.since(first).unwrap().get_days() <= HISTORY_DAYS);
            assert_eq!(shifts(&store, &query(person(number))).unwrap().lately.is_none(), is_short);
        }
    }
}

/// Counts anew what is counted beside the stances.
fn recounted(store: &Store) -> BTreeMap<Target, u64> {
    let mut counts = BTreeMap::new();
    let people = (0..PEOPLE).map(|number| Target::Actor(person(number)));
    for target in people.chain((0..TOPICS).map(topic)) {
        let statements: BTreeSet<StatementId> = everybody_on(store, &target).iter().map(|row| row.statement).collect();
        if !statements.is_empty() {
            counts.insert(target, statements.len() as u64);
        }
    }
    counts
}

fn change(store: &Store, statement: StatementId, what: Vec<Correction>) -> ChangeId {
    let new = NewChange {
        author: author("ada"),
        standing: Standing::Operator,
        what: Change::Corrections(what),
        reason: String::new(),
        now: now(),
    };
    match store.correct(statement, &new).unwrap() {
        Corrected::Applied(change) => change,
        other => panic!("{other:?}"),
    }
}

#[test]
fn counts_of_targets_follow_every_change() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let store = filled(&mut dice, 60);
    let counted = || store.target_counts(100).unwrap().into_iter().collect::<BTreeMap<_, _>>();
    assert_eq!(counted(), recounted(&store));
    let first = everybody_on(&store, &topic(0))[0].clone();
    let ada = author("ada");
    let by = By { author: &ada, standing: Standing::Operator, now: now() + 1.hour() };
    let out = change(&store, first.statement, vec![Correction::NotAStatement]);
    assert_eq!(counted(), recounted(&store));
    let twice = Correction::Stance { holder: person(13), target: first.target.clone(), stance: Some(Stance::Oppose) };
    let added = change(&store, everybody_on(&store, &topic(0))[0].statement, vec![twice]);
    assert_eq!(counted(), recounted(&store));
    for change in [out, added] {
        store.undo(change, &by).unwrap();
        assert_eq!(counted(), recounted(&store));
    }
    for lesson in [Lesson::Merge { from: person(0), into: person(1) }, Lesson::Forget(person(2))] {
        let new = NewChange {
            author: author("ada"),
            standing: Standing::Operator,
            what: Change::Lesson(lesson.clone()),
            reason: String::new(),
            now: now(),
        };
        let Taught::Done(change) = store.teach(&lesson, &new).unwrap() else { panic!("{lesson:?}") };
        assert_eq!(counted(), recounted(&store), "{lesson:?}");
        store.undo(change, &by).unwrap();
        assert_eq!(counted(), recounted(&store), "{lesson:?} taken back");
    }
}

#[test]
fn speakers_of_late_are_counted_from_that_moment_on() {
    let store = filled(&mut Dice(99), 200);
    let since: Timestamp = "2024-06-01T00:00:00Z".parse().unwrap();
    let counts = store.speaker_counts(since, 100).unwrap();
    for (actor, count) in &counts {
        let holdings = vec![Holding { actor: actor.clone(), since: None, until: None }];
        let filter =
            StatementFilter { holdings, voice: Some(Voice::Own), since: Some(Date::constant(2024, 6, 1)), ..StatementFilter::default() };
        assert_eq!(store.search(&filter, 0, 1).unwrap().own, *count, "{actor}");
    }
    assert!(counts.len() > 5 && counts.windows(2).all(|pair| pair[0].1 >= pair[1].1));
}
