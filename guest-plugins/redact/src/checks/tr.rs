//! Turkey.

use super::dates::number;
use super::sums::{digit, weighted};

/// The identity number of citizens: eleven digits, two of them check digits (5490 sayılı Nüfus Hizmetleri Kanunu,
/// madde 46; NVİ).
pub(crate) fn tckn(id: &[u8]) -> bool {
    let tenth = weighted(id, &[7, 9, 7, 9, 7, 9, 7, 9, 7]) % 10;
    let eleventh = weighted(id, &[1; 10]) % 10;
    matches!(id, [b'1'..=b'9', .., ten, eleven] if digit(*ten) == tenth && digit(*eleven) == eleventh)
}

/// The tax number: nine digits and a check digit (213 sayılı Vergi Usul Kanunu, madde 8; Gelir İdaresi).
pub(crate) fn vkn(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let sum: u32 = rest
        .iter()
        .zip((1..=9).rev())
        .map(|(byte, place)| match (digit(*byte) + place) % 10 {
            0 => 0,
            one => match (one << place) % 9 {
                0 => 9,
                rest => rest,
            },
        })
        .sum();
    digit(*last) == (10 - sum % 10) % 10 && id.iter().any(|byte| *byte != b'0')
}

/// A licence plate: province 01 to 81, letters but Q, W and X, digits (Karayolları Trafik Yönetmeliği).
pub(crate) fn plate(id: &[u8]) -> bool {
    let letters = id.iter().filter(|byte| byte.is_ascii_uppercase());
    matches!(number(id, 0..2), 1..=81) && !letters.clone().any(|letter| matches!(letter, b'Q' | b'W' | b'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turkish_numbers() {
        assert!(tckn(b"48291736550") && !tckn(b"48291736551") && !tckn(b"48291736560") && !tckn(b"00000000000"));
        assert!(vkn(b"4540536920") && !vkn(b"4540536921") && !vkn(b"0000000000"));
    }

    #[test]
    fn plates() {
        assert!(plate(b"16KLM456") && plate(b"41B7305") && !plate(b"85KLM456") && !plate(b"16QLM456"));
    }
}
