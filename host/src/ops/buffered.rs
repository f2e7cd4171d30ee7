//! A branch's buffer on disk: filtered events that are safe as soon as they are synced, whatever becomes of the sink. One thread a
//! buffer appends, syncs in groups, reads, and notes what was delivered.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::branch::Running;
use super::log::{Level, Said, often, say};
use super::repeated::Repeated;
use crate::config;
use crate::delivery::branch::Payload as _;
use crate::delivery::buffer::{Buffer, Counts, Options, Record};
use crate::delivery::{Fate, Lane, Part, Receipt, Ticket, Verdict};
use crate::edge::disk::Folder;
use crate::edge::releases::write_whole;
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

/// A buffer that runs. Only its thread waits for the disk: whoever offers, or asks, waits for memory alone.
pub(super) struct Buffered {
    queue: Mutex<Queue>,
    disk: Mutex<OnDisk>,
    counts: Mutex<Counts>,
    /// Apart, since a part may go while another is locked.
    told: Mutex<Vec<(Ticket, Verdict)>>,
    changed: Condvar,
    began: Instant,
    size: u64,
    /// What has no room holds its sources; if not, it is dropped and counted.
    required: bool,
    dropped: AtomicU64,
    discarded: AtomicU64,
    /// Which events of the route are repeats.
    repeated: Option<Arc<Repeated>>,
    /// Where it stands under what its events were filtered.
    plan: PathBuf,
    /// What was filtered before what was in force of this number is not kept.
    since: AtomicU64,
}

/// What came and was not appended yet. Its memory is bounded by the budget.
#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Events, Part)>,
    /// The first of it had no room on the disk.
    is_full: bool,
    is_over: bool,
    /// What came into force and is not noted on the disk.
    changed: Option<Changed>,
}

/// What came into force.
#[derive(Clone)]
struct Changed {
    number: u64,
    /// By which it is known again.
    digest: String,
    /// What is there does not go.
    discards: bool,
}

struct OnDisk {
    buffer: Buffer<Folder>,
    lane: Lane<u64>,
    /// The newest record whose delivery was noted in memory and not yet on disk.
    done: Option<u64>,
    /// Nothing is read before.
    not_before: Duration,
    /// Of which number what is there was filtered under, at least.
    since: u64,
}

impl Buffered {
    /// Opens the buffer below a folder.
    ///
    /// # Errors
    ///
    /// The disk cannot be read.
    pub(super) fn open(
        path: &Path,
        said: config::Buffering,
        required: bool,
        repeated: Option<Arc<Repeated>>,
    ) -> io::Result<Arc<Self>> {
        let mut seed = [0; 8];
        getrandom::fill(&mut seed).map_err(io::Error::other)?;
        let options = Options { size: said.size, segment: SEGMENT.min(said.size / 4), sync: said.sync };
        let rng = fastrand::Rng::with_seed(u64::from_le_bytes(seed));
        let buffer = Buffer::open(Folder::open(path)?, options, rng)?;
        let counts = Mutex::new(buffer.counts());
        let disk = OnDisk { buffer, lane: Lane::new(), done: None, not_before: Duration::ZERO, since: 0 };
        Ok(Arc::new(Self {
            queue: Mutex::default(),
            disk: Mutex::new(disk),
            counts,
            told: Mutex::default(),
            changed: Condvar::new(),
            began: Instant::now(),
            size: said.size,
            required,
            dropped: AtomicU64::new(0),
            discarded: AtomicU64::new(0),
            repeated,
            plan: path.join("plan"),
            since: AtomicU64::new(0),
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

    /// Takes filtered events; their part is resolved once they are synced.
    pub(super) fn offer(&self, events: Events, part: Part) {
        if events.events() == 0 {
            part.resolve(Fate::Delivered);
            return;
        }
        kill::around("buffered", "offer", || lock(&self.queue).waiting.push_back((events, part)));
        self.changed.notify_one();
    }

    /// Whether it would take events now.
    pub(super) fn has_room(&self) -> bool {
        !lock(&self.queue).is_full
    }

    /// Bytes that it may have on disk.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether something waits, and was filtered under something else than what is known by this digest, as far as anybody knows.
    pub(super) fn waits_under_another(&self, digest: &str) -> bool {
        let under = std::fs::read_to_string(&self.plan);
        self.counts().records > 0 && !under.is_ok_and(|under| under == digest)
    }

    /// Takes note of what is in force from now on. `discards`: what is there, or was filtered before, does not go.
    pub(super) fn in_force(&self, number: u64, digest: String, discards: bool) {
        if discards {
            self.since.store(number, Ordering::Relaxed);
            // At once, and again when it is gone: until then something of it may still be told to be safe.
            self.repeated.iter().for_each(|repeated| repeated.forget());
        }
        let mut queue = lock(&self.queue);
        let discards = discards || queue.changed.as_ref().is_some_and(|changed| changed.discards);
        queue.changed = Some(Changed { number, digest, discards });
        drop(queue);
        self.changed.notify_one();
    }

    /// Notes on the disk what came into force, once what must not go is gone.
    fn change(&self, disk: &mut OnDisk) -> io::Result<()> {
        let Some(Changed { number, digest, discards }) = lock(&self.queue).changed.clone() else { return Ok(()) };
        if discards {
            let count = |record: Record| {
                let events = memchr::memchr_iter(b'\n', &record.bytes).count() as u64;
                self.discarded.fetch_add(events, Ordering::Relaxed);
            };
            disk.buffer.give_back().into_iter().for_each(count);
            while let Some(record) = disk.buffer.read()? {
                count(record);
            }
            disk.buffer.discard()?;
            // Their sources were told that they are safe: what comes again all the same is not held back by what is gone.
            self.repeated.iter().for_each(|repeated| repeated.forget());
            // What was read before is given back by the branch, and its tickets are of a lane that is gone.
            (disk.lane, disk.done, disk.since) = (Lane::new(), None, number);
        }
        kill::around("buffered", "plan", || write_whole(&self.plan, digest.as_bytes(), 0o600))
            .map_err(io::Error::other)?;
        let mut queue = lock(&self.queue);
        if queue.changed.as_ref().is_some_and(|now| now.number == number) {
            queue.changed = None;
        }
        Ok(())
    }

    /// Events that were there, or came late, when a policy narrowed.
    pub(super) fn discarded(&self) -> u64 {
        self.discarded.load(Ordering::Relaxed)
    }

    /// Events that were dropped for want of room.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Records that were acknowledged to their sources and are damaged, as far as is known.
    pub(super) fn lost(&self) -> u64 {
        let counts = self.counts();
        counts.lost + u64::from(counts.is_spoilt)
    }

    /// What it holds.
    pub(super) fn counts(&self) -> Counts {
        lock(&self.counts).clone()
    }

    /// Ends the thread once what came is synced. What was not delivered is there at the next start.
    pub(super) fn end(&self) {
        lock(&self.queue).is_over = true;
        self.changed.notify_one();
    }

    /// Appends what waits, as far as there is room.
    fn append(&self, disk: &mut OnDisk) {
        let now = self.began.elapsed();
        let mut queue = lock(&self.queue);
        if queue.changed.is_some() {
            // What must not go goes first: what comes now is filtered under what came into force.
            return;
        }
        let mut taken = std::mem::take(&mut queue.waiting);
        drop(queue);
        while let Some((events, part)) = taken.pop_front() {
            if events.made() < self.since.load(Ordering::Relaxed) {
                // Their part goes with them: their source gives them again.
                self.discarded.fetch_add(events.events() as u64, Ordering::Relaxed);
                continue;
            }
            let mut lines = Vec::with_capacity(events.bytes());
            events.lines(&mut lines);
            if let Err(part) = disk.buffer.append(now, &lines, part) {
                taken.push_front((events, part));
                break;
            }
        }
        if !self.required {
            for (events, part) in taken {
                self.dropped.fetch_add(events.events() as u64, Ordering::Relaxed);
                part.resolve(Fate::Dropped);
            }
            return;
        }
        let mut queue = lock(&self.queue);
        queue.is_full = !taken.is_empty();
        taken.append(&mut queue.waiting);
        queue.waiting = taken;
    }

    /// Says what is damaged beyond what was said.
    fn tell_damage(&self, branch: &Running, told: &mut u64) {
        let lost = self.lost();
        if lost > *told {
            let why = "what was acknowledged and is damaged on the disk is lost";
            let said = [("sink", Said::Name(&branch.sink)), ("purpose", Said::Name(&branch.purpose))];
            let said = [&said[..], &[("route", Said::Name(&branch.route)), ("why", Said::Text(why))]].concat();
            often(Level::Error, "buffer-damaged", &said, ("batches", lost - *told));
            *told = lost;
        }
    }

    /// Works until it is ended.
    pub(super) fn work(self: &Arc<Self>, branch: &Running) {
        let Counts { torn, is_spoilt, .. } = self.counts();
        if torn > 0 && !is_spoilt {
            let why = "the end of the buffer is no whole batch: it was being written when the process died, and was not acknowledged";
            let said = [("sink", Said::Name(&branch.sink)), ("bytes", Said::Number(torn)), ("why", Said::Text(why))];
            say(Level::Warn, "buffer-torn", &said);
        }
        let mut told = 0;
        loop {
            let mut disk = lock(&self.disk);
            let turned = self.turn(&mut disk, branch);
            *lock(&self.counts) = disk.buffer.counts();
            self.tell_damage(branch, &mut told);
            let due = disk.buffer.due();
            drop(disk);
            let queue = lock(&self.queue);
            if let Err(error) = turned {
                let why = error.to_string();
                let said = [("sink", Said::Name(&branch.sink)), ("why", Said::Text(&why))];
                often(Level::Error, "buffer-failed", &said, ("times", 1));
                if queue.is_over {
                    return;
                }
                drop(queue);
                std::thread::sleep(AGAIN);
                continue;
            }
            let waits = queue.is_full || queue.waiting.is_empty();
            if queue.is_over && waits && due.is_none() {
                return;
            }
            let wait = due.map_or(LOOK, |due| due.saturating_sub(self.began.elapsed()).min(LOOK));
            if waits && !wait.is_zero() {
                let waited = self.changed.wait_timeout(queue, wait);
                drop(waited.unwrap_or_else(PoisonError::into_inner));
            }
        }
    }

    fn turn(self: &Arc<Self>, disk: &mut OnDisk, branch: &Running) -> io::Result<()> {
        let is_over = lock(&self.queue).is_over;
        let told = std::mem::take(&mut *lock(&self.told));
        for (ticket, verdict) in told {
            kill::around("buffered", "settle", || disk.lane.settle(ticket, verdict));
        }
        self.change(disk)?;
        disk.done = disk.lane.advance().or(disk.done);
        // One step that fails keeps no other from being tried: what is told at the end is the first failure.
        let noted = disk.done.map_or(Ok(()), |done| kill::around("buffered", "note", || disk.buffer.delivered(done)));
        if noted.is_ok() {
            disk.done = None;
        }
        if disk.lane.is_stuck() && disk.lane.in_flight() == 0 {
            disk.lane = Lane::new();
            disk.buffer.rewind();
            disk.not_before = self.began.elapsed() + AGAIN;
        }
        self.append(disk);
        if disk.buffer.due().is_some_and(|due| is_over || due <= self.began.elapsed()) {
            let committed = kill::around("buffered", "commit", || disk.buffer.commit());
            *lock(&self.counts) = disk.buffer.counts();
            committed?;
        }
        while !is_over
            && self.began.elapsed() >= disk.not_before
            && !disk.lane.is_stuck()
            && disk.lane.in_flight() < IN_FLIGHT
            && branch.has_room_in_memory()
            && let Some(record) = disk.buffer.read()?
        {
            kill::point("buffered", "read");
            let (ticket, me) = (disk.lane.open(record.number), Arc::downgrade(self));
            let receipt = Receipt::new(move |verdict| tell(&me, ticket, verdict));
            let part = receipt.part();
            receipt.close();
            let events = Events::restored(record.bytes).under(disk.since);
            kill::around("buffered", "to-sink", || branch.offer_to_sink(events, part));
        }
        noted
    }
}

fn tell(buffer: &Weak<Buffered>, ticket: Ticket, verdict: Verdict) {
    kill::point("buffered", "told");
    let Some(buffer) = buffer.upgrade() else { return };
    lock(&buffer.told).push((ticket, verdict));
    buffer.changed.notify_one();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: a slow disk is waited for by the buffer's thread and by nobody else.
    #[test]
    fn nobody_waits_for_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let said = config::Buffering { size: 1 << 20, sync: Duration::ZERO };
        let buffered = Buffered::open(&folder.path().join("buffer"), said, true, None).unwrap();
        let disk = lock(&buffered.disk);
        let (own, (tell, told)) = (buffered.clone(), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            own.offer(Events::restored(b"{}\n".to_vec()), Receipt::new(|_| ()).part());
            tell.send((own.has_room(), own.counts().records)).unwrap();
        });
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok((true, 0)));
        drop(disk);
    }
}
