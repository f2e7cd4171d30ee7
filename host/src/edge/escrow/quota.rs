//! How much escrow may take on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of escrow in a folder, and how many there may be.
#[derive(Debug)]
pub struct Quota {
    folder: PathBuf,
    most: Option<u64>,
    used: AtomicU64,
}

impl Quota {
    pub(super) fn new(folder: &Path, most: Option<u64>) -> Self {
        let quota = Self { folder: folder.to_owned(), most, used: AtomicU64::new(0) };
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
        self.measure();
        fits()
    }

    pub(super) fn add(&self, bytes: u64) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
    }
}
