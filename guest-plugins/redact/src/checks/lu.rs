//! Luxembourg.

use super::dates::{date, number, remainder};
use super::verhoeff::verhoeff;
use crate::check::luhn;

/// The identification number of persons: day of birth, three digits, check digits of Luhn and Verhoeff over the first
/// eleven (loi du 19 juin 2013 relative à l'identification des personnes physiques, art. 2).
pub(crate) fn matricule(id: &[u8]) -> bool {
    let Some((first, [_, last])) = id.split_at_checked(11) else { return false };
    let mut other = [0; 12];
    for (to, from) in other.iter_mut().zip(first.iter().chain([last])) {
        *to = *from;
    }
    let born = matches!(number(id, 0..2), 18..=20) && date(number(id, 0..4), number(id, 4..6), number(id, 6..8));
    born && id.get(..12).is_some_and(luhn) && verhoeff(&other)
}

/// The VAT number: LU, six digits, their rest by 89 (loi du 12 février 1979 concernant la TVA; AED).
pub(crate) fn vat(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"LU").unwrap_or(id);
    id.len() == 8 && id.get(..6).is_some_and(|six| remainder(six, 89) == number(id, 6..8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luxembourgish_numbers() {
        assert!(matricule(b"1985061512347") && !matricule(b"1985061512348") && !matricule(b"1985131512347"));
        assert!(!matricule(b"1985061513347") && !matricule(b""));
        assert!(vat(b"LU15027442") && !vat(b"LU15027443"));
    }
}
