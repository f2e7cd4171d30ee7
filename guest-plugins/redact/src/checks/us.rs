//! The United States.

use super::parts::{among, part, same};
use super::sums::weighted;
use crate::check::luhn;

/// The first two digits of employer identification numbers (IRS, "How EINs are assigned and valid EIN prefixes"): bit `n` for
/// prefix `n`.
const EIN_PREFIXES: u128 = {
    let campuses: &[u8] = &[
        1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 24, 25, 26, 27, 30, 31, 32, 33, 34, 35, 36, 37,
        38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66,
        67, 68, 71, 72, 73, 74, 75, 76, 77, 80, 81, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 95, 98, 99,
    ];
    let (mut bits, mut at) = (0, 0);
    while at < campuses.len() {
        bits |= 1 << campuses[at];
        at += 1;
    }
    bits
};

/// The individual taxpayer identification number: begins with 9, its group is 50-65, 70-88, 90-92 or 94-99 (IRS, IRM
/// 3.21.263; 26 CFR § 301.6109-1(d)(3)).
pub(crate) fn itin(id: &[u8]) -> bool {
    id.first() == Some(&b'9') && matches!(part(id, 3..5), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// The employer identification number: a prefix that the IRS gives out (26 CFR § 301.7701-12).
pub(crate) fn ein(id: &[u8]) -> bool {
    let prefix = part(id, 0..2);
    prefix < 100 && EIN_PREFIXES >> prefix & 1 == 1 && !same(id)
}

/// The national provider identifier: begins with 1 or 2, and Luhn holds with 80840 in front of it (45 CFR § 162.406; CMS,
/// "NPI check digit"; ISO/IEC 7812).
pub(crate) fn npi(id: &[u8]) -> bool {
    let mut card = *b"80840..........";
    let Some((_, tail)) = card.split_at_mut_checked(5) else { return false };
    if tail.len() != id.len() {
        return false;
    }
    tail.copy_from_slice(id);
    let filler = id.split_last().is_some_and(|(_, rest)| same(rest));
    matches!(id.first(), Some(b'1' | b'2')) && !filler && luhn(&card)
}

/// The Medicare beneficiary identifier: no leading zero and none of the letters S, L, O, I, B, Z (CMS, "Understanding the
/// Medicare Beneficiary Identifier format"; 42 U.S.C. § 405(c)(2)(C)(xiii)). The form says which places are digits.
pub(crate) fn mbi(id: &[u8]) -> bool {
    id.len() == 11 && id.first() != Some(&b'0') && !id.iter().any(|byte| b"SLOIBZ".contains(byte))
}

/// The DEA registration number: a kind of registrant, the first letter of a name (or 9), seven digits. The first, third
/// and fifth, and twice the others of the first six, add up to a number that ends with the seventh (DEA, Registration
/// Validation; 21 CFR § 1301.13).
pub(crate) fn dea(id: &[u8]) -> bool {
    let Some((head, digits)) = id.split_at_checked(2) else { return false };
    let kind = among(head.first(), b"ABCDEFGHJKLMPRSTUX");
    let name = head.get(1).is_some_and(|byte| byte.is_ascii_uppercase() || *byte == b'9');
    kind && name && weighted(digits, &[1, 2, 1, 2, 1, 2]) % 10 == part(digits, 6..7)
}

/// The routing number: a Federal Reserve district, or one of the ranges made of them, and a check digit (American Bankers
/// Association, "Routing number policy"; 12 CFR part 229, appendix A).
pub(crate) fn routing(id: &[u8]) -> bool {
    let district = matches!(part(id, 0..2), 0..=12 | 21..=32 | 61..=72 | 80);
    district && !same(id) && weighted(id, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn itins() {
        assert!(itin(b"912701234") && itin(b"900501234") && itin(b"999990000"));
        assert!(!itin(b"911891234") && !itin(b"911931234") && !itin(b"911491234") && !itin(b"812701234"));
    }

    #[test]
    fn eins() {
        assert!(ein(b"911144442") && ein(b"010000001"));
        assert!(!ein(b"071144442") && !ein(b"891144442") && !ein(b"000000000") && !ein(b""));
    }

    #[test]
    fn npis() {
        assert!(npi(b"1234567893"));
        assert!(!npi(b"1234567894") && !npi(b"0234567893") && !npi(b"123456789") && !npi(b"1111111112"));
    }

    #[test]
    fn mbis() {
        assert!(mbi(b"1EG4TE5MK73") && mbi(b"9A09AA9AA99"));
        assert!(!mbi(b"0EG4TE5MK73") && !mbi(b"1SG4TE5MK73") && !mbi(b"1EO4TE5MK73") && !mbi(b"1EG4TE5MZ73"));
    }

    #[test]
    fn dea_numbers() {
        assert!(dea(b"AB1234563") && dea(b"F91234563"));
        assert!(!dea(b"AB1234564") && !dea(b"QB1234563") && !dea(b"A81234563") && !dea(b"A"));
    }

    #[test]
    fn routing_numbers() {
        assert!(routing(b"011000015") && routing(b"021000021"));
        assert!(!routing(b"011000016") && !routing(b"000000000") && !routing(b"400000000"));
    }
}
