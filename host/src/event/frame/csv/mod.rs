//! CSV with a header (RFC 4180): every row becomes the JSON object `{"Header":"cell",…}`, so that what follows sees JSON.
//!
//! A pass with vectors marks delimiters, doubled quotes and what JSON escapes ([`index`]); a second one copies cells between the names
//! of the header. A doubled quote and an escaped one are equally long, so a cell is copied in one go and its pairs are patched.
//!
//! Strict where leniency would shift cells: a quote inside an unquoted cell, or text behind a closing quote, rejects the row, and reading
//! goes on behind the next line break. Lenient elsewhere: `\r\n` or `\n`, a missing last line break, blank lines, control
//! characters in cells, and Excel's `sep=;` line.

mod header;
mod index;
mod object;

use super::{End, FrameError, FrameLimits, RejectReason, batch::Draft, batch::PADDING, buffer::Buffer, detect};
use header::{CLOSE, Header};
use index::{Index, Next};
use memchr::memchr;
use object::Objects;

/// Cuts rows and turns them into objects.
#[derive(Debug)]
pub(super) struct Csv {
    header: Option<Header>,
    index: Index,
    /// Block of the index that is being read, and what of its ends was not yet read.
    block: usize,
    ends: Option<u64>,
    /// Where the row and its current cell begin.
    row: usize,
    cell: usize,
    /// Where the cells of the row so far end, at most one more than there are columns.
    cells: Vec<usize>,
    /// How much of a row beyond the limit has been dropped.
    skipped: u64,
}

impl Csv {
    pub(super) fn new(delimiter: u8) -> Self {
        let index = Index::new(delimiter);
        Self { header: None, index, block: 0, ends: None, row: 0, cell: 0, cells: Vec::new(), skipped: 0 }
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.index.delimiter()
    }

    /// Turns what rows `input` holds into objects in `out`, up to the size of a batch; the answer is their size.
    pub(super) fn frame(
        &mut self,
        input: &mut Buffer,
        ended: Option<End>,
        limits: FrameLimits,
        draft: &mut Draft,
        out: &mut Vec<u8>,
    ) -> Result<usize, FrameError> {
        let mut objects = Objects::new(out);
        let is_done = self.rows(input, ended, limits, draft, &mut objects)?;
        if is_done {
            self.keep(input, ended, limits.event_bytes, draft, &mut objects)?;
        }
        let used = objects.len();
        objects.push(&[0; PADDING]);
        Ok(used)
    }

    /// Reads rows until the batch is full (`false`) or only a part of a row is left (`true`).
    fn rows(
        &mut self,
        input: &Buffer,
        ended: Option<End>,
        limits: FrameLimits,
        draft: &mut Draft,
        out: &mut Objects<'_>,
    ) -> Result<bool, FrameError> {
        let data = input.data();
        loop {
            // A batch that was full left marks behind; they do not cover what came since.
            let is_fresh = self.ends.is_none();
            if is_fresh {
                self.index.extend(data, if ended == Some(End::Complete) { Next::End } else { Next::Unknown });
                self.seek();
            }
            while let Some(at) = self.next_end() {
                self.cell_ends(at);
                if data.get(at).is_none_or(|b| *b == b'\n') {
                    self.row_ends(input, at, limits, draft, out)?;
                    if out.len() >= limits.batch_bytes || draft.len() >= limits.batch_pieces {
                        return Ok(false);
                    }
                }
            }
            self.ends = None;
            let Some(bad) = self.index.bad else {
                if is_fresh {
                    return Ok(true);
                }
                continue;
            };
            let from = bad.min(data.len());
            let Some(end) = memchr(b'\n', &data[from..]).map(|i| from + i) else {
                self.index.bad = Some(data.len());
                return Ok(true);
            };
            self.reject(RejectReason::BadQuotes, data, end, limits.event_bytes, draft, out)?;
            self.begin(end + 1);
            self.index.restart(end + 1);
        }
    }

    /// Moves on to the first mark behind the row's last known cell.
    fn seek(&mut self) {
        let behind = self.cell.saturating_sub(self.index.base);
        self.block = behind / 64;
        self.ends = Some(self.index.marks.get(self.block).map_or(0, |m| m.ends & (u64::MAX << (behind % 64))));
    }

    fn next_end(&mut self) -> Option<usize> {
        let mut ends = self.ends?;
        while ends == 0 {
            ends = self.index.marks.get(self.block + 1)?.ends;
            self.block += 1;
        }
        self.ends = Some(ends & (ends - 1));
        Some(self.index.base + self.block * 64 + ends.trailing_zeros() as usize)
    }

    fn cell_ends(&mut self, at: usize) {
        let most = self.header.as_ref().map_or(usize::MAX, |h| h.columns() + 1);
        if self.cells.len() < most && self.skipped == 0 {
            self.cells.push(at);
        }
        self.cell = at + 1;
    }

    fn begin(&mut self, row: usize) {
        self.row = row;
        self.cell = row;
        self.cells.clear();
        self.skipped = 0;
    }

    fn row_ends(
        &mut self,
        input: &Buffer,
        end: usize,
        limits: FrameLimits,
        draft: &mut Draft,
        out: &mut Objects<'_>,
    ) -> Result<(), FrameError> {
        let (data, limit) = (input.data(), limits.event_bytes);
        if self.skipped > 0 || end - self.row > limit {
            self.reject(RejectReason::TooLong, data, end, limit, draft, out)?;
        } else {
            let text = &data[self.row..end];
            if let Some(last) = self.cells.last_mut()
                && text.last() == Some(&b'\r')
            {
                *last -= 1;
            }
            match &self.header {
                _ if text.iter().all(|b| matches!(b, b' ' | b'\r')) => {}
                None => self.header = self.read_header(input.padded(), text)?,
                Some(header) if self.cells.len() != header.columns() => {
                    self.reject(RejectReason::Ragged, data, end, limit, draft, out)?;
                }
                Some(header) => {
                    let start = out.len();
                    if !self.convert(header, input.padded(), out) {
                        out.truncate(start);
                        self.reject(RejectReason::BadQuotes, data, end, limit, draft, out)?;
                    } else if out.len() - start > limit {
                        out.truncate(start);
                        draft.reject(RejectReason::TooLong, (end - self.row) as u64, None);
                    } else {
                        draft.event(start, out.len());
                    }
                }
            }
        }
        self.begin(end + 1);
        Ok(())
    }

    /// `None` for the line that only names the delimiter.
    fn read_header(&self, padded: &[u8], text: &[u8]) -> Result<Option<Header>, FrameError> {
        if detect::declared(text.strip_suffix(b"\r").unwrap_or(text)).is_some() {
            return Ok(None);
        }
        let mut names = Vec::with_capacity(self.cells.len());
        let mut start = self.row;
        for end in &self.cells {
            let (from, to) = unquote(padded, start, *end).ok_or(FrameError::BadHeader)?;
            let mut name = Vec::new();
            let mut out = Objects::new(&mut name);
            out.reserve(to - from);
            out.cell(padded, from, to, &self.index.marks, self.index.base);
            let len = out.len();
            name.truncate(len);
            names.push(name);
            start = end + 1;
        }
        Header::new(&names).map(Some)
    }

    /// Appends the object of the row. `false`: a cell that begins with a quote does not end with one.
    fn convert(&self, header: &Header, padded: &[u8], out: &mut Objects<'_>) -> bool {
        let (mut cell, mut name) = (self.row, 0);
        for (end, name_end) in self.cells.iter().zip(header.ends()) {
            // For the rest of the row, since escapes may have taken more than was counted.
            out.reserve(header.len() + self.cell - cell);
            let Some((from, to)) = unquote(padded, cell, *end) else { return false };
            out.piece(header.text(), name, *name_end);
            out.cell(padded, from, to, &self.index.marks, self.index.base);
            (cell, name) = (end + 1, *name_end);
        }
        out.push(CLOSE);
        true
    }

    fn reject(
        &self,
        reason: RejectReason,
        data: &[u8],
        end: usize,
        limit: usize,
        draft: &mut Draft,
        out: &mut Objects<'_>,
    ) -> Result<(), FrameError> {
        if self.header.is_none() {
            return Err(FrameError::BadHeader);
        }
        let raw = &data[self.row..end];
        let bytes = self.skipped + raw.len() as u64;
        if bytes > limit as u64 {
            draft.reject(RejectReason::TooLong, bytes, None);
        } else {
            let start = out.len();
            out.push(raw);
            draft.reject(reason, bytes, Some(start..out.len()));
        }
        Ok(())
    }

    /// All whole rows are read: keeps the part of a row that is left, or ends.
    fn keep(
        &mut self,
        input: &mut Buffer,
        ended: Option<End>,
        limit: usize,
        draft: &mut Draft,
        out: &mut Objects<'_>,
    ) -> Result<(), FrameError> {
        let data = input.data();
        let row = self.row.min(data.len());
        if ended.is_some() {
            if !data[row..].iter().all(|b| matches!(b, b' ' | b'\r' | b'\n')) || self.skipped > 0 {
                let reason = if self.index.bad.is_some() { RejectReason::BadQuotes } else { RejectReason::Truncated };
                self.reject(reason, data, data.len(), limit, draft, out)?;
            }
            input.clear();
            self.begin(0);
            self.index.restart(0);
        } else if self.skipped > 0 || data.len() - row > limit {
            if self.header.is_none() {
                return Err(FrameError::BadHeader);
            }
            // A row beyond the limit is not kept, but followed to its end.
            let is_bad = self.index.bad.is_some();
            let whole = self.index.forget();
            let dropped = if is_bad { data.len() } else { whole };
            self.index.bad = is_bad.then_some(0);
            self.skipped += (dropped - row) as u64;
            self.row = 0;
            self.cell = 0;
            input.drop_front(dropped);
        } else if row > 0 {
            input.drop_front(row);
            self.begin(0);
            self.index.restart(0);
        }
        Ok(())
    }
}

/// The content of a cell; `None` if it begins with a quote and does not end with one.
fn unquote(data: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    match &data[start..end] {
        [b'"', .., b'"'] => Some((start + 1, end - 1)),
        [b'"', ..] => None,
        _ => Some((start, end)),
    }
}
