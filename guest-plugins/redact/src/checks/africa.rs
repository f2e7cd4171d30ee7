//! South Africa and Nigeria.

use super::dates::yymmdd;
use super::verhoeff::verhoeff;
use crate::check::luhn;

/// The South African identity number: day of birth, four digits, citizenship, a digit, Luhn's check digit
/// (Identification Act 68 of 1997, s. 7).
pub(crate) fn south_african(id: &[u8]) -> bool {
    matches!(id.get(10), Some(b'0'..=b'2')) && yymmdd(id) && luhn(id)
}

/// The Nigerian identification number: eleven digits, the last Verhoeff's (NIMC Act, 2007; the rule of the check digit
/// is not published, but said to be this).
pub(crate) fn nin(id: &[u8]) -> bool {
    verhoeff(id) && id.iter().any(|byte| Some(byte) != id.first())
}

/// The Nigerian bank verification number: eleven digits from 22 on (CBN, Regulatory Framework for BVN Operations).
pub(crate) fn bvn(id: &[u8]) -> bool {
    id.starts_with(b"22")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn african_numbers() {
        assert!(south_african(b"8504175123085") && south_african(b"0402295678187"));
        assert!(!south_african(b"8504175123086") && !south_african(b"0302295678189") && !south_african(b""));
        assert!(nin(b"70318264957") && !nin(b"70318264958") && bvn(b"22212345678") && !bvn(b"70318264957"));
    }
}
