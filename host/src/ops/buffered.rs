//! A branch's buffer on disk: filtered events that are safe as soon as they are synced, whatever becomes of the sink. One thread a
//! buffer appends, syncs in groups, reads, and notes what was delivered.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::branch::Running;
use super::log::{Level, Said, say};
use crate::config;
use crate::delivery::branch::Payload as _;
use crate::delivery::buffer::{Buffer, Counts, Options};
use crate::delivery::{Fate, Lane, Part, Receipt, Ticket, Verdict};
use crate::edge::disk::Folder;
use crate::edge::sink::Events;
use crate::kill;

/// Records that were read and are under way to the sink.
const IN_FLIGHT: usize = 32;
/// How often it is looked whether there is something to do, where nobody says so.
const LOOK: Duration = Duration::from_millis(50);
/// Pause after the disk failed.
const AGAIN: Duration = Duration::from_secs(1);
/// Bytes of a segment: what is delivered is removed in pieces of this size.
const SEGMENT: u64 = 16 << 20;

/// A buffer that runs.
pub(super) struct Buffered {
    state: Mutex<Inner>,
    /// Apart, since a part may go while the other is locked.
    told: Mutex<Vec<(Ticket, Verdict)>>,
    changed: Condvar,
    began: Instant,
    size: u64,
    /// What has no room holds its sources; if not, it is dropped and counted.
    required: bool,
    dropped: AtomicU64,
}

struct Inner {
    buffer: Buffer<Folder>,
    /// What had no room on the disk. Its memory is bounded by the budget.
    over: VecDeque<(Events, Part)>,
    lane: Lane<u64>,
    /// The newest record whose delivery was noted in memory and not yet on disk.
    done: Option<u64>,
    /// Nothing is read before.
    not_before: Duration,
    is_over: bool,
}

impl Buffered {
    /// Opens the buffer below a folder.
    ///
    /// # Errors
    ///
    /// The disk cannot be read.
    pub(super) fn open(path: &Path, said: config::Buffering, required: bool) -> io::Result<Arc<Self>> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let options = Options { size: said.size, segment: SEGMENT.min(said.size / 4), sync: said.sync };
        let rng = fastrand::Rng::with_seed(u64::from_le_bytes(seed));
        let buffer = Buffer::open(Folder::open(path)?, options, rng)?;
        let inner = Inner {
            buffer,
            over: VecDeque::new(),
            lane: Lane::new(),
            done: None,
            not_before: Duration::ZERO,
            is_over: false,
        };
        let (state, changed, began) = (Mutex::new(inner), Condvar::new(), Instant::now());
        Ok(Arc::new(Self {
            state,
            told: Mutex::default(),
            changed,
            began,
            size: said.size,
            required,
            dropped: AtomicU64::new(0),
        }))
    }

    /// Whether something that was not delivered is in a buffer that nobody reads.
    ///
    /// # Errors
    ///
    /// The disk cannot be read.
    pub(super) fn is_left(path: &Path) -> io::Result<bool> {
        let options = Options { size: u64::MAX, segment: SEGMENT, sync: Duration::ZERO };
        let buffer = Buffer::open(Folder::open(path)?, options, fastrand::Rng::new())?;
        Ok(!buffer.is_empty())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes filtered events; their part is resolved once they are synced.
    pub(super) fn offer(&self, events: Events, part: Part) {
        if events.events() == 0 {
            part.resolve(Fate::Delivered);
            return;
        }
        let mut inner = self.lock();
        inner.over.push_back((events, part));
        kill::around("buffered", "offer", || self.append(&mut inner));
        if !self.required {
            for (events, part) in std::mem::take(&mut inner.over) {
                self.dropped.fetch_add(events.events() as u64, Ordering::Relaxed);
                part.resolve(Fate::Dropped);
            }
        }
        drop(inner);
        self.changed.notify_one();
    }

    /// Whether it would take events now.
    pub(super) fn has_room(&self) -> bool {
        self.lock().over.is_empty()
    }

    /// Bytes that it may have on disk.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Events that were dropped for want of room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// What it holds.
    pub(super) fn counts(&self) -> Counts {
        self.lock().buffer.counts()
    }

    /// Ends the thread once what came is synced. What was not delivered is there at the next start.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_one();
    }

    fn append(&self, inner: &mut Inner) {
        let now = self.began.elapsed();
        while let Some((events, part)) = inner.over.pop_front() {
            let mut lines = Vec::with_capacity(events.bytes());
            events.lines(&mut lines);
            if let Err(part) = inner.buffer.append(now, &lines, part) {
                inner.over.push_front((events, part));
                return;
            }
        }
    }

    /// Works until it is ended.
    pub(super) fn work(self: &Arc<Self>, branch: &Running) {
        loop {
            let mut inner = self.lock();
            if let Err(error) = self.turn(&mut inner, branch) {
                let why = error.to_string();
                say(Level::Error, "buffer-failed", &[("sink", Said::Name(&branch.sink)), ("why", Said::Text(&why))]);
                if inner.is_over {
                    return;
                }
                drop(inner);
                std::thread::sleep(AGAIN);
                continue;
            }
            if inner.is_over && inner.buffer.due().is_none() {
                return;
            }
            let wait = inner.buffer.due().map_or(LOOK, |due| due.saturating_sub(self.began.elapsed()).min(LOOK));
            if !wait.is_zero() {
                let waited = self.changed.wait_timeout(inner, wait);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    fn turn(self: &Arc<Self>, inner: &mut Inner, branch: &Running) -> io::Result<()> {
        let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
        for (ticket, verdict) in told {
            kill::around("buffered", "settle", || inner.lane.settle(ticket, verdict));
        }
        inner.done = inner.lane.advance().or(inner.done);
        // One step that fails keeps no other from being tried: what is told at the end is the first failure.
        let noted = inner.done.map_or(Ok(()), |done| kill::around("buffered", "note", || inner.buffer.delivered(done)));
        if noted.is_ok() {
            inner.done = None;
        }
        if inner.lane.is_stuck() && inner.lane.in_flight() == 0 {
            inner.lane = Lane::new();
            inner.buffer.rewind();
            inner.not_before = self.began.elapsed() + AGAIN;
        }
        self.append(inner);
        if inner.buffer.due().is_some_and(|due| inner.is_over || due <= self.began.elapsed()) {
            kill::around("buffered", "commit", || inner.buffer.commit())?;
        }
        while !inner.is_over
            && self.began.elapsed() >= inner.not_before
            && !inner.lane.is_stuck()
            && inner.lane.in_flight() < IN_FLIGHT
            && branch.has_room_in_memory()
            && let Some(record) = inner.buffer.read()?
        {
            kill::point("buffered", "read");
            let (ticket, me) = (inner.lane.open(record.number), Arc::downgrade(self));
            let receipt = Receipt::new(move |verdict| tell(&me, ticket, verdict));
            let part = receipt.part();
            receipt.close();
            kill::around("buffered", "to-sink", || branch.offer_to_sink(Events::restored(record.bytes), part));
        }
        noted
    }
}

fn tell(buffer: &Weak<Buffered>, ticket: Ticket, verdict: Verdict) {
    kill::point("buffered", "told");
    let Some(buffer) = buffer.upgrade() else { return };
    buffer.told.lock().unwrap_or_else(PoisonError::into_inner).push((ticket, verdict));
    buffer.changed.notify_one();
}
