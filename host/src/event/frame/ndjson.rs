//! One event a line.

use super::{End, FrameLimits, RejectReason, batch::Draft, buffer::Buffer};
use memchr::{memchr, memchr_iter, memrchr};

/// Cuts at line breaks. `\n` ends a line, a `\r` before it belongs to the end, blank lines are no events.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The first bytes of the buffer that hold no line break.
    scanned: usize,
    /// How much of a line beyond the limit has been dropped. 0: none is being skipped.
    skipped: u64,
}

impl Lines {
    /// Adds what whole lines `input` holds to `draft`; the answer is how many bytes of `input` they and their breaks take.
    pub(super) fn frame(
        &mut self,
        input: &mut Buffer,
        ended: Option<End>,
        limits: FrameLimits,
        draft: &mut Draft,
    ) -> usize {
        let limit = limits.event_bytes;
        let Some(start) = self.skip(input, ended, draft) else { return 0 };
        let data = input.data();
        let from = self.scanned.max(start);
        let last = memrchr(b'\n', &data[from..]).map(|i| from + i + 1);
        let mut line = start;
        for i in last.map(|end| memchr_iter(b'\n', &data[from..end])).into_iter().flatten() {
            if draft.len() >= limits.batch_pieces {
                self.scanned = 0;
                return line;
            }
            add(data, line, from + i, limit, draft);
            line = from + i + 1;
        }
        self.scanned = 0;
        match ended {
            Some(End::Complete) => add(data, line, data.len(), limit, draft),
            Some(End::Cut) if !is_blank(&data[line..]) => {
                let bytes = data.len() - line;
                let (reason, raw) = if bytes > limit {
                    (RejectReason::TooLong, None)
                } else {
                    (RejectReason::Truncated, Some(line..data.len()))
                };
                draft.reject(reason, bytes as u64, raw);
            }
            Some(End::Cut) => {}
            None => {
                let rest = data.len() - line;
                if draft.is_empty() && rest > limit {
                    self.skipped = rest as u64;
                    input.clear();
                    return 0;
                }
                self.scanned = rest;
                return line;
            }
        }
        data.len()
    }

    /// Drops the rest of a line that is beyond the limit. The answer is where the next line begins, if that is known.
    fn skip(&mut self, input: &mut Buffer, ended: Option<End>, draft: &mut Draft) -> Option<usize> {
        if self.skipped == 0 {
            return Some(0);
        }
        let end = memchr(b'\n', input.data());
        let bytes = self.skipped + end.unwrap_or(input.len()) as u64;
        if end.is_none() && ended.is_none() {
            self.skipped = bytes;
            input.clear();
            return None;
        }
        draft.reject(RejectReason::TooLong, bytes, None);
        self.skipped = 0;
        Some(end.map_or(input.len(), |i| i + 1))
    }
}

#[inline]
fn add(data: &[u8], start: usize, end: usize, limit: usize, draft: &mut Draft) {
    let line = &data[start..end];
    if line.len() > limit {
        draft.reject(RejectReason::TooLong, line.len() as u64, None);
    } else if !is_blank(line) {
        draft.event(start, end - usize::from(line.last() == Some(&b'\r')));
    }
}

#[inline]
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
}
