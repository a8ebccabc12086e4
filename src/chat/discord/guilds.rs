//! The servers that the bot is in, as far as permissions need them: owners, roles, channels with their exceptions.
//!
//! Filled by events, kept small (no members, no messages); computes what somebody may do in a channel as Discord documents it
//! (topics/permissions). What a permission allows in the bot is decided by the caller.

use super::wire::{Id, id, ids, text};
use serde_json::Value;
use serenity::model::Permissions;
use std::collections::{BTreeMap, BTreeSet};

/// An exception of a channel for a role or a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exception {
    of: Id,
    allow: u64,
    deny: u64,
}

/// A channel or thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Channel {
    /// What it is (resources/channel: types).
    pub(super) kind: u64,
    /// The category, or for a thread the channel.
    pub(super) parent: Option<Id>,
    /// The newest message, when the server was announced.
    pub(super) last_message: Option<Id>,
    exceptions: Vec<Exception>,
}

/// Public, private and announcement threads.
const THREADS: [u64; 3] = [10, 11, 12];
/// Channels in which only threads can be made: forum and media.
const FORUMS: [u64; 2] = [15, 16];

/// Events after which the bot may do more, or less, in a server.
pub(super) const CHANGERS: [&str; 9] = [
    "GUILD_CREATE",
    "GUILD_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_DELETE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "THREAD_CREATE",
    "THREAD_UPDATE",
];

impl Channel {
    fn read(value: &Value) -> Self {
        let bits = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        let exception = |value: &Value| Some(Exception { of: id(&value["id"])?, allow: bits(&value["allow"]), deny: bits(&value["deny"]) });
        Self {
            kind: value["type"].as_u64().unwrap_or(0),
            parent: id(&value["parent_id"]),
            last_message: id(&value["last_message_id"]),
            exceptions: value["permission_overwrites"].as_array().into_iter().flatten().filter_map(exception).collect(),
        }
    }

    /// Tells whether it is a thread.
    pub(super) fn is_thread(&self) -> bool {
        THREADS.contains(&self.kind)
    }

    /// Tells whether messages stand in threads only.
    pub(super) fn is_forum(&self) -> bool {
        FORUMS.contains(&self.kind)
    }
}

/// A server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Guild {
    name: String,
    owner: Option<Id>,
    roles: BTreeMap<Id, u64>,
    own_roles: Vec<Id>,
    channels: BTreeMap<Id, Channel>,
}

/// Somebody in a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member<'a> {
    pub(super) user: Id,
    pub(super) roles: &'a [Id],
}

/// All servers.
#[derive(Debug, Default)]
pub(super) struct Guilds {
    guilds: BTreeMap<Id, Guild>,
    homes: BTreeMap<Id, Id>,
    /// Servers in which what the bot may do can have changed since somebody asked.
    changed: BTreeSet<Id>,
}

impl Guilds {
    /// Takes over what an event says; `own` is the bot's user. Events that are about nothing kept here change nothing.
    pub(super) fn note(&mut self, kind: &str, data: &Value, own: Id) {
        let Some(guild_id) = id(if kind.starts_with("GUILD_") && data["guild_id"].is_null() { &data["id"] } else { &data["guild_id"] })
        else {
            return;
        };
        match kind {
            "GUILD_CREATE" => self.put(guild_id, data, own),
            "GUILD_DELETE" if data["unavailable"].as_bool() != Some(true) => self.remove(guild_id),
            // An archived thread is opened before anything is said in it; a server can have thousands of them.
            "THREAD_UPDATE" if data["thread_metadata"]["archived"].as_bool() == Some(true) => self.remove_channel(guild_id, data),
            "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE" => self.put_channel(guild_id, data),
            "CHANNEL_DELETE" | "THREAD_DELETE" => self.remove_channel(guild_id, data),
            "THREAD_LIST_SYNC" => data["threads"].as_array().into_iter().flatten().for_each(|thread| self.put_channel(guild_id, thread)),
            _ => {
                if let Some(guild) = self.guilds.get_mut(&guild_id) {
                    guild.note(kind, data, own);
                }
            }
        }
        let is_own = || id(&data["user"]["id"]) == Some(own);
        if self.guilds.contains_key(&guild_id) && (CHANGERS.contains(&kind) || kind == "GUILD_MEMBER_UPDATE" && is_own()) {
            self.changed.insert(guild_id);
        }
    }

    /// Gives those of the channels in which the bot may write and whose server changed since the last call.
    pub(super) fn reopened(&mut self, channels: &[Id], own: Id) -> Vec<Id> {
        let changed = std::mem::take(&mut self.changed);
        let is_open = |channel: &&Id| {
            let is_near = self.home(**channel).is_some_and(|server| changed.contains(&server));
            is_near && self.own_permissions(**channel, own).is_some_and(|granted| granted.view_channel() && granted.send_messages())
        };
        channels.iter().filter(is_open).copied().collect()
    }

    fn put(&mut self, guild_id: Id, data: &Value, own: Id) {
        self.remove(guild_id);
        let mut guild = Guild { name: text(&data["name"]), owner: id(&data["owner_id"]), ..Guild::default() };
        data["roles"].as_array().into_iter().flatten().for_each(|role| guild.put_role(role));
        let members = data["members"].as_array().into_iter().flatten();
        let own_member = members.into_iter().find(|member| id(&member["user"]["id"]) == Some(own));
        guild.own_roles = own_member.map(|member| ids(&member["roles"])).unwrap_or_default();
        self.guilds.insert(guild_id, guild);
        for list in ["channels", "threads"] {
            data[list].as_array().into_iter().flatten().for_each(|channel| self.put_channel(guild_id, channel));
        }
    }

    fn put_channel(&mut self, guild_id: Id, data: &Value) {
        if let (Some(guild), Some(channel)) = (self.guilds.get_mut(&guild_id), id(&data["id"])) {
            guild.channels.insert(channel, Channel::read(data));
            self.homes.insert(channel, guild_id);
        }
    }

    fn remove_channel(&mut self, guild_id: Id, data: &Value) {
        if let (Some(guild), Some(channel)) = (self.guilds.get_mut(&guild_id), id(&data["id"])) {
            guild.channels.remove(&channel);
            self.homes.remove(&channel);
        }
    }

    fn remove(&mut self, guild_id: Id) {
        self.changed.remove(&guild_id);
        if let Some(guild) = self.guilds.remove(&guild_id) {
            guild.channels.keys().for_each(|channel| {
                self.homes.remove(channel);
            });
        }
    }

    /// Gives the server of a channel.
    pub(super) fn home(&self, channel: Id) -> Option<Id> {
        self.homes.get(&channel).copied()
    }

    /// Gives a channel.
    pub(super) fn channel(&self, channel: Id) -> Option<&Channel> {
        self.guilds.get(self.homes.get(&channel)?)?.channels.get(&channel)
    }

    /// Gives a server's owner.
    pub(super) fn owner(&self, guild: Id) -> Option<Id> {
        self.guilds.get(&guild)?.owner
    }

    /// Gives a server's name.
    pub(super) fn name(&self, guild: Id) -> Option<&str> {
        self.guilds.get(&guild).map(|guild| guild.name.as_str())
    }

    /// Gives the channels and threads of a server that can hold messages, with their newest message.
    pub(super) fn newest(&self, guild: Id) -> Vec<(Id, Option<Id>)> {
        let channels = self.guilds.get(&guild).into_iter().flat_map(|guild| &guild.channels);
        channels.filter(|(_, channel)| !channel.is_forum()).map(|(id, channel)| (*id, channel.last_message)).collect()
    }

    /// Tells what a member may do in a channel; none when the server or channel is not known.
    pub(super) fn permissions(&self, channel: Id, member: Member<'_>) -> Option<Permissions> {
        let guild_id = self.home(channel)?;
        let guild = self.guilds.get(&guild_id)?;
        let mut found = guild.channels.get(&channel)?;
        if found.is_thread() {
            found = found.parent.and_then(|parent| guild.channels.get(&parent))?;
        }
        Some(guild.permissions(guild_id, found, member))
    }

    /// Tells what the bot may do in a channel.
    pub(super) fn own_permissions(&self, channel: Id, own: Id) -> Option<Permissions> {
        let guild = self.guilds.get(&self.home(channel)?)?;
        self.permissions(channel, Member { user: own, roles: &guild.own_roles })
    }
}

impl Guild {
    fn note(&mut self, kind: &str, data: &Value, own: Id) {
        match kind {
            "GUILD_UPDATE" => {
                self.name = text(&data["name"]);
                self.owner = id(&data["owner_id"]).or(self.owner);
            }
            "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" => self.put_role(&data["role"]),
            "GUILD_ROLE_DELETE" => {
                if let Some(role) = id(&data["role_id"]) {
                    self.roles.remove(&role);
                    self.own_roles.retain(|kept| *kept != role);
                }
            }
            "GUILD_MEMBER_UPDATE" if id(&data["user"]["id"]) == Some(own) => self.own_roles = ids(&data["roles"]),
            _ => {}
        }
    }

    fn put_role(&mut self, role: &Value) {
        if let Some(role_id) = id(&role["id"]) {
            let bits = role["permissions"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
            self.roles.insert(role_id, bits);
        }
    }

    /// Computes permissions in the documented order: base, exceptions for everyone, for roles, for the member.
    fn permissions(&self, guild_id: Id, channel: &Channel, member: Member<'_>) -> Permissions {
        if self.owner == Some(member.user) {
            return Permissions::all();
        }
        let of = |role: &Id| self.roles.get(role).copied().unwrap_or(0);
        let base = member.roles.iter().fold(of(&guild_id), |bits, role| bits | of(role));
        if Permissions::from_bits_truncate(base).administrator() {
            return Permissions::all();
        }
        let mut bits = base;
        let apply = |bits: u64, deny: u64, allow: u64| bits & !deny | allow;
        let for_everyone = channel.exceptions.iter().find(|exception| exception.of == guild_id);
        bits = for_everyone.map_or(bits, |exception| apply(bits, exception.deny, exception.allow));
        let of_roles = channel.exceptions.iter().filter(|exception| member.roles.contains(&exception.of));
        let (deny, allow) = of_roles.fold((0, 0), |(deny, allow), exception| (deny | exception.deny, allow | exception.allow));
        bits = apply(bits, deny, allow);
        let for_member = channel.exceptions.iter().find(|exception| exception.of == member.user);
        bits = for_member.map_or(bits, |exception| apply(bits, exception.deny, exception.allow));
        Permissions::from_bits_truncate(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn server() -> Value {
        let send = Permissions::SEND_MESSAGES.bits().to_string();
        json!({
            "id": "2", "name": "News", "owner_id": "4",
            "roles": [
                {"id": "2", "permissions": (Permissions::VIEW_CHANNEL | Permissions::SEND_MESSAGES).bits().to_string()},
                {"id": "7", "permissions": Permissions::MANAGE_GUILD.bits().to_string()},
                {"id": "8", "permissions": Permissions::ADMINISTRATOR.bits().to_string()}
            ],
            "members": [{"user": {"id": "1"}, "roles": ["7"]}],
            "channels": [
                {"id": "3", "type": 0},
                {"id": "5", "type": 0, "permission_overwrites": [
                    {"id": "2", "type": 0, "allow": "0", "deny": send},
                    {"id": "7", "type": 0, "allow": send, "deny": "0"},
                    {"id": "6", "type": 1, "allow": "0", "deny": send}
                ]}
            ],
            "threads": [{"id": "9", "type": 11, "parent_id": "5"}]
        })
    }

    fn known() -> Guilds {
        let mut guilds = Guilds::default();
        guilds.note("GUILD_CREATE", &server(), 1);
        guilds
    }

    fn may_send(guilds: &Guilds, channel: Id, user: Id, roles: &[Id]) -> bool {
        guilds.permissions(channel, Member { user, roles }).unwrap().send_messages()
    }

    #[test]
    fn exceptions_come_in_their_order() {
        let guilds = known();
        assert!(may_send(&guilds, 3, 10, &[]));
        assert!(!may_send(&guilds, 5, 10, &[]), "the channel refuses everyone");
        assert!(may_send(&guilds, 5, 10, &[7]), "but takes a role");
        assert!(!may_send(&guilds, 5, 6, &[7]), "and refuses a member of it");
        assert!(may_send(&guilds, 5, 4, &[]), "the owner may all");
        assert!(may_send(&guilds, 5, 6, &[8]), "an administrator too");
        assert!(!may_send(&guilds, 9, 10, &[]), "a thread is as its channel");
        assert!(guilds.own_permissions(5, 1).unwrap().manage_guild());
    }

    #[test]
    fn changes_are_followed_and_a_server_that_is_left_is_forgotten() {
        let mut guilds = known();
        guilds.note("GUILD_MEMBER_UPDATE", &json!({"guild_id": "2", "user": {"id": "1"}, "roles": []}), 1);
        assert!(!guilds.own_permissions(5, 1).unwrap().send_messages());
        guilds.note("CHANNEL_UPDATE", &json!({"id": "5", "guild_id": "2", "type": 0}), 1);
        assert!(guilds.own_permissions(5, 1).unwrap().send_messages());
        let thread =
            |archived: bool| json!({"id": "9", "guild_id": "2", "type": 11, "parent_id": "5", "thread_metadata": {"archived": archived}});
        guilds.note("THREAD_UPDATE", &thread(true), 1);
        assert_eq!(guilds.home(9), None, "an archived thread is not kept");
        guilds.note("THREAD_UPDATE", &thread(false), 1);
        assert_eq!(guilds.home(9), Some(2));
        guilds.note("GUILD_DELETE", &json!({"id": "2", "unavailable": true}), 1);
        assert_eq!(guilds.home(3), Some(2));
        guilds.note("GUILD_DELETE", &json!({"id": "2"}), 1);
        assert_eq!((guilds.guilds.len(), guilds.home(3)), (0, None));
    }
}
