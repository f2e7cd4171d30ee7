//! Italy.

use super::sums::{digit, part, value};
use crate::check::luhn;

/// The digit a sign of a tax code stands for: where two persons would have one code, letters replace digits (omocodia).
fn omocodia(sign: u8) -> Option<u64> {
    if sign.is_ascii_digit() {
        return Some(u64::from(digit(sign)));
    }
    b"LMNPQRSTUV".iter().position(|letter| *letter == sign).map(|at| at as u64)
}

/// The tax code of a person (D.M. 23 dicembre 1976, articles 2 to 10): name, year, letter of the month, day (40 added
/// for women), municipality, check letter.
pub(crate) fn fiscal_code(id: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let Some((last, code)) = id.split_last() else { return false };
    let [_, _, _, _, _, _, y1, y2, month, d1, d2, _, m1, m2, m3] = code else { return false };
    let [Some(_), Some(_), Some(ten), Some(one), Some(_), Some(_), Some(_)] =
        [y1, y2, d1, d2, m1, m2, m3].map(|sign| omocodia(*sign))
    else {
        return false;
    };
    let Some(month) = b"ABCDEHLMPRST".iter().position(|letter| letter == month) else { return false };
    let day = ten * 10 + one;
    let day = if day > 40 { day - 40 } else { day };
    let sum: u32 = code
        .iter()
        .enumerate()
        .map(|(place, sign)| {
            let plain = if sign.is_ascii_digit() { digit(*sign) } else { value(*sign).saturating_sub(10) };
            if place & 1 == 0 { ODD.get(plain as usize).copied().unwrap_or(0) } else { plain }
        })
        .sum();
    super::dates::day_of(month as u64 + 1, day) && u32::from(last.wrapping_sub(b'A')) == sum % 26
}

/// The VAT number (D.P.R. 633/1972, article 35): seven digits, the office (a province, or some that are none), and a
/// check digit of Luhn's.
pub(crate) fn vat(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"IT").unwrap_or(id);
    let office = matches!(part(id, 7, 3), 1..=100 | 120 | 121 | 888 | 999);
    part(id, 0, 7) != 0 && id.len() == 11 && office && luhn(id)
}

/// The number of a driving licence (D.Lgs. 285/1992, article 116): two letters, seven digits, a letter; of duplicates
/// `U1`, seven signs without `A`, `I`, `O`, `Q` and `V`, a letter.
pub(crate) fn driving_licence(id: &[u8]) -> bool {
    match id {
        [b'U', b'1', signs @ .., _] => !signs.iter().any(|sign| b"AIOQV".contains(sign)),
        [a, b, digits @ .., _] => {
            a.is_ascii_uppercase() && b.is_ascii_uppercase() && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fiscal_codes() {
        // Of a man, of a woman, and one whose digits are letters.
        for right in [b"RCCMNL83S18D969H", b"RSSMRA85T10A562S", b"PLLGNN74C52L219B", b"RSSMRA85T50A562W"] {
            assert!(fiscal_code(right));
        }
        assert!(fiscal_code(b"RSSMRA85T10A56NH"));
        for wrong in
            [&b"RCCMNL83S18D969A"[..], b"PLLGNN74C52L219A", b"RSSMRA85F10A562S", b"RSSMRA85T10A5G2S", b"RSSMRA"]
        {
            assert!(!fiscal_code(wrong));
        }
    }

    #[test]
    fn other_numbers() {
        assert!(vat(b"00743110157") && vat(b"IT00743110157") && vat(b"02831740580"));
        assert!(!vat(b"00743110158") && !vat(b"00000000018") && !vat(b"00743111304"));
        assert!(driving_licence(b"TO4071925K") && driving_licence(b"U1R84K20PD") && driving_licence(b"U10123456B"));
        assert!(!driving_licence(b"994071925K") && !driving_licence(b"U1A84K20PD") && !driving_licence(b"TO40719K5K"));
    }

    // The numbers and forms of `entities/national-it.toml`.
}
