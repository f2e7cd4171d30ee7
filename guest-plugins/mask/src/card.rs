//! Payment cards: the first six and the last four digits are the most that may be displayed (PCI DSS 4.0.1, 3.4.1).
//! The BIN of a 16-digit number may have eight digits; six are shown of every number, so that length tells nothing.

use crate::Ranges;

/// ISO/IEC 7812-1 allows up to 19 digits; 13 is the shortest number in use.
const LENGTHS: std::ops::RangeInclusive<usize> = 13..=19;
const FIRST: usize = 6;
const LAST: usize = 4;

pub(crate) fn ranges(value: &str, ranges: &mut Ranges) -> bool {
    // A place is a digit, or a sign that somebody else's mask has put there.
    let place = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'x' | b'X' | b'#');
    let bytes = value.as_bytes();
    let places = bytes.iter().filter(|byte| place(byte)).count();
    if !LENGTHS.contains(&places) || !bytes.iter().all(|byte| place(byte) || matches!(byte, b' ' | b'-')) {
        return false;
    }
    let mut seen = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if place(byte) {
            if (FIRST..places - LAST).contains(&seen) {
                hide(at, ranges);
            }
            seen += 1;
        }
    }
    true
}

/// Hides one place; neighbours become one range.
fn hide(at: usize, ranges: &mut Ranges) {
    match ranges.last_mut() {
        Some((range, text)) if range.end == at => {
            range.end += 1;
            *text = &STARS[..range.len()];
        }
        _ => ranges.push((at..at + 1, &STARS[..1])),
    }
}

/// As many as the longest number has places.
const STARS: &str = "*******************";
