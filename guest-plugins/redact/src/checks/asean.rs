//! Thailand, Malaysia, Indonesia, Vietnam and the Philippines.

use super::dates::{date, number, yymmdd};
use super::sums::{digit, weighted};

/// The Thai identification number: kind of person, province, eleven digits, check digit mod 11 (Civil Registration Act,
/// B.E. 2534; Bureau of Registration Administration).
pub(crate) fn thai(id: &[u8]) -> bool {
    let sum = weighted(id, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let province = matches!(number(id, 1..3), 10..=27 | 30..=58 | 60..=67 | 70..=77 | 80..=86 | 90..=96);
    matches!(id, [b'1'..=b'8', .., last] if digit(*last) == (11 - sum) % 10) && province
}

/// The Malaysian identity card: day of birth, place of birth, four digits (National Registration Regulations 1990;
/// JPN).
pub(crate) fn mykad(id: &[u8]) -> bool {
    let place = matches!(number(id, 6..8), 1..=16 | 21..=68 | 71 | 72 | 74..=79 | 82..=93 | 98 | 99);
    yymmdd(id) && place
}

/// The Indonesian population number: province, regency, district, day of birth (women: day + 40), four digits (UU No.
/// 23 Tahun 2006, pasal 13; Kemendagri).
pub(crate) fn nik(id: &[u8]) -> bool {
    let province = number(id, 0..2);
    let place = matches!(province, 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97)
        && number(id, 2..4) > 0
        && number(id, 4..6) > 0;
    let day = number(id, 6..8);
    let day = if day > 40 { day - 40 } else { day };
    place && date(2000 + number(id, 10..12), number(id, 8..10), day) && number(id, 12..16) > 0
}

/// The Vietnamese citizen's number: province of birth, century and sex, year, six digits (Nghị định 137/2015/NĐ-CP,
/// Điều 13; Thông tư 59/2021/TT-BCA).
pub(crate) fn cccd(id: &[u8]) -> bool {
    let provinces = [
        1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44,
        45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89,
        91, 92, 93, 94, 95, 96,
    ];
    matches!(id.get(3), Some(b'0'..=b'3')) && provinces.contains(&number(id, 0..3))
}

/// The Vietnamese tax code: ten digits mod 11, and three of a branch (Luật Quản lý thuế 2019, Điều 30).
pub(crate) fn mst(id: &[u8]) -> bool {
    let sum = weighted(id, &[31, 29, 23, 19, 17, 13, 7, 5, 3]) % 11;
    let branch = id.len() == 10 || number(id, 10..13) > 0;
    number(id, 2..9) > 0 && branch && sum > 0 && id.get(9).is_some_and(|last| digit(*last) == 10 - sum)
}

/// The Philippine tax number: nine digits, not all zeros, and those of a branch (National Internal Revenue Code,
/// s. 236). The rule of its check digit is not published.
pub(crate) fn philippine_tin(id: &[u8]) -> bool {
    number(id, 0..9) > 0
}

/// The Philippine social security number: office from 01 on, seven digits, check digit, whose rule is not published
/// (RA 11199; SSS).
pub(crate) fn sss(id: &[u8]) -> bool {
    number(id, 0..2) > 0 && number(id, 2..9) > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thai_numbers() {
        assert!(thai(b"1101500123452") && thai(b"5509900123456") && thai(b"3801200345671"));
        assert!(!thai(b"1101500123453") && !thai(b"0101500123452") && !thai(b"1284500123454") && !thai(b""));
    }

    #[test]
    fn malaysian_and_indonesian_numbers() {
        assert!(mykad(b"770305021234") && !mykad(b"771305021234") && !mykad(b"770305171234"));
        assert!(nik(b"3171011708450001") && nik(b"3171015708450001"));
        assert!(!nik(b"3171013208450001") && !nik(b"9971011708450001") && !nik(b"3171011708450000"));
    }

    #[test]
    fn vietnamese_and_philippine_numbers() {
        assert!(cccd(b"079203001234") && !cccd(b"003203001234") && !cccd(b"079603001234"));
        assert!(mst(b"0100233488") && mst(b"0314409058002") && !mst(b"0100233480"));
        assert!(philippine_tin(b"204718396000") && !philippine_tin(b"000000000000"));
        assert!(sss(b"0412345678") && !sss(b"0012345678"));
    }
}
