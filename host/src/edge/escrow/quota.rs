//! How much escrow may take on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of escrow in a folder, and how many there may be.
#[derive(Debug)]
pub struct Quota {
    folder: PathBuf,
    most: Option<u64>,
    used: AtomicU64,
    /// When it was last measured for want of room.
    measured: Mutex<Option<Instant>>,
}

/// Shortest time between two measurements for want of room: who is refused comes again and again.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

impl Quota {
    pub(super) fn new(folder: &Path, most: Option<u64>) -> Self {
        let quota = Self { folder: folder.to_owned(), most, used: AtomicU64::new(0), measured: Mutex::default() };
        quota.measure();
        quota
    }

    /// Bytes that are taken.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Bytes that there may be; `None`: as many as the disk takes.
    pub fn most(&self) -> Option<u64> {
        self.most
    }

    /// Looks at the files: commands and other processes retire epochs.
    pub(super) fn measure(&self) {
        let files = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten();
        let tenants = files(self.folder.clone()).filter(|entry| entry.path().is_dir());
        let lengths =
            tenants.flat_map(|tenant| files(tenant.path())).filter_map(|file| Some(file.metadata().ok()?.len()));
        self.used.store(lengths.sum(), Ordering::Relaxed);
    }

    /// Whether so many bytes more may be written.
    pub(super) fn takes(&self, more: u64) -> bool {
        let fits = || self.most.is_none_or(|most| self.used().saturating_add(more) <= most);
        if fits() {
            return true;
        }
        let mut measured = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        if measured.is_none_or(|at| at.elapsed() >= AGAIN) {
            self.measure();
            *measured = Some(Instant::now());
        }
        fits()
    }

    pub(super) fn add(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// LAW: who is refused and comes again has files looked at once a second, no more.
    #[test]
    fn a_refusal_does_not_look_at_files_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tenant/segment");
        fs::create_dir(folder.path().join("tenant")).unwrap();
        fs::write(&file, [0; 20]).unwrap();
        let (quota, began) = (Quota::new(folder.path(), Some(10)), Instant::now());
        assert!(!quota.takes(1));
        fs::remove_file(&file).unwrap();
        assert!(!quota.takes(1) || began.elapsed() >= AGAIN);
        std::thread::sleep(AGAIN);
        assert!(quota.takes(1) && !quota.takes(11));
    }
}
