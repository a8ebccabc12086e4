//! What the face remembers of messages while it runs: which were taken up (so that nothing is answered twice), and which answer belongs
//! to which question. Bounded; the oldest are forgotten. After a restart Discord itself is asked.

use super::wire::Id;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Questions that are remembered: hours of a busy server, under 1 MB.
const QUESTIONS_MAX: usize = 5_000;
/// Private channels that are looked at again after an interruption.
const PRIVATE_MAX: usize = 200;
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
}

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Memory {
    questions: BTreeMap<Id, Question>,
    private: BTreeSet<Id>,
    blind: BTreeSet<Id>,
    next: BTreeMap<Id, Option<String>>,
}

impl Memory {
    /// Takes a message up; false when that was done before.
    pub(super) fn begin(&mut self, message: Id, asker: Id, text: &str) -> bool {
        if self.questions.contains_key(&message) {
            return false;
        }
        self.questions.insert(message, Question { asker, text: fingerprint(text), answer: None });
        while self.questions.len() > QUESTIONS_MAX {
            self.questions.pop_first();
        }
        true
    }

    /// Notes the answer to a message.
    pub(super) fn answered(&mut self, message: Id, answer: Id) {
        if let Some(question) = self.questions.get_mut(&message) {
            question.answer = Some(answer);
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

    /// Remembers a private channel.
    pub(super) fn saw_private(&mut self, channel: Id) {
        self.private.insert(channel);
        while self.private.len() > PRIVATE_MAX {
            self.private.pop_first();
        }
    }

    /// Gives the private channels.
    pub(super) fn private(&self) -> Vec<Id> {
        self.private.iter().copied().collect()
    }

    /// Tells whether it is the first time that a server's messages come without their words.
    pub(super) fn is_newly_blind(&mut self, server: Id) -> bool {
        self.blind.len() < SERVERS_MAX && self.blind.insert(server)
    }
}

fn fingerprint(text: &str) -> u64 {
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
        memory.answered(1, 2);
        assert_eq!((memory.asker_of(2), memory.asker_of(3)), (Some(4), None));
        assert!(!memory.reworded(1, "!why 1") && memory.reworded(1, "!why 2") && !memory.reworded(1, "!why 2"));
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
