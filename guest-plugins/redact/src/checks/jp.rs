//! Japan.

use super::sums::{digit, weighted};

/// The individual number: eleven digits and a check digit mod 11 (Act No. 27 of 2013, art. 2(5); Ministry of Internal
/// Affairs ordinance No. 85 of 2014, art. 5).
pub(crate) fn my_number(id: &[u8]) -> bool {
    let sum = weighted(id, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if sum > 1 { 11 - sum } else { 0 };
    id.last().is_some_and(|last| digit(*last) == check) && id.iter().any(|byte| *byte != b'0')
}

/// The corporate number: a check digit mod 9, then twelve digits (Act No. 27 of 2013, art. 2(15); National Tax Agency).
pub(crate) fn corporate(id: &[u8]) -> bool {
    let Some((first, rest)) = id.split_first() else { return false };
    digit(*first) == 9 - weighted(rest, &[2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]) % 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_numbers() {
        assert!(my_number(b"621498320257") && !my_number(b"621498320258") && !my_number(b"000000000000"));
        assert!(corporate(b"5835678256246") && !corporate(b"2835678256246") && !corporate(b""));
    }
}
