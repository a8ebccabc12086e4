//! A stance on a part of a topic is one on the whole where the data says so: `counts_for_whole`.
//!
//! Without that key a part says nothing of the whole: who takes the quotas may still turn the treaty down.

use crate::model::{Firing, RuleId, StanceTaken, Target, Topic, TopicId};
use crate::rules::resolve::{RuleCard, Scene, card};

/// The rule that carries a stance from a part to the whole.
pub(super) const CARD: RuleCard = card!("stance/whole", "a stance on a part counts for the whole where the data of the part says so");

/// Gives the stances on wholes that stances on their parts carry, each with its reason.
pub(super) fn of(scene: &Scene<'_>, stances: &[StanceTaken]) -> Vec<(StanceTaken, Firing)> {
    let mut found: Vec<(StanceTaken, Firing)> = Vec::new();
    for taken in stances {
        let Some((part, whole)) = whole_of(scene, &taken.target) else { continue };
        let target = Target::Topic(whole.clone());
        let told = |other: &StanceTaken| other.holder == taken.holder && other.target == target;
        if stances.iter().any(told) || found.iter().any(|(other, _)| told(other)) {
            continue;
        }
        let mut taken = StanceTaken { target, ..taken.clone() };
        taken.rules.push(RuleId::from(CARD.id));
        let note = format!("\u{201c}{}\u{201d} counts for {whole}", part.name);
        found.push((taken, Firing { rule: RuleId::from(CARD.id), file: CARD.file.to_owned(), line: CARD.line, note }));
    }
    found
}

/// The topic that a target is, and the one that it counts for.
fn whole_of<'s>(scene: &'s Scene<'_>, target: &Target) -> Option<(&'s Topic, &'s TopicId)> {
    let Target::Topic(id) = target else { return None };
    let part = scene.given.knowledge.topics.iter().find(|topic| topic.id == *id).filter(|topic| topic.counts_for_whole)?;
    part.part_of.as_ref().map(|whole| (part, whole))
}
