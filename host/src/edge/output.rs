//! Output: standard output, or a file that appears only when it is whole.
//!
//! A file is written without a name in the same folder (`O_TMPFILE`), synced, and given its name by [`Output::finish`]; until then a
//! file of that name keeps its content, and a failure leaves it untouched. However the process ends, killed or by a signal, the
//! system takes an unnamed file away: nothing is left behind. (Where a file is replaced it bears `.NAME.PID-N.part` for the
//! moment between two system calls; where a file system knows no unnamed files, as NFS does, it bears that all the time, and
//! a kill leaves it there.) It can be read and written by its owner only, less what the umask takes away. A name that ends
//! in `.gz` or `.zst` is compressed. Devices and named pipes are written directly.

use crate::pipeline::Sanitized;
use crate::policy::exact::Sealing;
use flate2::{Compression, write::GzEncoder};
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use zstd::stream::write::Encoder as ZstdEncoder;

/// Whether anyone still reads what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Yes.
    Open,
    /// The reader of the pipe went away, as `head` does. Not an error; what was not written is not safe downstream.
    ReaderGone,
}

/// Why output could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} {}", path.display())]
pub struct OutputError {
    action: &'static str,
    path: PathBuf,
    /// What the system said.
    #[source]
    pub error: io::Error,
}

/// Where filtered events go. Writes are not gathered: write a batch at a time.
#[derive(Debug)]
pub struct Output {
    writer: Writer,
    path: PathBuf,
    part: Option<Part>,
}

enum Writer {
    Plain(File),
    Gzip(GzEncoder<File>),
    Zstd(ZstdEncoder<'static, File>),
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

/// What a file is called until it is whole.
#[derive(Debug)]
enum Part {
    /// Nothing: it goes when it is closed.
    Unnamed,
    Named(Named),
}

/// A temporary name; it is removed when dropped.
#[derive(Debug)]
struct Named {
    path: PathBuf,
}

impl Drop for Named {
    fn drop(&mut self) {
        // Nothing can be done about a file that stays.
        let _ = fs::remove_file(&self.path);
    }
}

impl Named {
    fn rename(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        std::mem::forget(self);
        Ok(())
    }
}

impl Output {
    /// Standard output, uncompressed.
    ///
    /// # Errors
    /// When it is closed.
    pub fn stdout() -> Result<Self, OutputError> {
        let path = PathBuf::from("standard output");
        match io::stdout().as_fd().try_clone_to_owned() {
            Ok(fd) => Ok(Self { writer: Writer::Plain(File::from(fd)), path, part: None }),
            Err(error) => Err(OutputError { action: "write to", path, error }),
        }
    }

    /// A file that appears at `path` when [`Output::finish`] succeeds.
    ///
    /// # Errors
    /// When the folder cannot be written, or `path` is a folder.
    pub fn file(path: &Path) -> Result<Self, OutputError> {
        Self::create(path).map_err(|error| OutputError { action: "create", path: path.to_owned(), error })
    }

    fn create(path: &Path) -> io::Result<Self> {
        // What a link points to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (file, part) = match fs::metadata(&path) {
            Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(found) if !found.is_file() => (OpenOptions::new().write(true).open(&path)?, None),
            _ => {
                let (file, part) = create_part(&path)?;
                (file, Some(part))
            }
        };
        let writer = match path.extension().and_then(|e| e.to_str()) {
            Some("gz") => Writer::Gzip(GzEncoder::new(file, Compression::default())),
            Some("zst") => Writer::Zstd(ZstdEncoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            _ => Writer::Plain(file),
        };
        Ok(Self { writer, path, part })
    }

    /// Writes all events of a batch. INVARIANT (raw cannot be encoded): there is no other way to write, and only
    /// [`Engine::run`](crate::pipeline::Engine::run) makes what this takes.
    ///
    /// ```no_run
    /// # use tamis::{edge::output::Output, pipeline::Sanitized};
    /// let sanitized = Sanitized::default();
    /// Output::stdout()?.write(&sanitized)?;
    /// # Ok::<(), tamis::edge::output::OutputError>(())
    /// ```
    ///
    /// "Raw reached the sink" does not compile:
    ///
    /// ```compile_fail,E0308
    /// # use tamis::{edge::output::Output, pipeline::Sanitized};
    /// let raw: &[u8] = b"{\"UserId\":\"ann@example.com\"}";
    /// Output::stdout()?.write(raw)?;
    /// # Ok::<(), tamis::edge::output::OutputError>(())
    /// ```
    ///
    /// ```compile_fail,E0451
    /// # use tamis::{edge::output::Output, pipeline::Sanitized};
    /// let sanitized = Sanitized { bytes: b"{\"UserId\":\"ann@example.com\"}".to_vec() };
    /// Output::stdout()?.write(&sanitized)?;
    /// # Ok::<(), tamis::edge::output::OutputError>(())
    /// ```
    ///
    /// # Errors
    /// When the system refuses, other than for a reader that went away.
    pub fn write(&mut self, events: &Sanitized) -> Result<Flow, OutputError> {
        let result = self.writer.write_all(events.bytes());
        self.flow("write to", result)
    }

    /// Passes on what compression held back.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn flush(&mut self) -> Result<Flow, OutputError> {
        let result = self.writer.flush();
        self.flow("write to", result)
    }

    /// Writes what is left; a file is synced and appears under its name.
    ///
    /// # Errors
    /// As [`Output::write`]; then a file that was there before is as it was.
    pub fn finish(mut self) -> Result<Flow, OutputError> {
        let path = std::mem::take(&mut self.path);
        let failed = |action, error| OutputError { action, path: path.clone(), error };
        let file = match self.writer {
            Writer::Plain(file) => Ok(file),
            Writer::Gzip(gzip) => gzip.finish(),
            Writer::Zstd(zstd) => zstd.finish(),
        };
        let file = match file {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Flow::ReaderGone),
            file => file.map_err(|e| failed("write to", e))?,
        };
        if let Some(part) = self.part.take() {
            file.sync_all().map_err(|e| failed("sync", e))?;
            let named = match part {
                Part::Unnamed => give_name(file, &path),
                Part::Named(named) => named.rename(&path),
            };
            named.map_err(|e| failed("rename into", e))?;
            // The name itself is on disk once the folder is; a file system that cannot sync folders keeps it in its own time.
            let _ = File::open(folder(&path)).and_then(|folder| folder.sync_all());
        }
        Ok(Flow::Open)
    }

    fn flow(&self, action: &'static str, result: io::Result<()>) -> Result<Flow, OutputError> {
        match result {
            Ok(()) => Ok(Flow::Open),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Flow::ReaderGone),
            Err(error) => Err(OutputError { action, path: self.path.clone(), error }),
        }
    }
}

/// Writes a sealed list: digests, no values. It appears at `path` when it is whole.
///
/// # Errors
/// As [`Output::file`] and [`Output::finish`].
pub fn sealed_list(path: &Path, sealing: &Sealing) -> Result<(), OutputError> {
    whole(path, &sealing.file)
}

/// Writes a report: text that holds no value of an event. It appears at `path` when it is whole.
///
/// # Errors
/// As [`Output::file`] and [`Output::finish`].
pub fn report(path: &Path, text: &str) -> Result<(), OutputError> {
    whole(path, text.as_bytes())
}

fn whole(path: &Path, bytes: &[u8]) -> Result<(), OutputError> {
    let mut output = Output::file(path)?;
    let written = output.writer.write_all(bytes);
    written.map_err(|error| OutputError { action: "write to", path: path.to_owned(), error })?;
    output.finish().map(drop)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn create_part(path: &Path) -> io::Result<(File, Part)> {
    let unnamed =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).mode(0o600).open(folder(path));
    match unnamed {
        // Its name is given by way of this link: without it, a file that has a name is better.
        Ok(file) if fs::metadata(own_link(&file)).is_ok() => Ok((file, Part::Unnamed)),
        _ => create_named(path).map(|(file, named)| (file, Part::Named(named))),
    }
}

fn create_named(path: &Path) -> io::Result<(File, Named)> {
    loop {
        let path = part_name(path)?;
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            file => return Ok((file?, Named { path })),
        }
    }
}

/// Gives an unnamed file its name. A name cannot be given in another file's place, so that one is replaced in two steps.
fn give_name(mut file: File, path: &Path) -> io::Result<()> {
    match link(&file, path) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let named = Named { path: part_name(path)? };
            if link(&file, &named.path).is_ok() {
                return named.rename(path);
            }
            // That name is another's.
            std::mem::forget(named);
        }
        Err(_) => {}
    }
    // Some file systems make unnamed files and give them no name: what is whole is copied.
    let (mut copy, named) = create_named(path)?;
    file.rewind()?;
    io::copy(&mut file, &mut copy)?;
    copy.sync_all()?;
    named.rename(path)
}

fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    Ok(linkat(CWD, own_link(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

/// The link by which the system knows an open file.
fn own_link(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// `.NAME.PID-N.part` beside a file.
fn part_name(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut part = OsString::from(".");
    part.push(path.file_name().ok_or(ErrorKind::InvalidFilename)?);
    part.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    Ok(folder(path).join(part))
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(gzip) => gzip.write(bytes),
            Self::Zstd(zstd) => zstd.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(gzip) => gzip.flush(),
            Self::Zstd(zstd) => zstd.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::PermissionsExt;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_appears_only_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        fs::write(&path, "before").unwrap();
        let mut output = Output::file(&path).unwrap();
        assert_eq!(output.write(&Sanitized::of_test("after")).unwrap(), Flow::Open);
        assert_eq!(fs::read(&path).unwrap(), b"before");
        drop(output);
        assert_eq!(names(folder.path()), ["out.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"before");
        let mut output = Output::file(&path).unwrap();
        assert_eq!(output.write(&Sanitized::of_test("after")).unwrap(), Flow::Open);
        assert_eq!(output.finish().unwrap(), Flow::Open);
        assert_eq!(names(folder.path()), ["out.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"after");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
    }

    /// LAW (no leavings): while a file is written nothing of it is in the folder, so that no kill can leave anything there.
    #[test]
    fn a_file_has_no_name_until_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let flags = libc::O_TMPFILE;
        if OpenOptions::new().write(true).custom_flags(flags).open(folder.path()).is_err() {
            println!("skipped: the file system of {} makes no unnamed files (O_TMPFILE)", folder.path().display());
            return;
        }
        for before in [None, Some("before")] {
            let path = folder.path().join("out.json");
            before.iter().for_each(|text| fs::write(&path, text).unwrap());
            let seen: Vec<_> = before.iter().map(|_| "out.json").collect();
            let mut output = Output::file(&path).unwrap();
            assert_eq!(names(folder.path()), seen);
            assert_eq!(output.write(&Sanitized::of_test("after")).unwrap(), Flow::Open);
            assert_eq!(names(folder.path()), seen);
            assert_eq!(output.finish().unwrap(), Flow::Open);
            assert_eq!(names(folder.path()), ["out.json"]);
            assert_eq!(fs::read(&path).unwrap(), b"after");
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
            fs::remove_file(&path).unwrap();
        }
    }

    /// Where a file system makes no unnamed files, or gives them no name.
    #[test]
    fn a_file_may_have_a_name_of_its_own_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.json");
        for text in ["one", "two"] {
            let (file, named) = create_named(&path).unwrap();
            let part = Some(Part::Named(named));
            let mut output = Output { writer: Writer::Plain(file), path: path.clone(), part };
            assert_eq!(output.write(&Sanitized::of_test(text)).unwrap(), Flow::Open);
            assert_eq!(names(folder.path()).iter().filter(|name| name.ends_with(".part")).count(), 1);
            assert_eq!(output.finish().unwrap(), Flow::Open);
            assert_eq!(names(folder.path()), ["out.json"]);
            assert_eq!(fs::read(&path).unwrap(), text.as_bytes());
        }
        drop(create_named(&path).unwrap());
        assert_eq!(names(folder.path()), ["out.json"]);
        // A file that cannot be linked: it has a name already in another folder, and that one is gone.
        let elsewhere = tempfile::tempdir().unwrap();
        let gone = elsewhere.path().join("gone");
        fs::write(&gone, "copied").unwrap();
        let file = OpenOptions::new().read(true).write(true).open(&gone).unwrap();
        fs::remove_file(&gone).unwrap();
        give_name(file, &path).unwrap();
        assert_eq!(names(folder.path()), ["out.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"copied");
    }

    #[test]
    fn extensions_choose_the_compression() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.gz", "a.zst", "a.json"] {
            let path = folder.path().join(name);
            let mut output = Output::file(&path).unwrap();
            assert_eq!(output.write(&Sanitized::of_test("text")).unwrap(), Flow::Open);
            assert_eq!(output.finish().unwrap(), Flow::Open);
            let bytes = fs::read(&path).unwrap();
            let mut text = Vec::new();
            match name {
                "a.gz" => _ = flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut text).unwrap(),
                "a.zst" => text = zstd::decode_all(&bytes[..]).unwrap(),
                _ => text = bytes,
            }
            assert_eq!(text, b"text");
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let file = File::from(std::os::fd::OwnedFd::from(writer));
        let mut output = Output { writer: Writer::Plain(file), path: "pipe".into(), part: None };
        assert_eq!(output.write(&Sanitized::of_test("text")).unwrap(), Flow::ReaderGone);
    }

    #[test]
    fn a_device_is_written_and_not_replaced() {
        let mut output = Output::file(Path::new("/dev/null")).unwrap();
        assert_eq!(output.write(&Sanitized::of_test("text")).unwrap(), Flow::Open);
        assert_eq!(output.finish().unwrap(), Flow::Open);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        assert!(Output::file(Path::new("/tmp")).is_err());
        let full = Output::file(Path::new("/dev/full")).and_then(|mut o| o.write(&Sanitized::of_test("text")));
        assert!(full.is_err_and(|e| e.to_string() == "cannot write to /dev/full"));
    }
}
