//! Portugal.

use super::sums::{digit, part, value, weighted};

/// The tax number (Decreto-Lei 14/2013, article 4): kind, then weights 9 to 2, modulo 11; ten and eleven are zero.
pub(crate) fn nif(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"PT").unwrap_or(id);
    let kind = match id.first() {
        Some(b'1' | b'2' | b'3' | b'5' | b'6' | b'8') => true,
        _ => matches!(part(id, 0, 2), 45 | 70..=72 | 74 | 75 | 77..=79 | 90 | 91 | 98 | 99),
    };
    let rest = weighted(id, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    let check = if rest < 2 { 0 } else { 11 - rest };
    id.len() == 9 && kind && id.last().is_some_and(|last| check == digit(*last))
}

/// The number of a citizen card (Lei 7/2007, article 15; AMA, validation of the document number): nine digits, two
/// signs of the issue, and a check digit of Luhn's over digits and letters from A = 10.
pub(crate) fn citizen_card(id: &[u8]) -> bool {
    let sum: u32 = id
        .iter()
        .rev()
        .enumerate()
        .map(|(place, sign)| {
            let product = value(*sign) << (place & 1);
            if place & 1 == 1 && product > 9 { product - 9 } else { product }
        })
        .sum();
    id.len() == 12 && sum.is_multiple_of(10)
}

/// The number of social security (Decreto-Lei 411/91; Instituto da Segurança Social): eleven digits, 1 or 2 first,
/// weights of primes from 29 down, nine less the last digit of the sum.
pub(crate) fn social_security(id: &[u8]) -> bool {
    let sum = weighted(id, &[29, 23, 19, 17, 13, 11, 7, 5, 3, 2]);
    let first = matches!(id.first(), Some(b'1' | b'2'));
    id.len() == 11 && first && id.last().is_some_and(|last| 9 - sum % 10 == digit(*last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert!(nif(b"501964843") && nif(b"PT501964843") && nif(b"307192547") && nif(b"275408310"));
        for wrong in [&b"501964842"[..], b"000000000", b"401964841", b"50196484"] {
            assert!(!nif(wrong));
        }
        assert!(citizen_card(b"000000000ZZ4") && !citizen_card(b"000000000ZZ3") && !citizen_card(b"00000000ZZ4"));
        assert!(
            social_security(b"11407192535") && !social_security(b"11407192536") && !social_security(b"31407192537")
        );
    }

    // The numbers and forms of `entities/national-pt.toml`.
}
