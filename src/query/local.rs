//! What a server or channel has set for itself: prefix, language, time zone, quiet hours, the channels in which it is answered.
//!
//! Stored as small texts ([`Store::settings_of`]); what they mean is here, for commands and for alerts alike.

use crate::model::ChannelId;
use crate::store::{Store, StoreError};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The key under which a channel's server is kept, for alerts.
pub const SERVER_KEY: &str = "server";
/// Most channels that can be named as those in which commands are answered.
pub const CHANNELS_MAX: usize = 20;

/// A setting that can be set by command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocalKey {
    /// What a command starts with.
    Prefix,
    /// The language of answers.
    Language,
    /// The zone in which times of day are meant.
    TimeZone,
    /// When no alerts are posted.
    Quiet,
    /// Where commands are answered.
    Channels,
    /// The power in a room from which a user is a moderator.
    Power,
}

impl LocalKey {
    /// All settings, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Prefix, Self::Language, Self::TimeZone, Self::Quiet, Self::Channels, Self::Power];

    /// Gives the name by which it is typed and stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Language => "language",
            Self::TimeZone => "timezone",
            Self::Quiet => "quiet",
            Self::Channels => "channels",
            Self::Power => "power",
        }
    }

    /// Finds a setting by its name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.name().eq_ignore_ascii_case(name))
    }

    /// Tells what a value looks like, for who typed another.
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Prefix => "one to four marks such as ! or ?",
            Self::Language => "en, the only language so far",
            Self::TimeZone => "the name of a zone such as Europe/Berlin, or UTC",
            Self::Quiet => "two times of day such as 22:00-07:00",
            Self::Channels => "one or more channels, as mentions or ids",
            Self::Power => "a power level from 0 to 100",
        }
    }

    /// Gives a value as it is stored, or none when it is not one of this setting.
    pub fn read(self, value: &str) -> Option<String> {
        let value = value.trim();
        match self {
            Self::Prefix => is_prefix(value).then(|| value.to_owned()),
            Self::Language => value.eq_ignore_ascii_case("en").then(|| "en".to_owned()),
            Self::TimeZone => TimeZone::get(value).ok().and_then(|zone| zone.iana_name().map(str::to_owned)),
            Self::Quiet => QuietHours::read(value).map(|hours| hours.to_string()),
            Self::Channels => channels(value),
            Self::Power => value.parse::<u8>().ok().filter(|power| *power <= 100).map(|power| power.to_string()),
        }
    }
}

fn is_prefix(text: &str) -> bool {
    (1..=4).contains(&text.chars().count()) && !text.chars().any(|c| c.is_alphanumeric() || c.is_whitespace() || c.is_control())
}

/// Reads channels as ids, as mentions (`<#12>`) or after a `#`; none when one of them is neither.
fn channels(value: &str) -> Option<String> {
    let words: Vec<&str> = value.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let ids: Vec<&str> = words.iter().map(|word| word.trim_matches(['<', '>', '#'])).collect();
    let is_id = |id: &&str| !id.is_empty() && id.len() <= 100 && id.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=CHANNELS_MAX).contains(&ids.len()) && ids.iter().all(is_id)).then(|| ids.join(" "))
}

/// A time of each day in which no alerts are posted; it may go over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

impl QuietHours {
    fn read(text: &str) -> Option<Self> {
        let (from, until) = text.split_once(['-', '–'])?;
        let time = |text: &str| {
            let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let hours = Self { from: time(from)?, until: time(until)? };
        (hours.from != hours.until).then_some(hours)
    }

    /// Gives the end of the quiet time that a moment is in; none when it is in none.
    fn until(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let here = now.to_zoned_datetime(zone.clone());
        let time = here.time();
        let over_midnight = self.from > self.until;
        let is_quiet = if over_midnight { time >= self.from || time < self.until } else { time >= self.from && time < self.until };
        if !is_quiet {
            return None;
        }
        let day = if over_midnight && time >= self.from { here.date().checked_add(1.day()).ok()? } else { here.date() };
        day.to_datetime(self.until).to_zoned_datetime(zone.clone()).ok().map(|end| end.timestamp())
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from.hour(), self.from.minute(), self.until.hour(), self.until.minute())
    }
}

/// What is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Local {
    values: Vec<(LocalKey, String)>,
}

/// Gives where the settings of a server are kept; without a server those of the channel.
pub fn settings_place(channel: &ChannelId, server: Option<&str>) -> ChannelId {
    match server {
        Some(server) => ChannelId { platform: channel.platform.clone(), room: format!("{SERVER_KEY}:{server}") },
        None => channel.clone(),
    }
}

impl Local {
    /// Reads what a server (or a channel without one) has set.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn of(store: &Store, channel: &ChannelId, server: Option<&str>) -> Result<Self, StoreError> {
        let stored = store.settings_of(&settings_place(channel, server))?;
        let known = stored.into_iter().filter_map(|(key, value)| Some((LocalKey::of(&key)?, value)));
        Ok(Self { values: known.filter_map(|(key, value)| Some((key, key.read(&value)?))).collect() })
    }

    /// Reads what is set for a channel whose server was noted when it began to follow something.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn of_channel(store: &Store, channel: &ChannelId) -> Result<Self, StoreError> {
        let server = store.setting(channel, SERVER_KEY)?;
        Self::of(store, channel, server.as_deref())
    }

    /// Gives a value, if it is set.
    pub fn get(&self, key: LocalKey) -> Option<&str> {
        self.values.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
    }

    /// Gives the zone in which times of day are meant; UTC unless another is set.
    pub fn zone(&self) -> TimeZone {
        self.get(LocalKey::TimeZone).and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
    }

    /// Gives when the quiet time ends in which a moment is; none when alerts may be posted.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.get(LocalKey::Quiet).and_then(QuietHours::read)?.until(now, &self.zone())
    }

    /// Tells whether commands are answered in a channel.
    pub fn answers_in(&self, channel: &ChannelId) -> bool {
        self.get(LocalKey::Channels).is_none_or(|ids| ids.split(' ').any(|id| id == channel.room))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn until(hours: &str, zone: &str, now: &str) -> Option<String> {
        let values = vec![(LocalKey::Quiet, hours.to_owned()), (LocalKey::TimeZone, zone.to_owned())];
        Local { values }.quiet_until(now.parse().unwrap()).map(|end| end.to_string())
    }

    #[test]
    fn quiet_hours_are_meant_in_the_zone_and_may_go_over_midnight() {
        let berlin = |now: &str| until("22:00-07:00", "Europe/Berlin", now);
        assert_eq!(berlin("2025-12-10T21:30:00Z").as_deref(), Some("2025-12-11T06:00:00Z"));
        assert_eq!(berlin("2025-12-11T05:59:59Z").as_deref(), Some("2025-12-11T06:00:00Z"));
        assert_eq!(berlin("2025-12-11T06:00:00Z"), None);
        assert_eq!(berlin("2025-07-10T04:30:00Z").as_deref(), Some("2025-07-10T05:00:00Z"), "summer time");
        assert_eq!(until("12:00-13:00", "UTC", "2025-12-10T12:10:00Z").as_deref(), Some("2025-12-10T13:00:00Z"));
        assert_eq!(until("12:00-13:00", "UTC", "2025-12-10T11:59:00Z"), None);
    }

    #[test]
    fn values_are_read_or_refused() {
        for (key, value, stored) in [
            (LocalKey::Prefix, " ?? ", Some("??")),
            (LocalKey::Prefix, "a!", None),
            (LocalKey::Language, "EN", Some("en")),
            (LocalKey::Language, "de", None),
            (LocalKey::TimeZone, "europe/berlin", Some("Europe/Berlin")),
            (LocalKey::TimeZone, "Atlantis/Port", None),
            (LocalKey::Quiet, "22-7", Some("22:00-07:00")),
            (LocalKey::Quiet, "22:00-22:00", None),
            (LocalKey::Quiet, "25:00-07:00", None),
            (LocalKey::Channels, "<#12>, 34", Some("12 34")),
            (LocalKey::Channels, "", None),
            (LocalKey::Power, "75", Some("75")),
            (LocalKey::Power, "101", None),
            (LocalKey::Power, "-1", None),
        ] {
            assert_eq!(key.read(value).as_deref(), stored, "{key:?} {value}");
        }
    }
}
