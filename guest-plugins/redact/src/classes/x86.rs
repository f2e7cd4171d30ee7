//! Byte classes with SSE2, which every x86-64 has, or with AVX2 where the processor has it.

use super::{BLOCK, Coded, Masks, Names, Signs, Words};

/// What classifies blocks on this processor.
pub(crate) struct Classifier {
    signs: Signs,
    wide: bool,
}

impl Classifier {
    pub(crate) fn new(signs: Signs) -> Self {
        Classifier { signs, wide: std::arch::is_x86_feature_detected!("avx2") }
    }

    /// The classes of a block.
    #[inline]
    pub(crate) fn masks(&self, block: &[u8; BLOCK]) -> Masks {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::classify(block, self.signs) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::classify(block, self.signs) }
        }
    }

    /// `-` and `.`.
    #[inline]
    pub(crate) fn joints(&self, block: &[u8; BLOCK]) -> u64 {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::joints(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::joints(block) }
        }
    }

    /// What words are made of.
    #[inline]
    pub(crate) fn words(&self, block: &[u8; BLOCK]) -> Words {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::words(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::words(block) }
        }
    }

    /// What names are made of.
    #[inline]
    pub(crate) fn names(&self, block: &[u8; BLOCK]) -> Names {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::names(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::names(block) }
        }
    }

    /// What shows that text may be in another coding.
    #[inline]
    pub(crate) fn coded(&self, block: &[u8; BLOCK]) -> Coded {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::coded(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::coded(block) }
        }
    }

    /// Letters and digits of ASCII, `+`, `/`, `-` and `_`.
    #[inline]
    pub(crate) fn base64(&self, block: &[u8; BLOCK]) -> u64 {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::base64(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::base64(block) }
        }
    }

    /// `/`, `\`, `_` and `w`, in either case.
    #[inline]
    pub(crate) fn leads(&self, block: &[u8; BLOCK]) -> u64 {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::leads(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::leads(block) }
        }
    }

    /// Everything that is printed in ASCII but the blank.
    #[inline]
    pub(crate) fn printed(&self, block: &[u8; BLOCK]) -> u64 {
        if self.wide {
            // SAFETY: the processor has AVX2.
            unsafe { avx2::printed(block) }
        } else {
            // SAFETY: this file is only compiled for targets that have SSE2.
            unsafe { sse2::printed(block) }
        }
    }
}

mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8, _mm_sub_epi8,
    };

    use super::{BLOCK, Coded, Masks, Names, Signs, Words};

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

    /// The bytes of a block from `at` on.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn load(block: &[u8; BLOCK], at: usize) -> __m128i {
        debug_assert!(at + 16 <= BLOCK);
        // SAFETY: 16 bytes are readable there; the load needs no alignment.
        unsafe { _mm_loadu_si128(block.as_ptr().add(at).cast()) }
    }

    /// The classes of a block.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn classify(block: &[u8; BLOCK], signs: Signs) -> Masks {
        let mut masks = Masks::default();
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            let lower = _mm_or_si128(v, _mm_set1_epi8(0x20));
            let mut sign = is(v, b'@');
            if signs == Signs::All {
                sign = _mm_or_si128(_mm_or_si128(sign, is(v, b':')), _mm_or_si128(is(v, b'='), is(v, b'J')));
            }
            masks.digit |= bits(within(v, b'0', 9), at);
            masks.letter |= bits(within(lower, b'a', 25), at);
            masks.sign |= bits(sign, at);
        }
        masks
    }

    /// `-` and `.`.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn joints(block: &[u8; BLOCK]) -> u64 {
        let mut joints = 0;
        for at in [0, 16, 32, 48] {
            joints |= bits(within(load(block, at), b'-', 1), at);
        }
        joints
    }

    /// `/`, `\`, `_` and `w`, in either case.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn leads(block: &[u8; BLOCK]) -> u64 {
        let mut leads = 0;
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            let sign = _mm_or_si128(
                _mm_or_si128(is(v, b'/'), is(v, b'\\')),
                _mm_or_si128(is(v, b'_'), is(_mm_or_si128(v, _mm_set1_epi8(0x20)), b'w')),
            );
            leads |= bits(sign, at);
        }
        leads
    }

    /// What words are made of.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn words(block: &[u8; BLOCK]) -> Words {
        let mut words = Words::default();
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            words.high |= bits(v, at);
            words.capital |= bits(within(v, b'A', 25), at);
        }
        words
    }

    /// What names are made of.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn names(block: &[u8; BLOCK]) -> Names {
        let mut names = Names::default();
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            let letter = within(_mm_or_si128(v, _mm_set1_epi8(0x20)), b'a', 25);
            // The highest bit of each byte is kept, too.
            names.letters |= bits(_mm_or_si128(letter, v), at);
            names.capital |= bits(within(v, b'A', 25), at);
            names.escape |= bits(is(v, b'\\'), at);
        }
        names
    }

    /// What shows that text may be in another coding.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn coded(block: &[u8; BLOCK]) -> Coded {
        let mut coded = Coded::default();
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            let pair = within(v, b'%', 1);
            let sign = _mm_or_si128(_mm_or_si128(is(v, b'+'), is(v, b'=')), _mm_or_si128(is(v, b'\\'), pair));
            coded.escape |= bits(_mm_or_si128(sign, v), at);
            coded.printed |= bits(_mm_cmpgt_epi8(v, _mm_set1_epi8(b' ' as i8)), at);
        }
        coded
    }

    /// Letters and digits of ASCII, `+`, `/`, `-` and `_`.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn base64(block: &[u8; BLOCK]) -> u64 {
        let mut base64 = 0;
        for at in [0, 16, 32, 48] {
            let v = load(block, at);
            let letter = within(_mm_or_si128(v, _mm_set1_epi8(0x20)), b'a', 25);
            // The slash comes right before the digits.
            let digit = _mm_or_si128(within(v, b'/', 10), is(v, b'+'));
            let sign = _mm_or_si128(is(v, b'-'), is(v, b'_'));
            base64 |= bits(_mm_or_si128(_mm_or_si128(letter, digit), sign), at);
        }
        base64
    }

    /// Everything that is printed in ASCII but the blank.
    #[inline]
    #[target_feature(enable = "sse2")]
    pub(super) fn printed(block: &[u8; BLOCK]) -> u64 {
        let mut printed = 0;
        for at in [0, 16, 32, 48] {
            printed |= bits(_mm_cmpgt_epi8(load(block, at), _mm_set1_epi8(b' ' as i8)), at);
        }
        printed
    }
}

mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
        _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
        _mm256_shuffle_epi8, _mm256_sub_epi8,
    };

    use super::{BLOCK, Coded, Masks, Names, Signs, Words};

    /// `first <= byte <= first + span`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn within(v: __m256i, first: u8, span: u8) -> __m256i {
        let offset = _mm256_sub_epi8(v, _mm256_set1_epi8(first as i8));
        _mm256_cmpeq_epi8(_mm256_min_epu8(offset, _mm256_set1_epi8(span as i8)), offset)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn is(v: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(v, _mm256_set1_epi8(byte as i8))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(v: __m256i, at: usize) -> u64 {
        u64::from(_mm256_movemask_epi8(v) as u32) << at
    }

    /// The bytes of a block from `at` on.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(block: &[u8; BLOCK], at: usize) -> __m256i {
        debug_assert!(at + 32 <= BLOCK);
        // SAFETY: 32 bytes are readable there; the load needs no alignment.
        unsafe { _mm256_loadu_si256(block.as_ptr().add(at).cast()) }
    }

    /// The classes of a block.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn classify(block: &[u8; BLOCK], signs: Signs) -> Masks {
        let mut masks = Masks::default();
        for at in [0, 32] {
            let v = load(block, at);
            let lower = _mm256_or_si256(v, _mm256_set1_epi8(0x20));
            let mut sign = is(v, b'@');
            if signs == Signs::All {
                sign = _mm256_or_si256(_mm256_or_si256(sign, is(v, b':')), _mm256_or_si256(is(v, b'='), is(v, b'J')));
            }
            masks.digit |= bits(within(v, b'0', 9), at);
            masks.letter |= bits(within(lower, b'a', 25), at);
            masks.sign |= bits(sign, at);
        }
        masks
    }

    /// `-` and `.`.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn joints(block: &[u8; BLOCK]) -> u64 {
        let mut joints = 0;
        for at in [0, 32] {
            joints |= bits(within(load(block, at), b'-', 1), at);
        }
        joints
    }

    /// `/`, `\`, `_` and `w`, in either case.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn leads(block: &[u8; BLOCK]) -> u64 {
        let mut leads = 0;
        for at in [0, 32] {
            let v = load(block, at);
            let sign = _mm256_or_si256(
                _mm256_or_si256(is(v, b'/'), is(v, b'\\')),
                _mm256_or_si256(is(v, b'_'), is(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), b'w')),
            );
            leads |= bits(sign, at);
        }
        leads
    }

    /// What words are made of.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn words(block: &[u8; BLOCK]) -> Words {
        let mut words = Words::default();
        for at in [0, 32] {
            let v = load(block, at);
            words.high |= bits(v, at);
            words.capital |= bits(within(v, b'A', 25), at);
        }
        words
    }

    /// What names are made of.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn names(block: &[u8; BLOCK]) -> Names {
        let mut names = Names::default();
        for at in [0, 32] {
            let v = load(block, at);
            let letter = within(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), b'a', 25);
            // The highest bit of each byte is kept, too.
            names.letters |= bits(_mm256_or_si256(letter, v), at);
            names.capital |= bits(within(v, b'A', 25), at);
            names.escape |= bits(is(v, b'\\'), at);
        }
        names
    }

    /// What shows that text may be in another coding.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn coded(block: &[u8; BLOCK]) -> Coded {
        // The last four bits tell these five signs apart.
        const SIGNS: [i8; 16] =
            [-1, -1, -1, -1, -1, b'%' as i8, b'&' as i8, -1, -1, -1, -1, b'+' as i8, b'\\' as i8, b'=' as i8, -1, 0];
        // SAFETY: 16 bytes are readable there; the load needs no alignment.
        let signs = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(SIGNS.as_ptr().cast()) });
        let mut coded = Coded::default();
        for at in [0, 32] {
            let v = load(block, at);
            let sign = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(signs, v), v);
            coded.escape |= bits(_mm256_or_si256(sign, v), at);
            coded.printed |= bits(_mm256_cmpgt_epi8(v, _mm256_set1_epi8(b' ' as i8)), at);
        }
        coded
    }

    /// Letters and digits of ASCII, `+`, `/`, `-` and `_`.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn base64(block: &[u8; BLOCK]) -> u64 {
        let mut base64 = 0;
        for at in [0, 32] {
            let v = load(block, at);
            let letter = within(_mm256_or_si256(v, _mm256_set1_epi8(0x20)), b'a', 25);
            // The slash comes right before the digits.
            let digit = _mm256_or_si256(within(v, b'/', 10), is(v, b'+'));
            let sign = _mm256_or_si256(is(v, b'-'), is(v, b'_'));
            base64 |= bits(_mm256_or_si256(_mm256_or_si256(letter, digit), sign), at);
        }
        base64
    }

    /// Everything that is printed in ASCII but the blank.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn printed(block: &[u8; BLOCK]) -> u64 {
        let mut printed = 0;
        for at in [0, 32] {
            printed |= bits(_mm256_cmpgt_epi8(load(block, at), _mm256_set1_epi8(b' ' as i8)), at);
        }
        printed
    }
}
