//! Input: files or standard input, decompressed as they are recognised, framed into batches.
//!
//! gzip (any number of members) and zstd (any number of frames, skippable ones too) are told from plain input by their first bytes, not
//! by names. Reading and decompressing happen on the caller's thread, in blocks that become the buffers of batches.
//! A pipe is read as long as it has bytes ready and a block has room, so a slow producer's events are not held back.
//!
//! An archive that ends too early or is damaged gives all events that were complete before, then an error.

use crate::event::frame::{Batch, End, Form, FrameError, FrameLimits, Framer};
use flate2::bufread::MultiGzDecoder;
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use zstd::stream::read::Decoder as ZstdDecoder;

/// Bytes of an archive read at a time.
const ARCHIVE_BLOCK: usize = 64 << 10;

/// Largest window of a zstd frame, as a power of two: 128 MiB, what `zstd --long` makes. Larger ones are refused.
const ZSTD_WINDOW_LOG: u32 = 27;

/// Why input could not be read to its end. Names sources, never content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The operating system refused.
    #[error("cannot read {source_name}")]
    Io {
        /// The file, or `standard input`.
        source_name: Arc<str>,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// An archive ends before it should. All events that were complete came before.
    #[error("{source_name} is a truncated archive: what follows its last complete event is lost")]
    Truncated {
        /// The file, or `standard input`.
        source_name: Arc<str>,
    },
    /// An archive is damaged. Events before the damage came before.
    #[error("{source_name} is a damaged archive: what follows the damage is lost")]
    Damaged {
        /// The file, or `standard input`.
        source_name: Arc<str>,
    },
    /// It cannot be cut into events.
    #[error("{source_name}: {error}")]
    Frame {
        /// The file, or `standard input`.
        source_name: Arc<str>,
        /// Why not.
        #[source]
        error: FrameError,
    },
}

/// How far reading has come, to be read by others meanwhile.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    read: Arc<AtomicU64>,
}

/// Ends the input for whoever waits for more of it.
#[derive(Clone, Debug)]
pub struct Stopper {
    /// Readable once it was told to stop.
    bell: Arc<OwnedFd>,
}

impl Stopper {
    fn new() -> io::Result<Self> {
        Ok(Self { bell: Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?) })
    }

    /// Nothing more is read.
    pub fn stop(&self) {
        // It counts up: that fails only where it has rung long since.
        let _ = rustix::io::write(&self.bell, &1u64.to_ne_bytes());
    }

    fn is_stopped(&self) -> bool {
        let mut ask = [PollFd::new(&self.bell, PollFlags::IN)];
        poll(&mut ask, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|n| n > 0)
    }

    /// Waits until something can be read, or nothing is to be; `true` for the latter.
    fn waits(&self, file: &File) -> bool {
        let mut ask = [PollFd::new(file, PollFlags::IN), PollFd::new(&self.bell, PollFlags::IN)];
        while poll(&mut ask, None) == Err(rustix::io::Errno::INTR) {}
        !ask[1].revents().is_empty()
    }
}

impl Meter {
    /// Bytes read from files and standard input so far, before decompression.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// Files, or standard input, as batches of events.
///
/// Sources are read one after the other; a batch holds events of one source, and numbers begin anew with each source.
#[derive(Debug)]
pub struct Frames {
    framer: Framer,
    /// Bytes read at a time: a batch's worth, and at most so many.
    block: usize,
    most: usize,
    /// Names and paths still to be opened, last first. No path: standard input.
    waiting: Vec<(Arc<str>, Option<PathBuf>)>,
    current: Option<Source>,
    name: Arc<str>,
    meter: Meter,
    stopper: Stopper,
    total: Option<u64>,
    /// Given after the batches that were complete.
    pending: Option<InputError>,
}

#[derive(Debug)]
struct Source {
    reader: Reader,
    /// An error that came behind bytes that were given first.
    failed: Option<io::Error>,
    is_ended: bool,
}

enum Reader {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<BufReader<Raw>>>),
    Zstd(Box<ZstdDecoder<'static, BufReader<Raw>>>),
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain",
            Self::Gzip(_) => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

impl Frames {
    /// Prepares to read `paths` in their order; none, or `-`, is standard input. Files that cannot be opened are found out here.
    ///
    /// # Errors
    /// [`InputError::Io`] when a file cannot be opened or is a directory.
    pub fn open(paths: &[PathBuf], limits: FrameLimits) -> Result<Self, InputError> {
        let stdin = [PathBuf::from("-")];
        let paths = if paths.is_empty() { &stdin } else { paths };
        let mut total = Some(0);
        let mut waiting = Vec::with_capacity(paths.len());
        for path in paths {
            if path == Path::new("-") {
                let size =
                    standard_input().and_then(|file| file.metadata()).ok().filter(|m| m.is_file()).map(|m| m.len());
                total = total.zip(size).map(|(sum, size)| sum + size);
                waiting.push((Arc::from("standard input"), None));
                continue;
            }
            let name: Arc<str> = Arc::from(path.to_string_lossy());
            let size = size_of(path).map_err(|error| InputError::Io { source_name: name.clone(), error })?;
            total = total.zip(size).map(|(sum, size)| sum + size);
            waiting.push((name, Some(path.clone())));
        }
        waiting.reverse();
        let name = waiting.last().map_or_else(|| Arc::from(""), |(name, _)| name.clone());
        Ok(Self {
            framer: Framer::new(limits),
            block: limits.batch_bytes,
            most: limits.batch_bytes,
            waiting,
            current: None,
            name,
            meter: Meter::default(),
            stopper: Stopper::new()
                .map_err(|error| InputError::Io { source_name: Arc::from("standard input"), error })?,
            total,
            pending: None,
        })
    }

    /// The next batch; `None` at the end of the last source.
    ///
    /// # Errors
    /// When the current source cannot be read or framed further. Its complete events came before; calling again goes on with the
    /// next source.
    #[allow(clippy::should_implement_trait)] // fallible, and batches are given back
    pub fn next(&mut self) -> Result<Option<Batch>, InputError> {
        loop {
            if self.stopper.is_stopped() {
                return Ok(None);
            }
            match self.framer.next() {
                Ok(Some(batch)) => {
                    self.block = block_after(&batch, self.most);
                    return Ok(Some(batch));
                }
                Ok(None) => {}
                Err(error) => {
                    self.close();
                    self.pending = None;
                    return Err(InputError::Frame { source_name: self.name.clone(), error });
                }
            }
            if self.current.as_ref().is_none_or(|s| s.is_ended) {
                self.close();
                if let Some(error) = self.pending.take() {
                    return Err(error);
                }
                if !self.open_next()? {
                    return Ok(None);
                }
            }
            self.fill();
        }
    }

    /// Takes the buffers of a batch that is no longer needed, to be used again.
    pub fn recycle(&mut self, batch: Batch) {
        self.framer.recycle(batch);
    }

    /// How far reading has come.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Ends the input from elsewhere: it has no more batches then, and nothing is wrong with it.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    /// All bytes there are, where every source is a file.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The source of the batch that came last: a path, or `standard input`.
    pub fn source(&self) -> Arc<str> {
        self.name.clone()
    }

    /// What the current source is, once that is known.
    pub fn form(&self) -> Option<Form> {
        self.framer.form()
    }

    fn close(&mut self) {
        self.current = None;
        self.framer.restart();
    }

    fn open_next(&mut self) -> Result<bool, InputError> {
        let Some((name, path)) = self.waiting.pop() else { return Ok(false) };
        self.name = name;
        let opened =
            Raw::open(path.as_deref(), self.meter.read.clone(), self.stopper.clone()).and_then(Reader::recognise);
        let reader = opened.map_err(|error| InputError::Io { source_name: self.name.clone(), error })?;
        self.current = Some(Source { reader, failed: None, is_ended: false });
        Ok(true)
    }

    /// Reads one block into the framer, or tells it of the end.
    fn fill(&mut self) {
        let Some(source) = &mut self.current else { return };
        match source.read_block(self.framer.space(self.block)) {
            Ok(0) => {
                source.is_ended = true;
                self.framer.end(End::Complete);
            }
            Ok(bytes) => self.framer.filled(bytes),
            Err(error) => {
                let source_name = self.name.clone();
                let is_archive = !matches!(source.reader, Reader::Plain(_));
                self.pending = Some(match error.kind() {
                    ErrorKind::UnexpectedEof if is_archive => InputError::Truncated { source_name },
                    // zlib and zstd report damage so; errors of the system carry a number.
                    _ if is_archive && error.raw_os_error().is_none() => InputError::Damaged { source_name },
                    _ => InputError::Io { source_name, error },
                });
                source.is_ended = true;
                self.framer.end(End::Cut);
            }
        }
    }
}

/// Bytes of an event as most are; a block of smaller ones is smaller, but not more than so many times.
const USUAL_EVENT: usize = 800;
const SMALLEST: usize = 4;

/// How much is read for the next batch, at most `most`. What is known of a batch while it is filtered grows with the number of its
/// events, and is to stay in the processor's cache.
pub(in crate::edge) fn block_after(batch: &Batch, most: usize) -> usize {
    let usual = batch.events.len().saturating_mul(USUAL_EVENT).max(1);
    let wanted = most as u64 * batch.bytes().len() as u64 / usual as u64;
    wanted.clamp((most / SMALLEST).max(1) as u64, most.max(1) as u64) as usize
}

/// The size of a regular file; `None` for a pipe or a device.
fn size_of(path: &Path) -> io::Result<Option<u64>> {
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if metadata.is_file() {
        // A file that cannot be read is found out before anything is written.
        File::open(path)?;
        return Ok(Some(metadata.len()));
    }
    Ok(None)
}

/// Without the buffer of `std::io::Stdin`, which would hide what is ready.
fn standard_input() -> io::Result<File> {
    io::stdin().as_fd().try_clone_to_owned().map(File::from)
}

/// Bytes as they are stored.
#[derive(Debug)]
struct Raw {
    file: File,
    /// Regular files are always ready.
    is_file: bool,
    /// The first bytes, read to recognise an archive: to be read again.
    ahead: [u8; 4],
    ahead_at: usize,
    ahead_len: usize,
    /// Counts bytes for [`Frames::meter`].
    count: Arc<AtomicU64>,
    stopper: Stopper,
}

impl Raw {
    fn open(path: Option<&Path>, count: Arc<AtomicU64>, stopper: Stopper) -> io::Result<Self> {
        let file = path.map_or_else(standard_input, File::open)?;
        let is_file = file.metadata()?.is_file();
        Ok(Self { file, is_file, ahead: [0; 4], ahead_at: 0, ahead_len: 0, count, stopper })
    }

    /// Whether reading would not wait.
    fn is_ready(&self) -> bool {
        let mut ask = [PollFd::new(&self.file, PollFlags::IN)];
        self.is_file
            || self.ahead_at < self.ahead_len
            || poll(&mut ask, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|n| n > 0)
    }
}

impl Read for Raw {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let ahead = &self.ahead[self.ahead_at..self.ahead_len];
        if !ahead.is_empty() {
            let bytes = ahead.len().min(room.len());
            room[..bytes].copy_from_slice(&ahead[..bytes]);
            self.ahead_at += bytes;
            return Ok(bytes);
        }
        if !self.is_file && self.stopper.waits(&self.file) {
            return Ok(0);
        }
        let bytes = self.file.read(room)?;
        self.count.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Reader {
    fn recognise(mut raw: Raw) -> io::Result<Self> {
        let mut magic = [0; 4];
        let mut len = 0;
        while len < magic.len() {
            match raw.read(&mut magic[len..]) {
                Ok(0) => break,
                Ok(bytes) => len += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        (raw.ahead, raw.ahead_len) = (magic, len);
        match magic[..len] {
            [0x1F, 0x8B, ..] => {
                Ok(Self::Gzip(Box::new(MultiGzDecoder::new(BufReader::with_capacity(ARCHIVE_BLOCK, raw)))))
            }
            // A frame, or a skippable one before it.
            [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18] => {
                let mut decoder = ZstdDecoder::with_buffer(BufReader::with_capacity(ARCHIVE_BLOCK, raw))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Ok(Self::Zstd(Box::new(decoder)))
            }
            _ => Ok(Self::Plain(raw)),
        }
    }

    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(room),
            Self::Gzip(gzip) => gzip.read(room),
            Self::Zstd(zstd) => zstd.read(room),
        }
    }

    /// Whether reading would not wait, as far as can be told. Where it says no, the next block brings what is there.
    fn is_ready(&self) -> bool {
        let archive = |buffer: &BufReader<Raw>| !buffer.buffer().is_empty() || buffer.get_ref().is_ready();
        match self {
            Self::Plain(raw) => raw.is_ready(),
            Self::Gzip(gzip) => archive(gzip.get_ref()),
            Self::Zstd(zstd) => archive(zstd.get_ref()),
        }
    }
}

impl Source {
    /// Fills `block` as far as bytes are at hand; 0 at the end.
    fn read_block(&mut self, block: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut len = 0;
        while len < block.len() && (len == 0 || self.reader.is_ready()) {
            match self.reader.read(&mut block[len..]) {
                Ok(0) => break,
                Ok(bytes) => len += bytes,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if len == 0 => return Err(error),
                Err(error) => {
                    self.failed = Some(error);
                    break;
                }
            }
        }
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    #[test]
    fn a_block_of_small_events_is_smaller() {
        let after = |event: &str| {
            let mut framer = Framer::new(FrameLimits::default());
            framer.push(format!("{event}\n").repeat(1000).as_bytes());
            block_after(&framer.next().unwrap().unwrap(), 256 << 10)
        };
        assert_eq!(after("{}"), 64 << 10);
        let line = format!("{{\"message\":\"{}\"}}", "x".repeat(300));
        assert!((90 << 10..120 << 10).contains(&after(&line)), "{}", after(&line));
        assert_eq!(after(&format!("{{\"message\":\"{}\"}}", "x".repeat(800))), 256 << 10);
    }

    /// Events of all files in order, and the errors met.
    fn read(files: &[&[u8]]) -> (Vec<String>, Vec<InputError>) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = (0..files.len()).map(|i| folder.path().join(format!("{i}.json"))).collect();
        for (path, bytes) in paths.iter().zip(files) {
            std::fs::write(path, bytes).unwrap();
        }
        let mut frames = Frames::open(&paths, FrameLimits::default()).unwrap();
        let (mut events, mut errors) = (Vec::new(), Vec::new());
        loop {
            match frames.next() {
                Ok(Some(batch)) => {
                    events.extend((0..batch.events.len()).map(|i| String::from_utf8(batch.event(i).to_vec()).unwrap()));
                    frames.recycle(batch);
                }
                Ok(None) => break,
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            let all: usize = files.iter().map(|f| f.len()).sum();
            assert_eq!((frames.meter().bytes(), frames.total()), (all as u64, Some(all as u64)));
        }
        (events, errors)
    }

    #[test]
    fn sources_are_recognised_and_read_in_order() {
        let csv = b"a,b\n1,2\n";
        let skippable =
            [&[0x5A, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(b"{\"z\":1}\n"), &zstd(b"{\"z\":2}")].concat();
        let members = [gzip(b"[{\"g\":1}"), gzip(b",{\"g\""), gzip(b":2}]")].concat();
        let (events, errors) = read(&[b"", &members, csv, &skippable, b"{\"p\":1}\n{\"p\":2}"]);
        assert!(errors.is_empty(), "{errors:?}");
        let expected =
            ["{\"g\":1}", "{\"g\":2}", "{\"a\":\"1\",\"b\":\"2\"}", "{\"z\":1}", "{\"z\":2}", "{\"p\":1}", "{\"p\":2}"];
        assert_eq!(events, expected);
    }

    #[test]
    fn a_truncated_archive_gives_its_complete_events_then_an_error() {
        let mut text = String::new();
        let mut noise = 1u64;
        for i in 0..20_000 {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push_str(&format!("{{\"n\":{i},\"noise\":\"{noise:x}\"}}\n"));
        }
        let all: Vec<&str> = text.lines().collect();
        for archive in [gzip(text.as_bytes()), zstd(text.as_bytes())] {
            for len in [5, archive.len() / 3, archive.len() / 2, archive.len() - 9, archive.len() - 1] {
                let (events, errors) = read(&[&archive[..len], b"{\"next\":1}\n"]);
                assert!(matches!(&errors[..], [InputError::Truncated { .. }]), "{errors:?} at {len}");
                let (last, events) = events.split_last().unwrap();
                assert_eq!(last, "{\"next\":1}");
                assert!(events.iter().zip(&all).all(|(a, b)| a == b));
                // zstd gives whole blocks of up to 128 KiB only, about 3,700 of these lines.
                assert!(events.len() + 4_000 >= all.len() * len / archive.len(), "{} of {}", events.len(), all.len());
            }
        }
    }

    #[test]
    fn a_damaged_archive_is_an_error() {
        let mut archive = gzip(b"{\"a\":1}\n");
        let at = archive.len() - 6;
        archive[at] ^= 1;
        assert!(matches!(&read(&[&archive]).1[..], [InputError::Damaged { .. }]));
        let mut archive = zstd("{\"a\":1}\n".repeat(99).as_bytes());
        archive.truncate(archive.len() - 3);
        archive.extend_from_slice(b"nothing that zstd would write");
        assert!(!read(&[&archive]).1.is_empty());
    }

    #[test]
    fn a_pipe_gives_events_before_it_ends() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = PathBuf::from(format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader)));
        writer.write_all(b"{\"a\":1}\n{\"b\":").unwrap();
        let mut frames = Frames::open(&[path], FrameLimits::default()).unwrap();
        assert_eq!(frames.next().unwrap().unwrap().event(0), b"{\"a\":1}");
        assert_eq!(frames.total(), None);
        writer.write_all(b"2}\n").unwrap();
        drop(writer);
        assert_eq!(frames.next().unwrap().unwrap().event(0), b"{\"b\":2}");
        assert!(frames.next().unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_not_there_is_found_out_at_once() {
        let error = Frames::open(&["/nonexistent/events.json".into()], FrameLimits::default()).unwrap_err();
        assert!(matches!(error, InputError::Io { .. }));
        assert!(matches!(Frames::open(&["/tmp".into()], FrameLimits::default()), Err(InputError::Io { .. })));
    }
}
