//! Looks at Matrix before the bot runs, or beside it: whether the server, the log-in, the keys and the rooms are as they should be.
//!
//! Changes nothing, apart from a log-in that is ended at once where only a password is there. Each finding is a sentence with the next step.

use super::failure::Failure;
use super::keys::recovery_file;
use super::options::MatrixOptions;
use super::rest::Rest;
use super::session::{self, Saved};
use crate::chat::Findings;
use serde_json::{Value, json};

/// Rooms that are named.
const ROOMS_SHOWN: usize = 10;

/// Looks at everything that can be wrong; `rooms` are those that alerts go to.
pub async fn look_online(options: &MatrixOptions, rooms: &[String]) -> Findings {
    let mut findings = Findings::default();
    super::provide_crypto();
    let saved = match Saved::read(&options.dir) {
        Ok(saved) => saved,
        Err(reason) => {
            findings.problems.push(reason);
            return findings;
        }
    };
    let Some(base) = address(options, saved.as_ref(), &mut findings).await else { return findings };
    invitations(options, &mut findings);
    match logged_in(options, (&base, saved.as_ref()), &mut findings).await {
        Ok(Some((rest, user, is_for_look))) => {
            account(&rest, (options, &user, saved.as_ref()), &mut findings).await;
            let joined = joined(&rest, &mut findings).await;
            for room in rooms {
                look_at_room(&rest, (room, &user, &joined), &mut findings).await;
            }
            if is_for_look && let Err(failure) = rest.post("v3/logout", json!({})).await {
                findings.remarks.push(format!(
                    "the log-in for this look could not be ended: {failure}; remove the device \u{201c}stancebot check\u{201d}"
                ));
            }
        }
        Ok(None) => {}
        Err(reason) => findings.problems.push(reason),
    }
    findings
}

/// Finds where the server is, and whether it is one.
async fn address(options: &MatrixOptions, saved: Option<&Saved>, findings: &mut Findings) -> Option<String> {
    let base = match saved {
        Some(saved) => saved.homeserver.clone(),
        None => match session::client(&options.homeserver, options, None).await {
            Ok(client) => client.homeserver().to_string(),
            Err(session::NoSession::Final(error)) => {
                findings.problems.push(error.to_string());
                return None;
            }
            Err(session::NoSession::Later(failure)) => {
                findings.problems.push(format!("the homeserver {} cannot be reached: {failure}", options.homeserver));
                return None;
            }
        },
    };
    let base = base.trim_end_matches('/').to_owned();
    let versions = match Rest::new(&base, None) {
        Ok(rest) => rest.get("versions").await,
        Err(reason) => Err(Failure::Unclear { reason }),
    };
    match versions {
        Ok(found) => {
            let newest =
                found["versions"].as_array().and_then(|versions| versions.last()).and_then(Value::as_str).unwrap_or("of unknown version");
            findings.good.push(format!("the homeserver {base} answers (Matrix {newest})"));
            Some(base)
        }
        Err(failure) => {
            findings
                .problems
                .push(format!("the homeserver {base} does not answer as one of Matrix: {failure}; check homeserver under [matrix]"));
            None
        }
    }
}

fn invitations(options: &MatrixOptions, findings: &mut Findings) {
    let count = options.operators.len() + options.allowed_users.len() + options.allowed_servers.len();
    if count == 0 {
        let remark =
            "nobody may invite the bot: name yourself under operators of [matrix], and others under allowed_users or allowed_servers";
        findings.remarks.push(remark.to_owned());
    } else {
        findings.good.push(format!("invitations are accepted from {count} user(s) and server(s)"));
    }
}

/// Gives a way to ask with a session: the one that is kept, the token's, or one for this look alone (true).
async fn logged_in(
    options: &MatrixOptions,
    (base, saved): (&str, Option<&Saved>),
    findings: &mut Findings,
) -> Result<Option<(Rest, String, bool)>, String> {
    let token = saved.map(Saved::token).or_else(|| options.token.clone());
    let (rest, is_for_look) = match (token, &options.password) {
        (Some(token), _) => (Rest::new(base, Some(token))?, false),
        (None, Some(password)) => {
            let user = options.user.as_deref().unwrap_or_default();
            let rest = Rest::new(base, None)?.log_in(user, password).await;
            (rest.map_err(|failure| format!("the log-in is not accepted: {failure}; check user under [matrix] and MATRIX_PASSWORD"))?, true)
        }
        (None, None) => {
            let words =
                "nobody is logged in, and there is neither MATRIX_PASSWORD nor MATRIX_TOKEN; set one and run: stancebot matrix login";
            return Err(words.to_owned());
        }
    };
    match rest.who_am_i().await {
        Ok(who) => {
            let how = if saved.is_some() { "the session holds" } else { "the log-in is accepted" };
            let device = who.device.as_deref().unwrap_or("none");
            findings.good.push(format!("{how}: {}, device {device}", who.user));
            if saved.is_none() && !is_for_look && who.device.is_none() {
                findings.problems.push("the token belongs to no device, so it cannot encrypt; use one that a log-in gave".to_owned());
            }
            Ok(Some((rest, who.user, is_for_look)))
        }
        Err(failure) if failure.is_ended_session() => Err(session::ended().to_string()),
        Err(failure) => Err(format!("the server does not say who the bot is: {failure}")),
    }
}

/// Looks at the keys of the account.
async fn account(rest: &Rest, (options, user, saved): (&MatrixOptions, &str, Option<&Saved>), findings: &mut Findings) {
    let Some(saved) = saved else {
        findings.remarks.push("the bot has not run yet: its keys are made at the first start, or by stancebot matrix login".to_owned());
        return;
    };
    if !session::store_dir(&options.dir).is_dir() {
        findings.problems.push("there is a session, but its keys are gone; log in anew: stancebot matrix login".to_owned());
        return;
    }
    match rest.post("v3/keys/query", json!({"device_keys": {user: []}})).await {
        Ok(found) if is_signed(&found, user, &saved.device_id) => {
            findings.good.push(format!("the device {} is signed with the account's keys: people see a verified bot", saved.device_id));
        }
        Ok(_) => findings.problems.push(format!(
            "the device {} is not signed with the account's keys; stop the bot and run: stancebot matrix verify",
            saved.device_id
        )),
        Err(failure) => findings.remarks.push(format!("the keys cannot be asked for: {failure}")),
    }
    let file = recovery_file(&options.dir);
    if file.is_file() {
        findings.good.push(format!("the recovery key is in {}; a copy in a safe place is worth having", file.display()));
    } else {
        findings.remarks.push(format!(
            "there is no recovery key in {}; if it is kept elsewhere, all is well, else a lost store cannot be brought back: to have another \
             made, after which copies of it do not work any more, stop the bot and run: stancebot matrix verify",
            file.display()
        ));
    }
}

/// Tells whether the account's self-signing key has signed a device (Client-Server API, cross-signing).
fn is_signed(found: &Value, user: &str, device: &str) -> bool {
    let keys = found["self_signing_keys"][user]["keys"].as_object();
    let signatures = &found["device_keys"][user][device]["signatures"][user];
    keys.is_some_and(|keys| keys.keys().any(|key| signatures.get(key).is_some()))
}

async fn joined(rest: &Rest, findings: &mut Findings) -> Vec<String> {
    match rest.get("v3/joined_rooms").await {
        Ok(found) => {
            let rooms: Vec<String> =
                found["joined_rooms"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            if rooms.is_empty() {
                findings.remarks.push("the bot is in no room yet: invite it".to_owned());
            } else {
                let shown = rooms.iter().take(ROOMS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
                findings.good.push(format!("the bot is in {} room(s): {shown}", rooms.len()));
            }
            rooms
        }
        Err(failure) => {
            findings.problems.push(format!("the rooms cannot be asked for: {failure}"));
            Vec::new()
        }
    }
}

async fn look_at_room(rest: &Rest, (room, user, joined): (&str, &str, &[String]), findings: &mut Findings) {
    if !joined.iter().any(|known| known == room) {
        findings.problems.push(format!("the bot is not in the room {room} of the configuration: invite it, or check the id"));
        return;
    }
    match rest.get(&format!("v3/rooms/{}/state/m.room.power_levels/", escaped(room))).await {
        Ok(levels) if may_write(&levels, user) => findings.good.push(format!("the room {room} can be written to")),
        Ok(_) => findings.problems.push(format!("in the room {room} the bot may not write: give it more power")),
        Err(failure) if failure.has_code("M_NOT_FOUND") => findings.good.push(format!("the room {room} can be written to")),
        Err(failure) => findings.remarks.push(format!("the power levels of the room {room} cannot be asked for: {failure}")),
    }
}

fn may_write(levels: &Value, user: &str) -> bool {
    let number = |value: &Value, default: i64| value.as_i64().unwrap_or(default);
    let own = number(&levels["users"][user], number(&levels["users_default"], 0));
    let needed = number(&levels["events"]["m.room.message"], number(&levels["events_default"], 0));
    own >= needed
}

/// Gives an id as it stands in a path.
fn escaped(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_signed_by_the_self_signing_key_alone() {
        let found = |signer: &str| {
            json!({
                "self_signing_keys": {"@b:x": {"keys": {"ed25519:SELF": "SELF"}}},
                "device_keys": {"@b:x": {"DEV": {"signatures": {"@b:x": {"ed25519:DEV": "…", signer: "…"}}}}}
            })
        };
        assert!(is_signed(&found("ed25519:SELF"), "@b:x", "DEV"));
        assert!(!is_signed(&found("ed25519:OTHER"), "@b:x", "DEV"));
        assert!(!is_signed(&json!({}), "@b:x", "DEV"));
    }

    #[test]
    fn who_may_write_is_told_by_the_power_levels() {
        assert!(may_write(&json!({}), "@b:x"));
        assert!(!may_write(&json!({"events_default": 50}), "@b:x"));
        assert!(may_write(&json!({"events_default": 50, "users": {"@b:x": 50}}), "@b:x"));
        assert!(!may_write(&json!({"events": {"m.room.message": 1}}), "@b:x"));
        assert_eq!(escaped("!a/b:c"), "%21a%2Fb%3Ac");
    }
}
