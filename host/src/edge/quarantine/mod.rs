//! Quarantine: what became of no output, sealed to a public key (`age`), never in clear.
//!
//! # The file
//!
//! Lines of JSON, of three kinds:
//!
//! ```text
//! {"tamis":"quarantine","version":1,"recipients":["age1…"]}                     a run begins
//! {"event":17,"reason":"no-plan","source":"a.json","bytes":1033,"content":"sealed"}   one record; `schema`, `rule`, `time` if known
//! {"records":12,"sealed":"…"}                                                   the content of the sealed records since the last such line
//! ```
//!
//! `event` counts from 1 in its `source`, and everything counts that stands there where an event could: lines that are not blank, rows
//! below the header (a row may have several lines), elements of the array, values one behind the other. So event 17 of
//! `a.ndjson` is what `grep -v '^[[:space:]]*$' a.ndjson | sed -n 17p` prints.
//!
//! A line may stand for many events of which nothing is kept: `events` says how many of its source, of which `event` was the first and
//! `bytes` are the sum. `tamis run` writes it where more than [`ALONE`] of a batch are alike.
//!
//! `content` is `sealed`; `discarded`: there is no recipient; or `absent`: there was nothing that may be kept (a piece beyond the
//! limits, or an event that no plan is known for, unless all of it was asked for). What is sealed is a [`Residue`]: forbidden and
//! protected values were destroyed before. `sealed` is the base64 of an age file, whose plaintext holds for every record the
//! line `{"event":…,"length":N}` (the same metadata), N bytes, and a line break. Who has the key can read it with
//! `jq -r '.sealed // empty' FILE | base64 -d | age -d -i KEY` line by line, or with [`Reader`].
//!
//! Many records share one age header, so sealing costs little, and a line is written at once: a file cut off anywhere keeps all
//! lines before, and a hard kill loses at most what came since the last [`Quarantine::flush`] (at most 256 KiB of content).
//!
//! The file is opened for appending, under its own name: unlike output it must survive a run that fails. It is locked while a run
//! writes it, readable by its owner only, and a file that is no quarantine is refused. [`Quarantine::finish`] syncs it.

mod batch;
mod purge;
mod reader;

pub use age::x25519::{Identity, Recipient};
pub use batch::{Record, longest, memory, records};
pub use purge::purge;
pub use reader::{Content, Opened, Reader};

use crate::kill;
use crate::pipeline::Residue;
use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Content that is gathered before it is sealed and written, in bytes.
const GATHERED: usize = 256 << 10;

/// So many events of a batch that are alike, and of which nothing is kept, have a line each.
pub const ALONE: usize = 8;

/// Longest first line of a file that is taken for a quarantine, in bytes.
const MOST_HEADER: u64 = 64 << 10;

const VERSION: u32 = 1;

/// Why quarantine cannot be written or read. Says nothing of its content.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuarantineError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The quarantine file.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The file that is there was not written by quarantine.
    #[error("{} exists and is not a quarantine file of version {VERSION}", .0.display())]
    Foreign(PathBuf),
    /// Another run writes it.
    #[error("{} is being written by another run", .0.display())]
    Busy(PathBuf),
    /// The text is no `age1…` public key.
    #[error("not a public key of age (age1…)")]
    BadRecipient,
    /// Sealing failed.
    #[error("sealing to the public keys failed")]
    Seal,
}

/// What is known of a quarantined event. Nothing in it may come from a value of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Number of the event in its source, from 1.
    pub event: u64,
    /// A stable code: why it is here.
    pub reason: String,
    /// Id of the schema map, if one was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The rule that decided, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Where the event came from: a file name, or `standard input`.
    pub source: String,
    /// Length of the event in the input, in bytes; of all of them, where it stands for more than one.
    pub bytes: u64,
    /// How many events it stands for, of which `event` is the first: of a flood of which nothing is kept, what is known is said once.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub events: u64,
    /// When it was put here, as the caller has it (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

fn one() -> u64 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_one(events: &u64) -> bool {
    *events == 1
}

#[derive(Serialize, Deserialize)]
struct Begin {
    tamis: String,
    version: u32,
    recipients: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    Sealed,
    Discarded,
    Absent,
}

#[derive(Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    metadata: Metadata,
    content: Kept,
}

/// Before the bytes of a record, inside the sealed text.
#[derive(Serialize, Deserialize)]
struct Inside {
    #[serde(flatten)]
    metadata: Metadata,
    length: usize,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    records: usize,
    sealed: String,
}

/// What a run put into quarantine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All records.
    pub records: u64,
    /// Records whose content was sealed.
    pub sealed: u64,
    /// Records whose content was discarded, since there is no recipient.
    pub discarded: u64,
    /// Records that had no content.
    pub absent: u64,
}

/// Writes quarantine. Dropping it writes what was gathered, without telling whether that worked: call [`Quarantine::finish`].
#[derive(Debug)]
pub struct Quarantine {
    file: Option<(File, PathBuf)>,
    recipients: Vec<Recipient>,
    tally: Tally,
    /// Lines not yet written.
    lines: Vec<u8>,
    /// What stands before the first line that is written: the line with which a run begins, on a line of its own.
    begin: Vec<u8>,
    /// The file is empty: that it is one of quarantine stands in it, also where nothing comes.
    is_new: bool,
    /// What will be sealed, and how many records that is.
    content: Vec<u8>,
    gathered: usize,
}

/// Reads an `age1…` public key (X25519).
///
/// # Errors
/// [`QuarantineError::BadRecipient`] when it is none; the message does not repeat the text, which may be a private key.
pub fn parse_recipient(text: &str) -> Result<Recipient, QuarantineError> {
    text.trim().parse().map_err(|_| QuarantineError::BadRecipient)
}

impl Quarantine {
    /// Keeps nothing and counts what was discarded.
    pub fn discard() -> Self {
        Self {
            file: None,
            recipients: Vec::new(),
            tally: Tally::default(),
            lines: Vec::new(),
            begin: Vec::new(),
            is_new: false,
            content: Vec::new(),
            gathered: 0,
        }
    }

    /// Appends to the file at `path`. Without recipients only metadata is written and content is discarded.
    ///
    /// # Errors
    /// When the file cannot be opened, is being written by another run, or is something else.
    pub fn file(path: &Path, recipients: &[Recipient]) -> Result<Self, QuarantineError> {
        let failed = |error| QuarantineError::Io { action: "open", path: path.to_owned(), error };
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Err(QuarantineError::Busy(path.to_owned())),
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        let mut begin = Vec::new();
        if is_torn(&mut file).map_err(failed)? {
            // A process ended while it wrote the first line: nothing was kept yet.
            file.set_len(0).map_err(failed)?;
        }
        let is_new = file.metadata().map_err(failed)?.len() == 0;
        if !is_new {
            if !is_quarantine(&mut file).map_err(failed)? {
                return Err(QuarantineError::Foreign(path.to_owned()));
            }
            if !ends_with_a_line(&mut file).map_err(failed)? {
                begin.push(b'\n');
            }
        }
        let names = recipients.iter().map(ToString::to_string).collect();
        push_line(&mut begin, &Begin { tamis: "quarantine".into(), version: VERSION, recipients: names });
        let mut quarantine = Self::discard();
        quarantine.file = Some((file, path.to_owned()));
        quarantine.recipients = recipients.to_vec();
        (quarantine.begin, quarantine.is_new) = (begin, is_new);
        Ok(quarantine)
    }

    /// Adds a record. `content`: what may be sealed of it; `None` for metadata only.
    ///
    /// # Errors
    /// As [`Quarantine::flush`], which is called when enough was gathered.
    pub fn add(&mut self, metadata: &Metadata, content: Option<&Residue>) -> Result<(), QuarantineError> {
        let content = content.map(Residue::bytes);
        let events = metadata.events;
        self.tally.records += events;
        let kept = match content {
            None => Kept::Absent,
            Some(_) if self.file.is_none() || self.recipients.is_empty() => Kept::Discarded,
            Some(_) => Kept::Sealed,
        };
        match kept {
            Kept::Sealed => self.tally.sealed += events,
            Kept::Discarded => self.tally.discarded += events,
            Kept::Absent => self.tally.absent += events,
        }
        if self.file.is_none() {
            return Ok(());
        }
        push_line(&mut self.lines, &Line { metadata: metadata.clone(), content: kept });
        if let (Kept::Sealed, Some(content)) = (kept, content) {
            push_line(&mut self.content, &Inside { metadata: metadata.clone(), length: content.len() });
            self.content.extend_from_slice(content);
            self.content.push(b'\n');
            self.gathered += 1;
        }
        if self.lines.len() + self.content.len() >= GATHERED { self.flush() } else { Ok(()) }
    }

    /// Seals and writes what was gathered. Call it once a batch, before the batch is acknowledged.
    ///
    /// # Errors
    /// When the file cannot be written. What was gathered is then kept for the next call; lines may appear twice.
    pub fn flush(&mut self) -> Result<(), QuarantineError> {
        let Some((file, path)) = &mut self.file else { return Ok(()) };
        if self.lines.is_empty() && !self.is_new {
            return Ok(());
        }
        if self.gathered > 0 {
            let seal = || seal(&self.recipients, &self.content);
            let sealed = kill::around("quarantine", "seal", seal).ok_or(QuarantineError::Seal)?;
            push_line(&mut self.lines, &Sealed { records: self.gathered, sealed: BASE64_STANDARD.encode(sealed) });
            self.content.clear();
            self.gathered = 0;
        }
        let begin = self.begin.len();
        self.lines.splice(..0, self.begin.drain(..));
        if let Err(error) = kill::write("quarantine", file, &self.lines) {
            // A line may have been cut: the next attempt begins a new one. In a new file nothing is kept yet.
            let is_empty = self.is_new && file.set_len(0).is_ok();
            self.begin = (!is_empty).then_some(b'\n').into_iter().chain(self.lines.drain(..begin)).collect();
            return Err(QuarantineError::Io { action: "write to", path: path.clone(), error });
        }
        self.lines.clear();
        self.is_new = false;
        Ok(())
    }

    /// Forgets what was gathered and could not be written, for whom it is given again.
    pub fn forget(&mut self) {
        self.lines.clear();
        self.content.clear();
        self.gathered = 0;
    }

    /// Writes what was gathered and waits until it is on disk.
    ///
    /// # Errors
    /// As [`Quarantine::flush`].
    pub fn finish(mut self) -> Result<Tally, QuarantineError> {
        self.flush()?;
        if let Some((file, path)) = &self.file {
            file.sync_all().map_err(|error| QuarantineError::Io { action: "sync", path: path.clone(), error })?;
        }
        Ok(self.tally)
    }

    /// Writes what was gathered and waits until it is on disk.
    ///
    /// # Errors
    /// As [`Quarantine::flush`].
    pub fn sync(&mut self) -> Result<(), QuarantineError> {
        self.flush()?;
        let Some((file, path)) = &self.file else { return Ok(()) };
        let synced = kill::around("quarantine", "sync", || file.sync_data());
        synced.map_err(|error| QuarantineError::Io { action: "sync", path: path.clone(), error })
    }

    /// Bytes that the file has, with what was gathered and is not sealed.
    pub fn size(&self) -> u64 {
        let file = self.file.as_ref().and_then(|(file, _)| file.metadata().ok()).map_or(0, |about| about.len());
        file + (self.begin.len() + self.lines.len()) as u64
    }

    /// What was added so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }
}

impl Drop for Quarantine {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = self.flush();
        // Closing is not enough: a process that is being started may hold a copy of the file until it runs its program.
        if let Some((file, _)) = &self.file {
            let _ = file.unlock();
        }
    }
}

fn push_line(out: &mut Vec<u8>, line: &impl Serialize) {
    // Writing these types into memory cannot fail: their keys are strings.
    if serde_json::to_writer(&mut *out, line).is_ok() {
        out.push(b'\n');
    }
}

fn seal(recipients: &[Recipient], content: &[u8]) -> Option<Vec<u8>> {
    let mut sealed = Vec::with_capacity(content.len() + 1024);
    let encryptor = age::Encryptor::with_recipients(recipients.iter().map(|r| r as &dyn age::Recipient)).ok()?;
    let mut writer = encryptor.wrap_output(&mut sealed).ok()?;
    writer.write_all(content).ok()?;
    writer.finish().ok()?;
    Some(sealed)
}

fn is_quarantine(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut first = Vec::new();
    BufReader::new(file.take(MOST_HEADER)).read_until(b'\n', &mut first)?;
    Ok(is_begin(&first))
}

/// Whether all that is there is a part of the line with which a run begins.
fn is_torn(file: &mut File) -> io::Result<bool> {
    const BEGIN: &[u8] = br#"{"tamis":"quarantine","version":"#;
    file.seek(SeekFrom::Start(0))?;
    let mut all = Vec::new();
    file.take(MOST_HEADER).read_to_end(&mut all)?;
    let known = all.len().min(BEGIN.len());
    let is_short = !all.is_empty() && (all.len() as u64) < MOST_HEADER;
    Ok(is_short && !all.contains(&b'\n') && all[..known] == BEGIN[..known])
}

fn is_begin(line: &[u8]) -> bool {
    serde_json::from_slice::<Begin>(line).is_ok_and(|b| b.tamis == "quarantine" && b.version == VERSION)
}

fn ends_with_a_line(file: &mut File) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests;
