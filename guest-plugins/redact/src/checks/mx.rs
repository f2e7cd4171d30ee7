//! Mexico.

use super::parts::{among, part, same, short_day};
use super::sums::{digit, value, weighted};
use crate::check::luhn;

/// Letters of the states in a CURP, NE for those born abroad.
const STATES: &[u8] =
    b"AS BC BS CC CH CL CM CS DF DG GR GT HG JC MC MN MS NE NL NT OC PL QR QT SL SP SR TC TL TS VZ YN ZS";

/// The value of a letter or digit where `Ñ` or `&` stands between N and O.
fn spanish(byte: u8) -> u32 {
    value(byte) + u32::from(byte > b'N')
}

/// The population registry code: letters of the names, day of birth, sex, state, consonants, a letter or digit against
/// homonyms and a check digit (Ley General de Población, art. 86; Instructivo normativo para la asignación de la CURP,
/// DOF 18.10.2021).
pub(crate) fn curp(id: &[u8]) -> bool {
    let sum: u32 = id.iter().zip((2..=18).rev()).map(|(byte, weight)| spanish(*byte) * weight).sum();
    let state = id.get(11..13).is_some_and(|state| STATES.split(|byte| *byte == b' ').any(|known| known == state));
    let day = id.get(4..10).is_some_and(short_day);
    day && state && among(id.get(10), b"HMX") && part(id, 17..18) == (10 - sum % 10) % 10
}

/// The taxpayer number: letters of the name (four of a person, three of a company), day of birth or foundation, two letters or
/// digits against homonyms (no 0, no O, the first V at most) and a check digit, A for ten (Código Fiscal de la Federación,
/// art. 27; SAT, IFAI 0610100135506).
pub(crate) fn rfc(id: &[u8]) -> bool {
    let Some((digits, [one, two, check])) = id.split_last_chunk::<3>() else { return false };
    // A company's has a blank in front.
    let blank = if id.len() == 12 { 37 * 13 } else { 0 };
    let weights = (2..=id.len() as u32).rev();
    let sum: u32 = blank + id.iter().zip(weights).map(|(byte, weight)| spanish(*byte) * weight).sum::<u32>();
    let expected = match (11 - sum % 11) % 11 {
        10 => b'A',
        rest => b'0' + rest as u8,
    };
    let day = digits.split_last_chunk::<6>().is_some_and(|(_, day)| short_day(day));
    let homonyms = *one <= b'V' && ![one, two].iter().any(|byte| matches!(byte, b'0' | b'O'));
    day && *check == expected && homonyms
}

/// The social security number: office, year of registration, year of birth, serial number, Luhn (Ley del Seguro Social,
/// art. 15; IMSS).
pub(crate) fn nss(id: &[u8]) -> bool {
    !same(id) && luhn(id)
}

/// The number of a bank account: bank, place, account and a check digit (Banco de México, Circular 3/2012, art. 16;
/// ABM, Estándar CLABE).
pub(crate) fn clabe(id: &[u8]) -> bool {
    let sum = weighted(id, &[3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7, 1, 3, 7]);
    !id.starts_with(b"000") && id.get(17).is_some_and(|last| (sum + digit(*last)).is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curps() {
        assert!(curp(b"BOXW310820HNERXN09"));
        assert!(!curp(b"BOXW310820HNERXN08") && !curp(b"BOXW311320HNERXN09") && !curp(b"BOXW310820HXXRXN09"));
    }

    #[test]
    fn rfcs() {
        assert!(rfc(b"GODE561231GR8") && rfc(b"MAB9307148T4"));
        assert!(!rfc(b"GODE561231GR9") && !rfc(b"GODE561331GR8") && !rfc(b"XAXX010101000") && !rfc(b"AB"));
    }

    #[test]
    fn social_security_numbers() {
        assert!(nss(b"12345678903"));
        assert!(!nss(b"12345678904") && !nss(b"00000000000"));
    }

    #[test]
    fn clabes() {
        assert!(clabe(b"032180000118359719") && clabe(b"002010077777777771"));
        assert!(!clabe(b"032180000118359718") && !clabe(b"000000000000000000") && !clabe(b"03218"));
    }
}
