//! One spelling for many: how names are folded for look-ups, so that "Zelenskyy", "ZELENSKYY" and Cyrillic forms can meet.
//!
//! Folding is for finding what a user typed. It is never used on article text, whose bytes spans refer to.

use any_ascii::any_ascii_char;

/// Longest folded name in bytes: longer input is cut, since no name has more and a look-up must stay cheap.
const FOLDED_BYTES_MAX: usize = 200;

/// Folds a name: transliterated to ASCII, lower case, everything but letters and digits to single spaces, at most 200 bytes.
///
/// The result is empty when nothing is left (an emoji may be: it has a name in words, or none).
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len().min(FOLDED_BYTES_MAX));
    let mut gap = false;
    for character in name.chars() {
        if folded.len() >= FOLDED_BYTES_MAX {
            break;
        }
        if matches!(character, '\'' | '\u{2019}' | '\u{2bc}') {
            continue;
        }
        if character.is_alphanumeric() {
            for ascii in any_ascii_char(character).chars().filter(char::is_ascii_alphanumeric) {
                if std::mem::take(&mut gap) && !folded.is_empty() {
                    folded.push(' ');
                }
                folded.push(ascii.to_ascii_lowercase());
            }
        } else if !is_mark(character) {
            gap = true;
        }
    }
    folded.truncate(FOLDED_BYTES_MAX);
    folded
}

/// Tells whether a character is a combining accent, which belongs to the letter before it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds_case_accents_scripts_and_punctuation() {
        assert_eq!(fold("  U.S.  State-Department "), "u s state department");
        assert_eq!(fold("Élysée"), "elysee");
        assert_eq!(fold("E\u{301}lyse\u{301}e"), "elysee");
        assert_eq!(fold("Лавров"), "lavrov");
        assert_eq!(fold("O\u{2019}Neill"), "oneill");
    }

    #[test]
    fn folds_nothing_to_nothing_and_bounds_length() {
        assert_eq!(fold("\"*()!"), "");
        assert_eq!(fold(&"é".repeat(10_000)).len(), 200);
    }
}
