//! 16 bytes at a time.

use imp::Vector;

/// Sixteen bytes that are looked at together. Answers are masks: the lowest bit stands for the first byte.
///
/// ```
/// use tamis_plugin_sdk::block::Block;
/// let block = Block::of(b"192.0.2.1 and so");
/// assert_eq!(block.is(b'.'), 0b1010_1000);
/// assert_eq!(block.within([(b'0', b'9'), (b'.', b'.')]).trailing_ones(), 9);
/// ```
#[derive(Clone, Copy)]
pub struct Block(Vector);

impl Block {
    /// These bytes.
    #[inline(always)]
    pub fn of(bytes: &[u8; 16]) -> Self {
        Block(imp::load(bytes))
    }

    /// Which bytes are this one.
    #[inline(always)]
    pub fn is(self, byte: u8) -> u32 {
        imp::bits(imp::is(self.0, byte))
    }

    /// Which bytes lie in one of the ranges (first and last byte of each; a range may go from 255 on to 0).
    #[inline(always)]
    pub fn within<const N: usize>(self, ranges: [(u8, u8); N]) -> u32 {
        let each = ranges.map(|(first, last)| imp::within(self.0, first, last));
        each.into_iter().reduce(imp::or).map_or(0, imp::bits)
    }
}

#[cfg(target_arch = "wasm32")]
mod imp {
    use std::arch::wasm32::{
        i8x16_le, i8x16_splat, i8x16_sub, u8x16_bitmask, u8x16_eq, u8x16_splat, v128, v128_load, v128_or,
    };

    pub(super) type Vector = v128;

    #[inline(always)]
    pub(super) fn load(bytes: &[u8; 16]) -> Vector {
        // SAFETY: 16 bytes are readable there; the load needs no alignment.
        unsafe { v128_load(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    pub(super) fn is(bytes: Vector, byte: u8) -> Vector {
        u8x16_eq(bytes, u8x16_splat(byte))
    }

    #[inline(always)]
    pub(super) fn within(bytes: Vector, first: u8, last: u8) -> Vector {
        // Compared with signs, which processors do in one instruction; without, it takes four.
        let offset = i8x16_sub(bytes, i8x16_splat((first ^ 0x80) as i8));
        i8x16_le(offset, i8x16_splat((last.wrapping_sub(first) ^ 0x80) as i8))
    }

    #[inline(always)]
    pub(super) fn or(one: Vector, other: Vector) -> Vector {
        v128_or(one, other)
    }

    #[inline(always)]
    pub(super) fn bits(bytes: Vector) -> u32 {
        u8x16_bitmask(bytes).into()
    }
}

/// For plugins that are linked into a program: what is compared with the sandbox has its vectors too.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod imp {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
        _mm_sub_epi8,
    };

    pub(super) type Vector = __m128i;

    // SAFETY, of all: the target has SSE2.

    #[inline(always)]
    pub(super) fn load(bytes: &[u8; 16]) -> Vector {
        // SAFETY: 16 bytes are readable there; the load needs no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    pub(super) fn is(bytes: Vector, byte: u8) -> Vector {
        unsafe { _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte as i8)) }
    }

    #[inline(always)]
    pub(super) fn within(bytes: Vector, first: u8, last: u8) -> Vector {
        unsafe {
            let offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first as i8));
            _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(last.wrapping_sub(first) as i8)), offset)
        }
    }

    #[inline(always)]
    pub(super) fn or(one: Vector, other: Vector) -> Vector {
        unsafe { _mm_or_si128(one, other) }
    }

    #[inline(always)]
    pub(super) fn bits(bytes: Vector) -> u32 {
        unsafe { _mm_movemask_epi8(bytes) as u32 }
    }
}

#[cfg(not(any(target_arch = "wasm32", all(target_arch = "x86_64", target_feature = "sse2"))))]
mod imp {
    pub(super) type Vector = [u8; 16];

    pub(super) fn load(bytes: &[u8; 16]) -> Vector {
        *bytes
    }

    pub(super) fn is(bytes: Vector, byte: u8) -> Vector {
        bytes.map(|this| if this == byte { 255 } else { 0 })
    }

    pub(super) fn within(bytes: Vector, first: u8, last: u8) -> Vector {
        bytes.map(|this| if this.wrapping_sub(first) <= last.wrapping_sub(first) { 255 } else { 0 })
    }

    pub(super) fn or(one: Vector, other: Vector) -> Vector {
        std::array::from_fn(|at| one[at] | other[at])
    }

    pub(super) fn bits(bytes: Vector) -> u32 {
        bytes.iter().enumerate().fold(0, |bits, (at, byte)| bits | u32::from(byte >> 7) << at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_seen_at_every_place() {
        for byte in 0..=255u8 {
            for at in 0..16 {
                let mut bytes = [byte.wrapping_add(100); 16];
                bytes[at] = byte;
                let block = Block::of(&bytes);
                assert_eq!(block.is(byte), 1 << at);
                for ranges in [[(b'0', b'9'), (b'a', b'z')], [(250, 10), (b'.', b'.')], [(0, 255), (1, 0)]] {
                    let lies = |byte: u8| {
                        ranges.iter().any(|(first, last)| byte.wrapping_sub(*first) <= last.wrapping_sub(*first))
                    };
                    let expected = (0..16).filter(|at| lies(bytes[*at])).map(|at| 1 << at).sum::<u32>();
                    assert_eq!(block.within(ranges), expected, "{byte} {at}");
                }
            }
        }
    }
}
