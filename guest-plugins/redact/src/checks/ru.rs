//! Russia and Ukraine.

use super::dates::{number, remainder};
use super::sums::{digit, weighted};

/// The taxpayer's number: ten digits of organisations, twelve of persons, one and two check digits mod 11 (Налоговый
/// кодекс, ст. 84; приказ ФНС ММВ-7-6/435@).
pub(crate) fn inn(id: &[u8]) -> bool {
    let rest = |weights: &[u32]| weighted(id, weights) % 11 % 10;
    let checked = match id {
        [.., last] if id.len() == 10 => digit(*last) == rest(&[2, 4, 10, 3, 5, 9, 4, 6, 8]),
        [.., eleven, twelve] => {
            digit(*eleven) == rest(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
                && digit(*twelve) == rest(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8])
        }
        _ => false,
    };
    checked && !id.starts_with(b"00")
}

/// The number of the pension insurance: nine digits and two check digits mod 101, from 001-001-999 on (Федеральный
/// закон 27-ФЗ of 1996, ст. 6; СФР).
pub(crate) fn snils(id: &[u8]) -> bool {
    let sum = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100;
    number(id, 0..9) > 1_001_998 && number(id, 9..11) == sum
}

/// The state registration number of enterprises (thirteen digits, from 1 or 5) and entrepreneurs (fifteen, from 3): the
/// last digit is the rest of those before by 11 or 13 (приказ Минфина 165н of 2017).
pub(crate) fn ogrn(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let by = match (rest.len(), id.first()) {
        (12, Some(b'1' | b'5')) => 11,
        (14, Some(b'3')) => 13,
        _ => return false,
    };
    digit(*last) == remainder(rest, by) % 10
}

/// The Ukrainian taxpayer's number: days since 1899 (here until 2040), four digits, check digit mod 11 (Податковий
/// кодекс, ст. 70; ДПС).
pub(crate) fn rntrc(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    // The first weight is -1.
    let sum = weighted(rest, &[10, 5, 7, 9, 4, 6, 10, 5, 7]);
    matches!(number(id, 0..5), 1..=51_501) && digit(*last) == sum % 11 % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian_numbers() {
        assert!(inn(b"7707083893") && inn(b"500100732259") && !inn(b"7707083894") && !inn(b"500100732269"));
        assert!(!inn(b"0000000000") && !inn(b""));
        assert!(snils(b"11223344595") && !snils(b"11223344596") && !snils(b"00000000000"));
        assert!(ogrn(b"1027700132195") && ogrn(b"304500116000157") && !ogrn(b"1027700132196"));
    }

    #[test]
    fn ukrainian_numbers() {
        assert!(rntrc(b"1759013776") && !rntrc(b"1759013770") && !rntrc(b"9959013776"));
    }
}
