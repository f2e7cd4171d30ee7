//! JSON values that may take several lines: the elements of arrays, and objects one after the other.
//!
//! Only strings and the depth of brackets are followed; whether an element is well-formed is for the scanner to say. Top-level arrays
//! are opened, also several of them. Commas between elements are not insisted on.
//!
//! A line break inside a string shows that an element is broken. Framing then resumes at the next line that begins like an element
//! (`{`, `,` or the array's `]`) and is indented no further than the first element was.

use super::masks::{Block, Kernel, Lanes, dispatch, escaped, parity};
use super::{End, FrameLimits, RejectReason, batch::Draft, buffer::Buffer};
use memchr::memchr;

/// Deepest indentation of the first element that is remembered, in bytes.
const MOST_INDENT: usize = 64;

/// Cuts at the ends of values.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// What the front of the buffer belongs to, if that has begun.
    piece: Option<Kind>,
    in_array: bool,
    /// How far the first element is indented, once it was seen.
    indent: Option<usize>,
    /// Bytes since the last line break, until the first element.
    column: usize,
    /// How much of a piece beyond the limit has been dropped.
    skipped: u64,
}

/// How far into a piece the search for its end has come.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Container(Depth),
    /// A string as element. `usize`: bytes seen.
    Text(usize),
    /// A number or a literal as element.
    Bare(usize),
    Garbage(usize),
    /// Behind a line break inside a string.
    Lost {
        line: usize,
        is_no_element: bool,
    },
}

enum Found {
    /// The piece has this many bytes.
    End(usize),
    /// A line break inside a string, at this byte.
    Broken(usize),
    More,
}

impl Values {
    /// Adds what whole pieces `input` holds to `draft`; the answer is how many bytes of `input` are done with.
    pub(super) fn frame(
        &mut self,
        input: &mut Buffer,
        ended: Option<End>,
        limits: FrameLimits,
        draft: &mut Draft,
    ) -> usize {
        let limit = limits.event_bytes;
        let data = input.data();
        let mut at = 0;
        loop {
            if draft.len() >= limits.batch_pieces {
                return at;
            }
            let mut kind = match self.piece.take() {
                Some(kind) => kind,
                None => match self.between(data, &mut at) {
                    Some(kind) => kind,
                    None => break,
                },
            };
            match kind.search(&data[at..], self.indent.unwrap_or(0)) {
                Found::End(len) => {
                    self.add(kind, at, len, limit, draft);
                    at += len;
                }
                Found::Broken(len) => self.piece = Some(Kind::Lost { line: len + 1, is_no_element: false }),
                Found::More if ended.is_some() => {
                    self.add_last(kind, at, data.len() - at, limit, draft);
                    at = data.len();
                }
                Found::More => {
                    // A piece beyond the limit is not kept, but followed to its end.
                    if self.skipped > 0 || (draft.is_empty() && data.len() - at > limit) {
                        let dropped = kind.forget();
                        self.skipped += dropped as u64;
                        at += dropped;
                    }
                    self.piece = Some(kind);
                    return at;
                }
            }
        }
        if ended.is_some() && std::mem::take(&mut self.in_array) {
            draft.reject(RejectReason::Truncated, 0, None);
        }
        at
    }

    /// Passes by what stands between elements; the answer is what begins at `at`.
    fn between(&mut self, data: &[u8], at: &mut usize) -> Option<Kind> {
        while let Some(byte) = data.get(*at) {
            match byte {
                b'\n' => self.column = 0,
                b' ' | b'\t' | b'\r' | b',' => self.column += 1,
                b'[' if !self.in_array => {
                    self.in_array = true;
                    self.column += 1;
                }
                b']' if self.in_array => self.in_array = false,
                b'{' | b'[' => {
                    self.indent.get_or_insert(self.column.min(MOST_INDENT));
                    return Some(Kind::Container(Depth::default()));
                }
                b'"' if self.in_array => return Some(Kind::Text(1)),
                b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if self.in_array => return Some(Kind::Bare(1)),
                _ => return Some(Kind::Garbage(1)),
            }
            *at += 1;
        }
        None
    }

    fn add(&mut self, kind: Kind, start: usize, len: usize, limit: usize, draft: &mut Draft) {
        let bytes = std::mem::take(&mut self.skipped) + len as u64;
        let raw = start..start + len;
        match kind {
            _ if bytes > limit as u64 => draft.reject(RejectReason::TooLong, bytes, None),
            Kind::Garbage(_) => draft.reject(RejectReason::Garbage, bytes, Some(raw)),
            Kind::Lost { .. } => draft.reject(RejectReason::BrokenString, bytes, Some(raw)),
            Kind::Container(_) | Kind::Text(_) | Kind::Bare(_) => draft.event(raw.start, raw.end),
        }
    }

    /// The input ended inside a piece.
    fn add_last(&mut self, kind: Kind, start: usize, len: usize, limit: usize, draft: &mut Draft) {
        match kind {
            Kind::Garbage(_) | Kind::Lost { .. } => self.add(kind, start, len, limit, draft),
            Kind::Container(_) | Kind::Text(_) | Kind::Bare(_) => {
                let bytes = std::mem::take(&mut self.skipped) + len as u64;
                if bytes > limit as u64 {
                    draft.reject(RejectReason::TooLong, bytes, None);
                } else {
                    draft.reject(RejectReason::Truncated, bytes, Some(start..start + len));
                }
                self.in_array = false;
            }
        }
    }
}

impl Kind {
    /// Looks for the end of the piece, on from where the last search stopped.
    fn search(&mut self, piece: &[u8], indent: usize) -> Found {
        match self {
            Self::Container(depth) => dispatch(Walk { depth, piece }),
            Self::Text(seen) => text(piece, seen),
            Self::Bare(seen) => {
                run(piece, seen, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'[' | b'{' | b'"'))
            }
            Self::Garbage(seen) => run(piece, seen, |b| matches!(b, b'\n' | b',' | b']' | b'[' | b'{')),
            Self::Lost { line, is_no_element } => lost(piece, line, is_no_element, indent),
        }
    }

    /// What was searched need not be kept; the answer is how much that is.
    fn forget(&mut self) -> usize {
        match self {
            Self::Container(Depth { seen, .. }) | Self::Text(seen) | Self::Bare(seen) | Self::Garbage(seen) => {
                std::mem::take(seen)
            }
            Self::Lost { line, .. } => std::mem::take(line),
        }
    }
}

fn run(piece: &[u8], seen: &mut usize, ends: impl Fn(u8) -> bool) -> Found {
    match piece[*seen..].iter().position(|b| ends(*b)) {
        Some(i) => Found::End(*seen + i),
        None => {
            *seen = piece.len();
            Found::More
        }
    }
}

/// The end of a string; `seen` never stops between a backslash and what it escapes.
fn text(piece: &[u8], seen: &mut usize) -> Found {
    while let Some(byte) = piece.get(*seen) {
        match byte {
            b'"' => return Found::End(*seen + 1),
            b'\n' => return Found::Broken(*seen),
            b'\\' if *seen + 1 == piece.len() => break,
            b'\\' if piece[*seen + 1] != b'\n' => *seen += 2,
            _ => *seen += 1,
        }
    }
    Found::More
}

/// The next line that begins like an element. `line`: where the line begins that is being looked at.
fn lost(piece: &[u8], line: &mut usize, is_no_element: &mut bool, indent: usize) -> Found {
    loop {
        if *is_no_element {
            let rest = piece.get(*line..).unwrap_or_default();
            match memchr(b'\n', rest) {
                Some(end) => *line += end + 1,
                None => {
                    *line += rest.len();
                    return Found::More;
                }
            }
        }
        let rest = piece.get(*line..).unwrap_or_default();
        let blanks = rest.iter().take(indent + 1).take_while(|b| matches!(b, b' ' | b'\t')).count();
        *is_no_element = match rest.get(blanks) {
            None => {
                *is_no_element = false;
                return Found::More;
            }
            Some(b'{' | b',') => blanks > indent,
            Some(b']') => blanks >= indent && blanks > 0,
            Some(_) => true,
        };
        if !*is_no_element {
            return Found::End(*line);
        }
    }
}

/// Strings and brackets up to some byte of a container.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    /// Brackets open.
    open: u64,
    /// All ones inside a string.
    string: u64,
    /// 1 behind a backslash that escapes.
    escape: u64,
    /// Bytes behind, in whole blocks.
    seen: usize,
}

impl Depth {
    /// Takes in one block. The answer is where the container ends or breaks, as a position in the block.
    #[inline(always)]
    fn step<L: Lanes>(&mut self, block: &Block) -> Found {
        let lanes = L::load(block);
        let quotes = lanes.equal(b'"') & !escaped(lanes.equal(b'\\'), &mut self.escape);
        let inside = parity(quotes) ^ self.string;
        self.string = ((inside as i64) >> 63) as u64;
        let opens = lanes.equal_folded(b'{') & !inside;
        let closes = lanes.equal_folded(b'}') & !inside;
        let broken = lanes.equal(b'\n') & inside;
        let closing = u64::from(closes.count_ones());
        let mut end = 64;
        if self.open <= closing {
            end = self.end_in(opens, closes);
        }
        if broken != 0 && broken.trailing_zeros() < end {
            return Found::Broken(broken.trailing_zeros() as usize);
        }
        if end < 64 {
            return Found::End(end as usize + 1);
        }
        self.open = self.open + u64::from(opens.count_ones()) - closing;
        Found::More
    }

    /// The closing bracket after which nothing is open; 64 if there is none.
    #[inline(always)]
    fn end_in(&self, opens: u64, mut closes: u64) -> u32 {
        let mut closed = 0;
        while closes != 0 {
            closed += 1;
            let before = (closes & closes.wrapping_neg()) - 1;
            if self.open + u64::from((opens & before).count_ones()) == closed {
                return before.count_ones();
            }
            closes &= closes - 1;
        }
        64
    }
}

struct Walk<'a> {
    depth: &'a mut Depth,
    piece: &'a [u8],
}

impl Kernel for Walk<'_> {
    type Answer = Found;

    #[inline(always)]
    fn run<L: Lanes>(self) -> Found {
        let mut depth = *self.depth;
        let (blocks, rest) = self.piece.get(depth.seen..).unwrap_or_default().as_chunks::<64>();
        for block in blocks {
            match depth.step::<L>(block) {
                Found::More => depth.seen += 64,
                found => return found.after(depth.seen),
            }
        }
        *self.depth = depth;
        if rest.is_empty() {
            return Found::More;
        }
        // The last bytes are looked at now, so that an event need not wait for more input, and again with what comes.
        let mut block = [b' '; 64];
        block[..rest.len()].copy_from_slice(rest);
        let seen = depth.seen;
        depth.step::<L>(&block).after(seen)
    }
}

impl Found {
    #[inline(always)]
    fn after(self, seen: usize) -> Self {
        match self {
            Self::End(len) => Self::End(seen + len),
            Self::Broken(at) => Self::Broken(seen + at),
            Self::More => Self::More,
        }
    }
}

/// The length of the container or string that `text` begins with, if it is whole.
pub(super) fn whole_value(text: &[u8]) -> Option<usize> {
    let mut kind = match text.first()? {
        b'"' => Kind::Text(1),
        b'{' | b'[' => Kind::Container(Depth::default()),
        _ => return None,
    };
    match kind.search(text, 0) {
        Found::End(len) => Some(len),
        Found::Broken(_) | Found::More => None,
    }
}
