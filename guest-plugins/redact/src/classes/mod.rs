//! Byte classes of 64 bytes at a time: one bit per byte.
//!
//! Everything a detector is called for begins at a byte of one of these classes, so that most text is never looked
//! at one byte at a time.

mod map;
#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod x86;

#[cfg(not(any(
    all(target_arch = "x86_64", target_feature = "sse2"),
    all(target_arch = "wasm32", target_feature = "simd128")
)))]
pub(crate) use portable::Classifier;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) use simd128::Classifier;
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
pub(crate) use x86::Classifier;

pub(crate) use map::{AROUND, Bits, Map, Row};

/// How many bytes are classified at once.
pub(crate) const BLOCK: usize = 64;

/// Bit `i` stands for byte `i` of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Masks {
    /// `0` to `9`.
    pub(crate) digit: u64,
    /// ASCII letters.
    pub(crate) letter: u64,
    /// Those of [`Signs`].
    pub(crate) sign: u64,
}

/// What words are made of, but for the letters of [`Masks`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// Bytes of characters outside ASCII.
    pub(crate) high: u64,
    /// Capitals of ASCII.
    pub(crate) capital: u64,
}

/// What names are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    /// Letters of ASCII, and bytes of characters outside it.
    pub(crate) letters: u64,
    /// Capitals of ASCII.
    pub(crate) capital: u64,
    /// `\`
    pub(crate) escape: u64,
}

/// What shows that text may be in another coding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Coded {
    /// `%`, `&`, `+`, `=`, `\`, and bytes of characters outside ASCII.
    pub(crate) escape: u64,
    /// Everything that is printed in ASCII but the blank.
    pub(crate) printed: u64,
}

/// Which signs are looked for: fewer cost less, and no plan asks for `:` without the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    /// `@`
    At,
    /// `@`, `:`, `=` and `J`
    All,
}

/// The next `by` bits of a mask that runs on from the block before.
pub(crate) fn shifted(now: u64, before: u64, by: u32) -> u64 {
    (now << by) | (before >> (64 - by))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_class_at_every_place() {
        for byte in 0..=255_u8 {
            for at in 0..BLOCK {
                let mut block = [b' '; BLOCK];
                block[at] = byte;
                let bit = |is: bool| u64::from(is) << at;
                let expected = Masks {
                    digit: bit(byte.is_ascii_digit()),
                    letter: bit(byte.is_ascii_alphabetic()),
                    sign: bit(matches!(byte, b'@' | b':' | b'=' | b'J')),
                };
                let all = Classifier::new(Signs::All);
                assert_eq!(all.masks(&block), expected, "byte {byte} at {at}");
                assert_eq!(all.joints(&block), bit(matches!(byte, b'-' | b'.')), "byte {byte} at {at}");
                let words = Words { high: bit(byte >= 0x80), capital: bit(byte.is_ascii_uppercase()) };
                assert_eq!(all.words(&block), words, "byte {byte} at {at}");
                let names = Names {
                    letters: bit(byte.is_ascii_alphabetic() || byte >= 0x80),
                    capital: bit(byte.is_ascii_uppercase()),
                    escape: bit(byte == b'\\'),
                };
                assert_eq!(all.names(&block), names, "byte {byte} at {at}");
                assert_eq!(all.printed(&block), bit(byte > b' ' && byte < 0x80), "byte {byte} at {at}");
                let coded = Coded {
                    escape: bit(matches!(byte, b'%' | b'&' | b'+' | b'=' | b'\\' | 0x80..)),
                    printed: bit(byte > b' ' && byte < 0x80),
                };
                assert_eq!(all.coded(&block), coded, "byte {byte} at {at}");
                let base64 = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
                assert_eq!(all.base64(&block), bit(base64), "byte {byte} at {at}");
                assert_eq!(
                    all.leads(&block),
                    bit(matches!(byte, b'/' | b'\\' | b'_' | b'w' | b'W')),
                    "byte {byte} at {at}"
                );
                let fewer = Masks { sign: bit(byte == b'@'), ..expected };
                assert_eq!(Classifier::new(Signs::At).masks(&block), fewer, "byte {byte} at {at}");
            }
        }
    }

    #[test]
    fn masks_run_on_from_the_block_before() {
        assert_eq!(shifted(1, 1 << 63, 1), 0b11);
        assert_eq!(shifted(0, 0b111 << 61, 3), 0b111);
    }
}
