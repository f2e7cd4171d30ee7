//! Looking at 32 bytes at once, on three levels that answer alike.
//!
//! The walker is generic over [`Simd`] and always inlined; each level enters it through one function that enables the
//! level's instructions, so that nothing is dispatched within an event.

/// Looks at 32 bytes from a pointer. Bit `n` of an answer is about byte `n`.
///
/// # Safety
/// For all functions: 32 bytes must be readable from `at`, and the machine must have the level's instructions.
pub(super) trait Simd: Copy {
    /// Bytes at which a string's plain text stops: quote, backslash, control character.
    unsafe fn stops(at: *const u8) -> u32;
    /// Bytes that are `byte`.
    unsafe fn equal(at: *const u8, byte: u8) -> u32;
    /// Bytes that are no digit.
    unsafe fn no_digit(at: *const u8) -> u32;
    /// Bytes that are no blank of JSON.
    unsafe fn no_blank(at: *const u8) -> u32;
    /// Whether all bytes chosen by `mask` are those of `wanted`.
    unsafe fn agrees(at: *const u8, wanted: &[u8; 32], mask: u32) -> bool;
}

/// Eight bytes at a time.
#[derive(Clone, Copy)]
pub(super) struct Scalar;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The upper bits of the bytes that equal `byte`: exact, no carry from one byte to the next.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let x = word ^ (ONES * byte as u64);
    !(((x & !HIGHS) + !HIGHS) | x) & HIGHS
}

/// The upper bits of the bytes below `bound`, which is at most 0x80.
#[inline(always)]
fn below(word: u64, bound: u8) -> u64 {
    let low = (word & !HIGHS) + ONES * (0x80 - bound as u64);
    !(low | word) & HIGHS
}

/// Gathers the upper bits of eight bytes.
#[inline(always)]
fn gather(highs: u64) -> u32 {
    ((highs >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
}

/// # Safety
/// 32 bytes must be readable from `at`.
#[inline(always)]
unsafe fn each(at: *const u8, look: impl Fn(u64) -> u64) -> u32 {
    let mut bits = 0;
    for part in 0..4 {
        // SAFETY: the four words are the 32 bytes the caller vouches for.
        let word = u64::from_le(unsafe { at.add(part * 8).cast::<u64>().read_unaligned() });
        bits |= gather(look(word)) << (part * 8);
    }
    bits
}

impl Simd for Scalar {
    #[inline(always)]
    unsafe fn stops(at: *const u8) -> u32 {
        // SAFETY: the caller's promise, passed on.
        unsafe { each(at, |word| equal(word, b'"') | equal(word, b'\\') | below(word, 0x20)) }
    }

    #[inline(always)]
    unsafe fn equal(at: *const u8, byte: u8) -> u32 {
        // SAFETY: the caller's promise, passed on.
        unsafe { each(at, |word| equal(word, byte)) }
    }

    #[inline(always)]
    unsafe fn no_digit(at: *const u8) -> u32 {
        // SAFETY: the caller's promise, passed on.
        unsafe { each(at, |word| !(below(word, b'9' + 1) & !below(word, b'0')) & HIGHS) }
    }

    #[inline(always)]
    unsafe fn no_blank(at: *const u8) -> u32 {
        let blank = |word| equal(word, b' ') | equal(word, b'\n') | equal(word, b'\t') | equal(word, b'\r');
        // SAFETY: the caller's promise, passed on.
        unsafe { each(at, |word| !blank(word) & HIGHS) }
    }

    #[inline(always)]
    unsafe fn agrees(at: *const u8, wanted: &[u8; 32], mask: u32) -> bool {
        let mut differs = 0;
        for part in 0..4 {
            // SAFETY: the caller's promise; `wanted` has 32 bytes too.
            let (one, other) = unsafe {
                let offset = part * 8;
                (
                    at.add(offset).cast::<u64>().read_unaligned(),
                    wanted.as_ptr().add(offset).cast::<u64>().read_unaligned(),
                )
            };
            differs |= gather(!equal(u64::from_le(one ^ other), 0) & HIGHS) << (part * 8);
        }
        differs & mask == 0
    }
}

#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use core::arch::x86_64::*;

    use super::Simd;

    /// 16 bytes at a time; every x86-64 can.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Sse2;

    /// # Safety
    /// 32 bytes must be readable from `at`.
    #[inline(always)]
    unsafe fn each(at: *const u8, look: impl Fn(__m128i) -> __m128i) -> u32 {
        // SAFETY: the two blocks are the 32 bytes the caller vouches for; SSE2 is part of x86-64.
        unsafe {
            let low = _mm_movemask_epi8(look(_mm_loadu_si128(at.cast())));
            let high = _mm_movemask_epi8(look(_mm_loadu_si128(at.add(16).cast())));
            low as u32 | (high as u32) << 16
        }
    }

    impl Simd for Sse2 {
        #[inline(always)]
        unsafe fn stops(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on; SSE2 is part of x86-64.
            unsafe {
                each(at, |block| {
                    let quote = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'"' as i8));
                    let slash = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'\\' as i8));
                    let control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
                    _mm_or_si128(_mm_or_si128(quote, slash), control)
                })
            }
        }

        #[inline(always)]
        unsafe fn equal(at: *const u8, byte: u8) -> u32 {
            // SAFETY: the caller's promise, passed on; SSE2 is part of x86-64.
            unsafe { each(at, |block| _mm_cmpeq_epi8(block, _mm_set1_epi8(byte as i8))) }
        }

        #[inline(always)]
        unsafe fn no_digit(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on; SSE2 is part of x86-64.
            unsafe {
                !each(at, |block| {
                    let value = _mm_sub_epi8(block, _mm_set1_epi8(b'0' as i8));
                    _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value)
                })
            }
        }

        #[inline(always)]
        unsafe fn no_blank(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on; SSE2 is part of x86-64.
            unsafe {
                !each(at, |block| {
                    let is = |byte: u8| _mm_cmpeq_epi8(block, _mm_set1_epi8(byte as i8));
                    _mm_or_si128(_mm_or_si128(is(b' '), is(b'\n')), _mm_or_si128(is(b'\t'), is(b'\r')))
                })
            }
        }

        #[inline(always)]
        unsafe fn agrees(at: *const u8, wanted: &[u8; 32], mask: u32) -> bool {
            // SAFETY: the caller's promise; `wanted` has 32 bytes too; SSE2 is part of x86-64.
            unsafe {
                let half = |offset: usize| {
                    let one = _mm_loadu_si128(at.add(offset).cast());
                    let other = _mm_loadu_si128(wanted.as_ptr().add(offset).cast());
                    _mm_movemask_epi8(_mm_cmpeq_epi8(one, other)) as u32
                };
                !(half(0) | half(16) << 16) & mask == 0
            }
        }
    }

    /// 32 bytes at a time.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Avx2;

    impl Simd for Avx2 {
        #[inline(always)]
        unsafe fn stops(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on.
            unsafe {
                let block = _mm256_loadu_si256(at.cast());
                let quote = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'"' as i8));
                let slash = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'\\' as i8));
                let control = _mm256_cmpeq_epi8(_mm256_min_epu8(block, _mm256_set1_epi8(0x1f)), block);
                _mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quote, slash), control)) as u32
            }
        }

        #[inline(always)]
        unsafe fn equal(at: *const u8, byte: u8) -> u32 {
            // SAFETY: the caller's promise, passed on.
            unsafe {
                let equal = _mm256_cmpeq_epi8(_mm256_loadu_si256(at.cast()), _mm256_set1_epi8(byte as i8));
                _mm256_movemask_epi8(equal) as u32
            }
        }

        #[inline(always)]
        unsafe fn no_digit(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on.
            unsafe {
                let value = _mm256_sub_epi8(_mm256_loadu_si256(at.cast()), _mm256_set1_epi8(b'0' as i8));
                let digit = _mm256_cmpeq_epi8(_mm256_min_epu8(value, _mm256_set1_epi8(9)), value);
                !_mm256_movemask_epi8(digit) as u32
            }
        }

        #[inline(always)]
        unsafe fn no_blank(at: *const u8) -> u32 {
            // SAFETY: the caller's promise, passed on.
            unsafe {
                let block = _mm256_loadu_si256(at.cast());
                let space = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b' ' as i8));
                let line = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'\n' as i8));
                let tab = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'\t' as i8));
                let back = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'\r' as i8));
                let blank = _mm256_or_si256(_mm256_or_si256(space, line), _mm256_or_si256(tab, back));
                !_mm256_movemask_epi8(blank) as u32
            }
        }

        #[inline(always)]
        unsafe fn agrees(at: *const u8, wanted: &[u8; 32], mask: u32) -> bool {
            // SAFETY: the caller's promise; `wanted` has 32 bytes too.
            unsafe {
                let one = _mm256_loadu_si256(at.cast());
                let other = _mm256_loadu_si256(wanted.as_ptr().cast());
                !_mm256_movemask_epi8(_mm256_cmpeq_epi8(one, other)) as u32 & mask == 0
            }
        }
    }
}

/// What code uses that is not entered through a level.
#[cfg(target_arch = "x86_64")]
pub(super) type Baseline = x86::Sse2;
/// What code uses that is not entered through a level.
#[cfg(not(target_arch = "x86_64"))]
pub(super) type Baseline = Scalar;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(block: &[u8; 32], holds: impl Fn(u8) -> bool) -> u32 {
        block.iter().enumerate().fold(0, |bits, (index, &byte)| bits | u32::from(holds(byte)) << index)
    }

    fn check<S: Simd>(block: &[u8; 32], other: &[u8; 32], mask: u32) {
        let at = block.as_ptr();
        // SAFETY: a block has 32 bytes; callers ask for levels of this machine only.
        let (stops, quotes, no_digit, no_blank, agrees) =
            unsafe { (S::stops(at), S::equal(at, b'"'), S::no_digit(at), S::no_blank(at), S::agrees(at, other, mask)) };
        assert_eq!(quotes, bits(block, |byte| byte == b'"'));
        assert_eq!(stops, bits(block, |byte| byte == b'"' || byte == b'\\' || byte < 0x20));
        assert_eq!(no_digit, bits(block, |byte| !byte.is_ascii_digit()));
        assert_eq!(no_blank, bits(block, |byte| !b" \n\t\r".contains(&byte)));
        let same = (0..32).all(|index| mask >> index & 1 == 0 || block[index] == other[index]);
        assert_eq!(agrees, same);
    }

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), prop::sample::select(&b"\"\\ \n\t\r09/:\x1f\x7f\x80\xff\x01\x00"[..])]
    }

    proptest! {
        #[test]
        fn levels_agree(block: [u8; 32], change in (0usize..32, any::<u8>()), mask: u32, at in prop::array::uniform32(byte())) {
            for block in [block, at] {
                let mut other = block;
                other[change.0] = change.1;
                check::<Scalar>(&block, &other, mask);
                #[cfg(target_arch = "x86_64")]
                check::<x86::Sse2>(&block, &other, mask);
                #[cfg(target_arch = "x86_64")]
                if is_x86_feature_detected!("avx2") {
                    check::<x86::Avx2>(&block, &other, mask);
                }
            }
        }
    }
}
