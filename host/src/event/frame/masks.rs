//! Bit masks of 64 bytes at a time: which bytes equal a value. AVX2 where the machine has it, SSE2 on any x86-64,
//! else eight bytes a step in plain arithmetic.
//!
//! The shipped binary is built for the oldest x86-64, so callers write their loop once over [`Lanes`] and
//! [`dispatch`] runs it with the widest lanes.

/// A block of input.
pub(super) type Block = [u8; 64];

/// 64 bytes, ready to be compared. Bit `i` of an answer is byte `i`.
pub(super) trait Lanes: Copy {
    fn load(block: &Block) -> Self;
    /// Bytes equal to `byte`.
    fn equal(self, byte: u8) -> u64;
    /// Bytes that equal `byte` once their bit 0x20 is set: `{` and `[`, or `}` and `]`.
    fn equal_folded(self, byte: u8) -> u64;
    /// Bytes below 0x20.
    fn control(self) -> u64;
}

/// A loop over blocks that is written for any lanes. Implementations mark `run` as `#[inline(always)]`, so that it is compiled once
/// for each kind of lanes.
pub(super) trait Kernel {
    type Answer;
    fn run<L: Lanes>(self) -> Self::Answer;
}

/// Runs a kernel with the widest lanes this machine has.
#[inline]
pub(super) fn dispatch<K: Kernel>(kernel: K) -> K::Answer {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("popcnt") {
            // SAFETY: the features that `wide` asks for were just detected.
            return unsafe { x86::wide(kernel) };
        }
        kernel.run::<x86::Sse2>()
    }
    #[cfg(not(target_arch = "x86_64"))]
    kernel.run::<Plain>()
}

/// For every bit whether the number of set bits up to and including it is odd.
#[inline(always)]
pub(super) fn parity(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

/// Which bytes stand behind an odd run of backslashes. `carry` is 1 where the block before ended in one.
#[inline(always)]
pub(in super::super) fn escaped(backslash: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    if backslash == 0 {
        return std::mem::take(carry);
    }
    let begins = backslash & !*carry;
    let ends = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    let escaped = ends ^ (backslash | *carry);
    *carry = (ends & backslash) >> 63;
    escaped
}

/// Eight bytes a step, for machines without vectors that this file knows.
#[derive(Clone, Copy)]
#[cfg_attr(target_arch = "x86_64", allow(dead_code))] // there only the tests compare with it
pub(super) struct Plain([u64; 8]);

impl Plain {
    #[inline(always)]
    fn collect(self, high_bits: impl Fn(u64) -> u64) -> u64 {
        let mut mask = 0;
        for (i, word) in self.0.into_iter().enumerate() {
            mask |= ((high_bits(word) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (i * 8);
        }
        mask
    }
}

/// The highest bit of every byte that is zero.
#[inline(always)]
fn zero_bytes(word: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    !(((word & LOW) + LOW) | word | LOW)
}

#[inline(always)]
fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

impl Lanes for Plain {
    #[inline(always)]
    fn load(block: &Block) -> Self {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        Self(words)
    }
    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        self.collect(|w| zero_bytes(w ^ repeat(byte)))
    }
    #[inline(always)]
    fn equal_folded(self, byte: u8) -> u64 {
        self.collect(|w| zero_bytes((w | repeat(0x20)) ^ repeat(byte)))
    }
    #[inline(always)]
    fn control(self) -> u64 {
        self.collect(|w| zero_bytes(w & repeat(0xE0)))
    }
}

/// The unsafe code of framing: vector instructions behind detection.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Block, Kernel, Lanes};
    use std::arch::x86_64::*;

    /// Compiles the kernel for AVX2.
    #[target_feature(enable = "avx2,popcnt")]
    pub(super) fn wide<K: Kernel>(kernel: K) -> K::Answer {
        kernel.run::<Avx2>()
    }

    /// Part of the baseline of x86-64: needs no detection.
    #[derive(Clone, Copy)]
    pub(super) struct Sse2([__m128i; 4]);

    impl Sse2 {
        #[inline(always)]
        fn collect(self, compare: impl Fn(__m128i) -> __m128i) -> u64 {
            // SAFETY: SSE2 belongs to every x86-64.
            let part = |i: usize| u64::from(unsafe { _mm_movemask_epi8(compare(self.0[i])) } as u32) << (16 * i);
            part(0) | part(1) | part(2) | part(3)
        }
    }

    impl Lanes for Sse2 {
        #[inline(always)]
        fn load(block: &Block) -> Self {
            let at = block.as_ptr().cast::<__m128i>();
            // SAFETY: SSE2 belongs to every x86-64; 64 bytes can be read from `at`, and the load needs no alignment.
            Self(unsafe {
                [
                    _mm_loadu_si128(at),
                    _mm_loadu_si128(at.add(1)),
                    _mm_loadu_si128(at.add(2)),
                    _mm_loadu_si128(at.add(3)),
                ]
            })
        }
        #[inline(always)]
        fn equal(self, byte: u8) -> u64 {
            // SAFETY: SSE2 belongs to every x86-64.
            self.collect(|v| unsafe { _mm_cmpeq_epi8(v, _mm_set1_epi8(byte as i8)) })
        }
        #[inline(always)]
        fn equal_folded(self, byte: u8) -> u64 {
            // SAFETY: SSE2 belongs to every x86-64.
            self.collect(|v| unsafe { _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8(byte as i8)) })
        }
        #[inline(always)]
        fn control(self) -> u64 {
            // SAFETY: SSE2 belongs to every x86-64.
            self.collect(|v| unsafe { _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v) })
        }
    }

    /// Only made inside [`wide`]: every function here is inlined into it.
    #[derive(Clone, Copy)]
    pub(super) struct Avx2(__m256i, __m256i);

    // SAFETY of all blocks below: `Avx2` is private to this file and named only by `wide`, which runs after detection of AVX2.
    impl Lanes for Avx2 {
        #[inline(always)]
        fn load(block: &Block) -> Self {
            let at = block.as_ptr().cast::<__m256i>();
            // SAFETY: see above; 64 bytes can be read from `at`, and the load needs no alignment.
            unsafe { Self(_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))) }
        }
        #[inline(always)]
        fn equal(self, byte: u8) -> u64 {
            // SAFETY: see above.
            unsafe {
                let wanted = _mm256_set1_epi8(byte as i8);
                bits(_mm256_cmpeq_epi8(self.0, wanted), _mm256_cmpeq_epi8(self.1, wanted))
            }
        }
        #[inline(always)]
        fn equal_folded(self, byte: u8) -> u64 {
            // SAFETY: see above.
            unsafe {
                let (wanted, fold) = (_mm256_set1_epi8(byte as i8), _mm256_set1_epi8(0x20));
                let compare = |v| _mm256_cmpeq_epi8(_mm256_or_si256(v, fold), wanted);
                bits(compare(self.0), compare(self.1))
            }
        }
        #[inline(always)]
        fn control(self) -> u64 {
            // SAFETY: see above.
            unsafe {
                let last = _mm256_set1_epi8(0x1F);
                let compare = |v| _mm256_cmpeq_epi8(_mm256_min_epu8(v, last), v);
                bits(compare(self.0), compare(self.1))
            }
        }
    }

    #[inline(always)]
    unsafe fn bits(low: __m256i, high: __m256i) -> u64 {
        // SAFETY: the caller has AVX2.
        unsafe { u64::from(_mm256_movemask_epi8(low) as u32) | u64::from(_mm256_movemask_epi8(high) as u32) << 32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct All<'b>(&'b Block, u8);
    impl Kernel for All<'_> {
        type Answer = [u64; 3];
        #[inline(always)]
        fn run<L: Lanes>(self) -> [u64; 3] {
            let lanes = L::load(self.0);
            [lanes.equal(self.1), lanes.equal_folded(self.1 | 0x20), lanes.control()]
        }
    }

    fn slow(block: &Block, byte: u8) -> [u64; 3] {
        let mask = |test: &dyn Fn(u8) -> bool| block.iter().enumerate().map(|(i, b)| u64::from(test(*b)) << i).sum();
        [mask(&|b| b == byte), mask(&|b| b | 0x20 == byte | 0x20), mask(&|b| b < 0x20)]
    }

    proptest! {
        #[test]
        fn every_kind_of_lanes_agrees_with_a_loop(bytes in prop::collection::vec(any::<u8>(), 64), pick in 0usize..64) {
            let block: Block = bytes.try_into().unwrap();
            let byte = block[pick];
            let expected = slow(&block, byte);
            prop_assert_eq!(dispatch(All(&block, byte)), expected);
            prop_assert_eq!(All(&block, byte).run::<Plain>(), expected);
            #[cfg(target_arch = "x86_64")]
            prop_assert_eq!(All(&block, byte).run::<x86::Sse2>(), expected);
        }

        #[test]
        fn parity_and_escapes_agree_with_a_loop(quotes: u64, backslashes: u64, first: bool) {
            let (mut odd, mut expected) = (false, 0);
            for i in 0..64 {
                odd ^= quotes >> i & 1 == 1;
                expected |= u64::from(odd) << i;
            }
            prop_assert_eq!(parity(quotes), expected);
            let (mut next, mut expected, mut carry) = (first, 0, u64::from(first));
            for i in 0..64 {
                expected |= u64::from(next) << i;
                next = !next && backslashes >> i & 1 == 1;
            }
            prop_assert_eq!(escaped(backslashes, &mut carry), expected);
            prop_assert_eq!(carry == 1, next);
        }
    }
}
