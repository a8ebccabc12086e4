//! When something was said: "on 2 December", "Tuesday", "last week", "mid-November 2025", against the day of the article.
//!
//! Gives a period with its length, never a guess within it; a date inside the content is when something happened, not when it
//! was said, and is not looked at.

use super::{RuleCard, Scene, card};
use crate::model::{DatePrecision, SaidOn, Span};
use crate::rules::knowledge::{Class, ClassSet, is_hyphen};
use crate::rules::text::TokenKind;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

pub(super) const CARDS: &[RuleCard] =
    &[card!("resolve/date", "a date beside the cue is when it was said, counted from the day of the article")];

/// A day and month without a year lie in the past, but no further back than this; others tell nothing.
const BARE_DATE_BACK_MONTHS: i32 = 9;

/// How far from its cue a date may stand, in tokens: a long apposition lies between them at most.
const DATE_REACH: usize = 60;

/// Gives the day of speech of a draft, where the words around its cue tell it.
pub(crate) fn said_on(scene: &Scene<'_>, draft: usize) -> Option<SaidOn> {
    let draft = scene.draft(draft)?;
    let anchor = draft.attribution.cue.or(draft.attribution.source)?;
    let sentence = scene.reading.sentences.get(scene.sentence_of(anchor))?;
    let here = scene.page.tokens_in(anchor);
    let taken: Vec<Span> = draft.attribution.content.iter().chain(&draft.attribution.source).copied().collect();
    let near = near(scene, anchor, &taken);
    let circumstance = draft.circumstance.map(|span| scene.page.tokens_in(span)).unwrap_or(0..0);
    let places = circumstance.chain(near);
    let hearer = draft.addressee.map_or(here.end, |hearer| scene.page.tokens_in(hearer).end);
    let beside = [here.end, hearer, sentence.tokens.start];
    places
        .filter(|at| may_start_date(scene, *at))
        .find_map(|at| date_at(scene, at))
        .or_else(|| beside.into_iter().find_map(|at| bare_year(scene, at)))
}

/// Gives the day that the sentence of some words tells beside them; words in `taken` tell of something else.
pub(crate) fn told_on(scene: &Scene<'_>, anchor: Span, taken: &[Span]) -> Option<SaidOn> {
    near(scene, anchor, taken).into_iter().find_map(|at| date_at(scene, at))
}

/// The tokens near some words, in their sentence and outside `taken`, with which a date may start.
fn near(scene: &Scene<'_>, anchor: Span, taken: &[Span]) -> Vec<usize> {
    let Some(sentence) = scene.reading.sentences.get(scene.sentence_of(anchor)) else { return Vec::new() };
    let outside = |at: &usize| {
        let span = scene.page.tokens.get(*at).map(|token| token.span).unwrap_or_default();
        !taken.iter().any(|taken| taken.contains(span))
    };
    let here = scene.page.tokens_in(anchor);
    let near = here.start.saturating_sub(DATE_REACH).max(sentence.tokens.start)..(here.end + DATE_REACH).min(sentence.tokens.end);
    near.filter(|at| may_start_date(scene, *at)).filter(outside).collect()
}

/// Words with which a date may start, beside numbers.
const DATE_STARTS: ClassSet = ClassSet::of(&[
    Class::Month,
    Class::MonthShort,
    Class::MonthOther,
    Class::Weekday,
    Class::Early,
    Class::Mid,
    Class::Late,
    Class::Today,
    Class::Yesterday,
    Class::Last,
    Class::This,
    Class::One,
    Class::Number,
]);

fn may_start_date(scene: &Scene<'_>, at: usize) -> bool {
    scene.given.knowledge.classes.has_any(DATE_STARTS, scene.page.id(at)) || scene.page.kind(at) == Some(TokenKind::Number)
}

fn date_at(scene: &Scene<'_>, at: usize) -> Option<SaidOn> {
    let (date, precision, end) = absolute(scene, at).or_else(|| relative(scene, at))?;
    Some(SaidOn { date, precision, span: span_of(scene, at, end) })
}

fn span_of(scene: &Scene<'_>, start: usize, end: usize) -> Span {
    scene.page.span(start..end)
}

/// "2 December 2025", "Dec. 2", "mid-November 2025", "in November 2025".
fn absolute(scene: &Scene<'_>, at: usize) -> Option<(Date, DatePrecision, usize)> {
    if let Some(day) = number(scene, at, 31) {
        let (month, after) = month_at(scene, at + 1)?;
        let (year, end) = year_at(scene, after);
        return day_of(scene, (year, month, day)).map(|date| (date, DatePrecision::Day, end));
    }
    let part = [(Class::Early, 1), (Class::Mid, 11), (Class::Late, 21)].into_iter().find(|(class, _)| scene.has(*class, at));
    if let Some((_, first_day)) = part {
        let next = if is_hyphen(scene.page.word(at + 1)) { at + 2 } else { at + 1 };
        let (month, after) = month_at(scene, next)?;
        let (year, end) = year_at(scene, after);
        return day_of(scene, (year, month, first_day)).map(|date| (date, DatePrecision::Month, end));
    }
    let (month, after) = month_at(scene, at)?;
    if let Some(day) = number(scene, after, 31) {
        let comma = usize::from(scene.page.word(after + 1) == ",");
        let (year, end) = match year_at(scene, after + 1 + comma) {
            (Some(year), end) => (Some(year), end),
            (None, _) => (None, after + 1),
        };
        return day_of(scene, (year, month, day)).map(|date| (date, DatePrecision::Day, end));
    }
    let (year, end) = year_at(scene, after);
    day_of(scene, (year, month, 1)).map(|date| (date, DatePrecision::Month, end))
}

fn number(scene: &Scene<'_>, at: usize, most: i8) -> Option<i8> {
    if scene.page.kind(at) != Some(TokenKind::Number) {
        return None;
    }
    let digits = scene.page.word(at).trim_end_matches(char::is_alphabetic);
    digits.parse().ok().filter(|day| (1..=most).contains(day))
}

/// A month with a capital ("may" is a verb), and one past its last token.
fn month_at(scene: &Scene<'_>, at: usize) -> Option<(i8, usize)> {
    // September, the only month with a second short form.
    const SEPTEMBER: i8 = 9;
    if !scene.page.is_capital(at) {
        return None;
    }
    let classes = &scene.given.knowledge.classes;
    let id = scene.page.id(at);
    let listed = [Class::Month, Class::MonthShort].into_iter().filter(|class| classes.has(*class, id));
    let listed = listed.filter_map(|class| classes.position(class, id)).next();
    let month = match listed {
        Some(position) => i8::try_from(position).ok()? + 1,
        None if classes.has(Class::MonthOther, id) => SEPTEMBER,
        None => return None,
    };
    let point = scene.page.word(at + 1) == "." && !classes.has(Class::Month, id);
    Some((month, at + 1 + usize::from(point)))
}

fn year_at(scene: &Scene<'_>, at: usize) -> (Option<i16>, usize) {
    let year = scene.page.word(at).parse::<i16>().ok().filter(|year| (1900..=2100).contains(year));
    (year, at + usize::from(year.is_some()))
}

fn day_of(scene: &Scene<'_>, (year, month, day): (Option<i16>, i8, i8)) -> Option<Date> {
    if let Some(year) = year {
        return Date::new(year, month, day).ok();
    }
    let published = scene.day()?;
    let this_year = Date::new(published.year(), month, day).ok();
    let last_year = Date::new(published.year().checked_sub(1)?, month, day).ok();
    let earliest = published.checked_sub(BARE_DATE_BACK_MONTHS.months()).ok()?;
    [this_year, last_year].into_iter().flatten().find(|date| *date <= published && *date >= earliest)
}

/// "Tuesday", "yesterday", "three days ago", "last week".
fn relative(scene: &Scene<'_>, at: usize) -> Option<(Date, DatePrecision, usize)> {
    let published = scene.day()?;
    let back = |days: i32| published.checked_sub(days.days()).ok();
    if scene.has(Class::Today, at) {
        return Some((published, DatePrecision::Day, at + 1));
    }
    if scene.has(Class::Yesterday, at) {
        return back(1).map(|date| (date, DatePrecision::Day, at + 1));
    }
    if let Some(date) = weekday(scene, at, published) {
        return Some((date, DatePrecision::Day, at + 1));
    }
    if scene.has(Class::Ago, at + 2) {
        return ago(scene, at, published).map(|(date, precision)| (date, precision, at + 3));
    }
    let last = scene.has(Class::Last, at);
    (last || scene.has(Class::This, at))
        .then(|| period(scene, at + 1, (published, i32::from(last))))?
        .map(|(date, precision)| (date, precision, at + 2))
}

/// "three days ago", "a week ago", "two years ago".
fn ago(scene: &Scene<'_>, at: usize, published: Date) -> Option<(Date, DatePrecision)> {
    let listed =
        || scene.given.knowledge.classes.position(Class::Number, scene.page.id(at)).and_then(|place| i32::try_from(place + 1).ok());
    let count = number(scene, at, 31).map(i32::from).or_else(listed).or_else(|| scene.has(Class::One, at).then_some(1))?;
    let unit = at + 1;
    let (date, precision) = match () {
        () if scene.has(Class::DayUnit, unit) => (published.checked_sub(count.days()), DatePrecision::Day),
        () if scene.has(Class::WeekUnit, unit) => (published.checked_sub(count.weeks()).map(monday), DatePrecision::Week),
        () if scene.has(Class::MonthUnit, unit) => (published.checked_sub(count.months()).map(Date::first_of_month), DatePrecision::Month),
        () if scene.has(Class::YearUnit, unit) => (published.checked_sub(count.years()).map(Date::first_of_year), DatePrecision::Year),
        () => return None,
    };
    date.ok().map(|date| (date, precision))
}

/// "said in 2019 that", "In 2019, she said": a year by itself, not after the article. Elsewhere in a sentence it tells of something
/// else more often than not.
fn bare_year(scene: &Scene<'_>, at: usize) -> Option<SaidOn> {
    if !scene.has(Class::DatePreposition, at) {
        return None;
    }
    let (year, end) = year_at(scene, at + 1);
    let year = year.filter(|year| scene.day().is_none_or(|published| *year <= published.year()))?;
    Some(SaidOn { date: Date::new(year, 1, 1).ok()?, precision: DatePrecision::Year, span: span_of(scene, at + 1, end) })
}

fn weekday(scene: &Scene<'_>, at: usize, published: Date) -> Option<Date> {
    if !scene.has(Class::Weekday, at) || !scene.page.is_capital(at) {
        return None;
    }
    let position = scene.given.knowledge.classes.position(Class::Weekday, scene.page.id(at))?;
    let wanted = Weekday::from_monday_zero_offset(i8::try_from(position).ok()?).ok()?;
    if at > 0 && scene.has(Class::Next, at - 1) {
        return None;
    }
    let days = i32::from(published.weekday().since(wanted));
    let days = if days == 0 && at > 0 && scene.has(Class::Last, at - 1) { 7 } else { days };
    published.checked_sub(days.days()).ok()
}

fn monday(date: Date) -> Date {
    let days = i32::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(days.days()).unwrap_or(date)
}

/// The week, month or year of a day, or the one before it.
fn period(scene: &Scene<'_>, at: usize, (published, back): (Date, i32)) -> Option<(Date, DatePrecision)> {
    if scene.has(Class::WeekUnit, at) {
        return Some((monday(published.checked_sub((back * 7).days()).ok()?), DatePrecision::Week));
    }
    if scene.has(Class::MonthUnit, at) {
        return Some((published.checked_sub(back.months()).ok()?.first_of_month(), DatePrecision::Month));
    }
    let year = scene.has(Class::YearUnit, at).then(|| published.checked_sub(back.years()).ok())??;
    Some((year.first_of_year(), DatePrecision::Year))
}
