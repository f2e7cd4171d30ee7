//! SHA-256 (FIPS 180-4) of two blocks at a time.
//!
//! The processor's SHA instructions wait for each other within one message: between two messages that are hashed side by side
//! nothing waits. The `sha2` crate hashes one message at a time, so its rounds stand here once more, twice over; the test holds both
//! against each other. Where the processor has no such instructions `sha2` does the work.

use sha2::block_api::compress256;

/// A state and the block that goes into it.
pub(super) type Lane<'a> = (&'a mut [u32; 8], &'a [u8; 64]);

/// Takes a block into each of two states.
pub(super) fn compress_pair(one: Lane<'_>, other: Lane<'_>) {
    #[cfg(target_arch = "x86_64")]
    if x86::available() {
        // SAFETY: the processor has the instructions.
        return unsafe { x86::compress_pair(one, other) };
    }
    compress256(one.0, std::slice::from_ref(one.1));
    compress256(other.0, std::slice::from_ref(other.1));
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::*;

    use super::Lane;

    /// Round constants (FIPS 180-4, 4.2.2).
    #[rustfmt::skip]
    static K: [u32; 64] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ];

    pub(super) fn available() -> bool {
        is_x86_feature_detected!("sha") && is_x86_feature_detected!("ssse3") && is_x86_feature_detected!("sse4.1")
    }

    /// Where the state stands while rounds go over it: words A, B, E, F and C, D, G, H.
    #[derive(Clone, Copy)]
    struct State {
        abef: __m128i,
        cdgh: __m128i,
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn load(state: &[u32; 8]) -> State {
        let at = state.as_ptr().cast::<__m128i>();
        // SAFETY: 32 readable bytes; the loads need no alignment.
        let (dcba, hgfe) = unsafe { (_mm_loadu_si128(at), _mm_loadu_si128(at.add(1))) };
        let (cdab, efgh) = (_mm_shuffle_epi32(dcba, 0xb1), _mm_shuffle_epi32(hgfe, 0x1b));
        State { abef: _mm_alignr_epi8(cdab, efgh, 8), cdgh: _mm_blend_epi16(efgh, cdab, 0xf0) }
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn store(State { abef, cdgh }: State, state: &mut [u32; 8]) {
        let (feba, dchg) = (_mm_shuffle_epi32(abef, 0x1b), _mm_shuffle_epi32(cdgh, 0xb1));
        let at = state.as_mut_ptr().cast::<__m128i>();
        // SAFETY: 32 writable bytes; the stores need no alignment.
        unsafe {
            _mm_storeu_si128(at, _mm_blend_epi16(feba, dchg, 0xf0));
            _mm_storeu_si128(at.add(1), _mm_alignr_epi8(dchg, feba, 8));
        }
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn words(block: &[u8; 64]) -> [__m128i; 4] {
        let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
        let at = block.as_ptr().cast::<__m128i>();
        // SAFETY: 64 readable bytes; the loads need no alignment.
        let word = |n: usize| _mm_shuffle_epi8(unsafe { _mm_loadu_si128(at.add(n)) }, swap);
        [word(0), word(1), word(2), word(3)]
    }

    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn rounds(constants: __m128i, state: &mut State, words: __m128i) {
        let sum = _mm_add_epi32(words, constants);
        state.cdgh = _mm_sha256rnds2_epu32(state.cdgh, state.abef, sum);
        state.abef = _mm_sha256rnds2_epu32(state.abef, state.cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }

    /// The next four words of the schedule, in the place of the first.
    #[inline]
    #[target_feature(enable = "sha,ssse3,sse4.1")]
    fn schedule(words: &mut [__m128i; 4]) {
        let [w0, w1, w2, w3] = *words;
        let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4));
        *words = [w1, w2, w3, _mm_sha256msg2_epu32(sum, w3)];
    }

    #[target_feature(enable = "sha,ssse3,sse4.1")]
    pub(super) fn compress_pair(one: Lane<'_>, other: Lane<'_>) {
        let before = [load(one.0), load(other.0)];
        let [mut a, mut b] = before;
        let (mut in_a, mut in_b) = (words(one.1), words(other.1));
        for step in 0..16 {
            // SAFETY: four words from `4 * step` lie in the table.
            let constants = unsafe { _mm_loadu_si128(K.as_ptr().add(4 * step).cast()) };
            let (now_a, now_b) = if step < 4 {
                (in_a[step], in_b[step])
            } else {
                schedule(&mut in_a);
                schedule(&mut in_b);
                (in_a[3], in_b[3])
            };
            rounds(constants, &mut a, now_a);
            rounds(constants, &mut b, now_b);
        }
        let sum =
            |x: State, y: State| State { abef: _mm_add_epi32(x.abef, y.abef), cdgh: _mm_add_epi32(x.cdgh, y.cdgh) };
        store(sum(a, before[0]), one.0);
        store(sum(b, before[1]), other.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn two_lanes_are_two_messages(states: [[u32; 8]; 2], one: [u8; 32], other: [u8; 32]) {
            let block = |half: [u8; 32]| {
                let mut block = [0; 64];
                block[..32].copy_from_slice(&half);
                block[32..].copy_from_slice(&half.map(|byte| byte.wrapping_mul(7)));
                block
            };
            let blocks = [block(one), block(other)];
            let [mut a, mut b] = states;
            compress_pair((&mut a, &blocks[0]), (&mut b, &blocks[1]));
            let [mut c, mut d] = states;
            compress256(&mut c, &blocks[..1]);
            compress256(&mut d, &blocks[1..]);
            prop_assert_eq!((a, b), (c, d));
        }
    }
}
