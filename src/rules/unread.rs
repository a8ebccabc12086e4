//! What the rules passed over in a text and a maintainer may want to teach them: words that look like cues, cues that were not
//! read, names that are in no data file, quotations of which nobody is the speaker.
//!
//! Goes by neighbours and word endings alone, so much of what it lists is rightly left alone; it makes no statement.

use super::knowledge::{Knowledge, Numbered};
use super::lexicon::{Class, FormKind, Lexicon};
use super::reading::{Quoted, Reading};
use super::text::TokenKind;
use crate::model::Span;
use std::collections::BTreeSet;
use std::ops::Range;

/// A sort of thing that was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnreadKind {
    /// A word that stands where cues stand and is none in the data files.
    Word,
    /// A cue of the data files that no rule took for one here.
    Cue,
    /// A name of several words that is in no data file.
    Name,
    /// A quotation of several words whose speaker no rule found.
    Quotation,
}

/// Something that was passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What sort of thing it is.
    pub kind: UnreadKind,
    /// What to count it by: the word in lower case, the name, or the words on both sides of a quotation.
    pub what: String,
    /// Where it stands.
    pub span: Span,
}

/// What was passed over in a text, beside how much was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leftovers {
    /// Attributions that were read.
    pub attributions: usize,
    /// What was passed over.
    pub unread: Vec<Unread>,
}

/// Shorter quotations are terms and titles.
const QUOTED_WORDS_MIN: usize = 5;
/// A cue that is one at least this often (percent) is listed wherever it was passed over, others only beside what looks like content.
const SURE_SPEECH: u8 = 75;
/// A speaker between a quotation and its cue: “…,” Harbour Master Ivo Okell WORD.
const SPEAKER_TOKENS_MAX: usize = 5;
/// More capitals in a row are a headline.
const NAME_WORDS_MAX: usize = 5;

/// Gives what was passed over, in text order for each sort of thing.
pub(super) fn unread(reading: &Reading<'_>, page: Numbered<'_>, (lexicon, knowledge): (&Lexicon, &Knowledge)) -> Vec<Unread> {
    let search = Search::new(reading, page, lexicon);
    let words = (0..page.tokens.len()).filter_map(|at| search.word(at));
    let names = reading.sentences.iter().flat_map(|sentence| search.names(sentence.tokens.clone(), knowledge));
    let quotations = reading.quotes.iter().filter_map(|quote| search.quotation(quote));
    words.chain(names).chain(quotations).collect()
}

struct Search<'a> {
    page: Numbered<'a>,
    lexicon: &'a Lexicon,
    /// The cues that were read, in text order.
    taken: Vec<Span>,
    /// Where a long quotation opens, and where one closes.
    opens: BTreeSet<usize>,
    closes: BTreeSet<usize>,
    /// The starts of contents that have a speaker, in text order, each with the furthest end up to there.
    spoken: Vec<(u32, u32)>,
}

impl<'a> Search<'a> {
    fn new(reading: &Reading<'_>, page: Numbered<'a>, lexicon: &'a Lexicon) -> Self {
        let attributions = || reading.drafts.iter().map(|draft| &draft.attribution);
        let mut taken: Vec<Span> = attributions().filter_map(|attribution| attribution.cue).collect();
        taken.sort_unstable();
        let spoken = attributions().filter(|attribution| attribution.source.is_some()).flat_map(|attribution| &attribution.content);
        let mut spoken: Vec<(u32, u32)> = spoken.map(|span| (span.start, span.end)).collect();
        spoken.sort_unstable();
        let mut furthest = 0;
        for (_, end) in &mut spoken {
            furthest = furthest.max(*end);
            *end = furthest;
        }
        let long = || reading.quotes.iter().filter(|quote| is_long(&page, quote));
        let (opens, closes) = (long().map(|quote| quote.open).collect(), long().map(|quote| quote.close).collect());
        Self { page, lexicon, taken, opens, closes, spoken }
    }

    fn word(&self, at: usize) -> Option<Unread> {
        if self.page.kind(at) != Some(TokenKind::Word) || self.page.is_capital(at) {
            return None;
        }
        let span = self.page.span(at..at + 1);
        let before = self.taken.partition_point(|cue| cue.start <= span.start);
        if self.taken.get(before.saturating_sub(1)).is_some_and(|cue| cue.overlaps(span)) {
            return None;
        }
        let word = self.page.word(at).to_lowercase();
        let cue = self.cue_share(&word);
        if !self.is_verb(at, &word) {
            return None;
        }
        let looks = self.precedes_content(at) || self.follows_quotation(at);
        let kind = match cue {
            Some(share) if looks || share >= SURE_SPEECH => UnreadKind::Cue,
            None if looks => UnreadKind::Word,
            _ => return None,
        };
        Some(Unread { kind, what: word, span })
    }

    /// How often a verb of the data files is a cue, in percent; none for a word that is in none.
    fn cue_share(&self, word: &str) -> Option<u8> {
        let forms = &self.lexicon.entry(word)?.forms;
        let verbs = forms.iter().filter(|form| form.rest.is_empty() && !matches!(form.form, FormKind::Noun | FormKind::Phrase));
        verbs.filter_map(|form| self.lexicon.cue(form.cue)).map(|cue| cue.speech).max()
    }

    fn class(&self, at: usize) -> Class {
        self.lexicon.class(&self.page.word(at).to_lowercase())
    }

    fn is_verb(&self, at: usize, word: &str) -> bool {
        let class = self.lexicon.class(word);
        let other = Class::AUXILIARY.or(Class::BE).or(Class::HAVE).or(Class::MODAL).or(Class::ADVERB).or(Class::PREPOSITION);
        let leading = Class::DETERMINER.or(Class::POSSESSIVE).or(Class::BE).or(Class::PREPOSITION);
        let owned = |before: usize| self.page.kind(before) == Some(TokenKind::Clitic);
        let led = at.checked_sub(1).is_some_and(|before| self.class(before).any(leading) || owned(before));
        (class.any(Class::PAST.or(Class::THIRD)) || self.cue_share(word).is_some()) && !class.any(other) && !led
    }

    /// "WORD that the …", "WORD: “…”".
    fn precedes_content(&self, at: usize) -> bool {
        let relative = Class::AUXILIARY.or(Class::MODAL).or(Class::THIRD).or(Class::PAST);
        if self.page.word(at + 1) == "that" {
            return self.page.kind(at + 2).is_some_and(|kind| kind != TokenKind::Punct) && !self.class(at + 2).any(relative);
        }
        let mark = at + 1 + usize::from(matches!(self.page.word(at + 1), "," | ":"));
        self.opens.contains(&mark)
    }

    /// "“…,” X WORD" and "“…,” WORD X".
    fn follows_quotation(&self, at: usize) -> bool {
        let first = at.saturating_sub(SPEAKER_TOKENS_MAX);
        let Some(close) = (first..at).rev().find(|close| self.page.kind(*close) == Some(TokenKind::Quote)) else { return false };
        let speaker = (close + 1..at).all(|token| self.page.is_capital(token) || self.class(token).any(Class::STRICT_SUBJECT));
        speaker && self.closes.contains(&close)
    }

    /// Runs of capitalised words of a sentence that are in no data file.
    fn names(&self, sentence: Range<usize>, knowledge: &Knowledge) -> Vec<Unread> {
        let mut names = Vec::new();
        if !sentence.clone().any(|at| self.page.kind(at) == Some(TokenKind::Word) && !self.page.is_capital(at)) {
            return names;
        }
        let function = Class::DETERMINER.or(Class::SUBJECT).or(Class::PREPOSITION).or(Class::CONJUNCTION).or(Class::SUBORDINATOR);
        let mut at = sentence.start;
        while at < sentence.end {
            if let Some((end, _)) = knowledge.names.longest_at(&self.page, at) {
                at = end.max(at + 1);
                continue;
            }
            let start = at;
            let goes_on = |at: usize| {
                let joined = at == start || self.page.is_spaced(at);
                let known = at > start && knowledge.names.longest_at(&self.page, at).is_some();
                let other = self.class(at).any(function.or(Class::TITLE).or(Class::TIME)) && !self.is_inner_initial(at);
                at < sentence.end && self.page.is_capital(at) && joined && !known && !other
            };
            while goes_on(at) {
                at += 1;
            }
            if (2..=NAME_WORDS_MAX).contains(&(at - start)) {
                let span = self.page.span(start..at);
                names.push(Unread { kind: UnreadKind::Name, what: span.of(self.page.text).to_owned(), span });
            }
            at = at.max(start + 1);
        }
        names
    }

    fn is_inner_initial(&self, at: usize) -> bool {
        self.page.word(at).chars().count() == 1
    }

    fn quotation(&self, quote: &Quoted) -> Option<Unread> {
        let before = self.spoken.partition_point(|(start, _)| *start < quote.inner.end);
        let is_spoken = before.checked_sub(1).and_then(|last| self.spoken.get(last)).is_some_and(|(_, end)| *end > quote.inner.start);
        if quote.depth != 1 || is_spoken || !self.opens.contains(&quote.open) {
            return None;
        }
        let before = quote.open.checked_sub(1).map_or(String::new(), |at| self.side(at));
        let after = self.side(quote.close + usize::from(quote.closed));
        Some(Unread { kind: UnreadKind::Quotation, what: format!("{before}\u{201c}\u{2026}\u{201d}{after}"), span: quote.outer })
    }

    /// A word beside a quotation, with its space; a name as such, the end of a paragraph as nothing.
    fn side(&self, at: usize) -> String {
        match self.page.kind(at) {
            None | Some(TokenKind::Break) => String::new(),
            Some(TokenKind::Word) if self.page.is_capital(at) => " Name ".to_owned(),
            Some(_) => format!(" {} ", self.page.word(at).to_lowercase()),
        }
    }
}

fn is_long(page: &Numbered<'_>, quote: &Quoted) -> bool {
    let words = (quote.open + 1..quote.close).filter(|at| matches!(page.kind(*at), Some(TokenKind::Word | TokenKind::Number)));
    words.take(QUOTED_WORDS_MIN).count() == QUOTED_WORDS_MIN
}
