//! The configuration as the program uses it: defaults filled in, bounds checked.

use super::Environment;
use super::discord::DiscordSettings;
use super::matrix::MatrixSettings;
use super::raw::{Raw, RawFeed, RawWatch};
use crate::commands::Rates;
use crate::model::{ChannelId, FeedTextSource, OutletId, WatchScope};
use crate::rules::DataProblem;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use toml::Spanned;

/// The configuration, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from, for messages.
    pub path: String,
    /// Where run-time files are kept.
    pub state_dir: PathBuf,
    /// Replaces the built-in knowledge when set.
    pub data_dir: Option<PathBuf>,
    /// More knowledge, later ones win.
    pub knowledge_dirs: Vec<PathBuf>,
    /// Commands and answers.
    pub chat: ChatSettings,
    /// Whether the terminal is a chat.
    pub terminal: bool,
    /// Discord; none when it is not used.
    pub discord: Option<DiscordSettings>,
    /// Matrix; none when it is not used.
    pub matrix: Option<MatrixSettings>,
    /// Fetching.
    pub http: HttpSettings,
    /// Polling.
    pub polling: PollSettings,
    /// Alerts.
    pub alerts: AlertSettings,
    /// Logs.
    pub log: LogSettings,
    /// Feeds, in the order of the file.
    pub feeds: Vec<FeedConfig>,
    /// Watches, in the order of the file.
    pub watches: Vec<WatchConfig>,
}

/// Commands and answers.
#[derive(Clone, Debug)]
pub struct ChatSettings {
    /// What a command starts with.
    pub prefix: String,
    /// Statements on one page of an answer.
    pub page_size: usize,
    /// How often commands are answered.
    pub rates: Rates,
}

/// Fetching.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Whom a site's owner can write to; empty when the operator did not say.
    pub contact: String,
    /// Hosts that may be fetched although their address is private.
    pub allow_hosts: Vec<String>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until the first byte of an answer.
    pub first_byte_timeout: Duration,
    /// Without a byte in the middle of an answer.
    pub idle_timeout: Duration,
    /// For a whole request with its redirects.
    pub total_timeout: Duration,
    /// Bytes over the wire.
    pub wire_bytes_max: u64,
    /// Bytes after unpacking.
    pub decoded_bytes_max: u64,
}

/// Polling.
#[derive(Clone, Debug)]
pub struct PollSettings {
    /// Seconds between two polls of a feed that sets none.
    pub interval_secs: u32,
    /// Feeds that are read at the same time.
    pub concurrent_max: usize,
}

/// Alerts.
#[derive(Clone, Debug)]
pub struct AlertSettings {
    /// Alerts of one poll in one channel; what is more becomes one summary.
    pub per_poll_max: usize,
    /// Statements below this confidence (percent) make no alert.
    pub confidence_min: u8,
    /// Hours for which an alert is tried again.
    pub retry_hours_max: u32,
}

/// Logs.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// A filter of `tracing-subscriber`: a level, or levels per module.
    pub level: String,
    /// For people or for log collectors.
    pub format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// A feed as configured.
#[derive(Clone, Debug)]
pub struct FeedConfig {
    /// `http:`, `https:` or `file:` address.
    pub url: String,
    /// Who publishes it.
    pub outlet: OutletId,
    /// Where the text comes from.
    pub text: FeedTextSource,
    /// Seconds between two polls.
    pub interval_secs: u32,
    /// Line of the entry in the configuration, for later problems (an outlet that is in no data file).
    pub line: u32,
}

/// A watch as configured; names are resolved when the knowledge is loaded.
#[derive(Clone, Debug)]
pub struct WatchConfig {
    /// Where the alerts go.
    pub channel: ChannelId,
    /// Id of the actor or topic.
    pub follow: String,
    /// Id of the actor or topic towards which a stance is asked for.
    pub on: Option<String>,
    /// Which of the subject's statements.
    pub scope: WatchScope,
    /// Line of the entry in the configuration.
    pub line: u32,
}

/// Reads a configuration text; with problems the configuration may be missing.
pub(super) fn read(path: &str, text: &str, environment: &Environment) -> (Option<Config>, Vec<DataProblem>) {
    let mut check = Check { path, text, problems: Vec::new() };
    let Some(raw) = check.parse() else { return (None, check.problems) };
    let config = check.config(raw, environment);
    (Some(config), check.problems)
}

/// Collects problems while values are taken over.
pub(super) struct Check<'a> {
    path: &'a str,
    text: &'a str,
    problems: Vec<DataProblem>,
}

impl Check<'_> {
    /// Parses the text. A key that is unknown or whose value is wrong is reported and left out, so that what stands after it is
    /// checked too.
    fn parse(&mut self) -> Option<Raw> {
        let mut text = self.text.to_owned();
        for _ in 0..WRONG_KEYS_MAX {
            let error = match toml::from_str(&text) {
                Ok(raw) => return Some(raw),
                Err(error) => error,
            };
            let span = error.span().unwrap_or(0..0);
            let message = error.message().lines().collect::<Vec<_>>().join(", ").replace("expected u64", "expected a whole number");
            let suggestion = suggest_key(&message);
            self.problem(span.start, message, suggestion);
            // Where the text is no TOML at all, nothing after the place can be trusted.
            toml::from_str::<toml::Table>(&text).ok()?;
            let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let end = text.get(span.end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| span.end + at);
            let line = text.get(start..end).filter(|line| !line.is_empty() && !line.trim_start().starts_with('['))?;
            let blank: String = line.chars().map(|ch| if ch == '\n' { '\n' } else { ' ' }).collect();
            let padded = format!("{blank}{}", " ".repeat(line.len() - blank.len()));
            text.replace_range(start..end, &padded);
        }
        None
    }

    fn config(&mut self, raw: Raw, environment: &Environment) -> Config {
        let interval_secs = self.number(&raw.polling.interval_secs, 900, INTERVAL) as u32;
        let state_dir = environment.state_dir.clone().unwrap_or_else(|| raw.state_dir.clone().unwrap_or_else(|| "state".into()).into());
        Config {
            path: self.path.to_owned(),
            state_dir,
            data_dir: raw.data_dir.as_ref().map(PathBuf::from),
            knowledge_dirs: raw.knowledge_dirs.iter().map(PathBuf::from).collect(),
            chat: ChatSettings {
                prefix: self.prefix(&raw),
                page_size: self.number(&raw.chat.page_size, 6, PAGE_SIZE) as usize,
                rates: self.rates(&raw),
            },
            terminal: raw.terminal.enabled.unwrap_or(true),
            discord: self.discord(&raw.discord, environment.discord_token.as_ref()),
            matrix: self.matrix(&raw.matrix, environment),
            http: self.http(&raw),
            polling: PollSettings {
                interval_secs,
                concurrent_max: self.number(&raw.polling.concurrent_max, 4, Bound { key: "concurrent_max", min: 1, max: 64 }) as usize,
            },
            alerts: AlertSettings {
                per_poll_max: self.number(&raw.alerts.per_poll_max, 5, Bound { key: "per_poll_max", min: 1, max: 100 }) as usize,
                confidence_min: self.number(&raw.alerts.confidence_min, 50, Bound { key: "confidence_min", min: 0, max: 100 }) as u8,
                retry_hours_max: self.number(&raw.alerts.retry_hours_max, 48, Bound { key: "retry_hours_max", min: 1, max: 8760 }) as u32,
            },
            log: self.log(&raw, environment),
            feeds: self.feeds(&raw.feeds, interval_secs),
            watches: raw.watches.iter().filter_map(|watch| self.watch(watch)).collect(),
        }
    }

    fn rates(&mut self, raw: &Raw) -> Rates {
        let default = Rates::default();
        let mut rate = |value: &Option<Spanned<u64>>, default: u32, key| {
            self.number(value, u64::from(default), Bound { key, min: 0, max: 100_000 }) as u32
        };
        Rates {
            user: rate(&raw.chat.commands_per_minute_user, default.user, "commands_per_minute_user"),
            channel: rate(&raw.chat.commands_per_minute_channel, default.channel, "commands_per_minute_channel"),
            server: rate(&raw.chat.commands_per_minute_server, default.server, "commands_per_minute_server"),
        }
    }

    fn prefix(&mut self, raw: &Raw) -> String {
        let Some(prefix) = &raw.chat.prefix else { return "!".to_owned() };
        let text = prefix.get_ref();
        let length = text.chars().count();
        if !(1..=4).contains(&length) || text.chars().any(|c| c.is_alphanumeric() || c.is_whitespace()) {
            let message = format!("prefix \u{201c}{text}\u{201d} is not one to four marks such as ! or ?");
            self.problem(prefix.span().start, message, Some("for example prefix = \"!\"".to_owned()));
        }
        text.clone()
    }

    fn http(&mut self, raw: &Raw) -> HttpSettings {
        let http = &raw.http;
        let contact = http.contact.as_ref().map(|contact| contact.get_ref().trim().to_owned()).unwrap_or_default();
        if contact.chars().any(char::is_control) || !contact.is_ascii() {
            let at = http.contact.as_ref().map_or(0, |contact| contact.span().start);
            self.problem(at, "contact holds characters that cannot stand in a User-Agent".to_owned(), Some("use plain ASCII".to_owned()));
        }
        let mut seconds =
            |value: &Option<Spanned<u64>>, default, key| Duration::from_secs(self.number(value, default, Bound { key, min: 1, max: 600 }));
        let connect_timeout = seconds(&http.connect_timeout_secs, 10, "connect_timeout_secs");
        let first_byte_timeout = seconds(&http.first_byte_timeout_secs, 20, "first_byte_timeout_secs");
        let idle_timeout = seconds(&http.idle_timeout_secs, 15, "idle_timeout_secs");
        let total_timeout = seconds(&http.total_timeout_secs, 60, "total_timeout_secs");
        let bytes = |key| Bound { key, min: 10_000, max: 1_000_000_000 };
        HttpSettings {
            contact,
            allow_hosts: http.allow_hosts.iter().filter_map(|host| self.host(host)).collect(),
            connect_timeout,
            first_byte_timeout,
            idle_timeout,
            total_timeout,
            wire_bytes_max: self.number(&http.wire_bytes_max, 10_000_000, bytes("wire_bytes_max")),
            decoded_bytes_max: self.number(&http.decoded_bytes_max, 30_000_000, bytes("decoded_bytes_max")),
        }
    }

    fn host(&mut self, host: &Spanned<String>) -> Option<String> {
        let text = host.get_ref();
        if text.is_empty() || text.contains('/') || text.chars().any(char::is_whitespace) {
            let message = format!("\u{201c}{text}\u{201d} is not a host or host:port");
            self.problem(host.span().start, message, Some("for example \"feeds.local:8080\", without http://".to_owned()));
            return None;
        }
        Some(text.to_ascii_lowercase())
    }

    fn log(&mut self, raw: &Raw, environment: &Environment) -> LogSettings {
        let level = raw.log.level.as_ref().map_or("warn", |level| level.get_ref().as_str());
        if let Some(written) = &raw.log.level
            && !["error", "warn", "info", "debug", "trace"].contains(&level)
        {
            let message = format!("level \u{201c}{level}\u{201d} is not error, warn, info, debug or trace");
            self.problem(written.span().start, message, None);
        }
        let format = match &raw.log.format {
            None => LogFormat::Text,
            Some(word) if word.get_ref() == "text" => LogFormat::Text,
            Some(word) if word.get_ref() == "json" => LogFormat::Json,
            Some(word) => {
                self.problem(word.span().start, format!("format \u{201c}{}\u{201d} is not text or json", word.get_ref()), None);
                LogFormat::Text
            }
        };
        LogSettings { level: environment.log.clone().unwrap_or_else(|| level.to_owned()), format }
    }

    fn feeds(&mut self, feeds: &[RawFeed], interval_secs: u32) -> Vec<FeedConfig> {
        let mut seen = BTreeSet::new();
        let mut kept = Vec::with_capacity(feeds.len());
        for feed in feeds {
            if !seen.insert(feed.url.get_ref().clone()) {
                self.problem(feed.url.span().start, format!("the feed {} stands here twice", feed.url.get_ref()), None);
            } else if let Some(feed) = self.feed(feed, interval_secs) {
                kept.push(feed);
            }
        }
        kept
    }

    fn feed(&mut self, feed: &RawFeed, interval_secs: u32) -> Option<FeedConfig> {
        let url = feed.url.get_ref().trim();
        let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https" | "file") {
            let suggestion = Some(format!("for example \"https://{}\"", url.trim_start_matches('/')));
            self.problem(
                feed.url.span().start,
                format!("\u{201c}{url}\u{201d} is not an http:, https: or file: address"),
                suggestion.filter(|_| !url.contains(':')),
            );
            return None;
        }
        if scheme != "file"
            && let Err(error) = url::Url::parse(url)
        {
            self.problem(feed.url.span().start, format!("\u{201c}{url}\u{201d} is not an address: {error}"), None);
            return None;
        }
        let text = match &feed.text {
            None => FeedTextSource::Auto,
            Some(word) => match word.get_ref().as_str() {
                "feed" => FeedTextSource::Feed,
                "page" => FeedTextSource::Page,
                "auto" => FeedTextSource::Auto,
                other => {
                    self.problem(word.span().start, format!("text \u{201c}{other}\u{201d} is not feed, page or auto"), None);
                    FeedTextSource::Auto
                }
            },
        };
        Some(FeedConfig {
            url: url.to_owned(),
            outlet: OutletId::new(feed.outlet.get_ref().as_str()),
            text,
            interval_secs: self.number(&feed.interval_secs, u64::from(interval_secs), INTERVAL) as u32,
            line: self.place(feed.outlet.span().start).0,
        })
    }

    fn watch(&mut self, watch: &RawWatch) -> Option<WatchConfig> {
        let text = watch.channel.get_ref();
        let (platform, room) = text.split_once(':').unwrap_or((text, "terminal"));
        if !matches!(platform, "terminal" | "discord" | "matrix") || room.is_empty() {
            let message = format!("channel \u{201c}{text}\u{201d} is not \"terminal\", \"discord:CHANNEL_ID\" or \"matrix:!ROOM_ID\"");
            self.problem(watch.channel.span().start, message, None);
            return None;
        }
        if watch.own && watch.shifts {
            let message = "\"own\" and \"shifts\" do not go together".to_owned();
            self.problem(watch.follow.span().start, message, Some("leave own = true out".to_owned()));
        }
        Some(WatchConfig {
            channel: ChannelId { platform: platform.to_owned(), room: room.to_owned() },
            follow: watch.follow.get_ref().clone(),
            on: watch.on.as_ref().map(|on| on.get_ref().clone()),
            scope: match (watch.own, watch.shifts) {
                (_, true) => WatchScope::Shifts,
                (true, false) => WatchScope::Own,
                (false, false) => WatchScope::All,
            },
            line: self.place(watch.follow.span().start).0,
        })
    }

    /// Takes a number within its bounds, or reports it and takes the nearest bound.
    pub(super) fn number(&mut self, value: &Option<Spanned<u64>>, default: u64, bound: Bound) -> u64 {
        let Some(value) = value else { return default };
        let number = *value.get_ref();
        if !(bound.min..=bound.max).contains(&number) {
            let message = format!("{} = {number} is not between {} and {}", bound.key, bound.min, bound.max);
            self.problem(value.span().start, message, Some(format!("the default is {default}")));
        }
        number.clamp(bound.min, bound.max)
    }

    pub(super) fn problem(&mut self, at: usize, message: String, suggestion: Option<String>) {
        let (line, column) = self.place(at);
        self.problems.push(DataProblem { file: self.path.to_owned(), line, column, message, suggestion });
    }

    fn place(&self, at: usize) -> (u32, u32) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
    }
}

/// Bounds of a number, with the key they belong to.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    pub(super) key: &'static str,
    pub(super) min: u64,
    pub(super) max: u64,
}

/// Wrong keys that are reported one by one; a file with more is no configuration of this program.
const WRONG_KEYS_MAX: usize = 50;
/// A minute is as often as a site bears; a month is as good as never.
const INTERVAL: Bound = Bound { key: "interval_secs", min: 60, max: 2_592_000 };
/// More than twenty statements do not fit in one message of any platform.
const PAGE_SIZE: Bound = Bound { key: "page_size", min: 1, max: 20 };

/// Finds the nearest of the allowed keys that serde names in "unknown field `a`, expected one of `b`, `c`".
fn suggest_key(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let written = quoted.next().filter(|_| message.starts_with("unknown field"))?;
    quoted
        .map(|name| (rapidfuzz::distance::levenshtein::distance(written.chars(), name.chars()), name))
        .min()
        .filter(|(distance, _)| *distance <= 1 + written.len() / 3)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}
