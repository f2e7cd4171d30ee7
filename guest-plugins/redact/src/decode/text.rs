//! A decoded text that knows where each of its bytes comes from.

use crate::check::byte;
use crate::types::Finding;

use super::alike;

/// Bytes of the text that come from the source in one way.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where they begin in the text.
    to: u32,
    /// Where they come from.
    from: u32,
    /// Bytes of the source.
    length: u32,
    /// Whether they belong together: an escape. Others are copied, byte by byte.
    whole: bool,
}

/// How much of what was decoded could not be read before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    /// Signs, blanks and look-alikes only.
    #[default]
    Open,
    /// Escapes of characters.
    Characters,
    /// Whole texts: base64 or hexadecimal.
    Texts,
}

/// A decoded text.
#[derive(Debug, Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// Bytes of the source that are done.
    copied: usize,
    changed: bool,
    hidden: Hidden,
}

impl Text {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
        (self.copied, self.changed, self.hidden) = (0, false, Hidden::Open);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes of the source that are done.
    pub(super) fn copied(&self) -> usize {
        self.copied
    }

    /// Whether nothing was decoded.
    pub(super) fn is_same(&self) -> bool {
        !self.changed
    }

    pub(super) fn hidden(&self) -> Hidden {
        self.hidden
    }

    /// Whether the text is longer than this where reading it matters.
    pub(super) fn is_beyond(&self, most: usize) -> bool {
        self.hidden > Hidden::Open && self.bytes.len() > most
    }

    /// Copies the source up to `at`.
    fn copy(&mut self, source: &[u8], at: usize) {
        let part = source.get(self.copied..at).unwrap_or_default();
        if !part.is_empty() {
            self.piece(self.copied, part.len(), false);
            self.bytes.extend_from_slice(part);
            self.copied = at;
        }
    }

    fn piece(&mut self, from: usize, length: usize, whole: bool) {
        let to = self.bytes.len() as u32;
        self.pieces.push(Piece { to, from: from as u32, length: length as u32, whole });
    }

    /// Puts characters in place of the source's `start..end`. Without any, these bytes are left out.
    pub(super) fn replace(
        &mut self,
        source: &[u8],
        (start, end): (usize, usize),
        hidden: Hidden,
        with: impl Iterator<Item = char>,
    ) {
        self.copy(source, start);
        let length = self.bytes.len();
        self.piece(start, end - start, true);
        with.for_each(|c| alike::push(c, &mut self.bytes));
        if self.bytes.len() == length {
            self.pieces.pop();
        }
        self.copied = end;
        self.changed = true;
        self.hidden = self.hidden.max(hidden);
    }

    /// Copies what is left, if anything was decoded.
    pub(super) fn finish(&mut self, source: &[u8]) {
        if self.changed {
            self.copy(source, source.len());
        }
    }

    /// The finding in the bytes of the source, grown to whole escapes and characters.
    pub(super) fn back(&self, source: &[u8], finding: &Finding) -> Finding {
        let holds = |at: u32| {
            let behind = self.pieces.partition_point(|piece| piece.to <= at);
            self.pieces.get(behind.wrapping_sub(1)).copied()
        };
        let first = holds(finding.start).map_or(
            0,
            |Piece { to, from, whole, .. }| {
                if whole { from } else { from + (finding.start - to) }
            },
        );
        let last = finding.end.saturating_sub(1);
        let behind = holds(last)
            .map_or(0, |Piece { to, from, length, whole }| from + if whole { length } else { last - to + 1 });
        let (mut start, mut end) = (first as usize, behind as usize);
        while start > 0 && byte(source, start) & 0xc0 == 0x80 {
            start -= 1;
        }
        while byte(source, end) & 0xc0 == 0x80 {
            end += 1;
        }
        Finding { start: start as u32, end: end as u32, ..*finding }
    }
}
