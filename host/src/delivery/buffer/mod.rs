//! The buffer of a branch on disk: filtered events that outlive the process.
//!
//! It is a source that can replay. Records are appended, synced in groups, and only then is their part of the source's receipt
//! resolved as [`Buffered`](Fate::Buffered). They are read in order and offered to a [`Branch`](super::Branch) under receipts of
//! the buffer's own [`Lane`](super::Lane); how far that lane comes is told by [`Buffer::delivered`] and synced, and segments behind
//! it are removed. After a crash the reading begins behind what was synced.

mod disk;
mod position;
mod record;
mod segment;
#[cfg(test)]
mod tests;

pub use disk::Disk;

use super::{Fate, Part};
use position::Position;
use record::{Found, HEADER};
use segment::Segment;
use std::collections::VecDeque;
use std::io;
use std::time::Duration;

/// Bytes that are read at once, if no record is longer.
const CHUNK: usize = 256 << 10;

/// Sizes and times of a buffer.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most bytes on disk. More is refused: the sources hold.
    pub size: u64,
    /// Bytes after which a segment is full. What is delivered is removed a segment at a time.
    pub segment: u64,
    /// Longest time from a record's coming to its sync.
    pub sync: Duration,
}

/// A record that was synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its number: one more than the one before, but for gaps where something was refused or lost.
    pub number: u64,
    /// What was appended.
    pub bytes: Vec<u8>,
}

/// What a buffer holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes on disk or about to be.
    pub bytes: u64,
    /// Records that are synced and not delivered; at most so many.
    pub records: u64,
    /// Records that are damaged or gone, as far as the reading came since the start. Of what a crash tore before it was synced, what
    /// stands before a whole record counts, too.
    pub lost: u64,
    /// Records whose sync failed: their sources give them again.
    pub failed: u64,
    /// Bytes at the very end that were no whole record at the opening: they were being written when the process died, or are damaged.
    pub torn: u64,
    /// They are no beginning of a record either: something that was synced is damaged there, or the machine lost its power.
    pub is_spoilt: bool,
}

/// Records that are synced together.
#[derive(Debug, Default)]
struct Group {
    bytes: Vec<u8>,
    parts: Vec<Part>,
    due: Duration,
}

/// The buffer. Calls of the [`Disk`] block.
#[derive(Debug)]
pub struct Buffer<D> {
    disk: D,
    options: Options,
    rng: fastrand::Rng,
    segments: VecDeque<Segment>,
    /// Whether the last segment takes more records.
    writing: bool,
    group: Group,
    /// The next record's number.
    next: u64,
    /// The last record that is synced.
    synced: u64,
    position: Position,
    reading: Reading,
    /// Up to which number it is known what is lost.
    judged: u64,
    lost: u64,
    failed: u64,
    torn: u64,
    is_spoilt: bool,
}

/// Where the next record is read.
#[derive(Debug, Default)]
struct Reading {
    /// Which segment; as many as there are until the next one is begun.
    segment: usize,
    /// Where in it.
    offset: u64,
    /// No record is expected below.
    expected: u64,
    /// Bytes of the segment from `from` on.
    chunk: Vec<u8>,
    from: u64,
}

impl<D: Disk> Buffer<D> {
    /// Finds what was synced before. A torn end is left alone; damage before it is noticed when the reading comes there.
    /// `rng` must have a seed that nobody can guess.
    ///
    /// # Errors
    /// When the disk cannot be read, or synced.
    pub fn open(mut disk: D, options: Options, rng: fastrand::Rng) -> io::Result<Self> {
        let files = disk.list()?;
        let position = Position::open(&mut disk, &files)?;
        let mut segments: Vec<_> = files.iter().filter_map(|(name, length)| Segment::of(name, *length)).collect();
        segments.sort_by_key(|segment| segment.first);
        let mut buffer = Self {
            disk,
            options,
            rng,
            writing: false,
            group: Group::default(),
            next: segments.last().map_or(0, |last| last.first).max(position.at()) + 1,
            synced: segments.last().map_or(0, |last| last.follows).max(position.at()),
            reading: Reading { expected: position.at() + 1, ..Reading::default() },
            segments: segments.into(),
            position,
            judged: 0,
            lost: 0,
            failed: 0,
            torn: 0,
            is_spoilt: false,
        };
        buffer.find_end()?;
        buffer.clean();
        Ok(buffer)
    }

    /// Finds the last whole record of the last segment: what is torn behind it was never told to be synced. What a process that died
    /// wrote last and did not sync is synced now.
    fn find_end(&mut self) -> io::Result<()> {
        let begin = Reading { expected: self.reading.expected, ..Reading::default() };
        self.reading.segment = self.segments.len().saturating_sub(1);
        let (mut end, mut whole) = (0, self.segments.back().map_or(0, |last| last.first.saturating_sub(1)));
        while let Some(record) = self.scan()? {
            self.synced = self.synced.max(record.number);
            self.next = self.next.max(record.number + 1);
            (end, whole) = (self.reading.offset, record.number);
        }
        self.reading = begin;
        let Some(last) = self.segments.back() else { return Ok(()) };
        // What was delivered is missed by nobody.
        if whole >= self.position.at() {
            self.torn = last.readable - end;
            let begin = self.disk.read(&last.name(), end, HEADER)?;
            let is_cut = matches!(record::read(&begin, last.salt), Found::Cut(whole) if whole as u64 > self.torn);
            self.is_spoilt = self.torn > 0 && !is_cut;
        }
        self.disk.sync(&last.name())?;
        self.disk.sync_dir()
    }

    /// Takes a record; its part is resolved by the [`Buffer::commit`] that syncs it.
    ///
    /// # Errors
    /// Gives the part back where there is no room. What is larger than the whole buffer never has any: it must not be offered.
    pub fn append(&mut self, now: Duration, bytes: &[u8], part: Part) -> Result<(), Part> {
        let more = (HEADER + bytes.len()) as u64;
        if self.bytes().saturating_add(more) > self.options.size {
            self.make_room();
        }
        if self.bytes().saturating_add(more) > self.options.size {
            return Err(part);
        }
        if !self.writing {
            let (first, follows, salt) = (self.next, self.synced, self.rng.u64(..));
            self.segments.push_back(Segment { first, follows, salt, length: 0, readable: 0 });
            self.writing = true;
        }
        if self.group.parts.is_empty() {
            self.group.due = now.saturating_add(self.options.sync);
        }
        let salt = self.segments.back().map_or(0, |segment| segment.salt);
        record::write(&mut self.group.bytes, salt, self.next, bytes);
        self.group.parts.push(part);
        self.next += 1;
        Ok(())
    }

    /// A segment that takes more records stays, delivered or not, until its room is needed.
    fn make_room(&mut self) {
        if self.is_empty() {
            self.writing = false;
            self.clean();
        }
    }

    /// When the next commit is due, if there is anything to sync.
    pub fn due(&self) -> Option<Duration> {
        (!self.group.parts.is_empty()).then_some(self.group.due)
    }

    /// Syncs what was appended and resolves its parts.
    ///
    /// # Errors
    /// When the disk fails: the segment is abandoned, and the parts are nacked.
    pub fn commit(&mut self) -> io::Result<()> {
        let group = std::mem::take(&mut self.group);
        let Some(segment) = self.segments.back_mut().filter(|_| !group.parts.is_empty()) else { return Ok(()) };
        let (name, new) = (segment.name(), segment.length == 0);
        segment.length += group.bytes.len() as u64;
        let written = self.disk.append(&name, &group.bytes).and_then(|()| self.disk.sync(&name));
        if let Err(error) = written.and_then(|()| if new { self.disk.sync_dir() } else { Ok(()) }) {
            self.writing = false;
            self.failed += group.parts.len() as u64;
            if new && self.disk.remove(&name).is_ok() {
                self.segments.pop_back();
            }
            return Err(error);
        }
        segment.readable = segment.length;
        self.writing = segment.length < self.options.segment;
        self.synced = self.next - 1;
        group.parts.into_iter().for_each(|part| part.resolve(Fate::Buffered));
        Ok(())
    }

    /// The next record that is synced, in order; each once. None until more is committed. What is damaged is skipped and counted.
    ///
    /// # Errors
    /// When the disk cannot be read; the next call tries again.
    pub fn read(&mut self) -> io::Result<Option<Record>> {
        loop {
            let Some(segment) = self.segments.get(self.reading.segment) else { return Ok(None) };
            if self.reading.offset == 0 {
                let (first, follows) = (segment.first, segment.follows);
                self.miss(follows);
                self.reading.expected = self.reading.expected.max(first);
            }
            let end = self.segments.get(self.reading.segment + 1).map(|next| next.follows);
            match self.scan()? {
                Some(record) if record.number <= end.unwrap_or(u64::MAX) => {
                    if record.number >= self.reading.expected {
                        self.miss(record.number - 1);
                        self.reading.expected = record.number + 1;
                        return Ok(Some(record));
                    }
                }
                _ if end.is_some() => {
                    let expected = self.reading.expected;
                    self.reading = Reading { segment: self.reading.segment + 1, expected, ..Reading::default() };
                }
                _ => {
                    self.miss(self.synced);
                    return Ok(None);
                }
            }
        }
    }

    /// Records up to this one will not come any more; those that were expected are lost.
    fn miss(&mut self, to: u64) {
        self.lost += to.saturating_sub(self.judged.max(self.reading.expected - 1));
        self.judged = self.judged.max(to);
        self.reading.expected = self.reading.expected.max(to + 1);
    }

    /// Reads again what is not delivered: its lane met a nack.
    pub fn rewind(&mut self) {
        self.reading = Reading { expected: self.position.at() + 1, ..Reading::default() };
    }

    /// The next whole record of the segment.
    fn scan(&mut self) -> io::Result<Option<Record>> {
        let reading = &mut self.reading;
        let Some(segment) = self.segments.get(reading.segment) else { return Ok(None) };
        let mut wanted = 1;
        while reading.offset < segment.readable {
            let left = segment.readable - reading.offset;
            let start = (reading.offset - reading.from) as usize;
            let known = reading.chunk.get(start..).unwrap_or_default();
            if known.len() < wanted {
                let most = usize::try_from(left).unwrap_or(usize::MAX).min(wanted.max(CHUNK));
                reading.chunk = self.disk.read(&segment.name(), reading.offset, most)?;
                reading.from = reading.offset;
                if reading.chunk.len() < wanted {
                    // The file is shorter than it was: what is gone is missed by its numbers.
                    reading.offset = segment.readable;
                }
                continue;
            }
            match record::read(known, segment.salt) {
                Found::Record { number, bytes } => {
                    let record = Record { number, bytes: bytes.to_vec() };
                    reading.offset += (HEADER + bytes.len()) as u64;
                    return Ok(Some(record));
                }
                Found::Cut(whole) if whole as u64 <= left => wanted = whole,
                _ => {
                    reading.offset += record::resume(known, segment.salt) as u64;
                    wanted = 1;
                }
            }
        }
        Ok(None)
    }

    /// All records up to this one are delivered: after a crash none of them is read again. Their segments are removed.
    ///
    /// # Errors
    /// When that cannot be synced; the next call tries again.
    pub fn delivered(&mut self, number: u64) -> io::Result<()> {
        self.position.advance(&mut self.disk, number)?;
        self.clean();
        Ok(())
    }

    /// Removes segments that hold nothing any more. One that cannot be removed is tried again by the next call.
    fn clean(&mut self) {
        while let Some(oldest) = self.segments.front() {
            let ended = self.segments.get(1).map_or(!self.writing, |next| next.follows <= self.position.at());
            let delivered = self.segments.len() > 1 || self.synced <= self.position.at();
            if !ended || !delivered || self.disk.remove(&oldest.name()).is_err() {
                return;
            }
            self.segments.pop_front();
            let Some(segment) = self.reading.segment.checked_sub(1) else {
                self.reading = Reading { expected: self.reading.expected, ..Reading::default() };
                continue;
            };
            self.reading.segment = segment;
        }
    }

    /// Gives back what was appended and not synced, so that its sources give it again: its parts are nacked.
    pub fn give_back(&mut self) -> Vec<Record> {
        let group = std::mem::take(&mut self.group);
        let Some(salt) = self.segments.back().map(|segment| segment.salt).filter(|_| !group.parts.is_empty()) else {
            return Vec::new();
        };
        // Nobody knows their numbers yet.
        self.next -= group.parts.len() as u64;
        if self.segments.pop_back_if(|new| new.length == 0).is_some() {
            self.writing = false;
        }
        let mut bytes = group.bytes.as_slice();
        let records = std::iter::from_fn(|| match record::read(bytes, salt) {
            Found::Record { number, bytes: own } => {
                let record = Record { number, bytes: own.to_vec() };
                bytes = bytes.get(HEADER + own.len()..).unwrap_or_default();
                Some(record)
            }
            Found::Cut(_) | Found::Damage => None,
        });
        records.collect()
    }

    /// Forgets all that was synced: a policy narrowed since it was filtered. None of it is read again.
    ///
    /// # Errors
    /// When that cannot be synced; then it is still there.
    pub fn discard(&mut self) -> io::Result<()> {
        self.delivered(self.synced)?;
        self.rewind();
        Ok(())
    }

    fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum::<u64>() + self.group.bytes.len() as u64
    }

    /// What it holds.
    pub fn counts(&self) -> Counts {
        Counts {
            bytes: self.bytes(),
            records: self.synced.saturating_sub(self.position.at()),
            lost: self.lost,
            failed: self.failed,
            torn: self.torn,
            is_spoilt: self.is_spoilt,
        }
    }

    /// Whether all that was synced is delivered.
    pub fn is_empty(&self) -> bool {
        self.group.parts.is_empty() && self.counts().records == 0
    }
}
