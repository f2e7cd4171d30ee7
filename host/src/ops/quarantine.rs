//! The thread that writes quarantine. Records that came together are synced together; a part is resolved when its records are on disk.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::delivery::{Fate, Part};
use crate::edge::quarantine::{Quarantine, QuarantineError, Recipient, Record};
use crate::kill;

/// Entries that wait to be written.
const WAITING: usize = 1024;
/// Entries that are synced together at most.
const TOGETHER: usize = 256;

struct Entry {
    records: Vec<Record>,
    part: Part,
}

/// Takes records for quarantine.
#[derive(Clone)]
pub(super) struct Sealer {
    send: SyncSender<Entry>,
    path: Arc<Path>,
    most: u64,
}

impl Sealer {
    /// Opens the file and starts the thread, which ends when the last sealer is gone.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub(super) fn start(
        path: &Path,
        recipients: &[Recipient],
        most: u64,
    ) -> Result<(Self, JoinHandle<()>), QuarantineError> {
        let quarantine = Quarantine::file(path, recipients)?;
        let (send, receive) = sync_channel(WAITING);
        let write = move || work(quarantine, &receive, most);
        let thread = std::thread::Builder::new().name("quarantine".into()).spawn(write);
        let failed = |error| QuarantineError::Io { action: "start the writer of", path: path.to_owned(), error };
        Ok((Self { send, path: path.into(), most }, thread.map_err(failed)?))
    }

    /// Whether it takes nothing more: sources hold then, so that what it would refuse does not come again and again.
    pub(super) fn is_full(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|about| about.len() >= self.most)
    }

    /// Writes records. `part` is resolved when they are on disk; if they cannot be written it is not, and its source gives the
    /// events again.
    pub(super) fn seal(&self, records: Vec<Record>, part: Part) {
        // Dropped with the entry where the thread is gone: a nack.
        let _ = kill::around("sealer", "seal", || self.send.send(Entry { records, part }));
    }
}

fn work(mut quarantine: Quarantine, receive: &Receiver<Entry>, most: u64) {
    use super::log::{Level, Said, often};
    while let Ok(first) = receive.recv() {
        kill::point("sealer", "taken");
        let mut parts = Vec::new();
        let mut next = Some(first);
        let mut written = if quarantine.size() < most { Ok(()) } else { Err("it is full".to_owned()) };
        while let Some(entry) = next {
            for record in entry.records {
                written = written.and_then(|()| {
                    quarantine.add(&record.metadata, record.content.as_ref()).map_err(|error| error.to_string())
                });
            }
            parts.push(entry.part);
            next = if parts.len() < TOGETHER { receive.try_recv().ok() } else { None };
        }
        kill::point("sealer", "added");
        match written.and_then(|()| quarantine.sync().map_err(|error| error.to_string())) {
            Ok(()) => {
                parts.into_iter().for_each(|part| kill::around("sealer", "resolve", || part.resolve(Fate::Quarantined)))
            }
            Err(why) => {
                often(Level::Error, "quarantine-failed", &[("why", Said::Text(&why))], ("times", 1));
            }
        }
    }
}
