//! Why a command was not answered: what the user can change, and what the bot failed at, as two types.

use crate::query::{Choice, QueryError};
use crate::store::StoreError;

/// What the user has to change. Each text says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The command is longer than any sensible one.
    #[error("that command has {chars} characters; I read at most {max}")]
    TooLong {
        /// Characters that came.
        chars: usize,
        /// The limit.
        max: usize,
    },
    /// A quotation mark is opened and not closed.
    #[error("the quotation mark before \u{201c}{after}\u{201d} is not closed; add one at the end of the words it belongs to")]
    UnclosedQuote {
        /// The first words after it.
        after: String,
    },
    /// A keyword stands without its value.
    #[error("\u{201c}{keyword}\u{201d} needs something after it; if it is part of a name, put the name in quotation marks")]
    NoValue {
        /// The keyword.
        keyword: &'static str,
    },
    /// A keyword stands twice.
    #[error("\u{201c}{keyword}\u{201d} stands there twice; give it once")]
    Twice {
        /// The keyword.
        keyword: &'static str,
    },
    /// A time that cannot be read.
    #[error("I cannot read \u{201c}{text}\u{201d} as a time; write 7d, 2w, 3m or a day such as 2025-12-01 after \u{201c}{keyword}\u{201d}")]
    Time {
        /// `since` or `until`.
        keyword: &'static str,
        /// What stands there.
        text: String,
    },
    /// The period ends before it begins.
    #[error("the period ends on {until}, before it begins on {since}")]
    Period {
        /// First day.
        since: jiff::civil::Date,
        /// Last day.
        until: jiff::civil::Date,
    },
    /// A page number that is none.
    #[error("\u{201c}{text}\u{201d} is no page; pages go from 1 to {max}")]
    Page {
        /// What stands there.
        text: String,
        /// The last page that can be asked for.
        max: u32,
    },
    /// A number that is none.
    #[error("\u{201c}{text}\u{201d} is no number; type the one that stands in brackets, such as 12")]
    Number {
        /// What stands there.
        text: String,
    },
    /// Something required is missing.
    #[error("tell me the {what}")]
    Missing {
        /// The option's name.
        what: &'static str,
    },
    /// Words that the command has no use for.
    #[error("I do not know what to do with \u{201c}{words}\u{201d} here")]
    TooMuch {
        /// The words.
        words: String,
    },
    /// No name like it.
    #[error("I know no {what} called \u{201c}{name}\u{201d}")]
    UnknownName {
        /// What was looked for: actor, topic, outlet.
        what: &'static str,
        /// What was typed.
        name: String,
        /// What may have been meant.
        did_you_mean: Vec<Choice>,
    },
    /// A name with words after it that stand in no quotation marks.
    #[error("I know no {what} called \u{201c}{name}\u{201d}")]
    WordsUnquoted {
        /// What was looked for.
        what: &'static str,
        /// What was typed.
        name: String,
        /// What may have been meant, as it is typed.
        meant: String,
    },
    /// A name that stands for several.
    #[error("\u{201c}{name}\u{201d} can be several; type one of these ids instead")]
    Ambiguous {
        /// What was typed.
        name: String,
        /// What it can be.
        choices: Vec<Choice>,
    },
    /// No command like it.
    #[error("I know no command \u{201c}{word}\u{201d}")]
    UnknownCommand {
        /// What was typed.
        word: String,
        /// A command that may have been meant.
        did_you_mean: Option<&'static str>,
    },
    /// A command for moderators.
    #[error("only moderators of this channel may do that")]
    NotAllowed,
    /// There is no further page, or none that is remembered.
    #[error("there is no further page to show here")]
    NoMore,
    /// An id that was never given.
    #[error("there is no {what} [{id}]")]
    NoSuchId {
        /// statement, feed, watch.
        what: &'static str,
        /// The number.
        id: i64,
    },
    /// An address that is not one of a feed.
    #[error("\u{201c}{url}\u{201d} is no http or https address, or has a user name in it")]
    Url {
        /// What stands there.
        url: String,
    },
    /// Two narrowings of a watch that do not go together.
    #[error("\u{201c}own\u{201d} and \u{201c}shifts\u{201d} do not go together: a shift in own words is alerted with shifts too")]
    OwnShifts,
    /// One actor is to be compared with itself.
    #[error("both names mean {name}; give me two actors")]
    SameTwice {
        /// The actor.
        name: String,
    },
    /// Words that can be split into two names in several ways.
    #[error("\u{201c}{words}\u{201d} can be read as two names in several ways; put each name in quotation marks")]
    TwoNames {
        /// The words.
        words: String,
    },
    /// A limit is reached.
    #[error("there are {max} {what} already, which is the limit; remove one first")]
    Full {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// A statement of somebody who is forgotten.
    #[error("statement [{id}] is no longer shown: its speaker was taken out by a moderator")]
    Forgotten {
        /// The statement.
        id: i64,
    },
    /// A name with too few letters.
    #[error("\u{201c}{name}\u{201d} is too short for a name; it needs {min} letters, or it would be found where it is not meant")]
    NameShort {
        /// The name.
        name: String,
        /// Letters needed.
        min: usize,
    },
    /// A name that is longer than names are.
    #[error("that name is longer than {max} characters")]
    NameLong {
        /// The limit.
        max: usize,
    },
    /// A name with marks in it.
    #[error("\u{201c}{name}\u{201d} has marks that stand in no name; leave them out")]
    NameMarks {
        /// The name.
        name: String,
    },
    /// A name of ordinary words.
    #[error("\u{201c}{name}\u{201d} is too common: it would be found where it is not meant; add a word that tells it from others")]
    NameCommon {
        /// The name.
        name: String,
    },
    /// A name that stands everywhere.
    #[error(
        "\u{201c}{name}\u{201d} is too common: {with} of {all} articles of the last weeks have it; add a word that tells it from others"
    )]
    NameEverywhere {
        /// The name.
        name: String,
        /// Articles that have it.
        with: usize,
        /// Articles looked at.
        all: usize,
    },
    /// An actor's name without a capital.
    #[error("\u{201c}{name}\u{201d} has no capital letter; write the name as it stands in articles")]
    NameSmall {
        /// The name.
        name: String,
    },
    /// A name that somebody has.
    #[error("\u{201c}{name}\u{201d} is a name of {owner} ({id}) already")]
    NameTaken {
        /// The name.
        name: String,
        /// Whose it is.
        owner: String,
        /// The id.
        id: String,
    },
    /// A kind that is none.
    #[error("\u{201c}{text}\u{201d} is no kind; it is one of {known}")]
    Kind {
        /// What was typed.
        text: String,
        /// The kinds there are.
        known: &'static str,
    },
    /// A topic of the data files.
    #[error("the data files have {name}; only the operator can take it out there")]
    InDataFiles {
        /// The topic.
        name: String,
    },
    /// An actor of the data files that shall lead on.
    #[error("the data files have {name}, so it cannot lead on; name it second, or let the operator change the files")]
    MergeInDataFiles {
        /// The actor.
        name: String,
    },
    /// Two names of one actor.
    #[error("both names mean {name}")]
    SameActor {
        /// The actor.
        name: String,
    },
    /// A limit on changes is reached.
    #[error("there are {max} {what}, which is the limit; try again later")]
    Limit {
        /// What there are too many of.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// A correction that corrects nothing.
    #[error("tell me what is wrong: speaker=, stance= or not-a-statement")]
    NothingToCorrect,
    /// A stance that is none.
    #[error("\u{201c}{text}\u{201d} is no stance; it is one of support, oppose, conditional, mixed, neutral, unclear, or none")]
    Stance {
        /// What was typed.
        text: String,
    },
    /// A holder or target without a stance.
    #[error("\u{201c}{keyword}=\u{201d} tells which stance is meant; add stance= with the right one")]
    WithoutStance {
        /// `holder` or `target`.
        keyword: &'static str,
    },
    /// A stance that could be several, or none.
    #[error("{}", match .shown {
        0 => "the statement shows no such stance; add target= and, where nobody is the speaker, holder=".to_owned(),
        shown => format!("the statement shows {shown} stances; tell which one with target= and holder="),
    })]
    WhichStance {
        /// How many it could be.
        shown: usize,
    },
    /// A change of somebody else.
    #[error("change [{id}] is somebody else\u{2019}s, or of another channel; only moderators there may decide on it")]
    NotYours {
        /// The change.
        id: i64,
    },
    /// A change that was decided on.
    #[error("change [{id}] {state}")]
    Decided {
        /// The change.
        id: i64,
        /// What became of it.
        state: &'static str,
    },
    /// There is nothing of the asker's to take back.
    #[error("there is no change of yours to take back")]
    NothingToUndo,
    /// A setting that is none.
    #[error("there is no setting \u{201c}{name}\u{201d}; there are {known}")]
    NoSetting {
        /// What was typed.
        name: String,
        /// All settings.
        known: String,
    },
    /// A value that is none of this setting.
    #[error("\u{201c}{value}\u{201d} is no value of {name}; I need {wanted}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was typed.
        value: String,
        /// What a value looks like.
        wanted: &'static str,
    },
    /// Commands are answered in other channels.
    #[error("commands are not answered in this channel, only in {channels}")]
    NotHere {
        /// Where they are.
        channels: String,
    },
    /// Too many commands in a short time.
    #[error("that was many commands in a short time; please wait {secs} s")]
    TooFast {
        /// How long.
        secs: u64,
    },
    /// It belongs to the configuration.
    #[error("feed [{id}] stands in the configuration; the operator has to take it out there")]
    Configured {
        /// The feed.
        id: i64,
    },
}

/// Why a command was not answered.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The user has to change something.
    #[error(transparent)]
    User(#[from] UserError),
    /// The bot failed.
    #[error(transparent)]
    Query(#[from] QueryError),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Query(QueryError::Store(error))
    }
}
