//! India.

use super::dates::number;
use super::verhoeff::verhoeff;

/// Codes of states and territories in registrations of vehicles and drivers (Ministry of Road Transport and Highways,
/// under s. 41(6) of the Motor Vehicles Act, 1988).
const STATES: &[u8; 80] = b"ANAPARASBRCGCHDDDLDNGAGJHPHRJHJKKAKLLALDMHMLMNMPMZNLODORPBPYRJSKTGTNTRTSUAUKUPWB";

fn state(id: &[u8]) -> bool {
    let state = id.get(..2).unwrap_or_default();
    STATES.chunks_exact(2).any(|known| known == state)
}

/// The Aadhaar number: twelve digits, the first from 2 on, the last Verhoeff's (Aadhaar Act, 2016, s. 4; UIDAI).
pub(crate) fn aadhaar(id: &[u8]) -> bool {
    matches!(id, [b'2'..=b'9', ..]) && verhoeff(id)
}

/// The permanent account number: the fourth letter is the kind of its holder, the digits are from 0001 on (Income-tax
/// Act, 1961, s. 139A; Income Tax Department).
pub(crate) fn pan(id: &[u8]) -> bool {
    let kind = b"ABCFGHJKLPTE";
    id.get(3).is_some_and(|holder| kind.contains(holder)) && number(id, 5..9) > 0
}

/// The GST identification number: state, permanent account number, count, Z, check character mod 36 (CGST Rules, 2017,
/// r. 10; GSTN).
pub(crate) fn gstin(id: &[u8]) -> bool {
    let state = matches!(number(id, 0..2), 1..=38 | 97 | 99);
    let Some((last, rest)) = id.split_last() else { return false };
    let sum: u32 = rest
        .iter()
        .enumerate()
        .map(|(at, byte)| {
            let product = value(*byte) * (1 + at as u32 % 2);
            product / 36 + product % 36
        })
        .sum();
    state && id.get(12) != Some(&b'0') && (sum + value(*last)).is_multiple_of(36)
}

/// A character's value: 0 to 9, A is ten.
fn value(byte: u8) -> u32 {
    (byte as char).to_digit(36).unwrap_or(0)
}

/// A vehicle's registration: state, district, series, number from 0001 on; or year, BH, number, series (Central Motor
/// Vehicles Rules, 1989, r. 48 and 50).
pub(crate) fn vehicle(id: &[u8]) -> bool {
    if id.get(2..4) == Some(b"BH") {
        return matches!(number(id, 0..2), 21..=60) && number(id, 4..8) > 0;
    }
    state(id) && number(id, id.len().saturating_sub(4)..id.len()) > 0
}

/// A driving licence: state, office, year of issue, seven digits (Central Motor Vehicles Rules, 1989, Form 7).
pub(crate) fn driving_licence(id: &[u8]) -> bool {
    state(id) && number(id, 2..4) > 0 && matches!(number(id, 4..8), 1950..=2060)
}

/// A passport: a letter but Q, X and Z, then neither first nor last a zero (Passports Act, 1967; Passport Seva).
pub(crate) fn passport(id: &[u8]) -> bool {
    matches!(id, [letter, b'1'..=b'9', .., b'1'..=b'9'] if !matches!(letter, b'Q' | b'X' | b'Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_persons() {
        assert!(aadhaar(b"234123412346") && !aadhaar(b"234123412347") && !aadhaar(b"187654321098"));
        assert!(pan(b"QWEPK4821L") && !pan(b"QWENK4821L") && !pan(b"QWEPK0000L"));
        assert!(gstin(b"27AAPFU0939F1ZV") && !gstin(b"27AAPFU0939F1ZU") && !gstin(b"39AAPFU0939F1ZV"));
        assert!(passport(b"K7204619") && !passport(b"K0204619") && !passport(b"Q7204619"));
    }

    #[test]
    fn vehicles_and_drivers() {
        assert!(vehicle(b"MH12QR4570") && vehicle(b"GJ5KLM0412") && vehicle(b"22BH1234AA"));
        assert!(!vehicle(b"XX12QR4570") && !vehicle(b"MH12QR0000") && !vehicle(b"99BH1234AA"));
        assert!(driving_licence(b"MH1420110062821") && !driving_licence(b"MH1400110062821"));
        assert!(!driving_licence(b"XX1420110062821") && !driving_licence(b""));
    }
}
