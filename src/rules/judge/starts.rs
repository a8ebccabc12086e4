//! Where words of a sentence start that may refer to somebody or something: a first look, before it is found out what they mean.
//!
//! Tells where there may be a referent and where there is none for sure; what the words refer to is decided by `referents`.

use super::needs::Reach;
use super::sources::{Head, Sources};
use crate::rules::knowledge::{Class, ClassSet};
use crate::rules::resolve::{Mention, Scene};
use std::ops::Range;

/// Words that refer to something without being its name, or that lead such words.
const POINTING: ClassSet = ClassSet::of(&[
    Class::Determiner,
    Class::Indefinite,
    Class::Definite,
    Class::He,
    Class::She,
    Class::It,
    Class::They,
    Class::FirstSingular,
    Class::FirstPlural,
    Class::Relative,
    Class::Him,
    Class::His,
    Class::Her,
    Class::Its,
    Class::Them,
    Class::Their,
]);

/// A token at which words may start that refer to something.
#[derive(Clone, Copy)]
pub(super) struct Start<'s> {
    pub token: usize,
    /// The name that starts there.
    pub mention: Option<&'s Mention>,
    /// The source that starts there.
    pub head: Option<&'s Head>,
}

/// Every such token of a sentence, in text order.
pub(super) struct Starts<'s> {
    all: Vec<Start<'s>>,
}

impl<'s> Starts<'s> {
    /// Looks for them in a range of tokens.
    pub fn of(scene: &'s Scene<'_>, sources: &'s Sources, tokens: Range<usize>) -> Self {
        let mut heads = sources.starting_in(scene.page.span(tokens.clone())).iter().peekable();
        let mut mentions = scene.mentions_in(tokens.clone()).iter().peekable();
        let mut all = Vec::with_capacity(tokens.len());
        for (at, token) in tokens.clone().zip(scene.page.tokens.get(tokens).unwrap_or(&[])) {
            while heads.next_if(|head| head.span.start < token.span.start).is_some() {}
            let mention = mentions.next_if(|mention| mention.tokens.start == at);
            let head = heads.peek().copied().filter(|head| head.span.start == token.span.start);
            if mention.is_some() || head.is_some() || scene.given.knowledge.classes.has_any(POINTING, scene.page.id(at)) {
                all.push(Start { token: at, mention, head });
            }
        }
        Self { all }
    }

    /// Gives those at a token or behind it.
    pub fn from(&self, token: usize) -> &[Start<'s>] {
        self.all.get(self.all.partition_point(|start| start.token < token)..).unwrap_or(&[])
    }

    /// Tells whether there is one before a token.
    pub fn any_before(&self, token: usize) -> bool {
        self.all.first().is_some_and(|start| start.token < token)
    }

    /// Tells whether there is one behind a place of the seen words, as near as a pattern needs it.
    pub fn any_behind(&self, seen: &[usize], (place, reach): (usize, Reach)) -> bool {
        let Some(token) = seen.get(place) else { return false };
        let last = reach.words(0).and_then(|words| seen.get(place + words)).or(seen.last());
        self.from(token + 1).first().is_some_and(|start| last.is_some_and(|last| start.token <= *last))
    }
}
