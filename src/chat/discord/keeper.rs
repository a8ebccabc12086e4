//! Keeps what the face remembers in a file of the state directory, so that the next process knows it.
//!
//! Written a moment after a change and at the end, into a new file that takes the place of the old one. A file that cannot be read or
//! written costs the memory alone: what was answered is then known from Discord.

use super::desk::Desk;
use super::memory::{Kept, Memory};
use super::stopped;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

/// The file in the state directory.
const FILE: &str = "discord-memory.json";
/// Time between a change and its writing: many changes are written together.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest file that is read; what the face keeps needs a tenth of it.
const BYTES_MAX: u64 = 1_000_000;

/// Reads what an earlier process kept.
pub(super) fn recall(state_dir: &Path) -> Memory {
    let path = state_dir.join(FILE);
    match std::fs::metadata(&path) {
        Ok(found) if found.len() <= BYTES_MAX => {}
        Ok(_) => {
            tracing::warn!(?path, "what was remembered of Discord is too long to be true and is left");
            return Memory::default();
        }
        // nothing was kept yet
        Err(_) => return Memory::default(),
    }
    let read = std::fs::read(&path).map_err(|error| error.to_string());
    match read.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).map_err(|error| error.to_string())) {
        Ok(kept) => Memory::recall(kept),
        Err(error) => {
            tracing::warn!(?path, %error, "what was remembered of Discord cannot be read and is left");
            Memory::default()
        }
    }
}

/// Writes what is remembered whenever it changed, until the stop signal. The last state is written by [`write`].
pub(super) async fn keep(desk: &Desk, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = desk.remembered.notified() => {}
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        write(desk).await;
    }
}

/// Writes what is remembered now.
pub(super) async fn write(desk: &Desk) {
    let (kept, path) = (desk.memory().kept(), desk.options.state_dir.join(FILE));
    let written = tokio::task::spawn_blocking(move || put(&kept, &path)).await;
    match written {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "what is remembered of Discord cannot be kept"),
        Err(error) => tracing::warn!(%error, "what is remembered of Discord could not be kept"),
    }
}

fn put(kept: &Kept, path: &PathBuf) -> std::io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, serde_json::to_vec(kept)?)?;
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_recalled_and_a_broken_file_costs_the_memory_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert!(recall(dir.path()).private().is_empty());
        let mut memory = Memory::default();
        memory.saw_private(5);
        put(&memory.kept(), &dir.path().join(FILE)).unwrap();
        assert_eq!(recall(dir.path()).private(), [5]);
        std::fs::write(dir.path().join(FILE), "{ half").unwrap();
        assert!(recall(dir.path()).private().is_empty());
    }
}
