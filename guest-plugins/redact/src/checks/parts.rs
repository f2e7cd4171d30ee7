//! Parts of identifiers: numbers, letters.

use std::ops::Range;

use super::dates::date;
use super::sums::digit;

/// The number that digits write.
pub(crate) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(digit(*byte)))
}

/// The number that a part of an identifier writes; one that no part can write where the identifier is shorter.
pub(crate) fn part(id: &[u8], range: Range<usize>) -> u32 {
    id.get(range).map_or(u32::MAX, number)
}

/// Whether six digits are a day, `YYMMDD`. Years of two digits count from 2000: a leap year of the last century was one a
/// hundred years later too, but for 1900.
pub(crate) fn short_day(digits: &[u8]) -> bool {
    date(2000 + part(digits, 0..2).min(99), part(digits, 2..4), part(digits, 4..6))
}

/// Whether all bytes are the same.
pub(crate) fn same(id: &[u8]) -> bool {
    id.iter().all(|byte| Some(byte) == id.first())
}

/// Whether a letter or digit is one of these.
pub(crate) fn among(byte: Option<&u8>, some: &[u8]) -> bool {
    byte.is_some_and(|byte| some.contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_may_be_a_day() {
        assert!(short_day(b"720513") && !short_day(b"721305") && !short_day(b"7205"));
    }

    #[test]
    fn parts_are_numbers() {
        assert_eq!(part(b"A0421", 1..4), 42);
        assert_eq!(part(b"A0", 1..4), u32::MAX);
        assert!(same(b"777") && !same(b"778"));
        assert!(among(Some(&b'X'), b"XY") && !among(None, b"XY"));
    }
}
