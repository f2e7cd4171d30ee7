//! Writes escrow. One process writes a folder of state.

use std::collections::{BTreeMap, HashMap};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashSet;

use super::quota::Quota;
use super::seal::{Group, Officers};
use super::{find, segment, segments};
use crate::kill;
use crate::pipeline::codes;
use crate::pipeline::keys::{Entry, Epoch, Escrow, KeyError};

/// Codes that are remembered to be on disk, of all tenants. What is forgotten is written once more, which costs time and space.
const KEPT_MAX: usize = 1 << 20;

/// Escrow of a folder of state.
#[derive(Debug)]
pub struct Vault {
    folder: PathBuf,
    quota: Arc<Quota>,
    owns: Mutex<HashMap<String, Arc<Own>>>,
    /// The newest of each tenant.
    lanes: Mutex<HashMap<String, Arc<Lane>>>,
    kept: Arc<AtomicUsize>,
}

/// Escrow as it is in force for some tenants: what was begun under other officers ends under them.
#[derive(Debug)]
pub struct InForce {
    lanes: HashMap<String, Arc<Lane>>,
}

/// A tenant under the same officers.
#[derive(Debug)]
struct Lane {
    own: Arc<Own>,
    officers: Officers,
    /// Epochs of which what is on disk was read.
    begun: Mutex<FxHashSet<Epoch>>,
    /// Codes whose entries are on disk, sealed to these officers.
    kept: Mutex<FxHashSet<[u8; 16]>>,
    /// How many all lanes remember.
    all: Arc<AtomicUsize>,
}

/// Files of a tenant.
#[derive(Debug)]
struct Own {
    tenant: String,
    folder: PathBuf,
    quota: Arc<Quota>,
    /// Lines that wait for whoever writes next: what came together is synced together.
    waiting: Mutex<Vec<Waiting>>,
    /// The segment of each epoch.
    writer: Mutex<HashMap<Epoch, u32>>,
}

#[derive(Clone, Debug)]
struct Waiting {
    epoch: Epoch,
    line: Vec<u8>,
    outcome: Arc<OnceLock<Result<(), KeyError>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Vault {
    /// Escrow in a folder, which may take so many bytes. Nothing is made before there is something to keep.
    pub fn new(folder: &Path, most: Option<u64>) -> Self {
        let quota = Arc::new(Quota::new(folder, most));
        Self { folder: folder.to_owned(), quota, owns: Mutex::default(), lanes: Mutex::default(), kept: Arc::default() }
    }

    /// How much it takes on the disk.
    pub fn quota(&self) -> &Arc<Quota> {
        &self.quota
    }

    /// Escrow of tenants under their officers. Under others than before, codes that come again are sealed anew.
    pub fn in_force(&self, officers: Vec<(String, Officers)>) -> InForce {
        self.quota.measure();
        let lanes = officers.into_iter().map(|(tenant, officers)| (tenant.clone(), self.lane(tenant, officers)));
        InForce { lanes: lanes.collect() }
    }

    fn lane(&self, tenant: String, officers: Officers) -> Arc<Lane> {
        let mut lanes = lock(&self.lanes);
        if let Some(lane) = lanes.get(&tenant).filter(|lane| lane.officers == officers) {
            return lane.clone();
        }
        let make = || {
            let (tenant, folder, quota) = (tenant.clone(), self.folder.join(&tenant), self.quota.clone());
            Arc::new(Own { tenant, folder, quota, waiting: Mutex::default(), writer: Mutex::default() })
        };
        let own = lock(&self.owns).entry(tenant.clone()).or_insert_with(make).clone();
        let (begun, kept, all) = (Mutex::default(), Mutex::default(), self.kept.clone());
        let lane = Arc::new(Lane { own, officers, begun, kept, all });
        lanes.insert(tenant, lane.clone());
        lane
    }
}

impl Lane {
    /// Reads what is there of an epoch, the first time.
    fn begin(&self, epoch: Epoch) -> Result<(), KeyError> {
        let mut begun = lock(&self.begun);
        if begun.contains(&epoch) {
            return Ok(());
        }
        let mut codes = Vec::new();
        self.own.begin(epoch, |group| {
            if group.is_for(&self.officers) && codes.len() < KEPT_MAX {
                codes.extend(group.entries.iter().filter_map(|entry| codes::read(&entry.code)));
            }
        })?;
        self.remember(codes);
        begun.insert(epoch);
        Ok(())
    }

    /// Remembers codes that are on disk.
    fn remember(&self, codes: impl IntoIterator<Item = [u8; 16]>) {
        let mut kept = lock(&self.kept);
        let before = kept.len();
        kept.extend(codes);
        let more = kept.len() - before;
        if self.all.fetch_add(more, Ordering::Relaxed) + more > KEPT_MAX {
            self.all.fetch_sub(kept.len(), Ordering::Relaxed);
            kept.clear();
        }
    }

    fn keep(&self, epoch: Epoch, mut entries: Vec<Entry>) -> Result<(), KeyError> {
        self.begin(epoch)?;
        {
            let kept = lock(&self.kept);
            entries.retain(|entry| codes::read(&entry.code).is_none_or(|bits| !kept.contains(&bits)));
        }
        if entries.is_empty() {
            return Ok(());
        }
        let tenant = &self.own.tenant;
        let group = Group::seal(tenant, epoch, &entries, &self.officers);
        let line = group.and_then(|group| serde_json::to_vec(&group).ok());
        let mut line = line.ok_or_else(|| KeyError(format!("escrow of `{tenant}` cannot be sealed")))?;
        line.push(b'\n');
        self.own.write(epoch, line)?;
        self.remember(entries.iter().filter_map(|entry| codes::read(&entry.code)));
        Ok(())
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.all.fetch_sub(lock(&self.kept).len(), Ordering::Relaxed);
    }
}

impl Escrow for InForce {
    fn takes(&self, tenant: &str) -> bool {
        self.lanes.contains_key(tenant)
    }

    fn keep(&self, entries: Vec<Entry>) -> Result<(), KeyError> {
        let mut groups: BTreeMap<(String, Epoch), Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            groups.entry((entry.tenant.clone(), entry.epoch)).or_default().push(entry);
        }
        for ((tenant, epoch), entries) in groups {
            let lane = self.lanes.get(&tenant).ok_or_else(|| KeyError(format!("nobody holds escrow of `{tenant}`")))?;
            lane.keep(epoch, entries)?;
        }
        Ok(())
    }
}

impl Own {
    fn failed(&self, error: io::Error) -> KeyError {
        KeyError(format!("escrow of `{}` cannot be written below {}: {error}", self.tenant, self.folder.display()))
    }

    /// Makes ready for an epoch: takes away what a crash cut off, the first time, and gives what is there.
    fn begin(&self, epoch: Epoch, mut each: impl FnMut(Group)) -> Result<(), KeyError> {
        let mut writer = lock(&self.writer);
        let is_first = !writer.contains_key(&epoch);
        let failed = |error| self.failed(error);
        let numbers: Vec<_> =
            segments(&self.folder).into_iter().filter(|(of, _)| *of == epoch).map(|(_, n)| n).collect();
        for number in &numbers {
            let path = self.folder.join(segment(epoch, *number));
            if is_first {
                let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
                kill::around("escrow", "cut", || find::cut(&file)).map_err(failed)?;
                // What is read may not have been on disk yet when the process before this one was killed.
                file.sync_all().map_err(failed)?;
            }
            find::groups(&path, &mut each).map_err(failed)?;
        }
        writer.entry(epoch).or_insert_with(|| numbers.last().copied().unwrap_or(1));
        Ok(())
    }

    /// Writes a line and waits until it is on disk, together with what others wait for.
    fn write(&self, epoch: Epoch, line: Vec<u8>) -> Result<(), KeyError> {
        let own = Waiting { epoch, line, outcome: Arc::default() };
        lock(&self.waiting).push(own.clone());
        let mut writer = lock(&self.writer);
        if let Some(outcome) = own.outcome.get() {
            return outcome.clone();
        }
        let all = std::mem::take(&mut *lock(&self.waiting));
        let mut by_epoch: BTreeMap<Epoch, Vec<Waiting>> = BTreeMap::new();
        for one in all {
            by_epoch.entry(one.epoch).or_default().push(one);
        }
        for (epoch, all) in by_epoch {
            let lines: Vec<u8> = all.iter().flat_map(|one| one.line.iter().copied()).collect();
            let number = writer.entry(epoch).or_insert(1);
            let outcome = self.append(epoch, number, &lines).map_err(|error| self.failed(error));
            all.iter().for_each(|one| drop(one.outcome.set(outcome.clone())));
        }
        own.outcome.get().cloned().unwrap_or_else(|| Err(KeyError("a mistake in tamis itself".to_owned())))
    }

    /// Appends to a segment, and syncs it. A segment that could not be synced, or not be mended, is left for a new one.
    fn append(&self, epoch: Epoch, number: &mut u32, lines: &[u8]) -> io::Result<()> {
        let more = lines.len() as u64;
        if !self.quota.takes(more) {
            let (used, most) = (self.quota.used(), self.quota.most().unwrap_or(u64::MAX));
            let text = format!(
                "it has {used} bytes of {most} that [escrow] size allows: retire epochs (tamis keys retire), or allow more"
            );
            return Err(io::Error::other(text));
        }
        let path = self.folder.join(segment(epoch, *number));
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
        let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let mut file = kill::around("escrow", "open", open)?;
        let before = file.metadata()?.len();
        // Its name may not be on disk either: the first line may have failed after it was made.
        let is_new = before == 0;
        if let Err(error) = kill::write("escrow", &mut file, lines) {
            // Half a line would be taken for damage.
            if file.set_len(before).is_err() {
                *number += 1;
            }
            return Err(error);
        }
        self.quota.add(more);
        let synced = kill::around("escrow", "sync", || file.sync_data());
        let synced = synced.and_then(|()| if is_new { self.sync_folders() } else { Ok(()) });
        if synced.is_err() {
            *number += 1;
        }
        synced
    }

    fn sync_folders(&self) -> io::Result<()> {
        for folder in self.folder.ancestors().take(3) {
            kill::around("escrow", "sync-folder", || File::open(folder)?.sync_all())?;
        }
        Ok(())
    }
}
