//! A batch: whole events of the input, in its order, in one buffer.

use std::ops::Range;

/// Bytes that can be read behind the last event of a batch, so that a scanner may load whole vectors.
pub const PADDING: usize = 64;

/// Why framing could not make an event of a piece of input. Codes are stable: summaries and quarantine records use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectReason {
    /// Longer than [`FrameLimits::event_bytes`](super::FrameLimits::event_bytes). The piece was skipped without keeping it.
    TooLong,
    /// The input ended inside the piece, or inside the array that should have been closed (then the piece may have 0 bytes).
    Truncated,
    /// Bytes where no event can begin: between the elements of an array, or between objects.
    Garbage,
    /// A line break inside a JSON string: framing resumed at the next line that looks like the beginning of an element.
    BrokenString,
    /// A CSV row with more or fewer cells than the header.
    Ragged,
    /// A CSV row whose quotes are not those of RFC 4180: a quote inside an unquoted cell, or text behind a closing quote.
    BadQuotes,
}

impl RejectReason {
    /// The stable code, for summaries and quarantine records.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too-long",
            Self::Truncated => "truncated",
            Self::Garbage => "garbage",
            Self::BrokenString => "broken-string",
            Self::Ragged => "csv-ragged",
            Self::BadQuotes => "csv-quotes",
        }
    }
}

/// A piece of input of which framing could make no event. It takes an event number as an event does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// How many events of the same batch come before it.
    pub at: u32,
    /// Why it is no event.
    pub reason: RejectReason,
    /// Length of the piece in the input (after decompression and transcoding to UTF-8), in bytes.
    pub bytes: u64,
    /// Where its bytes lie in [`Batch::bytes`], for sealing into quarantine. Absent when they were not kept (`TooLong`).
    pub raw: Option<Range<u32>>,
}

/// Whole events in the order of the input.
///
/// Pieces (events and rejects) are numbered from [`Batch::first_number`] on, without gaps.
#[derive(Debug, Default)]
pub struct Batch {
    /// Initialised bytes; data ends at `used`, at least [`PADDING`] bytes follow.
    pub(super) buf: Vec<u8>,
    pub(super) used: usize,
    /// Where each event lies in [`Batch::bytes`]. Ranges ascend and do not overlap.
    pub events: Vec<Range<u32>>,
    /// The pieces that are no events.
    pub rejects: Vec<Rejected>,
    /// Number of the first piece; the first piece of an input has number 1.
    pub first_number: u64,
    /// Whether events may contain line breaks outside strings (pretty-printed JSON, elements of an array).
    pub multi_line: bool,
}

/// One piece of a batch, see [`Batch::pieces`].
#[derive(Debug, Clone, Copy)]
pub enum Piece<'b> {
    /// An event: its index in [`Batch::events`].
    Event {
        /// Number in the input.
        number: u64,
        /// Index in [`Batch::events`].
        index: usize,
    },
    /// What framing rejected.
    Rejected {
        /// Number in the input.
        number: u64,
        /// What is known about it.
        rejected: &'b Rejected,
        /// Its bytes, if they were kept.
        raw: Option<&'b [u8]>,
    },
}

impl Batch {
    /// All bytes of the batch, followed by [`PADDING`] zeros.
    pub fn bytes(&self) -> &[u8] {
        &self.buf[..self.used + PADDING]
    }

    /// The bytes of one event. Empty if there is no such event.
    pub fn event(&self, index: usize) -> &[u8] {
        self.events.get(index).and_then(|r| self.slice(r)).unwrap_or_default()
    }

    /// The bytes from the beginning of one event to the end of the batch and its padding.
    pub fn padded(&self, index: usize) -> &[u8] {
        self.events.get(index).and_then(|r| self.bytes().get(r.start as usize..)).unwrap_or_default()
    }

    /// A batch of one of the events, under its own number.
    #[must_use]
    pub fn alone(&self, index: usize) -> Self {
        let event = self.event(index);
        let mut buf = Vec::with_capacity(event.len() + PADDING);
        buf.extend_from_slice(event);
        buf.resize(event.len() + PADDING, 0);
        Self {
            buf,
            used: event.len(),
            events: std::iter::once(0..event.len() as u32).collect(),
            rejects: Vec::new(),
            first_number: self.number(index),
            multi_line: self.multi_line,
        }
    }

    /// A batch of the pieces that are no events, under their own numbers.
    #[must_use]
    pub fn rejects_alone(&self) -> Self {
        let mut rest = Self { rejects: self.rejects.clone(), first_number: self.first_number, ..Self::default() };
        (rest.buf, rest.used) = (self.buf.clone(), self.used);
        rest
    }

    /// The bytes of a rejected piece, if they were kept.
    pub fn raw(&self, rejected: &Rejected) -> Option<&[u8]> {
        rejected.raw.as_ref().and_then(|r| self.slice(r))
    }

    /// Number of the event with this index, counted over the whole input.
    pub fn number(&self, index: usize) -> u64 {
        let before = self.rejects.partition_point(|r| r.at as usize <= index);
        self.first_number + index as u64 + before as u64
    }

    /// How many pieces the batch holds: events and rejects.
    pub fn len(&self) -> usize {
        self.events.len() + self.rejects.len()
    }

    /// Memory that is taken beside the bytes, in bytes: where each piece lies.
    pub fn index_bytes(&self) -> usize {
        self.events.capacity() * size_of::<Range<u32>>() + self.rejects.capacity() * size_of::<Rejected>()
    }

    /// Whether there is neither an event nor a reject.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Events and rejects in the order of the input.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let (mut event, mut reject, mut number) = (0usize, 0usize, self.first_number);
        std::iter::from_fn(move || {
            let piece = match self.rejects.get(reject) {
                Some(rejected) if rejected.at as usize <= event => {
                    reject += 1;
                    Piece::Rejected { number, rejected, raw: self.raw(rejected) }
                }
                _ if event < self.events.len() => {
                    event += 1;
                    Piece::Event { number, index: event - 1 }
                }
                _ => return None,
            };
            number += 1;
            Some(piece)
        })
    }

    fn slice(&self, range: &Range<u32>) -> Option<&[u8]> {
        self.buf.get(range.start as usize..range.end as usize)
    }
}

/// The pieces found so far, before the buffer they lie in is handed over.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) events: Vec<Range<u32>>,
    pub(super) rejects: Vec<Rejected>,
}

impl Draft {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.rejects.is_empty()
    }

    /// Pieces so far.
    pub(super) fn len(&self) -> usize {
        self.events.len() + self.rejects.len()
    }

    /// Positions fit `u32`: [`super::Framer`] bounds its buffers.
    pub(super) fn event(&mut self, start: usize, end: usize) {
        self.events.push(start as u32..end as u32);
    }

    pub(super) fn reject(&mut self, reason: RejectReason, bytes: u64, raw: Option<Range<usize>>) {
        let raw = raw.map(|r| r.start as u32..r.end as u32);
        self.rejects.push(Rejected { at: self.events.len() as u32, reason, bytes, raw });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_numbered_without_gaps_in_the_order_of_the_input() {
        let reject = |at| Rejected { at, reason: RejectReason::Garbage, bytes: 1, raw: None };
        let batch = Batch {
            buf: vec![0; 3 + PADDING],
            used: 3,
            events: vec![0..1, 1..2, 2..3],
            rejects: vec![reject(0), reject(2), reject(2), reject(3)],
            first_number: 10,
            multi_line: false,
        };
        let seen: Vec<(u64, Option<usize>)> = batch
            .pieces()
            .map(|p| match p {
                Piece::Event { number, index } => (number, Some(index)),
                Piece::Rejected { number, .. } => (number, None),
            })
            .collect();
        let expected = [(10, None), (11, Some(0)), (12, Some(1)), (13, None), (14, None), (15, Some(2)), (16, None)];
        assert_eq!(seen, expected);
        for (number, index) in seen {
            if let Some(index) = index {
                assert_eq!(batch.number(index), number);
            }
        }
        assert_eq!(batch.len(), 7);
    }
}
