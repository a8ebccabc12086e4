//! How the values of `model` become columns and come back.
//!
//! Columns that are queried have types of their own; what is only shown is kept as JSON. Nothing here runs SQL.

use super::StoreError;
use crate::model::{ActorId, Target, TopicId};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A target as its two columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TargetRef<'a> {
    /// `actor` or `topic`.
    pub kind: &'static str,
    /// The id.
    pub id: &'a str,
}

impl<'a> From<&'a Target> for TargetRef<'a> {
    fn from(target: &'a Target) -> Self {
        match target {
            Target::Actor(id) => Self { kind: ACTOR, id: id.as_str() },
            Target::Topic(id) => Self { kind: TOPIC, id: id.as_str() },
        }
    }
}

/// The word for actors in columns named `…_kind`.
pub(super) const ACTOR: &str = "actor";
/// The word for topics in columns named `…_kind`.
pub(super) const TOPIC: &str = "topic";

/// The word for outlets in the table of names.
pub(super) const OUTLET: &str = "outlet";
/// The word for statements in the table of redirects.
pub(super) const STATEMENT: &str = "statement";

/// Reads a target from its two columns.
pub(super) fn target(kind: &str, id: &str) -> Result<Target, StoreError> {
    match kind {
        ACTOR => Ok(Target::Actor(ActorId::new(id))),
        TOPIC => Ok(Target::Topic(TopicId::new(id))),
        other => Err(StoreError::Data { what: "target", reason: format!("its kind is \u{201c}{other}\u{201d}") }),
    }
}

/// Gives the stored form of a moment: microseconds since 1970 (UTC).
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Reads a moment.
pub(super) fn moment(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|error| StoreError::Data { what: "moment", reason: error.to_string() })
}

/// Reads a moment that may be absent.
pub(super) fn moment_opt(micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    micros.map(moment).transpose()
}

/// Reads a day (`2025-12-01`). Thousands are read for one answer, so the usual form is taken apart here.
pub(super) fn day(text: &str) -> Result<Date, StoreError> {
    let number =
        |digits: &[u8]| digits.iter().try_fold(0_i16, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i16::from(digit - b'0')));
    if let [years @ .., b'-', m1, m2, b'-', d1, d2] = text.as_bytes()
        && let (4, Some(year), Some(month), Some(day)) = (years.len(), number(years), number(&[*m1, *m2]), number(&[*d1, *d2]))
        && let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day))
        && let Ok(date) = Date::new(year, month, day)
    {
        return Ok(date);
    }
    text.parse().map_err(|error: jiff::Error| StoreError::Data { what: "day", reason: error.to_string() })
}

/// Ids that were read before, so that thousands of rows share a few texts instead of each having its own.
pub(super) struct SharedTexts {
    slots: Vec<Option<Arc<str>>>,
}

impl SharedTexts {
    /// Slots: more than the outlets and targets of one answer usually are; a collision only costs a copy.
    const SLOTS: usize = 4096;

    pub(super) fn new() -> Self {
        Self { slots: vec![None; Self::SLOTS] }
    }

    /// Gives the text, shared with the last one that was equal.
    pub(super) fn get(&mut self, text: &str) -> Arc<str> {
        // FNV-1a: short, and good enough for a few hundred slots.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let slot = usize::try_from(hash % Self::SLOTS as u64).unwrap_or(0);
        match self.slots.get_mut(slot) {
            Some(Some(known)) if **known == *text => known.clone(),
            Some(place) => place.insert(Arc::from(text)).clone(),
            None => Arc::from(text),
        }
    }
}

/// Reads a day that may be absent.
pub(super) fn day_opt(text: Option<&str>) -> Result<Option<Date>, StoreError> {
    text.map(day).transpose()
}

/// Reads a word of one of the model's axes.
pub(super) fn word<T: std::str::FromStr<Err = crate::model::UnknownWord>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: crate::model::UnknownWord| StoreError::Data { what: error.axis, reason: error.to_string() })
}

/// Writes a value as JSON.
pub(super) fn to_json<T: Serialize>(value: &T, what: &'static str) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Data { what, reason: error.to_string() })
}

/// Reads a value from JSON.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Data { what, reason: error.to_string() })
}

/// Gives the plain word by which serde writes a unit variant (`config`, `person`).
pub(super) fn plain_word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Reads a unit variant from the plain word by which serde writes it.
pub(super) fn from_plain_word<T: DeserializeOwned>(word: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|error| StoreError::Data { what, reason: error.to_string() })
}

/// Turns a count of SQLite, which is never negative, into an unsigned number.
pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Turns a length into what SQLite binds.
pub(super) fn bound(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
