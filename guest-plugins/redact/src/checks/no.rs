//! Norway.

use super::dates::{date, number};
use super::sums::weighted;

/// The national identity number: day of birth, three digits, two check digits mod 11 (folkeregisterforskriften of
/// 14 July 2017 no. 1201, § 2-2-1 and § 2-2-2). D-numbers add 40 to the day; help and test numbers add 40, 65 or 80
/// to the month. The rule for check digits is wider from 2032 on; that is left out.
pub(crate) fn fodselsnummer(id: &[u8]) -> bool {
    let (day, month, year) = (number(id, 0..2), number(id, 2..4), number(id, 4..6));
    let day = if day > 40 { day - 40 } else { day };
    let month = match month {
        41..=52 => month - 40,
        66..=77 => month - 65,
        81..=92 => month - 80,
        _ => month,
    };
    let first = weighted(id, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]);
    let second = weighted(id, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    date(2000 + year, month, day) && first.is_multiple_of(11) && second.is_multiple_of(11)
}

/// The number of an organisation: nine digits from 8 or 9, mod 11 (enhetsregisterloven, § 5; Brønnøysundregistrene),
/// for VAT with NO before or MVA behind.
pub(crate) fn organisasjonsnummer(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"NO").unwrap_or(id);
    let id = id.strip_suffix(b"MVA").unwrap_or(id);
    matches!(id, [b'8' | b'9', ..]) && weighted(id, &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_numbers() {
        for right in ["13097248022", "53097248016", "13897248098", "29029651254"] {
            assert!(fodselsnummer(right.as_bytes()), "{right}");
        }
        for wrong in ["13097248023", "13097248032", "32010100000", "13137248022", ""] {
            assert!(!fodselsnummer(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn organisations() {
        assert!(organisasjonsnummer(b"974760673") && organisasjonsnummer(b"NO974760673MVA"));
        assert!(!organisasjonsnummer(b"974760674") && !organisasjonsnummer(b"774760673"));
    }
}
