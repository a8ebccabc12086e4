//! Hands the keys of messages over from the device before to a new one of the same account, so that what it said and heard in encrypted
//! rooms stays readable: without them nobody could tell whether an alert of its last moment stands in the room.
//!
//! Only what the store that was put aside holds. What is in the server's backup comes by the recovery key ([`super::keys`]).

use super::failure::chain;
use super::session::{store_put_aside, write_private};
use matrix_sdk::{Client, SqliteCryptoStore};
use matrix_sdk_base::crypto::encrypt_room_key_export;
use matrix_sdk_base::crypto::store::CryptoStore;
use std::path::Path;

/// Protects nothing: the file lies for a moment beside the store that holds the same keys, and the library takes them in no other form.
const PASSPHRASE: &str = "handover";
const ROUNDS: u32 = 1;

/// Takes the keys over where there are any of the same account; a failure is logged, as the bot can go on without them. Doing it twice
/// is doing it once.
pub(super) async fn take_over(client: &Client, dir: &Path) {
    match keys_before(client, dir).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(keys = count, "the keys of the device before were taken over"),
        Err(reason) => tracing::warn!(reason, "the keys of the device before cannot be taken over"),
    }
}

async fn keys_before(client: &Client, dir: &Path) -> Result<usize, String> {
    let before = store_put_aside(dir);
    if !before.is_dir() {
        return Ok(0);
    }
    let store = SqliteCryptoStore::open(&before, None).await.map_err(|error| chain(&error))?;
    let account = store.load_account().await.map_err(|error| chain(&error))?;
    if account.is_none_or(|account| Some(account.user_id.as_ref()) != client.user_id()) {
        return Ok(0);
    }
    let mut keys = Vec::new();
    for session in store.get_inbound_group_sessions().await.map_err(|error| chain(&error))? {
        keys.push(session.export().await);
    }
    if keys.is_empty() {
        return Ok(0);
    }
    let text = encrypt_room_key_export(&keys, PASSPHRASE, ROUNDS).map_err(|error| error.to_string())?;
    let file = dir.join("handover.keys");
    write_private(&file, text.as_bytes())?;
    let taken = client.encryption().import_room_keys(file.clone(), PASSPHRASE).await;
    let removed = std::fs::remove_file(&file).map_err(|error| format!("{} cannot be removed: {error}", file.display()));
    let count = taken.map_err(|error| chain(&error))?.imported_count;
    removed.map(|()| count)
}
