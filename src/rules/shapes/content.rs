//! Where indirect content ends.
//!
//! The sentence's end, unless the reporter takes the word again: "; …", ", but …", ", according to …", ", adding …", "and said …".

use super::page::Page;
use crate::rules::lexicon::{Class, FormKind};

/// Longer indirect content in one sentence is no sentence; it also bounds the work for a text without stops.
const CONTENT_TOKENS_MAX: usize = 1500;
/// A verb that is a cue at least this often (percent) ends the content before it.
const TAKES_OVER_SPEECH: u8 = 25;

impl Page<'_> {
    /// One past the last token of the clause of content that starts at `start`, not past `high`.
    pub fn content_end(&self, start: usize, high: usize) -> usize {
        let mut at = start;
        let high = high.min(start.saturating_add(CONTENT_TOKENS_MAX));
        while at < high {
            if at > start && self.ends_content(at, start, high) {
                return at;
            }
            at = self.next(at);
        }
        high
    }

    /// One past the last token of content that starts with a quotation: what stands behind the marks belongs to it only where the
    /// clause goes on ("said “some points” were open").
    pub fn quotation_end(&self, start: usize, high: usize) -> usize {
        let end = self.content_end(start, high);
        let Some(after) = self.quote_end(start).filter(|after| *after < end) else { return end };
        let quote_ends = self.quote_ends_with(after - 1, &[",", ".", "?", "!", "\u{2026}"]);
        let goes_on = self.quote_opening(after).is_some()
            || self.is_any(after, &["and", "or", "but"]) && (after + 1..after + 3).any(|at| self.quote_opening(at).is_some());
        let joined = self.is_any(after, &["and", "but", "then"]) && self.is_finite(after + 1);
        let later = self.has(after, Class::SUBORDINATOR) && self.has(after, Class::OCCASION);
        match goes_on {
            true => end,
            false if quote_ends || joined || later => after,
            false => end,
        }
    }

    fn ends_content(&self, at: usize, start: usize, high: usize) -> bool {
        match self.word(at) {
            ";" => true,
            ")" => !(start..at).any(|i| self.word(i) == "("),
            "," => at > start + 1 && self.comma_ends_content(at + 1, start, high),
            "and" | "but" | "or" => self.verb_takes_over(at + 1) && (self.has_verb(start, at) || self.words_follow(at + 1)),
            _ if self.is_dash(at) => self.is_any(at + 1, &["but", "and", "then", "a", "an"]) && self.has_verb(at + 1, high),
            _ => self.cue_forms(at).any(|hit| hit.form == FormKind::Phrase && hit.cue.speech >= 50),
        }
    }

    fn comma_ends_content(&self, next: usize, start: usize, high: usize) -> bool {
        if self.is_any(next, &["but", "yet", "though", "although", "while", "whereas"]) {
            return !self.is(next + 1, "that")
                && self.quote_opening(next + 1).is_none()
                && !self.shares_subject(next + 1)
                && self.has_verb(next, high);
        }
        // "said the pier, which was old, would close": the clause goes on after its aside.
        if self.is_any(next, &["which", "whose"]) {
            return self.has_verb(start, next - 1);
        }
        // "that the pier was sold by Okell, who left": the reporter tells who that is; "that Okell, who left, sold it" goes on.
        // Words of saying ("who had told him that …") stay within, so that who passes them on is kept.
        if self.is(next, "who") {
            let verb = self.over_adverbs(next + 1);
            let verb = self.over_adverbs(verb + usize::from(self.has(verb, Class::HAVE)));
            return self.has_verb(start, next - 1) && self.verb_cue(verb).is_none();
        }
        // ", three days before the vote", ", a claim for which there is no proof": the reporter adds it.
        let timed = self.has(next + 1, Class::TIME) && self.is_any(next + 2, &["before", "after"]);
        let named = self.is_any(next, &["a", "an"])
            && (next + 1..next + 3).any(|at| {
                self.cue_forms(at)
                    .any(|hit| hit.form == FormKind::Noun && self.has(hit.end, Class::PREPOSITION.or(Class::RELATIVE).or(Class::PAST)))
            });
        if timed || named {
            return true;
        }
        // "that the pier was safe, he answered: “…”": the clause was an introduction.
        if self.has(next, Class::STRICT_SUBJECT)
            && self.verb_cue(next + 1).is_some_and(|hit| {
                let mark = usize::from(self.is_comma(hit.end) || self.word(hit.end) == ":");
                hit.cue.speech >= 50 && self.quote_opening(hit.end + mark).is_some()
            })
        {
            return true;
        }
        if self.is_any(next, &["and", "or"]) {
            return self.verb_takes_over(next + 1) || self.speaker_takes_over(next + 1, high);
        }
        if self.cue_forms(next).any(|hit| hit.form == FormKind::Phrase && hit.cue.speech >= 50) {
            return true;
        }
        let over = self.over_adverbs(next);
        let gerund = |form: FormKind| form == FormKind::Gerund || self.verb_takes_over(over) && self.has_verb(start, next);
        self.verb_cue(over).is_some_and(|hit| hit.cue.speech >= TAKES_OVER_SPEECH && gerund(hit.form))
    }

    /// "…, and Y said that": another speaker with a cue and words of their own.
    fn speaker_takes_over(&self, at: usize, high: usize) -> bool {
        // A cue that is one less often may be a verb of the content.
        const SPEAKER_SPEECH_MIN: u8 = 60;
        let Some(speaker) = self.phrase_right(at, high) else { return false };
        let verb = self.over_adverbs(speaker.end);
        let verb = self.over_adverbs(verb + usize::from(self.has(verb, Class::HAVE)));
        self.verb_cue(verb).is_some_and(|hit| {
            hit.cue.speech >= SPEAKER_SPEECH_MIN && hit.form != FormKind::Gerund && !matches!(self.word(hit.end), "." | "," | ";")
        })
    }

    /// "…, but will be": the clause goes on with a second verb of the same subject.
    fn shares_subject(&self, at: usize) -> bool {
        let at = self.over_adverbs(at);
        self.has(at, Class::AUXILIARY.or(Class::MODAL)) || (self.has(at, Class::PAST.or(Class::THIRD)) && self.verb_cue(at).is_none())
    }

    /// The speaker's next verb of saying: "… and said that", without a subject of its own.
    fn verb_takes_over(&self, at: usize) -> bool {
        // "said X was late and had offered a boat": a perfect goes on with what was said unless the cue is a sure one.
        const PERFECT_SPEECH_MIN: u8 = 75;
        let at = self.over_adverbs(at);
        let perfect = self.has(at, Class::HAVE);
        let at = self.over_adverbs(at + usize::from(perfect));
        self.verb_cue(at).is_some_and(|hit| {
            hit.cue.speech >= if perfect { PERFECT_SPEECH_MIN } else { TAKES_OVER_SPEECH }
                && matches!(hit.form, FormKind::Past | FormKind::Third)
                && !self.has(hit.end, Class::CONJUNCTION)
                && !matches!(self.word(hit.end), "." | "," | ";")
        })
    }

    /// "… and said the pier was safe": a sure cue, whatever stands before it.
    fn words_follow(&self, at: usize) -> bool {
        let at = self.over_adverbs(at);
        self.verb_cue(at).is_some_and(|hit| {
            hit.cue.speech >= 90 && (hit.form == FormKind::Past || self.has(hit.end, Class::STRICT_SUBJECT) || self.is(hit.end, "that"))
        })
    }

    pub fn over_adverbs(&self, mut at: usize) -> usize {
        // "and he later also again said": more adverbs than this are none.
        const ADVERBS_MAX: usize = 4;
        for _ in 0..ADVERBS_MAX {
            if !self.has(at, Class::ADVERB) || self.is_name(at) {
                break;
            }
            at += 1;
        }
        at
    }

    /// Goes over adverbs that tell how or when it was said; others belong to what was said ("said there would be").
    pub fn over_manner(&self, at: usize) -> usize {
        let skipped = self.over_adverbs(at);
        (at..skipped)
            .find(|i| !self.word(*i).ends_with("ly") && !self.has(*i, Class::TIME) && !self.is_any(*i, &["also", "again", "too"]))
            .unwrap_or(skipped)
    }

    /// Whether some finite verb stands between two places, quotations left out.
    pub fn has_verb(&self, start: usize, end: usize) -> bool {
        // A clause shows its verb within so many steps.
        const CLAUSE_STEPS_MAX: usize = 60;
        let mut at = start;
        for _ in 0..CLAUSE_STEPS_MAX {
            if at >= end {
                return false;
            }
            let class = Class::AUXILIARY.or(Class::MODAL).or(Class::PAST).or(Class::THIRD);
            if self.has(at, class)
                || self.quote_opening(at).is_some()
                || (self.has(at, Class::BASE) && at > start)
                || self.is_contracted(at)
            {
                return true;
            }
            if self.verb_cue(at).is_some_and(|hit| hit.form != FormKind::Gerund) {
                return true;
            }
            at = self.next(at);
        }
        false
    }

    /// "he’s", "they’re", "I'll".
    fn is_contracted(&self, at: usize) -> bool {
        let word = self.word(at);
        (word.contains(['\u{2019}', '\'']) && ["re", "ll", "ve", "d", "m"].iter().any(|end| word.ends_with(end)))
            || (self.is_possessive_mark(at) && at > 0 && self.has(at - 1, Class::STRICT_SUBJECT.or(Class::SUBJECT)))
    }
}
