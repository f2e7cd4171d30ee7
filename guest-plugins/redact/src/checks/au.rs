//! Australia.

use super::parts::{among, part, same};
use super::sums::{digit, weighted};

/// The business number: one less in the first place, weights 10, 1, 3 … 19, a multiple of 89 (A New Tax System (Australian
/// Business Number) Act 1999; ABR, Format of the ABN).
pub(crate) fn abn(id: &[u8]) -> bool {
    let sum = weighted(id, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    id.len() == 11 && id.first() != Some(&b'0') && (sum - 10).is_multiple_of(89)
}

/// The company number: weights 8 to 1 and a check digit (Corporations Act 2001, s. 118; ASIC, Australian Company Number
/// check digit).
pub(crate) fn acn(id: &[u8]) -> bool {
    let sum = weighted(id, &[8, 7, 6, 5, 4, 3, 2, 1]);
    !same(id) && id.get(8).is_some_and(|last| (sum + digit(*last)).is_multiple_of(10))
}

/// The tax file number: nine digits, eight on old ones, a multiple of eleven (Income Tax Assessment Act 1936, s. 202;
/// ATO).
pub(crate) fn tfn(id: &[u8]) -> bool {
    let weights: &[u32] = if id.len() == 8 { &[10, 7, 8, 4, 6, 3, 5, 1] } else { &[1, 4, 3, 7, 5, 8, 6, 9, 10] };
    !same(id) && weighted(id, weights).is_multiple_of(11)
}

/// The Medicare number: begins with 2 to 6, check digit in the ninth place, then the issue and perhaps the person, 0 for one not
/// yet on the card (Health Insurance Act 1973; AIHW, METeOR 270101).
pub(crate) fn medicare(id: &[u8]) -> bool {
    let check = weighted(id, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10;
    among(id.first(), b"23456") && part(id, 8..9) == check && id.get(9).is_some_and(|issue| *issue != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_numbers() {
        assert!(abn(b"51824753556"));
        assert!(!abn(b"52824753556") && !abn(b"01824753556") && !abn(b"5182475355"));
    }

    #[test]
    fn company_numbers() {
        assert!(acn(b"004085616") && acn(b"010499966"));
        assert!(!acn(b"824753557") && !acn(b"000000000") && !acn(b"00408561"));
    }

    #[test]
    fn tax_file_numbers() {
        assert!(tfn(b"123456782") && tfn(b"81854402"));
        assert!(!tfn(b"123456783") && !tfn(b"81854403") && !tfn(b"000000000"));
    }

    #[test]
    fn medicare_numbers() {
        assert!(medicare(b"2123456701") && medicare(b"21234567011"));
        assert!(!medicare(b"2123456711") && !medicare(b"2123456700") && !medicare(b"7123456721") && !medicare(b"2"));
    }
}
