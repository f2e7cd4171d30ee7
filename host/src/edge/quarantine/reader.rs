//! Opens quarantine again, for replay and for whoever has to look.

use super::{Identity, Inside, Kept, Line, Metadata, QuarantineError, Sealed, is_begin};
use base64::prelude::{BASE64_STANDARD, Engine};
use memchr::memchr;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// What is left of the content of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The bytes that were sealed.
    Opened(Vec<u8>),
    /// Sealed, and none of the identities opens it.
    Locked,
    /// Sealed, but the file is cut off or damaged before its content.
    Lost,
    /// There was no recipient.
    Discarded,
    /// There was nothing that may be kept.
    Absent,
}

/// A record of quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What is known of the event. Taken from the sealed text where that could be opened.
    pub metadata: Metadata,
    /// Its content.
    pub content: Content,
}

/// Reads a quarantine file record by record, in the order they were added. Holds one sealed line in memory.
pub struct Reader {
    lines: BufReader<File>,
    path: PathBuf,
    identities: Vec<Identity>,
    /// Records whose content has not been met yet.
    waiting: VecDeque<Line>,
    ready: VecDeque<Opened>,
    damaged: u64,
    is_ended: bool,
}

impl Reader {
    /// Opens a file; `identities` may be empty to read metadata only.
    ///
    /// # Errors
    /// When it cannot be read or is no quarantine.
    pub fn open(path: &Path, identities: Vec<Identity>) -> Result<Self, QuarantineError> {
        let failed = |error| QuarantineError::Io { action: "open", path: path.to_owned(), error };
        let mut lines = BufReader::new(File::open(path).map_err(failed)?);
        let mut first = Vec::new();
        (&mut lines).take(super::MOST_HEADER).read_until(b'\n', &mut first).map_err(failed)?;
        if !is_begin(&first) {
            return Err(QuarantineError::Foreign(path.to_owned()));
        }
        let (waiting, ready) = (VecDeque::new(), VecDeque::new());
        Ok(Self { lines, path: path.to_owned(), identities, waiting, ready, damaged: 0, is_ended: false })
    }

    /// Lines so far that could not be understood: cut off by a crash, or changed.
    pub fn damaged(&self) -> u64 {
        self.damaged
    }

    fn line(&mut self, line: &[u8]) {
        if is_begin(line) {
            // A run that was killed leaves records without content.
            self.lose();
        } else if let Ok(line) = serde_json::from_slice::<Line>(line) {
            self.waiting.push_back(line);
            if self.waiting.iter().all(|l| l.content != Kept::Sealed) {
                self.lose();
            }
        } else if let Ok(Sealed { records, sealed }) = serde_json::from_slice(line) {
            let is_whole = self.waiting.iter().filter(|l| l.content == Kept::Sealed).count() == records;
            match BASE64_STANDARD.decode(sealed) {
                Ok(sealed) if is_whole => self.open_sealed(&sealed),
                _ => {
                    self.damaged += 1;
                    self.lose();
                }
            }
        } else {
            self.damaged += 1;
        }
    }

    fn open_sealed(&mut self, sealed: &[u8]) {
        let Some(text) = unseal(&self.identities, sealed) else {
            self.release(|_| Some((None, Content::Locked)));
            return;
        };
        let mut rest = &text[..];
        self.release(|_| {
            let end = memchr(b'\n', rest)?;
            let inside: Inside = serde_json::from_slice(&rest[..end]).ok()?;
            let (content, behind) = rest[end + 1..].split_at_checked(inside.length)?;
            rest = behind.get(1..)?;
            Some((Some(inside.metadata), Content::Opened(content.to_vec())))
        });
    }

    fn lose(&mut self) {
        self.release(|_| None);
    }

    /// Hands out the waiting records; `content` says what each sealed one holds, `None` if that is lost.
    fn release(&mut self, mut content: impl FnMut(&Line) -> Option<(Option<Metadata>, Content)>) {
        for line in self.waiting.drain(..) {
            let (metadata, content) = match line.content {
                Kept::Sealed => content(&line).unwrap_or((None, Content::Lost)),
                Kept::Discarded => (None, Content::Discarded),
                Kept::Absent => (None, Content::Absent),
            };
            self.ready.push_back(Opened { metadata: metadata.unwrap_or(line.metadata), content });
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Opened, QuarantineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        while self.ready.is_empty() && !self.is_ended {
            line.clear();
            match self.lines.read_until(b'\n', &mut line) {
                Ok(0) => {
                    self.is_ended = true;
                    self.lose();
                }
                Ok(_) if line == b"\n" => {}
                Ok(_) => self.line(&line),
                Err(error) => {
                    self.is_ended = true;
                    return Some(Err(QuarantineError::Io { action: "read", path: self.path.clone(), error }));
                }
            }
        }
        self.ready.pop_front().map(Ok)
    }
}

fn unseal(identities: &[Identity], sealed: &[u8]) -> Option<Vec<u8>> {
    let decryptor = age::Decryptor::new_buffered(sealed).ok()?;
    let mut reader = decryptor.decrypt(identities.iter().map(|i| i as &dyn age::Identity)).ok()?;
    let mut text = Vec::new();
    reader.read_to_end(&mut text).ok()?;
    Some(text)
}
