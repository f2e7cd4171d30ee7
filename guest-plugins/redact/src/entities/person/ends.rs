//! A filter of how words end, which spares looking most of them up.

/// Bits of the filter, as a power of two.
const BITS: u32 = 12;

/// A bit for the last three letters of each word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends([u64; 1 << (BITS - 6)]);

impl Ends {
    pub(super) const NONE: Self = Ends([0; 1 << (BITS - 6)]);

    pub(super) const fn with(mut self, word: &str) -> Self {
        let slot = slot(word.as_bytes(), word.len());
        self.0[slot >> 6] |= 1 << (slot & 63);
        self
    }

    pub(super) const fn with_all(mut self, words: &[&str]) -> Self {
        let mut number = 0;
        while number < words.len() {
            self = self.with(words[number]);
            number += 1;
        }
        self
    }

    /// Whether one of the words may end at `end`. `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, text: &[u8], end: usize) -> bool {
        let slot = slot(text, end);
        self.0.get(slot >> 6).is_some_and(|bits| bits >> (slot & 63) & 1 == 1)
    }
}

/// The place in the filter of the three letters before `end`, or of fewer.
#[inline]
const fn slot(text: &[u8], end: usize) -> usize {
    let (mut key, mut back) = (0_u32, 1);
    while back <= 3 && back <= end && end <= text.len() {
        let byte = text[end - back];
        if !byte.is_ascii_alphabetic() && byte < 0x80 {
            break;
        }
        key |= ((byte | 0x20) as u32) << (8 * (back - 1));
        back += 1;
    }
    (key.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_filter_are_in_it_and_few_others() {
        const ENDS: Ends = Ends::NONE.with_all(&["regards", "hi", "grüße"]);
        for text in ["Regards", "x hi", "HI", "grüße", "s.hi"] {
            assert!(ENDS.may_hold(text.as_bytes(), text.len()), "{text}");
        }
        for text in ["", "i", "chi", "regard", "hi "] {
            assert!(!ENDS.may_hold(text.as_bytes(), text.len()), "{text}");
        }
    }
}
