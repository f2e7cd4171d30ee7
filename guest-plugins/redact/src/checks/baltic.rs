//! Estonia, Latvia and Lithuania.

use super::dates::{date, number};
use super::sums::{digit, weighted};

/// The check digit that Estonia and Lithuania share: mod 11, with other weights where ten is left.
fn checked(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let check = match weighted(rest, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => weighted(rest, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        check => check,
    };
    digit(*last) == check
}

/// Whether a century and sex, then a day are written: 1 and 2 are 1800 to 1899, and so on.
fn born(id: &[u8]) -> bool {
    let century = 1700 + number(id, 0..1).div_ceil(2) * 100;
    date(century + number(id, 1..3), number(id, 3..5), number(id, 5..7))
}

/// The Estonian personal code: century and sex, day of birth, three digits, check digit (rahvastikuregistri seadus,
/// § 39; EVS 585).
pub(crate) fn isikukood(id: &[u8]) -> bool {
    matches!(id, [b'1'..=b'8', ..]) && born(id) && checked(id)
}

/// The Lithuanian personal code: as in Estonia; day and month may be 00 if unknown, from 9 on there is no day
/// (gyventojų registro įstatymas, § 8).
pub(crate) fn asmens_kodas(id: &[u8]) -> bool {
    let unknown = number(id, 3..5) <= 12 && number(id, 5..7) == 0;
    let day = matches!(id, [b'1'..=b'6', ..]) && (born(id) || unknown);
    (day || id.first() == Some(&b'9')) && checked(id)
}

/// The Latvian personal code: day of birth, century, three digits, check digit; since July 2017: 32 and nine digits
/// (Fizisko personu reģistra likums, 10. pants; PMLP).
pub(crate) fn personas_kods(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let sum = 1 + weighted(rest, &[10, 5, 8, 4, 2, 1, 6, 3, 7, 9]);
    let year = 1800 + number(id, 6..7) * 100 + number(id, 4..6);
    let day = matches!(id.get(6), Some(b'0'..=b'2')) && date(year, number(id, 2..4), number(id, 0..2));
    digit(*last) == sum % 11 % 10 && (day || id.starts_with(b"32"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estonian_codes() {
        assert!(isikukood(b"37605030299") && isikukood(b"48207290124"));
        assert!(!isikukood(b"37605030298") && !isikukood(b"97605030299") && !isikukood(b"37613030299"));
    }

    #[test]
    fn lithuanian_codes() {
        assert!(asmens_kodas(b"33309240064") && asmens_kodas(b"90000000009"));
        assert!(!asmens_kodas(b"33309240063") && !asmens_kodas(b"73309240068") && !asmens_kodas(b""));
    }

    #[test]
    fn latvian_codes() {
        assert!(personas_kods(b"16117519997") && personas_kods(b"32867300679"));
        assert!(!personas_kods(b"16117519998") && !personas_kods(b"16137519997"));
    }
}
