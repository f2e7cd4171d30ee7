//! Payments across borders.

use crate::check::mod97;

/// Countries of ISO 3166-1 (June 2025), and XK, which SWIFT gives to Kosovo.
const COUNTRIES: &[u8] = b"\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD \
    CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF \
    GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA \
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI \
    SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS YE YT ZA ZM ZW XK";

/// Whether two letters are a country.
pub(crate) fn country(code: &[u8]) -> bool {
    COUNTRIES.split(|byte| *byte == b' ').any(|known| known == code)
}

/// The business identifier code: four letters of the party, a country, two letters or digits (no 0 or 1 first, no O last), perhaps
/// three of a branch, of which only XXX begins with X (ISO 9362:2022, clause 5; SWIFT, BIC policy).
pub(crate) fn bic(id: &[u8]) -> bool {
    let Some((head, branch)) = id.split_at_checked(8) else { return false };
    let place = !matches!(head, [.., b'0' | b'1', _] | [.., b'O']);
    let office = branch.first() != Some(&b'X') || branch == b"XXX";
    head.get(4..6).is_some_and(country) && place && office
}

/// The creditor identifier of direct debits: a country, two check digits, three letters or digits that the check leaves out, a
/// national number (EPC262-08, section 2; ISO/IEC 7064 MOD 97-10).
pub(crate) fn creditor(id: &[u8]) -> bool {
    let Some(((head, [_, _, _, national @ ..]), digits)) = id.split_at_checked(4).zip(id.get(2..4)) else {
        return false;
    };
    let (Some(code), false) = (head.get(..2), matches!(digits, b"00" | b"01" | b"99")) else { return false };
    country(code) && !national.is_empty() && mod97(national.iter().chain(head).copied()) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_identifiers() {
        assert!(bic(b"DEUTDEFF") && bic(b"DEUTDEFF500") && bic(b"NEDSZAJJXXX"));
        assert!(!bic(b"DEUTQQFF") && !bic(b"DEUTDE0F") && !bic(b"DEUTDEFFXYZ") && !bic(b"DEUT"));
    }

    #[test]
    fn creditors() {
        // The examples of the Bundesbank, the OeNB and the Banque de France.
        assert!(creditor(b"DE98ZZZ09999999999") && creditor(b"AT61ZZZ01234567890") && creditor(b"FR72ZZZ123456"));
        assert!(creditor(b"DE98ABC09999999999"));
        assert!(!creditor(b"DE97ZZZ09999999999") && !creditor(b"QQ98ZZZ09999999999") && !creditor(b"DE98ZZZ"));
    }
}
