//! Reads the dates that feeds and pages really write: RFC 2822, RFC 3339, and what their programs make of them.
//!
//! It guesses no day: a date without day, month and year gives none. A time without a zone is taken as UTC. It knows no clock.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// Longest text that is looked at, in bytes.
const DATE_BYTES_MAX: usize = 100;

/// Names of zones that dates in feeds carry, in minutes east of Greenwich (RFC 822 §5.1 and what European feeds write).
const ZONES: &[(&str, i32)] = &[
    ("akdt", -480),
    ("akst", -540),
    ("bst", 60),
    ("cdt", -300),
    ("cest", 120),
    ("cet", 60),
    ("cst", -360),
    ("edt", -240),
    ("eest", 180),
    ("eet", 120),
    ("est", -300),
    ("gmt", 0),
    ("hkt", 480),
    ("ist", 330),
    ("jst", 540),
    ("kst", 540),
    ("mdt", -360),
    ("msk", 180),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("sgt", 480),
    ("ut", 0),
    ("utc", 0),
    ("wet", 0),
    ("west", 60),
    ("z", 0),
];

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date; none when it has no day that can be told without guessing.
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > DATE_BYTES_MAX {
        return None;
    }
    text.parse::<Timestamp>().ok().or_else(|| lenient(text))
}

/// The parts of a date as they are found.
#[derive(Debug, Default)]
struct Parts {
    date: Option<(i16, i8, i8)>,
    month: Option<i8>,
    numbers: Vec<(i16, usize)>,
    time: Option<(i8, i8, i8)>,
    is_afternoon: Option<bool>,
    offset_minutes: Option<i32>,
}

fn lenient(text: &str) -> Option<Timestamp> {
    let mut parts = Parts::default();
    let lower = text.to_ascii_lowercase();
    for word in lower.split(|ch: char| ch.is_whitespace() || matches!(ch, ',' | '(' | ')')).filter(|word| !word.is_empty()) {
        parts.word(word)?;
    }
    parts.timestamp()
}

impl Parts {
    /// Takes one word; none when it belongs to no date.
    fn word(&mut self, word: &str) -> Option<()> {
        let first = word.chars().next()?;
        match first {
            '+' | '-' if self.time.is_some() => self.offset_minutes = Some(offset(word)?),
            '0'..='9' => self.number(word)?,
            _ => self.name(word)?,
        }
        Some(())
    }

    fn number(&mut self, word: &str) -> Option<()> {
        if let Some((date, time)) = word.split_once('t').filter(|(date, _)| date.contains(['-', '/'])) {
            self.number(date)?;
            return self.number(time);
        }
        if word.contains(':') {
            return self.clock(word);
        }
        if let Some(date) = numeric_date(word) {
            self.date = Some(date);
            return Some(());
        }
        // "02-Dec-2025"
        if let [day, month, year] = word.split('-').collect::<Vec<_>>()[..] {
            self.number(day)?;
            self.name(month)?;
            return self.number(year);
        }
        let digits = word.trim_end_matches(['.', 's', 't', 'n', 'd', 'r', 'h']);
        self.numbers.push((digits.parse().ok()?, digits.len()));
        Some(())
    }

    /// Reads `10:00`, `10:00:05.25`, `10:00pm`, each with a zone glued on or not.
    fn clock(&mut self, word: &str) -> Option<()> {
        let end = word.find(|ch: char| !ch.is_ascii_digit() && !matches!(ch, ':' | '.')).unwrap_or(word.len());
        let (clock, tail) = word.split_at(end);
        let mut numbers = clock.split(':').map(|part| part.split('.').next().unwrap_or_default().parse::<i8>());
        let hour = numbers.next()?.ok()?;
        let minute = numbers.next()?.ok()?;
        let second = numbers.next().transpose().ok()?.unwrap_or(0);
        self.time = Some((hour, minute, second));
        match tail.chars().next() {
            None => {}
            Some('+' | '-') => self.offset_minutes = Some(offset(tail)?),
            Some(_) => self.name(tail)?,
        }
        Some(())
    }

    fn name(&mut self, word: &str) -> Option<()> {
        let bare = word.trim_matches('.');
        // "GMT+3", "UTC+03:00"
        if let Some(at) = bare.find(['+', '-']) {
            let (zone, shift) = bare.split_at(at);
            ZONES.iter().find(|(name, _)| *name == zone)?;
            self.offset_minutes = Some(offset(shift)?);
            return Some(());
        }
        if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == bare) {
            self.offset_minutes = Some(*minutes);
        } else if let Some(month) = bare.get(..3).and_then(|start| MONTHS.iter().position(|name| *name == start)) {
            self.month = Some(i8::try_from(month).ok()? + 1);
        } else if matches!(bare, "am" | "pm" | "a.m" | "p.m") {
            self.is_afternoon = Some(bare.starts_with('p'));
        } else if !matches!(bare.get(..3), Some("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"))
            && !matches!(bare, "at" | "of" | "|")
        {
            return None;
        }
        Some(())
    }

    fn timestamp(&self) -> Option<Timestamp> {
        let (year, month, day) = match (self.date, self.month, self.numbers.as_slice()) {
            (Some(date), _, _) => date,
            (None, Some(month), [(year, 4), (day, _)] | [(day, _), (year, 4)]) => (*year, month, i8::try_from(*day).ok()?),
            // RFC 822 had years of two digits; RFC 2822 §4.3 says how they are read.
            (None, Some(month), [(day, _), (year, 2)]) => {
                (if *year < 50 { 2000 + year } else { 1900 + year }, month, i8::try_from(*day).ok()?)
            }
            _ => return None,
        };
        let date = Date::new(year, month, day).ok()?;
        let (mut hour, minute, second) = self.time.unwrap_or((0, 0, 0));
        match self.is_afternoon {
            Some(true) if (1..12).contains(&hour) => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        // "24:00:00" is the end of the day; a leap second is its minute's last.
        let (hour, a_day_later) = if hour == 24 && minute == 0 { (0, true) } else { (hour, false) };
        let time = Time::new(hour, minute, second.min(59), 0).ok()?;
        let offset = Offset::from_seconds(self.offset_minutes.unwrap_or(0).checked_mul(60)?).ok()?;
        let stamp = offset.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        if a_day_later { stamp.checked_add(SignedDuration::from_hours(24)).ok() } else { Some(stamp) }
    }
}

/// Reads `2025-12-02`, `2025/12/02`, `20251202`, and `02.12.2025` (the order of those who write dots).
fn numeric_date(word: &str) -> Option<(i16, i8, i8)> {
    let word = word.trim_end_matches('z');
    if word.len() == 8 && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((word.get(..4)?.parse().ok()?, word.get(4..6)?.parse().ok()?, word.get(6..)?.parse().ok()?));
    }
    let mark = ['-', '/', '.'].into_iter().find(|mark| word.contains(*mark))?;
    let parts: Vec<&str> = word.trim_end_matches(mark).split(mark).collect();
    match parts[..] {
        [year, month, day] if year.len() == 4 => Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)),
        [day, month, year] if mark == '.' && year.len() == 4 => Some((year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)),
        // "02/12/2025" is the second of December or the twelfth of February: abstain unless only one is possible.
        [first, second, year] if mark == '/' && year.len() == 4 => {
            let (first, second): (i8, i8) = (first.parse().ok()?, second.parse().ok()?);
            match (first, second) {
                (13.., _) => Some((year.parse().ok()?, second, first)),
                (_, 13..) => Some((year.parse().ok()?, first, second)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Reads `+0300`, `+03:00`, `-3` in minutes.
fn offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.get(1..)?.chars().filter(|ch| *ch != ':').collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let minutes = if digits.len() <= 2 { number * 60 } else { number / 100 * 60 + number % 100 };
    (minutes <= 18 * 60).then_some(sign * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_feeds_write_them_are_read() {
        for (text, stamp) in [
            ("Tue, 02 Dec 2025 10:00:00 GMT", "2025-12-02T10:00:00Z"),
            ("Tues, 02 December 2025 10:00:00 +0300", "2025-12-02T07:00:00Z"),
            ("Tue, 2 Dec 25 10:00 EST", "2025-12-02T15:00:00Z"),
            ("02 Dec 2025 24:00:00 GMT", "2025-12-03T00:00:00Z"),
            ("2025-12-02T10:00:00Z", "2025-12-02T10:00:00Z"),
            ("2025-12-02T10:00:00.123+03:00", "2025-12-02T07:00:00.123Z"),
            ("2025-12-02T10:00:00+0300", "2025-12-02T07:00:00Z"),
            ("2025-12-02T10:00", "2025-12-02T10:00:00Z"),
            ("2025-12-02 10:00:00", "2025-12-02T10:00:00Z"),
            ("2025-12-02", "2025-12-02T00:00:00Z"),
            ("2025/12/02 10:00", "2025-12-02T10:00:00Z"),
            ("20251202", "2025-12-02T00:00:00Z"),
            ("02.12.2025 10:00", "2025-12-02T10:00:00Z"),
            ("25/12/2025", "2025-12-25T00:00:00Z"),
            ("Tue Dec  2 10:00:00 2025", "2025-12-02T10:00:00Z"),
            ("Tue Dec 02 10:00:00 EET 2025", "2025-12-02T08:00:00Z"),
            ("December 2, 2025 10:00 pm", "2025-12-02T22:00:00Z"),
            ("Dec. 2nd, 2025 12:30am UTC+3", "2025-12-01T21:30:00Z"),
            ("Tue, 02 Dec 2025 10:00:00 GMT+3", "2025-12-02T07:00:00Z"),
            ("02-Dec-2025 10:00", "2025-12-02T10:00:00Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(parse(text), Some(stamp.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_or_could_be_two_is_none() {
        for text in [
            "",
            "today",
            "yesterday at 10:00",
            "02/12/2025",
            "Dec 2025",
            "2025",
            "31 Feb 2025",
            "10:00",
            "2025-13-02",
            "-",
            "+",
            "\u{416}",
            "0",
            "1 2 3 4 dec",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"1 ".repeat(500)), None);
    }
}
