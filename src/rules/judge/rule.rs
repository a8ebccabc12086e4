//! The rules of `stance.toml` made ready, with the frames of `frames.toml` that tell where a verb or noun has its holder and target.
//!
//! Reads and indexes; what a rule means in a sentence is decided by `stance` and `case`.

use super::by_word::ByWord;
use super::needs::{Needed, Needs};
use super::pattern::Pattern;
use crate::model::{Act, RuleId, Stance, TopicKind};
use crate::rules::data::{Block, DataFile, DataProblem, HasId, did_you_mean, merge, read_blocks, read_whole};
use crate::rules::knowledge::{Numbered, WordId, Words};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// `[[stance]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStance {
    id: Spanned<String>,
    /// Verbs whose subject is the holder and whose object is the target.
    #[serde(default)]
    verbs: Vec<Spanned<String>>,
    /// Nouns of the same kind, with the word that leads to the target: "rejection of".
    #[serde(default)]
    nouns: Vec<Spanned<String>>,
    /// Nouns for who has the stance: "critic of".
    #[serde(default)]
    agents: Vec<Spanned<String>>,
    /// Words that judge what they are said of: "unacceptable", "step forward".
    #[serde(default)]
    terms: Vec<Spanned<String>>,
    #[serde(default)]
    patterns: Vec<Spanned<String>>,
    stance: Stance,
    /// What it becomes when negated; without it nothing is said.
    negated: Option<Stance>,
    act: Option<Act>,
    /// Where no target is written: the only topic of this kind in the article.
    target: Option<TopicKind>,
    /// True where the words mean nothing of people and bodies: one signs a treaty, not a state.
    #[serde(default)]
    topics_only: bool,
    /// What the rule says, in one sentence.
    summary: String,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    example: String,
    #[expect(dead_code, reason = "held by the test of the data files")]
    guardrail: String,
}

impl HasId for RawStance {
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

/// `frames.toml`: patterns in which `{verb}`, `{noun}`, `{agent}` and `{term}` stand for the words of a rule.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFrames {
    verb: Vec<String>,
    noun: Vec<String>,
    agent: Vec<String>,
    term: Vec<String>,
}

/// A rule of `stance.toml`.
#[derive(Debug)]
pub(super) struct StanceRule {
    pub id: RuleId,
    pub file: String,
    pub line: u32,
    pub summary: String,
    pub patterns: Vec<Pattern>,
    pub stance: Stance,
    pub negated: Option<Stance>,
    pub act: Option<Act>,
    pub target: Option<TopicKind>,
    /// Means nothing of people and bodies.
    pub topics_only: bool,
}

/// All stance rules, indexed by the words that they are found by.
#[derive(Debug, Default)]
pub(super) struct StanceRules {
    pub rules: Vec<StanceRule>,
    starts: ByWord<Start>,
    needs: Needs,
    /// Forms that verbs of the rules have and their base form has not: "backs", "backed".
    inflected: Vec<bool>,
}

/// A pattern that a word may start.
#[derive(Debug)]
pub(super) struct Start {
    pub rule: usize,
    pub pattern: usize,
    /// The choices of the pattern's anchor that start with the word, in order.
    pub choices: Vec<usize>,
    /// One of the choices is that word alone.
    alone: bool,
    /// The number of the second words of the pattern's anchor.
    seconds: usize,
    /// What the pattern needs beside its anchor.
    pub needed: Needed,
}

/// A pattern that may fit where its anchor starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Try<'r> {
    /// The place of the anchor among the words that patterns see.
    pub place: usize,
    pub start: &'r Start,
    pub pattern: &'r Pattern,
}

/// What patterns are read with.
struct Reader<'r> {
    frames: RawFrames,
    lemmas: BTreeMap<String, Vec<String>>,
    words: &'r mut Words,
}

impl StanceRules {
    /// Reads `stance.toml`, `frames.toml` and `lemmas.toml`.
    pub fn read(files: &[DataFile], words: &mut Words, problems: &mut Vec<DataProblem>) -> Self {
        let mut reader = Reader { frames: RawFrames::default(), lemmas: BTreeMap::new(), words };
        for file in files.iter().filter(|file| file.path == "lang/en/lemmas.toml") {
            let lemmas = read_whole::<BTreeMap<String, Vec<String>>>(file, problems);
            reader.lemmas.extend(lemmas.map(|block| block.value).unwrap_or_default());
        }
        for file in files.iter().filter(|file| file.path == "lang/en/frames.toml") {
            reader.frames = read_whole::<RawFrames>(file, problems).map(|block| block.value).unwrap_or_default();
        }
        let mut blocks = Vec::new();
        for file in files.iter().filter(|file| file.path == "lang/en/stance.toml") {
            blocks.extend(read_blocks::<RawStance>(file, "stance", problems));
        }
        let mut rules = Self::default();
        for block in merge(blocks, problems) {
            let patterns = reader.patterns(&block, problems);
            let verbs = block.value.verbs.iter().filter_map(|verb| reader.lemmas.get(verb.get_ref()));
            for form in verbs.flatten() {
                let at = reader.words.intern(form) as usize;
                rules.inflected.resize(rules.inflected.len().max(at + 1), false);
                rules.inflected[at] = true;
            }
            rules.add(block, patterns);
        }
        rules
    }

    /// Gives the patterns that a word may start.
    pub fn found_by(&self, word: WordId) -> &[Start] {
        self.starts.of(word)
    }

    /// Gives the patterns that may fit in a sentence: their anchor stands there, and the other words that they need near it. Each gap
    /// may hold `loose` words more than it says.
    pub fn tries(&self, page: &Numbered<'_>, seen: &[usize], loose: usize) -> Vec<Try<'_>> {
        let mut tries = Vec::new();
        let words: Vec<WordId> = seen.iter().map(|token| page.id(*token)).collect();
        for (place, word) in words.iter().enumerate() {
            let next = words.get(place + 1).copied().unwrap_or(0);
            for start in self.found_by(*word) {
                let goes_on = start.alone || self.needs.is_served_by(start.seconds, next);
                if !goes_on || !self.needs.are_met(&start.needed, &words, (place, loose)) {
                    continue;
                }
                let pattern = self.rules.get(start.rule).and_then(|rule| rule.patterns.get(start.pattern));
                if let Some(pattern) = pattern.filter(|pattern| start.alone || pattern.stands_at(&words, (place, &start.choices))) {
                    tries.push(Try { place, start, pattern });
                }
            }
        }
        tries
    }

    /// Tells whether a word is an inflected form of a verb of the rules.
    pub fn is_inflected(&self, word: WordId) -> bool {
        self.inflected.get(word as usize).copied().unwrap_or(false)
    }

    fn add(&mut self, block: Block<'_, RawStance>, patterns: Vec<Pattern>) {
        let rule = self.rules.len();
        for (index, pattern) in patterns.iter().enumerate() {
            let (needed, seconds) = (pattern.needed(&mut self.needs), self.needs.number(pattern.seconds()));
            for (choice, word) in pattern.anchors() {
                let list = self.starts.of_mut(word);
                let alone = pattern.is_alone(choice);
                match list.last_mut().filter(|last| (last.rule, last.pattern) == (rule, index)) {
                    Some(last) => {
                        last.choices.push(choice);
                        last.alone |= alone;
                    }
                    None => list.push(Start { rule, pattern: index, choices: vec![choice], alone, seconds, needed }),
                }
            }
        }
        self.rules.push(StanceRule {
            id: RuleId::new(format!("stance/{}", block.value.id.get_ref())),
            file: block.file.shown_as.clone(),
            line: block.line,
            summary: block.value.summary,
            patterns,
            stance: block.value.stance,
            negated: block.value.negated,
            act: block.value.act,
            target: block.value.target,
            topics_only: block.value.topics_only,
        });
    }
}

impl Reader<'_> {
    /// The patterns of a rule: those that are written out, and its verbs and nouns in every frame.
    fn patterns(&mut self, block: &Block<'_, RawStance>, problems: &mut Vec<DataProblem>) -> Vec<Pattern> {
        let raw = &block.value;
        let verb = |word: &str| {
            word.split(' ').next().map_or_else(String::new, |first| format!("~{first}{}", word.get(first.len()..).unwrap_or_default()))
        };
        let of = |frames: &[String], slot: &str, words: &[Spanned<String>], write: &dyn Fn(&str) -> String| -> Vec<String> {
            let words: Vec<String> = words.iter().map(|word| write(word.get_ref())).collect();
            let framed = |frame: &String| frame.replace(slot, &format!("({})", words.join("|")));
            if words.is_empty() { Vec::new() } else { frames.iter().map(framed).collect() }
        };
        let mut made = of(&self.frames.verb, "{verb}", &raw.verbs, &verb);
        made.extend(of(&self.frames.noun, "{noun}", &raw.nouns, &str::to_owned));
        made.extend(of(&self.frames.agent, "{agent}", &raw.agents, &str::to_owned));
        made.extend(of(&self.frames.term, "{term}", &raw.terms, &str::to_owned));
        let place = [&raw.verbs, &raw.nouns, &raw.agents, &raw.terms]
            .into_iter()
            .find_map(|list| list.first())
            .map(Spanned::span)
            .unwrap_or_default();
        let written = raw.patterns.iter().map(|pattern| (pattern.get_ref().clone(), pattern.span()));
        let all: Vec<_> = written.chain(made.into_iter().map(|pattern| (pattern, place.clone()))).collect();
        all.into_iter().filter_map(|(pattern, place)| self.pattern(block, (&pattern, place), problems)).collect()
    }

    fn pattern(
        &mut self,
        block: &Block<'_, RawStance>,
        (text, place): (&str, std::ops::Range<usize>),
        problems: &mut Vec<DataProblem>,
    ) -> Option<Pattern> {
        match Pattern::parse(text, &self.lemmas, self.words) {
            Ok(pattern) if pattern.has_target || block.value.target.is_some() => Some(pattern),
            Ok(_) => {
                let problem = block.problem(place, "the pattern has no target");
                problems.push(problem.suggest("add {target}, or `target = \"proposal\"` to the rule"));
                None
            }
            Err(message) => {
                let lemma = message.split('`').nth(1).unwrap_or_default();
                let mut problem = block.problem(place, message.clone());
                problem.suggestion = did_you_mean(lemma, self.lemmas.keys().map(String::as_str));
                problems.push(problem);
                None
            }
        }
    }
}
