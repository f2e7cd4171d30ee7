//! Hungary.

use super::dates::number;
use super::sums::{digit, weighted};

/// The social insurance number: eight digits and a check digit mod 10 (1996. évi XX. törvény, annex).
pub(crate) fn taj(id: &[u8]) -> bool {
    let sum = weighted(id, &[3, 7, 3, 7, 3, 7, 3, 7]);
    id.last().is_some_and(|last| digit(*last) == sum % 10) && id.iter().any(|byte| *byte != b'0')
}

/// The tax number of a person: 8, days since 1867, three digits, check digit mod 11 (1996. évi XX. törvény, annex).
pub(crate) fn adoazonosito(id: &[u8]) -> bool {
    let sum = weighted(id, &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    id.first() == Some(&b'8') && id.last().is_some_and(|last| digit(*last) == sum % 11)
}

/// The tax number of an enterprise: eight digits mod 10, kind of VAT, county (2017. évi CL. törvény; NAV). For VAT
/// abroad: HU and the eight digits.
pub(crate) fn adoszam(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"HU").unwrap_or(id);
    let rest =
        id.len() == 8 || matches!(id.get(8), Some(b'1'..=b'5')) && matches!(number(id, 9..11), 2..=20 | 22..=44 | 51);
    let checked = weighted(id, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10);
    rest && id.first() != Some(&b'0') && checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hungarian_numbers() {
        assert!(taj(b"111111110") && !taj(b"111111111") && !taj(b"000000000"));
        assert!(adoazonosito(b"8071592153") && !adoazonosito(b"8071592154") && !adoazonosito(b"7071592153"));
        assert!(adoszam(b"HU12892312") && adoszam(b"12892312242") && !adoszam(b"12892313242"));
        assert!(!adoszam(b"12892312942") && !adoszam(b"12892312299"));
    }
}
