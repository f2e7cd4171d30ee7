//! Romania.

use super::dates::{date, number};
use super::sums::{digit, weighted};

/// The personal numeric code: century and sex, day of birth, county, three digits, check digit mod 11 (OUG nr. 97/2005,
/// art. 6; Legea nr. 105/1996).
pub(crate) fn cnp(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let century = match rest.first() {
        Some(b'3' | b'4') => 1800,
        Some(b'5' | b'6') => 2000,
        Some(b'1' | b'2' | b'7'..=b'9') => 1900,
        _ => return false,
    };
    let born = date(century + number(id, 1..3), number(id, 3..5), number(id, 5..7));
    let county = matches!(number(id, 7..9), 1..=48 | 51 | 52 | 70 | 80..=83);
    let sum = weighted(rest, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    born && county && digit(*last) == (if sum == 10 { 1 } else { sum })
}

/// The tax code of an enterprise: two to ten digits, mod 11, for VAT with RO before (Codul de procedură fiscală, legea
/// nr. 207/2015, art. 82).
pub(crate) fn cui(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"RO").unwrap_or(id);
    let Some((last, rest)) = id.split_last() else { return false };
    let skipped = 9_usize.saturating_sub(rest.len());
    let weights = [7, 5, 3, 2, 1, 7, 5, 3, 2];
    let sum = weighted(rest, weights.get(skipped..).unwrap_or_default());
    id.first() != Some(&b'0') && digit(*last) == sum * 10 % 11 % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_codes() {
        assert!(cnp(b"1630615123457") && cnp(b"2780429123455") && cnp(b"5120229401232"));
        assert!(!cnp(b"1630615123458") && !cnp(b"1632215123457") && !cnp(b"1630615993454") && !cnp(b"0800101221142"));
    }

    #[test]
    fn enterprises() {
        assert!(cui(b"18547290") && cui(b"RO18547290") && cui(b"361757") && !cui(b"18547291") && !cui(b"RO361758"));
    }
}
