//! Participles of saying: …, saying that …; … by insisting that …; Noting that …, X left.
//!
//! Whose participle it is: the subject of the clause before it, the name right before it, or the subject after the comma.

use super::cue::Hit;
use super::fronted::Subject;
use super::page::Page;
use super::phrase::{PHRASE_STEPS_MAX, Phrase};
use super::reader::Region;
use super::shape;
use crate::rules::lexicon::{Class, FormKind};

shape!(PARTICIPLE, "shape/participle", "A participle shares the subject of the clause before it: …, saying that ….");

impl Page<'_> {
    /// ", saying that", "by saying", "is saying", "quoted X as saying".
    pub fn participle_subject(&self, hit: &Hit<'_>, region: &Region) -> Option<Subject> {
        let before = self.before_adverbs(hit.at).filter(|before| *before >= region.clause_start);
        if let Some(as_word) = before.filter(|before| self.is(*before, "as"))
            && let Some(subject) = self.quoted_as(as_word, region)
        {
            return Some(subject);
        }
        let contracted = |before: usize| before > 0 && self.is_possessive_mark(before) && self.has(before - 1, Class::STRICT_SUBJECT);
        if before.is_some_and(|before| self.has(before, Class::BE) || contracted(before)) {
            let source = self.subject_left(hit.at, region.clause_start)?;
            return Some(Subject { source: Some(source), reporter: None, shape: None, note: "is the subject of the cue" });
        }
        if before.is_some_and(|before| {
            self.has(before, Class::PREPOSITION) && !self.is_any(before, &["by", "in", "before", "after", "with", "while"])
        }) {
            return None;
        }
        if hit.at == region.clause_start {
            return self.subject_after(hit, region);
        }
        let joined = before.is_none_or(|before| {
            self.is_comma(before)
                || self.is_dash(before)
                || self.is_quote_with_comma(before)
                || self.has(before, Class::CONJUNCTION.or(Class::PREPOSITION).or(Class::ADVERB))
        });
        // "could not stop repeating": a verb stands before the participle and has the subject.
        if let Some(verb) = before.filter(|verb| !joined && *verb > region.clause_start)
            && (self.has(verb - 1, Class::MODAL.or(Class::NEGATION)) || self.is(verb - 1, "to"))
        {
            let source = self.subject_left(verb, region.clause_start)?;
            return Some(Subject {
                source: Some(source),
                reporter: None,
                shape: Some(&PARTICIPLE),
                note: "is the subject of the verb before",
            });
        }
        let left = before.map_or(hit.at, |before| self.next(before));
        let near = self.phrase_left(left, region.clause_start).map(|source| self.after_with(source));
        if !joined && let Some(source) = near.filter(|source| !self.is_document(source)) {
            return Some(Subject { source: Some(source), reporter: None, shape: Some(&PARTICIPLE), note: "stands before the participle" });
        }
        let after = |before: usize| self.is_comma(before) || self.is_quote_with_comma(before) || self.has(before, Class::CONJUNCTION);
        let own = before.and_then(|before| self.own_subject(region, before));
        let source = own.or(region.last_source.filter(|_| before.is_some_and(after)));
        let source = source.or_else(|| self.clause_subject(region.clause_start, before.unwrap_or(region.start)))?;
        Some(Subject { source: Some(source), reporter: None, shape: Some(&PARTICIPLE), note: "is the subject of the clause before" })
    }

    /// "Noting that …, X left": the subject follows the comma.
    pub fn subject_after(&self, hit: &Hit<'_>, region: &Region) -> Option<Subject> {
        let comma = (hit.end..region.end.min(hit.end + PHRASE_STEPS_MAX)).find(|at| self.is_comma(*at))?;
        let source = self.phrase_right(comma + 1, region.end)?;
        Some(Subject { source: Some(source), reporter: None, shape: Some(&PARTICIPLE), note: "is the subject of the clause after" })
    }

    /// "released a statement saying": the document is not the speaker where the sentence names one.
    fn is_document(&self, phrase: &Phrase) -> bool {
        let border = Class::PREPOSITION.or(Class::TIME).or(Class::TIME_LEAD);
        let end =
            (phrase.start + 1..phrase.end).find(|at| self.has(*at, border) && !self.has(*at, Class::DETERMINER) && !self.is(*at, "of"));
        self.cue_forms(phrase.end - 1).any(|hit| hit.form == FormKind::Noun)
            || self.has(end.unwrap_or(phrase.end) - 1, Class::OCCASION_NOUN)
    }

    /// "footage ended with X saying": only who stands after "with".
    fn after_with(&self, phrase: Phrase) -> Phrase {
        let with = (phrase.start..phrase.end).rev().find(|at| self.is(*at, "with"));
        // "film of X asking": a common noun without an article is no speaker.
        let bare =
            |at: usize| !self.is_capital(at) && !self.has(at, Class::DETERMINER.or(Class::POSSESSIVE)) && !self.word(at).ends_with('s');
        let of = Some(phrase.start + 1).filter(|at| self.is(*at, "of") && bare(at - 1) && self.is_name(at + 1));
        let with = with.or(of);
        with.filter(|at| at + 1 < phrase.end).map_or(phrase, |at| Phrase::plain(at + 1, phrase.end))
    }

    /// "“…,” adding": the comma stands inside the marks of the quotation that opens here.
    fn is_quote_with_comma(&self, open: usize) -> bool {
        self.quote_opening(open).is_some_and(|quote| quote.closed && self.quote_ends_with(quote.close, &[","]))
    }
}
