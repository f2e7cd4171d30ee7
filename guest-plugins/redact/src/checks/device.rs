//! Devices, subscribers and vehicles.

use super::parts::{among, part, same};
use super::sums::value;
use crate::check::luhn;

/// The number of a mobile device: fifteen digits with Luhn, no test equipment (3GPP TS 23.003, section 6.2.1 and annex B).
pub(crate) fn imei(id: &[u8]) -> bool {
    !id.starts_with(b"00") && !same(id) && luhn(id)
}

/// The number of a mobile device with its software version: sixteen digits without a check digit (3GPP TS 23.003, section
/// 6.2.2).
pub(crate) fn imeisv(id: &[u8]) -> bool {
    !id.starts_with(b"00") && !same(id)
}

/// The number of a SIM card: 89 for telecommunications, a country code, Luhn; perhaps an F that fills the last byte (ITU-T
/// E.118, section 4; ETSI TS 102 221, section 13.2).
pub(crate) fn iccid(id: &[u8]) -> bool {
    let digits = id.strip_suffix(b"F").unwrap_or(id);
    digits.starts_with(b"89") && digits.get(2) != Some(&b'0') && luhn(digits)
}

/// The number of a subscriber: fifteen digits, of which three are a country of the zones 2 to 7, or 901 for those of no country
/// (ITU-T E.212, annex A; 3GPP TS 23.003, section 2.2).
pub(crate) fn imsi(id: &[u8]) -> bool {
    !same(id) && matches!(part(id, 0..3), 202..=750 | 901)
}

/// A UUID that is not all zeros, as it is where tracking is off (RFC 9562; Apple, `ASIdentifierManager`; Google Play services,
/// advertising ID).
pub(crate) fn uuid(id: &[u8]) -> bool {
    id.iter().all(u8::is_ascii_hexdigit) && !same(id)
}

/// Letters and digits, digits among them: a word is no number.
pub(crate) fn numbered(id: &[u8]) -> bool {
    id.iter().any(u8::is_ascii_digit) && !same(id)
}

/// Letters and digits as random as a session's: three digits or more.
pub(crate) fn session(id: &[u8]) -> bool {
    id.iter().filter(|byte| byte.is_ascii_digit()).count() > 2 && !same(id)
}

/// What the weights of a vehicle's number add up to, modulo 11. Letters count from 1, from 2 behind R: `S` is 2.
fn vin_rest(id: &[u8]) -> u32 {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let worth = |byte: u8| match byte {
        b'A'..=b'I' => value(byte) - 9,
        b'J'..=b'R' => value(byte) - 18,
        b'S'..=b'Z' => value(byte) - 26,
        _ => value(byte),
    };
    id.iter().zip(WEIGHTS).map(|(byte, weight)| worth(*byte) * weight).sum::<u32>() % 11
}

/// The number of a vehicle: no I, O, Q, four digits last; in North America (1 to 5 first) a check digit in the ninth place, X for
/// ten (ISO 3779:2009; ISO 3780; 49 CFR § 565.15).
pub(crate) fn vin(id: &[u8]) -> bool {
    let letters = !id.iter().any(|byte| b"IOQ".contains(byte));
    let serial = id.get(13..17).is_some_and(|serial| serial.iter().all(u8::is_ascii_digit));
    let checked = match vin_rest(id) {
        10 => id.get(8) == Some(&b'X'),
        rest => part(id, 8..9) == rest,
    };
    letters && serial && !same(id) && (checked || !among(id.first(), b"12345"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobile_devices() {
        assert!(imei(b"490154203237518"));
        assert!(!imei(b"490154203237519") && !imei(b"000000000000000") && !imei(b"004999010640000"));
        assert!(imeisv(b"4901542032375101") && !imeisv(b"0000000000000000"));
    }

    #[test]
    fn sim_cards() {
        assert!(iccid(b"8991101200003204514") && iccid(b"8991101200003204514F") && iccid(b"89445001021983048261"));
        assert!(!iccid(b"8991101200003204515") && !iccid(b"7991101200003204515") && !iccid(b"8901101200003204513"));
    }

    #[test]
    fn subscribers() {
        assert!(imsi(b"310150123456789") && imsi(b"901700000000001"));
        assert!(!imsi(b"110150123456789") && !imsi(b"801150123456789") && !imsi(b"222222222222222"));
    }

    #[test]
    fn advertising_ids() {
        assert!(uuid(b"6D92078A824648A4A8F1E4B7E2A5C001"));
        assert!(!uuid(b"00000000000000000000000000000000") && !uuid(b"6D92078A824648A4A8F1E4B7E2A5C00Z"));
    }

    #[test]
    fn serial_numbers_and_sessions() {
        assert!(numbered(b"C02XL0GYJG5J") && !numbered(b"INFORMATION") && !numbered(b"00000000"));
        assert!(session(b"9F8A7B6C5D4E3F2A1B0C") && !session(b"INTERNATIONALISATION"));
    }

    #[test]
    fn vehicles() {
        // The example of 49 CFR part 565, and one without a check digit.
        assert!(vin(b"1M8GDM9AXKP042788") && vin(b"WVWZZZ1JZ3W386752"));
        assert!(!vin(b"1M8GDM9A1KP042788") && !vin(b"WVWZZZ1JZ3W38675A") && !vin(b"WVWZZZIJZ3W386752") && !vin(b"W"));
    }
}
