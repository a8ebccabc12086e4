//! What the bot knows, mirrored from the data files so that ids in the database have names, roles and forms to be found by.
//!
//! Nothing is ever deleted: what left the data is marked as retired, since its id may stand in a chat from last year.

use super::{Store, StoreError, values};
use crate::model::{Actor, ActorId, Outlet, OutletId, Topic, TopicId};
use jiff::civil::Date;
use rusqlite::{Connection, params};

/// All that the data files know.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'a> {
    /// Actors.
    pub actors: &'a [Actor],
    /// Topics.
    pub topics: &'a [Topic],
    /// Outlets.
    pub outlets: &'a [Outlet],
}

/// What a name may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// An actor.
    Actor,
    /// A topic.
    Topic,
    /// An outlet.
    Outlet,
}

/// An actor as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredActor {
    /// What is known.
    pub actor: Actor,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

/// A topic as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTopic {
    /// What is known.
    pub topic: Topic,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

/// One form of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRow {
    /// The folded form, see [`super::fold`].
    pub folded: String,
    /// What it stands for.
    pub kind: SubjectKind,
    /// The id.
    pub id: String,
    /// The form as written.
    pub text: String,
    /// The name to show.
    pub shown: String,
    /// First day on which the form means it.
    pub since: Option<Date>,
    /// Last day on which it does.
    pub until: Option<Date>,
    /// A place that stands for the actor.
    pub is_metonym: bool,
    /// True for actors that were found in texts and checked by nobody.
    pub is_found: bool,
    /// True when it is no longer in the data.
    pub is_retired: bool,
}

impl Store {
    /// Makes the stored knowledge that of the data files: new and changed blocks are written, ones that left are marked retired,
    /// found actors stay as they are.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn sync_knowledge(&self, knowledge: &Knowledge<'_>) -> Result<(), StoreError> {
        let _ = knowledge;
        unimplemented!()
    }

    /// Gives an actor by an id that was ever shown.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn actor(&self, id: &ActorId) -> Result<Option<StoredActor>, StoreError> {
        let _ = id;
        unimplemented!()
    }

    /// Gives a topic by an id that was ever shown.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn topic(&self, id: &TopicId) -> Result<Option<StoredTopic>, StoreError> {
        let _ = id;
        unimplemented!()
    }

    /// Gives the topics that are not retired, by id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn topics(&self) -> Result<Vec<Topic>, StoreError> {
        unimplemented!()
    }

    /// Gives an outlet.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outlet(&self, id: &OutletId) -> Result<Option<Outlet>, StoreError> {
        let _ = id;
        unimplemented!()
    }

    /// Gives the outlet whose host this is (lower case, without `www.`).
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn outlet_of_host(&self, host: &str) -> Result<Option<Outlet>, StoreError> {
        let _ = host;
        unimplemented!()
    }

    /// Gives the names that fold to exactly this.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub fn names_exact(&self, folded: &str) -> Result<Vec<NameRow>, StoreError> {
        let _ = folded;
        unimplemented!()
    }
}

/// Makes sure that an outlet has a row, so that nothing is lost because a data file does not name it.
pub(super) fn ensure_outlet(connection: &Connection, id: &OutletId) -> Result<(), StoreError> {
    connection.prepare_cached("INSERT OR IGNORE INTO outlets (id, name) VALUES (?1, ?1)")?.execute(params![id.as_str()])?;
    let _ = values::ACTOR;
    Ok(())
}
