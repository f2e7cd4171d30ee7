//! Days and other numbers inside identifiers.

use std::ops::Range;

use super::sums::digit;

/// The number that the digits at some places write, nine at most; zero where there are no such places.
pub(crate) fn number(id: &[u8], places: Range<usize>) -> u32 {
    let digits = id.get(places).unwrap_or_default();
    digits.iter().fold(0, |number: u32, byte| number.wrapping_mul(10).wrapping_add(digit(*byte)))
}

/// What is left of the number that digits write, however many, divided by some small number.
pub(crate) fn remainder(digits: &[u8], by: u32) -> u32 {
    digits.iter().fold(0, |rest, byte| (rest * 10 + digit(*byte)) % by.max(1))
}

/// Whether there is such a day.
pub(crate) fn date(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether there is such a day in a leap year: where an identifier does not say the century.
pub(crate) fn day_of(month: u64, day: u64) -> bool {
    month <= 12 && day <= 31 && date(2000, month as u32, day as u32)
}

/// Whether an identifier begins with a day, year first; of a year of two digits the century is unknown, so there is
/// a 29 February in 00.
pub(crate) fn yymmdd(id: &[u8]) -> bool {
    date(2000 + number(id, 0..2), number(id, 2..4), number(id, 4..6))
}

/// Whether an identifier begins with a day, day first.
pub(crate) fn ddmmyy(id: &[u8]) -> bool {
    date(2000 + number(id, 4..6), number(id, 2..4), number(id, 0..2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        assert!(date(2000, 2, 29) && date(2024, 2, 29) && date(1999, 12, 31));
        assert!(!date(1900, 2, 29) && !date(2023, 2, 29) && !date(2023, 13, 1));
        assert!(!date(2023, 0, 1) && !date(2023, 1, 0) && !date(2023, 4, 31));
        assert!(day_of(2, 29) && day_of(12, 31) && !day_of(4, 31) && !day_of(13, 1) && !day_of(0, 1));
        assert!(yymmdd(b"000229-") && ddmmyy(b"290200") && !yymmdd(b"2301") && !ddmmyy(b""));
    }

    #[test]
    fn numbers_are_read_from_places() {
        assert_eq!(number(b"012345", 1..4), 123);
        assert_eq!(number(b"01", 1..4), 0);
        assert_eq!(remainder(b"100000000000007", 11), 8);
        assert_eq!(number(b"zzzzzzzzzz", 0..9), number(b"zzzzzzzzz", 0..9));
    }
}
