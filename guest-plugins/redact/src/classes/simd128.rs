//! Byte classes with WebAssembly's 128-bit vectors.

use std::arch::wasm32::{
    i8x16_gt, i8x16_le, i8x16_splat, i8x16_sub, u8x16, u8x16_bitmask, u8x16_eq, u8x16_splat, u8x16_swizzle, v128,
    v128_and, v128_load, v128_or,
};

use super::{BLOCK, Coded, Masks, Names, Signs, Words};

/// `first <= byte <= first + span`. Compared with signs, which processors do in one instruction; without, it takes four.
#[inline]
fn within(v: v128, first: u8, span: u8) -> v128 {
    i8x16_le(i8x16_sub(v, i8x16_splat((first ^ 0x80) as i8)), i8x16_splat((span ^ 0x80) as i8))
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
pub(crate) struct Classifier(Signs);

impl Classifier {
    pub(crate) fn new(signs: Signs) -> Self {
        Classifier(signs)
    }

    /// The classes of a block.
    #[inline]
    pub(crate) fn masks(&self, block: &[u8; BLOCK]) -> Masks {
        match self.0 {
            Signs::At => classify(block, |v| is(v, b'@')),
            Signs::All => {
                classify(block, |v| v128_or(v128_or(is(v, b'@'), is(v, b':')), v128_or(is(v, b'='), is(v, b'J'))))
            }
        }
    }

    /// `-` and `.`.
    #[inline]
    pub(crate) fn joints(&self, block: &[u8; BLOCK]) -> u64 {
        parts(block).fold(0, |joints, (v, at)| joints | bits(within(v, b'-', 1), at))
    }

    /// What words are made of.
    #[inline]
    pub(crate) fn words(&self, block: &[u8; BLOCK]) -> Words {
        let mut words = Words::default();
        for (v, at) in parts(block) {
            words.high |= bits(v, at);
            words.capital |= bits(within(v, b'A', 25), at);
        }
        words
    }

    /// What names are made of.
    #[inline]
    pub(crate) fn names(&self, block: &[u8; BLOCK]) -> Names {
        let mut names = Names::default();
        for (v, at) in parts(block) {
            // The highest bit of each byte is kept, too.
            names.letters |= bits(v128_or(within(v128_or(v, u8x16_splat(0x20)), b'a', 25), v), at);
            names.capital |= bits(within(v, b'A', 25), at);
            names.escape |= bits(is(v, b'\\'), at);
        }
        names
    }

    /// What shows that text may be in another coding.
    #[inline]
    pub(crate) fn coded(&self, block: &[u8; BLOCK]) -> Coded {
        // The last four bits tell these five signs apart.
        let signs = u8x16(255, 255, 255, 255, 255, b'%', b'&', 255, 255, 255, 255, b'+', b'\\', b'=', 255, 0);
        let mut coded = Coded::default();
        for (v, at) in parts(block) {
            let sign = u8x16_eq(u8x16_swizzle(signs, v128_and(v, u8x16_splat(15))), v);
            coded.escape |= bits(v128_or(sign, v), at);
            coded.printed |= bits(i8x16_gt(v, i8x16_splat(b' ' as i8)), at);
        }
        coded
    }

    /// Letters and digits of ASCII, `+`, `/`, `-` and `_`.
    #[inline]
    pub(crate) fn base64(&self, block: &[u8; BLOCK]) -> u64 {
        let mut base64 = 0;
        for (v, at) in parts(block) {
            let letter = within(v128_or(v, u8x16_splat(0x20)), b'a', 25);
            // The slash comes right before the digits.
            let digit = v128_or(within(v, b'/', 10), is(v, b'+'));
            let sign = v128_or(is(v, b'-'), is(v, b'_'));
            base64 |= bits(v128_or(v128_or(letter, digit), sign), at);
        }
        base64
    }

    /// `/`, `\`, `_` and `w`, in either case.
    #[inline]
    pub(crate) fn leads(&self, block: &[u8; BLOCK]) -> u64 {
        let sign = |v| {
            v128_or(v128_or(is(v, b'/'), is(v, b'\\')), v128_or(is(v, b'_'), is(v128_or(v, u8x16_splat(0x20)), b'w')))
        };
        parts(block).fold(0, |leads, (v, at)| leads | bits(sign(v), at))
    }

    /// Everything that is printed in ASCII but the blank.
    #[inline]
    pub(crate) fn printed(&self, block: &[u8; BLOCK]) -> u64 {
        parts(block).fold(0, |printed, (v, at)| printed | bits(i8x16_gt(v, i8x16_splat(b' ' as i8)), at))
    }
}

#[inline]
fn parts(block: &[u8; BLOCK]) -> impl Iterator<Item = (v128, usize)> {
    // SAFETY: each part has 16 readable bytes; the load needs no alignment.
    block
        .as_chunks::<16>()
        .0
        .iter()
        .zip([0, 16, 32, 48])
        .map(|(part, at)| (unsafe { v128_load(part.as_ptr().cast()) }, at))
}

#[inline]
fn classify(block: &[u8; BLOCK], sign: impl Fn(v128) -> v128) -> Masks {
    let mut masks = Masks::default();
    for (v, at) in parts(block) {
        let lower = v128_or(v, u8x16_splat(0x20));
        masks.digit |= bits(within(v, b'0', 9), at);
        masks.letter |= bits(within(lower, b'a', 25), at);
        masks.sign |= bits(sign(v), at);
    }
    masks
}
