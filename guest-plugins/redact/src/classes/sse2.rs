//! Byte classes with SSE2, which every x86-64 has.

use std::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    _mm_sub_epi8,
};

use super::{BLOCK, Masks};

/// `first <= byte <= first + span`.
#[inline]
#[target_feature(enable = "sse2")]
fn within(v: __m128i, first: u8, span: u8) -> __m128i {
    let offset = _mm_sub_epi8(v, _mm_set1_epi8(first as i8));
    _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(span as i8)), offset)
}

#[inline]
#[target_feature(enable = "sse2")]
fn is(v: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(v, _mm_set1_epi8(byte as i8))
}

#[inline]
#[target_feature(enable = "sse2")]
fn bits(v: __m128i, at: usize) -> u64 {
    u64::from(_mm_movemask_epi8(v) as u16) << at
}

/// The classes of a block.
#[inline]
pub(crate) fn classify(block: &[u8; BLOCK]) -> Masks {
    // SAFETY: this file is only compiled for targets that have SSE2.
    unsafe { with_sse2(block) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn with_sse2(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks::default();
    for at in [0, 16, 32, 48] {
        let Some(part) = block.get(at..at + 16) else { continue };
        // SAFETY: `part` has 16 readable bytes; the load needs no alignment.
        let v = unsafe { _mm_loadu_si128(part.as_ptr().cast()) };
        let lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
        let sign = _mm_or_si128(_mm_or_si128(is(v, b'@'), is(v, b':')), _mm_or_si128(is(v, b'='), is(v, b'J')));
        masks.digit |= bits(within(v, b'0', 9), at);
        masks.letter |= bits(within(lower, b'a', 25), at);
        masks.joint |= bits(within(v, b'-', 1), at);
        masks.sign |= bits(sign, at);
    }
    masks
}
