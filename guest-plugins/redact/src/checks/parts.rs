//! Parts of identifiers: numbers, days, letters.

use super::sums::digit;
use std::ops::Range;

/// The number that digits write.
pub(crate) fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(digit(*byte)))
}

/// The number that a part of an identifier writes; one that no part can write where the identifier is shorter.
pub(crate) fn part(id: &[u8], range: Range<usize>) -> u32 {
    id.get(range).map_or(u32::MAX, number)
}

/// The value of a digit or a letter, letters counting from A = 10.
pub(crate) fn value(byte: u8) -> u32 {
    if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte.wrapping_sub(b'A')) + 10 }
}

/// Whether there is such a day in the calendar.
pub(crate) fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether six digits are a day, `YYMMDD`. Years of two digits count from 2000: a leap year of the last century was one a
/// hundred years later too, but for 1900.
pub(crate) fn short_day(digits: &[u8]) -> bool {
    is_day(2000 + part(digits, 0..2).min(99), part(digits, 2..4), part(digits, 4..6))
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
    fn days_are_those_of_the_calendar() {
        assert!(is_day(2024, 2, 29) && is_day(2000, 2, 29) && is_day(1999, 12, 31));
        assert!(!is_day(2023, 2, 29) && !is_day(1900, 2, 29) && !is_day(1999, 4, 31));
        assert!(!is_day(1999, 0, 1) && !is_day(1999, 13, 1) && !is_day(1999, 1, 0));
        assert!(short_day(b"720513") && !short_day(b"721305") && !short_day(b"7205"));
    }

    #[test]
    fn parts_are_numbers() {
        assert_eq!(part(b"A0421", 1..4), 42);
        assert_eq!(part(b"A0", 1..4), u32::MAX);
        assert_eq!((value(b'7'), value(b'A'), value(b'Z')), (7, 10, 35));
        assert!(same(b"777") && !same(b"778"));
        assert!(among(Some(&b'X'), b"XY") && !among(None, b"XY"));
    }
}
