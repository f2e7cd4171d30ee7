//! Framing: bytes in, whole events out. Knows no policy and does no I/O.
//!
//! A [`Framer`] is fed blocks of decompressed input and gives back [`Batch`]es. What the input is shows in its first bytes:
//!
//! | form | recognised by | an event is |
//! |---|---|---|
//! | [`Form::Lines`] | a first line that is a JSON value | a line that is not blank |
//! | [`Form::Values`] | `[`, `{` of an object that goes on in the next line, or several objects on the first | an element of the array, or an object |
//! | [`Form::Csv`] | a first line that is no JSON | a row behind the header, as the object `{"Header":"cell",…}` |
//!
//! Lines are not searched for a second value: where the first line holds one, a later line of several is one piece, which the scanner
//! refuses as a whole (`trailing-bytes`). Nothing of it leaves, and nothing of it is lost unseen.
//!
//! Text is UTF-8 or UTF-16 (byte order mark, or the pattern of NULs), with or without a byte order mark; UTF-16 is
//! transcoded as it streams. UTF-8 is *not* checked here: the scanner checks every event, and a lone UTF-16
//! surrogate is passed on as three bytes that are invalid in UTF-8, so that exactly its event is rejected.
//!
//! Laws: how the input is cut into blocks never changes which pieces come out, in which order, under which numbers.
//! Memory is bounded by [`FrameLimits::event_bytes`] plus a block, whatever the input. Nothing panics on hostile input.
//!
//! Lines and values are framed without copying: the block that was filled becomes the buffer of the batch, and only the piece
//! that is cut at its end moves to the next block.

mod batch;
mod buffer;
mod csv;
mod detect;
pub(super) mod masks;
mod ndjson;
#[cfg(test)]
mod tests;
mod text;
mod values;

pub use batch::{Batch, PADDING, Piece, RejectReason, Rejected};
pub use detect::Form;

use batch::Draft;
use buffer::Buffer;
use csv::Csv;
use ndjson::Lines;
use text::Text;
use values::Values;

/// What framing holds in memory at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameLimits {
    /// Longest event, in bytes. Counts the bytes of the input (UTF-8), for CSV also those of the object made of a row.
    /// Longer ones are skipped and rejected as [`RejectReason::TooLong`]. Default 1 MiB, at most 256 MiB.
    pub event_bytes: usize,
    /// Size of a CSV batch at which the next one begins, in bytes; elsewhere a batch is what a block of input holds.
    /// Default 256 KiB, at most 256 MiB.
    pub batch_bytes: usize,
    /// Pieces (events and rejects) of a batch at which the next one begins: what is known of each while a batch is filtered takes memory,
    /// however small they are. Default 8192.
    pub batch_pieces: usize,
}

/// Largest value of a [`FrameLimits`] field: positions in a batch fit 32 bits.
const MOST: usize = 256 << 20;

impl Default for FrameLimits {
    fn default() -> Self {
        Self { event_bytes: 1 << 20, batch_bytes: 256 << 10, batch_pieces: 8192 }
    }
}

/// How the input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is missing: a last line without a line break is an event.
    Complete,
    /// It was cut off (a truncated archive): a last, incomplete piece is rejected as [`RejectReason::Truncated`].
    Cut,
}

/// The whole input cannot be framed. Says nothing of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Neither JSON nor CSV with a header.
    #[error("the input is neither JSON lines, nor a JSON array, nor CSV with a header")]
    UnknownForm,
    /// UTF-32.
    #[error("the input is text in an encoding other than UTF-8 and UTF-16")]
    UnknownEncoding,
    /// The header row cannot be read: broken quotes, or longer than an event may be.
    #[error("the CSV header row cannot be read")]
    BadHeader,
    /// Two columns have the same name, so that cells could not be told apart.
    #[error("CSV columns {first} and {second} have the same name")]
    DuplicateHeader {
        /// The earlier column, counted from 1.
        first: u32,
        /// The later column, counted from 1.
        second: u32,
    },
}

/// Cuts a stream of bytes into events.
///
/// ```
/// use tamis::event::frame::{End, Framer, FrameLimits};
/// let mut framer = Framer::new(FrameLimits::default());
/// framer.push(b"{\"a\":1}\n{\"a\"");
/// framer.push(b":2}\n");
/// framer.end(End::Complete);
/// let mut events = Vec::new();
/// while let Some(batch) = framer.next().unwrap() {
///     events.extend((0..batch.events.len()).map(|i| batch.event(i).to_vec()));
///     framer.recycle(batch);
/// }
/// assert_eq!(events, [b"{\"a\":1}", b"{\"a\":2}"]);
/// ```
#[derive(Debug)]
pub struct Framer {
    limits: FrameLimits,
    text: Text,
    input: Buffer,
    machine: Machine,
    ended: Option<End>,
    failed: Option<FrameError>,
    next_number: u64,
    spare: Vec<Batch>,
}

#[derive(Debug)]
enum Machine {
    Undecided,
    Lines(Lines),
    Values(Values),
    Csv(Box<Csv>),
}

impl Framer {
    /// A framer at the beginning of an input. Limits above their maximum are lowered to it.
    pub fn new(limits: FrameLimits) -> Self {
        let limits = FrameLimits {
            event_bytes: limits.event_bytes.clamp(1, MOST),
            batch_bytes: limits.batch_bytes.clamp(1, MOST),
            batch_pieces: limits.batch_pieces.max(1),
        };
        Self {
            limits,
            text: Text::default(),
            input: Buffer::default(),
            machine: Machine::Undecided,
            ended: None,
            failed: None,
            next_number: 1,
            spare: Vec::new(),
        }
    }

    /// A framer of an input that is known to hold an event a line, whatever its first line is.
    pub fn lines(limits: FrameLimits) -> Self {
        Self { machine: Machine::Lines(Lines::default()), ..Self::new(limits) }
    }

    /// Room for the next block, `want` bytes (at most 256 MiB), to be read into directly. Say with [`Framer::filled`] how many
    /// were. Call [`Framer::next`] until it gives `None` before asking for more room, else memory grows.
    pub fn space(&mut self, want: usize) -> &mut [u8] {
        self.text.space(&mut self.input, want.min(MOST))
    }

    /// The first `bytes` bytes of [`Framer::space`] hold input.
    pub fn filled(&mut self, bytes: usize) {
        self.text.filled(&mut self.input, bytes);
    }

    /// Feeds a copy of a block.
    pub fn push(&mut self, block: &[u8]) {
        for part in block.chunks(MOST) {
            self.space(part.len())[..part.len()].copy_from_slice(part);
            self.filled(part.len());
        }
    }

    /// There is no more input.
    pub fn end(&mut self, end: End) {
        self.text.end(&mut self.input);
        self.ended = Some(end);
    }

    /// What the input is, as soon as that is known.
    pub fn form(&self) -> Option<Form> {
        match &self.machine {
            Machine::Undecided => None,
            Machine::Lines(_) => Some(Form::Lines),
            Machine::Values(_) => Some(Form::Values),
            Machine::Csv(csv) => Some(Form::Csv { delimiter: csv.delimiter() }),
        }
    }

    /// The next batch, or `None` when more input is needed or, after [`Framer::end`], when there is nothing left.
    ///
    /// # Errors
    /// When the input cannot be framed at all; every later call gives the same error, until [`Framer::restart`].
    #[allow(clippy::should_implement_trait)] // not an iterator: `None` is not the end
    pub fn next(&mut self) -> Result<Option<Batch>, FrameError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.advance().inspect_err(|e| self.failed = Some(*e))
    }

    fn advance(&mut self) -> Result<Option<Batch>, FrameError> {
        self.text.check()?;
        if matches!(self.machine, Machine::Undecided) && !self.decide()? {
            return Ok(None);
        }
        let mut batch = self.spare.pop().unwrap_or_default();
        let mut draft =
            Draft { events: std::mem::take(&mut batch.events), rejects: std::mem::take(&mut batch.rejects) };
        let (ended, limits) = (self.ended, self.limits);
        let cut = match &mut self.machine {
            Machine::Undecided => 0,
            Machine::Lines(lines) => lines.frame(&mut self.input, ended, limits, &mut draft),
            Machine::Values(values) => values.frame(&mut self.input, ended, limits, &mut draft),
            Machine::Csv(csv) => {
                batch.used = csv.frame(&mut self.input, ended, self.limits, &mut draft, &mut batch.buf)?;
                0
            }
        };
        batch.multi_line = matches!(self.machine, Machine::Values(_));
        batch.events = draft.events;
        batch.rejects = draft.rejects;
        if batch.is_empty() {
            self.input.drop_front(cut);
            self.spare.push(batch);
            return Ok(None);
        }
        if !matches!(self.machine, Machine::Csv(_)) {
            batch.buf = self.input.cut(cut, std::mem::take(&mut batch.buf));
            batch.used = cut;
        }
        batch.first_number = self.next_number;
        self.next_number += batch.len() as u64;
        Ok(Some(batch))
    }

    /// Finds out what the input is. `false`: too early to say, or nothing but blanks.
    fn decide(&mut self) -> Result<bool, FrameError> {
        if self.text.is_undecided() {
            return Ok(false);
        }
        // Blank lines before the first event are not kept. A tab is: it may separate an empty name in a CSV header.
        let blank = self.input.data().iter().take_while(|b| matches!(b, b' ' | b'\r' | b'\n')).count();
        self.input.drop_front(blank);
        // A fixed window, so that the answer cannot depend on how the input is cut into blocks.
        let window = self.input.data().get(..self.limits.event_bytes);
        let is_all = window.is_some() || self.ended.is_some();
        let form = match detect::form(window.unwrap_or(self.input.data()), is_all)? {
            Some(form) => form,
            None if window.is_some() => return Err(FrameError::UnknownForm),
            None => return Ok(false),
        };
        self.machine = match form {
            Form::Lines => Machine::Lines(Lines::default()),
            Form::Values => Machine::Values(Values::default()),
            Form::Csv { delimiter } => Machine::Csv(Box::new(Csv::new(delimiter))),
        };
        Ok(true)
    }

    /// Takes the buffers of a batch that is no longer needed, to be used again.
    pub fn recycle(&mut self, mut batch: Batch) {
        if self.spare.len() < 8 {
            batch.events.clear();
            batch.rejects.clear();
            self.spare.push(batch);
        }
    }

    /// Begins another input; its first piece has number 1 again.
    pub fn restart(&mut self) {
        self.next_number = 1;
        self.text = Text::default();
        self.input.clear();
        self.machine = Machine::Undecided;
        self.ended = None;
        self.failed = None;
    }
}
