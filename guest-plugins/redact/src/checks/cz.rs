//! Czechia and Slovakia.

use super::dates::{date, number, remainder};
use super::sums::{digit, weighted};

/// The birth number: day of birth, women's months with 50 added, both with 20 more where numbers ran out (since 2004);
/// three digits until 1953, then four, all ten a multiple of eleven (zákon č. 133/2000 Sb., § 13; zákon č. 301/1995
/// Z. z., § 2). The last digit may be 0 where the rest is ten (until 1985, and some later).
pub(crate) fn rodne_cislo(id: &[u8]) -> bool {
    let (year, month, day) = (number(id, 0..2), number(id, 2..4), number(id, 4..6));
    let long = id.len() == 10;
    let year = match year {
        54.. if long => 1900 + year,
        ..54 if long => 2000 + year,
        ..54 => 1900 + year,
        _ => return false,
    };
    let month = match month {
        71..=82 if year >= 2004 => month - 70,
        21..=32 if year >= 2004 => month - 20,
        51..=62 => month - 50,
        _ => month,
    };
    let checked = match id.split_at_checked(9) {
        Some((nine, [last])) => match remainder(nine, 11) {
            10 => *last == b'0',
            rest => digit(*last) == rest,
        },
        _ => !id.ends_with(b"000"),
    };
    date(year, month, day) && checked
}

/// The number of an enterprise: eight digits, mod 11 (zákon č. 111/2009 Sb., o základních registrech; Český statistický
/// úřad, as in Slovakia, zákon č. 272/2015 Z. z.).
pub(crate) fn ico(id: &[u8]) -> bool {
    let sum = weighted(id, &[8, 7, 6, 5, 4, 3, 2]) % 11;
    id.last().is_some_and(|last| digit(*last) == (11 - sum) % 10) && id.iter().any(|byte| *byte != b'0')
}

/// The Czech tax number: CZ and the number of an enterprise or a birth number (zákon č. 280/2009 Sb., § 130). Persons
/// without a birth number have nine digits from 6.
pub(crate) fn dic(id: &[u8]) -> bool {
    let Some(id) = id.strip_prefix(b"CZ") else { return false };
    match id {
        [b'6', seven @ .., last] if seven.len() == 7 => {
            let sum = weighted(seven, &[8, 7, 6, 5, 4, 3, 2]) % 11;
            (18 - (21 - sum) % 11) % 10 == digit(*last)
        }
        _ if id.len() == 8 => ico(id),
        _ => rodne_cislo(id),
    }
}

/// The Slovak VAT number: SK and ten digits, a multiple of eleven (zákon č. 222/2004 Z. z., § 4).
pub(crate) fn ic_dph(id: &[u8]) -> bool {
    let Some(id) = id.strip_prefix(b"SK") else { return false };
    matches!(id, [b'1'..=b'9', _, b'2'..=b'4' | b'7'..=b'9', ..]) && remainder(id, 11) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn birth_numbers() {
        for right in ["7103192745", "8506151050", "531231123", "0571136038", "5404010007"] {
            assert!(rodne_cislo(right.as_bytes()), "{right}");
        }
        for wrong in ["7103192746", "7113192744", "531232123", "531231000", "991231123", "9209116456", ""] {
            assert!(!rodne_cislo(wrong.as_bytes()), "{wrong}");
        }
    }

    #[test]
    fn enterprises() {
        assert!(ico(b"27012344") && dic(b"CZ27012344") && dic(b"CZ7103192745") && dic(b"CZ671234569"));
        assert!(!ico(b"27012345") && !dic(b"CZ27012345") && !dic(b"CZ7103192746") && !ico(b"00000000"));
        assert!(ic_dph(b"SK2022749619") && !ic_dph(b"SK2022749618"));
    }
}
