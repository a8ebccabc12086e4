//! What an actor, topic, outlet or role noun looks like in a data file, and how it becomes a value of the model.
//!
//! Checks one block at a time; what needs all blocks (does `of` name an actor?) is checked by the parent.

use crate::model::{Actor, ActorId, ActorKind, ActorName, ActorOrigin, Gender, Outlet, OutletId, Role, Topic, TopicId, TopicKind};
use crate::rules::data::{Block, DataFile, DataProblem, HasId, LEARNED, LEARNED_ACTORS};
use jiff::civil::Date;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// A TOML date; a date with a time is refused.
#[derive(Clone, Copy, Debug)]
pub struct Day(pub Date);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let written = toml::value::Datetime::deserialize(deserializer)?;
        let date = written.date.filter(|_| written.time.is_none());
        let date = date.ok_or_else(|| D::Error::custom("expected a day such as 2025-12-02"))?;
        let (year, month, day) = (i16::try_from(date.year), i8::try_from(date.month), i8::try_from(date.day));
        match (year, month, day) {
            (Ok(year), Ok(month), Ok(day)) => Date::new(year, month, day).map(Day).map_err(D::Error::custom),
            _ => Err(D::Error::custom("expected a day such as 2025-12-02")),
        }
    }
}

/// A name: a bare text, or a table with dates.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a name is a text or a table with text, since, until, metonym")]
pub enum RawName {
    /// `"Putin"`
    Plain(String),
    /// `{ text = "…", until = … }`
    Dated(DatedName),
}

/// A name with dates or a metonym.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedName {
    text: String,
    since: Option<Day>,
    until: Option<Day>,
    #[serde(default)]
    metonym: bool,
}

/// A dated role of an actor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRole {
    /// A word of `roles.toml`.
    pub title: Spanned<String>,
    /// An actor's id.
    pub of: Option<Spanned<String>>,
    since: Option<Day>,
    until: Option<Day>,
}

/// `[[actor]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawActor {
    id: Spanned<String>,
    kind: ActorKind,
    /// The name to show.
    pub name: Spanned<String>,
    #[serde(default)]
    names: Vec<Spanned<RawName>>,
    gender: Option<Gender>,
    /// Checked against all actors by the parent.
    #[serde(default)]
    pub roles: Vec<RawRole>,
    /// Checked against all actors by the parent.
    #[serde(default)]
    pub part_of: Vec<Spanned<String>>,
    #[serde(default)]
    demonyms: Vec<String>,
    /// Provenance.
    pub source: Spanned<String>,
    /// Must fire.
    pub example: Spanned<String>,
    /// Must not.
    pub guardrail: Spanned<String>,
}

/// `[[topic]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawTopic {
    id: Spanned<String>,
    kind: TopicKind,
    name: Spanned<String>,
    #[serde(default)]
    names: Vec<String>,
    /// Checked against all topics by the parent.
    pub part_of: Option<Spanned<String>>,
    /// A stance on it is one on the whole.
    #[serde(default)]
    counts_for_whole: Option<Spanned<bool>>,
    source: Spanned<String>,
    /// Must fire.
    pub example: Spanned<String>,
    /// Must not.
    pub guardrail: Spanned<String>,
}

/// `[[outlet]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawOutlet {
    id: Spanned<String>,
    name: String,
    hosts: Vec<Spanned<String>>,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
}

/// What a role noun can speak for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RoleKind {
    /// Holds a post: president, minister.
    OfficeHolder,
    /// Speaks for somebody: spokesperson.
    Spokesperson,
    /// Works for somebody: aide.
    Aide,
    /// Knows something: analyst.
    Expert,
    /// Speaks for a body without a name: official.
    Official,
    /// A text that was written by somebody: report.
    Document,
    /// A body: ministry, agency.
    Body,
    /// Anybody: resident, critic.
    Person,
    /// A form of address: Mr, Dr.
    Address,
}

/// `[[role]]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawRoleNoun {
    id: Spanned<String>,
    /// What it can speak for.
    pub kind: RoleKind,
    /// Singular forms, lower case.
    pub words: Vec<Spanned<String>>,
    /// Plural forms.
    #[serde(default)]
    pub plural: Vec<String>,
    /// Titles that the word may stand for as well.
    #[serde(default)]
    pub covers: Vec<Spanned<String>>,
    /// Another word before it makes another post of it: "transport minister".
    #[serde(default)]
    pub portfolio: bool,
    /// Of a state, the word stands for the state itself: "the Norvanian government".
    #[serde(default)]
    pub whole: bool,
    /// Words of `words` that only a woman or only a man is called.
    #[serde(default)]
    pub feminine: Vec<String>,
    /// See `feminine`.
    #[serde(default)]
    pub masculine: Vec<String>,
    #[expect(dead_code, reason = "provenance is for whoever reads the file")]
    source: String,
    /// Must fire.
    pub example: Spanned<String>,
    /// Must not.
    pub guardrail: Spanned<String>,
}

macro_rules! has_id {
    ($($name:ident),+) => { $(impl HasId for $name {
        fn id(&self) -> &Spanned<String> {
            &self.id
        }
    })+ };
}
has_id!(RawActor, RawTopic, RawOutlet, RawRoleNoun);

/// Makes an actor of a block.
pub fn actor(block: &Block<'_, RawActor>, problems: &mut Vec<DataProblem>) -> Actor {
    let raw = &block.value;
    require(block, &[&raw.name, &raw.source, &raw.example, &raw.guardrail], problems);
    let shown = ActorName { text: raw.name.get_ref().clone(), since: None, until: None, metonym: false };
    let mut names: Vec<ActorName> = Vec::with_capacity(raw.names.len() + 1);
    for written in &raw.names {
        let name = name(written.get_ref());
        if name.text.trim().is_empty() {
            problems.push(block.problem(written.span(), "a name is empty"));
        } else if names.contains(&name) {
            problems.push(block.problem(written.span(), format!("the name `{}` is listed twice", name.text)));
        } else if name.since.zip(name.until).is_some_and(|(since, until)| until < since) {
            problems.push(block.problem(written.span(), "`until` lies before `since`"));
        } else {
            names.push(name);
        }
    }
    if !names.iter().any(|name| name.text == shown.text) {
        names.insert(0, shown);
    }
    Actor {
        id: ActorId::new(raw.id.get_ref().as_str()),
        kind: raw.kind,
        name: raw.name.get_ref().clone(),
        names,
        gender: raw.gender,
        roles: raw.roles.iter().map(|role| dated_role(block, role, problems)).collect(),
        part_of: raw.part_of.iter().map(|id| ActorId::new(id.get_ref().as_str())).collect(),
        demonyms: raw.demonyms.clone(),
        origin: if is_learned(block.file) { ActorOrigin::User } else { ActorOrigin::Data },
        source: raw.source.get_ref().clone(),
    }
}

/// Tells whether a file holds actors that were added in chat.
fn is_learned(file: &DataFile) -> bool {
    file.path == LEARNED_ACTORS && file.origin() == LEARNED
}

fn name(raw: &RawName) -> ActorName {
    match raw {
        RawName::Plain(text) => ActorName { text: text.clone(), since: None, until: None, metonym: false },
        RawName::Dated(name) => ActorName {
            text: name.text.clone(),
            since: name.since.map(|day| day.0),
            until: name.until.map(|day| day.0),
            metonym: name.metonym,
        },
    }
}

fn dated_role(block: &Block<'_, RawActor>, raw: &RawRole, problems: &mut Vec<DataProblem>) -> Role {
    let (since, until) = (raw.since.map(|day| day.0), raw.until.map(|day| day.0));
    if since.zip(until).is_some_and(|(since, until)| until < since) {
        problems.push(block.problem(raw.title.span(), format!("the role `{}` ends before it starts", raw.title.get_ref())));
    }
    let of = raw.of.as_ref().map(|id| ActorId::new(id.get_ref().as_str()));
    Role { title: raw.title.get_ref().clone(), of, since, until }
}

/// Makes a topic of a block.
pub fn topic(block: &Block<'_, RawTopic>, problems: &mut Vec<DataProblem>) -> Topic {
    let raw = &block.value;
    require(block, &[&raw.name, &raw.source, &raw.example, &raw.guardrail], problems);
    let mut names = raw.names.clone();
    if !names.contains(raw.name.get_ref()) {
        names.insert(0, raw.name.get_ref().clone());
    }
    if let Some(counts) = block.value.counts_for_whole.as_ref().filter(|counts| *counts.get_ref() && block.value.part_of.is_none()) {
        problems.push(block.problem(counts.span(), "`counts_for_whole` needs `part_of`"));
    }
    Topic {
        id: TopicId::new(raw.id.get_ref().as_str()),
        kind: raw.kind,
        name: raw.name.get_ref().clone(),
        names,
        part_of: raw.part_of.as_ref().map(|id| TopicId::new(id.get_ref().as_str())),
        counts_for_whole: raw.counts_for_whole.as_ref().is_some_and(|counts| *counts.get_ref()),
        source: raw.source.get_ref().clone(),
    }
}

/// Makes an outlet of a block.
pub fn outlet(block: &Block<'_, RawOutlet>, problems: &mut Vec<DataProblem>) -> Outlet {
    for host in &block.value.hosts {
        let text = host.get_ref();
        if text.starts_with("www.") || text.contains('/') || text.contains(|c: char| c.is_uppercase()) {
            let problem = block.problem(host.span(), format!("`{text}` is no host name of the expected form"));
            problems.push(problem.suggest("write it in lower case, without `https://`, path and `www.`"));
        }
    }
    Outlet {
        id: OutletId::new(block.value.id.get_ref().as_str()),
        name: block.value.name.clone(),
        hosts: block.value.hosts.iter().map(|host| host.get_ref().clone()).collect(),
    }
}

/// Adds a problem for every text that is empty.
pub fn require<T>(block: &Block<'_, T>, texts: &[&Spanned<String>], problems: &mut Vec<DataProblem>) {
    for text in texts.iter().filter(|text| text.get_ref().trim().is_empty()) {
        problems.push(block.problem(text.span(), "this text must not be empty"));
    }
}
