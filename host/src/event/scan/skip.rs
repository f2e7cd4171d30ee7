//! Passing over a container that nothing below is wanted of: its grammar is checked all the same.

use super::reject::{Limits, Reject};
use super::simd::Simd;
use super::walk::Walk;

/// Which of the containers that are open are objects: a bit each.
struct Kinds {
    bits: [u64; Limits::DEPTH_MAX as usize / 64 + 1],
    depth: usize,
}

impl Kinds {
    #[inline(always)]
    fn push(&mut self, object: bool) {
        let (word, bit) = (self.depth / 64, self.depth % 64);
        self.bits[word] = self.bits[word] & !(1 << bit) | u64::from(object) << bit;
        self.depth += 1;
    }

    /// Whether the innermost container is an object.
    #[inline(always)]
    fn object(&self) -> bool {
        let index = self.depth - 1;
        self.bits[index / 64] >> (index % 64) & 1 == 1
    }
}

impl Walk<'_> {
    /// Passes over the container at `at`, around which `depth` are open; the position behind it.
    #[inline(always)]
    pub(super) fn skip<S: Simd>(&mut self, at: usize, depth: usize) -> Result<usize, Reject> {
        let room = usize::from(self.limits.depth).saturating_sub(depth);
        let mut fields = self.out.fields;
        let mut kinds = Kinds { bits: [0; Limits::DEPTH_MAX as usize / 64 + 1], depth: 0 };
        let mut at = at;
        loop {
            // At a value.
            let byte = self.bytes.byte(at);
            if byte == b'"' {
                let (end, _) = self.bytes.string::<S>(at)?;
                at = end;
            } else if byte | 0x20 == b'{' {
                if kinds.depth >= room {
                    return Err(Reject::TooDeep { at: at as u32 });
                }
                let inside = self.bytes.blanks::<S>(at + 1);
                if self.bytes.byte(inside) == byte + 2 {
                    at = inside + 1;
                    if at > self.bytes.end {
                        return Err(Reject::Truncated);
                    }
                } else {
                    kinds.push(byte == b'{');
                    at = self.skip_key::<S>(inside, byte == b'{')?;
                    fields += 1;
                    if fields > self.limits.leaves {
                        return Err(Reject::TooManyFields);
                    }
                    continue;
                }
            } else {
                at = self.bytes.plain_scalar::<S>(at, byte)?;
            }
            // Behind a value.
            loop {
                if kinds.depth == 0 {
                    self.out.fields = fields;
                    return Ok(at);
                }
                let object = kinds.object();
                let byte = self.bytes.byte(at);
                if byte == b',' {
                    at = self.skip_key::<S>(at + 1, object)?;
                    fields += 1;
                    if fields > self.limits.leaves {
                        return Err(Reject::TooManyFields);
                    }
                    break;
                }
                if byte == if object { b'}' } else { b']' } {
                    kinds.depth -= 1;
                    at += 1;
                    if at > self.bytes.end {
                        return Err(Reject::Truncated);
                    }
                    continue;
                }
                let next = self.bytes.blanks::<S>(at);
                if next <= at {
                    return Err(self.bytes.broken(at));
                }
                at = next;
            }
        }
    }

    /// From the beginning of a member or element to its value, which lies before the end of the document.
    #[inline(always)]
    fn skip_key<S: Simd>(&mut self, at: usize, object: bool) -> Result<usize, Reject> {
        let mut at = self.bytes.blanks::<S>(at);
        if object {
            if self.bytes.byte(at) != b'"' {
                return Err(self.bytes.broken(at));
            }
            let (end, _) = self.bytes.string::<S>(at)?;
            at = self.bytes.blanks::<S>(end);
            if self.bytes.byte(at) != b':' {
                return Err(self.bytes.broken(at));
            }
            at = self.bytes.blanks::<S>(at + 1);
        }
        if at >= self.bytes.end { Err(Reject::Truncated) } else { Ok(at) }
    }
}
