//! The United Kingdom.

use super::dates::day_of;
use super::sums::{digit, part, weighted};

/// The NHS number: ten digits, weights 10 to 2, modulo 11; where the check digit would be ten there is no number (NHS
/// Data Dictionary, "NHS number"; ISB 0149).
pub(crate) fn nhs(id: &[u8]) -> bool {
    let sum = weighted(id, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    id.len() == 10 && part(id, 0, 10) != 0 && sum.is_multiple_of(11)
}

/// The National Insurance number (HMRC, NIM39110): two letters, six digits, `A` to `D`; some letters and pairs are not
/// given.
pub(crate) fn national_insurance(id: &[u8]) -> bool {
    let [first, second, .., last] = id else { return false };
    let given = !b"DFIQUV".contains(first) && !b"DFIOQUV".contains(second);
    let kept = matches!([first, second], [b'B', b'G'] | [b'G', b'B'] | [b'K', b'N'] | [b'N', b'K'])
        || matches!([first, second], [b'N', b'T'] | [b'T', b'N'] | [b'Z', b'Z']);
    given && !kept && (b'A'..=b'D').contains(last)
}

/// The unique taxpayer reference (HMRC, specification for the validation of UTRs): ten digits, the first of which is
/// the check digit, modulo 11; `K` may stand on either side.
pub(crate) fn taxpayer(id: &[u8]) -> bool {
    let digits = id.strip_prefix(b"K").or(id.strip_suffix(b"K")).unwrap_or(id);
    let Some((first, rest)) = digits.split_first() else { return false };
    let sum = weighted(rest, &[6, 7, 8, 9, 10, 5, 4, 3, 2]);
    digits.len() == 10 && b"21987654321".get(sum as usize % 11) == Some(first)
}

/// A driver number of Great Britain (DVLA, INF45): five letters of the surname, nines behind shorter ones; birth as
/// decade, month (50 added for women), day and year; two initials or nines; three signs whose rule is not public. The
/// issue of the card may follow.
pub(crate) fn driving_licence(id: &[u8]) -> bool {
    let (Some(name), Some(initials)) = (id.get(..5), id.get(11..13)) else { return false };
    let letters = name.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let named = letters > 0 && name.iter().skip(letters).all(|byte| *byte == b'9');
    let initialled = initials.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'9');
    let month = part(id, 6, 2);
    let month = if month > 50 { month - 50 } else { month };
    named && initialled && day_of(month, part(id, 8, 2))
}

/// A vehicle registration mark (DVLA, INF104): since 2001 area, age and three letters; since 1983 with the year's
/// letter in front, since 1963 behind. `I` and `Q` are kept, as are `O`, `U` and `Z` for years.
pub(crate) fn vehicle(id: &[u8]) -> bool {
    let given =
        |letters: &[u8], kept: &[u8]| letters.iter().all(|byte| byte.is_ascii_uppercase() && !kept.contains(byte));
    match id {
        [area @ .., b'0'..=b'9', b'0'..=b'9', _, _, _]
            if area.len() == 2 && area.iter().all(u8::is_ascii_uppercase) =>
        {
            let age = part(id, 2, 2);
            let letters = id.get(4..).unwrap_or_default();
            given(area, b"IQZ") && given(letters, b"IQ") && matches!(age, 2..=29 | 51..=79)
        }
        [year, digits @ .., a, b, c] if digits.iter().all(u8::is_ascii_digit) => {
            given(&[*year], b"IOQUZ") && given(&[*a, *b, *c], b"IQ") && *a != b'Z' && digits.first() != Some(&b'0')
        }
        [a, b, c, digits @ .., year] if digits.iter().all(u8::is_ascii_digit) => {
            given(&[*year], b"IOQUZ") && given(&[*a, *b, *c], b"IQ") && digits.first() != Some(&b'0')
        }
        _ => false,
    }
}

/// A postcode (BS 7666-0:2006; Royal Mail, Programmers' Guide to PAF): letters that are not given at a place are
/// refused.
pub(crate) fn postcode(id: &[u8]) -> bool {
    let Some((out, [b'0'..=b'9', a, b])) = id.len().checked_sub(3).and_then(|at| id.split_at_checked(at)) else {
        return false;
    };
    let inward = [a, b].into_iter().all(|byte| byte.is_ascii_uppercase() && !b"CIKMOV".contains(byte));
    let outward = match out {
        b"GIR" => return id == b"GIR0AA",
        [_, b'0'..=b'9'] | [_, b'0'..=b'9', b'0'..=b'9'] => true,
        [_, b'0'..=b'9', last] => b"ABCDEFGHJKPSTUW".contains(last),
        [_, second, b'0'..=b'9', rest @ ..] => {
            let end = rest.iter().all(|byte| byte.is_ascii_digit() || b"ABEHMNPRVWXY".contains(byte));
            second.is_ascii_uppercase() && !b"IJZ".contains(second) && end
        }
        _ => false,
    };
    inward && outward && out.first().is_some_and(|first| first.is_ascii_uppercase() && !b"QVX".contains(first))
}

/// A sort code, alone or with the account (Pay.UK, "Validating account numbers"): not all zero. Banks' own check digits
/// need a table that changes each quarter.
pub(crate) fn account(id: &[u8]) -> bool {
    id.iter().any(|byte| digit(*byte) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_persons() {
        // The example of the NHS Data Dictionary.
        assert!(nhs(b"9434765919") && nhs(b"7382054160"));
        assert!(!nhs(b"7382054161") && !nhs(b"0000000000") && !nhs(b"943476591"));
        assert!(national_insurance(b"RK407192C") && national_insurance(b"SE830417B"));
        for wrong in [b"NT407192A", b"DA407192C", b"RO407192C", b"RK407192E", b"GB407192A"] {
            assert!(!national_insurance(wrong));
        }
        assert!(taxpayer(b"7155708561") && taxpayer(b"8407192538K") && taxpayer(b"K1955839660"));
        assert!(!taxpayer(b"1155708561") && !taxpayer(b"7155708562") && !taxpayer(b"715570856K"));
    }

    #[test]
    fn driving_licences() {
        for right in [&b"PRICE812174EL9KT"[..], b"PRICE802174EL9KT35", b"FOX99701019J99AB"] {
            assert!(driving_licence(right));
        }
        for wrong in [
            &b"PRICE863174EL9KT"[..],
            b"PRICE850174EL9KT",
            b"PRICE802324EL9KT",
            b"99999812174EL9KT",
            b"PR9CE812174EL9KT",
        ] {
            assert!(!driving_licence(wrong));
        }
    }

    #[test]
    fn registration_marks() {
        for right in [&b"KR64TVE"[..], b"YE08KRD", b"P407RKE", b"S7GRT", b"HJK4P", b"HJK482P"] {
            assert!(vehicle(right));
        }
        for wrong in [&b"KR64TIE"[..], b"KR01TVE", b"KR35TVE", b"O407RKE", b"HJK482I", b"P012RKE", b"1234567", b""] {
            assert!(!vehicle(wrong));
        }
    }

    #[test]
    fn postcodes_and_accounts() {
        for right in [&b"L39QU"[..], b"B427JD", b"E1W3TD", b"HX35RL", b"NE996ZB", b"SE1P5LX", b"GIR0AA"] {
            assert!(postcode(right));
        }
        for wrong in [&b"VA39QU"[..], b"L39CU", b"L39UI", b"1A39QU", b"SE1I5LX", b"LI39QU", b"GIR1AA", b"AA"] {
            assert!(!postcode(wrong));
        }
        assert!(account(b"200000") && !account(b"00000000"));
    }

    // The numbers and forms of `entities/national-uk.toml`.
}
