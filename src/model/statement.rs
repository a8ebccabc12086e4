//! A statement: an attribution resolved to an actor, judged on three axes, with the reasons.

use super::{Act, Actor, ActorId, Attribution, Distance, Modality, RuleId, Span, Stance, Target};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Who spoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// One actor, in the data or found in the text.
    Actor(ActorId),
    /// Nobody that could be named without guessing; the candidates, if any, in order of likelihood.
    Unknown(Vec<ActorId>),
}

impl Speaker {
    /// Gives the actor when it is known.
    pub fn actor(&self) -> Option<&ActorId> {
        match self {
            Self::Actor(id) => Some(id),
            Self::Unknown(_) => None,
        }
    }
}

/// One reporter between the outlet and the speaker: "ISW said that Putin stated …" has one link, ISW.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// The reporter, when known.
    pub actor: Option<ActorId>,
    /// The words that name the reporter in the text.
    pub mention: String,
    /// How the reporter's cue stands to what is reported.
    pub distance: Distance,
}

/// How exactly a date of speech is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DatePrecision {
    /// That day.
    Day,
    /// Within that week, which starts on the date.
    Week,
    /// Within that month, which starts on the date.
    Month,
    /// Within that year.
    Year,
}

impl DatePrecision {
    /// Gives the stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// When it was said, according to the text (the date of the article is not repeated here).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidOn {
    /// First day of the period.
    pub date: Date,
    /// How long the period is.
    pub precision: DatePrecision,
    /// The words that say so.
    pub span: Span,
}

/// To whom something was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressee {
    /// The words that name them: "CNN" in "told CNN that", "reporters".
    pub span: Span,
    /// Who that is, where they are an actor.
    pub actor: Option<ActorId>,
}

/// A rule that took part in a judgement, in words that a reader understands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firing {
    /// The rule.
    pub rule: RuleId,
    /// File of the rule, relative to the project: `data/lang/en/stance.toml`, `src/rules/shapes/inverted.rs`.
    pub file: String,
    /// Line of the rule in that file, from 1.
    pub line: u32,
    /// What it decided and why: "“the report” is the Institute for the Study of War, named last".
    pub note: String,
}

/// An alternative that lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The rule that proposed it.
    pub rule: RuleId,
    /// What it would have been.
    pub what: String,
    /// Why it lost.
    pub reason: String,
}

/// One stance that a statement shows: the holder is not always the speaker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StanceTaken {
    /// Whose stance it is.
    pub holder: ActorId,
    /// Towards whom or what.
    pub target: Target,
    /// Which.
    pub stance: Stance,
    /// True when the holder is the speaker; false when the speaker reports it of the holder.
    pub own: bool,
    /// The words that show it.
    pub evidence: Span,
    /// The condition that it is bound to, where the words tell one: "only if ships can pass".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Span>,
    /// The rules that decided, in order.
    pub rules: Vec<RuleId>,
}

/// Whether somebody's words are told or what somebody did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Words: somebody said, wrote or called for something.
    #[default]
    Words,
    /// A deed that shows a stance, told by the article itself: "the senate voted against the treaty". Nobody is quoted; the
    /// speaker is unknown, and every stance of it is reported.
    Deed,
}

impl Form {
    /// Gives the stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Deed => "deed",
        }
    }
}

/// An attribution resolved to an actor, with act, modality, date, reporting chain and stances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Whether it is words or a deed.
    #[serde(default)]
    pub form: Form,
    /// Source, cue and content as they stand in the text.
    pub attribution: Attribution,
    /// Who spoke.
    pub speaker: Speaker,
    /// The sentences that hold source, cue and content, for showing them in context.
    pub context: Span,
    /// Reporters between the outlet and the speaker, outermost first; empty when the outlet itself reports.
    pub reported_by: Vec<ChainLink>,
    /// How the cue of this statement stands to its content.
    pub distance: Distance,
    /// What is done by saying it.
    pub act: Act,
    /// How it relates to what is the case.
    pub modality: Modality,
    /// When it was said, where the text tells.
    pub said_on: Option<SaidOn>,
    /// To whom, where the text tells.
    #[serde(default)]
    pub addressee: Option<Addressee>,
    /// On which occasion or in which medium, where the text tells: "in an interview with CNN", "at a briefing in Halvane".
    #[serde(default)]
    pub venue: Option<Span>,
    /// Stances shown, the speaker's own first.
    pub stances: Vec<StanceTaken>,
    /// How sure the rules are, in percent (0 to 100).
    pub confidence: u8,
    /// The rules that made it, in order.
    pub firings: Vec<Firing>,
    /// What it was chosen over.
    pub rejected: Vec<Rejected>,
}

/// All that the rule module reads out of one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extraction {
    /// Statements in text order (of their first content byte, outer before inner); `parent` indexes this list.
    pub statements: Vec<Statement>,
    /// Deeds that show a stance and stand outside every statement, with [`Form::Deed`], in text order; they have no parent.
    #[serde(default)]
    pub deeds: Vec<Statement>,
    /// Actors that are in no data file, with `ActorOrigin::Found`, sorted by id.
    pub found: Vec<Actor>,
}

impl Extraction {
    /// Gives the statements and then the deeds.
    pub fn all(&self) -> impl Iterator<Item = &Statement> {
        self.statements.iter().chain(&self.deeds)
    }

    /// Gives the statements and then the deeds, to change them.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Statement> {
        self.statements.iter_mut().chain(&mut self.deeds)
    }
}

impl Statement {
    /// Puts other ids in the place of those for which `other` gives one.
    pub fn rename_actors(&mut self, other: &dyn Fn(&ActorId) -> Option<ActorId>) {
        let rename = |id: &mut ActorId| {
            if let Some(new) = other(id) {
                *id = new;
            }
        };
        match &mut self.speaker {
            Speaker::Actor(id) => rename(id),
            Speaker::Unknown(candidates) => candidates.iter_mut().for_each(rename),
        }
        self.reported_by.iter_mut().filter_map(|link| link.actor.as_mut()).for_each(rename);
        self.addressee.iter_mut().filter_map(|addressee| addressee.actor.as_mut()).for_each(rename);
        for taken in &mut self.stances {
            rename(&mut taken.holder);
            if let Target::Actor(id) = &mut taken.target {
                rename(id);
            }
        }
    }
}
