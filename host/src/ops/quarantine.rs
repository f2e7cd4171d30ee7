//! The thread that writes quarantine. Records that came together are synced together; a part is resolved when its records are on disk.
//!
//! The file is never longer than it may be: who seals takes [`Space`] for the longest that records can become before anything is done
//! with their events. Where there is none, what holds them is given again, and everything else goes on.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::log::{Level, Said, often};
use crate::delivery::{Budget, Fate, Part, Reservation};
use crate::edge::quarantine::{Quarantine, QuarantineError, Recipient, Record, longest, memory};
use crate::kill;

/// Entries that wait to be written.
const WAITING: usize = 1024;
/// Entries that are synced together at most.
const TOGETHER: usize = 256;
/// A file with less room than this takes hardly a record.
const LEAST: u64 = 4 << 10;
/// What waits for memory looks this often whether there is any.
const LOOK: Duration = Duration::from_millis(10);

struct Entry {
    records: Vec<Record>,
    part: Part,
    space: Space,
    _waits: Waits,
}

/// Room in the file for records, and the memory that they take until they are there.
#[derive(Debug)]
pub(super) struct Space {
    file: Arc<Size>,
    bytes: u64,
    held: Option<Reservation>,
}

impl Drop for Space {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.file.used.fetch_sub(self.bytes, Ordering::Relaxed);
            // What had no room may have some now: whoever waits tries again.
            self.file.is_short.store(false, Ordering::Relaxed);
        }
    }
}

/// How long the file is.
#[derive(Debug)]
struct Size {
    /// What it has, and what was promised.
    used: AtomicU64,
    most: u64,
    /// Something had no room since room was given back last.
    is_short: AtomicBool,
}

/// Counts entries that wait.
struct Waits(Arc<(Mutex<usize>, Condvar)>);

impl Waits {
    fn of(all: &Arc<(Mutex<usize>, Condvar)>) -> Self {
        *all.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self(all.clone())
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.1.notify_all();
    }
}

/// Takes records for quarantine.
#[derive(Clone)]
pub(super) struct Sealer {
    send: SyncSender<Entry>,
    size: Arc<Size>,
    waiting: Arc<(Mutex<usize>, Condvar)>,
    recipients: usize,
    budget: Budget,
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
        budget: &Budget,
    ) -> Result<(Self, JoinHandle<()>), QuarantineError> {
        let quarantine = Quarantine::file(path, recipients)?;
        let used = AtomicU64::new(quarantine.size());
        let size = Arc::new(Size { used, most, is_short: AtomicBool::new(false) });
        let (send, receive) = sync_channel(WAITING);
        let of = size.clone();
        let write = move || work(quarantine, &receive, &of);
        let thread = std::thread::Builder::new().name("quarantine".into()).spawn(write);
        let failed = |error| QuarantineError::Io { action: "start the writer of", path: path.to_owned(), error };
        let (waiting, recipients, budget) = (Arc::default(), recipients.len(), budget.clone());
        Ok((Self { send, size, waiting, recipients, budget }, thread.map_err(failed)?))
    }

    /// Whether something is given back since it has no room.
    pub(super) fn is_full(&self) -> bool {
        let used = self.size.used.load(Ordering::Relaxed);
        self.size.is_short.load(Ordering::Relaxed) || used.saturating_add(LEAST) > self.size.most
    }

    /// Bytes that it has, with what is about to be written, and may have.
    pub(super) fn size(&self) -> (u64, u64) {
        (self.size.used.load(Ordering::Relaxed), self.size.most)
    }

    /// Says that it is full, if it is.
    pub(super) fn tell(&self) {
        self.tell_of(0);
    }

    /// The same, of something that has no room.
    fn tell_of(&self, bytes: u64) {
        if self.is_full() {
            let (used, most) = self.size();
            let why = if bytes > most {
                "one batch may have more to put there than fits into an empty file: raise [quarantine] size"
            } else {
                "what cannot be treated is given back, with what came beside it, until there is room: purge it, or raise [quarantine] size"
            };
            let fields = [("why", Said::Text(why)), ("bytes", Said::Number(used)), ("size", Said::Number(most))];
            often(Level::Error, "quarantine-full", &fields, ("times", 1));
        }
    }

    /// Takes room for records. `None`: there is none, and what they are of has to be given again.
    pub(super) fn space(&self, records: &[Record]) -> Option<Space> {
        let bytes = longest(records, self.recipients);
        if records.is_empty() {
            // Also where the file is longer than it may be: `size` may have been more before.
            return Some(Space { file: self.size.clone(), bytes, held: None });
        }
        let more = |used: u64| used.checked_add(bytes).filter(|used| *used <= self.size.most);
        if self.size.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err() {
            self.size.is_short.store(true, Ordering::Relaxed);
            self.tell_of(bytes);
            return None;
        }
        self.size.is_short.store(false, Ordering::Relaxed);
        Some(Space { file: self.size.clone(), bytes, held: None })
    }

    /// The same, with memory for as long as they wait for somebody else to seal them.
    pub(super) fn space_held(&self, records: &[Record]) -> Option<Space> {
        let held = self.budget.reserve(memory(records));
        held.as_ref()?;
        let mut space = self.space(records)?;
        space.held = held;
        Some(space)
    }

    /// Writes records. `part` is resolved when they are on disk; if they cannot be written it is not, and its source gives the
    /// events again. `false`: there is no room for them.
    pub(super) fn seal(&self, records: Vec<Record>, part: Part) -> bool {
        let Some(mut space) = self.space(&records) else { return false };
        // Who seals here must not wait.
        space.held = self.budget.reserve(memory(&records));
        self.send(space, records, part);
        true
    }

    /// Writes records for which there is room.
    pub(super) fn seal_in(&self, mut space: Space, records: Vec<Record>, part: Part) {
        if space.held.is_none() {
            space.held = self.hold(memory(&records));
        }
        self.send(space, records, part);
    }

    fn send(&self, space: Space, records: Vec<Record>, part: Part) {
        let entry = Entry { records, part, space, _waits: Waits::of(&self.waiting) };
        // Dropped with the entry where the thread is gone: a nack.
        let _ = kill::around("sealer", "seal", || self.send.send(entry));
    }

    /// Waits for memory, as long as what is written gives some back: a worker's own records are taken without.
    fn hold(&self, bytes: usize) -> Option<Reservation> {
        loop {
            if let Some(held) = self.budget.reserve(bytes) {
                return Some(held);
            }
            let waiting = self.waiting.0.lock().unwrap_or_else(PoisonError::into_inner);
            if *waiting == 0 {
                return None;
            }
            drop(self.waiting.1.wait_timeout(waiting, LOOK));
        }
    }
}

/// What is to be said of a file before a start, where it is full or about to be.
pub(super) fn outlook(path: &Path, most: u64) -> Option<String> {
    let size = std::fs::metadata(path).ok()?.len();
    let (at, mib) = (path.display(), |bytes: u64| bytes >> 20);
    let help = "purge it (`tamis quarantine purge`), or raise `size`";
    if size.saturating_add(LEAST) > most {
        let text = format!("{at} is full: what cannot be treated is given back, with what comes beside it");
        return Some(format!("{text}\nhelp: {help}"));
    }
    let is_near = size >= most / 5 * 4;
    is_near.then(|| format!("{at} has {} of {} MiB\nhelp: {help}", mib(size), mib(most)))
}

fn work(mut quarantine: Quarantine, receive: &Receiver<Entry>, size: &Size) {
    while let Ok(first) = receive.recv() {
        kill::point("sealer", "taken");
        let before = quarantine.size();
        let (mut done, mut next) = (Vec::new(), Some(first));
        let mut written = Ok(());
        while let Some(Entry { records, part, space, _waits }) = next {
            for record in records {
                written = written.and_then(|()| {
                    quarantine.add(&record.metadata, record.content.as_ref()).map_err(|error| error.to_string())
                });
            }
            done.push((part, space, _waits));
            next = if done.len() < TOGETHER { receive.try_recv().ok() } else { None };
        }
        kill::point("sealer", "added");
        let written = written.and_then(|()| quarantine.sync().map_err(|error| error.to_string()));
        // What it has by now, before what was promised is given back: in between it is never told to be shorter than it is.
        size.used.fetch_add(quarantine.size().saturating_sub(before), Ordering::Relaxed);
        let parts: Vec<_> = done.into_iter().map(|(part, _, _)| part).collect();
        match written {
            Ok(()) => {
                size.is_short.store(false, Ordering::Relaxed);
                parts
                    .into_iter()
                    .for_each(|part| kill::around("sealer", "resolve", || part.resolve(Fate::Quarantined)));
            }
            Err(why) => {
                // Its room is given back with it.
                quarantine.forget();
                often(Level::Error, "quarantine-failed", &[("why", Said::Text(&why))], ("times", 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::quarantine::Metadata;

    fn records(count: u64) -> Vec<Record> {
        let (reason, source) = ("no-plan".to_owned(), "apps".to_owned());
        let of = |event| Metadata {
            event,
            reason: reason.clone(),
            schema: None,
            rule: None,
            source: source.clone(),
            bytes: 2,
            events: 1,
            time: None,
        };
        (0..count).map(|event| Record { metadata: of(event), content: None, is_reject: false }).collect()
    }

    /// LAW: room that was promised and is not used is there again, and nobody waits for it any longer.
    #[test]
    fn a_promise_that_is_given_up_leaves_room() {
        let folder = tempfile::tempdir().unwrap();
        let (sealer, writer) =
            Sealer::start(&folder.path().join("quarantine.ndjson"), &[], 8 << 10, &Budget::new(1 << 20)).unwrap();
        assert!(!sealer.is_full());
        let promised = sealer.space(&records(9)).unwrap();
        assert!(sealer.space(&records(20)).is_none() && sealer.is_full());
        drop(promised);
        assert!(!sealer.is_full(), "{:?}", sealer.size());
        drop(sealer);
        writer.join().unwrap();
    }
}
