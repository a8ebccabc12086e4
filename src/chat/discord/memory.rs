//! What the face remembers of messages: which were taken up (so that nothing is answered twice), which answer belongs to which question,
//! which private channels there are, and which servers were told of the missing intent. Bounded; the oldest are forgotten.
//!
//! It outlives the process as [`Kept`], in a file that `keeper` writes. Ids only: no words of anybody.

use super::wire::Id;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Questions that are remembered: hours of a busy server, under 1 MB.
const QUESTIONS_MAX: usize = 5_000;
/// Private channels that are looked at again after an interruption.
const PRIVATE_MAX: usize = 200;
/// Channels of which a refusal is remembered.
const REFUSED_MAX: usize = 5_000;
/// Channels of which the last answer's next page is remembered.
const CHANNELS_MAX: usize = 10_000;
/// Servers of which one remark is remembered.
const SERVERS_MAX: usize = 10_000;

/// A question and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) asker: Id,
    /// A fingerprint of the text that was answered.
    pub(super) text: u64,
    pub(super) answer: Option<Id>,
    /// What was asked changed something.
    pub(super) has_changed: bool,
}

/// Questions that outlive the process: what was asked in the minutes before it ended can still be edited or found again.
const QUESTIONS_KEPT: usize = 500;

/// What outlives the process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// Question, asker, fingerprint of the text, answer.
    questions: Vec<(Id, Id, u64, Id)>,
    /// Those of the questions that changed something.
    changed: BTreeSet<Id>,
    private: Vec<Id>,
    told: Vec<Id>,
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    questions: BTreeMap<Id, Question>,
    private: BTreeSet<Id>,
    /// Servers whose messages come without their words, and of which that was told.
    told: BTreeSet<Id>,
    /// Of these, servers whose owner could not be told.
    untold: BTreeSet<Id>,
    /// Channels in which the bot may not write.
    refused: BTreeSet<Id>,
    /// By channel: what asks for the next page of the last answer.
    next: BTreeMap<Id, Option<String>>,
}

impl Memory {
    /// Takes over what an earlier process remembered.
    pub(super) fn recall(kept: Kept) -> Self {
        let question = |(id, asker, text, answer)| {
            let has_changed = kept.changed.contains(&id);
            (id, Question { asker, text, answer: Some(answer), has_changed })
        };
        Self {
            questions: kept.questions.into_iter().map(question).collect(),
            private: kept.private.into_iter().collect(),
            told: kept.told.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Gives what is to outlive the process: what was answered, not what was only taken up. Whom nobody told is told another time.
    pub(super) fn kept(&self) -> Kept {
        let answered =
            self.questions.iter().rev().filter_map(|(id, question)| Some((*id, question.asker, question.text, question.answer?)));
        Kept {
            questions: answered.take(QUESTIONS_KEPT).collect(),
            changed: self.questions.iter().rev().take(QUESTIONS_KEPT).filter(|(_, asked)| asked.has_changed).map(|(id, _)| *id).collect(),
            private: self.private.iter().copied().collect(),
            told: self.told.difference(&self.untold).copied().collect(),
        }
    }

    /// Takes a message up; false when that was done before.
    pub(super) fn begin(&mut self, message: Id, asker: Id, text: &str) -> bool {
        if self.questions.contains_key(&message) {
            return false;
        }
        self.questions.insert(message, Question { asker, text: fingerprint(text), answer: None, has_changed: false });
        while self.questions.len() > QUESTIONS_MAX {
            self.questions.pop_first();
        }
        true
    }

    /// Notes the answer to a message, and whether what it asked changed something.
    pub(super) fn answered(&mut self, message: Id, answer: Id, has_changed: bool) {
        if let Some(question) = self.questions.get_mut(&message) {
            question.answer = Some(answer);
            question.has_changed |= has_changed;
        }
    }

    /// Gives a question that was taken up.
    pub(super) fn question(&self, message: Id) -> Option<Question> {
        self.questions.get(&message).copied()
    }

    /// Notes that a question now reads otherwise; false when it does not.
    pub(super) fn reworded(&mut self, message: Id, text: &str) -> bool {
        let Some(question) = self.questions.get_mut(&message) else { return false };
        let is_new = question.text != fingerprint(text);
        question.text = fingerprint(text);
        is_new
    }

    /// Gives who asked what a message answers.
    pub(super) fn asker_of(&self, answer: Id) -> Option<Id> {
        self.questions.values().find(|question| question.answer == Some(answer)).map(|question| question.asker)
    }

    /// Notes what asks for the next page of the last answer in a channel.
    pub(super) fn paged(&mut self, channel: Id, next: Option<String>) {
        self.next.insert(channel, next);
        while self.next.len() > CHANNELS_MAX {
            self.next.pop_first();
        }
    }

    /// Gives what asks for the next page of the last answer in a channel.
    pub(super) fn next_page(&self, channel: Id) -> Option<String> {
        self.next.get(&channel).cloned().flatten()
    }

    /// Remembers a private channel; false when it was known.
    pub(super) fn saw_private(&mut self, channel: Id) -> bool {
        let is_new = self.private.insert(channel);
        while self.private.len() > PRIVATE_MAX {
            self.private.pop_first();
        }
        is_new
    }

    /// Gives the private channels.
    pub(super) fn private(&self) -> Vec<Id> {
        self.private.iter().copied().collect()
    }

    /// Notes that the bot may not write in a channel: refusals are counted by Discord, so one is enough.
    pub(super) fn is_refused(&mut self, channel: Id) {
        self.refused.insert(channel);
        while self.refused.len() > REFUSED_MAX {
            self.refused.pop_first();
        }
    }

    /// Tells whether the bot may not write in a channel, as far as it was refused.
    pub(super) fn was_refused(&self, channel: Id) -> bool {
        self.refused.contains(&channel)
    }

    /// Forgets in which channels the bot may not write: a permission has changed somewhere.
    pub(super) fn forget_refusals(&mut self) {
        self.refused.clear();
    }

    /// Tells whether it is the first time that a server's messages come without their words.
    pub(super) fn is_newly_blind(&mut self, server: Id) -> bool {
        self.told.len() < SERVERS_MAX && self.told.insert(server)
    }

    /// Notes that a server's owner could not be told.
    pub(super) fn is_untold(&mut self, server: Id) {
        self.untold.insert(server);
    }

    /// Tells whether a server is to be told where somebody talks to the bot; once.
    pub(super) fn is_to_be_told(&mut self, server: Id) -> bool {
        self.untold.remove(&server)
    }
}

/// Gives what stands for a text where the text itself is not kept.
pub(super) fn fingerprint(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_up_once() {
        let mut memory = Memory::default();
        assert!(memory.begin(1, 4, "!why 1") && !memory.begin(1, 4, "!why 1"));
        memory.answered(1, 2, false);
        assert_eq!((memory.asker_of(2), memory.asker_of(3)), (Some(4), None));
        assert!(!memory.reworded(1, "!why 1") && memory.reworded(1, "!why 2") && !memory.reworded(1, "!why 2"));
    }

    #[test]
    fn what_was_answered_outlives_the_process_and_what_was_only_taken_up_does_not() {
        let mut memory = Memory::default();
        memory.begin(1, 4, "!why 1");
        memory.begin(2, 4, "!why 2");
        memory.answered(1, 10, true);
        memory.saw_private(7);
        assert!(memory.is_newly_blind(20) && memory.is_newly_blind(21));
        memory.is_untold(21);
        let text = serde_json::to_string(&memory.kept()).unwrap();
        let mut recalled = Memory::recall(serde_json::from_str(&text).unwrap());
        assert!(recalled.question(1).is_some_and(|question| question.has_changed));
        assert!(!recalled.begin(1, 4, "!why 1") && recalled.begin(2, 4, "!why 2"));
        assert_eq!((recalled.asker_of(10), recalled.private()), (Some(4), vec![7]));
        assert!(!recalled.reworded(1, "!why 1") && recalled.reworded(1, "!why 3"));
        assert!(!recalled.is_newly_blind(20) && recalled.is_newly_blind(21));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut memory = Memory::default();
        for message in 0..=QUESTIONS_MAX as Id {
            memory.begin(message, 4, "");
        }
        assert!(memory.question(0).is_none() && memory.question(1).is_some());
    }
}
