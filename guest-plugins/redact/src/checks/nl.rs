//! The Netherlands.

use super::sums::{digit, number, part, weighted};
use crate::check::mod97;

/// The citizen service number (Wet algemene bepalingen burgerservicenummer; Besluit BSN, article 2): nine digits,
/// weights 9 to 2 and minus one, modulo 11.
pub(crate) fn bsn(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let sum = weighted(rest, &[9, 8, 7, 6, 5, 4, 3, 2]);
    id.len() == 9 && number(id) != 0 && sum % 11 == digit(*last)
}

/// The VAT number (Uitvoeringsregeling omzetbelasting 1968, article 2a): nine digits, `B`, two digits; since 2020
/// modulo 97 with `NL` in front (ISO/IEC 7064), before a citizen service number.
pub(crate) fn vat(id: &[u8]) -> bool {
    let digits = id.get(2..11).unwrap_or_default();
    part(id, 12, 2) != 0 && number(digits) != 0 && (bsn(digits) || mod97(id.iter().copied()) == 1)
}

/// The number of a passport or identity card (Paspoortuitvoeringsregeling; RvIG): two letters, six signs, a digit;
/// never `O`.
pub(crate) fn passport(id: &[u8]) -> bool {
    !id.contains(&b'O')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(bsn(b"407192530") && bsn(b"004831615") && !bsn(b"407192531") && !bsn(b"000000000"));
        assert!(vat(b"NL004495445B01") && vat(b"NL002455799B11"));
        assert!(!vat(b"NL123456789B90") && !vat(b"NL004495445B00") && !vat(b"NL000000000B01"));
        assert!(passport(b"NW4K07T92") && !passport(b"NW4O07T92"));
    }

    // The numbers and forms of `entities/national-nl.toml`.
}
