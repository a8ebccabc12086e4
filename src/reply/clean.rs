//! Makes feed text harmless before it is laid out: no control or direction marks, no address that is more than an address.
//!
//! Escaping for a platform's markup is not done here; each renderer does its own.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Longest address that is shown as a link, in bytes of its escaped form. 1,000: half a Discord message, and more than news sites use.
pub const URL_BYTES_MAX: usize = 1_000;

/// First strong isolate (UAX #9): what follows gets its own direction.
const ISOLATE: char = '\u{2068}';
/// Pop directional isolate: the end of what [`ISOLATE`] began.
const ISOLATE_END: char = '\u{2069}';

/// Removes what could garble or disguise an answer: control characters, direction marks, tag and invisible format characters.
///
/// White space of any kind becomes a space. A text with letters that run from right to left is put between isolates, so that it
/// cannot turn round the words beside it. Joiners stay: Persian words and many emoji need them.
pub fn clean(text: &str) -> Cow<'_, str> {
    let harmless = |c: char| c == ' ' || c.is_ascii_graphic();
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut kept: String = text.chars().filter_map(keep).collect();
    if kept.chars().any(is_right_to_left) {
        kept.insert(0, ISOLATE);
        kept.push(ISOLATE_END);
    }
    Cow::Owned(kept)
}

fn keep(c: char) -> Option<char> {
    match c {
        _ if c.is_whitespace() => Some(' '),
        _ if c.is_control() => None,
        // soft hyphen, Arabic letter mark, Mongolian separator, zero-width space, direction marks and overrides
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => None,
        // word joiner and invisible operators, isolates and old format marks, byte order mark, interlinear marks, musical format marks
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' => None,
        // tags and other unassigned default-ignorable characters
        '\u{e0000}'..='\u{e0fff}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => None,
        _ => Some(c),
    }
}

/// Tells whether a letter belongs to a script that runs from right to left (Hebrew to Arabic Extended, and their older relatives).
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Keeps an id or a host from being recognised, without a visible trace.
const JOINER: char = '\u{2060}';

/// Puts an invisible joiner where a client would find an id, a room alias or an address in a cleaned text.
pub(super) fn defuse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if is_bait(before, c, rest.peek().copied()) {
            out.push(JOINER);
        }
        before = c;
    }
    out
}

/// Tells whether `c` begins an id or an alias (`@a:b`, `#a:b`), ends a scheme, or parts a host name.
fn is_bait(before: char, c: char, after: Option<char>) -> bool {
    let goes_on = after.is_some_and(char::is_alphanumeric);
    let by_letter = after.is_some_and(char::is_alphabetic);
    match c {
        '@' => true,
        '#' => goes_on,
        ':' => after == Some('/') || by_letter,
        '.' => before.is_alphanumeric() && by_letter,
        _ => false,
    }
}

/// Tells whether clients of Matrix would show a link, given without its scheme, as a mention of a user or room instead of its words: of
/// matrix.to, or with such a name in the fragment, as the addresses of web clients have it.
fn is_permalink(rest: &str) -> bool {
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    let fragment = rest.split_once('#').map_or("", |(_, fragment)| fragment).trim_start_matches('/');
    let begins = |with: &str| fragment.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    let names = ["@", "!", "#", "+", "%40", "%21", "%23", "%2b", "user/", "room/", "group/"];
    host == "matrix.to" || host.ends_with(".matrix.to") || names.into_iter().any(begins)
}

/// Gives the address if it may become a link: `http` or `https`, at most [`URL_BYTES_MAX`] bytes, not one that a client shows as a
/// mention, with every byte escaped that could end a link, begin a mention or hide a host behind user information.
pub fn safe_url(url: &str) -> Option<String> {
    let scheme =
        ["https://", "http://"].into_iter().find(|scheme| url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme)))?;
    let rest = url.get(scheme.len()..)?;
    if rest.is_empty() || rest.starts_with('/') || is_permalink(rest) {
        return None;
    }
    let mut safe = String::from(scheme);
    for byte in rest.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => safe.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'?' | b'#' | b'&' | b'=' | b'+' | b'%' | b',' | b';' | b':' | b'!' | b'$' => {
                safe.push(char::from(byte))
            }
            _ => write!(safe, "%{byte:02X}").expect("writing to a string does not fail"),
        }
        if safe.len() > URL_BYTES_MAX {
            return None;
        }
    }
    Some(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_ascii_is_borrowed() {
        assert!(matches!(clean("a plain line"), Cow::Borrowed("a plain line")));
    }

    #[test]
    fn controls_and_overrides_vanish_and_white_space_becomes_a_space() {
        assert_eq!(clean("a\u{1b}[31mb\0c\u{202e}d\u{200b}e\n\tf\u{2028}g"), "a[31mbcde  f g");
    }

    #[test]
    fn joined_emoji_and_accents_stay() {
        let text = "👩\u{200d}🚀 né";
        assert_eq!(clean(text), text);
    }

    #[test]
    fn right_to_left_words_are_isolated_and_others_are_not() {
        assert_eq!(clean("שלום"), "\u{2068}שלום\u{2069}");
        assert_eq!(clean("мир"), "мир");
    }

    #[test]
    fn links_are_http_only_and_cannot_leave_their_brackets() {
        assert_eq!(safe_url("https://example.org/a?b=c#d").as_deref(), Some("https://example.org/a?b=c#d"));
        assert_eq!(safe_url("HTTP://example.org/a b>(c)@everyone`").as_deref(), Some("http://example.org/a%20b%3E%28c%29%40everyone%60"));
        for refused in ["javascript:alert(1)", "file:///etc/passwd", "https://", "https:///x", "//example.org", "", "хttps://a"] {
            assert_eq!(safe_url(refused), None, "{refused}");
        }
        assert_eq!(safe_url(&format!("https://example.org/{}", "ü".repeat(400))), None);
    }

    #[test]
    fn what_clients_show_as_a_mention_is_no_link() {
        for refused in [
            "https://matrix.to/#/@ada:example.org",
            "https://MATRIX.to./#/%40ada:example.org",
            "http://www.matrix.to:443/",
            "https://app.example.org/#/user/@ada:example.org",
            "https://app.example.org/a#/!room:example.org",
            "https://example.org/%23#@ada:example.org",
        ] {
            assert_eq!(safe_url(refused), None, "{refused}");
        }
        for kept in
            ["https://example.org/matrix.to/a", "https://notmatrix.to/a", "https://example.org/a#section-2", "https://example.org/#/news/1"]
        {
            assert_eq!(safe_url(kept).as_deref(), Some(kept));
        }
    }
}
