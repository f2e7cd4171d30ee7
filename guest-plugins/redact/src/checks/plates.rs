//! Number plates of vehicles.

/// The letters of a plate, in order.
fn letters(id: &[u8]) -> impl Iterator<Item = &u8> {
    id.iter().filter(|byte| byte.is_ascii_uppercase())
}

/// France since 2009: `AA-123-AA` without I, O, U, neither half SS, the first not WW, no number 000 (Arrêté du 9 février 2009,
/// art. 1 and annexe I).
pub(crate) fn fr(id: &[u8]) -> bool {
    let halves = id.get(..2).zip(id.get(5..7));
    let pair = halves.is_some_and(|(one, two)| one != b"SS" && one != b"WW" && two != b"SS");
    pair && !letters(id).any(|byte| b"IOU".contains(byte)) && id.get(2..5) != Some(b"000".as_slice())
}

/// Italy since 1994: `AA 123 AA` without I, O, Q, U (D.P.R. 495/1992, art. 256; D.M. 7.2.1994).
pub(crate) fn it(id: &[u8]) -> bool {
    id.len() == 7 && !letters(id).any(|byte| b"IOQU".contains(byte))
}

/// Spain since 2000: `1234 BBB`, no vowels, no Q (Real Decreto 2822/1998, anexo XVIII; Orden PRE/3298/2004).
pub(crate) fn es(id: &[u8]) -> bool {
    id.len() == 7 && !letters(id).any(|byte| b"AEIOUQ".contains(byte))
}

/// The Netherlands: six letters and digits, no vowels, no C or Q (Regeling kentekens en kentekenplaten, art. 2; RDW, sidecodes).
/// Those of before 1978 and of the court, which have more letters, are left out.
pub(crate) fn nl(id: &[u8]) -> bool {
    id.len() == 6 && !letters(id).any(|byte| b"AEIOUCQ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_plates() {
        assert!(fr(b"AB123CD"));
        assert!(!fr(b"AB123CI") && !fr(b"SS123CD") && !fr(b"WW123CD") && !fr(b"AB000CD") && !fr(b"AB"));
    }

    #[test]
    fn italian_plates() {
        assert!(it(b"AB123CD") && !it(b"AQ123CD") && !it(b"AB123"));
    }

    #[test]
    fn spanish_plates() {
        assert!(es(b"1234BCD") && !es(b"1234BAD") && !es(b"1234"));
    }

    #[test]
    fn dutch_plates() {
        assert!(nl(b"12XXB3") && nl(b"GB001B") && !nl(b"12AXB3") && !nl(b"12XXB"));
    }
}
