//! China, Hong Kong and Taiwan.

use super::dates::{date, number};
use super::sums::{digit, weighted};

/// The resident identity number: region, day of birth, three digits, check character of ISO/IEC 7064 MOD 11-2
/// (GB 11643-1999; Resident Identity Card Law, art. 3). Fifteen digits, until 1999: year of two digits and no check
/// character. Foreigners with permanent residence: 9 before the province.
pub(crate) fn resident_id(id: &[u8]) -> bool {
    let region = |foreigners: bool| match number(id, 0..2) {
        11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 => true,
        91..=96 => foreigners,
        _ => false,
    };
    let Some((last, rest)) = id.split_last() else { return false };
    if id.len() == 15 {
        return region(false) && date(1900 + number(id, 6..8), number(id, 8..10), number(id, 10..12));
    }
    let sum = rest.iter().fold(0, |sum, byte| (sum + digit(*byte)) * 2 % 11);
    let last = match last {
        b'X' => 10,
        b'0'..=b'9' => digit(*last),
        _ => return false,
    };
    region(true)
        && matches!(number(id, 6..8), 18..=20)
        && date(number(id, 6..10), number(id, 10..12), number(id, 12..14))
        && (sum + last) % 11 == 1
}

/// The unified social credit code: department, kind, region, nine characters of the organisation, check character mod
/// 31 (GB 32100-2015).
pub(crate) fn uscc(id: &[u8]) -> bool {
    let value = |byte: &u8| b"0123456789ABCDEFGHJKLMNPQRTUWXY".iter().position(|known| known == byte);
    let Some((last, rest)) = id.split_last() else { return false };
    let (mut sum, mut weight) = (0, 1);
    for byte in rest {
        let Some(value) = value(byte) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    let checked = value(last).is_some_and(|last| (sum + last).is_multiple_of(31));
    matches!(id, [b'1'..=b'9' | b'A' | b'N' | b'Y', b'1'..=b'9' | b'A', ..]) && checked
}

/// The identity card of Hong Kong: one or two letters, six digits, check character mod 11 (Registration of Persons
/// Ordinance, cap. 177; Immigration Department).
pub(crate) fn hkid(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let value = |byte: u8| if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte.wrapping_sub(b'A')) + 10 };
    // In front of a single letter there is a blank, which counts 36.
    let blank = if rest.len() == 7 { 36 * 9 } else { 0 };
    let sum: u32 = rest.iter().rev().zip(2..).map(|(byte, weight)| value(*byte) * weight).sum();
    matches!(last, b'0'..=b'9' | b'A') && (blank + sum + value(*last)).is_multiple_of(11)
}

/// The identity number of Taiwan: a letter for the place, sex (1, 2; foreigners 8, 9, until 2020 A to D), seven digits,
/// check digit mod 10 (戶籍法; Ministry of the Interior).
pub(crate) fn taiwan_id(id: &[u8]) -> bool {
    let [place, sex, rest @ ..] = id else { return false };
    let Some(place) = b"ABCDEFGHJKLMNPQRSTUVXYWZIO".iter().position(|known| known == place) else { return false };
    let place = place as u32 + 10;
    let sex = match sex {
        b'A'..=b'D' => u32::from(sex - b'A'),
        b'1' | b'2' | b'8' | b'9' => digit(*sex),
        _ => return false,
    };
    let sum = place / 10 + place % 10 * 9 + sex * 8 + weighted(rest, &[7, 6, 5, 4, 3, 2, 1, 1]);
    sum.is_multiple_of(10)
}

/// The number of a business of Taiwan: eight digits, sum of the digits of the products a multiple of five since 2023,
/// of ten before (Ministry of Finance; a seventh digit 7 counts 1 or 0).
pub(crate) fn taiwan_business(id: &[u8]) -> bool {
    let products = id.iter().zip([1, 2, 1, 2, 1, 2, 4, 1]).map(|(byte, weight)| digit(*byte) * weight);
    let sum: u32 = products.map(|product| product / 10 + product % 10).sum();
    (sum.is_multiple_of(5) || id.get(6) == Some(&b'7') && sum % 5 == 4) && id.iter().any(|byte| *byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_numbers() {
        assert!(resident_id(b"110101198506171231") && resident_id(b"11010119850617108X"));
        assert!(resident_id(b"110101850617123") && !resident_id(b"110101851317123"));
        assert!(!resident_id(b"110101198506171232") && !resident_id(b"110101198513171231"));
        assert!(!resident_id(b"990101198506171231") && !resident_id(b"11010119850617123M") && !resident_id(b""));
        assert!(uscc(b"91110000600037341L") && !uscc(b"A1110000600037341L") && !uscc(b"91110000600037341I"));
    }

    #[test]
    fn hong_kong_and_taiwan() {
        assert!(hkid(b"A1234563") && hkid(b"AB9876543") && hkid(b"G123456A"));
        assert!(!hkid(b"A1234564") && !hkid(b"A123456B") && !hkid(b""));
        assert!(taiwan_id(b"A123456789") && taiwan_id(b"A800000014"));
        assert!(!taiwan_id(b"A123456788") && !taiwan_id(b"A323456789"));
        assert!(taiwan_business(b"00501503") && !taiwan_business(b"00501502") && !taiwan_business(b"00000000"));
    }
}
