//! How far files were acknowledged, kept over a restart. The file is written whole, synced, and renamed into place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::kill;

/// Bytes at the beginning of a file by which it is known again.
pub(super) const HEAD: usize = 1024;

/// Where a file was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Everything before is acknowledged.
    at: u64,
    /// HMAC-SHA-256 of its first bytes, as many as were acknowledged, at most 1024: a number that the system gave to another file
    /// since is found out. Without the key nobody can try what stands in them.
    head: String,
    /// Something stood behind that.
    #[serde(default)]
    unread: bool,
    /// No pattern names it any more, since they were changed: it is read on where one does again.
    #[serde(default)]
    aside: bool,
}

/// Whether a file is the one that was left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// None was left under this number.
    Unknown,
    /// It is: how far it was acknowledged, and its first bytes, at most 1024.
    Here(u64, Vec<u8>),
    /// It is another one, or was cut since. What was in the one that was left is gone.
    Gone,
}

/// Key of what files are known by.
struct Key(Hmac<Sha256>);

impl Key {
    /// Reads it, or makes it up where it is not there.
    fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join("key");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => made(&path)?,
            Err(error) => return Err(error),
        };
        if bytes.len() != KEY {
            return Err(io::Error::other(format!("{} is no key", path.display())));
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(io::Error::other)
    }

    /// What the beginning of a file is known by.
    fn head(&self, bytes: &[u8]) -> String {
        let mut mac = self.0.clone();
        mac.update(bytes);
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The first bytes of a file, of so many, at most 1024.
pub(super) fn beginning(file: &File, of: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; of.min(HEAD as u64) as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// A new key, synced: what is known by it outlives this process.
fn made(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; KEY];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    write("positions-key", path, &bytes)?;
    Ok(bytes)
}

/// Writes a file whole, synced, and only for us.
fn write(what: &str, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let open = || fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
    let mut file = kill::around(what, "open", open)?;
    kill::write(what, &mut file, bytes)?;
    kill::around(what, "sync", || file.sync_all())?;
    kill::around(what, "rename", || fs::rename(&new, path))?;
    let sync = || path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all());
    kill::around(what, "sync-folder", sync)
}

/// Of which form the file is. Of version 1 nothing is used: it had digests without a key.
const VERSION: u32 = 2;
/// Bytes of the key.
const KEY: usize = 32;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: u32,
    files: BTreeMap<String, Position>,
    /// The patterns by which they were found.
    #[serde(default)]
    paths: Vec<String>,
}

/// Positions of the files of a source.
pub(super) struct Positions {
    path: PathBuf,
    key: Key,
    kept: Kept,
    is_new: bool,
}

impl Positions {
    /// Reads those of a source.
    ///
    /// # Errors
    ///
    /// They cannot be read. That there are none is no error.
    pub(super) fn open(state: &Path, source: &str) -> io::Result<Self> {
        let folder = state.join("positions");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = folder.join(format!("{source}.json"));
        let key = Key::open(&folder)?;
        let none = Kept { version: VERSION, ..Kept::default() };
        let kept = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => none.clone(),
            Err(error) => return Err(error),
        };
        let is_new = kept.version != VERSION;
        Ok(Self { path, key, kept: if is_new { none } else { kept }, is_new })
    }

    /// Notes by which patterns files are found. `false`: those that were left were found by others.
    pub(super) fn found_by(&mut self, paths: impl Iterator<Item = String>) -> bool {
        let paths: Vec<_> = paths.collect();
        let is_same = self.kept.paths.is_empty() || self.kept.paths == paths;
        self.is_new |= self.kept.paths != paths;
        self.kept.paths = paths;
        is_same
    }

    /// Files that were left, but for those that patterns do not name any more.
    pub(super) fn left(&self) -> BTreeSet<(u64, u64)> {
        self.kept.files.iter().filter(|(_, known)| !known.aside).filter_map(|(known, _)| id(known)).collect()
    }

    /// Keeps files that patterns do not name any more for the day when they do.
    pub(super) fn set_aside(&mut self, ids: &[(u64, u64)]) {
        for id in ids {
            if let Some(known) = self.kept.files.get_mut(&key(*id)) {
                known.aside = true;
                self.is_new = true;
            }
        }
    }

    /// Whether something of a file that was left was not read.
    pub(super) fn is_unread(&self, id: (u64, u64)) -> bool {
        self.kept.files.get(&key(id)).is_some_and(|known| known.unread)
    }

    /// Whether a file is the one that was left under this number.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn of(&self, id: (u64, u64), file: &File) -> io::Result<Left> {
        let Some(known) = self.kept.files.get(&key(id)) else { return Ok(Left::Unknown) };
        if file.metadata()?.len() < known.at {
            return Ok(Left::Gone);
        }
        let head = beginning(file, known.at)?;
        Ok(if self.key.head(&head) == known.head { Left::Here(known.at, head) } else { Left::Gone })
    }

    /// Notes how far a file is acknowledged, and whether something stands behind that. `head`: its first bytes as they were read.
    pub(super) fn set(&mut self, id: (u64, u64), head: &[u8], at: u64, unread: bool) {
        let is_known = |known: &Position| known.at == at && known.unread == unread && !known.aside;
        if self.kept.files.get(&key(id)).is_some_and(is_known) {
            return;
        }
        let head = self.key.head(head.get(..at.min(HEAD as u64) as usize).unwrap_or(head));
        self.kept.files.insert(key(id), Position { at, head, unread, aside: false });
        self.is_new = true;
    }

    /// Forgets files that are not there any more.
    pub(super) fn forget(&mut self, gone: &[(u64, u64)]) {
        gone.iter().for_each(|id| self.is_new |= self.kept.files.remove(&key(*id)).is_some());
    }

    /// Writes and syncs what is new.
    ///
    /// # Errors
    ///
    /// The disk refuses. The file is whole as it was then.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if !self.is_new {
            return Ok(());
        }
        write("positions", &self.path, &serde_json::to_vec(&self.kept).map_err(io::Error::other)?)?;
        self.is_new = false;
        Ok(())
    }
}

fn key(id: (u64, u64)) -> String {
    format!("{}:{}", id.0, id.1)
}

fn id(key: &str) -> Option<(u64, u64)> {
    let (device, number) = key.split_once(':')?;
    Some((device.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_survive_and_another_file_is_not_taken_for_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "first\nsecond\n").unwrap();
        let file = File::open(&path).unwrap();
        let mut positions = Positions::open(folder.path(), "logs").unwrap();
        assert_eq!(positions.of((1, 2), &file).unwrap(), Left::Unknown);
        positions.set((1, 2), b"first\nsecond\n", 6, true);
        positions.sync().unwrap();
        let again = Positions::open(folder.path(), "logs").unwrap();
        assert_eq!(again.of((1, 2), &file).unwrap(), Left::Here(6, b"first\n".to_vec()));
        assert!(again.is_unread((1, 2)));
        for other in ["other\nsecond\n", "fir"] {
            fs::write(&path, other).unwrap();
            assert_eq!(again.of((1, 2), &File::open(&path).unwrap()).unwrap(), Left::Gone);
        }
    }

    /// LAW: who has the positions and guesses what stands in a file cannot see whether that is so; the key is for us alone.
    #[test]
    fn what_stands_in_a_file_cannot_be_tried() {
        use sha2::Digest as _;
        use std::os::unix::fs::PermissionsExt as _;
        let guess = "canary.worker@example.de\n";
        let kept = |folder: &Path| {
            let path = folder.join("log");
            fs::write(&path, guess).unwrap();
            let mut positions = Positions::open(folder, "logs").unwrap();
            positions.set((1, 2), guess.as_bytes(), guess.len() as u64, false);
            positions.sync().unwrap();
            fs::read_to_string(folder.join("positions/logs.json")).unwrap()
        };
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [one, two] = folders.each_ref().map(|folder| kept(folder.path()));
        let digest: String = Sha256::digest(guess).iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(!one.contains(&digest) && one != two, "{one}");
        let key = fs::metadata(folders[0].path().join("positions/key")).unwrap();
        assert_eq!((key.permissions().mode() & 0o777, key.len()), (0o600, 32));
    }

    #[test]
    fn digests_without_a_key_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("positions")).unwrap();
        let path = folder.path().join("positions/logs.json");
        fs::write(&path, r#"{"version":1,"files":{"1:2":{"at":6,"head":"abcd"}}}"#).unwrap();
        Positions::open(folder.path(), "logs").unwrap().sync().unwrap();
        assert!(!fs::read_to_string(&path).unwrap().contains("abcd"));
    }
}
