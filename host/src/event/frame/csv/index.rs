//! Where cells, doubled quotes and characters that JSON escapes are: one bit a byte of the input.

use crate::event::frame::masks::{Block, Kernel, Lanes, dispatch, parity};

/// What 64 bytes hold. Bit `i` is byte `i`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Marks {
    /// Delimiters and line breaks outside quotes.
    pub(super) ends: u64,
    /// The first of two quotes that stand for one.
    pub(super) pairs: u64,
    /// Control characters and backslashes that belong to a cell (and a `\r` before the end of a row).
    pub(super) escapes: u64,
}

/// Marks of the buffer from `base` on.
#[derive(Debug)]
pub(super) struct Index {
    delimiter: u8,
    /// Position in the buffer of the first byte of the first block.
    pub(super) base: usize,
    pub(super) marks: Vec<Marks>,
    /// How many of `marks` are final; one more may describe the last, incomplete block.
    whole: usize,
    state: State,
    /// Where a quote stands that RFC 4180 does not allow. Nothing behind it is marked.
    pub(super) bad: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
struct State {
    /// All ones inside quotes.
    quoted: u64,
    /// 1 behind the first of a pair of quotes.
    pair: u64,
    /// 1 where a cell begins.
    begin: u64,
}

const ROW: State = State { quoted: 0, pair: 0, begin: 1 };

/// What follows the last byte that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Not known yet.
    Unknown,
    /// The end of the input, which ends a row.
    End,
}

impl Index {
    pub(super) fn new(delimiter: u8) -> Self {
        Self { delimiter, base: 0, marks: Vec::new(), whole: 0, state: ROW, bad: None }
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Begins anew at a position where a row begins.
    pub(super) fn restart(&mut self, base: usize) {
        *self = Self { marks: std::mem::take(&mut self.marks), base, ..Self::new(self.delimiter) };
        self.marks.clear();
    }

    /// Marks what `data` holds beyond what was marked before.
    pub(super) fn extend(&mut self, data: &[u8], next: Next) {
        self.marks.truncate(self.whole);
        if self.bad.is_none() {
            let from = self.base + self.whole * 64;
            self.marks.reserve(data.len().saturating_sub(from) / 64 + 2);
            dispatch(Extend { index: self, data, from, next });
        }
    }

    /// Bytes of final blocks; they may be dropped from the buffer, after which the index goes on at its front.
    pub(super) fn forget(&mut self) -> usize {
        let dropped = self.base + self.whole * 64;
        self.marks.clear();
        self.whole = 0;
        self.base = 0;
        dropped
    }
}

impl State {
    /// Marks one block. The second answer has a bit for every quote that is not allowed.
    #[inline(always)]
    fn step<L: Lanes>(&mut self, block: &Block, delimiter: u8, next: u8) -> (Marks, u64) {
        let lanes = L::load(block);
        let quotes = lanes.equal(b'"');
        let inside = parity(quotes) ^ self.quoted;
        let splits = lanes.equal(delimiter) | lanes.equal(b'\n');
        let ends = splits & !inside;
        let quote_next = quotes >> 1 | u64::from(next == b'"') << 63;
        let pairs = quotes & !inside & quote_next;
        let seconds = pairs << 1 | self.pair;
        let opening = quotes & inside & !seconds;
        let begins = ends << 1 | self.begin;
        let end_next =
            (splits | lanes.equal(b'\r')) >> 1 | u64::from(next == delimiter || next == b'\n' || next == b'\r') << 63;
        let closing = quotes & !inside & !pairs;
        let bad = opening & !begins | closing & !end_next;
        let escapes = (lanes.control() | lanes.equal(b'\\')) & !ends;
        *self = Self { quoted: ((inside as i64) >> 63) as u64, pair: pairs >> 63, begin: ends >> 63 };
        (Marks { ends, pairs, escapes }, bad)
    }
}

struct Extend<'a> {
    index: &'a mut Index,
    data: &'a [u8],
    from: usize,
    next: Next,
}

impl Kernel for Extend<'_> {
    type Answer = ();

    #[inline(always)]
    fn run<L: Lanes>(self) {
        let Self { index, data, from, next } = self;
        let (blocks, rest) = data.get(from..).unwrap_or_default().as_chunks::<64>();
        let mut state = index.state;
        for (i, block) in blocks.iter().enumerate() {
            // The byte behind tells a closing quote from the first of a pair; the last block waits for it.
            let Some(following) = data.get(from + i * 64 + 64) else { break };
            let (marks, bad) = state.step::<L>(block, index.delimiter, *following);
            index.marks.push(marks);
            index.whole += 1;
            if bad != 0 {
                index.stop(bad);
                return;
            }
        }
        index.state = state;
        let rest = if rest.is_empty() { blocks.last().map_or(rest, |b| b) } else { rest };
        index.last::<L>(rest, next);
    }
}

impl Index {
    /// Marks the last bytes (at most 64). They are marked again when more follows.
    #[inline(always)]
    fn last<L: Lanes>(&mut self, rest: &[u8], next: Next) {
        let filler = if next == Next::End { b'\n' } else { b' ' };
        let mut block = [filler; 64];
        block[..rest.len()].copy_from_slice(rest);
        let mut state = self.state;
        let (mut marks, mut bad) = state.step::<L>(&block, self.delimiter, filler);
        let there = if rest.len() == 64 { u64::MAX } else { (1 << rest.len()) - 1 };
        marks.escapes &= there;
        if next == Next::Unknown {
            // Whether the last quote may stand there depends on what follows.
            bad &= there >> 1;
        }
        // The end of the input is one line break.
        marks.ends &= there | (there + u64::from(there != u64::MAX));
        self.marks.push(marks);
        if bad != 0 {
            self.stop(bad);
        } else if next == Next::End && rest.len() == 64 && state.quoted == 0 {
            self.marks.push(Marks { ends: 1, pairs: 0, escapes: 0 });
        }
    }

    fn stop(&mut self, bad: u64) {
        let at = bad.trailing_zeros();
        self.bad = Some(self.base + (self.marks.len() - 1) * 64 + at as usize);
        if let Some(last) = self.marks.last_mut() {
            last.ends &= (1 << at) - 1;
        }
        self.whole = self.marks.len();
    }
}
