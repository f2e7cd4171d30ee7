//! Byte classes with WebAssembly's 128-bit vectors.

use std::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_le, u8x16_splat, u8x16_sub, v128, v128_load, v128_or};

use super::{BLOCK, Masks};

/// `first <= byte <= first + span`.
#[inline]
fn within(v: v128, first: u8, span: u8) -> v128 {
    u8x16_le(u8x16_sub(v, u8x16_splat(first)), u8x16_splat(span))
}

#[inline]
fn is(v: v128, byte: u8) -> v128 {
    u8x16_eq(v, u8x16_splat(byte))
}

#[inline]
fn bits(v: v128, at: usize) -> u64 {
    u64::from(u8x16_bitmask(v)) << at
}

/// What classifies blocks here.
#[inline]
pub(crate) fn classifier() -> impl Fn(&[u8; BLOCK]) -> Masks {
    classify
}

/// The classes of a block.
#[inline]
fn classify(block: &[u8; BLOCK]) -> Masks {
    let mut masks = Masks::default();
    for at in [0, 16, 32, 48] {
        let Some(part) = block.get(at..at + 16) else { continue };
        // SAFETY: `part` has 16 readable bytes; the load needs no alignment.
        let v = unsafe { v128_load(part.as_ptr().cast()) };
        let lower = v128_or(v, u8x16_splat(0x20));
        let sign = v128_or(v128_or(is(v, b'@'), is(v, b':')), v128_or(is(v, b'='), is(v, b'J')));
        masks.digit |= bits(within(v, b'0', 9), at);
        masks.letter |= bits(within(lower, b'a', 25), at);
        masks.joint |= bits(within(v, b'-', 1), at);
        masks.sign |= bits(sign, at);
    }
    masks
}
