//! A file that grows. What is answered as delivered is synced to disk.

use std::fs::{File as Handle, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::{Events, Sink};
use crate::config::FileSink;
use crate::delivery::branch::Answer;
use crate::kill;

/// A file.
pub(super) struct File {
    path: PathBuf,
    open: Arc<Mutex<Option<(PathBuf, Handle)>>>,
}

impl File {
    pub(super) fn new(said: &FileSink) -> Self {
        Self { path: said.path.clone(), open: Arc::default() }
    }
}

/// The name on a day (UTC).
fn named(path: &Path, day: &str) -> PathBuf {
    path.to_str().map_or_else(|| path.to_owned(), |text| text.replace("{date}", day).into())
}

impl Sink for File {
    fn send(&self, events: Vec<Events>) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let open = self.open.clone();
        let day = jiff::Timestamp::now().to_string();
        let path = named(&self.path, day.get(..10).unwrap_or_default());
        Box::pin(async move {
            let wrote = tokio::task::spawn_blocking(move || {
                let mut lines = Vec::new();
                events.iter().for_each(|events| events.lines(&mut lines));
                let mut open = open.lock().map_err(|_| io::Error::other("another writer failed"))?;
                let wrote = append(&mut open, &path, &lines);
                if wrote.is_err() {
                    // How much of it is there is not known: the next attempt looks.
                    *open = None;
                }
                wrote
            });
            match wrote.await {
                Ok(Ok(())) => Answer::Delivered,
                _ => Answer::Retry { after: None },
            }
        })
    }

    fn is_ordered(&self) -> bool {
        true
    }
}

fn append(open: &mut Option<(PathBuf, Handle)>, path: &Path, lines: &[u8]) -> io::Result<()> {
    // A file that was moved away (rotated) is not written any more.
    let is_there = |handle: &Handle| {
        use std::os::unix::fs::MetadataExt as _;
        let (ours, now) = (handle.metadata(), std::fs::metadata(path));
        matches!((ours, now), (Ok(ours), Ok(now)) if ours.ino() == now.ino() && ours.dev() == now.dev())
    };
    if open.as_ref().is_none_or(|(name, handle)| name != path || !is_there(handle)) {
        *open = Some((path.to_owned(), kill::around("file-sink", "open", || appending(path))?));
    }
    let Some((_, handle)) = open else { return Ok(()) };
    kill::write("file-sink", handle, lines)?;
    kill::around("file-sink", "sync", || handle.sync_data())
}

/// Opens a file to append to it. A line that was cut off in a crash is cut off here: it was not acknowledged.
fn appending(path: &Path) -> io::Result<Handle> {
    let mut handle = OpenOptions::new().read(true).append(true).create(true).mode(0o640).open(path)?;
    let end = handle.metadata()?.len();
    let mut at = end;
    let mut block = [0; 4096];
    'back: while at > 0 {
        let from = at.saturating_sub(block.len() as u64);
        let part = &mut block[..(at - from) as usize];
        handle.seek(SeekFrom::Start(from))?;
        handle.read_exact(part)?;
        if let Some(last) = memchr::memrchr(b'\n', part) {
            at = from + last as u64 + 1;
            break 'back;
        }
        at = from;
    }
    if at < end {
        kill::around("file-sink", "cut", || handle.set_len(at))?;
    }
    if end == 0 {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        kill::around("file-sink", "sync-folder", || Handle::open(folder)?.sync_all())?;
    }
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_cut_off_and_whole_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        for (before, after) in [("", "new\n"), ("a\nb\n", "a\nb\nnew\n"), ("a\nb", "a\nnew\n"), ("torn", "new\n")] {
            std::fs::write(&path, before).unwrap();
            append(&mut None, &path, b"new\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after, "{before:?}");
        }
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let mut open = None;
        append(&mut open, &path, b"a\n").unwrap();
        std::fs::rename(&path, folder.path().join("out.1")).unwrap();
        append(&mut open, &path, b"b\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "b\n");
    }
}
