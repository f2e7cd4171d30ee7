//! The ledger: what was in force when, and what was done, in a chain that cannot be changed unseen. Never a value of an event.
//!
//! # The file
//!
//! Lines of JSON. Each names its number, the SHA-256 of the line before (64 zeros for the first), and ends with an Ed25519 signature
//! (RFC 8032) of everything before the signature:
//!
//! ```text
//! {"seq":1,"prev":"0000…","time":"2026-11-26T09:00:00Z","kind":"started",…,"sig":"base64"}
//! ```
//!
//! A chain alone cannot show that its end was cut off: its head (number and digest of the last line) is in the log,
//! so that somebody else keeps it: `ledger-head` is logged at the start, once an hour, when another process added lines (a reveal), and
//! at the end. A process that runs knows its end itself: a file that was cut or changed there is not written any more.
//!
//! | kind | says |
//! |---|---|
//! | `started`, `stopped` | a process began or ended; `version`, `host`, and the `day` that it takes it for. A `started` without a `stopped` before it: a crash, and counts before it are lower bounds |
//! | `in-force` | `route`, `purpose`, `policy`, `digest` |
//! | `among` | what is in force beside an `in-force` whose digest is the `policy` here: many tenants with their digests, those that are closed, and whom codes are sealed to |
//! | `closed` | `route`, `purpose`: a gate keeps it closed |
//! | `narrowed` | `route`, `sink`, `purpose`: less leaves than before; `on_narrow`: whether what was filtered before and waits goes (`send`), or not (`discard`) |
//! | `discarded` | `route`, `sink`, `purpose`, `events`: so many did not, since the last such line. Those that a source gave again were filtered anew |
//! | `lost` | `route`, `sink`, `purpose`, `batches`: so many batches of its buffer were acknowledged and are damaged on the disk, as far as is known since the start |
//! | `repeated` | `route`, `events`: so many were exact repeats of events that are safe, and did not go, since the last such line |
//! | `shadow`, `shadow-ended` | `route`, `purpose`, `policy`, `digest`: a candidate looks on from now on; it does no more. It changes nothing of what leaves |
//! | `resumed` | it can be written again |
//! | `refused` | `route`, `why`: a change was refused and the old one stays; with `tenant` that of one tenant alone, and what holds `instead` |
//! | `asked` | `by`, `role`, `what`: somebody had this process do something by the admin address |
//! | `tap`, `tap-ended` | `by`, `role`, `route`, `purpose`, `seconds`, `rate`: a sample of what leaves is shown from now on; how many `events` it was |
//! | `denied` | `by`, `role`, `what`: somebody who is known asked for what they may not; the same is written down once a minute |
//! | `counts` | `route`, `purpose`, `counts`: since the last such line, without how many events came in |
//! | `protected` | `day`, `rules`: how often rules withheld what a list protects, a day at a time; fewer than five are `"under 5"` |
//! | `reveal-requested`, `reveal-refused`, `revealed` | `tenant`, `code`, `purpose`, `reason`, `case`, `by`; who agreed (`approvals`). Not what the code stands for |
//! | `subject` | `tenant`, `case`, `by`, `reason`, how many `epochs` and `codes`: the codes of a person were looked up. Not whose |
//! | `day-reset` | `from`, `to`, `by`, `reason`: an operator had the day of policies run back, since the clock had been wrong |
//! | `retiring`, `retired` | `tenant`, `epoch`, `days`, `last_day`, `by`: key and escrow of an epoch are, and were, destroyed |
//!
//! Several processes of one user may write it, a line at a time each: the sidecar, and commands of operators beside it.

mod report;
mod verify;

pub use report::{Form, Span, report};
pub use verify::{Break, Chain, verify};

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::kill;

/// Longest line, in bytes.
const LONGEST: u64 = 4 << 20;

/// A ledger that is written.
pub struct Ledger {
    file: File,
    path: PathBuf,
    key: Ed25519KeyPair,
    seq: u64,
    prev: String,
    /// Where its last line ends, as far as this process knows.
    end: u64,
    /// Where that line stands, with its break.
    last: Range<u64>,
    /// Lines that other processes added since it was opened.
    others: u64,
}

/// Why a ledger cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The system refuses.
    #[error("cannot write {}: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// What stands at its end is no line of a ledger.
    #[error("{} is damaged at its end: see `tamis ledger verify`", .0.display())]
    Damaged(PathBuf),
    /// Lines that this process knows of are not there any more, or are others.
    #[error("{} was cut or changed by somebody else behind line {line}, whose digest is {digest} (rotated, copied back, written with another key?): \
             put that file aside and restart, which begins a new one", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The last line that is known, by its number.
        line: u64,
        /// Its digest.
        digest: String,
    },
    /// It could not be read again.
    #[error("a line of the ledger has at most {} MiB", LONGEST >> 20)]
    Long,
    /// The key is none.
    #[error("the key of the ledger is 64 hexadecimal digits (32 bytes), for example of `openssl rand -hex 32`")]
    Key,
}

/// The digest of a line, without its line break.
fn digest(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What stands before the first line.
fn origin() -> String {
    "0".repeat(64)
}

/// Reads the key that lines are signed with.
///
/// # Errors
///
/// It is none.
pub fn key(text: &str) -> Result<Ed25519KeyPair, LedgerError> {
    let bytes: Option<Vec<u8>> =
        (0..text.len() / 2).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    let seed = bytes.filter(|bytes| bytes.len() == 32 && text.len() == 64).ok_or(LedgerError::Key)?;
    Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| LedgerError::Key)
}

/// The public half, for whoever verifies: 64 hexadecimal digits.
pub fn public(key: &Ed25519KeyPair) -> String {
    key.public_key().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Ledger {
    /// Opens a ledger and goes on behind its last line. A line that was cut off in a crash was never synced: it is taken away.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or is none.
    pub fn open(path: &Path, key: Ed25519KeyPair) -> Result<Self, LedgerError> {
        let failed = |error| LedgerError::Io { path: path.to_owned(), error };
        let open = || OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path);
        let file = kill::around("ledger", "open", open).map_err(failed)?;
        let mut ledger =
            Self { file, path: path.to_owned(), key, seq: 0, prev: origin(), end: 0, last: 0..0, others: 0 };
        ledger.alone(Self::catch_up)?;
        Ok(ledger)
    }

    /// Does something while no other process writes.
    fn alone<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        self.file.lock().map_err(|error| self.failed(error))?;
        let done = act(self);
        // It ends with the file at the latest.
        let _ = self.file.unlock();
        done
    }

    fn failed(&self, error: io::Error) -> LedgerError {
        LedgerError::Io { path: self.path.clone(), error }
    }

    /// Reads the last line, behind which it goes on.
    fn catch_up(&mut self) -> Result<(), LedgerError> {
        let damaged = || LedgerError::Damaged(self.path.clone());
        let last = last_line(&mut self.file).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => damaged(),
            _ => self.failed(error),
        })?;
        let length = last.as_ref().map_or(0, |line| line.len() as u64 + 1);
        (self.seq, self.prev) = match last {
            None => (0, origin()),
            Some(line) => {
                let read: Result<Value, _> = serde_json::from_slice(&line);
                let seq = read.ok().and_then(|line| line.get("seq")?.as_u64());
                (seq.ok_or_else(damaged)?, digest(&line))
            }
        };
        self.end = self.size()?;
        self.last = self.end.saturating_sub(length)..self.end;
        Ok(())
    }

    fn size(&self) -> Result<u64, LedgerError> {
        self.file.metadata().map(|about| about.len()).map_err(|error| self.failed(error))
    }

    /// Number and digest of the last line.
    pub fn head(&self) -> (u64, &str) {
        (self.seq, &self.prev)
    }

    /// How many lines other processes added since it was opened, as far as this one knows.
    pub fn others(&self) -> u64 {
        self.others
    }

    /// Adds a line and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// It cannot be written, or was cut or changed since the last line that this process knows: nothing was added.
    pub fn add(&mut self, kind: &'static str, fields: Map<String, Value>) -> Result<(), LedgerError> {
        self.alone(|ledger| {
            ledger.go_on()?;
            ledger.append(kind, fields)
        })
    }

    /// Reads what other processes added, and writes nothing.
    ///
    /// # Errors
    ///
    /// It cannot be read, or was cut or changed since the last line that this process knows.
    pub fn look(&mut self) -> Result<(), LedgerError> {
        self.alone(Self::go_on)
    }

    /// Reads what other processes added. INVARIANT (no line is signed over a gap): the file is still the one at its path, the last known
    /// line still stands where it stood, and each line behind it is one of this chain, by this key.
    fn go_on(&mut self) -> Result<(), LedgerError> {
        let changed = |ledger: &Self| LedgerError::Changed {
            path: ledger.path.clone(),
            line: ledger.seq,
            digest: ledger.prev.clone(),
        };
        let is_there = |at: &std::fs::Metadata, own: &std::fs::Metadata| (at.dev(), at.ino()) == (own.dev(), own.ino());
        let own = self.file.metadata().map_err(|error| self.failed(error))?;
        if own.len() < self.end || !std::fs::metadata(&self.path).is_ok_and(|at| is_there(&at, &own)) {
            return Err(changed(self));
        }
        let last = self.last.clone();
        let mut stands = vec![0; (last.end - last.start) as usize];
        self.file.read_exact_at(&mut stands, last.start).map_err(|error| self.failed(error))?;
        if stands.pop().is_some_and(|byte| byte != b'\n') || (self.seq > 0 && digest(&stands) != self.prev) {
            return Err(changed(self));
        }
        while self.end < own.len() {
            let mut line = Vec::new();
            self.file.seek(SeekFrom::Start(self.end)).map_err(|error| self.failed(error))?;
            let read = BufReader::new(&self.file).take(LONGEST).read_until(b'\n', &mut line);
            read.map_err(|error| self.failed(error))?;
            if line.last() != Some(&b'\n') {
                // Another process was killed while it wrote: the line was never synced.
                return self.file.set_len(self.end).map_err(|error| self.failed(error));
            }
            let next = verify::next(&line, (self.seq, &self.prev), self.key.public_key().as_ref());
            let next = next.ok_or_else(|| changed(self))?;
            let end = self.end + line.len() as u64;
            (self.seq, self.prev, self.last, self.end) = (self.seq + 1, next, self.end..end, end);
            self.others += 1;
        }
        Ok(())
    }

    fn append(&mut self, kind: &'static str, fields: Map<String, Value>) -> Result<(), LedgerError> {
        let mut line = Map::new();
        line.insert("seq".into(), (self.seq + 1).into());
        line.insert("prev".into(), self.prev.clone().into());
        line.insert("time".into(), jiff::Timestamp::now().to_string().into());
        line.insert("kind".into(), kind.into());
        line.extend(fields);
        let text = Value::Object(line).to_string();
        let signed = text.strip_suffix('}').unwrap_or(&text);
        let signature = BASE64_STANDARD.encode(self.key.sign(signed.as_bytes()));
        let mut line = format!("{signed},\"sig\":\"{signature}\"}}").into_bytes();
        let next = digest(&line);
        line.push(b'\n');
        // Who opens it looks for the line break before it as well.
        if line.len() as u64 >= LONGEST {
            return Err(LedgerError::Long);
        }
        let wrote = kill::write("ledger", &mut self.file, &line)
            .and_then(|()| kill::around("ledger", "sync", || self.file.sync_data()));
        if let Err(error) = wrote {
            // Half a line would be taken for damage.
            let _ = self.file.set_len(self.end);
            return Err(self.failed(error));
        }
        let end = self.end + line.len() as u64;
        (self.seq, self.prev, self.last, self.end) = (self.seq + 1, next, self.end..end, end);
        kill::point("ledger", "head");
        Ok(())
    }
}

/// The last whole line; what follows it is cut off. `InvalidData`: more follows it than a line has, so that it is no line that a crash cut.
fn last_line(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let size = file.metadata()?.len();
    let from = size.saturating_sub(LONGEST);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    BufReader::new(&*file).take(LONGEST).read_to_end(&mut tail)?;
    let Some(end) = memchr::memrchr(b'\n', &tail) else {
        if size >= LONGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        file.set_len(0)?;
        return Ok(None);
    };
    kill::around("ledger", "cut", || file.set_len(from + end as u64 + 1))?;
    let start = memchr::memrchr(b'\n', &tail[..end]).map_or(0, |at| at + 1);
    Ok(Some(tail[start..end].to_vec()))
}

/// The lines of a ledger, without their line breaks.
fn lines(reader: impl io::Read) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    let mut reader = BufReader::new(reader);
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match (&mut reader).take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => Some(Err(error)),
        }
    })
}

#[cfg(test)]
mod tests;
