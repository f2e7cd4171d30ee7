//! How far files were acknowledged, kept over a restart. The file is written whole, synced, and renamed into place.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::kill;

/// Bytes at the beginning of a file by which it is known again.
const HEAD: u64 = 1024;

/// Where a file was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// Everything before is acknowledged.
    at: u64,
    /// HMAC-SHA-256 of its first bytes, as many as were acknowledged, at most 1024: a number that the system gave to another file
    /// since is found out. Without the key nobody can try what stands in them.
    head: String,
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
    fn head(&self, file: &File, at: u64) -> io::Result<String> {
        let mut bytes = vec![0; at.min(HEAD) as usize];
        file.read_exact_at(&mut bytes, 0)?;
        let mut mac = self.0.clone();
        mac.update(&bytes);
        Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
    }
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

    /// How far a file was acknowledged. `None`: it is another one than was left under this number, or was cut since.
    pub(super) fn of(&self, id: (u64, u64), file: &File) -> Option<u64> {
        let known = self.kept.files.get(&key(id))?;
        let is_whole = file.metadata().is_ok_and(|about| about.len() >= known.at);
        (is_whole && self.key.head(file, known.at).is_ok_and(|head| head == known.head)).then_some(known.at)
    }

    /// Notes how far a file is acknowledged. One that cannot be read stays as it was.
    pub(super) fn set(&mut self, id: (u64, u64), file: &File, at: u64) {
        if self.kept.files.get(&key(id)).is_some_and(|known| known.at == at) {
            return;
        }
        if let Ok(head) = self.key.head(file, at) {
            self.kept.files.insert(key(id), Position { at, head });
            self.is_new = true;
        }
    }

    /// Forgets files that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn((u64, u64)) -> bool) {
        let before = self.kept.files.len();
        self.kept.files.retain(|known, _| id(known).is_some_and(&is_there));
        self.is_new |= self.kept.files.len() != before;
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
        assert_eq!(positions.of((1, 2), &file), None);
        positions.set((1, 2), &file, 6);
        positions.sync().unwrap();
        let again = Positions::open(folder.path(), "logs").unwrap();
        assert_eq!(again.of((1, 2), &file), Some(6));
        for other in ["other\nsecond\n", "fir"] {
            fs::write(&path, other).unwrap();
            assert_eq!(again.of((1, 2), &File::open(&path).unwrap()), None);
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
            positions.set((1, 2), &File::open(&path).unwrap(), guess.len() as u64);
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
