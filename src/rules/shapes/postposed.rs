//! The speaker after or within the words: “…,” X said · “…,” said X · …, X said · “…,” X said, “…” · …, according to X.
//!
//! Found before all other shapes of a sentence: whoever stands at the end speaks everything before.

use super::cue::Hit;
use super::found::Found;
use super::page::Page;
use super::phrase::{Phrase, VERB};
use super::shape;
use crate::rules::lexicon::{Class, FormKind, Frame};

shape!(FINAL, "shape/final", "The words come first, then the speaker and the cue: “…,” X said.");
shape!(INVERTED, "shape/inverted", "The words come first, then the cue and the speaker: “…,” said X.");
shape!(SPLIT, "shape/split", "The speaker and the cue stand within the words: “…,” X said, “…”.");
shape!(ACCORDING, "shape/according", "A phrase names the speaker: according to X, …; or: …, according to X.");

/// The steps that are looked at between a cue at the end and the stop after it.
const TAIL_STEPS_MAX: usize = 45;

/// After words without quotation marks, a final cue must be one at least this often (percent).
const FINAL_SPEECH_MIN: u8 = 60;
/// The same for an inverted one, which looks like any verb with its object.
const INVERTED_SPEECH_MIN: u8 = 85;

/// A speaker with a cue that stands after words, before it is known where those words start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Postposed<'p> {
    hit: Hit<'p>,
    source: Phrase,
    /// One past the last token of the words before.
    pub before: usize,
    /// The token after speaker, cue and circumstances.
    stop: usize,
    /// The token after speaker, cue and hearer.
    after: usize,
    addressee: Option<Phrase>,
    inverted: bool,
    quoted: bool,
    /// Where the quotation starts that is put so by somebody: “…”, as X put it.
    put: Option<usize>,
}

impl<'p> Page<'p> {
    /// All postposed speakers of a region, in text order.
    pub fn postposed(&self, low: usize, high: usize) -> Vec<Postposed<'p>> {
        let mut all = Vec::new();
        let mut at = low;
        while at < high {
            if self.may_be_cue(at) {
                all.extend(self.postposed_at(at, low, high));
            }
            at = self.next(at);
        }
        all
    }

    fn postposed_at(&self, at: usize, low: usize, high: usize) -> Option<Postposed<'p>> {
        if let Some(hit) = self.cue_forms(at).find(|hit| hit.form == FormKind::Phrase) {
            return self.according_after(hit, low, high);
        }
        let hit = self.verb_cue(at)?;
        // "“…,” X was quoted as saying"
        if hit.form == FormKind::Gerund
            && at > low + 2
            && self.is(at - 1, "as")
            && self.has(at - 2, Class::QUOTING)
            && self.is_passive_at(at - 2)
        {
            let source = self.subject_left(at - 2, low)?;
            let mark = self.prev(source.start).filter(|mark| *mark >= low)?;
            return self.after_words(hit, (source, mark, false), (hit.end, high));
        }
        if hit.form == FormKind::Gerund || hit.form == FormKind::Base && self.has(at, Class::BASE) && hit.cue.speech < 30 {
            return None;
        }
        self.speaker_first(hit, low, high).or_else(|| self.cue_first(hit, low, high))
    }

    fn speaker_first(&self, hit: Hit<'p>, low: usize, high: usize) -> Option<Postposed<'p>> {
        let source = self.subject_left(hit.at, low)?;
        // "…, saying Moscow would accept it": a clause of its own, no speaker.
        let leads_clause = self.verb_cue(source.start).is_some_and(|cue| cue.form == FormKind::Gerund);
        if self.has(source.start, Class::RELATIVE) || leads_clause {
            return None;
        }
        let mark = self.prev(source.start).filter(|mark| *mark >= low)?;
        self.after_words(hit, (source, mark, false), (hit.end, high))
    }

    fn cue_first(&self, hit: Hit<'p>, low: usize, high: usize) -> Option<Postposed<'p>> {
        let mark = self.prev(hit.at).filter(|mark| *mark >= low)?;
        let frames = hit.cue.frames;
        let of_words = frames.has(Frame::Quote) || frames.has(Frame::Bare) || frames.has(Frame::That);
        if !matches!(hit.form, FormKind::Past | FormKind::Third) || !of_words {
            return None;
        }
        // "X, who has a boat, blamed Y": a subject over its parenthetical.
        let has_subject = || self.is_comma(mark) && self.subject_left(hit.at, low).is_some_and(|subject| subject.start == low);
        if has_subject() {
            return None;
        }
        let source = self.phrase_right_with_apposition(hit.end, high)?;
        // "told me", "said he would": no subject stands there.
        if self.has(source.start, Class::OBJECT) && !self.is_name(source.start) || self.has(source.end, VERB) && !self.is_name(source.end) {
            return None;
        }
        self.after_words(hit, (source, mark, true), (source.end, high))
    }

    fn after_words(
        &self,
        hit: Hit<'p>,
        (source, mark, inverted): (Phrase, usize, bool),
        (after, high): (usize, usize),
    ) -> Option<Postposed<'p>> {
        let start = if inverted { hit.at } else { source.start };
        // "“…”, as X put it"
        let as_put = !inverted && self.is(mark, "as");
        let (start, mark) = if as_put { (mark, self.prev(mark)?) } else { (start, mark) };
        let quote = self
            .quote_closing(start.checked_sub(1)?)
            .or_else(|| self.quote_closing(start.checked_sub(2)?).filter(|_| self.is_comma(start - 1) || self.is_dash(start - 1)));
        let loose = self.is_comma(mark) || self.is_dash(mark) || matches!(self.word(mark), "?" | "!");
        // "mailers and phone calls": a plural noun looks like a third person.
        let led = self.has(source.start, Class::DETERMINER.or(Class::POSSESSIVE).or(Class::SUBJECT)) || self.is_name(source.start);
        let enough = if inverted || (hit.form == FormKind::Third && !led) { INVERTED_SPEECH_MIN } else { FINAL_SPEECH_MIN };
        if quote.is_none() && (!loose || as_put || hit.cue.speech < enough) {
            return None;
        }
        let strong =
            quote.is_some_and(|quote| self.is_comma(start - 1) || self.quote_ends_with(quote.close, &[",", "?", "!", "\u{2014}", "-"]));
        if as_put && !strong && !self.is_comma(mark) {
            return None;
        }
        let addressee = self.hearer(&hit, after, high);
        let after = addressee.map_or(after, |hearer| hearer.end);
        let stop = self.tail_stop(&hit, (after, high), strong)?;
        let before = if self.is_comma(mark) || self.is_dash(mark) { mark } else { start };
        let put = quote.map(|quote| quote.open).filter(|_| as_put);
        Some(Postposed { hit, source, before, stop, after, addressee, inverted, quoted: quote.is_some(), put })
    }

    fn according_after(&self, hit: Hit<'p>, low: usize, high: usize) -> Option<Postposed<'p>> {
        let source = self.according_source(hit.end, high)?;
        let mark = self.prev(hit.at).filter(|mark| *mark >= low)?;
        let quoted = self.quote_closing(hit.at - 1).is_some();
        if mark == low && !quoted || self.has(mark, Class::CONJUNCTION) {
            return None;
        }
        let stop = if self.is_comma(source.end) { source.end } else { self.tail_stop(&hit, (source.end, high), true)? };
        let before = if self.is_comma(mark) || self.is_dash(mark) { mark } else { hit.at };
        Some(Postposed { hit, source, before, stop, after: source.end, addressee: None, inverted: true, quoted, put: None })
    }

    /// The hearer after a cue that takes one: "told reporters".
    pub fn hearer(&self, hit: &Hit<'_>, at: usize, high: usize) -> Option<Phrase> {
        if !hit.cue.frames.has(Frame::Addressee) || at != hit.end {
            return None;
        }
        self.phrase_right(at, high).filter(|phrase| !self.has(phrase.start, Class::TIME))
    }

    /// "a report by the board", "people in the town hall": who stands behind "according to", with all that belongs to it.
    fn according_source(&self, start: usize, high: usize) -> Option<Phrase> {
        const SOURCE_TOKENS_MAX: usize = 30;
        let near = self.phrase_right_with_apposition(start, high)?;
        let led = self.has(near.end, Class::PREPOSITION.or(Class::PAST).or(Class::PARTICIPLE)) && !self.has(near.end, Class::SUBORDINATOR);
        let ends = |at: usize| self.is_comma(at) || matches!(self.word(at), ";" | ":" | "?" | "!") || self.is_quote(at) || self.is_dash(at);
        let point = |at: usize| self.word(at) == "." && !self.is_inner_point(at);
        match led {
            true => {
                let limit = high.min(near.end + SOURCE_TOKENS_MAX);
                let end = (near.end..limit).find(|at| ends(*at) || point(*at)).unwrap_or(limit);
                Some(Phrase { end, ..near })
            }
            false => Some(near),
        }
    }

    /// The stop after circumstances ("on Tuesday", "in a statement"); none when a clause follows instead.
    fn tail_stop(&self, hit: &Hit<'_>, (after, high): (usize, usize), strong: bool) -> Option<usize> {
        if self.is(after, "to") && hit.cue.frames.has(Frame::Infinitive) || self.is(after, "not") {
            return None;
        }
        let mut at = after;
        let mut subordinate = strong;
        let first = self.class(after);
        let circumstantial = Class::PREPOSITION.or(Class::ADVERB).or(Class::TIME).or(Class::SUBORDINATOR).or(Class::PARTICIPLE);
        let timed = self.leads_time(after);
        for step in 0..TAIL_STEPS_MAX {
            if at >= high {
                return Some(high);
            }
            if self.is_comma(at) || matches!(self.word(at), ";" | ":") || self.is_dash(at) || self.quote_opening(at).is_some() {
                return Some(at);
            }
            if matches!(self.word(at), "." | "?" | "!" | ")") && !self.is_inner_point(at) {
                return Some(at);
            }
            if self.is(at, "that") && (!subordinate || (at == after && self.verb_cue(after - 1).is_some())) {
                return None;
            }
            if step == 0 && !strong && (!(first.any(circumstantial) || timed) || self.is_name(at) && !self.has(at, Class::TIME)) {
                return None;
            }
            if self.has(at, Class::CONJUNCTION) && self.verb_cue(self.over_adverbs(at + 1)).is_some() {
                return Some(at);
            }
            subordinate |= self.has(at, Class::SUBORDINATOR.or(Class::RELATIVE));
            if !subordinate && self.has(at, Class::MODAL.or(Class::AUXILIARY).or(Class::STRICT_SUBJECT)) {
                return None;
            }
            at = self.next(at);
        }
        None
    }

    /// Joins a postposed speaker to the words that start at `start`.
    pub fn join_postposed(&self, found: &Postposed<'p>, start: usize, high: usize) -> Option<Found<'p>> {
        let first = start;
        // "The toll, which is new, is “a tax on bread”, as X put it": of more than one clause the quotation alone is put so.
        let put = found.put.filter(|open| (start..*open).any(|at| self.is_comma(at)));
        let start = put.unwrap_or_else(|| self.after_colon(start, found.before));
        if !self.are_words(found, start) {
            return None;
        }
        let mut content = vec![(start, found.before)];
        let mut resume = found.stop;
        if let Some(more) = self.words_go_on(found, start, high) {
            resume = more.1;
            content.push(more);
        }
        let shape = match (content.len(), found.hit.form, found.inverted) {
            (_, FormKind::Phrase, _) => &ACCORDING,
            (2, ..) => &SPLIT,
            (_, _, true) => &INVERTED,
            _ => &FINAL,
        };
        let mut result = Found::new(shape, found.hit);
        result.note = self.postposed_note(found, content.len());
        result.source = Some(found.source);
        result.addressee = found.addressee;
        result.circumstance = (found.stop > found.after).then_some((found.after, found.stop));
        result.negated = self.is_negated(found.source.head_end, found.hit.at);
        result.confidence = if found.quoted { 95 } else { 88 };
        result.content = content;
        result.resume = resume.max(found.hit.end);
        result.before = (start > first).then(|| start - 1);
        result.leads_on = found.hit.form != FormKind::Phrase;
        Some(result)
    }

    /// "The mood was calm: the boats were safe, X said": only what follows the colon was said.
    fn after_colon(&self, start: usize, before: usize) -> usize {
        let mut from = start;
        let mut at = self.next(start);
        while at < before {
            let clause = self.word(at) == ";" && self.has_verb(at + 1, before);
            if (self.word(at) == ":" || clause) && at + 1 < before {
                from = at + 1;
            }
            at = self.next(at);
        }
        from
    }

    fn postposed_note(&self, found: &Postposed<'_>, pieces: usize) -> String {
        let (start, end) = if found.inverted { (found.hit.at, found.source.end) } else { (found.source.start, found.hit.end) };
        let words = self.show(self.span(start.min(found.hit.at), end.max(found.hit.end)));
        match pieces {
            1 if found.quoted => format!("\u{201c}{words}\u{201d} stands after the quotation: the words before it are what was said"),
            1 => format!("\u{201c}{words}\u{201d} ends the sentence: the words before it are what was said"),
            _ => format!("\u{201c}{words}\u{201d} stands within the words: what is before and after it was said"),
        }
    }

    /// Whether what stands before a postposed speaker can be words that were said.
    fn are_words(&self, found: &Postposed<'_>, start: usize) -> bool {
        if found.before <= start {
            return false;
        }
        let begins_quoted = self.quote_opening(start).is_some();
        let medial = self.is_comma(found.stop);
        if found.quoted && begins_quoted {
            return true;
        }
        let introduces = self.has(start, Class::PREPOSITION.or(Class::SUBORDINATOR).or(Class::PARTICIPLE).or(Class::PAST))
            && !self.has(start, Class::DETERMINER)
            && !self.is_any(start, &["if", "unless"]);
        let quoted_next = self.quote_opening(found.stop).is_some() || self.quote_opening(found.stop + 1).is_some();
        let asked = self.has(start, Class::PAST) && self.has(start + 1, Class::QUESTION.or(Class::PREPOSITION)) && self.may_be_cue(start);
        if introduces && quoted_next && !found.quoted || asked {
            return false;
        }
        if introduces && !found.quoted && found.stop > found.after && !self.has_verb_outside(start, found.before) {
            return false;
        }
        let phrase = found.hit.form == FormKind::Phrase && self.is_comma(found.before);
        if !found.quoted && !medial && !phrase && self.is_unfinished(start, found.before) {
            return false;
        }
        // "In his book “The Ferry,” X said", "On “Harbour Talk,” X said": a title and no words.
        let titled = |from: usize| self.quote_opening(from).is_some_and(|quote| self.is_title_line(quote.open + 1..quote.close));
        let quote = self.quote_at(start, found.before);
        if found.quoted && self.has(start, Class::PREPOSITION) && !self.has_verb_outside(start, found.before) && titled(quote) {
            return false;
        }
        medial && (!introduces || !found.quoted)
            || phrase
            || self.has_verb(start, found.before)
            || (found.quoted && self.quoted_words(start, 3) > 2)
    }

    /// "The museum", "though the road was open": no whole sentence, so its main verb has to follow.
    fn is_unfinished(&self, start: usize, before: usize) -> bool {
        let clause = self.has(start, Class::SUBORDINATOR) && !self.has(start, Class::DETERMINER.or(Class::ADVERB));
        clause && !(start..before).any(|at| self.is_comma(at)) || !self.has_verb(start, before)
    }

    /// The second part of split words: after a comma or a colon, or a quotation at once.
    fn words_go_on(&self, found: &Postposed<'p>, start: usize, high: usize) -> Option<(usize, usize)> {
        let mut at = found.stop;
        let comma = self.is_comma(at);
        // "X will win, Y said: “…”": the quotation is a statement of its own.
        if self.word(at) == ":" && !found.quoted {
            return None;
        }
        let semicolon = self.word(at) == ";";
        if comma || semicolon || self.word(at) == ":" || self.is_dash(at) {
            at += 1;
        }
        if at >= high {
            return None;
        }
        if self.quote_opening(at).is_some() {
            return Some((at, self.quotation_end(at, high)));
        }
        if semicolon {
            return (!self.speaks(at, high)).then(|| (at, self.content_end(at, high)));
        }
        if comma && let Some(quote) = self.quote_behind(at, high) {
            return Some((quote, self.quotation_end(self.quote_at(quote, high), high)));
        }
        let conditional = self.has(at, Class::PAST) && self.is(at + 1, "that") && !self.may_be_cue(at);
        let joined = self.has(at, Class::CONJUNCTION)
            && (self.has(self.over_adverbs(at + 1), Class::AUXILIARY.or(Class::MODAL)) || self.has(at + 1, Class::NEGATION));
        let unfinished = self.is_unfinished(start, found.before) && !self.has(at, Class::RELATIVE.or(Class::CONJUNCTION));
        let timed = found.stop > found.after && self.leads_time(at);
        let reporter = self.has(at, Class::CONJUNCTION.or(Class::RELATIVE).or(Class::PARTICIPLE).or(Class::PAST))
            || self.cue_forms(at).any(|hit| hit.form == FormKind::Gerund);
        let goes_on = comma && !found.quoted && (!reporter || conditional || joined || unfinished) && !timed && !self.has_final_stop(at);
        goes_on.then(|| (at, self.content_end(at, high)))
    }

    /// Whether somebody with a sure cue speaks before `high`, quotations left out.
    fn speaks(&self, start: usize, high: usize) -> bool {
        let mut at = start;
        while at < high && !matches!(self.word(at), ";" | ".") {
            if self.verb_cue(at).is_some_and(|hit| hit.cue.speech >= FINAL_SPEECH_MIN) {
                return true;
            }
            at = self.next(at);
        }
        false
    }

    /// "“…,” he said, but “…” · “…,” he said, pointing to the pier, “…””: where the quotation begins that goes on after a comma.
    fn quote_behind(&self, start: usize, high: usize) -> Option<usize> {
        // What stands between the two parts is no longer than this.
        const BETWEEN_STEPS_MAX: usize = 40;
        const JOIN_STEPS_MAX: usize = 4;
        let joined = self.has(start, Class::CONJUNCTION);
        let mut at = start;
        for step in 0..BETWEEN_STEPS_MAX {
            if at >= high || matches!(self.word(at), ";" | ":" | "?" | "!") || (self.word(at) == "." && !self.is_inner_point(at)) {
                return None;
            }
            if let Some(hit) = self.verb_cue(at)
                && (hit.form != FormKind::Gerund || self.is_comma(hit.end) || self.quote_opening(hit.end).is_some())
            {
                return None;
            }
            if joined && self.has(at, VERB) {
                return None;
            }
            if joined && step > 0 && self.quote_opening(at).is_some() {
                return Some(start);
            }
            if joined && step >= JOIN_STEPS_MAX {
                return None;
            }
            if step > 0 && self.is_comma(at) && self.quote_opening(at + 1).is_some() {
                return Some(at + 1);
            }
            at = self.next(at);
        }
        None
    }

    /// The first quotation from a token on.
    fn quote_at(&self, start: usize, high: usize) -> usize {
        (start..high).find(|at| self.quote_opening(*at).is_some()).unwrap_or(start)
    }

    /// Whether a finite verb stands between two places outside of quotation marks.
    fn has_verb_outside(&self, start: usize, end: usize) -> bool {
        let mut at = start;
        while at < end {
            if self.quote_opening(at).is_none() && (self.has(at, VERB) || self.verb_cue(at).is_some()) && !self.is_name(at) {
                return true;
            }
            at = self.next(at);
        }
        false
    }

    fn has_final_stop(&self, at: usize) -> bool {
        matches!(self.word(at), "." | "?" | "!")
    }

    /// "According to X, …": the phrase at the start of a clause.
    pub fn according_front(&self, hit: Hit<'p>, low: usize, high: usize) -> Option<Found<'p>> {
        if hit.form != FormKind::Phrase {
            return None;
        }
        let source = self.according_source(hit.end, high)?;
        let core = Phrase::plain(source.head_start, source.head_end);
        // The apposition's comma may be the one before the words: then only the core is the source.
        let subject = self.is_name(core.end + 1) && !self.has(core.end + 1, Class::TITLE.or(Class::DETERMINER));
        let (source, comma) = match () {
            () if self.is_comma(core.end) && subject && self.has_verb(core.end + 1, high) => (core, core.end),
            () if self.is_comma(source.end) && self.has_verb(source.end + 1, high) => (source, source.end),
            () if self.is_comma(core.end) && self.has_verb(core.end + 1, high) => (core, core.end),
            () => return None,
        };
        let mut found = Found::new(&ACCORDING, hit);
        found.content = vec![(comma + 1, self.content_end(comma + 1, high))];
        found.resume = found.content.first().map_or(hit.end, |piece| piece.1);
        found.note = format!("\u{201c}{}\u{201d} names whose words the sentence tells", self.show(self.span(hit.at, source.end)));
        found.source = Some(source);
        found.leads_on = false;
        found.confidence = 90;
        (hit.at >= low).then_some(found)
    }
}
