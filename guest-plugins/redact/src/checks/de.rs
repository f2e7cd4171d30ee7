//! Germany.

use super::dates::day_of;
use super::sums::{cross_sum, digit, mod11_10, mrz, part, value, weighted};

/// The tax identification number: eleven digits, none leading zero; of the first ten one comes twice or thrice, though
/// not three times in a row, and the others at most once (§ 139b AO; BZSt, since 2016 a digit may come thrice).
pub(crate) fn tax_id(id: &[u8]) -> bool {
    let Some((_, ten)) = id.split_last() else { return false };
    let mut counts = [0_u8; 10];
    for byte in ten {
        counts[usize::from(byte.wrapping_sub(b'0')) % 10] += 1;
    }
    let mut repeated = counts.into_iter().filter(|count| *count > 1);
    let once = matches!(repeated.next(), Some(2 | 3)) && repeated.next().is_none();
    let row = ten.windows(3).any(|three| three.iter().all(|byte| Some(byte) == three.first()));
    id.first() != Some(&b'0') && once && !row && mod11_10(id)
}

/// The tax number, as offices write it (ten or eleven digits; nine where a zero got lost) or in the form of all lands
/// (thirteen; ELSTER, "Prüfung der Steuer- und Steueridentifikationsnummer"): the land's number, the office and a zero.
/// Some put 01 to 16 in front, which is no official form. Check digits follow a rule of each land, which the short
/// forms do not name.
pub(crate) fn tax_number(id: &[u8]) -> bool {
    let land = part(id, 0, 2);
    match id.len() {
        9..=11 => id.iter().any(|byte| *byte != b'0'),
        13 => {
            let official = matches!(land, 10 | 11 | 21..=24 | 26..=28 | 30..=32 | 40 | 41 | 50..=59 | 90..=99);
            (1..=16).contains(&land) || official && id.get(4) == Some(&b'0')
        }
        _ => false,
    }
}

/// The number of the statutory pension insurance (§ 147 SGB VI, § 2 VKVV): area, day and month of birth (days have 50
/// added when all others are taken), year, initial, serial number and check digit.
pub(crate) fn pension(id: &[u8]) -> bool {
    let Some((last, rest)) = id.split_last() else { return false };
    let day = part(id, 2, 2);
    let day = if day > 50 { day - 50 } else { day };
    let digits = rest.iter().flat_map(|byte| match byte {
        b'0'..=b'9' => [None, Some(digit(*byte))],
        _ => [Some((value(*byte) - 9) / 10), Some((value(*byte) - 9) % 10)],
    });
    let sum = cross_sum(digits.flatten(), &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]);
    day_of(part(id, 4, 2), day) && sum % 10 == digit(*last)
}

/// Whether a sign comes in serial numbers of identity cards and passports: digits and letters that make no word (PAuswV
/// and PassV, annex 11 in both).
fn serial_sign(byte: &u8) -> bool {
    byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte)
}

/// The serial number of identity cards and passports since 2010 and 2007: nine signs, a letter first; the
/// machine-readable zone adds a check digit, and `D`. That all nine are letters hardly comes, and looks like an
/// acronym where no check digit follows.
pub(crate) fn passport(id: &[u8]) -> bool {
    let Some((serial, rest)) = id.split_at_checked(9) else { return false };
    let check = match rest {
        [] | [b'D'] => true,
        [last] | [last, b'D'] => mrz(serial) == digit(*last),
        _ => false,
    };
    let letter = serial.first().is_some_and(u8::is_ascii_uppercase);
    check && letter && serial.iter().all(serial_sign) && id.iter().any(u8::is_ascii_digit)
}

/// The number of an identity card (§ 5 PAuswG): as passports have it; before November 2010 nine digits, of which four
/// are the office, and a check digit.
pub(crate) fn id_card(id: &[u8]) -> bool {
    let old = |id: &[u8]| match id.split_at_checked(9) {
        Some((serial, [last] | [last, b'D'])) => mrz(serial) == digit(*last),
        _ => false,
    };
    if id.first().is_some_and(u8::is_ascii_digit) { old(id) } else { passport(id) }
}

/// The number of a driving licence (FeV, annex 8): land (A to P), office, five signs, check digit, issue. Weights are 9
/// to 1, modulo 11, ten is `X`, as in the specimen of the annex. Two letters and eight digits are taken unchecked: no
/// office has such a number, though much that is written behind the keyword looks like it.
pub(crate) fn driving_licence(id: &[u8]) -> bool {
    let Some((serial, [check, _])) = id.split_at_checked(9) else { return false };
    let sum: u32 = serial.iter().zip((1..=9).rev()).map(|(byte, weight)| value(*byte) * weight).sum();
    let right = if *check == b'X' { 10 } else { value(*check) };
    match serial {
        [b'A'..=b'P', b'0'..=b'9', b'0'..=b'9', ..] => sum % 11 == right,
        [b'A'..=b'Z', b'A'..=b'Z', digits @ ..] => digits.iter().chain([check]).all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The number of a person insured by statute (§ 290 SGB V, annex 1 of the directive): a letter, eight digits and a
/// check digit of weights 1 and 2, the letter counting as two digits.
pub(crate) fn health_insurance(id: &[u8]) -> bool {
    let Some((letter, digits)) = id.split_first() else { return false };
    let Some((last, digits)) = digits.split_last() else { return false };
    let letter = value(*letter).saturating_sub(9);
    let all = [letter / 10, letter % 10].into_iter().chain(digits.iter().map(|byte| digit(*byte)));
    cross_sum(all, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10 == digit(*last)
}

/// The lifelong number of a physician (§ 75 (7) SGB V, directive of the KBV): six digits, a check digit of weights 4
/// and 9, and two digits of the specialty.
pub(crate) fn physician(id: &[u8]) -> bool {
    let sum = weighted(id.get(..6).unwrap_or_default(), &[4, 9, 4, 9, 4, 9]);
    part(id, 0, 6) != 0 && id.get(6).is_some_and(|check| (sum + digit(*check)).is_multiple_of(10))
}

/// The number of a practice (§ 75 (7) SGB V, directive of the KBV, annex 1): the association of physicians in front, of
/// today or before districts merged.
pub(crate) fn practice(id: &[u8]) -> bool {
    let association = part(id, 0, 2);
    let known =
        matches!(association, 1..=3 | 17 | 20 | 35 | 38 | 46..=52 | 55 | 60 | 61 | 71..=74 | 78 | 83 | 88 | 93 | 98);
    known && part(id, 2, 7) != 0
}

/// The VAT identification number (§ 27a UStG): no leading zero, check digit of ISO/IEC 7064 MOD 11,10.
pub(crate) fn vat(id: &[u8]) -> bool {
    let digits = id.strip_prefix(b"DE").unwrap_or(id);
    digits.first() != Some(&b'0') && mod11_10(digits)
}

/// A number plate (FZV, annex 2): letters, up to four digits without leading zero, `E` or `H`; eight signs in all.
pub(crate) fn plate(id: &[u8]) -> bool {
    let mut parts = id.chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let (Some(_), Some(digits)) = (parts.next(), parts.next()) else { return false };
    let fuel = matches!(parts.next(), None | Some(b"E" | b"H"));
    fuel && digits.first() != Some(&b'0') && id.len() <= 8
}

/// A postcode: 01001 to 99998 (Deutsche Post, Postleitdaten; the lowest and highest that are given).
pub(crate) fn postcode(id: &[u8]) -> bool {
    (1001..=99998).contains(&part(id.strip_prefix(b"D").unwrap_or(id), 0, 5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_ids() {
        assert!(tax_id(b"86095742719"));
        assert!(!tax_id(b"86095742718"));
        assert!(!tax_id(b"33333333333"));
        // Thrice, apart and in a row; ten that differ.
        assert!(tax_id(b"11231456785"));
        assert!(!tax_id(b"11123456786"));
        assert!(!tax_id(b"10293847565"));
    }

    #[test]
    fn tax_numbers() {
        // Examples of ELSTER, and the form with 01 to 16 in front.
        for number in [b"9181081508155", b"1121081508150", b"5133081508159", b"2866081508156", b"0693815081529"] {
            assert!(tax_number(number));
        }
        assert!(tax_number(b"2181508150") && tax_number(b"18181508155"));
        for wrong in [&b"9181181508155"[..], b"6181081508155", b"0000000000", b"21815081"] {
            assert!(!tax_number(wrong));
        }
    }

    #[test]
    fn pension_numbers() {
        // The usual specimen; one of a day above 50.
        assert!(pension(b"65170839J003") && pension(b"53240871R424") && pension(b"10680955K508"));
        for wrong in [&b"53240871R425"[..], b"53241371R424", b"53320871R424", b"53240871RX24", b"532408717424", b""] {
            assert!(!pension(wrong));
        }
    }

    #[test]
    fn documents() {
        assert!(
            passport(b"C4VKT0R19") && passport(b"C4VKT0R195") && passport(b"C4VKT0R195D") && passport(b"C4VKT0R19D")
        );
        assert!(id_card(b"LM3X7FT04") && id_card(b"LM3X7FT040D") && id_card(b"T318004524") && id_card(b"5123408766D"));
        for wrong in [&b"C4VKT0R196"[..], b"C4VAT0R19", b"CFGHJKLMN", b"0123456789", b"C4VKT0R1", b"C4VKT0R1958"] {
            assert!(!passport(wrong));
        }
        assert!(!id_card(b"5123408767D") && !id_card(b"512340876"));
    }

    #[test]
    fn driving_licences() {
        // The specimen of FeV, annex 8; ones that end in a check digit and in `X`.
        assert!(driving_licence(b"B072RRE2I55") && driving_licence(b"N0704578A28"));
        assert!(driving_licence(b"A0100000CX1") && driving_licence(b"KL40719253Q"));
        for wrong in [&b"B072RRE2I65"[..], b"Z072RRE2I55", b"1072RRE2I55", b"B072RRE2I5"] {
            assert!(!driving_licence(wrong));
        }
    }

    #[test]
    fn health_numbers() {
        assert!(health_insurance(b"Q308419575") && health_insurance(b"Z123456783"));
        assert!(!health_insurance(b"Q308419576") && !health_insurance(b"Q308419578"));
        assert!(physician(b"402917801") && physician(b"987654401"));
        assert!(!physician(b"402917901") && !physician(b"000000000"));
        assert!(practice(b"529300187") && !practice(b"051234568") && !practice(b"020000000"));
    }

    #[test]
    fn vat_numbers_and_plates() {
        assert!(vat(b"DE318407257") && !vat(b"DE318407258") && !vat(b"DE018407257"));
        for plated in [&b"KRT4071"[..], b"SKP407", b"OSGW83H", b"HHA1", b"MA1E"] {
            assert!(plate(plated));
        }
        for wrong in [&b"KRT0407"[..], b"OSGW83K", b"HOMGW4071", b"OSGW", b"1234"] {
            assert!(!plate(wrong));
        }
        assert!(postcode(b"01067") && postcode(b"D24103") && !postcode(b"99999") && !postcode(b"01000"));
    }

    // The numbers and forms of `entities/national-de.toml`.
}
