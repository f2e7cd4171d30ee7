//! Byte classes of a whole text, so that nobody looks at the words around a place one byte at a time.

use super::{BLOCK, Classifier, Masks};
use crate::scan::pad;

/// The classes of each block of a text, and of one block before it and behind it: nothing is in those.
#[derive(Debug, Default)]
pub(crate) struct Map(Vec<Masks>);

/// What 64 bytes are: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    /// Letters and digits.
    pub(crate) word: u64,
    pub(crate) letter: u64,
}

impl Bits {
    #[inline]
    fn within(self, bits: u64) -> Self {
        Bits { word: self.word & bits, letter: self.letter & bits }
    }

    /// Of those from a place on, without the nearest.
    #[inline]
    pub(crate) fn behind(self, by: u32) -> Self {
        let shifted = |bits: u64| bits.checked_shr(by).unwrap_or(0);
        Bits { word: shifted(self.word), letter: shifted(self.letter) }
    }

    /// Of those before a place, without the nearest.
    #[inline]
    pub(crate) fn shifted(self, by: u32) -> Self {
        let shifted = |bits: u64| bits.checked_shl(by).unwrap_or(0);
        Bits { word: shifted(self.word), letter: shifted(self.letter) }
    }
}

impl Map {
    /// Takes the classes of a text in place of those it has.
    pub(crate) fn read(&mut self, classes: &Classifier, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        self.0.clear();
        self.0.push(Masks::default());
        self.0.extend(blocks.iter().map(|block| classes.masks(block)));
        self.0.extend([classes.masks(&pad(rest)), Masks::default()]);
    }

    /// Of a block.
    #[inline]
    pub(crate) fn block(&self, number: usize) -> Masks {
        self.0.get(number + 1).copied().unwrap_or_default()
    }

    /// Of a part of the text.
    pub(crate) fn row(&self, start: usize, end: usize) -> Row<'_> {
        Row { map: self, start, end }
    }

    /// The letters and digits of the 64 bytes from `place` on, counted from the block before the text.
    #[inline]
    fn from(&self, place: usize) -> Bits {
        let by = place % BLOCK;
        let Some([now, next]) = self.0.get(place / BLOCK..).and_then(<[Masks]>::first_chunk) else {
            return Bits::default();
        };
        let joined = |now: u64, next: u64| now >> by | next << 1 << (BLOCK - 1 - by);
        Bits { word: joined(now.letter | now.digit, next.letter | next.digit), letter: joined(now.letter, next.letter) }
    }

    /// The letters and digits of the 64 bytes before `at`, and of those from there on.
    #[inline]
    fn around(&self, at: usize) -> (Bits, Bits) {
        const NONE: Masks = Masks { digit: 0, letter: 0, sign: 0 };
        let by = at % BLOCK;
        let three = self.0.get(at / BLOCK..).and_then(<[Masks]>::first_chunk);
        let [last, now, next] = three.unwrap_or(&[NONE; 3]);
        let joined = |one: &Masks, other: &Masks| {
            let letter = one.letter >> by | other.letter << 1 << (BLOCK - 1 - by);
            Bits { word: letter | one.digit >> by | other.digit << 1 << (BLOCK - 1 - by), letter }
        };
        (joined(last, now), joined(now, next))
    }
}

/// The bytes before a place that are seen around it: a word of letters that belongs to the one there, and more of that one than
/// any form has.
pub(crate) const AROUND: usize = 24;

/// The letters and digits of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'m> {
    map: &'m Map,
    start: usize,
    end: usize,
}

impl Row<'_> {
    /// Of the 64 bytes before `at`, the nearest highest, and of those from there on. Nothing is outside the row.
    #[inline]
    pub(crate) fn around(&self, at: usize) -> (Bits, Bits) {
        let (before, behind) = self.map.around(self.start + at);
        let ahead = self.end.saturating_sub(self.start + at);
        let before_it = if at < BLOCK { !(u64::MAX >> at) } else { u64::MAX };
        let behind_it = if ahead < BLOCK { (1 << ahead) - 1 } else { u64::MAX };
        (before.within(before_it), behind.within(behind_it))
    }

    /// Of the 64 bytes from [`AROUND`] before `at` on, at once.
    #[inline]
    pub(crate) fn near(&self, at: usize) -> Bits {
        let seen = self.map.from(self.start + at + BLOCK - AROUND);
        let before = AROUND.saturating_sub(at);
        let behind = (BLOCK - AROUND).saturating_sub(self.end.saturating_sub(self.start + at));
        seen.within(u64::MAX << before & u64::MAX >> behind)
    }

    /// Of the 64 bytes from `at` on.
    #[inline]
    pub(crate) fn from(&self, at: usize) -> Bits {
        self.around(at).1
    }

    /// Of the 64 bytes before `at`.
    #[inline]
    pub(crate) fn before(&self, at: usize) -> Bits {
        self.around(at).0
    }

    /// Where the letters and digits from `at` on end.
    #[inline]
    pub(crate) fn word_end(&self, mut at: usize) -> usize {
        loop {
            let length = self.from(at).word.trailing_ones() as usize;
            at += length;
            if length < BLOCK {
                return at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classes::Signs;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_sees_its_own_letters_and_digits(
            text in "[a-z0-9. ]{0,300}", from in 0_usize..300, length in 0_usize..300, at in 0_usize..300
        ) {
            let bytes = text.as_bytes();
            let start = from.min(bytes.len());
            let end = bytes.len().min(start + length);
            let (row, at) = (&bytes[start..end], at.min(end - start));
            let mut map = Map::default();
            map.read(&Classifier::new(Signs::At), b"aaa111");
            map.read(&Classifier::new(Signs::At), bytes);
            let bits = |is: fn(&u8) -> bool, bytes: &mut dyn Iterator<Item = (usize, &u8)>| {
                bytes.filter(|(_, byte)| is(byte)).fold(0_u64, |bits, (place, _)| bits | 1 << place)
            };
            let behind = |is| bits(is, &mut (0..64).zip(&row[at..]));
            let ahead = |is| bits(is, &mut (0..64).rev().zip(row[..at].iter().rev()));
            let view = map.row(start, end);
            let near = |is: fn(&u8) -> bool| ahead(is) >> (BLOCK - AROUND) | behind(is) << AROUND;
            let seen = Bits { word: near(u8::is_ascii_alphanumeric), letter: near(u8::is_ascii_alphabetic) };
            prop_assert_eq!(view.near(at), seen);
            let from = Bits { word: behind(u8::is_ascii_alphanumeric), letter: behind(u8::is_ascii_alphabetic) };
            let before = Bits { word: ahead(u8::is_ascii_alphanumeric), letter: ahead(u8::is_ascii_alphabetic) };
            prop_assert_eq!((view.from(at), view.before(at)), (from, before));
            let word = row[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            prop_assert_eq!(view.word_end(at), at + word);
        }
    }
}
