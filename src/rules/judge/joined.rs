//! Those who stand together: "Norvania, Kell and Tarkland rejected it", "criticised Norvania and Tarkland".
//!
//! Finds who is joined to whoever a pattern has found by "and" and commas; where the words leave it open nobody is.

use super::clause::Part;
use super::line::Line;
use super::pattern::Fit;
use super::referents::Referent;

/// How many may stand together.
const JOINED_MAX: usize = 6;
/// How many words may lead to each of them: "and the former".
const LEADS_MAX: usize = 3;

/// Gives a fit for each of those who stand together with the holder, and with the target, of a fit; the fit itself is the first.
pub(super) fn fits(line: &Line<'_>, fit: Fit) -> Vec<Fit> {
    let of = |slot: Option<usize>| -> Vec<Option<usize>> {
        let Some(index) = slot else { return vec![None] };
        let before = line.referents.get(index).is_some_and(|referent| line.place(referent.tokens.start) < fit.anchor);
        let others = if before { to_the_left(line, index) } else { to_the_right(line, index) };
        std::iter::once(index).chain(others).map(Some).collect()
    };
    let (holders, targets) = (of(fit.holder), of(fit.target));
    let made = |holder: &Option<usize>, target: &Option<usize>| {
        let words = [holder, target].into_iter().filter_map(|slot| line.referents.get((*slot)?));
        let (start, end) = words.fold((fit.start, fit.end), |(start, end), referent| {
            (start.min(line.place(referent.tokens.start)), end.max(end_of(line, referent)))
        });
        Fit { holder: *holder, target: *target, start, end, ..fit.clone() }
    };
    let first = std::iter::once(fit.clone());
    let each = holders.iter().flat_map(|holder| targets.iter().map(move |target| (holder, target))).skip(1);
    first.chain(each.map(|(holder, target)| made(holder, target))).collect()
}

fn part<'l>(line: &'l Line<'_>, at: usize) -> Option<&'l Part> {
    line.parts.get(at)
}

/// "Norvania, Kell and": those before a referent, up to one that is tied to something else.
fn to_the_left(line: &Line<'_>, index: usize) -> Vec<usize> {
    let Some(mut start) = line.referents.get(index).map(|referent| line.place(referent.tokens.start)) else { return Vec::new() };
    let mut found = Vec::new();
    for _ in 0..JOINED_MAX {
        start = before_leads(line, start);
        let Some(mark) = start.checked_sub(1).and_then(|at| part(line, at)) else { break };
        if !(mark.and || mark.comma && !found.is_empty()) {
            break;
        }
        let end = match start.checked_sub(2).and_then(|at| part(line, at)) {
            Some(before) if mark.and && before.comma => start - 2,
            _ => start - 1,
        };
        let Some((other, first)) = line.referent_ending_at(end).filter(|(other, _)| is_plain(line, *other)) else { break };
        found.push(other);
        start = first;
    }
    // "backed Norvania and Kell rejected it", "with Norvania and Kell": the first is somebody's object.
    let lead = before_leads(line, start).checked_sub(1).and_then(|at| part(line, at));
    let is_object = lead.is_some_and(|part| part.verb || part.of_rule || part.participle || part.preposition || part.to);
    if is_object { Vec::new() } else { found }
}

/// "Norvania, Kell and Tarkland": those behind a referent, down to the one behind "and".
fn to_the_right(line: &Line<'_>, index: usize) -> Vec<usize> {
    let Some(first) = line.referents.get(index) else { return Vec::new() };
    let mut at = end_of(line, first);
    let mut found = Vec::new();
    for _ in 0..JOINED_MAX {
        let comma = usize::from(part(line, at).is_some_and(|part| part.comma));
        let and = usize::from(part(line, at + comma).is_some_and(|part| part.and));
        if comma + and == 0 {
            break;
        }
        // "by Kell and by Norvania"
        let mut next = at + comma + and;
        let tied = |at: usize| line.seen.get(at).map(|token| line.page.id(*token));
        let same = first.oblique && tied(next).is_some() && tied(next) == Some(line.page.id(first.preposition));
        next += usize::from(same);
        let leads = (next..next + LEADS_MAX).take_while(|at| part(line, *at).is_some_and(|part| part.leads_noun)).count();
        let Some((other, referent)) = line.referent_at(next + leads).filter(|(other, _)| same || is_plain(line, *other)) else { break };
        at = end_of(line, referent);
        found.push(other);
        if and > 0 {
            // "rejected Norvania and Kell backed it": the last is the subject of what follows.
            let next = part(line, at);
            let acts = next.is_some_and(|next| next.verb || next.of_rule || next.helper || next.be || next.relative);
            return if acts { Vec::new() } else { found };
        }
    }
    Vec::new()
}

fn before_leads(line: &Line<'_>, start: usize) -> usize {
    let leads = |at: &usize| part(line, *at).is_some_and(|part| part.leads_noun);
    start - (start.saturating_sub(LEADS_MAX)..start).rev().take_while(leads).count()
}

fn end_of(line: &Line<'_>, referent: &Referent) -> usize {
    line.place(referent.tokens.end)
}

fn is_plain(line: &Line<'_>, index: usize) -> bool {
    let referent = line.referents.get(index);
    referent.is_some_and(|referent| !referent.possessive && !referent.oblique && (line.loose || !referent.modifier))
}
