//! Up to which record all is delivered, kept on disk.

use super::disk::Disk;
use std::io;

/// Bytes of an entry: a number and its checksum.
const ENTRY: usize = 12;
/// Entries of a file; then the next one is begun.
const ENTRIES: usize = 4096;

/// A number that only grows. Files of entries, the highest counts; a file whose sync failed is left alone.
#[derive(Debug)]
pub(super) struct Position {
    at: u64,
    file: u64,
    entries: usize,
}

fn name(file: u64) -> String {
    format!("position-{file:016x}")
}

fn file(name: &str) -> Option<u64> {
    u64::from_str_radix(name.strip_prefix("position-")?, 16).ok()
}

impl Position {
    /// Reads what was synced last. Entries that are torn or damaged do not count.
    pub(super) fn open(disk: &mut impl Disk, files: &[(String, u64)]) -> io::Result<Self> {
        let (mut at, mut last) = (0, 0);
        for (name, _) in files {
            let Some(file) = file(name) else { continue };
            last = last.max(file);
            for entry in disk.read(name, 0, ENTRY * ENTRIES)?.chunks_exact(ENTRY) {
                let (number, checksum) = entry.split_at(ENTRY - 4);
                if crc32fast::hash(number).to_le_bytes() == checksum {
                    at = number.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)).max(at);
                }
            }
        }
        Ok(Self { at, file: last + 1, entries: 0 })
    }

    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Moves on, once it is synced.
    pub(super) fn advance(&mut self, disk: &mut impl Disk, to: u64) -> io::Result<()> {
        if to <= self.at {
            return Ok(());
        }
        if let Err(error) = self.write(disk, to) {
            self.begin();
            return Err(error);
        }
        self.at = to;
        self.entries += 1;
        if self.entries == 1 {
            // Older files say less. One that stays does no harm.
            let files = disk.list().unwrap_or_default();
            let older = files.iter().filter(|(name, _)| file(name).is_some_and(|file| file < self.file));
            older.for_each(|(name, _)| drop(disk.remove(name)));
        }
        if self.entries == ENTRIES {
            self.begin();
        }
        Ok(())
    }

    fn begin(&mut self) {
        self.file += 1;
        self.entries = 0;
    }

    fn write(&self, disk: &mut impl Disk, to: u64) -> io::Result<()> {
        let name = name(self.file);
        let number = to.to_le_bytes();
        disk.append(&name, &[&number[..], &crc32fast::hash(&number).to_le_bytes()].concat())?;
        disk.sync(&name)?;
        if self.entries == 0 { disk.sync_dir() } else { Ok(()) }
    }
}
