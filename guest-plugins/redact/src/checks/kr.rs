//! South Korea.

use super::dates::{number, yymmdd};
use super::sums::{digit, weighted};

/// The resident registration number: day of birth, century and sex, six digits (주민등록법 제7조의2). Numbers given out
/// since October 2020 have no check digit, so it says nothing.
pub(crate) fn rrn(id: &[u8]) -> bool {
    matches!(id.get(6), Some(b'1'..=b'4')) && yymmdd(id)
}

/// The number of foreigners: as [`rrn`], century and sex from 5 to 8 (출입국관리법 제31조).
pub(crate) fn frn(id: &[u8]) -> bool {
    matches!(id.get(6), Some(b'5'..=b'8')) && yymmdd(id)
}

/// The number of a business: office from 101 on, kind, four digits, check digit mod 10 (부가가치세법 제8조; 국세청).
pub(crate) fn brn(id: &[u8]) -> bool {
    let sum = weighted(id, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + number(id, 8..9) * 5 / 10;
    let checked = id.last().is_some_and(|last| digit(*last) == (10 - sum % 10) % 10);
    checked && number(id, 0..3) >= 101 && number(id, 3..5) > 0
}

/// A driver's licence: region 11 to 28, year, six digits, two check digits, whose rule is not published (도로교통법
/// 시행규칙).
pub(crate) fn driver(id: &[u8]) -> bool {
    matches!(number(id, 0..2), 11..=26 | 28)
}

/// A passport: kind, eight digits, since 2021 the fourth of them a letter (여권법; 외교부).
pub(crate) fn passport(id: &[u8]) -> bool {
    matches!(id, [b'M' | b'S' | b'R' | b'O' | b'D' | b'G', ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_persons() {
        assert!(rrn(b"8504171987654") && rrn(b"0611283045172") && frn(b"8807196203415"));
        assert!(!rrn(b"7902140876543") && !rrn(b"8513171987654") && !rrn(b"8807196203415") && !frn(b"0611289045172"));
    }

    #[test]
    fn korean_papers() {
        assert!(brn(b"2148673052") && !brn(b"2148673053") && !brn(b"2148673054") && !brn(b"0000000000"));
        assert!(driver(b"152098765434") && !driver(b"102098765434"));
        assert!(passport(b"M704K2815") && !passport(b"A704K2815"));
    }
}
