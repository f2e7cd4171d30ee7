//! Spain.

use super::sums::{number, part};
use crate::check::luhn;

/// The letter of a number modulo 23 (Real Decreto 1553/2005, article 11; Orden INT/2058/2008).
fn letter(number: u64) -> Option<&'static u8> {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize)
}

/// The tax number of a person (Real Decreto 1065/2007, article 19): that of the identity card with its letter; those of
/// children, persons abroad and foreigners begin with `K`, `L` or `M`.
pub(crate) fn nif(id: &[u8]) -> bool {
    let Some((last, number_of)) = id.split_last() else { return false };
    let digits = number_of.strip_prefix(b"K").or(number_of.strip_prefix(b"L")).or(number_of.strip_prefix(b"M"));
    let digits = digits.unwrap_or(number_of);
    digits.iter().all(u8::is_ascii_digit) && letter(number(digits)) == Some(last)
}

/// The number of a foreigner (Real Decreto 557/2011, article 206): `X`, `Y` and `Z` count as 0, 1 and 2.
pub(crate) fn nie(id: &[u8]) -> bool {
    let [kind @ b'X'..=b'Z', digits @ .., last] = id else { return false };
    letter(u64::from(*kind - b'X') * 10_000_000 + number(digits)) == Some(last)
}

/// A number of a person or a foreigner behind three letters that name it.
pub(crate) fn named(token: &[u8]) -> bool {
    let id = token.get(3..).unwrap_or_default().to_ascii_uppercase();
    nif(&id) || nie(&id)
}

/// The tax number of an organisation (Orden EHA/451/2008): kind, seven digits, and a check digit of Luhn's or its
/// letter. Which kinds have which is told differently, so both are taken.
pub(crate) fn cif(id: &[u8]) -> bool {
    let id = if id.len() == 11 { id.strip_prefix(b"ES").unwrap_or(id) } else { id };
    let [kind, digits @ .., last] = id else { return false };
    let check = match last {
        b'A'..=b'I' => last - b'A' + b'1',
        b'J' => b'0',
        digit => *digit,
    };
    let mut all = [b'0'; 8];
    all.iter_mut().zip(digits.iter().chain([&check])).for_each(|(to, from)| *to = *from);
    digits.len() == 7 && check.is_ascii_digit() && b"ABCDEFGHJNPQRSUVW".contains(kind) && luhn(&all)
}

/// The number of social security (Real Decreto 84/1996, article 21): province, eight digits, and both modulo 97; small
/// numbers are added to the province as if they had seven digits.
pub(crate) fn social_security(id: &[u8]) -> bool {
    let (province, member) = (part(id, 0, 2), part(id, 2, 8));
    let all = if member < 10_000_000 { province * 10_000_000 + member } else { province * 100_000_000 + member };
    id.len() == 12 && province != 0 && member != 0 && all % 97 == part(id, 10, 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons() {
        assert!(nif(b"40719253F") && nif(b"07192534C") && nif(b"K0867756N") && nif(b"M1234567L"));
        assert!(!nif(b"40719253A") && !nif(b"Q1234567L") && !nif(b""));
        assert!(nie(b"X0836174D") && nie(b"Z5502871B") && !nie(b"X0836174A") && !nie(b"A0836174D"));
        assert!(named(b"DNI40719253F") && named(b"niex0836174d") && !named(b"DNI40719253A") && !named(b"DN"));
        assert!(
            social_security(b"413071925456") && social_security(b"280012345666") && !social_security(b"413071925457")
        );
        assert!(!social_security(b"000000000000") && !social_security(b"41307192545"));
    }

    #[test]
    fn organisations() {
        assert!(cif(b"A58818501") && cif(b"J99216582") && cif(b"P2800000H") && cif(b"ESA58818501"));
        assert!(!cif(b"A58818502") && !cif(b"M1234567L") && !cif(b"O1234567L") && !cif(b"A5881850Z"));
    }

    // The numbers and forms of `entities/national-es.toml`.
}
