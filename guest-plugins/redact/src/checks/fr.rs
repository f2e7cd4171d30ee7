//! France.

use super::sums::{digit, number, part, weighted};
use crate::check::luhn;

/// The number of the national register of persons (décret n° 82-103, INSEE): sex, year, month, department (2A and 2B
/// count as 19 and 18), commune, order, key modulo 97. Months above 12 stand for incomplete dates.
pub(crate) fn nir(id: &[u8]) -> bool {
    let Some((id, key)) = id.split_at_checked(13) else { return false };
    let [sex @ (b'1'..=b'4' | b'7' | b'8'), _, _, _, _, department @ .., _, _, _, _, _, _] = id else { return false };
    let department = match department {
        b"2A" => 19,
        b"2B" => 18,
        [b'0'..=b'9', b'0'..=b'9'] => number(department),
        _ => return false,
    };
    let dated = matches!(part(id, 3, 2), 1..=12 | 20 | 30..=42 | 50..=99);
    let all = (number(&[*sex]) * 10_000 + part(id, 1, 4)) * 100_000_000 + department * 1_000_000 + part(id, 7, 6);
    dated && department != 0 && key.len() == 2 && number(key) + all % 97 == 97
}

/// The number of an enterprise (décret n° 97-497; ISO/IEC 7812-1, annex B).
pub(crate) fn siren(id: &[u8]) -> bool {
    number(id) != 0 && luhn(id)
}

/// The number of an establishment: an enterprise, four digits and a check digit. Those of La Poste add up to a multiple
/// of five.
pub(crate) fn siret(id: &[u8]) -> bool {
    let post = id.starts_with(b"356000000") && id.iter().map(|byte| digit(*byte)).sum::<u32>().is_multiple_of(5);
    id.get(..9).is_some_and(siren) && (luhn(id) || post)
}

/// The VAT number (CGI, article 286 ter): a key and the enterprise. Keys of two digits are modulo 97; those of letters
/// follow the rule of the European Commission's specification, letters but `I` and `O` counting from ten.
pub(crate) fn vat(id: &[u8]) -> bool {
    let id = id.strip_prefix(b"FR").unwrap_or(id);
    let Some((&[first, second], company)) = id.split_first_chunk::<2>() else { return false };
    let sign =
        |byte: u8| b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ".iter().position(|sign| *sign == byte).map(|at| at as u64);
    let (Some(a), Some(b)) = (sign(first), sign(second)) else { return false };
    let key = match (a, b) {
        (0..=9, 0..=9) => return siren(company) && (number(company) * 100 + 12) % 97 == a * 10 + b,
        (0..=9, _) => a * 24 + b - 10,
        _ => (a * 34 + b).saturating_sub(100),
    };
    siren(company) && (number(company) + 1 + key / 11) % 11 == key % 11
}

/// The tax number of a person (CGI, article L. 287 of the LPF): thirteen digits of which the last three are the first
/// ten modulo 511; the first is 0 to 3.
pub(crate) fn spi(id: &[u8]) -> bool {
    let first = id.first().is_some_and(|byte| (b'0'..=b'3').contains(byte));
    first && part(id, 0, 10) != 0 && part(id, 0, 10) % 511 == part(id, 10, 3)
}

/// The number of an identity card (décret n° 55-1397): since 2021 nine signs, both letters and digits, a digit last as
/// in the specimens; before, year, month, department, five digits.
pub(crate) fn id_card(id: &[u8]) -> bool {
    match id.len() {
        9 => {
            let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
            (1..=8).contains(&digits) && id.last().is_some_and(u8::is_ascii_digit)
        }
        _ => (1..=12).contains(&part(id, 2, 2)),
    }
}

/// The number of a driving licence (arrêté du 20 avril 2012): since 2013 two digits, two letters, five digits; before,
/// year, month, department, six digits.
pub(crate) fn driving_licence(id: &[u8]) -> bool {
    id.len() == 9 || (1..=12).contains(&part(id, 2, 2)) && weighted(id, &[0, 0, 0, 0, 1, 1]) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons() {
        for right in [&b"255081416802538"[..], b"253072B07300470", b"253072A07300443", b"295109912611193"] {
            assert!(nir(right));
        }
        for wrong in
            [&b"255081416802539"[..], b"253072C07300443", b"955081416802538", b"255131416802538", b"25508141680253"]
        {
            assert!(!nir(wrong));
        }
        assert!(spi(b"3023217600053") && !spi(b"3023217600063") && !spi(b"0000000000000") && !spi(b"9701987765432"));
        assert!(
            id_card(b"880692310285") && id_card(b"X4RTBPFW4") && !id_card(b"881392310285") && !id_card(b"NATIONALE")
        );
        assert!(driving_licence(b"13AA00002") && driving_licence(b"880692310285") && !driving_licence(b"881392310285"));
    }

    #[test]
    fn enterprises() {
        assert!(siren(b"732829320") && !siren(b"732829321") && !siren(b"000000000"));
        assert!(siret(b"73282932000074") && !siret(b"73282932000075") && siret(b"35600000049837"));
        assert!(vat(b"FR40303265045") && vat(b"FR83404833048") && vat(b"FRK7399859412") && vat(b"FR4Z123456782"));
        assert!(!vat(b"FR41303265045") && !vat(b"FRIO303265045") && !vat(b"FR84323140391"));
    }

    // The numbers and forms of `entities/national-fr.toml`.
}
