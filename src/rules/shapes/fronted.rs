//! The speaker before the words: X said that …, X said “…”, X told Y that …, X said …, X asked whether …, X vowed to ….
//!
//! The source is the subject of the cue; "and said" and ", saying" share the subject of the clause before them.

use super::cue::Hit;
use super::found::Found;
use super::frame::{Follows, FrameKind};
use super::page::Page;
use super::phrase::Phrase;
use super::reader::Region;
use super::shape;
use crate::model::Rejected;
use crate::model::RuleId;
use crate::rules::lexicon::{Class, FormKind};

shape!(THAT, "shape/that", "Speaker, cue and a that-clause: X said that ….");
shape!(QUOTE, "shape/quote", "Speaker, cue and a quotation: X said, “…”.");
shape!(BARE, "shape/bare", "Speaker, cue and a clause without that: X said ….");
shape!(QUESTION, "shape/question", "Speaker, cue and an indirect question: X asked whether ….");
shape!(SHARED, "shape/shared", "A second cue shares the subject of the first: … and said that ….");

/// Where the source of a cue was found.
pub(super) struct Subject {
    pub source: Option<Phrase>,
    pub reporter: Option<Phrase>,
    pub shape: Option<&'static super::Shape>,
    pub note: &'static str,
}

impl<'p> Page<'p> {
    /// Reads a verb of saying whose content follows it.
    pub fn fronted(&self, at: usize, region: &Region) -> Option<Found<'p>> {
        let Some(hit) = self.verb_cue(at) else { return self.passive(at, region) };
        if self.has(at, Class::QUOTING) && self.is_quoted_as(hit.end, region.end) {
            return None;
        }
        let subject = self.subject_of(&hit, region)?;
        let inverted = subject.source.filter(|source| source.start == hit.end);
        let follows = self.follows(&Hit { end: inverted.map_or(hit.end, |source| source.end), ..hit }, region)?;
        // "Speaking of the plan, X said": what the sentence starts with is its occasion.
        const OPENING_SPEECH_MIN: u8 = 75;
        let opens = hit.form == FormKind::Gerund
            && hit.at == region.clause_start
            && matches!(follows.kind, FrameKind::Object | FrameKind::Infinitive);
        if opens && hit.cue.speech < OPENING_SPEECH_MIN {
            return None;
        }
        // "asked whether she believed it": a thought in question is no statement.
        const THOUGHT_SPEECH_MAX: u8 = 45;
        let questioned =
            subject.source.and_then(|source| self.prev(source.start)).is_some_and(|before| self.is_any(before, &["whether", "if"]));
        if questioned && hit.cue.speech < THOUGHT_SPEECH_MAX {
            return None;
        }
        if region.depth == 0 && subject.source.is_some_and(|source| self.is(source.start, "you") && source.end == source.start + 1) {
            return None;
        }
        let mut follows = self.cut_subordinate(follows, &subject, region);
        let relative = subject.source.filter(|source| self.has(source.start, Class::RELATIVE) && source.end == source.start + 1);
        if relative.is_some_and(|source| source.start > region.start && !self.is_comma(source.start - 1)) {
            let end = self.before_main_verb(follows.content.0, follows.content.1);
            follows.content.1 = self.before_main_cue(follows.content.0, end);
        }
        let mut found = Found::new(subject.shape.unwrap_or(shape_of(follows.kind)), hit);
        found.note = self.fronted_note(&hit, &follows, &subject);
        found.negated = subject.source.is_some_and(|source| {
            self.is_negated(source.head_end, hit.at) || self.is_any(source.start, &["nobody", "no", "none", "neither"])
        });
        found.rejected = self.rejected_objects(&hit, &subject, region);
        found.source = subject.source;
        found.reporter = subject.reporter;
        found.addressee = follows.addressee;
        found.circumstance = follows.circumstance;
        found.content = vec![follows.content];
        found.confidence = follows.confidence.saturating_sub(if subject.shape.is_some() { 8 } else { 0 });
        found.resume = follows.content.1;
        // "X met a man who said …, adding …": what follows shares the subject of the sentence.
        found.leads_on = subject
            .source
            .is_none_or(|source| !self.has(source.start, Class::RELATIVE) || source.start == 0 || self.is_comma(source.start - 1));
        Some(found)
    }

    /// "X is expected to say that", "If X said that": nothing was said, and what follows in the sentence hangs on it.
    pub fn is_unsaid(&self, at: usize, region: &Region) -> bool {
        if region.depth > 0 || at <= region.clause_start {
            return false;
        }
        let expected = self.is(at - 1, "to") && self.before_adverbs(at - 1).is_some_and(|before| self.has(before, Class::PROSPECTIVE));
        if expected && self.cue_forms(at).any(|hit| hit.form == FormKind::Base) {
            return true;
        }
        let source = self.verb_cue(at).and_then(|hit| self.subject_left(hit.at, region.clause_start));
        source.and_then(|source| self.prev(source.start)).is_some_and(|before| self.is_any(before, &["if", "unless"]))
    }

    /// "the diver who blamed X said": a sure cue after a relative clause is the verb of the sentence.
    fn before_main_cue(&self, start: usize, end: usize) -> usize {
        const MAIN_SPEECH_MIN: u8 = 85;
        let mut at = start + 1;
        while at < end {
            let led = Class::CONJUNCTION.or(Class::RELATIVE).or(Class::STRICT_SUBJECT).or(Class::SUBORDINATOR);
            let main = self.verb_cue(at).is_some_and(|hit| {
                hit.cue.speech >= MAIN_SPEECH_MIN && matches!(hit.form, FormKind::Past | FormKind::Third) && !self.has(at - 1, led)
            });
            if main {
                return at;
            }
            if self.is_comma(at) || self.is(at, "that") {
                return end;
            }
            at = self.next(at);
        }
        end
    }

    /// "As X announced that …, Y left": the content of a subordinate clause ends at its comma.
    fn cut_subordinate(&self, follows: Follows, subject: &Subject, region: &Region) -> Follows {
        let Some(source) = subject.source else { return follows };
        let before = self.prev(source.start).filter(|before| *before >= region.start);
        let after_words = source.start > follows.content.0;
        let subordinate =
            before.is_some_and(|before| self.has(before, Class::SUBORDINATOR) && !self.is_any(before, &["that", "so", "than"]));
        let relative = self.has(source.start, Class::RELATIVE) && source.end == source.start + 1;
        if !(after_words || subordinate || relative) {
            return follows;
        }
        let (start, end) = follows.content;
        let mut at = start;
        while at < end {
            if self.is_comma(at) && at > start + 1 && (!relative || self.is_verb_after(at + 1) || self.has(at + 1, Class::STRICT_SUBJECT)) {
                return Follows { content: (start, at), ..follows };
            }
            at = self.next(at);
        }
        follows
    }

    /// The main clause's verb after a relative clause: "…, who said it was late, left".
    fn is_verb_after(&self, at: usize) -> bool {
        let at = self.over_adverbs(at);
        self.has(at, Class::AUXILIARY.or(Class::MODAL).or(Class::PAST).or(Class::THIRD)) || self.verb_cue(at).is_some()
    }

    fn subject_of(&self, hit: &Hit<'_>, region: &Region) -> Option<Subject> {
        let plain = |source, note| Subject { source: Some(source), reporter: None, shape: None, note };
        if hit.form == FormKind::Gerund {
            return self.participle_subject(hit, region);
        }
        let verb = self.over_time_left(hit.at, region.clause_start);
        let before = self.before_adverbs(verb).filter(|before| *before >= region.clause_start);
        let Some(before) = before else { return self.inverted_front(hit, region).map(|source| plain(source, "stands after the cue")) };
        let also = self.is_comma(before)
            && self.is_any(hit.at - 1, &["then", "later", "also"])
            && self.subject_left(hit.at, region.clause_start).is_none_or(|subject| subject.start != region.clause_start);
        if self.has(before, Class::CONJUNCTION) || also {
            let source = self.relative_before(before, region).or_else(|| self.own_subject(region, before)).or(region.last_source);
            let source = source.or_else(|| self.clause_subject(region.clause_start, before))?;
            return Some(Subject {
                source: Some(source),
                reporter: None,
                shape: Some(&SHARED),
                note: "is the subject of the clause before",
            });
        }
        if let Some(source) = self.subject_left(hit.at, region.clause_start) {
            return Some(plain(source, "is the subject of the cue"));
        }
        if self.has(before, Class::RELATIVE) || self.is(before, "that") {
            return None;
        }
        let source = self.clause_subject(region.clause_start, hit.at).filter(|_| hit.form != FormKind::Base)?;
        Some(plain(source, "is the subject of the sentence"))
    }

    /// "X, who sat down and praised Y": the relative pronoun whose verb stands before the conjunction.
    fn relative_before(&self, conjunction: usize, region: &Region) -> Option<Phrase> {
        const RELATIVE_TOKENS_MAX: usize = 10;
        let mut at = conjunction;
        for _ in 0..RELATIVE_TOKENS_MAX {
            at = self.prev(at).filter(|at| *at > region.clause_start)?;
            if self.is_comma(at) || self.is_dash(at) || self.word(at) == ";" {
                return None;
            }
            if self.is_any(at, &["who", "which"]) && self.is_finite(at + 1) {
                return self.subject_left(at + 1, region.clause_start);
            }
        }
        None
    }

    /// "When X mentioned it, Y laughed and said": a clause of its own stands between the attribution before and the conjunction.
    pub fn own_subject(&self, region: &Region, before: usize) -> Option<Phrase> {
        let between = region.last_source.is_some() && region.start > region.clause_start && region.start < before;
        let own = if between { self.clause_subject(region.start, before)? } else { return None };
        (own.start >= region.start && own.start <= region.start + 2 && !self.has(own.start, Class::RELATIVE)).then_some(own)
    }

    /// "Said X: “…”" at the start of a sentence.
    fn inverted_front(&self, hit: &Hit<'_>, region: &Region) -> Option<Phrase> {
        let capital = self.is_capital(hit.at) && matches!(hit.form, FormKind::Past | FormKind::Third);
        capital.then(|| self.phrase_right(hit.end, region.end)).flatten()
    }

    fn fronted_note(&self, hit: &Hit<'_>, follows: &Follows, subject: &Subject) -> String {
        let what = match follows.kind {
            FrameKind::That => "a that-clause",
            FrameKind::Quote => "a quotation",
            FrameKind::Bare => "a clause",
            FrameKind::Question => "an indirect question",
            FrameKind::Object => "a phrase for what was said",
            FrameKind::Infinitive => "an infinitive",
        };
        let who = self.show(subject.source.and_then(|source| source.head(self)));
        let cue = self.show(self.span(hit.at, hit.end));
        format!("\u{201c}{cue}\u{201d} is followed by {what}; \u{201c}{who}\u{201d} {}", subject.note)
    }

    /// The noun next to the cue, where the subject stands farther away.
    fn rejected_objects(&self, hit: &Hit<'_>, subject: &Subject, region: &Region) -> Vec<Rejected> {
        let Some(source) = subject.source else { return Vec::new() };
        let end = self.prev(hit.at).filter(|at| self.is_comma(*at)).unwrap_or(hit.at);
        let near = self.phrase_left(end, region.start).filter(|near| near.start >= source.head_end || near.end <= source.head_start);
        near.and_then(|near| near.span(self))
            .map(|span| Rejected {
                rule: RuleId::new(shape_of(FrameKind::That).id),
                what: format!("\u{201c}{}\u{201d} as the speaker", self.show(Some(span))),
                reason: "it stands next to the cue but is not its subject".to_owned(),
            })
            .into_iter()
            .collect()
    }
}

fn shape_of(kind: FrameKind) -> &'static super::Shape {
    match kind {
        FrameKind::That => &THAT,
        FrameKind::Quote => &QUOTE,
        FrameKind::Bare => &BARE,
        FrameKind::Question => &QUESTION,
        FrameKind::Object => &super::object::OBJECT,
        FrameKind::Infinitive => &super::infinitive::INFINITIVE,
    }
}
