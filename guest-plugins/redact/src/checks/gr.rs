//! Greece.

use super::dates::ddmmyy;
use super::sums::{digit, weighted};
use crate::check::luhn;

/// The tax number: nine digits, mod 11 (ν. 5104/2024, άρθρο 11; ΑΑΔΕ), for VAT with EL before.
pub(crate) fn afm(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"EL").unwrap_or(id);
    let sum = weighted(id, &[256, 128, 64, 32, 16, 8, 4, 2]);
    id.last().is_some_and(|last| digit(*last) == sum % 11 % 10) && id.iter().any(|byte| *byte != b'0')
}

/// The social insurance number: day of birth, four digits, Luhn's check digit (ν. 3655/2008, άρθρο 153; ΗΔΙΚΑ).
pub(crate) fn amka(id: &[u8]) -> bool {
    ddmmyy(id) && luhn(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greek_numbers() {
        assert!(afm(b"094259216") && afm(b"EL094259216") && !afm(b"EL123456781") && !afm(b"000000000"));
        assert!(amka(b"01013099997") && !amka(b"01013099999") && !amka(b"32013099994"));
    }
}
