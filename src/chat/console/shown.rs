//! Which alerts the terminal has shown, kept in a file, since a terminal cannot be asked.
//!
//! Between printing an alert and marking it in the database the process may be killed; the next one finds the id here and does
//! not print it again. The file is a list of ids, one a line, and is only ever added to; it is cut when the program starts.

use crate::model::OutboxId;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// The file in the state directory.
const SHOWN_FILE: &str = "terminal-shown";
/// Ids that are kept: only those that were printed and not yet marked matter, which is one at a time.
const SHOWN_IDS_MAX: usize = 1_000;

/// The ids of alerts that were printed.
#[derive(Debug, Default)]
pub(super) struct Shown {
    ids: BTreeSet<OutboxId>,
    file: Option<File>,
}

impl Shown {
    /// Reads what earlier runs printed and keeps the file open; without a file (an unwritable directory) ids live in memory.
    pub(super) fn open(state_dir: &Path) -> Self {
        let path = state_dir.join(SHOWN_FILE);
        let known = std::fs::read_to_string(&path).unwrap_or_default();
        let mut ids: BTreeSet<OutboxId> = known.lines().filter_map(|line| line.parse().ok().map(OutboxId)).collect();
        if ids.len() > SHOWN_IDS_MAX / 2 {
            while ids.len() > SHOWN_IDS_MAX / 2 {
                ids.pop_first();
            }
            let kept: String = ids.iter().map(|id| format!("{id}\n")).collect();
            if let Err(error) = replace(&path, &kept) {
                tracing::warn!(%error, "the list of shown alerts cannot be cut");
            }
        }
        let file = File::options().create(true).append(true).open(&path);
        let file = file.inspect_err(|error| tracing::warn!(%error, "shown alerts are remembered in memory only")).ok();
        Self { ids, file }
    }

    /// Tells whether an alert was printed.
    pub(super) fn contains(&self, id: OutboxId) -> bool {
        self.ids.contains(&id)
    }

    /// Remembers that an alert was printed.
    pub(super) fn insert(&mut self, id: OutboxId) {
        self.ids.insert(id);
        while self.ids.len() > SHOWN_IDS_MAX {
            self.ids.pop_first();
        }
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(format!("{id}\n").as_bytes())
        {
            tracing::warn!(outbox_id = id.0, %error, "a shown alert is remembered in memory only");
        }
    }
}

/// Writes the file beside the old one and then puts it in its place, so that a crash leaves one of the two.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let partial = path.with_extension("partial");
    std::fs::write(&partial, text)?;
    std::fs::rename(&partial, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_outlive_the_process() {
        let dir = tempfile::tempdir().unwrap();
        let mut shown = Shown::open(dir.path());
        assert!(!shown.contains(OutboxId(7)));
        shown.insert(OutboxId(7));
        drop(shown);
        let again = Shown::open(dir.path());
        assert!(again.contains(OutboxId(7)) && !again.contains(OutboxId(8)));
    }

    #[test]
    fn a_long_list_is_cut_and_the_newest_stay() {
        let dir = tempfile::tempdir().unwrap();
        let all: String = (0..5_000).map(|id| format!("{id}\n")).collect();
        std::fs::write(dir.path().join(SHOWN_FILE), all + "broken line\n49").unwrap();
        let shown = Shown::open(dir.path());
        assert!(shown.contains(OutboxId(4_999)) && !shown.contains(OutboxId(4_000)));
        let size = std::fs::metadata(dir.path().join(SHOWN_FILE)).unwrap().len();
        assert!(size < 5_000, "{size}");
    }
}
