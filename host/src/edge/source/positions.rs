//! How far files were acknowledged, kept over a restart. The file is written whole, synced, and renamed into place.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// Bytes at the beginning of a file by which it is known again.
const HEAD: u64 = 1024;

/// Where a file was left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Everything before is acknowledged.
    pub(super) at: u64,
    /// SHA-256 of its first bytes, as many as were acknowledged, at most 1024: a number that the system gave to another file
    /// since is found out.
    pub(super) head: String,
}

impl Position {
    /// Whether this is the file, and it was not cut since.
    pub(super) fn is_of(&self, file: &File) -> bool {
        file.metadata().is_ok_and(|about| about.len() >= self.at) && head(file, self.at).is_ok_and(|it| it == self.head)
    }
}

/// What the beginning of a file is known by.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn head(file: &File, at: u64) -> io::Result<String> {
    let mut bytes = vec![0; at.min(HEAD) as usize];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: u32,
    files: BTreeMap<String, Position>,
}

/// Positions of the files of a source.
#[derive(Debug)]
pub(super) struct Positions {
    path: PathBuf,
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
        let kept = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Kept { version: 1, ..Kept::default() },
            Err(error) => return Err(error),
        };
        Ok(Self { path, kept, is_new: false })
    }

    /// Where a file was left.
    pub(super) fn of(&self, id: (u64, u64)) -> Option<&Position> {
        self.kept.files.get(&key(id))
    }

    pub(super) fn set(&mut self, id: (u64, u64), position: Position) {
        self.kept.files.insert(key(id), position);
        self.is_new = true;
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
        let new = self.path.with_extension("new");
        let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&serde_json::to_vec(&self.kept).map_err(io::Error::other)?)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        if let Some(folder) = self.path.parent() {
            File::open(folder)?.sync_all()?;
        }
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
        assert_eq!(positions.of((1, 2)), None);
        positions.set((1, 2), Position { at: 6, head: head(&file, 6).unwrap() });
        positions.sync().unwrap();
        let again = Positions::open(folder.path(), "logs").unwrap();
        assert!(again.of((1, 2)).unwrap().is_of(&file));
        fs::write(&path, "other\nsecond\n").unwrap();
        assert!(!again.of((1, 2)).unwrap().is_of(&File::open(&path).unwrap()));
        fs::write(&path, "fir").unwrap();
        assert!(!again.of((1, 2)).unwrap().is_of(&File::open(&path).unwrap()));
    }
}
