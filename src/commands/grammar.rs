//! The one grammar of all commands: words, quoted words, and keywords with their values.
//!
//! It splits and reads numbers and times; names are resolved by the commands. A keyword counts only where the command knows it,
//! and never inside quotation marks.

use super::error::UserError;
use super::options::{OptionKind, OptionSpec};
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use std::collections::{BTreeMap, BTreeSet};

/// Longest command in characters. 600: the longest names and phrases fit; what is longer is a mistake or misuse.
pub const COMMAND_CHARS_MAX: usize = 600;
/// Last page that can be asked for: nobody reads on that far, and it bounds the offset of a query.
pub const PAGE_MAX: u32 = 1_000;
/// Farthest that a relative time reaches back, in its units (days, weeks, months, years).
const AGO_MAX: i32 = 10_000;
/// Characters of the user's words that an error repeats.
const ECHO_CHARS: usize = 40;

/// What was typed after the command's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Words outside quotation marks that belong to no keyword.
    pub words: Vec<String>,
    /// Stretches in quotation marks that belong to no keyword.
    pub quoted: Vec<String>,
    /// After `on`.
    pub on: Option<String>,
    /// After `via`.
    pub via: Option<String>,
    /// First day.
    pub since: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
    /// From 1.
    pub page: Option<u32>,
    /// Whether `own` was typed.
    pub own: bool,
    /// What stands after the words of further options, by these words.
    pub values: BTreeMap<&'static str, String>,
    /// The words of further options that stand for themselves.
    pub flags: BTreeSet<&'static str>,
}

/// One token: a word, or a stretch in quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    text: String,
    is_quoted: bool,
}

/// Reads what was typed after a command's name. `today` is the day (UTC) from which `7d` is counted back.
///
/// # Errors
/// [`UserError`]: too long, an unclosed quotation mark, a keyword twice or without its value, a time or page that is none.
pub fn read_arguments(text: &str, options: &[OptionSpec], today: Date) -> Result<Arguments, UserError> {
    let chars = text.chars().count();
    if chars > COMMAND_CHARS_MAX {
        return Err(UserError::TooLong { chars, max: COMMAND_CHARS_MAX });
    }
    let pieces = split(text, options)?;
    let mut arguments = Arguments::default();
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        at += 1;
        let Some(kind) = keyword_of(piece, options) else {
            let list = if piece.is_quoted { &mut arguments.quoted } else { &mut arguments.words };
            list.push(piece.text.clone());
            continue;
        };
        let rest = pieces.get(at..).unwrap_or_default();
        at += arguments.take(kind, rest, (options, today))?;
    }
    if let (Some(since), Some(until)) = (arguments.since, arguments.until)
        && until < since
    {
        return Err(UserError::Period { since, until });
    }
    Ok(arguments)
}

impl Arguments {
    /// Gives the name that stands by its place: the words, or the first quoted stretch when there are none.
    ///
    /// # Errors
    /// [`UserError::Missing`] when there is none.
    pub fn name(&self, what: &'static str) -> Result<String, UserError> {
        if !self.words.is_empty() {
            return Ok(self.words.join(" "));
        }
        self.quoted.first().filter(|name| !name.is_empty()).cloned().ok_or(UserError::Missing { what })
    }

    /// Gives the quoted stretches that are not the name.
    pub fn phrases(&self) -> &[String] {
        let used = usize::from(self.words.is_empty());
        self.quoted.get(used..).unwrap_or_default()
    }

    /// Gives the number that stands by its place.
    ///
    /// # Errors
    /// [`UserError::Missing`], [`UserError::Number`].
    pub fn number(&self, what: &'static str) -> Result<i64, UserError> {
        let text = self.name(what)?;
        let digits = text.trim_start_matches(['[', '#']).trim_end_matches(']');
        let number = if digits.bytes().all(|byte| byte.is_ascii_digit()) { digits.parse().ok() } else { None };
        number.ok_or_else(|| UserError::Number { text: echo(&text) })
    }

    /// Gives the number that stands first, and the words after it.
    ///
    /// # Errors
    /// [`UserError::Missing`], [`UserError::Number`].
    pub fn number_and_rest(&self, what: &'static str) -> Result<(i64, String), UserError> {
        let (number, rest) = self.words.split_first().ok_or(UserError::Missing { what })?;
        let number = Self { words: vec![number.clone()], ..Self::default() }.number(what)?;
        Ok((number, rest.join(" ")))
    }

    fn fill_value(&mut self, keyword: &'static str, value: String) -> Result<(), UserError> {
        match self.values.insert(keyword.strip_suffix('=').unwrap_or(keyword), value) {
            None => Ok(()),
            Some(_) => Err(UserError::Twice { keyword }),
        }
    }

    /// Gives what stands after the word of a further option.
    pub fn value(&self, keyword: &str) -> Option<&str> {
        self.values.get(keyword).map(String::as_str)
    }

    /// Takes the value of a keyword from the pieces after it; gives how many it used.
    fn take(&mut self, kind: OptionKind, rest: &[Piece], known: (&[OptionSpec], Date)) -> Result<usize, UserError> {
        let (options, today) = known;
        let keyword = kind.keyword().unwrap_or_default();
        let first = rest.first().filter(|piece| keyword_of(piece, options).is_none());
        let value = || first.map(|piece| piece.text.as_str()).ok_or(UserError::NoValue { keyword });
        match kind {
            OptionKind::Own => {
                self.own = true;
                Ok(0)
            }
            OptionKind::On | OptionKind::Via => {
                let (used, words) = words_of_value(rest, options);
                let slot = if kind == OptionKind::On { &mut self.on } else { &mut self.via };
                fill(slot, keyword, words)?;
                value().map(|_| used)
            }
            OptionKind::After(word) | OptionKind::Assign(word) => {
                let (used, words) = words_of_value(rest, options);
                value()?;
                self.fill_value(word, words).map(|()| used)
            }
            OptionKind::Rest(word) => {
                let words: Vec<&str> = rest.iter().map(|piece| piece.text.as_str()).collect();
                value()?;
                self.fill_value(word, words.join(" ")).map(|()| rest.len())
            }
            OptionKind::Flag(word) => {
                self.flags.insert(word);
                Ok(0)
            }
            OptionKind::Since | OptionKind::Until => {
                let text = value()?;
                let day = read_day(text, today).ok_or_else(|| UserError::Time { keyword, text: echo(text) })?;
                let slot = if kind == OptionKind::Since { &mut self.since } else { &mut self.until };
                fill(slot, keyword, day).map(|()| 1)
            }
            OptionKind::Page => {
                let text = value()?;
                let page = text.parse().ok().filter(|page| (1..=PAGE_MAX).contains(page));
                let page = page.ok_or_else(|| UserError::Page { text: echo(text), max: PAGE_MAX })?;
                fill(&mut self.page, keyword, page).map(|()| 1)
            }
            OptionKind::Name | OptionKind::Second | OptionKind::Words | OptionKind::Number | OptionKind::Url => Ok(0),
        }
    }
}

/// Gives the words of a value up to the next keyword, or the stretch in quotation marks that it starts with; and how many pieces
/// these are.
fn words_of_value(rest: &[Piece], options: &[OptionSpec]) -> (usize, String) {
    let used = rest.iter().take_while(|piece| keyword_of(piece, options).is_none()).count();
    let used = if rest.first().is_some_and(|piece| piece.is_quoted) { 1 } else { used };
    let words: Vec<&str> = rest.iter().take(used).map(|piece| piece.text.as_str()).collect();
    (used, words.join(" "))
}

fn fill<T>(slot: &mut Option<T>, keyword: &'static str, value: T) -> Result<(), UserError> {
    if slot.is_some() {
        return Err(UserError::Twice { keyword });
    }
    *slot = Some(value);
    Ok(())
}

fn keyword_of(piece: &Piece, options: &[OptionSpec]) -> Option<OptionKind> {
    if piece.is_quoted {
        return None;
    }
    options.iter().map(|option| option.kind).find(|kind| kind.keyword().is_some_and(|keyword| piece.text.eq_ignore_ascii_case(keyword)))
}

/// Gives the length of `speaker=` where a word starts with that and the command knows it.
fn assigned(word: &str, options: &[OptionSpec]) -> Option<usize> {
    let length = word.find('=')? + 1;
    let typed = word.get(..length)?;
    let is_known = |option: &OptionSpec| matches!(option.kind, OptionKind::Assign(word) if word.eq_ignore_ascii_case(typed));
    options.iter().any(is_known).then_some(length)
}

/// Splits at white space and after `speaker=`; a quotation mark at the start of a word opens a stretch that the next closing mark
/// ends.
fn split(text: &str, options: &[OptionSpec]) -> Result<Vec<Piece>, UserError> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let closing: &[char] = match first {
            '"' | '“' | '”' | '„' => &['"', '“', '”'],
            '«' => &['»'],
            _ => &[],
        };
        if closing.is_empty() {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let end = assigned(rest.split_at(end).0, options).unwrap_or(end);
            let (word, after) = rest.split_at(end);
            pieces.push(Piece { text: word.to_owned(), is_quoted: false });
            rest = after.trim_start();
            continue;
        }
        let inner = rest.get(first.len_utf8()..).unwrap_or("");
        let Some((words, after)) = inner.split_once(closing) else {
            return Err(UserError::UnclosedQuote { after: echo(inner.trim()) });
        };
        pieces.push(Piece { text: words.trim().to_owned(), is_quoted: true });
        rest = after.trim_start();
    }
    Ok(pieces)
}

/// Gives the start of what the user typed, for repeating it in an error.
pub(super) fn echo(text: &str) -> String {
    match text.char_indices().nth(ECHO_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("")),
        None => text.to_owned(),
    }
}

/// Reads `2025-12-01`, `today`, `yesterday`, or `7d`, `2w`, `3m`, `1y` back from today; never a day before our era.
fn read_day(text: &str, today: Date) -> Option<Date> {
    let text = text.to_ascii_lowercase();
    match text.as_str() {
        "today" => return Some(today),
        "yesterday" => return today.yesterday().ok(),
        _ => {}
    }
    if let Ok(day) = text.parse::<Date>() {
        return text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then_some(day);
    }
    let unit = text.chars().next_back()?;
    let count = text.strip_suffix(unit)?;
    if !count.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = count.parse().ok().filter(|count| (0..=AGO_MAX).contains(count))?;
    let back: Span = match unit {
        'd' => count.days(),
        'w' => count.weeks(),
        'm' => count.months(),
        'y' => count.years(),
        _ => return None,
    };
    today.checked_sub(back).ok().filter(|day| day.year() > 0)
}

#[cfg(test)]
mod tests {
    use super::super::options::{ACTOR, BECAUSE, NOT_A_STATEMENT, ON, OWN, PAGE, SINCE, SPEAKER, STANCE, STATEMENT, UNTIL, VIA, WORDS};
    use super::*;
    use jiff::civil::date;

    const ALL: &[OptionSpec] = &[ACTOR, WORDS, ON, SINCE, UNTIL, VIA, PAGE, OWN];

    fn read(text: &str) -> Result<Arguments, UserError> {
        read_arguments(text, ALL, date(2025, 12, 10))
    }

    #[test]
    fn keywords_take_all_words_up_to_the_next() {
        let read = read("the harbour master ON the toll plan since 7d Via the courier page 3 own until 2025-12-09").unwrap();
        assert_eq!(read.name("actor").unwrap(), "the harbour master");
        assert_eq!((read.on.as_deref(), read.via.as_deref()), (Some("the toll plan"), Some("the courier")));
        assert_eq!((read.since, read.until, read.page, read.own), (Some(date(2025, 12, 3)), Some(date(2025, 12, 9)), Some(3), true));
    }

    #[test]
    fn quoted_words_are_never_keywords() {
        let read = read("ada \"ready on page 2\" on “ban on tolls” extra").unwrap();
        assert_eq!(read.phrases(), ["ready on page 2"]);
        assert_eq!(read.on.as_deref(), Some("ban on tolls"));
        assert_eq!(read.name("actor").unwrap(), "ada extra");
    }

    #[test]
    fn a_keyword_of_another_command_is_a_word() {
        let read = read_arguments("ban on tolls", &[ACTOR, SINCE], date(2025, 12, 10)).unwrap();
        assert_eq!(read.name("actor").unwrap(), "ban on tolls");
    }

    #[test]
    fn a_quoted_name_is_the_name_and_the_rest_are_phrases() {
        let read = read("\"Ada Quill\" «no toll»").unwrap();
        assert_eq!((read.name("actor").unwrap().as_str(), read.phrases()), ("Ada Quill", &["no toll".to_owned()][..]));
    }

    #[test]
    fn values_stand_after_an_equals_sign_and_reasons_to_the_end() {
        let all = &[STATEMENT, SPEAKER, STANCE, NOT_A_STATEMENT, BECAUSE];
        let read = |text: &str| read_arguments(text, all, date(2025, 12, 10));
        let given = read("[12] Speaker=ada quill stance=\u{201c}oppose\u{201d} because the speaker=bo on page 2").unwrap();
        assert_eq!(given.number_and_rest("id"), Ok((12, String::new())));
        assert_eq!((given.value("speaker"), given.value("stance")), (Some("ada quill"), Some("oppose")));
        assert_eq!(given.value("because"), Some("the speaker= bo on page 2"));
        assert_eq!(read("12 SPEAKER= ada quill").unwrap().value("speaker"), Some("ada quill"));
        let out = read("12 not-a-statement a headline").unwrap();
        assert_eq!((out.number_and_rest("id"), out.flags.len()), (Ok((12, "a headline".to_owned())), 1));
        assert_eq!(read("12 the speaker was wrong").unwrap().value("speaker"), None);
        assert!(matches!(read("12 speaker="), Err(UserError::NoValue { keyword: "speaker=" })));
        assert!(matches!(read("12 speaker= stance=oppose"), Err(UserError::NoValue { keyword: "speaker=" })));
        assert!(matches!(read("12 speaker=a speaker=b"), Err(UserError::Twice { keyword: "speaker=" })));
        let other = read_arguments("12 speaker=a", &[STATEMENT], date(2025, 12, 10)).unwrap();
        assert_eq!(other.words, ["12", "speaker=a"]);
    }

    #[test]
    fn times_are_days_back_or_dates() {
        let day = |text: &str| read_day(text, date(2025, 12, 10));
        assert_eq!(day("2w"), Some(date(2025, 11, 26)));
        assert_eq!(day("3m"), Some(date(2025, 9, 10)));
        assert_eq!(day("1y"), Some(date(2024, 12, 10)));
        assert_eq!(day("2025-12-01"), Some(date(2025, 12, 1)));
        assert_eq!(day("yesterday"), Some(date(2025, 12, 9)));
        for none in ["", "d", "7", "7x", "-7d", "+7d", "99999d", "9999y", "2025-13-01", "2025-12-01T10:00", "7d7d", "٧d", "é"] {
            assert_eq!(day(none), None, "{none}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert!(matches!(read(&"a".repeat(10_000)), Err(UserError::TooLong { chars: 10_000, .. })));
        assert!(matches!(read("ada \"ready"), Err(UserError::UnclosedQuote { after }) if after == "ready"));
        assert!(matches!(read("ada since"), Err(UserError::NoValue { keyword: "since" })));
        assert!(matches!(read("ada on since 7d"), Err(UserError::NoValue { keyword: "on" })));
        assert!(matches!(read("ada page 1 page 2"), Err(UserError::Twice { keyword: "page" })));
        assert!(matches!(read("ada page 0"), Err(UserError::Page { .. })));
        assert!(matches!(read("ada since tuesday-ish"), Err(UserError::Time { .. })));
        assert!(matches!(read("ada since 2025-12-05 until 2025-12-01"), Err(UserError::Period { .. })));
    }

    #[test]
    fn numbers_come_bare_or_in_brackets() {
        for text in ["12", "[12]", "#12", "\"12\""] {
            assert_eq!(read(text).unwrap().number("id"), Ok(12), "{text}");
        }
        for text in ["", "twelve", "-1", "1 2", "99999999999999999999", "[]", "１２"] {
            assert!(read(text).unwrap().number("id").is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
            let _ = read(&text);
        }
    }
}
