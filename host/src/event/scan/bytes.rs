//! Reading a document without a check per byte: the only place where the scan dereferences a pointer.
//!
//! INVARIANT (reach): a document has [`Framed::PADDING`](super::Framed::PADDING) readable bytes behind its end, and the
//! walker never looks further: 64 bytes from a position before the end, in a string with escapes. It goes on from a position behind
//! the end only to the next key: a comma read at the end, a guess of 32 bytes from there (to 34), one byte behind it (35). Each
//! value begins with a check.

use super::super::frame::masks::escaped;
use super::reject::Reject;
use super::simd::{Baseline, Simd};
use super::token::{Kind, flags};

/// The bytes of a document.
#[derive(Clone, Copy)]
pub(super) struct Bytes {
    base: *const u8,
    pub(super) end: usize,
}

impl Bytes {
    /// # Safety
    /// `end` bytes and the padding must stay readable from `base` as long as the value is used.
    pub(super) unsafe fn new(base: *const u8, end: usize) -> Self {
        Bytes { base, end }
    }

    /// The document's own bytes in a range; empty when it is none.
    pub(super) fn slice(&self, from: usize, to: usize) -> &[u8] {
        if from > to || to > self.end {
            return &[];
        }
        // SAFETY: the range lies within the document (`new`).
        unsafe { std::slice::from_raw_parts(self.base.add(from), to - from) }
    }

    /// A pointer to look at some bytes from.
    #[inline(always)]
    fn look<const BYTES: usize>(&self, at: usize) -> *const u8 {
        debug_assert!(at + BYTES <= self.end + super::Framed::PADDING, "invariant: reach");
        // SAFETY: INVARIANT (reach).
        unsafe { self.base.add(at) }
    }

    /// The byte at a position.
    #[inline(always)]
    pub(super) fn byte(&self, at: usize) -> u8 {
        // SAFETY: INVARIANT (reach).
        unsafe { *self.look::<1>(at) }
    }

    /// Four bytes from a position.
    #[inline(always)]
    pub(super) fn four(&self, at: usize) -> [u8; 4] {
        // SAFETY: INVARIANT (reach).
        unsafe { self.look::<4>(at).cast::<[u8; 4]>().read_unaligned() }
    }

    /// Whether the 32 bytes from a position agree with `wanted` where `mask` says so.
    #[inline(always)]
    pub(super) fn agrees<S: Simd>(&self, at: usize, wanted: &[u8; 32], mask: u32) -> bool {
        // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
        unsafe { S::agrees(self.look::<32>(at), wanted, mask) }
    }

    /// The first position, from `at`, that holds no blank, or the end.
    #[inline(always)]
    pub(super) fn blanks<S: Simd>(&self, at: usize) -> usize {
        let mut at = at;
        while at < self.end {
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let other = unsafe { S::no_blank(self.look::<32>(at)) };
            if other != 0 {
                return (at + other.trailing_zeros() as usize).min(self.end.max(at));
            }
            at += 32;
        }
        at.min(self.end)
    }

    /// Reads the string whose opening quote is at `open`: the position behind its closing quote, and its flags.
    #[inline(always)]
    pub(super) fn string<S: Simd>(&self, open: usize) -> Result<(usize, u8), Reject> {
        let mut at = open + 1;
        while at < self.end {
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let stops = unsafe { S::stops(self.look::<32>(at)) };
            if stops != 0 {
                at += stops.trailing_zeros() as usize;
                if at < self.end && self.byte(at) == b'"' {
                    return Ok((at + 1, 0));
                }
                return Ok((self.with_escapes::<S>(at)?, flags::ESCAPED));
            }
            at += 32;
        }
        Err(Reject::Truncated)
    }

    /// Reads the rest of a string from its first escape: the position behind its closing quote.
    #[inline(always)]
    fn with_escapes<S: Simd>(&self, first: usize) -> Result<usize, Reject> {
        let (mut at, mut carry) = (first, 0);
        while at < self.end {
            let halves = [self.look::<32>(at), self.look::<32>(at + 32)];
            let both = |of: [u32; 2]| u64::from(of[0]) | u64::from(of[1]) << 32;
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let equal = |byte| both(halves.map(|from| unsafe { S::equal(from, byte) }));
            // SAFETY: the same.
            let stops = both(halves.map(|from| unsafe { S::stops(from) }));
            let (quotes, slashes) = (equal(b'"'), equal(b'\\'));
            let begun = carry as usize;
            let letters = escaped(slashes, &mut carry);
            let closing = quotes & !letters;
            // Control characters, and letters of other escapes than the two that are met most.
            let mut rare = (stops | letters) & !(quotes | slashes) & closing.wrapping_sub(1) & !closing;
            if rare != 0 {
                rare &= !(letters & b"/bfnrt".iter().fold(0, |bits, letter| bits | equal(*letter)));
            }
            let behind = at + closing.trailing_zeros() as usize;
            if rare != 0 {
                (at, carry) = (self.rare_escapes::<S>(at - begun, behind)?, 0);
            } else if closing == 0 {
                at += 64;
            } else {
                return if behind < self.end { Ok(behind + 1) } else { Err(Reject::Truncated) };
            }
        }
        Err(Reject::Truncated)
    }

    /// Checks escapes between two positions, of which the first is in none: the position behind the last of them, or the second.
    #[inline(always)]
    fn rare_escapes<S: Simd>(&self, from: usize, to: usize) -> Result<usize, Reject> {
        let (mut at, last) = (from, to.min(self.end));
        while at < last {
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let stops = unsafe { S::stops(self.look::<32>(at)) };
            at += stops.trailing_zeros() as usize;
            if stops != 0 && at < last {
                at = self.escape(at)?;
            }
        }
        Ok(at.max(to))
    }

    /// [`Bytes::string`] for one without escapes; `None` where it has any, or is none.
    #[inline(always)]
    pub(super) fn plain_text<S: Simd>(&self, open: usize) -> Option<usize> {
        let mut at = open + 1;
        while at < self.end {
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let stops = unsafe { S::stops(self.look::<32>(at)) };
            if stops != 0 {
                at += stops.trailing_zeros() as usize;
                return (at < self.end && self.byte(at) == b'"').then_some(at + 1);
            }
            at += 32;
        }
        None
    }

    /// Reads the number at `at` if it has no exponent and few digits; the position behind it.
    #[inline(always)]
    pub(super) fn plain_number<S: Simd>(&self, at: usize) -> Option<usize> {
        let whole = at + usize::from(self.byte(at) == b'-');
        let mut end = self.few_digits::<S>(whole)?;
        if self.byte(whole) == b'0' && end > whole + 1 {
            return None;
        }
        if self.byte(end) == b'.' {
            end = self.few_digits::<S>(end + 1)?;
        }
        (self.byte(end) | 0x20 != b'e').then_some(end)
    }

    /// One to 31 digits; the position behind them, which is before the end.
    #[inline(always)]
    fn few_digits<S: Simd>(&self, from: usize) -> Option<usize> {
        // SAFETY: INVARIANT (reach): the caller is at most one byte behind a position before the end.
        let count = unsafe { S::no_digit(self.look::<32>(from)) }.trailing_zeros() as usize;
        (count > 0 && count < 32 && from + count < self.end).then_some(from + count)
    }

    /// Reads the literal at `at`: what it is, and the position behind it.
    #[inline(always)]
    pub(super) fn literal(&self, at: usize) -> Option<(Kind, usize)> {
        let (kind, len) = match &self.four(at) {
            b"true" => (Kind::True, 4),
            b"null" => (Kind::Null, 4),
            b"fals" if self.byte(at + 4) == b'e' => (Kind::False, 5),
            _ => return None,
        };
        (at + len <= self.end).then_some((kind, at + len))
    }

    /// Checks the escape at `at`; the position behind it.
    #[inline(always)]
    fn escape(&self, at: usize) -> Result<usize, Reject> {
        const SHORT: [bool; 256] = {
            let mut table = [false; 256];
            let letters = b"\"\\/bfnrt";
            let mut index = 0;
            while index < letters.len() {
                table[letters[index] as usize] = true;
                index += 1;
            }
            table
        };
        if self.byte(at) == b'\\' {
            let letter = self.byte(at + 1);
            if SHORT[letter as usize] {
                return Ok(at + 2);
            }
            if letter == b'u' && self.four(at + 2).iter().all(u8::is_ascii_hexdigit) {
                return Ok(at + 6);
            }
        }
        Err(if at + 6 > self.end { Reject::Truncated } else { Reject::Syntax { at: at as u32 } })
    }

    /// Reads the number that begins at `at` with a digit or a minus: the position behind it.
    #[inline(always)]
    pub(super) fn number<S: Simd>(&self, at: usize) -> Result<usize, Reject> {
        let whole = at + usize::from(self.byte(at) == b'-');
        let mut to = self.digits::<S>(whole)?;
        if self.byte(whole) == b'0' && to > whole + 1 {
            return Err(Reject::Syntax { at: at as u32 });
        }
        if to < self.end && self.byte(to) == b'.' {
            to = self.digits::<S>(to + 1)?;
        }
        if to < self.end && self.byte(to) | 0x20 == b'e' {
            let sign = to + 1 < self.end && matches!(self.byte(to + 1), b'+' | b'-');
            to = self.digits::<S>(to + 1 + usize::from(sign))?;
        }
        Ok(to)
    }

    /// Reads the number or literal at `at`: the position behind it.
    #[inline(always)]
    pub(super) fn plain_scalar<S: Simd>(&self, at: usize, byte: u8) -> Result<usize, Reject> {
        if byte.is_ascii_digit() || byte == b'-' {
            return self.number::<S>(at);
        }
        let end = match &self.four(at) {
            b"true" | b"null" => at + 4,
            b"fals" if self.byte(at + 4) == b'e' => at + 5,
            _ => return Err(self.broken_word(at)),
        };
        if end > self.end { Err(Reject::Truncated) } else { Ok(end) }
    }

    /// The position behind the empty object or array at `at`.
    pub(super) fn empty(&self, at: usize) -> usize {
        self.blanks::<Baseline>(at + 1) + 1
    }

    /// One digit or more, from `from`; the position behind them.
    #[inline(always)]
    fn digits<S: Simd>(&self, from: usize) -> Result<usize, Reject> {
        let mut at = from;
        while at < self.end {
            // SAFETY: INVARIANT (reach); the level was entered (see `Scanner`).
            let other = unsafe { S::no_digit(self.look::<32>(at)) };
            if other != 0 {
                at += other.trailing_zeros() as usize;
                break;
            }
            at += 32;
        }
        let at = at.min(self.end);
        if at > from { Ok(at) } else { Err(self.broken(from)) }
    }

    /// Why there is no literal at a position before the end.
    #[cold]
    pub(super) fn broken_word(&self, at: usize) -> Reject {
        let rest = self.slice(at, self.end.min(at + 5));
        let cut = [&b"true"[..], b"false", b"null"].iter().any(|word| word.starts_with(rest));
        if cut { Reject::Truncated } else { Reject::Syntax { at: at as u32 } }
    }

    /// Why there is nothing sensible at a position.
    #[cold]
    pub(super) fn broken(&self, at: usize) -> Reject {
        if at >= self.end { Reject::Truncated } else { Reject::Syntax { at: at as u32 } }
    }
}
