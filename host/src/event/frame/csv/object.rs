//! Writing the object of a row. Short pieces are copied 64 bytes at a time, whatever their length: what is too much is overwritten.

use super::index::Marks;

/// Bytes that are readable behind every source, and writable behind the end.
const STEP: usize = 64;

/// Objects, one after the other. Everything in `bytes` is initialised.
#[derive(Debug)]
pub(super) struct Objects<'b> {
    bytes: &'b mut Vec<u8>,
    len: usize,
}

impl<'b> Objects<'b> {
    pub(super) fn new(bytes: &'b mut Vec<u8>) -> Self {
        Self { bytes, len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Forgets what was written behind `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for `count` bytes and the overhang of a step.
    #[inline]
    pub(super) fn reserve(&mut self, count: usize) {
        let needed = self.len + count + STEP;
        if self.bytes.len() < needed {
            self.bytes.resize(needed.next_multiple_of(64 << 10), 0);
        }
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.reserve(text.len());
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    /// Appends `source[start..end]`, at most [`STEP`] bytes for which room was made.
    #[inline(always)]
    fn step(&mut self, source: &[u8], start: usize, end: usize) {
        match (
            self.bytes[self.len..].first_chunk_mut::<STEP>(),
            source.get(start..).and_then(|s| s.first_chunk::<STEP>()),
        ) {
            (Some(to), Some(from)) => *to = *from,
            _ => self.bytes[self.len..self.len + end - start].copy_from_slice(&source[start..end]),
        }
        self.len += end - start;
    }

    /// Appends a piece for which room was made; `source` goes on for [`STEP`] bytes behind it.
    #[inline(always)]
    pub(super) fn piece(&mut self, source: &[u8], start: usize, end: usize) {
        if end - start <= STEP {
            self.step(source, start, end);
        } else {
            self.push(&source[start..end]);
        }
    }

    /// Appends a cell as the content of a JSON string. `marks` begin at `base`.
    #[inline(always)]
    pub(super) fn cell(&mut self, source: &[u8], start: usize, end: usize, marks: &[Marks], base: usize) {
        let mut at = start;
        while at < end {
            let (block, first) = ((at - base) / 64, (at - base) % 64);
            let stop = end.min(base + block * 64 + 64);
            let mask = (u64::MAX << first) & (u64::MAX >> (63 - (stop - 1 - base) % 64));
            let Some(marks) = marks.get(block) else { return };
            let (mut pairs, escapes) = (marks.pairs & mask, marks.escapes & mask);
            if escapes == 0 {
                let to = self.len;
                self.step(source, at, stop);
                while pairs != 0 {
                    self.bytes[to + pairs.trailing_zeros() as usize - first] = b'\\';
                    pairs &= pairs - 1;
                }
            } else {
                // An escape takes up to six bytes: the room that was made counted one.
                self.reserve(6 * (stop - at) + end - stop);
                self.escaped(&source[at..stop], pairs >> first, escapes >> first);
            }
            at = stop;
        }
    }

    /// A part of a cell, at most 64 bytes, where JSON escapes more than quotes. Bit `i` of the masks is its byte `i`.
    #[cold]
    fn escaped(&mut self, text: &[u8], pairs: u64, escapes: u64) {
        for (i, byte) in text.iter().enumerate() {
            let short = match byte {
                _ if pairs >> i & 1 == 1 => {
                    self.push(b"\\");
                    continue;
                }
                _ if escapes >> i & 1 == 0 => {
                    self.push(&[*byte]);
                    continue;
                }
                b'\\' => b'\\',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                _ => {
                    let digit = |d: u8| b"0123456789abcdef"[usize::from(d & 15)];
                    self.push(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(*byte)]);
                    continue;
                }
            };
            self.push(&[b'\\', short]);
        }
    }
}
