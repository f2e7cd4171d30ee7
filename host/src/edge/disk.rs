//! A folder of the file system as the [`Disk`] of a buffer.

use crate::delivery::buffer::Disk;
use crate::kill;
use std::collections::VecDeque;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A folder that its owner alone may read and write, and so its files.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Files that were appended to last. One that failed is closed: what is written next goes to another.
    open: VecDeque<(String, File)>,
}

/// Room that is set aside for notes of what was delivered, in bytes.
const RESERVED: usize = 64 << 10;
const RESERVE: &str = "reserve";

/// A buffer appends to one segment and one file of positions.
const OPEN: usize = 2;

impl Folder {
    /// The folder at a path; it is made, with all above it, where there is none.
    ///
    /// # Errors
    /// When it cannot be made, or synced into the folder it lies in.
    pub fn open(path: &Path) -> io::Result<Self> {
        kill::around("buffer", "make-folder", || DirBuilder::new().recursive(true).mode(0o700).create(path))?;
        let path = fs::canonicalize(path)?;
        if let Some(above) = path.parent() {
            kill::around("buffer", "sync-above", || File::open(above)?.sync_all())?;
        }
        let folder = Self { path, open: VecDeque::new() };
        folder.reserve();
        Ok(folder)
    }

    /// Sets room aside, where there is some.
    fn reserve(&self) {
        let path = self.path.join(RESERVE);
        if path.exists() {
            return;
        }
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let reserve = |mut file: File| kill::write("reserve", &mut file, &[0; RESERVED]).and_then(|()| file.sync_all());
        if file.and_then(reserve).is_err() {
            // What is half there takes room that others need.
            let _ = fs::remove_file(&path);
        }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let at = match self.open.iter().position(|(known, _)| known == name) {
            Some(at) => at,
            None => {
                let path = self.path.join(name);
                let open = || OpenOptions::new().append(true).create(true).mode(0o600).open(path);
                let file = kill::around(kind(name), "open", open)?;
                self.open.push_front((name.to_owned(), file));
                self.open.truncate(OPEN);
                0
            }
        };
        Ok(&mut self.open[at].1)
    }

    fn close(&mut self, name: &str) {
        self.open.retain(|(known, _)| known != name);
    }

    fn closing_failed<T>(&mut self, name: &str, result: io::Result<T>) -> io::Result<T> {
        if result.is_err() {
            self.close(name);
        }
        result
    }
}

/// What kind of file it is, for the points at which a test kills.
fn kind(name: &str) -> &'static str {
    if name.starts_with("position") { "position" } else { "segment" }
}

impl Disk for Folder {
    fn list(&mut self) -> io::Result<Vec<(String, u64)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let (kind, name) = (entry.file_type()?, entry.file_name().into_string());
            if let (true, Ok(name)) = (kind.is_file(), name)
                && name != RESERVE
            {
                files.push((name, entry.metadata()?.len()));
            }
        }
        Ok(files)
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut written = self.file(name).and_then(|file| kill::write(kind(name), file, bytes));
        // A full disk gets room again by noting what was delivered, and that note takes room itself.
        if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::StorageFull)
            && bytes.len() < RESERVED
            && fs::remove_file(self.path.join(RESERVE)).is_ok()
        {
            self.close(name);
            written = self.file(name).and_then(|file| file.write_all(bytes));
        }
        self.closing_failed(name, written)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let synced = self.file(name).and_then(|file| kill::around(kind(name), "sync", || file.sync_data()));
        self.closing_failed(name, synced)
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        kill::around("buffer", "sync-folder", || File::open(&self.path)?.sync_all())
    }

    fn read(&mut self, name: &str, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path.join(name))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.reserve();
        self.close(name);
        match kill::around(kind(name), "remove", || fs::remove_file(self.path.join(name))) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::buffer::{Buffer, Options};
    use crate::delivery::{Receipt, Verdict};
    use std::os::unix::fs::PermissionsExt;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    #[test]
    fn a_buffer_in_a_folder_outlives_its_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/buffer");
        let options = Options { size: 10_000, segment: 100, sync: Duration::from_millis(5) };
        let open = || Buffer::open(Folder::open(&path).unwrap(), options.clone(), fastrand::Rng::with_seed(1)).unwrap();
        let (tell, told) = channel();
        let mut buffer = open();
        for record in 0..10_u8 {
            let tell = tell.clone();
            let receipt = Receipt::new(move |verdict| tell.send(verdict).unwrap());
            buffer.append(Duration::ZERO, &[record; 20], receipt.part()).unwrap();
            receipt.close();
            buffer.commit().unwrap();
        }
        assert!(told.try_iter().all(|verdict| verdict == Verdict::Ack));
        while buffer.read().unwrap().is_some() {}
        buffer.delivered(7).unwrap();
        drop(buffer);
        let mut buffer = open();
        let read: Vec<_> = std::iter::from_fn(|| buffer.read().unwrap()).map(|record| record.bytes).collect();
        assert_eq!(read, [[7; 20], [8; 20], [9; 20]]);
        let files: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().metadata().unwrap()).collect();
        assert_eq!(files.len(), 4, "a position, two segments, and room that is set aside");
        assert!(files.iter().all(|file| file.permissions().mode() & 0o077 == 0));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }

    #[test]
    fn what_the_system_refuses_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut disk = Folder::open(folder.path()).unwrap();
        assert!(disk.append("no/such/folder", b"x").is_err());
        assert!(disk.read("nothing", 0, 1).is_err());
        disk.remove("nothing").unwrap();
        disk.append("a", b"one").unwrap();
        disk.append("a", b"two").unwrap();
        disk.sync("a").unwrap();
        disk.sync_dir().unwrap();
        assert_eq!(disk.read("a", 2, 2).unwrap(), b"et");
        assert_eq!(disk.list().unwrap(), [("a".to_owned(), 6)]);
    }
}
