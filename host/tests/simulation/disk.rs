//! A disk that forgets what was not synced, tears it, fails, and rots.

use crate::planted::Planted;
use crate::setup::{Event, Events};
use fastrand::Rng;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::rc::Rc;
use tamis::delivery::buffer::Disk;

#[derive(Clone, Debug, Default)]
struct File {
    bytes: Vec<u8>,
    /// As it was written.
    written: Vec<u8>,
    /// Bytes that survive a loss of power.
    synced: usize,
    /// Whether its name does.
    named: bool,
    /// What a failed sync left behind: the system holds it for clean, and it is not on disk.
    doomed: Vec<Range<usize>>,
}

#[derive(Debug)]
struct Inner {
    files: BTreeMap<String, File>,
    /// Whose removal is not synced.
    removed: BTreeMap<String, File>,
    rng: Rng,
    failing: bool,
    planted: Option<Planted>,
    /// Events that were once safe here.
    durable: BTreeSet<Event>,
    damaged: u64,
}

/// A handle on the disk of one branch.
#[derive(Clone, Debug)]
pub struct SimDisk(Rc<RefCell<Inner>>);

/// A record that was written to a segment: where it stands, its number, and what it holds.
struct Written {
    range: Range<usize>,
    number: u64,
    events: Vec<Event>,
}

/// Records of a segment, as the format says.
fn records(bytes: &[u8]) -> Vec<Written> {
    let (mut at, mut found) = (0, Vec::new());
    while let Some(length) = bytes.get(at + 12..at + 16) {
        let end = at + 24 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let Some(own) = bytes.get(at + 24..end) else { break };
        let number = u64::from_le_bytes(bytes[at + 16..at + 24].try_into().unwrap());
        found.push(Written { range: at..end, number, events: decode(own).1 });
        at = end;
    }
    found
}

/// Events, behind the number of the policy under which they were filtered.
pub fn encode(events: &Events) -> Vec<u8> {
    let ids = events.ids.iter().flat_map(|event| event.to_le_bytes());
    events.filtered.to_le_bytes().into_iter().chain(ids).collect()
}

pub fn decode(bytes: &[u8]) -> (u64, Vec<Event>) {
    // Files of positions are looked through for records, too.
    let Some((filtered, events)) = bytes.split_at_checked(8) else { return (0, Vec::new()) };
    let events = events.chunks_exact(4).map(|event| u32::from_le_bytes(event.try_into().unwrap()));
    (u64::from_le_bytes(filtered.try_into().unwrap()), events.collect())
}

impl File {
    /// Whether bytes would survive now.
    fn is_safe(&self, range: &Range<usize>) -> bool {
        let apart = |doomed: &Range<usize>| doomed.end <= range.start || range.end <= doomed.start;
        range.end <= self.synced && self.doomed.iter().all(apart)
    }

    /// Events of records that would survive now.
    fn durable(&self) -> impl Iterator<Item = Event> {
        let records = if self.named { records(&self.written) } else { Vec::new() };
        records.into_iter().filter(|record| self.is_safe(&record.range)).flat_map(|record| record.events)
    }
}

impl SimDisk {
    pub fn new(seed: u64, planted: Option<Planted>) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            files: BTreeMap::new(),
            removed: BTreeMap::new(),
            rng: Rng::with_seed(seed),
            failing: false,
            planted,
            durable: BTreeSet::new(),
            damaged: 0,
        })))
    }

    /// Whether calls fail now and then.
    pub fn fail(&self, failing: bool) {
        self.0.borrow_mut().failing = failing;
    }

    pub fn was_durable(&self, event: Event) -> bool {
        self.0.borrow().durable.contains(&event)
    }

    /// Events that a start may find behind a position, as often as they stand there: not those behind which another segment was begun.
    pub fn held(&self, position: u64) -> Vec<Event> {
        let inner = self.0.borrow();
        let files = inner.files.iter().chain(&inner.removed).filter(|(name, _)| name.starts_with("segment"));
        let mut segments: Vec<_> = files.collect();
        segments.sort_by_key(|(name, _)| *name);
        let follows = |name: &str| u64::from_str_radix(name.split('-').nth(2).unwrap(), 16).unwrap();
        let mut held = Vec::new();
        for (at, (_, file)) in segments.iter().enumerate() {
            let end = segments.get(at + 1).map_or(u64::MAX, |(name, _)| follows(name));
            let counts = |record: &Written| position < record.number && record.number <= end;
            held.extend(records(&file.written).into_iter().filter(counts).flat_map(|record| record.events));
        }
        held
    }

    /// Records that were torn or rotted so far.
    pub fn damaged(&self) -> u64 {
        self.0.borrow().damaged
    }

    /// Power is lost: what was not synced is gone, or torn, or there.
    pub fn lose_power(&self) {
        let inner = &mut *self.0.borrow_mut();
        for (name, file) in std::mem::take(&mut inner.removed) {
            if inner.rng.bool() {
                inner.files.entry(name).or_insert(file);
            }
        }
        let Inner { files, rng, damaged, .. } = inner;
        files.retain(|_, file| file.named || rng.bool());
        for file in files.values_mut() {
            *damaged += records(&file.written).iter().filter(|record| !file.is_safe(&record.range)).count() as u64;
            for doomed in std::mem::take(&mut file.doomed) {
                file.bytes[doomed].fill(0);
            }
            let unsynced = file.synced..file.bytes.len();
            if !unsynced.is_empty() {
                let kept = rng.usize(unsynced.start..=unsynced.end);
                file.bytes.truncate(kept);
                if kept > file.synced && rng.bool() {
                    let from = rng.usize(file.synced..kept);
                    file.bytes[from..].iter_mut().take(64).for_each(|byte| *byte = rng.u8(..));
                }
            }
            file.written.truncate(file.bytes.len());
            (file.synced, file.named) = (file.bytes.len(), true);
        }
    }

    /// A byte changes in a record that was synced and has another behind it. Returns the events that it holds.
    pub fn rot(&self) -> Vec<Event> {
        let inner = &mut *self.0.borrow_mut();
        let last = inner.files.keys().rfind(|name| name.starts_with("segment")).cloned();
        let mut names: Vec<_> = inner.files.keys().filter(|name| name.starts_with("segment")).cloned().collect();
        inner.rng.shuffle(&mut names);
        for name in names {
            let Some(file) = inner.files.get_mut(&name) else { continue };
            let mut records = records(&file.written);
            if Some(&name) == last.as_ref() {
                records.pop();
            }
            records.retain(|record| file.bytes[record.range.clone()] == file.written[record.range.clone()]);
            if let Some(Written { range, events, .. }) = inner.rng.choice(records) {
                inner.damaged += 1;
                file.bytes[inner.rng.usize(range)] ^= 1 << inner.rng.u8(0..8);
                return events;
            }
        }
        Vec::new()
    }
}

impl Inner {
    fn fails(&mut self) -> bool {
        self.failing && self.rng.u8(0..10) == 0
    }
}

impl Disk for SimDisk {
    fn list(&mut self) -> io::Result<Vec<(String, u64)>> {
        let inner = self.0.borrow();
        Ok(inner.files.iter().map(|(name, file)| (name.clone(), file.bytes.len() as u64)).collect())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        let fails = inner.fails();
        let written = if fails { inner.rng.usize(0..bytes.len()) } else { bytes.len() };
        let file = inner.files.entry(name.to_owned()).or_default();
        file.bytes.extend_from_slice(&bytes[..written]);
        file.written.extend_from_slice(&bytes[..written]);
        if fails && inner.planted != Some(Planted::ShortWriteIgnored) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        if inner.planted == Some(Planted::AckBeforeSync) {
            return Ok(());
        }
        let fails = inner.fails();
        let file = inner.files.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        if fails {
            file.doomed.push(file.synced..file.bytes.len());
        }
        file.synced = file.bytes.len();
        let durable: Vec<_> = file.durable().collect();
        inner.durable.extend(durable);
        if fails && inner.planted != Some(Planted::FailedSyncIgnored) {
            return Err(io::Error::other("I/O error"));
        }
        Ok(())
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        if inner.planted == Some(Planted::FolderNotSynced) {
            return Ok(());
        }
        if inner.fails() {
            return Err(io::Error::other("I/O error"));
        }
        inner.removed.clear();
        for file in inner.files.values_mut().filter(|file| !file.named) {
            file.named = true;
            inner.durable.extend(file.durable());
        }
        Ok(())
    }

    fn read(&mut self, name: &str, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let inner = &mut *self.0.borrow_mut();
        if inner.fails() && name.starts_with("segment") {
            return Err(io::Error::other("I/O error"));
        }
        let file = inner.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        let from = (offset as usize).min(file.bytes.len());
        Ok(file.bytes[from..(from + most).min(file.bytes.len())].to_vec())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let inner = &mut *self.0.borrow_mut();
        if inner.fails() {
            return Err(io::Error::other("I/O error"));
        }
        if let Some(file) = inner.files.remove(name) {
            inner.removed.insert(name.to_owned(), file);
        }
        Ok(())
    }
}
