//! Poland.

use super::dates::day_of;
use super::sums::{digit, part, value, weighted};

/// The number of a person (ustawa z dnia 24 września 2010 r. o ewidencji ludności, article 15): birth, the century
/// being added to the month, a serial number that tells the sex, and a check digit of weights 1, 3, 7 and 9.
pub(crate) fn pesel(id: &[u8]) -> bool {
    let sum = weighted(id, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    id.len() == 11 && day_of(part(id, 2, 2) % 20, part(id, 4, 2)) && sum.is_multiple_of(10)
}

/// The tax number (ustawa z dnia 13 października 1995 r.; weights as published by the Ministry of Finance), modulo 11;
/// where that is ten there is no number. Codes of offices, in front, do not begin with zero.
pub(crate) fn nip(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"PL").unwrap_or(id);
    let Some((last, rest)) = id.split_last() else { return false };
    let sum = weighted(rest, &[6, 5, 7, 2, 3, 4, 5, 6, 7]);
    id.len() == 10 && id.first() != Some(&b'0') && sum % 11 == digit(*last)
}

/// The statistical number of a business (rozporządzenie Rady Ministrów z dnia 30 listopada 2015 r., REGON): nine
/// digits, or fourteen of which the first nine are such a number.
pub(crate) fn regon(id: &[u8]) -> bool {
    let ends = |id: &[u8], weights: &[u32]| {
        id.get(weights.len()).is_some_and(|last| weighted(id, weights) % 11 % 10 == digit(*last))
    };
    let short = part(id, 0, 9) != 0 && ends(id, &[8, 9, 2, 3, 4, 5, 6, 7]);
    short && (id.len() == 9 || ends(id, &[2, 4, 8, 5, 0, 9, 7, 3, 6, 1, 2, 4, 8]))
}

/// The number of an identity card (ustawa z dnia 6 sierpnia 2010 r. o dowodach osobistych): three letters and six
/// digits, the first of which checks the others by weights 7, 3 and 1. `O` and `Q` are not used.
pub(crate) fn id_card(id: &[u8]) -> bool {
    document(id, &[7, 3, 1, 9, 7, 3, 1, 7, 3])
}

/// The number of a passport (ustawa z dnia 27 stycznia 2022 r. o dokumentach paszportowych): two letters and seven
/// digits, of which the first checks.
pub(crate) fn passport(id: &[u8]) -> bool {
    document(id, &[7, 3, 9, 1, 7, 3, 1, 7, 3])
}

/// Whether a document's number, times weights, is a multiple of ten.
fn document(id: &[u8], weights: &[u32]) -> bool {
    let sum: u32 = id.iter().zip(weights).map(|(byte, weight)| value(*byte) * weight).sum();
    id.len() == weights.len() && !id.iter().any(|byte| b"OQ".contains(byte)) && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons() {
        assert!(pesel(b"44051401359") && pesel(b"02211307589") && pesel(b"55112304175"));
        for wrong in [&b"44051401358"[..], b"02381307589", b"00000000000", b"4405140135"] {
            assert!(!pesel(wrong));
        }
        // Specimens of the ministry.
        assert!(id_card(b"ABA300000") && id_card(b"ABS123456") && passport(b"ZS0000177"));
        assert!(!id_card(b"ABS523456") && !id_card(b"OBA300000") && !passport(b"ZS0000178") && !id_card(b"ABA30000"));
    }

    #[test]
    fn businesses() {
        assert!(nip(b"8567346215") && nip(b"PL8567346215") && nip(b"5720381464"));
        assert!(!nip(b"8567346216") && !nip(b"0000000000"));
        assert!(regon(b"192598184") && regon(b"123456785") && regon(b"12345678512347"));
        assert!(!regon(b"192598183") && !regon(b"12345678512348") && !regon(b"12345678612342") && !regon(b"000000000"));
    }

    // The numbers and forms of `entities/national-pl.toml`.
}
