//! Bytes to text: which encoding it is, and which characters never get any further.
//!
//! It knows no feed and no page beyond the places where a document names its encoding. Labels lie often, bytes seldom: a byte order mark
//! wins, then valid UTF-8, then the labels, then a guess.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How far into a document its own encoding label is looked for, in bytes (HTML asks for 1,024; some pages put comments first).
const LABEL_WITHIN_BYTES: usize = 4096;
/// How many bytes the guess looks at; more changes no guess and costs time.
const GUESS_BYTES_MAX: usize = 256 << 10;
/// Valid multi-byte characters for each broken one that still count as UTF-8 with a fault, such as a cut at the end.
const VALID_PER_FAULT: usize = 10;

/// Decodes a document.
///
/// `charset` is the label of the transport (HTTP), if any. The result has line feeds only, no byte order mark, and none of the characters
/// that [`is_unwanted`] names.
pub fn decode(bytes: &[u8], charset: Option<&str>) -> String {
    cleaned(&decode_raw(bytes, charset))
}

fn decode_raw(bytes: &[u8], charset: Option<&str>) -> String {
    if let Some((encoding, bom_bytes)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(bytes.get(bom_bytes..).unwrap_or_default()).0.into_owned();
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    let label = charset.and_then(encoding_of).or_else(|| label_within(bytes));
    // Pure ASCII with escapes is valid UTF-8 too: only the label tells ISO-2022-JP.
    let escapes = label == Some(encoding_rs::ISO_2022_JP);
    if !escapes && let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    if !escapes && is_mostly_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    // Bytes that are no UTF-8 cannot be UTF-8 or UTF-16 whatever the label says: the two-byte marks were looked for above.
    if let Some(encoding) = label.filter(|&encoding| encoding != UTF_8 && encoding != UTF_16LE && encoding != UTF_16BE) {
        let (text, has_faults) = encoding.decode_without_bom_handling(bytes);
        if !has_faults {
            return text.into_owned();
        }
    }
    guessed(bytes).decode_without_bom_handling(bytes).0.into_owned()
}

fn encoding_of(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label(label.trim().as_bytes())
}

/// Finds `encoding="…"` of an XML declaration or `charset=…` of an HTML page near the start.
fn label_within(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes.get(..LABEL_WITHIN_BYTES.min(bytes.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    ["encoding=", "charset="].iter().find_map(|key| {
        let (_, rest) = head.split_once(key)?;
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        let end = rest.find(|ch: char| !ch.is_ascii_alphanumeric() && !matches!(ch, '-' | '_' | '.' | ':')).unwrap_or(rest.len());
        encoding_of(rest.get(..end)?)
    })
}

/// Markup starts with `<` or `{`, or a space before it: a zero byte beside it tells the byte order.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<' | b'{' | b' ' | b'\n', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        [b'<' | b'{' | b' ' | b'\n', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

fn is_mostly_utf8(bytes: &[u8]) -> bool {
    // A character that breaks off at the very end is what a cut leaves, not a fault.
    let is_cut = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    let (mut faults, mut valid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|ch| !ch.is_ascii()).count();
        faults += usize::from(!chunk.invalid().is_empty());
    }
    (is_cut && valid > 0) || valid >= faults.saturating_mul(VALID_PER_FAULT)
}

fn guessed(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes.get(..GUESS_BYTES_MAX.min(bytes.len())).unwrap_or_default(), true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Tells whether a character is taken out of every text: control characters other than line feed and tab, marks that turn the direction of
/// writing (they can make a quotation show other words than it has), and characters that show nothing.
pub fn is_unwanted(ch: char) -> bool {
    match ch {
        '\n' | '\t' => false,
        '\u{00ad}' | '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => {
            true
        }
        '\u{202a}'..='\u{202e}' | '\u{e0000}'..='\u{e007f}' => true,
        ch => ch.is_control(),
    }
}

/// Turns every line end into a line feed, takes unwanted characters out and mends quotation marks that were labelled as Latin-1.
pub fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_return = false;
    for ch in text.chars() {
        match ch {
            '\r' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' if after_return => {}
            '\u{000b}' | '\u{000c}' => out.push(' '),
            '\u{0080}'..='\u{009f}' => out.extend(windows_1252(ch)),
            ch if is_unwanted(ch) => {}
            ch => out.push(ch),
        }
        after_return = ch == '\r';
    }
    out
}

/// Gives what a control character of the second set was meant as: a character of windows-1252 (HTML §13.2.5.80 does the same).
fn windows_1252(ch: char) -> Option<char> {
    let byte = u8::try_from(u32::from(ch)).ok()?;
    let meant = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next();
    meant.filter(|meant| !meant.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_beats_the_label() {
        assert_eq!(decode(b"\xef\xbb\xbf\xd0\x96", Some("windows-1251")), "\u{416}");
        assert_eq!(decode(b"\xff\xfe\x16\x04", Some("utf-8")), "\u{416}");
        assert_eq!(decode(b"\xfe\xff\x04\x16", None), "\u{416}");
    }

    #[test]
    fn valid_utf8_beats_a_wrong_label() {
        assert_eq!(decode("na\u{ef}ve caf\u{e9}".as_bytes(), Some("iso-8859-1")), "na\u{ef}ve caf\u{e9}");
    }

    #[test]
    fn a_right_label_is_followed_in_header_and_document() {
        let words = encoding_rs::WINDOWS_1251.encode("\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}").0.into_owned();
        assert_eq!(decode(&words, Some("windows-1251")), "\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}");
        let mut document = b"<?xml version='1.0' encoding='windows-1251'?><t>".to_vec();
        document.extend_from_slice(&words);
        assert!(decode(&document, None).ends_with("\u{41f}\u{440}\u{438}\u{432}\u{435}\u{442}"));
    }

    #[test]
    fn another_encoding_that_calls_itself_utf8_is_guessed() {
        let russian = "\u{41f}\u{440}\u{435}\u{437}\u{438}\u{434}\u{435}\u{43d}\u{442} \u{437}\u{430}\u{44f}\u{432}\u{438}\u{43b} \u{43e} \u{43f}\u{43b}\u{430}\u{43d}\u{435}";
        let bytes = encoding_rs::WINDOWS_1251.encode(russian).0.into_owned();
        assert_eq!(decode(&bytes, Some("utf-8")), russian);
        assert_eq!(decode(b"The caf\xe9 in Besan\xe7on was closed, he said.", None), "The caf\u{e9} in Besan\u{e7}on was closed, he said.");
    }

    #[test]
    fn utf8_that_was_cut_stays_utf8() {
        let mut bytes = "\u{416}".repeat(40).into_bytes();
        bytes.pop();
        let text = decode(&bytes, None);
        assert!(text.starts_with(&"\u{416}".repeat(39)) && text.ends_with('\u{fffd}'), "{text}");
    }

    #[test]
    fn utf16_without_a_mark_is_seen_by_its_zeros() {
        let little: Vec<u8> = "<rss>".bytes().flat_map(|byte| [byte, 0]).collect();
        let big: Vec<u8> = "<rss>".bytes().flat_map(|byte| [0, byte]).collect();
        assert_eq!(decode(&little, None), "<rss>");
        assert_eq!(decode(&big, None), "<rss>");
    }

    #[test]
    fn line_ends_become_line_feeds_and_controls_go() {
        assert_eq!(decode(b"a\r\nb\rc\x00\x1b[31m\xe2\x80\xaed\xc2\xade\xe2\x80\xa8f", None), "a\nb\nc[31mde\nf");
        assert_eq!(cleaned("tab\tstays, joiner \u{200d} too"), "tab\tstays, joiner \u{200d} too");
    }
}
