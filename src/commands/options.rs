//! What a command takes: typed options, from which the usage line, the grammar's keywords and slash definitions derive.

/// What an option holds, and how it is written in a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OptionKind {
    /// A name in plain words: an actor, a topic, a command.
    Name,
    /// Words or phrases in quotation marks.
    Words,
    /// The number of a statement, watch or feed: `12`, `[12]`, `#12`.
    Number,
    /// An address without spaces.
    Url,
    /// `on` and a topic or actor.
    On,
    /// `since` and a day or a number of days, weeks or months.
    Since,
    /// `until` and the same.
    Until,
    /// `via` and an outlet.
    Via,
    /// `page` and a number.
    Page,
    /// The word `own`.
    Own,
    /// A word and what stands after it up to the next keyword: `as proposal`.
    After(&'static str),
    /// A word and all that stands after it: `because …`.
    Rest(&'static str),
    /// A word with an equals sign, and its value: `speaker=…`; a space may stand between.
    Assign(&'static str),
    /// A word of its own: `not-a-statement`.
    Flag(&'static str),
    /// A second name in plain words, after the first.
    Second,
}

impl OptionKind {
    /// Gives the word that announces the option, `speaker=` with its sign; none for what stands by its place. A flag has no value
    /// after it, everything else has.
    pub fn keyword(self) -> Option<&'static str> {
        match self {
            Self::On => Some("on"),
            Self::Since => Some("since"),
            Self::Until => Some("until"),
            Self::Via => Some("via"),
            Self::Page => Some("page"),
            Self::Own => Some("own"),
            Self::After(word) | Self::Rest(word) | Self::Assign(word) | Self::Flag(word) => Some(word),
            Self::Name | Self::Second | Self::Words | Self::Number | Self::Url => None,
        }
    }
}

/// Whether a command can do without an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It has to be given.
    Required,
    /// It may be left out.
    Optional,
}

/// One option of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionSpec {
    /// What stands for it in the usage line, and its name in a slash definition: `actor`, `since`.
    pub name: &'static str,
    /// What it holds.
    pub kind: OptionKind,
    /// Whether it has to be given.
    pub need: Need,
    /// What it does, in at most 100 characters (the limit of a Discord option's description).
    pub summary: &'static str,
    /// What stands for its value in the usage line, where a word announces it: `topic|actor`.
    pub value: &'static str,
}

impl OptionSpec {
    /// Gives the option as the usage line shows it: `<actor>`, `[since 7d|2025-12-01]`.
    pub fn usage(&self) -> String {
        let inner = match self.kind {
            OptionKind::Name | OptionKind::Second | OptionKind::Number | OptionKind::Url if self.need == Need::Required => {
                return format!("<{}>", self.name);
            }
            OptionKind::Name | OptionKind::Second | OptionKind::Number | OptionKind::Url => self.name.to_owned(),
            OptionKind::Words if self.need == Need::Required => return format!("\"<{}>\"", self.name),
            OptionKind::Words => "\"words\"".to_owned(),
            OptionKind::On => "on <topic|actor>".to_owned(),
            OptionKind::Since => "since 7d|2025-12-01".to_owned(),
            OptionKind::Until => "until 2025-12-31".to_owned(),
            OptionKind::Via => "via <outlet>".to_owned(),
            OptionKind::Page => "page <n>".to_owned(),
            OptionKind::Own => "own".to_owned(),
            OptionKind::After(word) | OptionKind::Rest(word) => format!("{word} <{}>", self.value),
            OptionKind::Assign(word) => format!("{word}<{}>", self.value),
            OptionKind::Flag(word) => word.to_owned(),
        };
        match self.need {
            Need::Required => inner,
            Need::Optional => format!("[{inner}]"),
        }
    }
}

const fn option(name: &'static str, kind: OptionKind, summary: &'static str) -> OptionSpec {
    OptionSpec { name, kind, need: Need::Optional, summary, value: name }
}

const fn required(name: &'static str, kind: OptionKind, summary: &'static str) -> OptionSpec {
    OptionSpec { name, kind, need: Need::Required, summary, value: name }
}

/// An option that a word of its own announces, with what stands for its value.
const fn keyed(name: &'static str, kind: OptionKind, (value, summary): (&'static str, &'static str)) -> OptionSpec {
    OptionSpec { name, kind, need: Need::Optional, summary, value }
}

/// Whose.
pub(super) const ACTOR: OptionSpec = required("actor", OptionKind::Name, "A person, organisation, office or state");
/// On what.
pub(super) const TOPIC: OptionSpec = required("topic", OptionKind::Name, "A topic, or an actor that others take stances on");
/// Whom or what to follow.
pub(super) const SUBJECT: OptionSpec = required("actor-or-topic", OptionKind::Name, "Whom or what to follow");
/// Whose, or on what.
pub(super) const ACTOR_OR_TOPIC: OptionSpec = required("actor-or-topic", OptionKind::Name, "Whose stances, or the topic they are on");
/// Words of the statements.
pub(super) const WORDS: OptionSpec = option("words", OptionKind::Words, "Words or a phrase that was used");
/// Which statement.
pub(super) const STATEMENT: OptionSpec = required("id", OptionKind::Number, "The number in brackets after a statement");
/// Which watch.
pub(super) const WATCH: OptionSpec = required("id", OptionKind::Number, "The number in the list of what is followed");
/// Which feed.
pub(super) const FEED: OptionSpec = required("id", OptionKind::Number, "The number in the list of feeds");
/// Where a feed is.
pub(super) const URL: OptionSpec = required("url", OptionKind::Url, "The http or https address of the feed");
/// Towards whom or what.
pub(super) const ON: OptionSpec = option("on", OptionKind::On, "Only stances on this topic or actor");
/// From when.
pub(super) const SINCE: OptionSpec = option("since", OptionKind::Since, "From then on: 7d, 2w, 3m or a day such as 2025-12-01");
/// Until when.
pub(super) const UNTIL: OptionSpec = option("until", OptionKind::Until, "Up to then: a day such as 2025-12-31, or 7d, 2w, 3m ago");
/// Published where.
pub(super) const VIA: OptionSpec = option("via", OptionKind::Via, "Only what this outlet published");
/// Who publishes a feed.
pub(super) const PUBLISHER: OptionSpec = option("via", OptionKind::Via, "The outlet that publishes it, where its host does not tell");
/// Further results.
pub(super) const PAGE: OptionSpec = option("page", OptionKind::Page, "Which page of the statements");
/// Own words.
pub(super) const OWN: OptionSpec = option("own", OptionKind::Own, "Only the actor's own words, not what others report");
/// Changes of position.
pub(super) const SHIFTS: OptionSpec = option("shifts", OptionKind::Flag("shifts"), "Only when a position changes");
/// Whom to compare.
pub(super) const FIRST: OptionSpec = required("actor", OptionKind::Name, "A person, organisation, office or state");
/// With whom.
pub(super) const SECOND: OptionSpec = required("other", OptionKind::Second, "With whom to compare; put names in quotation marks if unsure");
/// Which command.
pub(super) const COMMAND: OptionSpec = option("command", OptionKind::Name, "The command to explain");
/// Which setting.
pub(super) const SETTING: OptionSpec = required("setting", OptionKind::Name, "prefix, language, timezone, quiet, channels or power");
/// What it becomes.
pub(super) const VALUE: OptionSpec = required("value", OptionKind::Name, "The new value: ?, en, Europe/Berlin, 22:00-07:00, #channel");
/// Part of a name.
pub(super) const FILTER: OptionSpec = option("words", OptionKind::Name, "Part of a name");
/// Who spoke.
pub(super) const SPEAKER: OptionSpec =
    keyed("speaker", OptionKind::Assign("speaker="), ("name|unknown", "Who spoke; unknown where it cannot be told"));
/// Which stance.
pub(super) const STANCE: OptionSpec = keyed(
    "stance",
    OptionKind::Assign("stance="),
    ("stance|none", "The right stance: support, oppose, conditional, mixed, neutral, unclear or none"),
);
/// Whose stance.
pub(super) const HOLDER: OptionSpec =
    keyed("holder", OptionKind::Assign("holder="), ("actor", "Whose stance it is, where it is not the speaker's"));
/// Towards whom or what.
pub(super) const TARGET: OptionSpec =
    keyed("target", OptionKind::Assign("target="), ("topic|actor", "What the stance is on, where the statement shows several or none"));
/// Nobody said that.
pub(super) const NOT_A_STATEMENT: OptionSpec =
    option("not-a-statement", OptionKind::Flag("not-a-statement"), "Nobody said that: take it out of all answers");
/// Why.
pub(super) const BECAUSE: OptionSpec = keyed("because", OptionKind::Rest("because"), ("reason", "Why, in your words"));
/// Which change.
pub(super) const CHANGE: OptionSpec = option("id", OptionKind::Number, "The number of the change");
/// It shall hold.
pub(super) const ACCEPT: OptionSpec = option("accept", OptionKind::Flag("accept"), "The correction holds from now on");
/// It shall not.
pub(super) const REJECT: OptionSpec = option("reject", OptionKind::Flag("reject"), "The correction is put aside");
/// What is added.
pub(super) const NEW_NAME: OptionSpec = required("name", OptionKind::Name, "The name as it stands in articles");
/// A further name.
pub(super) const OTHER_NAME: OptionSpec = required("name", OptionKind::Words, "The other name as it stands in articles");
/// What sort of topic.
pub(super) const TOPIC_KIND: OptionSpec =
    keyed("kind", OptionKind::After("as"), ("kind", "proposal, demand, event, policy or institution; policy when left out"));
/// What sort of actor.
pub(super) const ACTOR_KIND: OptionSpec =
    keyed("kind", OptionKind::After("as"), ("kind", "person, office, organisation, state or group; organisation when left out"));
/// A topic and nothing else.
pub(super) const ONE_TOPIC: OptionSpec = required("topic", OptionKind::Name, "A topic");
/// A topic that was added, or a name.
pub(super) const TOPIC_OR_NAME: OptionSpec =
    required("topic-or-name", OptionKind::Name, "A topic or another name of one, as it was added in chat");
/// Into whom.
pub(super) const INTO: OptionSpec = OptionSpec {
    name: "into",
    kind: OptionKind::After("into"),
    need: Need::Required,
    summary: "The actor that both are from now on",
    value: "actor",
};
